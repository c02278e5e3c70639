"""The settings as values, with their defaults and units, and what can be wrong with them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Final

from matching.paths import PathRule
from matching.tag_rules import sides_of
from settings.choices import BackgroundFrom, CodeTo, PosterFrom, StudioFrom, TagsTo
from settings.spec import SPECS, Spec

PICTURE_RECIPE: Final = 1
"""Goes up with each change of what worker.sync.rendering makes of the same picture."""


class Source(StrEnum):
    """Where the value of a setting came from."""

    DEFAULT = "default"
    STASH = "Stash's settings page"
    PAGE = "the page of Stash2Plex"
    FILE = "config.yaml"
    ENVIRONMENT = "environment"
    PREDECESSOR = "the other Stash2Plex"


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The value of a setting of ours that stands in Stash under names of the predecessor (settings.predecessor).

    Attributes:
        key: of our setting.
        origins: the predecessor's keys, e.g. `("sync_summary", "sync_tags")`.
        raw: what Stash would hold under our key.
    """

    key: str
    origins: tuple[str, ...]
    raw: str | bool | float


@dataclass(frozen=True, slots=True)
class LibrarySettings:
    """What is set otherwise for one library.

    Attributes:
        name: its name or section id, as it was written.
        values: our keys and their values.
    """

    name: str
    values: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Off, empty and 0 are the defaults, as Stash's settings page shows them.

    The first block can be set on Stash's settings page, in the environment (same names in upper case) and in
    `config.yaml`; the second block in `config.yaml` and in the environment only.
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
    except_tags: tuple[str, ...] = ()
    only_with: frozenset[str] = frozenset()  # of settings.spec.KNOWN_BY
    skip_not_in_plex: bool = False
    mirror_lists: frozenset[str] = frozenset()  # of settings.spec.LISTS
    tags_to: TagsTo = TagsTo.GENRES
    exclude_tags: tuple[str, ...] = ()
    collections_from: frozenset[str] = frozenset()  # of settings.spec.COLLECTION_SOURCES
    content_rating: tuple[str, ...] = ()  # rules of matching.tag_rules; empty: left alone
    labels: tuple[str, ...] = ()  # rules of matching.tag_rules
    labels_from: frozenset[str] = frozenset()  # of settings.spec.LABEL_SOURCES
    skip_fields: frozenset[str] = frozenset()  # of settings.spec.SYNCABLE
    performer_photos: bool = False
    stash_public_url: str = ""  # how Plex reaches Stash, for performer photos
    background_image: BackgroundFrom = BackgroundFrom.NONE
    skip_tls_verify: bool = False

    title_format: str = ""  # of settings.title_format; empty: the title alone
    code_to: CodeTo = CodeTo.NOWHERE
    studio_from: StudioFrom = StudioFrom.STUDIO
    performer_disambiguation: bool = False
    sort_by_group: bool = False
    added_at: bool = False  # Plex's added date is the time at which Stash got the scene
    include_tags: tuple[str, ...] = ()  # empty: all but exclude_tags
    only_paths: tuple[str, ...] = ()  # globs over stash_paths; empty: all
    only_studios: tuple[str, ...] = ()
    least_rating: float = 0.0  # of 100
    tag_rules: tuple[str, ...] = ()  # rules of matching.tag_targets
    performer_tags: bool = False
    collection_prefix: str = ""
    collection_prefixes: tuple[str, ...] = ()  # texts of settings.prefixes
    collection_size: int = 1  # items of a library that a collection must have before it is made
    collections_follow: frozenset[str] = frozenset()  # of settings.spec.FOLLOWS
    poster_from: PosterFrom = PosterFrom.COVER
    ignore_path_case: bool = False
    photo_port: int = 0  # where the worker serves performers' photos; 0: nowhere
    photo_address: str = ""  # how Plex reaches photo_port
    card_marks: bool = False
    plex_timeout_s: float = 30.0
    stash_timeout_s: float = 30.0
    worker_idle_s: float = 600.0
    batch_size: int = 100
    dead_letter_days: int = 30
    reconcile_every_s: float = 86_400.0  # 0: never by itself
    emptying_limit: int = 25  # items an hour that may lose a field which no save named
    emptying_limit_any: int = 200  # items an hour that may lose a field at all

    libraries: tuple[LibrarySettings, ...] = ()
    """What is set otherwise for single libraries; of two that name the same library the first counts."""

    plex_library_text: str = ""
    """`plex_library` as typed, where it has commas: names may hold some too, and only Plex knows what is meant."""

    url_source: Source = field(default=Source.DEFAULT, compare=False)
    token_source: Source = field(default=Source.DEFAULT, compare=False)

    picture_recipe: int = PICTURE_RECIPE
    """How pictures are made that ffmpeg makes; another one in the settings of before makes each of them due once."""

    fills_only: bool = False
    """The predecessor was here, and nobody has said yet what holds: only what is empty in Plex is filled."""

    taken_over: tuple[TakenOver, ...] = ()
    """What counts of the predecessor's settings meanwhile."""

    @property
    def is_configured(self) -> bool:
        """Whether there is enough to reach Plex."""
        return bool(self.plex_url and self.plex_token)

    @property
    def is_set_together(self) -> bool:
        """Whether address and token stand in one place where only who runs the machine writes, so belong together."""
        return self.url_source is self.token_source and self.token_source in {Source.ENVIRONMENT, Source.FILE}

    def for_library(self, names: Collection[str]) -> "Settings":
        """Return the settings in force for the library that `libraries` calls by `names`; these where it has none."""
        own = [each for each in self.libraries if each.name in names]
        values = {key: value for each in reversed(own) for key, value in each.values}
        # Keys and values are those that settings.by_library has read for these very fields.
        return replace(self, libraries=(), **values) if own else self  # type: ignore[arg-type]

    @property
    def variants(self) -> "tuple[Settings, ...]":
        """These, and those in force for each library that has some of its own."""
        return (self, *(self.for_library({each.name}) for each in self.libraries))

    @property
    def tag_words(self) -> tuple[str, ...]:
        """All words that name tags, as they were written, those for single libraries included."""
        return tuple(dict.fromkeys(word for each in self.variants for word in _tag_words_of(each)))

    def what_is_missing(self) -> str:
        """Return what to fill in, and where, before anything can be sent; "" if nothing is missing."""
        missing = [SPECS[key] for key in ("plex_url", "plex_token") if not getattr(self, key)]
        if not missing:
            return ""
        named = " and ".join(f'"{spec.display_name}" ({spec.key})' for spec in missing)
        return (
            f"Not set up yet: fill in {named} on the page of Stash2Plex in Stash, in the tab Set-up."
            " Saves are recorded until then and reach Plex afterwards."
        )

    def is_on_anywhere(self, key: str) -> bool:
        """Whether the switch `key` is on for all libraries, or for one of them."""
        return bool(getattr(self, key)) or any(dict(each.values).get(key) for each in self.libraries)

    @property
    def photo_base(self) -> str:
        """Where Plex finds performers' photos: the worker if it serves them, else Stash; "" for nowhere."""
        return self.photo_address if self.photo_port else self.stash_public_url

    @property
    def why_paused(self) -> str:
        """What keeps everything paused, if `paused` is on."""
        origins = next((each.origins for each in self.taken_over if each.key == "paused"), ())
        if not origins:
            return "paused is on"
        return f"{' and '.join(origins)} of the other Stash2Plex is off, and counts as paused until you resume"

    @property
    def moving_in(self) -> str:
        """What holds until a person has said what counts of the predecessor, as one sentence; "" where it does not."""
        if not self.fills_only:
            return ""
        named = ", ".join(dict.fromkeys(each.key for each in self.taken_over))
        meaning = f"these settings come from it: {named}" if named else "nothing of its settings had to be taken over"
        return (
            f"The other Stash2Plex (trek-e) was here before, {meaning}. Until you choose on the page of Stash2Plex, "
            "nothing is emptied in Plex and no field that is filled there is overwritten"
        )

    def notes(self) -> tuple[str, ...]:
        """Return a sentence for each setting that makes things work otherwise than one may expect."""
        notes = (
            (self.paused, f"{self.why_paused}: saves are recorded and nothing is sent"),
            (self.dry_run, "dry_run is on: changes are logged and nothing is written to Plex"),
            (self.skip_tls_verify, "skip_tls_verify is on: the certificate of Plex is not checked"),
            (
                not (self.photo_base or self.photo_port) and self.is_on_anywhere("performer_photos"),
                "performer_photos is on, but stash_public_url is not set: no photo is sent",
            ),
            (
                bool(self.photo_port) and not self.photo_base and self.is_on_anywhere("performer_photos"),
                "photo_port is set, but photo_address is not: no photo is sent",
            ),
        )
        return tuple(sentence for applies, sentence in notes if applies)


