/**
 * When the page asks: one beat for all that is shown, so that their questions go in one process. Quick while something happens, ever slower while nothing
 * does, and at once when somebody does something. Hidden pages rest.
 */
(function (s2p) {
  "use strict";

  const HURRY_MS = 1000;
  const QUICK_MS = 3000;
  const SLOW_MS = 20000;
  const FAR_MS = 60000;
  const HURRY_FOR_MS = 15000;

  const watchers = new Set();
  let paceMs = QUICK_MS;
  let hurryUntil = 0;
  let timer = null;
  let beating = null;
  let isWanted = false;
  let hasNews = false;
  let lastMs = 0;

  const isSeen = () => document.visibilityState === "visible";
  const isNear = () => [...watchers].some((each) => each.isNear);

  /** Ask all, now; what is on its way was asked before whatever has just changed, so it is asked once more. @returns {Promise<void>} */
  function beat() {
    isWanted = Boolean(beating);
    beating = beating || run(true);
    return beating;
  }

  async function run(isForced) {
    window.clearTimeout(timer);
    hasNews = false;
    await null; // all that is wanted in this very moment is one beat
    isWanted = false;
    const now = Date.now();
    const due = [...watchers].filter((each) => isForced || each.isNear || now - each.askedMs >= FAR_MS);
    due.forEach((each) => (each.askedMs = now));
    await Promise.all(due.map((each) => each.ask()));
    lastMs = Date.now();
    beating = null;
    if (isWanted) beat();
    else rest();
  }

  function rest() {
    paceMs = lastMs < hurryUntil ? HURRY_MS : hasNews ? QUICK_MS : Math.min(SLOW_MS, Math.max(QUICK_MS, paceMs * 2));
    schedule();
  }

  function schedule() {
    window.clearTimeout(timer);
    if (!watchers.size || beating || !isSeen()) return;
    timer = window.setTimeout(() => (beating = beating || run(false)), isNear() ? paceMs : FAR_MS);
  }

  /**
   * Have `ask` called at each beat, or about once a minute where it is not near: nobody looks at it.
   * @param {() => Promise<void>} ask never fails
   * @returns {() => void} ends it
   */
  function watch(ask, near) {
    const watcher = { ask, isNear: near, askedMs: Date.now() };
    watchers.add(watcher);
    if (near) paceMs = QUICK_MS;
    schedule();
    return () => {
      watchers.delete(watcher);
      schedule();
    };
  }

  /** Something has changed, or is happening right now: look again soon. */
  function news() {
    hasNews = true;
  }

  /** Somebody has done something whose end they wait for. */
  function hurry() {
    hurryUntil = Date.now() + HURRY_FOR_MS;
    beat();
  }

  /** Somebody is here. */
  function stir() {
    if (!isSeen() || !isNear()) return;
    paceMs = QUICK_MS;
    if (Date.now() - lastMs >= QUICK_MS) beat();
    else schedule();
  }

  ["pointerdown", "keydown", "wheel"].forEach((name) => window.addEventListener(name, stir, { passive: true, capture: true }));
  window.addEventListener("focus", stir);
  document.addEventListener("visibilitychange", () => {
    if (isSeen() && watchers.size) beat();
    else window.clearTimeout(timer);
  });

  s2p.pulse = { beat, watch, news, hurry };
})(window.Stash2Plex);
