"""Reading from Stash: scenes, settings, pictures. Never writes. The only importer of stashapi."""
