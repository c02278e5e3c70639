/** What ten scenes would get in Plex by settings that are typed and not saved yet. Asked for once somebody wants to see it, and each time the typing rests. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts, text } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const REST_MS = 400;

  /** `values` are the edits, by key, of `library` or for all; `onProblems` gets what is wrong with them, by key. */
  function Sample({ values, library, onProblems }) {
    const [wanted, setWanted] = s2p.use.state(false);
    const [typed, setTyped] = s2p.use.state("");
    const [seed, setSeed] = s2p.use.state(1);
    const tried = s2p.use.settled(JSON.stringify({ values, ...(library && { library }), words: typed.trim() }), REST_MS);
    const isChanged = Object.keys(values).length > 0;
    React.useLayoutEffect(() => { if (isChanged) setWanted(true); }, [isChanged]); // and it stays open: what was saved is looked at next
    const { data, error, loading, reload } = s2p.use.operation("ui_sample", wanted ? { ...JSON.parse(tried), seed } : null);
    // Before anything else happens: drawing anew between the two events of a select would take back what was chosen in it.
    React.useLayoutEffect(() => onProblems(isChanged && data ? Object.fromEntries(data.problems.map((each) => [each.setting, each.message])) : {}), [data, isChanged]);
    if (!wanted) return h(Button, { variant: "secondary", size: "sm", onClick: () => setWanted(true) }, text("sample.show"));
    return h(
      "section",
      { className: "s2p-sample", "aria-label": text("sample.label"), "aria-busy": loading },
      h("h3", null, text(isChanged ? "sample.before_saving" : "sample.as_saved")),
      h(
        "div",
        { className: "s2p-sample-choice" },
        h(Form.Control, { type: "search", size: "sm", className: "text-input", placeholder: text("sample.search"), "aria-label": text("sample.search_label"), value: typed, onChange: (event) => setTyped(event.target.value), onKeyDown: (event) => event.key === "Enter" && event.preventDefault() }),
        h(Button, { variant: "secondary", size: "sm", disabled: !data || data.total <= data.scenes.length, onClick: () => setSeed(seed + 1) }, text("sample.others"))
      ),
      h(parts.Problem, { error, onRetry: reload }),
      !data && loading && h(parts.Loading, { what: text("sample.asking") }),
      data && data.problems.length > 0 && h("p", { className: "s2p-invalid" }, text("sample.not_tried")),
      data && !data.scenes.length && h("p", { className: "text-muted" }, text("sample.none")),
      data && data.scenes.map((scene) => h(SampledScene, { key: scene.scene_id, scene, isChanged }))
    );
  }

  function SampledScene({ scene, isChanged }) {
    const shown = scene.fields.filter((field) => field.differs || !(words.isEmpty(field.then) || isChanged));
    return h(
      "article",
      { className: "s2p-sampled", "aria-label": scene.title },
      h(parts.SceneLink, { id: scene.scene_id, scene, small: true }),
      scene.why_not && h("p", { className: "s2p-advice" }, text("sample.not_synced", { why: scene.why_not })),
      !shown.length && h("p", { className: "text-muted" }, text("sample.as_now")),
      shown.length > 0 && h("dl", null, shown.map((field) => h(SampledField, { key: field.field, field })))
    );
  }

  function SampledField({ field }) {
    const marked = (one, other) => (Array.isArray(one) && Array.isArray(other) ? one.filter((name) => !other.includes(name)) : []);
    return h(
      "div",
      { className: "s2p-sampled-field" },
      h("dt", null, field.name),
      field.differs && h("dd", { className: "s2p-sampled-now" }, h("span", { className: "sr-only" }, text("sample.now")), h(parts.Value, { value: field.now, marked: marked(field.now, field.then), sign: "−" })),
      h("dd", null, field.differs && h("span", { "aria-hidden": true }, "→ "), field.is_left_alone ? h("span", { className: "text-muted" }, text("sample.left_alone")) : h(parts.Value, { value: field.then, marked: field.differs ? marked(field.then, field.now) : [], sign: "+" }))
    );
  }

  s2p.Sample = Sample;
})(window.Stash2Plex);
