/** Hands the page to Stash: a route, an icon in the bar, a tab on a scene's page. */
(function (s2p) {
  "use strict";

  if (s2p.missing.length) {
    tellUnfit(`PluginApi lacks ${s2p.missing.join(", ")}`);
    return;
  }

  const { h, api, text } = s2p;
  const { Boundary, Note } = s2p.parts;
  const { Nav, Tab } = s2p.bootstrap;
  const EVENT_KEY = "stash2plex-panel";
  const Unfit = () => h(Note, { tone: "bad" }, text("main.unfit"));

  /** What is drawn anew from the ground where Stash's interface changes its language. */
  const Spoken = ({ children }) => h(s2p.React.Fragment, { key: s2p.use.language() }, children());
  const Page = () => h(Boundary, { otherwise: h(Unfit) }, h(Spoken, null, () => h(s2p.Page)));
  const SceneLink = () => h(Nav.Item, null, h(Nav.Link, { eventKey: EVENT_KEY }, text("main.scene_tab")));
  const ScenePane = ({ scene }) =>
    h(Tab.Pane, { eventKey: EVENT_KEY, mountOnEnter: true, unmountOnExit: true }, h(Boundary, { otherwise: h(Unfit) }, h(s2p.SceneTab, { sceneId: Number(scene.id) })));

  /** Have Stash draw `Component`, with the props of its own part `name`, behind what is there. */
  const add = (name, Component) =>
    api.patch.before(name, (props) => [{ ...props, children: h(s2p.React.Fragment, null, props.children, h(Boundary, null, h(Spoken, null, () => h(Component, { scene: props.scene })))) }]);

  /** What Stash has drawn of a plugin's settings, the last of its arguments; above ours stands the way to the page. */
  function withLink(props, ...others) {
    const drawn = others[others.length - 1];
    return props.pluginID === s2p.pluginId ? h(s2p.React.Fragment, null, h(Boundary, null, h(Spoken, null, () => h(s2p.SettingsLink))), drawn) : drawn;
  }

  /** Have Stash draw `Component` behind its own part `name`, which takes no children. A Stash that cannot do that has one mark less. */
  function addBehind(name, Component) {
    if (!api.patch.after) return;
    api.patch.after(name, (...args) => h(s2p.React.Fragment, null, args[args.length - 1], h(Boundary, null, h(Spoken, null, () => h(Component, { scene: args[0].scene })))));
  }

  try {
    api.register.route(s2p.path, Page);
    add("MainNavBar.UtilityItems", s2p.BarItem);
    add("ScenePage.Tabs", SceneLink);
    add("ScenePage.TabContent", ScenePane);
    if (api.patch.after) api.patch.after("PluginSettings", withLink);
    addBehind("SceneCard.Overlays", s2p.CardMark);
    drawAnew();
  } catch (error) {
    tellUnfit(error.message);
  }

  /** Stash 0.27 draws itself before plugins' scripts have come, and what they add only once somebody goes elsewhere: its router is told that somebody did. */
  function drawAnew() {
    if (document.getElementById("root")?.childElementCount) window.dispatchEvent(new PopStateEvent("popstate", { state: window.history.state }));
  }

  /** Nothing of React may be there, so the sentence is plain DOM. Once a session, and always on our own address. */
  function tellUnfit(why) {
    const key = "stash2plex.unfit";
    const isOurs = window.location.pathname.includes(s2p.path);
    if (!isOurs && window.sessionStorage.getItem(key)) return;
    window.sessionStorage.setItem(key, "1");
    const box = document.createElement("div");
    box.className = "s2p-unfit";
    box.setAttribute("role", "alert");
    box.append(`${s2p.text("main.unfit")} ${s2p.text("main.unfit_saves")} `);
    console.warn(`Stash2Plex: ${why}`);
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = s2p.text("main.close");
    close.addEventListener("click", () => box.remove());
    box.append(close);
    document.body.append(box);
  }
})(window.Stash2Plex);
