/* What a Stash of the version HARNESS_OFFERS gives its plugins, and no more, made of the libraries in the versions that Stash v0.30 ships: `window.PluginApi`,
   its bar, a scene's page, toasts, and the loader that brings a plugin's scripts after Stash's own. Source of the names: tests/ui/offers.py; of the rest:
   contract notes measured on v0.30.1, and the plugin interface in Stash's manual. */
import * as Apollo from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { getMainDefinition } from "@apollo/client/utilities";
import * as FontAwesomeSolid from "@fortawesome/free-solid-svg-icons";
import * as ReactFontAwesome from "@fortawesome/react-fontawesome";
import "@fortawesome/fontawesome-svg-core";
import { createClient as createWSClient } from "graphql-ws";
import React from "react";
import * as Bootstrap from "react-bootstrap";
import ReactDOM from "react-dom";
import { Helmet } from "react-helmet";
import * as ReactRouterDOM from "react-router-dom";

const { createElement: h, useContext, useEffect, useState, createContext, Fragment } = React;
const { Nav, Navbar, Tab, Toast, Button } = Bootstrap;
const { BrowserRouter, Link, NavLink, Route, Switch, useLocation, useParams } = ReactRouterDOM;

const OFFERS = window.HARNESS_OFFERS;
const only = (names, all) => Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
const components = {};

const before = {};
const after = {};

/** A component whose props plugins may change, as Stash's patch interface does it. */
function patched(name, component) {
  const Patched = (props) => {
    const args = (before[name] || []).reduce((now, change) => change(...now), [props]);
    return (after[name] || []).reduce((drawn, change) => change(...args, drawn), component(...args));
  };
  Patched.displayName = name;
  components[name] = Patched;
  return Patched;
}

/** A part of Stash to which plugins may add; nothing but itself where this version has no such patch point. */
function container(name) {
  const plain = (props) => h(Fragment, null, props.children);
  return OFFERS.patches.includes(name) ? patched(name, plain) : plain;
}

patched("Icon", ({ className, ...props }) => h(ReactFontAwesome.FontAwesomeIcon, { ...props, className: `fa-icon ${className || ""}` }));
const UtilityItems = container("MainNavBar.UtilityItems");
const SceneTabs = container("ScenePage.Tabs");
const SceneTabContent = container("ScenePage.TabContent");
const PluginRoutes = container("PluginRoutes");

const ToastContext = createContext(null);

/** One at a time: a later one takes the place of the one before. */
function Toasts({ children }) {
  const [shown, setShown] = useState(null);
  const [isHiding, setHiding] = useState(false);
  const add = (text, variant) => {
    setHiding(false);
    setShown({ id: Math.random(), text, variant });
  };
  const [toast] = useState({ success: (text) => add(text, "success"), error: (error) => add(error.message || String(error), "danger"), toast: add });
  return h(
    ToastContext.Provider,
    { value: toast },
    children,
    h(
      "div",
      { className: `toast-container row ${!shown || isHiding ? "hidden" : ""}` },
      shown &&
        h(
          Toast,
          { key: shown.id, autohide: true, delay: 3000, className: shown.variant, onClose: () => setHiding(true) },
          h(Toast.Header, { closeButton: true }, h("span", { className: "mr-auto" }, shown.text))
        )
    )
  );
}

/** Subscriptions go over a WebSocket at the same address, as in Stash's createClient. */
const ws = new GraphQLWsLink(createWSClient({ url: `ws://${window.location.host}/graphql`, retryAttempts: Infinity, shouldRetry: () => true }));
const isSubscription = ({ query }) => {
  const definition = getMainDefinition(query);
  return definition.kind === "OperationDefinition" && definition.operation === "subscription";
};
const link = Apollo.split(isSubscription, ws, Apollo.createHttpLink({ uri: "/graphql" }));
const client = new Apollo.ApolloClient({ link, cache: new Apollo.InMemoryCache() });

function patch(name, change) {
  (before[name] = before[name] || []).push(change);
}

window.PluginApi = {
  React,
  ReactDOM,
  libraries: only(OFFERS.libraries, { Apollo, Bootstrap, FontAwesomeSolid, ReactFontAwesome, ReactRouterDOM }),
  components,
  loadableComponents: only(OFFERS.loadable, { Scene: () => Promise.resolve(), Settings: () => Promise.resolve().then(() => components.Setting || patched("Setting", Setting)) }),
  register: {
    route: (path, component) => patch("PluginRoutes", (props) => [{ children: h(Fragment, null, props.children, h(Route, { path, component })) }]),
  },
  patch: { before: patch, after: (name, change) => (after[name] = after[name] || []).push(change) },
  hooks: only(OFFERS.hooks, { useToast: () => useContext(ToastContext) }),
  utils: { StashService: { getClient: () => client } },
};

function Utility() {
  return h(
    UtilityItems,
    null,
    h(NavLink, { className: "nav-utility", to: "/settings" }, h("span", { className: "btn minimal" }, h(ReactFontAwesome.FontAwesomeIcon, { icon: FontAwesomeSolid.faCog }), h("span", { className: "sr-only" }, "Settings")))
  );
}

