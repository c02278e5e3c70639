"""Whether posters can be made that the settings want, for Test Connection: by making one."""

from collections.abc import Iterator
from typing import Final

from settings.settings import Settings
from tasks.samples import Step
from worker.sync.posters import makes_pictures
from worker.sync.rendering import SAMPLE, Renderer, RenderError

_NAME: Final = "Posters"
_ADVICE: Final = "Install ffmpeg where Stash runs, or name it in Stash: Settings > System."


def look_at_rendering(renderer: Renderer, settings: Settings) -> Iterator[Step]:
    """Make a poster, if the settings of any library want one made."""
    if not any(map(makes_pictures, settings.variants)):
        return
    try:
        renderer.poster("canvas", SAMPLE)
    except RenderError as error:
        yield Step(_NAME, False, f"covers go to Plex as they are: {error}. {_ADVICE}", _ADVICE)
    else:
        yield Step(_NAME, True, f"{renderer.program()} makes them")
