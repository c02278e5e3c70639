window.Stash2Plex.sentences.de = {
  "Nothing waits.": "Nichts wartet."
};
