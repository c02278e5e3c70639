"""The thread that takes one step after the other: waiting, waking, stopping, errors. Knows no jobs."""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from storage.errors import StorageDamaged, StorageError
from worker.errors import FOLDER_ERRORS, text_of

log = logging.getLogger("stash2plex.worker")

POLL_S: Final = 0.1  # how often rows of other processes are looked for while idle
ERROR_S: Final = 2.0
ERROR_MOST_S: Final = 60.0
STOP_TIMEOUT_S: Final = 10.0


class StepThread(ABC):
    """A daemon thread around `next_step`. Invariant: there is never more than one, whatever is started and stopped.

    Attributes:
        running: whether it is to go on; a step may look at it.
        damage: the damaged file that has ended the thread.
        stopping: set from `stop` to the next `start`; a wait within a step ends with it.
        failed_steps: how many steps in a row have ended by an error.
    """

    def __init__(self, redact: Callable[[str], str], stopping: threading.Event | None = None) -> None:
        self.running = False
        self.thread: threading.Thread | None = None
        self.damage: StorageDamaged | None = None
        self.stopping = stopping or threading.Event()
        self.failed_steps = 0
        self._redact = redact
        self._wake = threading.Event()

    @abstractmethod
    def next_step(self) -> float:
        """Take one step now; return how many seconds the next one can wait."""

    @abstractmethod
    def data_version(self) -> int:
        """Return a number that changes when another process writes to the queue. Raise StorageError."""

    def start(self) -> None:
        """Start the thread, unless it runs. Files that cannot be used are no error: the thread waits for them."""
        if self.running:
            return
        if self.thread is not None:
            self.thread.join()  # one that outlived its `stop` would come back to life beside the new one
        self.stopping.clear()
        self.running = True
        self.thread = threading.Thread(target=self._run, name="stash2plex-sync", daemon=True)
        self.thread.start()

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """End the thread behind the job at hand; return False where that is not done after `timeout_s`."""
        self.running = False
        self.stopping.set()
        self._wake.set()
        if self.thread is None or self.thread is threading.current_thread():
            return True
        self.thread.join(timeout_s)
        return not self.thread.is_alive()

    def wake(self) -> None:
        """Take the next step now."""
        self._wake.set()

    def _run(self) -> None:
        while self.running:
            seen = None
            try:
                seen = self.data_version()  # before the step: what comes in during it is not overlooked
                delay_s = self.next_step()
            except StorageDamaged as error:
                self.damage = error
                return  # the process closes everything and repairs it
            except Exception as error:  # noqa: BLE001 - whatever happens, the thread goes on
                delay_s = self._after_error(error)
            else:
                self.failed_steps = 0
            self._wait(delay_s, seen)

    def _after_error(self, error: Exception) -> float:
        """Log an error outside of any job, such as a full disk; return a wait that grows each time."""
        self.failed_steps += 1
        delay_s = min(ERROR_MOST_S, ERROR_S * 2.0 ** (self.failed_steps - 1))
        log.error(
            "The queue cannot be worked on (%s); trying again in %.0f s",
            self._redact(text_of(error)),
            delay_s,
            exc_info=self.failed_steps == 1 and not isinstance(error, FOLDER_ERRORS),
        )
        return delay_s

    def _wait(self, delay_s: float, seen: int | None) -> None:
        """Wait `delay_s`, or until `wake`, or until another process writes to the queue."""
        deadline = time.monotonic() + delay_s
        while self.running and not self._wake.wait(min(POLL_S, max(0.0, deadline - time.monotonic()))):
            if time.monotonic() >= deadline or self._is_written(seen):
                break
        self._wake.clear()

    def _is_written(self, seen: int | None) -> bool:
        if seen is None:
            return False
        try:
            return self.data_version() != seen
        except StorageError:
            return True  # the next step says what is wrong
