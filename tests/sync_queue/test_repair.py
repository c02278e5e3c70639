import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import StorageDamaged
from sync_queue import (
    ClaimStore,
    DeadLetterQueue,
    Settlement,
    enqueue_many,
    get_stats,
    rescue,
    salvage_letters,
    salvage_queue,
)
from sync_queue.repair import unfinished
from tests.sync_queue.jobs import NOW, append, look, pending_scenes, scene, statuses

PAGE = 4096


def fill(queue_dir: Path, count: int) -> None:
    enqueue_many(queue_dir, (scene(number) for number in range(1, count + 1)), now=NOW)
    checkpoint(queue_dir / "data.db")


def checkpoint(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def damage(path: Path, *pages: int) -> None:
    with path.open("r+b") as file:
        for page in pages:
            file.seek(page * PAGE)
            file.write(b"\xa5" * PAGE)


def pages_of(path: Path, table: str) -> list[int]:
    """The leaf pages of a table, counted from 0."""
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    content = path.read_bytes()
    start = (root - 1) * PAGE
    assert content[start] == 5, "the table must be large enough to have inner pages"
    cells = int.from_bytes(content[start + 3 : start + 5])
    pointers = [int.from_bytes(content[start + 12 + 2 * cell : start + 14 + 2 * cell]) for cell in range(cells)]
    return [int.from_bytes(content[start + at : start + at + 4]) - 1 for at in pointers]


def test_salvage_keeps_every_row_its_id_and_attempts_when_the_rows_are_whole(queue_dir: Path) -> None:
    append(queue_dir, *(scene(number) for number in range(1, 6)))
    with ClaimStore(queue_dir) as store:
        store.claim_due(NOW, 3)
        store.settle([Settlement.ack(1), Settlement.retry(2, NOW + 60, 4, "E", "why")], NOW)
    saved = salvage_queue(queue_dir, NOW)
    assert (saved.saved, saved.is_complete, saved.kept_as.name) == (4, True, "data.db.corrupt-20231114T221320Z")
    assert statuses(queue_dir) == {2: 1, 3: 0, 4: 0, 5: 0}
    assert look(queue_dir, "SELECT attempts, due_at, error_type FROM job_schedule") == [(4, NOW + 60, "E")]
    assert look(saved.kept_as, "SELECT COUNT(*) FROM ack_queue_default") == [5]
    assert append(queue_dir, scene(9))[0] > 1_000_000


def test_salvage_saves_every_job_when_pages_in_the_middle_are_damaged(queue_dir: Path) -> None:
    fill(queue_dir, 3000)
    file = queue_dir / "data.db"
    lost = pages_of(file, "ack_queue_default")[10:13]
    damage(file, *lost)
    damaged = file.read_bytes()
    with pytest.raises(StorageDamaged, match="is damaged"), ClaimStore(queue_dir) as store:
        store.claim_due(NOW, 3000)
    saved = salvage_queue(queue_dir, NOW)
    assert not saved.is_complete
    assert saved.kept_as.read_bytes() == damaged
    expected = set(range(1, 3001))
    missing = expected - pending_scenes(queue_dir)
    assert len(missing) < 3 * PAGE // 100
    assert saved.saved == 3000 - len(missing)
    with ClaimStore(queue_dir) as store:
        assert len(store.claim_due(NOW, 3000).jobs) == saved.saved


def test_salvage_finds_the_jobs_in_the_bytes_when_the_head_of_the_file_is_gone(
    queue_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(queue_dir, 500)
    damage(queue_dir / "data.db", 0)
    with pytest.raises(StorageDamaged):
        ClaimStore(queue_dir)
    saved = salvage_queue(queue_dir, NOW)
    assert pending_scenes(queue_dir) == set(range(1, 501))
    assert saved.saved == 500
    assert "It was set aside as data.db.corrupt-" in caplog.text
    assert "run Reconcile" in caplog.text


def test_salvage_reads_the_log_too_when_rows_were_not_in_the_file_yet(queue_dir: Path) -> None:
    fill(queue_dir, 10)
    with closing(sqlite3.connect(queue_dir / "data.db")) as open_elsewhere:
        open_elsewhere.execute("SELECT 1 FROM ack_queue_default").fetchall()
        append(queue_dir, scene(11))
        assert salvage_queue(queue_dir, NOW).saved == 11
    assert pending_scenes(queue_dir) == set(range(1, 12))


def test_every_damaged_file_is_kept_when_it_happens_twice_in_a_second(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    names = {salvage_queue(queue_dir, NOW).kept_as.name for _ in range(3)}
    assert len(names) == 3
    assert all((queue_dir / name).exists() for name in names)
    assert get_stats(queue_dir)["pending"] == 1


def test_letters_are_saved_when_their_file_is_damaged(data_dir: Path) -> None:
    dlq = DeadLetterQueue(data_dir)
    for pqid in range(1, 501):
        dlq.add({**scene(pqid), "pqid": pqid}, ("A", "x" * 100), 5)
    dlq.close()
    checkpoint(data_dir / "dlq.db")
    damage(data_dir / "dlq.db", *pages_of(data_dir / "dlq.db", "dead_letters")[3:5])
    saved = salvage_letters(data_dir, NOW)
    assert (400 < saved.saved < 500, saved.is_complete) == (True, False)
    dlq = DeadLetterQueue(data_dir)
    assert dlq.get_count() == saved.saved
    assert dlq.get_recent(1)[0]["pqid"] == 500
    dlq.close()


def test_salvage_goes_on_when_it_was_killed_before_the_jobs_stood_in_the_new_file(
    data_dir: Path, queue_dir: Path
) -> None:
    append(queue_dir, *(scene(number) for number in range(1, 6)))
    rescue.begin(queue_dir / "data.db")
    append(queue_dir, scene(9))  # a hook that came meanwhile has made a new file
    assert unfinished(data_dir) == [queue_dir / "data.db"]
    assert salvage_queue(queue_dir, NOW).saved == 5
    assert pending_scenes(queue_dir) == {1, 2, 3, 4, 5, 9}
    assert unfinished(data_dir) == []


def test_salvage_doubles_nothing_when_it_was_killed_before_the_old_file_had_its_last_name(
    data_dir: Path, queue_dir: Path
) -> None:
    append(queue_dir, *(scene(number) for number in range(1, 6)))
    file = queue_dir / "data.db"
    kept = salvage_queue(queue_dir, NOW).kept_as
    kept.rename(queue_dir / "data.db.mending")
    salvage_queue(queue_dir, NOW)
    assert statuses(queue_dir) == dict.fromkeys(range(1, 6), 0)
    assert rescue.times_mended(file) == 1
