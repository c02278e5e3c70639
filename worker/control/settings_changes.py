"""Changed settings reach the scenes that they concern: those left out, and those with other plans now."""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from logs.words import counted
from settings.by_library import why_for_all
from settings.predecessor import keep_question
from settings.settings import LibrarySettings, Settings
from settings.spec import SPECS
from sync_queue.pending import Selection, has_job, make_due
from worker.control.jobs import control_job, put
from worker.control.kinds import COMPARE_PLANS, REQUEUE_SKIPPED
from worker.control.readmitting import SETTING_OF, gate_of, plain
from worker.errors import NotInPlexError, OtherFileError, UnreadableError
from worker.facts import CONTENT, GATES, LIBRARIES, MATCHING, MOVING_IN, PHOTOS_CLOSED, PHOTOS_MISSED
from worker.sync.libraries import for_section

if TYPE_CHECKING:
    from records import Records
    from worker.sync.stash_link import SettingsInForce

log = logging.getLogger("stash2plex.worker")


CONTENT_SETTINGS: Final = (
    "title_format",
    "code_to",
    "studio_from",
    "performer_disambiguation",
    "sort_by_group",
    "tags_to",
    "exclude_tags",
    "include_tags",
    "tag_rules",
    "performer_tags",
    "collections_from",
    "collection_prefix",
    "collection_prefixes",
    "collection_size",
    "collections_follow",
    "content_rating",
    "added_at",
    "labels",
    "labels_from",
    "skip_fields",
    "mirror_lists",
    "performer_photos",
    "stash_public_url",
    "photo_port",
    "photo_address",
    "background_image",
    "poster_from",
)
"""The settings that say what is planned for a scene.

`preserve_plex_edits` is none: what was edited in Plex is not overwritten for its sake before the scene is saved.
"""

_FILLS_ONLY: Final = "fills_only"
"""Stands among them only where it is so."""

_LIBRARIES: Final = "libraries"
LIBRARY_NAMES: Final = "names of libraries"
"""Likewise: what is set for single libraries, by section key, and by which names the settings call them.

With them go the gates: a scene that is synced in one library may be left out in another one.
"""

_GATES_BY_LIBRARY: Final = tuple(dict.fromkeys(name for name in SETTING_OF.values() if not why_for_all(SPECS[name])))

_RECIPE: Final = "picture_recipe"
"""Stands among them only where it is another one than the first."""

_FIRST_RECIPE: Final = 1

MATCHING_SETTINGS: Final = ("plex_library", "path_rules", "ignore_path_case", "skip_not_in_plex")
"""The settings that say where a scene's files are looked for, and whether they are waited for."""

_WAIT_FOR_A_FILE: Final = (NotInPlexError, OtherFileError, UnreadableError)

_DEFAULTS: Final = Settings()


