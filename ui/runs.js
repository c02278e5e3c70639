/** The runs of syncs that can be put back: a task, or the saves of one hour. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts, text } = s2p;
  const { Button } = s2p.bootstrap;

  const SHOWN = 3;
  const NOTES = 20;

  function Runs() {
    const [isOpen, setOpen] = React.useState(false);
    const whole = React.useRef(null);
    const [isLive, setLive] = React.useState(false); // nothing moves under who reads, but for what they have asked for
    const { data, error, reload } = s2p.use.operation("ui_runs", {}, isLive ? "live" : 0);
    const isRunning = Boolean(data && data.last && data.last.state === "running");
    React.useEffect(() => {
      if (isRunning) setLive(true);
    }, [isRunning]);
    const tell = s2p.use.tell();
    const undo = s2p.use.action(async (choice) => {
      tell((await s2p.call("ui_undo", choice)).text);
      setLive(true);
      s2p.pulse.hurry();
    });
    if (!data || !data.runs.length) return h(parts.Problem, { error, onRetry: reload });
    const shown = isOpen ? data.runs : data.runs.slice(0, SHOWN);
    return h(
      "section",
      { className: "s2p-runs", "aria-label": text("runs.region"), ref: whole, tabIndex: -1 },
      h(parts.Problem, { error: error || undo.error, onRetry: reload }),
      data.last && h(Undone, { undone: data.last }),
      h("ol", { className: "s2p-history" }, shown.map((run, index) => h(Run, { key: run.run, run, isNewest: index === 0, undo, focusAfter: whole }))),
      data.runs.length > SHOWN && h(Button, { size: "sm", variant: "link", "aria-expanded": isOpen, onClick: () => setOpen(!isOpen) }, text(isOpen ? "runs.fewer" : "runs.more"))
    );
  }

  function Run({ run, isNewest, undo, focusAfter }) {
    const now = s2p.use.now(5000);
    const count = run.items - run.undone;
    const when = words.clock(run.began_at);
    const common = { size: "sm", variant: "secondary", disabled: undo.busy, confirmLabel: text("runs.confirm"), focusAfter };
    return h(
      "li",
      { className: "s2p-of-all" },
      h(
        "span",
        { className: "s2p-grow" },
        h("strong", null, run.title),
        h("span", { className: "text-muted" }, ` · ${when}, ${words.ago(run.ended_at, now)} · ${text("runs.items", { count: run.items })}${run.undone ? `, ${text("runs.undone", { count: run.undone })}` : ""}`)
      ),
      run.undone < run.items &&
        h(
          parts.Confirm,
          { ...common, label: text("runs.put_back"), ariaLabel: text("runs.put_back_of", { title: run.title, when }), question: text("runs.put_back_question", { count }), onConfirm: () => undo.run({ run: run.run }) },
          h("p", null, text("runs.put_back_help", { count })),
          h("p", null, text("runs.stays"))
        ),
      !isNewest &&
        h(
          parts.Confirm,
          { ...common, label: text("runs.later"), ariaLabel: text("runs.later_of", { title: run.title, when }), question: text("runs.later_question", { when }), onConfirm: () => undo.run({ since: run.began_at }) },
          h("p", null, text("runs.later_help", { when })),
          h("p", null, text("runs.stays"))
        )
    );
  }

  /** What came of an undo, and what it left as it is. */
  function Undone({ undone }) {
    const now = s2p.use.now(5000);
    const [isOpen, setOpen] = React.useState(false);
    if (undone.state === "running") return h(parts.Note, { tone: "busy", icon: "faClock" }, h("span", { role: "status" }, text("runs.running")));
    const shown = isOpen ? undone.notes : undone.notes.slice(0, NOTES);
    return h(
      parts.Note,
      { tone: undone.state === "failed" ? "bad" : "plain", icon: "faCircleInfo" },
      h("span", { role: "status" }, text("runs.came_of_it", { ago: words.ago(undone.asked_at, now), text: undone.text })),
      shown.length > 0 && h("ul", { className: "s2p-undone" }, shown.map((note, index) => h("li", { key: index }, note))),
      undone.notes.length > NOTES && h(Button, { size: "sm", variant: "link", onClick: () => setOpen(!isOpen) }, isOpen ? text("parts.show_less") : text("runs.show_all", { count: undone.notes.length }))
    );
  }

  s2p.parts = { ...s2p.parts, Undone };
  s2p.Runs = Runs;
})(window.Stash2Plex);
