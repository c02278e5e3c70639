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
   * The answer of an operation, asked anew when `args` change, and `everyMs` after each answer while the page is visible. Never twice at once: an
   * answer that takes longer than `everyMs` is waited for. The last answer stays until the next is there; `stale` says that it is one to other
   * arguments, so nothing may be done by it; `answered` says that these very arguments were answered or failed.
   * @param {string} mode
   * @param {object|null} args null: do not ask
   * @param {number} [everyMs]
   */
  function useOperation(mode, args, everyMs) {
    const [state, setState] = React.useState({ data: null, error: null, loading: args !== null, key: null, answered: null });
    const key = JSON.stringify(args);
    const loop = React.useRef(null);
    const pace = React.useRef(everyMs);
    pace.current = everyMs;

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
      loop.current.now();
      return loop.current.end;
    }, [mode, key]);

    React.useEffect(() => loop.current && loop.current.rest(), [everyMs]);

    const reload = React.useCallback(() => loop.current && loop.current.now(), []);
    return { ...state, stale: state.key !== key, answered: state.answered === key, reload };
  }

  /** Call `ask` again and again, `pace.current` milliseconds after its end, while the page is visible; never twice at once. */
  function repeat(ask, pace) {
    let timer = null;
    let isAsking = false;
    let again = false;
    let hasEnded = false;

    async function now() {
      again = isAsking; // what is on its way was asked before whatever has just changed
      if (isAsking || hasEnded) return;
      isAsking = true;
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
