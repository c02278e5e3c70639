"""The file itself: rights, versions, transactions, faults."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import Database, connect, reading, uri_of
from storage.errors import StorageDamaged, StorageTooNew, StorageUnavailable, sorting_errors
from tests.open_files import open_below


def make(connection: sqlite3.Connection, found: int) -> None:
    if not found:
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")


def add_time(connection: sqlite3.Connection, found: int) -> None:
    make(connection, found)
    connection.execute("ALTER TABLE notes ADD COLUMN at REAL")
    connection.execute("UPDATE notes SET at = 1.5")


def fail(connection: sqlite3.Connection, found: int) -> None:
    add_time(connection, found)
    connection.execute("SELECT nonsense FROM nowhere")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "notes.db"


def opened(path: Path) -> Database:
    return Database(path, 1, make)


def version_of(path: Path) -> int:
    with opened_plainly(path) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def opened_plainly(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path, isolation_level=None))


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.needs("rights")
def test_files_are_the_owner_s_alone_when_they_are_made(path: Path) -> None:
    with opened(path):
        modes = {file.name: mode_of(file) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("notes.db", "notes.db-wal", "notes.db-shm"), 0o600)
    assert mode_of(path.parent) == 0o700


@pytest.mark.needs("rights")
def test_wider_rights_are_taken_away_when_the_file_was_copied(path: Path) -> None:
    opened(path).close()
    path.chmod(0o644)
    path.parent.chmod(0o755)
    with opened(path):
        assert {mode_of(file) for file in path.parent.iterdir()} == {0o600}
        assert mode_of(path.parent) == 0o700


@pytest.mark.needs("rights", "links")
def test_file_behind_a_link_is_used_and_closed_to_others_when_the_link_is_opened(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere.db")
    with opened(path) as database:
        database.rows("INSERT INTO notes (text) VALUES ('a')")
    assert (path.is_symlink(), mode_of(tmp_path / "elsewhere.db")) == (True, 0o600)


def test_log_is_written_ahead_and_commits_wait_for_the_disk_as_far_as_is_wanted(path: Path) -> None:
    with opened(path) as database:
        assert database.rows("PRAGMA journal_mode") == [("wal",)]
        assert database.rows("PRAGMA synchronous") == [(1,)]
        with database.transaction(durable=True):
            assert database.rows("PRAGMA synchronous") == [(2,)]
        assert database.rows("PRAGMA synchronous") == [(1,)]
    with Database(path, 1, make, is_durable=True) as database:
        with database.transaction(durable=True):
            pass
        assert database.rows("PRAGMA synchronous") == [(2,)]


def test_rows_stay_when_the_file_is_brought_to_a_newer_version(path: Path) -> None:
    with opened(path) as old, old.transaction() as connection:
        connection.execute("INSERT INTO notes (text) VALUES ('kept')")
    with Database(path, 2, add_time) as new:
        assert new.rows("SELECT text, at FROM notes") == [("kept", 1.5)]
    assert version_of(path) == 2


def test_file_stays_at_its_version_and_is_closed_when_an_upgrade_fails(path: Path) -> None:
    opened(path).close()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        Database(path, 2, fail)
    assert open_below(path.parent) == set()
    assert version_of(path) == 1
    with opened(path) as database:
        assert [row[1] for row in database.rows("PRAGMA table_info(notes)")] == ["id", "text"]


def test_newer_file_is_refused_and_untouched(path: Path) -> None:
    path.parent.mkdir()
    with opened_plainly(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    path.chmod(0o640)
    before = (path.read_bytes(), mode_of(path))
    for is_reading in (False, True):
        with pytest.raises(StorageTooNew, match=r"newer Stash2Plex .its format is 99, this one knows 1"):
            Database(path, 1, make, reading=is_reading)
    assert (path.read_bytes(), mode_of(path)) == before
    assert [file.name for file in path.parent.iterdir()] == ["notes.db"]
    assert open_below(path.parent) == set()


def test_reading_makes_no_file_and_writes_nothing(path: Path) -> None:
    with Database(path, 1, make, reading=True) as database:
        assert database.rows("SELECT * FROM notes") == []
    assert not path.parent.exists()
    opened(path).close()
    with Database(path, 1, make, reading=True) as database, pytest.raises(StorageUnavailable, match="readonly"):
        database.rows("INSERT INTO notes (text) VALUES ('a')")


def test_short_look_finds_no_file_and_then_the_rows(path: Path) -> None:
    with reading(path) as connection:
        assert connection is None
    with opened(path) as database:
        database.rows("INSERT INTO notes (text) VALUES ('a')")
        with reading(path) as connection:
            assert connection is not None
            assert connection.execute("SELECT text FROM notes").fetchall() == [("a",)]


@pytest.mark.parametrize(
    "folder",
    [
        "100% # one",
        "Über Großes",
        "a&b=c;d+e",
        pytest.param("Who? Me", marks=pytest.mark.needs("free names")),
        pytest.param("/double//slash", marks=pytest.mark.needs("free names")),
    ],
)
def test_short_look_finds_the_file_whatever_signs_its_folder_has(tmp_path: Path, folder: str) -> None:
    path = Path(f"{tmp_path}/{folder}/notes.db")
    with opened(path) as database:
        database.rows("INSERT INTO notes (text) VALUES ('a')")
    with reading(path) as connection:
        assert connection is not None
        assert connection.execute("SELECT text FROM notes").fetchall() == [("a",)]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (r"\\nas\stash\data.db", "file:%5C%5Cnas%5Cstash%5Cdata.db?mode=ro"),
        (r"\\?\C:\Stash\data.db", "file:%5C%5C%3F%5CC%3A%5CStash%5Cdata.db?mode=ro"),
        ("//nas/stash/data.db", "file:%2F%2Fnas%2Fstash%2Fdata.db?mode=ro"),
    ],
)
def test_address_of_a_file_has_no_authority_when_it_lies_on_a_server(path: str, uri: str) -> None:
    assert uri_of(path, "mode=ro") == uri


def test_rows_are_found_when_there_are_more_ids_than_one_statement_takes(path: Path) -> None:
    with opened(path) as database:
        with database.transaction() as connection:
            connection.executemany("INSERT INTO notes (id) VALUES (?)", [(number,) for number in range(1, 1201)])
        found = database.rows_of("SELECT id FROM notes WHERE id IN ({ids})", range(1, 2000))
        assert [row[0] for row in found] == list(range(1, 1201))
        assert database.rows_of("SELECT id FROM notes WHERE id IN ({ids})", []) == []


def test_file_is_opened_again_when_it_is_used_after_its_close(path: Path) -> None:
    with opened(path) as database:
        database.close()
        database.close()
        assert open_below(path.parent) == set()
        with database.using() as connection:
            assert connection.execute("SELECT count(*) FROM notes").fetchone() == (0,)
    assert open_below(path.parent) == set()


def insert_and_fail(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO notes (text) VALUES ('a')")
    raise ValueError("stop")


def test_transaction_within_another_is_part_of_it(path: Path) -> None:
    with opened(path) as database:
        with pytest.raises(ValueError, match="stop"), database.transaction():
            insert_and_fail(database)
        with pytest.raises(RuntimeError), database.transaction(), database.transaction(durable=True):
            pass
        assert database.rows("SELECT * FROM notes") == []


def test_error_says_locked_and_nothing_else_is_wrong_afterwards(path: Path) -> None:
    with Database(path, 1, make, busy_timeout_s=0.01) as database:
        other = connect(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"), database.transaction():
            pass
        other.close()
        with database.transaction() as connection:
            connection.execute("INSERT INTO notes (text) VALUES ('a')")


def test_error_says_full_and_nothing_is_half_written_when_the_disk_is_full(path: Path) -> None:
    insert = "INSERT INTO notes (text) VALUES (?)"
    with opened(path) as database:
        (pages,) = database.rows("PRAGMA page_count")[0]
        database.rows(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StorageUnavailable, match="full"), database.transaction() as connection:
            connection.executemany(insert, [("x" * 1000,)] * 100)
        database.rows("PRAGMA max_page_count = 1000000")
        assert database.rows("SELECT count(*) FROM notes") == [(0,)]
        with database.transaction() as connection:
            connection.execute(insert, ("a",))


@pytest.mark.parametrize("content", [b"<html>no database</html>" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_error_says_damaged_and_nothing_is_deleted_when_the_file_is_no_database(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StorageDamaged, match="is damaged") as held:
        opened(path)
    assert (held.value.path, path.read_bytes()) == (path, content)
    assert open_below(path.parent) == set()


def test_error_says_where_when_the_folder_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(StorageUnavailable, match=r"notes\.db cannot be made.*data folder"):
        opened(tmp_path / "data" / "notes.db")


def test_mistake_in_a_statement_stays_what_it_is(path: Path) -> None:
    with opened(path) as database, pytest.raises(sqlite3.OperationalError, match="syntax error") as held:
        database.rows("nonsense")
    assert not isinstance(held.value, StorageUnavailable)


def test_error_that_is_sorted_already_stays_as_it_is() -> None:
    with pytest.raises(StorageDamaged, match=r"^inner is damaged"), sorting_errors("outer"):
        raise StorageDamaged("inner", "malformed")
