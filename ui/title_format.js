/** The control of the title format: a box to type into, its fields to insert, and examples to start with. */
(function (s2p) {
  "use strict";

  const { h, React } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const EXAMPLES = ["{title} ({year})", "[{studio}] {title}", "{studio} - {title} - {performers} ({date})", "{group} {index}: {title}"];

  function TitleFormat({ id, setting, text, locked, isInvalid, onChange }) {
    const box = React.useRef(null);
    const caret = React.useRef(null);
    React.useEffect(() => {
      if (caret.current === null || !box.current) return;
      box.current.focus();
      box.current.setSelectionRange(caret.current, caret.current);
      caret.current = null;
    }, [text]);
    const insert = (name) => {
      const [from, to] = box.current ? [box.current.selectionStart, box.current.selectionEnd] : [text.length, text.length];
      const field = `{${name}}`;
      caret.current = from + field.length;
      onChange(text.slice(0, from) + field + text.slice(to));
    };
    return h(
      React.Fragment,
      null,
      h(
        Form.Group,
        { controlId: id },
        h(Form.Label, null, setting.name),
        h(Form.Control, { ref: box, type: "text", className: "text-input", value: text, placeholder: setting.example, disabled: locked, isInvalid, "aria-invalid": isInvalid, spellCheck: false, autoComplete: "off", "aria-describedby": `${id}-help`, onChange: (event) => onChange(event.target.value || null) })
      ),
      !locked && h(
        "div",
        { className: "s2p-chips", role: "group", "aria-label": s2p.text("title_format.fields") },
        setting.choices.map((name) => h(Button, { key: name, size: "sm", variant: "secondary", onClick: () => insert(name) }, `{${name}}`))
      ),
      !locked && !text && h(
        "div",
        { className: "s2p-chips", role: "group", "aria-label": s2p.text("title_format.examples_label") },
        h("span", { className: "text-muted" }, s2p.text("title_format.examples")),
        EXAMPLES.map((example) => h(Button, { key: example, size: "sm", variant: "link", onClick: () => onChange(example) }, example))
      )
    );
  }

  s2p.TitleFormat = TitleFormat;
})(window.Stash2Plex);
