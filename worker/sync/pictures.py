"""The covers of a scene in Plex: fetched only if they may be new, uploaded only if their bytes are."""

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from plex.artwork import MAX_PICTURE_BYTES, PictureAction, chosen_of, sha1_of
from plex.errors import PlexRejected
from plex.model import Item
from records import FieldChange, Written
from settings.model import Settings
from stash.model import Scene
from stash.pictures import CoverPicture, NotModified, Unusable, cover
from worker.sync.planner import ItemWork

if TYPE_CHECKING:
    from plex.answers import ListedPicture
    from worker.sync.session import Session

log = logging.getLogger("stash2plex.worker")


@dataclass(frozen=True, slots=True)
class PictureWork:
    """What became of an item's pictures: the record to keep, the locks that the edit must set, and what to tell people.

    `refused` is what could not be brought, for the list of the last syncs, and `problem` is why. `has_sent` is whether Plex was told anything: a picture
    that is chosen already needs nothing.
    """

    written: Written
    lock: frozenset[str] = frozenset()
    changes: tuple[FieldChange, ...] = ()
    refused: tuple[FieldChange, ...] = ()
    problem: str = ""
    has_sent: bool = False

    def refuse(self, kind: str, problem: str) -> "PictureWork":
        """The same, and the picture `kind` stays as it is."""
        refused = (*self.refused, FieldChange(kind, "", problem))
        return replace(self, refused=refused, problem=self.problem or problem)


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a cover goes: "poster" or "background", and the sha1 of what we put there last."""

    kind: str
    sha1: str


@dataclass(frozen=True, slots=True)
class PosterChange:
    """The poster that is chosen, by its key, gives way to the upload with this sha1."""

    before: str
    sha1: str


@dataclass
class Cover:
    """A cover on its way to one item.

    Attributes:
        so_far: what stands when nothing is sent.
        picture: the bytes; None where there is nothing to send.
        slots: the places where they are new.
        is_users_choice: whether the picture that is chosen in Plex decides if anything is sent.
        listed: by place, the pictures that the item can show.
        listed_s: when the first of these questions was sent, by the clock of the client.
    """

    so_far: PictureWork
    picture: CoverPicture | None = None
    slots: tuple[_Slot, ...] = ()
    is_users_choice: bool = False
    listed: "dict[str, list[ListedPicture]]" = field(default_factory=dict)
    listed_s: float = 0.0

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.picture.data) if self.picture else 0


class Pictures:
    """Covers from Stash to Plex, step by step. One instance serves one batch."""

    def __init__(self, session: "Session", settings: Settings) -> None:
        self._session = session
        self._settings = settings
        self._covers: dict[int, CoverPicture | Unusable | None] = {}

    def may_be_new(self, scene: Scene, work: ItemWork) -> bool:
        """Whether the cover has to be looked at: the scene was changed since the last look, or may have been, or one of its places was never looked at.

        What was sent says nothing: Stash makes covers by itself, at any time. But that changes the scene's `updated_at`, and with it the cover's
        address: one that is known means that nothing was changed since, but for the second in which it was looked at. A renamed tag changes no address.
        """
        slots, written = self._slots(work.written, work.kept), work.written
        if not slots or not scene.screenshot_path:
            return False
        if written.poster_source != scene.screenshot_path or written.is_racy:
            return True
        return len({bool(slot.sha1) for slot in slots}) > 1  # the setting background_image was switched on since

    def fetch(self, scene: Scene, work: ItemWork, written: Written) -> Cover:
        """The scene's cover, if its bytes are new to the item of which `written` is recorded. Asks Stash only.

        A picture that is of no use is told in `problem` and does not hold up the rest.

        Raises:
            StashError: Stash gave none.
        """
        places = self._slots(written, work.kept)
        picture = self._cover(scene, written, places)  # NotModified only for an item that holds it
        stays = PictureWork(replace(written, poster_source=scene.screenshot_path))
        if picture is None or isinstance(picture, NotModified):
            return Cover(stays)
        if isinstance(picture, Unusable):
            if written.poster_source == scene.screenshot_path:
                return Cover(stays)  # it was told
            return Cover(stays.refuse(places[0].kind, f"the cover was not sent: {picture.reason}"))
        sha1 = sha1_of(picture.data)
        known = replace(stays, written=replace(stays.written, poster_etag=picture.etag))
        slots = tuple(slot for slot in places if slot.sha1 != sha1)
        is_choice = self._settings.preserve_plex_edits and any(slot.sha1 for slot in slots)
        return Cover(known, picture, slots, is_choice)

    def list_for(self, cover: Cover, rating_key: int) -> None:
        """Ask Plex what the item can show in the places where the cover is new. Raises PlexError."""
        client = self._session.plex()
        cover.listed_s = client.now_s()
        for slot in cover.slots:
            cover.listed[slot.kind] = client.artwork.listed(slot.kind, rating_key)

    def poster_change(self, cover: Cover, item: Item) -> PosterChange | None:
        """What `send` would do to the item's poster: what an undo needs."""
        slot = next((slot for slot in cover.slots if slot.kind == "poster"), None)
        if slot is None or cover.picture is None or self._is_users(slot, cover, item):
            return None
        return PosterChange(chosen_of(cover.listed.get("poster", ())), sha1_of(cover.picture.data))

    def send(self, cover: Cover, item: Item) -> PictureWork:
        """Upload the cover to the item, which was looked at and listed a moment ago, where what it shows is not the user's own.

        Raises:
            PlexError: but for a picture that Plex would not take, which is told in `problem`.
        """
        result = cover.so_far
        for slot in cover.slots:
            if not self._is_users(slot, cover, item):
                result = self._put(slot, item.rating_key, cover, result)
        return result

    def _cover(
        self, scene: Scene, written: Written, places: "tuple[_Slot, ...]"
    ) -> CoverPicture | NotModified | Unusable | None:
        """The bytes are fetched at most once a scene, however many items it has. The Etag is only of use if every slot holds that picture already."""
        if scene.id in self._covers:
            return self._covers[scene.id]
        is_whole = all(slot.sha1 for slot in places)
        etag = written.poster_etag if is_whole else None
        picture = cover(self._session.stash(), scene, etag=etag, max_bytes=MAX_PICTURE_BYTES)
        if not isinstance(picture, NotModified):
            self._covers[scene.id] = picture
        return picture

    def _put(self, slot: _Slot, rating_key: int, cover: Cover, result: PictureWork) -> PictureWork:
        is_poster = slot.kind == "poster"
        artwork = self._session.plex().artwork
        data = cover.picture.data if cover.picture else b""
        try:
            brought = artwork.set(slot.kind, rating_key, data, listed=cover.listed.get(slot.kind))
        except PlexRejected as error:
            return result.refuse(slot.kind, str(error))
        sha1, known = brought.sha1, result.written
        written = replace(known, poster_sha1=sha1) if is_poster else replace(known, background_sha1=sha1)
        change = FieldChange(slot.kind, "", "")
        return replace(
            result,
            written=written,
            lock=result.lock | {slot.kind},
            changes=(*result.changes, change),
            has_sent=result.has_sent or brought.action is not PictureAction.NOTHING,
        )

    def _is_users(self, slot: _Slot, cover: Cover, item: Item) -> bool:
        """Whether the picture that is chosen in Plex is the user's and is to be kept."""
        if not self._settings.preserve_plex_edits:
            return False
        if not slot.sha1:
            return slot.kind in item.locked
        return not chosen_of(cover.listed[slot.kind]).endswith(f"/{slot.sha1}")

    def _slots(self, written: Written, kept: frozenset[str]) -> tuple[_Slot, ...]:
        off = self._settings.skip_fields | kept
        poster = () if "poster" in off else (_Slot("poster", written.poster_sha1),)
        wants_background = self._settings.background_image and "background" not in off
        return (*poster, *((_Slot("background", written.background_sha1),) if wants_background else ()))
