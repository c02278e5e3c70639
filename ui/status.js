/** The top of the page: one sentence, numbers, progress, pause and resume. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts, stores } = s2p;
  const { Button } = s2p.bootstrap;

  const ICONS = {
    good: "faCircleCheck",
    busy: "faArrowsRotate",
    waiting: "faClock",
    bad: "faTriangleExclamation",
    setup: "faScrewdriverWrench",
  };

  function Status({ overview, error, speed }) {
    const now = s2p.use.now(1000);
    if (!overview) return error ? h(parts.Problem, { error, onRetry: stores.refreshOverview }) : h(parts.Loading, { what: "Looking at the queue" });
    return h(
      "section",
      { className: `s2p-status s2p-${overview.sentence.tone}`, "aria-label": "How things are" },
      h(parts.Icon, { name: ICONS[overview.sentence.tone], className: "s2p-status-icon" }),
      h(
        "div",
        { className: "s2p-grow" },
        h(Headline, { overview, now }),
        overview.sentence.advice && h("p", { className: "s2p-advice" }, overview.sentence.advice),
        h(Progress, { overview, speed }),
        h(LeftOut, { reasons: overview.skipped, count: overview.counts.skipped }),
        h(Folded, { title: "Some fields are not taken by Plex", lines: overview.refused }),
        h(Folded, { title: "Plex does not show all that it has; the rest goes on. Look at it in Plex, and at Plex's own log", lines: overview.sick }),
        h(Folded, { title: "Another program has left dead letters here", lines: overview.given_up ? [overview.given_up] : [] }),
        error && h("p", { className: "s2p-advice", role: "alert" }, `These numbers are from ${words.clock(overview.now)}: ${error.message}`)
      ),
      h(Actions, { overview })
    );
  }

  /** Numbers and times tick for the eye only: read out is `said`, which changes when the meaning does. */
  function Headline({ overview, now }) {
    const { text, since_at: sinceAt, next_try_at: nextTryAt, rest, said: aloud } = overview.sentence;
    const bare = text.replace(/[.]$/, "");
    const lead = sinceAt ? `${bare} since ${words.clock(sinceAt)}` : nextTryAt ? `${bare}, ${words.until(nextTryAt, now)}` : text;
    const joined = rest ? `${lead.replace(/[.]$/, "")}${sinceAt ? ": " : ". "}${rest}` : `${lead.replace(/[.]$/, "")}.`;
    return h(
      "p",
      { className: "s2p-headline" },
      h("span", { className: "sr-only", role: "status" }, aloud),
      h("span", null, joined),
      overview.last_sync_at && overview.counts.in_plex ? h("span", { className: "s2p-last" }, ` Last sync ${words.ago(overview.last_sync_at, now)}.`) : null
    );
  }

  /** What is not in Plex because a setting or the scene itself says so: no failure, but nothing to be puzzled about either. */
  function LeftOut({ reasons, count }) {
    if (!count) return null;
    return h(
      "details",
      { className: "s2p-left-out" },
      h("summary", null, `${words.counted(count, "scene")} left out`),
      h("ul", null, reasons.map((reason) => h("li", { key: reason.kind }, h("strong", null, `${reason.title}: ${words.number(reason.count)}`), reason.advice && ` – ${reason.advice}`)))
    );
  }

  /** What Plex fails at, a line each: everything else was and is written. */
  function Folded({ title, lines }) {
    if (!lines.length) return null;
    return h(
      "details",
      { className: "s2p-left-out s2p-not-taken" },
      h("summary", null, title),
      h("ul", null, lines.map((line) => h("li", { key: line }, line)))
    );
  }

  /** A long drain knows its total; otherwise what was pending at most since the queue was last empty is the whole. */
  function Progress({ overview, speed }) {
    const most = React.useRef(0);
    const { waiting, in_progress: inProgress } = overview.counts;
    const left = waiting + inProgress;
    most.current = left === 0 ? 0 : Math.max(most.current, left);
    const run = overview.progress;
    const isDraining = run || (overview.sentence.tone === "busy" && left > 0);
    if (!isDraining) return null;
    const total = run ? run.total : most.current;
    const done = run ? run.done : most.current - left;
    const perS = run ? run.per_s : speed;
    const leftS = run ? run.left_s : perS > 0 ? left / perS : null;
    const pace = perS > 0 ? `${perS < 10 ? perS.toFixed(1) : Math.round(perS)} a second` : "measuring the speed";
    return h(
      "div",
      { className: "s2p-progress" },
      h(parts.Bar, { done, total, label: "Progress of the sync" }),
      h("span", null, `${words.number(done)} of ${words.number(total)} · ${pace}${leftS ? ` · ${words.span(leftS)} left` : ""}`)
    );
  }

  function Actions({ overview }) {
    const tell = s2p.use.tell();
    const known = s2p.use.store(stores.settings).data;
    const toggle = s2p.use.action(async (mode) => {
      tell((await s2p.call(mode)).text);
      stores.refreshStashSettings();
      await stores.loadSettings();
    });
    const wake = s2p.use.action(async () => {
      tell((await s2p.call("ui_wake")).text);
      await stores.refreshOverview();
    });
    const paused = known && known.paused;
    return h(
      "div",
      { className: "s2p-actions" },
      overview.can_wake && h(Button, { variant: "primary", disabled: wake.busy, onClick: wake.run }, h(parts.Icon, { name: "faPlay" }), " Wake the worker"),
      known &&
        known.configured &&
        h(
          Button,
          { variant: paused ? "primary" : "secondary", disabled: toggle.busy, onClick: () => toggle.run(paused ? "ui_resume" : "ui_pause") },
          h(parts.Icon, { name: paused ? "faPlay" : "faPause" }),
          paused ? " Resume" : " Pause"
        ),
      h(parts.Problem, { error: toggle.error || wake.error })
    );
  }

  s2p.Status = Status;
})(window.Stash2Plex);
