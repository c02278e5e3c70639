"""Sentences that the worker leaves in the data folder for hooks to say. On the hook's path: standard library only."""

import os

from sync_queue.held import WAIT_FOR_NOBODY

PROBLEM = "worker.problem"
"""Why the last worker could not begin."""

_MOST_BYTES = 4000


def for_stash_at(place: str) -> str:
    """Return the name of the notice for hooks of a Stash that is not the one of the data folder, known by its port."""
    return "other-stash-" + place


def leave(data_dir: str, name: str, text: str) -> None:
    """Leave `text` as the notice `name`, in a file of its owner alone; what cannot be written is left out."""
    try:
        file = os.open(os.path.join(data_dir, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | WAIT_FOR_NOBODY, 0o600)
    except OSError:
        return
    try:
        os.write(file, text.encode("utf-8", "replace")[:_MOST_BYTES])
    except OSError:
        pass
    finally:
        os.close(file)


def withdraw(data_dir: str, name: str) -> bool:
    """Remove the notice; return whether there was one."""
    try:
        os.unlink(os.path.join(data_dir, name))
    except OSError:
        return False
    return True


def read(data_dir: str, name: str) -> str:
    """Return the text of the notice, or ""."""
    try:
        file = os.open(os.path.join(data_dir, name), os.O_RDONLY | WAIT_FOR_NOBODY)
    except OSError:
        return ""
    try:
        return os.read(file, _MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)
