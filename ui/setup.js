/** The tab Set-up: from nothing to the first sync, top to bottom. */
(function (s2p) {
  "use strict";

  const { h, React, parts, stores, text } = s2p;

  function Setup() {
    const { data, error } = s2p.use.store(stores.settings);
    const [check, setCheck] = s2p.use.state(null);
    React.useEffect(() => {
      if (!data) stores.loadSettings();
    }, []);
    const problem = h(parts.Problem, { error, onRetry: stores.loadSettings });
    if (!data) return error ? problem : h(parts.Loading, { what: text("setup.reading") });
    return h(
      React.Fragment,
      null,
      problem,
      !data.configured && !wrong(data).length && !data.problems.length && h(parts.Note, { tone: "setup", icon: "faScrewdriverWrench" }, text("setup.intro")),
      h(Unusable, { data }),
      data.notes.map((note) => h(parts.Note, { key: note, tone: "waiting", icon: "faCircleInfo" }, note)),
      h(s2p.Connection, { settings: data, check, setCheck }),
      data.configured && h(s2p.Mapping, { settings: data }),
      data.configured && h(FirstSync),
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

  /** From here on saves keep Plex up to date; what was there before needs one run over everything. Done once all that Stash has was looked at. */
  function FirstSync() {
    const overview = s2p.use.store(stores.overview).data;
    if (!overview) return null;
    const { counts, never_seen: never, library } = overview;
    const isDone = never === 0 && counts.in_plex > 0;
    const seen = counts.in_plex || counts.skipped ? ` ${text("setup.never", { count: never || 0 })}` : "";
    return h(
      "section",
      { className: "s2p-card", "aria-label": text("setup.first_sync") },
      h("h2", null, text("setup.first_sync_step")),
      isDone && h(s2p.parts.Reached, { coverage: library.coverage }),
      !isDone && h("p", { className: "text-muted" }, `${text("setup.first_sync_help")}${seen}`),
      h("div", { className: "s2p-buttons" }, h(parts.SyncAll, { variant: isDone ? "secondary" : "primary" }), h(s2p.router.Link, { className: "btn btn-secondary", to: `${s2p.path}?tab=preview` }, text("setup.preview")))
    );
  }

  s2p.Setup = Setup;
})(window.Stash2Plex);
