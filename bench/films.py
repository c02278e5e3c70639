"""The films of a benchmark: what Stash has of film {n}, what Plex shows after the sync, and what is recorded.

{d} is the last digit of n.
"""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from records import Records, Relations, Written
from records.values import FieldValue
from stash.client import StashClient
from stash.model import Outline
from stash.scenes import outlines_page
from tests.fakes.plex import PlexProcess
from worker.facts import RECORDS_NAME

_DAY_S: Final = 86_400
STASH_PATH: Final = "/data/films/{n:06d}/Film {n:06d}.mkv"
PLEX_PATH: Final = "/media/films/{n:06d}/Film {n:06d}.mkv"

TAGS: Final = ("Animation", "Open Movie", "Series {d}")
PERFORMERS: Final = ("Ada Example", "Bob Sample")
_TITLE: Final = "The film {n}"
_DETAILS: Final = "Part {n} of an invented series, with a plot that takes about as many words as plots do."
_DATE: Final = "2008-04-10"
_STUDIO: Final = "Example Pictures"

SHOWN: Final[Mapping[str, Any]] = {
    "title": _TITLE,
    "summary": _DETAILS,
    "originallyAvailableAt": _DATE,
    "year": "2008",
    "userRating": "8",
    "studio": _STUDIO,
    "tags": {"actor": PERFORMERS, "genre": TAGS},
}
"""What the stand-in Plex is filled with."""

_ALIKE: Final[Mapping[str, FieldValue]] = {"studio": _STUDIO, "date": _DATE, "rating": 8.0, "actor": PERFORMERS}


def fill_plex(plex: PlexProcess, count: int, path: str, **shown: Any) -> range:
    """Add `count` films of a week ago and one of yesterday: the worker asks for items that are newer than that.

    Returns the rating keys of the old ones.
    """
    now = time.time()
    known = {"section_key": plex.section_key, "path_pattern": path, "added_at": now - 7 * _DAY_S}
    keys = plex.call("populate", count=count, **known, **shown)
    plex.call("add_item", section_key=plex.section_key, files="/media/newest.mkv", added_at=now - _DAY_S)
    return range(*keys)


def film() -> dict[str, Any]:
    """What the stand-in Stash is filled with."""
    return {
        "title": _TITLE,
        "details": _DETAILS,
        "date": _DATE,
        "rating100": 80,
        "studio": _STUDIO,
        "performers": PERFORMERS,
        "tags": TAGS,
    }


def remember(data_dir: str, connection: Mapping[str, Any], rating_keys: range, section_key: int) -> None:
    """Leave the records that a sync of all films would have left: film n is scene n, and the n-th of `rating_keys`.

    Syncing 100,000 films first would take minutes. That the records are the true ones shows in the first sync: it must
    write nothing.
    """
    with StashClient.connect(connection) as stash, Records(Path(data_dir, RECORDS_NAME)) as records:
        after: int | None = 0
        while after is not None:
            page = outlines_page(stash, after, 1000)
            after = page.next_after
            written = list(_written(page.outlines, rating_keys, section_key))
            with records.transaction():
                records.written.record_many(written)
                records.relations.record_many({outline.id: _relations(outline) for outline in page.outlines})


def _written(outlines: tuple[Outline, ...], rating_keys: range, section_key: int) -> Iterator[Written]:
    for outline in outlines:
        numbers = {"n": outline.id, "d": outline.id % 10}
        values: dict[str, FieldValue] = {
            "title": _TITLE.format_map(numbers),
            "summary": _DETAILS.format_map(numbers),
            "genre": tuple(tag.format_map(numbers) for tag in TAGS),
            **_ALIKE,
        }
        yield Written(
            outline.id,
            rating_keys[outline.id - 1],
            section_key,
            values,
            poster_source=f"/scene/{outline.id}/screenshot?t={int(outline.updated_at)}",
            synced_at=time.time(),
            scene_updated_at=outline.updated_at,
            read_at=outline.updated_at + 60,
        )


def _relations(outline: Outline) -> Relations:
    return Relations(outline.performers, outline.studios, outline.tags, outline.groups)
