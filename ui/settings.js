/** Set-up, third part: every setting in its group, with the control that fits, its default, its help, and who overrules it. */
(function (s2p) {
  "use strict";

  const { h, React, parts, stores } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const ELSEWHERE = new Set(["plex_url", "plex_token", "plex_library", "path_rules", "skip_tls_verify"]); // above, each with more help

  function AllSettings({ settings }) {
    return h(
      React.Fragment,
      null,
      settings.groups.map((group) => {
        const shown = group.settings.filter((setting) => !ELSEWHERE.has(setting.key));
        return shown.length ? h(Group, { key: group.name, name: group.name, settings: shown }) : null;
      })
    );
  }

  function Group({ name, settings }) {
    const tell = s2p.use.tell();
    const [edits, setEdits] = s2p.use.state({});
    const [problems, setProblems] = s2p.use.state({});
    const save = s2p.use.action(async () => {
      const found = await stores.saveSettings(edits);
      setProblems(found);
      if (Object.keys(found).length) return;
      setEdits({});
      tell(`${name}: saved.`);
    });
    const isChanged = Object.keys(edits).length > 0;
    const here = settings.filter((setting) => setting.in_stash);
    const elsewhere = settings.filter((setting) => !setting.in_stash);
    const row = (setting) =>
      h(Setting, { key: setting.key, setting, value: setting.key in edits ? edits[setting.key] : setting.stored, problem: problems[setting.key] || setting.problem, onChange: (value) => setEdits({ ...edits, [setting.key]: value }) });
    return h(
      Form,
      { className: "s2p-card", "aria-label": `Settings: ${name}`, onSubmit: (event) => { event.preventDefault(); save.run(); } },
      h("h2", null, name),
      here.map(row),
      elsewhere.length > 0 && h("details", { className: "s2p-elsewhere" }, h("summary", null, `Only in config.yaml (${elsewhere.length})`), elsewhere.map(row)),
      here.length > 0 && h(
        "div",
        { className: "s2p-buttons" },
        h(Button, { type: "submit", disabled: !isChanged || save.busy }, "Save"),
        isChanged && h(Button, { variant: "secondary", onClick: () => { setEdits({}); setProblems({}); } }, "Undo changes")
      ),
      h(parts.Problem, { error: save.error })
    );
  }

  function Setting({ setting, value, problem, onChange }) {
    const locked = Boolean(setting.overridden_by) || !setting.in_stash;
    const id = `s2p-set-${setting.key}`;
    const shown = locked && !setting.in_stash ? setting.value : value;
    const Control = CONTROLS[setting.control] || TextControl;
    return h(
      "div",
      { className: "s2p-setting" },
      h(Control, { id, setting, value: shown, locked, isInvalid: Boolean(problem), onChange }),
      h(
        "p",
        { id: `${id}-help`, className: "s2p-help" },
        problem && h("span", { className: "s2p-invalid" }, `${problem} `),
        h("span", null, `${setting.help} `),
        h("span", { className: "text-muted" }, `Default: ${setting.default}.`),
        setting.overridden_by ? h("strong", null, ` Set by ${setting.overridden_by}${setting.control === "secret" ? "" : `: ${setting.value || "empty"}`}.`) : null,
        !setting.in_stash && !setting.overridden_by ? h("span", { className: "text-muted" }, ` Only in config.yaml (${setting.key}).`) : null
      )
    );
  }

  function TextControl({ id, setting, value, locked, isInvalid, onChange }) {
    return h(
      Form.Group,
      { controlId: id },
      h(Form.Label, null, setting.name),
      h(Form.Control, { type: "text", className: "text-input", value: value === null || value === undefined ? "" : String(value), placeholder: setting.example, disabled: locked, isInvalid, spellCheck: false, "aria-describedby": `${id}-help`, onChange: (event) => onChange(event.target.value || null) })
    );
  }

  function NumberControl({ id, setting, value, locked, isInvalid, onChange }) {
    return h(
      Form.Group,
      { controlId: id },
      h(Form.Label, null, setting.name),
      h(Form.Control, { type: "number", className: "text-input s2p-number", value: value || "", placeholder: setting.default, min: setting.least, max: setting.most, step: "any", disabled: locked, isInvalid, "aria-describedby": `${id}-help`, onChange: (event) => onChange(event.target.value === "" ? null : Number(event.target.value)) })
    );
  }

  function SwitchControl({ id, setting, value, locked, onChange }) {
    const checked = locked ? setting.value === "on" : value === true || value === "true";
    return h(Form.Check, { type: "switch", id, label: setting.name, checked, disabled: locked, "aria-describedby": `${id}-help`, onChange: (event) => onChange(event.target.checked || null) });
  }

  function ChoiceControl({ id, setting, value, locked, isInvalid, onChange }) {
    const fallback = setting.default;
    return h(
      Form.Group,
      { controlId: id },
      h(Form.Label, null, setting.name),
      h(
        Form.Control,
        { as: "select", className: "input-control", value: locked ? setting.value : value || fallback, disabled: locked, isInvalid, "aria-describedby": `${id}-help`, onChange: (event) => onChange(event.target.value === fallback ? null : event.target.value) },
        setting.choices.map((choice) => h("option", { key: choice, value: choice }, choice))
      )
    );
  }

  function ChoicesControl({ id, setting, value, locked, onChange }) {
    const chosen = String((locked ? setting.value : value) || "").split(",").map((word) => word.trim()).filter(Boolean);
    const toggle = (choice) => {
      const next = setting.choices.filter((each) => (each === choice ? !chosen.includes(each) : chosen.includes(each)));
      onChange(next.join(", ") || null);
    };
    return h(
      "fieldset",
      { className: "s2p-options s2p-options-inline", disabled: locked, "aria-describedby": `${id}-help` },
      h("legend", null, setting.name),
      setting.choices.map((choice) => h(Form.Check, { key: choice, inline: true, type: "checkbox", id: `${id}-${choice}`, label: choice, checked: chosen.includes(choice), onChange: () => toggle(choice) }))
    );
  }

  const CONTROLS = { switch: SwitchControl, number: NumberControl, choice: ChoiceControl, choices: ChoicesControl };

  s2p.AllSettings = AllSettings;
})(window.Stash2Plex);
