/** Hands the page to Stash: a route, an icon in the bar, a tab on a scene's page; and wakes the worker once a session where jobs wait, whenever it lacks a session, and for the daily comparison. */
(function (s2p) {
  "use strict";

  const WOKEN = "stash2plex.woken";

  if (s2p.missing.length) {
    tellTooOld();
    return;
  }

  const { h, api, stores } = s2p;
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

  let isFirst = true;
  stores.overview.listen(async ({ data }) => {
    if (!data) return;
    // Where Stash has asked the worker for a login, this very session is what it lacks: once for each such pause.
    const isLogin = data.pause && data.pause.kind === "stash_login";
    // Nobody has to save for the daily comparison: a page that is open is enough, once for each time that it is due.
    const isComparison = data.compare_at !== null;
    const moment = isLogin ? data.pause.started_at : data.compare_at;
    const occasion = isLogin || isComparison ? `${WOKEN}.${moment}` : WOKEN;
    const isDue = data.can_wake && (isFirst || isLogin || isComparison) && !window.sessionStorage.getItem(occasion);
    isFirst = false;
    if (!isDue) return;
    window.sessionStorage.setItem(occasion, "1");
    try {
      await s2p.call("ui_wake");
      stores.refreshOverview();
    } catch (error) {
      console.warn(`Stash2Plex: ${error.message}`);
    }
  });

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
