"""Edits to Plex, a window at a time: each right behind a look at its item, and as that look shows it to be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plex.edit import Edit
from plex.edit_parts import group_edits
from plex.model import Item
from plex.writer import Applied
from worker.sync.looks import Looks
from worker.sync.work import Pending, Work

if TYPE_CHECKING:
    from plex.client import PlexClient
    from worker.sync.recording import Recorder

Outcomes = Sequence[tuple[Work, Applied]]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What edits are for.

    Attributes:
        edit: the edit that an item needs as it was seen last, or None.
        seen: the same item was looked at again.
        before: what has to be on the disk before the edits of these items go out.
        settle: what came of it; called within a transaction.
    """

    edit: Callable[[Work], Edit | None]
    seen: Callable[[Work, Item], None]
    before: Callable[[Sequence[Work]], None]
    settle: Callable[[Work, Applied], None]


class Sender:
    """Sends what one purpose wants. Order within a window: look, `before`, requests, each settled at once."""

    def __init__(self, client: "PlexClient", recorder: "Recorder", purpose: Purpose) -> None:
        self._client = client
        self._recorder = recorder
        self._looks = Looks(client)
        self._purpose = purpose

    def send(self, works: Sequence[Work]) -> Iterator[Pending]:
        """Bring all of `works` what they need; the scenes that are done with it, each at once.

        Raises:
            PlexError: what concerns every one that is not settled yet.
        """
        waiting = {
            work.key: work for work in works if self._purpose.edit(work)
        }  # the planner leaves an item to one scene
        yield from self._settled([_unedited(work) for work in works if work.key not in waiting])
        while waiting:
            self._client.ready()
            for outcomes in self._brought(self._window(list(waiting.values()))):
                for work, _ in outcomes:
                    del waiting[work.key]
                yield from self._settled(outcomes)

    def _window(self, waiting: Sequence[Work]) -> list[Work]:
        """Those whose edits will go out upon one look; edits that make the same change count as one, since one request makes it."""
        edits = (self._purpose.edit(work) for work in waiting)
        groups = group_edits([edit for edit in edits if edit], adds=self._client.capabilities.adds)
        room = self._looks.room(work.item for work in waiting)
        keys = {key for group in groups[:room] for key in group.rating_keys}
        return [work for work in waiting if work.key in keys]

    def _brought(self, window: Sequence[Work]) -> Iterator[Outcomes]:
        """What became of the items of `window`, as it happens; those for which no time was left are in none."""
        items = self._looks.again({work.key: work.item for work in window})
        over = [(work, Applied((work.key,), error)) for work in window if (error := work.why_not(items))]
        same = [work for work in window if work.why_not(items) is None]
        for work in same:
            self._purpose.seen(work, items[work.key])
        edits = {work.key: edit for work in same if (edit := self._purpose.edit(work))}
        over += [_unedited(work) for work in same if work.key not in edits]
        if over:
            yield over
        yield from self._applied({work.key: work for work in same if work.key in edits}, list(edits.values()))

    def _applied(self, works: dict[int, Work], edits: Sequence[Edit]) -> Iterator[Outcomes]:
        if not edits:
            return
        self._purpose.before(list(works.values()))
        steps = self._client.apply_all(edits)
        for applied in self._looks.in_time(steps, lambda: (work.item.looked_s for work in works.values())):
            yield [(works.pop(key), applied) for key in applied.rating_keys]

    def _settled(self, outcomes: Outcomes) -> list[Pending]:
        return self._recorder.settle(outcomes, self._purpose.settle)


def _unedited(work: Work) -> tuple[Work, Applied]:
    return work, Applied((work.key,))
