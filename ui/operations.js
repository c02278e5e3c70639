/** Calling the plugin: one operation in, its JSON out; starting a task; and every failure as an Error whose message is for people. */
(function (s2p) {
  "use strict";

  const documents = {};

  /** Those of one line that are asked in one moment are answered by one process: the quick ones, and those that wait for Plex, which may take its time. */
  const TOGETHER = [["ui_overview", "ui_missing", "ui_jobs", "ui_history", "ui_runs", "ui_scene_news", "ui_card_marks", "ui_settings"], ["ui_check", "ui_mapping"]];
  const MOMENT_MS = 5;
  const gathered = new Map();

  function operation() {
    documents.operation =
      documents.operation ||
      s2p.apollo.gql`
        mutation Stash2PlexOperation($id: ID!, $args: Map!) {
          runPluginOperation(plugin_id: $id, args: $args)
        }
      `;
    return documents.operation;
  }

  function task() {
    documents.task =
      documents.task ||
      s2p.apollo.gql`
        mutation Stash2PlexTask($id: ID!, $task: String!) {
          runPluginTask(plugin_id: $id, task_name: $task)
        }
      `;
    return documents.task;
  }

  async function mutate(mutation, variables) {
    try {
      const client = s2p.api.utils.StashService.getClient();
      return (await client.mutate({ mutation, variables: { id: s2p.pluginId, ...variables }, fetchPolicy: "no-cache" })).data;
    } catch (error) {
      throw Object.assign(new Error(inWords(error)), { isStashAway: isAway(error) });
    }
  }

  async function run(args) {
    return (await mutate(operation(), { args })).runPluginOperation;
  }

  /**
   * Run an operation of docs/page.md.
   * @param {string} mode for example "ui_overview"
   * @param {object|Promise<object>} [args]
   * @returns {Promise<any>} what stood in `output`
   */
  async function call(mode, args) {
    const line = TOGETHER.find((each) => each.includes(mode));
    if (!line) return s2p.sentencesIn(await run({ ...(await args), mode }));
    return new Promise((resolve, reject) => {
      if (!gathered.has(line)) window.setTimeout(() => send(line), MOMENT_MS);
      gathered.set(line, [...(gathered.get(line) || []), { mode, args, resolve, reject }]);
    });
  }

  async function send(line) {
    const asked = gathered.get(line);
    gathered.delete(line);
    try {
      const calls = await Promise.all(asked.map(async (each) => ({ ...(await each.args), mode: each.mode })));
      const answers = calls.length === 1 ? [{ output: await run(calls[0]), error: "" }] : (await run({ mode: "ui_together", calls })).answers;
      asked.forEach((each, index) => (answers[index].error ? each.reject(new Error(sentence(answers[index].error))) : each.resolve(s2p.sentencesIn(answers[index].output))));
    } catch (error) {
      asked.forEach((each) => each.reject(error));
    }
  }

  /** Ask Stash itself, which costs no process; what it cannot answer is null. @param {string} query @param {object} [variables] */
  async function askStash(query, variables) {
    documents[query] = documents[query] || s2p.apollo.gql(query);
    const client = s2p.api.utils.StashService.getClient();
    return (await client.query({ query: documents[query], variables, fetchPolicy: "no-cache", errorPolicy: "all" })).data || {};
  }

  /** Put a task of the manifest into Stash's own queue, as its Tasks page does. @param {string} name @returns {Promise<string>} the job's id */
  async function startTask(name) {
    return (await mutate(task(), { task: name })).runPluginTask;
  }

  const refusal = (error) => ((((error.networkError || {}).result || {}).errors || [])[0] || {}).message || "";

  const isAway = (error) => Boolean(error.networkError && !refusal(error));

  /** @param {any} error of Apollo or of the network */
  function inWords(error) {
    const answered = ((error.graphQLErrors || [])[0] || {}).message || "";
    const refused = refusal(error);
    const message = answered || refused || error.message || String(error);
    if (/cannot query field|unknown argument|unknown type/i.test(message)) {
      return s2p.text("operations.old_stash");
    }
    if (/plugin with ID/i.test(message)) {
      return s2p.text("operations.unknown_plugin");
    }
    if (isAway(error)) {
      return s2p.text("operations.stash_away");
    }
    return sentence(message);
  }

  /** Of what the plugin says, or Stash itself. */
  function sentence(message) {
    const trimmed = message.trim();
    const ended = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
    return s2p.sentencesIn(s2p.words.capital(ended), true);
  }

  s2p.askStash = askStash;
  s2p.call = call;
  s2p.startTask = startTask;
})(window.Stash2Plex);
