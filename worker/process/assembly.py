"""The one place that builds a worker from its parts."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from logs.redact import RedactingFilter, Redactor
from logs.worker_log import WorkerLogHandler
from records import Records
from sync_queue import DeadLetterQueue, QueueManager, schema
from sync_queue.dlq import FILE as LETTERS
from sync_queue.foreign_rows import revive
from sync_queue.pending import has_job
from sync_queue.questions import overview
from worker.activity_log import ActivityLog
from worker.control.handlers import answer_held, begin_afresh, pin_field, rebuild_index
from worker.control.jobs import Handler
from worker.control.kinds import ANSWER, BEGIN_AFRESH, COMPARE_PLANS, INDEX, RECONCILE, REQUEUE_SKIPPED, RESTORE, UNDO
from worker.control.news import News
from worker.control.plan_comparing import compare_plans
from worker.control.readmitting import requeue_skipped
from worker.control.reconciling import ReconcileHandler
from worker.control.settings_changes import SettingsChanges, note_photos
from worker.control.tag_changes import TagChanges
from worker.control.undoing import Restore, UndoChanges
from worker.errors import FOLDER_ERRORS
from worker.facts import LOG_NAME, PHOTOS_MISSED, RECORDS_NAME
from worker.outcome import Pause
from worker.process.photo_port import PhotoPort
from worker.process.repair import OpenFiles, finish_repairs, with_repair
from worker.processor import SyncWorker
from worker.stepping import STOP_TIMEOUT_S
from worker.sync.collection_renaming import CollectionRenaming
from worker.sync.collection_sizes import CollectionSizes
from worker.sync.dressing import Dressing
from worker.sync.expand import Expander
from worker.sync.finder import Finder
from worker.sync.own_collections import OwnCollections
from worker.sync.own_stash import OwnStash
from worker.sync.photo_shelf import PhotoShelf
from worker.sync.photos import Photos
from worker.sync.picture_making import Workshop
from worker.sync.plex_link import PlexLink
from worker.sync.predecessor_names import learn_names
from worker.sync.recognition import Recognition
from worker.sync.rendering import Renderer
from worker.sync.stash_link import SettingsInForce, StashLink
from worker.sync.synchronizer import SceneSynchronizer
from worker.sync.taking import PIN

log = logging.getLogger("stash2plex.worker")

_LOGGER: Final = "stash2plex"
_TOKEN: Final = "PLEX_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True)
class Assembled:
    """Everything a worker needs, built and open."""

    worker: SyncWorker
    data_dir: str
    queue_dir: str
    stash: StashLink
    plex: PlexLink
    settings: SettingsInForce
    records: Records
    manager: QueueManager
    dlq: DeadLetterQueue
    redactor: Redactor
    files: OpenFiles
    shelf: PhotoShelf
    photo_port: PhotoPort

    def close(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """Stop the worker and close every file.

        Return False where it is still within a request: its jobs are put back, the files stay open.
        """
        self.photo_port.close()
        if not self.worker.stop(timeout_s):
            log.warning("A request is still under way; its jobs are put back, and the process ends without it")
            with contextlib.suppress(*FOLDER_ERRORS):
                self.worker.let_go()
            return False
        self.plex.close()
        self.stash.close()
        self.dlq.close()
        self.manager.shutdown()
        self.records.close()
        return True


def redactor_of(environ: Mapping[str, str]) -> Redactor:
    """Return a redactor that knows the token of the environment, if there is one."""
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
    """Return a worker over `data_dir`, not started. Only for the holder of the worker lock. Damaged files are repaired.

    `clock` is epoch seconds, `monotonic` the seconds by which waits are measured. `permit` is called before each claim
    and each write to Plex, and raises StorageUnavailable where the lock is not held any more.

    Raises:
        StorageError: a file is newer than this version, or cannot be used now.
        RepairFailedError: a file cannot be repaired.
    """
    masks = redactor or redactor_of(environ)

    def build() -> Assembled:
        with ExitStack() as opened:
            parts = _assemble(data_dir, environ, masks, clock, monotonic, permit, opened)
            opened.pop_all()
        return parts

    finish_repairs(data_dir)
    return with_repair(build)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What most parts stand on: the records, both servers, the settings, and the clocks."""

    data_dir: str
    queue_dir: str
    records: Records
    own_stash: OwnStash
    stash: StashLink
    settings: SettingsInForce
    plex: PlexLink
    shelf: PhotoShelf
    photo_port: PhotoPort
    stopping: threading.Event
    clock: Callable[[], float]
    monotonic: Callable[[], float]


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
    manager = QueueManager(data_dir)
    opened.callback(manager.shutdown)
    queue = manager.get_queue()
    learn_names(records, os.path.join(data_dir, schema.FOLDER))
    dlq = DeadLetterQueue(data_dir)
    opened.callback(dlq.close)
    revive(dlq, os.path.join(data_dir, schema.FOLDER), clock())
    ground = _ground(data_dir, environ, redactor, records, clock, monotonic, permit)
    queue_dir, settings = ground.queue_dir, ground.settings
    worker = SyncWorker(
        queue,
        dlq,
        synchronizer=_synchronizer(ground),
        report=ActivityLog(records, lambda now: overview(queue_dir, now).left),
        redact=redactor,
        clock=clock,
        limits=lambda: settings.last,
        stopping=ground.stopping,
        permit=permit,
    )
    opened.callback(worker.stop)
    worker.pause = _open_pause(records)
    names = (RECORDS_NAME, LETTERS, os.path.join(schema.FOLDER, schema.FILE))
    files = OpenFiles([os.path.join(data_dir, name) for name in names])
    return Assembled(
        worker,
        data_dir,
        queue_dir,
        ground.stash,
        ground.plex,
        settings,
        records,
        manager,
        dlq,
        redactor,
        files,
        ground.shelf,
        ground.photo_port,
    )


