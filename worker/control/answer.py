"""The control job behind "empty them" and "keep what Plex shows": the answer to what the brake holds, up to what the person had seen."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from logs.words import counted
from records import State
from sync_queue.bulk import enqueue_many
from sync_queue.models import METADATA, SyncJob, create_sync_job
from sync_queue.settling import ClaimedJob
from worker.control.jobs import KIND, Progress, control_job
from worker.errors import PermanentError
from worker.protocols import Result

if TYPE_CHECKING:
    from records import Records

ANSWER: Final = "answer_held"
ANSWERS: Final[Mapping[str, State]] = {"empty": State.ALLOWED, "keep": State.KEPT}
"""What may be answered, and what becomes of the held fields."""

_SAID: Final[Mapping[State, str]] = {
    State.ALLOWED: "will be emptied in Plex",
    State.KEPT: "stay as Plex has them until Stash has a value again",
}


def answer_job(answer: str, until: float, *, now: float) -> SyncJob:
    """The job that gives the answer "empty" or "keep" to everything that was held up to `until`, asked for at `now`."""
    return control_job(ANSWER, {"answer": answer, "until": until}, now=now, job_key=f"{answer}_held")


class AnswerHandler:
    """Carries out `{"answer": "empty", "until": 1795393093.0}`: of everything that was held up to `until`. Asks neither server."""

    def __init__(self, records: "Records", queue_dir: str, clock: Callable[[], float]) -> None:
        self._records = records
        self._queue_dir = queue_dir
        self._clock = clock

    def __call__(self, claimed: ClaimedJob) -> Result:
        """Do it. First the jobs, then the answer: a kill in between repeats both, and what was held again meanwhile is answered then."""
        data = claimed.job["data"]
        state, until = ANSWERS.get(str(data.get("answer"))), data.get("until")
        if state is None or not isinstance(until, int | float):
            return Result(claimed, PermanentError(f"an answer is one of {', '.join(ANSWERS)}, with a time; got {data}"))
        emptyings, now = self._records.emptyings, self._clock()
        scenes = emptyings.held_scenes(until)
        # Each gets a row, also where one waits: that is due in a day, or still in the hands of this very batch.
        jobs = (create_sync_job(scene_id, METADATA, {"fields": []}, now=now) for scene_id in scenes)
        enqueue_many(self._queue_dir, jobs, coalesce=False, now=now)
        count = emptyings.answer(state, until=until, at=now)
        text = f"{counted(count, 'held field')} of {counted(len(scenes), 'scene')} {_SAID[state]}"
        Progress(self._records, claimed.job).finish(text if count else "Nothing was held", fields=count)
        return Result(claimed, kind=KIND)
