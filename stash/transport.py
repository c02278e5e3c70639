"""HTTP to Stash: deadlines, size caps, keep-alive, no redirects, and every failure as an error of stash.errors. Knows no GraphQL."""

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict

from stash.deadline import TIMED_POOLS
from stash.errors import StashTooLarge, StashUnauthorized, StashUnreachable

Signer = Callable[[requests.PreparedRequest], requests.PreparedRequest]

_CONNECT_TIMEOUT_S: Final = 5.0
_BLOCK: Final = 65_536
_LONGEST_DATE: Final = 100
_NEEDS_LOGIN: Final = "Stash asks for a login: the session cookie has expired or a login was just configured. The next save or task brings a fresh one."


class _PatientAdapter(HTTPAdapter):
    """Gives every request a timeout that holds for its whole answer; requests has none by default and stashapi passes none."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = TIMED_POOLS

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (min(self.timeout_s, _CONNECT_TIMEOUT_S), self.timeout_s)
        return super().send(request, *args, **kwargs)


class _NoCookieJar(RequestsCookieJar):
    """Keeps nothing: the cookie is one header of ours, so no jar can send it elsewhere or send an older one beside it."""

    def set_cookie(self, *args: Any, **kwargs: Any) -> None:
        """Forget the cookie at once."""


class StashSession(requests.Session):
    """A session whose answers are streamed: read the body with `read_body`, then close the response.

    Invariants: never follows a redirect, so that nothing of ours reaches another host; takes no proxy, no netrc and no certificate from the
    environment; raises nothing of requests.
    """

    def __init__(self, sign: Signer, *, timeout_s: float) -> None:
        """`sign` adds to each request what lets it in; it is asked anew for each, so that a fresh cookie counts at once."""
        super().__init__()
        self.trust_env = False
        self.stream = True
        self.auth = sign
        self.cookies = _NoCookieJar()
        self.headers = CaseInsensitiveDict(
            {"Accept": "application/json, image/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "Stash2Plex"}
        )
        self._adapter = _PatientAdapter(timeout_s)
        for scheme in ("http://", "https://"):
            self.mount(scheme, self._adapter)

    @property
    def timeout_s(self) -> float:
        """For a whole answer; connecting may take 5 s of its own, at most this. May be changed at any time."""
        return self._adapter.timeout_s

    @timeout_s.setter
    def timeout_s(self, timeout_s: float) -> None:
        self._adapter.timeout_s = timeout_s

    def trust_this_machine(self, is_on_this_machine: bool) -> None:
        """Whether the certificate goes unchecked: only where the connection can't leave the machine.

        Stash makes no certificate itself; people give it one for the name their browsers use, which never fits 127.0.0.1. Nobody stands
        between two processes of one machine, so there the check would only break working set-ups. Any other host is checked.
        """
        self.verify = not is_on_this_machine
        if is_on_this_machine:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002  the name is the base's
        """None: no redirect is ever followed."""
        return None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """As the base, with every failure to get an answer as StashUnreachable."""
        try:
            return super().send(request, **kwargs)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise StashUnreachable(self._reason(error)) from error

    def read_body(self, response: requests.Response, *, max_bytes: int) -> bytes:
        """The whole decoded body, closing `response`.

        Raises:
            StashTooLarge: the body is larger than `max_bytes`.
            StashUnreachable: it was cut, or did not end within the session's timeout.
        """
        blocks: list[bytes] = []
        size = 0
        try:
            for block in response.raw.stream(_BLOCK, decode_content=True):
                blocks.append(block)
                size += len(block)
                if size > max_bytes:
                    raise StashTooLarge(f"Stash's answer is larger than {max_bytes:,} bytes.")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise StashUnreachable(self._reason(error)) from error
        finally:
            response.close()
        return b"".join(blocks)

    def _reason(self, error: Exception) -> str:
        """One sentence in our words: those of the libraries may quote headers."""
        if isinstance(error, (requests.ConnectTimeout, requests.ReadTimeout, urllib3.exceptions.TimeoutError)):
            return f"Stash did not answer, or had not finished its answer, within {self.timeout_s:g} s."
        if isinstance(error, (requests.exceptions.SSLError, urllib3.exceptions.SSLError)):
            return "Stash's TLS certificate was refused, or Stash does not speak TLS on this port."
        if isinstance(error, (requests.ConnectionError, urllib3.exceptions.ProtocolError, OSError)):
            return "Stash refused the connection, closed it, or is not running."
        return "Stash's answer could not be read."


def check_status(response: requests.Response) -> None:
    """Sort the statuses that mean the same for every request; all others are the caller's to judge.

    Raises:
        StashUnauthorized: 401, 403, or a redirect (for a picture Stash sends to its login page instead of a 401).
        StashUnreachable: 429 and 5xx: Stash starts, stops, or a proxy stands between.

    Source: authenticateHandler in Stash's internal/api/authentication.go.
    """
    status = response.status_code
    if status == requests.codes.unauthorized or _is_login(response.headers, status):
        response.close()
        raise StashUnauthorized(f"{_NEEDS_LOGIN} (HTTP {status})")
    if status == requests.codes.forbidden:
        response.close()
        raise StashUnauthorized(
            "Stash answers nobody (HTTP 403): it was reached from the internet without a login. Its own log says what to do."
        )
    if response.is_redirect:
        response.close()
        raise StashUnreachable(
            f"Stash's address answers with a redirect (HTTP {status}), which is not followed; a proxy may stand between."
        )
    if status == requests.codes.too_many_requests or status >= requests.codes.server_error:
        response.close()
        raise StashUnreachable(f"Stash answered HTTP {status}.")


def asked_at(response: requests.Response) -> float | None:
    """When `response` was asked for, by the server's own clock (epoch seconds): never later than it was; None where the server does not tell.

    Source: net/http of Go writes `Date` with the head of each answer, in whole seconds.
    """
    try:
        told_at = parsedate_to_datetime(response.headers.get("Date", "")[:_LONGEST_DATE]).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return told_at - response.elapsed.total_seconds()


def _is_login(headers: Mapping[str, str], status: int) -> bool:
    return status == requests.codes.found and "/login" in headers.get("Location", "")
