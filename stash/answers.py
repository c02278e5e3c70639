"""One GraphQL answer: its data, or the error it stands for. Knows no HTTP library."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from stash.errors import StashRejected, StashTooLarge, StashUnreachable

_OK: Final = 200
_MAX_QUOTE: Final = 300
_MAX_PARTS: Final = 500_000
"""Three bytes of an answer become an object of two hundred: so many take about 100 MB of memory, and a batch of 100 scenes has a tenth of them."""

_HALF_A_PAIR: Final = re.compile(r"\\u[dD][89a-fA-F]")
_PASSING: Final = (
    "database is locked",
    "database not initialized",
    "database is closed",
    "context deadline exceeded",
    "context canceled",
    "database schema version",
)
"""What Stash says beside a 200 while it is busy, starting, stopping or waiting for its own migration."""


def data_of(status: int, body: bytes) -> dict[str, Any]:
    """The `data` of an answer with no error in it. A part that came with an error is no answer: what is missing would read as emptied.

    Raises:
        StashTooLarge: it would take too much memory.
        StashUnreachable: not JSON, or an error that passes.
        StashRejected: any other error; the message quotes Stash.
    """
    document = _document(status, body)
    if messages := _messages(document.get("errors")):
        raise _error(status, messages[0])
    data = document.get("data")
    if status != _OK or not isinstance(data, dict):
        raise StashUnreachable(f"Stash answered HTTP {status} without data.")
    return data


def _document(status: int, body: bytes) -> Mapping[str, Any]:
    if sum(map(body.count, (b",", b"{", b"["))) > _MAX_PARTS:
        raise StashTooLarge(f"Stash's answer has more parts than any that is needed ({len(body):,} bytes).")
    try:
        # Replacing: one path that is not UTF-8 must not make the whole batch unreadable.
        text = body.decode("utf-8", "replace")
        document = json.loads(text)
        if _HALF_A_PAIR.search(text):
            document = json.loads(_mended(json.dumps(document, ensure_ascii=False)))
    except (ValueError, RecursionError) as error:
        raise StashUnreachable(
            f"Stash's answer (HTTP {status}, {len(body)} bytes) is not JSON, or was cut; a proxy may stand between."
        ) from error
    return document if isinstance(document, dict) else {}


def _mended(text: str) -> str:
    """`text` as it can be stored and sent: half a surrogate pair can be neither."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _messages(errors: object) -> list[str]:
    if not isinstance(errors, list):
        return []
    return [str(error.get("message") if isinstance(error, Mapping) else error) for error in errors]


def _error(status: int, message: str) -> StashUnreachable | StashRejected:
    quote = message if len(message) <= _MAX_QUOTE else f"{message[:_MAX_QUOTE]}…"
    if any(sign in message for sign in _PASSING):
        return StashUnreachable(f"Stash is busy: {quote}")
    hint = "" if status == _OK else " This Stash may be too old or too new for this version of Stash2Plex."
    return StashRejected(f"Stash refused the query (HTTP {status}): {quote}{hint}")
