"""Rows that another program left in the queue as pickles: what they are about, without unpickling any.

persist-queue pickles where it is told nothing else, so the folder of a predecessor holds such rows. One that waits and
names a scene becomes a job of ours; one that does not stands aside, in a table of its own, until every scene is synced.
What such rows say beyond the scene is for whoever knows the program that made them.
"""

import logging
import re
import time
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from storage.database import Database
from sync_queue import schema
from sync_queue.aside_rows import set_aside
from sync_queue.dlq import UNREADABLE, DeadLetterQueue
from sync_queue.models import SyncJob, run_name, task_job
from sync_queue.pending import append_jobs, enqueue_many
from sync_queue.pickles import NotReadError, is_pickle, plain_value
from sync_queue.queue_file import GAP_S, StrPath

RUN_KIND: Final = "moved_in"
"""The kind of the run of jobs that were made of such rows."""

_AT_ONCE: Final = 500
"""Rows of one transaction: reading them takes a tenth of a second, in which a hook waits."""

_AT: Final = "CASE WHEN typeof(timestamp) IN ('real', 'integer') THEN timestamp ELSE 0.0 END"
_PICKLED: Final = (
    f"SELECT _id, CAST(data AS BLOB), {_AT}, status = {schema.DONE} FROM {schema.TABLE} "
    "WHERE status IN ({statuses}) AND _id {side} ? AND substr(CAST(data AS BLOB), 1, 1) = x'80' "
    "ORDER BY _id {order} LIMIT ?"
)
_WAITING: Final = _PICKLED.format(statuses=f"{schema.FRESH}, {schema.WAITING}", side=">", order="")
_SETTLED: Final = _PICKLED.format(statuses=f"{schema.DONE}, {schema.FAILED}", side="<", order="DESC")
_SCENE: Final = re.compile(rb"scene_id(?:\x94|q.|r....)(K.|M..|J....)", re.DOTALL)
"""A key, where the pickle keeps it, and a number of one, two or four bytes. Source: CPython Lib/pickletools.py."""

_LAST_ROW: Final = 2**63 - 1
"""The largest number of a row that SQLite knows."""

_DELETE: Final = f"DELETE FROM {schema.TABLE} WHERE _id = ?"

_log = logging.getLogger("stash2plex.queue")


@dataclass(frozen=True, slots=True)
class ForeignJob:
    """What a pickled row is about: a scene, and what the other program said of it.

    Attributes:
        pqid: the row.
        at: when it was put there, epoch seconds.
        data: whatever stood under "data"; what is not plain is pickles.OPAQUE.
    """

    pqid: int
    at: float
    scene_id: int
    data: Mapping[str, Any]


def take_over(queue: Database, now: float) -> None:
    """Make jobs of ours of all pickled rows that wait, and set those aside of which the scene cannot be told.

    Job and row change places in one transaction, so a kill repeats nothing and loses nothing. A scene has one job,
    however many rows were about it, behind all other work.
    """
    after, rows, aside, scenes = 0, 0, 0, set[int]()
    while found := queue.rows(_WAITING, (after, _AT_ONCE)):
        after, pickled = found[-1][0], [row for row in found if is_pickle(row[1])]
        jobs = {row[0]: foreign_job(*row[:3]) for row in pickled}
        wanted = {job.scene_id for job in jobs.values() if job}
        with queue.transaction() as connection:
            append_jobs(connection, [_job(scene_id, now) for scene_id in sorted(wanted)], now)
            # What a wrong clock dates ahead would outlive every sync of everything.
            odd = [(pqid, data, min(at, now)) for pqid, data, at, _ in pickled if not jobs[pqid]]
            aside += set_aside(connection, odd)
            connection.executemany(_DELETE, [(pqid,) for pqid in jobs])
        rows, scenes = rows + len(pickled), scenes | wanted
        time.sleep(GAP_S)
    if rows:
        _report(rows, len(scenes), aside)


def revive(letters: DeadLetterQueue, queue_dir: StrPath, now: float) -> int:
    """Queue the scenes of dead letters that versions up to 1.3 made of such rows, then delete these. Return how many.

    A kill in between leaves the letter, whose scene is queued again or synced already.
    """
    found = {each["id"]: _raw_of(letters, each["id"]) for each in letters.page(0, -1, error_type=UNREADABLE)}
    jobs = {key: foreign_job(key, raw, now) for key, raw in found.items() if is_pickle(raw)}
    scenes = {key: job.scene_id for key, job in jobs.items() if job}
    if not scenes:
        return 0
    enqueue_many(queue_dir, [_job(scene_id, now) for scene_id in sorted(set(scenes.values()))], now=now)
    return letters.delete(list(scenes))


def _raw_of(letters: DeadLetterQueue, letter_id: int) -> bytes:
    """The bytes of the row that the letter is about; b"" where they are not kept."""
    try:
        letter = letters.get_by_id(letter_id) or {}
        return b64decode(letter["job_data"]["raw_base64"])
    except (ValueError, LookupError, TypeError):
        return b""


def foreign_job(pqid: int, raw: bytes, at: float) -> ForeignJob | None:
    """Return what the row is about; None where its scene cannot be told."""
    try:
        found = plain_value(raw)
    except NotReadError:
        return None
    scene_id = _scene_id(found.get("scene_id")) if isinstance(found, dict) else None
    if scene_id is None:
        return None
    data = found.get("data")
    return ForeignJob(pqid, at, scene_id, data if isinstance(data, dict) else {})


def settled(queue: Database) -> Iterator[list[ForeignJob]]:
    """Yield what the other program has sent last for each scene, page by page, newest first.

    Once a page was taken its rows are deleted, also those that were passed over and those that it gave up: addresses in
    all of them may hold a key of Stash. A kill in between yields a page again.
    """
    before, known = _LAST_ROW, set[bytes | int]()
    while found := queue.rows(_SETTLED, (before, _AT_ONCE)):
        yield list(_newest(found, known))
        queue.write_many(_DELETE, [row[:1] for row in found])
        before = found[-1][0]
        time.sleep(GAP_S)


def _newest(rows: Iterable[tuple[int, bytes, float, int]], known: set[bytes | int]) -> Iterator[ForeignJob]:
    """Yield the jobs of those that are done, of scenes that are not `known` yet.

    Reading a row to its end takes a hundred times as long as a look at where it names its scene. One that seems to name
    a known one there and does not is passed over: what it says stays in Plex.
    """
    for pqid, raw, at, is_done in rows:
        hint = _hint_of(raw)
        job = foreign_job(pqid, raw, at) if is_done and hint not in known else None
        if job and job.scene_id not in known:
            yield job
            known.update([job.scene_id, hint] if hint else [job.scene_id])


def _hint_of(raw: bytes) -> bytes:
    """Return the bytes that say which scene a row is about; b"" where they are not where most have them."""
    found = _SCENE.search(raw)
    return found[1] if found else b""


def _job(scene_id: int, now: float) -> SyncJob:
    return task_job(scene_id, run_name(RUN_KIND, now), now=now)


def _scene_id(value: object) -> int | None:
    """The id, also where it is text; None for anything else, and for what SQLite cannot hold."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**63)) else 0
    return number or None


def _report(rows: int, scenes: int, aside: int) -> None:
    text = f"Rows that another program left in the queue: {rows:,}. Scenes of theirs queued now: {scenes:,}"
    more = f". Of {aside:,} nobody knows the scene: please run Sync All Scenes to Plex" if aside else ""
    _log.warning("%s%s", text, more)
