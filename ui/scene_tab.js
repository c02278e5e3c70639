/** The tab on a scene's page: how it stands in Plex, what differs and what to do about it. Made for the 450 px that Stash gives it. */
(function (s2p) {
  "use strict";

  const { h, React, words, text, parts } = s2p;
  const { Button } = s2p.bootstrap;

  const AWAY_MS = 10000;

  /** The disk is looked at every few seconds, which costs next to nothing; both servers only when it has news, on demand, and while one is away. */
  function SceneTab({ sceneId }) {
    const [awayMs, setAwayMs] = React.useState(0);
    const { data, error, loading, reload } = s2p.use.operation("ui_scene", { scene_id: sceneId }, awayMs);
    const { data: news } = s2p.use.operation("ui_scene_news", { scene_id: sceneId }, "live");
    const whole = useFocusKept(data);
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
    if (!data) return error ? h(parts.Problem, { error, onRetry: reload }) : h(parts.Loading, { what: text("scene.comparing") });
    const job = news && news.job;
    const items = data.lookup ? data.items.map((item) => ({ ...item, rating_key: 0, title: item.title || text("scene.label") })) : data.items; // what was there is gone
    return h(
      "div",
      { className: "s2p-scene-tab s2p-list", lang: s2p.language.name(), "aria-busy": loading, ref: whole, tabIndex: -1, role: "group", "aria-label": text("scene.label") },
      h(parts.Problem, { error: error || (data.problem && { message: data.problem }), onRetry: reload }),
      data.lookup ? h(s2p.SceneMissing, { scene: data, job, onDone: hurry, focusAfter: whole }) : h(WhyNot, { why: data.why_not, job }),
      data.undone && h(parts.Undone, { undone: data.undone }),
      h(Actions, { data, isLooking: loading, onLook: reload, onDone: hurry, focusAfter: whole }),
      items.length
        ? items.map((item) => h(s2p.SceneItem, { key: item.rating_key, item, sceneId, server: data.server, onDone: hurry }))
        : !data.problem && h(parts.Empty, { icon: "faCircleQuestion", title: text("scene.nothing") }, text("scene.nothing_help")),
      data.left_out.map((item) => h(parts.Note, { key: item.rating_key, icon: "faCircleMinus" }, h("strong", null, text("scene.left_out_of", { library: item.library })), " ", item.why)),
      data.history.length > 0 && h(Last, { sync: data.history[0] }),
      !data.problem && !data.why_not && !data.lookup && h(LeaveOut, { tags: data.except_tags, focusAfter: whole })
    );
  }

  /** The whole tab takes the focus where what had it, a button that was pressed, is gone with the answer. */
  function useFocusKept(data) {
    const whole = React.useRef(null);
    const hadFocus = React.useRef(false);
    React.useEffect(() => {
      const note = () => (hadFocus.current = Boolean(whole.current && whole.current.contains(document.activeElement)));
      document.addEventListener("focusin", note);
      return () => document.removeEventListener("focusin", note);
    }, []);
    React.useEffect(() => {
      if (hadFocus.current && whole.current && document.activeElement === document.body) whole.current.focus();
    }, [data]);
    return whole;
  }

  function WhyNot({ why, job }) {
    return h(
      React.Fragment,
      null,
      why && h(parts.Note, { tone: "waiting", icon: "faCircleInfo" }, h("strong", null, text("scene.why_not")), " ", why),
      job && h(JobNote, { job })
    );
  }

  function JobNote({ job }) {
    const now = s2p.use.now(1000);
    const sentence = job.title ? `${job.title}. ${job.advice}` : text(job.field ? "scene.field_on_its_way" : "scene.on_its_way");
    const when = job.state === "dead" ? text("scene.given_up", { ago: words.ago(job.at, now) }) : job.next_try_at && job.attempts ? text("scene.next_try", { when: words.until(job.next_try_at, now) }) : "";
    return h(parts.Note, { tone: job.state === "dead" ? "bad" : "busy", icon: job.state === "dead" ? "faTriangleExclamation" : "faClock" }, h("span", { role: "status" }, job.field && h("strong", null, job.name, ": "), sentence), ` ${when}`);
  }

  function Actions({ data, isLooking, onLook, onDone, focusAfter }) {
    const act = s2p.use.doing(onDone);
    const syncedAt = Math.max(0, ...data.items.map((item) => item.synced_at || 0));
    const undone = data.history.find((sync) => sync.is_undo);
    const now = s2p.use.now(5000);
    const differs = data.items.some((item) => item.fields.some((field) => field.differs));
    return h(
      "div",
      { className: "s2p-of-all" },
      h("span", { className: "s2p-grow" }, syncedAt ? text("scene.last_sync", { ago: words.ago(syncedAt, now) }) : undone ? text("scene.undone", { ago: words.ago(undone.at, now) }) : text("scene.never")),
      h(
        "div",
        { className: "s2p-actions" },
        h(Button, { size: "sm", variant: "secondary", disabled: isLooking, onClick: onLook }, text("scene.compare")),
        !data.lookup && h(Button, { size: "sm", variant: differs ? "primary" : "secondary", disabled: act.busy, onClick: () => act.run("ui_sync", { scene_ids: [data.scene_id] }) }, text("scene.sync_now")),
        h(Undo, { data, act, focusAfter })
      ),
      h(parts.Problem, { error: act.error })
    );
  }

  function Undo({ data, act, focusAfter }) {
    const now = s2p.use.now(5000);
    const canUndoAll = data.items.some((item) => item.can_undo);
    const [which, setWhich] = React.useState("last");
    const chosen = data.last_change ? (canUndoAll ? which : "last") : "all";
    if (!canUndoAll && !data.last_change) return null;
    return h(
      parts.Confirm,
      { label: text("scene.undo"), size: "sm", variant: "secondary", disabled: act.busy, question: text("scene.undo_question"), confirmLabel: text("scene.undo_confirm"), onConfirm: () => act.run("ui_undo", { scene_id: data.scene_id, which: chosen }), focusAfter },
      data.last_change && h(UndoChoice, { which: "last", chosen, onChoose: setWhich }, text("scene.undo_last", { ago: words.ago(data.last_change.at, now), fields: data.last_change.fields.map(s2p.sentence).join(", ") })),
      canUndoAll && h(UndoChoice, { which: "all", chosen, onChoose: setWhich }, text("scene.undo_all")),
      h("p", null, text("scene.undo_keeps")),
      h("p", null, text(chosen === "last" ? "scene.undo_last_help" : "scene.undo_all_help"))
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

  /** That a scene is left out stands in Stash, as a tag: there it can be found again. So this tells how, and notes nothing. */
  function LeaveOut({ tags, focusAfter }) {
    return h(
      s2p.parts.Opening,
      { label: text("scene.leave_out") },
      h("p", null, tags.length ? text("scene.leave_out_by", { tags: tags.join(", ") }) : text("scene.leave_out_setting", { setting: text("setting.except_tags") }), " ", text("scene.leave_out_help")),
      !tags.length && h(s2p.Answers, { answers: ["set_up"], target: {}, count: 1, name: "", isWhole: true, size: "sm", focusAfter })
    );
  }

  function Last({ sync }) {
    const now = s2p.use.now(5000);
    return h(s2p.parts.Opening, { label: text(sync.is_undo ? "scene.put_back" : "scene.last_change", { ago: words.ago(sync.at, now) }) }, h(parts.Changes, { changes: sync.changes, caption: text("scene.last_change_caption") }));
  }

  s2p.SceneTab = SceneTab;
})(window.Stash2Plex);
