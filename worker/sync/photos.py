"""The addresses of performers' photos, as Plex is told them: Stash's own, or those at which the worker serves them.

What the worker serves lies on the shelf before Plex is told of it, so no request of a stranger ever reaches Stash.
"""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from plex.artwork import NO_PICTURE, picture_type
from settings.settings import Settings
from stash.model import Named, Scene
from stash.pictures import MAX_PICTURE_BYTES, CoverPicture, moment_of, picture
from worker.sync.photo_shelf import PhotoShelf
from worker.sync.titles import performer_name
from worker.sync.wanted import ACTOR, photos_of

if TYPE_CHECKING:
    from worker.sync.stash_link import StashLink

log = logging.getLogger("stash2plex.worker")

_UNKNOWN: Final = "new"


class Photos:
    """Tells where Plex finds the photos of a scene's performers."""

    def __init__(
        self,
        stash: "StashLink",
        shelf: PhotoShelf,
        why_closed: Callable[[Settings], str],
        clock: Callable[[], float],
        *,
        note_missed: Callable[[], None] = lambda: None,
        keeps: bool = True,
    ) -> None:
        """Make one; without `keeps`, nothing is put on the shelf.

        `why_closed` says why photos cannot be served now, or ""; `note_missed` is called where a scene goes without
        them for that.
        """
        self._stash = stash
        self._shelf = shelf
        self._why_closed = why_closed
        self._clock = clock
        self._note_missed = note_missed
        self._keeps = keeps
        self._has_missed = False
        self._planned = dict[int, str]()
        """By performer, the name of the photo with which scenes were planned last."""

        self._names = dict[tuple[int, int], str]()
        """Of photos that are not on the shelf: those that cannot be sent, and all of a preview's."""

    def of(self, scene: Scene, settings: Settings) -> dict[str, str]:
        """Return performers' names to the addresses of their photos; {} where photos are left alone.

        Asks Stash for each photo that may be new.

        Raises:
            StashError: Stash did not give one.
        """
        found = photos_of(scene, settings)
        if not (found and settings.photo_port) or ACTOR in settings.skip_fields:
            return found
        is_closed = bool(self._why_closed(settings))
        if is_closed and not self._has_missed:
            self._note_missed()
        self._has_missed = is_closed
        if is_closed:
            return {}
        shown_as = [(performer_name(each, settings), each) for each in scene.performers]
        named = [(shown, each.id, self._name(each)) for shown, each in shown_as if shown in found]
        self._planned.update({performer_id: name for _, performer_id, name in named})
        return {shown: f"{settings.photo_base}/{name}" for shown, _, name in named if name}

    def tell(self, addresses: Iterable[str]) -> None:
        """Serve what lies at these addresses, with which scenes were planned: Plex was told them, or is about to be."""
        names = {address.rpartition("/")[2] for address in addresses}
        if names:
            planned = {performer_id: name for performer_id, name in self._planned.items() if name in names}
            self._shelf.tell(planned, self._clock())

    def _name(self, performer: Named) -> str:
        if not performer.image_path:
            return ""
        known = (performer.id, moment_of(performer.image_path))
        if held := self._shelf.find(*known):
            return held
        if known in self._names:
            return self._names[known]
        name = self._fetched(performer, known[1])
        if not (name and self._keeps):
            self._names[known] = name
        return name

    def _fetched(self, performer: Named, moment: int) -> str:
        if not (self._keeps or self._shelf.has(performer.id)):
            return _UNKNOWN
        found = picture(self._stash.client(), performer.image_path, max_bytes=MAX_PICTURE_BYTES)
        if not isinstance(found, CoverPicture) or not picture_type(found.data):
            return self._left_out(performer, getattr(found, "reason", f"it {NO_PICTURE}"))
        if not self._keeps:
            return self._shelf.name_of(found.data)
        try:
            name = self._shelf.keep(performer.id, moment, found.data, self._clock())
        except OSError as error:
            return self._left_out(performer, f"it cannot be written ({error.strerror})")
        return name or self._left_out(performer, "there is no more room for photos in the data folder")

    @staticmethod
    def _left_out(performer: Named, why: str) -> str:
        log.warning("The photo of performer %d is not sent: %s", performer.id, why)
        return ""
