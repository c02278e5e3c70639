"""One connection to a file of this room that several threads of a process use."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import sorting_errors
from sync_queue.files import transaction


class SharedConnection:
    """Base of those who use `_connection` by `_using` and `_writing` only: one thread at a time, errors sorted."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        """`connect` opens the file: now, and again where it is used after `close`."""
        self._path = path
        self._connect = connect
        self._connection: sqlite3.Connection | None = connect()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the file; twice is no mistake, and the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock, sorting_errors(self._path):
            if self._connection is None:
                self._connection = self._connect()
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._using() as connection, transaction(connection):
            yield connection
