"""Stash's document on stdin, our answer on stdout. On the hook's path: see sync_queue.append for what keeps that cheap.

Source: Stash's raw plugin interface; it waits for the end of stdout and for the exit.
"""

import os
import sys

from logs import stash as log
from sync_queue.append import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, TextIO

    Answer = dict[str, Any]

MOST_BYTES = 16 * 1024 * 1024
"""A document above this is not parsed: a cover of 12 MB still fits in base64."""

_BOM = b"\xef\xbb\xbf"
_CHUNK_BYTES = 1024 * 1024


class BadDocument(ValueError):
    """What came on stdin is not a document of Stash's; the message says what was expected."""


def serve(stdin: "TextIO", stdout: "TextIO") -> int:
    """Answer the document on `stdin` with exactly one JSON object on `stdout`; the exit status."""
    try:
        answer = _dispatch(_read(stdin))
    except (ValueError, OSError, RecursionError, MemoryError, RuntimeError) as error:
        answer = {"error": _explain(error)}
    except Exception as error:  # noqa: BLE001 - the last line of defence: Stash must get one answer and no traceback
        answer = {"error": f"unexpected {type(error).__name__}: {_explain(error)}"}
    if "error" in answer:
        log.error(answer["error"])
    stdout.write(_encode(answer) + "\n")
    stdout.flush()
    return 1 if "error" in answer else 0


def leave(status: int) -> "NoReturn":
    """End the process at once, see sync_queue.append."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _read(stdin: "TextIO") -> object:
    raw = _read_bytes(stdin)
    if not raw.strip():
        raise BadDocument("stdin was empty; expected one JSON document from Stash")
    if len(raw) > MOST_BYTES:
        return _oversize(raw, stdin)
    try:
        return parse(raw.removeprefix(_BOM).decode())
    except ValueError as error:
        raise BadDocument(f"stdin is not one JSON document ({error}); expected what Stash sends to a plugin") from None


def _read_bytes(stdin: "TextIO") -> bytes:
    binary = getattr(stdin, "buffer", None)
    if binary is None:
        return stdin.read(MOST_BYTES + 1).encode()
    raw: bytes = binary.read(MOST_BYTES + 1)
    return raw


def _oversize(raw: bytes, stdin: "TextIO") -> object:
    """Read the rest away, so that Stash's write does not fail. Return what stands at the head of the document."""
    binary = getattr(stdin, "buffer", stdin)
    while binary.read(_CHUNK_BYTES):
        pass
    from entry.fallback import head_of

    return head_of(raw)


def _dispatch(document: object) -> "Answer":
    if not isinstance(document, dict):
        raise BadDocument('the document is not an object; expected {"server_connection": …, "args": …}')
    args = document.get("args")
    if args is None:
        args = {}
    if not isinstance(args, dict):
        raise BadDocument("args is not an object; expected a task's arguments or a hookContext")
    if args.get("hookContext") is not None or document.get("oversize"):
        from entry.hook import answer_hook

        return answer_hook(document, args)
    if not args:
        return {"output": "ok"}
    from entry.names import handle_task

    return handle_task(args, document.get("server_connection"))


def _explain(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "the document is nested too deeply; expected what Stash sends to a plugin"
    if isinstance(error, MemoryError):
        return "not enough memory for this document"
    return _with_owner(str(error) or type(error).__name__, error)


def _with_owner(text: str, error: BaseException) -> str:
    """Return `text`, and whose the data folder is where that may be the cause of the error."""
    if isinstance(error, BadDocument):
        return text
    from entry.folder import chosen_folder
    from sync_queue.owner import why_not_ours

    whose = why_not_ours(chosen_folder())
    if not whose or whose in text:
        return text
    return whose if isinstance(error, PermissionError) else f"{text.rstrip('.')}. {whose}"


def _encode(answer: "Answer") -> str:
    if answer == {"output": "ok"}:
        return '{"output": "ok"}'
    import json

    return json.dumps(answer)
