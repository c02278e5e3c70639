"""The pictures that an item gets: read from Stash only if they may be new, made by ffmpeg only if they are."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from plex.artwork import MAX_PICTURE_BYTES, NO_PICTURE, picture_type, sha1_of
from stash.pictures import CoverPicture, FrontCovers, NotModified, Unusable, picture
from worker.sync.posters import AS_IT_IS, GROUP, VIDEO, WITHOUT, Slot, is_rendered, made, source_of
from worker.sync.rendering import NoRendererError, Renderer, RenderError

if TYPE_CHECKING:
    from stash.model import Scene
    from worker.sync.plans import ItemWork
    from worker.sync.stash_link import StashLink

log = logging.getLogger("stash2plex.worker")


@dataclass(eq=False, slots=True)
class Workshop:
    """What makes pictures, for as long as the worker lives."""

    renderer: Renderer
    front_covers: FrontCovers = field(default_factory=FrontCovers)
    has_warned: bool = False

    def warn(self, why: NoRendererError) -> None:
        """Say once that nothing is made, and why."""
        if not self.has_warned:
            self.has_warned = True
            log.warning("No posters are made, covers go to Plex as they are: %s; see Test Connection", why)


@dataclass(eq=False, slots=True)
class Filled:
    """What the places of one item get.

    Attributes:
        slots: each with `data` where a picture is there, and with how it was made.
        etag: of the scene's cover, where it was read; else None.
        notes: what people should know: the place, and a sentence.
    """

    slots: list[Slot] = field(default_factory=list)
    etag: str | None = None
    notes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A place that shows the cover: made by `recipe`, and named by `name`, the recipe that was to be carried out."""

    slot: Slot
    recipe: str
    name: str


class PictureMaker:
    """Makes the pictures of one batch."""

    def __init__(self, stash: "StashLink", workshop: Workshop) -> None:
        self._stash = stash
        self._workshop = workshop
        self._covers: dict[str, CoverPicture | Unusable | None] = {}
        self._posters: dict[tuple[str, str], bytes] = {}

    @cached_property
    def can_render(self) -> bool:
        """Whether there is an ffmpeg."""
        return bool(self._workshop.renderer.program())

    def fill(self, work: "ItemWork", slots: Sequence[Slot]) -> Filled:
        """Return what these places of the item get. Raise StashError where Stash gave nothing."""
        filled, wanted = Filled(), []
        for slot in slots:
            if slot.is_still:
                found = self._still(slot, work.scene.scene, filled)
            else:
                found = self._front_cover(slot, work.scene.scene, filled)
            if isinstance(found, Slot):
                filled.slots.append(found)
            else:
                wanted.append(found)
        if wanted:
            self._fill_by_cover(wanted, work, filled)
        return filled

    def _front_cover(self, slot: Slot, scene: "Scene", filled: Filled) -> Slot | _Wanted:
        if slot.recipe != GROUP:
            return _Wanted(slot, slot.recipe, slot.recipe)
        front = self._workshop.front_covers.get(self._stash.client(), scene.group_cover_path)
        if isinstance(front, CoverPicture) and picture_type(front.data):
            return slot.with_data(front.data, made(GROUP, sha1_of(front.data)))
        if front is not None:
            why = front.reason if isinstance(front, Unusable) else f"it {NO_PICTURE}"
            filled.notes.append((slot.kind, f"the group's front cover was not sent: {why}"))
        return _Wanted(slot, (*slot.recipes, AS_IT_IS)[1], GROUP)

    def _still(self, slot: Slot, scene: "Scene", filled: Filled) -> Slot | _Wanted:
        name = made(slot.recipe, VIDEO)
        if slot.is_held and slot.made == name:
            return slot.as_it_was()
        try:
            return slot.with_data(self._workshop.renderer.still(scene.files[0], scene.duration_s / 2), name)
        except RenderError as error:
            stays = slot.shows(VIDEO) and not error.is_final
            without = self._name_without(slot, error, filled, stays=stays)
            return slot.with_data(b"", made(without, VIDEO)) if stays else _Wanted(slot, AS_IT_IS, without)

    def _fill_by_cover(self, wanted: Sequence[_Wanted], work: "ItemWork", filled: Filled) -> None:
        is_etag_of_use = all(each.slot.uses_cover and each.slot.is_held for each in wanted)
        cover = self._cover(work, work.written.poster_etag if is_etag_of_use else "")
        if isinstance(cover, CoverPicture):
            filled.etag = cover.etag
            filled.slots += [self._made_of(each, cover.data, filled) for each in wanted]
            return
        if isinstance(cover, Unusable) and work.written.poster_source != source_of(work):  # else it was told
            filled.notes.append((wanted[0].slot.kind, f"the cover was not sent: {cover.reason}"))
        is_same = isinstance(cover, NotModified)
        filled.slots += [each.slot.as_it_was() if is_same else each.slot.without_data(each.name) for each in wanted]

    def _cover(self, work: "ItemWork", etag: str) -> CoverPicture | NotModified | Unusable | None:
        """Read the scene's cover, at most once a scene. An Etag is only of use if every place shows that cover."""
        path = work.scene.scene.screenshot_path
        if path in self._covers:
            return self._covers[path]
        cover = picture(self._stash.client(), path, etag=etag or None, max_bytes=MAX_PICTURE_BYTES)
        if not isinstance(cover, NotModified):
            self._covers[path] = cover
        return cover

    def _made_of(self, wanted: _Wanted, data: bytes, filled: Filled) -> Slot:
        slot, source = wanted.slot, sha1_of(data)
        if slot.is_made_of(source, can_render=self.can_render):
            return slot.as_it_was()
        if not is_rendered(wanted.recipe):
            return slot.with_data(data, made(wanted.name, source))
        try:
            poster = self._poster(wanted.recipe, data, source)
        except RenderError as error:
            stays = slot.shows(source) and not error.is_final  # also by another recipe: that is better than none
            name = made(self._name_without(slot, error, filled, stays=stays), source)
            return slot.with_data(b"" if stays else data, name)
        return slot.with_data(poster, made(wanted.name, source))

    def _poster(self, recipe: str, data: bytes, source: str) -> bytes:
        """Make the poster, at most once for all items of a scene."""
        place = (recipe, source)
        if place not in self._posters:
            self._posters[place] = self._workshop.renderer.poster(recipe, data)
        return self._posters[place]

    def _name_without(self, slot: Slot, error: RenderError, filled: Filled, *, stays: bool = False) -> str:
        """Note why the cover goes as it is, or stays; return the name under which it is due again, or is not."""
        if isinstance(error, NoRendererError):
            self._workshop.warn(error)
        else:
            what = "stays as it was" if stays else "is the cover as it is"
            filled.notes.append((slot.kind, f"the {slot.kind} {what}: {error}"))
        return slot.recipe if error.is_final else f"{slot.recipe}{WITHOUT}"
