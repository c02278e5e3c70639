"""The worker process behind its lock and pipe: its log, its parts, its lifetime, and where all its errors end."""

import contextlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from settings.settings import Settings
from settings.sources import TOKEN_FILE_NAME
from storage.errors import StorageDamaged, StorageUnavailable
from sync_queue.held import OTHERS
from sync_queue.lock import WorkerLock
from sync_queue.owner import named_user
from worker import notices
from worker.control.reconciling import ask_when_due
from worker.errors import FOLDER_ERRORS
from worker.facts import HEARTBEAT
from worker.installation import VERSION, UpdateWatch
from worker.process.assembly import Assembled, assemble, open_log, redactor_of
from worker.process.lifetime import ExitReason, Lifetime
from worker.process.repair import RepairFailedError, repair

if TYPE_CHECKING:
    from worker.process.pipe import Pipe

log = logging.getLogger("stash2plex.worker")

TIDY_S: Final = 3600.0
LOOK_S: Final = 60.0
"""How often it is looked whether a comparison is due; more often where comparisons follow each other faster."""

_OTHERS_WRITE: Final = 0o022


class CannotWorkError(Exception):
    """The worker could not begin, or ended by an unexpected error; the message is for people and holds no secret."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a worker ended.

    Attributes:
        line: the way to Stash for a successor, see worker.launch. Secret: it goes over the pipe only.
        is_awaited: a hook came behind the order to leave, and counts on a worker.
        is_whole: everything was closed; else a request goes on until the process ends, and so does the lock.
    """

    reason: ExitReason
    line: bytes
    is_awaited: bool
    is_whole: bool


def host(data_dir: str, script: str, pipe: "Pipe", lock: WorkerLock, line: bytes, updates: UpdateWatch) -> Ending:
    """Work until there is a reason to leave; `lock` is held. `updates` began before our modules were imported.

    Raises:
        CannotWorkError: the reason stands in the log too.
    """
    redactor = redactor_of(os.environ)
    handler = open_log(data_dir, redactor)
    try:
        parts = assemble(data_dir, os.environ, redactor=redactor, permit=lock.demand)
        return _live(parts, script, pipe, lock, line, updates)
    except (*FOLDER_ERRORS, RepairFailedError) as error:
        log.error("The worker cannot work: %s", error)  # noqa: TRY400 - the message says all
        failure = redactor(str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said without secrets and ends in a status
        failure = redactor(_log_unexpected(error))
    finally:
        logging.getLogger("stash2plex").removeHandler(handler)
        handler.close()
    raise CannotWorkError(failure)  # outside of the handlers: a trace of it holds no secret


def _log_unexpected(error: Exception) -> str:
    log.critical("The worker ends by an error that nobody expected", exc_info=error)
    return f"unexpected {type(error).__name__}: {error}; logs/worker.log says where"


def _live(parts: Assembled, script: str, pipe: "Pipe", lock: WorkerLock, line: bytes, updates: UpdateWatch) -> Ending:
    try:
        lifetime = _lifetime(parts, script, pipe, lock, line, updates)
        _report_start(parts)
        warn_of_rights(parts.data_dir, pipe)
        reason = lifetime.run()
        log.info("The worker ends: %s", reason.value)
        line = parts.stash.handed_on()
    finally:
        is_whole = parts.close()
        if is_whole and parts.worker.damage is not None:
            repair(parts.worker.damage)
    return Ending(reason, line, lifetime.is_awaited, is_whole)


def _lifetime(
    parts: Assembled, script: str, pipe: "Pipe", lock: WorkerLock, line: bytes, updates: UpdateWatch
) -> Lifetime:
    data_dir = parts.data_dir
    return Lifetime(
        worker=parts.worker,
        pipe=pipe,
        offer=parts.stash.offer,
        updates=updates,
        data_dir=data_dir,
        idle_s=lambda: parts.settings.last.worker_idle_s,
        is_removed=lambda: not (os.path.exists(script) and os.path.isdir(data_dir)),
        beat=Beat(parts, time.time),
        is_awaited_by_plex=lambda: parts.photo_port.is_awaited,
        is_in_place=lambda: lock.is_intact() and parts.files.are_in_place(),
        first_lines=[line] if line else [],
    )


def _report_start(parts: Assembled) -> None:
    log.info("Stash2Plex %s: the worker has started (process %d)", VERSION, os.getpid())
    notices.withdraw(parts.data_dir, notices.PROBLEM)
    with contextlib.suppress(StorageUnavailable):  # a full disk may have room again before it matters
        parts.records.facts.put(HEARTBEAT, {"pid": os.getpid(), "started_at": time.time(), "version": VERSION})


def warn_of_rights(data_dir: str, pipe: "Pipe") -> None:
    """Say whom the data folder lets in beside Stash, and that no pipe could be made.

    Nothing is refused: network shares often have such folders, and lock and pipe are looked at where they are opened.
    """
    if not pipe.is_open:
        log.warning("No pipe can be made, neither in %s nor elsewhere: each save starts a process to say so", data_dir)
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        found = os.stat(data_dir)
        is_strange = os.geteuid() != 0 and found.st_uid not in (0, os.geteuid())
        if is_strange or found.st_mode & _OTHERS_WRITE:
            log.warning(
                "%s belongs to user %s and has the rights %o: others than Stash can replace what is in it. "
                "Only Stash needs to write there",
                data_dir,
                named_user(found.st_uid),
                found.st_mode & 0o777,
            )
        _warn_of_token(os.path.join(data_dir, TOKEN_FILE_NAME))


def _warn_of_token(path: str) -> None:
    """Say that a secret lies open: some file systems (network shares, FAT) keep no rights, and some refuse to."""
    if os.path.exists(path) and os.stat(path).st_mode & OTHERS:
        log.warning(
            "%s has the rights %o: others than Stash can read your Plex token. Close it to them; where the file system "
            "takes no rights, as some network shares, mount it for Stash's user alone",
            path,
            os.stat(path).st_mode & 0o777,
        )


class Beat:
    """What the main thread does every few seconds: log's level, port of photos, comparison, what is too old."""

    def __init__(
        self, parts: Assembled, clock: Callable[[], float], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` is epoch seconds, `monotonic` the seconds by which an hour is measured."""
        self._parts = parts
        self._clock = clock
        self._monotonic = monotonic
        self._tidied_at = self._looked_at = float("-inf")

    def __call__(self) -> None:
        """Do what is due.

        Raises:
            StorageDamaged: a file has to be set aside, with everything closed.
        """
        settings = self._parts.settings.last
        logging.getLogger("stash2plex").setLevel(logging.DEBUG if settings.debug else logging.INFO)
        if not self._parts.settings.is_known:
            return
        self._parts.photo_port.follow(settings)
        now = self._monotonic()
        try:
            if now - self._looked_at >= min(LOOK_S, settings.reconcile_every_s or LOOK_S):
                self._looked_at = now
                ask_when_due(self._parts.records, self._parts.queue_dir, settings, self._clock())
            if now - self._tidied_at > TIDY_S:
                self._tidied_at = now
                self._tidy(settings)
        except StorageDamaged:
            raise
        except FOLDER_ERRORS as error:
            log.warning("Looking after the data folder has to wait: %s", error)

    def _tidy(self, settings: Settings) -> None:
        self._parts.shelf.tidy(self._clock())
        gone = self._parts.dlq.delete_older_than(settings.dead_letter_days)
        if gone:
            log.info("%d dead letters were older than %d days and are gone", gone, settings.dead_letter_days)
