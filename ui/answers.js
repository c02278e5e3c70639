/** The buttons by which a reason is answered, for all of its jobs, for those in a folder, or for some that were selected. */
(function (s2p) {
  "use strict";

  const { h, parts, stores, text } = s2p;
  const { Button } = s2p.bootstrap;

  /** What is needed nowhere else: each is drawn with `{target, count, act, busy, size, name, focusAfter}`. */
  const BUTTONS = {
    scan: (props) => h(Act, { ...props, mode: "ui_scan", label: "answers.scan", icon: "faMagnifyingGlass" }),
    retry: (props) => h(Act, { ...props, mode: "ui_retry", label: "answers.try_now", icon: "faRotateRight" }),
    wake: (props) => h(Act, { ...props, mode: "ui_wake", label: "answers.try_now", icon: "faRotateRight" }),
    resume: (props) => h(Act, { ...props, mode: "ui_resume", label: "answers.resume", icon: "faPlay" }),
    folders: (props) => h(SetUp, { ...props, part: "folders", label: "answers.folders" }),
    set_up: (props) => h(SetUp, { ...props, part: "", label: "answers.set_up" }),
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

  const named = (label, name) => (name ? text("answers.of", { label, name }) : undefined);

  function Act({ mode, label, icon, name, act, busy, size, variant }) {
    return h(Button, { size, variant, disabled: busy, "aria-label": named(text(label), name), onClick: () => act(mode) }, h(parts.Icon, { name: icon }), ` ${text(label)}`);
  }

  /** Leads to Set-up, and to a part of it. */
  function SetUp({ part, label, size, variant }) {
    const history = s2p.router.useHistory();
    const address = `${s2p.path}?tab=setup${part && `#${part}`}`;
    return h(Button, { size, variant, href: s2p.stashUrl(address), onClick: (event) => { event.preventDefault(); history.push(address); } }, text(label));
  }

  function Discard({ name, count, act, busy, size, focusAfter }) {
    return h(
      parts.Confirm,
      { label: text("answers.discard"), ariaLabel: named(text("answers.discard"), name), size, variant: "secondary", disabled: busy, question: text("answers.discard_question", { count }), confirmLabel: text("answers.discard_confirm", { count }), onConfirm: () => act("ui_discard"), focusAfter },
      name && h("p", null, h("strong", null, name)),
      h("p", null, text("answers.discard_help", { count }))
    );
  }

  function LeaveOut({ act, busy, size, focusAfter }) {
    return h(
      parts.Confirm,
      { label: text("answers.leave_out"), size, variant: "secondary", disabled: busy, question: text("answers.leave_out_question"), confirmLabel: text("answers.leave_out"), onConfirm: () => act("leave_out"), focusAfter },
      h("p", null, text("answers.leave_out_help")),
      h("p", null, text("answers.leave_out_later"))
    );
  }

  async function leaveOut(target) {
    const problems = await stores.saveSettings({ skip_not_in_plex: true });
    if (problems.skip_not_in_plex) throw new Error(problems.skip_not_in_plex);
    if (target.list === "dead") await s2p.call("ui_retry", target); // a try that ends at once: they are left out then
    return text("answers.left_out");
  }

  s2p.Answers = Answers;
})(window.Stash2Plex);
