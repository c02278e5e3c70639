/** The history: what was synced, field by field. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts, text } = s2p;
  const { Button } = s2p.bootstrap;

  const PER_PAGE = 10;

  /** It stands still while somebody reads: what came since is offered, not put above it. */
  function History({ overview }) {
    const [stack, setStack] = React.useState([0]);
    const before = stack[stack.length - 1];
    const { data, error, loading, reload } = s2p.use.operation("ui_history", { limit: PER_PAGE, before });
    const titles = s2p.use.titles(data ? data.syncs.map((sync) => sync.scene_id) : []);
    const [turn, setTurn] = React.useState(0);
    const [seenAt, setSeenAt] = React.useState(null);
    const newestAt = overview && overview.last_change_at;
    React.useEffect(() => {
      if (data && !before) setSeenAt(data.syncs.length ? data.syncs[0].at : 0);
    }, [data]);
    const hasNewer = seenAt !== null && newestAt > seenAt;
    const isEmpty = data && !data.syncs.length;
    React.useEffect(() => {
      if (isEmpty && hasNewer) reload(); // there is nothing to be moved
    }, [isEmpty, hasNewer]);
    const toNewest = () => {
      setTurn(turn + 1);
      setStack([0]);
      reload();
    };
    return h(
      "section",
      { "aria-label": text("history.region"), "aria-busy": loading },
      h(parts.Problem, { error, onRetry: reload }),
      !data && !error && h(parts.Loading, { what: text("history.reading") }),
      !before && h(s2p.Runs, { key: turn }),
      isEmpty && h(parts.Empty, { icon: "faClockRotateLeft", title: text("history.empty") }, text("history.empty_hint")),
      data && !isEmpty && h(
        "div",
        { className: "s2p-of-all s2p-changes-head" },
        h("h2", { className: "s2p-grow h6" }, text("history.changes")),
        h(Button, { size: "sm", variant: hasNewer ? "primary" : "secondary", disabled: loading, onClick: toNewest }, text(hasNewer ? "history.show_newer" : "history.look_again"))
      ),
      data && h("ol", { className: "s2p-history" }, data.syncs.map((sync) => h(Sync, { key: sync.id, sync, scene: titles[sync.scene_id] }))),
      h(
        "nav",
        { className: "s2p-pager", "aria-label": text("history.pages") },
        stack.length > 1 && h(Button, { size: "sm", variant: "secondary", onClick: () => setStack(stack.slice(0, -1)) }, text("history.newer")),
        data && data.next_before && h(Button, { size: "sm", variant: "secondary", onClick: () => setStack([...stack, data.next_before]) }, text("history.older"))
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
        h(parts.SceneLink, { id: sync.scene_id, scene, small: true, ratingKey: sync.rating_key }),
        sync.is_undo && h("strong", null, text("history.put_back")),
        h("span", { className: "text-muted" }, words.ago(sync.at, now))
      ),
      h(parts.Changes, { changes: sync.changes, caption: text("history.changed_for", { title: title || text("parts.scene", { id: String(sync.scene_id) }) }) })
    );
  }

  s2p.History = History;
})(window.Stash2Plex);
