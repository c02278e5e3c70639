import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.aside import rename, set_aside
from storage.errors import StorageDamaged, StorageUnavailable
from sync_queue import DeadLetterQueue, get_stats
from sync_queue.carry_over import carry_over, repair_letters, repair_queue
from sync_queue.claims import ClaimStore
from sync_queue.pending import enqueue_many
from sync_queue.settling import Settlement
from tests import predecessor
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


def rename_all(path: Path, end: str) -> Path:
    """As a worker leaves it that was killed within a repair."""
    new = path.with_name(path.name + end)
    rename(path, new)
    return new


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


def test_repair_keeps_every_row_its_id_and_attempts_when_the_rows_are_whole(queue_dir: Path) -> None:
    append(queue_dir, *(scene(number) for number in range(1, 6)))
    with ClaimStore(queue_dir) as store:
        store.claim_due(NOW, 3)
        store.settle([Settlement.ack(1), Settlement.retry(2, NOW + 60, 4, "E", "why")], NOW)
    saved = repair_queue(queue_dir, NOW)
    assert (saved.saved, saved.is_complete, saved.kept_as.name) == (4, True, "data.db.corrupt-20231114T221320Z")
    assert statuses(queue_dir) == {2: 1, 3: 0, 4: 0, 5: 0}
    assert look(queue_dir, "SELECT attempts, due_at, error_type FROM job_schedule") == [(4, NOW + 60, "E")]
    assert look(saved.kept_as, "SELECT COUNT(*) FROM ack_queue_default") == [5]
    assert append(queue_dir, scene(9)) == [6]


def test_repair_saves_every_job_when_pages_in_the_middle_are_damaged(queue_dir: Path) -> None:
    fill(queue_dir, 3000)
    file = queue_dir / "data.db"
    lost = pages_of(file, "ack_queue_default")[10:13]
    damage(file, *lost)
    damaged = file.read_bytes()
    with pytest.raises(StorageDamaged, match="is damaged"), ClaimStore(queue_dir) as store:
        store.claim_due(NOW, 3000)
    saved = repair_queue(queue_dir, NOW)
    assert not saved.is_complete
    assert saved.kept_as.read_bytes() == damaged
    expected = set(range(1, 3001))
    missing = expected - pending_scenes(queue_dir)
    assert len(missing) < 3 * PAGE // 100
    assert saved.saved == 3000 - len(missing)
    with ClaimStore(queue_dir) as store:
        assert len(store.claim_due(NOW, 3000).jobs) == saved.saved


def test_repair_keeps_the_attempts_when_the_end_of_the_schedule_is_damaged(queue_dir: Path) -> None:
    fill(queue_dir, 1500)
    with ClaimStore(queue_dir) as store:
        jobs = store.claim_due(NOW, 1500).jobs
        store.settle([Settlement.retry(job.pqids, NOW + 60, 4, "E", "why") for job in jobs], NOW)
    checkpoint(queue_dir / "data.db")
    content = (queue_dir / "data.db").read_bytes()
    with closing(sqlite3.connect(queue_dir / "data.db")) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'job_schedule'").fetchone()[0]
    last = int.from_bytes(content[(root - 1) * PAGE + 8 : (root - 1) * PAGE + 12]) - 1
    damage(queue_dir / "data.db", last)
    assert repair_queue(queue_dir, NOW).saved == 1500
    kept = look(queue_dir, "SELECT COUNT(*) FROM job_schedule WHERE attempts = 4 AND due_at = ?", NOW + 60)[0]
    assert 1200 < kept < 1500


