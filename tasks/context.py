"""What a task is handed, how it reads its arguments, and how it fails."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from records import Records
from sync_queue.schema import FOLDER

if TYPE_CHECKING:
    from stash.client import StashClient

_MOST_DIGITS: Final = 9
_LATEST: Final = 1e11
_MOST_ID: Final = 2**63 - 1


class TaskError(ValueError):
    """The task could not do what it was asked; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class TaskContext:
    """One call of a task. `connection` is Stash's server_connection or None; `environ` is read once, here."""

    data_dir: str
    plugin_dir: str
    script: str
    connection: dict[str, Any] | None
    environ: Mapping[str, str]
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    @property
    def queue_dir(self) -> str:
        """The queue's folder."""
        return os.path.join(self.data_dir, FOLDER)

    def need_connection(self) -> dict[str, Any]:
        """The connection. Raises TaskError where Stash gave none."""
        if not isinstance(self.connection, dict):
            raise TaskError(
                "this task reads from Stash, and the document has no server_connection; start it from Stash's Tasks page"
            )
        return self.connection

    def stash(self) -> "StashClient":
        """A client for Stash. Raises TaskError without a connection, StashUnreachable where it names no address."""
        from stash.client import StashClient

        return StashClient.connect(self.need_connection())

    @contextmanager
    def records(self) -> Iterator[Records]:
        """The records, for reading. Opened anew each time: a file that was missing at first may have been made meanwhile."""
        with Records(Path(self.data_dir, "state.db"), reading=True) as records:
            yield records


def whole_number(args: Mapping[str, Any], name: str, default: int, *, least: int = 0, most: int = 1_000_000) -> int:
    """`args[name]` as a whole number; Stash hands every default argument over as text.

    Raises:
        TaskError: it is none, or not from `least` to `most`.
    """
    value = args.get(name, default)
    if value is None or value == "":
        return default
    number = value if isinstance(value, int) and not isinstance(value, bool) else _parsed(value)
    if number is None or not least <= number <= most:
        raise TaskError(f"{name} must be a whole number from {least} to {most}, not {value!r}; nothing was changed")
    return number


def text(args: Mapping[str, Any], name: str) -> str:
    """`args[name]` as text, "" where it is absent. Raises TaskError for anything else."""
    value = args.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TaskError(f"{name} must be text, not {value!r}; nothing was changed")
    return value.strip()


def moment_of(args: Mapping[str, Any], name: str) -> float:
    """`args[name]` as epoch seconds: such a number, or a date with a time as "2026-11-29 14:00", local where it says no zone; 0.0 where it is absent.

    Raises:
        TaskError: it is neither.
    """
    value = args.get(name)
    if value is None or value == "":
        return 0.0
    try:
        found = (
            float(value)
            if not isinstance(value, str) or _is_number(value)
            else datetime.fromisoformat(value.strip()).timestamp()
        )
    except (ValueError, TypeError, OverflowError):
        found = 0.0
    if isinstance(value, bool) or not 0 < found < _LATEST:
        raise TaskError(
            f'{name} must be a time such as "2026-11-29 14:00", or epoch seconds, not {value!r}; nothing was changed'
        )
    return found


def choice(args: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """`args[name]` as one of `choices`, the first where it is absent. Raises TaskError for anything else."""
    value = text(args, name) or choices[0]
    if value not in choices:
        raise TaskError(f"{name} must be one of {', '.join(choices)}, not {value!r}; nothing was changed")
    return value


def ids(args: Mapping[str, Any], name: str) -> list[int] | None:
    """`args[name]` as ids: "3, 7", 3 or [3, 7]; None where it is absent or empty, which means all.

    Raises:
        TaskError: something else stands among them.
    """
    value = args.get(name)
    given = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    if value is None or value == [] or (isinstance(value, str) and not value.strip()):
        return None
    numbers = [_as_id(one) for one in given]
    found = [number for number in numbers if number is not None]
    if len(found) != len(numbers):
        raise TaskError(f'{name} must be ids such as "3, 7", not {value!r}; nothing was changed')
    return list(dict.fromkeys(found))


def _as_id(value: object) -> int | None:
    if isinstance(value, str):
        stripped = value.strip()
        value = int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < len(str(_MOST_ID)) else 0
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_ID else None


def _is_number(text: str) -> bool:
    whole, _, rest = text.strip().partition(".")
    return whole.isascii() and whole.isdigit() and (not rest or (rest.isascii() and rest.isdigit()))


def _parsed(value: object) -> int | None:
    stripped = value.strip() if isinstance(value, str) else ""
    return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) <= _MOST_DIGITS else None
