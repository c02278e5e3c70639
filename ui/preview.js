/** The tab Preview: what would change in Plex, field by field; then sync exactly that. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts, text } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const SHOWN = 100;

  /** Comparing some scenes, or all (`ids` null), page by page. Whatever fails, what was found stays, and it can be gone on with from there. */
  function useComparison(ids, most = Infinity) {
    const [result, setResult] = s2p.use.state(null);
    const running = React.useRef(0);
    React.useEffect(() => () => running.current++, []);
    const look = s2p.use.action(async (so_far) => {
      const turn = ++running.current;
      let sum = so_far || { scenes: [], looked: 0, total: 0, after: 0, done: false };
      setResult(sum);
      for (let looked = 0; !sum.done && looked < most; looked = sum.looked) {
        const page = await s2p.call("ui_preview", ids ? { scene_ids: ids } : { after: sum.after });
        if (turn !== running.current) return;
        sum = {
          scenes: [...sum.scenes, ...page.scenes],
          looked: sum.looked + page.looked_at,
          total: Math.max(sum.total, sum.looked + page.total),
          after: page.next_after,
          done: page.next_after === null,
        };
        setResult(sum);
      }
    });
    const stop = () => {
      running.current++;
    };
    return { result, setResult, look, stop };
  }

  function Preview() {
    const [mode, setMode] = s2p.use.state("chosen");
    const [chosen, setChosen] = s2p.use.state([]);
    const { result, setResult, look, stop } = useComparison(mode === "all" ? null : chosen.map((scene) => scene.id));
    const choose = (other) => {
      stop(); // what is still being compared belongs under the other heading
      setMode(other);
      setResult(null);
    };
    const canLook = mode === "all" || chosen.length > 0;
    return h(
      "section",
      { "aria-label": text("preview.region") },
      h(
        Form,
        { className: "s2p-card", "aria-label": text("preview.form"), onSubmit: (event) => { event.preventDefault(); look.run(null); } },
        h("h2", null, text("preview.title")),
        h("p", { className: "text-muted" }, text("preview.help")),
        h(
          "fieldset",
          { className: "s2p-options s2p-options-inline" },
          h("legend", { className: "sr-only" }, text("preview.which")),
          h(Form.Check, { inline: true, type: "radio", name: "s2p-which", id: "s2p-which-chosen", label: text("preview.chosen"), checked: mode === "chosen", onChange: () => choose("chosen") }),
          h(Form.Check, { inline: true, type: "radio", name: "s2p-which", id: "s2p-which-all", label: text("preview.all"), checked: mode === "all", onChange: () => choose("all") })
        ),
        mode === "chosen" && h(Chooser, { chosen, setChosen }),
        h(
          "div",
          { className: "s2p-buttons" },
          h(Button, { type: "submit", disabled: !canLook || look.busy }, text(look.busy ? "preview.comparing" : "preview.look")),
          look.busy && mode === "all" && h(Button, { variant: "secondary", onClick: stop }, text("preview.stop")),
          !look.busy && result && !result.done && h(Button, { variant: "secondary", onClick: () => look.run(result) }, text("preview.go_on"))
        ),
        h(parts.Problem, { error: look.error })
      ),
      result && h(Result, { result, busy: look.busy })
    );
  }

  /** Search, and tick. What is ticked stays ticked while other words are searched for. */
  function Chooser({ chosen, setChosen }) {
    const [typed, setTyped] = s2p.use.state("");
    const search = s2p.use.settled(typed.trim(), 300);
    const { data, error, loading } = s2p.use.operation("ui_find", { words: search, per_page: 20 });
    const isChosen = (scene) => chosen.some((each) => each.id === scene.id);
    const toggle = (scene) => setChosen(isChosen(scene) ? chosen.filter((each) => each.id !== scene.id) : [...chosen, scene]);
    const listed = data ? [...chosen.filter((scene) => !data.scenes.some((each) => each.id === scene.id)), ...data.scenes] : chosen;
    return h(
      React.Fragment,
      null,
      h(Form.Group, { controlId: "s2p-find" }, h(Form.Label, null, text("preview.search")), h(Form.Control, { type: "search", className: "text-input", placeholder: text("preview.search_hint"), value: typed, onChange: (event) => setTyped(event.target.value) })),
      h(parts.Problem, { error }),
      !data && loading && h(parts.Loading, { what: text("preview.asking") }),
      data && !listed.length && h(parts.Empty, { icon: "faMagnifyingGlass", title: text("preview.none_found") }, text("preview.other_words")),
      listed.length > 0 &&
        h(
          "fieldset",
          { className: "s2p-options s2p-choose" },
          h("legend", { className: "sr-only" }, text("preview.scenes")),
          listed.map((scene) =>
            h(Form.Check, { key: scene.id, type: "checkbox", id: `s2p-pick-${scene.id}`, checked: isChosen(scene), onChange: () => toggle(scene), label: h(React.Fragment, null, h("span", null, scene.title), h("span", { className: "text-muted s2p-path" }, ` ${scene.path}`)) })
          )
        ),
      h("p", { className: "text-muted", role: "status" }, chosen.length ? text("preview.count_chosen", { count: chosen.length }) : text("preview.none_chosen"))
    );
  }

  const ENDS = [
    { key: "changed", name: "preview.end_changed" },
    { key: "missing", name: "preview.end_missing" },
    { key: "unclear", name: "preview.end_unclear" },
    { key: "left_out", name: "preview.end_left_out" },
    { key: "equal", name: "preview.end_equal" },
  ];

  /** `most`: how many scenes are shown of an end. `isLookOnly`: it is no place to sync from. */
  function Result({ result, busy, most = SHOWN, isLookOnly }) {
    const tell = s2p.use.tell();
    const [synced, setSynced] = s2p.use.state(false);
    const [picked, setPicked] = s2p.use.state("");
    const of = (end) => result.scenes.filter((scene) => scene.end === end);
    const differing = of("changed");
    const shown = picked || (ENDS.find((each) => of(each.key).length) || ENDS[0]).key;
    const listed = of(shown);
    const key = differing.map((scene) => scene.scene_id).join();
    React.useEffect(() => setSynced(false), [key]);
    const sync = s2p.use.action(async () => {
      const ids = differing.map((scene) => scene.scene_id);
      for (let at = 0; at < ids.length; at += 500) await s2p.call("ui_sync", { scene_ids: ids.slice(at, at + 500) });
      tell(text("preview.will_be_synced", { count: ids.length }));
      setSynced(true);
      s2p.pulse.hurry();
    });
    const end = result.done ? "" : ` ${busy ? text("preview.so_far") : text("preview.of_total", { total: result.total })}`;
    const summary = `${inShort(result)}${end}`;
    return h(
      "div",
      { className: "s2p-result-list" },
      !result.done && h(parts.Bar, { done: result.looked, total: result.total || 1, label: text("preview.progress") }),
      h(
        "div",
        { className: "s2p-of-all" },
        h("strong", { role: "status", "aria-busy": busy }, result.looked ? summary : text(busy ? "preview.comparing" : "preview.nothing_looked_at")),
        !isLookOnly && differing.length > 0 && h(Button, { variant: "primary", disabled: sync.busy || synced || busy, onClick: sync.run }, synced ? text("preview.on_its_way") : text("preview.sync", { count: differing.length })),
        h(parts.Problem, { error: sync.error })
      ),
      result.looked > 0 && h(parts.Choices, { label: text("preview.ends"), chosen: shown, onChoose: setPicked, choices: ENDS.map((each) => ({ ...each, name: text(each.name), count: of(each.key).length })) }),
      result.done && result.looked > 0 && of("equal").length === result.looked && !result.scenes.some(mayDiffer) && h(parts.Empty, { title: text("preview.all_equal") }, text("preview.no_change")),
      listed.slice(0, most).map((scene) => h(ScenePreview, { key: scene.scene_id, scene })),
      listed.length > most && h("p", { className: "text-muted" }, text(shown === "changed" && !isLookOnly ? "preview.shown_changed" : "preview.shown", { shown: most, total: listed.length }))
    );
  }

  const inShort = ({ scenes, looked }) => text("preview.would_change", { differing: scenes.filter((scene) => scene.end === "changed").length, count: looked });

  function ScenePreview({ scene }) {
    return h(
      "article",
      { className: "s2p-sync", "aria-label": scene.title },
      h("div", { className: "s2p-sync-head" }, h(parts.SceneLink, { id: scene.scene_id, scene: scene.is_gone ? null : scene, small: true }), !scene.differs && h("span", { className: "text-muted" }, words.capital(scene.why_not) || text(mayDiffer(scene) ? "preview.pictures_may" : "preview.unchanged"))),
      scene.items.map((item) => h(ItemPreview, { key: item.rating_key, item, title: scene.title }))
    );
  }

  /** Whether its pictures are made only when it is synced, so that nobody knows whether they are new. */
  const mayDiffer = (scene) => scene.items.some((item) => Object.keys(item.pictures).length > 0);

  /** Its pictures, where others would be sent, and its fields. */
  function ItemPreview({ item, title }) {
    const { poster, background } = item.pictures;
    return h(
      "div",
      { className: "s2p-with-pictures" },
      poster && h(parts.Pictures, { ratingKey: item.rating_key, title, after: poster }),
      background && h(parts.Pictures, { kind: "background", ratingKey: item.rating_key, title, after: background }),
      h(
        "div",
        { className: "s2p-grow" },
        item.changes.length > 0 && h(parts.Changes, { changes: item.changes, caption: text("preview.change_of", { title }), headings: [text("pictures.now"), text("pictures.then")] }),
        item.kept.map((kept) => h("p", { key: kept.field, className: "s2p-advice" }, text(item.pictures[kept.field] ? "preview.made" : "preview.stays", { field: kept.name, why: kept.why })))
      )
    );
  }

  s2p.Preview = Preview;
  s2p.inShort = inShort;
  s2p.parts = { ...s2p.parts, Compared: Result, ItemPreview };
  s2p.use = { ...s2p.use, comparison: useComparison };
})(window.Stash2Plex);
