"""How old a look at an item may be when something is written to it, and how much can be written upon one look."""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Final, TypeVar

from plex.errors import PlexBusy, PlexError, PlexReconnected
from plex.model import Item

if TYPE_CHECKING:
    from plex.client import PlexClient

T = TypeVar("T")

MAX_AGE_S: Final = 2.0
"""A look at an item is at most so old, from the moment its request was sent, when an edit or an upload goes out."""

_SPARE_S: Final = 0.15  # for the way from the clock to the wire, on a machine that is busy
_LATE_S: Final = 0.25  # where the look alone takes as long as a look may be old: one write goes out right behind it
_LEAST_S: Final = 0.001
_CAUTION: Final = 2.0  # what a write takes is more than what Plex takes for it, as long as it has not been measured
_WEIGHT: Final = 0.3
_FRUITLESS: Final = 5


class Looks:
    """The looks at items for what is written one after the other: a batch, or a step of an undo.

    Writes go out in windows, as many as will fit into the time that a look is good for. What does not fit after all is looked at again.
    """

    def __init__(self, client: "PlexClient") -> None:
        self._client = client
        self._step_s = 0.0
        self._last_s = self._answered_s = float(
            "-inf"
        )  # of the last look: when its request was sent, and when it was answered
        self._fruitless = 0

    def room(self, items: Iterable[Item]) -> int:
        """How many writes will go out upon the look at `items`, or upon a new one where that is too old; at least one."""
        oldest_s = min((item.looked_s for item in items), default=float("-inf"))
        return self._fits(oldest_s) or self.most()

    def most(self, other_s: float = 0.0) -> int:
        """How many writes will go out upon a new look, at least one; `other_s` is what has to be asked for each as well, before the look, and may be no older."""
        left_s = MAX_AGE_S - _SPARE_S - self._client.look_time_s
        return max(1, self._writes_in(left_s, other_s))

    def again(self, items: Mapping[int, Item]) -> dict[int, Item]:
        """`items`, by their keys, as they are now: themselves where the look at them is young enough for a write, else read again in one request.

        Those that Plex has no longer are absent. What is read again is good for a moment, however long the answer took.
        """
        oldest_s = min(item.looked_s for item in items.values())
        return dict(items) if self._fits(oldest_s) else self.look(items)

    def look(self, rating_keys: Iterable[int], unread: MutableMapping[int, PlexError] | None = None) -> dict[int, Item]:
        """These items as they are now. What Plex cannot show, although it shows others, is absent as well, and stands in `unread`."""
        found = self._client.look(rating_keys, {} if unread is None else unread)
        self._last_s = min((item.looked_s for item in found.values()), default=float("-inf"))
        self._answered_s = self._client.now_s()
        return found

    def is_young(self, looked_s: float) -> bool:
        """Whether something may go out now upon a look whose request was sent then."""
        now_s = self._client.now_s()
        if looked_s <= self._client.renewed_s:
            return False
        is_answered_late = looked_s >= self._last_s and now_s - self._answered_s <= _LATE_S
        return now_s - looked_s <= MAX_AGE_S - _SPARE_S or is_answered_late

    def leaves_time(self, asked_s: float) -> bool:
        """Whether a look that is made now is answered before something that was asked `asked_s` is too old to write on."""
        return self._client.now_s() + self._client.look_time_s - asked_s <= MAX_AGE_S - _SPARE_S

    def in_time(self, steps: Iterator[T], waiting: Callable[[], Iterable[float]]) -> Iterator[T]:
        """`steps`, each of which writes something, for as long as the looks on which the rest rests are young.

        They end without a word when a look grows too old, or when the connection to Plex is another one: what is `waiting` is looked at again.

        Args:
            steps: the writes, done one by one as they are asked for.
            waiting: when the looks at what is still to be written were sent.

        Raises:
            PlexBusy: nothing could be written in time for several looks in a row.
            PlexError: what a step raises.
        """
        count = 0
        began_s = self._client.now_s()
        while self._may_go_on(waiting()):
            try:
                step = next(steps)
            except StopIteration:
                break
            except PlexReconnected:
                break
            yield step
            count += 1
            began_s = self._took(began_s)
        self._fruitless = 0 if count else self._fruitless + 1
        if self._fruitless >= _FRUITLESS:
            raise PlexBusy(
                f"nothing could be written within {MAX_AGE_S:g} s of a look at it; Plex or this machine is too busy"
            )

    def _took(self, began_s: float) -> float:
        now_s = self._client.now_s()
        took_s = now_s - began_s
        self._step_s += (_WEIGHT if self._step_s else 1.0) * (took_s - self._step_s)
        return now_s

    def _may_go_on(self, waiting: Iterable[float]) -> bool:
        self._client.rest()
        return all(self.is_young(looked_s) for looked_s in waiting)

    def _fits(self, looked_s: float) -> int:
        if looked_s <= self._client.renewed_s:
            return 0
        return self._writes_in(MAX_AGE_S - _SPARE_S - (self._client.now_s() - looked_s))

    def _writes_in(self, seconds: float, other_s: float = 0.0) -> int:
        """How many writes can begin within `seconds`. Half as many after each window in which none went out."""
        if seconds <= 0:
            return 0
        guessed_s = _CAUTION * (self._client.answer_time_s or self._client.look_time_s)
        step_s = max(self._step_s or guessed_s, other_s, _LEAST_S)
        return 1 + int(seconds / step_s) >> self._fruitless
