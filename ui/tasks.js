/** Starting tasks of Stash, as its own Tasks page does, and following them until they end, which costs no process of the plugin. */
(function (s2p) {
  "use strict";

  const { h, React, parts, text } = s2p;
  const { Button } = s2p.bootstrap;

  const JOB = "query Stash2PlexJob($input: FindJobInput!) { findJob(input: $input) { status progress error } }";
  const LOOK_MS = 1000;
  const HAS_ENDED = ["FINISHED", "CANCELLED", "FAILED"];

  /** What became of each task that was started here, by its name: several buttons of one task show the same. */
  const started = s2p.stores.create({});

  function note(task, state) {
    started.set({ ...started.get(), [task]: state });
  }

  async function start(task) {
    note(task, { isRunning: true, text: text("tasks.starting") });
    try {
      const id = await s2p.startTask(task);
      note(task, { isRunning: true, text: text("tasks.queued") });
      s2p.pulse.hurry();
      window.setTimeout(() => follow(task, id), LOOK_MS);
    } catch (error) {
      note(task, { isRunning: false, isFailed: true, text: error.message });
    }
  }

  /** Stash forgets a job a while after its end; and a plugin's error is in its log only, the job has finished all the same (Stash 0.30.1, task_plugin.go). */
  async function follow(task, id) {
    let job = null;
    try {
      job = (await s2p.askStash(JOB, { input: { id } })).findJob;
    } catch (error) {
      job = { status: "RUNNING" }; // Stash is away for a moment
    }
    if (!job) return end(task, "FINISHED");
    if (HAS_ENDED.includes(job.status)) return end(task, job.status, job.error);
    note(task, { isRunning: true, text: progressOf(job) });
    window.setTimeout(() => follow(task, id), LOOK_MS);
    return undefined;
  }

  function progressOf({ status, progress }) {
    if (status === "READY") return text("tasks.queued");
    return progress > 0 ? text("tasks.running_at", { percent: Math.round(100 * progress) }) : text("tasks.running");
  }

  function end(task, status, error) {
    const isFailed = status === "FAILED";
    note(task, { isRunning: false, isFailed, text: isFailed && error ? text("tasks.failed_by", { error }) : text(`tasks.${status.toLowerCase()}`) });
    s2p.pulse.hurry();
  }

  /** A button that starts the task. `ask` with `confirmLabel`, `focusAfter` and `children`: a question first. */
  function TaskButton({ task, label, variant, size, ask, confirmLabel, focusAfter, children }) {
    const state = s2p.use.store(started)[task];
    const common = { variant: variant || "secondary", size, disabled: Boolean(state && state.isRunning) };
    if (ask) return h(parts.Confirm, { ...common, label, question: ask, confirmLabel, focusAfter, onConfirm: () => start(task) }, children);
    return h(Button, { ...common, onClick: () => start(task) }, common.disabled ? text("tasks.on_its_way") : label);
  }

  const SYNC_ALL = "Sync All Scenes to Plex";

  /** The one button that has everything compared and sent. */
  function SyncAll({ variant }) {
    return h(React.Fragment, null, h(TaskButton, { task: SYNC_ALL, label: text("tasks.sync_all"), variant }), h(TaskProblem, { task: SYNC_ALL }));
  }

  /** Where nothing else says how the task fares. */
  function TaskProblem({ task }) {
    const state = s2p.use.store(started)[task];
    return state && state.isFailed ? h(parts.Problem, { error: new Error(state.text) }) : null;
  }

  /** How the tasks fare that were started here. @param {{tasks: {task: string, name: string}[]}} props */
  function TaskStates({ tasks }) {
    const states = s2p.use.store(started);
    const shown = tasks.filter(({ task }) => states[task]);
    return h(
      "div",
      { role: "status", className: "s2p-task-states" },
      shown.map(({ task, name, whenDone }) => h("p", { key: task, className: states[task].isFailed ? "s2p-invalid" : "s2p-advice" }, h("strong", null, `${name}: `), states[task].text, !states[task].isRunning && !states[task].isFailed && whenDone ? ` ${whenDone}` : ""))
    );
  }

  s2p.parts = { ...s2p.parts, TaskButton, TaskStates, SyncAll, SYNC_ALL };
})(window.Stash2Plex);
