"""Until when a token is good, as far as it says so itself. Pure; the token is never repeated.

Source: Plex's newer tokens are JSON web tokens (RFC 7519) that live for seven days; `exp` in their payload is the end in epoch seconds. The signature is
Plex's business: who could forge the payload has the token anyway. Older tokens are random letters and live until they are taken back.
"""

import binascii
import json
import math
import time
from base64 import urlsafe_b64decode
from typing import Final

SOON_S: Final = 30 * 86400.0
"""A token that ends within this time needs another one soon, and nobody would think of it."""

_DAY_S: Final = 86400.0
_PARTS: Final = 3
_MOST_CHARACTERS: Final = 8192


def ends_at(token: str) -> float | None:
    """When `token` expires, epoch seconds; None where it does not say."""
    parts = token.strip().split(".")
    if len(parts) != _PARTS or len(token) > _MOST_CHARACTERS:
        return None
    try:
        payload = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        end = float(payload["exp"])
    except (binascii.Error, ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None
    return end if math.isfinite(end) else None


def told_of_end(token: str, now: float) -> str:
    """What has to be said of the end of `token`, as the end of a sentence about it: "" where it is far or unknown."""
    end = ends_at(token)
    if end is None or end - now > SOON_S:
        return ""
    if end <= now:
        return f"has expired on {_day(end)}"
    days = int((end - now) // _DAY_S)
    return (
        f"expires on {_day(end)}, in {days} day{'' if days == 1 else 's'}"
        if days
        else f"expires on {_day(end)}, within a day"
    )


def _day(at: float) -> str:
    try:
        return time.strftime("%A, %Y-%m-%d", time.localtime(at))
    except (OverflowError, ValueError, OSError):
        return "a day that no calendar has"
