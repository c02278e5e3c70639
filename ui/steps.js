/** Numbered steps: what is done is one line that says what it holds, what comes next stands open, and what broke opens itself. */
(function (s2p) {
  "use strict";

  const { h, React, parts, text } = s2p;
  const { Button, Spinner } = s2p.bootstrap;

  const ICONS = { done: "faCircleCheck", asks: "faCircleInfo", broken: "faTriangleExclamation" };
  const OPENS = ["asks", "broken"];
  const HELD = ["done", "asks", "busy", "broken"]; // of these there is something to be said in a line
  const KEY = "stash2plex.steps-seen";

  /**
   * Which steps stand open. `states` by key in the order of the steps: done, todo, busy, asks (it works, and something should be looked at), broken, or off where it cannot be gone into yet.
   * The first that is not done comes next. What a person has opened or folded stays so until `settle(key)`.
   */
  function useSteps(states) {
    const [chosen, setChosen] = s2p.use.state({});
    const keys = Object.keys(states);
    const next = keys.find((key) => states[key] === "todo" || states[key] === "broken");
    const isOpen = (key) => states[key] !== "off" && (chosen[key] === undefined ? OPENS.includes(states[key]) || key === next : chosen[key]);
    const choose = (key, open) => setChosen((now) => ({ ...now, [key]: open }));
    const stepOf = (key) => ({ state: states[key], isNext: key === next, isOpen: isOpen(key), onToggle: () => choose(key, !isOpen(key)) });
    return { stepOf, choose, settle: (key) => choose(key, undefined) };
  }

  /** Which steps a person has gone past that nothing else tells of; kept by the browser. */
  function useSeen() {
    const [seen, setSeen] = s2p.use.state(readSeen);
    const add = (key) => {
      const all = [...new Set([...seen, key])];
      setSeen(all);
      try {
        window.localStorage.setItem(KEY, all.join());
      } catch (error) {
        // then it is so until the next visit
      }
    };
    return [seen, add];
  }

  function readSeen() {
    try {
      return (window.localStorage.getItem(KEY) || "").split(",").filter(Boolean);
    } catch (error) {
      return [];
    }
  }

  /** One step. `isKept`: what is in it stays while it is folded, with what was typed. `isLook`: there is nothing in it to change. @param {{title: string, label: string, summary: any}} props */
  function Step({ name, title, label, summary, state, isNext, isOpen, onToggle, isKept, isLook, children }) {
    const whole = React.useRef(null);
    useFocusAtFolding(whole, isOpen);
    const id = `s2p-step-${name}`;
    const verb = isOpen ? "steps.fold" : ["done", "asks"].includes(state) && !isLook ? "steps.change" : "steps.open";
    return h(
      "section",
      { className: `s2p-card s2p-step s2p-step-${state}${isNext ? " s2p-step-next" : ""}`, "aria-label": label, ref: whole },
      h(
        "div",
        { className: "s2p-step-head" },
        h("span", { className: "s2p-step-mark" }, h(Mark, { state })),
        h("h2", { tabIndex: -1 }, title),
        h("p", { className: "s2p-step-summary" }, h("span", { className: "sr-only" }, `${text(`steps.${state}`)} `), !isOpen && HELD.includes(state) && summary),
        state !== "off" && h(Button, { size: "sm", variant: "secondary", "aria-expanded": isOpen, "aria-controls": id, "aria-label": text("steps.of", { what: text(verb), step: label }), onClick: onToggle }, text(verb))
      ),
      state !== "off" && h("div", { id, className: "s2p-step-body", hidden: !isOpen }, (isOpen || isKept) && children)
    );
  }

  function Mark({ state }) {
    if (state === "busy") return h(Spinner, { animation: "border", size: "sm", "aria-hidden": true });
    return ICONS[state] ? h(parts.Icon, { name: ICONS[state] }) : h("span", { className: "s2p-ring", "aria-hidden": true });
  }

  /** Where the step with the focus folds by itself, the focus goes to the heading of the one that comes next. */
  function useFocusAtFolding(whole, isOpen) {
    const wasOpen = React.useRef(isOpen);
    React.useLayoutEffect(() => {
      const { activeElement: focused } = document;
      const hasFocus = whole.current.contains(focused) && !focused.hasAttribute("aria-expanded"); // who has folded it by hand stays at the button
      const heading = document.querySelector(".s2p-step-next h2") || whole.current.querySelector("h2");
      if (wasOpen.current && !isOpen && (hasFocus || focused === document.body)) heading.focus();
      wasOpen.current = isOpen;
    }, [isOpen]);
  }

  s2p.parts = { ...s2p.parts, Step };
  s2p.use = { ...s2p.use, steps: useSteps, seen: useSeen };
})(window.Stash2Plex);
