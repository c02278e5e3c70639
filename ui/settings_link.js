/** Above the plugin's settings among Stash's own: the way to the page, where each has its control and its help. */
(function (s2p) {
  "use strict";

  const { h, text } = s2p;

  function SettingsLink() {
    return h(
      "div",
      { className: "setting s2p-settings-link" },
      h("div", null, h("h3", null, text("settings_link.title")), h("div", { className: "sub-heading" }, text("settings_link.help"))),
      h("div", null, h(s2p.router.Link, { className: "btn btn-primary", to: `${s2p.path}?tab=setup` }, text("settings_link.open")))
    );
  }

  s2p.SettingsLink = SettingsLink;
})(window.Stash2Plex);