def _tag_words_of(settings: Settings) -> tuple[str, ...]:
    rules = sides_of((*settings.tag_rules, *settings.content_rating, *settings.labels))
    named = (*settings.only_tags, *settings.except_tags, *settings.include_tags, *settings.exclude_tags)
    return (*named, *[tag for tag, _ in rules if tag])


def default_text(spec: Spec) -> str:
    """Return the default as people read it: "off", "5", "genres", or what an empty value means."""
    default = next(each.default for each in fields(Settings) if each.name == spec.key)
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, (int, float)):
        return f"{default:g}"
    return str(default) or "empty" if isinstance(default, str) and not spec.empty else f"empty: {spec.empty}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One setting that cannot be used.

    Attributes:
        setting: its key, e.g. "max_retries"; for config.yaml as a whole "config.yaml".
        name: what the settings page calls it; "" for an unknown key.
        source: where the value came from, e.g. "the environment variable MAX_RETRIES" or "config.yaml, line 3".
        value_shown: the value, shortened; never a secret.
        message: what is wrong and what is accepted.
    """

    setting: str
    name: str
    source: str
    value_shown: str
    message: str

    def __str__(self) -> str:
        called = f"{self.name} ({self.setting})" if self.name else self.setting
        value = f" = {self.value_shown}" if self.value_shown else ""
        return f"{called}{value}, from {self.source}: {self.message}"


class SettingsError(Exception):
    """Settings that cannot be used as they are. `problems` has every one of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class BadValueError(ValueError):
    """One value that its setting does not accept; the message says what it accepts."""
