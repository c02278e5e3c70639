/** Set-up, last part: every setting in its group. Saved at once, as Stash saves its own, but for groups whose outcome is shown before they are saved. */
(function (s2p) {
  "use strict";

  const { h, React, parts, stores, text } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const ELSEWHERE = new Set(["plex_url", "plex_token", "plex_library", "path_rules", "skip_tls_verify"]); // above, each with more help
  /** Groups whose settings shape what scenes get: a slip would reach all of Plex, so ten scenes are shown first, and Save is pressed. */
  const SAMPLED = new Set(["Content"]);

  /** `libraries` are those of the server, as far as it answered. */
  function AllSettings({ settings, libraries }) {
    const [library, setLibrary] = s2p.use.state(""); // "": all
    const drafts = React.useRef({}); // what is typed and not saved outlives a look at another library
    const Part = s2p.use.settingPart();
    if (!Part) return h(parts.Loading);
    const own = (settings.libraries.find((each) => each.name === library) || { settings: {} }).settings;
    return h(
      React.Fragment,
      null,
      h(LibraryChoice, { settings, libraries, library, onChange: setLibrary }),
      settings.groups.map((group) => {
        const shown = group.settings.filter((setting) => (library ? setting.by_library : !ELSEWHERE.has(setting.key)));
        const key = `${group.name} ${library}`;
        if (!shown.length) return null;
        return h(Group, { key, Part, id: group.name, name: s2p.sentence(group.name), isSampled: SAMPLED.has(group.name), settings: shown, configFile: settings.config_file, library, own, draft: drafts.current[key], onDraft: (edits) => { drafts.current[key] = edits; } });
      })
    );
  }

  /** For which library settings are shown: all, one of the server's, or one that has some and is not there. */
  function LibraryChoice({ settings, libraries, library, onChange }) {
    const usable = libraries.filter((each) => each.usable);
    const isTwice = (title) => usable.filter((each) => each.title === title).length > 1;
    const withId = (title, id) => text("settings.library_id", { title, id: String(id) });
    const named = new Map(usable.map((each) => [isTwice(each.title) ? String(each.key) : each.title, isTwice(each.title) ? withId(each.title, each.key) : each.title]));
    const titleOf = (name) => (usable.find((each) => String(each.key) === name) || {}).title;
    settings.libraries.forEach(({ name }) => named.has(name) || named.set(name, titleOf(name) ? withId(titleOf(name), name) : usable.length ? text("settings.library_gone", { name }) : name));
    if (!library && named.size < 2 && !settings.libraries.length) return null;
    const count = (name) => Object.keys((settings.libraries.find((each) => each.name === name) || { settings: {} }).settings).length;
    return h(
      Form.Group,
      { controlId: "s2p-library-choice", className: "s2p-card" },
      h(Form.Label, null, text("settings.for")),
      h(
        Form.Control,
        { as: "select", className: "input-control", value: library, "aria-describedby": "s2p-library-choice-help", onChange: (event) => onChange(event.target.value) },
        h("option", { value: "" }, text("settings.all_libraries")),
        [...named].map(([name, shown]) => h("option", { key: name, value: name }, count(name) ? text("settings.library_own", { name: shown, count: count(name) }) : shown))
      ),
      h("p", { id: "s2p-library-choice-help", className: "s2p-help" }, library ? text("settings.library_help") : text("settings.all_help"))
    );
  }

  /** A group's frame: rows as Stash's own settings have them, what only config.yaml holds folded away. */
  function Group({ name, isSampled, settings, library, configFile, ...others }) {
    const here = settings.filter((setting) => library || !setting.line);
    const elsewhere = settings.filter((setting) => !library && setting.line);
    const folded = elsewhere.length > 0 && h("details", { className: "s2p-elsewhere" },
      h("summary", null, text("settings.only_in_config", { count: elsewhere.length })),
      h("p", { className: "s2p-help" }, ...s2p.textWith("settings.only_in_config_help", { file: h("span", { key: "file", className: "s2p-path" }, configFile) })),
      elsewhere.map((setting) => h(s2p.Setting, { key: setting.key, Part: others.Part, setting, problem: setting.problem }))
    );
    return h(isSampled ? DraftGroup : AtOnceGroup, { ...others, name, library, here, folded });
  }

  const headingOf = (name, library) => (library ? text("settings.group_in", { name, library }) : name);

  /** "As it is stored" (undefined) as a value of its own: a save that is under way makes that something else. */
  const inFull = (wish, own) => (wish !== undefined ? wish : own ? own.stored : null);

  // -- saved at once -----------------------------------------------------------------------------------------------

  function AtOnceGroup({ Part, name, library, own, here, folded, draft, onDraft }) {
    const unsaved = React.useRef(draft || {});
    const keep = (key, edit) => {
      unsaved.current = { ...unsaved.current, [key]: edit };
      onDraft(unsaved.current);
    };
    // Enter ends what is typed, as leaving the box does: there is no button that it could press.
    const end = (event) => event.key === "Enter" && event.target.tagName === "INPUT" && event.target.blur();
    return h(
      Form,
      { className: "setting-section s2p-settings", "aria-label": text("settings.group_form", { name }), noValidate: true, onKeyDown: end, onSubmit: (event) => event.preventDefault() },
      h("h2", null, headingOf(name, library)),
      h("div", { className: "card" }, here.map((setting) => h(AtOnce, { key: setting.key, Part, setting, library, own: own[setting.key], first: unsaved.current[setting.key], onEdit: (edit) => keep(setting.key, edit) })), folded)
    );
  }

  /** One setting that saves itself: what is typed stays until it is saved, also where that was refused. */
  function AtOnce({ Part, setting, library, own, first, onEdit }) {
    const [state, setState] = s2p.use.state({ edit: first, problem: "", isSaving: false, isSaved: false });
    const typed = React.useRef(first === undefined ? null : { value: first }); // what is not saved yet
    const isSaving = React.useRef(false);
    const isWanted = React.useRef(false);
    React.useEffect(() => onEdit(state.edit), [state.edit]);
    const change = (wish) => {
      const value = isSaving.current ? inFull(wish, own) : wish;
      typed.current = value === undefined ? null : { value };
      setState((now) => ({ ...now, edit: value, problem: "", isSaved: false }));
    };
    const save = async () => {
      isWanted.current = true;
      if (isSaving.current) return; // it goes on with what was ended last
      isSaving.current = true;
      while (isWanted.current && typed.current) {
        isWanted.current = false;
        const asked = typed.current;
        setState((now) => ({ ...now, isSaving: true }));
        const problem = await saved(setting.key, asked.value, library);
        const isLast = typed.current === asked;
        if (isLast && !problem) {
          typed.current = null;
          onEdit(undefined); // also where nobody looks at it any more
        }
        setState((now) => (isLast ? { edit: problem ? asked.value : undefined, problem, isSaving: false, isSaved: !problem } : { ...now, isSaving: false }));
      }
      isSaving.current = false;
    };
    const shown = { Part, setting, edit: state.edit, problem: state.problem, onChange: change, onDone: save };
    const word = h("span", { key: "word", className: "s2p-saved", role: "status" }, state.isSaving ? text("settings.saving") : state.isSaved ? h(React.Fragment, null, h(parts.Icon, { name: "faCheck" }), ` ${text("settings.saved")}`) : "");
    return library ? h(s2p.LibrarySetting, { ...shown, own }, word) : h(s2p.Setting, { ...shown, problem: shown.problem || (state.edit === undefined ? setting.problem : "") }, word);
  }

  /** Save one setting and return what is wrong with it, in words. */
  async function saved(key, value, library) {
    try {
      return Object.values(await stores.saveSettings({ [key]: value }, library)).join(" ");
    } catch (error) {
      return error.message;
    }
  }

  // -- shown before it is saved -------------------------------------------------------------------------------------

  function DraftGroup({ Part, id, name, library, own, here, folded, draft, onDraft }) {
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
      tell(text("settings.group_saved", { name: headingOf(name, library) }));
    });
    const change = (key, wish) => {
      const value = save.busy && key in edits ? inFull(wish, own[key]) : wish;
      setEdits((now) => (value === undefined ? without(now, key) : { ...now, [key]: value }));
      setProblems((now) => without(now, key)); // it was said of what stood there before
    };
    const isChanged = Object.keys(edits).length > 0;
    const row = (setting) => {
      const problem = problems[setting.key] || tried[setting.key];
      const shown = { key: setting.key, Part, setting, edit: edits[setting.key], onChange: (value) => change(setting.key, value), onDone: () => undefined };
      return library ? h(s2p.LibrarySetting, { ...shown, own: own[setting.key], problem }) : h(s2p.Setting, { ...shown, problem: problem || setting.problem });
    };
    return h(
      Form,
      { className: "setting-section s2p-settings s2p-with-sample", "data-group": id, tabIndex: -1, "aria-label": text("settings.group_form", { name }), onSubmit: (event) => { event.preventDefault(); save.run(); } },
      h("h2", null, headingOf(name, library)),
      h("div", { className: "card" }, here.map(row), folded),
      here.length > 0 && h(
        "div",
        { className: `s2p-buttons s2p-save${isChanged ? " s2p-some" : ""}` },
        h(Button, { type: "submit", disabled: !isChanged || save.busy }, text("settings.save")),
        isChanged && h(Button, { variant: "secondary", onClick: () => { setEdits({}); setProblems({}); } }, text("settings.undo")),
        h("span", { className: "text-muted" }, text("settings.try_first"))
      ),
      h(parts.Problem, { error: save.error }),
      h(s2p.Sample, { values: edits, library, onProblems: setTried })
    );
  }

  function without(values, key) {
    const { [key]: _, ...others } = values;
    return others;
  }

  s2p.AllSettings = AllSettings;
})(window.Stash2Plex);
