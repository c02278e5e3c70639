"""How fields that are not plain attributes are read.

Relations, addresses, counts, and how times and numbers look on the wire.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import attrgetter
from time import gmtime, strftime
from typing import Any, NamedTuple

from tests.fakes.stash.library import Library
from tests.fakes.stash.model import Group, Scene, SceneGroup, Studio, Tag, VideoFile

Reader = Callable[..., Any]


class ScenePaths(NamedTuple):
    """Addresses of a scene's pictures and streams.

    `screenshot` changes with every save, because it carries `updated_at`.
    """

    screenshot: str
    preview: str
    stream: str
    webp: str


@lru_cache(maxsize=4096)
def rfc3339(epoch_s: int, utc_offset_s: int = 0) -> str:
    """Write a time as Stash does: in UTC "2026-11-23T00:18:13Z", an hour ahead "2026-11-23T01:18:13+01:00".

    Stash keeps the offset with each row; here it is the server's of this moment.
    """
    local = strftime("%Y-%m-%dT%H:%M:%S", gmtime(epoch_s + utc_offset_s))
    minutes = abs(utc_offset_s) // 60
    return f"{local}{'+-'[utc_offset_s < 0]}{minutes // 60:02}:{minutes % 60:02}" if minutes else f"{local}Z"


def go_number(value: float) -> float | int:
    """Write a number as Go does: 3.0 becomes 3."""
    return int(value) if value == int(value) else value


LEAVES: Mapping[str, Callable[[Any], Any]] = {"ID": str, "Time": rfc3339, "Float": go_number}


class Views:
    """Readers of the computed fields of every type, over one library.

    Args:
        base_url: address of the server, asked for when an address is written, because the port is not known before.
    """

    def __init__(self, library: Library, base_url: Callable[[], str]) -> None:
        self._library = library
        self._base_url = base_url
        self._readers: dict[tuple[str, str], Reader] = {
            ("ConfigResult", "plugins"): lambda result, include=None: result.plugins(include),
            ("Scene", "paths"): self._paths,
            ("Scene", "studio"): lambda scene: library.studios.get(scene.studio_id),
            ("Scene", "performers"): lambda scene: [
                library.performers[performer_id] for performer_id in scene.performer_ids
            ],
            ("Scene", "tags"): lambda scene: [library.tags[tag_id] for tag_id in scene.tag_ids],
            ("SceneGroup", "group"): self._group,
            ("VideoFile", "fingerprint"): _fingerprint,
            ("Performer", "tags"): lambda performer: [library.tags[tag_id] for tag_id in performer.tag_ids],
            ("Performer", "image_path"): self._image_of("performer"),
            ("Studio", "image_path"): self._image_of("studio"),
            ("Tag", "image_path"): self._image_of("tag"),
            ("Group", "front_image_path"): self._image_of("group", "front_image"),
            ("Group", "back_image_path"): self._back_image_path,
            ("Performer", "scene_count"): self._scenes_of(lambda scene, entry: entry.id in scene.performer_ids),
            ("Studio", "parent_studio"): lambda studio: library.studios.get(studio.parent_id),
            ("Studio", "child_studios"): self._child_studios,
            ("Studio", "scene_count"): self._scenes_of(lambda scene, entry: scene.studio_id == entry.id),
            ("Tag", "parents"): lambda tag: [library.tags[parent_id] for parent_id in tag.parent_ids],
            ("Tag", "children"): self._child_tags,
            ("Tag", "scene_count"): self._scenes_of(lambda scene, entry: entry.id in scene.tag_ids),
            ("Group", "scene_count"): self._scenes_of(
                lambda scene, entry: entry.id in [place.group_id for place in scene.groups]
            ),
        }

    def leaf(self, type_name: str) -> Callable[[Any], Any] | None:
        """How a plain value of a type is written; None when it stands there as it is.

        What graphql-core itself has to run always gets times in UTC.
        """
        settings = self._library.settings
        if type_name == "Time":
            return lambda epoch_s: rfc3339(epoch_s, settings.utc_offset_s)
        return LEAVES.get(type_name)

    def reader(self, type_name: str, field_name: str) -> Reader:
        """A function of the source value, and of the field's arguments where it has some."""
        return self._readers.get((type_name, field_name)) or attrgetter(field_name)

    def _paths(self, scene: Scene) -> ScenePaths:
        stem = f"{self._base_url()}/scene/{scene.id}"
        return ScenePaths(
            f"{stem}/screenshot?t={scene.updated_at}", f"{stem}/preview", f"{stem}/stream", f"{stem}/webp"
        )

    def _image_of(self, kind: str, name: str = "image") -> Reader:
        def path(entry: Any) -> str:
            default = "" if getattr(entry, name) else "&default=true"
            return f"{self._base_url()}/{kind}/{entry.id}/{name.replace('_', '')}?t={entry.updated_at}{default}"

        return path

    def _back_image_path(self, group: Group) -> str | None:
        """There is no drawing of a back. Source: internal/api/resolver_model_movie.go in Stash."""
        return f"{self._base_url()}/group/{group.id}/backimage?t={group.updated_at}" if group.back_image else None

    def _group(self, place: SceneGroup) -> Group:
        return self._library.groups[place.group_id]

    def _child_studios(self, studio: Studio) -> list[Studio]:
        return [child for child in self._library.studios.values() if child.parent_id == studio.id]

    def _child_tags(self, tag: Tag) -> list[Tag]:
        return [child for child in self._library.tags.values() if tag.id in child.parent_ids]

    def _scenes_of(self, belongs: Callable[[Scene, Any], bool]) -> Reader:
        def count(entry: Any, depth: int | None = None) -> int:
            # Scenes of deeper levels are not counted.
            return sum(belongs(scene, entry) for scene in self._library.scenes.values())

        return count


def _fingerprint(video: VideoFile, type: str) -> str | None:  # noqa: A002  # the argument's name on the wire
    return next((fingerprint.value for fingerprint in video.fingerprints if fingerprint.type == type), None)
