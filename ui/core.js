/**
 * The one namespace of the page, and what it needs of Stash. Loaded first; every other file adds to it and touches no other global.
 *
 * Titles, paths and error texts come from outside: they go through React as text, never as HTML.
 */
(function (window) {
  "use strict";

  const api = window.PluginApi;

  /** What of Stash's PluginApi is missing; the page cannot be shown then. */
  function missingParts() {
    if (!api) return ["PluginApi"];
    const needed = {
      "patch.before": api.patch && api.patch.before,
      "register.route": api.register && api.register.route,
      "libraries.Apollo": api.libraries && api.libraries.Apollo,
      "utils.StashService": api.utils && api.utils.StashService,
    };
    return Object.keys(needed).filter((name) => !needed[name]);
  }

  const missing = missingParts();
  const libraries = (api && api.libraries) || {};

  window.Stash2Plex = {
    pluginId: "Stash2Plex",
    path: "/plugins/stash2plex",
    api,
    missing,
    React: api && api.React,
    h: api && api.React && api.React.createElement,
    bootstrap: libraries.Bootstrap || {},
    router: libraries.ReactRouterDOM || {},
    apollo: libraries.Apollo || {},
    icons: libraries.FontAwesomeSolid || {},
    Icon: libraries.ReactFontAwesome && libraries.ReactFontAwesome.FontAwesomeIcon,

    /** The address of something of Stash itself, also where Stash stands below a path of a proxy. */
    stashUrl(path) {
      const base = window.document.querySelector("base");
      return ((base && base.getAttribute("href")) || "/") + path.replace(/^\//, "");
    },
  };
})(window);
