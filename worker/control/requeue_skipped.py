"""Scenes that a setting left out get their turn when it is changed: nobody saves them again for its sake."""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from logs.words import counted
from matching.gate import SkipCode
from sync_queue.bulk import enqueue_many
from sync_queue.models import run_name, task_job
from sync_queue.settling import ClaimedJob
from worker.control.jobs import KIND, control_job, put
from worker.errors import PermanentError
from worker.facts import GATES
from worker.protocols import Result

if TYPE_CHECKING:
    from records import Records
    from settings.settings import Settings
    from worker.sync.stash_link import SettingsInForce

log = logging.getLogger("stash2plex.worker")

REQUEUE_SKIPPED: Final = "readmit"
DRY_RUN: Final = "dry_run"
NOT_IN_PLEX: Final = "not_in_plex"

PAGE: Final = 1000
PAGES_A_STEP: Final = 5
"""So many pages are queued before saves get their turn again."""

_SETTINGS: Final[Mapping[str, str]] = {
    DRY_RUN: "dry_run",
    NOT_IN_PLEX: "skip_not_in_plex",
    SkipCode.NOT_ORGANIZED.value: "only_organized",
    SkipCode.NO_CHOSEN_TAG.value: "only_tags",
    SkipCode.PATH_NOT_CHOSEN.value: "only_paths",
}
"""The code of a skip to the setting without which there would be none."""


class Gates:
    """Notices that such a setting was changed."""

    def __init__(
        self, settings: "SettingsInForce", records: "Records", queue_dir: str, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._records = records
        self._queue_dir = queue_dir
        self._clock = clock
        self._known: dict[str, Any] | None = None

    def look(self) -> None:
        """Ask for those that were left out by what is off now, or is set otherwise, since the last look of any worker. Costs nothing where nothing changed."""
        now = _values(self._settings.last)
        if now == self._known:
            return
        facts = self._records.facts
        before = facts.get(GATES)
        if now != before:
            for code, value in now.items():
                if value != before.get(code) if before else not value:
                    self._readmit(code)
            facts.put(GATES, now)
        self._known = now

    def _readmit(self, code: str) -> None:
        if self._records.skips.page(reason=code, limit=1):
            put(
                self._queue_dir,
                control_job(REQUEUE_SKIPPED, {"code": code}, now=self._clock(), job_key=f"{REQUEUE_SKIPPED}_{code}"),
            )


class RequeueSkippedHandler:
    """Queues the scenes that were left out for the reason `code`, some pages at a time: the next step is a job of its own."""

    def __init__(self, records: "Records", queue_dir: str, clock: Callable[[], float]) -> None:
        self._records = records
        self._queue_dir = queue_dir
        self._clock = clock

    def __call__(self, claimed: ClaimedJob) -> Result:
        """One step. A kill in the middle repeats it and doubles nothing."""
        data = claimed.job["data"]
        code, after, count = str(data.get("code")), data.get("after", 0), data.get("count", 0)
        if code not in _SETTINGS or not isinstance(after, int) or not isinstance(count, int):
            return Result(claimed, PermanentError(f"there is no reason {code!r} for which scenes are left out"))
        for _ in range(PAGES_A_STEP):
            page = self._records.skips.page(reason=code, after=after, limit=PAGE)
            if not page:
                log.info(
                    "The setting %s was changed: %s left out by it queued", _SETTINGS[code], counted(count, "scene")
                )
                return Result(claimed, kind=KIND)
            self._queue([skip.scene_id for skip in page], run_name("settings", claimed.job["enqueued_at"]))
            # By its place: who is left out anew is not queued again.
            after, count = page[-1].scene_id, count + len(page)
        rest = {**data, "after": after, "count": count}
        # As old as what it goes on with: a request that has come meanwhile begins anew, and counts more.
        asked_at = claimed.job["enqueued_at"]
        put(self._queue_dir, control_job(REQUEUE_SKIPPED, rest, now=asked_at, job_key=claimed.job["job_key"]))
        return Result(claimed, kind=KIND)

    def _queue(self, scene_ids: list[int], run: str) -> None:
        now = self._clock()
        jobs = (task_job(scene_id, run, now=now) for scene_id in scene_ids)
        enqueue_many(self._queue_dir, jobs, now=now)
        self._records.skips.clear(scene_ids)  # or it would pass for looked at if its job got lost


def _values(settings: "Settings") -> dict[str, Any]:
    """As they come back from a fact."""
    found = {code: getattr(settings, name) for code, name in _SETTINGS.items()}
    return {code: list(value) if isinstance(value, tuple) else value for code, value in found.items()}
