"""Reading from Stash: scenes, settings, pictures. Never writes. The only importer of stashapi."""

from typing import Final

PLUGIN_ID: Final = "Stash2Plex"
"""Under which Stash knows the plugin: the name of its manifest."""