class SettingsChanges:
    """Notices settings that differ from those that any worker saw last, and queues what they concern."""

    def __init__(
        self, settings: "SettingsInForce", records: "Records", queue_dir: str, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._records = records
        self._queue_dir = queue_dir
        self._clock = clock
        self._seen: tuple[Settings, dict[str, int]] | None = None

    def look(self) -> None:
        """Queue what is due. Costs nothing where no setting was changed."""
        settings = self._settings.last
        seen = settings, self._places(settings)
        if seen != self._seen:
            self._look_at_gates(settings)
            self._look_at_matching(settings)
            self._look_at_content(settings)
            self._look_at_predecessor(settings)
            self._seen = seen

    def _places(self, settings: Settings) -> dict[str, int]:
        """Which library each name in the settings means, as far as Plex was asked; asks nobody."""
        return (self._records.facts.get(LIBRARIES) or {}) if settings.libraries else {}

    def _look_at_gates(self, settings: Settings) -> None:
        """Ask for the scenes that were left out by what is off now, or is set otherwise."""
        facts, now = self._records.facts, {code: gate_of(settings, name) for code, name in SETTING_OF.items()}
        before = facts.get(GATES)
        if now == before:
            return
        for code, value in now.items():
            is_changed = value != before.get(code) if before else not value
            if is_changed and self._records.skips.page(reason=code, limit=1):
                key = f"{REQUEUE_SKIPPED}_{code}"
                put(self._queue_dir, control_job(REQUEUE_SKIPPED, {"code": code}, now=self._clock(), job_key=key))
        facts.put(GATES, now)

    def _look_at_matching(self, settings: Settings) -> None:
        """Have what waits for its file looked for anew, where other files may be its own now."""
        facts, now = self._records.facts, {name: plain(getattr(settings, name)) for name in MATCHING_SETTINGS}
        before = facts.get(MATCHING)
        if now == before:
            return
        if before is not None:
            kinds = [Selection(error_type=kind.__name__) for kind in _WAIT_FOR_A_FILE]
            count = sum(make_due(self._queue_dir, self._clock(), kind) for kind in kinds)
            log.info("Scenes are looked for in Plex otherwise now: %s due that waited", counted(count, "job"))
        facts.put(MATCHING, now)

    def _look_at_content(self, settings: Settings) -> None:
        """Ask for a comparison of plans, and remember the settings of before until it has come to its end."""
        facts, now = self._records.facts, content_of(settings, self._places(settings))
        known = facts.get(CONTENT)
        # Named as this version names them: a setting that is new and not used is no change.
        last, before = (as_named_now(known["now"]), known["before"]) if known else (now, [])
        # Several changes in a row: what was synced under any of them may differ.
        before = [each for each in (*before, last) if each != now] if last != now else before
        if last != now or known is None:
            facts.put(CONTENT, {"now": now, "before": before})
        if before and (last != now or not has_job(self._queue_dir, COMPARE_PLANS)):
            put(self._queue_dir, control_job(COMPARE_PLANS, {"now": now, "before": before}, now=self._clock()))

    def _look_at_predecessor(self, settings: Settings) -> None:
        """Say once what counts of the predecessor's settings, and put it down for the status and for later."""
        keep_question(os.path.dirname(self._queue_dir), is_open=settings.fills_only)
        if settings.moving_in != self._records.facts.get(MOVING_IN, ""):
            self._records.facts.put(MOVING_IN, settings.moving_in)
            log.info("%s", settings.moving_in or "What holds of the other Stash2Plex's settings has been chosen")


def note_photos(records: "Records", queue_dir: str, clock: Callable[[], float], problem: str) -> None:
    """Put down why performers' photos cannot be served now; where they can (""), queue what was synced without them."""
    facts = records.facts
    known = facts.get(CONTENT)
    facts.put(PHOTOS_CLOSED, problem)
    if known and not problem and facts.get(PHOTOS_MISSED):
        now = known["now"]
        before = {**now, "photo_port": 0, "stash_public_url": ""}
        put(queue_dir, control_job(COMPARE_PLANS, {"now": now, "before": [before]}, now=clock()))
        facts.put(PHOTOS_MISSED, value=False)


def content_of(settings: Settings, places: Mapping[str, int] = MappingProxyType({})) -> dict[str, Any]:
    """Return the settings of the content as they come back from a fact.

    `places` are the section keys of the libraries, by their names in the settings, as far as they are known.
    """
    values = {name: plain(getattr(settings, name)) for name in CONTENT_SETTINGS}
    if settings.fills_only:
        values[_FILLS_ONLY] = True
    if settings.libraries:
        values |= {name: plain(getattr(settings, name)) for name in _GATES_BY_LIBRARY}
        values[_LIBRARIES] = {str(key): _of_library(settings, places, key) for key in sorted({*places.values()})}
        values[LIBRARY_NAMES] = sorted(each.name for each in settings.libraries)
    if settings.picture_recipe != _FIRST_RECIPE:
        values[_RECIPE] = settings.picture_recipe
    return values


def _of_library(settings: Settings, places: Mapping[str, int], section_key: int) -> dict[str, Any]:
    held = for_section(settings, places, section_key)
    own = {key for each in settings.libraries if places.get(each.name) == section_key for key, _ in each.values}
    return {name: plain(getattr(held, name)) for name in (*CONTENT_SETTINGS, *_GATES_BY_LIBRARY) if name in own}


def restored(kept: Mapping[str, Any]) -> Settings:
    """Return settings with the content of `content_of`; defaults for what an older version did not name."""
    libraries = [
        LibrarySettings(name, tuple(_typed(own).items())) for name, own in kept.get(_LIBRARIES, {}).items() if own
    ]
    return replace(_DEFAULTS, **{_RECIPE: _FIRST_RECIPE, **_typed(kept)}, libraries=tuple(libraries))


def as_named_now(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an older version put down as this one would: a setting that is new and not used is no change."""
    settings = restored(kept)
    values = content_of(settings, {each.name: int(each.name) for each in settings.libraries})
    return {**values, **{name: kept[name] for name in (*_GATES_BY_LIBRARY, _LIBRARIES, LIBRARY_NAMES) if name in kept}}


def _typed(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a fact as the settings have them."""
    kinds = {each.name: type(getattr(_DEFAULTS, each.name)) for each in fields(Settings)}
    names = {*CONTENT_SETTINGS, *_GATES_BY_LIBRARY, _FILLS_ONLY, _RECIPE}
    return {name: kinds[name](value) for name, value in kept.items() if name in names}
