"""Both servers beside the worker, read only: what it would see and plan, without doing it.

Whoever looks, this is all that is written: the name we have with Plex, if the records hold none yet (Plex lists a new
device for every other one), for which address the token was given (worker.sync.token_bounds), and, for a task, its own
copy of the path index. Nothing goes to Plex, to the worker's index or to anything else in its records.
"""

import logging
import math
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from logs import stash as log
from logs.redact import Redactor
from records import Records
from storage.database import uri_of
from storage.errors import StorageError
from sync_queue.lock import WorkerLock
from sync_queue.pending import has_job
from tasks.context import TaskContext, TaskError
from worker.control.jobs import control_job, put
from worker.control.kinds import INDEX
from worker.facts import INDEX_NAME, PHOTOS_CLOSED, RECORDS_NAME
from worker.sync.covers import may_be_new
from worker.sync.finder import Finder
from worker.sync.photo_shelf import PhotoShelf
from worker.sync.photos import Photos
from worker.sync.planner import Planner
from worker.sync.plans import ScenePlan
from worker.sync.plex_link import PlexLink
from worker.sync.rendering import Renderer
from worker.sync.stash_link import SettingsInForce, StashLink
from worker.sync.tag_reader import BriefTagReader

COPY_NAME: Final = "index.copy.db"
"""One file that is written anew each time: a task that was killed leaves no other behind."""

LOCK_NAME: Final = "index.copy.lock"
PAGE: Final = 1000
MOST_AT_ONCE: Final = 100
_MOST_WAIT_S: Final = 20.0
"""How long Plex is waited for while somebody looks at the page; tasks have the patience of the setting."""

_SETTINGS_AGE_S: Final = 3600.0
"""One look at the library goes by one set of settings."""


class IndexMissing(TaskError):
    """The worker has not read Plex's paths yet."""


