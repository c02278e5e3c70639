"""Reading many things of which one may be unreadable: by halves, until that one stands alone. Knows no connection."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Final, TypeVar

from plex.errors import PlexError, PlexFailed, PlexItemGone, PlexProtocolError, PlexTooLarge

_T = TypeVar("_T")

MAYBE_WHAT_WAS_ASKED: Final = (PlexProtocolError, PlexFailed)
"""Failures that one thing among those that were asked for may cause: too much, unreadable, or Plex fails at it."""

MOST_FAILURES: Final = 40
MOST_BEFORE_A_SUCCESS: Final = 16
"""Of one reading: a handful of unreadable items among a hundred; where there are more, it is not about single items."""


def read_apart(
    keys: Sequence[str],
    ask: Callable[[Sequence[str]], Mapping[int, _T]],
    unread: MutableMapping[int, PlexError],
    check: Callable[[], object],
    others: Callable[[Sequence[str]], Iterable[str]],
) -> dict[int, _T]:
    """Return what `ask` answers for `keys`. What is gone is absent; what alone cannot be read goes to `unread`.

    That all fail proves nothing, unless `check` finds the server well, one of the `others` than these can be read, and
    they fail once more; else the error is raised. One that answers too much needs no other.
    """
    found: dict[int, _T] = {}
    suspects: dict[int, PlexError] = {}
    failures, waiting = 0, deque([keys])
    while waiting:
        piece = waiting.popleft()
        try:
            found.update(ask(piece))
        except PlexItemGone:
            # 404 may mean that all are gone, or that one is: only asking for fewer tells, and 99 must not be given up
            # for one
            waiting.extend(_halves(piece))
        except MAYBE_WHAT_WAS_ASKED as error:
            failures += 1
            if failures > (MOST_FAILURES if found else MOST_BEFORE_A_SUCCESS):
                raise
            suspects |= {int(key): error for key in piece if len(piece) == 1}
            waiting.extend(_halves(piece))
    if suspects and not found:
        check()
        if len(keys) > 1 or not isinstance(next(iter(suspects.values())), PlexTooLarge):
            found, suspects = _confirmed(suspects, ask, others(keys))
    unread.update(suspects)
    return found


def _confirmed(
    suspects: Mapping[int, PlexError], ask: Callable[[Sequence[str]], Mapping[int, _T]], others: Iterable[str]
) -> tuple[dict[int, _T], dict[int, PlexError]]:
    """Return what of the `suspects` can be read by now, and what cannot. Raise where none of the `others` can."""
    if not any(_try(ask, key)[0] for key in others):
        raise next(iter(suspects.values()))
    tried = {key: _try(ask, str(key)) for key in suspects}
    found = {key: item for items, _ in tried.values() for key, item in items.items()}
    return found, {key: error for key, (_, error) in tried.items() if error is not None}


def _try(ask: Callable[[Sequence[str]], Mapping[int, _T]], key: str) -> tuple[Mapping[int, _T], PlexError | None]:
    try:
        return ask([key]), None
    except PlexItemGone:
        return {}, None
    except MAYBE_WHAT_WAS_ASKED as error:
        return {}, error


def _halves(piece: Sequence[str]) -> list[Sequence[str]]:
    half = len(piece) // 2
    return [piece[:half], piece[half:]] if half else []
