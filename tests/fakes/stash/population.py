"""Invented libraries of any size: open movies under numbered names, the same for every run."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.stash.library import Library

MOVIES = ("Big Buck Bunny", "Sintel", "Tears of Steel", "Cosmos Laundromat", "Elephants Dream", "Spring")
PEOPLE = tuple(
    f"{first} {last}"
    for first in ("Ada", "Bob", "Cleo", "Dan", "Eve")
    for last in ("Example", "Sample", "Specimen", "Instance")
)
TAGS = ("Animation", "Comedy", "Drama", "Fantasy", "Forest", "Open Movie", "Robots", "Short", "Space", "Sheep")
STUDIOS = ("Blender Studio", "Example Pictures", "Sample Films")


def populate(library: Library, count: int) -> None:
    """Add `count` scenes: each with a file, two performers, three tags, a studio, a date and a rating."""
    performers = library.performer_ids(PEOPLE)
    tags = library.tag_ids(TAGS)
    studios = [library.studio_id(name) for name in STUDIOS]
    start = len(library.scenes)
    for number in range(start + 1, start + count + 1):
        movie = MOVIES[number % len(MOVIES)]
        library.add_scene(
            [f"/data/movies/{number // 1000:03d}/{movie} {number}.mp4"],
            title=f"{movie} {number}",
            details=f"Part {number} of an invented series.",
            date=f"{2006 + number % 18}-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
            rating100=number % 100 + 1,
            studio_id=studios[number % len(studios)],
            performer_ids=library.ordered_performers(_some(performers, number, 2)),
            tag_ids=library.ordered_tags(_some(tags, number, 3)),
        )


def populate_alike(library: Library, count: int, path: str, patterns: Mapping[str, Any]) -> None:
    """Add `count` scenes that differ in their number only.

    Every text, and every name in a list, may hold `{n}`, counted from 1, and its last digit `{d}`.

    `patterns` are fields of `FakeStash.add_scene`, e.g. `{"title": "Movie {n}", "tags": ["Animation", "Part {n}"]}`. So
    a stand-in Plex can be filled with the very same values.
    """
    start = len(library.scenes)
    for number in range(start + 1, start + count + 1):
        filled = {name: _filled(value, number) for name, value in patterns.items()}
        library.add_scene(
            [path.format(n=number)],
            performer_ids=library.performer_ids(filled.pop("performers", ())),
            tag_ids=library.tag_ids(filled.pop("tags", ())),
            studio_id=library.studio_id(filled.pop("studio")) if "studio" in filled else None,
            **filled,
        )


def _filled(value: str | int | Sequence[str], number: int) -> Any:
    if isinstance(value, str):
        return value.format(n=number, d=number % 10)
    return value if isinstance(value, int) else [name.format(n=number, d=number % 10) for name in value]


def _some(ids: tuple[int, ...], number: int, count: int) -> list[int]:
    return [ids[(number + step) % len(ids)] for step in range(count)]
