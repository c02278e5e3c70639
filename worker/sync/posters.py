"""Of what the poster and the background of a scene are made, and how a record names it. Pure.

A recipe is "" (the cover as it is), "group" (the front cover of the group, as it is), or what ffmpeg makes: "canvas-1",
"crop-1", "screenshot-1-<mark of the file>". What was made is named by recipe and sha1 of the source, "canvas-1 3f2a…",
so that neither another ffmpeg nor another save makes it anew.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Final

from plex.artwork import sha1_of
from records import Written
from settings.choices import BackgroundFrom, PosterFrom
from settings.settings import Settings
from stash.model import Scene
from worker.sync.codes import BACKGROUND, POSTER
from worker.sync.plans import ItemWork

AS_IT_IS: Final = ""
GROUP: Final = "group"
SCREENSHOT: Final = "screenshot"
WITHOUT: Final = " without ffmpeg"
"""Behind a recipe that was wanted where nothing could carry it out: it is due as soon as something can."""

VIDEO: Final = "video"
"""The source of a still, whose recipe names the file."""

_WORDS: Final = {
    AS_IT_IS: "the cover as it is",
    GROUP: "from the group",
    PosterFrom.CANVAS: "the cover on a canvas",
    PosterFrom.CROP: "the middle of the cover",
    SCREENSHOT: "a still of the video",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a picture in an item.

    Attributes:
        kind: "poster" or "background".
        sha1: of what we put there last, or "".
        made: how that was made, as the record says.
        recipes: how it is to be made, the best first; the cover as it is comes last by itself.
        data: the picture that is new there.
        new_made: how that was made.
    """

    kind: str
    sha1: str
    made: str
    recipes: tuple[str, ...]
    data: bytes = field(default=b"", repr=False)
    new_made: str = ""

    @property
    def recipe(self) -> str:
        """The recipe by which it goes if nothing stands in the way."""
        return self.recipes[0]

    @property
    def uses_cover(self) -> bool:
        """Whether the scene's cover is what it is made of."""
        return self.recipe != GROUP and not self.is_still

    @property
    def is_still(self) -> bool:
        """Whether it is to be a still of the video."""
        return self.recipe.startswith(SCREENSHOT)

    @property
    def is_news(self) -> bool:
        """Whether it gets a picture that it does not show."""
        return bool(self.data) and sha1_of(self.data) != self.sha1

    @property
    def is_held(self) -> bool:
        """Whether what was put there is of this recipe, so that it changes with its source alone."""
        recipe, _, source = self.made.rpartition(" ")
        return bool(self.sha1) and recipe == self.recipe and (bool(source) or recipe == AS_IT_IS)

    def is_current(self, *, can_render: bool) -> bool:
        """Whether it was looked at under this recipe already."""
        recipe = self.made.rpartition(" ")[0]
        return recipe == self.recipe or (not can_render and recipe == f"{self.recipe}{WITHOUT}")

    def shows(self, source: str) -> bool:
        """Whether it shows this source, by whatever recipe."""
        return bool(self.sha1) and self.made.endswith(f" {source}")

    def is_made_of(self, source: str, *, can_render: bool) -> bool:
        """Whether it shows this source by the recipe; without ffmpeg it stays as it is."""
        return self.shows(source) and self.is_current(can_render=can_render)

    def with_data(self, data: bytes, new_made: str) -> "Slot":
        """Return it with the picture that it gets."""
        return replace(self, data=data, new_made=new_made)

    def without_data(self, recipe: str) -> "Slot":
        """Return it as looked at in vain by `recipe`."""
        return replace(self, new_made=made(recipe, ""))

    def unknown(self) -> "Slot":
        """Return it as one of which nobody knows what it shows: whatever was sent last, it gets its picture."""
        return replace(self, sha1="", made="")

    def as_it_was(self) -> "Slot":
        """Return it as one that shows what it should."""
        return replace(self, new_made=self.made)


def slots_of(work: ItemWork) -> list[Slot]:
    """Return the places for pictures that the settings want, whatever they hold."""
    scene, written, settings = work.scene.scene, work.written, work.settings
    slots = [Slot(POSTER, written.poster_sha1, written.poster_made, poster_recipes(scene, settings))]
    if settings.background_image is not BackgroundFrom.NONE:
        recipes = background_recipes(scene, settings)
        slots.append(Slot(BACKGROUND, written.background_sha1, written.background_made, recipes))
    return slots


def poster_recipes(scene: Scene, settings: Settings) -> tuple[str, ...]:
    """Return the recipes for the poster, the best that the scene has something for first."""
    if settings.poster_from == PosterFrom.COVER:
        return (AS_IT_IS,)
    wanted = [_versioned(each, settings) for each in settings.poster_from.split(", ")]
    return tuple([each for each in wanted if each != GROUP or scene.group_cover_path]) or (AS_IT_IS,)


def background_recipes(scene: Scene, settings: Settings) -> tuple[str, ...]:
    """Return the recipe for the background; a still needs a video that has a middle."""
    if settings.background_image is not BackgroundFrom.SCREENSHOT or not (scene.files and scene.duration_s):
        return (AS_IT_IS,)
    return (f"{_versioned(SCREENSHOT, settings)}-{_mark_of_file(scene)}",)


def source_of(work: ItemWork) -> str:
    """Return the addresses of the pictures that are asked of Stash: while they stay, nothing was changed there."""
    scene, settings = work.scene.scene, work.settings
    paths = [scene.group_cover_path] if GROUP in poster_recipes(scene, settings) else []
    return " ".join((*paths, scene.screenshot_path))


def made(recipe: str, source: str) -> str:
    """Return how a record names what was made; without `source` it is still to be made."""
    return recipe and f"{recipe} {source}"


def cover_sha1s(written: Written) -> frozenset[str]:
    """Return the covers that the item shows because of this record, by sha1; "" where one was looked for in vain.

    Empty where no picture is made of the scene's cover.
    """
    slots = ((written.poster_sha1, written.poster_made), (written.background_sha1, written.background_made))
    return frozenset(
        made.rpartition(" ")[2] if made else sha1
        for sha1, made in slots
        if not made.startswith((f"{GROUP} ", f"{SCREENSHOT}-"))
    )


def makes_pictures(settings: Settings) -> bool:
    """Whether ffmpeg is needed for what the settings want."""
    is_poster = any(word in settings.poster_from for word in (PosterFrom.CANVAS, PosterFrom.CROP))
    return is_poster or settings.background_image is BackgroundFrom.SCREENSHOT


def is_rendered(recipe: str) -> bool:
    """Whether ffmpeg is needed."""
    return recipe not in {AS_IT_IS, GROUP}


def in_words(recipe: str) -> str:
    """Return what it is for people, e.g. "the cover on a canvas"."""
    return _WORDS[recipe.partition("-")[0]]


def _versioned(word: str, settings: Settings) -> str:
    return word if word == GROUP else f"{word}-{settings.picture_recipe}"


def _mark_of_file(scene: Scene) -> str:
    """Return a name for the content of the first file: by its checksums, else by path and size."""
    path = scene.files[0]
    known = sorted(scene.prints.get(path, ())) or [path, str(scene.sizes.get(path, 0))]
    text = " ".join(known).encode("utf-8", "surrogatepass")
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()[:16]
