"""A document that cannot take the usual way: Python is too old, the queue takes no row, or it is too large.

Readable by Python 3.6: no newer syntax, and types in quotes where a newer Python is needed to make sense of them.
"""

import json
import os
import re
import sys

from hooks.handlers import record
from logs import stash as log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

NEEDED = "3.11"
_KEPT = "This save is kept, and is synced then."
_LEFT = "The task Reconcile Stash and Plex finds this save then."

_HEAD_BYTES = 64 * 1024
_CONNECTION = re.compile(r'^\s*\{\s*"server_connection"\s*:\s*')
_ID = re.compile(r'"hookContext"\s*:\s*\{\s*"id"\s*:\s*(\d{1,18})\s*,\s*"type"\s*:\s*"([A-Za-z.]{1,60})"')


def refuse(stdin: "TextIO", stdout: "TextIO") -> int:
    """Answer any document with a sentence about this Python and one about the save. Return the exit status.

    Source: Stash's pkg/python/exec.go takes the Python of its setting, else the first python3 or python in PATH.
    """
    answer = " ".join(filter(None, (_sentence(), "" if stdin.isatty() else _save(stdin))))
    log.error(answer)
    stdout.write(json.dumps({"error": answer}) + "\n")
    stdout.flush()
    return 1


def keep_in_spool(hook_context: object, queue_dir: str, other_stash: str = "") -> int:
    """Put what the context asks for into the spool (see sync_queue.spool). Return the number of jobs.

    Raises:
        hooks.handlers.BadHookContext: the context is not one of Stash's.
        OSError: the spool cannot be written.
    """
    from sync_queue.spool import Spool

    return record(hook_context, Spool(queue_dir), other_stash)


def spool_instead(hook_context: object, queue_dir: str, error: Exception, other_stash: str = "") -> int:
    """As `keep_in_spool`, since the queue failed by `error`.

    Raises:
        OSError: the spool cannot be written, or the save waits for a newer plugin. The message says what to do.
    """
    from storage.disk import why_no_sqlite
    from storage.errors import StorageTooNew
    from sync_queue.owner import why_not_ours, why_saves_wait
    from sync_queue.spool import FOLDER

    data_dir = os.path.dirname(queue_dir)
    why = why_not_ours(data_dir) or why_saves_wait(data_dir) or why_no_sqlite(data_dir)
    try:
        count = keep_in_spool(hook_context, queue_dir, other_stash)
    except OSError:
        raise OSError(
            f"the save could not be queued in {queue_dir} ({error}); Reconcile Stash and Plex finds it later."
            f" {why or 'Is the disk full or read-only?'}"
        ) from error
    if isinstance(error, StorageTooNew):
        raise OSError(f"{error} This save is kept in the folder {FOLDER} beside it and is synced then.") from error
    kept = f"this one is kept in the folder {FOLDER} beside it, from where the worker takes it"
    log.warning(f"The queue does not take saves now ({error}); {kept}. {why}".rstrip(". "))
    return count


def head_of(raw: bytes) -> "dict[str, object]":
    """Who Stash is and which scene it is about, which stand before the picture that made the document large.

    `{"oversize": True, "server_connection": {…} or None, "args": {"hookContext": {"id": 1, "type": "Scene.Update.Post",
    "input": None} or None}}`.

    Source: captured documents of Stash v0.30.1, which begin with server_connection, and in which hookContext begins
    with id and type.
    """
    text = raw[:_HEAD_BYTES].decode("utf-8", "replace")
    return {"oversize": True, "server_connection": _connection(text), "args": {"hookContext": _context(text)}}


def _sentence() -> str:
    version = ".".join(str(part) for part in sys.version_info[:3])
    where = f" ({sys.executable})" if sys.executable else ""
    return (
        f"Stash2Plex needs Python {NEEDED} or newer, and Stash starts it with Python {version}{where}: install a newer"
        " one where Stash runs, and enter its path in Stash under Settings > System > Python Executable Path"
        " (python_path in Stash's config.yml)."
    )


def _save(stdin: "TextIO") -> str:
    """What becomes of the save, or "" where the document is of none."""
    try:
        document = json.loads(stdin.buffer.read().decode("utf-8-sig"))
        context = document["args"]["hookContext"]
    except (ValueError, LookupError, TypeError):
        return ""
    try:
        from entry.folder import data_dir, queue_dir
        from worker.launch import place_of_another

        folder = data_dir()
        other = place_of_another(folder, document.get("server_connection"))
        return _KEPT if keep_in_spool(context, queue_dir(folder), other) else ""
    except Exception as error:  # noqa: BLE001 - whatever an old Python stumbles over, the sentence is what counts
        return f"{_LEFT} It could not be kept ({error})."


def _connection(text: str) -> object:
    found = _CONNECTION.match(text)
    if found is None:
        return None
    try:
        return json.JSONDecoder().raw_decode(text, found.end())[0]
    except (ValueError, RecursionError):
        return None


def _context(text: str) -> "dict[str, object] | None":
    found = _ID.search(text)
    return {"id": int(found[1]), "type": found[2], "input": None} if found else None
