/** What the other Stash2Plex left, and the choice of what holds of it. Nothing where it was never here, or once somebody has chosen. */
(function (s2p) {
  "use strict";

  const { h, React, parts, stores } = s2p;
  const { Button } = s2p.bootstrap;

  const MEANING = "Keep my Plex edits (preserve_plex_edits) is on. There it meant that a filled field is never touched, and so it is until you choose. Here it means that a field that was changed in Plex since the last sync stays; at the first sync only one that is locked in Plex does.";

  function Predecessor({ settings }) {
    const tell = s2p.use.tell();
    const page = React.useRef(null);
    const choose = s2p.use.action(async (takeOver) => {
      await stores.choosePredecessor(takeOver);
      tell(takeOver ? "Saved as settings of this plugin." : "The other plugin's settings are left alone.");
    });
    const found = settings && settings.predecessor;
    if (!found) return null;
    const hasSome = found.taken_over.length > 0;
    return h(
      "section",
      { className: "s2p-note s2p-waiting", "aria-label": "The other Stash2Plex", ref: page, tabIndex: -1 },
      h(parts.Icon, { name: "faCircleInfo" }),
      h(
        "div",
        { className: "s2p-grow" },
        h("p", null, h("strong", null, "The other Stash2Plex (trek-e) was here before: which settings hold?"), " Until you choose, nothing is emptied in Plex and no field that is filled there is overwritten. What is empty is filled."),
        hasSome && h("p", null, "These of its settings count now:"),
        hasSome && h("ul", null, found.taken_over.map((each) => h("li", { key: each.key }, h("strong", null, each.name), `: ${each.value || "empty"} `, h("span", { className: "text-muted" }, `from ${each.origins.join(", ")}`)))),
        !hasSome && h("p", null, "None of its settings says anything else than the defaults here."),
        found.files.length > 0 && h("p", { className: "text-muted" }, `Its files in the data folder: ${found.files.join(", ")}.`),
        found.unread.length > 0 && h("p", null, `These could not be understood and count for nothing: ${found.unread.join(", ")}.`),
        found.without.length > 0 && h("p", { className: "text-muted" }, `These have no counterpart here: ${found.without.join(", ")}.`),
        found.kept_meaning && h("p", null, MEANING),
        h("p", { className: "s2p-advice" }, "Once you have chosen, scenes that were synced meanwhile are looked at again, and filled fields follow Stash. Each change can be undone under Last syncs."),
        h(
          "div",
          { className: "s2p-actions" },
          h(Button, { variant: "primary", disabled: choose.busy, onClick: () => choose.run(true) }, hasSome ? "Save as mine" : "Go on"),
          hasSome &&
            h(
              parts.Confirm,
              {
                label: "Start with the defaults",
                question: "Leave the other plugin's settings alone?",
                confirmLabel: "Start with the defaults",
                disabled: choose.busy,
                focusAfter: page,
                onConfirm: () => choose.run(false),
              },
              `What is listed counts no longer: ${found.taken_over.map((each) => each.name).join(", ")}. All fields are written, unless settings of this plugin say otherwise.`
            )
        ),
        h(parts.Problem, { error: choose.error })
      )
    );
  }

  s2p.Predecessor = Predecessor;
})(window.Stash2Plex);