def test_repair_begins_anew_and_says_so_when_the_head_of_the_file_is_gone(
    queue_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(queue_dir, 500)
    damage(queue_dir / "data.db", 0)
    with pytest.raises(StorageDamaged):
        ClaimStore(queue_dir)
    damaged = (queue_dir / "data.db").read_bytes()
    repaired = repair_queue(queue_dir, NOW)
    assert (repaired.saved, repaired.is_complete) == (0, False)
    assert repaired.kept_as.read_bytes() == damaged
    assert append(queue_dir, scene(1)) == [1]
    assert "It was set aside as data.db.corrupt-" in caplog.text


def test_repair_reads_the_log_too_when_rows_were_not_in_the_file_yet(queue_dir: Path) -> None:
    fill(queue_dir, 10)
    with closing(sqlite3.connect(queue_dir / "data.db")) as open_elsewhere:
        open_elsewhere.execute("SELECT 1 FROM ack_queue_default").fetchall()
        append(queue_dir, scene(11))
        left = shutil.copytree(queue_dir, queue_dir.with_name("killed"), copy_function=shutil.copyfile)
    assert (left / "data.db-wal").stat().st_size
    assert repair_queue(left, NOW).saved == 11
    assert pending_scenes(left) == set(range(1, 12))


def test_every_damaged_file_is_kept_when_it_happens_twice_in_a_second(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    names = {repair_queue(queue_dir, NOW).kept_as.name for _ in range(3)}
    assert len(names) == 3
    assert all((queue_dir / name).exists() for name in names)
    assert get_stats(queue_dir)["pending"] == 1


def test_next_worker_can_go_on_when_the_disk_does_not_take_the_rows(queue_dir: Path) -> None:
    fill(queue_dir, 10)
    (queue_dir / "data.db").rename(queue_dir / "data.db.mending")
    (queue_dir / "data.db").mkdir()
    with pytest.raises(StorageUnavailable, match=r"cannot be used now: unable to open database file$"):
        repair_queue(queue_dir, NOW, "data.db.mending")
    (queue_dir / "data.db").rmdir()
    assert repair_queue(queue_dir, NOW, "data.db.mending").saved == 10
    assert pending_scenes(queue_dir) == set(range(1, 11))


def test_repair_goes_on_where_it_stopped_and_no_job_is_two_when_it_is_called_again(queue_dir: Path) -> None:
    fill(queue_dir, 10)
    damaged = rename_all(queue_dir / "data.db", ".mending")
    assert carry_over(damaged, queue_dir) == (10, True)
    append(queue_dir, scene(11))
    repaired = repair_queue(queue_dir, NOW)
    assert (repaired.saved, repaired.kept_as.name) == (10, "data.db.corrupt-20231114T221320Z")
    assert pending_scenes(queue_dir) == set(range(1, 12))
    with ClaimStore(queue_dir) as store:
        assert len(store.claim_due(NOW, 100).jobs) == 11
    assert not damaged.exists()


def test_letters_are_saved_when_their_file_is_damaged(data_dir: Path) -> None:
    dlq = DeadLetterQueue(data_dir)
    for pqid in range(1, 501):
        dlq.add({**scene(pqid), "pqid": pqid}, ("A", "x" * 100), 5)
    dlq.close()
    checkpoint(data_dir / "dlq.db")
    damage(data_dir / "dlq.db", *pages_of(data_dir / "dlq.db", "dead_letters")[3:5])
    saved = repair_letters(data_dir, NOW)
    assert (400 < saved.saved < 500, saved.is_complete) == (True, False)
    dlq = DeadLetterQueue(data_dir)
    assert dlq.get_count() == saved.saved
    assert dlq.get_recent(1)[0]["pqid"] == 500
    dlq.close()


def test_damaged_letters_of_another_program_end_no_repair(data_dir: Path) -> None:
    predecessor.leave_letters(data_dir, *[(1, "PlexNotFound", "2023-11-14 22:00:00")] * 300)
    damage(data_dir / "dlq.db", *pages_of(data_dir / "dlq.db", "dead_letters")[3:5])
    assert repair_letters(data_dir, NOW).saved == 0
    with DeadLetterQueue(data_dir) as letters:
        assert letters.get_count() == 0
    assert [name.name for name in data_dir.glob("dlq.db.corrupt-*")] == ["dlq.db.corrupt-20231114T221320Z"]


def test_row_goes_on_under_another_id_when_a_hook_was_faster(queue_dir: Path) -> None:
    append(queue_dir, scene(1), scene(2))
    kept = set_aside(queue_dir / "data.db", NOW)
    append(queue_dir, scene(9))
    assert carry_over(kept, queue_dir) == (2, True)
    assert pending_scenes(queue_dir) == {1, 2, 9}
