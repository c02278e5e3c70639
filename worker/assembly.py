"""The one place that builds a worker from its parts."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logs.redact import RedactingFilter, Redactor
from logs.worker_log import WorkerLogHandler
from records import Records
from sync_queue import DeadLetterQueue, QueueManager
from sync_queue.by_key import has_job
from sync_queue.listing import left
from sync_queue.schema import FOLDER
from worker.answering import ANSWER, AnswerErrand
from worker.damage import FOLDER_ERRORS, with_mending
from worker.errands import INDEX, RECONCILE, RESTORE, Errand, IndexErrand
from worker.expand import Expander
from worker.facts import LOG_NAME
from worker.finder import Finder
from worker.journal import Journal
from worker.keeping import KEEP, KeepErrand
from worker.outcome import Pause
from worker.processor import Limits, SyncWorker
from worker.readmission import READMIT, ReadmitErrand
from worker.reconciling import ReconcileErrand
from worker.restoring import RestoreErrand
from worker.session import RECORDS_NAME, Session
from worker.stepping import STOP_TIMEOUT_S
from worker.sync import SceneSynchronizer

log = logging.getLogger("stash2plex.worker")

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

    def close(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """Stop the worker and close every file; False where it is still within a request: its jobs are put back, and the files stay open until the process ends."""
        if not self.worker.stop(timeout_s):
            log.warning("A request is still under way; its jobs are put back, and the process ends without it")
            with contextlib.suppress(*FOLDER_ERRORS):
                self.worker.let_go()
            return False
        self.worker.close()
        self.dlq.close()
        self.manager.shutdown()
        self.records.close()
        return True


def redactor_of(environ: Mapping[str, str]) -> Redactor:
    """A redactor that knows the token of the environment, if there is one."""
    return Redactor([environ[_TOKEN]] if environ.get(_TOKEN) else [])


def assemble(
    data_dir: str,
    environ: Mapping[str, str],
    *,
    redactor: Redactor | None = None,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
) -> Assembled:
    """A worker over `data_dir`, not started. Only for the process that holds the worker lock. Damaged files are set aside on the way.

    `clock` is epoch seconds, `monotonic` the seconds by which waits are measured.

    Raises:
        QueueError, RecordsError: a file is newer than this version, or cannot be used now.
        DamagedAgainError: a file cannot be mended.
    """
    masks = redactor or redactor_of(environ)

    def build() -> Assembled:
        with ExitStack() as opened:
            parts = _assemble(data_dir, environ, masks, clock, monotonic, opened)
            opened.pop_all()
        return parts

    return with_mending(data_dir, build)


def _assemble(
    data_dir: str,
    environ: Mapping[str, str],
    redactor: Redactor,
    clock: Callable[[], float],
    monotonic: Callable[[], float],
    opened: ExitStack,
) -> Assembled:
    records = opened.enter_context(Records(Path(data_dir, RECORDS_NAME)))
    queue_dir = os.path.join(data_dir, FOLDER)
    stopping = threading.Event()
    session = Session(
        data_dir,
        records,
        redactor,
        environ,
        clock=monotonic,
        sleep=stopping.wait,
        may_adopt=lambda: has_job(queue_dir, INDEX),
    )
    finder = Finder(session, monotonic)
    manager = QueueManager(data_dir)
    opened.callback(manager.shutdown)
    queue = manager.get_queue()
    dlq = DeadLetterQueue(data_dir)
    opened.callback(dlq.close)
    synchronizer = SceneSynchronizer(session, finder, Expander(session, clock), _errands(session, finder, clock), clock)
    worker = SyncWorker(
        queue,
        dlq,
        synchronizer=synchronizer,
        report=Journal(records, lambda now: left(queue_dir, now)),
        redact=redactor,
        clock=clock,
        limits=lambda: Limits(session.last_settings.max_retries, session.last_settings.batch_size),
        stopping=stopping,
    )
    opened.callback(worker.close)
    worker.pause = _open_pause(records)
    return Assembled(worker, session, records, manager, dlq, redactor)


def _errands(session: Session, finder: Finder, clock: Callable[[], float]) -> dict[str, Errand]:
    return {
        INDEX: IndexErrand(session, finder),
        RESTORE: RestoreErrand(session, clock),
        RECONCILE: ReconcileErrand(session, clock),
        KEEP: KeepErrand(session, clock),
        READMIT: ReadmitErrand(session, clock),
        ANSWER: AnswerErrand(session, clock),
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
