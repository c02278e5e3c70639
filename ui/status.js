/** The top of the page: one sentence, numbers, progress, pause and resume. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts, stores, text } = s2p;
  const { Button } = s2p.bootstrap;

  const LEAST_PER_S = 0.05; // less would be written as 0

  const ICONS = {
    good: "faCircleCheck",
    busy: "faArrowsRotate",
    waiting: "faClock",
    bad: "faTriangleExclamation",
    setup: "faScrewdriverWrench",
  };

  function Status({ overview, error: failure, speed }) {
    const now = s2p.use.now(1000);
    const doubt = s2p.use.store(stores.doubt);
    const error = failure || (overview && overview.sentence.tone === "good" && doubt);
    if (!overview) return error ? h(parts.Problem, { error, onRetry: stores.refreshOverview }) : h(parts.Loading, { what: text("status.looking") });
    const tone = error ? "bad" : overview.sentence.tone; // what nobody knows is never green
    return h(
      "section",
      { className: `s2p-status s2p-${tone}`, "aria-label": text("status.region") },
      h(parts.Icon, { name: ICONS[tone], className: "s2p-status-icon" }),
      h(
        "div",
        { className: "s2p-grow" },
        error && h("p", { className: "s2p-headline", role: "alert" }, text("status.not_known", { problem: error.message })),
        error && h("p", { className: "s2p-advice" }, text("status.as_of", { at: words.clock(overview.now) })),
        h(Headline, { overview, now, isOld: Boolean(error) }),
        overview.sentence.advice && h("p", { className: "s2p-advice" }, overview.sentence.advice),
        !error && h(Progress, { overview, speed }),
        h(Folded, { title: text("status.refused"), lines: overview.refused }),
        h(Folded, { title: text("status.sick"), lines: overview.sick }),
        h(Folded, { title: text("status.given_up"), lines: overview.given_up ? [overview.given_up] : [] })
      ),
      h(Actions, { overview })
    );
  }

  /** Numbers and times tick for the eye only: read out is `said`, which changes when the meaning does. */
  function Headline({ overview, now, isOld }) {
    const { text: first, since_at: sinceAt, next_try_at: nextTryAt, rest, said: aloud } = overview.sentence;
    const bare = first.replace(/[.]$/, "");
    const lead = sinceAt ? text("status.since", { what: bare, at: words.clock(sinceAt) }) : nextTryAt ? `${bare} ${words.until(nextTryAt, now)}` : first;
    const joined = rest ? `${lead.replace(/[.]$/, "")}${sinceAt ? ": " : ". "}${rest}` : `${lead.replace(/[.]$/, "")}.`;
    return h(
      "p",
      { className: isOld ? "s2p-advice" : "s2p-headline" },
      h("span", { className: "sr-only", role: "status" }, aloud),
      h("span", null, joined),
      overview.last_sync_at && overview.counts.in_plex ? h("span", { className: "s2p-last" }, ` ${text("status.last_sync", { ago: words.ago(overview.last_sync_at, now) })}`) : null
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

  /** What is to go is the sentence's own number. A long drain knows what it has done; else what was to go at most since the queue was last empty is the whole. */
  function Progress({ overview, speed }) {
    const most = React.useRef(0);
    const { to_go: left, progress: run } = overview;
    most.current = left === 0 ? 0 : Math.max(most.current, left);
    if (!left) return null;
    const total = run ? run.total : most.current;
    const done = total - left;
    const perS = run ? run.per_s : speed;
    const isKnown = done > 0 && perS >= LEAST_PER_S;
    const leftS = !isKnown ? null : run ? run.left_s : left / perS;
    const pace = isKnown ? text("status.pace", { speed: words.number(perS, { maximumFractionDigits: perS < 10 ? 1 : 0 }) }) : text("status.measuring");
    return h(
      "div",
      { className: "s2p-progress" },
      h(parts.Bar, { done, total, label: text("status.progress") }),
      h("span", null, [text("status.done", { done, total }), pace, leftS && text("status.time_left", { span: words.span(leftS) })].filter(Boolean).join(" · "))
    );
  }

  function Actions({ overview }) {
    const tell = s2p.use.tell();
    const toggle = s2p.use.action(async (mode) => {
      tell((await s2p.call(mode)).text);
      stores.refreshStashSettings();
      await (stores.settings.get().data ? stores.loadSettings() : stores.refreshOverview());
    });
    const wake = s2p.use.action(async () => {
      tell((await s2p.call("ui_wake")).text);
      s2p.pulse.hurry();
    });
    const { configured, paused } = overview.settings || {};
    return h(
      "div",
      { className: "s2p-actions" },
      overview.can_wake && h(Button, { variant: "primary", disabled: wake.busy, onClick: wake.run }, h(parts.Icon, { name: "faPlay" }), ` ${text("status.wake")}`),
      configured && h(parts.SyncAll, { variant: overview.never_seen ? "primary" : "secondary" }),
      configured &&
        h(
          Button,
          { variant: paused ? "primary" : "secondary", disabled: toggle.busy, onClick: () => toggle.run(paused ? "ui_resume" : "ui_pause") },
          h(parts.Icon, { name: paused ? "faPlay" : "faPause" }),
          ` ${text(paused ? "status.resume" : "status.pause")}`
        ),
      h(parts.Problem, { error: toggle.error || wake.error })
    );
  }

  s2p.Status = Status;
})(window.Stash2Plex);
