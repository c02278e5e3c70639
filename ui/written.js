/** Set-up, the fourth step: what is written, by the example of one scene that follows the few settings beside it before they are saved. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts, stores, text } = s2p;
  const { Button, Form } = s2p.bootstrap;

  /** Those that a newcomer asks about; all others are below the steps. */
  const WRITTEN = ["tags_to", "collections_from", "poster_from", "preserve_plex_edits"];
  const REST_MS = 400;
  const AGAIN_MS = 2000;

  /** `isFirst`: it is a step on the way; else somebody has come back to it. */
  function Written({ settings, isFirst, onPass }) {
    const tell = s2p.use.tell();
    const Part = s2p.use.settingPart();
    const [edits, setEdits] = s2p.use.state({});
    const [problems, setProblems] = s2p.use.state({});
    const isChanged = Object.keys(edits).length > 0;
    const change = (key, value) => {
      setEdits((now) => ({ ...now, [key]: value }));
      setProblems({});
    };
    const save = s2p.use.action(async () => {
      if (isChanged) {
        const found = await stores.saveSettings(edits);
        setProblems(found);
        if (Object.keys(found).length) return;
        tell(text("written.saved"));
      }
      onPass();
    });
    if (!Part) return h(parts.Loading);
    const row = (key) => {
      const setting = stores.settingOf(settings, key);
      return setting && h(s2p.Setting, { key, place: "first", Part, setting, edit: edits[key], problem: problems[key] || setting.problem, onChange: (value) => change(key, value), onDone: () => undefined });
    };
    return h(
      Form,
      { className: "s2p-written", "aria-label": text("steps.written"), onSubmit: (event) => { event.preventDefault(); save.run(); } },
      h("p", { className: "text-muted" }, text("written.help"), isFirst && ` ${text("written.nothing_yet")}`),
      h(
        "div",
        { className: "s2p-written-sides" },
        h("div", { className: "setting-section s2p-settings" }, h("div", { className: "card" }, WRITTEN.map(row))),
        h(Example, { values: edits })
      ),
      h("p", null, ...s2p.textWith("written.more", { group: h("a", { key: "group", href: "#s2p-group-Content", onClick: jump }, s2p.sentence("Content")) })),
      h(
        "div",
        { className: "s2p-buttons" },
        h(Button, { type: "submit", disabled: save.busy || !(isFirst || isChanged) }, text(!isFirst ? "settings.save" : isChanged ? "written.save" : "steps.next")),
        isChanged && h(Button, { variant: "secondary", onClick: () => setEdits({}) || setProblems({}) }, text("settings.undo"))
      ),
      h(parts.Problem, { error: save.error })
    );
  }

  /** To the group, among all settings; the address stays, for the tab stands in it. */
  function jump(event) {
    event.preventDefault();
    const group = document.querySelector('[data-group="Content"]');
    group.scrollIntoView();
    group.focus();
  }

  /** One scene as Plex has it now and as it would be; the scene with most fields first. While the worker still reads Plex's paths it is asked for again. */
  function Example({ values }) {
    const [place, setPlace] = s2p.use.state(0);
    const [everyMs, setEveryMs] = s2p.use.state(0);
    const tried = s2p.use.settled(JSON.stringify(values), REST_MS);
    const { data, error, loading, stale } = s2p.use.operation("ui_example", { values: JSON.parse(tried), place }, everyMs);
    React.useEffect(() => setEveryMs(error ? AGAIN_MS : 0), [Boolean(error)]);
    const scene = data && data.scene;
    return h(
      "section",
      { className: "s2p-example", "aria-label": text("written.example"), "aria-busy": loading || stale },
      h(
        "div",
        { className: "s2p-example-head" },
        h("h3", null, text("written.example")),
        data && data.others > 0 && h(Button, { size: "sm", variant: "secondary", onClick: () => setPlace((place + 1) % (data.others + 1)) }, text("written.another"))
      ),
      h(parts.Problem, { error }),
      !data && loading && h(parts.Loading, { what: text("written.asking") }),
      data && !scene && h("p", { className: "text-muted" }, text("steps.no_scenes")),
      scene && h(ExampleScene, { scene, equal: data.equal })
    );
  }

  function ExampleScene({ scene, equal }) {
    const item = scene.items[0];
    const said = words.capital(scene.why_not);
    return h(
      "article",
      { "aria-label": scene.title },
      h(parts.SceneLink, { id: scene.scene_id, scene, small: true }),
      said && h("p", { className: "s2p-advice" }, said),
      item && h(parts.ItemPreview, { item, title: scene.title }),
      item && !item.changes.length && h("p", { className: "s2p-advice" }, text("written.as_it_is")),
      equal.length > 0 && h(Equal, { fields: equal, isOpen: !item.changes.length })
    );
  }

  /** What stays, folded: it is of interest only where nothing would change. */
  function Equal({ fields, isOpen }) {
    return h(
      "details",
      { className: "s2p-left-out", open: isOpen },
      h("summary", null, text("written.stays", { fields: fields.map((field) => field.name).join(", ") })),
      h("dl", { className: "s2p-equal" }, fields.map((field) => h("div", { key: field.field, className: "s2p-sampled-field" }, h("dt", null, field.name), h("dd", null, h(parts.Value, { value: field.value })))))
    );
  }

  s2p.WRITTEN = WRITTEN;
  s2p.Written = Written;
})(window.Stash2Plex);
