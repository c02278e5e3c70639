"""When the worker's process ends, and what it takes from its pipe; the process's main thread without the process."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any

import pytest

from plex.errors import PlexUnreachable
from storage.errors import StorageUnavailable
from sync_queue.held import LOCK_NAME
from sync_queue.lock import WorkerLock
from sync_queue.models import METADATA, create_sync_job
from sync_queue.spool import Spool
from tests.waiting import wait_until
from tests.worker.desk import Desk, Stuck
from worker.installation import UpdateWatch
from worker.launch import FIFO_NAME, STOP, wake
from worker.outcome import Pause
from worker.process.lifetime import ExitReason, Lifetime
from worker.process.pipe import pipe_of
from worker.processor import SyncWorker
from worker.signpost import SIGNPOST_NAME

LINE = b'{"Scheme":"http","Host":"127.0.0.1","Port":9999,"CookieName":"session","CookieValue":"fresh"}\n'
ASKED = LINE.replace(b"}", b',"SettingsChanged":true}')


class Connections:
    """Keeps the cookies that were offered."""

    def __init__(self) -> None:
        self.cookies: list[str] = []

    def offer(self, connection: dict[str, Any]) -> None:
        self.cookies.append(connection["SessionCookie"]["Value"])


class Home(Desk):
    """A desk whose worker has a lifetime over a real pipe and the real time; only its spans are shorter."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.plugin_dir = folder / "plugin"
        self.data_dir.mkdir()
        self.plugin_dir.mkdir()
        (self.plugin_dir / "code.py").write_text("one = 1\n", encoding="utf-8")
        super().__init__(self.data_dir)
        self.worker = self.hire(clock=time.time)
        self.connections = Connections()
        self.pipe = pipe_of(str(self.data_dir))
        self.lock = WorkerLock(str(self.data_dir))
        assert self.lock.acquire()
        self.beats = 0
        self.removed = iter(())
        self.photos = iter(())
        """Whether Plex is still to fetch some, look by look; in the end it is not."""
        self.idle_s = 0.1
        self.handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    def run(self, *, with_pipe: bool = True) -> ExitReason:
        if with_pipe:
            assert self.pipe.open()
        else:
            (self.data_dir / FIFO_NAME).mkdir()
            (self.data_dir / SIGNPOST_NAME).mkdir()
        self.lifetime = Lifetime(
            worker=self.worker,
            pipe=self.pipe,
            offer=self.connections.offer,
            updates=UpdateWatch(str(self.plugin_dir)),
            data_dir=str(self.data_dir),
            idle_s=lambda: self.idle_s,
            is_removed=lambda: next(self.removed, False),
            beat=self.beat,
            is_in_place=self.lock.is_intact,
            is_awaited_by_plex=lambda: next(self.photos, False),
        )
        return self.lifetime.run()

    def beat(self) -> None:
        self.beats += 1

    def close(self) -> None:
        self.worker.stop()  # a test may have put one of its own in the place of the hired one
        super().close()
        self.pipe.close()
        self.lock.release()
        signal.signal(signal.SIGTERM, self.handlers[0])
        signal.signal(signal.SIGINT, self.handlers[1])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    built = Home(tmp_path)
    yield built
    built.close()


@pytest.fixture
def later() -> Iterator[Any]:
    """Does something from another thread as soon as a condition holds."""
    threads: list[threading.Thread] = []

    def start(condition: Any, act: Any) -> None:
        def run() -> None:
            with suppress(AssertionError):  # the test's own assertion has the better message
                wait_until(condition, every_s=0.005)
            act()

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(60)


def test_worker_leaves_when_nothing_happened_for_the_idle_time(home):
    assert home.run() is ExitReason.IDLE
    assert not home.pipe.is_open


def test_worker_stays_while_a_job_waits_and_leaves_when_it_is_told_to(home, later):
    home.put(1)
    home.script.breaks["scene_1"] = home.script.away = ConnectionError()
    later(lambda: home.beats > 4, lambda: wake(str(home.data_dir), STOP))
    assert home.run() is ExitReason.STOPPED


def test_worker_stays_while_plex_has_not_fetched_a_photo(home):
    home.photos = iter([True] * 9)
    assert home.run() is ExitReason.IDLE
    assert home.beats > 9


@pytest.mark.needs("unlink")
def test_worker_leaves_when_its_lock_is_gone_and_not_when_the_folder_is(home, later):
    home.idle_s = 0.2
    home.put(1)
    home.script.breaks["scene_1"] = home.script.away = ConnectionError()
    home.removed = iter((True, False))
    later(lambda: home.beats, (home.data_dir / LOCK_NAME).unlink)
    assert home.run() is ExitReason.REPLACED
    assert ExitReason.REPLACED.wants_successor


@pytest.mark.needs("fifos")
def test_worker_makes_its_pipe_again_and_reads_what_was_left_in_the_lost_one(home, later):
    home.idle_s = 30
    assert home.pipe.open()
    fifo = home.data_dir / FIFO_NAME
    assert wake(str(home.data_dir), LINE)
    fifo.unlink()
    assert home.pipe.is_lost
    assert home.pipe.renew() == [LINE.strip()]
    assert not home.pipe.is_lost
    lost: list[None] = []
    later(lambda: home.beats, lambda: lost.append(fifo.unlink()))
    later(lambda: lost and fifo.exists(), lambda: wake(str(home.data_dir), STOP))
    assert home.run() is ExitReason.STOPPED


def test_worker_hands_on_what_hooks_bring(home, later):
    later(lambda: home.worker.running, lambda: [wake(str(home.data_dir), LINE), wake(str(home.data_dir), b"\n"), wake(str(home.data_dir), b'{"cut'), wake(str(home.data_dir), b"\n"), wake(str(home.data_dir), STOP)])  # fmt: skip
    home.idle_s = 30
    assert home.run() is ExitReason.STOPPED
    assert home.connections.cookies == ["fresh"]


