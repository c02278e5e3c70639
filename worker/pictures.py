"""The covers of a scene in Plex: fetched only if they may be new, uploaded only if their bytes are."""

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from plex.artwork import MAX_PICTURE_BYTES, chosen_of, sha1_of
from plex.errors import PlexRejected
from records import FieldChange, Written
from settings.model import Settings
from stash.model import Scene
from stash.pictures import NotModified, Picture, Unusable, cover
from worker.overwriting import POSTER, Overwriting
from worker.planner import ItemWork

if TYPE_CHECKING:
    from plex.answers import Picture as PlexPicture
    from worker.session import Session

log = logging.getLogger("stash2plex.worker")

COVER_FIELD: Final = "cover_image"


@dataclass(frozen=True, slots=True)
class PictureWork:
    """What became of an item's pictures: the record to keep, the locks that the edit must set, and what to tell people.

    `refused` is what could not be brought, for the list of the last syncs, and `problem` is why.
    """

    written: Written
    lock: frozenset[str] = frozenset()
    changes: tuple[FieldChange, ...] = ()
    refused: tuple[FieldChange, ...] = ()
    problem: str = ""

    def refuse(self, kind: str, problem: str) -> "PictureWork":
        """The same, and the picture `kind` stays as it is."""
        refused = (*self.refused, FieldChange(kind, "", problem))
        return replace(self, refused=refused, problem=self.problem or problem)


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a cover goes: "poster" or "background", and the sha1 of what we put there last."""

    kind: str
    sha1: str


class Pictures:
    """Brings covers to items. One instance serves one batch, and reads an item's list of posters or backgrounds once."""

    def __init__(self, session: "Session", settings: Settings) -> None:
        self._session = session
        self._settings = settings
        self._covers: dict[int, Picture | Unusable | None] = {}
        self._listed: dict[tuple[str, int], list[PlexPicture]] = {}

    def may_be_new(self, scene: Scene, sent: Collection[str], work: ItemWork) -> bool:
        """Whether the cover has to be looked at: it was sent, nobody knows what was sent, or it was never looked at for one of its places.

        The address of a cover changes with every save, so an address that is known means that nothing was saved since. A scene
        without a cover is looked at once: when it gets one, that is sent.
        """
        slots = self._slots(work)
        if not slots or not scene.screenshot_path:
            return False
        if COVER_FIELD in sent:
            return True  # whatever the address says: two saves within one second share it
        if work.written.poster_source == scene.screenshot_path:
            return False
        if not sent or not work.written.poster_source:
            return True
        return len({bool(slot.sha1) for slot in slots}) > 1  # the setting background_image was switched on since

    def chosen_poster(self, rating_key: int) -> str:
        """The key of the poster that is chosen now, or ""; before the first upload this is what an undo needs."""
        return self._chosen("poster", rating_key)

    def bring(self, scene: Scene, work: ItemWork, overwriting: Overwriting) -> PictureWork:
        """Upload the scene's cover to the item if its bytes are new; `overwriting` notes which poster was chosen before.

        Raises:
            PlexError, StashError: but for a picture that Plex would not take, or that is of no use, which is told in `problem` and does not
                hold up the rest. It is not looked at again until the scene is saved.
        """
        written = work.written
        picture = self._cover(scene, work)  # NotModified only for an item that holds it
        if picture is None or isinstance(picture, NotModified):
            return PictureWork(replace(written, poster_source=scene.screenshot_path))
        if isinstance(picture, Unusable):
            stays = PictureWork(replace(written, poster_source=scene.screenshot_path))
            return stays.refuse(self._slots(work)[0].kind, f"the cover was not sent: {picture.reason}")
        result = PictureWork(replace(written, poster_source=scene.screenshot_path, poster_etag=picture.etag))
        sha1 = sha1_of(picture.data)
        for slot in self._slots(work):
            if slot.sha1 != sha1 and not self._is_users(slot, work):
                if slot.kind == POSTER:
                    chosen = self._chosen(POSTER, work.item.rating_key)
                    change = overwriting.of_poster(scene.id, work, chosen, sha1)
                    self._session.records.before_edits([], [], changes=[change] if change else [])
                result = self._put(slot, work.item.rating_key, picture, result)
        return result

    def _cover(self, scene: Scene, work: ItemWork) -> Picture | NotModified | Unusable | None:
        """The bytes are fetched at most once a scene, however many items it has. The Etag is only of use if every slot holds that picture already."""
        if scene.id in self._covers:
            return self._covers[scene.id]
        is_whole = all(slot.sha1 for slot in self._slots(work))
        etag = work.written.poster_etag if is_whole else None
        picture = cover(self._session.stash(), scene, etag=etag, max_bytes=MAX_PICTURE_BYTES)
        if not isinstance(picture, NotModified):
            self._covers[scene.id] = picture
        return picture

    def _put(self, slot: _Slot, rating_key: int, picture: Picture, result: PictureWork) -> PictureWork:
        client = self._session.plex()
        is_poster = slot.kind == "poster"
        bring = client.set_poster if is_poster else client.set_background
        try:
            sha1 = bring(rating_key, picture.data, listed=self._listed.pop((slot.kind, rating_key), None)).sha1
        except PlexRejected as error:
            return result.refuse(slot.kind, str(error))
        written = (
            replace(result.written, poster_sha1=sha1) if is_poster else replace(result.written, background_sha1=sha1)
        )
        change = FieldChange(slot.kind, "", "")
        return replace(result, written=written, lock=result.lock | {slot.kind}, changes=(*result.changes, change))

    def _is_users(self, slot: _Slot, work: ItemWork) -> bool:
        """Whether the picture that is chosen in Plex is the user's and is to be kept."""
        if not self._settings.preserve_plex_edits:
            return False
        if not slot.sha1:
            return slot.kind in work.item.locked
        return not self._chosen(slot.kind, work.item.rating_key).endswith(f"/{slot.sha1}")

    def _chosen(self, kind: str, rating_key: int) -> str:
        place = kind, rating_key
        if place not in self._listed:
            client = self._session.plex()
            self._listed[place] = (client.posters if kind == "poster" else client.backgrounds)(rating_key)
        return chosen_of(self._listed[place])

    def _slots(self, work: ItemWork) -> tuple[_Slot, ...]:
        written, off = work.written, self._settings.skip_fields | work.kept
        poster = () if "poster" in off else (_Slot("poster", written.poster_sha1),)
        wants_background = self._settings.background_image and "background" not in off
        return (*poster, *((_Slot("background", written.background_sha1),) if wants_background else ()))
