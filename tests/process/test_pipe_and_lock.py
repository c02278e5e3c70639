"""Pipe and lock of a living worker removed, replaced, read by others.

Fresh connections reach it all the same, and two never write at once.
"""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync_queue import QueueManager
from tests.house import House, Movie
from worker.launch import FIFO_NAME
from worker.process.handover import stop_worker

LOCK = "worker.lock"
STRANGER = 4321
_READER = """
import os, select, sys
fifo = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
print("open", flush=True)
select.select([fifo], [], [])
os.set_blocking(fifo, True)
while os.read(fifo, 65536):
    pass
"""


def synced(house: House) -> Movie:
    """A film that a worker has synced, which lives."""
    (movie,) = house.add("Big Buck Bunny")
    house.save(movie, title="Big Buck Bunny!")
    house.wait(house.has_title(movie))
    house.worker()
    return movie


def by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def by_file(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"")


@pytest.mark.needs("fifos", "rights")
@pytest.mark.parametrize("lose", [Path.unlink, by_file, by_pipe, lambda path: path.chmod(0o644)], ids=["removed", "file", "pipe", "opened"])  # fmt: skip
def test_fresh_cookie_arrives_when_the_pipe_of_a_living_worker_is_gone(build, lose: Callable[[Path], None]) -> None:
    """The pipe is lost, and only the cookie of the next save is good."""
    house = build()
    movie, worker = synced(house), house.worker()
    lose(house.data_dir / FIFO_NAME)
    house.stash.configure_login()
    house.save(movie, title="Fresh")
    house.wait(house.has_title(movie, title="Fresh"))
    assert house.worker() == worker
    assert house.log().count("the worker has started") == 1
    assert "The worker's pipe was removed or replaced; it is made again" in house.log()
    assert (house.data_dir / FIFO_NAME).stat().st_mode & 0o777 == 0o600
    house.save(movie, title="By the pipe")
    house.wait(house.has_title(movie, title="By the pipe"))
    assert house.workers() == [worker], "nobody had to be started for it"


@pytest.mark.needs("fifos")
def test_save_arrives_when_something_else_reads_the_pipe(build) -> None:
    """`md5sum`, a virus scanner or an indexer goes through the data folder.

    That somebody reads the pipe does not make it the worker.
    """
    house = build()
    movie = synced(house)
    assert stop_worker(str(house.data_dir))
    house.wait(lambda: not house.workers())
    with reader(house.data_dir / FIFO_NAME) as process:
        house.save(movie, title="Read by somebody")
        house.wait(house.has_title(movie, title="Read by somebody"))
        process.wait(30)  # the worker has a pipe of its own, and the other one ends
    house.worker()
    assert house.stderr() == ""


