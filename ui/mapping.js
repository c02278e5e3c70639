/** Set-up, second part: Stash's folders beside Plex's, and a rule editor that shows live what its rules would do. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts, stores } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const HOW = {
    rule: "by your rule",
    inferred: "worked out from the files",
    same: "the same path",
    unknown: "not known yet",
  };
  const RESULT = {
    match: { name: "match", icon: "faCircleCheck" },
    ambiguous: { name: "ambiguous", icon: "faTriangleExclamation" },
    miss: { name: "not found", icon: "faCircleXmark" },
  };

  function Mapping({ settings }) {
    const tell = s2p.use.tell();
    const setting = stores.settingOf(settings, "path_rules");
    const saved = setting.value || "";
    const [text, setText] = s2p.use.state(asLines(saved));
    React.useEffect(() => setText(asLines(saved)), [saved]);
    const typed = s2p.use.settled(text, 350);
    const [everyMs, setEveryMs] = s2p.use.state(0);
    const { data, error, loading, stale, reload } = s2p.use.operation("ui_mapping", { rules: typed }, everyMs);
    React.useEffect(() => setEveryMs(data && (data.state === "reading" || data.is_reading) ? 1500 : 0), [data]);
    const again = s2p.use.action(async () => {
      await s2p.call("ui_mapping", { rules: typed, again: true });
      reload();
    });
    const save = s2p.use.action(async () => {
      const problems = await stores.saveSettings({ path_rules: asOneLine(text) || null });
      if (problems.path_rules) throw new Error(problems.path_rules);
      tell("Path rules saved.");
      reload();
    });
    const whole = React.useRef(null);
    const { hash } = s2p.router.useLocation();
    React.useEffect(() => {
      if (data && hash === "#folders" && whole.current) whole.current.scrollIntoView();
    }, [Boolean(data), hash]);
    const isChanged = asOneLine(text) !== asOneLine(saved);
    return h(
      "section",
      { className: "s2p-card", "aria-label": "Folders", ref: whole, tabIndex: -1 },
      h("h2", null, "3. Folders"),
      h("p", { className: "text-muted" }, "Scenes are found in Plex by their files only. Where Plex sees a folder under another path, the plugin works it out from the files, or you set rules."),
      h(parts.Problem, { error, onRetry: reload }),
      !data && loading && h(parts.Loading, { what: "Comparing the folders" }),
      data && data.state === "reading" && h(parts.Note, { tone: "waiting", icon: "faClock" }, h("span", { role: "status" }, "The worker is reading the paths of everything in Plex. This page updates by itself.")),
      data && h(Folders, { data }),
      data && data.read_at && h(Age, { data, again }),
      data && h(
        Form,
        { "aria-label": "Path rules", onSubmit: (event) => { event.preventDefault(); if (!data.lost) save.run(); } },
        h(
          Form.Group,
          { controlId: "s2p-rules" },
          h(Form.Label, null, "Path rules"),
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
          h(Form.Text, { id: "s2p-rules-help", className: data.rules_problem ? "s2p-invalid" : "text-muted" }, data.rules_problem || setting.problem || (setting.overridden_by ? `Set by ${setting.overridden_by}.` : "One rule per line: folder in Stash => folder in Plex. The first that fits is used. What no rule speaks of is worked out from the files."))
        ),
        h(
          "div",
          { className: "s2p-buttons" },
          h(Save, { data, isOff: save.busy || !isChanged || Boolean(data.rules_problem), isKnown: typed === text && !stale, onSave: save.run, focusAfter: whole }),
          data.suggested && asOneLine(text) !== data.suggested && h(Button, { variant: "secondary", onClick: () => setText(asLines(data.suggested)) }, "Use the detected rules"),
          isChanged && h(Button, { variant: "secondary", onClick: () => setText(asLines(saved)) }, "Back to the saved rules")
        ),
        h(parts.Problem, { error: save.error })
      ),
      data && data.state === "ready" && !data.suggested && !text && data.miss > 0 && h(Hint, { data, onBegin: setText }),
      data && data.state === "ready" && !data.rules_problem && h(Outcome, { data, loading, isChanged })
    );
  }

  const asLines = (text) => text.split(/\s*;\s*/).filter(Boolean).join("\n");
  const asOneLine = (text) => text.split(/\s*[;\n]\s*/).map((rule) => rule.trim()).filter(Boolean).join("; ");

  function Folders({ data }) {
    return h(
      "div",
      { className: "s2p-scroll", tabIndex: 0, role: "group", "aria-label": "Folders of Stash and of Plex" },
      h(
        "table",
        { className: "table table-sm" },
        h("caption", { className: "sr-only" }, "Where Stash's folders are in Plex"),
        h("thead", null, h("tr", null, ["In Stash", "In Plex", "How", "Found"].map((name) => h("th", { key: name, scope: "col" }, name)))),
        h(
          "tbody",
          null,
          data.stash_folders.map((folder) =>
            h("tr", { key: folder.stash_path }, h("th", { scope: "row", className: "s2p-path" }, folder.stash_path), h("td", { className: "s2p-path" }, folder.plex_path || "–"), h("td", null, HOW[folder.how]), h(FoundIn, { folder }))
          )
        )
      ),
      h("p", { className: "text-muted" }, data.plex_folders.length ? ["Folders of the chosen libraries: ", h("span", { key: "paths", className: "s2p-path" }, data.plex_folders.join(", "))] : "The chosen libraries have no folder."),
      data.conflicts.length > 0 && h(parts.Note, { tone: "bad", icon: "faTriangleExclamation" }, `The files contradict each other, so nothing is guessed: ${data.conflicts.join("; ")}. Write a rule.`)
    );
  }

  /** How many of a folder's scenes were found, of those that were looked at. */
  function FoundIn({ folder }) {
    if (!folder.scenes) return h("td", { className: "text-muted" }, "no scene looked at");
    const isLess = folder.lost > 0;
    return h(
      "td",
      { className: isLess ? "s2p-invalid" : "" },
      `${words.number(folder.match)} of ${words.number(folder.scenes)}`,
      isLess && h("span", { className: "d-block" }, `${words.number(folder.lost)} fewer than with the saved rules`)
    );
  }

  /** How old the list of Plex's files is that all this was counted by. */
  function Age({ data, again }) {
    const now = s2p.use.now(5000);
    return h(
      "div",
      { className: "s2p-of-all" },
      h("span", { className: "text-muted", role: "status" }, data.is_reading && data.state === "ready" ? "The worker is reading Plex once more …" : `By the files that Plex had ${words.ago(data.read_at, now)}, and what it has told of since.`),
      h(Button, { size: "sm", variant: "secondary", disabled: again.busy || data.is_reading, onClick: again.run }, "Read Plex again"),
      h(parts.Problem, { error: again.error })
    );
  }

  /** Rules that would lose what is found now are saved only by whoever has been asked. `isKnown`: the counts are of these very rules. */
  function Save({ data, isOff, isKnown, onSave, focusAfter }) {
    if (!data.lost || !isKnown) return h(Button, { type: "submit", disabled: isOff || !isKnown }, "Save rules");
    const lost = words.counted(data.lost, "scene");
    return h(
      parts.Confirm,
      { label: "Save rules", variant: "primary", disabled: isOff, question: `Lose ${lost}?`, confirmLabel: "Save all the same", onConfirm: onSave, focusAfter },
      h("p", null, `Of the scenes that were looked at, ${lost} that ${data.lost === 1 ? "is" : "are"} found in Plex now would not be found with these rules:`),
      h("ul", null, data.stash_folders.filter((folder) => folder.lost).map((folder) => h("li", { key: folder.stash_path, className: "s2p-path" }, `${folder.stash_path}: ${words.number(folder.lost)} of ${words.number(folder.scenes)}`)))
    );
  }

  /** Nothing follows from the files, so a person has to say where the folders are. */
  function Hint({ data, onBegin }) {
    const target = data.plex_folders.length === 1 ? data.plex_folders[0] : "/folder/in/Plex";
    const rules = data.stash_folders.map((folder) => `${folder.stash_path} => ${target}`).join("\n");
    return h(
      parts.Note,
      { tone: "waiting", icon: "faCircleInfo" },
      h("p", { className: "mt-0" }, "The files alone do not tell where these folders are: Plex has none of them, or more than one that could be meant. Write a rule for each folder."),
      h(Button, { size: "sm", variant: "secondary", onClick: () => onBegin(rules) }, "Start with these folders")
    );
  }

  function Outcome({ data, loading, isChanged }) {
    const lead = isChanged ? "With these rules, not saved yet" : "With the saved rules";
    const of = data.looked_at < data.total ? `of the ${words.number(data.looked_at)} scenes checked (${words.number(data.total)} in all)` : `of ${words.counted(data.looked_at, "scene")}`;
    return h(
      "div",
      { className: "s2p-outcome", "aria-busy": loading },
      h("p", { role: "status" }, `${lead}, ${of}: ${words.number(data.match)} match, ${words.number(data.ambiguous)} would be ambiguous, ${words.number(data.miss)} are not found.`),
      h(
        "ul",
        { className: "s2p-examples", "aria-label": "Examples" },
        data.examples.map((example) =>
          h(
            "li",
            { key: example.scene_id, className: `s2p-${example.result}` },
            h(parts.Icon, { name: RESULT[example.result].icon }),
            h("span", { className: "s2p-result" }, RESULT[example.result].name),
            h("span", { className: "s2p-grow" }, h("span", { className: "s2p-path" }, example.stash_path), h("span", { className: "s2p-path text-muted" }, ` → ${example.plex_paths.join(" or ") || "nowhere"}`), example.note && h("span", { className: "s2p-advice d-block" }, example.note))
          )
        )
      )
    );
  }

  s2p.Mapping = Mapping;
})(window.Stash2Plex);
