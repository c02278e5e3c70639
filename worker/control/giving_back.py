"""Gives items back what they showed at an earlier time, each right behind a look at it. Counting is the tally's."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from plex.edit import edit_for
from plex.errors import PlexError, PlexItemGone, PlexRejected
from plex.model import Item
from plex.plan import ItemPlan, KeptReason, named_fields
from worker.control.earlier import Earlier
from worker.control.tally import Tally, Undo, name_of
from worker.sync.identities import is_same_item
from worker.sync.past import shows
from worker.sync.refusals import refusal_of
from worker.sync.sending import Looks

if TYPE_CHECKING:
    from plex.client import PlexClient
    from records import Identity, Original, Written

Chosen: TypeAlias = Mapping[tuple[int, str], str]
"""By rating key and kind ("poster", "background") the key of the chosen picture, "" for none; absent if not known."""

Decide: TypeAlias = Callable[[Sequence[int], Mapping[int, Item], Chosen], Mapping[int, Undo]]
"""Returns what has to be done to items, given their keys, the items as they are, and the pictures that are chosen.

Items that cannot be given back are told to the tally.
"""


class GivingBack:
    """One step of an undo: as many items at a time as can be written upon one look; the rest is looked at again."""

    def __init__(self, client: "PlexClient", tally: Tally, decide: Decide) -> None:
        self._client = client
        self._looks = Looks(client)
        self._tally = tally
        self._decide = decide

    def give_back(self, keys: Sequence[int], with_picture: Collection[tuple[int, str]]) -> None:
        """Give all of `keys` back; `with_picture` says whose chosen picture of which kind is asked for.

        Raises:
            PlexError: what concerns all that were not told to the tally yet.
        """
        waiting = dict.fromkeys(keys)
        while waiting:
            self._client.ready()
            window = list(waiting)[: self._looks.most()]
            for done in self._given_back(window, with_picture):
                for key in done:
                    del waiting[key]

    def _given_back(self, keys: Sequence[int], with_picture: Collection[tuple[int, str]]) -> Iterator[Collection[int]]:
        """Yield the keys of those that were given back, or cannot be."""
        asked_s = self._client.now_s()
        chosen: dict[tuple[int, str], str] = {}
        for key, kind in sorted(with_picture):
            if key in keys:
                chosen |= _chosen(self._client, key, kind)
        unread: dict[int, PlexError] = {}
        items = self._looks.look(keys, unread)
        for key, error in unread.items():
            self._tally.unread(key, error)
        readable = [key for key in keys if key not in unread]
        undos = self._decide(readable, items, chosen)
        yield [key for key in keys if key not in undos]
        looked_s = [item.looked_s for item in items.values()] + ([asked_s] if chosen and len(keys) > 1 else [])
        yield from self._looks.in_time(self._writes(undos), lambda: looked_s)

    def _writes(self, undos: Mapping[int, Undo]) -> Iterator[Collection[int]]:
        """Yield after each write the keys of the items that are settled with it."""
        for key, undo in undos.items():
            if undo.plan.poster or undo.plan.clear:
                try:
                    are_given = self._give_pictures(undo)
                except (PlexRejected, PlexItemGone) as error:
                    self._tally.refused(undo.item, error)
                    yield (key,)
                    continue
                if not are_given:
                    return  # this Plex takes no choice back, as is known now: look again, and do what can be done
                yield from self._edits({key: undo})
        yield from self._edits({key: undo for key, undo in undos.items() if not (undo.plan.poster or undo.plan.clear)})

    def _edits(self, undos: Mapping[int, Undo]) -> Iterator[Collection[int]]:
        for key, undo in undos.items():
            if undo.edit is None:
                self._tally.given_back(undo)
                yield (key,)
        for applied in self._client.apply_all([undo.edit for undo in undos.values() if undo.edit is not None]):
            for key in applied.rating_keys:
                refused = applied.refused
                self._tally.settled(undos[key], applied.error or refusal_of(refused), refused)
            yield applied.rating_keys

    def _give_pictures(self, undo: Undo) -> bool:
        """Choose before the edit, which takes the lock away that choosing may set; return whether Plex knows how."""
        key = undo.item.rating_key
        if undo.plan.poster:
            self._select_poster(key, undo.plan.poster)
        return all(self._client.artwork.clear(kind, key) for kind in sorted(undo.plan.clear))

    def _select_poster(self, rating_key: int, poster: str) -> None:
        """Choose `poster`, or let Plex show its own where it is no longer among those of the item."""
        try:
            self._client.artwork.select("poster", rating_key, poster)
        except (PlexRejected, PlexItemGone):
            is_there = any(picture.key == poster for picture in self._client.artwork.listed("poster", rating_key))
            if is_there or not self._client.artwork.clear("poster", rating_key):
                raise


def undo_of(item: Item, plan: ItemPlan, records: "Iterable[Written]", earlier: Earlier | None = None) -> Undo:
    """Return `plan` with its edit, if there is anything to send, and a line for each thing that is not put back."""
    needs_edit = plan.changes or plan.lock or plan.unlock
    edit = edit_for(item, plan.changes, lock=plan.lock, unlock=plan.unlock) if needs_edit else None
    return Undo(item, plan, tuple(records), edit, tuple(_notes_of(item, plan)), earlier)


def is_upload(chosen: str | None, uploads: Collection[str], earlier: str, *, can_clear: bool) -> bool:
    """Return whether the `chosen` picture is one of our `uploads` (by sha1), or is back and only its lock is ours.

    None: not known. Where a choice can be taken back, no choice is what was there `earlier`, unless that is a
    picture's key.
    """
    if not chosen:
        return can_clear and chosen is not None and "://" not in earlier
    return chosen.endswith(tuple(f"/{sha1}" for sha1 in uploads)) or chosen == earlier


def is_still(original: "Original", item: Item, known: "Identity | None", records: "Iterable[Written]") -> bool:
    """Return whether `item` is the one that was written to: by its files, else by its values."""
    is_same = is_same_item(known, original.files, item)
    return any(shows(item, record) for record in records) if is_same is None else is_same


def _notes_of(item: Item, plan: ItemPlan) -> Iterator[str]:
    named = named_fields(kept.field for kept in plan.kept)
    for kept in plan.kept:
        if kept.field not in named:
            continue
        tags = f" ({', '.join(kept.tags)})" if kept.tags else ""
        stays = "is not put back" if kept.reason is KeptReason.PICTURE else "stays"
        yield f"{name_of(item)}: {kept.field}{tags} {stays}: {kept.reason}"


def _chosen(client: "PlexClient", rating_key: int, kind: str) -> dict[tuple[int, str], str]:
    try:
        return {(rating_key, kind): client.artwork.selected(kind, rating_key)}
    except (PlexItemGone, PlexRejected):
        return {}  # gone, which the look says too, or Plex cannot list them: which one is chosen is not known
