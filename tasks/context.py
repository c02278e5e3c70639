"""What a task is handed, and how it fails."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final


_MOST_DIGITS: Final = 9


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

    def need_connection(self) -> dict[str, Any]:
        """The connection. Raises TaskError where Stash gave none."""
        if not isinstance(self.connection, dict):
            raise TaskError(
                "this task reads from Stash, and the document has no server_connection; start it from Stash's Tasks page"
            )
        return self.connection


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


def _parsed(value: object) -> int | None:
    stripped = value.strip() if isinstance(value, str) else ""
    return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) <= _MOST_DIGITS else None
