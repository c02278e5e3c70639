"""Edits to Plex, a window at a time: each right behind a look at its item, and as that look shows it to be.

A window is what can be written while one look is young enough.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from plex.edit import Edit
from plex.edit_parts import group_edits
from plex.errors import PlexBusy, PlexError, PlexReconnected
from plex.model import Item
from plex.writer import Applied
from worker.sync.plans import ItemWork, ScenePlan

if TYPE_CHECKING:
    from plex.client import PlexClient
    from worker.sync.recording import Recorder

T = TypeVar("T")

MAX_AGE_S: Final = 2.0
"""A look at an item is at most so old, from the moment its request was sent, when an edit or an upload goes out."""

_SPARE_S: Final = 0.15  # for the way from the clock to the wire, on a machine that is busy
_LATE_S: Final = 0.25  # where the look alone takes as long as a look may be old: one write goes out right behind it
_LEAST_S: Final = 0.001
_CAUTION: Final = 2.0  # what a write takes is more than what Plex takes for it, as long as it has not been measured
_WEIGHT: Final = 0.3
_FRUITLESS: Final = 5
_NEVER_S: Final = float("-inf")


class Looks:
    """The looks at items for what is written one after the other: a batch, or a step of an undo.

    Writes go out in windows, as many as will fit into the time that a look is good for. What does not fit after all is
    looked at again.
    """

    def __init__(self, client: "PlexClient") -> None:
        self._client = client
        self._step_s = 0.0
        self._last_s = self._answered_s = _NEVER_S
        """Of the last look: when its request was sent, and when it was answered."""
        self._fruitless = 0

    def room(self, items: Iterable[Item]) -> int:
        """Return how many writes, at least one, will go out upon the look at `items`, or a new one."""
        return self._fits(_oldest_s(items)) or self.most()

    def most(self, other_s: float = 0.0) -> int:
        """Return how many writes, at least one, will go out upon a new look.

        `other_s` is what has to be asked for each as well, before the look, and may be no older.
        """
        left_s = MAX_AGE_S - _SPARE_S - self._client.look_time_s
        return max(1, self._writes_in(left_s, other_s))

    def again(self, items: Mapping[int, Item]) -> dict[int, Item]:
        """Return `items`, by their keys, as they are now: themselves if looked at just now, else read again at once.

        Those that Plex has no longer are absent. What is read again is good for a moment, however long the answer took.
        """
        return dict(items) if self._fits(_oldest_s(items.values())) else self.look(items)

    def look(self, rating_keys: Iterable[int], unread: MutableMapping[int, PlexError] | None = None) -> dict[int, Item]:
        """Return these items as they are now; what cannot be shown, although others can, is absent, and in `unread`."""
        found = self._client.look(rating_keys, {} if unread is None else unread)
        self._last_s = _oldest_s(found.values())
        self._answered_s = self._client.now_s()
        return found

    def is_young(self, looked_s: float) -> bool:
        """Return whether something may go out now upon a look whose request was sent then."""
        now_s = self._client.now_s()
        if looked_s <= self._client.connection.renewed_s:
            return False
        is_answered_late = looked_s >= self._last_s and now_s - self._answered_s <= _LATE_S
        return now_s - looked_s <= MAX_AGE_S - _SPARE_S or is_answered_late

    def leaves_time(self, asked_s: float) -> bool:
        """Return whether a new look is answered before something asked at `asked_s` is too old to write on."""
        return self._client.now_s() + self._client.look_time_s - asked_s <= MAX_AGE_S - _SPARE_S

    def in_time(self, steps: Iterator[T], waiting: Callable[[], Iterable[float]]) -> Iterator[T]:
        """Yield `steps`, each of which writes something, while the looks on which the rest depends are young.

        They end without a word when a look grows too old or the connection is another one.

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
            except (StopIteration, PlexReconnected):
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
        oldest_s = min(waiting, default=None)
        return oldest_s is None or self.is_young(oldest_s)

    def _fits(self, looked_s: float) -> int:
        if looked_s <= self._client.connection.renewed_s:
            return 0
        return self._writes_in(MAX_AGE_S - _SPARE_S - (self._client.now_s() - looked_s))

    def _writes_in(self, seconds: float, other_s: float = 0.0) -> int:
        """How many writes can begin within `seconds`. Half as many after each window in which none went out."""
        if seconds <= 0:
            return 0
        guessed_s = _CAUTION * (self._client.answer_time_s or self._client.look_time_s)
        step_s = max(self._step_s or guessed_s, other_s, _LEAST_S)
        return 1 + int(seconds / step_s) >> self._fruitless


