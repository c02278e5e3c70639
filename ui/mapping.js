/** Set-up, the third step: Stash's folders beside Plex's, and a rule editor that shows live what its rules would do. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts, stores } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const HOW = {
    rule: "mapping.by_rule",
    inferred: "mapping.inferred",
    same: "mapping.same",
    unknown: "mapping.unknown",
  };
  const RESULT = {
    match: { name: "mapping.match", icon: "faCircleCheck" },
    ambiguous: { name: "mapping.ambiguous", icon: "faTriangleExclamation" },
    miss: { name: "mapping.miss", icon: "faCircleXmark" },
  };

  /** `onLook` gets what is found by the saved rules, `onHold` whether others are typed; `onPass`: a person takes it as it is. */
  function Mapping({ settings, onLook, onHold, onSaved, onPass }) {
    const tell = s2p.use.tell();
    const setting = stores.settingOf(settings, "path_rules");
    const saved = setting.value || "";
    const [text, setText] = s2p.use.state(asLines(saved));
    React.useEffect(() => setText(asLines(saved)), [saved]);
    const typed = s2p.use.settled(text, 350);
    const [everyMs, setEveryMs] = s2p.use.state(0);
    const { data, error, loading, stale, answered, reload } = s2p.use.operation("ui_mapping", { rules: typed }, everyMs);
    React.useEffect(() => setEveryMs(data && (data.state === "reading" || data.is_reading) ? 1500 : 0), [data]);
    const again = s2p.use.action(async () => {
      await s2p.call("ui_mapping", { rules: typed, again: true });
      reload();
    });
    const save = s2p.use.action(async () => {
      const problems = await stores.saveSettings({ path_rules: asOneLine(text) || null });
      if (problems.path_rules) throw new Error(problems.path_rules);
      tell(s2p.text("mapping.saved"));
      reload();
      onSaved();
    });
    const whole = React.useRef(null);
    const isChanged = asOneLine(text) !== asOneLine(saved);
    React.useEffect(() => onHold(isChanged), [isChanged]);
    React.useEffect(() => {
      if (!isChanged && answered && (data || error)) onLook({ data, error });
    }, [data, error, answered, isChanged]);
    return h(
      "div",
      { ref: whole, tabIndex: -1 },
      h("p", { className: "text-muted" }, s2p.text("mapping.help")),
      h(parts.Problem, { error, onRetry: reload }),
      !data && loading && h(parts.Loading, { what: s2p.text("mapping.comparing") }),
      data && data.state === "reading" && h(parts.Note, { tone: "waiting", icon: "faClock" }, h("span", { role: "status" }, s2p.text("mapping.reading"))),
      data && h(Folders, { data }),
      data && data.read_at && h(Age, { data, again }),
      data && h(
        Form,
        { "aria-label": s2p.text("mapping.rules"), onSubmit: (event) => { event.preventDefault(); if (!data.lost) save.run(); } },
        h(
          Form.Group,
          { controlId: "s2p-rules" },
          h(Form.Label, null, s2p.text("mapping.rules")),
          h(Form.Control, {
            as: "textarea",
            rows: Math.max(2, text.split("\n").length),
            className: "text-input s2p-rules",
            spellCheck: false,
            placeholder: "/data => /media",
            value: text,
            disabled: Boolean(setting.overridden_by),
            isInvalid: Boolean(data.rules_problem),
            "aria-invalid": Boolean(data.rules_problem),
            "aria-describedby": "s2p-rules-help",
            onChange: (event) => setText(event.target.value),
          }),
          h(Form.Text, { id: "s2p-rules-help", className: data.rules_problem ? "s2p-invalid" : "text-muted" }, data.rules_problem || setting.problem || (setting.overridden_by ? s2p.text("mapping.set_by", { by: setting.overridden_by }) : s2p.text("mapping.rules_help")))
        ),
        h(
          "div",
          { className: "s2p-buttons" },
          h(Save, { data, isOff: save.busy || !isChanged || Boolean(data.rules_problem), isKnown: typed === text && !stale, onSave: save.run, focusAfter: whole }),
          data.suggested && asOneLine(text) !== data.suggested && h(Button, { variant: "secondary", onClick: () => setText(asLines(data.suggested)) }, s2p.text("mapping.use_detected")),
          isChanged && h(Button, { variant: "secondary", onClick: () => setText(asLines(saved)) }, s2p.text("mapping.back"))
        ),
        h(parts.Problem, { error: save.error })
      ),
      data && data.state === "ready" && !data.suggested && !text && data.miss > 0 && h(Hint, { data, onBegin: setText }),
      data && data.state === "ready" && !data.rules_problem && h(Outcome, { data, loading, isChanged }),
      onPass && data && data.state === "ready" && !isChanged && h(Pass, { data, onPass })
    );
  }

  const asLines = (text) => text.split(/\s*;\s*/).filter(Boolean).join("\n");
  const asOneLine = (text) => text.split(/\s*[;\n]\s*/).map((rule) => rule.trim()).filter(Boolean).join("; ");

  function Folders({ data }) {
    return h(
      "div",
      { className: "s2p-scroll", tabIndex: 0, role: "group", "aria-label": s2p.text("mapping.table") },
      h(
        "table",
        { className: "table table-sm s2p-stacked" },
        h("caption", { className: "sr-only" }, s2p.text("mapping.caption")),
        h("thead", null, h("tr", null, ["mapping.in_stash", "mapping.in_plex", "mapping.how", "mapping.found"].map((name) => h("th", { key: name, scope: "col" }, s2p.text(name))))),
        h(
          "tbody",
          null,
          data.stash_folders.map((folder) =>
            h("tr", { key: folder.stash_path }, h("th", { scope: "row", className: "s2p-path" }, folder.stash_path), h("td", { className: "s2p-path", "data-label": s2p.text("mapping.in_plex") }, folder.plex_path || "–"), h("td", { "data-label": s2p.text("mapping.how") }, s2p.text(HOW[folder.how])), h(FoundIn, { folder }))
          )
        )
      ),
      h("p", { className: "text-muted" }, data.plex_folders.length ? [`${s2p.text("mapping.library_folders")} `, h("span", { key: "paths", className: "s2p-path" }, data.plex_folders.join(", "))] : s2p.text("mapping.no_folder")),
      data.conflicts.length > 0 && h(parts.Note, { tone: "bad", icon: "faTriangleExclamation" }, s2p.text("mapping.conflicts", { conflicts: data.conflicts.join("; ") }))
    );
  }

  /** How many of a folder's scenes were found, of those that were looked at. */
  function FoundIn({ folder }) {
    const label = { "data-label": s2p.text("mapping.found") };
    if (!folder.scenes) return h("td", { className: "text-muted", ...label }, s2p.text("mapping.no_scene"));
    const isLess = folder.lost > 0;
    return h(
      "td",
      { className: isLess ? "s2p-invalid" : "", ...label },
      s2p.text("mapping.of", { count: folder.match, total: folder.scenes }),
      isLess && h("span", { className: "d-block" }, s2p.text("mapping.fewer", { count: folder.lost }))
    );
  }

  /** How old the list of Plex's files is that all this was counted by. */
  function Age({ data, again }) {
    const now = s2p.use.now(5000);
    return h(
      "div",
      { className: "s2p-of-all" },
      h("span", { className: "text-muted", role: "status" }, data.is_reading && data.state === "ready" ? s2p.text("mapping.reading_again") : s2p.text("mapping.age", { ago: words.ago(data.read_at, now) })),
      h(Button, { size: "sm", variant: "secondary", disabled: again.busy || data.is_reading, onClick: again.run }, s2p.text("mapping.read_again")),
      h(parts.Problem, { error: again.error })
    );
  }

  /** Rules that would lose what is found now are saved only by whoever has been asked. `isKnown`: the counts are of these very rules. */
  function Save({ data, isOff, isKnown, onSave, focusAfter }) {
    if (!data.lost || !isKnown) return h(Button, { type: "submit", disabled: isOff || !isKnown }, s2p.text("mapping.save"));
    return h(
      parts.Confirm,
      { label: s2p.text("mapping.save"), variant: "primary", disabled: isOff, question: s2p.text("mapping.lose_question", { count: data.lost }), confirmLabel: s2p.text("mapping.save_all_the_same"), onConfirm: onSave, focusAfter },
      h("p", null, s2p.text("mapping.lose_help", { count: data.lost })),
      h("ul", null, data.stash_folders.filter((folder) => folder.lost).map((folder) => h("li", { key: folder.stash_path, className: "s2p-path" }, `${folder.stash_path}: ${s2p.text("mapping.of", { count: folder.lost, total: folder.scenes })}`)))
    );
  }

  /** Nothing follows from the files, so a person has to say where the folders are. */
  function Hint({ data, onBegin }) {
    const target = data.plex_folders.length === 1 ? data.plex_folders[0] : s2p.text("mapping.folder_in_plex");
    const rules = data.stash_folders.map((folder) => `${folder.stash_path} => ${target}`).join("\n");
    return h(
      parts.Note,
      { tone: "waiting", icon: "faCircleInfo" },
      h("p", { className: "mt-0" }, s2p.text("mapping.hint")),
      h(Button, { size: "sm", variant: "secondary", onClick: () => onBegin(rules) }, s2p.text("mapping.begin"))
    );
  }

  /** What a person may make of folders of which Plex has nothing, and the way on. */
  function Pass({ data, onPass }) {
    const empty = data.stash_folders.filter((folder) => folder.scenes && !folder.match).map((folder) => folder.stash_path);
    return h(
      React.Fragment,
      null,
      empty.length > 0 && h(parts.Note, { tone: "waiting", icon: "faCircleInfo" }, s2p.text("mapping.empty", { count: empty.length, folders: empty.join(", ") })),
      h("div", { className: "s2p-buttons" }, h(Button, { onClick: onPass }, s2p.text("steps.next")))
    );
  }

  function Outcome({ data, loading, isChanged }) {
    const lead = s2p.text(isChanged ? "mapping.with_these" : "mapping.with_saved");
    const of = data.looked_at < data.total ? s2p.text("mapping.of_checked", { count: data.looked_at, total: data.total }) : s2p.text("mapping.of_scenes", { count: data.looked_at });
    return h(
      "div",
      { className: "s2p-outcome", "aria-busy": loading },
      h("p", { role: "status" }, s2p.text("mapping.outcome", { lead, of, match: data.match, ambiguous: data.ambiguous, miss: data.miss })),
      h(
        "ul",
        { className: "s2p-examples", "aria-label": s2p.text("mapping.examples") },
        data.examples.map((example) =>
          h(
            "li",
            { key: example.scene_id, className: `s2p-${example.result}` },
            h(parts.Icon, { name: RESULT[example.result].icon }),
            h("span", { className: "s2p-result" }, s2p.text(RESULT[example.result].name)),
            h("span", { className: "s2p-grow" }, h("span", { className: "s2p-path" }, example.stash_path), h("span", { className: "s2p-path text-muted" }, ` → ${example.plex_paths.join(s2p.text("mapping.or")) || s2p.text("mapping.nowhere")}`), example.note && h("span", { className: "s2p-advice d-block" }, example.note))
          )
        )
      )
    );
  }

  s2p.Mapping = Mapping;
})(window.Stash2Plex);
