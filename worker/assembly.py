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
from worker.expand import Expander
from worker.finder import Finder
from worker.journal import Journal
from worker.processor import SyncWorker
from worker.session import RECORDS_NAME, Session
from worker.sync import SceneSynchronizer

LOG_NAME: Final = os.path.join("logs", "worker.log")
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
    session = Session(data_dir, records, redactor, environ)
    finder = Finder(session, time.monotonic)
    manager = QueueManager(data_dir)
    dlq = DeadLetterQueue(data_dir)
    synchronizer = SceneSynchronizer(session, finder, Expander(session, clock), {}, clock)
    worker = SyncWorker(
        manager.get_queue(),
        dlq,
        synchronizer=synchronizer,
        report=Journal(records),
        redact=redactor,
        clock=clock,
    )
    return Assembled(worker, session, records, manager, dlq, redactor)


def open_log(data_dir: str, redactor: Redactor, *, debug: bool = False) -> logging.Handler:
    """The worker's rotating log, every line without secrets."""
    handler = WorkerLogHandler(os.path.join(data_dir, LOG_NAME))
    handler.addFilter(RedactingFilter(redactor))
    logger = logging.getLogger(_LOGGER)
    logger.setLevel(logging.DEBUG if debug else logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    return handler
