"""The consumer's side of the queue. Belongs to the one process that holds the worker lock; decides nothing about outcomes."""

import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from storage.errors import StorageUnavailable
from sync_queue import picking, schema, spool, upkeep
from sync_queue.files import StrPath, open_queue, reading
from sync_queue.settling import Batch, LongestWaits, Outcome, Settlement
from sync_queue.shared import SharedConnection


class ClaimStore(SharedConnection):
    """Claims rows and settles them. Usable from several threads; each method is one transaction. `close` leaves rows in progress as they are until the next `resume`.

    Invariant: a row is in progress (status 2) from the claim that returned it until its settlement or `resume`. A batch is to be settled before
    the next claim: rows of one job_key that came in between would otherwise be in progress twice.

    `synchronous` is NORMAL here: a power cut may take back the last settlements, and that work, which is idempotent, is done once more. The rows
    of the hooks are safe all the same: they were synced by their own commit.
    """

    def __init__(self, queue_dir: StrPath) -> None:
        super().__init__(Path(queue_dir, schema.FILE), lambda: _open(queue_dir))
        self._turn = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def resume(self, now: float | None = None) -> int:
        """Put back what a worker that died had in progress, its attempts kept; how many rows. To be called once, before the first claim.

        They are due at `now` (epoch seconds; the clock's time without it), behind what has been due already: one of them may have killed the worker.
        """
        with self._writing() as connection:
            return picking.put_back(connection, time.time() if now is None else now)

    def put_back(self, now: float) -> int:
        """Put back what this very process left in progress when an error came between a claim and its settlement; how many rows. Nobody is blamed."""
        with self._writing() as connection:
            return picking.put_back(connection, now, has_died=False)

    def take_in(self, now: float) -> int:
        """Append the jobs that hooks put beside the queue while its file took none; how many. See sync_queue.spool, whose OSError is StorageUnavailable here."""
        queue_dir = str(self._path.parent)
        if not spool.is_there(queue_dir):
            return 0
        # What keeps hooks out may be damage that pages in the memory of this connection hide from it.
        open_queue(queue_dir).close()
        with self._using() as connection:
            try:
                return spool.take_in(connection, queue_dir, now)
            except OSError as error:
                raise StorageUnavailable(f"{queue_dir} cannot be used now: {error.strerror}") from error

    def claim_due(self, now: float, limit: int) -> Batch:
        """Claim up to `limit` jobs that are due, fairly from fresh rows, tries due again and bulk work, each oldest first.

        With a row go all rows of its job_key that were fetched and all that wait, due or not: they are one job. An idle call writes nothing.
        """
        with self._using() as connection:
            if not picking.is_anything_due(connection, now):
                return Batch()
        with self._writing() as connection:
            self._turn += 1
            return picking.claim(connection, now, limit, self._turn)

    def settle(self, settlements: Iterable[Settlement], now: float) -> list[int]:
        """Write all outcomes at once; the ids of rows that were not in progress any more, of which nothing was changed."""
        with self._writing() as connection:
            lost = [
                pqid
                for settlement in settlements
                for pqid in settlement.pqids
                if not _settle(connection, settlement, pqid, now)
            ]
            picking.name_waiting(connection)
            return lost

    def next_due_at(self) -> float | None:
        """When the next waiting row is due (epoch seconds, maybe past); None where none waits. Fresh rows are due always and not meant here."""
        with self._using() as connection:
            return picking.next_due_at(connection)

    def is_empty(self) -> bool:
        """Whether no job is fresh, waiting or in progress."""
        with self._using() as connection:
            return (
                connection.execute(f"SELECT 1 FROM {schema.TABLE} WHERE status <= {schema.CLAIMED} LIMIT 1").fetchone()
                is None
            )

    def data_version(self) -> int:
        """A number that differs from the last one if anybody else wrote to the file. Cheap enough for ten times a second.

        It is asked on the connection that settles, because SQLite leaves out the asking connection's own changes: a worker does not wake itself.
        Source: https://www.sqlite.org/pragma.html#pragma_data_version
        """
        with self._using() as connection:
            version: int = connection.execute("PRAGMA data_version").fetchone()[0]
            return version

    def look_afresh(self) -> None:
        """Read the file as a hook does that opens it: what this connection has in memory may be whole where the file no longer is.

        Raises:
            StorageDamaged, StorageUnavailable: as they say.
        """
        with reading(self._path) as connection:
            if connection is not None:
                connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()

    def limit_waits(self, now: float, longest: LongestWaits) -> int:
        """Have no waiting row due later than `longest` allows from `now` on; how many were. For due times of a clock that was wrong."""
        with self._using() as connection:
            return upkeep.limit_waits(connection, now, longest)

    def prune(self, keep: int = 1000, limit: int = 10_000) -> int:
        """Delete up to `limit` acked and failed rows beyond the newest `keep` of either; how many. Gives a file that is mostly empty back to the disk.

        To be called again while it returns `limit`. Each step is short, so that no hook waits for it.
        """
        with self._using() as connection:
            pruned = upkeep.prune(connection, keep, limit)
            upkeep.shrink(connection)
            return pruned


_STATUS = {
    Outcome.ACK: schema.DONE,
    Outcome.RETRY: schema.WAITING,
    Outcome.RELEASE: schema.WAITING,
    Outcome.FAIL: schema.FAILED,
}

_MOVE = f"UPDATE {schema.TABLE} SET status = ? WHERE _id = ? AND status = {schema.CLAIMED}"
_RETRY = (
    "UPDATE job_schedule SET due_at = ?, planned_at = ?, interrupted = 0, attempts = ?, error_type = ?, reason = ?, "
    "first_failed_at = COALESCE(first_failed_at, ?) WHERE pqid = ?"
)
_RELEASE = "UPDATE job_schedule SET due_at = MAX(due_at, ?), interrupted = 0 WHERE pqid = ?"


def _open(queue_dir: StrPath) -> sqlite3.Connection:
    connection = open_queue(queue_dir)
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def _settle(connection: sqlite3.Connection, settlement: Settlement, pqid: int, now: float) -> bool:
    if not connection.execute(_MOVE, (_STATUS[settlement.outcome], pqid)).rowcount:
        return False
    if settlement.outcome is Outcome.RETRY:
        when = (settlement.due_at, settlement.planned_at)
        told = (settlement.attempts, settlement.error_type, settlement.reason, now, pqid)
        connection.execute(_RETRY, (*when, *told))
    elif settlement.outcome is Outcome.RELEASE:
        connection.execute(_RELEASE, (settlement.due_at, pqid))
    return True
