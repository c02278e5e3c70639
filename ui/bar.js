/** The icon in Stash's bar, with a badge when something needs a person. It is rendered twice (wide and narrow screens), so it has no id. */
(function (s2p) {
  "use strict";

  const { h, parts, stores } = s2p;

  function BarItem() {
    const { data } = s2p.use.overview(false);
    const badge = data ? data.badge : { count: 0, text: "" };
    const label = badge.count ? `Stash2Plex: ${badge.text}` : "Stash2Plex";
    return h(
      s2p.router.NavLink,
      { className: "nav-utility s2p-bar", to: s2p.path, title: label, "aria-label": label, onClick: stores.refreshOverview },
      h("span", { className: "btn minimal d-flex align-items-center h-100" }, h(parts.Icon, { name: "faCircleChevronRight", otherwise: "Plex" }), badge.count > 0 && h("span", { className: "s2p-bar-badge", "aria-hidden": true }, badge.count > 99 ? "99+" : badge.count))
    );
  }

  s2p.BarItem = BarItem;
})(window.Stash2Plex);