def test_worker_probes_plex_before_its_time_when_a_person_asks(home, later):
    home.put(1)
    home.script.breaks["scene_1"] = home.script.away = PlexUnreachable("away")
    probes: list[int] = []

    def ask(line: bytes) -> None:
        probes.append(home.script.probes)
        wake(str(home.data_dir), line)

    def is_paused_for_long() -> bool:
        return home.worker.pause is not None and home.worker.pause.until > time.time() + 3

    later(is_paused_for_long, lambda: ask(ASKED))
    later(lambda: probes and home.script.probes > probes[0], lambda: wake(str(home.data_dir), STOP))
    assert home.run() is ExitReason.STOPPED


@pytest.mark.needs("signals")
def test_worker_leaves_at_once_when_it_is_terminated(home, later):
    home.idle_s = 1000
    later(lambda: home.worker.running, lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert home.run() is ExitReason.STOPPED
    assert home.beats < 3, "it did not go on for a while first"


def test_worker_takes_an_empty_plugin_folder_for_an_update_and_only_a_lasting_one_for_a_removal(home):
    home.put(1)
    home.script.breaks["scene_1"] = home.script.away = ConnectionError()
    home.removed = iter((True, False, True, True))
    assert home.run() is ExitReason.REMOVED


def test_worker_leaves_for_new_code_once_its_files_are_still(home, later):
    home.idle_s = 0.2
    home.put(1)
    home.script.breaks["scene_1"] = home.script.away = ConnectionError()
    later(lambda: home.beats, lambda: (home.plugin_dir / "code.py").write_text("two = 2\n", encoding="utf-8"))
    assert home.run() is ExitReason.UPDATED


def test_worker_leaves_when_its_thread_has_died(home, later):
    home.idle_s = 0.5
    later(lambda: home.worker.thread is not None, lambda: setattr(home.worker, "running", False))
    assert home.run() is ExitReason.BROKEN


@pytest.mark.parametrize(
    "trouble", [OperationalError("database or disk is full"), StorageUnavailable("locked"), OSError(5, "I/O error")]
)
def test_worker_stays_when_a_file_cannot_be_looked_after(home, later, trouble):
    def beat() -> None:
        home.beats += 1
        raise trouble

    home.beat = beat
    home.put(1)
    home.script.breaks["scene_1"] = home.script.away = ConnectionError()
    later(lambda: home.beats > 3, lambda: wake(str(home.data_dir), STOP))
    assert home.run() is ExitReason.STOPPED
    assert home.beats > 3


def test_worker_waits_for_a_request_when_nobody_hurries_it(home, later):
    """Nobody waits for a worker that leaves by itself: its jobs end well, and no thread of it is left."""

    class Hasty(SyncWorker):
        def stop(self, timeout_s: float = 0.02) -> bool:
            return super().stop(timeout_s)

    home.script = Stuck()
    home.worker.stop()
    home.worker = Hasty(home.manager.get_queue(), home.dlq, synchronizer=home.script)
    home.put(1)
    home.removed = iter((True, True, True))
    later(home.worker.stopping.is_set, lambda: threading.Timer(0.2, home.script.freed.set).start())
    assert home.run() is ExitReason.REMOVED
    assert not home.worker.thread.is_alive()
    assert home.worker.is_idle


def test_worker_knows_of_a_hook_that_came_behind_the_order_to_leave(home, later):
    home.idle_s = 30
    later(lambda: home.worker.running, lambda: wake(str(home.data_dir), STOP + LINE))
    assert home.run() is ExitReason.STOPPED
    assert home.lifetime.is_awaited
    assert home.connections.cookies == ["fresh"]


@pytest.mark.parametrize("has_pipe", [True, False], ids=["its pipe is not to be seen", "it has no pipe"])
def test_worker_makes_room_when_a_successor_stands_in_line_and_its_own_cookie_is_refused(home, later, has_pipe):
    home.put(1)
    line = WorkerLock(str(home.data_dir), "worker.next.lock")
    assert line.acquire()
    later(lambda: home.beats > 2, lambda: setattr(home.worker, "pause", Pause("stash_login", 2e9)))
    home.script.breaks["scene_1"] = home.script.away = ConnectionError()
    assert home.run(with_pipe=has_pipe) is ExitReason.HANDOVER
    line.release()


def test_worker_keeps_its_place_when_a_successor_stands_in_line_and_all_is_well(home):
    line = WorkerLock(str(home.data_dir), "worker.next.lock")
    assert line.acquire()
    assert home.run(with_pipe=False) is ExitReason.IDLE
    line.release()


@pytest.mark.parametrize("is_spooled", [False, True])
def test_job_that_comes_while_the_pipe_is_closing_is_done_by_the_same_worker(home, is_spooled):
    """The hook has put its save down and written its cookie, and the worker has already decided to leave."""

    kind: type[Any] = type(home.pipe)

    class ClosesLate(kind):  # type: ignore[misc]
        def deafen(self) -> None:
            if not home.script.batches:
                if is_spooled:
                    Spool(str(home.data_dir / "queue")).put(
                        create_sync_job(1, METADATA, {"fields": ["title"]}, now=home.now)
                    )
                else:
                    home.put(1)
                assert wake(str(home.data_dir), LINE)
            super().deafen()

    home.pipe = ClosesLate(str(home.data_dir))
    assert home.run() is ExitReason.IDLE
    assert home.script.batches == [("scene_1",)]
    assert home.connections.cookies == ["fresh"]
