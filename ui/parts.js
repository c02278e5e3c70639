/** Small components that every part of the page is made of. */
(function (s2p) {
  "use strict";

  if (s2p.missing.length) return; // there may be no React to build on; main.js says what is wrong

  const { h, React, words, text } = s2p;
  const { Button, Modal, Nav, Spinner, Badge } = s2p.bootstrap;

  /** A FontAwesome icon that is decoration only, drawn by Stash's own component, which may come after this script; `otherwise` where there is none. */
  function Icon({ name, className, otherwise }) {
    const icon = s2p.icons[name];
    const Drawn = s2p.api.components && s2p.api.components.Icon;
    return icon && Drawn ? h(Drawn, { icon, className, "aria-hidden": true, focusable: false }) : otherwise || null;
  }

  /** Around all that stands within Stash's own pages: what fails there is left out, and `otherwise` shown in its place. */
  class Boundary extends React.Component {
    constructor(props) {
      super(props);
      this.state = { failed: false };
    }

    static getDerivedStateFromError() {
      return { failed: true };
    }

    componentDidCatch(error) {
      console.warn(`Stash2Plex: ${error && error.message}`);
    }

    render() {
      return this.state.failed ? this.props.otherwise || null : this.props.children;
    }
  }

  function Loading({ what }) {
    return h(
      "div",
      { className: "s2p-state", role: "status" },
      h(Spinner, { animation: "border", size: "sm", "aria-hidden": true }),
      h("span", null, `${what || text("parts.loading")} …`)
    );
  }

  function Empty({ icon, title, children }) {
    return h(
      "div",
      { className: "s2p-state s2p-empty" },
      h(Icon, { name: icon || "faCircleCheck", className: "s2p-state-icon" }),
      h("strong", null, title),
      children && h("span", { className: "text-muted" }, children)
    );
  }

  /** What went wrong, in words, with a way to try again. */
  function Problem({ error, onRetry }) {
    if (!error) return null;
    return h(
      "div",
      { className: "s2p-note s2p-bad", role: "alert" },
      h(Icon, { name: "faTriangleExclamation" }),
      h("span", { className: "s2p-grow" }, error.message || String(error)),
      onRetry && h(Button, { size: "sm", variant: "secondary", onClick: onRetry }, text("parts.try_again"))
    );
  }

  function Note({ tone, icon, children }) {
    return h("div", { className: `s2p-note s2p-${tone || "plain"}` }, icon && h(Icon, { name: icon }), h("div", { className: "s2p-grow" }, children));
  }

  /** A button that asks first. `question` is the dialog's title, `children` what will happen; `focusAfter` gets the focus where the button itself may be gone then. */
  function Confirm({ label, ariaLabel, question, confirmLabel, variant, size, disabled, onConfirm, focusAfter, children }) {
    const [open, setOpen] = React.useState(false);
    const [isConfirmed, setConfirmed] = React.useState(false);
    const cancel = React.useRef(null);
    const close = () => setOpen(false);
    const confirm = () => {
      setConfirmed(true);
      close();
      onConfirm();
    };
    const leave = () => {
      if (isConfirmed && focusAfter.current) focusAfter.current.focus();
      setConfirmed(false);
    };
    return h(
      React.Fragment,
      null,
      h(Button, { variant: variant || "danger", size, disabled, "aria-label": ariaLabel, onClick: () => setOpen(true) }, label),
      h(
        Modal,
        // Not autoFocus: it would run before react-bootstrap has noted whom to give the focus back to.
        { show: open, onHide: close, onEntered: () => cancel.current && cancel.current.focus(), onExited: leave, restoreFocus: !isConfirmed, "aria-labelledby": "s2p-question", dialogClassName: "s2p-dialog" },
        h(Modal.Header, null, h(Modal.Title, { id: "s2p-question", as: "h2", className: "h5" }, question)),
        h(Modal.Body, null, children),
        h(
          Modal.Footer,
          null,
          h(Button, { variant: "secondary", onClick: close, ref: cancel }, text("parts.cancel")),
          h(Button, { variant: "danger", onClick: confirm }, confirmLabel)
        )
      )
    );
  }

  /** react-bootstrap's own bar puts its name on the wrong element, so a screen reader would hear none. */
  function Bar({ done, total, label }) {
    const percent = total > 0 ? Math.min(100, (100 * done) / total) : 0;
    return h(
      "div",
      { className: "progress", role: "progressbar", "aria-label": label, "aria-valuenow": done, "aria-valuemin": 0, "aria-valuemax": total },
      h("div", { className: "progress-bar", style: { width: `${percent}%` } })
    );
  }

  /** One of several, each with its count. @param {{label: string, chosen: string, onChoose: Function, choices: {key: string, name: string, count: number, isForPerson?: boolean}[]}} props */
  function Choices({ label, chosen, onChoose, choices }) {
    return h(
      Nav,
      { variant: "pills", className: "s2p-pills", activeKey: chosen, onSelect: onChoose, "aria-label": label },
      choices.map((each) =>
        h(
          Nav.Item,
          { key: each.key },
          h(
            Nav.Link,
            { as: "button", type: "button", eventKey: each.key, "aria-pressed": chosen === each.key, className: each.isForPerson && each.count ? "s2p-pressing" : "" },
            `${each.name} `,
            h("span", { className: "s2p-count" }, words.number(each.count))
          )
        )
      )
    );
  }

  /** Pages from 0; nothing where one page holds all. */
  function Pager({ page, perPage, total, onPage, label }) {
    const pages = Math.ceil(total / perPage);
    if (pages < 2) return null;
    const from = page * perPage + 1;
    const to = Math.min(total, from + perPage - 1);
    return h(
      "nav",
      { className: "s2p-pager", "aria-label": label },
      h(Button, { size: "sm", variant: "secondary", disabled: page === 0, onClick: () => onPage(page - 1) }, text("parts.previous")),
      h("span", { "aria-live": "polite" }, text("parts.range", { from, to, total })),
      h(Button, { size: "sm", variant: "secondary", disabled: page >= pages - 1, onClick: () => onPage(page + 1) }, text("parts.next"))
    );
  }

  /** The cover and title of a scene, leading to its page; with a `ratingKey`, the poster of that item instead. `scene` as titles have it: null for one that Stash no longer has; a lost one has a number below zero. */
  function SceneLink({ id, scene, small, ratingKey }) {
    const [broken, setBroken] = React.useState(false);
    const className = `s2p-scene${small ? " s2p-scene-small" : ""}`;
    const name = (scene && scene.title) || text("parts.scene", { id: String(id) });
    const gone = id < 0 ? text("parts.lost_scene") : text("parts.gone", { name });
    if (scene === null || id < 0) {
      return h("span", { className }, h("span", { className: "s2p-cover" }, h(Icon, { name: "faFilm" })), h("span", { className: "s2p-scene-title" }, gone));
    }
    const cover = broken ? h(Icon, { name: "faFilm" }) : h("img", { src: s2p.stashUrl(`scene/${id}/screenshot`), alt: "", loading: "lazy", onError: () => setBroken(true) });
    return h(
      s2p.router.Link,
      { to: `/scenes/${id}`, className },
      ratingKey ? h(s2p.parts.Thumbnail, { ratingKey, otherwise: cover }) : h("span", { className: "s2p-cover" }, cover),
      h("span", { className: "s2p-scene-title" }, name)
    );
  }

  /** A field's value. Tags of a list that are in `marked` carry `sign`, so that no meaning hangs on colour alone. */
  function Value({ value, marked, sign }) {
    if (words.isEmpty(value)) return h("span", { className: "text-muted s2p-nothing" }, text("parts.empty"));
    if (Array.isArray(value)) {
      return h(
        "span",
        { className: "s2p-tags" },
        value.map((tag, index) => {
          const isMarked = marked && marked.includes(tag);
          return h(Badge, { key: index, variant: "secondary", className: isMarked ? "s2p-tag-marked" : "" }, isMarked ? `${sign} ${tag}` : tag);
        })
      );
    }
    return typeof value === "number" ? h(s2p.parts.Rating, { value }) : h(LongText, { value }); // only ratings are numbers
  }

  /** Text of which a few lines are shown, with a way to see the rest. */
  function LongText({ value }) {
    const [open, setOpen] = React.useState(false);
    const [isCut, setCut] = React.useState(false);
    const shown = React.useRef(null);
    React.useEffect(() => {
      if (!open && shown.current) setCut(shown.current.scrollHeight > shown.current.clientHeight + 1);
    }, [value, open]);
    return h(
      React.Fragment,
      null,
      h("span", { className: `s2p-text${open ? " s2p-text-open" : ""}`, ref: shown }, value),
      isCut && h(Button, { variant: "link", size: "sm", className: "s2p-more", "aria-expanded": open, onClick: () => setOpen(!open) }, text(open ? "parts.show_less" : "parts.show_all"))
    );
  }

  /** Fields before and after, as a table; with `headings`, before they are sent. @param {{changes: object[], caption: string}} props */
  function Changes({ changes, caption, headings }) {
    const [before, after] = headings || [text("parts.before"), text("parts.after")];
    return h(
      "table",
      { className: "table table-sm s2p-changes s2p-stacked" },
      h("caption", { className: "sr-only" }, caption),
      h("thead", null, h("tr", null, [text("parts.field"), before, after].map((name) => h("th", { key: name, scope: "col" }, name)))),
      h("tbody", null, changes.map((change) => h(ChangeRow, { key: change.field, change, before, after, isDone: !headings })))
    );
  }

  function ChangeRow({ change, before, after, isDone }) {
    const isPicture = ["poster", "background", "actor_photos"].includes(change.field);
    const list = (value) => (Array.isArray(value) ? value : []);
    const added = list(change.after).filter((tag) => !list(change.before).includes(tag));
    const removed = list(change.before).filter((tag) => !list(change.after).includes(tag));
    return h(
      "tr",
      null,
      h("th", { scope: "row" }, change.name),
      isPicture
        ? h("td", { colSpan: 2 }, change.after || text(change.field === "actor_photos" ? "parts.photos" : isDone ? "parts.cover_was_sent" : "parts.cover_will_be_sent"))
        : [
            h("td", { key: "before", "data-label": before }, h(Value, { value: change.before, marked: removed, sign: "−" })),
            h("td", { key: "after", "data-label": after }, h(Value, { value: change.after, marked: added, sign: "+" })),
          ]
    );
  }

  /** Tell the user shortly, the way Stash does. */
  function useTell() {
    const toast = s2p.api.hooks && s2p.api.hooks.useToast ? s2p.api.hooks.useToast() : null;
    return (message) => toast && toast.success(message);
  }

  s2p.parts = { Icon, Boundary, Loading, Empty, Problem, Note, Confirm, Bar, Choices, Pager, SceneLink, Value, Changes };
  s2p.use = { ...s2p.use, tell: useTell };
})(window.Stash2Plex);
