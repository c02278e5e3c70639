"""What a person looks through: scenes by words, and files spread over the whole library. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stash.client import StashClient
from stash.model import Scene
from stash.parse import files_of, scene_of
from stash.queries import FOUND, SCENE_FILES, scene_files_on_pages

SLICES: Final = 10
"""A sample comes from so many places of the library: its first files alone may all lie in one folder."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of scenes, and how many there are on all pages."""

    scenes: tuple[Scene, ...]
    total: int


@dataclass(frozen=True, slots=True)
class FileSample:
    """Files of some scenes (scene id, paths with their bytes) out of `total` scenes."""

    files: tuple[tuple[int, Mapping[str, int]], ...]
    total: int


def find_scenes(client: StashClient, words: str, *, page: int = 1, per_page: int = 25) -> Found:
    """The scenes that Stash's own search finds for `words`, the newest first; all of them for "". Pages count from 1.

    Raises:
        StashUnreachable, StashUnauthorized, StashRejected: nothing was read.
    """
    window = {"q": words, "page": page, "per_page": per_page, "sort": "created_at", "direction": "DESC"}
    answer = client.query(FOUND, {"f": window}).get("findScenes") or {}
    return Found(tuple(scene_of(raw) for raw in answer.get("scenes") or []), int(answer.get("count") or 0))


def sample_files(client: StashClient, count: int) -> FileSample:
    """The files of up to `count` scenes: all where there are no more, else from SLICES places spread over the library. Two questions.

    Raises: as find_scenes.
    """
    first = client.query(SCENE_FILES, {"f": {"page": 1, "per_page": count, "sort": "id", "direction": "ASC"}})
    total = int((first.get("findScenes") or {}).get("count") or 0)
    if total <= count:
        return FileSample(_files(first), total)
    per_page = max(1, count // SLICES)
    pages = total // per_page
    spread = client.query(scene_files_on_pages([1 + pages * slot // SLICES for slot in range(SLICES)], per_page))
    return FileSample(_files(spread), total)


def _files(answer: Mapping[str, Any]) -> tuple[tuple[int, Mapping[str, int]], ...]:
    found: dict[int, Mapping[str, int]] = {}
    for page in answer.values():
        for scene in (page or {}).get("scenes") or []:
            found[int(scene["id"])] = files_of(scene.get("files"))
    return tuple(found.items())
