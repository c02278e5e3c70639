"""Files of the data folder that turn out to be damaged: set aside and never deleted, and what can be read of them goes on in new ones."""

import logging
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from storage.disk import set_aside
from storage.errors import StorageDamaged, StorageError
from sync_queue import salvage_letters, salvage_queue
from sync_queue.letters import FILE as LETTERS
from sync_queue.repair import unfinished
from sync_queue.rescue import times_mended
from sync_queue.schema import FILE as QUEUE

log = logging.getLogger("stash2plex.worker")

FOLDER_ERRORS: Final = (StorageError, sqlite3.OperationalError)
"""The data folder is full, read-only, locked or broken: no job is at fault, and nothing about it can be written down."""

MOST_TIMES: Final = 5
"""A file that was set aside so many times lies on a disk that fails: mending it again would only fill that disk."""

_T = TypeVar("_T")


class DamagedAgainError(Exception):
    """A file was damaged too often, or cannot be set aside. A person has to look at the disk."""


def mend(error: StorageDamaged) -> None:
    """Put the file that `error` names aside as `<name>.corrupt-<UTC time>`, and have its readable content in a new one.

    Only for the process that holds the worker lock, with its own connections to the file closed.

    Raises:
        DamagedAgainError: this did not help before, or the file cannot be renamed.
    """
    path = error.path
    if times_mended(path) >= MOST_TIMES:
        raise DamagedAgainError(
            f"{path} is damaged again after it was mended {MOST_TIMES} times: the disk may be failing. Move the data folder to another one; "
            f"once {path.name}.corrupt-* are removed it is mended again"
        ) from error
    try:
        _mend(path)
    except OSError as problem:
        raise DamagedAgainError(f"{path} is damaged and cannot be set aside: {problem.strerror}") from error


def with_mending(data_dir: str, work: Callable[[], _T]) -> _T:
    """What `work` returns, mending what it finds damaged. `work` is to close what it opened before it raises.

    Raises:
        DamagedAgainError: as `mend`.
    """
    for path in unfinished(data_dir):
        _mend(path)
    while True:
        try:
            return work()
        except StorageDamaged as error:
            mend(error)


def _mend(path: Path) -> None:
    now = time.time()
    if path.name == LETTERS:
        salvage_letters(path.parent, now)
    elif path.name == QUEUE:
        salvage_queue(path.parent, now)
    else:
        kept = set_aside(path, now)
        log.error(
            "%s is damaged. It was set aside as %s, and a new one begins empty: what stands in Plex is looked at anew, scene by scene, "
            "and an undo can only put back what Plex shows from now on",
            os.fspath(path),
            kept.name,
        )
