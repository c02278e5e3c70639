"""The hook's way into the queue, and what keeps a hook cheap.

A hook runs inside the user's save; these tricks earn 9 ms of it.

- No import that every save would pay for: os, sys, time and the C parts of sqlite3 and json only (their Python parts
  import datetime, re and functools, which cost as much as the rest of a hook). What is rarely needed is imported where
  it is needed, and types stand behind TYPE_CHECKING. tests/hook_path.py lists what a hook imports.
- One plain INSERT into persist-queue's table: importing persist-queue costs three times a whole hook.
- The file is not closed, and the process ends by os._exit (`entry.document.leave`): closing the last connection copies
  the write-ahead log into the database, which the save would wait for. The next process goes on from the log.
- One fsync a row: `synchronous` stays SQLite's FULL (0.2 ms, some ms on a turning disk), so that a save whose hook has
  answered is not lost in a power cut.
- A lock is waited for `wait_s` and no longer; what the file does not take then is spooled (sync_queue.spool).
- Modules are compiled by the worker (containers often forbid Python to keep that), and `-S` skips site-packages.
"""

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
    """Return `_sqlite3`, which asks functools for a cache only: importing functools costs a fifth of a hook.

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
    """Appends the very rows that `SQLiteAckQueue(queue_dir, serializer=json)` would. Belongs to one thread."""

    def __init__(self, queue_dir: str, *, wait_s: float = schema.BUSY_TIMEOUT_S) -> None:
        """`wait_s` is how long to wait while another program has the file locked."""
        self._wait_s = wait_s
        self._path = os.path.join(queue_dir, schema.FILE)
        self._connection: sqlite3.Connection | None = None

    def put(self, item: "Any") -> int:
        """Append `item` (JSON-serializable) durably. Return its row id.

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
        from sync_queue.queue_file import migrate

        migrate(connection, self._path)
        return _insert(connection, data)

    def close(self) -> None:
        """Close the connection; `put` opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> sqlite3.Connection:
        if not os.path.exists(self._path):
            from storage.disk import create

            create(self._path)
        connection = sqlite3.connect(self._path, timeout=self._wait_s, isolation_level=None)
        try:
            self._refuse_newer(connection)
        except BaseException:  # storage.database.closed_on_error would cost a hook the import of contextlib
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


def parse(text: str) -> object:
    """Return the JSON value of `text`, by the scanner inside the json package: importing the package doubles a hook.

    Raises:
        ValueError: not JSON.
    """
    try:
        from _json import make_scanner

        scan = make_scanner(_Scanner())  # type: ignore[arg-type]  # it reads attributes only
    except (ImportError, AttributeError, TypeError):  # another interpreter, or a CPython that changed its inside
        import json

        return json.loads(text)
    text = text.strip(" \t\r\n")
    try:
        value, end = scan(text, 0)
    except StopIteration:
        raise ValueError("not JSON") from None
    except SystemError:
        # CPython's scanner takes its error from json.decoder, and only if somebody has imported that. Source:
        # Modules/_json.c, raise_errmsg.
        import json

        return json.loads(text)
    if end != len(text):
        raise ValueError(f"not JSON: more text after position {end}")
    return value


class _Scanner:
    """What json's scanner reads from its decoder. Source: CPython Modules/_json.c, scanner_new."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    array_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo: "dict[str, str]" = {}  # noqa: RUF012 - read by the Python scanner only


def _insert(connection: sqlite3.Connection, data: bytes) -> int:
    row_id = connection.execute(schema.INSERT, (data, time.time())).lastrowid
    assert row_id is not None  # noqa: S101 - tells mypy what an INSERT always has
    return row_id
