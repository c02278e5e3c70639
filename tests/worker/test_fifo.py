"""The worker's pipe where it is a FIFO: in the data folder, or among the temporary folders; and who may read it."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sync_queue.lock import WorkerLock
from worker import notices
from worker.launch import FIFO_NAME, PLACE_NAME, STDERR_NAME, place_kept, start_worker, wake
from worker.process.hosting import warn_of_rights
from worker.process.pipe import WakePipe
from worker.signpost import SIGNPOST_NAME, named

pytestmark = pytest.mark.needs("fifos", "rights")

LINE = b'{"Scheme":"http","Host":"127.0.0.1","Port":9999,"CookieName":"session","CookieValue":"fresh"}\n'


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[WakePipe]:
    """The pipe of a worker that holds the lock."""
    lock = WorkerLock(str(tmp_path))
    assert lock.acquire()
    made = WakePipe(str(tmp_path))
    yield made
    made.close()
    lock.release()


def test_closed_pipe_of_another_is_left_to_it(pipe, tmp_path):
    """The name is a successor's by then."""
    assert pipe.open()
    assert wake(str(tmp_path), LINE)
    pipe.deafen()
    successor = WakePipe(str(tmp_path))
    assert successor.open()
    assert pipe.take_unread() == []
    assert wake(str(tmp_path), LINE)
    assert successor.read() == [LINE.strip()]
    successor.close()


@pytest.mark.parametrize("rights", [0o620, 0o604, 0o666])
def test_cookie_is_kept_from_a_pipe_that_others_may_open(pipe, tmp_path, rights):
    assert pipe.open()
    fifo = tmp_path / FIFO_NAME
    fifo.chmod(rights)
    assert not wake(str(tmp_path), LINE)
    assert pipe.is_lost
    assert pipe.renew() == []
    assert wake(str(tmp_path), LINE)


def test_line_that_nobody_read_is_known_when_the_pipe_is_closed(pipe, tmp_path):
    assert pipe.open()
    pipe.poke()
    pipe.deafen()
    assert not pipe.has_unread, "what we wrote ourselves is no hook's"
    assert pipe.open()
    assert wake(str(tmp_path), LINE)
    pipe.deafen()
    assert pipe.has_unread
    assert not wake(str(tmp_path), LINE), "asking makes no reader"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


@pytest.fixture
def apart(pipe: WakePipe, tmp_path: Path, temporary: Path) -> WakePipe:
    """The pipe of a data folder that cannot hold it: a folder stands in its place."""
    (tmp_path / FIFO_NAME).mkdir()
    assert pipe.open()
    return pipe


def test_lines_arrive_when_the_pipe_lies_among_the_temporary_folders(apart, tmp_path, temporary):
    (folder,) = temporary.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert named(str(tmp_path)) == str(folder / FIFO_NAME)
    assert wake(str(tmp_path), LINE)
    assert apart.read() == [LINE.strip()]
    apart.deafen()
    assert not wake(str(tmp_path), LINE)


def test_nothing_is_left_among_the_temporary_folders_when_the_worker_ends(apart, tmp_path, temporary):
    apart.close()
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / SIGNPOST_NAME).exists()


def test_what_a_killed_worker_left_among_the_temporary_folders_is_removed_by_the_next_one(apart, tmp_path, temporary):
    (left,) = temporary.iterdir()
    successor = WakePipe(str(tmp_path))
    assert successor.open()
    assert not left.exists()
    assert len(list(temporary.iterdir())) == 1
    assert apart.is_lost
    assert wake(str(tmp_path), LINE)
    assert successor.read() == [LINE.strip()]
    successor.close()


@pytest.mark.parametrize("lose", [Path.unlink, lambda path: path.write_text("/nowhere\n", encoding="utf-8")])
def test_signpost_is_put_up_again_when_it_is_lost(apart, tmp_path, lose):
    lose(tmp_path / SIGNPOST_NAME)
    assert not wake(str(tmp_path), LINE)
    assert apart.is_lost
    apart.renew()
    assert not apart.is_lost
    assert wake(str(tmp_path), LINE)


@pytest.mark.parametrize("rights", [0o620, 0o604])
def test_cookie_is_kept_from_a_pipe_of_others_when_the_signpost_names_it(apart, tmp_path, rights):
    Path(named(str(tmp_path))).chmod(rights)
    assert not wake(str(tmp_path), LINE)


def test_wake_finds_nobody_when_the_pipe_is_a_plain_file(tmp_path):
    (tmp_path / FIFO_NAME).write_text("", encoding="utf-8")
    assert wake(str(tmp_path), LINE) is False
    assert (tmp_path / FIFO_NAME).read_text(encoding="utf-8") == "", "a file would keep the cookie"


def test_wake_is_content_when_the_pipe_is_full(pipe, tmp_path):
    assert pipe.open()
    assert all(wake(str(tmp_path), b"x" * 4000 + b"\n") for _ in range(40))


def test_folder_that_stays_open_to_others_and_that_no_pipe_can_be_made_are_told(pipe, tmp_path, caplog):
    tmp_path.chmod(0o770)
    (tmp_path / FIFO_NAME).mkdir()
    (tmp_path / SIGNPOST_NAME).mkdir()
    assert not pipe.open()
    warn_of_rights(str(tmp_path), pipe)
    no_pipe, folder = caplog.messages
    assert no_pipe.startswith(f"No pipe can be made, neither in {tmp_path} nor elsewhere")
    assert f"{tmp_path} belongs to user {os.geteuid()}" in folder
    assert "has the rights 770: others than Stash can replace what is in it" in folder


def test_nothing_is_told_when_the_folder_and_the_pipe_are_ours_alone(pipe, tmp_path, caplog):
    tmp_path.chmod(0o755)
    assert pipe.open()
    warn_of_rights(str(tmp_path), pipe)
    assert caplog.messages == []


@pytest.mark.parametrize("name", [PLACE_NAME, STDERR_NAME, notices.PROBLEM])
def test_nothing_waits_for_the_other_end_when_a_pipe_lies_where_a_file_should(tmp_path, name):
    os.mkfifo(tmp_path / name, 0o600)
    assert place_kept(str(tmp_path)) == ""
    assert notices.read(str(tmp_path), notices.PROBLEM) == ""
    notices.leave(str(tmp_path), notices.PROBLEM, "a sentence")
    with suppress(OSError):
        start_worker(str(tmp_path), os.devnull, LINE)
