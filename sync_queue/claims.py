"""The consumer's side of the queue: which rows are next, claiming them, settling them. Decides nothing about outcomes.

Every question is answered by an index, however many rows wait.
"""

import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import chain, zip_longest
from typing import Any, Final, NamedTuple

from storage.errors import StorageUnavailable
from sync_queue import foreign_rows, schema, spool, upkeep
from sync_queue.append import encode
from sync_queue.merging import merge
from sync_queue.models import NotAJobError, SyncJob, parse_job
from sync_queue.owner import why_saves_wait
from sync_queue.pickles import is_pickle
from sync_queue.questions import indexed, next_due_at
from sync_queue.queue_file import QueueFile, StrPath
from sync_queue.settling import BadRow, Batch, ClaimedJob, LongestWaits, Settlement

_log = logging.getLogger("stash2plex.queue")

_JOINED: Final = (
    f"FROM job_schedule AS s CROSS JOIN {schema.TABLE} AS q ON q._id = s.pqid"  # CROSS JOIN: the schedule's index leads
)
_DUE_IN_LANE: Final = f"{_JOINED} WHERE s.bulk = ? AND s.due_at <= ? AND q.status = {schema.WAITING}"
# As bytes, whatever type stands there: text that is no UTF-8 could not be read at all.
_COLUMNS: Final = (
    "q._id, CAST(q.data AS BLOB), s.due_at, s.attempts, s.error_type, s.reason, s.first_failed_at, s.interrupted, "
    "COALESCE(s.planned_at, s.due_at)"
)
_FRESH: Final = f"FROM {schema.TABLE} INDEXED BY job_by_status WHERE status = {schema.FRESH}"

FRESH_ROWS: Final = (
    f"SELECT _id, CAST(data AS BLOB), timestamp, 0, NULL, NULL, NULL, 0, 0 {_FRESH} ORDER BY _id LIMIT ?"
)
DUE_ROWS: Final = f"SELECT {_COLUMNS} {_DUE_IN_LANE} ORDER BY s.due_at, s.pqid LIMIT ?"
IS_ANYTHING_DUE: Final = (
    f"SELECT EXISTS (SELECT 1 {_FRESH}) OR EXISTS (SELECT 1 {_DUE_IN_LANE}) OR EXISTS (SELECT 1 {_DUE_IN_LANE})"
)
WAITING_OF_KEY: Final = (
    f"SELECT {_COLUMNS} FROM {schema.TABLE} AS q CROSS JOIN job_schedule AS s ON s.pqid = q._id "
    f"WHERE {schema.KEY} = ? AND +q.status = {schema.WAITING}"
)
_MARK: Final = f"UPDATE {schema.TABLE} SET status = {schema.CLAIMED} WHERE _id = ? AND status < {schema.CLAIMED}"
_PUT_BACK: Final = (
    "INSERT INTO job_schedule (pqid, due_at, interrupted) "
    f"SELECT _id, :now, :died FROM {schema.TABLE} WHERE status = {schema.CLAIMED} ON CONFLICT (pqid) DO UPDATE "
    "SET due_at = MAX(due_at, excluded.due_at), interrupted = interrupted + excluded.interrupted"
)

_ANY_CLAIMED: Final = f"SELECT 1 FROM {schema.TABLE} INDEXED BY job_by_status WHERE status = {schema.CLAIMED} LIMIT 1"

_MOVE: Final = f"UPDATE {schema.TABLE} SET status = ? WHERE _id = ? AND status = {schema.CLAIMED}"
_RETRY: Final = (
    "UPDATE job_schedule SET due_at = :due_at, planned_at = :planned_at, interrupted = 0, attempts = :attempts, "
    "error_type = :error_type, reason = :reason, first_failed_at = COALESCE(first_failed_at, :now) WHERE pqid = :pqid"
)
_WAITING_ROW: Final = (
    f"SELECT q._id, CAST(q.data AS BLOB), s.bulk FROM {schema.TABLE} AS q JOIN job_schedule AS s ON s.pqid = q._id "
    "WHERE q._id = ?"
)
_SAY: Final = f"UPDATE {schema.TABLE} SET data = ? WHERE _id = ?"
_END: Final = f"UPDATE {schema.TABLE} SET status = {schema.DONE} WHERE _id = ?"
_RELEASE: Final = "UPDATE job_schedule SET due_at = MAX(due_at, ?), interrupted = 0 WHERE pqid = ?"


