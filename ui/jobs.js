/** What waits, what failed, what is held and what was given up: lists with reasons in plain words, and what can be done about them. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts } = s2p;
  const { Button, Form } = s2p.bootstrap;

  /** What needs a person first. */
  const LISTS = [
    { key: "dead", count: (counts) => counts.dead, name: "Given up", empty: "Nothing was given up", hint: "Jobs that need you are listed here, each with what to do.", isForPerson: true },
    { key: "held", count: (counts) => counts.held, name: "Held", empty: "Nothing is held", hint: "Jobs that wait for your answer are listed here.", isOptional: true, isForPerson: true },
    { key: "retrying", count: (counts) => counts.retrying, name: "Failed, will retry", empty: "Nothing failed", hint: "Jobs that failed and will be tried again are listed here." },
    { key: "waiting", count: (counts) => counts.waiting, name: "Waiting", empty: "Nothing waits", hint: "Every save has been dealt with." },
    { key: "in_progress", count: (counts) => counts.in_progress, name: "In progress", empty: "Nothing is in progress", hint: "" },
  ];

  function Jobs({ overview }) {
    const [chosen, setChosen] = React.useState(""); // once: a list must not change under somebody's hands
    const { data, error, reload } = s2p.use.operation("ui_jobs", chosen ? null : { list: "pressing" });
    const list = chosen || (data && data.chosen);
    if (!list) return error ? h(parts.Problem, { error, onRetry: reload }) : h(parts.Loading, { what: "Reading the list" });
    const counts = overview && overview.counts;
    return h(
      "section",
      { "aria-label": "Jobs" },
      counts && h(parts.Choices, { label: "Lists of jobs", chosen: list, onChoose: setChosen, choices: offered(counts, list) }),
      // A list of its own for each key: no button may act on one list while the jobs of another are still shown.
      h(OneList, { key: list, list, first: chosen ? null : data })
    );
  }

  const offered = (counts, list) => LISTS.map((each) => ({ ...each, count: each.count(counts) })).filter((each) => !each.isOptional || each.count || list === each.key);

  function OneList({ list, first }) {
    const [reason, setReason] = React.useState("");
    const [page, setPage] = React.useState(0);
    const [typed, setTyped] = React.useState("");
    const whole = React.useRef(null);
    const search = useSearch(typed);
    const { data, error, loading, stale, reload } = s2p.use.operation(
      "ui_jobs",
      search.ready ? { list, page, reason, search: search.text, scene_ids: search.sceneIds } : null,
      "live",
      first
    );
    React.useEffect(() => {
      if (data && !stale && data.page !== page) setPage(data.page); // the list has become shorter
    }, [data]);
    const titles = s2p.use.titles(data ? data.jobs.map((job) => job.scene_id).filter(Boolean) : []);
    return h(
      "div",
      { ref: whole, tabIndex: -1, role: "group", className: "s2p-list", "aria-label": LISTS.find((each) => each.key === list).name },
      h(Filters, { list, data, reason, setReason: (value) => { setReason(value); setPage(0); }, typed, setTyped: (value) => { setTyped(value); setPage(0); } }),
      search.left > 0 && h("p", { className: "text-muted" }, `Of the titles that contain these words, the first ${words.number(search.sceneIds.length)} are searched for; ${words.number(search.left)} more are not.`),
      data && data.total > 0 && h(OfAll, { list, reason, data, isNarrowed: Boolean(typed), isStale: stale, onDone: s2p.pulse.hurry, focusAfter: whole }),
      h(parts.Problem, { error, onRetry: reload }),
      !data && loading && h(parts.Loading, { what: "Reading the list" }),
      data && h(List, { list, data, titles, isNarrowed: Boolean(typed || reason), onDone: s2p.pulse.hurry, focusAfter: whole }),
      data && h(parts.Pager, { page: data.page, perPage: data.per_page, total: data.total, onPage: setPage, label: "Pages of the list" })
    );
  }

  /** A number is a scene's id; words are looked for in reasons here, and in titles by Stash. */
  function useSearch(typed) {
    const text = s2p.use.settled(typed.trim(), 300);
    const asksStash = text.length > 1 && !/^\d+$/.test(text);
    const found = s2p.use.operation("ui_find", asksStash ? { words: text, per_page: 100 } : null);
    const scenes = asksStash && found.data && !found.stale ? found.data.scenes : [];
    return {
      text,
      sceneIds: scenes.map((scene) => scene.id),
      left: scenes.length ? found.data.total - scenes.length : 0,
      ready: !asksStash || found.answered,
    };
  }

  function Filters({ list, data, reason, setReason, typed, setTyped }) {
    const reasons = data ? data.reasons : [];
    const chosen = React.useRef(null);
    chosen.current = reasons.find((each) => each.kind === reason) || chosen.current;
    // The one that is chosen stays to be seen, also when none of its jobs is left: the list is still narrowed to it.
    const isGone = reason && !reasons.some((each) => each.kind === reason);
    const offered = isGone ? [...reasons, { kind: reason, title: (chosen.current && chosen.current.title) || reason, count: 0 }] : reasons;
    const canNarrow = list === "dead" || list === "retrying";
    return h(
      Form,
      { className: "s2p-filters", role: "search", onSubmit: (event) => event.preventDefault() },
      canNarrow &&
        h(
          Form.Group,
          { controlId: "s2p-reason" },
          h(Form.Label, null, "Reason"),
          h(
            Form.Control,
            { as: "select", className: "input-control", value: reason, onChange: (event) => setReason(event.target.value) },
            h("option", { value: "" }, "All reasons"),
            offered.map((each) => h("option", { key: each.kind, value: each.kind }, `${each.title} (${words.number(each.count)})`))
          )
        ),
      h(
        Form.Group,
        { controlId: "s2p-search", className: "s2p-grow" },
        h(Form.Label, null, "Search"),
        h(Form.Control, { type: "search", className: "text-input", placeholder: "Title, scene id or words from the reason", value: typed, onChange: (event) => setTyped(event.target.value) })
      )
    );
  }

  /** Buttons for a whole list, or for all of one reason. */
  function OfAll({ list, reason, data, isNarrowed, isStale, onDone, focusAfter }) {
    const tell = s2p.use.tell();
    const action = s2p.use.action(async (mode) => {
      tell((await s2p.call(mode, reason ? { list, reason } : { list, all: true })).text);
      onDone();
    });
    if (isNarrowed || list === "in_progress") return null;
    const which = reason ? "of this kind" : "of this list";
    const count = words.counted(data.total, "job");
    return h(
      "div",
      { className: "s2p-of-all" },
      list !== "waiting" && list !== "held" && h(Button, { size: "sm", variant: "primary", disabled: action.busy || isStale, onClick: () => action.run("ui_retry") }, reason ? "Try all of this kind now" : "Try all now"),
      h(
        parts.Confirm,
        {
          label: reason ? "Discard all of this kind" : "Discard all",
          size: "sm",
          variant: "secondary",
          disabled: action.busy || isStale,
          question: `Discard ${count}?`,
          confirmLabel: `Discard ${count}`,
          onConfirm: () => action.run("ui_discard"),
          focusAfter,
        },
        h("p", null, `${data.total === 1 ? "The job" : `All ${count}`} ${which} will be dropped for good.`),
        h("p", null, "Plex stays as it is. The next save of a scene queues it again, and so does Sync All.")
      ),
      h(parts.Problem, { error: action.error })
    );
  }

  function List({ list, data, titles, isNarrowed, onDone, focusAfter }) {
    const about = LISTS.find((each) => each.key === list);
    if (!data.jobs.length) {
      return isNarrowed
        ? h(parts.Empty, { icon: "faMagnifyingGlass", title: "Nothing found" }, "Try other words, or choose All reasons.")
        : h(parts.Empty, { title: about.empty }, about.hint);
    }
    return h("ul", { className: "s2p-jobs", "aria-label": about.name }, data.jobs.map((job) => h(Job, { key: `${job.state}${job.id}`, job, list, titles, onDone, focusAfter })));
  }

  function Job({ job, list, titles, onDone, focusAfter }) {
    const now = s2p.use.now(5000);
    const tell = s2p.use.tell();
    const chosen = job.state === "dead" ? { list: "dead", ids: [job.id] } : { list, scene_ids: [job.scene_id] };
    const action = s2p.use.action(async (mode) => {
      tell((await s2p.call(mode, chosen)).text);
      onDone();
    });
    const scene = titles[job.scene_id];
    const name = (scene && scene.title) || job.what || `Scene ${job.scene_id}`;
    const canAct = job.state === "dead" || (job.scene_id && job.state === "waiting");
    return h(
      "li",
      { className: "s2p-job" },
      job.scene_id ? h(parts.SceneLink, { id: job.scene_id, scene }) : h("span", { className: "s2p-scene" }, h("span", { className: "s2p-scene-title" }, job.what)),
      h(
        "div",
        { className: "s2p-grow s2p-why" },
        job.title && h("strong", null, job.title),
        job.detail && h("span", { className: "s2p-detail" }, job.detail),
        job.advice && h("span", { className: "s2p-advice" }, job.advice),
        h("span", { className: "s2p-facts text-muted" }, facts(job, now))
      ),
      canAct &&
        h(
          "div",
          { className: "s2p-job-actions" },
          job.can_retry && job.kind && h(Button, { size: "sm", variant: "primary", disabled: action.busy, "aria-label": `Try now: ${name}`, onClick: () => action.run("ui_retry") }, "Try now"),
          h(
            parts.Confirm,
            { label: "Discard", ariaLabel: `Discard: ${name}`, size: "sm", variant: "secondary", disabled: action.busy, question: "Discard this job?", confirmLabel: "Discard", onConfirm: () => action.run("ui_discard"), focusAfter },
            h("p", null, `The job for “${name}” will be dropped for good. Plex stays as it is; the next save queues it again.`)
          ),
          h(parts.Problem, { error: action.error })
        )
    );
  }

  function facts(job, now) {
    const pieces = [];
    if (job.attempts) pieces.push(words.counted(job.attempts, "attempt"));
    if (job.state === "in_progress") pieces.push("in progress now");
    else if (job.state === "dead") pieces.push(`given up ${words.ago(job.at, now)}`);
    else {
      pieces.push(`saved ${words.ago(job.at, now)}`);
      if (job.next_try_at && job.attempts) pieces.push(`next try ${words.until(job.next_try_at, now)}`);
    }
    return pieces.join(" · ");
  }

  s2p.Jobs = Jobs;
})(window.Stash2Plex);
