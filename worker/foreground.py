"""The very same worker inside a task's own process, for systems on which no detached process can live. It ends with the task."""

import logging
import os
import time
from collections.abc import Mapping
from typing import Any

from worker.assembly import Assembled, assemble, open_log, redactor_of
from worker.facts import HEARTBEAT
from worker.hosting import Beat
from worker.lock import WorkerLock
from worker.version import VERSION

log = logging.getLogger("stash2plex.worker")


class ForegroundWorker:
    """Drains in a thread of this process, from `start` to `stop`. Holds the worker lock for as long."""

    def __init__(self, data_dir: str, environ: Mapping[str, str], connection: Mapping[str, Any]) -> None:
        """`connection` is Stash's server_connection."""
        self._data_dir = data_dir
        self._environ = environ
        self._connection = dict(connection)
        self._lock = WorkerLock(data_dir)
        self._parts: Assembled | None = None
        self._handler: logging.Handler | None = None
        self._beat: Beat | None = None

    def start(self) -> bool:
        """Begin to drain; False where another process is the worker already."""
        if not self._lock.acquire():
            return False
        redactor = redactor_of(self._environ)
        self._handler = open_log(self._data_dir, redactor)
        self._parts = parts = assemble(self._data_dir, self._environ, redactor=redactor)
        log.info("Stash2Plex %s: a task works by itself (process %d)", VERSION, os.getpid())
        parts.session.offer(self._connection)
        parts.records.facts.put(HEARTBEAT, {"pid": os.getpid(), "started_at": time.time(), "version": VERSION})
        self._beat = Beat(parts, time.time)
        parts.worker.start()
        return True

    def beat(self) -> None:
        """What the main thread of a worker process does now and then; to be called every few seconds."""
        if self._beat is not None:
            self._beat()

    def stop(self) -> None:
        """Finish the job at hand and close everything; nothing where it was not started."""
        if self._parts is None:
            return
        self._parts.worker.stop()
        log.info("The task ends; what waits goes on with the next task")
        self._parts.close()
        if self._handler is not None:
            logging.getLogger("stash2plex").removeHandler(self._handler)
            self._handler.close()
        self._lock.release()
        self._parts = None
