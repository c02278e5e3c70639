"""The one place that changes items: sends an Edit, and finds out on the way what only trying shows about a server."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from plex.apart import KNOWN, REFUSALS, Apart, Refusal, Refused
from plex.capabilities import Capabilities, RatingRoute, TagReading
from plex.connection import Connection
from plex.edit import MAX_URL_BYTES, Edit, TagWrite, encode
from plex.edit_parts import as_delta, beginning_of, fields_of, group_edits, only, split, telling_pieces, without
from plex.errors import PlexError, PlexFailed, PlexItemGone, PlexRejected
from plex.fields import SORT_TITLE, TITLE, Value, same
from plex.lessons import Proof, keys_of, lesson_of, proof_of, telling_field
from plex.long_way import LongWay
from plex.model import Item
from plex.suspects import Suspects

_CLEAR: Final = "-1"
_LEAST_URL_BYTES: Final = 1000
"""What refuses even so short an address does not do so for its length."""

Cut: TypeAlias = Mapping[str, tuple[str, ...]]
ReadItems: TypeAlias = Callable[[Iterable[int]], Mapping[int, Item]]


@dataclass(frozen=True, slots=True)
class Taken:
    """What Plex took of an edit: all but the fields in `refused`.

    `cut` is what Plex shows of a list that it would not take whole: our field name to the tags that were written.
    """

    cut: Cut = field(default_factory=dict)
    refused: Refused = field(default_factory=dict)

    def __or__(self, other: "Taken") -> "Taken":
        return Taken({**self.cut, **other.cut}, {**self.refused, **other.refused})


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the edits of these items: done as far as Plex has `taken` them, or not at all, because of `error`."""

    rating_keys: tuple[int, ...]
    error: PlexError | None = None
    taken: Taken = Taken()


