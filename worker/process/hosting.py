"""The heavy half of the worker process, imported once the lock and the pipe are its own: logs, parts, host."""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from logs.redact import Redactor
from settings.model import Settings
from storage.errors import StorageDamaged, StorageUnavailable
from sync_queue.lock import WorkerLock
from sync_queue.owner import named_user
from worker.control.reconciling import ask_when_due
from worker.facts import HEARTBEAT
from worker.process.assembly import Assembled, assemble, open_log, redactor_of
from worker.process.launch import FIFO_NAME
from worker.process.lifetime import Host, Leave
from worker.process.pipe import WakePipe
from worker.process.problem import forget_problem
from worker.process.repair import FOLDER_ERRORS, DamagedAgainError, mend
from worker.process.stamp import UpdateWatch
from worker.version import VERSION

log = logging.getLogger("stash2plex.worker")

TIDY_S: Final = 3600.0
LOOK_S: Final = (
    60.0  # how often it is looked whether a comparison is due; more often where they follow each other faster
)
_OTHERS_WRITE: Final = 0o022


class CannotWorkError(Exception):
    """The worker could not begin, or ended by an error that nobody expected; the message is for people and holds no secret."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """How a worker ended.

    Attributes:
        line: the way into Stash for a successor, see worker.process.connection. Secret: it goes over the pipe only.
        is_awaited: a hook came behind the order to leave, and counts on a worker.
        is_whole: everything was closed; if not, a request goes on until the process ends, and so does the lock.
    """

    leave: Leave
    line: bytes
    is_awaited: bool
    is_whole: bool


def host(data_dir: str, script: str, pipe: WakePipe, lock: WorkerLock, line: bytes) -> Farewell:
    """Be the worker until there is a reason to leave; `lock` is held.

    Raises:
        CannotWorkError: see there; it stands in the log too.
    """
    redactor = redactor_of(os.environ)
    handler = open_log(data_dir, redactor)
    try:
        parts = assemble(data_dir, os.environ, redactor=redactor, permit=lock.demand)
        with _closing(parts) as closed:
            watcher = _watcher(parts, script, pipe, lock, line)
            _say_hello(parts)
            say_who_else_may(data_dir, pipe)
            leave = watcher.run()
            log.info("The worker ends: %s", leave.value)
            connection = parts.session.handed_on()
        return Farewell(leave, connection, watcher.is_awaited, bool(closed))
    except (*FOLDER_ERRORS, DamagedAgainError) as error:
        log.error("The worker cannot work: %s", error)  # noqa: TRY400 - the message says all; a trace would say where in our code
        failure = CannotWorkError(redactor(str(error)))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said without secrets and ends in a status
        failure = _unexpected(error, redactor)
    finally:
        logging.getLogger("stash2plex").removeHandler(handler)
        handler.close()
    raise failure  # outside of the handlers: a trace of it holds no secret


def _unexpected(error: Exception, redactor: Redactor) -> CannotWorkError:
    log.critical("The worker ends by an error that nobody expected", exc_info=error)
    return CannotWorkError(redactor(f"unexpected {type(error).__name__}: {error}; logs/worker.log says where"))


@contextlib.contextmanager
def _closing(parts: Assembled) -> Iterator[list[bool]]:
    """Close everything in the end, and mend what was found damaged; the list is True then where all could be closed."""
    closed: list[bool] = []
    try:
        yield closed
    finally:
        if parts.close():
            closed.append(True)
            if parts.worker.damage is not None:
                mend(parts.worker.damage)


def _watcher(parts: Assembled, script: str, pipe: WakePipe, lock: WorkerLock, line: bytes) -> Host:
    data_dir = parts.session.data_dir
    return Host(
        worker=parts.worker,
        pipe=pipe,
        connections=parts.session,
        updates=UpdateWatch(os.path.dirname(os.path.abspath(script))),
        data_dir=data_dir,
        idle_s=lambda: parts.session.last_settings.worker_idle_s,
        is_removed=lambda: not (os.path.exists(script) and os.path.isdir(data_dir)),
        beat=Beat(parts, time.time),
        is_in_place=lambda: lock.is_intact() and parts.files.are_in_place(),
        first_lines=[line] if line else [],
    )


def _say_hello(parts: Assembled) -> None:
    log.info("Stash2Plex %s: the worker has started (process %d)", VERSION, os.getpid())
    forget_problem(parts.session.data_dir)
    with contextlib.suppress(StorageUnavailable):  # a full disk may have room again before it matters
        parts.records.facts.put(HEARTBEAT, {"pid": os.getpid(), "started_at": time.time(), "version": VERSION})


def say_who_else_may(data_dir: str, pipe: WakePipe) -> None:
    """Whom the folder lets in, where it could not be closed to others. Nothing is refused for that: network shares often have such folders, and lock and pipe are looked at where they are opened."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        found = os.stat(data_dir)
        is_strange = os.geteuid() != 0 and found.st_uid not in (0, os.geteuid())
        if is_strange or found.st_mode & _OTHERS_WRITE:
            log.warning(
                "%s belongs to user %s and has the rights %o: others than Stash can replace what is in it. Only Stash needs to write there",
                data_dir,
                named_user(found.st_uid),
                found.st_mode & 0o777,
            )
        if not pipe.is_open:
            log.warning(
                "%s cannot be made: what stands there belongs to user %s. Saves reach the worker in a slower way",
                FIFO_NAME,
                named_user(os.lstat(os.path.join(data_dir, FIFO_NAME)).st_uid),
            )


class Beat:
    """What the main thread does every few seconds: hand settings on, and forget dead letters that are old enough."""

    def __init__(
        self, parts: Assembled, clock: Callable[[], float], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` is epoch seconds, `monotonic` the seconds by which an hour is measured."""
        self._parts = parts
        self._clock = clock
        self._monotonic = monotonic
        self._tidied_at = self._looked_at = float("-inf")

    def __call__(self) -> None:
        """Once around."""
        settings = self._parts.session.last_settings
        logging.getLogger("stash2plex").setLevel(logging.DEBUG if settings.debug else logging.INFO)
        if not self._parts.session.has_settings:
            return
        now = self._monotonic()
        try:
            if now - self._looked_at >= min(LOOK_S, settings.reconcile_every_s or LOOK_S):
                self._looked_at = now
                ask_when_due(self._parts.records, self._parts.session.queue_dir, settings, self._clock())
            if now - self._tidied_at > TIDY_S:
                self._tidied_at = now
                self._tidy(settings)
        except StorageDamaged:
            raise  # the process closes everything and has it mended
        except FOLDER_ERRORS as error:
            log.warning("Looking after the data folder has to wait: %s", error)

    def _tidy(self, settings: Settings) -> None:
        parts = self._parts
        gone = parts.dlq.delete_older_than(settings.dead_letter_days)
        if gone:
            log.info("%d dead letters were older than %d days and are gone", gone, settings.dead_letter_days)