def _oldest_s(items: Iterable[Item]) -> float:
    return min([item.looked_s for item in items], default=_NEVER_S)


Outcomes = Sequence[tuple[ItemWork, Applied]]


class Sender:
    """Sends edits of one purpose. Order within a window: look, `before`, requests, each settled at once."""

    def __init__(
        self,
        client: "PlexClient",
        recorder: "Recorder",
        edit: Callable[[ItemWork], Edit | None],
        before: Callable[[Sequence[ItemWork]], None],
        settle: Callable[[ItemWork, Applied], None],
        changed: Callable[[ItemWork, Item], None],
    ) -> None:
        """Make a sender.

        Args:
            client: the Plex to send to.
            recorder: settles what was sent.
            edit: the edit that an item needs as it was seen last, or None.
            before: puts on the disk what has to be there before the edits of these items go out.
            settle: records what came of it; called within a transaction.
            changed: told that the item was looked at again and shows something else.
        """
        self._client = client
        self._recorder = recorder
        self._looks = Looks(client)
        self._edit, self._before, self._settle, self._changed = edit, before, settle, changed
        self._edits: dict[int, Edit] = {}

    def send(self, works: Sequence[ItemWork]) -> Iterator[ScenePlan]:
        """Bring all of `works` what they need; yield the scenes that are done with it, each at once.

        Raises:
            PlexError: what concerns every one that is not settled yet.
        """
        # By key: the planner leaves an item to one scene.
        self._edits = {work.key: edit for work in works if (edit := self._edit(work))}
        waiting = {work.key: work for work in works if work.key in self._edits}
        yield from self._settled([_unedited(work) for work in works if work.key not in waiting])
        while waiting:
            self._client.ready()
            for outcomes in self._brought(self._window(list(waiting.values()))):
                for work, _ in outcomes:
                    del waiting[work.key]
                yield from self._settled(outcomes)

    def _window(self, waiting: Sequence[ItemWork]) -> list[ItemWork]:
        """Return those whose edits will go out upon one look; edits that make the same change are one request."""
        room = self._looks.room([work.item for work in waiting])
        if room >= len(waiting):
            return list(waiting)
        edits = [self._edits[work.key] for work in waiting]
        groups = group_edits(edits, adds=self._client.capabilities.adds)
        keys = {key for group in groups[:room] for key in group.rating_keys}
        return [work for work in waiting if work.key in keys]

    def _brought(self, window: Sequence[ItemWork]) -> Iterator[Outcomes]:
        """What became of the items of `window`, as it happens; those for which no time was left are in none."""
        items = self._looks.again({work.key: work.item for work in window})
        over, open_ = [], dict[int, ItemWork]()
        for work in window:
            error = work.why_not(items)
            if error is None:
                self._see(work, items[work.key])
            if error is None and work.key in self._edits:
                open_[work.key] = work
            else:
                over.append((work, Applied((work.key,), error)))
        if over:
            yield over
        if open_:
            yield from self._applied(open_)

    def _see(self, work: ItemWork, item: Item) -> None:
        if item is work.item:
            return
        if item == work.item:
            work.item = item
        else:
            self._changed(work, item)
        edit = self._edit(work)
        if edit:
            self._edits[work.key] = edit
        else:
            del self._edits[work.key]

    def _applied(self, works: dict[int, ItemWork]) -> Iterator[Outcomes]:
        edits = [self._edits[key] for key in works]
        self._before(list(works.values()))
        steps = self._client.apply_all(edits)
        for applied in self._looks.in_time(steps, lambda: [work.item.looked_s for work in works.values()]):
            yield [(works.pop(key), applied) for key in applied.rating_keys]

    def _settled(self, outcomes: Outcomes) -> list[ScenePlan]:
        return self._recorder.settle(outcomes, self._settle)


def _unedited(work: ItemWork) -> tuple[ItemWork, Applied]:
    return work, Applied((work.key,))
