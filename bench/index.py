"""Line 5: the path index: built, kept fresh, asked, opened."""

import os
import random
import tempfile
from pathlib import Path
from typing import Final

from bench.figures import Figure, of_samples
from bench.films import fill_plex
from bench.size import Size
from bench.timing import timed
from plex.client import PlexClient
from plex.index import PathIndex
from plex.listing import PAGE_SIZE
from plex.model import Section
from plex.sections import select_sections
from tests.fakes.plex import PlexProcess

TITLE: Final = "Path index"
LIMIT: Final = (
    "The first build is the download: two thirds of its time is spent on getting and parsing the pages, a third on five indexed"
    " columns a file. A refresh asks for what was added, what was changed, and how many items there are. A look-up is one SELECT."
)

_PATH: Final = "/media/movies/{n:06d}/Movie {n:06d}.mkv"


def measure(size: Size = Size.FULL) -> list[Figure]:
    """Requests, microseconds and bytes."""
    items, lookups = size.of(100_000, 20_000, 50), size.of(5_000, 1_000, 10)
    with PlexProcess() as plex, tempfile.TemporaryDirectory() as folder:
        fill_plex(plex, items - 1, _PATH)
        client = PlexClient.connect(plex.url, plex.token, client_identifier="bench", version="0")
        sections = select_sections(client.sections())
        path = Path(folder, "index.db")
        figures = [
            *_build(plex, client, sections[0], path, items),
            *_refresh(plex, client, sections[0], path),
            *_lookup(path, items, lookups),
        ]
        client.close()
    return figures


def _build(plex: PlexProcess, client: PlexClient, section: Section, path: Path, items: int) -> list[Figure]:
    pages = -(-items // PAGE_SIZE)
    index = PathIndex(path)
    before = plex.counters()["requests"]
    build_s = timed(lambda: index.build(client, [section]))
    requests = plex.counters()["requests"] - before
    index.close()
    read_s = timed(lambda: [client.page(section, start) for start in range(0, items, PAGE_SIZE)])
    return [
        Figure(f"first build of {items:,} items: requests / pages", requests / pages, "times", 1.0),
        Figure("first build", build_s, "s"),
        Figure("first build / merely reading the pages", build_s / read_s, "times"),
    ]


def _refresh(plex: PlexProcess, client: PlexClient, section: Section, path: Path) -> list[Figure]:
    for number in range(100):
        plex.call("add_item", section_key=section.key, files=f"/media/movies/new/{number}.mkv")
    index = PathIndex(path)
    before = plex.counters()["requests"]
    refresh_s = timed(lambda: index.refresh(client, [section]))
    requests = plex.counters()["requests"] - before
    assert index.lookup("/media/movies/new/99.mkv")
    index.close()
    return [
        Figure("refresh with 100 new items: requests", requests, "", 5),
        Figure("refresh", 1000 * refresh_s, "ms"),
    ]


def _lookup(file: Path, items: int, count: int) -> list[Figure]:
    chosen = random.Random(1)
    paths = [_PATH.format(n=chosen.randint(1, items - 1)) for _ in range(count)]
    before = _bytes_read()
    opened_s = timed(lambda: _opened(file, paths[0]))
    read = _bytes_read() - before
    index = PathIndex(file)
    times_us = [1e6 * timed(lambda path=path: index.lookup(path)) for path in paths]  # type: ignore[misc] # bound per turn
    index.close()
    return [
        of_samples("look-up", times_us, "µs", 100),
        Figure("open and first look-up", 1000 * opened_s, "ms"),
        Figure(
            "share of the file that is read for it",
            100 * read / os.path.getsize(file),
            "%",
            5 if items > PAGE_SIZE else None,
        ),
        Figure("file", os.path.getsize(file) / 1e6, "MB"),
    ]


def _opened(path: Path, plex_path: str) -> None:
    index = PathIndex(path)
    assert index.lookup(plex_path)
    index.close()


def _bytes_read() -> int:
    return int(Path("/proc/self/io").read_text().split()[1])
