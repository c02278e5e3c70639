"""What the handlers share: the state and options they work on, and the look-ups that answer 404."""

from dataclasses import dataclass

from tests.fakes.plex.listing import Listings
from tests.fakes.plex.message import Refusal, Request
from tests.fakes.plex.model import PICTURES, Item, Section
from tests.fakes.plex.options import Options
from tests.fakes.plex.state import State


@dataclass(slots=True)
class Site:
    """What a handler works with; `ids` are the numbers in the path: of "/library/metadata/7/posters" ("7",)."""

    state: State
    options: Options
    listings: Listings

    def section(self, ids: tuple[str, ...]) -> Section:
        """The section that the path names. Raises: Refusal with 404."""
        section = self.state.sections.get(int(ids[0])) if ids[0].isdecimal() else None
        if section is None:
            raise Refusal(404, f"no section {ids[0]}")
        return section

    def items(self, keys: str) -> list[Item]:
        """The items of a comma list; unknown ones are just absent. Raises: Refusal with 404 if none is there."""
        found = [
            self.state.items[int(key)] for key in keys.split(",") if key.isdecimal() and int(key) in self.state.items
        ]
        if not found:
            raise Refusal(404, f"no item {keys}")
        return found


def picture_list(request: Request) -> str:
    """Which pictures the path means: "posters", "arts" or "themes"."""
    names = {"poster": "posters", "thumb": "posters", "art": "arts", "theme": "themes"}
    return next(
        name for name in (names.get(segment, segment) for segment in request.path.split("/")) if name in PICTURES
    )
