/** Calling the plugin: one operation in, its JSON out, and every failure as an Error whose message is for people. */
(function (s2p) {
  "use strict";

  let document_ = null;

  function mutation() {
    if (!document_) {
      document_ = s2p.apollo.gql`
        mutation Stash2PlexOperation($id: ID!, $args: Map!) {
          runPluginOperation(plugin_id: $id, args: $args)
        }
      `;
    }
    return document_;
  }

  /**
   * Run an operation of docs/page.md.
   * @param {string} mode for example "ui_overview"
   * @param {object} [args]
   * @returns {Promise<any>} what stood in `output`
   */
  async function call(mode, args) {
    try {
      const answer = await s2p.api.utils.StashService.getClient().mutate({
        mutation: mutation(),
        variables: { id: s2p.pluginId, args: { ...args, mode } },
        fetchPolicy: "no-cache",
      });
      return answer.data.runPluginOperation;
    } catch (error) {
      throw new Error(inWords(error));
    }
  }

  /** @param {any} error of Apollo or of the network */
  function inWords(error) {
    const told = ((error.graphQLErrors || [])[0] || {}).message || "";
    const refused = ((((error.networkError || {}).result || {}).errors || [])[0] || {}).message || "";
    const message = told || refused || error.message || String(error);
    if (/cannot query field|unknown argument|unknown type/i.test(message)) {
      return "This Stash is too old for Stash2Plex's page. Update Stash to v0.27 or newer; syncing itself goes on.";
    }
    if (/plugin with ID/i.test(message)) {
      return "Stash does not know the plugin any more. Reload the plugins under Settings > Plugins, then reload this page.";
    }
    if (error.networkError && !refused) {
      return "Stash does not answer. Is it running? This page tries again by itself.";
    }
    return sentence(message);
  }

  function sentence(text) {
    const trimmed = text.trim();
    const ended = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
    return ended.charAt(0).toUpperCase() + ended.slice(1);
  }

  s2p.call = call;
})(window.Stash2Plex);
