/** The tab Overview: the whole library in one bar, where what Plex lacks is, the last day, both servers, and what can be started. */
(function (s2p) {
  "use strict";

  const { h, words, parts, text } = s2p;
  const { Button } = s2p.bootstrap;

  /** In the order of the bar. Each has a pattern or brightness of its own, and its count beside it. `to`: where it is listed. */
  const PARTS = [
    { key: "in_plex", icon: "faCircleCheck", to: "?tab=history" },
    { key: "waiting", icon: "faClock", to: "?tab=jobs&list=waiting" },
    { key: "held", icon: "faCircleQuestion", to: "?tab=jobs&list=held" },
    { key: "failed", icon: "faTriangleExclamation", to: "?tab=jobs" },
    { key: "missing", icon: "faCircleXmark", to: "#s2p-missing" },
    { key: "left_out", icon: "faFilter", to: "#s2p-left-out" },
    { key: "unseen", icon: "faCircleHalfStroke", to: "?tab=preview" },
  ];

  function Overview({ overview }) {
    if (!overview) return null;
    const { library } = overview;
    return h(
      "section",
      { className: "s2p-overview", "aria-label": text("overview.title") },
      h(Coverage, { coverage: library.coverage }),
      h(Missing, { count: library.coverage.missing, total: sum(library.coverage) }),
      h(LeftOut, { count: library.coverage.left_out, reasons: overview.skipped.filter((each) => each.kind !== "not_in_plex") }),
      h(s2p.Actions, { overview }),
      h("div", { className: "s2p-columns" }, h(s2p.LastDay, { day: library.day, pauses: library.pauses, now: overview.now }), h(s2p.Servers, { overview }))
    );
  }

  const sum = (coverage) => PARTS.reduce((whole, { key }) => whole + (coverage[key] || 0), 0);

  function Coverage({ coverage }) {
    const total = sum(coverage);
    const shown = PARTS.filter(({ key }) => coverage[key]);
    return h(
      "section",
      { className: "s2p-card", "aria-label": text("overview.coverage") },
      h("h2", null, headline(coverage, total)),
      h("div", { className: "s2p-coverage", "aria-hidden": true }, shown.map(({ key }) => h("span", { key, className: `s2p-part-${key}`, style: { flexGrow: coverage[key] } }))),
      h("ul", { className: "s2p-legend", "aria-label": text("overview.where") }, shown.map((part) => h("li", { key: part.key }, h(Part, { part, count: coverage[part.key], total })))),
      coverage.unseen === null && h("p", { className: "text-muted" }, text("overview.unknown"))
    );
  }

  function headline({ in_plex: count, missing }, total) {
    if (!total) return text("overview.nothing_yet");
    return missing ? text("overview.in_plex_but", { in_plex: count, count: total, missing }) : text("overview.in_plex_of", { in_plex: count, count: total });
  }

  /** Of the whole library, in one line. */
  s2p.coverageLine = (coverage) => headline(coverage, sum(coverage));

  /** A share that rounds to none or to all, and is not, says so. */
  function percentage(count, total) {
    const share = (100 * count) / total;
    if (share < 1) return text("overview.under_percent");
    return share > 99 && share < 100 ? text("overview.over_percent") : text("overview.percent", { share: Math.round(share) });
  }

  function Part({ part, count, total }) {
    const content = [
      h("span", { key: "swatch", className: `s2p-swatch s2p-part-${part.key}` }, h(parts.Icon, { name: part.icon })),
      h("span", { key: "name", className: "s2p-grow" }, text(`overview.part_${part.key}`)),
      h("span", { key: "count", className: "s2p-count" }, words.number(count)),
      h("span", { key: "share", className: "text-muted s2p-share" }, percentage(count, total)),
    ];
    return part.to.startsWith("#") ? h("a", { href: part.to, onClick: jump(part.to.slice(1)) }, content) : h(s2p.router.Link, { to: s2p.path + part.to }, content);
  }

  /** To a part of this tab; the address stays, for the tab stands in it. */
  const jump = (name) => (event) => {
    event.preventDefault();
    const place = document.querySelector(`[data-part="${name}"]`);
    if (!place) return;
    if (place.tagName === "DETAILS") place.open = true;
    place.scrollIntoView({ block: "nearest" });
    place.focus();
  };

  /** Which folders hold what Plex lacks, and its scenes, asked anew when there is another number of them. */
  function Missing({ count }) {
    const [isOpen, setOpen] = s2p.use.state(false);
    const [page, setPage] = s2p.use.state(0);
    const { data, error, reload } = s2p.use.operation("ui_missing", count ? { count, page } : null);
    if (!count) return null;
    const jobs = data && data.jobs_in && `${s2p.path}?tab=jobs&list=${data.jobs_in}&reason=NotInPlexError`;
    return h(
      "section",
      { className: "s2p-card", "data-part": "s2p-missing", tabIndex: -1, "aria-label": text("overview.part_missing") },
      h("h2", null, text("overview.missing", { count })),
      h(parts.Problem, { error, onRetry: reload }),
      h(Folders, { data, count }),
      h("p", { className: "s2p-advice" }, text("overview.missing_advice")),
      h(
        "div",
        { className: "s2p-buttons" },
        h(s2p.router.Link, { className: "btn btn-primary btn-sm", to: `${s2p.path}?tab=setup#folders` }, text("overview.look_at_folders")),
        h(Button, { size: "sm", variant: "secondary", "aria-expanded": isOpen, onClick: () => setOpen(!isOpen) }, text("overview.see_scenes")),
        jobs && h(s2p.router.Link, { className: "btn btn-secondary btn-sm", to: jobs }, text("overview.see_jobs"))
      ),
      isOpen && data && h(MissingScenes, { data, onPage: setPage })
    );
  }

  function MissingScenes({ data, onPage }) {
    const titles = s2p.use.titles(data.scene_ids);
    return h(
      s2p.React.Fragment,
      null,
      h("ul", { className: "s2p-jobs s2p-rows", "aria-label": text("overview.part_missing") }, data.scene_ids.map((id) => h("li", { key: id, className: "s2p-row" }, h(parts.SceneLink, { id, scene: titles[id], small: true })))),
      h(parts.Pager, { page: data.page, perPage: data.per_page, total: data.total, onPage, label: text("jobs.pages") })
    );
  }

  function Folders({ data, count }) {
    if (!data || !data.folders.length) return null;
    return h(
      s2p.React.Fragment,
      null,
      h("p", { className: "s2p-advice" }, data.looked_at >= count ? text("overview.in_folders", { count: data.folders.length }) : text("overview.in_folders_of", { count: data.looked_at })),
      h("ul", { className: "s2p-folders" }, data.folders.map(({ folder, count: here }) => h("li", { key: folder }, h(parts.Icon, { name: "faFolder" }), h("span", { className: "s2p-path s2p-grow" }, folder), h("span", { className: "s2p-count" }, words.number(here)))))
    );
  }

  /** How Set-up ends: how much is in Plex, and in which folders the rest is. */
  function Reached({ coverage }) {
    const { in_plex: count, missing, left_out: leftOut } = coverage;
    const { data } = s2p.use.operation("ui_missing", missing ? { count: missing } : null);
    return h(
      parts.Note,
      { tone: missing || !count ? "waiting" : "good", icon: count ? "faCircleCheck" : "faCircleInfo" },
      h("p", null, count ? text("setup.done", { where: s2p.coverageLine(coverage) }) : `${s2p.coverageLine(coverage)}.`, leftOut > 0 && ` ${text("overview.left_out", { count: leftOut })}.`),
      h(Folders, { data, count: missing }),
      (missing > 0 || leftOut > 0) && h(s2p.router.Link, { to: s2p.path }, text("setup.see_overview"))
    );
  }

  /** What is not in Plex because a setting or the scene itself says so: no failure, but nothing to be puzzled about either. */
  function LeftOut({ reasons, count }) {
    if (!reasons.length) return null;
    return h(
      "details",
      { className: "s2p-card", "data-part": "s2p-left-out", tabIndex: -1 },
      h("summary", null, count ? text("overview.left_out", { count }) : text("overview.left_out_of_some")),
      h("ul", null, reasons.map((reason) => h("li", { key: reason.kind }, h("strong", null, `${reason.title}: ${words.number(reason.count)}`), reason.advice && ` – ${reason.advice}`)))
    );
  }

  s2p.Overview = Overview;
  s2p.parts = { ...s2p.parts, Reached };
})(window.Stash2Plex);
