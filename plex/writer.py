"""The one place that changes items: sends an Edit, and finds out on the way what only trying shows about a server."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from plex.apart import REFUSALS, Apart, RefusalCount
from plex.capabilities import Capabilities, Proof, RatingRoute, TagReading, keys_of, lesson_of, proof_of, telling_field
from plex.connection import Connection
from plex.edit import MAX_URL_BYTES, Edit, TagWrite
from plex.edit_parts import as_delta, fields_of, group_edits, only, split, telling_pieces, without, without_rating
from plex.errors import PlexError, PlexFailed, PlexItemGone, PlexRejected
from plex.fields import SORT_TITLE, TITLE, Value, as_tags, same
from plex.long_way import LongWay
from plex.model import Item
from plex.refusal import KNOWN, Refusal, Refused

_CLEAR: Final = "-1"
_LEAST_URL_BYTES: Final = 1000
"""What refuses even so short an address does not do so for its length."""

ReadItems: TypeAlias = Callable[[Iterable[int]], Mapping[int, Item]]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of these items: done but for the fields that Plex `refused`, or not done because of `error`."""

    rating_keys: tuple[int, ...]
    error: PlexError | None = None
    refused: Refused = field(default_factory=dict)


class Writer:
    """Sends edits over one connection. `capabilities` grows with what is learned; its owner keeps it."""

    def __init__(
        self, connection: Connection, read_items: ReadItems, check: Callable[[], object], capabilities: Capabilities
    ) -> None:
        self.capabilities = capabilities
        self._connection = connection
        self._read_items = read_items
        self._long_way = LongWay(connection, self._unmet)
        self._apart = Apart(self._attempt, read_items, check, connection.now_s)
        self._refusals = RefusalCount()
        self._proven_s = math.nan  # over which connection the server was seen to add
        self._max_bytes = MAX_URL_BYTES

    def apply(self, edit: Edit) -> Refused:
        """Bring one edit to Plex, in one request if it fits and none is refused; return the fields that are not taken.

        An edit that does not fit into a URL is sent in parts; a part that cannot be cut (a long text; a long list for a
        server that is not known to add) goes as one long URL, then as the body of a form, and is read back each time.
        It arrives whole or is refused. An edit that is refused is taken apart, see plex.apart.

        Raise PlexRejected where Plex refused all of it, or it is not about its fields.
        """
        known: dict[str, Refusal] = {}
        if self.capabilities.refused:
            known = {name: KNOWN for name in fields_of(edit) if name in self.capabilities.refused}
        if TITLE in known and SORT_TITLE in edit.values:
            known[SORT_TITLE] = KNOWN
        rest = without(edit, known)
        if rest is None:
            return known
        return known | (self._put_new(rest) if self.capabilities.adds else self._put_all(rest))

    def apply_all(self, edits: Iterable[Edit]) -> Iterator[Applied]:
        """Bring many edits to Plex, equal changes in one request; yield each as it is done or refused.

        A group of which not all items are refused the same is tried again item by item, so that one does not fail for
        another. Every PlexError but PlexRejected and PlexItemGone, which are yielded, is raised; what was yielded is
        done.
        """
        waiting = list(edits)
        first = lesson_of(waiting, self._max_bytes) if self.capabilities.tag_reading is None else None
        if first is not None:
            waiting.remove(first)
            yield self._applied(first, self._learn_from)
        while proof := self._proof(waiting):
            waiting.remove(proof)
            yield self._applied(proof, self.apply)
        by_key = {key: edit for edit in waiting for key in edit.rating_keys}
        for group in group_edits(waiting, self._max_bytes, adds=self.capabilities.adds):
            applied = self._applied(group, self.apply)
            if applied.error is None or len(group.rating_keys) == 1:
                yield applied
                continue
            for single in {id(by_key[key]): by_key[key] for key in group.rating_keys}.values():
                yield self._applied(single, self.apply)

    @staticmethod
    def _applied(edit: Edit, send: Callable[[Edit], Refused]) -> Applied:
        try:
            return Applied(edit.rating_keys, refused=send(edit))
        except (PlexRejected, PlexItemGone) as error:
            return Applied(edit.rating_keys, error)

    def _put_new(self, edit: Edit) -> dict[str, Refusal]:
        """Send `edit` to a server known to add: of lists what is new, once that was seen over this connection."""
        proof = None if self._is_proven else proof_of(edit)
        if proof is None:
            return self._put_all(as_delta(edit))
        self._prove(proof)
        if not self.capabilities.adds:
            return self._put_all(edit)
        return self._put_all(as_delta(proof.rest)) if proof.rest else {}

    def _prove(self, proof: Proof) -> None:
        known = self.capabilities
        self.capabilities = replace(known, tag_reading=None)  # for whatever ends this
        try:
            self._attempt(proof.first)
        except REFUSALS:
            return
        reading = proof.reading(self._read(proof.first.rating_keys[0]))
        self.capabilities = replace(known, tag_reading=reading)
        if self.capabilities.adds:
            self._proven_s = self._connection.renewed_s

    def _proof(self, edits: list[Edit]) -> Edit | None:
        """Return an edit to go alone, as it shows whether the server still adds over this connection."""
        if not self.capabilities.adds or self._is_proven:
            return None
        return next((edit for edit in edits if proof_of(edit)), None)

    @property
    def _is_proven(self) -> bool:
        return self._proven_s == self._connection.renewed_s

    def _put_all(self, edit: Edit) -> dict[str, Refusal]:
        """Send all of `edit`, in as many requests as it needs. What needs several is read back."""
        longest = self._max_bytes  # of now: while the parts go out it may be found to be less
        if edit.url_bytes <= longest:
            return self._put(edit)
        refused: dict[str, Refusal] = {}
        for part in split(edit, longest, adds=self.capabilities.adds):
            if rest := without(part, refused):
                refused |= self._put_all(rest) if rest.url_bytes <= longest else self._put_long(rest)
        shown = without(edit, refused)
        unmet = self._unmet(shown) if shown else ()
        return refused | {name: Refusal("Plex accepted it, but does not show it") for name in unmet}

    def _put(self, edit: Edit) -> dict[str, Refusal]:
        """Send what fits into a URL of usual length. What is too long all the same teaches how long one may be."""
        try:
            refused = self._refusals.judged(edit, self._apart.put(edit))
        except PlexRejected as error:
            if not error.is_of_length or edit.url_bytes <= _LEAST_URL_BYTES:
                raise
            self._max_bytes = max(_LEAST_URL_BYTES, min(self._max_bytes, edit.url_bytes - 1) // 2)
            return self._put_all(edit)
        if of_field := {name for name, refusal in refused.items() if refusal.is_of_field}:
            self.capabilities = replace(self.capabilities, refused=self.capabilities.refused | of_field)
        return refused

    def _attempt(self, edit: Edit) -> None:
        by_rate = "rating" in edit.values and self.capabilities.rating_route is RatingRoute.RATE
        sent = without_rating(edit) if by_rate else edit
        try:
            if sent and sent.pairs:
                self._connection.write("PUT", sent.url)
            if "rating" in edit.values:
                self._settle_rating(edit.rating_keys[0], edit.values["rating"])
        except PlexRejected as error:
            error.args = (f"{error}; the change was of: {', '.join(fields_of(edit))}",)
            raise

    def _settle_rating(self, rating_key: int, rating: Value) -> None:
        """Do what the edit could not do for the rating. Source: plexapi.mixins.rating for the route and for -1."""
        if rating is not None and self.capabilities.rating_route is None:
            route = RatingRoute.EDIT if same(rating, self._read(rating_key).values.get("rating")) else RatingRoute.RATE
            self.capabilities = replace(self.capabilities, rating_route=route)
        if rating is None or self.capabilities.rating_route is RatingRoute.RATE:
            stars = _CLEAR if rating is None else f"{rating:g}"
            self._connection.write(
                "PUT", f"/:/rate?key={rating_key}&identifier=com.plexapp.plugins.library&rating={stars}"
            )

    def _put_long(self, part: Edit) -> dict[str, Refusal]:
        """Send a part of one field that is too long for a usual URL, and that may not be cut as far as is known."""
        if self._comes_long(part):
            return {}
        if part.tags and self.capabilities.tag_reading is None:
            self._learn_from_long(part)
        if part.tags and self.capabilities.adds:
            return self._put_pieces(part)
        why = (
            f"it needs a request of {len(part.query):,} bytes, which Plex or a proxy before it takes in no way: "
            "shorten it in Stash"
        )
        return {name: Refusal(why) for name in (*part.values, *part.tags)}

    def _comes_long(self, part: Edit) -> bool:
        try:
            return self._long_way.take(part)
        except PlexFailed as error:
            self._apart.require_takes(self._read(part.rating_keys[0]), fields_of(part), error)
            return False

    def _learn_from_long(self, part: Edit) -> None:
        """Learn the reading of lists from a long one; the item shows what it did before, unless the server adds."""
        if len(part.rating_keys) > 1:  # each may have other tags already: they go one by one
            raise PlexRejected("a list that needs a long request goes to no several items at once")
        ((name, write),) = part.tags.items()
        pieces = self._learn_from_pieces(part, name)
        if pieces and not self.capabilities.adds:
            new = keys_of(write.added)
            kept = tuple(tag for tag in write.wanted if not keys_of((tag,)) & new)
            shown = as_tags(self._read(part.rating_keys[0]).values.get(name))
            torn = tuple(tag for tag in shown if keys_of((tag,)) & new)  # as Plex spells them, or they would stay
            if torn:
                self._put_all(replace(part, tags={name: TagWrite(kept, torn, ())}))

    def _put_pieces(self, part: Edit) -> dict[str, Refusal]:
        """Send a long list to a server that adds."""
        whole = {
            name: write if write.added is not None else replace(write, added=write.wanted)
            for name, write in part.tags.items()
        }
        refused: dict[str, Refusal] = {}
        for piece in split(replace(part, tags=whole), self._max_bytes, adds=True):
            refused |= self._put(piece)
        return refused

    def _learn_from(self, edit: Edit) -> Refused:
        """Send a part of the change that shows how lists are read, then the whole, which makes it right.

        That costs two or three requests, once for a server. Until then names that an item has already are sent again.
        """
        name = telling_field(edit)
        write, alone = edit.tags[name], only(edit, name)
        if not self._learn_from_pieces(alone, name) and write.removed:
            self._try_out(alone, name, [replace(alone, tags={name: TagWrite(write.wanted)})], keys_of(write.removed))
        return self.apply(edit)

    def _learn_from_pieces(self, part: Edit, name: str) -> list[Edit]:
        """Send two pieces of a list, and look whether the first outlives the second. Return what was sent, if anything.

        Whatever the server does, nothing that came from the user is lost, not even if we are stopped in between.
        """
        pieces = telling_pieces(part, name, self._max_bytes)
        if len(pieces) < 2:  # noqa: PLR2004 - first and second
            return []
        first, second = (keys_of(piece.tags[name].wanted) for piece in pieces)
        self._try_out(part, name, pieces, first - second)
        return pieces

    def _try_out(self, edit: Edit, name: str, lists: list[Edit], if_adds: set[str]) -> None:
        """Send `lists` in turn; a server that adds shows `if_adds` afterwards. A refusal teaches nothing."""
        try:
            for sent in lists:
                self._attempt(sent)
        except REFUSALS:
            return
        shown = keys_of(self._read(edit.rating_keys[0]).values.get(name))
        if shown >= keys_of(lists[-1].tags[name].wanted):
            reading = TagReading.ADDS if shown & if_adds else TagReading.REPLACES
            self.capabilities = replace(self.capabilities, tag_reading=reading)

    def _read(self, rating_key: int) -> Item:
        item = self._read_items([rating_key]).get(rating_key)
        if item is None:
            raise PlexItemGone(f"item {rating_key} was removed or has a new rating key")
        return item

    def _unmet(self, edit: Edit) -> set[str]:
        return {name for key in edit.rating_keys for name in edit.unmet(self._read(key))}
