"""A worker for what tasks and the page have queued: woken or started once, or kept alive while a task follows it."""

import os
from typing import Final, Self

from logs.worker_log import tail
from sync_queue.listing import heads
from sync_queue.lock import is_worker_alive
from tasks.context import TaskContext, TaskError
from worker.process import launch
from worker.process.connection import message_of

DEAD_S: Final = 1.0
"""No worker for so long: it did not come alive, or has died."""

STEADY_S: Final = 5.0
"""A worker that lived for so long was a good one: the tries are counted anew."""

TRIES: Final = 2
_STDERR_LINES: Final = 3


def wake(context: TaskContext) -> None:
    """Wake the worker, or start one, with the connection of this call.

    Raises:
        TaskError: no process could be started; what was asked for is queued all the same.
    """
    try:
        launch.ensure_worker(context.data_dir, context.script, _message(context))
    except OSError as error:
        raise TaskError(f"no worker could be started ({error}); the task Process Queue sends what waits") from error


def tell_of_settings(context: TaskContext) -> None:
    """Have the worker look at the settings now; start one only where something waits."""
    queue = heads(context.queue_dir, context.clock())
    if queue.pending + queue.in_progress:
        wake(context)
    else:
        launch.wake(os.path.join(context.data_dir, launch.FIFO_NAME), _message(context))


def _message(context: TaskContext) -> bytes:
    """Whoever starts a task or clicks has often just changed a setting: the worker must not go by those of before."""
    return message_of({"server_connection": context.connection}, context.environ, settings_changed=True)


class Supervisor:
    """Keeps a worker alive from `with` to its end; it lives on after that."""

    def __init__(self, context: TaskContext) -> None:
        """Raises TaskError where Stash gave no connection, which the worker needs."""
        context.need_connection()
        self._context = context
        self._tries = 0
        self._alive_since: float | None = None
        self._dead_since: float | None = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave the worker as it is."""

    def look(self) -> None:
        """Look whether the worker lives, and start it again if not; to be called every second or so.

        Raises:
            TaskError: no worker stays alive; the message has what the last one said.
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
            last = tail(os.path.join(self._context.data_dir, launch.STDERR_NAME), _STDERR_LINES)
            words = f"; the last one said: {' | '.join(last)}" if last else ""
            raise TaskError(f"no worker process stays alive{words}. What is queued waits for the next one")
        self._tries += 1
        wake(self._context)