class ReadOnlyView:
    """What the worker would see and plan, for one task or operation; made by `read_only`. Heeds no `paused`."""

    def __init__(
        self,
        context: TaskContext,
        records: Records,
        index_path: Path,
        *,
        is_index_own: bool,
        tried: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        redactor = Redactor()
        facts = _BorrowedFacts(records, Path(context.data_dir, RECORDS_NAME))
        self.records = records
        self.stash = StashLink(redactor, context.environ, tags=BriefTagReader())
        self.settings = _TriedSettings(
            context.data_dir, self.stash, redactor, max_age_s=_SETTINGS_AGE_S, heeds_pause=False
        )
        self.settings.tried = tried
        most_wait_s = math.inf if is_index_own else _MOST_WAIT_S
        self.plex = PlexLink(
            records, facts, context.data_dir, self.settings, index_path=index_path, most_wait_s=most_wait_s
        )
        made = Finder if is_index_own else _IndexAsItIs
        self.finder = made(self.stash, self.plex, self.settings, time.monotonic)
        photos = Photos(
            self.stash,
            PhotoShelf(context.data_dir),
            lambda _settings: str(records.facts.get(PHOTOS_CLOSED, "")),
            context.clock,
            keeps=False,
        )
        self.planner = Planner(self.stash, self.plex, self.settings, records, self.finder, photos)
        self.renderer = Renderer(context.data_dir, lambda: self.stash.ffmpeg_path, context.environ)
        self.stash.offer(dict(context.need_connection()))

    def plans(self, scene_ids: Sequence[int]) -> Iterator[list[ScenePlan]]:
        """Yield plans of these scenes, some at a time, but for those that Stash no longer has; raise as the planner."""
        for start in range(0, len(scene_ids), MOST_AT_ONCE):
            chosen = scene_ids[start : start + MOST_AT_ONCE]
            found = self.stash.scenes(chosen)
            yield self.planner.plan([found[scene_id] for scene_id in chosen if scene_id in found])

    @cached_property
    def can_render(self) -> bool:
        """Whether the worker, which runs on this machine too, finds an ffmpeg."""
        return bool(self.renderer.program())

    def may_have_new_picture(self, plan: ScenePlan) -> bool:
        """Return whether the scene's cover would be looked at: it was never sent, or the scene was saved since."""
        return any(may_be_new(work, can_render=self.can_render) for work in plan.work)

    def is_index_ready(self) -> bool:
        """Return whether the index has the paths of all libraries that are synced. Raise PlexError."""
        return _is_whole(self.plex, self.plex.client().machine_identifier, {each.key for each in self.plex.sections()})


class _TriedSettings(SettingsInForce):
    """The settings of now, with what is typed and not saved in place of what Stash holds; None takes a key out."""

    tried: Mapping[str, Any] = MappingProxyType({})

    def _stored(self) -> Mapping[str, Any]:
        together = {**super()._stored(), **self.tried}
        return {key: value for key, value in together.items() if value is not None}


class _IndexAsItIs(Finder):
    """Finds by the worker's index as it is: a person waits for the answer, and only the worker may renew the index."""

    def _fill_index(self, machine_identifier: str, wanted: set[int]) -> None:
        if not _is_whole(self._plex, machine_identifier, wanted):
            raise IndexMissing(
                "Plex's paths have not been read yet; the worker is reading them now. Try again in a moment"
            )

    def refresh(self, *, force: bool = False) -> bool:  # noqa: ARG002 - the base's signature
        """Ask nothing, and return False."""
        return False

    def has_asked_since(self, moment: float) -> bool:  # noqa: ARG002 - the base's signature
        """Return True: nothing better will be known here."""
        return True

    def forget(self, rating_keys: Iterable[int]) -> None:
        """Do nothing: the worker finds out by itself."""


def _is_whole(plex: PlexLink, machine_identifier: str, section_keys: set[int]) -> bool:
    facts = plex.index().facts
    return facts.complete and facts.machine_identifier == machine_identifier and facts.covers(section_keys)


class _BorrowedFacts:
    """Reads the worker's facts, and keeps what is put for itself. Only a first client identifier is stored."""

    def __init__(self, records: Records, path: Path) -> None:
        """`records` are open for reading; `path` is their file."""
        self._known = records.facts
        self._path = path
        self._own: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value under `key`, or `default`."""
        return self._own[key] if key in self._own else self._known.get(key, default)

    def put(self, key: str, value: Any) -> None:
        """Set one fact, here only."""
        self._own[key] = value

    def client_identifier(self, make: Callable[[], str]) -> str:
        """Return the fixed client identifier, the same that the worker uses."""
        try:
            with Records(self._path) as records:
                return records.facts.client_identifier(make)
        except StorageError:
            return self._known.client_identifier(make)


@contextmanager
def read_only(
    context: TaskContext, *, own_index: bool = False, tried: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[ReadOnlyView]:
    """Yield both servers with the settings of now, and those that are `tried` in their place.

    Raise TaskError without a connection, or while the copy is in use.

    With `own_index` they are seen by a copy of the path index, which one process has at a time and which is brought up
    to date by asking Plex what is new; else by the worker's index, which the worker is asked to make if there is none.
    """
    context.need_connection()
    with ExitStack() as stack:
        index_path = stack.enter_context(_copied_index(context)) if own_index else Path(context.data_dir, INDEX_NAME)
        records = stack.enter_context(context.records())
        unheard = logging.NullHandler()  # what the worker would log of it: the task says it in its own words
        logging.getLogger("stash2plex").addHandler(unheard)
        stack.callback(logging.getLogger("stash2plex").removeHandler, unheard)
        view = ReadOnlyView(context, records, index_path, is_index_own=own_index, tried=tried)
        stack.callback(view.stash.close)
        stack.callback(view.plex.close)
        try:
            yield view
        except IndexMissing:
            have_index_read(context)
            raise


def have_index_read(context: TaskContext) -> None:
    """Ask the worker to read Plex's paths, unless it was asked already."""
    if not has_job(context.queue_dir, INDEX):
        put(context.queue_dir, control_job(INDEX, {}, now=context.clock()))
    context.wake()


@contextmanager
def _copied_index(context: TaskContext) -> Iterator[Path]:
    """Yield the path of a copy of the worker's index as it is now, for one process at a time; empty without one."""
    lock = WorkerLock(context.data_dir, LOCK_NAME)
    if not lock.acquire():
        raise TaskError("another task is comparing Stash and Plex right now; start this one again when it has ended")
    try:
        source, target = Path(context.data_dir, INDEX_NAME), Path(context.data_dir, COPY_NAME)
        for name in (target, Path(f"{target}-wal"), Path(f"{target}-shm")):
            name.unlink(missing_ok=True)
        if source.exists():
            _copy(source, target)
        yield target
    finally:
        lock.release()


def _copy(source: Path, target: Path) -> None:
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600))  # paths are private
    try:
        with (
            closing(sqlite3.connect(uri_of(source, "mode=ro"), uri=True)) as known,
            closing(sqlite3.connect(target)) as copy,
        ):
            known.backup(copy)
    except sqlite3.Error as error:
        log.debug(f"The path index cannot be copied ({error}); reading Plex instead")
        target.unlink(missing_ok=True)
