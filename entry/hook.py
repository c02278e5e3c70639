"""A hook's document: append the rows, make sure a worker lives, answer. Standard library only."""

import os

from entry.folder import SCRIPT, data_dir, queue_dir
from hooks.handlers import record
from logs import stash as log
from sync_queue.append import AppendOnlyQueue, Error
from worker.launch import ensure_worker, message_of, place_of_another

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Answer = dict[str, Any]

OK = {"output": "ok"}
WAIT_S = 1.0
"""How long a save waits for the queue's file. Our own transactions hold it for 0.15 s at the most."""


def answer_hook(document: "Answer", args: "Answer") -> "Answer":
    """The answer to a document with a hook context."""
    context = args.get("hookContext")
    if not document.get("oversize"):
        return handle_hook(context, document)
    if context is None:
        raise ValueError("stdin holds more than 16 MB and does not begin as a hook's document does; nothing was queued")
    handle_hook(context, document)
    return {
        "error": "the document is larger than 16 MB, which is more than Plex takes of a picture; "
        "its values were not read, the scene was queued all the same"
    }


def handle_hook(hook_context: object, document: "Answer | None") -> "Answer":
    """Append what the context asks for; in a hook's process, which has the `document`, see to a worker too.

    Raises:
        ValueError: the context is not one of Stash's.
        OSError: nothing could be written; the message says where and what to do.
    """
    folder = data_dir()
    other = place_of_another(folder, document.get("server_connection")) if document else ""
    queue = AppendOnlyQueue(queue_dir(folder), wait_s=WAIT_S)
    try:
        if _record(hook_context, queue, folder, other) and document is not None:
            _ensure_worker(folder, document)
    finally:
        if document is None:
            queue.close()
    return _answer_to_other(folder, other) if other else OK


def _answer_to_other(folder: str, place: str) -> "Answer":
    from worker import notices

    sentence = notices.read(folder, notices.for_stash_at(place))
    return {"error": f"{sentence} This save is recorded and waits."} if sentence else OK


def _record(hook_context: object, queue: AppendOnlyQueue, folder: str, other_stash: str) -> int:
    try:
        return record(hook_context, queue, other_stash)
    except (Error, OSError) as error:
        from entry.fallback import spool_instead

        return spool_instead(hook_context, queue_dir(folder), error, other_stash)


def _ensure_worker(folder: str, document: "Answer") -> None:
    try:
        if ensure_worker(folder, SCRIPT, message_of(document, os.environ)):
            from worker import notices

            problem = notices.read(folder, notices.PROBLEM)
            if problem:
                log.error(f"The save is queued, but the last worker could not begin; another one tries now. {problem}")
    except OSError as error:
        log.warning(f"The save is queued, but no worker could be started ({error}); the next save or task tries again")
