"""Hands out persist-queue's queue on our file, and sees which processes have it open to take jobs out of it."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from storage.errors import sorting_errors
from sync_queue import schema
from sync_queue.claims import put_back
from sync_queue.held import try_lock
from sync_queue.lock import LockUnusableError, WorkerLock, open_folder
from sync_queue.queue_file import QueueFile, StrPath

_GAP_S: Final = 0.02
_PATIENCE_S: Final = 5.0


class QueueManager:
    """The queue of one data folder. Invariant: a job is taken back from a process that is dead, and from no other."""

    def __init__(self, data_dir: StrPath) -> None:
        self._data_dir = Path(data_dir)
        self._queue_dir = self._data_dir / schema.FOLDER
        self._presence = _Presence(self._queue_dir)
        self._queue: Any = None

    def get_queue(self) -> Any:
        """The SQLiteAckQueue in `<data>/queue` (JSON, usable from several threads); the same one until `shutdown`.

        What a process that died had in progress waits again, unless one lives that may hold it: the worker, or another
        one with a QueueManager whose queue is open. The worker takes back by itself what its predecessor had
        (sync_queue.claims).

        Raises:
            storage.errors.StorageError: the file is too new, damaged or cannot be used.
        """
        if self._queue is None:
            # Ours first: persist-queue would make the file readable for everybody.
            QueueFile(self._queue_dir).close()
            with sorting_errors(self._queue_dir / schema.FILE):
                self._take_back()
                self._queue = self._open()
        return self._queue

    def shutdown(self) -> None:
        """Close the queue; `get_queue` opens it again."""
        if self._queue is not None:
            self._queue.close()
            self._queue = None
            self._presence.leave()

    def _take_back(self) -> None:
        """Be seen, and put back what is in progress if nobody lives who may hold it. No worker can begin meanwhile."""
        lock = WorkerLock(str(self._data_dir))
        try:
            # A lock that cannot be used tells nothing: then nothing is taken from anybody.
            with suppress(LockUnusableError):
                if lock.acquire() and self._presence.is_first():
                    with QueueFile(self._queue_dir) as file, file.transaction() as connection:
                        put_back(connection, time.time())
        finally:
            self._presence.enter()
            lock.release()

    def _open(self) -> Any:
        from persistqueue import SQLiteAckQueue
        from persistqueue.serializers import json

        return SQLiteAckQueue(str(self._queue_dir), serializer=json, multithreading=True, auto_resume=False)


class _Presence:
    """This process, as others see it from `enter` to `leave` by a lock on the queue's folder; never on Windows."""

    def __init__(self, folder: StrPath) -> None:
        self._folder = os.fspath(folder)
        self._descriptor: int | None = None

    def is_first(self) -> bool:
        """Whether nobody else is here. If so, whoever comes waits for our `enter`."""
        return self._try(shared=False)

    def enter(self) -> None:
        """Be seen from now on."""
        deadline = time.monotonic() + _PATIENCE_S
        while not self._try(shared=True) and time.monotonic() < deadline:
            time.sleep(_GAP_S)

    def leave(self) -> None:
        """Be seen no more."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _try(self, *, shared: bool) -> bool:
        if self._descriptor is None:
            self._descriptor = open_folder(self._folder)
        try:
            return self._descriptor is None or try_lock(self._descriptor, shared=shared)
        except OSError:
            return True
