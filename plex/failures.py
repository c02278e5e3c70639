"""The table of errors: what a broken connection or an answer is, and how to tell it, without token and query. Pure."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, IncompleteRead, LocationValueError, NameResolutionError, ReadTimeoutError

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
    PlexTooLarge,
    PlexUnauthorized,
    PlexUnreachable,
    PlexUntrusted,
)

OK: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT})
_LATER: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})
_FAILED: Final = HTTPStatus.INTERNAL_SERVER_ERROR
_ITEM_PATH: Final = re.compile(r"/library/metadata/[^/]+|/:/rate$|/photo/:/transcode$")
_SECTION_PATH: Final = re.compile(r"/library/sections/\d+")
_BUSY_WORDS: Final = re.compile(rb"database is (locked|busy)|busy db|SQLITE_BUSY", re.IGNORECASE)
_QUOTED_BYTES: Final = 4096
_NO_ADDRESS: Final = (requests.RequestException, LocationValueError)
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_TOKEN_EXPIRED: Final = 498
"""Of no standard; Plex's for a token whose time is over. Source: users of python-plexapi."""

_REFUSALS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, _TOKEN_EXPIRED})
_LOGINS: Final = frozenset({"basic", "digest", "negotiate", "ntlm"})

MAX_TAGS: Final = 200_000
MAX_ATTRIBUTES: Final = 500_000
"""A tag of four bytes becomes an object of hundreds: this takes 150 MB, a page of 1,000 items has a fifth."""

_ENCODING: Final = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")
_PAGE: Final = re.compile(rb"<(?:!doctype\s+)?html[\s>]", re.IGNORECASE)
"""A web page, whatever comments stand before it. In XML such a text would be escaped."""

_DONE: Final = re.compile(
    rb"[^<\x00-\x08\x0e-\x1f]{0,2048}\Z"
    rb"|<html><head><title>[^<]{0,64}</title></head><body><h1>20\d[^<]{0,64}</h1></body></html>\Z"
    rb"|(<\?xml[^>]*\?>\s*)?<(MediaContainer|Response)\b"
)
"""Plex's answer to a write that it did."""

_AT_PLEX: Final = "Enter the address in plex_url at which Plex itself answers"
BEFORE_PLEX: Final = (
    f"a proxy that wants a login of its own stands before Plex, and plex_token is no key to that. {_AT_PLEX}"
)
NOT_THE_OWNERS: Final = (
    "Plex hides the paths of its files from the account of plex_token, which is not the server's owner; "
    "use the token of its owner"
)


def of_answer(  # noqa: C901, PLR0911 - a table: one line a status
    method: str,
    path: str,
    status: int,
    *,
    retry_after_s: float | None,
    body: bytes,
    headers: Mapping[str, str] = _NO_HEADERS,
    token_end: str = "",
) -> PlexError | None:
    """Return the error of an answer, None for a good one. `path` has no query; `token_end` is of plex.address."""
    asked = f"{method} {path}"
    if status in OK:
        return None
    if status in _REFUSALS:
        login = _of_login(asked, path, status, headers)
        return PlexProtocolError(login) if login else PlexUnauthorized(_refused_token(status, token_end))
    if 300 <= status < 400:  # noqa: PLR2004 - the redirects
        return PlexProtocolError(_sent_on(asked, status, headers))
    if status == HTTPStatus.NOT_FOUND:
        return _missing(method, path, asked)
    is_busy = bool(_BUSY_WORDS.search(body[:_QUOTED_BYTES]))
    if status in _LATER or status >= _FAILED:
        if status == _FAILED and not is_busy and retry_after_s is None:
            return PlexFailed(f"Plex answered {status} to {asked}: it fails at that")
        return PlexBusy(f"Plex answered {status} to {asked}: it is busy or starting", retry_after_s)
    if is_busy:
        return PlexBusy(f"Plex answered {status} to {asked}: its database is busy", retry_after_s)
    if status < 300:  # noqa: PLR2004 - the other good ones
        return PlexProtocolError(f"Plex answered {status} to {asked}, which it never does: a proxy may stand between")
    if is_question(method, path):
        kind = PlexQuestionRefused if status == HTTPStatus.BAD_REQUEST else PlexProtocolError
        why = "it refuses a question that it always answers; a proxy may stand between"
        return kind(f"Plex answered {status} to {asked}: {why}")
    return PlexRejected(f"Plex refused {asked} with {status}", status)


def is_question(method: str, path: str) -> bool:
    """Return whether the answer is what counts. A scan is a wish, although it is put as a question."""
    return method == "GET" and not path.endswith("/refresh")


def _refused_token(status: int, end: str) -> str:
    if status == HTTPStatus.FORBIDDEN:
        return "Plex answered 403: the account of plex_token may not change this server; use the token of its owner"
    has_expired = end if end.startswith("has") else "has expired" if status == _TOKEN_EXPIRED else ""
    return f"Plex answered {status}: plex_token {has_expired or 'is wrong or has expired'}; enter a new one"


def _of_login(asked: str, path: str, status: int, headers: Mapping[str, str]) -> str:
    """Return the message about a proxy's own login, or "": Plex knows none but its token, and tells all who it is."""
    scheme = headers.get("WWW-Authenticate", "").strip().partition(" ")[0].rstrip(",")
    if scheme.lower() in _LOGINS:
        return f"{asked} was answered with {status} and the wish for a login ({scheme.capitalize()}): {BEFORE_PLEX}"
    if path.endswith("/identity"):
        return f"{asked}, which Plex answers to everybody, was answered with {status}: {BEFORE_PLEX}"
    return ""


