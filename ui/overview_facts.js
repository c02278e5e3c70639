/** Overview, lower half: the last day as a small chart, and what both servers are doing. */
(function (s2p) {
  "use strict";

  const { h, words, text } = s2p;

  const WIDTH = 240;
  const HEIGHT = 60;
  const GAP = 2;

  /** A bar for each hour: what failed stands on what was synced, striped. Read out is the sum, and a table of the hours in which anything was done. */
  function LastDay({ day, pauses, now }) {
    const total = (name) => day.reduce((whole, hour) => whole + hour[name], 0);
    const most = Math.max(1, ...day.map((hour) => hour.synced + hour.failed));
    const wide = WIDTH / day.length;
    const high = (count) => (count ? Math.max(2, (HEIGHT * count) / most) : 0);
    const summary = `${text("overview.synced", { count: total("synced") })}, ${text("overview.failed_tries", { count: total("failed") })}`;
    const busy = day.filter((hour) => hour.synced || hour.failed);
    return h(
      "section",
      { className: "s2p-card", "aria-label": text("overview.day") },
      h("h2", null, text("overview.day")),
      h("p", null, summary),
      h(
        "svg",
        { className: "s2p-day", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": true, focusable: false },
        day.map((hour, place) => [
          h("rect", { key: `${place} synced`, className: "s2p-day-synced", x: place * wide, width: wide - GAP, y: HEIGHT - high(hour.synced), height: high(hour.synced) }),
          h("rect", { key: `${place} failed`, className: "s2p-day-failed", x: place * wide, width: wide - GAP, y: HEIGHT - high(hour.synced) - high(hour.failed), height: high(hour.failed) }),
        ])
      ),
      h("div", { className: "s2p-day-ends text-muted", "aria-hidden": true }, h("span", null, words.clock(day[0].at)), h("span", null, text("overview.now"))),
      busy.length > 0 && h("ul", { className: "sr-only", "aria-label": text("overview.by_hour") }, busy.map((hour) => h("li", { key: hour.at }, text("overview.hour", { at: words.clock(hour.at), synced: hour.synced, failed: hour.failed })))),
      pauses.map((pause) => h("p", { key: pause.started_at, className: "s2p-advice" }, text(pause.ended_at ? "overview.paused_from" : "overview.paused_since", { title: pause.title, at: words.clock(pause.started_at), span: words.span((pause.ended_at || now) - pause.started_at) })))
    );
  }

  /** Who both servers are, as the worker met them last, and when they are compared. */
  function Servers({ overview }) {
    const now = s2p.use.now(5000);
    const { plex, stash, compared_at: comparedAt, compares_at: comparesAt } = overview.library;
    const rows = [
      ["Plex", named(plex), answered(plex, now)],
      ["Stash", stash.version, answered(stash, now)],
      [text("overview.comparison"), comparedAt ? words.ago(comparedAt, now) : text("overview.not_compared"), comparesAt ? text("overview.next_comparison", { when: words.until(comparesAt, now) }) : ""],
    ];
    return h(
      "section",
      { className: "s2p-card", "aria-label": text("overview.servers") },
      h("h2", null, text("overview.servers")),
      h("dl", { className: "s2p-servers" }, rows.map(([name, what, more]) => h("div", { key: name }, h("dt", null, name), h("dd", null, h("span", null, what || text("overview.not_known")), more && h("span", { className: "text-muted d-block" }, more)))))
    );
  }

  const named = ({ name, version }) => [name, (version || "").split("-")[0]].filter(Boolean).join(" · ");

  const answered = (server, now) => (server.answered_at ? text("overview.answered", { ms: Math.max(1, Math.round(server.answer_s * 1000)), ago: words.ago(server.answered_at, now) }) : "");

  s2p.LastDay = LastDay;
  s2p.Servers = Servers;
})(window.Stash2Plex);
