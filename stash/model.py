"""A scene as Stash tells it, reduced to what reaches Plex. Field names are Stash's in snake_case."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Named:
    """A performer, studio, tag or group: id and name; a performer also has `image_path`."""

    id: int
    name: str
    image_path: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene. Empty strings and None mean empty in Stash.

    Attributes:
        date: "YYYY-MM-DD", also "YYYY-MM" or "YYYY" as newer Stash allows, or "".
        rating100: 1 to 100, or None.
        files: paths as Stash sees them, the primary file first.
        sizes: their bytes, where Stash says so.
        screenshot_path: path and query of the cover on Stash, e.g. "/scene/1/screenshot?t=1795393517"; changes with every save.
        updated_at, created_at: epoch seconds. A scan makes a new `created_at`, a full import keeps it.
        prints: paths to their checksums with their kind, e.g. {"oshash:7d3c5f1a"}.
        read_at: when Stash was asked for all this, by its own clock; 0 where it does not tell.
    """

    id: int
    title: str = ""
    details: str = ""
    director: str = ""
    date: str = ""
    rating100: int | None = None
    organized: bool = False
    studio: Named | None = None
    performers: tuple[Named, ...] = ()
    tags: tuple[Named, ...] = ()
    groups: tuple[Named, ...] = ()
    files: tuple[str, ...] = ()
    screenshot_path: str = ""
    updated_at: float = 0.0
    sizes: Mapping[str, int] = field(default_factory=dict)
    created_at: float = 0.0
    prints: Mapping[str, frozenset[str]] = field(default_factory=dict)
    read_at: float = field(default=0.0, compare=False)

    @property
    def sized_files(self) -> dict[str, int]:
        """`files` in their order, with their bytes; 0 where Stash does not say."""
        return {path: self.sizes.get(path, 0) for path in self.files}
