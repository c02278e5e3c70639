"""Connections whose whole answer, head and body, must arrive in time. A socket's own timeout counts anew with every byte that drips in."""

import http.client
import io
import socket
import time
from typing import TYPE_CHECKING, Any, Final

import urllib3

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class _TimedReader(io.RawIOBase):
    """Reads a socket until a moment (`time.monotonic`), then raises TimeoutError."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)  # holds the socket open, as http.client counts on
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the answer has not ended in time")
        self._socket.settimeout(left_s)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """An answer that has as long as the socket's timeout says when its first byte is waited for."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout_s = sock.gettimeout()
        if timeout_s is not None:
            untimed = self.fp
            self.fp = io.BufferedReader(_TimedReader(sock, time.monotonic() + timeout_s))
            untimed.close()


class _Connection(urllib3.connection.HTTPConnection):
    response_class = _TimedResponse


class _TLSConnection(urllib3.connection.HTTPSConnection):
    response_class = _TimedResponse


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


TIMED_POOLS: Final = {"http": _Pool, "https": _TLSPool}
"""For `PoolManager.pool_classes_by_scheme`."""
