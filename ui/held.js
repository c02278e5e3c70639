/** The question about fields that would be emptied in many items at once, with its two answers. Nothing where nothing is held. */
(function (s2p) {
  "use strict";

  const { h, React, parts, text } = s2p;
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
      { className: "s2p-note s2p-bad s2p-held", "aria-label": text("held.region"), ref: page, tabIndex: -1 },
      h(parts.Icon, { name: "faTriangleExclamation" }),
      h(
        "div",
        { className: "s2p-grow" },
        h("p", { role: "alert" }, h("strong", null, held.text), ` ${text("held.question")}`),
        h("ul", null, held.examples.map((each) => h("li", { key: each.text + each.scene_id }, each.text))),
        h("p", { className: "s2p-advice" }, text("held.advice")),
        h(
          "div",
          { className: "s2p-actions" },
          h(Button, { variant: "primary", disabled: answer.busy, onClick: () => answer.run("keep", held.until) }, text("held.keep")),
          h(
            parts.Confirm,
            {
              label: text("held.empty"),
              question: text("held.empty_question", { count: held.items }),
              confirmLabel: text("held.empty"),
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
