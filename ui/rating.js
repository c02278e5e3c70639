/** A rating as Stash shows it: in stars or as a number, by Stash's own setting. Plex's go to 10. */
(function (s2p) {
  "use strict";

  const { h, React, text } = s2p;

  const SYSTEM = "query Stash2PlexRatings { configuration { ui } }";
  let asked = null;

  /** Whether Stash shows stars; asked once. Where it does not say, it does: that is its default. */
  function areStars() {
    asked = asked || s2p.askStash(SYSTEM).then((data) => ((data.configuration.ui || {}).ratingSystemOptions || {}).type !== "decimal", () => true);
    return asked;
  }

  /** `value` is Plex's, from 0 to 10. Drawn as exactly as it is known: a difference must not vanish between two stars. */
  function Rating({ value }) {
    const [isStars, setStars] = s2p.use.state(true);
    React.useEffect(() => { areStars().then(setStars); }, []);
    const digits = { maximumFractionDigits: 2 };
    if (!isStars) return h("span", null, s2p.language.number(value, digits));
    const stars = s2p.language.number(value / 2, digits);
    return h(
      "span",
      { className: "s2p-rating", title: text("parts.rating", { value: s2p.language.number(value, digits) }) },
      h("span", { className: "s2p-stars", "aria-hidden": true }, h("span", { className: "s2p-stars-lit", style: { width: `${Math.min(100, Math.max(0, value * 10))}%` } })),
      h("span", { "aria-hidden": true }, ` ${stars}`),
      h("span", { className: "sr-only" }, text("parts.stars", { stars }))
    );
  }

  s2p.parts = { ...s2p.parts, Rating };
})(window.Stash2Plex);
