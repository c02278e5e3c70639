"""One connection to a file of this room that several threads of a process use."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync_queue.errors import sorting_errors
from sync_queue.files import transaction


class SharedConnection:
    """Base of those who use `_connection` by `_using` and `_writing` only: one thread at a time, errors sorted."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the file; twice is no mistake."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock, sorting_errors(self._path):
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._using() as connection, transaction(connection):
            yield connection
