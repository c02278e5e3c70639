"""Waiting for a server's clock, which has whole seconds."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Final

_DEADLINE_S: Final = 5.0
_SECOND_S: Final = 1.1


def next_second(date: Callable[[], str]) -> None:
    """Wait for the next second by the `Date` of a server's answers; where it tells none, by the clock here.

    Raises:
        TimeoutError: its clock does not move.
    """
    between, began, before = Event(), monotonic(), date()
    while monotonic() < began + _DEADLINE_S:
        between.wait(0.1)
        if date() != before if before else monotonic() > began + _SECOND_S:
            return
    raise TimeoutError("the server's clock does not move")