_HEAD: Final = 100
"""Rows of each lane that are looked at for those of another program: these were there before any of ours."""


class ClaimStore(QueueFile):
    """Claims rows and settles them.

    Belongs to the one process that holds the worker lock. Each method is one transaction. `close` leaves rows in
    progress as they are until the next `resume`.

    Invariant: a row is in progress (status 2) from the claim that returned it until its settlement or `resume`. A batch
    is to be settled before the next claim: rows of one job_key that came in between would otherwise be in progress
    twice.

    `synchronous` is NORMAL here: a power cut may take back the last settlements, and that work, which is idempotent, is
    done once more. The rows of the hooks are safe all the same: they were synced by their own commit.
    """

    def __init__(self, queue_dir: StrPath) -> None:
        super().__init__(queue_dir, is_durable=False)
        self._turn = 0

    def resume(self, now: float | None = None) -> int:
        """Put back what a worker that died had in progress, its attempts kept. Return how many rows.

        To be called once, before the first claim. They are due at `now` (epoch seconds; the clock's time without it),
        behind what has been due already: one of them may have killed the worker. Rows of another program become jobs
        here, too, so that they can be looked at while everything is paused.
        """
        now = time.time() if now is None else now
        spool.tidy(str(self.path.parent), now)
        if whose := why_saves_wait(str(self.path.parent.parent)):
            _log.warning("Saves that the queue did not take wait, everything else goes on: %s", whose)
        with self.transaction() as connection:
            count = put_back(connection, now)
            has_foreign = _is_foreign(_lanes(connection, now, _HEAD))
        if has_foreign:
            foreign_rows.take_over(self, now)
        return count

    def put_back(self, now: float) -> int:
        """As resume, of what this very process left in progress: no interruption is counted."""
        with self.transaction() as connection:
            return put_back(connection, now, has_died=False)

    def take_back(self, now: float) -> int:
        """As put_back, of what another program took: a predecessor's process that goes on does, and cannot read it.

        To be called only while nothing is in the hands of this process. Writes nothing where there is none.
        """
        return self.put_back(now) if self.rows(_ANY_CLAIMED) else 0

    def take_in(self, now: float) -> int:
        """Append the jobs that wait in the spool, see sync_queue.spool. Return how many."""
        queue_dir = self.path.parent
        files = self._spooled()[: spool.AT_ONCE]
        if not files:
            return 0
        # What keeps hooks out may be damage that pages in the memory of this connection hide from it.
        QueueFile(queue_dir).close()
        try:
            return spool.take_in(self, files, now)
        except OSError as error:
            raise StorageUnavailable(f"{queue_dir} cannot be used now: {error.strerror}") from error

    def _spooled(self) -> list[str]:
        try:
            return spool.files(str(self.path.parent))
        except OSError:  # `resume` has said so, and nothing else waits for it
            return []

    def claim_due(self, now: float, limit: int) -> Batch:
        """Claim up to `limit` due jobs, fairly from fresh rows, tries due again and bulk work, each oldest first.

        With a row go all rows of its job_key that were fetched and all that wait, due or not: they are one job. A call
        that finds nothing writes nothing. Rows of another program become jobs first, see sync_queue.foreign_rows.
        """
        if not self.rows(IS_ANYTHING_DUE, (0, now, 1, now))[0][0]:
            return Batch()
        while (batch := self._claim_own(now, limit)) is None:
            foreign_rows.take_over(self, now)
        return batch

    def _claim_own(self, now: float, limit: int) -> Batch | None:
        """Claim, or return None where a row of another program is due."""
        with self.transaction() as connection:
            lanes = _lanes(connection, now, limit)
            if _is_foreign(lanes):
                return None
            self._turn += 1
            return _claim(connection, now, limit, _fairly(lanes, self._turn))

    def settle(self, settlements: Sequence[Settlement], now: float) -> list[int]:
        """Write all outcomes at once. Return the ids of rows that were not in progress any more and were left alone.

        Rows that are to be tried again together are one row from then on: people count and answer rows.
        """
        with self.transaction() as connection:
            left = [
                pqid
                for settlement in settlements
                for pqid in settlement.pqids
                if not _settle(connection, settlement, pqid, now)
            ]
            for settlement in settlements:
                if settlement.attempts is not None and len(settlement.pqids) > 1:
                    _fold(connection, [pqid for pqid in settlement.pqids if pqid not in left])
            return left

    def next_due_at(self) -> float | None:
        """Return when the next waiting row is due (epoch seconds, maybe past); None where none waits."""
        with self.using() as connection:
            return next_due_at(connection)

    def is_empty(self) -> bool:
        """Whether no job is fresh, waiting, in progress or in the spool."""
        if self._spooled():  # first, because take_in moves jobs from there into the file
            return False
        return not self.rows(f"SELECT 1 FROM {schema.TABLE} WHERE status <= {schema.CLAIMED} LIMIT 1")

    def data_version(self) -> int:
        """Return a number that differs from the last one if anybody else wrote to the file. Cheap.

        Asked on the connection that settles, because SQLite leaves out the asking connection's own changes: a worker
        does not wake itself. Source: https://www.sqlite.org/pragma.html#pragma_data_version
        """
        with self.using() as connection:
            return data_version(connection)

    def limit_waits(self, now: float, longest: LongestWaits) -> int:
        """Have no waiting row due later than `longest` allows, after a clock was wrong. Return how many were."""
        with self.using() as connection:
            return upkeep.limit_waits(connection, now, longest)

    def prune(self, keep: int = 1000, limit: int = 10_000) -> int:
        """As upkeep.prune, and shrink the file. To be called again while it returns `limit`."""
        with self.using() as connection:
            pruned = upkeep.prune(connection, keep, limit)
            upkeep.shrink(connection)
            return pruned


