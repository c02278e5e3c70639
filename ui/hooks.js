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
   * The answer of an operation, asked anew when `args` change and every `everyMs` while the page is visible. The last answer stays until the next is
   * there; `stale` says that it is one to other arguments, so nothing may be done by it.
   * @param {string} mode
   * @param {object|null} args null: do not ask
   * @param {number} [everyMs]
   */
  function useOperation(mode, args, everyMs) {
    const [state, setState] = React.useState({ data: null, error: null, loading: true, key: null });
    const key = JSON.stringify(args);
    const latest = React.useRef(0);

    const reload = React.useCallback(async () => {
      if (args === null) return;
      const turn = ++latest.current;
      setState((old) => ({ ...old, loading: true }));
      try {
        const data = await s2p.call(mode, args);
        if (turn === latest.current) setState({ data, error: null, loading: false, key });
      } catch (error) {
        if (turn === latest.current) setState((old) => ({ ...old, error, loading: false }));
      }
    }, [mode, key]);

    React.useEffect(() => {
      reload();
      const timer = everyMs && window.setInterval(() => document.visibilityState === "visible" && reload(), everyMs);
      return () => {
        latest.current++;
        window.clearInterval(timer);
      };
    }, [reload, everyMs]);

    return { ...state, stale: state.key !== key, reload };
  }

  /** Do something once at a time; its failure is a value, not an exception. @returns {{run: Function, busy: boolean, error: Error|null}} */
  function useAction(action) {
    const [state, setState] = useLivingState({ busy: false, error: null });
    async function run(...args) {
      setState({ busy: true, error: null });
      try {
        const answer = await action(...args);
        setState({ busy: false, error: null });
        return answer;
      } catch (error) {
        setState({ busy: false, error });
        return undefined;
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
