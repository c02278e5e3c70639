/** Overview: what can be started, as buttons, and how it ended. Sync all stands in the banner above. */
(function (s2p) {
  "use strict";

  const { h, React, parts, text } = s2p;
  const { Button } = s2p.bootstrap;

  const RECENT = "Sync Recent Scenes to Plex";
  const COMPARE = "Reconcile Stash and Plex";
  const UNDO = "Undo Last Changes";
  const REPORT = "Support Report";

  const followed = () => [
    { task: parts.SYNC_ALL, name: text("tasks.sync_all") },
    { task: RECENT, name: text("overview.sync_recent") },
    { task: COMPARE, name: text("overview.compare") },
    { task: UNDO, name: text("overview.undo"), whenDone: text("overview.undone") },
    { task: REPORT, name: text("overview.report"), whenDone: text("overview.report_done") },
  ];

  function Actions({ overview }) {
    const read = s2p.use.action(async () => {
      await s2p.call("ui_mapping", { again: true });
      s2p.pulse.hurry();
      return true;
    });
    const whole = React.useRef(null);
    const [isAsked, setAsked] = s2p.use.state(false);
    const [check, setCheck] = s2p.use.state(null);
    const test = s2p.use.action(async () => {
      setCheck(null);
      setCheck(await s2p.call("ui_check"));
      s2p.pulse.hurry();
    });
    if (!overview.settings || !overview.settings.configured) return null;
    return h(
      "section",
      { className: "s2p-card", "aria-label": text("overview.actions"), ref: whole, tabIndex: -1 },
      h("h2", null, text("overview.actions")),
      h(
        "div",
        { className: "s2p-actions" },
        h(parts.TaskButton, { task: RECENT, label: text("overview.sync_recent") }),
        h(parts.TaskButton, { task: COMPARE, label: text("overview.compare") }),
        h(Button, { variant: "secondary", disabled: read.busy, onClick: async () => setAsked(Boolean(await read.run())) }, text("overview.read_again")),
        h(Button, { variant: "secondary", disabled: test.busy, onClick: test.run }, text("overview.test")),
        h(
          parts.TaskButton,
          { task: UNDO, label: `${text("overview.undo")} …`, ask: text("overview.undo_question"), confirmLabel: text("overview.put_back"), focusAfter: whole },
          h("p", null, text("overview.undo_what")),
          h("p", null, text("overview.undo_other"))
        ),
        h(parts.TaskButton, { task: REPORT, label: text("overview.report") })
      ),
      h(parts.TaskStates, { tasks: followed() }),
      isAsked && h("p", { className: "s2p-advice", role: "status" }, text("overview.reading_again")),
      test.busy && h(parts.Loading, { what: text("overview.testing") }),
      check && h(Checked, { check }),
      h(parts.Problem, { error: read.error || test.error })
    );
  }

  /** What Plex answered to the test. */
  function Checked({ check }) {
    if (!check.ok) return h(parts.Note, { tone: "bad", icon: "faTriangleExclamation" }, h("span", { role: "alert" }, `${check.problem} ${check.advice}`));
    const synced = check.libraries.filter((library) => library.chosen).map((library) => library.title);
    return h(parts.Note, { tone: "good", icon: "faCircleCheck" }, h("span", { role: "status" }, text("overview.tested", { server: check.server, ms: Math.round(check.answer_ms), version: check.server_version.split("-")[0], libraries: synced.join(", ") }), check.note && ` ${check.note}`));
  }

  s2p.Actions = Actions;
})(window.Stash2Plex);