class Writer:
    """Sends edits over one connection. `capabilities` grows with what is learned; whoever owns the writer keeps it for the next time."""

    def __init__(
        self, connection: Connection, read_items: ReadItems, check: Callable[[], object], capabilities: Capabilities
    ) -> None:
        self.capabilities = capabilities
        self._connection = connection
        self._read_items = read_items
        self._long_way = LongWay(connection, self._unmet)
        self._apart = Apart(self._attempt, read_items, check, connection.now_s)
        self._suspects = Suspects()
        self._proven_s = math.nan  # over which connection the server was seen to add
        self._max_bytes = MAX_URL_BYTES

    def apply(self, edit: Edit) -> Taken:
        """Bring one edit to Plex: one request, if it fits into a URL and Plex refuses nothing of it.

        An edit that does not fit is sent in parts; what cannot be (one long text; a long list for a server that is not known to add) goes
        as one long URL, then as the body of a form, and is read back each time. A text arrives whole or not at all. Of a list that
        Plex takes in no way, as much is written as fits: what Plex has already, then the first ones.
        One that is refused is taken apart, see plex.apart: what Plex refuses, or takes by no way, keeps nothing else from arriving.

        Raises:
            PlexRejected: Plex refused all of it, or it is not about its fields.
            PlexItemGone: the item is no longer there.
            PlexError: anything else that keeps an answer from coming.
        """
        known = {name: KNOWN for name in fields_of(edit) if name in self.capabilities.refused}
        known |= {SORT_TITLE: KNOWN} if TITLE in known and SORT_TITLE in edit.values else {}
        rest = without(edit, known) if known else edit
        taken = Taken(refused=known)
        return (
            taken if rest is None else taken | (self._put_new(rest) if self.capabilities.adds else self._put_all(rest))
        )

    def apply_all(self, edits: Iterable[Edit]) -> Iterator[Applied]:
        """Bring many edits to Plex, equal changes of several items in one request; yields each as it is done or refused.

        A group of which not all items are refused the same is tried again item by item, so that one does not fail for another.

        Raises:
            PlexError: every kind but PlexRejected and PlexItemGone, which are yielded; what was yielded before is done.
        """
        waiting = list(edits)
        first = self._lesson(waiting)
        if first is not None:
            waiting.remove(first)
            yield from self._outcomes(first, lambda: self._learn_from(first))
        while proof := self._proof(waiting):
            waiting.remove(proof)
            yield from self._outcomes(proof, lambda proof=proof: self.apply(proof))  # type: ignore[misc] # bound per turn
        by_key = {key: edit for edit in waiting for key in edit.rating_keys}
        for group in group_edits(waiting, self._max_bytes, adds=self.capabilities.adds):
            if len(group.rating_keys) == 1:
                yield from self._outcomes(group, lambda group=group: self.apply(group))  # type: ignore[misc] # bound per turn
                continue
            try:
                taken = self.apply(group)
            except (PlexRejected, PlexItemGone):
                for single in {id(by_key[key]): by_key[key] for key in group.rating_keys}.values():
                    yield from self._outcomes(single, lambda single=single: self.apply(single))  # type: ignore[misc] # as above
            else:
                yield Applied(group.rating_keys, taken=taken)

    @staticmethod
    def _outcomes(edit: Edit, send: Callable[[], Taken]) -> Iterator[Applied]:
        try:
            taken = send()
        except (PlexRejected, PlexItemGone) as error:
            yield Applied(edit.rating_keys, error)
        else:
            yield Applied(edit.rating_keys, taken=taken)

    def _put_new(self, edit: Edit) -> Taken:
        """All of `edit`, for a server that is known to add: of lists what is new, once that was seen over this connection. Until then the whole lists, as for one of which nothing is known."""
        proof = None if self._is_proven else proof_of(edit)
        if proof is None:
            return self._put_all(as_delta(edit))
        self._prove(proof)
        if not self.capabilities.adds:
            return self._put_all(edit)
        return self._put_all(as_delta(proof.rest)) if proof.rest else Taken()

    def _prove(self, proof: Proof) -> None:
        adds, self.capabilities = (
            self.capabilities,
            replace(self.capabilities, tag_reading=None),
        )  # for whatever ends this
        try:
            self._attempt(proof.first)
        except REFUSALS:
            return
        reading = proof.reading(self._read(proof.first.rating_keys[0]))
        self.capabilities = replace(adds, tag_reading=reading)
        if self.capabilities.adds:
            self._proven_s = self._connection.renewed_s

    def _proof(self, edits: list[Edit]) -> Edit | None:
        """An edit that shows whether what is known of lists still holds, where that was not seen over this connection: it goes alone, before many items do."""
        if not self.capabilities.adds or self._is_proven:
            return None
        return next((edit for edit in edits if proof_of(edit)), None)

    @property
    def _is_proven(self) -> bool:
        return self._proven_s == self._connection.renewed_s

    def _put_all(self, edit: Edit) -> Taken:
        """All of `edit`, in as many requests as it needs. What needs several is read back."""
        longest = self._max_bytes  # of now: while the parts go out it may be found to be less
        if edit.url_bytes <= longest:
            return self._put(edit)
        taken = Taken()
        for part in split(edit, longest, adds=self.capabilities.adds):
            taken |= self._put_all(part) if part.url_bytes <= longest else self._put_long(part)
        cut = {name: replace(edit.tags[name], wanted=tags) for name, tags in taken.cut.items()}
        rest = without(replace(edit, tags={**edit.tags, **cut}), taken.refused)
        unmet = self._unmet(rest) if rest else ()
        return taken | Taken(refused={name: Refusal("Plex accepted it, but does not show it") for name in unmet})

    def _put(self, edit: Edit) -> Taken:
        """An edit that fits into a URL of usual length. What is too long all the same teaches how long one may be."""
        try:
            refused = self._suspects.judged(edit, self._apart.put(edit))
        except PlexRejected as error:
            if not error.is_of_length or edit.url_bytes <= _LEAST_URL_BYTES:
                raise
            self._max_bytes = max(_LEAST_URL_BYTES, min(self._max_bytes, edit.url_bytes - 1) // 2)
            return self._put_all(edit)
        of_field = {name for name, refusal in refused.items() if refusal.is_of_field}
        self.capabilities = replace(self.capabilities, refused=self.capabilities.refused | of_field)
        return Taken(refused=refused)

    def _attempt(self, edit: Edit) -> None:
        in_edit = self.capabilities.rating_route is not RatingRoute.RATE
        try:
            if edit.fields(with_rating=in_edit):
                self._connection.write("PUT", f"{edit.target()}&{encode(edit.fields(with_rating=in_edit))}")
            if "rating" in edit.values:
                self._settle_rating(edit.rating_keys[0], edit.values["rating"])
        except PlexRejected as error:
            error.args = (f"{error}; the change was of: {', '.join(fields_of(edit))}",)
            raise

    def _settle_rating(self, rating_key: int, rating: Value) -> None:
        """What the edit could not do for the rating. Source: plexapi.mixins.rating for the route and for -1."""
        if rating is not None and self.capabilities.rating_route is None:
            route = RatingRoute.EDIT if same(rating, self._read(rating_key).values.get("rating")) else RatingRoute.RATE
            self.capabilities = replace(self.capabilities, rating_route=route)
        if rating is None or self.capabilities.rating_route is RatingRoute.RATE:
            stars = _CLEAR if rating is None else f"{rating:g}"
            self._connection.write(
                "PUT", f"/:/rate?key={rating_key}&identifier=com.plexapp.plugins.library&rating={stars}"
            )

    def _put_long(self, part: Edit) -> Taken:
        """A part of one field that is too long for a URL of usual length and that nobody may cut as things are known so far."""
        if self._comes_long(part):
            return Taken()
        if not part.tags:
            why = f"it needs a request of {len(encode(part.fields())):,} bytes, which Plex or a proxy before it takes in no way: shorten it in Stash"
            return Taken(refused={name: Refusal(why) for name in part.values})
        ((name, write),) = part.tags.items()
        if (
            len(part.rating_keys) > 1 and not self.capabilities.adds
        ):  # each may have other tags already: they go one by one
            raise PlexRejected(f"a list of {len(write.wanted)} names is too long for several items at once")
        is_torn = self.capabilities.tag_reading is None and self._learn_from_pieces(part, name)
        if not self.capabilities.adds:
            return self._put_beginning(part, name, write, is_torn=is_torn)
        every = write if write.added is not None else replace(write, added=write.wanted)
        taken = Taken()
        for piece in split(replace(part, tags={name: every}), self._max_bytes, adds=True):
            taken |= self._put(piece)
        return taken

    def _comes_long(self, part: Edit) -> bool:
        try:
            return self._long_way.take(part)
        except PlexFailed as error:
            self._apart.require_takes(self._read(part.rating_keys[0]), fields_of(part), error)
            return False

    def _put_beginning(self, part: Edit, name: str, write: TagWrite, *, is_torn: bool) -> Taken:
        """Of a list that Plex takes in no way, what fits. Nothing is sent if Plex shows that already."""
        known = write.added is not None
        new = keys_of(write.added or ()) if known else keys_of(write.wanted) - self._shown(part, name)
        beginning = beginning_of(part, write.wanted, new, self._max_bytes)
        taken = Taken({name: beginning})
        if is_torn or keys_of(beginning) & new:
            taken |= self._put(replace(part, tags={name: TagWrite(beginning)}))
        return taken

    def _lesson(self, edits: list[Edit]) -> Edit | None:
        """The edit from which the reading of tag lists can be learned with the least harm, where knowing it would change what is sent.

        That costs two or three requests, once for a server. Until then names that an item has already are sent again.
        """
        return lesson_of(edits, self._max_bytes) if self.capabilities.tag_reading is None else None

    def _learn_from(self, edit: Edit) -> Taken:
        """Send a part of the change that tells, and look what came of it: either way the whole edit, sent then, makes it right."""
        name = telling_field(edit)
        write, alone = edit.tags[name], only(edit, name)
        if not self._learn_from_pieces(alone, name) and write.removed:
            self._try_out(alone, name, [replace(alone, tags={name: TagWrite(write.wanted)})], keys_of(write.removed))
        return self.apply(edit)

    def _learn_from_pieces(self, part: Edit, name: str) -> bool:
        """Whether pieces were sent. Send two pieces of a list and look whether the first outlives the second.

        Whatever the server does, nothing that came from the user is lost, not even if we are stopped in between.
        """
        pieces = telling_pieces(part, name, self._max_bytes)
        if len(pieces) < 2:  # noqa: PLR2004 - first and second
            return False
        first, second = (keys_of(piece.tags[name].wanted) for piece in pieces)
        self._try_out(part, name, pieces, first - second)
        return True

    def _try_out(self, edit: Edit, name: str, lists: list[Edit], if_adds: set[str]) -> None:
        """Send `lists` one after the other; a server that adds shows `if_adds` afterwards. One that refuses them, or shows nothing of the last one, teaches nothing."""
        try:
            for one in lists:
                self._attempt(one)
        except REFUSALS:
            return
        shown = self._shown(edit, name)
        if shown >= keys_of(lists[-1].tags[name].wanted):
            reading = TagReading.ADDS if shown & if_adds else TagReading.REPLACES
            self.capabilities = replace(self.capabilities, tag_reading=reading)

    def _shown(self, edit: Edit, name: str) -> set[str]:
        return keys_of(self._read(edit.rating_keys[0]).values.get(name))

    def _read(self, rating_key: int) -> Item:
        item = self._read_items([rating_key]).get(rating_key)
        if item is None:
            raise PlexItemGone(f"item {rating_key} was removed or has a new rating key")
        return item

    def _unmet(self, edit: Edit) -> set[str]:
        return {name for key in edit.rating_keys for name in edit.unmet(self._read(key))}
