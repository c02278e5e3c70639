"""Connections that are counted, and whose answers must arrive in time.

urllib3 silently replaces a connection that broke while it was idle, and behind the new one another server may answer.
And a socket's timeout counts anew with every byte: an answer that drips in would keep a reader for ever.
"""

import io
import socket
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.connection import is_connection_dropped

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class WatchedAdapter(HTTPAdapter):
    """Counts the connections made as `connects`; an answer may take `answer_timeouts` times the timeout."""

    def __init__(self, answer_timeouts: float) -> None:
        self.connects = 0
        self.answer_timeouts = answer_timeouts
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Give the pools connections that are watched. Called by the base's constructor."""
        super().init_poolmanager(*args, **kwargs)
        pools = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
        self.poolmanager.pool_classes_by_scheme = {scheme: self._watched(pool) for scheme, pool in pools.items()}

    def is_open(self) -> bool:
        """Return whether the next request goes over a kept connection: one was kept, and was not closed."""
        pools = self.poolmanager.pools
        is_open = False
        for key in pools.keys():  # noqa: SIM118 - it cannot be iterated: it may change meanwhile
            queue = pools[key].pool
            for connection in list(queue.queue) if queue is not None else ():
                if connection is not None and connection.sock is not None:
                    if is_connection_dropped(connection):
                        return False
                    is_open = True
        return is_open

    def _watched(self, pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        adapter, base = self, pool.ConnectionCls

        class Response(_TimedResponse):
            answer_timeouts = adapter.answer_timeouts

        class WatchedConnection(base):  # type: ignore[misc, valid-type]  # the base is known at run time only
            response_class = Response

            def connect(self) -> None:
                super().connect()
                adapter.connects += 1

        return type(pool.__name__, (pool,), {"ConnectionCls": WatchedConnection})


class _TimedResponse(HTTPResponse):
    """An answer that has `answer_timeouts` times the socket's timeout from when it is waited for."""

    answer_timeouts = 1.0

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout_s = sock.gettimeout()
        if timeout_s is not None:
            untimed, self.fp = self.fp, io.BufferedReader(_TimedReader(sock, timeout_s, self.answer_timeouts))
            untimed.close()


class _TimedReader(io.RawIOBase):
    """Reads a socket until a deadline, then raises TimeoutError."""

    def __init__(self, sock: socket.socket, timeout_s: float, answer_timeouts: float) -> None:
        super().__init__()
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)  # holds the socket open, as http.client counts on
        self._timeout_s = timeout_s
        self._deadline = time.monotonic() + timeout_s * answer_timeouts

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the answer has not ended in time")
        self._socket.settimeout(min(left_s, self._timeout_s))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
