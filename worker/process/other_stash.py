"""What the worker says about a Stash that is not the one of this data folder: told by that one's hooks. On the hook's path: standard library only.

A Stash is named by its port: a hint that needs no question. What it is, the worker has found out by its scenes, see worker.sync.recognition.
"""

import os

from worker.process.connection import PLACE_NAME
from worker.process.problem import leave_word, read_word, take_word_back

_NAME = "other-stash-"


def keep_place(data_dir: str, place: str) -> None:
    """The Stash of this data folder is the one at `place`."""
    leave_word(os.path.join(data_dir, PLACE_NAME), place)


def keep_word(data_dir: str, place: str, text: str) -> None:
    """Leave `text` for the hooks of the Stash at `place`."""
    leave_word(_path(data_dir, place), text)


def forget_word(data_dir: str, place: str) -> bool:
    """The Stash at `place` is the one of this data folder; whether that is news."""
    return take_word_back(_path(data_dir, place))


def word_for(data_dir: str, place: str) -> str:
    """What the Stash at `place` has to be told, or ""."""
    return read_word(_path(data_dir, place)) if place else ""


def _path(data_dir: str, place: str) -> str:
    return os.path.join(data_dir, _NAME + place)
