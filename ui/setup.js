/** The tab Set-up: from nothing to the first sync, top to bottom. */
(function (s2p) {
  "use strict";

  const { h, React, parts, stores } = s2p;
  const { Button } = s2p.bootstrap;

  const SYNC_ALL = "Sync All Scenes to Plex";

  function Setup() {
    const { data, error } = s2p.use.store(stores.settings);
    const [check, setCheck] = s2p.use.state(null);
    const problem = h(parts.Problem, { error, onRetry: stores.loadSettings });
    if (!data) return error ? problem : h(parts.Loading, { what: "Reading the settings" });
    return h(
      React.Fragment,
      null,
      problem,
      !data.configured && !data.problems.length && h(parts.Note, { tone: "setup", icon: "faScrewdriverWrench" }, "Four steps: the address and the token of your Plex server, its libraries, a look at the folders, and the first sync. What you save in Stash meanwhile is recorded and reaches Plex afterwards."),
      data.problems.length > 0 && h(parts.Note, { tone: "bad", icon: "faTriangleExclamation" }, h("strong", null, "These settings cannot be used:"), h("ul", null, data.problems.map((each) => h("li", { key: each }, each)))),
      data.notes.map((note) => h(parts.Note, { key: note, tone: "waiting", icon: "faCircleInfo" }, note)),
      h(s2p.Connection, { settings: data, check, setCheck }),
      data.configured && h(s2p.Mapping, { settings: data }),
      data.configured && h(FirstSync),
      h("h2", { className: "s2p-section" }, "All other settings"),
      h(s2p.AllSettings, { settings: data, libraries: check ? check.libraries : [] })
    );
  }

  /** The button that starts the task, and what keeps it from starting. */
  function SyncAll({ children }) {
    const tell = s2p.use.tell();
    const [isStarted, setStarted] = s2p.use.state(false);
    const start = s2p.use.action(async () => {
      await s2p.startTask(SYNC_ALL);
      setStarted(true);
      tell("Sync All has been put into Stash's task queue.");
      stores.refreshOverview();
    });
    return h(
      React.Fragment,
      null,
      h("div", { className: "s2p-buttons" }, children, h(Button, { disabled: start.busy || isStarted, onClick: start.run }, isStarted ? "On its way" : "Sync all")),
      h(parts.Problem, { error: start.error })
    );
  }

  /** From here on saves keep Plex up to date; what was there before needs one run over everything. Gone once something is in Plex. */
  function FirstSync() {
    const overview = s2p.use.store(stores.overview).data;
    if (!overview || overview.counts.in_plex) return null;
    return h(
      "section",
      { className: "s2p-card", "aria-label": "First sync" },
      h("h2", null, "4. First sync"),
      h("p", { className: "text-muted" }, "Saves reach Plex by themselves from now on. Sync all sends what Stash holds already; Preview shows first what would change."),
      h(SyncAll, null, h(s2p.router.Link, { className: "btn btn-secondary", to: `${s2p.path}?tab=preview` }, "Preview"))
    );
  }

  s2p.Setup = Setup;
  s2p.SyncAll = SyncAll;
})(window.Stash2Plex);
