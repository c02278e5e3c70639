/** Hands the page to Stash: a route, an icon in the bar, a tab on a scene's page. */
(function (s2p) {
  "use strict";

  if (s2p.missing.length) {
    tellTooOld();
    return;
  }

  const { h, api } = s2p;
  const { Nav, Tab } = s2p.bootstrap;
  const EVENT_KEY = "stash2plex-panel";

  api.register.route(s2p.path, s2p.Page);

  /** `props` with one more child behind those that are there. */
  const with_ = (props, child) => [{ ...props, children: h(s2p.React.Fragment, null, props.children, child) }];

  api.patch.before("MainNavBar.UtilityItems", (props) => with_(props, h(s2p.BarItem)));
  api.patch.before("ScenePage.Tabs", (props) => with_(props, h(Nav.Item, null, h(Nav.Link, { eventKey: EVENT_KEY }, "Plex"))));
  api.patch.before("ScenePage.TabContent", (props) =>
    with_(props, h(Tab.Pane, { eventKey: EVENT_KEY, mountOnEnter: true, unmountOnExit: true }, h(s2p.SceneTab, { sceneId: Number(props.scene.id) })))
  );

  /** Nothing of React may be there, so the sentence is plain DOM. Once a session, and always on our own address. */
  function tellTooOld() {
    const key = "stash2plex.too-old";
    const isOurs = window.location.pathname.includes(s2p.path);
    if (!isOurs && window.sessionStorage.getItem(key)) return;
    window.sessionStorage.setItem(key, "1");
    const box = document.createElement("div");
    box.className = "s2p-too-old";
    box.setAttribute("role", "alert");
    box.append("This Stash is too old for Stash2Plex's page. Update Stash to v0.27 or newer. Saves are recorded all the same. ");
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => box.remove());
    box.append(close);
    document.body.append(box);
  }
})(window.Stash2Plex);
