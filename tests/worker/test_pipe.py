"""The pipe that hooks write into and the worker reads, the lock beside it, and how the worker sees that it was updated."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync_queue.held import is_held
from sync_queue.lock import WorkerLock, is_worker_alive
from tests.documents import ROOT
from tests.waiting import wait_until
from worker.installation import QUIET_S, STILL_S, UpdateWatch, stamp_of
from worker.launch import message_of, parse_message, wake
from worker.process.pipe import pipe_of

if TYPE_CHECKING:
    from worker.process.pipe import Pipe

LINE = b'{"Scheme":"http","Host":"127.0.0.1","Port":9999,"CookieName":"session","CookieValue":"fresh"}\n'


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator["Pipe"]:
    """The pipe of a worker that holds the lock."""
    lock = WorkerLock(str(tmp_path))
    assert lock.acquire()
    made = pipe_of(str(tmp_path))
    yield made
    made.close()
    lock.release()


def test_lines_that_nobody_read_are_taken_along_when_the_pipe_is_closed(pipe, tmp_path):
    assert pipe.open()
    assert all(wake(str(tmp_path), line) for line in (LINE, b"\n", LINE))
    pipe.deafen()
    assert pipe.take_unread() == [LINE.strip(), b"", LINE.strip()]
    assert pipe.take_unread() == []
    assert not wake(str(tmp_path), LINE)


def test_every_line_that_was_taken_is_read_when_many_hooks_write_at_once(pipe, tmp_path):
    """On Windows a hook may find all ends taken for half a second: it starts a process that hands its line over."""
    assert pipe.open()
    lines = [b"%d\n" % number for number in range(200)]
    read: list[bytes] = []
    with ThreadPoolExecutor(40) as hooks:
        written = [hooks.submit(wake, str(tmp_path), line) for line in lines]
        wait_until(lambda: read.extend(pipe.wait(0.1)) or all(each.done() for each in written))
    read += pipe.read()
    taken = [line.strip() for line, each in zip(lines, written, strict=True) if each.result()]
    assert len(taken) >= 40
    assert sorted(read) == sorted(taken)


def test_every_line_that_was_taken_is_read_when_the_pipe_is_closed_meanwhile(pipe, tmp_path):
    """The hook that is told that it was heard starts no worker."""
    assert pipe.open()
    taken: list[bytes] = []
    is_refused = threading.Event()

    def hook(name: int) -> None:
        for number in range(1000):
            line = b"%d-%d\n" % (name, number)
            if not wake(str(tmp_path), line):
                is_refused.set()
                return
            taken.append(line.strip())

    read: list[bytes] = []
    with ThreadPoolExecutor(4) as hooks:
        for name in range(4):
            hooks.submit(hook, name)
        wait_until(lambda: read.extend(pipe.wait(0.1)) or len(read) > 20)
        pipe.deafen()
        assert is_refused.wait(60)
    read += pipe.take_unread()
    assert set(taken) <= set(read)


def test_pipe_is_there_again_when_the_worker_goes_on(pipe, tmp_path):
    assert pipe.open()
    assert wake(str(tmp_path), b"before\n")
    pipe.deafen()
    assert not wake(str(tmp_path), LINE)
    assert pipe.open()
    assert wake(str(tmp_path), b"behind\n")
    assert pipe.read() == [b"before", b"behind"]


def test_nobody_is_woken_when_the_lock_is_free(tmp_path):
    made = pipe_of(str(tmp_path))
    if os.name != "nt":  # there it is the pipe's own lock
        assert made.open()
    assert not wake(str(tmp_path), LINE)
    made.close()


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
    document = {"server_connection": {"Scheme": "https", "Host": "stash", "Port": 9998, "SessionCookie": {"Name": "s", "Value": cookie}}}  # fmt: skip
    assert pipe.open()
    assert wake(str(tmp_path), message_of(document, {"PLEX_TOKEN": "from the environment"}))
    (line,) = pipe.read()
    assert parse_message(line) == {
        **document["server_connection"],
        "SessionCookie": {"Name": "s", "Value": cookie},
        "plex_token": "from the environment",
    }


@pytest.mark.needs("links")
def test_process_waits_two_seconds_when_files_of_before_lie_beside_young_ones(tmp_path):
    (tmp_path / "of_before.py").symlink_to(os.__file__)
    code = tmp_path / "code.py"
    code.write_text("half of", encoding="utf-8")
    for unpacked_with in (1, time.time() + 7200):  # an old time, or that of another zone
        os.utime(code, (unpacked_with, unpacked_with))
        watch = UpdateWatch(str(tmp_path))
        assert watch.is_under_way() is (os.name != "nt")
    code.write_text("one = 1\n", encoding="utf-8")
    came_at = code.stat().st_mtime
    assert watch.has_changed()
    assert UpdateWatch(str(tmp_path), came_at + STILL_S / 2).is_under_way()
    watch.wait_for_stillness()
    assert time.time() - came_at >= STILL_S
    assert not UpdateWatch(str(tmp_path)).is_under_way()


def test_process_waits_a_quarter_of_a_second_when_all_files_came_in_one_go(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("", encoding="utf-8")
    came_at = (tmp_path / "two.py").stat().st_mtime
    for began_after_s, is_under_way in ((-1, True), (0, True), (QUIET_S / 2, True), (QUIET_S + 0.01, False)):
        assert UpdateWatch(str(tmp_path), came_at + began_after_s).is_under_way() is is_under_way, began_after_s
    watch = UpdateWatch(str(tmp_path))
    assert watch.may_lack_files(), "for two seconds"
    assert not watch.has_changed()
    watch.wait_for_stillness()
    assert time.time() - came_at >= QUIET_S
    watch.wait_for_stillness(STILL_S)
    assert not watch.may_lack_files()


def test_worker_has_all_of_its_modules_before_it_works():
    """Else it would take those that it imports later from the files of an update."""
    asked = "import sys, worker.process.process as p; p.import_all(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    rooms = ["logs", "settings", "matching", "storage", "transport", "records", "sync_queue", "stash", "plex", "worker"]
    own = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for room in rooms
        for file in (ROOT / room).rglob("*.py")
    }
    assert own - set(run.stdout.split()) == {"logs.private", "plex.plex_tv", "plex.thumbnails"}, "of no use to a worker"
    assert len(own) > 100
