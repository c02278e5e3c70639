"""Planning within a task's own process: what the worker would do, without doing it. Reads Stash, Plex and the records; writes to none of them.

The path index is a copy of the worker's, kept fresh here by reading what is new in Plex.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from logs import stash as log
from logs.redact import Redactor
from stash.scenes import SceneRef, scene_pages
from sync_queue.lock import WorkerLock
from tasks.context import TaskContext, TaskError, ids
from worker.sync.finder import Finder
from worker.sync.pictures import Pictures
from worker.sync.planner import Planner, ScenePlan
from worker.sync.read_only import Aside, BorrowedFacts
from worker.sync.session import INDEX_NAME, RECORDS_NAME, Session

COPY_NAME: Final = "index.copy.db"
"""One file that is written anew each time: a task that was killed leaves no other behind."""

LOCK_NAME: Final = "index.copy.lock"
PAGE: Final = 1000
MOST_AT_ONCE: Final = 100
_SETTINGS_AGE_S: Final = 3600.0
"""One look at the library goes by one set of settings."""


class Reader:
    """What the worker would see and plan. Made by `reading`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.finder = Finder(session, time.monotonic)
        self._planner = Planner(session, self.finder)

    def plans(self, refs: Iterator[tuple[SceneRef, ...]]) -> Iterator[list[ScenePlan]]:
        """Plans of these scenes, some at a time; those that Stash no longer has are left out. Raises PlexError, StashError, NotConfiguredError."""
        for page in refs:
            for start in range(0, len(page), MOST_AT_ONCE):
                wanted = [ref.id for ref in page[start : start + MOST_AT_ONCE]]
                found = self.session.scenes(wanted)
                yield self._planner.plan([found[scene_id] for scene_id in wanted if scene_id in found])

    def may_have_new_picture(self, plan: ScenePlan) -> bool:
        """Whether the scene's cover would be looked at: it was never sent, or the scene was saved since."""
        pictures = Pictures(self.session, self.session.settings())
        return any(pictures.may_be_new(plan.scene, work) for work in plan.work)


def chosen_scenes(args: Mapping[str, Any], session: Session) -> tuple[int, Iterator[tuple[SceneRef, ...]]]:
    """How many scenes `scene_ids` names, or Stash has, and pages of them. Raises TaskError for what are no ids."""
    wanted = ids(args, "scene_ids")
    if wanted is not None:
        return len(wanted), iter([tuple(SceneRef(scene_id, 0.0) for scene_id in wanted)])
    pages = scene_pages(session.stash(), PAGE)
    first = next(pages)
    return first.remaining, _refs(first.refs, pages)


@contextmanager
def reading(context: TaskContext) -> Iterator[Reader]:
    """A Reader over the data folder.

    Raises:
        TaskError: Stash gave no connection, or another task is reading.
    """
    connection = dict(context.need_connection())
    lock = WorkerLock(context.data_dir, LOCK_NAME)
    if not lock.acquire():
        raise TaskError("another task is comparing Stash and Plex right now; start this one again when it has ended")
    try:
        index_path = _copied_index(context.data_dir)
        with context.records() as records:
            facts = BorrowedFacts(records, Path(context.data_dir, RECORDS_NAME))
            session = Session(
                context.data_dir,
                records,
                Redactor(),
                context.environ,
                settings_age_s=_SETTINGS_AGE_S,
                aside=Aside(facts, index_path),
            )
            session.offer(connection)
            try:
                yield Reader(session)
            finally:
                session.close()
    finally:
        lock.release()


def _refs(first: tuple[SceneRef, ...], pages: Iterator[Any]) -> Iterator[tuple[SceneRef, ...]]:
    yield first
    yield from (page.refs for page in pages)


def _copied_index(data_dir: str) -> Path:
    """A copy of the worker's index as it is now; an empty place where there is none."""
    source, target = Path(data_dir, INDEX_NAME), Path(data_dir, COPY_NAME)
    for name in (target, Path(f"{target}-wal"), Path(f"{target}-shm")):
        name.unlink(missing_ok=True)
    if not source.exists():
        return target
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600))  # paths are private
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as known,
            closing(sqlite3.connect(target)) as copy,
        ):
            known.backup(copy)
    except sqlite3.Error as error:
        log.debug(f"The path index cannot be copied ({error}); reading Plex instead")
        target.unlink(missing_ok=True)
    return target
