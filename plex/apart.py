"""Which fields of an edit Plex refuses: found by halves, so that the others arrive. Knows no connection.

A server's 500 may mean the value, or that it writes nothing at present. So a field is blamed only where the server took
something else meanwhile.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from plex.edit import MAX_URL_BYTES, Edit
from plex.edit_parts import fields_of, only
from plex.errors import PlexError, PlexFailed, PlexItemGone, PlexReconnected, PlexRejected
from plex.fields import FIELDS, SORT_TITLE, TITLE, is_empty
from plex.model import Item
from plex.refusal import Refusal, Refused

REFUSALS: Final = (PlexRejected, PlexFailed)
"""What one field may be to blame for: 400 for one that is not there, 500 for a value. Source: plexopedia.com."""

_TOGETHER: Final = (TITLE, SORT_TITLE)
_OTHERS: Final = sorted(FIELDS, key=_TOGETHER.__contains__)
"""What is tried beside the refused ones; the title last, since a server may build a sort title anew from it."""

_TEXTS: Final = frozenset({"title", "summary", "studio"})

ENOUGH: Final = 3
"""Items in a row of which a field is refused: one may be sick, and a proxy may dislike a word that it shows."""

_YOUNG_S: Final = 1.5
"""A look at an item is at most so old when a part of its edit goes out; see worker.sync.sending."""


class Apart:
    """Sends edits that fit into a request: `attempt` sends one, or raises one of REFUSALS.

    `check` raises where the server itself is not well; `now_s` is the clock of `Item.looked_s`.
    """

    def __init__(
        self,
        attempt: Callable[[Edit], None],
        read: Callable[[Iterable[int]], Mapping[int, Item]],
        check: Callable[[], object],
        now_s: Callable[[], float],
    ) -> None:
        self._attempt = attempt
        self._read = read
        self._check = check
        self._now_s = now_s
        self._keys: tuple[int, ...] = ()
        self._items: Mapping[int, Item] = {}

    def put(self, edit: Edit) -> Refused:
        """Bring `edit` to Plex, but for the fields that Plex refuses.

        Raises:
            PlexRejected: Plex takes nothing, it is not about fields, or several items are not all refused the same.
            PlexFailed: Plex takes nothing at all at present.
            PlexReconnected: somebody changed an item meanwhile; what was not written yet has to be planned anew.
            PlexError: anything else that keeps an answer from coming.
        """
        try:
            self._attempt(edit)
        except REFUSALS as error:
            if isinstance(error, PlexRejected) and not error.is_of_content:
                raise
            refusal = error
        else:
            return {}
        return self._judged(edit, self._looked_into(edit, refusal), refusal)

    def _looked_into(self, edit: Edit, refusal: PlexError) -> dict[str, PlexError]:
        """Return the fields that are refused alone. A server may fail once at anything, so it is asked twice."""
        self._keys = edit.rating_keys
        if isinstance(refusal, PlexRejected):
            self._items = self._read(self._keys)
            return self._alone(edit, refusal)
        self._check()
        self._items = self._read(self._keys)
        try:
            self._send(edit)
        except REFUSALS as error:
            again = error
        else:
            return {}
        return self._alone(edit, again)

    def _send(self, part: Edit) -> None:
        """Send a part of an edit upon a young look: a refusal may have taken its time, and many of them do."""
        for key in part.rating_keys:
            item = self._item(key)
            if key in part.seen and not _is_unchanged(part, part.seen[key], item):
                raise PlexReconnected(f"item {key} was changed while it was written to; it is looked at again first")
        self._attempt(part)

    def _item(self, key: int) -> Item:
        """Return the item as it was a moment ago at most."""
        if self._now_s() - min((item.looked_s for item in self._items.values()), default=0.0) > _YOUNG_S:
            self._items = self._read(self._keys)
        if key not in self._items:
            raise PlexItemGone(f"item {key} was removed or has a new rating key")
        return self._items[key]

    def _alone(self, edit: Edit, error: PlexError) -> dict[str, PlexError]:
        """Write what of the refused `edit` Plex takes, and return why it refuses the other fields."""
        failed: dict[str, PlexError] = {}
        waiting: deque[tuple[Edit, PlexError]] = deque([(edit, error)])
        while waiting:
            piece, why = waiting.popleft()
            names = fields_of(piece)
            if len(names) == 1:
                still = self._refused_again(piece)
                if still:
                    failed[names[0]] = still
                elif names == (TITLE,) and SORT_TITLE in failed:
                    del failed[SORT_TITLE]
                    waiting.append((only(edit, SORT_TITLE), why))
                continue
            for some in _halves(names):
                if some == (SORT_TITLE,) and waiting and fields_of(waiting[-1][0]) == (TITLE,):
                    failed[SORT_TITLE] = waiting[-1][1]  # without its title it is not to be built anew
                    continue
                part = only(piece, *some)
                try:
                    self._send(part)
                except REFUSALS as again:
                    waiting.append((part, again))
        return failed

    def _refused_again(self, part: Edit) -> PlexError | None:
        """Return why `part`, of one field, is refused a second time, or None: a proxy may refuse anything once."""
        try:
            self._send(part)
        except REFUSALS as error:
            self._require_of_all(part, error)
            return error
        return None

    def _require_of_all(self, part: Edit, why: PlexError) -> None:
        """Raise where one of several items is to blame: the first or the last alone takes what all are refused."""
        for key in _ends(part) if len(part.rating_keys) > 1 else ():
            try:
                self._send(replace(part, rating_keys=(key,)))
            except REFUSALS:
                continue
            raise PlexRejected(f"not all of {len(part.rating_keys)} items are refused the same: {why}")

    def _judged(self, edit: Edit, failed: Mapping[str, PlexError], refusal: PlexError) -> Refused:
        """Return for each field whether it is the value or the field that Plex refuses; raise if it takes nothing."""
        ends = _ends(edit)
        takes = {name: any(self._is_taken(unchanging(self._item(key), name)) for key in ends) for name in failed}
        if len(failed) == len(fields_of(edit)) and not any(takes.values()):
            self.require_takes(self._item(edit.rating_keys[0]), failed, refusal)
        return {name: _refusal(error, is_of_field=not takes[name]) for name, error in failed.items()}

    def require_takes(self, item: Item, failed: Collection[str], error: PlexError) -> None:
        """Raise `error`, with which the fields `failed` were refused, unless Plex takes another field of `item`."""
        others = (name for name in _OTHERS if name not in failed and item.item_type in FIELDS[name].types)
        other = next(others, None)
        if other is None or not self._is_taken(unchanging(item, other)):
            raise error

    def _is_taken(self, edit: Edit | None) -> bool:
        try:
            if edit is not None:
                self._attempt(edit)
        except REFUSALS:
            return False
        return True


class RefusalCount:
    """Counts the items in a row of which a field is refused whatever its value; the first taken ends the count."""

    def __init__(self) -> None:
        self._items: dict[str, set[int]] = {}

    def judged(self, edit: Edit, refused: Refused) -> dict[str, Refusal]:
        """Return `refused`, which came of `edit`: as the field's only after ENOUGH items, until then as the item's."""
        verdict = dict(refused)
        if not (refused or self._items):
            return verdict
        for name in fields_of(edit):
            if name not in refused or not refused[name].is_of_field:
                self._items.pop(name, None)
                continue
            items = self._items.setdefault(name, set())
            items |= {edit.rating_keys[0], edit.rating_keys[-1]}
            verdict[name] = replace(refused[name], is_of_field=len(items) >= ENOUGH)
        return verdict


def _ends(edit: Edit) -> tuple[int, ...]:
    """Return the first and the last item, which stand for all."""
    return tuple(dict.fromkeys((edit.rating_keys[0], edit.rating_keys[-1])))


def _halves(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return `names` in two parts; a sort title stays before its title until the two are alone."""
    half = len(names) // 2
    if len(names) > len(_TOGETHER) and names[half - 1 : half + 1] == _TOGETHER:
        half += 1
    return names[:half], names[half:]


