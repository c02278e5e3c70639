"""plex.tv, as far as a sign-in needs it: a PIN that its user approves there, and the servers that are theirs.

Tokens go to plex.tv in a header, and are in no message. Redirects are not followed (transport.http_session).
Source: plexapi.myplex.MyPlexPinLogin and MyPlexResource; Plex's forum, "Authenticating with Plex".
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import urlencode

from plex.address import check_token, normalize_url
from plex.connection import PRODUCT
from plex.errors import PlexBusy, PlexError, PlexMisconfigured, PlexProtocolError, PlexTooLarge, PlexUnreachable
from plex.model import name_of
from plex.session import TOKEN_HEADER
from transport.http_session import HttpSession

_APPROVE: Final = "https://app.plex.tv/auth#?"
_TIMEOUT_S: Final = 15.0
_MAX_BYTES: Final = 1024 * 1024
_MOST_ADDRESSES: Final = 12
_LONGEST_PIN_S: Final = 1800.0
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


class PinGoneError(PlexError):
    """plex.tv does not know the PIN any more: it has expired, or was refused."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A sign-in that was begun. Whoever has `id` and the client identifier can fetch the account's token by it."""

    id: int = field(repr=False)
    code: str = field(repr=False)
    lasts_s: float


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A server of the account, with its own token and the addresses that it says it has, the nearest first."""

    name: str
    machine_identifier: str
    token: str = field(repr=False)
    addresses: tuple[str, ...]


class PlexTv(HttpSession):
    """Asks plex.tv as the device `client_identifier`."""

    def __init__(self, base_url: str, client_identifier: str, version: str) -> None:
        super().__init__(_TIMEOUT_S, longest_connect_s=_TIMEOUT_S, answer_timeouts=2)
        self._base_url = base_url
        self._client_identifier = client_identifier
        self.headers = {
            "Accept": "application/json",
            "X-Plex-Client-Identifier": client_identifier,
            "X-Plex-Product": PRODUCT,
            "X-Plex-Version": version,
            "X-Plex-Device-Name": PRODUCT,
        }

    def __enter__(self) -> Self:
        return self

    def begin(self) -> Pin:
        """Have plex.tv make a PIN. Raise a PlexError."""
        found = self._ask("POST", "/api/v2/pins?strong=true")
        try:
            pin = Pin(int(found["id"]), str(found["code"]), min(float(found["expiresIn"]), _LONGEST_PIN_S))
        except (LookupError, TypeError, ValueError, OverflowError):
            raise _garbled() from None
        if not _CODE.fullmatch(pin.code) or not pin.lasts_s > 0:  # nor is it, where it is no number
            raise _garbled()
        return pin

    def approval_url(self, pin: Pin) -> str:
        """Return the page of Plex on which the user approves."""
        asked = {"clientID": self._client_identifier, "code": pin.code, "context[device][product]": PRODUCT}
        return _APPROVE + urlencode(asked)

    def account_token(self, pin_id: int) -> str:
        """Return the account's token once the PIN was approved, "" before. Raise PinGoneError, or another PlexError."""
        found = self._ask("GET", f"/api/v2/pins/{pin_id}")
        if not isinstance(found, Mapping):
            raise _garbled()
        token = _token(found["authToken"]) if found.get("authToken") else ""
        if token is None:
            raise _garbled()
        return token

    def servers(self, account_token: str) -> list[OwnServer]:
        """Return the servers that the account owns. Raise a PlexError."""
        path = "/api/v2/resources?includeHttps=1&includeRelay=0&includeIPv6=1"
        found = self._ask("GET", path, {TOKEN_HEADER: account_token})
        if not isinstance(found, list):
            raise _garbled()
        return list(_own_servers(found))

    def failure_of(self, error: Exception) -> Exception:
        """Return that plex.tv cannot be reached."""
        return PlexUnreachable(f"plex.tv cannot be reached from Stash's machine ({type(error).__name__})")

    def too_large(self, max_bytes: int) -> Exception:
        """Return that the answer is no list of servers."""
        return PlexTooLarge(f"an answer of plex.tv is larger than {max_bytes} bytes; it was not read")

    def _ask(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> Any:
        response = self.request(method, f"{self._base_url}{path}", headers=headers)
        body = self.read_body(response, _MAX_BYTES)
        if response.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE} and path.startswith("/api/v2/pins/"):
            raise PinGoneError("the sign-in has expired, or was refused")
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise PlexBusy("plex.tv asks to wait a while before the next sign-in")
        if not response.ok or response.is_redirect:
            raise PlexProtocolError(f"plex.tv answered {response.status_code} to the sign-in")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise _garbled() from None


def _garbled() -> PlexError:
    return PlexProtocolError("what answers as plex.tv does not answer as plex.tv does")


def _token(value: object) -> str | None:
    """Return a token; None for what is none."""
    try:
        return check_token(value) if isinstance(value, str) else None
    except PlexMisconfigured:
        return None


def _own_servers(found: list[Any]) -> Iterator[OwnServer]:
    for each in found:
        if not isinstance(each, Mapping) or each.get("owned") is not True:
            continue
        identifier, token = str(each.get("clientIdentifier") or ""), _token(each.get("accessToken"))
        if "server" in str(each.get("provides") or "").split(",") and identifier and token:
            name = name_of(str(each.get("name") or "Plex"))
            yield OwnServer(name, identifier, token, _addresses(each.get("connections")))


def _addresses(connections: object) -> tuple[str, ...]:
    """Return the addresses of a server as a user would type them: at home, then from outside by https alone."""
    found = [each for each in connections if isinstance(each, Mapping)] if isinstance(connections, list) else []
    near = [each for each in found if each.get("local") is True]
    secure = [str(each.get("uri")) for each in sorted(found, key=lambda each: each not in near)]
    typed = [*map(_plain_address, near), *(each for each in secure if each.startswith("https://"))]
    return tuple(dict.fromkeys(filter(None, map(_normal, typed))))[:_MOST_ADDRESSES]


def _plain_address(connection: Mapping[str, Any]) -> str:
    host, port = str(connection.get("address") or ""), connection.get("port")
    return f"http://{f'[{host}]' if ':' in host else host}:{port}" if host and isinstance(port, int) else ""


def _normal(address: str) -> str:
    try:
        return normalize_url(address)
    except PlexMisconfigured:
        return ""
