/** Posters and backgrounds: what Plex shows now, asked of the plugin for all that is in view in one go, beside what it would show, by Stash's own addresses. */
(function (s2p) {
  "use strict";

  if (s2p.missing.length) return;

  const { h, React, text, parts } = s2p;

  const MOMENT_MS = 60;
  const MOST = 40;
  const AGE_MS = 60000;
  const KEPT = 400; // some 15 kB each
  const PARTS = { poster: (answer) => answer.posters, background: (answer) => answer.backgrounds };
  const pictures = new Map(); // by key: {askedMs, listeners, shown}; `shown` is undefined until it is known, null where there is none
  let wanted = new Set();
  let gathering = null;

  const keyOf = (kind, ratingKey, stamp) => `${kind} ${ratingKey} ${stamp || ""}`;

  function entryOf(key) {
    if (!pictures.has(key)) pictures.set(key, { askedMs: -Infinity, listeners: new Set(), shown: undefined });
    return pictures.get(key);
  }

  function want(key) {
    const entry = entryOf(key);
    if (Date.now() - entry.askedMs < AGE_MS) return;
    entry.askedMs = Date.now();
    wanted.add(key);
    if (!gathering) gathering = window.setTimeout(ask, MOMENT_MS);
  }

  async function ask() {
    const keys = [...wanted].slice(0, MOST);
    wanted = new Set([...wanted].slice(MOST));
    gathering = wanted.size ? window.setTimeout(ask, MOMENT_MS) : null;
    const ratingKey = (key) => Number(key.split(" ")[1]);
    const kind = (key) => key.split(" ")[0];
    const of = (name) => [...new Set(keys.filter((key) => kind(key) === name).map(ratingKey))];
    let found = null;
    try {
      found = await s2p.call("ui_pictures", { rating_keys: of("poster"), backgrounds: of("background") });
    } catch (error) {
      // without Plex there are empty places; what was seen before stays
    }
    const isLeft = (key) => Boolean(found) && PARTS[kind(key)](found.left).includes(ratingKey(key));
    keys.filter((key) => !isLeft(key)).forEach((key) => {
      const entry = entryOf(key);
      entry.shown = found ? PARTS[kind(key)](found)[ratingKey(key)] || null : entry.shown || null;
      entry.listeners.forEach((listener) => listener(entry.shown));
    });
    keys.filter(isLeft).forEach((key) => wanted.add(key));
    if (wanted.size && !gathering) gathering = window.setTimeout(ask, MOMENT_MS);
    forgetUnseen();
  }

  /** The pictures of a long list would stay for as long as the page is open. */
  function forgetUnseen() {
    for (const [key, { listeners }] of pictures) {
      if (pictures.size <= KEPT) return;
      if (!listeners.size) pictures.delete(key);
    }
  }

  /** Whether the element of `ref` has come into view, or nearly. */
  function useSeen(ref) {
    const [isSeen, setSeen] = React.useState(!window.IntersectionObserver);
    React.useEffect(() => {
      if (isSeen || !ref.current) return undefined;
      const observer = new window.IntersectionObserver((entries) => entries.some((each) => each.isIntersecting) && setSeen(true), { rootMargin: "200px" });
      observer.observe(ref.current);
      return () => observer.disconnect();
    }, [isSeen]);
    return isSeen;
  }

  /** The "poster" or "background" that Plex shows for an item: undefined until it is known, null where there is none. Another `stamp` asks anew. */
  function usePicture(kind, ratingKey, stamp, isSeen) {
    const key = keyOf(kind, ratingKey, stamp);
    const [shown, setShown] = React.useState(entryOf(key).shown);
    React.useEffect(() => {
      if (!isSeen || !ratingKey) return undefined;
      const { listeners } = entryOf(key);
      listeners.add(setShown);
      setShown(entryOf(key).shown);
      want(key);
      return () => listeners.delete(setShown);
    }, [key, isSeen]);
    return shown;
  }

  /** What Plex shows for an item now. @param {{kind: "poster"|"background", ratingKey: number, title: string, stamp?: string}} props `title` for who cannot see it */
  function PlexPicture({ kind, ratingKey, title, stamp }) {
    const place = React.useRef(null);
    const shown = usePicture(kind, ratingKey, stamp, useSeen(place));
    const isPoster = kind === "poster";
    return h(
      "span",
      { className: `s2p-picture${shown ? "" : isPoster ? " s2p-tall" : " s2p-wide"}`, ref: place, "aria-busy": shown === undefined },
      shown
        ? h("img", { src: shown.address, width: shown.width, height: shown.height, alt: text(isPoster ? "pictures.in_plex" : "pictures.background_in_plex", { title }) })
        : h(parts.Icon, { name: "faFilm", otherwise: "" }),
      shown === null && h("span", { className: "sr-only" }, text(isPoster ? "pictures.none" : "pictures.no_background"))
    );
  }

  /** The poster of an item beside its name, which says what it is; until it is there, and where there is none: `otherwise`. */
  function Thumbnail({ ratingKey, otherwise }) {
    const place = React.useRef(null);
    const shown = usePicture("poster", ratingKey, "", useSeen(place));
    return h("span", { className: "s2p-cover s2p-poster", ref: place }, shown ? h("img", { src: shown.address, alt: "" }) : otherwise);
  }

  /** A picture of Stash as it would be sent: by `how` as it is, on a canvas, or its middle; `path` is Stash's own. */
  function StashPicture({ path, how, title }) {
    const [isBroken, setBroken] = React.useState(false);
    const address = s2p.stashUrl(path);
    const isMade = how === "canvas" || how === "crop";
    if (isBroken) return h("span", { className: "s2p-picture s2p-tall" }, h(parts.Icon, { name: "faFilm" }));
    return h(
      "span",
      { className: `s2p-picture${isMade ? ` s2p-tall s2p-${how}` : ""}` },
      how === "canvas" && h("img", { className: "s2p-under", src: address, alt: "", loading: "lazy" }),
      h("img", { src: address, alt: text("pictures.from_stash", { title }), loading: "lazy", onError: () => setBroken(true) })
    );
  }

  /**
   * What Plex shows now, and beside it what it would show; without `after` the first alone.
   * @param {{kind?: "poster"|"background", ratingKey: number, title: string, stamp?: string, after?: {path: string, how: string}, headings?: string[]}} props
   */
  function Pictures({ kind = "poster", ratingKey, title, stamp, after, headings }) {
    const [now, then] = headings || (kind === "poster" ? [text("pictures.now"), text("pictures.then")] : [text("pictures.background_now"), text("pictures.background_then")]);
    return h(
      "div",
      { className: "s2p-pictures" },
      h("figure", null, h(PlexPicture, { kind, ratingKey, title, stamp }), h("figcaption", null, now)),
      after && h(parts.Icon, { name: "faArrowRight", className: "s2p-pictures-way" }),
      after && h("figure", null, h(StashPicture, { ...after, title }), h("figcaption", null, then))
    );
  }

  s2p.parts = { ...parts, Pictures, Thumbnail };
})(window.Stash2Plex);
