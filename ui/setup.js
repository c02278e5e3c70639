/** The tab Set-up: from nothing to the first sync, top to bottom. */
(function (s2p) {
  "use strict";

  const { h, React, parts, stores } = s2p;

  function Setup() {
    const { data, error } = s2p.use.store(stores.settings);
    if (!data) return error ? h(parts.Problem, { error, onRetry: stores.loadSettings }) : h(parts.Loading, { what: "Reading the settings" });
    return h(
      React.Fragment,
      null,
      !data.configured && !data.problems.length && h(parts.Note, { tone: "setup", icon: "faScrewdriverWrench" }, "Three steps: the address and the token of your Plex server, its libraries, and a look at the folders. What you save in Stash meanwhile is recorded and reaches Plex afterwards."),
      data.problems.length > 0 && h(parts.Note, { tone: "bad", icon: "faTriangleExclamation" }, h("strong", null, "These settings cannot be used:"), h("ul", null, data.problems.map((problem) => h("li", { key: problem }, problem)))),
      data.notes.map((note) => h(parts.Note, { key: note, tone: "waiting", icon: "faCircleInfo" }, note)),
      h(s2p.Connection, { settings: data }),
      data.configured && h(s2p.Mapping, { settings: data }),
      h("h2", { className: "s2p-section" }, "All other settings"),
      h(s2p.AllSettings, { settings: data })
    );
  }

  s2p.Setup = Setup;
})(window.Stash2Plex);
