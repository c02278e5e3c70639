"""The settings plex_url and plex_token as typed, and what they say of themselves. Pure; repeats no token."""

import binascii
import ipaddress
import json
import math
import re
import time
from base64 import urlsafe_b64decode
from typing import Final
from urllib.parse import urlsplit

from plex.errors import PlexMisconfigured

_EXAMPLE: Final = "for example http://192.168.1.10:32400"
_QUOTES: Final = "\"'`“”‘’«»"  # noqa: RUF001 - typographic quotes are what a copied text brings along
_LOOPBACK_NAMES: Final = frozenset({"localhost", "ip6-localhost"})
_PORTS: Final = {"http": 80, "https": 443}
_PLEX_PORT: Final = 32400
_IPV6: Final = 6
_SCHEME: Final = re.compile(r"^(https?):/*(?=[^/])", re.IGNORECASE)
_PLEX_PAGE: Final = re.compile(r"/web(?:/|$)")

SOON_S: Final = 30 * 86400.0
"""A token that ends within this time needs another one soon, and nobody would think of it."""

_DAY_S: Final = 86400.0
_TOKEN_PARTS: Final = 3
_LONGEST_TOKEN: Final = 8192


def normalize_url(typed: str) -> str:
    """Return `typed` as scheme, host and port: "http://tower:32400/web/index.html#!/" gives "http://tower:32400".

    A path in front of Plex (a reverse proxy's) is kept; Plex's own /web page, query and fragment are dropped. Raise
    PlexMisconfigured where it has no scheme or host, or is the address of Plex's hosted page.
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


def completed_url(typed: str) -> str:
    """Return what somebody meant who left out http:// or the port: "tower" gives "http://tower:32400".

    Plex's own page, query (which may hold a token) and fragment go. No port is added to what may be a reverse proxy's:
    https://, a path, and a name with a dot behind an http:// that was typed. What is no address stays as it is.
    """
    text = _SCHEME.sub(r"\1://", typed.strip().strip(_QUOTES).strip().lstrip("/"))
    scheme, separator, rest = text.partition("://") if "://" in text else ("http", "", text)
    host = rest.rstrip("/")
    url = f"{scheme}://{f'[{host}]' if ':' in host and is_ip(host) else rest}"
    try:
        whole = normalize_url(url)
    except PlexMisconfigured:
        return url if _has_host(url) else typed
    parts, host = urlsplit(whole), host_of(whole)
    is_proxy = parts.scheme == "https" or bool(parts.path) or (separator and "." in host and not is_ip(host))
    return whole if parts.port or is_proxy else f"{whole}:{_PLEX_PORT}"


def _has_host(url: str) -> bool:
    """Return whether it is an address, if perhaps none that we take."""
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _split(text: str) -> tuple[str, str, str]:
    """Return host (bracketed if IPv6), ":port" or "", and path."""
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
    """Return one form of the origin of `url`, "http://tower" for "HTTP://Tower:80/plex/"; raise as `normalize_url`."""
    parts = urlsplit(normalize_url(url))
    host = (parts.hostname or "").rstrip(".")
    if is_ip(host):
        address = ipaddress.ip_address(host)
        host = f"[{address}]" if address.version == _IPV6 else str(address)
    port = parts.port or _PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port == _PORTS[parts.scheme] else f":{port}")


def check_token(typed: str) -> str:
    """Return the token without blanks and quotes around it; raise PlexMisconfigured, without it, for what is none."""
    token = typed.strip().strip(_QUOTES).strip()
    if not token:
        raise PlexMisconfigured("plex_token is empty: enter the token of your Plex account")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise PlexMisconfigured("plex_token holds characters that no Plex token has: copy it again")
    return token


def host_of(url: str) -> str:
    """Return the host of a normalized address, without brackets."""
    return urlsplit(url).hostname or ""


def is_ip(host: str) -> bool:
    """Return whether `host` is a bare IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether `host` means the machine (or container) itself."""
    return host.lower() in _LOOPBACK_NAMES or (is_ip(host) and ipaddress.ip_address(host).is_loopback)


def ends_at(token: str) -> float | None:
    """Return when `token` expires, epoch seconds; None where it does not say.

    Source: Plex's newer tokens are JSON web tokens (RFC 7519) that live for seven days; `exp` in their payload is the
    end. The signature is Plex's business. Older tokens are random letters and live until they are taken back.
    """
    parts = token.strip().split(".")
    if len(parts) != _TOKEN_PARTS or len(token) > _LONGEST_TOKEN:
        return None
    try:
        payload = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        end = float(payload["exp"])
    except (binascii.Error, ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None
    return end if math.isfinite(end) else None


def token_end(token: str, now: float) -> str:
    """Return when `token` expires, to end a sentence: "has expired on Friday, 2026-11-27"; "" if far or unknown."""
    end = ends_at(token)
    if end is None or end - now > SOON_S:
        return ""
    if end <= now:
        return f"has expired on {_day(end)}"
    days = int((end - now) // _DAY_S)
    return f"expires on {_day(end)}, " + (f"in {days} day{'' if days == 1 else 's'}" if days else "within a day")


def _day(at: float) -> str:
    try:
        return time.strftime("%A, %Y-%m-%d", time.localtime(at))
    except (OverflowError, ValueError, OSError):
        return "a day that no calendar has"
