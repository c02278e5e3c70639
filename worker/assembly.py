"""The one place that builds a worker from its parts."""

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logs.redact import RedactingFilter, Redactor
from logs.worker_log import WorkerLogHandler
from records import Records
from sync_queue import DeadLetterQueue, QueueManager
from sync_queue.by_key import has_job
from worker.errands import INDEX, RECONCILE, RESTORE, Errand, IndexErrand
from worker.expand import Expander
from worker.facts import LOG_NAME
from worker.finder import Finder
from worker.journal import Journal
from worker.keeping import KEEP, KeepErrand
from worker.outcome import Pause
from worker.processor import SyncWorker
from worker.reconciling import ReconcileErrand
from worker.restoring import RestoreErrand
from worker.session import RECORDS_NAME, Session
from worker.sync import SceneSynchronizer

_LOGGER: Final = "stash2plex"
_TOKEN: Final = "PLEX_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True)
class Assembled:
    """Everything a worker needs, built and open."""

    worker: SyncWorker
    session: Session
    records: Records
    manager: QueueManager
    dlq: DeadLetterQueue
    redactor: Redactor

    def close(self) -> None:
        """Close every file."""
        self.manager.shutdown()
        self.records.close()


def assemble(data_dir: str, environ: Mapping[str, str], *, clock: Callable[[], float] = time.time) -> Assembled:
    """A worker over `data_dir`, not started. Only for the process that holds the worker lock."""
    redactor = Redactor([environ[_TOKEN]] if environ.get(_TOKEN) else [])
    records = Records(Path(data_dir, RECORDS_NAME))
    queue_dir = os.path.join(data_dir, "queue")
    session = Session(data_dir, records, redactor, environ, may_adopt=lambda: has_job(queue_dir, INDEX))
    finder = Finder(session, time.monotonic)
    manager = QueueManager(data_dir)
    dlq = DeadLetterQueue(data_dir)
    synchronizer = SceneSynchronizer(session, finder, Expander(session, clock), _errands(session, finder, clock), clock)
    worker = SyncWorker(
        manager.get_queue(),
        dlq,
        synchronizer=synchronizer,
        report=Journal(records),
        redact=redactor,
        clock=clock,
    )
    worker.pause = _open_pause(records)
    return Assembled(worker, session, records, manager, dlq, redactor)


def _errands(session: Session, finder: Finder, clock: Callable[[], float]) -> dict[str, Errand]:
    return {
        INDEX: IndexErrand(session, finder),
        RESTORE: RestoreErrand(session, clock),
        RECONCILE: ReconcileErrand(session, clock),
        KEEP: KeepErrand(session, clock),
    }


def _open_pause(records: Records) -> Pause | None:
    """The pause in which the last worker ended: it goes on until a probe, which is due at once, says that it is over."""
    current = records.pauses.current()
    return None if current is None else Pause(current.kind, 0.0)


def open_log(data_dir: str, redactor: Redactor, *, debug: bool = False) -> logging.Handler:
    """The worker's rotating log, every line without secrets."""
    handler = WorkerLogHandler(os.path.join(data_dir, LOG_NAME))
    handler.addFilter(RedactingFilter(redactor))
    logger = logging.getLogger(_LOGGER)
    logger.setLevel(logging.DEBUG if debug else logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    return handler
