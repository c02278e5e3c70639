/** The tab Preview: what would change in Plex, field by field; then sync exactly that. */
(function (s2p) {
  "use strict";

  const { h, React, words, parts } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const SHOWN = 100;

  function Preview() {
    const [mode, setMode] = s2p.use.state("chosen");
    const [chosen, setChosen] = s2p.use.state([]);
    const [result, setResult] = s2p.use.state(null);
    const running = React.useRef(0);
    React.useEffect(() => () => running.current++, []);

    // Whatever fails, what was found stays, and it can be gone on with from there.
    const look = s2p.use.action(async (so_far) => {
      const turn = ++running.current;
      let sum = so_far || { scenes: [], looked: 0, total: 0, after: 0, done: false };
      setResult(sum);
      while (!sum.done) {
        const page = await s2p.call("ui_preview", mode === "all" ? { after: sum.after } : { scene_ids: chosen.map((scene) => scene.id) });
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
    const choose = (other) => {
      running.current++; // what is still being compared belongs under the other heading
      setMode(other);
      setResult(null);
    };
    const canLook = mode === "all" || chosen.length > 0;
    return h(
      "section",
      { "aria-label": "Preview" },
      h(
        Form,
        { className: "s2p-card", "aria-label": "Scenes to look at", onSubmit: (event) => { event.preventDefault(); look.run(null); } },
        h("h2", null, "What would change in Plex?"),
        h("p", { className: "text-muted" }, "Nothing is written. Plex and Stash are compared as they are now, covers too."),
        h(
          "fieldset",
          { className: "s2p-options s2p-options-inline" },
          h("legend", { className: "sr-only" }, "Which scenes"),
          h(Form.Check, { inline: true, type: "radio", name: "s2p-which", id: "s2p-which-chosen", label: "Scenes I choose", checked: mode === "chosen", onChange: () => choose("chosen") }),
          h(Form.Check, { inline: true, type: "radio", name: "s2p-which", id: "s2p-which-all", label: "All scenes", checked: mode === "all", onChange: () => choose("all") })
        ),
        mode === "chosen" && h(Chooser, { chosen, setChosen }),
        h(
          "div",
          { className: "s2p-buttons" },
          h(Button, { type: "submit", disabled: !canLook || look.busy }, look.busy ? "Comparing …" : "Show what would change"),
          look.busy && mode === "all" && h(Button, { variant: "secondary", onClick: stop }, "Stop"),
          !look.busy && result && !result.done && h(Button, { variant: "secondary", onClick: () => look.run(result) }, "Go on")
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
      h(Form.Group, { controlId: "s2p-find" }, h(Form.Label, null, "Search in Stash"), h(Form.Control, { type: "search", className: "text-input", placeholder: "Title or file", value: typed, onChange: (event) => setTyped(event.target.value) })),
      h(parts.Problem, { error }),
      !data && loading && h(parts.Loading, { what: "Asking Stash" }),
      data && !listed.length && h(parts.Empty, { icon: "faMagnifyingGlass", title: "No scene found" }, "Try other words."),
      listed.length > 0 &&
        h(
          "fieldset",
          { className: "s2p-options s2p-choose" },
          h("legend", { className: "sr-only" }, "Scenes"),
          listed.map((scene) =>
            h(Form.Check, { key: scene.id, type: "checkbox", id: `s2p-pick-${scene.id}`, checked: isChosen(scene), onChange: () => toggle(scene), label: h(React.Fragment, null, h("span", null, scene.title), h("span", { className: "text-muted s2p-path" }, ` ${scene.path}`)) })
          )
        ),
      h("p", { className: "text-muted", role: "status" }, chosen.length ? `${words.counted(chosen.length, "scene")} chosen` : "None chosen yet")
    );
  }

  const ENDS = [
    { key: "changed", name: "Would change" },
    { key: "missing", name: "Not in Plex" },
    { key: "unclear", name: "Unclear" },
    { key: "left_out", name: "Left out" },
    { key: "equal", name: "Equal" },
  ];

  function Result({ result, busy }) {
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
      tell(`${words.counted(ids.length, "scene")} will be synced now.`);
      setSynced(true);
      s2p.pulse.hurry();
    });
    const end = result.done ? "" : busy ? " So far." : ` Of ${words.number(result.total)}; the rest was not looked at.`;
    const summary = `${words.number(differing.length)} of ${words.counted(result.looked, "scene")} would change.${end}`;
    return h(
      "div",
      { className: "s2p-result-list" },
      !result.done && h(parts.Bar, { done: result.looked, total: result.total || 1, label: "Progress of the comparison" }),
      h(
        "div",
        { className: "s2p-of-all" },
        h("strong", { role: "status", "aria-busy": busy }, result.looked ? summary : busy ? "Comparing …" : "Nothing was looked at."),
        differing.length > 0 && h(Button, { variant: "primary", disabled: sync.busy || synced || busy, onClick: sync.run }, synced ? "On its way" : `Sync exactly ${differing.length === 1 ? "this one" : `these ${words.number(differing.length)}`}`),
        h(parts.Problem, { error: sync.error })
      ),
      result.looked > 0 && h(parts.Choices, { label: "What came of it", chosen: shown, onChoose: setPicked, choices: ENDS.map((each) => ({ ...each, count: of(each.key).length })) }),
      result.done && result.looked > 0 && of("equal").length === result.looked && h(parts.Empty, { title: "Plex shows what Stash says" }, "No scene would change."),
      listed.slice(0, SHOWN).map((scene) => h(ScenePreview, { key: scene.scene_id, scene })),
      listed.length > SHOWN && h("p", { className: "text-muted" }, `Showing the first ${SHOWN} of ${words.number(listed.length)}${shown === "changed" ? "; Sync covers all that differ" : ""}.`)
    );
  }

  function ScenePreview({ scene }) {
    return h(
      "article",
      { className: "s2p-sync", "aria-label": scene.title },
      h("div", { className: "s2p-sync-head" }, h(parts.SceneLink, { id: scene.scene_id, scene: scene.is_gone ? null : scene, small: true }), !scene.differs && h("span", { className: "text-muted" }, scene.why_not || "no change")),
      scene.items.map((item) =>
        h(
          React.Fragment,
          { key: item.rating_key },
          item.changes.length > 0 && h(parts.Changes, { changes: item.changes, caption: `What would change for ${scene.title}`, headings: ["In Plex now", "Afterwards"], coverOf: scene.scene_id }),
          item.kept.map((kept) => h("p", { key: kept.field, className: "s2p-advice" }, `${kept.name} stays: ${kept.why}.`))
        )
      )
    );
  }

  s2p.Preview = Preview;
})(window.Stash2Plex);
