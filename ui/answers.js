/** The buttons by which a reason is answered, for all of its jobs, for those in a folder, or for some that were selected. */
(function (s2p) {
  "use strict";

  const { h, words, parts, stores } = s2p;
  const { Button } = s2p.bootstrap;

  /** What is needed nowhere else: each is drawn with `{target, count, act, busy, size, name, focusAfter}`. */
  const BUTTONS = {
    scan: (props) => h(Act, { ...props, mode: "ui_scan", label: "Have Plex scan", icon: "faMagnifyingGlass" }),
    retry: (props) => h(Act, { ...props, mode: "ui_retry", label: "Try now", icon: "faRotateRight" }),
    wake: (props) => h(Act, { ...props, mode: "ui_wake", label: "Try now", icon: "faRotateRight" }),
    resume: (props) => h(Act, { ...props, mode: "ui_resume", label: "Resume", icon: "faPlay" }),
    folders: (props) => h(SetUp, { ...props, part: "folders", label: "Look at the folders" }),
    set_up: (props) => h(SetUp, { ...props, part: "", label: "Open Set-up" }),
    sync_all: () => h(parts.SyncAll, { variant: "secondary" }),
    leave_out: LeaveOut,
    discard: Discard,
  };

  /** What makes sense for a few of a reason's jobs, too. */
  const OF_SOME = new Set(["scan", "retry", "discard"]);

  /**
   * `target` are the arguments that choose the jobs, `count` is how many they are; `isWhole`: all of a reason.
   * @param {{answers: string[], target: object, count: number, name: string, isWhole?: boolean, isOff?: boolean, size?: string, onDone?: Function, focusAfter: object}} props
   */
  function Answers({ answers, target, count, name, isWhole, isOff, size, onDone, focusAfter }) {
    const tell = s2p.use.tell();
    const action = s2p.use.action(async (mode) => {
      tell(mode === "leave_out" ? await leaveOut(target) : (await s2p.call(mode, target)).text);
      if (mode === "ui_resume") stores.refreshStashSettings();
      if (onDone) onDone();
      s2p.pulse.hurry();
    });
    const offered = answers.filter((each) => BUTTONS[each] && (isWhole || OF_SOME.has(each)));
    if (!offered.length) return null;
    return h(
      "div",
      { className: "s2p-answers" },
      offered.map((each, place) => h(BUTTONS[each], { key: each, target, count, name, size, focusAfter, act: action.run, busy: action.busy || isOff, variant: isWhole && place === 0 && each !== "discard" ? "primary" : "secondary" })),
      h(parts.Problem, { error: action.error })
    );
  }

  function Act({ mode, label, icon, name, act, busy, size, variant }) {
    return h(Button, { size, variant, disabled: busy, "aria-label": name ? `${label}: ${name}` : undefined, onClick: () => act(mode) }, h(parts.Icon, { name: icon }), ` ${label}`);
  }

  /** Leads to Set-up, and to a part of it. */
  function SetUp({ part, label, size, variant }) {
    const history = s2p.router.useHistory();
    const address = `${s2p.path}?tab=setup${part && `#${part}`}`;
    return h(Button, { size, variant, href: s2p.stashUrl(address), onClick: (event) => { event.preventDefault(); history.push(address); } }, label);
  }

  function Discard({ name, count, act, busy, size, focusAfter }) {
    const jobs = words.counted(count, "job");
    return h(
      parts.Confirm,
      { label: "Discard", ariaLabel: name ? `Discard: ${name}` : undefined, size, variant: "secondary", disabled: busy, question: `Discard ${jobs}?`, confirmLabel: `Discard ${jobs}`, onConfirm: () => act("ui_discard"), focusAfter },
      name && h("p", null, h("strong", null, name)),
      h("p", null, `${count === 1 ? "The job" : `All ${jobs}`} will be dropped for good. Plex stays as it is. The next save of a scene queues it again, and so does Sync All.`)
    );
  }

  function LeaveOut({ act, busy, size, focusAfter }) {
    return h(
      parts.Confirm,
      { label: "Leave them out", size, variant: "secondary", disabled: busy, question: "Leave out what Plex does not have?", confirmLabel: "Leave them out", onConfirm: () => act("leave_out"), focusAfter },
      h("p", null, "The setting “Skip what Plex lacks” will be turned on. Scenes whose file Plex does not have are then left out at once, these and any others."),
      h("p", null, "Once Plex has a file, the next save of its scene or Sync All syncs it.")
    );
  }

  async function leaveOut(target) {
    const problems = await stores.saveSettings({ skip_not_in_plex: true });
    if (problems.skip_not_in_plex) throw new Error(problems.skip_not_in_plex);
    if (target.list === "dead") await s2p.call("ui_retry", target); // a try that ends at once: they are left out then
    return "What Plex does not have is left out from now on.";
  }

  s2p.Answers = Answers;
})(window.Stash2Plex);
