"""The settings as values, with their defaults and units."""

from dataclasses import dataclass, field
from enum import StrEnum


class TagsTo(StrEnum):
    """Where Stash's tags land in Plex."""

    GENRES = "genres"
    LABELS = "labels"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class PathRule:
    """A file below `stash_prefix` in Stash is below `plex_prefix` in Plex. Prefixes end on a path component."""

    stash_prefix: str
    plex_prefix: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Off, empty and 0 are the defaults, as Stash's settings page shows them.

    The first block can be set on Stash's settings page, in the environment (same names in upper case) and in `config.yaml`;
    the second block in `config.yaml` and in the environment only.
    """

    plex_url: str = ""
    plex_token: str = field(default="", repr=False)
    plex_library: tuple[str, ...] = ()  # names or section ids; empty: every movie and TV library
    path_rules: tuple[PathRule, ...] = ()  # empty: inferred
    max_retries: int = 5  # attempts before a job becomes a dead letter
    preserve_plex_edits: bool = False
    trigger_plex_scan: bool = False
    dry_run: bool = False
    debug: bool = False
    paused: bool = False  # hooks record, nothing is sent
    only_organized: bool = False
    only_tags: tuple[str, ...] = ()
    mirror_lists: bool = False
    tags_to: TagsTo = TagsTo.GENRES
    exclude_tags: tuple[str, ...] = ()
    collections_from: frozenset[str] = frozenset()  # of {"studio", "groups"}
    skip_fields: frozenset[str] = frozenset()  # names from settings.names.SYNCABLE
    performer_photos: bool = False
    background_image: bool = False
    skip_tls_verify: bool = False

    include_tags: tuple[str, ...] = ()  # empty: all but exclude_tags
    only_paths: tuple[str, ...] = ()  # globs over stash_paths; empty: all
    collection_prefix: str = ""
    ignore_path_case: bool = False
    plex_timeout_s: float = 30.0
    stash_timeout_s: float = 30.0
    worker_idle_s: float = 600.0
    batch_size: int = 100
    dead_letter_days: int = 30
    reconcile_every_s: float = 86_400.0  # 0: never by itself
    stash_public_url: str = ""  # how Plex reaches Stash, for performer photos

    @property
    def is_configured(self) -> bool:
        """Whether there is enough to reach Plex."""
        return bool(self.plex_url and self.plex_token)
