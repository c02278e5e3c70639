"""The HTTP session of both clients: deadlines, size caps, kept connections, no redirects, no cookies.

Deliberate choices:
- Redirects are not followed. What lets us in must not reach another host, and `requests` turns a redirected PUT into a
  GET.
- The environment is not asked (`trust_env` is off): a ~/.netrc would add an Authorization header, and the proxy that a
  container uses for the internet does not reach the home network.
- The exceptions of `requests` and urllib3 are not chained: their text may repeat the whole URL and headers.
"""

import io
import re
import socket
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, Final

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util.connection import is_connection_dropped

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK_BYTES: Final = 64 * 1024
_LONGEST_HEADER: Final = 100


class _NoCookieJar(RequestsCookieJar):
    """Keeps nothing, so that no cookie is sent which the client has not put into a header itself."""

    def set_cookie(self, *args: Any, **kwargs: Any) -> None:
        """Forget the cookie at once."""


class HttpSession(requests.Session):
    """A session that raises nothing of requests or urllib3; a client says by the two methods below what a failure is.

    The answers are streamed: whoever asks reads them by `read_body`, or closes them. `timeout_s` is how long the server
    may be silent, and may be changed at any time; `longest_connect_s` how long a connection may take to come about, if
    `timeout_s` is no less. `answered` is when the last answer began (epoch seconds), and after how many seconds.
    """

    def __init__(self, timeout_s: float, *, longest_connect_s: float, answer_timeouts: float) -> None:
        """An answer must be whole within `answer_timeouts` times `timeout_s`."""
        super().__init__()
        self.trust_env = False
        self.cookies = _NoCookieJar()
        self.timeout_s = timeout_s
        self.answered: tuple[float, float] | None = None
        self.connections = WatchedAdapter(answer_timeouts)
        self.longest_connect_s = longest_connect_s
        for scheme in ("http://", "https://"):
            self.mount(scheme, self.connections)

    def failure_of(self, error: Exception) -> Exception:
        """Return what to raise where no answer came, or half of one: `error` is of requests, urllib3 or the system."""
        raise NotImplementedError

    def too_large(self, max_bytes: int) -> Exception:
        """Return what to raise where an answer has more than `max_bytes`."""
        raise NotImplementedError

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: nothing is followed. The base would read the address, and trip over a garbled one."""

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Raise what `failure_of` returns where the address is none: requests looks at it before anything is sent."""
        try:
            return super().prepare_request(request)
        except (requests.RequestException, HTTPError) as error:
            failure = self.failure_of(error)
        raise failure

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request, and return its answer unread; raise what `failure_of` returns."""
        connect_s = min(self.longest_connect_s, self.timeout_s)
        kwargs |= {"allow_redirects": False, "stream": True, "timeout": (connect_s, self.timeout_s)}
        try:
            response = super().send(request, **kwargs)
        except (requests.RequestException, HTTPError, OSError) as error:
            failure = self.failure_of(error)
        else:
            self.answered = (time.time(), response.elapsed.total_seconds())
            return response
        raise failure  # outside of the handler, so that the original does not hang on it as context

    def read_body(self, response: requests.Response, max_bytes: int) -> bytes:
        """Return the whole decoded body. Its connection is kept, or closed if anything was wrong with the answer.

        Raise what `too_large` returns, or `failure_of` where the body was cut, or did not end in time.
        """
        blocks: list[bytes] = []
        size, failure = 0, None
        try:
            while failure is None and (block := response.raw.read1(_BLOCK_BYTES, decode_content=True)):
                blocks.append(block)
                size += len(block)
                failure = self.too_large(max_bytes) if size > max_bytes else None
        except (HTTPError, OSError) as error:
            failure = self.failure_of(error)
        if failure:
            response.close()
            raise failure
        response.raw.release_conn()  # an empty answer does not do it by itself, and the connection would be lost
        return b"".join(blocks)


class WatchedAdapter(HTTPAdapter):
    """Counts the connections made as `connects`; an answer may take `answer_timeouts` times the timeout.

    urllib3 silently replaces a connection that broke while it was idle, and behind the new one another server may
    answer. And a socket's timeout counts anew with every byte: an answer that drips in would keep a reader for ever.
    """

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


def http_date(text: str | None) -> float | None:
    """Return an HTTP date as epoch seconds, None for anything else."""
    try:
        return parsedate_to_datetime((text or "")[:_LONGEST_HEADER]).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def retry_after(header: str | None, now: float) -> float | None:
    """Return the seconds of the header Retry-After: a number, or a date counted from `now` (epoch seconds)."""
    if not header:
        return None
    text = header.strip()[:_LONGEST_HEADER]
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    at = http_date(text)
    return None if at is None else max(0.0, at - now)
