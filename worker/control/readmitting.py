"""Scenes that a setting left out are looked at again once it is off, or set otherwise."""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from logs.words import counted
from matching.gate import SkipCode
from settings.settings import Settings
from sync_queue.models import run_name
from sync_queue.settling import ClaimedJob
from worker.control.jobs import put_next_step, queue_scenes
from worker.errors import PermanentError
from worker.protocols import CONTROL, Result
from worker.sync.codes import DRY_RUN, NOT_IN_PLEX

if TYPE_CHECKING:
    from records import Records

log = logging.getLogger("stash2plex.worker")


SKIPPED_PAGE: Final = 1000
PAGES_A_STEP: Final = 5
"""How many pages of skipped scenes are queued before saves get their turn again."""

SETTING_OF: Final[Mapping[str, str]] = {
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


def plain(value: object) -> object:
    """Return the value of a setting as it comes back from a fact."""
    if isinstance(value, frozenset):
        return sorted(value)
    return [str(each) for each in value] if isinstance(value, tuple) else value


def gate_of(settings: Settings, name: str) -> object:
    """Return what the setting `name` says as it comes back from a fact, and what it says for single libraries."""
    own = {each.name: plain(value) for each in settings.libraries for key, value in each.values if key == name}
    return {"": plain(getattr(settings, name)), **own} if own else plain(getattr(settings, name))


def requeue_skipped(records: "Records", queue_dir: str, clock: Callable[[], float], claimed: ClaimedJob) -> Result:
    """Queue the scenes that were left out for the reason `code`, some pages at a time: each step is a job.

    A kill in the middle repeats a step and doubles nothing.
    """
    data, run = claimed.job["data"], run_name("settings", claimed.job["enqueued_at"])
    code, after, count = str(data.get("code")), data.get("after", 0), data.get("count", 0)
    if code not in SETTING_OF or not isinstance(after, int) or not isinstance(count, int):
        return Result(claimed, PermanentError(f"there is no reason {code!r} for which scenes are left out"))
    for _ in range(PAGES_A_STEP):
        scene_ids = [skip.scene_id for skip in records.skips.page(reason=code, after=after, limit=SKIPPED_PAGE)]
        if not scene_ids:
            log.info("The setting %s was changed: %s left out by it queued", SETTING_OF[code], counted(count, "scene"))
            return Result(claimed, kind=CONTROL)
        queue_scenes(queue_dir, scene_ids, run, clock())
        records.skips.clear(scene_ids)  # or it would pass for looked at if its job got lost
        # By its place: who is left out anew is not queued again.
        after, count = scene_ids[-1], count + len(scene_ids)
    put_next_step(queue_dir, claimed.job, after=after, count=count)
    return Result(claimed, kind=CONTROL)
