/** The page itself: how things are, then the tabs. The tab stands in the address, so that it can be linked and reloaded. */
(function (s2p) {
  "use strict";

  const { h, React, stores, text } = s2p;
  const { Nav, Tab } = s2p.bootstrap;

  const TABS = [
    { key: "overview", name: "page.overview" },
    { key: "jobs", name: "page.jobs" },
    { key: "history", name: "page.history" },
    { key: "preview", name: "page.preview" },
    { key: "setup", name: "page.setup" },
  ];

  function Page() {
    const { data, error, speed } = s2p.use.overview(true);
    const settings = s2p.use.store(stores.settings);
    const location = s2p.router.useLocation();
    const history = s2p.router.useHistory();
    useTitle("Stash2Plex | Stash");
    const wanted = new URLSearchParams(location.search);
    const asked = wanted.get("tab");
    const isFresh = Boolean(data && data.settings && !data.settings.configured);
    const active = TABS.some((tab) => tab.key === asked) ? asked : "overview";
    const addressOf = (key) => `${s2p.path}?tab=${key}`;
    const choose = (key) => key !== active && history.push(addressOf(key));
    // Once, and then it stays: somebody who has just saved the token is not done with setting up.
    React.useEffect(() => {
      if (isFresh && !asked) history.replace(addressOf("setup"));
    }, [isFresh]);
    const asks = Boolean(data && data.settings && data.settings.asks);
    React.useEffect(() => {
      if (asks && !stores.settings.get().data) stores.loadSettings();
    }, [asks]);
    const hasSceneTab = useSceneTab();
    return h(
      "div",
      { className: "s2p-page", lang: s2p.language.name() },
      h("h1", { className: "s2p-title" }, "Stash2Plex", data && h("span", { className: "text-muted s2p-version" }, ` ${data.version}`)),
      h(s2p.Status, { overview: data, error, speed }),
      data && (active !== "setup" || !settings.error) && data.warnings.map((each) => h(s2p.parts.Note, { key: each, tone: "bad", icon: "faTriangleExclamation" }, each)),
      asks && h(s2p.Predecessor, { settings: settings.data }),
      h(s2p.Held, { overview: data }),
      asks && active !== "setup" && !error && h(s2p.parts.Problem, { error: settings.error, onRetry: stores.loadSettings }),
      data && data.offer && h(s2p.parts.Note, { tone: "waiting", icon: "faCircleInfo" }, h("p", null, data.offer), h("div", { className: "s2p-buttons" }, h(s2p.parts.SyncAll, { variant: "primary" }))),
      !hasSceneTab && h(s2p.parts.Note, { icon: "faCircleInfo" }, text("page.no_scene_tab")),
      h(
        Tab.Container,
        { id: "s2p-tabs", activeKey: active, onSelect: choose, mountOnEnter: true, unmountOnExit: true },
        h(Nav, { variant: "tabs", className: "s2p-tabs", "aria-label": "Stash2Plex" }, TABS.map((tab) => h(Nav.Item, { key: tab.key }, h(Nav.Link, { eventKey: tab.key, href: s2p.stashUrl(addressOf(tab.key)), onClick: (event) => event.preventDefault() }, text(tab.name))))),
        h(
          Tab.Content,
          null,
          h(Tab.Pane, { eventKey: "overview" }, h(s2p.Overview, { overview: data })),
          h(Tab.Pane, { eventKey: "jobs" }, h(s2p.Jobs, { key: location.search, overview: data, wanted: { list: wanted.get("list"), reason: wanted.get("reason") } })),
          h(Tab.Pane, { eventKey: "history" }, h(s2p.History, { overview: data })),
          // Hidden, not gone: what was found or typed there must outlive a look at another tab.
          h(Tab.Pane, { eventKey: "preview", unmountOnExit: false }, isFresh ? h(s2p.parts.Empty, { icon: "faScrewdriverWrench", title: text("page.set_up_first") }, text("page.set_up_first_hint")) : h(s2p.Preview)),
          h(Tab.Pane, { eventKey: "setup", unmountOnExit: false }, h(s2p.Setup))
        )
      )
    );
  }

  /** Stash writes its own title whenever it draws anew, also after this: so ours is put back as long as the page is there. */
  function useTitle(title) {
    React.useEffect(() => {
      const before = document.title;
      const put = () => {
        if (document.title !== title) document.title = title;
      };
      put();
      const observer = new MutationObserver(put);
      observer.observe(document.head, { subtree: true, childList: true, characterData: true });
      return () => {
        observer.disconnect();
        document.title = before;
      };
    }, []);
  }

  /** Whether Stash lets plugins add a tab to a scene's page. It knows that itself once its own code of that page is there. */
  function useSceneTab() {
    const [has, setHas] = s2p.use.state(true);
    React.useEffect(() => {
      const look = () => Boolean((s2p.api.components || {})["ScenePage.Tabs"]);
      const load = (s2p.api.loadableComponents || {}).Scene;
      if (look() || !load) setHas(look());
      else load().then(() => setHas(look()), () => {});
    }, []);
    return has;
  }

  s2p.Page = Page;
})(window.Stash2Plex);
