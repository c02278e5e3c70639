/** What the other Stash2Plex left, and the choice of what holds of it. Nothing where it was never here, or once somebody has chosen. */
(function (s2p) {
  "use strict";

  const { h, React, parts, stores, text } = s2p;
  const { Button } = s2p.bootstrap;

  function Predecessor({ settings }) {
    const tell = s2p.use.tell();
    const page = React.useRef(null);
    const choose = s2p.use.action(async (takeOver) => {
      await stores.choosePredecessor(takeOver);
      tell(text(takeOver ? "predecessor.taken_over" : "predecessor.left"));
    });
    const found = settings && settings.predecessor;
    if (!found) return null;
    const hasSome = found.taken_over.length > 0;
    return h(
      "section",
      { className: "s2p-note s2p-waiting", "aria-label": text("predecessor.region"), ref: page, tabIndex: -1 },
      h(parts.Icon, { name: "faCircleInfo" }),
      h(
        "div",
        { className: "s2p-grow" },
        h("p", null, h("strong", null, text("predecessor.question")), ` ${text("predecessor.until")}`),
        hasSome && h("p", null, text("predecessor.count_now")),
        hasSome && h("ul", null, found.taken_over.map((each) => h("li", { key: each.key }, h("strong", null, each.name), `: ${each.value || text("parts.empty")} `, h("span", { className: "text-muted" }, text("predecessor.from", { origins: each.origins.join(", ") }))))),
        !hasSome && h("p", null, text("predecessor.nothing")),
        found.files.length > 0 && h("p", { className: "text-muted" }, text("predecessor.files", { files: found.files.join(", ") })),
        found.unread.length > 0 && h("p", null, text("predecessor.unread", { names: found.unread.join(", ") })),
        found.without.length > 0 && h("p", { className: "text-muted" }, text("predecessor.without", { names: found.without.join(", ") })),
        found.kept_meaning && h("p", null, text("predecessor.kept_meaning")),
        h("p", { className: "s2p-advice" }, text("predecessor.then")),
        h(
          "div",
          { className: "s2p-actions" },
          h(Button, { variant: "primary", disabled: choose.busy, onClick: () => choose.run(true) }, text(hasSome ? "predecessor.save" : "predecessor.go_on")),
          hasSome &&
            h(
              parts.Confirm,
              {
                label: text("predecessor.defaults"),
                question: text("predecessor.leave_question"),
                confirmLabel: text("predecessor.defaults"),
                disabled: choose.busy,
                focusAfter: page,
                onConfirm: () => choose.run(false),
              },
              text("predecessor.leave_help", { names: found.taken_over.map((each) => each.name).join(", ") })
            )
        ),
        h(parts.Problem, { error: choose.error })
      )
    );
  }

  s2p.Predecessor = Predecessor;
})(window.Stash2Plex);
