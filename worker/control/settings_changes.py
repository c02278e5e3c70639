"""Changed settings reach the scenes that they concern: those left out, and those with other plans now."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from logs.words import counted
from matching.gate import SkipCode
from plex.fields import is_empty, same
from settings.settings import Settings
from sync_queue.models import run_name
from sync_queue.pending import Selection, has_job, make_due
from sync_queue.settling import ClaimedJob
from worker.control.jobs import control_job, put, put_next_step, queue_scenes
from worker.errors import HeldError, NotInPlexError, OtherFileError, PermanentError, UnreadableError
from worker.facts import CONTENT, GATES, MATCHING, MOVING_IN
from worker.protocols import CONTROL, Result
from worker.sync.plans import DRY_RUN, NOT_IN_PLEX
from worker.sync.wanted import PHOTOS, photos_of, wanted_values

if TYPE_CHECKING:
    from records import Records
    from stash.errors import StashTooLarge
    from stash.model import Scene
    from worker.sync.stash_link import SettingsInForce, StashLink

log = logging.getLogger("stash2plex.worker")

REQUEUE_SKIPPED: Final = "readmit"
COMPARE_PLANS: Final = "content"

SKIPPED_PAGE: Final = 1000
PAGES_A_STEP: Final = 5
"""How many pages of skipped scenes are queued before saves get their turn again."""

PAGE: Final = 500
STEP_S: Final = 1.0
"""How long a step compares plans before saves get their turn again; a page is always finished."""

_GATES: Final[Mapping[str, str]] = {
    DRY_RUN: "dry_run",
    NOT_IN_PLEX: "skip_not_in_plex",
    SkipCode.NOT_ORGANIZED.value: "only_organized",
    SkipCode.NO_CHOSEN_TAG.value: "only_tags",
    SkipCode.PATH_NOT_CHOSEN.value: "only_paths",
    SkipCode.LEFT_OUT_TAG.value: "except_tags",
    SkipCode.STUDIO_NOT_CHOSEN.value: "only_studios",
    SkipCode.RATED_LOWER.value: "least_rating",
    SkipCode.NO_STASHID.value: "only_with",
    SkipCode.NO_URL.value: "only_with",
}
"""The code of a skip to the setting without which there would be none."""

CONTENT_SETTINGS: Final = (
    "tags_to",
    "exclude_tags",
    "include_tags",
    "collections_from",
    "collection_prefix",
    "collection_prefixes",
    "content_rating",
    "labels",
    "labels_from",
    "skip_fields",
    "mirror_lists",
    "performer_photos",
    "stash_public_url",
    "background_image",
)
"""The settings that say what is planned for a scene.

`preserve_plex_edits` is none: what was edited in Plex is not overwritten for its sake before the scene is saved.
"""

_FILLS_ONLY: Final = "fills_only"
"""Stands among them only where it is so."""

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
        self._seen: Settings | None = None

    def look(self) -> None:
        """Queue what is due. Costs nothing where no setting was changed."""
        settings = self._settings.last
        if settings != self._seen:
            self._look_at_gates(settings)
            self._look_at_matching(settings)
            self._look_at_content(settings)
            self._look_at_predecessor(settings)
            self._seen = settings

    def _look_at_gates(self, settings: Settings) -> None:
        """Ask for the scenes that were left out by what is off now, or is set otherwise."""
        facts, now = self._records.facts, {code: plain(getattr(settings, name)) for code, name in _GATES.items()}
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
        facts, now = self._records.facts, content_of(settings)
        known = facts.get(CONTENT)
        # Named as this version names them: a setting that is new and not used is no change.
        last, before = (content_of(restored(known["now"])), known["before"]) if known else (now, [])
        # Several changes in a row: what was synced under any of them may differ.
        before = [each for each in (*before, last) if each != now] if last != now else before
        if last != now or known is None:
            facts.put(CONTENT, {"now": now, "before": before})
        if before and (last != now or not has_job(self._queue_dir, COMPARE_PLANS)):
            put(self._queue_dir, control_job(COMPARE_PLANS, {"now": now, "before": before}, now=self._clock()))

    def _look_at_predecessor(self, settings: Settings) -> None:
        """Say once what counts of the predecessor's settings, and put it down for the status."""
        if settings.moving_in != self._records.facts.get(MOVING_IN, ""):
            self._records.facts.put(MOVING_IN, settings.moving_in)
            log.info("%s", settings.moving_in or "What holds of the other Stash2Plex's settings has been chosen")


