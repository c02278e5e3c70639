"""Files of the data folder that are damaged or replaced under the worker. What is damaged is never deleted."""

import logging
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

from storage.aside import NotSetAside, set_aside
from storage.errors import StorageDamaged
from sync_queue.carry_over import UNFINISHED, repair_letters, repair_queue, times_repaired
from sync_queue.dlq import FILE as LETTERS
from sync_queue.schema import FILE as QUEUE
from sync_queue.schema import FOLDER
from worker.control.jobs import control_job, put
from worker.control.kinds import RECONCILE

log = logging.getLogger("stash2plex.worker")

MOST_TIMES: Final = 5
"""A file that was set aside so often lies on a disk that fails: another repair would only fill that disk."""

_T = TypeVar("_T")


class RepairFailedError(Exception):
    """A file was damaged too often, or cannot be set aside. A person has to look at the disk."""


def repair(error: StorageDamaged) -> None:
    """Set the file that `error` names aside as `<name>.corrupt-<UTC time>`, and carry what is readable over.

    Only for the process that holds the worker lock, with its own connections to the file closed.

    Raises:
        RepairFailedError: this did not help before, or the file cannot be renamed.
    """
    path = error.path
    if times_repaired(path) >= MOST_TIMES:
        raise RepairFailedError(
            f"{path} is damaged again after it was repaired {MOST_TIMES} times: the disk may be failing. "
            f"Move the data folder to another one; once {path.name}.corrupt-* are removed it is repaired again"
        ) from error
    _repair(path)


def finish_repairs(data_dir: str) -> None:
    """Go on with files that an earlier worker did not come to the end of: their rows may stand nowhere else.

    Raises:
        RepairFailedError: the file cannot be set aside.
    """
    for name in (LETTERS, os.path.join(FOLDER, QUEUE)):
        path = Path(data_dir, name + UNFINISHED)
        if path.exists():
            _repair(path)


def with_repair(build: Callable[[], _T]) -> _T:
    """Return what `build` returns; repair each file that it finds damaged. It closes what it opened before it raises.

    Raises:
        RepairFailedError: as `repair`.
    """
    while True:
        try:
            return build()
        except StorageDamaged as error:
            repair(error)


def _repair(path: Path) -> None:
    try:
        _set_right(path, time.time())
    except NotSetAside as problem:
        raise RepairFailedError(str(problem)) from problem


def _set_right(path: Path, now: float) -> None:
    name = path.name.removesuffix(UNFINISHED)
    if name == LETTERS:
        repair_letters(path.parent, now, path.name)
    elif name == QUEUE:
        if not repair_queue(path.parent, now, path.name).is_complete:
            put(str(path.parent), control_job(RECONCILE, {}, now=now))  # jobs that were lost name scenes that differ
    else:
        log.error(
            "%s is damaged. It was set aside as %s, and a new one begins empty: what stands in Plex is looked at anew, "
            "scene by scene, and an undo can only put back what Plex shows from now on",
            path,
            set_aside(path, now).name,
        )


class OpenFiles:
    """Files that were just opened. What is written to one that was removed or replaced would be lost."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._stamps = {path: os.stat(path) for path in paths}

    def are_in_place(self) -> bool:
        """Return whether the very same files stand by their names.

        Raises:
            OSError: it cannot be told now.
        """
        try:
            return all(os.path.samestat(os.stat(path), stamp) for path, stamp in self._stamps.items())
        except FileNotFoundError:
            return False
