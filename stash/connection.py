"""The `server_connection` of Stash's document as a value: where Stash listens and what lets us in. Knows nothing of requests."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stash.errors import StashUnreachable

_DEFAULT_PORT: Final = 9999
_EVERY_ADDRESS: Final[Mapping[str, str]] = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  we connect to it, nothing listens


@dataclass(frozen=True, slots=True)
class Connection:
    """Where Stash is and with what we enter. An API key, once known, goes before the cookie.

    Attributes:
        base_url: scheme, host and port, e.g. "http://127.0.0.1:9999".
        is_on_this_machine: the host is an address of this machine; see `parse_connection`.
    """

    base_url: str
    cookie_name: str = "session"
    cookie: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    is_on_this_machine: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """What a request needs to be let in; `{}` where Stash gave us nothing (no login is configured then)."""
        if self.api_key:
            return {"ApiKey": self.api_key}
        return {"Cookie": f"{self.cookie_name}={self.cookie}"} if self.cookie else {}


def parse_connection(server_connection: Mapping[str, Any]) -> Connection:
    """Read what Stash put into `server_connection`.

    Example: `{"Scheme": "http", "Host": "0.0.0.0", "Port": 9999, "SessionCookie": {"Name": "session", "Value": "…"}}`.
    Missing keys mean http, 127.0.0.1 and 9999. Stash puts the address it listens on into Host, so "every address" means this machine.

    Raises:
        StashUnreachable: scheme, host or port can't be an address, or cookie or key can't be in a header.

    Source: makeServerConnection in Stash's pkg/plugin/plugins.go.
    """
    scheme = server_connection.get("Scheme") or "http"
    if scheme not in {"http", "https"}:
        raise StashUnreachable(f"server_connection.Scheme is {scheme!r}; expected http or https.")
    host = _host(server_connection.get("Host"))
    cookie = server_connection.get("SessionCookie")
    cookie = cookie if isinstance(cookie, Mapping) else {}
    return Connection(
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
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65_536):  # noqa: PLR2004  ports have 16 bits
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
    """Whether `host` is an address of this machine: only such an address can be bound. Names are not looked up, whoever answers for them may lie."""
    if host == "localhost":
        return True
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET  # noqa: PLR2004  IPv6
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((host, 0))
    except (OSError, ValueError):
        return False
    return True
