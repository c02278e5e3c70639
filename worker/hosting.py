"""The heavy half of the worker process, imported once the lock and the pipe are its own: logs, parts, host."""

import contextlib
import logging
import os
import time
from collections.abc import Callable
from typing import Final

from records import RecordsError, RecordsUnavailable
from settings.model import Settings
from sync_queue import QueueError
from worker.assembly import Assembled, assemble, open_log, redactor_of
from worker.damage import mend
from worker.facts import HEARTBEAT
from worker.host import Host, Leave
from worker.pipe import WakePipe
from worker.problem import forget_problem
from worker.reconciling import ask_when_due
from worker.stamp import UpdateWatch
from worker.version import VERSION

log = logging.getLogger("stash2plex.worker")

TIDY_S: Final = 3600.0


def host(data_dir: str, script: str, pipe: WakePipe, line: bytes) -> tuple[Leave, bytes]:
    """Be the worker until there is a reason to leave; the reason, and the freshest connection as a line."""
    plugin_dir = os.path.dirname(os.path.abspath(script))
    redactor = redactor_of(os.environ)
    handler = open_log(data_dir, redactor)
    parts = assemble(data_dir, os.environ, redactor=redactor)
    log.info("Stash2Plex %s: the worker has started (process %d)", VERSION, os.getpid())
    watcher = Host(
        worker=parts.worker,
        pipe=pipe,
        connections=parts.session,
        updates=UpdateWatch(plugin_dir),
        data_dir=data_dir,
        idle_s=lambda: parts.session.last_settings.worker_idle_s,
        is_removed=lambda: not (os.path.exists(script) and os.path.isdir(data_dir)),
        beat=Beat(parts, time.time),
        first_lines=[line] if line else [],
    )
    started_at = time.time()
    forget_problem(data_dir)
    with contextlib.suppress(RecordsUnavailable):  # a full disk may have room again before it matters
        parts.records.facts.put(HEARTBEAT, {"pid": os.getpid(), "started_at": started_at, "version": VERSION})
    leave = watcher.run()
    log.info("The worker ends: %s", leave.value)
    parts.close()
    if parts.worker.damage is not None:
        mend(parts.worker.damage)
    logging.getLogger("stash2plex").removeHandler(handler)
    handler.close()
    return leave, watcher.last_line


class Beat:
    """What the main thread does every few seconds: hand settings on, and forget dead letters that are old enough."""

    def __init__(self, parts: Assembled, clock: Callable[[], float]) -> None:
        self._parts = parts
        self._clock = clock
        self._tidied_at = 0.0

    def __call__(self) -> None:
        """Once around."""
        settings = self._parts.session.last_settings
        self._parts.worker.max_retries, self._parts.worker.batch_size = settings.max_retries, settings.batch_size
        logging.getLogger("stash2plex").setLevel(logging.DEBUG if settings.debug else logging.INFO)
        if self._parts.session.has_settings and self._clock() - self._tidied_at > TIDY_S:
            self._tidied_at = self._clock()
            try:
                self._tidy(settings)
            except (QueueError, RecordsError) as error:
                log.warning("Tidying up has to wait for an hour: %s", error)

    def _tidy(self, settings: Settings) -> None:
        parts = self._parts
        ask_when_due(parts.records, os.path.join(parts.session.data_dir, "queue"), settings, self._clock())
        gone = parts.dlq.delete_older_than(settings.dead_letter_days)
        if gone:
            log.info("%d dead letters were older than %d days and are gone", gone, settings.dead_letter_days)