@contextmanager
def reader(fifo: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that reads the pipe to its end."""
    with subprocess.Popen([sys.executable, "-c", _READER, str(fifo)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield process
        process.kill()


@pytest.mark.needs("unlink", "fifos")
@pytest.mark.parametrize("gone", [(LOCK,), (LOCK, FIFO_NAME)], ids=["the lock", "lock and pipe"])
def test_one_worker_writes_at_a_time_when_the_lock_is_removed_under_it(build, gone: tuple[str, ...]) -> None:
    house = build()
    movies = house.add(*(f"Movie {number:02d}" for number in range(40)), studio="{name}")
    house.plex.options.write_latency_ms = 50
    house.record(*movies)
    house.save(movies[0], title="First!")
    house.wait(lambda: house.plex.journal.count("edit") >= 2)
    first = house.worker()
    for name in gone:
        (house.data_dir / name).unlink()
    house.save(movies[1], title="Second!")
    house.wait(lambda: first not in house.workers(), "the first one leaves")
    house.wait(house.is_drained)
    assert all(house.shown(movie).studio == movie.name for movie in movies)
    assert (house.shown(movies[0]).title, house.shown(movies[1]).title) == ("First!", "Second!")
    begun_and_ended = [
        line for line in house.log().splitlines() if "worker has started" in line or "worker ends" in line
    ]
    assert ["has started" in line for line in begun_and_ended[:3]] == [True, False, True]
    assert "its lock or another of its files was removed or replaced" in begun_and_ended[1]
    house.worker()
    assert house.stderr() == ""


@pytest.mark.needs("unlink", "flock")
def test_worker_writes_nothing_more_when_another_one_got_a_lock_by_the_same_name(build) -> None:
    """A worker on another machine, on a share whose folders cannot be locked: this test is that worker."""
    house = build()
    movies = house.add(*(f"Movie {number:02d}" for number in range(40)), studio="{name}")
    house.plex.options.write_latency_ms = 50
    house.record(*movies)
    house.save(movies[0], title="First!")
    house.wait(lambda: house.plex.journal.count("edit") >= 2)
    first = house.worker()
    (house.data_dir / LOCK).unlink()
    fcntl = importlib.import_module("fcntl")
    with (house.data_dir / LOCK).open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        written = house.plex.journal.count("edit")
        house.wait(lambda: "The worker ends: its lock or another of its files was removed or replaced" in house.log())
        house.wait(lambda: first not in house.workers())
        assert house.plex.journal.count("edit") <= written + 1, "one request was on its way"
        house.wait(lambda: house.stats()["in_progress"] == 0)
        assert not all(house.shown(movie).studio == movie.name for movie in movies)
    house.wait(lambda: all(house.shown(movie).studio == movie.name for movie in movies), "the successor goes on")
    house.wait(house.is_drained)


@pytest.mark.needs("links", "rights")
def test_save_says_why_no_worker_begins_when_the_lock_is_a_link(build) -> None:
    house = build()
    house.data_dir.mkdir(mode=0o700)
    (house.data_dir / LOCK).symlink_to(house.data_dir / "elsewhere")
    (movie,) = house.add("Big Buck Bunny")
    house.save(movie, title="Big Buck Bunny!")
    house.wait((house.data_dir / "worker.problem").exists)
    house.save(movie, title="Big Buck Bunny!")
    errors = [text for level, text in house.hook_log() if level == "error"]
    assert "worker.lock cannot be used" in errors[0]
    assert f"belongs to user {os.geteuid()}" in errors[0]
    assert house.stats()["pending"] == 2
    (house.data_dir / LOCK).unlink()
    house.save(movie, title="Big Buck Bunny!")
    house.wait(house.has_title(movie))


@pytest.mark.needs("unlink")
@pytest.mark.parametrize("name", ["queue/data.db", "state.db", "dlq.db"])
def test_saves_arrive_when_a_file_is_removed_under_a_living_worker(build, name: str) -> None:
    """Its companions go with it, as somebody would do it who clears a folder."""
    house = build()
    movie, worker = synced(house), house.worker()
    for end in ("", "-wal", "-shm"):
        Path(f"{house.data_dir / name}{end}").unlink(missing_ok=True)
    house.save(movie, title="Into the new file")
    house.wait(house.has_title(movie, title="Into the new file"))
    house.wait(lambda: worker not in house.workers())
    house.wait((house.data_dir / name).exists)
    assert "The worker ends: its lock or another of its files was removed or replaced" in house.log()
    house.save(movie, title="Once more")
    house.wait(house.has_title(movie, title="Once more"))
    house.wait(house.is_drained)
    assert house.dead_letters() == []


def test_job_of_a_living_worker_is_not_given_away_to_a_program_of_the_users_own(build) -> None:
    house = build()
    movie = synced(house)
    house.plex.options.write_latency_ms = 1000
    house.save(movie, title="Slow")
    house.wait(lambda: house.stats()["in_progress"] == 1)
    manager = QueueManager(house.data_dir)
    manager.get_queue()
    assert house.stats()["in_progress"] == 1
    manager.shutdown()
    house.wait(house.has_title(movie, title="Slow"))
    house.wait(house.is_drained)
    assert house.plex.journal.count("edit") == 2, "one for each save"


@pytest.mark.needs("rights")
def test_worker_works_in_a_folder_of_somebody_else_and_closes_it(build) -> None:
    """A container works as root in a folder of the user outside.

    Only root can make such a folder; for everybody else it is the rights alone.
    """
    house = build()
    house.data_dir.mkdir()
    house.data_dir.chmod(0o777)
    if os.geteuid() == 0:
        os.chown(house.data_dir, STRANGER, STRANGER)
    movie = synced(house)
    worker = house.worker()
    house.save(movie, title="Second")
    house.wait(house.has_title(movie, title="Second"))
    assert house.worker() == worker
    assert house.data_dir.stat().st_mode & 0o777 == 0o700
    assert "others than Stash" not in house.log()


@pytest.mark.needs("fifos", "rights")
def test_cookie_is_not_put_into_a_pipe_that_somebody_else_may_read(build) -> None:
    """The pipe was there before the first save: others may have made it where they may write to the folder."""
    house = build()
    house.data_dir.mkdir(mode=0o700)
    fifo = house.data_dir / FIFO_NAME
    os.mkfifo(fifo, 0o600)
    fifo.chmod(0o666)
    if os.geteuid() == 0:
        fifo.chmod(0o600)
        os.chown(fifo, STRANGER, STRANGER)
    theirs = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    synced(house)
    with pytest.raises(BlockingIOError):
        os.read(theirs, 1)
    os.close(theirs)
    assert fifo.stat().st_uid == os.geteuid()
    assert house.log().count("the worker has started") == 1
