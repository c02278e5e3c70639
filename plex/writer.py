"""The one place that changes items: sends an Edit, and finds out on the way what only trying shows about a server."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from plex.connection import Connection
from plex.edit import MAX_URL_BYTES, Edit, TagWrite, encode
from plex.edit_parts import beginning_of, group_edits, only, split, telling_pieces
from plex.errors import PlexError, PlexItemGone, PlexRejected
from plex.fields import Value, same, tag_key
from plex.habits import Habits, RatingRoute, TagReading
from plex.long_way import LongWay
from plex.model import Item

_CLEAR: Final = "-1"
_WORTH_LEARNING: Final = 2
"""Grouping must at least halve the requests before one edit is spent on finding out whether it is allowed."""

Cut = Mapping[str, tuple[str, ...]]
ReadItems = Callable[[Iterable[int]], Mapping[int, Item]]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the edits of these items: done, or refused with `error`.

    `cut` is what Plex shows of a list that it would not take whole: our field name to the tags that were written.
    """

    rating_keys: tuple[int, ...]
    error: PlexError | None = None
    cut: Cut = field(default_factory=dict)


class Writer:
    """Sends edits over one connection. `habits` grows with what is learned; whoever owns the writer keeps it for the next time."""

    def __init__(self, connection: Connection, read_items: ReadItems, habits: Habits) -> None:
        self.habits = habits
        self._connection = connection
        self._read_items = read_items
        self._long_way = LongWay(connection, self._unmet)

    def apply(self, edit: Edit) -> Cut:
        """Bring one edit to Plex: one request, if it fits into a URL.

        An edit that does not fit is sent in parts; what cannot be (one long text; a long list for a server that is not known to add) goes
        as the body of a form, then as one long URL, and is read back each time. A text arrives whole or not at all. Of a list that
        Plex takes in no way, as much is written as fits: what Plex has already, then the first ones. That is returned.

        Raises:
            PlexRejected: Plex took it by none of these ways, or refused it.
            PlexItemGone: the item is no longer there.
            PlexError: anything else that keeps an answer from coming.
        """
        if edit.url_bytes <= MAX_URL_BYTES:
            self._put(edit)
            return {}
        cut: dict[str, tuple[str, ...]] = {}
        for part in split(edit, adds=self.habits.adds):
            if part.url_bytes <= MAX_URL_BYTES:
                self._put(part)
            else:
                cut |= self._put_long(part)
        shown = {name: replace(edit.tags[name], wanted=tags) for name, tags in cut.items()}
        self._require(replace(edit, tags={**edit.tags, **shown}))
        return cut

    def apply_all(self, edits: Iterable[Edit]) -> Iterator[Applied]:
        """Bring many edits to Plex, equal changes of several items in one request; yields each as it is done or refused.

        A refused group is tried again item by item, so that one item does not fail for another.

        Raises:
            PlexError: every kind but PlexRejected and PlexItemGone, which are yielded; what was yielded before is done.
        """
        waiting = list(edits)
        first = self._worth_learning(waiting)
        if first is not None:
            waiting.remove(first)
            yield from self._outcomes(first, lambda: self._learn_from(first))
        by_key = {key: edit for edit in waiting for key in edit.rating_keys}
        for group in group_edits(waiting, adds=self.habits.adds):
            if len(group.rating_keys) == 1:
                yield from self._outcomes(group, lambda group=group: self.apply(group))  # type: ignore[misc] # bound per turn
                continue
            try:
                self.apply(group)
            except (PlexRejected, PlexItemGone):
                for single in {id(by_key[key]): by_key[key] for key in group.rating_keys}.values():
                    yield from self._outcomes(single, lambda single=single: self.apply(single))  # type: ignore[misc] # as above
            else:
                yield Applied(group.rating_keys)

    @staticmethod
    def _outcomes(edit: Edit, send: Callable[[], Cut]) -> Iterator[Applied]:
        try:
            cut = send()
        except (PlexRejected, PlexItemGone) as error:
            yield Applied(edit.rating_keys, error)
        else:
            yield Applied(edit.rating_keys, cut=cut)

    def _put(self, edit: Edit) -> None:
        in_edit = self.habits.rating_route is not RatingRoute.RATE
        try:
            if edit.fields(with_rating=in_edit):
                self._send(edit.target(), encode(edit.fields(with_rating=in_edit)))
            if "rating" in edit.values:
                self._settle_rating(edit.rating_keys[0], edit.values["rating"])
        except PlexRejected as error:
            error.args = (f"{error}; the change was of: {_names(edit) or 'locks'}",)
            raise

    def _send(self, target: str, fields: str) -> None:
        self._connection.write("PUT", f"{target}&{fields}")

    def _settle_rating(self, rating_key: int, rating: Value) -> None:
        """What the edit could not do for the rating. Source: plexapi.mixins.rating for the route and for -1."""
        if rating is not None and self.habits.rating_route is None:
            route = RatingRoute.EDIT if same(rating, self._read(rating_key).values.get("rating")) else RatingRoute.RATE
            self.habits = replace(self.habits, rating_route=route)
        if rating is None or self.habits.rating_route is RatingRoute.RATE:
            stars = _CLEAR if rating is None else f"{rating:g}"
            self._connection.write(
                "PUT", f"/:/rate?key={rating_key}&identifier=com.plexapp.plugins.library&rating={stars}"
            )

    def _put_long(self, part: Edit) -> Cut:
        """A part of one field that is too long for a URL and that nobody may cut as things are known so far."""
        if self._long_way.take(part):
            return {}
        if not part.tags:
            raise PlexRejected(
                f"{_names(part)} of item {part.rating_keys[0]} needs a request of {len(encode(part.fields()))} bytes, and Plex took it in no way; shorten it in Stash"
            )
        ((name, write),) = part.tags.items()
        if len(part.rating_keys) > 1 and not self.habits.adds:  # each may have other tags already: they go one by one
            raise PlexRejected(f"a list of {len(write.wanted)} names is too long for several items at once")
        is_torn = self.habits.tag_reading is None and self._learn_from_pieces(part, name, write)
        if not self.habits.adds:
            return {name: self._put_beginning(part, name, write, is_torn=is_torn)}
        every = write if write.added is not None else replace(write, added=write.wanted)  # if not in its order
        for piece in split(replace(part, tags={name: every}), adds=True):
            self._put(piece)
        return {}

    def _put_beginning(self, part: Edit, name: str, write: TagWrite, *, is_torn: bool) -> tuple[str, ...]:
        """Of a list that Plex takes in no way, what fits. Nothing is sent if Plex shows that already."""
        known = write.added is not None
        new = _keys(write.added or ()) if known else _keys(write.wanted) - self._shown(part, name)
        beginning = beginning_of(part, write.wanted, new)
        if is_torn or _keys(beginning) & new:
            self._put(replace(part, tags={name: TagWrite(beginning)}))
        return beginning

    def _worth_learning(self, edits: list[Edit]) -> Edit | None:
        """An edit from which the reading of tag lists can be learned without harm, if knowing it would save most of the requests."""
        if self.habits.tag_reading is not None or len(edits) <= _WORTH_LEARNING:
            return None
        if len(group_edits(edits, adds=True)) * _WORTH_LEARNING > len(group_edits(edits)):
            return None
        return next((edit for edit in edits if edit.url_bytes <= MAX_URL_BYTES and _telling_field(edit)), None)

    def _learn_from(self, edit: Edit) -> Cut:
        """Send the whole list without the removals, and look whether they went: either way the rest of the edit makes it right."""
        name = _telling_field(edit)
        write = edit.tags[name]
        self._put(replace(only(edit, name), tags={name: TagWrite(write.wanted)}))
        stayed = self._shown(edit, name) & _keys(write.removed)
        self.habits = replace(self.habits, tag_reading=TagReading.ADDS if stayed else TagReading.REPLACES)
        return self.apply(edit)

    def _learn_from_pieces(self, part: Edit, name: str, write: TagWrite) -> bool:
        """Whether pieces were sent. Send two pieces of a long list and look whether the first outlives the second.

        Whatever the server does, nothing that came from the user is lost, not even if we are stopped in between.
        """
        if write.added is None:
            return False
        pieces = telling_pieces(part, name, write.wanted, _keys(write.added))
        if len(pieces) < 2:  # noqa: PLR2004 - first and second
            return False
        for piece in pieces:
            self._put(piece)
        first, second = (_keys(piece.tags[name].wanted) for piece in pieces)
        outlived = self._shown(part, name) & (first - second)
        self.habits = replace(self.habits, tag_reading=TagReading.ADDS if outlived else TagReading.REPLACES)
        return True

    def _shown(self, edit: Edit, name: str) -> set[str]:
        return _keys(self._read(edit.rating_keys[0]).values.get(name))

    def _read(self, rating_key: int) -> Item:
        item = self._read_items([rating_key]).get(rating_key)
        if item is None:
            raise PlexItemGone(f"item {rating_key} was removed or has a new rating key")
        return item

    def _unmet(self, edit: Edit) -> set[str]:
        return {name for key in edit.rating_keys for name in edit.unmet(self._read(key))}

    def _require(self, edit: Edit) -> None:
        unmet = self._unmet(edit)
        if unmet:
            raise PlexRejected(
                f"Plex accepted an edit of item {edit.rating_keys[0]} but does not show it in: {', '.join(sorted(unmet))}"
            )


def _names(edit: Edit) -> str:
    return ", ".join([*edit.values, *edit.tags])


def _keys(tags: Value) -> set[str]:
    return {tag_key(tag) for tag in tags} if isinstance(tags, tuple) else set()


def _telling_field(edit: Edit) -> str:
    """A tag field with something to keep and something to remove: only there a whole list tells the two readings apart."""
    return next((name for name, write in edit.tags.items() if write.wanted and write.removed), "")
