"""The spool, `queue/saves/`: one file a save that the queue's file does not take (damaged, newer, locked for long).

A hook writes it when nothing else is left, also under an older Python (see entry.fallback: no newer syntax here). The
worker takes the saves in, oldest first.
"""

import json
import os
import time
from contextlib import ExitStack, suppress

from storage.disk import give_name, sync_folder
from sync_queue import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from storage.database import Database

FOLDER = "saves"
BEFORE = ("saves.taken.jsonl", "saves.jsonl")
"""Files of versions up to 1.2, a job a line: what a worker was taking in when it was killed, and what came then."""

AT_ONCE = 100
"""Files that are taken in with one commit: all of them are open until then."""

_UNFINISHED = ".part"
_WHOLE = (".json", ".jsonl")
_END = b"\n"
"""Ends what is whole."""

_ABANDONED_S = 3600.0
_UNNAMED_S = 60.0


class Spool:
    """Takes jobs as a queue does."""

    def __init__(self, queue_dir: str) -> None:
        self._queue_dir = queue_dir
        self._folder = os.path.join(queue_dir, FOLDER)

    def put(self, item: object) -> None:
        """Keep one job (JSON-serializable) durably. Its file gets its name once it is whole on the disk, see `tidy`.

        Raises:
            OSError: it cannot be written.
        """
        for new in (self._queue_dir, self._folder):
            os.makedirs(new, mode=0o700, exist_ok=True)
        path = os.path.join(self._folder, f"{time.time():020.9f}-{os.urandom(4).hex()}.json")
        unfinished = path + _UNFINISHED
        try:
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(json.dumps(item).encode() + _END)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                os.unlink(unfinished)
            raise
        with suppress(PermissionError):  # another program keeps it open: it is whole, and the next worker names it
            give_name(unfinished, path)
        for folder in (self._folder, self._queue_dir, os.path.dirname(os.path.abspath(self._queue_dir))):
            sync_folder(folder)


def files(queue_dir: str) -> "list[str]":
    """Return the files that can be taken in, oldest first. Costs microseconds where there are none.

    What is not ours is left alone: a NAS puts a folder of its own (`@eaDir`) into each folder, macOS `.DS_Store`. A
    save of another user waits: one that cannot be emptied would be taken in again and again.

    Raises:
        OSError: the folder cannot be read.
    """
    folder = os.path.join(queue_dir, FOLDER)
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    paths = [os.path.join(folder, name) for name in sorted(names) if name.endswith(_WHOLE) and name[0] != "."]
    return [path for path in paths if os.access(path, os.R_OK | os.W_OK)]


def take_in(queue: "Database", paths: "Iterable[str]", now: float) -> int:
    """Append the jobs of these files to the queue and remove them; never within a transaction. Return how many.

    A file is the only copy that a power cut leaves, so it goes only when the disk has its row. A kill between the two
    doubles a job, and such rows are merged when they are claimed. What is no job becomes a row all the same, and from
    there a dead letter.

    Raises:
        storage.errors.StorageError, OSError: what is not in the queue yet is still in the spool.
    """
    with ExitStack() as stack:
        files = list(_opened(paths, stack))
        rows = [(line, now) for file in files for line in file.read().split(b"\n") if line.strip()]
        with queue.transaction(durable=True) as connection:
            connection.executemany(schema.INSERT, rows)
        for file in files:  # what Windows does not remove yet, since a virus scanner has it open, must not come again
            file.truncate(0)
    for file in files:
        with suppress(PermissionError):
            os.unlink(file.name)
    return len(rows)


def _opened(paths: "Iterable[str]", stack: ExitStack) -> "Iterator[BinaryIO]":
    """Open the files to be emptied. One that another program keeps to itself waits, and keeps no other from coming."""
    for path in paths:
        with suppress(PermissionError):
            yield stack.enter_context(open(path, "r+b"))  # noqa: SIM115 - the stack closes it


def tidy(queue_dir: str, now: float) -> None:
    """Move what a version before left to the head of the spool; name, or remove, what a hook could not give its name.

    A hook is killed, or another program has its file open for long: what is whole is a save.
    """
    folder = os.path.join(queue_dir, FOLDER)
    with suppress(OSError):
        for name in filter(os.path.exists, (os.path.join(queue_dir, name) for name in BEFORE)):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            moved = os.path.join(folder, f"{0.0:020.9f}-{BEFORE.index(os.path.basename(name))}.jsonl")
            if not os.path.exists(moved):
                os.rename(name, moved)
        for name in os.listdir(folder):
            if name.endswith(_UNFINISHED):
                with suppress(OSError):
                    _tidy_unfinished(os.path.join(folder, name), now)


def _tidy_unfinished(path: str, now: float) -> None:
    written_at = os.stat(path).st_mtime
    if written_at < now - _UNNAMED_S and _is_whole(path):
        os.replace(path, path[: -len(_UNFINISHED)])
    elif written_at < now - _ABANDONED_S:
        os.unlink(path)


def _is_whole(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read().endswith(_END)
