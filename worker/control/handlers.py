"""The control jobs of one step: the index, beginning afresh, pins, and the answer to what the brake holds."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from logs.words import counted
from plex.errors import PlexItemGone, PlexRejected
from records import State
from sync_queue.models import METADATA, create_sync_job
from sync_queue.pending import enqueue_many
from sync_queue.settling import ClaimedJob
from worker.control.jobs import ANSWERS, Progress
from worker.errors import PermanentError
from worker.protocols import CONTROL, Result
from worker.sync.taking import ANSWERED

if TYPE_CHECKING:
    from records import Records
    from worker.sync.finder import Finder
    from worker.sync.plex_link import PlexLink
    from worker.sync.recognition import Recognition

_WHAT_COMES: Final[Mapping[State, str]] = {
    State.ALLOWED: "will be emptied in Plex",
    State.KEPT: "stay as Plex has them until Stash has a value again",
}


def rebuild_index(plex: "PlexLink", records: "Records", finder: "Finder", claimed: ClaimedJob) -> Result:
    """Read the paths of everything in Plex anew. The job is also the user's consent to another server.

    Raises:
        PlexError, StashError: what pauses everything leaves the job where it is.
    """
    progress = Progress(records, claimed.job)
    plex.forget()
    try:
        finder.rebuild(progress.tell)
    except (PlexRejected, PlexItemGone) as error:
        progress.fail(f"The index could not be rebuilt: {error}")
        return Result(claimed, error)
    facts = plex.index().facts
    sick = {each.section_key for each in facts.left_out if not each.items}
    names = ", ".join(section.title for section in plex.sections() if section.key not in sick)
    left_out = f". Left out: {'; '.join(map(str, facts.left_out))}" if facts.left_out else ""
    progress.finish(f"The index holds {counted(facts.items, 'item')} of {names}{left_out}", items=facts.items)
    return Result(claimed, kind=CONTROL)


def begin_afresh(records: "Records", claimed: ClaimedJob) -> Result:
    """Take every scene for one that was never synced. The job is also the user's consent to another Stash.

    Scenes that were met since it was asked for stay known, so a kill before the job is settled does no harm.
    """
    progress = Progress(records, claimed.job)
    records.scenes.lose_all(progress.asked_at)
    progress.finish(
        "Every scene is met for the first time from now on: what it says is written, and nothing in Plex is emptied. "
        "Restore Plex Values can still give back what Plex showed before the first sync"
    )
    return Result(claimed, kind=CONTROL)


def pin_field(
    records: "Records", recognition: "Recognition", clock: Callable[[], float], claimed: ClaimedJob
) -> Result:
    """Pin `{"scene_id": 1, "field": "title", "keep": true}`; for the other answer see worker.sync.taking.

    Idempotent, so a kill before the job is settled does no harm.

    Raises:
        StashError: who the scene is cannot be told.
    """
    data = claimed.job["data"]
    scene_id, field = data.get("scene_id"), data.get("field")
    if not isinstance(scene_id, int) or not isinstance(field, str) or field not in ANSWERED:
        return Result(claimed, PermanentError(f"there is no field {field!r} of scene {scene_id!r} to keep"))
    if problem := recognition.settle_one(scene_id):
        return Result(claimed, PermanentError(problem))
    records.pins.pin(scene_id, [field], at=clock())
    return Result(claimed, kind=CONTROL, note=f"Scene {scene_id}: {field} stays as Plex has it")


def answer_held(records: "Records", queue_dir: str, clock: Callable[[], float], claimed: ClaimedJob) -> Result:
    """Answer `{"answer": "empty", "until": 1795393093.0}` to everything that was held up to then.

    Asks neither server.
    """
    data = claimed.job["data"]
    state, until = ANSWERS.get(str(data.get("answer"))), data.get("until")
    if state is None or not isinstance(until, int | float):
        return Result(claimed, PermanentError(f"an answer is one of {', '.join(ANSWERS)}, with a time; got {data}"))
    # First the jobs, then the answer: a kill in between repeats both.
    now, scenes = clock(), records.emptyings.held_scenes(until)
    # Each gets a row, also where one waits: that is due in a day, or still in the hands of this very batch.
    jobs = (create_sync_job(scene_id, METADATA, {"fields": []}, now=now) for scene_id in scenes)
    enqueue_many(queue_dir, jobs, coalesce=False, now=now)
    count = records.emptyings.answer(state, until=until, at=now)
    text = f"{counted(count, 'held field')} of {counted(len(scenes), 'scene')} {_WHAT_COMES[state]}"
    Progress(records, claimed.job).finish(text if count else "Nothing was held", fields=count)
    return Result(claimed, kind=CONTROL)
