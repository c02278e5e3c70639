"""The HTTP session of both clients: deadlines, size caps, kept connections, no redirects, no cookies.

Deliberate choices:
- Redirects are not followed. What lets us in must not reach another host, and `requests` turns a redirected PUT into a
  GET.
- The environment is not asked (`trust_env` is off): a ~/.netrc would add an Authorization header, and the proxy that a
  container uses for the internet does not reach the home network.
- The exceptions of `requests` and urllib3 are not chained: their text may repeat the whole URL and headers.
"""

import re
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import HTTPError

from transport.connections import WatchedAdapter

_BLOCK_BYTES: Final = 64 * 1024
_LONGEST_HEADER: Final = 100


class _NoCookieJar(RequestsCookieJar):
    """Keeps nothing, so that no cookie is sent which the client has not put into a header itself."""

    def set_cookie(self, *args: Any, **kwargs: Any) -> None:
        """Forget the cookie at once."""


class HttpSession(requests.Session):
    """A session that raises nothing of requests or urllib3; a client says by the two methods below what a failure is.

    The answers are streamed: whoever asks reads them by `read_body`, or closes them.

    Attributes:
        timeout_s: how long the server may be silent. May be changed at any time.
        longest_connect_s: how long a connection may take to come about, if `timeout_s` is no less.
        connections: the connections that are kept.
    """

    def __init__(self, timeout_s: float, *, longest_connect_s: float, answer_timeouts: float) -> None:
        """An answer must be whole within `answer_timeouts` times `timeout_s`."""
        super().__init__()
        self.trust_env = False
        self.cookies = _NoCookieJar()
        self.timeout_s = timeout_s
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

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request, and return its answer unread.

        Raises:
            Exception: that of `failure_of`.
        """
        connect_s = min(self.longest_connect_s, self.timeout_s)
        kwargs |= {"allow_redirects": False, "stream": True, "timeout": (connect_s, self.timeout_s)}
        try:
            return super().send(request, **kwargs)
        except (requests.RequestException, HTTPError, OSError) as error:
            failure = self.failure_of(error)
        raise failure  # outside of the handler, so that the original does not hang on it as context

    def read_body(self, response: requests.Response, max_bytes: int) -> bytes:
        """Return the whole decoded body. Its connection is kept, or closed if anything was wrong with the answer.

        Raises:
            Exception: that of `too_large`, or that of `failure_of` where the body was cut, or did not end in time.
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
