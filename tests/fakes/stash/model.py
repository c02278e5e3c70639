"""What the stand-in Stash holds: scenes and what hangs on them, as plain values.

Relations are ids, as in Stash's own tables, so that renaming or deleting a performer touches no scene. Times are whole
epoch seconds, because Stash keeps no fractions.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.fakes.stash.disk import Content


class SceneGroup(NamedTuple):
    """A scene's place in a group: `scene_index` is None when the user gave none."""

    group_id: int
    scene_index: int | None = None


class Marker(NamedTuple):
    """A named moment of a scene."""

    id: int
    title: str
    seconds: float


class StashID(NamedTuple):
    """The scene's identity at a stash-box."""

    endpoint: str
    stash_id: str


class Fingerprint(NamedTuple):
    """A hash of a file; only oshash is computed by a default scan."""

    type: str
    value: str


@dataclass(slots=True)
class VideoFile:
    """A file as Stash sees it; `path` may be a Windows path."""

    id: int
    path: str
    mod_time: int
    size: int
    oshash: str
    created_at: int
    updated_at: int
    duration: float = 3
    width: int = 320
    height: int = 180
    video_codec: str = "h264"

    @property
    def basename(self) -> str:
        return re.split(r"[\\/]", self.path)[-1]

    def take(self, content: Content, now: int) -> None:
        """Hold another content from now on: the file was replaced on disk."""
        self.size, self.oshash = content
        self.mod_time = self.updated_at = now

    @property
    def fingerprints(self) -> tuple[Fingerprint, ...]:
        return (Fingerprint("oshash", self.oshash),)


@dataclass(slots=True)
class Scene:
    """One scene; the first file is the primary one. `date` and `rating100` are None when unset, texts are empty."""

    id: int
    created_at: int
    updated_at: int
    title: str = ""
    code: str = ""
    details: str = ""
    director: str = ""
    date: str | None = None
    rating100: int | None = None
    organized: bool = False
    urls: tuple[str, ...] = ()
    studio_id: int | None = None
    performer_ids: tuple[int, ...] = ()
    tag_ids: tuple[int, ...] = ()
    groups: tuple[SceneGroup, ...] = ()
    files: tuple[VideoFile, ...] = ()
    stash_ids: tuple[StashID, ...] = ()
    scene_markers: tuple[Marker, ...] = ()
    cover: bytes | None = None


@dataclass(slots=True, kw_only=True)
class Entity:
    """What performers, studios, tags and groups have in common."""

    id: int
    name: str
    created_at: int
    updated_at: int


@dataclass(slots=True, kw_only=True)
class Performer(Entity):
    """A performer; two may share a name and differ in `disambiguation`."""

    disambiguation: str = ""
    country: str = ""
    alias_list: tuple[str, ...] = ()
    tag_ids: tuple[int, ...] = ()
    details: str = ""
    image: bytes | None = None


@dataclass(slots=True, kw_only=True)
class Studio(Entity):
    """A studio, perhaps below another one."""

    parent_id: int | None = None
    aliases: tuple[str, ...] = ()
    details: str = ""
    image: bytes | None = None


@dataclass(slots=True, kw_only=True)
class Tag(Entity):
    """A tag; tags form a graph through `parent_ids`."""

    description: str = ""
    aliases: tuple[str, ...] = ()
    parent_ids: tuple[int, ...] = ()
    image: bytes | None = None


@dataclass(slots=True, kw_only=True)
class Group(Entity):
    """A group (formerly movie). `aliases` is one text here, unlike everywhere else."""

    aliases: str = ""
    synopsis: str = ""
    front_image: bytes | None = None
    back_image: bytes | None = None


@dataclass(slots=True)
class Settings:
    """What `configuration` answers beside the login: the library's folders and every plugin's stored values."""

    version: str = "v0.30.1"
    status: str = "OK"
    """Of the system: with "NEEDS_MIGRATION" the database is closed."""

    stash_paths: list[str] = field(default_factory=lambda: ["/data"])
    database_path: str = "/root/.stash/stash-go.sqlite"
    plugins_path: str = "/root/.stash/plugins"
    ffmpeg_path: str = ""
    ui: dict[str, object] = field(default_factory=dict)
    """What Stash's interface keeps for itself."""

    utc_offset_s: int = 0
    """Where the server's clock stands: times are written with this offset, "Z" for none."""

    plugins: dict[str, dict[str, object]] = field(default_factory=dict)
    is_plugin_enabled: bool = True
