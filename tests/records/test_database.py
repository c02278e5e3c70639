"""The file itself: rights, versions, transactions, faults."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from records import Records
from records.migrations import MIGRATIONS
from storage.errors import StorageDamaged, StorageTooNew, StorageUnavailable
from tests.records.conftest import rows
from tests.records.processes import finish, kill, line_of, start, tell


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def execute(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.needs("rights")
def test_database_files_are_the_owner_s_alone_when_they_are_made(tmp_path: Path) -> None:
    path = tmp_path / "data" / "state.db"
    with Records(path) as records:
        records.facts.put("a", 1)
        assert {file.name: mode_of(file) for file in path.parent.iterdir()} == {
            "state.db": 0o600,
            "state.db-wal": 0o600,
            "state.db-shm": 0o600,
        }
    assert mode_of(path.parent) == 0o700


@pytest.mark.needs("rights")
def test_database_takes_wider_rights_away_when_the_file_was_copied(path: Path) -> None:
    Records(path).close()
    path.chmod(0o644)
    with Records(path) as records:
        records.facts.put("a", 1)
        assert {mode_of(file) for file in path.parent.iterdir()} == {0o600}


def test_database_reaches_the_newest_version_when_the_file_has_none(path: Path) -> None:
    execute(path, "PRAGMA user_version = 0")
    Records(path).close()
    assert version_of(path) == len(MIGRATIONS)


def test_database_is_refused_and_untouched_when_it_is_newer(path: Path) -> None:
    execute(path, "CREATE TABLE future (a)", "PRAGMA user_version = 99")
    path.chmod(0o640)
    before = (path.read_bytes(), mode_of(path))
    for reading in (False, True):
        with pytest.raises(StorageTooNew, match="its format is 99"):
            Records(path, reading=reading)
    assert (path.read_bytes(), mode_of(path)) == before
    assert [file.name for file in path.parent.iterdir()] == ["state.db"]


def test_database_is_made_once_when_several_processes_open_it_at_the_same_time(path: Path) -> None:
    code = "print('ready', flush=True)\nsys.stdin.readline()\nwith Records(path) as r:\n    print(r.facts.client_identifier(lambda: sys.argv[0] + str(__import__('os').getpid())))"
    processes = [start(code, path) for _ in range(4)]
    assert {line_of(process) for process in processes} == {"ready"}
    for process in processes:
        tell(process)
    assert len({finish(process) for process in processes}) == 1
    assert version_of(path) == len(MIGRATIONS)


def test_reading_makes_no_file_when_there_is_none(path: Path) -> None:
    with Records(path, reading=True) as records:
        assert records.written.get_many([1]) == {}
        assert records.skips.counts() == {}
        assert records.pauses.current() is None
    assert list(path.parent.iterdir()) == []


def test_reading_writes_nothing_when_it_is_asked_to(path: Path) -> None:
    Records(path).close()
    with Records(path, reading=True) as records, pytest.raises(StorageUnavailable):
        records.facts.put("a", 1)


def facts(path: Path) -> dict[str, str]:
    return dict(rows(path, "SELECT key, value FROM facts"))


def put_and_fail(records: Records) -> None:
    with records.transaction():
        records.facts.put("a", 1)
        raise ValueError("stop")


def test_transaction_leaves_nothing_when_it_fails(records: Records, path: Path) -> None:
    with pytest.raises(ValueError, match="stop"):
        put_and_fail(records)
    assert facts(path) == {}
    records.facts.put("b", 2)
    assert facts(path) == {"b": "2"}


def test_transaction_is_all_or_nothing_when_several_stores_take_part(records: Records, path: Path) -> None:
    with records.transaction():
        records.facts.put("a", 1)
        records.runs.add({"synced": 1})
        with Records(path, reading=True) as other:
            assert (facts(path), other.runs.lifetime()) == ({}, {})
    with Records(path, reading=True) as other:
        assert (facts(path), other.runs.lifetime()) == ({"a": "1"}, {"synced": 1})


def test_transaction_refuses_to_be_durable_when_it_is_within_another(records: Records) -> None:
    with pytest.raises(RuntimeError), records.transaction():
        records.before_edits([], [])


def test_transactions_of_threads_do_not_mix_when_they_share_the_object(records: Records, path: Path) -> None:
    def work(number: int) -> None:
        for count in range(20):
            with records.transaction():
                records.runs.add({"synced": 1})
                records.facts.put(f"{number}", count)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert records.runs.lifetime() == {"synced": 80}
    assert facts(path) == {str(number): "19" for number in range(4)}


def test_transaction_is_gone_when_its_process_is_killed_inside(path: Path, records: Records) -> None:
    records.facts.put("before", 1)
    code = "r = Records(path)\nwith r.transaction():\n    r.facts.put('inside', 1)\n    print('inside', flush=True)\n    sys.stdin.readline()"
    process = start(code, path)
    assert line_of(process) == "inside"
    kill(process)
    assert facts(path) == {"before": "1"}
    records.facts.put("after", 1)


def test_writing_says_so_and_recovers_when_another_program_holds_the_file(path: Path) -> None:
    with Records(path, busy_timeout_s=0.01) as records:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"):
            records.facts.put("a", 1)
        other.execute("ROLLBACK")
        other.close()
        records.facts.put("a", 1)
        assert records.facts.get("a") == 1


@pytest.mark.parametrize("content", [b"<html>no database</html>" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_opening_says_so_and_deletes_nothing_when_the_file_is_damaged(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StorageDamaged):
        Records(path)
    assert path.read_bytes() == content


def test_opening_says_so_when_the_folder_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(StorageUnavailable, match="data folder"):
        Records(tmp_path / "data" / "state.db")