def _is_unchanged(part: Edit, seen: Item, now: Item) -> bool:
    return seen.files == now.files and all(seen.values.get(name) == now.values.get(name) for name in fields_of(part))


def unchanging(item: Item, name: str) -> Edit | None:
    """Return an edit of the field `name` that leaves `item` as it is; None where its value is too long for one.

    Of a date or a rating that is empty only the lock is sent, as it is: an emptied date may take the year along. So of
    a list, too: names that are sent again may be doubled.
    """
    value, names = item.values.get(name), frozenset({name})
    is_sent = name in _TEXTS or (name in FIELDS and not FIELDS[name].is_tag and not is_empty(value))
    edit = Edit(
        item.section_key,
        item.item_type,
        (item.rating_key,),
        values={name: value or ""} if is_sent else {},
        lock=names & item.locked,
        unlock=names - item.locked,
    )
    return edit if edit.url_bytes <= MAX_URL_BYTES else None


def _refusal(error: PlexError, *, is_of_field: bool) -> Refusal:
    if isinstance(error, PlexFailed):
        # A server that fails may do better tomorrow: that counts against the value only, which is tried again.
        return Refusal("Plex answers 500 to it, although it takes other changes")
    status = error.status if isinstance(error, PlexRejected) else 0
    whatever = ", whatever its value" if is_of_field else ""
    return Refusal(f"Plex refuses it with {status}{whatever}", is_of_field)
