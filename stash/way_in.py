"""The way to Stash: where it is, what lets us in, and what its answers mean. Knows neither questions nor scenes."""

import ipaddress
import json
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from stash.errors import StashRejected, StashTooLarge, StashUnauthorized, StashUnfit, StashUnreachable
from stash.fitness import NOT_OPEN
from transport.http_session import HttpSession

_DEFAULT_PORT: Final = 9999
_EVERY_ADDRESS: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  nothing listens here
_LAST_PORT: Final = 65_535
_LONGEST_PORT: Final = 5
_LONGEST_CONNECT_S: Final = 5.0
_MAX_QUOTE: Final = 300
_MAX_PARTS: Final = 500_000
"""Three bytes of an answer become an object of 200: this takes 100 MB, and 100 scenes have a tenth."""

_HALF_A_PAIR: Final = re.compile(r"\\u[dD][89a-fA-F]")
_PASSING: Final = (
    "database is locked",
    NOT_OPEN,
    "database is closed",
    "context deadline exceeded",
    "context canceled",
    "database schema version",
)
"""What Stash says beside a 200 while it is busy, starting, stopping or waiting for its own migration."""


@dataclass(frozen=True)
class WayIn:
    """Where Stash is and with what we enter. An API key, once known, goes before the cookie.

    Attributes:
        base_url: scheme, host and port, e.g. "http://127.0.0.1:9999".
        is_on_this_machine: the host is an address of this machine.
    """

    base_url: str
    cookie_name: str = "session"
    cookie: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    is_on_this_machine: bool = False

    @cached_property
    def headers(self) -> dict[str, str]:
        """What a request needs to be let in; `{}` where Stash gave us nothing (no login is configured then)."""
        if self.api_key:
            return {"ApiKey": self.api_key}
        return {"Cookie": f"{self.cookie_name}={self.cookie}"} if self.cookie else {}


def parse_connection(server_connection: Mapping[str, Any]) -> WayIn:
    """Read what Stash put into `server_connection`.

    Example: `{"Scheme": "http", "Host": "0.0.0.0", "Port": 9999, "SessionCookie": {"Name": "session", "Value": "…"}}`.
    Missing keys mean http, 127.0.0.1 and 9999. Stash puts the address it listens on into Host, so "every address" means
    this machine. Raise StashUnreachable where it can't be an address, or cookie or key can't be in a header.

    Source: makeServerConnection in Stash's pkg/plugin/plugins.go.
    """
    scheme = server_connection.get("Scheme") or "http"
    if scheme not in {"http", "https"}:
        raise StashUnreachable(f"server_connection.Scheme is {scheme!r}; expected http or https.")
    host = _host(server_connection.get("Host"))
    cookie = server_connection.get("SessionCookie")
    cookie = cookie if isinstance(cookie, Mapping) else {}
    return WayIn(
        base_url=f"{scheme}://{f'[{host}]' if ':' in host else host}:{_port(server_connection.get('Port'))}",
        cookie_name=_header_text("SessionCookie.Name", cookie.get("Name")) or "session",
        cookie=_header_text("SessionCookie.Value", cookie.get("Value")),
        api_key=_header_text("ApiKey", server_connection.get("ApiKey")),
        is_on_this_machine=_is_on_this_machine(host),
    )


def _host(raw: object) -> str:
    text = raw.strip().strip("[]") if isinstance(raw, str) else ""
    host = _EVERY_ADDRESS.get(text, text)
    if not host.isascii() or not host.isprintable() or any(c in host for c in " /?#@\\"):
        raise StashUnreachable(f"server_connection.Host is {host!r}; expected a name or an address.")
    return host


def _port(raw: object) -> int:
    text = str(_DEFAULT_PORT if raw is None else raw)
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_PORT
    if not is_number or not 0 < int(text) <= _LAST_PORT:
        raise StashUnreachable(f"server_connection.Port is {text[:20]!r}; expected 1 to 65535.")
    return int(text)


def _header_text(name: str, raw: object) -> str:
    """Refuse here what requests would refuse later with a message that quotes the value."""
    if raw is None:
        return ""
    if not isinstance(raw, str) or not raw.isascii() or not raw.isprintable():
        raise StashUnreachable(f"server_connection.{name} can't be part of a request; expected printable ASCII.")
    return raw.strip()


def _is_on_this_machine(host: str) -> bool:
    """Return whether `host` is an address of this machine: only such a one can be bound. Names are not looked up."""
    if host == "localhost":
        return True
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET  # noqa: PLR2004  IPv6
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((host, 0))
    except (OSError, ValueError):
        return False
    return True


