"""Which error of plex.errors a broken connection or an answer is, and what to tell the user. Pure; messages hold neither token nor query."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NameResolutionError

from plex.address import host_of, is_ip, is_loopback
from plex.errors import (
    PlexBusy,
    PlexError,
    PlexFailed,
    PlexItemGone,
    PlexMisconfigured,
    PlexProtocolError,
    PlexQuestionRefused,
    PlexRejected,
    PlexUnauthorized,
    PlexUnreachable,
)

OK: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT})
_ITEM_PATH: Final = re.compile(r"/library/metadata/[^/]+|/:/rate$")
_SECTION_PATH: Final = re.compile(r"/library/sections/\d+")
_BUSY_WORDS: Final = re.compile(rb"database is (locked|busy)|busy db|SQLITE_BUSY", re.IGNORECASE)
_QUOTED_BYTES: Final = 4096
_LONGEST_HEADER: Final = 64
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_TOKEN_EXPIRED: Final = 498
"""Of no standard; Plex's for a token whose time is over. Source: python-plexapi's users, with tokens that live for seven days."""

_REFUSALS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, _TOKEN_EXPIRED})
_LOGINS: Final = frozenset({"basic", "digest", "negotiate", "ntlm"})

BEFORE_PLEX: Final = "a proxy that wants a login of its own stands before Plex, and plex_token is no key to that. Enter the address in plex_url at which Plex itself answers"
NOT_THE_OWNERS: Final = "Plex hides the paths of its files from the account of plex_token, which is not the server's owner; use the token of its owner"


def of_answer(  # noqa: PLR0911 - a table: one line a status
    method: str,
    path: str,
    status: int,
    *,
    retry_after_s: float | None,
    body: bytes,
    headers: Mapping[str, str] = _NO_HEADERS,
    end_of_token: str = "",
) -> PlexError | None:
    """The error of an answer, or None if it is a good one. `path` is without query; `end_of_token` is of plex.token_end.told_of_end."""
    asked = f"{method} {path}"
    if status in OK:
        return None
    if status in _REFUSALS:
        login = _of_login(asked, path, status, headers)
        return PlexProtocolError(login) if login else PlexUnauthorized(_refused_token(status, end_of_token))
    if 300 <= status < 400:  # noqa: PLR2004 - the redirects
        return PlexProtocolError(_sent_on(asked, status, headers))
    if status == HTTPStatus.NOT_FOUND:
        return _missing(method, path, asked)
    if (
        status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT}
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        says_why = status != HTTPStatus.INTERNAL_SERVER_ERROR or _BUSY_WORDS.search(body[:_QUOTED_BYTES])
        is_busy = says_why or retry_after_s is not None
        kind, why = (PlexBusy, "it is busy or starting") if is_busy else (PlexFailed, "it fails at that")
        return kind(f"Plex answered {status} to {asked}: {why}", retry_after_s)
    if _BUSY_WORDS.search(body[:_QUOTED_BYTES]):
        return PlexBusy(f"Plex answered {status} to {asked}: its database is busy", retry_after_s)
    if status < 300:  # noqa: PLR2004 - the other good ones
        return PlexProtocolError(f"Plex answered {status} to {asked}, which it never does: a proxy may stand between")
    if is_question(method, path):
        kind_of_question = PlexQuestionRefused if status == HTTPStatus.BAD_REQUEST else PlexProtocolError
        return kind_of_question(
            f"Plex answered {status} to {asked}: it refuses a question that it always answers; a proxy may stand between"
        )
    return PlexRejected(f"Plex refused {asked} with {status}", status)


def is_question(method: str, path: str) -> bool:
    """Whether the answer is what counts. A scan is a wish, although it is put as a question."""
    return method == "GET" and not path.endswith("/refresh")


def _refused_token(status: int, end: str) -> str:
    if status == HTTPStatus.FORBIDDEN:
        return "Plex answered 403: the account of plex_token may not change this server; use the token of its owner"
    has_expired = end if end.startswith("has") else "has expired" if status == _TOKEN_EXPIRED else ""
    return f"Plex answered {status}: plex_token {has_expired or 'is wrong or has expired'}; enter a new one"


def _of_login(asked: str, path: str, status: int, headers: Mapping[str, str]) -> str:
    """What to say where somebody before Plex wants a login of his own; "" where it is Plex that refuses its token.

    Plex knows no logins but its token, and tells everybody who it is.
    """
    scheme = headers.get("WWW-Authenticate", "").strip().partition(" ")[0].rstrip(",")
    if scheme.lower() in _LOGINS:
        return f"{asked} was answered with {status} and the wish for a login ({scheme.capitalize()}): {BEFORE_PLEX}"
    if path.endswith("/identity"):
        return f"{asked}, which Plex answers to everybody, was answered with {status}: {BEFORE_PLEX}"
    return ""


def _sent_on(asked: str, status: int, headers: Mapping[str, str]) -> str:
    """About a redirect: to a login page, to https, or to a server's new place. Of the address nothing is repeated but the server."""
    return (
        f"{asked} was answered with {status} (go {_elsewhere(headers.get('Location', ''))}): a proxy that wants a login stands before Plex, or has it elsewhere. "
        "A token is not sent on, and an edit would get lost on the way: enter the address in plex_url at which Plex itself answers"
    )


