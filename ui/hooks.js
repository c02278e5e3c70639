/** React hooks of the page: asking an operation, doing something, knowing the time. */
(function (s2p) {
  "use strict";

  const { React } = s2p;

  /** As React's useState; what arrives after the component has gone is dropped. */
  function useLivingState(first) {
    const [value, setValue] = React.useState(first);
    const alive = React.useRef(true);
    React.useEffect(() => () => (alive.current = false), []);
    const set = React.useCallback((next) => alive.current && setValue(next), []);
    return [value, set];
  }

  /**
   * The answer of an operation, asked anew when `args` change, and then at each beat ("live"), or so many milliseconds after each answer while the page
   * is visible. Never twice at once: an answer that takes longer is waited for. The last answer stays until the next is there; `stale` says that it is
   * one to other arguments, so nothing may be done by it; `answered` says that these very arguments were answered or failed.
   * @param {string} mode
   * @param {object|null} args null: do not ask
   * @param {number|"live"} [every]
   * @param {object} [first] an answer to the first `args` that is known already
   */
  function useOperation(mode, args, every, first) {
    const key = JSON.stringify(args);
    const [state, setState] = React.useState({ data: first || null, error: null, loading: args !== null && !first, key: first ? key : null, answered: first ? key : null });
    const loop = React.useRef(null);
    const isLive = every === "live";
    const pace = React.useRef(0);
    const isKnown = React.useRef(Boolean(first));
    pace.current = isLive ? 0 : every;

    React.useEffect(() => {
      if (args === null) return undefined;
      loop.current = repeat(ask, pace);
      async function ask(isWanted) {
        setState((old) => ({ ...old, loading: true }));
        try {
          const data = await s2p.call(mode, args);
          if (isWanted()) setState({ data, error: null, loading: false, key, answered: key });
        } catch (error) {
          if (isWanted()) setState((old) => ({ ...old, error, loading: false, answered: key }));
        }
      }
      const { now, end } = loop.current;
      if (!isKnown.current) now();
      isKnown.current = false;
      const leave = isLive ? s2p.pulse.watch(now, true) : () => undefined;
      return () => {
        leave();
        end();
      };
    }, [mode, key, isLive]);

    React.useEffect(() => loop.current && loop.current.rest(), [every]);

    const reload = React.useCallback(() => (isLive ? s2p.pulse.beat() : loop.current && loop.current.now()), [isLive]);
    return { ...state, stale: state.key !== key, answered: state.answered === key, reload };
  }

  const MOMENT_MS = 20;

  /** Call `ask` again and again, `pace.current` milliseconds after its end, while the page is visible; never twice at once. */
  function repeat(ask, pace) {
    let timer = null;
    let isAsking = false;
    let again = false;
    let hasEnded = false;
    let askedMs = 0;

    async function now() {
      again = isAsking && Date.now() - askedMs > MOMENT_MS; // what is on its way was asked before whatever has just changed
      if (isAsking || hasEnded) return;
      isAsking = true;
      askedMs = Date.now();
      window.clearTimeout(timer);
      await ask(() => !hasEnded);
      isAsking = false;
      if (again) now();
      else rest();
    }

    function rest() {
      window.clearTimeout(timer);
      if (hasEnded || isAsking || !pace.current || document.visibilityState !== "visible") return;
      timer = window.setTimeout(now, pace.current);
    }

    function onVisibility() {
      if (document.visibilityState === "visible" && pace.current) now();
      else window.clearTimeout(timer);
    }

    function end() {
      hasEnded = true;
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisibility);
    }

    document.addEventListener("visibilitychange", onVisibility);
    return { now, rest, end };
  }

  /** Do something, once at a time: while it runs another `run` does nothing. Its failure is a value, not an exception. @returns {{run: Function, busy: boolean, error: Error|null}} */
  function useAction(action) {
    const [state, setState] = useLivingState({ busy: false, error: null });
    const isRunning = React.useRef(false);
    async function run(...args) {
      if (isRunning.current) return undefined;
      isRunning.current = true;
      setState({ busy: true, error: null });
      let error = null;
      try {
        return await action(...args);
      } catch (failure) {
        error = failure;
        return undefined;
      } finally {
        isRunning.current = false;
        setState({ busy: false, error });
      }
    }
    return { run, ...state };
  }

  /** Epoch seconds, ticking. */
  function useNow(everyMs) {
    const [now, setNow] = React.useState(Date.now() / 1000);
    React.useEffect(() => {
      const timer = window.setInterval(() => setNow(Date.now() / 1000), everyMs);
      return () => window.clearInterval(timer);
    }, [everyMs]);
    return now;
  }

  /** `value` once it has been still for `ms`. */
  function useSettled(value, ms) {
    const [settled, setSettled] = React.useState(value);
    React.useEffect(() => {
      const timer = window.setTimeout(() => setSettled(value), ms);
      return () => window.clearTimeout(timer);
    }, [value, ms]);
    return settled;
  }

  s2p.use = { ...s2p.use, state: useLivingState, operation: useOperation, action: useAction, now: useNow, settled: useSettled };
})(window.Stash2Plex);