class StashSession(HttpSession):
    """A session for one Stash: every failure to get an answer is an error of stash.errors."""

    def __init__(
        self, sign: Callable[[requests.PreparedRequest], requests.PreparedRequest], *, timeout_s: float
    ) -> None:
        """`sign` adds to each request what lets it in: asked anew for each, so that a fresh cookie counts at once."""
        super().__init__(timeout_s, longest_connect_s=_LONGEST_CONNECT_S, answer_timeouts=1)
        self.auth = sign
        self.headers = CaseInsensitiveDict(
            {"Accept": "application/json, image/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "Stash2Plex"}
        )

    def trust_this_machine(self, is_on_this_machine: bool) -> None:
        """Leave the certificate unchecked where the connection can't leave the machine, and only there.

        People give Stash a certificate for the name their browsers use, which never fits 127.0.0.1. Nobody stands
        between two processes of one machine, so there the check would only break working set-ups.
        """
        self.verify = not is_on_this_machine
        if is_on_this_machine:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def failure_of(self, error: Exception) -> StashUnreachable:
        """Return the error of a question that got no answer, or half of one."""
        if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError)):
            text = f"Stash did not answer, or had not finished its answer, within {self.timeout_s:g} s."
        elif isinstance(error, (requests.exceptions.SSLError, urllib3.exceptions.SSLError)):
            text = "Stash's TLS certificate was refused, or Stash does not speak TLS on this port."
        elif isinstance(error, (requests.ConnectionError, urllib3.exceptions.ProtocolError, OSError)):
            text = "Stash refused the connection, closed it, or is not running."
        else:
            text = "Stash's answer could not be read."
        return StashUnreachable(text)

    def too_large(self, max_bytes: int) -> StashTooLarge:
        """Return the error of an answer that is larger than any that is needed."""
        return StashTooLarge(f"Stash's answer is larger than {max_bytes:,} bytes.")


def check_status(response: requests.Response) -> None:
    """Sort the statuses that mean the same for every request; all others are the caller's to judge.

    Raises:
        StashUnauthorized: 401, 403, or a redirect (for a picture Stash sends to its login page instead of a 401).
        StashUnreachable: 429 and 5xx: Stash starts, stops, or a proxy stands between.

    Source: authenticateHandler in Stash's internal/api/authentication.go.
    """
    status = response.status_code
    is_login = status == requests.codes.found and "/login" in response.headers.get("Location", "")
    failure: StashUnauthorized | StashUnreachable
    if status == requests.codes.unauthorized or is_login:
        failure = StashUnauthorized(
            "Stash asks for a login: the session cookie has expired or a login was just configured. The next save or "
            f"task brings a fresh one. (HTTP {status})"
        )
    elif status == requests.codes.forbidden:
        failure = StashUnauthorized(
            "Stash answers nobody (HTTP 403): it was reached from the internet without a login. "
            "Its own log says what to do."
        )
    elif response.is_redirect:
        failure = StashUnreachable(
            f"Stash's address answers with a redirect (HTTP {status}), which is not followed; "
            "a proxy may stand between."
        )
    elif status == requests.codes.too_many_requests or status >= requests.codes.server_error:
        failure = StashUnreachable(f"Stash answered HTTP {status}.")
    else:
        return
    response.close()
    raise failure


def data_of(status: int, body: bytes) -> dict[str, Any]:
    """Return the `data` of a GraphQL answer with no error in it: what is missing beside an error would read as emptied.

    Raise StashTooLarge where it would take too much memory, StashUnreachable where it is no JSON or an error that
    passes, StashUnfit for a question that Stash does not know, StashRejected for any other error; both quote Stash.
    """
    document = _document(status, body)
    if errors := document.get("errors"):
        raise _refusal(status, errors)
    data = document.get("data")
    if status != requests.codes.ok or not isinstance(data, dict):
        raise StashUnreachable(f"Stash answered HTTP {status} without data.")
    return data


def _document(status: int, body: bytes) -> Mapping[str, Any]:
    if sum(map(body.count, (b",", b"{", b"["))) > _MAX_PARTS:
        raise StashTooLarge(f"Stash's answer has more parts than any that is needed ({len(body):,} bytes).")
    try:
        # Replacing: one path that is not UTF-8 must not make the whole batch unreadable.
        text = body.decode("utf-8", "replace")
        document = json.loads(text)
        if _HALF_A_PAIR.search(text):  # half a surrogate pair can be neither stored nor sent
            whole = json.dumps(document, ensure_ascii=False).encode("utf-16", "surrogatepass")
            document = json.loads(whole.decode("utf-16", "replace"))
    except (ValueError, RecursionError) as error:
        raise StashUnreachable(
            f"Stash's answer (HTTP {status}, {len(body)} bytes) is not JSON, or was cut; a proxy may stand between."
        ) from error
    return document if isinstance(document, dict) else {}


def _refusal(status: int, errors: object) -> StashUnreachable | StashRejected:
    first = errors[0] if isinstance(errors, list) else errors
    message = str(first.get("message") if isinstance(first, Mapping) else first)
    quote = message if len(message) <= _MAX_QUOTE else f"{message[:_MAX_QUOTE]}…"
    if any(sign in message for sign in _PASSING):
        return StashUnreachable(f"Stash is busy: {quote}")
    refused = f"Stash refused the query (HTTP {status}): {quote}"
    if status == requests.codes.ok:
        return StashRejected(refused)
    return StashUnfit(f"{refused} This Stash may be too old or too new for this version of Stash2Plex.")
