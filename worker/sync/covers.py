"""The covers of a scene in Plex: fetched only if they may be new, uploaded only if their bytes are."""

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from plex.artwork import MAX_PICTURE_BYTES, PictureAction, chosen_of, sha1_of
from plex.errors import PlexRejected
from plex.model import Item
from records import FieldChange, Written
from settings.settings import Settings
from stash.model import Scene
from stash.pictures import CoverPicture, NotModified, Unusable
from stash.pictures import cover as cover_of
from worker.sync.plans import POSTER, ItemWork

if TYPE_CHECKING:
    from plex.answers import ListedPicture
    from plex.client import PlexClient
    from worker.sync.stash_link import StashLink

log = logging.getLogger("stash2plex.worker")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a cover goes: "poster" or "background", and the sha1 of what we put there last."""

    kind: str
    sha1: str


@dataclass(eq=False, slots=True)
class Cover:
    """A cover on its way to one item, and what came of it.

    Attributes:
        written: the record to keep.
        picture: the bytes; None where there is nothing to send, or nothing any more.
        slots: the places where they are new.
        is_users_choice: whether the picture that is chosen in Plex decides if anything is sent.
        listed: by place, the pictures that the item can show.
        listed_s: when the first of these questions was sent, by the clock of the client.
        lock: the places to lock.
        changes: what reached Plex.
        refused: what could not be brought, for the list of the last syncs; `problem` is why.
        has_sent: whether Plex was told anything: a picture that is chosen already needs nothing.
    """

    written: Written
    picture: CoverPicture | None = None
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
        return len(self.picture.data) if self.picture else 0

    def refuse(self, kind: str, problem: str) -> None:
        """Note that the picture `kind` stays as it is, and why."""
        self.refused.append(FieldChange(kind, "", problem))
        self.problem = self.problem or problem


class Pictures:
    """Covers from Stash to Plex, step by step. One instance serves one batch."""

    def __init__(self, stash: "StashLink", plex: "PlexClient") -> None:
        self._stash = stash
        self._plex = plex
        self._pictures: dict[int, CoverPicture | Unusable | None] = {}

    def fetch(self, work: ItemWork) -> Cover:
        """Return the scene's cover, if its bytes are new to the item. Asks Stash only.

        Raises:
            StashError: Stash gave none.
        """
        scene, written = work.scene.scene, work.written
        places = _slots(work)
        picture = self._picture(scene, written, places)  # NotModified only for an item that holds it
        cover = Cover(replace(written, poster_source=scene.screenshot_path))
        if isinstance(picture, CoverPicture):
            sha1 = sha1_of(picture.data)
            cover.written = replace(cover.written, poster_etag=picture.etag)
            cover.picture, cover.slots = picture, tuple([slot for slot in places if slot.sha1 != sha1])
            is_known = any(slot.sha1 for slot in cover.slots)
            cover.is_users_choice = is_known and _keeps_choices(work.settings)
        elif isinstance(picture, Unusable) and written.poster_source != scene.screenshot_path:  # else it was told
            cover.refuse(places[0].kind, f"the cover was not sent: {picture.reason}")
        return cover

    def list_for(self, cover: Cover, rating_key: int) -> None:
        """Ask Plex what the item can show in the places where the cover is new. Raises PlexError."""
        cover.listed_s = self._plex.now_s()
        for slot in cover.slots:
            cover.listed[slot.kind] = self._plex.artwork.listed(slot.kind, rating_key)

    def poster_change(self, cover: Cover, work: ItemWork) -> tuple[str, str] | None:
        """Return the key of the chosen poster and the sha1 of the upload to which it gives way; None where it stays."""
        slot = next((slot for slot in cover.slots if slot.kind == POSTER), None)
        if slot is None or cover.picture is None or self._is_users(slot, cover, work):
            return None
        return chosen_of(cover.listed.get(POSTER, ())), sha1_of(cover.picture.data)

    def send(self, cover: Cover, work: ItemWork) -> Cover:
        """Upload the cover to the item, looked at and listed a moment ago, where what it shows is not the user's own.

        Return what came of it, without the bytes; `cover` stays as it is, in case that it has to be sent again.

        Raises:
            PlexError: but for a picture that Plex would not take, which is noted in the cover.
        """
        sent = replace(cover, picture=None, changes=[], refused=[])
        for slot in cover.slots:
            if cover.picture and not self._is_users(slot, cover, work):
                self._put(slot, work.key, sent, cover.picture.data)
        return sent

    def _picture(
        self, scene: Scene, written: Written, places: tuple[Slot, ...]
    ) -> CoverPicture | NotModified | Unusable | None:
        """Fetch the bytes, at most once a scene. The Etag is only of use if every slot holds that picture already."""
        if scene.id in self._pictures:
            return self._pictures[scene.id]
        etag = written.poster_etag if all(slot.sha1 for slot in places) else None
        picture = cover_of(self._stash.client(), scene, etag=etag, max_bytes=MAX_PICTURE_BYTES)
        if not isinstance(picture, NotModified):
            self._pictures[scene.id] = picture
        return picture

    def _put(self, slot: Slot, rating_key: int, cover: Cover, data: bytes) -> None:
        try:
            brought = self._plex.artwork.set(slot.kind, rating_key, data, listed=cover.listed.get(slot.kind))
        except PlexRejected as error:
            cover.refuse(slot.kind, str(error))
            return
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
        if not _keeps_choices(work.settings):
            return False
        if not slot.sha1:
            return slot.kind in work.item.locked
        return not chosen_of(cover.listed[slot.kind]).endswith(f"/{slot.sha1}")


def may_be_new(work: ItemWork) -> bool:
    """Return whether the cover has to be looked at: its address is new, it may have changed since, or a place lacks it.

    What was sent says nothing: Stash makes covers by itself, at any time. But that changes the scene's time, and with
    it the cover's address: a known one means that nothing was changed since, but for the second of the last look.
    """
    scene, written = work.scene.scene, work.written
    slots = _slots(work)
    if not slots or not scene.screenshot_path:
        return False
    if written.poster_source != scene.screenshot_path or written.is_racy:
        return True
    return len({bool(slot.sha1) for slot in slots}) > 1  # the setting background_image was switched on since


def _keeps_choices(settings: Settings) -> bool:
    return settings.preserve_plex_edits or settings.fills_only


def _slots(work: ItemWork) -> tuple[Slot, ...]:
    written, settings = work.written, work.settings
    places = [Slot(POSTER, written.poster_sha1)]
    if settings.background_image:
        places.append(Slot("background", written.background_sha1))
    off = settings.skip_fields | work.pinned
    return tuple([slot for slot in places if slot.kind not in off and not _is_filled(slot, work.item, settings)])


def _is_filled(slot: Slot, item: Item, settings: Settings) -> bool:
    """Whether another's picture is there, or may be, while nothing that is filled may be overwritten.

    Left out here, and not where the bytes are sent, so that it is looked at again once that has come to its end.
    """
    return settings.fills_only and not slot.sha1 and (slot.kind != POSTER or bool(item.poster_key))
