"""Looking at both servers beside the worker: plans are made from its records and its index, and nothing is written anywhere."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logs.redact import Redactor
from records import Records
from stash.model import Scene
from sync_queue.by_key import has_job
from tasks.context import TaskContext, TaskError
from tasks.page.wake import wake
from worker.control.jobs import INDEX, control_job, put
from worker.sync.finder import Finder
from worker.sync.planner import Planner, ScenePlan
from worker.sync.read_only import Aside, BorrowedFacts
from worker.sync.session import INDEX_NAME, RECORDS_NAME, Session

_NOT_READ: Final = "Plex's paths have not been read yet; the worker is reading them now. Try again in a moment"


class ReadingFinder(Finder):
    """Finds by the worker's index as it is: somebody waits for the answer, and only the worker may bring the index up to date."""

    def _fill_index(self, machine_identifier: str, wanted: set[int]) -> None:
        facts = self._session.index().facts
        if not facts.complete or facts.machine_identifier != machine_identifier or not facts.covers(wanted):
            raise IndexMissing(_NOT_READ)

    def refresh(self, *, force: bool = False) -> bool:  # noqa: ARG002 - the base's signature
        """Nothing is asked; always False."""
        return False

    def has_asked_since(self, moment: float) -> bool:  # noqa: ARG002 - the base's signature
        """True: nothing better will be known here."""
        return True

    def forget(self, rating_keys: Iterable[int]) -> None:
        """Nothing: the worker finds out by itself."""


class IndexMissing(TaskError):
    """The worker has not read Plex's paths yet."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Both servers, read only."""

    session: Session
    planner: Planner

    def plan(self, scenes: Iterable[Scene]) -> list[ScenePlan]:
        """What would be done for these scenes now. Raises PlexError, StashError, NotConfiguredError, IndexMissing."""
        return self.planner.plan(list(scenes))


@contextmanager
def looking(context: TaskContext) -> Iterator[Looking]:
    """Both servers with the settings of now; where the index is missing, the worker is asked to read it."""
    path = Path(context.data_dir, RECORDS_NAME)
    with Records(path, reading=True) as records:
        aside = Aside(BorrowedFacts(records, path), Path(context.data_dir, INDEX_NAME))
        session = Session(context.data_dir, records, Redactor([]), context.environ, aside=aside)
        session.offer(dict(context.need_connection()))
        try:
            yield Looking(session, Planner(session, ReadingFinder(session, time.monotonic)))
        except IndexMissing:
            have_index_read(context)
            raise
        finally:
            session.close()


def have_index_read(context: TaskContext) -> None:
    """Ask the worker to read Plex's paths, unless it was asked already."""
    if not has_job(context.queue_dir, INDEX):
        os.makedirs(context.queue_dir, mode=0o700, exist_ok=True)
        put(context.queue_dir, control_job(INDEX, {}, now=context.clock()))
    wake(context)
