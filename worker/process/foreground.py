"""The very same worker inside a task's own process, for systems on which no detached process can live. It ends with the task."""

import contextlib
import logging
import os
import time
from collections.abc import Mapping
from typing import Any, Final

from storage.errors import StorageDamaged, StorageUnavailable
from sync_queue.lock import WorkerLock
from sync_queue.schema import FOLDER
from sync_queue.stats import overview
from worker.facts import HEARTBEAT
from worker.process.assembly import Assembled, assemble, open_log, redactor_of
from worker.process.connection import message_of
from worker.process.hosting import Beat
from worker.process.launch import ensure_worker
from worker.process.repair import FOLDER_ERRORS, mend
from worker.version import VERSION

_LOCK_TRIES: Final = 5

log = logging.getLogger("stash2plex.worker")


class ForegroundWorker:
    """Drains in a thread of this process, from `start` to `stop`. Holds the worker lock for as long."""

    def __init__(self, data_dir: str, script: str, environ: Mapping[str, str], connection: Mapping[str, Any]) -> None:
        """`script` is what a worker process is started by, `connection` Stash's server_connection."""
        self._data_dir = data_dir
        self._script = script
        self._environ = environ
        self._connection = dict(connection)
        self._lock = WorkerLock(data_dir)
        self._redactor = redactor_of(environ)
        self._parts: Assembled | None = None
        self._handler: logging.Handler | None = None
        self._beat: Beat | None = None

    def start(self) -> bool:
        """Begin to drain; False where another process is the worker already.

        Raises:
            StorageError, DamagedAgainError, OSError: it cannot work; the message says why.
        """
        if not self._lock.acquire():
            return False
        try:
            self._handler = open_log(self._data_dir, self._redactor)
            self._begin()
        except BaseException:
            self.stop()
            raise
        return True

    def _begin(self) -> None:
        self._parts = parts = assemble(self._data_dir, self._environ, redactor=self._redactor, permit=self._lock.demand)
        log.info("Stash2Plex %s: a task works by itself (process %d)", VERSION, os.getpid())
        parts.session.offer(dict(self._connection))
        with contextlib.suppress(StorageUnavailable):  # a full disk may have room again before it matters
            parts.records.facts.put(HEARTBEAT, {"pid": os.getpid(), "started_at": time.time(), "version": VERSION})
        self._beat = Beat(parts, time.time)
        parts.worker.start()

    def beat(self) -> None:
        """What the main thread of a worker process does now and then; to be called every few seconds. A damaged file is mended and work begins again.

        Raises: as `start`.
        """
        if self._parts is None or self._beat is None:
            return
        worker, is_in_place = self._parts.worker, True
        try:
            is_in_place = self._lock.is_intact() and self._parts.files.are_in_place()
            self._beat()
        except StorageDamaged as error:
            worker.damage = error
        except (*FOLDER_ERRORS, OSError) as error:
            log.warning("The data folder cannot be looked after now: %s", error)
        if not is_in_place or worker.damage is not None or worker.thread is None or not worker.thread.is_alive():
            self._begin_again(self._parts)

    def _begin_again(self, parts: Assembled) -> None:
        """What a worker process does by ending and starting its successor."""
        while not parts.worker.stop():
            log.info("A request is still under way; waiting for its end")
        parts.close()
        self._parts = None
        if parts.worker.damage is not None:
            mend(parts.worker.damage)
        self._lock.release()  # its file may have been replaced
        if not self._lock.acquire(tries=_LOCK_TRIES):
            raise StorageUnavailable("another worker has begun, and goes on with what waits")
        self._begin()

    def stop(self) -> None:
        """Finish the job at hand and close everything; nothing where it was not started."""
        if self._handler is None:
            return
        log.info("The task ends; what waits goes on with the next task")
        parts, self._parts = self._parts, None
        is_closed = parts is None or parts.close()
        logging.getLogger("stash2plex").removeHandler(self._handler)
        self._handler.close()
        self._handler = None
        if is_closed:  # otherwise the lock ends with this process, as the request does
            self._lock.release()
            self._hand_over()

    def _hand_over(self) -> None:
        """A hook that came at the very end found us at work, and its worker has left: whoever gives the lock back looks once more."""
        try:
            queue = overview(os.path.join(self._data_dir, FOLDER), time.time())
            if queue.pending > queue.waiting:
                message = message_of({"server_connection": self._connection}, self._environ)
                ensure_worker(self._data_dir, self._script, message)
        except (*FOLDER_ERRORS, OSError):
            return  # the next hook or task tries again
