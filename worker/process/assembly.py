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
from stash.client import StashClient
from sync_queue import DeadLetterQueue, QueueManager, schema
from sync_queue.by_key import has_job
from sync_queue.letters import FILE as LETTERS
from sync_queue.listing import left
from worker.activity_log import ActivityLog
from worker.control.answer import ANSWER, AnswerHandler
from worker.control.content import RESETTLE, ContentHandler
from worker.control.jobs import BEGIN_AFRESH, INDEX, RECONCILE, RESTORE, UNDO, BeginAfreshHandler, Handler, IndexHandler
from worker.control.news import News
from worker.control.pin import PIN, PinHandler
from worker.control.reconciling import ReconcileHandler
from worker.control.requeue_skipped import REQUEUE_SKIPPED, RequeueSkippedHandler
from worker.control.restoring import RestoreHandler
from worker.control.undoing import UndoHandler
from worker.facts import LOG_NAME
from worker.outcome import Pause
from worker.process.repair import FOLDER_ERRORS, with_mending
from worker.process.stamp import OpenFiles
from worker.processor import Limits, SyncWorker
from worker.stepping import STOP_TIMEOUT_S
from worker.sync.expand import Expander
from worker.sync.finder import Finder
from worker.sync.recognition import Recognition
from worker.sync.session import RECORDS_NAME, Session
from worker.sync.synchronizer import SceneSynchronizer

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
    files: OpenFiles

    def close(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """Stop the worker and close every file; False where it is still within a request: its jobs are put back, and the files stay open until the process ends."""
        if not self.worker.stop(timeout_s):
            log.warning("A request is still under way; its jobs are put back, and the process ends without it")
            with contextlib.suppress(*FOLDER_ERRORS):
                self.worker.let_go()
            return False
        self.session.close()
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
    permit: Callable[[], None] = lambda: None,
) -> Assembled:
    """A worker over `data_dir`, not started. Only for the process that holds the worker lock. Damaged files are set aside on the way.

    `clock` is epoch seconds, `monotonic` the seconds by which waits are measured. `permit` is called before each claim of jobs and each write
    to Plex, and raises StorageUnavailable where the lock is not held any more.

    Raises:
        StorageError: a file is newer than this version, or cannot be used now.
        DamagedAgainError: a file cannot be mended.
    """
    masks = redactor or redactor_of(environ)

    def build() -> Assembled:
        with ExitStack() as opened:
            parts = _assemble(data_dir, environ, masks, clock, monotonic, permit, opened)
            opened.pop_all()
        return parts

    return with_mending(data_dir, build)


def _assemble(
    data_dir: str,
    environ: Mapping[str, str],
    redactor: Redactor,
    clock: Callable[[], float],
    monotonic: Callable[[], float],
    permit: Callable[[], None],
    opened: ExitStack,
) -> Assembled:
    records = opened.enter_context(Records(Path(data_dir, RECORDS_NAME)))
    queue_dir = os.path.join(data_dir, schema.FOLDER)
    stopping = threading.Event()

    def accept(client: StashClient, place: str) -> None:
        recognition.accept(client, place)

    session = Session(
        data_dir,
        records,
        redactor,
        environ,
        clock=monotonic,
        sleep=stopping.wait,
        permit=permit,
        is_stopping=stopping.is_set,
        may_adopt=lambda: has_job(queue_dir, INDEX),
        accept=accept,
    )
    finder = Finder(session, monotonic)
    manager = QueueManager(data_dir)
    opened.callback(manager.shutdown)
    queue = manager.get_queue()
    dlq = DeadLetterQueue(data_dir)
    opened.callback(dlq.close)
    recognition = Recognition(session, clock, lambda: has_job(queue_dir, BEGIN_AFRESH))
    handlers = _handlers(session, finder, recognition, clock)
    news = News(session, clock, monotonic)
    synchronizer = SceneSynchronizer(session, finder, Expander(session, clock), handlers, recognition, news, clock)
    worker = SyncWorker(
        queue,
        dlq,
        synchronizer=synchronizer,
        report=ActivityLog(records, lambda now: left(queue_dir, now)),
        redact=redactor,
        clock=clock,
        limits=lambda: Limits(session.last_settings.max_retries, session.last_settings.batch_size),
        stopping=stopping,
        permit=permit,
    )
    opened.callback(worker.stop)
    worker.pause = _open_pause(records)
    files = OpenFiles(
        [
            os.path.join(data_dir, RECORDS_NAME),
            os.path.join(data_dir, LETTERS),
            os.path.join(queue_dir, schema.FILE),
        ]
    )
    return Assembled(worker, session, records, manager, dlq, redactor, files)


def _handlers(
    session: Session, finder: Finder, recognition: Recognition, clock: Callable[[], float]
) -> dict[str, Handler]:
    return {
        BEGIN_AFRESH: BeginAfreshHandler(session),
        INDEX: IndexHandler(session, finder),
        RESTORE: RestoreHandler(session, recognition, clock),
        UNDO: UndoHandler(session, recognition, clock),
        RECONCILE: ReconcileHandler(session, finder, recognition, clock),
        PIN: PinHandler(session, recognition, clock),
        REQUEUE_SKIPPED: RequeueSkippedHandler(session, clock),
        RESETTLE: ContentHandler(session, clock),
        ANSWER: AnswerHandler(session, clock),
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
