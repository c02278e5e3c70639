/** What waits, what failed, what is held and what was given up: a card for each reason, with what can be done about all of it, and its jobs below. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts, text } = s2p;
  const { Form } = s2p.bootstrap;

  /** What needs a person first. */
  const LISTS = [
    { key: "dead", isForPerson: true },
    { key: "held", isOptional: true, isForPerson: true },
    { key: "retrying" },
    { key: "waiting" },
    { key: "in_progress" },
  ];
  const nameOf = (list) => text(`jobs.${list}`);
  const PRESSING = "pressing";

  /** `wanted` is what the address asks for: a list, and a reason in it. */
  function Jobs({ overview, wanted }) {
    const isWanted = LISTS.some(({ key }) => key === wanted.list);
    const [chosen, setChosen] = React.useState(isWanted ? wanted.list : PRESSING); // once: a list must not change under somebody's hands
    const reason = (chosen === wanted.list && wanted.reason) || PRESSING;
    const { data, error, stale, reload } = s2p.use.operation("ui_jobs", { list: chosen, reason });
    if (!data) return error ? h(parts.Problem, { error, onRetry: reload }) : h(parts.Loading, { what: text("jobs.reading") });
    const list = chosen === PRESSING ? data.chosen : chosen;
    const counts = overview && overview.counts;
    return h(
      "section",
      { "aria-label": text("jobs.region") },
      counts && h(parts.Choices, { label: text("jobs.lists"), chosen: list, onChoose: setChosen, choices: offered(counts, list) }),
      h(parts.Problem, { error, onRetry: reload }),
      // A list of its own for each key: no button may act on one list while the jobs of another are still shown.
      stale ? !error && h(parts.Loading, { what: text("jobs.reading") }) : h(OneList, { key: list, list, first: data })
    );
  }

  const offered = (counts, list) => LISTS.map((each) => ({ ...each, name: nameOf(each.key), count: counts[each.key] })).filter((each) => !each.isOptional || each.count || list === each.key);

  function OneList({ list, first }) {
    const [place, setPlace] = React.useState({ reason: first.reason, folder: "", page: 0 });
    const [isFolded, setFolded] = React.useState(false);
    const [typed, setTyped] = React.useState("");
    const whole = React.useRef(null);
    const search = useSearch(typed);
    const isSearched = Boolean(search.text);
    const asked = { list, ...place, ...(isSearched && { reason: "", folder: "", search: search.text, scene_ids: search.sceneIds }) };
    const { data, error, loading, stale, reload } = s2p.use.operation("ui_jobs", search.ready ? asked : null, "live", first);
    const go = (change) => setPlace((now) => ({ ...now, ...change }));
    React.useEffect(() => {
      if (!data || stale) return;
      if (data.page !== place.page) go({ page: data.page }); // the list has become shorter
      const kinds = data.reasons.map((reason) => reason.kind);
      if (!isSearched && kinds.length && !kinds.includes(place.reason)) go({ reason: kinds[0], folder: "", page: 0 }); // none of its jobs is left
    }, [data]);
    const about = LISTS.find((each) => each.key === list);
    const open = (reason) => {
      setFolded(reason === place.reason && !isFolded);
      if (reason !== place.reason) go({ reason, folder: "", page: 0 });
    };
    const shown = { list, about, data, place, go, open, isFolded, stale, focusAfter: whole, search: search.text };
    return h(
      "div",
      { ref: whole, tabIndex: -1, role: "group", className: "s2p-list", "aria-label": nameOf(list) },
      data && (data.reasons.length > 0 || typed) && h(Search, { typed, onType: (value) => { setTyped(value); go({ page: 0 }); } }),
      search.left > 0 && h("p", { className: "text-muted" }, text("jobs.more_titles", { first: search.sceneIds.length, count: search.left })),
      h(parts.Problem, { error, onRetry: reload }),
      !data && loading && h(parts.Loading, { what: text("jobs.reading") }),
      data && (isSearched ? h(Found, shown) : data.reasons.length ? h(Reasons, shown) : h(parts.Empty, { title: text(`jobs.${list}_empty`) }, list === "in_progress" ? null : text(`jobs.${list}_hint`)))
    );
  }

  /** A number is a scene's id; words are looked for in reasons here, and in titles by Stash. */
  function useSearch(typed) {
    const searched = s2p.use.settled(typed.trim(), 300);
    const asksStash = searched.length > 1 && !/^\d+$/.test(searched);
    const found = s2p.use.operation("ui_find", asksStash ? { words: searched, per_page: 100 } : null);
    const scenes = asksStash && found.data && !found.stale ? found.data.scenes : [];
    return {
      text: searched,
      sceneIds: scenes.map((scene) => scene.id),
      left: scenes.length ? found.data.total - scenes.length : 0,
      ready: !asksStash || found.answered,
    };
  }

  function Search({ typed, onType }) {
    return h(
      Form,
      { className: "s2p-filters", role: "search", onSubmit: (event) => event.preventDefault() },
      h(
        Form.Group,
        { controlId: "s2p-search", className: "s2p-grow" },
        h(Form.Label, { srOnly: true }, text("jobs.search")),
        h(Form.Control, { type: "search", className: "text-input", placeholder: text("jobs.search_hint"), value: typed, onChange: (event) => onType(event.target.value) })
      )
    );
  }

  /** What a search has found, of whatever reason. */
  function Found({ list, data, go, stale, focusAfter, search }) {
    if (!data.jobs.length) return h(parts.Empty, { icon: "faMagnifyingGlass", title: text("jobs.nothing_found") }, text("jobs.other_words"));
    return h(
      "section",
      { className: "s2p-card" },
      h(s2p.JobRows, { key: search, list, name: nameOf(list), data, answers: ["retry", "discard"], whole: null, hasReasons: true, isOff: stale, focusAfter }),
      h(Pages, { data, go })
    );
  }

  function Reasons(props) {
    return props.data.reasons.map((reason) => h(ReasonCard, { key: reason.kind, ...props, reason, isOpen: reason.kind === props.place.reason && !props.isFolded }));
  }

  /** One reason: said once, answered once, with its jobs where it is the one that is open. */
  function ReasonCard({ list, about, data, place, go, open, stale, focusAfter, reason, isOpen }) {
    const target = { list, until: data.until, ...(list === "dead" || list === "retrying" ? { reason: reason.kind } : { all: true }) };
    return h(
      "section",
      { className: `s2p-card s2p-reason${reason.needs_person ? (about.isForPerson ? " s2p-bad" : " s2p-waiting") : ""}`, "aria-label": reason.title },
      h(
        "h2",
        null,
        h(
          "button",
          { type: "button", className: "s2p-fold", "aria-expanded": isOpen, onClick: () => open(reason.kind) },
          h(parts.Icon, { name: isOpen ? "faChevronDown" : "faChevronRight" }),
          h("span", null, reason.title),
          h("span", { className: "s2p-count" }, words.number(reason.count))
        )
      ),
      reason.advice && h("p", { className: "s2p-advice" }, reason.advice),
      h(s2p.Answers, { answers: reason.answers, target, count: reason.count, isWhole: true, size: "sm", isOff: stale, focusAfter }),
      isOpen && data.reason === reason.kind && h(OfReason, { list, data, place, go, stale, focusAfter, reason, target })
    );
  }

  /** Its jobs, and where their files are. */
  function OfReason({ list, data, place, go, stale, focusAfter, reason, target }) {
    const { folder } = place;
    const whole = folder ? { ...target, folder } : target;
    const folders = data.folders.map((each) => ({ key: each.folder, name: each.folder, count: each.count }));
    const rows = { list, name: nameOf(list), data, answers: reason.answers, whole, isOff: stale, focusAfter };
    return h(
      React.Fragment,
      null,
      folders.length === 1 && !folder && h("p", { className: "s2p-advice s2p-path" }, folders[0].name),
      (folders.length > 1 || folder) && h("div", { className: "s2p-folders" }, h(parts.Choices, { label: text("jobs.folders"), chosen: folder, onChoose: (key) => go({ folder: key, page: 0 }), choices: [{ key: "", name: text("jobs.all_folders"), count: reason.count }, ...folders] })),
      folder && h("div", { className: "s2p-of-all" }, h("span", null, text("jobs.this_folder")), h(s2p.Answers, { answers: reason.answers, target: whole, count: data.total, name: folder, size: "sm", isOff: stale, focusAfter })),
      h(s2p.JobRows, { key: `${reason.kind} ${folder}`, ...rows }),
      h(Pages, { data, go })
    );
  }

  function Pages({ data, go }) {
    return h(parts.Pager, { page: data.page, perPage: data.per_page, total: data.total, onPage: (page) => go({ page }), label: text("jobs.pages") });
  }

  s2p.Jobs = Jobs;
})(window.Stash2Plex);