def claim_one(connection: sqlite3.Connection, now: float) -> int | None:
    """Mark the row that has been due longest as in progress, alone. Return its id; None where none is due."""
    while heads := [lane[0] for lane in _lanes(connection, now, 1) if lane]:
        pqid = min(heads, key=lambda row: (row.due_at, row.pqid)).pqid
        if connection.execute(_MARK, (pqid,)).rowcount:
            return pqid
    return None


def put_back(connection: sqlite3.Connection, now: float, *, has_died: bool = True) -> int:
    """Have the rows in progress wait again, due at `now` or when they were to be. Return how many.

    With `has_died` it is noted that a worker died while it held them. To be called in a transaction, and only while
    nobody works on them.
    """
    connection.execute(_PUT_BACK, {"now": now, "died": int(has_died)})
    return connection.execute(
        f"UPDATE {schema.TABLE} SET status = {schema.WAITING} WHERE status = {schema.CLAIMED}"
    ).rowcount


def data_version(connection: sqlite3.Connection) -> int:
    """See ClaimStore.data_version."""
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version


class _Row(NamedTuple):
    """A row that could be claimed, as in ClaimedJob; `planned_at` is 0 where it is fresh."""

    pqid: int
    data: bytes
    due_at: float
    attempts: int
    error_type: str | None
    reason: str | None
    first_failed_at: float | None
    interrupted: int
    planned_at: float


def _claim(connection: sqlite3.Connection, now: float, limit: int, due: Iterable[_Row]) -> Batch:
    """Mark what is due as in progress."""
    groups: dict[str, dict[int, tuple[_Row, SyncJob]]] = {}
    bad: list[BadRow] = []
    for row in due:
        try:
            job = parse_job(row.data)
        except NotAJobError as problem:
            if len(bad) < limit:
                bad.append(BadRow(row.pqid, _raw(row.data), str(problem)))
            continue
        if job["job_key"] in groups or len(groups) < limit:
            groups.setdefault(job["job_key"], {})[row.pqid] = (row, job)
    jobs = [_group(connection, key, found, now) for key, found in groups.items()]
    marked = [(pqid,) for job in jobs for pqid in job.pqids] + [(row.pqid,) for row in bad]
    connection.executemany(_MARK, marked)
    return Batch(tuple(jobs), tuple(bad))


