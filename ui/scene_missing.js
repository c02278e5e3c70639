/** On a scene's tab, in place of the item that Plex lacks: where it was looked for and why it is not there, with what to do about it. */
(function (s2p) {
  "use strict";

  if (s2p.missing.length) return;

  const { h, text, parts } = s2p;
  const { Button } = s2p.bootstrap;

  /** @param {{scene: object, job: object|null, onDone: Function, focusAfter: object}} props `scene` as ui_scene answers it, with a lookup */
  function Missing({ scene, job, onDone, focusAfter }) {
    const { lookup } = scene;
    const act = s2p.use.doing(onDone);
    const target = targetOf(job, scene.scene_id);
    const answers = [...(target ? ["scan"] : []), "folders", ...(lookup.leaves_out ? [] : ["leave_out"])];
    return h(
      "section",
      { className: "s2p-card s2p-missing", "aria-label": text("scene.missing") },
      h("h3", { className: "h6" }, h(parts.Icon, { name: "faCircleQuestion" }), ` ${text(lookup.leaves_out ? "scene.missing_left_out" : "scene.missing")}`),
      scene.why_not && h("p", null, scene.why_not),
      lookup.tried.some(({ path }) => !lookup.files.includes(path)) && h(Paths, { title: text("scene.file_in_stash"), paths: lookup.files.map((path) => ({ path })) }),
      h(Paths, { title: text("scene.looked_for_at"), paths: lookup.tried.map(({ path, libraries }) => ({ path, isFar: !libraries.length, note: libraries.length ? text("scene.within_library", { libraries: libraries.join(", ") }) : text("scene.in_no_library") })) }),
      h(Libraries, { libraries: lookup.libraries }),
      h(
        "div",
        { className: "s2p-answers" },
        h(Button, { size: "sm", variant: "secondary", disabled: act.busy, onClick: () => act.run("ui_sync", { scene_ids: [scene.scene_id] }) }, text("scene.look_again")),
        h(s2p.Answers, { answers, target: target || { list: "retrying", scene_ids: [scene.scene_id] }, count: 1, name: "", isWhole: true, size: "sm", onDone, focusAfter })
      ),
      h(parts.Problem, { error: act.error })
    );
  }

  /** The scene's job as ui_scan and ui_retry choose it; null where none has failed. */
  function targetOf(job, sceneId) {
    if (!job) return null;
    if (job.state === "dead") return { list: "dead", ids: [job.id] };
    return job.attempts && !job.field ? { list: "retrying", scene_ids: [sceneId] } : null;
  }

  function Paths({ title, paths }) {
    if (!paths.length) return null;
    return h("div", { className: "s2p-paths" }, h("strong", null, title), h("ul", null, paths.map(({ path, note, isFar }) => h("li", { key: path }, h("span", { className: "s2p-path" }, path), note && " ", note && h("span", { className: isFar ? "s2p-mark" : "s2p-facts text-muted" }, note)))));
  }

  function Libraries({ libraries }) {
    const one = ({ title, folders }) => h("li", { key: title }, `${title}: `, h("span", { className: "s2p-path" }, folders.join(", ")));
    return h("div", { className: "s2p-paths" }, h("strong", null, text("scene.libraries")), h("ul", null, libraries.map(one)));
  }

  s2p.SceneMissing = Missing;
})(window.Stash2Plex);