def _sent_on(asked: str, status: int, headers: Mapping[str, str]) -> str:
    """Return the message about a redirect: to a login page, to https, or elsewhere. It names only the server."""
    return (
        f"{asked} was answered with {status} (go {_elsewhere(headers.get('Location', ''))}): a proxy that wants a "
        "login stands before Plex, or has it elsewhere. A token is not sent on, and an edit would get lost on the way: "
        f"{_AT_PLEX[0].lower()}{_AT_PLEX[1:]}"
    )


def _elsewhere(location: str) -> str:
    try:
        parts = urlsplit(location)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "elsewhere"
    is_known = parts.scheme in {"http", "https"} and host
    return f"to {parts.scheme}://{host}{f':{port}' if port else ''}" if is_known else "elsewhere"


def _missing(method: str, path: str, asked: str) -> PlexError:
    if _ITEM_PATH.search(path) or (method == "PUT" and _SECTION_PATH.search(path)):
        return PlexItemGone(f"Plex answered 404 to {asked}: the item was removed or has a new rating key")
    if _SECTION_PATH.search(path):
        return PlexMisconfigured(f"Plex answered 404 to {asked}: this library is gone; check plex_library")
    return PlexMisconfigured(f"Plex answered 404 to {asked}: plex_url does not seem to be a Plex server")


def of_connection(error: Exception, base_url: str, connect_timeout_s: float, timeout_s: float) -> PlexError:
    """Return the error of a request that got no answer (`error` is of requests), or half of one (of urllib3)."""
    host = host_of(base_url)
    if isinstance(error, HTTPError) and not isinstance(error, LocationValueError):
        return _of_body(error, base_url)
    if isinstance(error, requests.exceptions.SSLError):
        is_untrusted = "CERTIFICATE" in str(error)
        return PlexUntrusted(_certificate(host)) if is_untrusted else PlexUnreachable(_no_tls(host))
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return PlexUnreachable(
            f"no connection to Plex at {base_url} within {connect_timeout_s:g} s{_container_hint(host)}"
        )
    if isinstance(error, requests.exceptions.Timeout):
        return PlexUnreachable(f"Plex at {base_url} gave no answer within {timeout_s:g} s")
    if isinstance(error, requests.exceptions.ConnectionError) or not isinstance(error, _NO_ADDRESS):
        return PlexUnreachable(_connection(error, base_url))
    return PlexMisconfigured(f"plex_url cannot be used as an address ({type(error).__name__})")


def _of_body(error: HTTPError, base_url: str) -> PlexError:
    if isinstance(error, ReadTimeoutError):
        return PlexUnreachable(f"an answer of Plex at {base_url} stopped before its end, or trickles in too slowly")
    if any(isinstance(cause, IncompleteRead) for cause in (error, *error.args)):
        return PlexProtocolError("an answer of Plex was cut off before its end")
    return PlexProtocolError(f"an answer of Plex broke off or could not be decoded ({type(error).__name__})")


def _connection(error: BaseException, base_url: str) -> str:
    causes = _causes(error)
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return f"the host of plex_url is unknown here: {host_of(base_url)}"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        hint = _container_hint(host_of(base_url))
        return f"nothing listens at {base_url}: Plex is not running, or plex_url names the wrong host or port{hint}"
    return f"the connection to Plex at {base_url} broke"


def _causes(error: BaseException) -> list[BaseException]:
    """Return `error` and everything wrapped in it, whether as cause, as argument or as urllib3's `reason`."""
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
    return (
        f"no encrypted connection with {host} came about; if Plex allows insecure connections, "
        "enter http:// instead of https:// in plex_url"
    )


def _container_hint(host: str) -> str:
    if not is_loopback(host):
        return ""
    return f". If Stash runs in a container, {host} is that container: enter the address of the machine instead"


def check_body(body: bytes, asked: str) -> None:
    """Refuse what is not XML as Plex sends it, before any parser sees it. An empty body is fine.

    Raise PlexTooLarge where it would take too much memory, PlexProtocolError for HTML, a document type (in which
    entities hide), another encoding than Plex's, which the parser would misread, or something else.
    """
    head = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        return
    if _PAGE.search(head):
        raise PlexProtocolError(_web_page(asked))
    if not head.startswith(b"<"):
        raise PlexProtocolError(f"the answer to {asked} is not XML: plex_url may be no Plex server")
    if body.count(b"<") > MAX_TAGS or body.count(b"=") > MAX_ATTRIBUTES:
        raise PlexTooLarge(f"the answer to {asked} has more parts than any that Plex needs to give")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise PlexProtocolError(
            f"the answer to {asked} declares a document type, which Plex never does; it was not read"
        )
    declared = _ENCODING.match(head)
    if declared and declared[1].lower() != b"utf-8":
        raise PlexProtocolError(f"the answer to {asked} is not in UTF-8, as all of Plex's are; it was not read")


def check_done(body: bytes, asked: str) -> None:
    """Raise PlexProtocolError where somebody else answered a write although its status is good: a login page, say.

    Plex itself says nothing there, or XML, a line of text (the new address of a poster that was chosen), or its page of
    one line that repeats the status. Its content type does not help: the published API description gives text/html for
    all of them.

    Source: pull request 437 of python-plexapi; plexapi.media.BaseResource.select passes over what cannot be parsed.
    """
    if not _DONE.match(body.strip()):
        check_body(body, asked)
        raise PlexProtocolError(_web_page(asked))


def _web_page(asked: str) -> str:
    return (
        f"{asked} was answered with a web page: a proxy that wants a login stands before Plex, or something else "
        f"answers there. {_AT_PLEX}"
    )
