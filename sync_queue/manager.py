"""Hands out persist-queue's queue on our file."""

import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from storage.errors import sorting_errors
from sync_queue import picking, schema
from sync_queue.files import StrPath, open_queue, restrict, transaction
from sync_queue.lock import LockUnusableError, WorkerLock
from sync_queue.presence import Presence


class QueueManager:
    """The queue of one data folder. Invariant: a job is taken back from a process that is dead, and from no other."""

    def __init__(self, data_dir: StrPath) -> None:
        self._data_dir = Path(data_dir)
        self._queue_dir = self._data_dir / schema.FOLDER
        self._presence = Presence(self._queue_dir)
        self._queue: Any = None

    def get_queue(self) -> Any:
        """The SQLiteAckQueue in `<data>/queue` (JSON, usable from several threads); the same one until `shutdown`.

        What a process that died had in progress waits again, unless one lives that may hold it: the worker, or another one with a QueueManager
        whose queue is open. The worker takes back by itself what its predecessor had (sync_queue.claims).

        Raises:
            storage.errors.StorageError: the file is too new, damaged or cannot be used.
        """
        if self._queue is None:
            # Ours first: persist-queue would make the file readable for everybody.
            open_queue(self._queue_dir).close()
            restrict(self._queue_dir / schema.FILE)
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
                    self._put_back()
        finally:
            self._presence.enter()
            lock.release()

    def _put_back(self) -> None:
        with closing(open_queue(self._queue_dir)) as connection, transaction(connection):
            picking.put_back(connection, time.time())

    def _open(self) -> Any:
        from persistqueue import SQLiteAckQueue
        from persistqueue.serializers import json

        return SQLiteAckQueue(str(self._queue_dir), serializer=json, multithreading=True, auto_resume=False)
