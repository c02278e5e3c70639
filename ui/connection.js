/** Set-up, the first two steps: address and token of Plex with a check in words, then its libraries. */
(function (s2p) {
  "use strict";

  const { h, React, text, words, parts, stores } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const VERDICT = "s2p-server-verdict";

  /** `onHold` is told whether something is typed and not saved; `onSaved`: it was. */
  function Server({ settings, check, setCheck, onFail, onHold, onSaved }) {
    const tell = s2p.use.tell();
    const url = stores.settingOf(settings, "plex_url");
    const token = stores.settingOf(settings, "plex_token");
    const tls = stores.settingOf(settings, "skip_tls_verify");
    const [typed, setTyped] = s2p.use.state({});
    const [problems, setProblems] = s2p.use.state({});
    const set = (key, value) => setTyped({ ...typed, [key]: value });
    const shownUrl = url.overridden_by ? url.value : url.stored || "";
    function setToken(value) {
      const { plex_token: _, ...others } = typed;
      setTyped(value ? { ...others, plex_token: value } : others); // nothing typed: the one that is saved stays
    }
    const key = JSON.stringify(typed);
    const [lookedAt, setLookedAt] = s2p.use.state(key);
    const look = s2p.use.action(async (values = typed) => {
      const answer = await s2p.call("ui_check", values);
      const asked = answer.understood ? { ...values, plex_url: answer.understood } : values;
      if (answer.understood) setTyped(asked);
      setLookedAt(JSON.stringify(asked));
      setCheck(answer);
      if (!Object.keys(values).length) stores.doubt.set(answer.ok ? null : new Error(answer.problem));
      setProblems({});
      return answer;
    });
    React.useEffect(() => onFail(Boolean(look.error)), [look.error]);
    React.useEffect(() => () => stores.doubt.set(null), []);
    const save = s2p.use.action(async (values) => {
      const found = await stores.saveSettings(values);
      setProblems(found);
      if (Object.keys(found).length) return;
      setTyped({});
      tell(text("connection.saved"));
      await look.run({});
      onSaved();
    });
    async function signedIn() {
      setTyped({});
      setProblems({});
      tell(text("sign_in.done"));
      await look.run({});
      onSaved();
    }
    const move = s2p.use.action(async () => {
      await stores.moveToken();
      tell(text("connection.moved"));
    });
    async function checkAndSave() {
      const answer = await look.run();
      const isRight = answer && (answer.ok || answer.setting === "plex_library");
      if (isRight && isChanged) await save.run(answer.understood ? { ...typed, plex_url: answer.understood } : typed);
    }
    const overview = s2p.use.store(stores.overview).data;
    const gone = overview && overview.pause && overview.pause.kind.startsWith("plex") ? overview.pause.kind : "";
    React.useEffect(() => {
      if (settings.configured) look.run();
    }, [gone]); // also where the worker finds it gone, or there again, while somebody looks
    const isChanged = Object.keys(typed).length > 0;
    React.useEffect(() => onHold(isChanged), [isChanged]);
    const shown = key === lookedAt ? check : null; // what was said of other values than these is old
    const wrong = shown && !shown.ok ? shown.setting : ""; // said once, by the verdict: the field is only marked
    const busy = look.busy || save.busy;
    return h(
      Form,
      { "aria-label": text("steps.server"), onSubmit: (event) => { event.preventDefault(); checkAndSave(); } },
      !url.overridden_by && !token.overridden_by && h(s2p.SignIn, { isFirst: !settings.configured, tls, onSaved: signedIn }),
      h(Field, { setting: url, problem: problems.plex_url, isWrong: wrong === "plex_url", value: "plex_url" in typed ? typed.plex_url : shownUrl, placeholder: url.example, onChange: (value) => set("plex_url", value), help: text("connection.address_help") }),
      h(Field, {
        setting: token,
        problem: problems.plex_token,
        isWrong: wrong === "plex_token",
        type: "password",
        value: typed.plex_token || "",
        placeholder: token.is_set ? text("connection.token_is_set") : "",
        onChange: setToken,
        isAsked: Boolean("plex_token" in typed || wrong === "plex_token" || problems.plex_token || token.problem),
        help: text(token.is_set ? "connection.token_replace" : "connection.token_help"),
      }),
      settings.token_in_stash && h("div", { className: "form-group" }, h(
        parts.Note,
        { tone: "waiting", icon: "faCircleInfo" },
        h("p", null, text("connection.token_in_stash")),
        h(Button, { size: "sm", variant: "secondary", disabled: move.busy, onClick: move.run }, text("connection.move")),
        h(parts.Problem, { error: move.error })
      )),
      h(Form.Check, {
        type: "switch",
        id: "s2p-server-tls",
        label: text("connection.tls"),
        disabled: Boolean(tls.overridden_by),
        checked: Boolean("skip_tls_verify" in typed ? typed.skip_tls_verify : tls.value === "on"),
        onChange: (event) => set("skip_tls_verify", event.target.checked),
      }),
      h(
        "div",
        { className: "s2p-buttons" },
        h(Button, { type: "submit", disabled: busy }, text(busy ? "connection.checking" : isChanged ? "connection.check_and_save" : check ? "connection.check_again" : "connection.check")),
        isChanged && shown && !shown.ok && shown.savable && h(Button, { variant: "secondary", disabled: busy, onClick: () => save.run(typed) }, text("connection.save_anyway"))
      ),
      h(parts.Problem, { error: look.error || save.error }),
      h(Verdict, { check: shown, busy: look.busy })
    );
  }

  /** `isAsked`: it has to be typed although somebody else sets it. `isWrong`: the verdict below says why. */
  function Field({ setting, value, type, placeholder, onChange, help, problem, isAsked, isWrong }) {
    const id = `s2p-server-${setting.key}`;
    const problemShown = problem || setting.problem;
    return h(
      Form.Group,
      { controlId: id },
      h(Form.Label, null, setting.name),
      h(Form.Control, {
        type: type || "text",
        className: "text-input",
        value,
        placeholder,
        disabled: Boolean(setting.overridden_by) && !isAsked,
        autoComplete: "off",
        spellCheck: false,
        isInvalid: Boolean(problemShown || isWrong),
        "aria-invalid": Boolean(problemShown || isWrong),
        "aria-describedby": isWrong && !problemShown ? `${id}-help ${VERDICT}` : `${id}-help`,
        onChange: (event) => onChange(event.target.value),
      }),
      h(Form.Text, { id: `${id}-help`, className: problemShown ? "s2p-invalid" : "text-muted" }, problemShown || (setting.overridden_by ? text("connection.set_by", { by: setting.overridden_by }) : help))
    );
  }

  function Verdict({ check, busy }) {
    if (!check || busy) return null;
    const understood = check.understood ? ` ${text("sign_in.understood", { address: check.understood })}` : "";
    if (!check.ok) {
      return h("div", { id: VERDICT, className: "s2p-note s2p-bad", role: "alert" }, h(parts.Icon, { name: "faTriangleExclamation" }), h("div", { className: "s2p-grow" }, h("strong", null, check.problem), understood, check.advice && h("p", null, check.advice)));
    }
    return h(
      "div",
      { className: "s2p-note s2p-good", role: "status" },
      h(parts.Icon, { name: "faCircleCheck" }),
      h("div", { className: "s2p-grow" }, h("strong", null, text("connection.connected", { server: check.server || "Plex" })), ` ${text("connection.answered", { version: check.server_version, ms: Math.round(check.answer_ms) })}`, understood, check.note && h("p", { className: "s2p-invalid" }, check.note))
    );
  }

  function Libraries({ settings, check, onCheck, onHold, onSaved }) {
    const tell = s2p.use.tell();
    const setting = stores.settingOf(settings, "plex_library");
    const libraries = check ? check.libraries : [];
    const usable = libraries.filter((library) => library.usable);
    const saved = setting.value ? usable.filter((library) => library.chosen).map((library) => library.key) : [];
    const [chosen, setChosen] = s2p.use.state(saved);
    const key = saved.join();
    React.useEffect(() => setChosen(saved), [key]);
    const toggle = (id) => setChosen(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
    const save = s2p.use.action(async () => {
      const titles = usable.filter((library) => chosen.includes(library.key)).map((library) => library.title);
      const problems = await stores.saveSettings({ plex_library: titles.length ? listText(titles) : null });
      if (problems.plex_library) throw new Error(problems.plex_library);
      tell(text("connection.libraries_saved"));
      onCheck(await s2p.call("ui_check"));
      onSaved();
    });
    const isChanged = sorted(chosen) !== sorted(saved);
    React.useEffect(() => onHold(isChanged), [isChanged]);
    if (!libraries.length) {
      const chosenNow = setting.value ? text("connection.chosen_now", { libraries: setting.value }) : text("connection.none_chosen");
      return h("p", { className: "text-muted" }, `${text("connection.listed_later")} ${chosenNow}`);
    }
    return h(
      Form,
      { "aria-label": text("steps.libraries"), onSubmit: (event) => { event.preventDefault(); save.run(); } },
      h("p", { className: "text-muted" }, setting.overridden_by ? text("connection.set_by", { by: setting.overridden_by }) : text("connection.choose")),
      setting.problem && h("p", { className: "s2p-invalid" }, setting.problem),
      h(
        "fieldset",
        { className: "s2p-options", disabled: Boolean(setting.overridden_by) },
        h("legend", { className: "sr-only" }, text("connection.libraries_to_sync")),
        libraries.map((library) =>
          h(Form.Check, {
            key: library.key,
            type: "checkbox",
            id: `s2p-library-${library.key}`,
            disabled: !library.usable,
            checked: chosen.includes(library.key),
            onChange: () => toggle(library.key),
            label: h(React.Fragment, null, library.title, h("span", { className: "text-muted s2p-path" }, library.usable ? ` ${library.locations.join(", ")}` : ` ${text("connection.not_usable")}`)),
          })
        )
      ),
      h(
        "div",
        { className: "s2p-buttons" },
        h(Button, { type: "submit", disabled: save.busy || !isChanged }, text("connection.save_libraries")),
        !isChanged && !chosen.length && h(Button, { variant: "secondary", onClick: onSaved }, text("connection.all_of_them"))
      ),
      h(parts.Problem, { error: save.error })
    );
  }

  const sorted = (keys) => [...keys].sort().join();

  /** Names by comma, as people type them; as a JSON list where a name holds what would cut it. */
  function listText(names) {
    return names.some((name) => /[,"[\\]|^\s|\s$/.test(name)) ? JSON.stringify(names) : names.join(", ");
  }

  s2p.Server = Server;
  s2p.Libraries = Libraries;
})(window.Stash2Plex);
