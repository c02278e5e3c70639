"""Stash's document on stdin, our answer on stdout. On the hook's path: no json, no re, nothing that a save would pay for.

Source: Stash's raw plugin interface; it waits for the end of stdout and for the exit.
"""

import os
import sys

from logs import stash as log

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
    """End the process at once. The interpreter's tidying up would cost a tenth of the hook, and closing the queue would checkpoint it inside the user's save."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def parse(text: str) -> object:
    """The JSON value of `text`, by the scanner inside the json package: importing the package itself would double the hook's time.

    Raises:
        ValueError: not JSON.
    """
    try:
        from _json import make_scanner

        scan = make_scanner(_Scanner())  # type: ignore[arg-type]  # it reads attributes only
    except (ImportError, AttributeError, TypeError):  # another interpreter, or a CPython that changed its inside
        import json

        return json.loads(text)
    text = text.strip(" \t\r\n")
    try:
        value, end = scan(text, 0)
    except StopIteration:
        raise ValueError("not JSON") from None
    except SystemError:
        # CPython's scanner takes its error from json.decoder, and only if somebody has imported that. Source: Modules/_json.c, raise_errmsg.
        import json

        return json.loads(text)
    if end != len(text):
        raise ValueError(f"not JSON: more text after position {end}")
    return value


class _Scanner:
    """What json's scanner reads from its decoder. Source: CPython Modules/_json.c, scanner_new."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    array_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo: "dict[str, str]" = {}  # noqa: RUF012 - read by the Python scanner only


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
    """Read the rest away, so that Stash's write does not fail, and keep the job: what it takes stands before the picture that made it large."""
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


def _with_owner(said: str, error: BaseException) -> str:
    """`said`, and whose the data folder is where that may be why: a bare "Permission denied" tells nobody what to do."""
    if isinstance(error, BadDocument):
        return said
    from entry.folder import chosen_folder
    from sync_queue.owner import why_not_ours

    whose = why_not_ours(chosen_folder())
    if not whose or whose in said:
        return said
    return whose if isinstance(error, PermissionError) else f"{said.rstrip('.')}. {whose}"


def _encode(answer: "Answer") -> str:
    if answer == {"output": "ok"}:
        return '{"output": "ok"}'
    import json

    return json.dumps(answer)
