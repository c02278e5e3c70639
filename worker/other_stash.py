"""What the worker says about a Stash that is not the one of this data folder: told by that one's hooks. On the hook's path: standard library only.

A Stash is named by its port: a hint that needs no question. What it is, the worker has found out by its scenes, see worker.recognition.
"""

import os

from worker.connection import PLACE_NAME

_NAME = "other-stash-"
_MOST_BYTES = 4000


def keep_place(data_dir: str, place: str) -> None:
    """The Stash of this data folder is the one at `place`."""
    _write(os.path.join(data_dir, PLACE_NAME), place)


def keep_word(data_dir: str, place: str, text: str) -> None:
    """Leave `text` for the hooks of the Stash at `place`; what cannot be written is left out."""
    _write(_path(data_dir, place), text)


def _write(path: str, text: str) -> None:
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError:
        return
    try:
        os.write(file, text.encode("utf-8", "replace")[:_MOST_BYTES])
    except OSError:
        pass
    finally:
        os.close(file)


def forget_word(data_dir: str, place: str) -> bool:
    """The Stash at `place` is the one of this data folder; whether that is news."""
    try:
        os.unlink(_path(data_dir, place))
    except OSError:
        return False
    return True


def word_for(data_dir: str, place: str) -> str:
    """What the Stash at `place` has to be told, or ""."""
    return _read(_path(data_dir, place)) if place else ""


def _read(path: str) -> str:
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return ""
    try:
        return os.read(file, _MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)


def _path(data_dir: str, place: str) -> str:
    return os.path.join(data_dir, _NAME + place)
