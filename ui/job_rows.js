/** Jobs as dense rows: each with its scene, why, and when; some can be selected, and answered together. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts, text } = s2p;
  const { Button, Form } = s2p.bootstrap;

  /** What a job is selected by: a dead letter by its own id, what waits by its scene; null for what cannot be chosen. */
  const idOf = (job) => (job.state === "dead" ? job.id : job.state === "waiting" && !job.field ? job.scene_id : null);

  /** The arguments that choose these jobs, as far as they are still what `data` showed. */
  function chosenBy(list, data, ids) {
    const shown = { list, until: data.until, ...(list === "retrying" && { reason: data.reason }) };
    return list === "dead" ? { ...shown, ids } : { ...shown, scene_ids: ids };
  }

  /**
   * `whole` are the arguments that choose all of what is paged through here, or null where nothing does.
   * @param {{list: string, name: string, data: object, answers: string[], whole: object|null, hasReasons: boolean, isOff: boolean, focusAfter: object}} props
   */
  function JobRows({ list, name, data, answers, whole, hasReasons, isOff, focusAfter }) {
    const titles = s2p.use.titles(data.jobs.map((job) => job.scene_id).filter(Boolean));
    const selection = useSelection(data.jobs);
    const { picked, isAll } = selection;
    const count = isAll ? data.total : picked.size;
    const nameOf = (job) => (titles[job.scene_id] && titles[job.scene_id].title) || job.what || text("parts.scene", { id: String(job.scene_id) });
    return h(
      React.Fragment,
      null,
      h(Selected, { selection, data, whole, count }, count > 0 && h(s2p.Answers, { answers, target: isAll ? whole : chosenBy(list, data, [...picked]), count, size: "sm", isOff, onDone: selection.clear, focusAfter })),
      h(
        "ul",
        { className: "s2p-jobs s2p-rows", "aria-label": name },
        data.jobs.map((job, place) =>
          h(Job, {
            key: `${job.state}${job.id}`,
            job,
            target: chosenBy(list, data, [idOf(job)]),
            scene: titles[job.scene_id],
            name: nameOf(job),
            answers: answers.filter((each) => each === "discard" || (each === "retry" && job.can_retry)),
            hasReason: hasReasons,
            isPicked: isAll || picked.has(idOf(job)),
            onPick: idOf(job) ? (event) => selection.pick(place, event.target.checked, event.nativeEvent.shiftKey) : null,
            focusAfter,
          })
        )
      )
    );
  }

  /** Which jobs are selected, by id: also those of other pages. `isAll`: all there are, listed or not. */
  function useSelection(jobs) {
    const [picked, setPicked] = React.useState(new Set());
    const [isAll, setAll] = React.useState(false);
    const last = React.useRef(null);
    const shown = jobs.map(idOf);
    const put = (ids, isOn) => {
      setAll(false);
      setPicked((now) => new Set(isOn ? [...now, ...ids.filter(Boolean)] : [...now].filter((id) => !ids.includes(id))));
    };
    return {
      picked,
      isAll,
      isPageAll: shown.some(Boolean) && shown.every((id) => !id || picked.has(id)),
      pick(place, isOn, isRange) {
        const from = isRange && last.current !== null ? last.current : place;
        last.current = place;
        put(shown.slice(Math.min(from, place), Math.max(from, place) + 1), isOn);
      },
      pickPage: (isOn) => put(shown, isOn),
      pickAll: () => setAll(true),
      clear() {
        setAll(false);
        setPicked(new Set());
      },
    };
  }

  function Selected({ selection, data, whole, count, children }) {
    if (!data.jobs.some(idOf)) return null;
    const canHaveAll = whole && selection.isPageAll && !selection.isAll && data.total > selection.picked.size;
    return h(
      "div",
      { className: `s2p-selected${count ? " s2p-some" : ""}`, role: "group", "aria-label": text("jobs.selected_group") },
      h(Form.Check, { type: "checkbox", id: "s2p-select-page", label: count ? text("jobs.selected", { count }) : text("jobs.select_page"), checked: selection.isAll || selection.isPageAll, onChange: (event) => selection.pickPage(event.target.checked) }),
      canHaveAll && h(Button, { size: "sm", variant: "link", onClick: selection.pickAll }, text("jobs.select_all", { count: data.total })),
      children,
      count > 0 && h(Button, { size: "sm", variant: "link", onClick: selection.clear }, text("jobs.clear"))
    );
  }

  function Job({ job, target, scene, name, answers, hasReason, isPicked, onPick, focusAfter }) {
    const now = s2p.use.now(5000);
    return h(
      "li",
      { className: `s2p-row${isPicked ? " s2p-picked" : ""}` },
      h("span", { className: "s2p-pick" }, onPick && h("input", { type: "checkbox", "aria-label": text("jobs.select", { name }), checked: isPicked, onChange: onPick })),
      job.scene_id ? h(parts.SceneLink, { id: job.scene_id, scene, small: true }) : h("span", { className: "s2p-scene s2p-scene-small" }, h("span", { className: "s2p-scene-title" }, job.what)),
      h(
        "div",
        { className: "s2p-grow s2p-why" },
        job.field && h("strong", null, job.name),
        hasReason && job.title && h("strong", null, job.title),
        job.detail && h("span", { className: "s2p-detail", title: job.detail }, words.capital(job.detail)),
        h("span", { className: "s2p-facts text-muted" }, facts(job, now))
      ),
      onPick && h(s2p.Answers, { answers, target, count: 1, name, size: "sm", focusAfter })
    );
  }

  function facts(job, now) {
    const pieces = [];
    if (job.attempts) pieces.push(text("jobs.attempts", { count: job.attempts }));
    if (job.state === "in_progress") pieces.push(text("jobs.now_in_progress"));
    else if (job.state === "dead") pieces.push(text("jobs.given_up_at", { ago: words.ago(job.at, now) }));
    else {
      pieces.push(text("jobs.saved_at", { ago: words.ago(job.at, now) }));
      if (job.next_try_at && job.attempts) pieces.push(text("jobs.next_try", { when: words.until(job.next_try_at, now) }));
    }
    return pieces.join(" · ");
  }

  s2p.JobRows = JobRows;
})(window.Stash2Plex);
