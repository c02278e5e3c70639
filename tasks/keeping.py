"""Sees to it that somebody drains the queue while a task follows it: the detached worker, started again when it dies; else this very process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from logs import stash as log
from logs.worker_log import tail
from sync_queue.lock import is_worker_alive
from tasks.context import TaskContext, TaskError
from worker.process.connection import message_of
from worker.process.launch import STDERR_NAME, ensure_worker

if TYPE_CHECKING:
    from worker.process.foreground import ForegroundWorker

DEAD_S: Final = 1.0
"""No worker for so long: it did not come alive, or has died."""

STEADY_S: Final = 5.0
"""A worker that lived for so long was a good one: the tries are counted anew."""

TRIES: Final = 2
_STDERR_LINES: Final = 3


class Keeper:
    """Keeps a worker alive from `with` to its end; the detached one lives on after that."""

    def __init__(self, context: TaskContext) -> None:
        """Raises TaskError where Stash gave no connection, which the worker needs."""
        self._context = context
        self._connection = context.need_connection()
        self._tries = 0
        self._alive_since: float | None = None
        self._dead_since: float | None = None
        self._foreground: ForegroundWorker | None = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._foreground is not None:
            self._foreground.stop()

    @property
    def is_foreground(self) -> bool:
        """Whether the work ends with this task."""
        return self._foreground is not None

    def look(self) -> None:
        """Look whether the worker lives, and start it again if not; to be called every second or so."""
        if self._foreground is not None:
            with self._telling():
                self._foreground.beat()
            return
        now = self._context.clock()
        if is_worker_alive(self._context.data_dir):
            self._dead_since = None
            self._alive_since = self._alive_since or now
            if now - self._alive_since >= STEADY_S:
                self._tries = 0
            return
        self._alive_since = None
        self._dead_since = self._dead_since or now
        if now - self._dead_since >= DEAD_S:
            self._start()

    def _start(self) -> None:
        self._dead_since = self._context.clock()  # until it is seen alive
        if self._tries >= TRIES:
            self._work_here(f"no worker process stays alive{self._reasons()}")
            return
        self._tries += 1
        # Whoever starts a task has often just changed a setting: it must not run with those of some seconds ago.
        message = message_of({"server_connection": self._connection}, self._context.environ, settings_changed=True)
        try:
            ensure_worker(self._context.data_dir, self._context.script, message)
        except OSError as error:
            self._work_here(f"no worker process could be started ({error})")

    def _work_here(self, why: str) -> None:
        from worker.process.foreground import ForegroundWorker

        context = self._context
        worker = ForegroundWorker(context.data_dir, context.script, context.environ, self._connection)
        with self._telling():
            if worker.start():
                log.warning(f"Working within this task, because {why}; what is saved later waits for the next task")
                self._foreground = worker

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Why this process cannot work either. Raises TaskError."""
        from worker.process.repair import FOLDER_ERRORS, DamagedAgainError

        try:
            yield
        except (*FOLDER_ERRORS, DamagedAgainError, OSError) as error:
            raise TaskError(f"no worker can work here: {error}") from error

    def _reasons(self) -> str:
        said = tail(os.path.join(self._context.data_dir, STDERR_NAME), _STDERR_LINES)
        return f"; it said: {' | '.join(said)}" if said else ""