/** The bar renders its utility items twice: for wide and for narrow screens. */
function Bar() {
  useLocation(); // as Stash's own: it is drawn anew wherever one goes
  return h(
    Navbar,
    { fixed: "top", variant: "dark", bg: "dark", expand: "xl", className: "top-nav", "aria-label": "Main" },
    h(
      Navbar.Collapse,
      { className: "bg-dark order-sm-1" },
      h(Nav, null, ["Scenes", "Groups", "Performers", "Studios", "Tags"].map((name) => h(Nav.Link, { key: name, as: "div" }, h(Link, { to: `/${name.toLowerCase()}`, className: "btn minimal" }, name)))),
      h(Nav, { className: "narrow-only" }, h(Utility))
    ),
    h(Navbar.Brand, { as: "div" }, h(Link, { to: "/", className: "btn minimal brand-link" }, "Stash")),
    h(Nav, { className: "navbar-buttons flex-row ml-auto order-xl-2" }, h(Utility))
  );
}

const Overlays = patched("SceneCard.Overlays", () => h("span", { className: "studio-overlay" }));

const SCENES = Apollo.gql`
  query FindScenes($filter: FindFilterType) {
    findScenes(filter: $filter) {
      scenes {
        id
        title
      }
    }
  }
`;

/** The grid of scenes, as far as its cards have places for plugins. */
function ScenesPage() {
  const { data } = Apollo.useQuery(SCENES, { variables: { filter: { per_page: 40 } } });
  const scenes = (data && data.findScenes.scenes) || [];
  const card = (scene) => h("div", { key: scene.id, className: "scene-card card" }, h("div", { className: "thumbnail-section" }, h("img", { alt: "", src: `/scene/${scene.id}/screenshot` }), h(Overlays, { scene })), h(Link, { to: `/scenes/${scene.id}` }, scene.title));
  return h("div", { className: "scene-grid" }, scenes.map(card));
}

const SCENE = Apollo.gql`
  query FindScene($id: ID!) {
    findScene(id: $id) {
      id
      title
      details
      date
      files {
        path
      }
    }
  }
`;

function ScenePage() {
  const { id } = useParams();
  const { data } = Apollo.useQuery(SCENE, { variables: { id } });
  const [tab, setTab] = useState("scene-details-panel");
  const scene = data && data.findScene;
  if (!scene) return h("p", { role: "status" }, "Loading");
  return h(
    "div",
    { className: "row" },
    h(Helmet, null, h("title", null, scene.title)),
    h(
      "div",
      { className: "scene-tabs order-xl-first order-last" },
      h("div", { className: "scene-header-container" }, h("h1", { className: "h3 scene-header" }, scene.title || scene.files[0].path)),
      h(
        Tab.Container,
        { id: "scene-tabs", activeKey: tab, onSelect: setTab },
        h("div", null, h(Nav, { variant: "tabs", className: "mr-auto" }, h(SceneTabs, { scene }, h(Nav.Item, null, h(Nav.Link, { eventKey: "scene-details-panel" }, "Details"))))),
        h(Tab.Content, null, h(SceneTabContent, { scene }, h(Tab.Pane, { eventKey: "scene-details-panel" }, h("p", null, scene.details))))
      )
    ),
    h("div", { className: "scene-divider d-none d-xl-block" }, h("button", { type: "button", "aria-label": "Collapse" }, "<")),
    h("div", { className: "scene-player-container" }, h("img", { className: "player", alt: "", src: `/scene/${id}/screenshot` }))
  );
}

function Setting({ className, heading, subHeading, children }) {
  return h("div", { className: `setting ${className || ""}` }, h("div", null, h("h3", null, heading), subHeading && h("div", { className: "sub-heading" }, subHeading)), h("div", null, children));
}

const PluginSettings = patched("PluginSettings", ({ pluginID }) => h("div", { className: "plugin-settings" }, `The settings of ${pluginID}`));

const SettingsPage = () => h("div", { className: "setting-section" }, ["Stash2Plex", "Another"].map((id) => h("section", { key: id, className: "setting-group", "aria-label": id }, h(PluginSettings, { pluginID: id }))));

function App() {
  return h(
    Apollo.ApolloProvider,
    { client },
    h(
      BrowserRouter,
      null,
      h(
        Toasts,
        null,
        h(Helmet, { titleTemplate: "%s | Stash", defaultTitle: "Stash" }),
        h(Bar),
        h("main", { className: "main container-fluid" }, h(Switch, null, h(Route, { path: "/scenes/:id", component: ScenePage }), h(Route, { exact: true, path: "/scenes", component: ScenesPage }), h(Route, { path: "/settings", component: SettingsPage }), h(Route, { exact: true, path: "/" }, h("p", null, "Nothing here but the bar.")), h(PluginRoutes)))
      )
    )
  );
}

/** Plugins' scripts come after Stash's own; the application is drawn once they are there, and before them by a Stash that does not wait. */
function load(index) {
  const scripts = window.HARNESS_SCRIPTS || [];
  if (index === (OFFERS.waits_for_plugins ? scripts.length : 0)) ReactDOM.render(h(App), document.getElementById("root"));
  if (index === scripts.length) return;
  const script = document.createElement("script");
  script.src = scripts[index];
  script.onload = () => load(index + 1);
  document.body.append(script);
}

if (window.HARNESS_PREPARE) window.HARNESS_PREPARE(window.PluginApi);
load(0);
