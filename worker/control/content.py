"""Settings of the content that were changed reach what was synced before: only the scenes for which something else is planned now are queued."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from logs.words import counted
from plex.fields import is_empty, same
from settings.settings import Settings
from sync_queue.bulk import enqueue_many
from sync_queue.by_error import make_due_of
from sync_queue.by_key import has_job
from sync_queue.models import run_name, task_job
from sync_queue.settling import ClaimedJob
from worker.control.jobs import KIND, control_job, put
from worker.errors import HeldError
from worker.facts import CONTENT
from worker.protocols import Result
from worker.sync.wanted import PHOTOS, photos_of, wanted_values

if TYPE_CHECKING:
    from records import Records
    from stash.errors import StashTooLarge
    from stash.model import Scene
    from worker.sync.stash_link import SettingsInForce, StashLink

log = logging.getLogger("stash2plex.worker")

RESETTLE: Final = "content"

PAGE: Final = 500
STEP_S: Final = 1.0
"""So long a step compares before saves get their turn again; a page is always finished."""

SETTINGS: Final = (
    "tags_to",
    "exclude_tags",
    "include_tags",
    "collections_from",
    "collection_prefix",
    "skip_fields",
    "mirror_lists",
    "performer_photos",
    "stash_public_url",
    "background_image",
)
"""The settings that say what is planned for a scene. `preserve_plex_edits` is none: what somebody wrote in Plex is not overwritten for its sake before the scene is saved."""

_DEFAULTS: Final = Settings()


class Content:
    """Notices that such a setting was changed, and remembers those of before until everything that was synced under them has been looked at."""

    def __init__(
        self, settings: "SettingsInForce", records: "Records", queue_dir: str, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._records = records
        self._queue_dir = queue_dir
        self._clock = clock
        self._known: dict[str, Any] | None = None

    def look(self) -> None:
        """Ask for a look at what was synced, where a setting is another one than any worker saw last. Costs nothing where nothing changed."""
        now = plain(self._settings.last)
        if now == self._known:
            return
        facts = self._records.facts
        told = facts.get(CONTENT) or {"now": now, "before": []}
        # Several changes in a row: what was synced under any of them may differ.
        before = [one for one in (*told["before"], told["now"]) if one != now] if told["now"] != now else told["before"]
        if told["now"] != now or facts.get(CONTENT) is None:
            facts.put(CONTENT, {"now": now, "before": before})
        if before and (told["now"] != now or not has_job(self._queue_dir, RESETTLE)):
            put(self._queue_dir, control_job(RESETTLE, {"now": now, "before": before}, now=self._clock()))
        self._known = now


class ContentHandler:
    """Compares what was planned for the synced scenes with what is planned now, for a second at a time: the next step is a job of its own.

    A kill in the middle repeats a step and doubles nothing. What differs is queued behind all other work, as a run that can be undone.
    """

    def __init__(self, stash: "StashLink", records: "Records", queue_dir: str, clock: Callable[[], float]) -> None:
        self._stash = stash
        self._records = records
        self._queue_dir = queue_dir
        self._clock = clock

    def __call__(self, claimed: ClaimedJob) -> Result:
        """One step. Raises StashError."""
        data, asked_at = claimed.job["data"], claimed.job["enqueued_at"]
        now, before = restored(data["now"]), [restored(one) for one in data["before"]]
        after, found = int(data.get("after", 0)), int(data.get("found", 0))
        until = time.monotonic() + STEP_S
        while scene_ids := self._records.written.scene_ids(after=after, limit=PAGE):
            differ = self._differing(scene_ids, now, before)
            self._queue(differ, run_name("settings", asked_at))
            after, found = scene_ids[-1], found + len(differ)
            if time.monotonic() >= until:
                # As old as what it goes on with: settings that were changed meanwhile are looked at from the beginning, and count more.
                rest = {**data, "after": after, "found": found}
                put(self._queue_dir, control_job(RESETTLE, rest, now=asked_at))
                return Result(claimed, kind=KIND)
        self._finish(data, found)
        return Result(claimed, kind=KIND)

    def _differing(self, scene_ids: Sequence[int], now: Settings, before: Sequence[Settings]) -> list[int]:
        unread: dict[int, StashTooLarge] = {}
        scenes = self._stash.scenes(scene_ids, unread)
        return [key for key, scene in scenes.items() if any(differs(scene, one, now) for one in before)]

    def _queue(self, scene_ids: Sequence[int], run: str) -> None:
        now = self._clock()
        if scene_ids:
            enqueue_many(self._queue_dir, (task_job(scene_id, run, now=now) for scene_id in scene_ids), now=now)

    def _finish(self, data: Mapping[str, Any], found: int) -> None:
        # What is held may be no loss under these settings, and its jobs, due in a day, are all that its scenes get.
        make_due_of(self._queue_dir, HeldError.__name__, self._clock())
        facts = self._records.facts
        told = facts.get(CONTENT) or {}
        if told.get("now") == data["now"] and told.get("before") == data["before"]:
            facts.put(CONTENT, {**told, "before": []})
        log.info(
            "Settings of the content were changed: %s queued, for which something else is planned now",
            counted(found, "scene"),
        )


def differs(scene: "Scene", before: Settings, now: Settings) -> bool:
    """Whether something else is planned for `scene` now. What is left alone now stays as it is; what was left alone before differs where there is something to write."""
    old, new = planned(scene, before), planned(scene, now)
    return any(not same(value, old[name]) if name in old else not is_empty(value) for name, value in new.items())


def planned(scene: "Scene", settings: Settings) -> dict[str, Any]:
    """All that these settings say of what Plex should show for `scene`: fields, pictures, and which lists are to be exactly Stash's."""
    has_cover = "yes" if scene.screenshot_path else ""
    values: dict[str, Any] = {**wanted_values(scene, settings), "poster": has_cover}
    if settings.background_image:
        values["background"] = has_cover
    values = {name: value for name, value in values.items() if name not in settings.skip_fields}
    if "actor" in values:
        values[PHOTOS] = tuple(f"{name} {url}" for name, url in photos_of(scene, settings).items())
    return values | {f"mirror {name}": "yes" for name in settings.mirror_lists if name in values}


def plain(settings: Settings) -> dict[str, Any]:
    """The settings of the content as they come back from a fact."""
    found = {name: getattr(settings, name) for name in SETTINGS}
    return {
        name: sorted(value) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else value
        for name, value in found.items()
    }


def restored(told: Mapping[str, Any]) -> Settings:
    """Settings with the content that `plain` has told of; defaults for what it does not name, as a version before may not have."""
    kinds = {one.name: type(getattr(_DEFAULTS, one.name)) for one in fields(Settings) if one.name in SETTINGS}
    values: dict[str, Any] = {name: kinds[name](value) for name, value in told.items() if name in kinds}
    return replace(_DEFAULTS, **values)
