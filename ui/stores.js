/** What several parts of the page look at together: the overview, the settings, the titles of scenes. Each is asked for once for all of them. */
(function (s2p) {
  "use strict";

  /** A value with listeners. @template T @param {T} first */
  function createStore(first) {
    let value = first;
    const listeners = new Set();
    return {
      get: () => value,
      set(next) {
        value = next;
        listeners.forEach((listener) => listener(value));
      },
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
  }

  /** Read a store in a component. */
  function useStore(store) {
    const [value, setValue] = s2p.React.useState(store.get());
    s2p.React.useEffect(() => {
      setValue(store.get());
      return store.listen(setValue);
    }, [store]);
    return value;
  }

  // -- overview: polled while somebody can see it, as often as the most curious component wants ---------------------

  const overview = createStore({ data: null, error: null, speed: null });
  const wishes = new Map();
  let timer = null;
  let asking = false;
  let again = false;
  let samples = [];

  async function refreshOverview() {
    again = asking; // what is on its way was asked before whatever has just changed
    if (asking) return;
    asking = true;
    window.clearTimeout(timer);
    try {
      const known = settings.get().data;
      const data = await s2p.call("ui_overview", known ? { configured: known.configured, paused: known.paused, dry_run: known.dry_run } : {});
      overview.set({ data, error: null, speed: speedOf(data) });
    } catch (error) {
      overview.set({ ...overview.get(), error });
    } finally {
      asking = false;
      if (again) refreshOverview();
      else schedule();
    }
  }

  function schedule() {
    window.clearTimeout(timer);
    if (wishes.size && document.visibilityState === "visible") {
      timer = window.setTimeout(refreshOverview, Math.min(...wishes.values()));
    }
  }

  /** Jobs a second over the last half minute, or null until there are two looks. */
  function speedOf(data) {
    samples = [...samples, { at: data.now, settled: data.settled }].filter((each) => data.now - each.at <= 30);
    const first = samples[0];
    return data.now - first.at >= 1 ? (data.settled - first.settled) / (data.now - first.at) : null;
  }

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && wishes.size) refreshOverview();
    else window.clearTimeout(timer);
  });

  /** The overview, renewed at least every `everyMs` while the page is visible. */
  function useOverview(everyMs) {
    s2p.React.useEffect(() => {
      const wish = {};
      wishes.set(wish, everyMs);
      if (overview.get().data) schedule();
      else if (!asking) refreshOverview(); // the answer that is on its way is as good for whoever comes next
      return () => {
        wishes.delete(wish);
        schedule();
      };
    }, [everyMs]);
    return useStore(overview);
  }

  // -- settings: read once, then whatever was saved ----------------------------------------------------------------

  const settings = createStore({ data: null, error: null });

  async function loadSettings() {
    try {
      settings.set({ data: await s2p.call("ui_settings"), error: null });
    } catch (error) {
      settings.set({ ...settings.get(), error }); // what was known stays: somebody may be typing into it
    }
    refreshOverview();
  }

  /** The setting with this key, or undefined. */
  function settingOf(data, key) {
    return data && data.groups.flatMap((group) => group.settings).find((each) => each.key === key);
  }

  /** Save settings, for all libraries or for one, and tell Stash's own pages. @returns {Promise<Record<string, string>>} problems by key; {} where all was saved */
  async function saveSettings(values, library) {
    const answer = await s2p.call("ui_save", library ? { values, library } : { values });
    if (answer.saved) {
      settings.set({ data: answer.settings, error: null });
      refreshStashSettings();
      refreshOverview();
    }
    return answer.problems;
  }

  /** Have the token moved out of Stash's settings, into the plugin's own file. */
  async function moveToken() {
    const answer = await s2p.call("ui_move_token");
    settings.set({ data: answer.settings, error: null });
    refreshStashSettings();
  }

  /** Choose what holds of the other Stash2Plex's settings: all that counts of them, saved as ours, or nothing. */
  async function choosePredecessor(takeOver) {
    const answer = await s2p.call("ui_predecessor", { save: takeOver });
    settings.set({ data: answer.settings, error: null });
    refreshStashSettings();
    refreshOverview();
  }

  /** Stash's settings page would go on showing, and write back, what it has read before. */
  function refreshStashSettings() {
    const client = s2p.api.utils.StashService.getClient();
    const isShown = [...client.getObservableQueries().values()].some((query) => query.queryName === "Configuration");
    if (isShown) client.refetchQueries({ include: ["Configuration"] });
  }

  // -- titles: asked for in batches, and anew once they are old --------------------------------------------------

  const TITLES_AGE_MS = 30000;
  const titles = createStore({});
  const askedAt = new Map();
  let wanted = new Set();
  let gathering = null;

  function wantTitles(ids) {
    const now = Date.now();
    const isOld = (id) => !askedAt.has(id) || now - askedAt.get(id) >= TITLES_AGE_MS;
    ids.filter((id) => id > 0 && isOld(id)).forEach((id) => wanted.add(id));
    if (wanted.size && !gathering) gathering = window.setTimeout(fetchTitles, 30);
  }

  async function fetchTitles() {
    const ids = [...wanted].slice(0, 200);
    wanted = new Set([...wanted].slice(200));
    gathering = null;
    ids.forEach((id) => askedAt.set(id, Date.now()));
    const found = Object.fromEntries(ids.map((id) => [id, null]));
    try {
      const answer = await s2p.call("ui_scenes", { scene_ids: ids });
      answer.scenes.forEach((scene) => (found[scene.id] = scene));
      titles.set({ ...titles.get(), ...found });
    } catch {
      ids.forEach((id) => askedAt.delete(id)); // a list without titles is still a list; its next look asks again
    }
    if (wanted.size) wantTitles([]);
  }

  /** Scenes by id, as far as they are known; null for one that Stash no longer has. Each look asks for what is missing or old; a number below zero is no scene's. @param {number[]} ids */
  function useTitles(ids) {
    s2p.React.useEffect(() => wantTitles(ids));
    return useStore(titles);
  }

  s2p.stores = { overview, settings, refreshOverview, loadSettings, saveSettings, moveToken, choosePredecessor, settingOf, refreshStashSettings };
  s2p.use = { ...s2p.use, store: useStore, overview: useOverview, titles: useTitles };
})(window.Stash2Plex);
