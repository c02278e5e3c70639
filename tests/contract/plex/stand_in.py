"""The stand-in as a server with a scratch library, in both readings."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.clock import Clock
from tests.contract.beliefs import STRICT
from tests.contract.disk import FILM
from tests.fakes.plex import FakePlex, Options

LIBRARY: Final = "Contract scratch"
FOLDER: Final = "/media/scratch"

_FILMS: Final = ("Big Buck Bunny", "Sintel", "Tears of Steel", "Cosmos Laundromat")


def options(reading: str) -> Options:
    """What a reading switches on."""
    if reading == STRICT:
        return Options(
            version="1.43.1.10611-1e34174b1",
            unknown_id_in_edit="404",
            empty_collections="stay",
            collection_names="stay",
            collection_edits="own",
        )
    return Options(
        lists_need_pages=False,
        most_per_page=100_000,
        date_filters="any",
        unknown_filters="ignore",
        upload_locks=False,
        sort_title="follows",
        tag_lists="replace",
        passes_over_unknown=True,
        capital_labels=False,
        exact_removals=False,
        reads_forms=True,
        rating_in_edit=False,
        scan_rereads=True,
        copies_photos=True,
        url_limit=65_536,
    )


@contextmanager
def stand_in(reading: str, clock: Clock) -> Iterator[FakePlex]:
    """Four films with pictures of their agent in a scratch library, and a library that nobody may touch."""
    with FakePlex(options(reading), clock=clock) as plex:
        plex.state.add_section("Films", locations=["/media/films"])
        plex.state.add_item(1, "/media/films/Spring.mkv")
        section = plex.state.add_section(LIBRARY, locations=[FOLDER]).key
        for number, title in enumerate(_FILMS):
            plex.state.add_item(
                section,
                f"{FOLDER}/{title}.mkv",
                added_at=clock.now - 1000 + number,
                tags={"genre": ["Short"], "actor": [("Ada Example", "herself"), ("Bob Sample", "")]},
                originallyAvailableAt="2010-09-27",
                year=2010,
                summary=title,
                poster=title.encode(),
                background=title.encode(),
            )
        yield plex


class StandInDisk:
    """The stand-in's files."""

    def __init__(self, plex: FakePlex) -> None:
        self._state = plex.state
        self._section = max(plex.state.sections)

    def folder(self) -> str:
        """As Plex calls it."""
        return f"{FOLDER}/Stash2Plex Contract"

    def put(self, name: str, extra_bytes: int = 0) -> str:
        """Write a film."""
        path = f"{self.folder()}/{name}"
        self._state.put_on_disk(self._section, path, size=len(FILM) + extra_bytes)
        return path

    def move(self, name: str, new_name: str) -> str:
        """Rename a file."""
        path = f"{self.folder()}/{new_name}"
        self._state.move_file(f"{self.folder()}/{name}", path)
        return path

    def clear(self) -> None:
        """Delete what was written."""
        for key, item in tuple(self._state.members(self._section).items()):
            if item.media and item.media[0][0].startswith(self.folder()):
                self._state.remove_item(key)