def _elsewhere(location: str) -> str:
    try:
        parts = urlsplit(location)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "elsewhere"
    return (
        f"to {parts.scheme}://{host}{f':{port}' if port else ''}"
        if parts.scheme in {"http", "https"} and host
        else "elsewhere"
    )


def _missing(method: str, path: str, asked: str) -> PlexError:
    if _ITEM_PATH.search(path) or (method == "PUT" and _SECTION_PATH.search(path)):
        return PlexItemGone(f"Plex answered 404 to {asked}: the item was removed or has a new rating key")
    if _SECTION_PATH.search(path):
        return PlexMisconfigured(f"Plex answered 404 to {asked}: this library is gone; check plex_library")
    return PlexMisconfigured(f"Plex answered 404 to {asked}: plex_url does not seem to be a Plex server")


def of_connection(error: Exception, base_url: str, timeout_s: tuple[float, float]) -> PlexError:
    """The error of a request that got no answer, or half of one."""
    host = host_of(base_url)
    if isinstance(error, requests.exceptions.SSLError):
        return PlexUnreachable(_certificate(host) if "CERTIFICATE" in str(error) else _no_tls(host))
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return PlexUnreachable(f"no connection to Plex at {base_url} within {timeout_s[0]:g} s{_container_hint(host)}")
    if isinstance(error, requests.exceptions.Timeout):
        return PlexUnreachable(f"Plex at {base_url} gave no answer within {timeout_s[1]:g} s")
    if isinstance(error, requests.exceptions.ConnectionError):
        return PlexUnreachable(_connection(error, base_url))
    return PlexMisconfigured(f"plex_url cannot be used as an address ({type(error).__name__})")


def _connection(error: BaseException, base_url: str) -> str:
    causes = _causes(error)
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return f"the host of plex_url is unknown here: {host_of(base_url)}"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return f"nothing listens at {base_url}: Plex is not running, or plex_url names the wrong host or port{_container_hint(host_of(base_url))}"
    return f"the connection to Plex at {base_url} broke"


def _causes(error: BaseException) -> list[BaseException]:
    """`error` and everything wrapped in it, whether as cause, as argument or as urllib3's `reason`."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop()
        if isinstance(current, BaseException) and current not in found:
            found.append(current)
            waiting += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
    return found


def _certificate(host: str) -> str:
    if is_ip(host):
        dashed = host.replace(".", "-")
        return (
            f"the certificate of Plex does not hold for https://{host}: it is made for *.plex.direct. Enter "
            f"http://{host}:32400 in plex_url, or the https://{dashed}.<id>.plex.direct:32400 that Plex shows under "
            "Settings > Remote Access or in a browser's address bar; only if neither works, switch skip_tls_verify on"
        )
    return (
        f"the certificate of {host} could not be verified; if it is your own, switch skip_tls_verify on, "
        "and if plex_url names your Plex server directly, try http:// there"
    )


def _no_tls(host: str) -> str:
    return f"no encrypted connection with {host} came about; if Plex allows insecure connections, enter http:// instead of https:// in plex_url"


def _container_hint(host: str) -> str:
    if not is_loopback(host):
        return ""
    return f". If Stash runs in a container, {host} is that container: enter the address of the machine instead"


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds to wait as the header Retry-After says: a number, or an HTTP date counted from `now` (epoch seconds); None if it says nothing."""
    text = (header or "").strip()[:_LONGEST_HEADER]
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    at = http_date(text)
    return None if at is None else max(0.0, at - now)


def http_date(text: str | None) -> float | None:
    """An HTTP date as epoch seconds, or None."""
    try:
        return parsedate_to_datetime((text or "")[:_LONGEST_HEADER]).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
