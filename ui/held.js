/** The question about fields that would be emptied in many items at once, with its two answers. Nothing where nothing is held. */
(function (s2p) {
  "use strict";

  const { h, React, parts } = s2p;
  const { Button } = s2p.bootstrap;

  function Held({ overview }) {
    const tell = s2p.use.tell();
    const page = React.useRef(null);
    const answer = s2p.use.action(async (choice, until) => {
      tell((await s2p.call("ui_emptying", { answer: choice, until })).text);
      s2p.pulse.hurry();
    });
    const held = overview && overview.held;
    if (!held) return null;
    return h(
      "section",
      { className: "s2p-note s2p-bad s2p-held", "aria-label": "What would be emptied", ref: page, tabIndex: -1 },
      h(parts.Icon, { name: "faTriangleExclamation" }),
      h(
        "div",
        { className: "s2p-grow" },
        h("p", { role: "alert" }, h("strong", null, held.text), " None of it has been emptied. Should it be?"),
        h("ul", null, held.examples.map((each) => h("li", { key: each.text + each.scene_id }, each.text))),
        h("p", { className: "s2p-advice" }, "Their jobs wait for your answer; all others go on. What you keep stays until Stash has a value again."),
        h(
          "div",
          { className: "s2p-actions" },
          h(Button, { variant: "primary", disabled: answer.busy, onClick: () => answer.run("keep", held.until) }, "Keep what Plex shows"),
          h(
            parts.Confirm,
            {
              label: "Empty them",
              question: `Empty fields of ${s2p.words.counted(held.items, "item")} in Plex?`,
              confirmLabel: "Empty them",
              disabled: answer.busy,
              focusAfter: page,
              onConfirm: () => answer.run("empty", held.until),
            },
            held.text
          )
        ),
        h(parts.Problem, { error: answer.error })
      )
    );
  }

  s2p.Held = Held;
})(window.Stash2Plex);