def requeue_skipped(records: "Records", queue_dir: str, clock: Callable[[], float], claimed: ClaimedJob) -> Result:
    """Queue the scenes that were left out for the reason `code`, some pages at a time: each step is a job.

    A kill in the middle repeats a step and doubles nothing.
    """
    data, run = claimed.job["data"], run_name("settings", claimed.job["enqueued_at"])
    code, after, count = str(data.get("code")), data.get("after", 0), data.get("count", 0)
    if code not in _GATES or not isinstance(after, int) or not isinstance(count, int):
        return Result(claimed, PermanentError(f"there is no reason {code!r} for which scenes are left out"))
    for _ in range(PAGES_A_STEP):
        scene_ids = [skip.scene_id for skip in records.skips.page(reason=code, after=after, limit=SKIPPED_PAGE)]
        if not scene_ids:
            log.info("The setting %s was changed: %s left out by it queued", _GATES[code], counted(count, "scene"))
            return Result(claimed, kind=CONTROL)
        queue_scenes(queue_dir, scene_ids, run, clock())
        records.skips.clear(scene_ids)  # or it would pass for looked at if its job got lost
        # By its place: who is left out anew is not queued again.
        after, count = scene_ids[-1], count + len(scene_ids)
    put_next_step(queue_dir, claimed.job, after=after, count=count)
    return Result(claimed, kind=CONTROL)


def compare_plans(
    stash: "StashLink", records: "Records", queue_dir: str, clock: Callable[[], float], claimed: ClaimedJob
) -> Result:
    """Queue the synced scenes for which something else is planned now, for a second at a time: each step is a job.

    A kill in the middle repeats a step and doubles nothing.

    Raises:
        StashError: what pauses everything leaves the job where it is.
    """
    data, run = claimed.job["data"], run_name("settings", claimed.job["enqueued_at"])
    now, before = restored(data["now"]), [restored(each) for each in data["before"]]
    after, found = int(data.get("after", 0)), int(data.get("found", 0))
    until = time.monotonic() + STEP_S
    while scene_ids := records.written.scene_ids(after=after, limit=PAGE):
        differing = _differing(stash, scene_ids, now, before)
        queue_scenes(queue_dir, differing, run, clock())
        after, found = scene_ids[-1], found + len(differing)
        if time.monotonic() >= until:
            put_next_step(queue_dir, claimed.job, after=after, found=found)
            return Result(claimed, kind=CONTROL)
    # What is held may be no loss under these settings, and its jobs, due in a day, are all that its scenes get.
    make_due(queue_dir, clock(), Selection(error_type=HeldError.__name__))
    known = records.facts.get(CONTENT) or {}
    if known.get("now") == data["now"] and known.get("before") == data["before"]:
        records.facts.put(CONTENT, {**known, "before": []})
    log.info(
        "Settings of the content were changed: %s queued, for which something else is planned now",
        counted(found, "scene"),
    )
    return Result(claimed, kind=CONTROL)


def _differing(stash: "StashLink", scene_ids: Sequence[int], now: Settings, before: Sequence[Settings]) -> list[int]:
    unread: dict[int, StashTooLarge] = {}
    scenes = stash.scenes(scene_ids, unread)
    return [key for key, scene in scenes.items() if any(differs(scene, each, now) for each in before)]


def differs(scene: "Scene", before: Settings, now: Settings) -> bool:
    """Return whether something else is planned for `scene` now.

    What is left alone now stays as it is; what was left alone before differs where there is something to write.
    """
    old, new = planned(scene, before), planned(scene, now)
    return any(not same(value, old[name]) if name in old else not is_empty(value) for name, value in new.items())


def planned(scene: "Scene", settings: Settings) -> dict[str, Any]:
    """Return all that Plex should show for `scene`: fields, pictures, and which lists are to be exactly Stash's.

    And whether also where something was filled before: what was synced while it was not is looked at again.
    """
    has_cover = "yes" if scene.screenshot_path else ""
    values: dict[str, Any] = {**wanted_values(scene, settings), "poster": has_cover}
    if settings.background_image:
        values["background"] = has_cover
    values = {name: value for name, value in values.items() if name not in settings.skip_fields}
    if "actor" in values:
        values[PHOTOS] = tuple(f"{name} {url}" for name, url in photos_of(scene, settings).items())
    values |= {f"mirror {name}": "yes" for name in settings.mirror_lists if name in values}
    return values if settings.fills_only else {**values, "what was filled before": "yes"}


def plain(value: object) -> object:
    """Return the value of a setting as it comes back from a fact."""
    if isinstance(value, frozenset):
        return sorted(value)
    return [str(each) for each in value] if isinstance(value, tuple) else value


def content_of(settings: Settings) -> dict[str, Any]:
    """Return the settings of the content as they come back from a fact."""
    values = {name: plain(getattr(settings, name)) for name in CONTENT_SETTINGS}
    return {**values, _FILLS_ONLY: True} if settings.fills_only else values


def restored(kept: Mapping[str, Any]) -> Settings:
    """Return settings with the content of `content_of`; defaults for what an older version did not name."""
    kinds = {each.name: type(getattr(_DEFAULTS, each.name)) for each in fields(Settings)}
    names = {*CONTENT_SETTINGS, _FILLS_ONLY}
    values = {name: kinds[name](value) for name, value in kept.items() if name in names}
    return replace(_DEFAULTS, **values)
