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

  // -- overview: of the beat, and at once when Stash holds other settings than before ------------------------------

  const STORED_MS = 3000;

  const overview = createStore({ data: null, error: null, speed: null });
  /** Why Plex does not answer with what is saved, as an Error, while somebody looks at that; the worker may not know yet. */
  const doubt = createStore(null);
  let viewers = 0;
  let near = 0;
  let leave = null;
  let samples = [];
  let storedBefore = null;
  let storedTimer = null;
  let warnings = [];

  const refreshOverview = () => s2p.pulse.beat();

  async function askOverview() {
    try {
      const data = await s2p.call("ui_overview", argumentsNow());
      if (data.warnings.length) warnings = data.warnings;
      if (isNews(overview.get().data, data)) s2p.pulse.news();
      overview.set({ data: { ...data, warnings }, error: null, speed: speedOf(data) });
    } catch (error) {
      overview.set({ ...overview.get(), error });
    }
  }

  async function argumentsNow() {
    const [state, about] = await Promise.all([s2p.stash.state(), s2p.stash.aboutOnce()]).catch(() => [{}, null]);
    if (isStoredAnew(state.stored) && settings.get().data) readSettings();
    return about ? { ...state, about } : state;
  }

  /** Whether something happens or has happened: then it is worth looking again soon. */
  function isNews(before, after) {
    const seen = (data) => data && JSON.stringify([data.sentence.text, data.sentence.rest, data.counts, data.held, data.settled]);
    return after.to_go > 0 || after.counts.in_progress > 0 || seen(before) !== seen(after);
  }

  const measureOf = (stored) => JSON.stringify(Object.entries(stored).sort());

  /** Whether Stash holds other settings than are shown, or than it held at the last look where none are. Said once of the same. */
  function isStoredAnew(stored) {
    if (!stored) return false;
    const now = measureOf(stored);
    const before = storedBefore;
    storedBefore = now;
    const { data } = settings.get();
    return now !== before && (data ? now !== measureOf(data.stored) : before !== null);
  }

  /** A pause or any other setting may be switched anywhere; Stash says so at no cost. */
  async function watchStored() {
    window.clearTimeout(storedTimer);
    if (!near || document.visibilityState !== "visible") return;
    try {
      if (isStoredAnew(await s2p.stash.stored())) (settings.get().data ? loadSettings : refreshOverview)();
    } catch (error) {
      // the overview says what is wrong with Stash
    }
    if (near) storedTimer = window.setTimeout(watchStored, STORED_MS);
  }

  document.addEventListener("visibilitychange", watchStored);

  /** Jobs a second over the last half minute, or null until there are two looks. */
  function speedOf(data) {
    samples = [...samples, { at: data.now, settled: data.settled }].filter((each) => data.now - each.at <= 30);
    const first = samples[0];
    return data.now - first.at >= 1 ? (data.settled - first.settled) / (data.now - first.at) : null;
  }

  function follow(isNear) {
    viewers += 1;
    near += isNear ? 1 : 0;
    anew();
    if (isNear && near === 1) watchStored();
    if (!overview.get().data) refreshOverview();
    return () => {
      viewers -= 1;
      near -= isNear ? 1 : 0;
      anew();
    };
  }

  function anew() {
    if (leave) leave();
    leave = viewers ? s2p.pulse.watch(askOverview, near > 0) : null;
  }

  /** The overview, renewed at each beat where `isNear`, else about once a minute. */
  function useOverview(isNear) {
    s2p.React.useEffect(() => follow(isNear), [isNear]);
    return useStore(overview);
  }

  // -- settings: read once, then whatever was saved ----------------------------------------------------------------

  const settings = createStore({ data: null, error: null });

  let shown = 0;

  /** Show what an operation has said of the settings. */
  function showSettings(data) {
    shown += 1;
    settings.set({ data, error: null });
    refreshStashSettings();
    refreshOverview();
  }

  function loadSettings() {
    refreshOverview(); // in the same process
    return readSettings();
  }

  async function readSettings() {
    const before = shown;
    const state = await s2p.call("ui_settings").then((data) => ({ data, error: null }), (error) => ({ ...settings.get(), error })); // what was known stays: somebody may be typing into it
    if (shown !== before) return readSettings(); // a save has been answered meanwhile: nobody knows which of both is older
    return settings.set(state);
  }

  /** The setting with this key, or undefined. */
  function settingOf(data, key) {
    return data && data.groups.flatMap((group) => group.settings).find((each) => each.key === key);
  }

  let turn = Promise.resolve();

  /** Do something that changes settings once what was begun before is done: an answer may not come behind a newer one. */
  function inTurn(change) {
    const done = turn.then(change);
    turn = done.catch(() => undefined);
    return done;
  }

  /** Have an operation change settings, and show them as they are then. @returns {Promise<Record<string, string>>} problems by key; {} where all was saved */
  function changeSettings(mode, args) {
    return inTurn(async () => {
      const answer = await s2p.call(mode, args);
      if (answer.saved) showSettings(answer.settings);
      return answer.problems;
    });
  }

  /** Save settings, for all libraries or for one, and tell Stash's own pages. Returns as `changeSettings`. */
  const saveSettings = (values, library) => changeSettings("ui_save", library ? { values, library } : { values });

  /** Take a server of the account that has signed in: its own token for this address. @param {{ticket: string, server: string, plex_url: string, skip_tls_verify: boolean}} choice Returns as `changeSettings`. */
  const chooseServer = (choice) => changeSettings("ui_sign_in_choose", choice);

  /** Have the token moved out of Stash's settings, into the plugin's own file. */
  const moveToken = () => changeSettings("ui_move_token");

  /** Choose what holds of the other Stash2Plex's settings: all that counts of them, saved as ours, or nothing. */
  const choosePredecessor = (takeOver) => changeSettings("ui_predecessor", { save: takeOver });

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
    try {
      titles.set({ ...titles.get(), ...(await s2p.stash.scenes(ids)) });
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

  s2p.stores = { create: createStore, overview, doubt, settings, refreshOverview, loadSettings, saveSettings, chooseServer, moveToken, choosePredecessor, settingOf, refreshStashSettings };
  s2p.use = { ...s2p.use, store: useStore, overview: useOverview, titles: useTitles };
})(window.Stash2Plex);
