/**
 * The one namespace of the page, and what it needs of Stash. Loaded first; every other file adds to it and touches no other global.
 *
 * Titles, paths and error texts come from outside: they go through React as text, never as HTML.
 */
(function (window) {
  "use strict";

  const api = window.PluginApi;

  /** All that the page takes from PluginApi and cannot do without, by its place there. What is drawn with may be missing: see parts.Icon. */
  const NEEDED = {
    "": ["React"],
    React: ["createElement", "Component", "Fragment", "useState", "useEffect", "useLayoutEffect", "useRef", "useCallback"],
    patch: ["before"],
    register: ["route"],
    "utils.StashService": ["getClient"],
    "libraries.Apollo": ["gql"],
    "libraries.Bootstrap": ["Badge", "Button", "Form", "Modal", "Nav", "Spinner", "Tab"],
    "libraries.ReactRouterDOM": ["Link", "NavLink", "useHistory", "useLocation"],
  };

  /** What of it is missing, e.g. ["libraries.Bootstrap.Tab"]; then nothing of ours may be drawn: it would take Stash's own pages down with it. */
  function missingParts() {
    const at = (path) => path.split(".").reduce((place, name) => (name ? place && place[name] : place), api);
    return Object.keys(NEEDED).flatMap((place) => NEEDED[place].map((name) => (place ? `${place}.${name}` : name))).filter((path) => !at(path));
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
    /** By language: the page's own texts by key, and what the plugin says by its English. */
    texts: {},
    sentences: {},

    /** The address of something of Stash itself, also where Stash stands below a path of a proxy. */
    stashUrl(path) {
      const base = window.document.querySelector("base");
      return ((base && base.getAttribute("href")) || "/") + path.replace(/^\//, "");
    },
  };
})(window);
