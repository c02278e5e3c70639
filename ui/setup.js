/** The tab Set-up: from nothing to the first sync, step by step; below them every other setting. */
(function (s2p) {
  "use strict";

  const { h, React, parts, stores, text } = s2p;

  function Setup() {
    const { data, error } = s2p.use.store(stores.settings);
    React.useEffect(() => {
      if (!data) stores.loadSettings();
    }, []);
    const [check, setCheck] = s2p.use.state(null);
    const problem = h(parts.Problem, { error, onRetry: stores.loadSettings });
    if (!data) return error ? problem : h(parts.Loading, { what: text("setup.reading") });
    return h(
      React.Fragment,
      null,
      problem,
      !data.configured && !wrong(data).length && !data.problems.length && h("p", { className: "s2p-advice s2p-intro" }, text("setup.intro")),
      h(Unusable, { data }),
      data.notes.map((note) => h(parts.Note, { key: note, tone: "waiting", icon: "faCircleInfo" }, note)),
      h(Steps, { data, check, setCheck }),
      h("h2", { className: "s2p-section" }, text("setup.others")),
      h(s2p.AllSettings, { settings: data, libraries: check ? check.libraries : [] })
    );
  }

  const wrong = (data) => data.groups.flatMap((group) => group.settings.map((each) => ({ ...each, group: group.name }))).filter((each) => each.problem);

  /** What stands in the way: said at its control, and only named here; in full here where there is no control for it now. */
  function Unusable({ data }) {
    const settings = wrong(data);
    if (!settings.length && !data.problems.length) return null;
    const hasControl = ({ key }) => data.configured || !["plex_library", "path_rules"].includes(key);
    const named = ({ group, name, key, problem }) => (hasControl({ key }) ? `${group} · ${name}` : `${group} · ${name}: ${problem}`);
    return h(
      parts.Note,
      { tone: "bad", icon: "faTriangleExclamation" },
      h("strong", null, text("setup.unusable")),
      h("ul", null, settings.map((each) => h("li", { key: each.key }, named(each))), data.problems.map((each) => h("li", { key: each }, each)))
    );
  }

  /** `check` is what the look at the server gave, `hasFailed` that the last one gave nothing, `folders` what is known of the folders by the saved rules, `held` in which steps something is typed and not saved. */
  function Steps({ data, check, setCheck }) {
    const overview = s2p.use.store(stores.overview).data;
    const [folders, setFolders] = s2p.use.state(null);
    const [hasFailed, setFailed] = s2p.use.state(false);
    const [held, setHeld] = s2p.use.state({});
    const [compared, setCompared] = s2p.use.state("");
    const [seen, pass] = s2p.use.seen();
    const { stepOf, choose, settle } = s2p.use.steps(s2p.stepStates({ data, overview, check, hasFailed, folders, held, seen }));
    const wasDone = React.useRef(null);
    const isDone = ["done", "asks"].includes(stepOf("sync").state);
    React.useEffect(() => {
      if (isDone && wasDone.current === false) choose("sync", true); // it has just ended: what came of it stays in sight
      if (overview) wasDone.current = isDone;
    }, [isDone, Boolean(overview)]);
    useFolders(choose, Boolean(folders));
    const hold = (key) => (isHeld) => setHeld((now) => ({ ...now, [key]: isHeld }));
    const summaries = s2p.stepSummaries({ data, overview, check, folders, compared });
    const step = (name, others, ...children) =>
      h(parts.Step, { key: name, name, title: text(`steps.${name}_step`), label: text(`steps.${name}`), summary: summaries[name], ...stepOf(name), ...others }, ...children);
    const isFirst = (name) => stepOf(name).state !== "done";
    const leave = (name) => () => pass(name) || settle(name);
    return h(
      React.Fragment,
      null,
      step("server", { isKept: true }, h(s2p.Server, { settings: data, check, setCheck, onFail: setFailed, onHold: hold("server"), onSaved: () => settle("server") })),
      step("libraries", { isKept: true }, h(s2p.Libraries, { settings: data, check, onCheck: setCheck, onHold: hold("libraries"), onSaved: leave("libraries") })),
      step("folders", { isKept: true }, data.configured && h(s2p.Mapping, { settings: data, onLook: setFolders, onHold: hold("folders"), onSaved: () => settle("folders"), onPass: stepOf("folders").state === "todo" ? leave("folders") : null })),
      step("written", {}, h(s2p.Written, { settings: data, isFirst: isFirst("written"), onPass: leave("written") })),
      step("preview", { isLook: true }, h(s2p.FirstPreview, { isFirst: isFirst("preview"), onCompared: setCompared, onPass: leave("preview") })),
      step("sync", { isLook: true }, overview ? h(FirstSync, { overview }) : h(parts.Loading, { what: text("steps.busy") }))
    );
  }

  /** Who comes to look at the folders finds them open. */
  function useFolders(choose, isKnown) {
    const { hash } = s2p.router.useLocation();
    React.useEffect(() => {
      if (hash !== "#folders") return;
      choose("folders", true);
      window.requestAnimationFrame(() => document.getElementById("s2p-step-folders")?.parentNode.scrollIntoView());
    }, [hash, isKnown]);
  }

  /** From here on saves keep Plex up to date; what was there before needs one run over everything. Done once all that Stash has was looked at. */
  function FirstSync({ overview }) {
    const { counts, never_seen: never, library, to_go: left } = overview;
    const isDone = s2p.syncState(overview) !== "todo";
    const rest = counts.in_plex || counts.skipped ? ` ${text("setup.never", { count: never || 0 })}` : "";
    return h(
      React.Fragment,
      null,
      isDone && h(s2p.parts.Reached, { coverage: library.coverage }),
      !isDone && h("p", { className: "text-muted" }, `${text("setup.first_sync_help")}${rest}`),
      left > 0 && h("p", { role: "status" }, text("setup.on_the_way", { count: left })),
      h("div", { className: "s2p-buttons" }, h(parts.SyncAll, { variant: isDone ? "secondary" : "primary" }))
    );
  }

  s2p.Setup = Setup;
})(window.Stash2Plex);
