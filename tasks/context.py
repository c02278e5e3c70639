"""What a task or an operation is handed, how it reads its arguments, and how it fails.

Stash hands every default argument of a manifest over as text, the page sends JSON: each reader takes both.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from records import Records
from sync_queue.dlq import FILE as LETTERS_NAME
from sync_queue.dlq import DeadLetterQueue
from sync_queue.questions import overview
from sync_queue.schema import FOLDER
from worker import launch
from worker.facts import RECORDS_NAME

if TYPE_CHECKING:
    from stash.client import StashClient

MOST_IDS: Final = 1000
_MOST_DIGITS: Final = 18
_LATEST: Final = 1e11


class TaskError(ValueError):
    """The task could not do what it was asked; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class TaskContext:
    """One call of a task. `connection` is Stash's server_connection or None; `environ` is read once, here.

    `plex_tv` is where an account signs in; nothing that a user can set changes it.
    """

    data_dir: str
    plugin_dir: str
    script: str
    connection: dict[str, Any] | None
    environ: Mapping[str, str]
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    plex_tv: str = "https://plex.tv"

    @property
    def queue_dir(self) -> str:
        """The queue's folder."""
        return os.path.join(self.data_dir, FOLDER)

    def need_connection(self) -> dict[str, Any]:
        """Return the connection. Raise TaskError where Stash gave none."""
        if not isinstance(self.connection, dict):
            raise TaskError(
                "this task reads from Stash, and the document has no server_connection; "
                "start it from Stash's Tasks page"
            )
        return self.connection

    def stash(self) -> "StashClient":
        """Return a client for Stash. Raise TaskError or StashUnreachable where there is no connection to it."""
        from stash.client import StashClient

        return StashClient.connect(self.need_connection())

    def wake(self) -> None:
        """Wake the worker, or start one, with the connection of this call. Raise TaskError where that is impossible."""
        try:
            launch.ensure_worker(self.data_dir, self.script, self._message())
        except OSError as error:
            raise TaskError(f"no worker could be started ({error}). What is queued waits for the next one") from error

    def tell_of_settings(self) -> None:
        """Have the worker look at the settings now; start one only where something waits."""
        queue = overview(self.queue_dir, self.clock())
        if queue.pending + queue.in_progress:
            self.wake()
        else:
            launch.wake(self.data_dir, self._message())

    def _message(self) -> bytes:
        # Whoever starts a task or clicks has often just changed a setting: the worker must not go by those of before.
        return launch.message_of({"server_connection": self.connection}, self.environ, settings_changed=True)

    def records(self) -> Records:
        """Return the records, for reading; opened anew, since a file that was missing may have been made meanwhile."""
        return Records(Path(self.data_dir, RECORDS_NAME), reading=True)

    def letters(self) -> closing[DeadLetterQueue]:
        """Return the dead letters; where there never was one, of no file: neither looking nor deleting makes one."""
        is_missing = not os.path.exists(os.path.join(self.data_dir, LETTERS_NAME))
        return closing(DeadLetterQueue(self.data_dir, clock=self.clock, reading=is_missing))


def text(args: Mapping[str, Any], name: str) -> str:
    """Return `args[name]` as text, "" where it is absent. Raise TaskError for anything else."""
    value = args.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _refused(name, "text", value)
    return value.strip()


def choice(args: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """Return `args[name]` as one of `choices`, the first where it is absent. Raise TaskError for anything else."""
    value = text(args, name) or choices[0]
    if value not in choices:
        raise _refused(name, f"one of {', '.join(choices)}", value)
    return value


def switch(args: Mapping[str, Any], name: str) -> bool:
    """Return `args[name]` as true or false; false where it is absent. Raise TaskError for anything else."""
    value = args.get(name, False)
    if not isinstance(value, bool):
        raise _refused(name, "true or false", value)
    return value


def whole_number(args: Mapping[str, Any], name: str, default: int, *, least: int = 0, most: int = 1_000_000) -> int:
    """Return `args[name]` as a whole number. Raise TaskError where it is none, or not from `least` to `most`."""
    value = args.get(name)
    if value is None or value == "":
        return default
    number = _whole(value)
    if number is None or not least <= number <= most:
        raise _refused(name, f"a whole number from {least} to {most}", value)
    return number


def moment_of(args: Mapping[str, Any], name: str) -> float:
    """Return `args[name]` as epoch seconds, 0.0 where it is absent. Raise TaskError for anything else.

    It is such a number, or a date with a time as "2026-11-29 14:00", local where it names no zone.
    """
    value = args.get(name)
    if value is None or value == "":
        return 0.0
    seconds = _seconds(value)
    if isinstance(value, bool) or not 0 < seconds < _LATEST:
        raise _refused(name, 'a time such as "2026-11-29 14:00", or epoch seconds', value)
    return seconds


def ids(args: Mapping[str, Any], name: str, *, most: int = MOST_IDS) -> list[int]:
    """Return `args[name]` ("3, 7", 3 or [3, 7]) as ids without doubles, [] where it is absent. Raise TaskError."""
    value = args.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return []
    given = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    if len(given) > most:
        raise TaskError(f"{name} must be a list of at most {most} ids; nothing was changed")
    found = [number for number in map(_whole, given) if number is not None and number > 0]
    if len(found) != len(given):
        raise TaskError(f'{name} must be whole numbers above 0, such as "3, 7", not {value!r}; nothing was changed')
    return list(dict.fromkeys(found))


def scene_id(args: Mapping[str, Any], default: int | None = None) -> int:
    """Return `args["scene_id"]`, or `default` where it is absent. Raise TaskError where it is no id."""
    value = args.get("scene_id")
    if default is not None and (value is None or value == ""):
        return default
    number = _whole(value)
    if not number or number < 0:
        raise _refused("scene_id", "a scene's id", value)
    return number


def _refused(name: str, wanted: str, value: object) -> TaskError:
    return TaskError(f"{name} must be {wanted}, not {value!r}; nothing was changed")


def _whole(value: object) -> int | None:
    """Return `value` as a whole number that SQLite holds: such a number, or its digits."""
    if isinstance(value, str):
        digits = value.strip()
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else None
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def _seconds(value: Any) -> float:
    with suppress(TypeError, ValueError, OverflowError):
        return float(value)
    with suppress(ValueError, OverflowError):
        return datetime.fromisoformat(str(value).strip()).timestamp()
    return 0.0
