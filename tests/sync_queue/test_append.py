import json
import multiprocessing
import sqlite3
import stat
from contextlib import closing
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from persistqueue import SQLiteAckQueue
from persistqueue.serializers import json as json_serializer

from storage.errors import StorageTooNew
from sync_queue import ack_job, get_pending, get_stats, schema
from sync_queue.append import AppendOnlyQueue, Error, encode
from tests.sync_queue.jobs import append, look, scene

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.none(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_encode_writes_what_json_writes_when_any_value_comes(value: Any) -> None:
    assert encode(value) == json.dumps(value)


class Level(IntEnum):
    LOW = 1


@pytest.mark.parametrize("value", [Level.LOW, (1, 2), {1: 2}, {"\ud800": "\x00\x7f\u2028"}, float("inf")])
def test_encode_writes_what_json_writes_when_types_are_rare(value: Any) -> None:
    assert encode(value) == json.dumps(value)


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object()])
def test_encode_refuses_when_json_refuses(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)


def test_encode_refuses_when_a_value_holds_itself() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ValueError, match="Circular"):
        encode(loop)


# -- the same file as persist-queue's ---------------------------------------------------------------------------------


def test_table_is_persist_queues_own_when_the_hook_makes_it(tmp_path: Path) -> None:
    append(tmp_path / "ours", scene(1))
    SQLiteAckQueue(str(tmp_path / "theirs"), serializer=json_serializer).put(scene(1))
    sql = "SELECT sql FROM sqlite_master WHERE name = ?"
    ours = look(tmp_path / "ours", sql, schema.TABLE)
    assert ours == look(tmp_path / "theirs", sql, schema.TABLE)
    assert len(ours) == 1


def test_row_is_persist_queues_own_when_the_hook_appends_it(tmp_path: Path) -> None:
    job = scene(7, "title", "details", at=1_700_000_000.25)
    append(tmp_path / "ours", job, job)
    theirs = SQLiteAckQueue(str(tmp_path / "theirs"), serializer=json_serializer)
    assert [theirs.put(job), theirs.put(job)] == [1, 2]
    sql = (
        "SELECT _id, data, status, typeof(_id), typeof(data), typeof(timestamp), typeof(status), abs(timestamp - strftime('%s', 'now')) < 60 "
        "FROM ack_queue_default"
    )
    ours = look(tmp_path / "ours", sql)
    assert ours == look(tmp_path / "theirs", sql)
    assert ours[0][3:] == ("integer", "blob", "real", "integer", 1)


def test_persist_queue_gets_the_job_when_the_hook_appended_it(queue_dir: Path) -> None:
    job = scene(3, "title")
    append(queue_dir, job)
    theirs = SQLiteAckQueue(str(queue_dir), serializer=json_serializer)
    assert theirs.get(block=False) == job


def test_append_goes_on_in_the_file_when_persist_queue_made_it(queue_dir: Path) -> None:
    theirs = SQLiteAckQueue(str(queue_dir), serializer=json_serializer)
    theirs.put(scene(1))
    assert append(queue_dir, scene(2)) == [2]
    assert [theirs.get(block=False)["scene_id"] for _ in range(2)] == [1, 2]


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.needs("rights")
def test_put_makes_private_files_when_there_are_none(data_dir: Path, queue_dir: Path) -> None:
    queue = AppendOnlyQueue(str(queue_dir))
    queue.put(scene(1))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (data_dir, queue_dir, *queue_dir.iterdir())}
    queue.close()
    assert modes == {"data": 0o700, "queue": 0o700, "data.db": 0o600, "data.db-wal": 0o600, "data.db-shm": 0o600}


def test_put_opens_the_file_anew_when_it_was_closed(queue_dir: Path) -> None:
    queue = AppendOnlyQueue(str(queue_dir))
    queue.put(scene(1))
    queue.close()
    queue.close()
    assert queue.put(scene(2)) == 2
    queue.close()


def test_put_makes_the_table_when_the_file_is_empty(queue_dir: Path) -> None:
    queue_dir.mkdir(parents=True)
    (queue_dir / "data.db").touch()
    assert append(queue_dir, scene(1)) == [1]


def test_put_leaves_the_file_alone_when_it_is_newer(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    look(queue_dir, f"PRAGMA user_version = {schema.VERSION + 1}")
    before = (queue_dir / "data.db").read_bytes()
    with pytest.raises(StorageTooNew, match="newer Stash2Plex"):
        append(queue_dir, scene(2))
    assert (queue_dir / "data.db").read_bytes() == before


def test_put_raises_a_sqlite_error_when_the_file_is_no_database(queue_dir: Path) -> None:
    queue_dir.mkdir(parents=True)
    (queue_dir / "data.db").write_bytes(b"garbage" * 1000)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        append(queue_dir, scene(1))
    assert Error is sqlite3.Error


# -- many processes ---------------------------------------------------------------------------------------------------

PRODUCERS = 4
EACH = 50


def _append_from(queue_dir: str, first: int, start: Any) -> None:
    start.wait(60)
    queue = AppendOnlyQueue(queue_dir)
    for number in range(first, first + EACH):
        queue.put(scene(number))
    queue.close()


def test_queue_loses_and_doubles_nothing_when_processes_append_while_one_consumes(queue_dir: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    numbers = [producer * EACH for producer in range(PRODUCERS)]
    producers = [context.Process(target=_append_from, args=(str(queue_dir), number, start)) for number in numbers]
    for producer in producers:
        producer.start()
    start.set()
    got: list[int] = []
    # The file does not exist yet: all processes make it at once, persist-queue among them.
    with closing(
        SQLiteAckQueue(str(queue_dir), serializer=json_serializer, multithreading=True, auto_resume=False)
    ) as queue:
        while len(got) < PRODUCERS * EACH:
            job = get_pending(queue, timeout=60)
            assert job is not None
            got.append(job["scene_id"])
            ack_job(queue, job)
        for producer in producers:
            producer.join(60)
            assert producer.exitcode == 0
        assert get_pending(queue) is None
    assert sorted(got) == list(range(PRODUCERS * EACH))
    assert get_stats(queue_dir)["completed"] == PRODUCERS * EACH
