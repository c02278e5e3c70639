/** A small mark on a scene's card, where the setting is on: in Plex, waiting, not there, failed. One question for a page of cards, and only when something has happened. */
(function (s2p) {
  "use strict";

  if (s2p.missing.length) return;

  const { h, React, text, parts, stores } = s2p;

  const MOMENT_MS = 60;
  const MOST = 1000;
  const MARKS = {
    in_plex: ["faCircleCheck", "good", "cards.in_plex"],
    waiting: ["faClock", "busy", "cards.waiting"],
    missing: ["faCircleQuestion", "waiting", "cards.missing"],
    failed: ["faTriangleExclamation", "bad", "cards.failed"],
    left_out: ["faCircleMinus", "plain", "cards.left_out"],
  };

  const marks = new Map(); // by scene: its mark, "" where nothing is known of it
  const cards = new Map(); // by scene: those that show it now
  const wanted = new Set();
  let gathering = null;
  let before = null;

  function want(id) {
    wanted.add(id);
    if (!gathering) gathering = window.setTimeout(ask, MOMENT_MS);
  }

  async function ask() {
    const ids = [...wanted].slice(0, MOST);
    ids.forEach((id) => wanted.delete(id));
    try {
      const answer = await s2p.call("ui_card_marks", { scene_ids: ids });
      ids.forEach((id) => show(id, answer.marks[id] || ""));
    } catch (error) {
      // a page of cards without marks is still one; the bar's next look asks again
    }
    gathering = wanted.size ? window.setTimeout(ask, MOMENT_MS) : null;
  }

  function show(id, mark) {
    marks.set(id, mark);
    (cards.get(id) || []).forEach((set) => set(mark));
  }

  /** The bar looks about once a minute, and never while the page is hidden: where jobs were done or have come, the cards that are shown are asked for anew, else those whose question failed. */
  function onOverview({ data }) {
    const now = data && JSON.stringify([data.counts, data.settled]);
    if (!now) return;
    if (before !== null && now !== before) marks.clear();
    before = now;
    cards.forEach((shown, id) => shown.size && !marks.has(id) && want(id));
  }

  /** Whether the setting is on, as far as the bar has heard of it. */
  const isOn = ({ data }) => Boolean(data && data.settings && data.settings.card_marks);

  /** Stash's id of a scene, 0 where it is none: one of another kind would have the whole question refused. */
  const idOf = (scene) => (/^[1-9]\d{0,14}$/.test(String(scene && scene.id)) ? Number(scene.id) : 0);

  function useMark(id) {
    const on = isOn(s2p.use.store(stores.overview));
    const [mark, setMark] = React.useState(marks.get(id));
    React.useEffect(() => {
      if (!on || !id) return undefined;
      const shown = cards.get(id) || new Set();
      cards.set(id, shown.add(setMark));
      setMark(marks.get(id));
      if (!marks.has(id)) want(id);
      return () => shown.delete(setMark) && !shown.size && cards.delete(id);
    }, [id, on]);
    return on ? mark : "";
  }

  function CardMark({ scene }) {
    const mark = MARKS[useMark(idOf(scene))];
    if (!mark) return null;
    const [icon, tone, name] = mark;
    return h("span", { className: `s2p-card-mark s2p-${tone}`, title: text(name) }, h(parts.Icon, { name: icon }), h("span", { className: "sr-only" }, text(name)));
  }

  stores.overview.listen(onOverview);
  s2p.CardMark = CardMark;
})(window.Stash2Plex);
