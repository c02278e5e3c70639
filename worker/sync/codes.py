"""Words by which records, jobs and the page know something, beside those of matching.gate and plex.fields."""

from typing import Final

OTHER_SCENE: Final = "other_scene"
DRY_RUN: Final = "dry_run"
NOT_IN_PLEX: Final = "not_in_plex"
RESTORED: Final = "restored"
"""Codes of skips beside those of matching.gate: the item is another scene's, two settings, and what was given back."""

POSTER: Final = "poster"
BACKGROUND: Final = "background"
"""What pins and changes call an item's pictures, which are none of plex.fields."""
