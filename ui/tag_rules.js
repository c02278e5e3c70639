/** The control of rules on tags: a row each, in their order, or the text that they are kept as. */
(function (s2p) {
  "use strict";

  const { h, React } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const ARROW = "=>";
  const BELOW = "/*"; // behind a tag: that tag, and all below it
  const REST_MS = 300;

  /** Text to rows `{tag, isDeep, value}`, as matching/tag_rules.py reads it; a rule without a tag is for all. */
  function rowsOf(text) {
    return lines(text).flatMap(parts).map((part) => {
      const at = part.lastIndexOf(ARROW);
      const tag = at < 0 ? "" : unquoted(part.slice(0, at).trim());
      const isDeep = tag.endsWith(BELOW) && tag !== BELOW; // below nothing is not: for all
      return { tag: isDeep ? tag.slice(0, -BELOW.length) : tag, isDeep, value: unquoted(part.slice(at < 0 ? 0 : at + ARROW.length).trim()) };
    });
  }

  function lines(text) {
    try {
      const listed = text.trim().startsWith("[") ? JSON.parse(text) : null;
      if (Array.isArray(listed)) return listed.map(String);
    } catch (error) {
      // a name may begin with a bracket
    }
    return text.split(/[\r\n]+/);
  }

  function parts(line) {
    const found = [];
    const pieces = line.split(";");
    while (pieces.length) {
      let part = pieces.shift();
      while (isOpen(part) && pieces.some(closes)) part += `;${pieces.shift()}`;
      if (part.trim()) found.push(part);
    }
    return found;
  }

  function isOpen(part) {
    const side = part.split(ARROW).pop().trim();
    return side.startsWith('"') && (side === '"' || !side.endsWith('"'));
  }

  const closes = (piece) => piece.split(ARROW)[0].trim().endsWith('"');
  const unquoted = (side) => (side.length > 1 && side.startsWith('"') && side.endsWith('"') && side.includes(";") ? side.slice(1, -1) : side);
  const quoted = (side) => (side.includes(";") ? `"${side}"` : side);

  function textOf(rows) {
    return spoken(rows).map(([tag, value]) => (tag ? `${quoted(tag)} ${ARROW} ${quoted(value)}` : quoted(value))).join("; ");
  }

  /** Whether the text of `rows` is read as what they say. A value with an arrow in it is not, nor a side with `"` and `;`. */
  function isKept(rows) {
    return JSON.stringify(spoken(rows)) === JSON.stringify(spoken(rowsOf(textOf(rows))));
  }

  const named = (row) => (row.tag.trim() ? row.tag.trim() + (row.isDeep ? BELOW : "") : "");
  const spoken = (rows) => rows.filter((row) => !row.isNew).map((row) => [named(row), row.value.trim()]).filter(([tag, value]) => tag || value);

  /** `text` is what is typed or stored. Rows that say nothing yet, as those just added, live here only. */
  function TagRules({ id, setting, text, locked, isInvalid, onChange }) {
    const [isText, setText] = s2p.use.state(() => !isKept(rowsOf(text)));
    const [rows, setRows] = s2p.use.state(() => rowsOf(text));
    const given = React.useRef(text);
    React.useLayoutEffect(() => {
      if (given.current !== text) setRows(rowsOf(text));
      given.current = text;
    }, [text]);
    const change = (next) => {
      if (!isKept(next)) return; // a sign that no rule can hold
      setRows(next);
      given.current = textOf(next);
      onChange(given.current || null);
    };
    const move = (from, to) => {
      const next = [...rows];
      next.splice(to, 0, next.splice(from, 1)[0]);
      change(next);
    };
    const put = (place, changes) => change(rows.map((row, each) => (each === place ? { ...row, ...changes, isNew: false } : row)));
    if (isText || locked) {
      return h(
        Form.Group,
        { controlId: id },
        h(Form.Label, null, setting.name),
        h(Form.Control, { type: "text", className: "text-input", value: text, placeholder: locked ? "" : setting.example, disabled: locked, isInvalid, "aria-invalid": isInvalid, spellCheck: false, "aria-describedby": `${id}-help`, onChange: (event) => onChange(event.target.value || null) }),
        !locked && isKept(rowsOf(text)) && h(Button, { variant: "link", size: "sm", onClick: () => setText(false) }, s2p.text("tag_rules.as_rows"))
      );
    }
    return h(
      "fieldset",
      { className: "s2p-tag-rules", id, "aria-describedby": `${id}-help` },
      h("legend", null, setting.name),
      rows.length > 0 && h("ol", null, rows.map((row, place) => h(Row, { key: place, row, place, last: rows.length - 1, id, setting, isInvalid, onPut: put, onMove: move, onRemove: () => change(rows.filter((_, each) => each !== place)) }))),
      h(Button, { variant: "secondary", size: "sm", "aria-label": `${setting.name}: ${s2p.text("tag_rules.add")}`, onClick: () => change([...rows, { tag: "", isDeep: false, value: setting.choices[0] || "", isNew: true }]) }, s2p.text("tag_rules.add")),
      h(Button, { variant: "link", size: "sm", "aria-label": `${setting.name}: ${s2p.text("tag_rules.as_text")}`, onClick: () => setText(true) }, s2p.text("tag_rules.as_text"))
    );
  }

  function Row({ row, place, last, id, setting, isInvalid, onPut, onMove, onRemove }) {
    const called = s2p.text("tag_rules.rule", { setting: setting.name, place: place + 1 });
    const everything = s2p.text(setting.choices.length ? "tag_rules.every_tag" : "tag_rules.every_scene");
    const value = { className: setting.choices.length ? "input-control" : "text-input", size: "sm", value: row.value, isInvalid, "aria-label": `${called}: ${s2p.text("tag_rules.becomes")}`, onChange: (event) => onPut(place, { value: event.target.value }) };
    const button = (label, sign, onClick, disabled) => h(Button, { variant: "secondary", size: "sm", disabled, "aria-label": `${called}: ${label}`, title: label, onClick }, sign);
    return h(
      "li",
      null,
      h(TagBox, { id: `${id}-${place}`, text: row.tag, label: `${called}: ${s2p.text("tag_rules.tag")}`, placeholder: everything, onChange: (tag) => onPut(place, { tag }) }),
      h(Form.Check, { type: "checkbox", id: `${id}-${place}-deep`, label: s2p.text("tag_rules.below"), "aria-label": `${called}: ${s2p.text("tag_rules.all_below")}`, title: s2p.text("tag_rules.all_below"), checked: row.isDeep, disabled: !row.tag.trim(), onChange: (event) => onPut(place, { isDeep: event.target.checked }) }),
      h("span", { "aria-hidden": true }, "→"),
      setting.choices.length
        ? h(Form.Control, { as: "select", ...value }, targets(setting.choices, row.value).map((each) => h("option", { key: each, value: each }, each)))
        : h(Form.Control, { type: "text", spellCheck: false, ...value }),
      h("span", { className: "s2p-rule-buttons" }, button(s2p.text("tag_rules.up"), "↑", () => onMove(place, place - 1), place === 0), button(s2p.text("tag_rules.down"), "↓", () => onMove(place, place + 1), place === last), button(s2p.text("tag_rules.remove"), "×", onRemove))
    );
  }

  /** Each target, two and three of them together, and what else stands there; the last one, nowhere, stands alone. */
  function targets(choices, value) {
    const several = choices.slice(0, -1).reduce((found, each) => [...found, ...found.map((others) => [...others, each])], [[]]).filter((each) => each.length);
    const words = [...several.sort((one, other) => one.length - other.length).map((each) => each.join(", ")), choices[choices.length - 1]];
    return words.includes(value) ? words : [value, ...words];
  }

  /** A box for a tag that offers those of Stash whose names hold what is typed. */
  function TagBox({ id, text, label, placeholder, onChange }) {
    const [isTyping, setTyping] = s2p.use.state(false);
    const [names, setNames] = s2p.use.state([]);
    const words = s2p.use.settled(text.trim(), REST_MS);
    React.useEffect(() => {
      if (isTyping && words) s2p.stash.tagNames(words).then(setNames, () => setNames([])); // a help only: what is typed counts without it
    }, [words, isTyping]);
    return h(
      React.Fragment,
      null,
      h(Form.Control, { type: "text", className: "text-input", size: "sm", value: text, placeholder, spellCheck: false, autoComplete: "off", list: `${id}-tags`, "aria-label": label, onChange: (event) => { setTyping(true); onChange(event.target.value); } }),
      h("datalist", { id: `${id}-tags` }, names.map((name) => h("option", { key: name, value: name })))
    );
  }

  s2p.TagRules = TagRules;
})(window.Stash2Plex);
