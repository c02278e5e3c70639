"""The hook's way into the queue: one durable row, nothing else. Imports os, sys, time and SQLite only; what is rarely needed is imported where it is."""

import os
import sys
import time

from sync_queue import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from json import dumps as _quoted
    from typing import Any


def _c_part_of_sqlite3() -> "Any":
    """`_sqlite3`, which asks functools for a cache and gets just that: importing functools would cost a hook a fifth of its time.

    Source: CPython Modules/_sqlite/module.c, load_functools_lru_cache.

    Raises:
        ImportError: another Python, or a CPython that changed its inside.
    """
    if "functools" not in sys.modules:
        from _functools import _lru_cache_wrapper  # type: ignore[import-not-found] # typeshed leaves it out

        class Functools:
            @staticmethod
            def lru_cache(size: int) -> "Any":
                return lambda function: _lru_cache_wrapper(function, size, False, tuple)

        sys.modules["functools"] = Functools  # type: ignore[assignment] # one attribute of it is asked for
        try:
            import _sqlite3
        finally:
            del sys.modules["functools"]
    import _sqlite3

    return _sqlite3


if not TYPE_CHECKING:
    # The C parts of sqlite3 and json alone: their Python parts import datetime and re, which cost a hook as much as everything else it does.
    # CPython has had both since 2.5; another Python takes the public modules.
    try:
        sqlite3 = _c_part_of_sqlite3()
        from _json import encode_basestring_ascii as _quoted
    except ImportError:
        import sqlite3
        from json import dumps as _quoted

Error = sqlite3.Error
"""The very sqlite3.Error, for those who cannot pay for importing sqlite3."""


class AppendOnlyQueue:
    """Appends the very rows that `SQLiteAckQueue(queue_dir, serializer=json)` would. Belongs to one thread.

    `synchronous` stays SQLite's FULL: one fsync a row (0.2 ms on the machine of docs/performance.md, some ms on a turning disk), so that a save
    whose hook has answered is not lost in a power cut.
    """

    def __init__(self, queue_dir: str, *, wait_s: float = schema.BUSY_TIMEOUT_S) -> None:
        """`wait_s` is how long to wait while another program has the file locked."""
        self._wait_s = wait_s
        self._path = os.path.join(queue_dir, schema.FILE)
        self._connection: sqlite3.Connection | None = None

    def put(self, item: "Any") -> int:
        """Append `item` (JSON-serializable) durably; its row id.

        The connection stays open, and a hook leaves with `os._exit`: closing the last connection copies the whole write-ahead log into the
        database and deletes it, which the user's save would wait for. The next process that opens the file goes on from the log.

        Raises:
            sqlite3.Error, OSError: the row could not be written (StorageTooNew is one of the former).
            TypeError: `item` is no JSON.
        """
        data = encode(item).encode()
        connection = self._connection or self._connect()
        try:
            return _insert(connection, data)
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
        from sync_queue.files import migrate

        migrate(connection, self._path)
        return _insert(connection, data)

    def close(self) -> None:
        """Close the connection; `put` opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> sqlite3.Connection:
        if not os.path.exists(self._path):
            from sync_queue.files import create

            create(self._path)
        connection = sqlite3.connect(self._path, timeout=self._wait_s, isolation_level=None)
        try:
            self._refuse_newer(connection)
        except BaseException:  # files.closed_on_error would cost a hook the import of contextlib
            connection.close()
            raise
        self._connection = connection
        return connection

    def _refuse_newer(self, connection: sqlite3.Connection) -> None:
        found: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > schema.VERSION:
            from storage.errors import StorageTooNew

            raise StorageTooNew(self._path, found, schema.VERSION)


def encode(value: "Any") -> str:
    """What `json.dumps(value)` returns, byte for byte, without importing json for what stands in jobs."""
    try:
        return _encode(value)
    except (_NotPlainError, RecursionError):
        from json import dumps

        return dumps(value)


class _NotPlainError(Exception):
    """A type that json must judge: a subclass, a key that is no string, something that is no JSON."""


def _encode(value: "Any") -> str:  # noqa: PLR0911 - one return per kind of JSON value
    kind = type(value)
    if kind is str:
        return _quoted(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return int.__repr__(value)
    if kind is float and -_HUGE < value < _HUGE:
        return float.__repr__(value)
    if kind is list:
        return "[" + ", ".join([_encode(item) for item in value]) + "]"
    if kind is dict:
        return "{" + ", ".join([f"{_key(key)}: {_encode(item)}" for key, item in value.items()]) + "}"
    raise _NotPlainError


_HUGE = float("inf")


def _key(key: "Any") -> str:
    if type(key) is not str:
        raise _NotPlainError
    return _quoted(key)


def _insert(connection: sqlite3.Connection, data: bytes) -> int:
    row_id = connection.execute(schema.INSERT, (data, time.time())).lastrowid
    assert row_id is not None  # noqa: S101 - tells mypy what an INSERT always has
    return row_id
