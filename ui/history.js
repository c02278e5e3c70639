/** The last syncs, field by field. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts } = s2p;
  const { Button } = s2p.bootstrap;

  const PER_PAGE = 10;

  function History() {
    const [stack, setStack] = React.useState([0]);
    const before = stack[stack.length - 1];
    const { data, error, loading, reload } = s2p.use.operation("ui_history", { limit: PER_PAGE, before }, before ? 0 : 4000);
    const titles = s2p.use.titles(data ? data.syncs.map((sync) => sync.scene_id) : []);
    if (!data) return error ? h(parts.Problem, { error, onRetry: reload }) : h(parts.Loading, { what: "Reading the last syncs" });
    if (!data.syncs.length) {
      return h(parts.Empty, { icon: "faClockRotateLeft", title: "No sync yet" }, "As soon as the first scene is synced, what changed in Plex is listed here, field by field.");
    }
    return h(
      "section",
      { "aria-label": "Last syncs", "aria-busy": loading },
      h(parts.Problem, { error, onRetry: reload }),
      !before && h(s2p.Runs),
      h("ol", { className: "s2p-history" }, data.syncs.map((sync) => h(Sync, { key: sync.id, sync, scene: titles[sync.scene_id] }))),
      h(
        "nav",
        { className: "s2p-pager", "aria-label": "Pages of the last syncs" },
        stack.length > 1 && h(Button, { size: "sm", variant: "secondary", onClick: () => setStack(stack.slice(0, -1)) }, "Newer"),
        data.next_before && h(Button, { size: "sm", variant: "secondary", onClick: () => setStack([...stack, data.next_before]) }, "Older")
      )
    );
  }

  function Sync({ sync, scene }) {
    const now = s2p.use.now(5000);
    const title = scene && scene.title;
    return h(
      "li",
      { className: "s2p-sync" },
      h(
        "div",
        { className: "s2p-sync-head" },
        h(parts.SceneLink, { id: sync.scene_id, scene, small: true }),
        h("span", { className: "text-muted" }, `${words.ago(sync.at, now)} · item ${sync.rating_key}`)
      ),
      h(parts.Changes, { changes: sync.changes, caption: `What changed in Plex for ${title || `scene ${sync.scene_id}`}` })
    );
  }

  s2p.History = History;
})(window.Stash2Plex);
