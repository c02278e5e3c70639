/** Set-up, third part: every setting in its group, with the control that fits, its default, its help, and who overrules it. */
(function (s2p) {
  "use strict";

  const { h, React, parts, stores } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const ELSEWHERE = new Set(["plex_url", "plex_token", "plex_library", "path_rules", "skip_tls_verify"]); // above, each with more help
  const SAMPLED = new Set(["Content"]); // groups whose settings shape what a scene gets

  /** `libraries` are those of the server, as far as it answered. */
  function AllSettings({ settings, libraries }) {
    const [library, setLibrary] = s2p.use.state(""); // "": all
    const drafts = React.useRef({}); // what is typed and not saved outlives a look at another library
    const own = (settings.libraries.find((each) => each.name === library) || { settings: {} }).settings;
    return h(
      React.Fragment,
      null,
      h(LibraryChoice, { settings, libraries, library, onChange: setLibrary }),
      settings.groups.map((group) => {
        const shown = group.settings.filter((setting) => (library ? setting.by_library : !ELSEWHERE.has(setting.key)));
        const key = `${group.name} ${library}`;
        return shown.length ? h(Group, { key, name: group.name, settings: shown, configFile: settings.config_file, library, own, draft: drafts.current[key], onDraft: (edits) => { drafts.current[key] = edits; } }) : null;
      })
    );
  }

  /** For which library settings are shown: all, one of the server's, or one that has some and is not there. */
  function LibraryChoice({ settings, libraries, library, onChange }) {
    const usable = libraries.filter((each) => each.usable);
    const isTwice = (title) => usable.filter((each) => each.title === title).length > 1;
    const named = new Map(usable.map((each) => [isTwice(each.title) ? String(each.key) : each.title, isTwice(each.title) ? `${each.title} (id ${each.key})` : each.title]));
    const titleOf = (name) => (usable.find((each) => String(each.key) === name) || {}).title;
    settings.libraries.forEach(({ name }) => named.has(name) || named.set(name, titleOf(name) ? `${titleOf(name)} (id ${name})` : usable.length ? `${name} (not in Plex)` : name));
    if (!library && named.size < 2 && !settings.libraries.length) return null;
    const count = (name) => Object.keys((settings.libraries.find((each) => each.name === name) || { settings: {} }).settings).length;
    return h(
      Form.Group,
      { controlId: "s2p-library-choice", className: "s2p-card" },
      h(Form.Label, null, "Settings for"),
      h(
        Form.Control,
        { as: "select", className: "input-control", value: library, "aria-describedby": "s2p-library-choice-help", onChange: (event) => onChange(event.target.value) },
        h("option", { value: "" }, "all libraries"),
        [...named].map(([name, shown]) => h("option", { key: name, value: name }, count(name) ? `${shown}: ${count(name)} of its own` : shown))
      ),
      h("p", { id: "s2p-library-choice-help", className: "s2p-help" }, library ? "What is not the library's own is as for all libraries." : "A library may have settings of its own: which scenes, what they get, and their pictures.")
    );
  }

  function Group({ name, settings, configFile, library, own, draft, onDraft }) {
    const tell = s2p.use.tell();
    const [edits, setEdits] = s2p.use.state(draft || {});
    React.useEffect(() => onDraft(edits), [edits]);
    const [problems, setProblems] = s2p.use.state({});
    const [tried, setTried] = s2p.use.state({});
    const save = s2p.use.action(async () => {
      const found = await stores.saveSettings(edits, library);
      setProblems(found);
      if (Object.keys(found).length) return;
      setEdits((now) => Object.fromEntries(Object.entries(now).filter(([key, value]) => value !== edits[key]))); // what was typed meanwhile stays
      tell(library ? `${name} in ${library}: saved.` : `${name}: saved.`);
    });
    const change = (key, value) => {
      setEdits((now) => (value === undefined ? without(now, key) : { ...now, [key]: value }));
      setProblems((now) => without(now, key)); // it was said of what stood there before
    };
    const isChanged = Object.keys(edits).length > 0;
    const here = settings.filter((setting) => library || !setting.line);
    const elsewhere = settings.filter((setting) => !library && setting.line);
    const row = (setting) => {
      const problem = problems[setting.key] || tried[setting.key];
      const shown = { key: setting.key, setting, edit: edits[setting.key], onChange: (value) => change(setting.key, value) };
      return library ? h(LibrarySetting, { ...shown, own: own[setting.key], problem }) : h(Setting, { ...shown, problem: problem || setting.problem });
    };
    return h(
      Form,
      { className: SAMPLED.has(name) ? "s2p-card s2p-with-sample" : "s2p-card", "aria-label": `Settings: ${name}`, onSubmit: (event) => { event.preventDefault(); save.run(); } },
      h("h2", null, library ? `${name} in ${library}` : name),
      here.map(row),
      elsewhere.length > 0 && h("details", { className: "s2p-elsewhere" },
        h("summary", null, `Only in config.yaml (${elsewhere.length})`),
        h("p", { className: "s2p-help" }, "These are shown but cannot be changed here. Write them into ", h("span", { className: "s2p-path" }, configFile), " where Stash runs, a line each; they count from the next sync on."),
        elsewhere.map(row)
      ),
      here.length > 0 && h(
        "div",
        { className: "s2p-buttons" },
        h(Button, { type: "submit", disabled: !isChanged || save.busy }, "Save"),
        isChanged && h(Button, { variant: "secondary", onClick: () => { setEdits({}); setProblems({}); } }, "Undo changes")
      ),
      h(parts.Problem, { error: save.error }),
      SAMPLED.has(name) && h(s2p.Sample, { values: edits, library, onProblems: setTried })
    );
  }

  function without(values, key) {
    const { [key]: _, ...others } = values;
    return others;
  }

  /** A setting of one library: as for all, or its own. `edit`: undefined for nothing, null for as for all. */
  function LibrarySetting({ setting, own, edit, problem, onChange }) {
    const isOwn = edit === undefined ? Boolean(own) : edit !== null;
    const shown = own ? { ...setting, ...own, line: "" } : { ...setting, stored: null, overridden_by: "", problem: "", line: "" };
    const start = setting.control === "switch" ? setting.value === "on" : setting.value;
    const give = (event) => onChange(event.target.checked ? (own ? undefined : start) : own ? null : undefined);
    const id = `s2p-own-${setting.key}`;
    return h(
      "div",
      { className: "s2p-own" },
      h(Form.Check, { type: "checkbox", id, label: "its own", "aria-label": `${setting.name}: its own`, checked: isOwn, disabled: Boolean(shown.overridden_by), onChange: give }),
      h(Setting, {
        setting: isOwn ? shown : { ...shown, value: setting.value, stored: setting.value },
        edit: isOwn && edit !== null ? edit : undefined,
        problem: problem || (isOwn ? shown.problem : ""),
        isAsForAll: !isOwn,
        onChange: (value) => onChange(value === null ? NOTHING[setting.control] ?? (setting.control === "choice" ? setting.default : "") : value), // a library may have none of what there is for all
      })
    );
  }

  const NOTHING = { switch: false, number: 0 };

  /** `edit` is what was chosen and not saved yet: undefined for nothing, null for the default. */
  function Setting({ setting, edit, problem, isAsForAll, onChange }) {
    const locked = Boolean(setting.overridden_by || setting.line || isAsForAll);
    const id = `s2p-set-${setting.key}`;
    const Control = CONTROLS[setting.control] || TextControl;
    return h(
      "div",
      { className: "s2p-setting" },
      h(Control, { id, setting, edit: locked ? undefined : edit, locked, isInvalid: Boolean(problem), onChange }),
      h(
        "p",
        { id: `${id}-help`, className: "s2p-help" },
        problem && h("span", { className: "s2p-invalid" }, `${problem} `),
        h("span", null, `${setting.help} `),
        h("span", { className: "text-muted" }, isAsForAll ? "As for all libraries." : `Default: ${setting.default}.`),
        setting.overridden_by ? h("strong", null, ` Set by ${setting.overridden_by}${setting.control === "secret" ? "" : `: ${setting.value || "empty"}`}.`) : null,
        setting.line ? h("span", { className: "s2p-line" }, " In config.yaml: ", h("code", null, setting.line)) : null
      )
    );
  }

  /** What stands in a box to type into: the edit, else what is stored as it was typed, else what counts where it cannot be typed here. */
  function typedText(setting, edit, locked) {
    const value = edit !== undefined ? edit : locked ? setting.value : setting.stored;
    return value === null || value === undefined ? "" : String(value);
  }

  function TextControl({ id, setting, edit, locked, isInvalid, onChange }) {
    return h(
      Form.Group,
      { controlId: id },
      h(Form.Label, null, setting.name),
      h(Form.Control, { type: "text", className: "text-input", value: typedText(setting, edit, locked), placeholder: locked ? "" : setting.example, disabled: locked, isInvalid, "aria-invalid": isInvalid, spellCheck: false, "aria-describedby": `${id}-help`, onChange: (event) => onChange(event.target.value || null) })
    );
  }

  function NumberControl({ id, setting, edit, locked, isInvalid, onChange }) {
    const text = typedText(setting, edit, locked);
    return h(
      Form.Group,
      { controlId: id },
      h(Form.Label, null, setting.name),
      // Stash shows 0 for a number that was never set.
      h(Form.Control, { type: "number", className: "text-input s2p-number", value: text === "0" && !locked ? "" : text, placeholder: setting.default, min: setting.least, max: setting.most, step: "any", disabled: locked, isInvalid, "aria-invalid": isInvalid, "aria-describedby": `${id}-help`, onChange: (event) => onChange(event.target.value === "" ? null : Number(event.target.value)) })
    );
  }

  function SwitchControl({ id, setting, edit, locked, isInvalid, onChange }) {
    const checked = edit === undefined ? setting.value === "on" : Boolean(edit);
    return h(Form.Check, { type: "switch", id, label: setting.name, checked, disabled: locked, "aria-invalid": isInvalid, "aria-describedby": `${id}-help`, onChange: (event) => onChange(event.target.checked || null) });
  }

  function ChoiceControl({ id, setting, edit, locked, isInvalid, onChange }) {
    const fallback = setting.default;
    const value = edit === undefined ? setting.value : edit || fallback;
    const isKnown = setting.choices.includes(value);
    return h(
      Form.Group,
      { controlId: id },
      h(Form.Label, null, setting.name),
      h(
        Form.Control,
        { as: "select", className: "input-control", value, disabled: locked, isInvalid, "aria-invalid": isInvalid, "aria-describedby": `${id}-help`, onChange: (event) => onChange(event.target.value === fallback ? null : event.target.value) },
        !isKnown && h("option", { key: value, value }, value),
        setting.choices.map((choice, place) => h("option", { key: choice, value: choice }, [choice, setting.choice_names[place]].filter(Boolean).join(": ")))
      )
    );
  }

  /** Built from what counts, in its one form: what Stash holds may be written in several ways, and a box that looks empty would be saved so. */
  function ChoicesControl({ id, setting, edit, locked, isInvalid, onChange }) {
    const chosen = String((edit === undefined ? setting.value : edit) || "").split(",").map((word) => word.trim().toLowerCase()).filter(Boolean);
    const toggle = (choice) => {
      const next = setting.choices.filter((each) => (each === choice ? !chosen.includes(each) : chosen.includes(each)));
      onChange(next.join(", ") || null);
    };
    return h(
      "fieldset",
      { className: "s2p-options s2p-options-inline", disabled: locked, "aria-describedby": `${id}-help` },
      h("legend", null, setting.name),
      setting.choices.map((choice) => h(Form.Check, { key: choice, inline: true, type: "checkbox", id: `${id}-${choice}`, label: choice, checked: chosen.includes(choice), "aria-invalid": isInvalid, onChange: () => toggle(choice) }))
    );
  }

  function TitleFormatControl(props) {
    return h(s2p.TitleFormat, { ...props, text: typedText(props.setting, props.edit, props.locked) });
  }

  function TagRulesControl(props) {
    return h(s2p.TagRules, { ...props, text: typedText(props.setting, props.edit, props.locked) });
  }

  const CONTROLS = { switch: SwitchControl, number: NumberControl, choice: ChoiceControl, choices: ChoicesControl, title_format: TitleFormatControl, tag_rules: TagRulesControl };

  s2p.AllSettings = AllSettings;
})(window.Stash2Plex);
