"""Which rows are next, and marking them: the SQL under ClaimStore and get_pending. Every question is answered by an index, however many rows wait."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, zip_longest
from typing import Any, Final, NamedTuple

from sync_queue import schema
from sync_queue.files import STEP, in_steps
from sync_queue.merging import merge
from sync_queue.models import NotAJobError, SyncJob, parse_job
from sync_queue.settling import BadRow, Batch, ClaimedJob

# As bytes, whatever type stands there: text that is no UTF-8 could not be read at all.
_COLUMNS = "q._id, CAST(q.data AS BLOB), s.attempts, s.error_type, s.reason, s.first_failed_at, s.interrupted, COALESCE(s.planned_at, s.due_at)"
_FRESH = f"SELECT _id, CAST(data AS BLOB), 0, NULL, NULL, NULL, 0, 0 FROM {schema.TABLE} INDEXED BY job_by_status WHERE status = {schema.FRESH} ORDER BY _id LIMIT ?"
_JOINED = f"FROM job_schedule AS s CROSS JOIN {schema.TABLE} AS q ON q._id = s.pqid"  # CROSS JOIN fixes the order: the schedule's index leads
_DUE = f"SELECT {_COLUMNS} {_JOINED} WHERE s.bulk = ? AND s.due_at <= ? AND q.status = {schema.WAITING} ORDER BY s.due_at, s.pqid LIMIT ?"
_SAME_KEY = f"SELECT {_COLUMNS} {_JOINED} WHERE s.job_key = ? AND q.status = {schema.WAITING}"
_MARK = f"UPDATE {schema.TABLE} SET status = {schema.CLAIMED} WHERE _id = ? AND status < {schema.CLAIMED}"
_DUE_LONGEST = f"SELECT s.due_at, s.pqid {_JOINED} WHERE s.bulk = ? AND s.due_at <= ? AND q.status = {schema.WAITING} ORDER BY s.due_at LIMIT 1"
_NEXT_DUE = f"SELECT s.due_at {_JOINED} WHERE s.bulk = ? AND q.status = {schema.WAITING} ORDER BY s.due_at LIMIT 1"
_LANES: Final = (0, 1)


class Row(NamedTuple):
    """A row that could be claimed; the others as in ClaimedJob. `planned_at` is when its next attempt is to be: 0 where it is fresh."""

    pqid: int
    data: bytes
    attempts: int
    error_type: str | None
    reason: str | None
    first_failed_at: float | None
    interrupted: int
    planned_at: float


def is_anything_due(connection: sqlite3.Connection, now: float) -> bool:
    """Whether a claim would bring anything."""
    return any(True for lane in _lanes(connection, now, 1) if lane)


def claim(connection: sqlite3.Connection, now: float, limit: int, turn: int) -> Batch:
    """Mark what is due as in progress. To be called in a transaction; `turn` counts the claims and says which lane comes first."""
    name_waiting(connection)
    groups: dict[str, list[tuple[Row, SyncJob]]] = {}
    bad: list[BadRow] = []
    for row in _fairly(_lanes(connection, now, limit), turn):
        try:
            job = parse_job(row.data)
        except NotAJobError as problem:
            if len(bad) < limit:
                bad.append(BadRow(row.pqid, _raw(row.data), str(problem)))
            continue
        if job["job_key"] in groups or len(groups) < limit:
            groups.setdefault(job["job_key"], []).append((row, job))
    jobs = tuple(_group(connection, key, found, now) for key, found in groups.items())
    marked = chain((pqid for job in jobs for pqid in job.pqids), (row.pqid for row in bad))
    connection.executemany(_MARK, ((pqid,) for pqid in marked))
    return Batch(jobs, tuple(bad))


def _lanes(connection: sqlite3.Connection, now: float, limit: int) -> list[list[Row]]:
    """The heads of the three lanes: fresh rows, tries due again, bulk work."""
    fresh = connection.execute(_FRESH, (limit,))
    return [_rows(fresh), *(_rows(connection.execute(_DUE, (bulk, now, limit))) for bulk in _LANES)]


def _rows(found: Iterable[Sequence[Any]]) -> list[Row]:
    return [Row(*row) for row in found]


def _fairly(lanes: list[list[Row]], turn: int) -> Iterator[Row]:
    """One of each lane in turn; the lane that begins changes with `turn`, so that none starves where `limit` is 1."""
    first = turn % len(lanes)
    rounds = zip_longest(*lanes[first:], *lanes[:first])
    return (row for row in chain.from_iterable(rounds) if row is not None)


def _group(connection: sqlite3.Connection, job_key: str, found: list[tuple[Row, SyncJob]], now: float) -> ClaimedJob:
    """One job of the rows `found` and of all others with this key that wait."""
    known = {row.pqid: (row, job) for row, job in found}
    for row in _rows(connection.execute(_SAME_KEY, (job_key,))):
        with suppress(NotAJobError):  # it stays where it is, and comes out as a bad row when it is due
            known.setdefault(row.pqid, (row, parse_job(row.data)))
    pairs = [known[pqid] for pqid in sorted(known)]
    rows = [row for row, _ in pairs]
    last = max(rows, key=lambda row: (row.error_type is not None, row.attempts))
    return ClaimedJob(
        pqids=tuple(row.pqid for row in rows),
        job=merge([{**job, "pqid": row.pqid} for row, job in pairs]),
        attempts=max(row.attempts for row in rows),
        error_type=last.error_type,
        reason=last.reason,
        first_failed_at=min((row.first_failed_at for row in rows if row.first_failed_at is not None), default=None),
        interrupted=max(row.interrupted for row in rows),
        planned_at=_planned_later(rows, now),
    )


def _planned_later(rows: Sequence[Row], now: float) -> float | None:
    """When the next attempt of these rows is to be, if none of those that were tried before has come to that time yet."""
    planned_at = min((row.planned_at for row in rows if row.attempts), default=now)
    return planned_at if planned_at > now else None


def _raw(data: object) -> bytes:
    """The bytes of a row whoever wrote it: SQLite lets any type stand in any column."""
    return data if isinstance(data, bytes) else str(data).encode("utf-8", "surrogatepass")


def due_longest(connection: sqlite3.Connection, now: float) -> int | None:
    """The row that could be claimed and has been due longest; None where none is due."""
    fresh = connection.execute(
        f"SELECT timestamp, _id FROM {schema.TABLE} WHERE status = {schema.FRESH} ORDER BY _id LIMIT 1"
    ).fetchone()
    waiting = (connection.execute(_DUE_LONGEST, (bulk, now)).fetchone() for bulk in _LANES)
    return min((row for row in (fresh, *waiting) if row is not None), default=(0.0, None))[1]


def mark(connection: sqlite3.Connection, pqid: int) -> bool:
    """Mark a row as in progress; False where it was not pending any more."""
    return bool(connection.execute(_MARK, (pqid,)).rowcount)


def put_back(connection: sqlite3.Connection, now: float, *, has_died: bool = True) -> int:
    """Rows in progress wait again, due at `now` or when they were to be; with `has_died` it is noted that a worker died while it held them. To be called in a transaction, and only while nobody works on them."""
    rows = connection.execute(
        f"SELECT _id, CAST(data AS BLOB) FROM {schema.TABLE} WHERE status = {schema.CLAIMED}"
    ).fetchall()
    for pqid, data in rows:
        connection.execute(
            "INSERT INTO job_schedule (pqid, job_key, due_at, interrupted) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (pqid) DO UPDATE SET due_at = MAX(due_at, excluded.due_at), interrupted = interrupted + excluded.interrupted",
            (pqid, key_of(data) or "", now, int(has_died)),
        )
        connection.execute(f"UPDATE {schema.TABLE} SET status = {schema.WAITING} WHERE _id = ?", (pqid,))
    return len(rows)


def name_waiting(connection: sqlite3.Connection) -> None:
    """Give schedule rows that a trigger made their key, by which other rows of the job find them; "" where the row is no job.

    To be called in a transaction. An index holds the rows without a key together, so this costs nothing while there are none.
    """
    nameless = connection.execute(f"SELECT s.pqid, CAST(q.data AS BLOB) {_JOINED} WHERE s.job_key IS NULL").fetchall()
    connection.executemany(
        "UPDATE job_schedule SET job_key = ? WHERE pqid = ?", ((key_of(data) or "", pqid) for pqid, data in nameless)
    )


def key_of(data: object) -> str | None:
    """The job_key in a row's data; None where it is no job."""
    try:
        return parse_job(data)["job_key"]
    except NotAJobError:
        return None


def next_due_at(connection: sqlite3.Connection) -> float | None:
    """When the first waiting row is due; None where none waits."""
    found = [connection.execute(_NEXT_DUE, (bulk,)).fetchone() for bulk in _LANES]
    return min((row[0] for row in found if row is not None), default=None)


def make_due(connection: sqlite3.Connection, now: float, job_key: str | None) -> int:
    """Waiting rows of `job_key`, or all of them, become due at `now`; how many. In short transactions of its own."""
    if job_key is not None:
        return connection.execute(
            f"{schema.MAKE_DUE} WHERE job_key = :key AND due_at > :now", {"now": now, "key": job_key}
        ).rowcount
    bound = {"now": now, "step": STEP}
    some = "SELECT pqid FROM job_schedule WHERE bulk IN (0, 1) AND due_at > :now LIMIT :step"
    return in_steps(lambda: connection.execute(f"{schema.MAKE_DUE} WHERE pqid IN ({some})", bound).rowcount)
