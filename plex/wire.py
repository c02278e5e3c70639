"""What urllib3 does not tell and not heed about a connection.

It replaces one that broke while it was idle without a word, and behind the new one another server may answer. And its timeout counts anew with
every byte: a head that drips in keeps a reader for ever.
"""

import io
import socket
import time
from collections.abc import Callable
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, Final

from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.connection import is_connection_dropped

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from urllib3.connection import HTTPConnection

HEAD_TIMEOUTS: Final = 2
"""The head of an answer must be whole within so many times the timeout, which itself is for its first byte."""


class WatchedAdapter(HTTPAdapter):
    """Counts the connections that are made; otherwise as its base."""

    def __init__(self) -> None:
        self.connects = 0
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Give the pools connections that count. Called by the base's constructor."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _watched(HTTPConnectionPool, self._count),
            "https": _watched(HTTPSConnectionPool, self._count),
        }

    def is_open(self) -> bool:
        """Whether the next request goes over a connection that is kept; otherwise it makes a new one: none was kept, or it was closed from the other side."""
        pools = self.poolmanager.pools
        queues = [pools[key].pool for key in pools.keys()]  # noqa: SIM118 - it cannot be iterated: it may change meanwhile
        kept = [
            connection
            for queue in queues
            if queue is not None
            for connection in list(queue.queue)
            if connection is not None and connection.sock is not None
        ]
        return bool(kept) and not any(is_connection_dropped(connection) for connection in kept)

    def _count(self) -> None:
        self.connects += 1


def _watched(pool: type[HTTPConnectionPool], note: Callable[[], None]) -> type[HTTPConnectionPool]:
    base: type[HTTPConnection] = pool.ConnectionCls  # type: ignore[assignment]  # a protocol there, a class in fact

    class Counting(base):  # type: ignore[misc, valid-type]  # the base is known at run time only
        response_class = _Response

        def connect(self) -> None:
            super().connect()
            note()

    return type(pool.__name__, (pool,), {"ConnectionCls": Counting})


class _Response(HTTPResponse):
    """An answer whose head has to come in time; its body is timed by whoever reads it."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout_s = sock.gettimeout()
        self._raw = _TimedReader(sock, None if timeout_s is None else time.monotonic() + HEAD_TIMEOUTS * timeout_s)
        untimed, self.fp = self.fp, io.BufferedReader(self._raw)
        untimed.close()

    def begin(self) -> None:
        """Read the head."""
        super().begin()
        self._raw.give_up_at = None


class _TimedReader(io.RawIOBase):
    """Reads a socket, until `give_up_at` (`time.monotonic`) where that is set."""

    def __init__(self, sock: socket.socket, give_up_at: float | None) -> None:
        super().__init__()
        self._raw = sock.makefile("rb", buffering=0)  # holds the socket open, as http.client counts on
        self.give_up_at = give_up_at

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        if self.give_up_at is not None and time.monotonic() > self.give_up_at:
            raise TimeoutError("the head of the answer has not ended in time")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
