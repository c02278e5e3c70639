"""The one way to wait in a test: for a condition, with a pause between two looks, until a deadline.

A test of the architecture forbids others.
"""

import time
from collections.abc import Callable
from threading import Event
from typing import Final, TypeVar

_T = TypeVar("_T")

PATIENCE_S: Final = 60.0
"""How long anything may take before a test gives up: far more than it should, as other programs may run beside it."""

_LOOK_EVERY_S: Final = 0.02


def wait_until(
    condition: Callable[[], _T],
    what: str | Callable[[], str] = "",
    timeout_s: float = PATIENCE_S,
    *,
    every_s: float = _LOOK_EVERY_S,
    pause: Callable[[float], object] | None = None,
) -> _T:
    """What `condition` gives as soon as that is true.

    Args:
        condition: looked at first at once, then after each pause.
        what: is awaited, for the message; asked for only when it is needed.
        pause: takes the seconds it lasts at the most; a condition variable of whoever has the news ends it early.

    Raises:
        AssertionError: the time was over first.
    """
    rest = pause or Event().wait
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        if time.monotonic() > deadline:
            message = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {timeout_s:g} s: {message or condition}")
        rest(every_s)
    return found


def next_second(date: Callable[[], str]) -> None:
    """Wait for the next second by the `Date` of a server's answers; where it tells none, by the clock here.

    Raises:
        AssertionError: its clock does not move.
    """
    began, before = time.monotonic(), date()
    wait_until(
        lambda: date() != before if before else time.monotonic() > began + 1.1,
        "the server's next second",
        5.0,
        every_s=0.1,
    )
