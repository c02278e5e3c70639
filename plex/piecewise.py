"""Reading many things of which one may be unreadable: by halves, until that one stands alone. Knows no connection."""

from collections import deque
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Final, TypeVar

from plex.errors import PlexError, PlexFailed, PlexItemGone, PlexProtocolError, PlexTooLarge

_T = TypeVar("_T")

MAYBE_WHAT_WAS_ASKED: Final = (PlexProtocolError, PlexFailed)
"""Failures that may come from one thing among those that were asked for: too much, what nobody can read, a question that Plex fails at."""

MOST_FAILURES: Final = 40
MOST_BEFORE_A_SUCCESS: Final = 16
"""Of one reading: a handful of unreadable items among a hundred. Where there are more, it is no longer about single items."""


def read_apart(
    keys: Sequence[str],
    ask: Callable[[Sequence[str]], Mapping[int, _T]],
    unread: MutableMapping[int, PlexError],
    check: Callable[[], object],
) -> dict[int, _T]:
    """What `ask` answers for `keys`, all at once if that can be done. What is gone is absent; what cannot be read, while others can, goes to `unread`.

    An item that is asked for alone proves nothing by failing, unless it answers too much, and `check` finds the server well.

    Raises:
        PlexError: whatever stops all of them; so does what may be single items' fault where none could be read.
    """
    found: dict[int, _T] = {}
    suspects: dict[int, PlexError] = {}
    failures, waiting = 0, deque([keys])
    while waiting:
        piece = waiting.popleft()
        try:
            found.update(ask(piece))
        except PlexItemGone:
            # 404 may mean that all are gone, or that one is: only asking for fewer tells, and 99 must not be given up for one
            waiting.extend(_halves(piece))
        except MAYBE_WHAT_WAS_ASKED as error:
            failures += 1
            if failures > (MOST_FAILURES if found else MOST_BEFORE_A_SUCCESS):
                raise
            suspects |= {int(key): error for key in piece if len(piece) == 1}
            waiting.extend(_halves(piece))
    if suspects and not found:
        _blame(suspects, keys, check)
    unread.update(suspects)
    return found


def _blame(suspects: Mapping[int, PlexError], keys: Sequence[str], check: Callable[[], object]) -> None:
    error = next(iter(suspects.values()))
    if len(keys) > 1 or not isinstance(error, PlexTooLarge):
        raise error
    check()


def _halves(piece: Sequence[str]) -> list[Sequence[str]]:
    half = len(piece) // 2
    return [piece[:half], piece[half:]] if half else []
