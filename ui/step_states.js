/** How far each step of Set-up is, and what it holds in one line. Pure: from what is known to words. */
(function (s2p) {
  "use strict";

  const { stores, text } = s2p;

  const STEPS = ["server", "libraries", "folders", "written", "preview", "sync"];

  /**
   * The state of each step, in their order: done, todo, busy, asks, broken, off. What only asks for a look is done once a person went past it or something is in Plex.
   * @param {{data: object, overview: object|null, check: object|null, hasFailed: boolean, folders: {data: object|null, error: Error|null}|null, held: Record<string, boolean>, seen: string[]}} known
   */
  function stepStates(known) {
    const { data, overview, held, seen } = known;
    if (!data.configured) return Object.fromEntries(STEPS.map((key) => [key, key === "server" ? serverState(known) : "off"]));
    const wasSynced = Boolean(overview && overview.counts.in_plex > (overview.never_seen || 0)); // a scene that was saved meanwhile is no first sync
    const isPast = (key) => wasSynced || seen.includes(key);
    const looked = (key) => (overview ? (isPast(key) ? "done" : "todo") : "busy");
    const states = {
      server: serverState(known),
      libraries: libraryState(known, isPast("libraries")),
      folders: folderState(known, isPast("folders"), wasSynced),
      written: looked("written"),
      preview: looked("preview"),
      sync: syncState(overview),
    };
    const hold = (key) => (held[key] && ["done", "asks", "busy"].includes(states[key]) ? "todo" : states[key]); // nothing folds under somebody's hands
    return Object.fromEntries(STEPS.map((key) => [key, hold(key)]));
  }

  const hasProblem = (data, ...keys) => keys.some((key) => (stores.settingOf(data, key) || {}).problem);

  /** A library that is not there is a matter of the next step. */
  const answers = (check) => check.ok || check.setting === "plex_library";

  function serverState({ data, check, hasFailed }) {
    if (hasProblem(data, "plex_url", "plex_token")) return "broken";
    if (!data.configured) return "todo";
    if (hasFailed) return "broken";
    if (!check) return "busy";
    if (!answers(check)) return "broken";
    return data.token_in_stash || check.note ? "asks" : "done";
  }

  const usableOf = (check) => (check ? check.libraries.filter((library) => library.usable) : []);

  function libraryState({ data, check, hasFailed }, isPast) {
    if (hasProblem(data, "plex_library") || (check && check.setting === "plex_library")) return "broken";
    if (stores.settingOf(data, "plex_library").value || isPast || usableOf(check).length === 1) return "done";
    return check || hasFailed ? "todo" : "busy";
  }

  function folderState({ data, check, hasFailed, folders }, isPast, wasSynced) {
    if (hasProblem(data, "path_rules")) return "broken";
    if (hasFailed || (check && !check.ok)) return "todo"; // the step before says what is wrong
    if (!folders) return "busy";
    if (folders.error) return check ? "broken" : "busy";
    const found = folders.data;
    if (found.state !== "ready") return wasSynced ? "busy" : "todo";
    if (found.rules_problem || found.conflicts.length || (found.looked_at && !found.match)) return "broken";
    return emptyOf(found).length && !isPast ? "todo" : "done";
  }

  /** Over once all that Stash has was compared; if Plex has nothing of it, or settings leave all of it out, that is nothing to be pleased about. */
  function syncState(overview) {
    if (!overview) return "busy";
    const { counts, never_seen: never, library } = overview;
    const { missing, left_out: leftOut } = library.coverage;
    if (never !== 0 || !(counts.in_plex || missing || leftOut)) return "todo";
    return counts.in_plex ? "done" : "asks";
  }

  /** Folders of which nothing is found in Plex. */
  const emptyOf = (found) => found.stash_folders.filter((folder) => folder.scenes && !folder.match).map((folder) => folder.stash_path);

  // -- in one line --------------------------------------------------------------------------------------------------

  function stepSummaries({ data, overview, check, folders, compared }) {
    return {
      server: serverSummary(data, check),
      libraries: data.configured ? librarySummary(data, check) : "",
      folders: folders && folders.data ? folderSummary(folders.data) : "",
      written: data.configured ? writtenSummary(data) : "",
      preview: compared,
      sync: overview && ["done", "asks"].includes(syncState(overview)) ? s2p.coverageLine(overview.library.coverage) : "",
    };
  }

  function serverSummary(data, check) {
    if (!data.configured) return "";
    const address = stores.settingOf(data, "plex_url").value;
    if (!check) return text("connection.checking");
    return answers(check) ? `${check.server || "Plex"} · ${address}` : address;
  }

  function librarySummary(data, check) {
    const chosen = stores.settingOf(data, "plex_library").value;
    const titles = usableOf(check).map((library) => library.title).join(", ");
    if (chosen) return titlesOf(chosen, usableOf(check));
    return titles ? text("steps.all_libraries", { libraries: titles }) : "";
  }

  /** What is stored names them by title or section id; where it is no plain list, what the look at the server made of it. */
  function titlesOf(stored, usable) {
    if (stored.startsWith("[")) return usable.filter((library) => library.chosen).map((library) => library.title).join(", ") || stored;
    const named = (name) => (usable.find((library) => String(library.key) === name && !usable.some((each) => each.title === name)) || { title: name }).title;
    return stored.split(",").map((name) => named(name.trim())).join(", ");
  }

  function folderSummary(found) {
    if (found.state !== "ready") return text("steps.folders_reading");
    if (!found.looked_at) return text("steps.no_scenes");
    const none = emptyOf(found);
    const counts = text("steps.folders_found", { match: found.match, count: found.looked_at });
    return none.length ? `${counts} ${text("steps.folders_empty", { folders: none.join(", ") })}` : counts;
  }

  function writtenSummary(data) {
    return s2p.WRITTEN.map((key) => stores.settingOf(data, key))
      .filter((setting) => setting && setting.control !== "switch" && setting.value)
      .map((setting) => `${setting.name}: ${named(setting)}`)
      .join(" · ");
  }

  const named = ({ value, choices, choice_names: names }) => (names.length ? value : value.split(",").map((each) => (choices.includes(each.trim()) ? text(`choice.${each.trim()}`) : each.trim())).join(", "));

  s2p.syncState = syncState;
  s2p.stepStates = stepStates;
  s2p.stepSummaries = stepSummaries;
})(window.Stash2Plex);