def _lanes(connection: sqlite3.Connection, now: float, limit: int) -> list[list[_Row]]:
    """The heads of the three lanes: fresh rows, tries due again, bulk work."""
    return [
        list(map(_Row._make, connection.execute(FRESH_ROWS, (limit,)))),
        list(map(_Row._make, connection.execute(DUE_ROWS, (0, now, limit)))),
        list(map(_Row._make, connection.execute(DUE_ROWS, (1, now, limit)))),
    ]


def _is_foreign(lanes: Iterable[Iterable[_Row]]) -> bool:
    """Whether a row of another program is due."""
    return any(is_pickle(row.data) for lane in lanes for row in lane)


def _fairly(lanes: list[list[_Row]], turn: int) -> Iterator[_Row]:
    """One of each lane in turn; the lane that begins changes with `turn`, so that none starves where `limit` is 1."""
    first = turn % len(lanes)
    rounds = zip_longest(*lanes[first:], *lanes[:first])
    return filter(None, chain.from_iterable(rounds))


def _group(
    connection: sqlite3.Connection, job_key: str, known: dict[int, tuple[_Row, SyncJob]], now: float
) -> ClaimedJob:
    """One job of the rows `known` by id and of all others with this key that wait."""
    for row in map(_Row._make, connection.execute(WAITING_OF_KEY, (indexed(job_key),))):
        with suppress(NotAJobError):  # it stays where it is, and comes out as a bad row when it is due
            job = parse_job(row.data)
            if job["job_key"] == job_key:
                known.setdefault(row.pqid, (row, job))
    pairs = sorted(known.values())  # by row id, which comes first
    rows = [row for row, _ in pairs]
    each: Any = _Row._make(zip(*rows, strict=True))  # columns instead of rows
    last = max(rows, key=lambda row: (row.error_type is not None, row.attempts))
    # None of those that were tried before has come to its time yet.
    planned_at = min([row.planned_at for row in rows if row.attempts], default=now)
    return ClaimedJob(
        pqids=each.pqid,
        job=merge([{**job, "pqid": row.pqid} for row, job in pairs]),
        attempts=max(each.attempts),
        error_type=last.error_type,
        reason=last.reason,
        first_failed_at=min(filter(None, each.first_failed_at), default=None),
        interrupted=max(each.interrupted),
        planned_at=planned_at if planned_at > now else None,
    )


def _fold(connection: sqlite3.Connection, pqids: Sequence[int]) -> None:
    """Have the lowest of these waiting rows say what all of them say, and the others be done.

    It has the earliest failure of them, for a claim takes along what waits; and the lane of a save, if one is a save.
    """
    rows = [connection.execute(_WAITING_ROW, (pqid,)).fetchone() for pqid in sorted(pqids)]
    if len(rows) > 1:
        together, lowest = merge([parse_job(data) for _, data, _ in rows]), rows[0][0]
        connection.execute(_SAY, (encode(together).encode(), lowest))
        connection.execute("UPDATE job_schedule SET bulk = ? WHERE pqid = ?", (min(bulk for *_, bulk in rows), lowest))
        connection.executemany(_END, [(pqid,) for pqid, *_ in rows[1:]])


def _raw(data: Any) -> bytes:
    """The bytes of a row whoever wrote it: SQLite lets any type stand in any column."""
    return data if isinstance(data, bytes) else str(data).encode("utf-8", "surrogatepass")


def _settle(connection: sqlite3.Connection, settlement: Settlement, pqid: int, now: float) -> bool:
    if not connection.execute(_MOVE, (settlement.status, pqid)).rowcount:
        return False
    if settlement.attempts is not None:
        connection.execute(_RETRY, {**asdict(settlement), "now": now, "pqid": pqid})
    elif settlement.status == schema.WAITING:
        connection.execute(_RELEASE, (settlement.due_at, pqid))
    return True
