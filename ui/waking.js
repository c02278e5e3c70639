/**
 * Wakes the worker by itself: where jobs or news wait and none lives, where it lacks a session, and whenever Stash has ended a job, by which scenes may
 * have got covers or tags without a hook. The plugin decides whether there is anything to do. Shows nothing; what fails here is a line in the console.
 */
(function (s2p) {
  "use strict";

  if (s2p.missing.length) return;

  const { stores } = s2p;

  const WOKEN = "stash2plex.woken";
  /** Where a page stays open for hours: once in so long for all tabs of a browser. */
  const AGAIN_MS = 30 * 60 * 1000;
  /** Jobs that end together cost one call, and those that end one after the other one in so long: a worker that lives asks by itself. */
  const TOGETHER_MS = 3000;
  const APART_MS = 20 * 1000;

  let endedMs = 0;
  let timer = null;

  /** When any tab of this browser woke the worker last. A browser may keep nothing; then this tab knows only itself. */
  let wokenMs = 0;
  function lastMs() {
    try {
      return Math.max(wokenMs, Number(window.localStorage.getItem(WOKEN)) || 0);
    } catch (error) {
      return wokenMs;
    }
  }

  /** @param {"localStorage"|"sessionStorage"} where */
  function keep(where, key, value) {
    try {
      window[where].setItem(key, value);
    } catch (error) {
      // it is asked once more
    }
  }

  function isKept(key) {
    try {
      return Boolean(window.sessionStorage.getItem(key));
    } catch (error) {
      return false;
    }
  }

  async function wake() {
    wokenMs = Date.now();
    keep("localStorage", WOKEN, String(wokenMs));
    try {
      await s2p.call("ui_wake");
      stores.refreshOverview();
    } catch (error) {
      console.warn(`Stash2Plex: ${error.message}`);
    }
  }

  /** Whether to wake the worker: once a session, again in a while where it goes on, and once for each pause in which it lacks a session, this very one. */
  function isDue(data, isFirst) {
    const isLogin = data.can_wake && data.pause && data.pause.kind === "stash_login";
    if (!isLogin && !data.news_due && !(data.can_wake && isFirst)) return false;
    if (!isLogin && Math.abs(Date.now() - lastMs()) < APART_MS) return false; // what was woken just now may not have begun
    const occasion = isLogin ? `${WOKEN}.${data.pause.started_at}` : WOKEN;
    const isOld = !isLogin && Math.abs(Date.now() - lastMs()) >= AGAIN_MS;
    if (isKept(occasion) && !isOld) return false;
    keep("sessionStorage", occasion, "1");
    return true;
  }

  let isFirst = true;
  stores.overview.listen(({ data }) => {
    if (data && isDue(data, isFirst)) wake();
    isFirst = isFirst && !data;
  });

  /** @param {any} event of Stash's subscription; a job leaves the queue when it has ended, however that was */
  function onJob({ data }) {
    if (!data || !data.jobsSubscribe || data.jobsSubscribe.type !== "REMOVE") return;
    endedMs = Date.now();
    if (timer === null) timer = window.setTimeout(onEnded, Math.max(TOGETHER_MS, Math.min(APART_MS, lastMs() + APART_MS - endedMs)));
  }

  function onEnded() {
    timer = null;
    if (lastMs() < endedMs) wake(); // or another tab has
  }

  try {
    const query = s2p.apollo.gql`
      subscription Stash2PlexJobs {
        jobsSubscribe {
          type
          job {
            id
          }
        }
      }
    `;
    const client = s2p.api.utils.StashService.getClient();
    // A Stash that has no such subscription answers an error: then opening a page has to do.
    client.subscribe({ query, fetchPolicy: "no-cache" }).subscribe({ next: onJob, error: () => undefined });
  } catch (error) {
    console.warn(`Stash2Plex: ${error.message}`);
  }
})(window.Stash2Plex);
