"""The pictures of an item on their way: fetched only if they may be new, uploaded only if their bytes are."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from plex.artwork import PictureAction, chosen_of, sha1_of
from plex.errors import PlexRejected
from plex.model import Item
from records import FieldChange, Written
from settings.settings import Settings
from worker.sync.codes import POSTER
from worker.sync.picture_making import PictureMaker
from worker.sync.plans import ItemWork
from worker.sync.posters import Slot, made, slots_of, source_of

if TYPE_CHECKING:
    from plex.answers import ListedPicture
    from plex.client import PlexClient


@dataclass(eq=False, slots=True)
class Cover:
    """The pictures on their way to one item, and what came of them.

    Attributes:
        written: the record to keep.
        slots: the places that get new ones; none where there is nothing to send, or nothing any more.
        is_users_choice: whether the picture that is chosen in Plex decides if anything is sent.
        listed: by place, the pictures that the item can show.
        listed_s: when the first of these questions was sent, by the clock of the client.
        lock: the places to lock.
        changes: what reached Plex.
        refused: what could not be brought, for the list of the last syncs; `problem` is why.
        has_sent: whether Plex was told anything: a picture that is chosen already needs nothing.
    """

    written: Written
    slots: tuple[Slot, ...] = ()
    is_users_choice: bool = False
    listed: "dict[str, list[ListedPicture]]" = field(default_factory=dict)
    listed_s: float = 0.0
    lock: frozenset[str] = frozenset()
    changes: list[FieldChange] = field(default_factory=list)
    refused: list[FieldChange] = field(default_factory=list)
    problem: str = ""
    has_sent: bool = False

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(len(slot.data) for slot in self.slots)

    def note(self, kind: str, made: str) -> None:
        """Put into the record how the picture `kind` was made."""
        if kind == POSTER:
            self.written = replace(self.written, poster_made=made)
        else:
            self.written = replace(self.written, background_made=made)

    def refuse(self, kind: str, problem: str) -> None:
        """Note that the picture `kind` is not the one that was wanted, and why."""
        self.refused.append(FieldChange(kind, "", problem))
        self.problem = self.problem or problem


class Pictures:
    """Pictures from Stash to Plex, step by step. One instance serves one batch."""

    def __init__(self, maker: PictureMaker, plex: "PlexClient") -> None:
        self._maker = maker
        self._plex = plex

    def may_be_new(self, work: ItemWork) -> bool:
        """Return whether the pictures have to be looked at."""
        return may_be_new(work, can_render=self._maker.can_render)

    def fetch(self, work: ItemWork) -> Cover:
        """Return the scene's pictures, where their bytes are new to the item. Asks Stash only.

        Raises:
            StashError: Stash gave none.
        """
        filled = self._maker.fill(work, _slots(work))
        cover = Cover(work.written)
        if not work.is_partial:  # else the other picture is still to be looked at
            cover.written = replace(cover.written, poster_source=source_of(work))
            if filled.etag is not None:
                cover.written = replace(cover.written, poster_etag=filled.etag)
        for slot in filled.slots:
            # What is still to be brought is remembered as looked at, and not as made.
            recipe = slot.new_made.rpartition(" ")[0]
            cover.note(slot.kind, made(recipe, "") if slot.is_news else slot.new_made)
        cover.slots = tuple([slot for slot in filled.slots if slot.is_news])
        cover.is_users_choice = any(slot.sha1 for slot in cover.slots) and _keeps_choices(work)
        for kind, problem in filled.notes:
            cover.refuse(kind, problem)
        return cover

    def list_for(self, cover: Cover, rating_key: int) -> None:
        """Ask Plex what the item can show in the places where the cover is new. Raises PlexError."""
        cover.listed_s = self._plex.now_s()
        for slot in cover.slots:
            cover.listed[slot.kind] = self._plex.artwork.listed(slot.kind, rating_key)

    def poster_change(self, cover: Cover, work: ItemWork) -> tuple[str, str] | None:
        """Return the key of the chosen poster and the sha1 of the upload to which it gives way; None where it stays."""
        slot = next((slot for slot in cover.slots if slot.kind == POSTER), None)
        if slot is None or self._is_users(slot, cover, work):
            return None
        return chosen_of(cover.listed.get(POSTER, ())), sha1_of(slot.data)

    def send(self, cover: Cover, work: ItemWork) -> Cover:
        """Upload the cover to the item, looked at and listed a moment ago, where what it shows is not the user's own.

        Return what came of it, without the bytes; `cover` stays as it is, in case that it has to be sent again.

        Raises:
            PlexError: but for a picture that Plex would not take, which is noted in the cover.
        """
        sent = replace(cover, slots=(), changes=[], refused=[*cover.refused])
        for slot in cover.slots:
            if not self._is_users(slot, cover, work):
                self._put(slot, work.key, sent)
        return sent

    def _put(self, slot: Slot, rating_key: int, cover: Cover) -> None:
        try:
            brought = self._plex.artwork.set(slot.kind, rating_key, slot.data, listed=cover.listed.get(slot.kind))
        except PlexRejected as error:
            cover.refuse(slot.kind, str(error))
            return
        cover.note(slot.kind, slot.new_made)
        if slot.kind == POSTER:
            cover.written = replace(cover.written, poster_sha1=brought.sha1)
        else:
            cover.written = replace(cover.written, background_sha1=brought.sha1)
        cover.lock |= {slot.kind}
        cover.changes.append(FieldChange(slot.kind, "", ""))
        cover.has_sent = cover.has_sent or brought.action is not PictureAction.NOTHING

    @staticmethod
    def _is_users(slot: Slot, cover: Cover, work: ItemWork) -> bool:
        """Whether the picture that is chosen in Plex is the user's and is to be kept."""
        if slot.kind in work.scene.taken or not _keeps_choices(work):
            return False
        if not slot.sha1:
            return slot.kind in work.item.locked
        return not chosen_of(cover.listed[slot.kind]).endswith(f"/{slot.sha1}")


def may_be_new(work: ItemWork, *, can_render: bool) -> bool:
    """Return whether the pictures have to be looked at.

    That is where their addresses are new, they may have changed since, they are to be made otherwise, or one is absent.

    What was sent says nothing: Stash makes covers by itself, at any time. But that changes the scene's time, and with
    it the cover's address: a known one means that nothing was changed since, but for the second of the last look.
    """
    slots = _slots(work)
    if not slots or not work.scene.scene.screenshot_path:
        return False
    if work.is_partial:
        return True
    if work.written.poster_source != source_of(work) or work.written.is_racy:
        return True
    if not all(slot.is_current(can_render=can_render) for slot in slots):
        return True
    return len({bool(slot.sha1) for slot in slots}) > 1  # a background is wanted since


def _keeps_choices(work: ItemWork) -> bool:
    return work.settings.preserve_plex_edits or work.settings.fills_only


def _slots(work: ItemWork) -> tuple[Slot, ...]:
    off, taken = work.settings.skip_fields | work.pinned, work.scene.taken
    places = (slot for slot in slots_of(work) if slot.kind not in off and work.may_write(slot.kind))
    return tuple(
        [
            slot.unknown() if slot.kind in taken else slot
            for slot in places
            if slot.kind in taken or not _is_filled(slot, work.item, work.settings)
        ]
    )


def _is_filled(slot: Slot, item: Item, settings: Settings) -> bool:
    """Whether another's picture is there, or may be, while nothing that is filled may be overwritten.

    Left out here, and not where the bytes are sent, so that it is looked at again once that has come to its end.
    """
    return settings.fills_only and not slot.sha1 and (slot.kind != POSTER or bool(item.poster_key))
