"""Everything that speaks to Plex; knows neither jobs nor Stash. The only importer of plexapi."""
