"""Hands out persist-queue's queue on our file."""

from pathlib import Path
from typing import Any

from sync_queue import schema
from sync_queue.errors import sorting_errors
from sync_queue.files import StrPath, open_queue, restrict


class QueueManager:
    """The queue of one data folder. Invariant: only an owner puts back what is in progress.

    `owner` is for the one process that holds the worker lock: persist-queue's auto_resume gives away every row in progress, and elsewhere
    that would be a job another process is working on.
    """

    def __init__(self, data_dir: StrPath, *, owner: bool = False) -> None:
        self._queue_dir = Path(data_dir, schema.FOLDER)
        self._owner = owner
        self._queue: Any = None

    def get_queue(self) -> Any:
        """The SQLiteAckQueue in `<data>/queue` (JSON, usable from several threads); the same one until `shutdown`.

        Raises:
            sync_queue.errors.QueueError: the file is too new, damaged or cannot be used.
        """
        if self._queue is None:
            # Ours first: persist-queue would make the file readable for everybody.
            open_queue(self._queue_dir).close()
            restrict(self._queue_dir / schema.FILE)
            with sorting_errors(self._queue_dir / schema.FILE):
                self._queue = self._open()
        return self._queue

    def shutdown(self) -> None:
        """Close the queue; `get_queue` opens it again."""
        if self._queue is not None:
            self._queue.close()
            self._queue = None

    def _open(self) -> Any:
        from persistqueue import SQLiteAckQueue
        from persistqueue.serializers import json

        return SQLiteAckQueue(str(self._queue_dir), serializer=json, multithreading=True, auto_resume=self._owner)
