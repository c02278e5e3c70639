"""The spool, `queue/saves/`: one file a save that the queue's file does not take (damaged, newer, locked for long).

A hook writes it when nothing else is left, also under an older Python (see entry.fallback: no newer syntax here). The
worker takes the saves in, oldest first.
"""

import json
import os
import time
from contextlib import suppress

from storage.disk import sync_folder
from sync_queue import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.database import Database

FOLDER = "saves"
BEFORE = ("saves.taken.jsonl", "saves.jsonl")
"""Files of versions up to 1.2, a job a line: what a worker was taking in when it was killed, and what came then."""

_UNFINISHED = ".part"
_WHOLE = (".json", ".jsonl")
_ABANDONED_S = 3600.0


class Spool:
    """Takes jobs as a queue does."""

    def __init__(self, queue_dir: str) -> None:
        self._queue_dir = queue_dir
        self._folder = os.path.join(queue_dir, FOLDER)

    def put(self, item: object) -> None:
        """Keep one job (JSON-serializable) durably. Its file gets its name once it is whole on the disk.

        Raises:
            OSError: it cannot be written.
        """
        for new in (self._queue_dir, self._folder):
            os.makedirs(new, mode=0o700, exist_ok=True)
        path = os.path.join(self._folder, f"{time.time():020.9f}-{os.urandom(4).hex()}.json")
        unfinished = path + _UNFINISHED
        try:
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(json.dumps(item).encode())
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except OSError:
            with suppress(OSError):
                os.unlink(unfinished)
            raise
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
    rows = [(line, now) for path in paths for line in _read(path).split(b"\n") if line.strip()]
    with queue.transaction(durable=True) as connection:
        connection.executemany(schema.INSERT, rows)
    for path in paths:
        # Emptied first: where a virus scanner has the file open, so that Windows does not remove it yet, its row must
        # not come again.
        os.truncate(path, 0)
        with suppress(PermissionError):
            os.unlink(path)
    return len(rows)


def tidy(queue_dir: str, now: float) -> None:
    """Move what a version before left to the head of the spool, and remove what a killed hook left unfinished."""
    folder = os.path.join(queue_dir, FOLDER)
    with suppress(OSError):
        for name in filter(os.path.exists, (os.path.join(queue_dir, name) for name in BEFORE)):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            moved = os.path.join(folder, f"{0.0:020.9f}-{BEFORE.index(os.path.basename(name))}.jsonl")
            if not os.path.exists(moved):
                os.rename(name, moved)
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if name.endswith(_UNFINISHED) and os.stat(path).st_mtime < now - _ABANDONED_S:
                os.unlink(path)


def _read(path: str) -> bytes:
    with open(path, "r+b") as file:  # one that cannot be emptied must not become a row
        return file.read()
