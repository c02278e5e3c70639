import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import connect, transaction
from storage.errors import StorageError, StorageUnavailable, sorting_errors
from sync_queue import DeadLetterQueue
from sync_queue.carry_over import repair_letters, repair_queue
from sync_queue.claims import ClaimStore
from sync_queue.pending import enqueue_many
from sync_queue.queue_file import QueueFile
from sync_queue.spool import Spool
from tests.full_disk import full_disk
from tests.open_files import how_many_open
from tests.sync_queue.jobs import NOW, append, scene, statuses
from worker.control.jobs import control_job, put
from worker.control.kinds import INDEX


def test_error_says_locked_when_another_program_holds_the_file(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    with closing(connect(queue_dir / "data.db")) as ours, closing(connect(queue_dir / "data.db")) as theirs:
        ours.execute("PRAGMA busy_timeout = 10")
        theirs.execute("BEGIN EXCLUSIVE")
        with (
            pytest.raises(StorageUnavailable, match="database is locked"),
            sorting_errors("data.db"),
            transaction(ours),
        ):
            pass
    assert statuses(queue_dir) == {1: 0}


def _claim_and_grow(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE ack_queue_default SET status = 2")
    connection.execute("INSERT INTO ack_queue_default (data) VALUES (zeroblob(100000))")


def test_error_says_full_and_nothing_is_half_written_when_the_disk_is_full(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    with QueueFile(queue_dir) as file:
        with file.using() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StorageUnavailable, match="full"), file.transaction() as connection:
            _claim_and_grow(connection)
        assert not connection.in_transaction
    assert statuses(queue_dir) == {1: 0}


def test_error_says_where_when_the_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StorageUnavailable, match="cannot be made"):
        ClaimStore(tmp_path / "data" / "queue")


def ask_the_worker(queue_dir: Path) -> object:
    return put(str(queue_dir), control_job(INDEX, {}, now=NOW))


def take_in(queue_dir: Path) -> object:
    with ClaimStore(queue_dir) as store:
        return store.take_in(NOW)


@pytest.mark.needs("limits")
@pytest.mark.parametrize(
    "work",
    [
        ask_the_worker,
        take_in,
        lambda queue_dir: enqueue_many(queue_dir, [scene(1)]),
        lambda queue_dir: repair_queue(queue_dir, NOW),
        lambda queue_dir: repair_letters(queue_dir.parent, NOW),
        lambda queue_dir: DeadLetterQueue(queue_dir.parent).add(scene(1), ("A", ""), 1),
    ],
    ids=["control job", "take in", "enqueue", "repair", "repair letters", "letter"],
)
def test_every_way_in_says_unavailable_when_the_disk_is_full(queue_dir: Path, work: Callable[[Path], object]) -> None:
    append(queue_dir, scene(1))
    closing_letters = DeadLetterQueue(queue_dir.parent)
    closing_letters.add(scene(1), ("A", ""), 1)
    closing_letters.close()
    Spool(str(queue_dir)).put(scene(2))
    with full_disk(), pytest.raises(StorageUnavailable):
        work(queue_dir)


def test_errors_are_sqlites_own_too_when_somebody_guards_against_those() -> None:
    assert issubclass(StorageError, sqlite3.Error)


def test_error_passes_unchanged_when_it_is_a_mistake_in_sql(queue_dir: Path) -> None:
    with (
        QueueFile(queue_dir) as file,
        pytest.raises(sqlite3.OperationalError, match="syntax error"),
        file.using() as connection,
    ):
        connection.execute("nonsense")


@pytest.mark.needs("fd")
def test_file_handles_stay_flat_when_stores_come_and_go(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    before = how_many_open()
    for _ in range(20):
        with ClaimStore(queue_dir) as store:
            store.claim_due(NOW, 1)
            store.resume(NOW)
    assert how_many_open() <= before
