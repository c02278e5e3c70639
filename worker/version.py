"""The plugin's version; the same stands in Stash2Plex.yml, pyproject.toml and CHANGELOG.md, compared by a test."""

VERSION = "1.2.0"
