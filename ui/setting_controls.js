/** One setting with the control that fits, its default, its help, and who overrules it: as Stash's own settings look, by Stash's own part where it offers that. */
(function (s2p) {
  "use strict";

  const { h, text } = s2p;
  const { Form } = s2p.bootstrap;

  /** What Stash's own part draws, for a Stash that offers none to a page of a plugin. */
  function PlainSetting({ className, heading, subHeading, children }) {
    return h("div", { className: `setting ${className || ""}` }, h("div", null, h("h3", null, heading), h("div", { className: "sub-heading" }, subHeading)), h("div", null, children));
  }

  /** Stash's own part `Setting`, which comes with the code of its settings page; null until that is known. */
  function useSettingPart() {
    const offered = () => (s2p.api.components || {}).Setting;
    const [found, setFound] = s2p.use.state(offered() ? { Part: offered() } : null);
    s2p.React.useEffect(() => {
      if (found) return;
      const settle = () => setFound({ Part: offered() || PlainSetting });
      const load = (s2p.api.loadableComponents || {}).Settings;
      if (load) load().then(settle, settle);
      else settle();
    }, []);
    return found && found.Part;
  }

  /** What is not one short box or switch: it stands below its help, as wide as there is room. */
  const WIDE = new Set(["choices", "title_format", "tag_rules"]);
  const OWN_LABEL = new Set(["title_format", "tag_rules"]);

  /** `edit` is what was chosen and not saved yet: undefined for nothing, null for the default. `onDone`: it was chosen, or typed to its end. `place`: where it stands, if it stands somewhere else too. */
  function Setting({ place = "set", Part, setting, edit, problem, isAsForAll, onChange, onDone, children }) {
    const locked = Boolean(setting.overridden_by || setting.line || isAsForAll);
    const id = `s2p-${place}-${setting.key}`;
    const control = h(CONTROLS[setting.control] || TextControl, { id, setting, edit: locked ? undefined : edit, locked, isInvalid: Boolean(problem), onChange, onDone });
    const help = h(Help, { id, setting, problem, isAsForAll });
    if (OWN_LABEL.has(setting.control)) return h("div", { className: "setting s2p-wide" }, h("div", { className: "s2p-grow" }, control, help, children));
    const heading = setting.control === "choices" ? setting.name : h("label", { htmlFor: id }, setting.name);
    return h(Part, { className: `${WIDE.has(setting.control) ? "s2p-wide" : ""}${locked ? " disabled" : ""}`, heading, subHeading: help }, children, control);
  }

  function Help({ id, setting, problem, isAsForAll }) {
    return h(
      "p",
      { id: `${id}-help`, className: "s2p-help" },
      problem && h("span", { className: "s2p-invalid" }, `${problem} `),
      h("span", null, setting.help.split("`").map((piece, place) => (place % 2 ? h("code", { key: place }, piece) : piece)), " "),
      h("span", { className: "text-muted" }, isAsForAll ? text("settings.as_for_all") : text("settings.default", { value: setting.choices.includes(setting.default) && !setting.choice_names.length ? text(`choice.${setting.default}`) : setting.default })),
      setting.overridden_by ? h("strong", null, " ", setting.control === "secret" ? text("settings.set_by", { by: setting.overridden_by }) : text("settings.set_by_to", { by: setting.overridden_by, value: setting.value || text("parts.empty") })) : null,
      setting.line ? h("span", { className: "s2p-line" }, ` ${text("settings.in_config")} `, h("code", null, setting.line)) : null
    );
  }

  /** What stands in a box to type into: the edit, else what is stored as it was typed, else what counts where it cannot be typed here. */
  function typedText(setting, edit, locked) {
    const value = edit !== undefined ? edit : locked ? setting.value : setting.stored;
    return value === null || value === undefined ? "" : String(value);
  }

  const told = (id, locked, isInvalid) => ({ id, disabled: locked, isInvalid, "aria-invalid": isInvalid, "aria-describedby": `${id}-help` });

  function TextControl({ id, setting, edit, locked, isInvalid, onChange, onDone }) {
    return h(Form.Control, { ...told(id, locked, isInvalid), type: "text", className: "text-input", value: typedText(setting, edit, locked), placeholder: locked ? "" : setting.example, spellCheck: false, onChange: (event) => onChange(event.target.value || null), onBlur: onDone });
  }

  function NumberControl({ id, setting, edit, locked, isInvalid, onChange, onDone }) {
    const shown = typedText(setting, edit, locked);
    // Stash shows 0 for a number that was never set.
    return h(Form.Control, { ...told(id, locked, isInvalid), type: "number", className: "text-input s2p-number", value: shown === "0" && !locked ? "" : shown, placeholder: setting.default, min: setting.least, max: setting.most, step: "any", onChange: (event) => onChange(event.target.value === "" ? null : Number(event.target.value)), onBlur: onDone });
  }

  function SwitchControl({ id, setting, edit, locked, isInvalid, onChange, onDone }) {
    const checked = edit === undefined ? setting.value === "on" : Boolean(edit);
    return h(Form.Switch, { ...told(id, locked, isInvalid), checked, onChange: (event) => { onChange(event.target.checked || null); onDone(); } });
  }

  function ChoiceControl({ id, setting, edit, locked, isInvalid, onChange, onDone }) {
    const fallback = setting.default;
    const value = edit === undefined ? setting.value : edit || fallback;
    const isKnown = setting.choices.includes(value);
    return h(
      Form.Control,
      { ...told(id, locked, isInvalid), as: "select", className: "input-control", value, onChange: (event) => { onChange(event.target.value === fallback ? null : event.target.value); onDone(); } },
      !isKnown && h("option", { key: value, value }, value),
      setting.choices.map((choice, place) => h("option", { key: choice, value: choice }, setting.choice_names.length ? `${choice}: ${setting.choice_names[place]}` : text(`choice.${choice}`)))
    );
  }

  /** Built from what counts, in its one form: what Stash holds may be written in several ways, and a box that looks empty would be saved so. */
  function ChoicesControl({ id, setting, edit, locked, isInvalid, onChange, onDone }) {
    const chosen = String((edit === undefined ? setting.value : edit) || "").split(",").map((word) => word.trim().toLowerCase()).filter(Boolean);
    const toggle = (choice) => {
      const next = setting.choices.filter((each) => (each === choice ? !chosen.includes(each) : chosen.includes(each)));
      onChange(next.join(", ") || null);
      onDone();
    };
    return h(
      "fieldset",
      { className: "s2p-options s2p-options-inline", disabled: locked, "aria-describedby": `${id}-help` },
      h("legend", { className: "sr-only" }, setting.name),
      setting.choices.map((choice) => h(Form.Check, { key: choice, inline: true, type: "checkbox", id: `${id}-${choice}`, label: text(`choice.${choice}`), checked: chosen.includes(choice), "aria-invalid": isInvalid, onChange: () => toggle(choice) }))
    );
  }

  function TitleFormatControl(props) {
    return h(s2p.TitleFormat, { ...props, text: typedText(props.setting, props.edit, props.locked) });
  }

  function TagRulesControl(props) {
    return h(s2p.TagRules, { ...props, text: typedText(props.setting, props.edit, props.locked) });
  }

  const CONTROLS = { switch: SwitchControl, number: NumberControl, choice: ChoiceControl, choices: ChoicesControl, title_format: TitleFormatControl, tag_rules: TagRulesControl };
  const NOTHING = { switch: false, number: 0 };

  /** A setting of one library: as for all, or its own. `edit`: undefined for nothing, null for as for all. */
  function LibrarySetting({ setting, own, edit, problem, onChange, onDone, ...others }) {
    const isOwn = edit === undefined ? Boolean(own) : edit !== null;
    const shown = own ? { ...setting, ...own, line: "" } : { ...setting, stored: null, overridden_by: "", problem: "", line: "" };
    const start = setting.control === "switch" ? setting.value === "on" : setting.value;
    const give = (event) => {
      onChange(event.target.checked ? (own ? undefined : start) : own ? null : undefined);
      onDone();
    };
    const id = `s2p-own-${setting.key}`;
    return h(
      Setting,
      {
        ...others,
        setting: isOwn ? shown : { ...shown, value: setting.value, stored: setting.value },
        edit: isOwn && edit !== null ? edit : undefined,
        problem: problem || (isOwn ? shown.problem : ""),
        isAsForAll: !isOwn,
        onChange: (value) => onChange(value === null ? NOTHING[setting.control] ?? (setting.control === "choice" ? setting.default : "") : value), // a library may have none of what there is for all
        onDone,
      },
      h(Form.Check, { type: "checkbox", id, className: "s2p-own", label: text("settings.own"), "aria-label": text("settings.own_of", { name: setting.name }), checked: isOwn, disabled: Boolean(shown.overridden_by), onChange: give }),
      others.children
    );
  }

  s2p.Setting = Setting;
  s2p.LibrarySetting = LibrarySetting;
  s2p.use = { ...s2p.use, settingPart: useSettingPart };
})(window.Stash2Plex);