def _ground(
    data_dir: str,
    environ: Mapping[str, str],
    redactor: Redactor,
    records: Records,
    clock: Callable[[], float],
    monotonic: Callable[[], float],
    permit: Callable[[], None],
) -> _Ground:
    queue_dir = os.path.join(data_dir, schema.FOLDER)
    stopping = threading.Event()
    own_stash = OwnStash(records, data_dir, queue_dir, clock, lambda: has_job(queue_dir, BEGIN_AFRESH))
    stash = StashLink(redactor, environ, own_stash.accept)
    settings = SettingsInForce(data_dir, stash, redactor, clock=monotonic)
    plex = PlexLink(
        records,
        records.facts,
        data_dir,
        settings,
        clock=clock,
        sleep=stopping.wait,
        permit=permit,
        may_adopt=lambda: has_job(queue_dir, INDEX),
    )
    shelf = PhotoShelf(data_dir)
    port = PhotoPort(shelf, clock, partial(note_photos, records, queue_dir, clock))
    return _Ground(
        data_dir, queue_dir, records, own_stash, stash, settings, plex, shelf, port, stopping, clock, monotonic
    )


def _synchronizer(ground: _Ground) -> SceneSynchronizer:
    stash, plex, settings, records = ground.stash, ground.plex, ground.settings, ground.records
    queue_dir, clock, is_stopping = ground.queue_dir, ground.clock, ground.stopping.is_set
    finder = Finder(stash, plex, settings, ground.monotonic)
    photos = Photos(
        stash,
        ground.shelf,
        ground.photo_port.follow,
        clock,
        note_missed=partial(records.facts.put, PHOTOS_MISSED, value=True),
    )
    recognition = Recognition(stash, records, ground.own_stash, clock)
    collections = OwnCollections(plex, records, clock)
    return SceneSynchronizer(
        stash,
        plex,
        settings,
        records,
        finder,
        photos,
        Expander(stash, records, queue_dir, clock),
        recognition,
        ground.own_stash,
        _handlers(ground, finder, recognition),
        SettingsChanges(settings, records, queue_dir, clock).look,
        TagChanges(stash, settings, records, queue_dir, clock, ground.monotonic).look,
        News(stash, records, queue_dir, clock, ground.monotonic, is_stopping).look,
        Workshop(Renderer(ground.data_dir, lambda: stash.ffmpeg_path, stash.environ, is_stopping)),
        collections,
        CollectionRenaming(stash, plex, records, collections),
        CollectionSizes(records, queue_dir, clock),
        Dressing(stash, plex, records, ground.monotonic, is_stopping),
        clock,
        is_stopping,
    )


def _handlers(ground: _Ground, finder: Finder, recognition: Recognition) -> dict[str, Handler]:
    """Return what answers each kind of control job."""
    stash, plex, settings, records = ground.stash, ground.plex, ground.settings, ground.records
    queue_dir, clock = ground.queue_dir, ground.clock
    undo_parts = (stash, plex, settings, records, recognition, queue_dir, clock)
    return {
        BEGIN_AFRESH: partial(begin_afresh, records),
        INDEX: partial(rebuild_index, plex, records, finder),
        RESTORE: Restore(*undo_parts),
        UNDO: UndoChanges(*undo_parts),
        RECONCILE: ReconcileHandler(stash, plex, settings, records, finder, ground.own_stash, queue_dir, clock),
        PIN: partial(pin_field, records, recognition, clock),
        REQUEUE_SKIPPED: partial(requeue_skipped, records, queue_dir, clock),
        COMPARE_PLANS: partial(compare_plans, stash, plex, records, queue_dir, clock),
        ANSWER: partial(answer_held, records, queue_dir, clock),
    }


def _open_pause(records: Records) -> Pause | None:
    """Return the pause in which the last worker ended; its probe is due at once."""
    current = records.pauses.current()
    return None if current is None else Pause(current.kind, 0.0)


def open_log(data_dir: str, redactor: Redactor, *, debug: bool = False) -> logging.Handler:
    """Open the worker's rotating log, every line without secrets."""
    handler = WorkerLogHandler(os.path.join(data_dir, LOG_NAME))
    handler.addFilter(RedactingFilter(redactor))
    logger = logging.getLogger(_LOGGER)
    logger.setLevel(logging.DEBUG if debug else logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    return handler
