"""The pipe that hooks write into and the worker reads, the lock beside it, and how the worker sees that it was updated."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_queue.held import is_held
from sync_queue.lock import WorkerLock, is_worker_alive
from worker.installation import UpdateWatch, stamp_of
from worker.launch import FIFO_NAME, message_of, wake
from worker.process.hosting import warn_of_rights
from worker.process.pipe import WakePipe

LINE = b'{"Scheme":"http","Host":"127.0.0.1","Port":9999,"CookieName":"session","CookieValue":"fresh"}\n'


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[WakePipe]:
    made = WakePipe(str(tmp_path))
    yield made
    made.close()


def test_lines_that_nobody_read_are_taken_along_when_the_pipe_is_closed(pipe, tmp_path):
    assert pipe.open()
    fifo = str(tmp_path / FIFO_NAME)
    assert all(wake(fifo, line) for line in (LINE, b"\n", LINE))
    pipe.deafen()
    assert pipe.take_unread() == [LINE.strip(), b"", LINE.strip()]
    assert pipe.take_unread() == []
    assert not wake(fifo, LINE)


def test_closed_pipe_of_another_is_left_to_it(pipe, tmp_path):
    """The name is a successor's by then."""
    assert pipe.open()
    fifo = tmp_path / FIFO_NAME
    assert wake(str(fifo), LINE)
    pipe.deafen()
    successor = WakePipe(str(tmp_path))
    assert successor.open()
    assert pipe.take_unread() == []
    assert wake(str(fifo), LINE)
    assert successor.read() == [LINE.strip()]
    successor.close()


@pytest.mark.parametrize("rights", [0o620, 0o604, 0o666])
def test_cookie_is_kept_from_a_pipe_that_others_may_open(pipe, tmp_path, rights):
    assert pipe.open()
    fifo = tmp_path / FIFO_NAME
    fifo.chmod(rights)
    assert not wake(str(fifo), LINE)
    assert pipe.is_lost
    assert pipe.renew() == []
    assert wake(str(fifo), LINE)


def test_line_that_nobody_read_is_known_when_the_pipe_is_closed(pipe, tmp_path):
    assert pipe.open()
    pipe.poke()
    pipe.deafen()
    assert not pipe.has_unread, "what we wrote ourselves is no hook's"
    assert pipe.open()
    assert wake(str(tmp_path / FIFO_NAME), LINE)
    pipe.deafen()
    assert pipe.has_unread
    assert not wake(str(tmp_path / FIFO_NAME), LINE), "asking makes no reader"


def test_wake_finds_nobody_when_the_pipe_is_a_plain_file(tmp_path):
    (tmp_path / FIFO_NAME).write_text("", encoding="utf-8")
    assert wake(str(tmp_path / FIFO_NAME), LINE) is False
    assert (tmp_path / FIFO_NAME).read_text(encoding="utf-8") == "", "a file would keep the cookie"


def test_wake_is_content_when_the_pipe_is_full(pipe, tmp_path):
    assert pipe.open()
    fifo = str(tmp_path / FIFO_NAME)
    assert all(wake(fifo, b"x" * 4000 + b"\n") for _ in range(40))


def test_lock_is_held_by_one_and_looking_at_it_makes_no_file(tmp_path):
    folder = str(tmp_path)
    assert not is_worker_alive(folder)
    assert list(tmp_path.iterdir()) == []
    first, second = WorkerLock(folder), WorkerLock(folder)
    assert first.acquire()
    assert not second.acquire(tries=2)
    assert is_worker_alive(folder)
    first.release()
    assert second.acquire()
    second.release()
    assert not is_held(folder, "worker.lock")


def test_folder_that_stays_open_to_others_and_a_pipe_that_cannot_be_made_are_told(pipe, tmp_path, caplog):
    tmp_path.chmod(0o770)
    (tmp_path / FIFO_NAME).mkdir()
    assert not pipe.open()
    warn_of_rights(str(tmp_path), pipe)
    folder, fifo = caplog.messages
    assert f"{tmp_path} belongs to user {os.geteuid()}" in folder
    assert "has the rights 770: others than Stash can replace what is in it" in folder
    assert fifo.startswith(f"worker.fifo cannot be made: what stands there belongs to user {os.geteuid()}")


def test_nothing_is_told_when_the_folder_and_the_pipe_are_ours_alone(pipe, tmp_path, caplog):
    tmp_path.chmod(0o755)
    assert pipe.open()
    warn_of_rights(str(tmp_path), pipe)
    assert caplog.messages == []


def test_update_is_seen_once_when_the_files_have_come_to_rest(tmp_path):
    code = tmp_path / "code.py"
    code.write_text("one = 1\n", encoding="utf-8")
    watch = UpdateWatch(str(tmp_path))
    assert not watch.is_updated()
    code.write_text("half of", encoding="utf-8")
    assert not watch.is_updated(), "still being written"
    code.write_text("two = 2, at last\n", encoding="utf-8")
    assert not watch.is_updated()
    assert watch.is_updated()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.py").write_text("", encoding="utf-8")
    assert [os.path.basename(name) for name, _, _ in stamp_of(str(tmp_path))] == ["code.py"]  # noqa: PTH119 - stamps hold text


@pytest.mark.parametrize("cookie", ["plain", 'with "quotes" and \\', "ümlaut\n", ""])
def test_message_comes_out_of_the_pipe_as_it_went_in(pipe, tmp_path, cookie):
    from worker.launch import parse_message

    document = {"server_connection": {"Scheme": "https", "Host": "stash", "Port": 9998, "SessionCookie": {"Name": "s", "Value": cookie}}}  # fmt: skip
    assert pipe.open()
    assert wake(str(tmp_path / FIFO_NAME), message_of(document, {"PLEX_TOKEN": "from the environment"}))
    (line,) = pipe.read()
    assert parse_message(line) == {
        **document["server_connection"],
        "SessionCookie": {"Name": "s", "Value": cookie},
        "plex_token": "from the environment",
    }
