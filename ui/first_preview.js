/** Set-up, the fifth step: what a first sync would change, of some scenes at most; all of it is under Preview. */
(function (s2p) {
  "use strict";

  const { h, React, parts, text } = s2p;
  const { Button } = s2p.bootstrap;

  const MOST_SCENES = 200;
  const SHOWN = 3;

  /** `isFirst`: it is a step on the way; else somebody has come back to it. */
  function FirstPreview({ isFirst, onCompared, onPass }) {
    const { result, look, stop } = s2p.use.comparison(null, MOST_SCENES);
    const { looked, busy } = { looked: result ? result.looked : 0, busy: look.busy };
    React.useEffect(() => {
      if (looked) onCompared(s2p.inShort(result));
    }, [looked]);
    return h(
      React.Fragment,
      null,
      h("p", { className: "text-muted" }, text(isFirst ? "first_preview.help" : "preview.help")),
      h(
        "div",
        { className: "s2p-buttons" },
        h(Button, { variant: looked && isFirst ? "secondary" : "primary", disabled: busy, onClick: () => look.run(null) }, text(busy ? "preview.comparing" : "preview.look")),
        busy && h(Button, { variant: "secondary", onClick: stop }, text("preview.stop")),
        isFirst && h(Button, { variant: looked ? "primary" : "secondary", onClick: onPass }, text("steps.next"))
      ),
      h(parts.Problem, { error: look.error }),
      result && h("div", { className: "s2p-first-preview" }, h(parts.Compared, { result, busy, most: SHOWN, isLookOnly: true })),
      looked > 0 && h(s2p.router.Link, { to: `${s2p.path}?tab=preview` }, text("first_preview.all"))
    );
  }

  s2p.FirstPreview = FirstPreview;
})(window.Stash2Plex);
