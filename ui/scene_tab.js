/** The tab on a scene's page: what Stash says, what Plex has, what we wrote last, and what to do about it. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts } = s2p;
  const { Button } = s2p.bootstrap;

  const AWAY_MS = 10000;

  /** The disk is looked at every few seconds, which costs next to nothing; both servers only when it has news, on demand, and while one is away. */
  function SceneTab({ sceneId }) {
    const [awayMs, setAwayMs] = React.useState(0);
    const { data, error, loading, reload } = s2p.use.operation("ui_scene", { scene_id: sceneId }, awayMs);
    const { data: news } = s2p.use.operation("ui_scene_news", { scene_id: sceneId }, "live");
    const whole = React.useRef(null);
    const stamp = React.useRef(null);
    const comparedFor = React.useRef(null); // one comparison a stamp, also while it is under way
    React.useEffect(() => setAwayMs(error || (data && data.problem) ? AWAY_MS : 0), [data, error]);
    React.useEffect(() => {
      if (stamp.current && news && news.stamp !== stamp.current) s2p.pulse.news();
      stamp.current = news && news.stamp;
      if (!news || !data || news.stamp === data.stamp || news.stamp === comparedFor.current) return;
      comparedFor.current = news.stamp;
      reload();
    }, [news]);
    const hurry = () => {
      reload();
      s2p.pulse.hurry();
    };
    if (!data) return error ? h(parts.Problem, { error, onRetry: reload }) : h(parts.Loading, { what: "Comparing this scene with Plex" });
    return h(
      "div",
      { className: "s2p-scene-tab s2p-list", "aria-busy": loading, ref: whole, tabIndex: -1, role: "group", "aria-label": "This scene in Plex" },
      h(parts.Problem, { error: error || (data.problem && { message: data.problem }), onRetry: reload }),
      data.why_not && h(parts.Note, { tone: "waiting", icon: "faCircleInfo" }, h("strong", null, "Why it is not synced: "), data.why_not),
      news && news.job && h(JobNote, { job: news.job }),
      data.undone && h(parts.Undone, { undone: data.undone }),
      h(Actions, { data, isLooking: loading, onLook: reload, onDone: hurry, focusAfter: whole }),
      data.items.length
        ? data.items.map((item) => h(Item, { key: item.rating_key, item, sceneId, onDone: hurry }))
        : !data.problem && h(parts.Empty, { icon: "faCircleQuestion", title: "Nothing to compare" }, "Neither Stash nor Plex has anything in a field of this scene."),
      data.history.length > 0 && h(Last, { sync: data.history[0] })
    );
  }

  function JobNote({ job }) {
    const now = s2p.use.now(1000);
    const sentence = job.title ? `${job.title}. ${job.advice}` : "It is on its way to Plex.";
    const when = job.state === "dead" ? ` Given up ${words.ago(job.at, now)}.` : job.next_try_at && job.attempts ? ` Next try ${words.until(job.next_try_at, now)}.` : "";
    return h(parts.Note, { tone: job.state === "dead" ? "bad" : "busy", icon: job.state === "dead" ? "faTriangleExclamation" : "faClock" }, h("span", { role: "status" }, sentence), when);
  }

  function Actions({ data, isLooking, onLook, onDone, focusAfter }) {
    const tell = s2p.use.tell();
    const action = s2p.use.action(async (mode, args) => {
      tell((await s2p.call(mode, args)).text);
      onDone();
    });
    const canUndoAll = data.items.some((item) => item.can_undo);
    const [which, setWhich] = React.useState("last");
    const chosen = data.last_change ? (canUndoAll ? which : "last") : "all";
    const syncedAt = Math.max(0, ...data.items.map((item) => item.synced_at || 0));
    const undone = data.history.find((sync) => sync.is_undo);
    const now = s2p.use.now(5000);
    return h(
      "div",
      { className: "s2p-of-all" },
      h("span", { className: "s2p-grow" }, syncedAt ? `Last sync ${words.ago(syncedAt, now)}` : undone ? `Undone ${words.ago(undone.at, now)}` : "Never synced"),
      h(Button, { size: "sm", variant: "secondary", disabled: isLooking, onClick: onLook }, "Compare again"),
      h(Button, { size: "sm", disabled: action.busy, onClick: () => action.run("ui_sync", { scene_ids: [data.scene_id] }) }, "Sync now"),
      (canUndoAll || data.last_change) &&
        h(
          parts.Confirm,
          { label: "Undo", size: "sm", variant: "secondary", disabled: action.busy, question: "Give Plex back what it showed before?", confirmLabel: "Undo in Plex", onConfirm: () => action.run("ui_undo", { scene_id: data.scene_id, which: chosen }), focusAfter },
          data.last_change && h(UndoChoice, { which: "last", chosen, onChoose: setWhich }, `The last change, ${words.ago(data.last_change.at, now)}: ${data.last_change.fields.join(", ")}`),
          canUndoAll && h(UndoChoice, { which: "all", chosen, onChoose: setWhich }, "Everything, back to before the first sync"),
          h("p", null, "What you changed in Plex since then stays, and is listed."),
          h("p", null, chosen === "last" ? "What is put back stays until the scene is saved in Stash, or told to follow Stash." : "The next save in Stash, or Sync All, syncs the scene again.")
        ),
      h(parts.Problem, { error: action.error })
    );
  }

  function UndoChoice({ which, chosen, onChoose, children }) {
    const id = `s2p-undo-${which}`;
    return h(
      "div",
      { className: "form-check" },
      h("input", { type: "radio", className: "form-check-input", name: "s2p-undo", id, checked: chosen === which, onChange: () => onChoose(which) }),
      h("label", { className: "form-check-label", htmlFor: id }, children)
    );
  }

  function Item({ item, sceneId, onDone }) {
    const canAct = item.fields.some((field) => field.differs || field.kept);
    const columns = ["Field", "Stash", "Plex", "Last written"];
    return h(
      "div",
      { className: "s2p-scroll", tabIndex: 0, role: "group", "aria-label": item.rating_key ? `Item ${item.rating_key}` : item.title },
      h(
        "table",
        { className: "table table-sm s2p-sides" },
        h("caption", null, item.rating_key ? `Plex item ${item.rating_key}${item.title ? ` · ${item.title}` : ""}` : item.title),
        h("thead", null, h("tr", null, columns.map((name) => h("th", { key: name, scope: "col" }, name)), canAct && h("td", { className: "s2p-row-action" }))),
        h("tbody", null, item.fields.map((field) => h(FieldRow, { key: field.field, field, item, sceneId, canAct, onDone })))
      )
    );
  }

  function FieldRow({ field, item, sceneId, canAct, onDone }) {
    const tell = s2p.use.tell();
    const keep = s2p.use.action(async (value) => {
      tell((await s2p.call("ui_keep", { scene_id: sceneId, field: field.field, keep: value })).text);
      onDone();
    });
    return h(
      "tr",
      { className: field.differs ? "s2p-differs" : "" },
      h(
        "th",
        { scope: "row" },
        field.name,
        field.locked && h("span", { className: "s2p-lock", title: "Locked in Plex" }, h(parts.Icon, { name: "faLock" }), h("span", { className: "sr-only" }, "locked in Plex")),
        field.differs && h("span", { className: "s2p-mark" }, "differs"),
        field.note && h("span", { className: "s2p-mark" }, field.note)
      ),
      h("td", { "data-label": "Stash" }, h(parts.Value, { value: field.stash })),
      h("td", { "data-label": "Plex" }, item.plex_known ? h(parts.Value, { value: field.plex }) : h("span", { className: "text-muted" }, "not known now")),
      h("td", { "data-label": "Last written" }, h(parts.Value, { value: field.written })),
      canAct && h(
        "td",
        { className: "s2p-row-action" },
        field.kept
          ? h(Button, { size: "sm", variant: "secondary", disabled: keep.busy, "aria-label": `Follow Stash: ${field.name}`, onClick: () => keep.run(false) }, "Follow Stash")
          : field.differs && h(Button, { size: "sm", variant: "secondary", disabled: keep.busy, "aria-label": `Keep Plex's: ${field.name}`, onClick: () => keep.run(true) }, "Keep Plex's"),
        h(parts.Problem, { error: keep.error })
      )
    );
  }

  function Last({ sync }) {
    const now = s2p.use.now(5000);
    return h(React.Fragment, null, h("h3", { className: "h6 s2p-last-change" }, `${sync.is_undo ? "Put back" : "Last change"}, ${words.ago(sync.at, now)}`), h(parts.Changes, { changes: sync.changes, caption: "The last change in Plex" }));
  }

  s2p.SceneTab = SceneTab;
})(window.Stash2Plex);
