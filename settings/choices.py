"""What single settings may say, one word each."""

from collections.abc import Sequence
from enum import StrEnum


class TagsTo(StrEnum):
    """Where Stash's tags land in Plex."""

    GENRES = "genres"
    LABELS = "labels"
    NOWHERE = "nowhere"


class PosterFrom(StrEnum):
    """Of what posters are made; of two the first that can be had."""

    COVER = "cover"
    CANVAS = "canvas"
    CROP = "crop"
    GROUP = "group"
    GROUP_OR_CANVAS = "group, canvas"
    GROUP_OR_CROP = "group, crop"


class BackgroundFrom(StrEnum):
    """Of what backgrounds are made; the first two are off and on."""

    NONE = "none"
    COVER = "cover"
    SCREENSHOT = "screenshot"

    @classmethod
    def _missing_(cls, value: object) -> "BackgroundFrom | None":
        """Return what a switch means: facts of versions up to 1.4 hold true and false."""
        return {True: cls.COVER, False: cls.NONE}[value] if isinstance(value, bool) else None


class CodeTo(StrEnum):
    """Where a scene's code lands in Plex: in the place of a title that Stash lacks, or as tagline."""

    NOWHERE = "nowhere"
    TITLE = "title"
    TAGLINE = "tagline"


class StudioFrom(StrEnum):
    """What Plex shows as studio: the studio, the one above it, or "studio (network)"."""

    STUDIO = "studio"
    NETWORK = "network"
    BOTH = "both"


def did_you_mean(word: str, known: Sequence[str], form: str = "{}") -> str:
    """Return a question that names what was probably meant, in this `form`, or ""."""
    import difflib  # here, because settings are read for every look at the page

    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {form.format(close[0])}?" if close else ""
