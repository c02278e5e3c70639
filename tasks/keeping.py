"""Keep the worker alive while a task follows it: start it, and start it again when it dies."""

import os
from typing import Final, Self

from logs.worker_log import tail
from sync_queue.lock import is_worker_alive
from tasks.context import TaskContext, TaskError
from worker.process.launch import STDERR_NAME, ensure_worker, message_of

DEAD_S: Final = 1.0
"""No worker for so long: it did not come alive, or has died."""

STEADY_S: Final = 5.0
"""A worker that lived for so long was a good one: the tries are counted anew."""

TRIES: Final = 2
_STDERR_LINES: Final = 3


class Keeper:
    """Keeps a worker alive for as long as `look` is called."""

    def __init__(self, context: TaskContext) -> None:
        """Raises TaskError where Stash gave no connection, which the worker needs."""
        self._context = context
        self._connection = context.need_connection()
        self._tries = 0
        self._alive_since: float | None = None
        self._dead_since: float | None = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the worker alone: it lives on."""

    def look(self) -> None:
        """Look whether the worker lives, and start it again if not; to be called every second or so.

        Raises:
            TaskError: no worker stays alive; the message says why.
        """
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
            raise TaskError(f"no worker process stays alive{self._reasons()}; what is queued waits")
        self._tries += 1
        # Whoever starts a task has often just changed a setting: it must not run with those of some seconds ago.
        message = message_of({"server_connection": self._connection}, self._context.environ, settings_changed=True)
        try:
            ensure_worker(self._context.data_dir, self._context.script, message)
        except OSError as error:
            raise TaskError(f"no worker process could be started ({error}); what is queued waits") from error

    def _reasons(self) -> str:
        said = tail(os.path.join(self._context.data_dir, STDERR_NAME), _STDERR_LINES)
        return f"; it said: {' | '.join(said)}" if said else ""
