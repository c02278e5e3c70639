"""The settings plex_url and plex_token as they may be typed, and what a connection needs. Pure."""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from plex.errors import PlexMisconfigured

_EXAMPLE: Final = "for example http://192.168.1.10:32400"
_QUOTES: Final = "\"'`“”‘’«»"  # noqa: RUF001 - typographic quotes are what a copied text brings along
_LOOPBACK_NAMES: Final = frozenset({"localhost", "ip6-localhost"})
_PORTS: Final = {"http": 80, "https": 443}
_IPV6: Final = 6
_PLEX_PAGE: Final = re.compile(r"/web(?:/|$)")


def normalize_url(typed: str) -> str:
    """`typed` as scheme, host and port, without a slash at the end: "http://tower:32400/web/index.html#!/" gives "http://tower:32400".

    A path in front of Plex (a reverse proxy's) is kept; Plex's own /web page, query and fragment are dropped.

    Raises:
        PlexMisconfigured: it is empty, has no scheme or host, or is the address of Plex's hosted page.
    """
    text = typed.strip().strip(_QUOTES).strip()
    if not text:
        raise PlexMisconfigured(f"plex_url is empty: enter the address of your Plex server, {_EXAMPLE}")
    scheme, separator, _ = text.partition("://")
    if not separator or scheme.lower() not in {"http", "https"}:
        raise PlexMisconfigured(f"plex_url must begin with http:// or https://, {_EXAMPLE}")
    host, port, path = _split(text)
    if host == "plex.tv" or host.endswith(".plex.tv"):
        raise PlexMisconfigured(
            f"plex_url must be the address of your own server, {_EXAMPLE}; {host} is Plex's hosted page"
        )
    return f"{scheme.lower()}://{host}{port}{_PLEX_PAGE.split(path)[0].rstrip('/')}"


def _split(text: str) -> tuple[str, str, str]:
    """Host (bracketed if IPv6), ":port" or "", and path."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise PlexMisconfigured(f"plex_url has no valid host and port ({error}), {_EXAMPLE}") from error
    host = parts.hostname or ""
    if not host or any(sign.isspace() for sign in host) or port == 0:
        raise PlexMisconfigured(f"plex_url has no valid host and port, {_EXAMPLE}")
    if parts.username or parts.password:
        raise PlexMisconfigured(
            "plex_url must not hold a user name or password: Plex takes the token of plex_token only"
        )
    host = f"[{host}]" if ":" in host else host
    return host, f":{port}" if port else "", parts.path


def origin_of(url: str) -> str:
    """Scheme, host and port of `url` (the setting plex_url, as typed) in one form: "HTTP://Tower:80/plex/" and "http://tower" are the same origin.

    Raises:
        PlexMisconfigured: as `normalize_url`.
    """
    parts = urlsplit(normalize_url(url))
    host = (parts.hostname or "").rstrip(".")
    if is_ip(host):
        address = ipaddress.ip_address(host)
        host = f"[{address}]" if address.version == _IPV6 else str(address)
    port = parts.port or _PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port == _PORTS[parts.scheme] else f":{port}")


def check_token(typed: str) -> str:
    """The token without blanks and quotes around it.

    Raises:
        PlexMisconfigured: it is empty or cannot be a header's value. The message does not repeat it.
    """
    token = typed.strip().strip(_QUOTES).strip()
    if not token:
        raise PlexMisconfigured("plex_token is empty: enter the token of your Plex account")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise PlexMisconfigured("plex_token holds characters that no Plex token has: copy it again")
    return token


def host_of(url: str) -> str:
    """The host of a normalized address, without brackets."""
    return urlsplit(url).hostname or ""


def is_ip(host: str) -> bool:
    """Whether `host` is a bare IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether `host` means the machine (or container) itself."""
    return host.lower() in _LOOPBACK_NAMES or (is_ip(host) and ipaddress.ip_address(host).is_loopback)
