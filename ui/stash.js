/** What Stash itself says, asked of it directly: the plugin's settings as they stand there, how many scenes it has, whether the plugin is on, titles. */
(function (s2p) {
  "use strict";

  const STORED = "query Stash2PlexStored($ids: [ID!]) { configuration { plugins(include: $ids) } }";
  const OWN = "query Stash2PlexOwn($ids: [ID!]) { configuration { plugins(include: $ids) } plugins { id enabled } }";
  const COUNT = "query Stash2PlexCount { findScenes(filter: { per_page: 1 }) { count } }"; // by itself: a database that is not open fails it whole
  const ABOUT = "query Stash2PlexAbout { version { version } systemStatus { status } configuration { general { pluginsPath } } }";

  const TAGS = "query Stash2PlexTags($f: FindFilterType) { findTags(filter: $f) { tags { name } } }";

  let about = null;

  /** The settings as Stash holds them; a token is not taken along. null where Stash does not say. */
  function settingsIn(data) {
    const stored = data.configuration && data.configuration.plugins;
    if (!stored) return null;
    const own = stored[s2p.pluginId] || {};
    return own.plex_token ? { ...own, plex_token: "kept" } : own;
  }

  async function stored() {
    return settingsIn(await s2p.askStash(STORED, { ids: [s2p.pluginId] }));
  }

  /** What `ui_overview` wants to know of Stash: each part absent where Stash does not say. */
  async function state() {
    const [own, scenes] = await Promise.all([s2p.askStash(OWN, { ids: [s2p.pluginId] }), s2p.askStash(COUNT)]);
    const ours = (own.plugins || []).find((each) => each.id === s2p.pluginId);
    const held = settingsIn(own);
    return { ...(held && { stored: held }), ...(scenes.findScenes && { scenes: scenes.findScenes.count }), ...(ours && { enabled: ours.enabled }) };
  }

  /** Version, status and the plugins' folder, once: they do not change while the page is open. null from then on. */
  async function aboutOnce() {
    if (about) return null;
    about = {};
    try {
      const data = await s2p.askStash(ABOUT);
      about = {
        version: (data.version && data.version.version) || "",
        status: (data.systemStatus && data.systemStatus.status) || "",
        plugins_path: (data.configuration && data.configuration.general.pluginsPath) || "",
      };
    } catch (error) {
      about = null;
    }
    return about;
  }

  /** `{7: {id, title, path}}`; null for a scene that Stash no longer has. @param {number[]} ids */
  async function scenes(ids) {
    const variables = Object.fromEntries(ids.map((id, place) => [`i${place}`, String(id)]));
    const names = Object.keys(variables);
    const asked = names.map((name) => `${name}: findScene(id: $${name}) { id title files { path } }`).join(" ");
    const data = await s2p.askStash(`query Stash2PlexScenes(${names.map((name) => `$${name}: ID!`).join(", ")}) { ${asked} }`, variables);
    return Object.fromEntries(ids.map((id, place) => [id, brief(data[`i${place}`])]));
  }

  function brief(scene) {
    if (!scene) return null;
    const path = scene.files.length ? scene.files[0].path : "";
    const file = path.split(/[\\/]/).pop();
    return { id: Number(scene.id), title: (scene.title || "").trim() || file.replace(/(.)\.[^.]*$/, "$1") || s2p.text("parts.scene", { id: String(scene.id) }), path };
  }

  /** Names of tags whose names or aliases hold these words. */
  async function tagNames(words) {
    const data = await s2p.askStash(TAGS, { f: { q: words, per_page: 20, sort: "name" } });
    return data.findTags.tags.map((tag) => tag.name);
  }

  s2p.stash = { stored, state, aboutOnce, scenes, tagNames };
})(window.Stash2Plex);
