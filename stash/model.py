"""A scene as Stash has it, in snake_case, and its JSON: read strictly for ids, tolerantly where all else is odd."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from stash.errors import StashRejected

_DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_MAX_RATING: Final = 100
_LONGEST_ID: Final = 18  # SQLite's ids have 63 bits
_LONGEST_S: Final = 1e6
_CHECKSUMS: Final = frozenset({"oshash", "md5"})


@dataclass(frozen=True, slots=True)
class Named:
    """A performer, studio, tag or group: id and name.

    Attributes:
        image_path: of a performer, its picture.
        disambiguation: of a performer, what tells it from others of that name.
        index: of a group, the scene's place in it, where it has one.
        tags: of a performer, its own tags, where they were asked for.
        words: of a tag, by what else people may name it, as matching.tag_tree has it, where that was asked for.
    """

    id: int
    name: str
    image_path: str = ""
    disambiguation: str = field(default="", repr=False)
    index: int | None = field(default=None, repr=False)
    tags: tuple["Named", ...] = field(default=(), repr=False)
    words: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Outline:
    """A scene's time, its files with their bytes (0 if unknown), and the ids of what it belongs to."""

    id: int
    updated_at: float = 0.0
    files: Mapping[str, int] = field(default_factory=dict)
    performers: tuple[int, ...] = ()
    studios: tuple[int, ...] = ()
    tags: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()


@dataclass(frozen=True)
class Scene:
    """One scene. Empty strings and None mean empty in Stash.

    Attributes:
        network: the studio above its studio.
        date: "YYYY-MM-DD", also "YYYY-MM" or "YYYY" as newer Stash allows, or "".
        rating100: 1 to 100, or None.
        files, sizes: paths as Stash sees them, the primary file first, and their bytes where Stash says so.
        screenshot_path: path and query of the cover, e.g. "/scene/1/screenshot?t=1795393517"; new with every save.
        group_cover_path: the same of the front cover of the first of its groups that has one, or "".
        duration_s: of the primary file; 0 where Stash does not say.
        updated_at, created_at: epoch seconds. A scan makes a new `created_at`, a full import keeps it.
        prints: paths to their checksums with their kind, e.g. {"oshash:7d3c5f1a"}.
        has_stashid, has_url: whether Stash knows it by one from a stash-box, or by any address.
        read_at: when Stash was asked for all this, by its own clock; 0 where it does not tell.
    """

    id: int
    title: str = ""
    code: str = ""
    details: str = ""
    director: str = ""
    date: str = ""
    rating100: int | None = None
    organized: bool = False
    studio: Named | None = None
    network: Named | None = None
    performers: tuple[Named, ...] = ()
    tags: tuple[Named, ...] = ()
    groups: tuple[Named, ...] = ()
    files: tuple[str, ...] = ()
    screenshot_path: str = ""
    updated_at: float = 0.0
    sizes: Mapping[str, int] = field(default_factory=dict)
    created_at: float = 0.0
    prints: Mapping[str, frozenset[str]] = field(default_factory=dict)
    has_stashid: bool = False
    has_url: bool = False
    group_cover_path: str = ""
    duration_s: float = 0.0
    read_at: float = field(default=0.0, compare=False)

    @cached_property
    def mark(self) -> str:
        """A short digest of all that could reach Plex, but for pictures.

        And for what is no part of the scene: where its tags stand, and the tags of its performers.
        """
        people = (self.studio, self.performers, self.tags, self.groups)
        contents = (self.title, self.details, self.director, self.date, self.rating100, self.organized, people)
        # What came in later stands behind, and only where there is any: other marks stay what they were.
        later = [*([self.network] if self.network else []), *[each for each in self._later() if each[1]]]
        text = repr((contents, self.sized_files, *later)).encode("utf-8", "surrogatepass")
        return hashlib.sha1(text, usedforsecurity=False).hexdigest()[:16]

    def _later(self) -> tuple[tuple[str, object], ...]:
        """What else came in later, by names."""
        known_as = {each.id: each.disambiguation for each in self.performers if each.disambiguation}
        places = {each.id: each.index for each in self.groups if each.index is not None}
        return ("code", self.code), ("disambiguation", known_as), ("index", places)

    @cached_property
    def sized_files(self) -> dict[str, int]:
        """`files` in their order, with their bytes; 0 where Stash does not say."""
        return {path: self.sizes.get(path, 0) for path in self.files}


def scene_of(raw: Mapping[str, Any], read_at: float = 0.0) -> Scene:
    """Read one scene with the fields of stash.scenes.SCENE_FIELDS; raise StashRejected where it has no id."""
    scene_id = id_of(raw)
    files = files_of(raw.get("files"))
    groups = [{**place, **dict_of(place.get("group"))} for place in dicts_of(raw.get("groups"))]
    title, code, details, director, date = _texts(raw, "title", "code", "details", "director", "date")
    return Scene(
        id=scene_id,
        title=title,
        code=code,
        details=details,
        director=director,
        date=date if _DATE.fullmatch(date) else "",
        rating100=_rating(raw.get("rating100")),
        organized=raw.get("organized") is True,
        studio=next(iter(named_of([raw.get("studio")])), None),
        network=next(iter(named_of([dict_of(raw.get("studio")).get("parent_studio")])), None),
        performers=named_of(raw.get("performers"), with_pictures=True),
        tags=named_of(raw.get("tags")),
        groups=named_of(groups),
        files=tuple(files),
        sizes=files,
        screenshot_path=picture_path(dict_of(raw.get("paths")).get("screenshot"), f"/scene/{scene_id}/screenshot"),
        updated_at=epoch_of(raw.get("updated_at")),
        created_at=epoch_of(raw.get("created_at")),
        prints=prints_of(raw.get("files")),
        has_stashid=bool(dicts_of(raw.get("stash_ids"))),
        has_url=bool(raw.get("urls")),
        group_cover_path=next(filter(None, map(_front_path, groups)), ""),
        duration_s=_duration_s(raw.get("files")),
        read_at=read_at,
    )


def id_of(raw: Mapping[str, Any]) -> int:
    """Return the id of a scene, which Stash writes as digits in a string; raise StashRejected where it has none."""
    scene_id = _id(raw)
    if scene_id is None:
        raise StashRejected(
            f"Stash answered with a scene whose id is {str(raw.get('id'))[:40]!r}; expected a number. "
            "This Stash may be too new."
        )
    return scene_id


def ids_of(raw: object) -> tuple[int, ...]:
    """Return the ids in a list of `{"id": "4"}`; what has none is left out."""
    return tuple(found for entry in dicts_of(raw) if (found := _id(entry)) is not None)


def outline_of(raw: Mapping[str, Any]) -> Outline:
    """Read the outline of one scene. Raises StashRejected where it has no id."""
    return Outline(
        id=id_of(raw),
        updated_at=epoch_of(raw.get("updated_at")),
        files=files_of(raw.get("files")),
        performers=ids_of(raw.get("performers")),
        studios=ids_of([raw.get("studio"), dict_of(raw.get("studio")).get("parent_studio")]),
        tags=ids_of(raw.get("tags")),
        groups=ids_of([group.get("group") for group in dicts_of(raw.get("groups"))]),
    )


def files_of(raw: object) -> dict[str, int]:
    """Return paths to bytes, 0 where there is no size, e.g. `{"/data/Sintel.mp4": 246033}`."""
    found: dict[str, int] = {}
    for file in dicts_of(raw):
        path, size = file.get("path"), file.get("size")
        if path and isinstance(path, str):
            found[path] = size if isinstance(size, int) and not isinstance(size, bool) and size > 0 else 0
    return found


def prints_of(raw: object) -> dict[str, frozenset[str]]:
    """Return checksums by path: `{"/data/Sintel.mp4": {"oshash:7d3c5f1a"}}`; no phash, which alike films share."""
    found: dict[str, frozenset[str]] = {}
    for file in dicts_of(raw):
        path, prints = file.get("path"), set()
        for each in dicts_of(file.get("fingerprints")):
            kind, value = each.get("type"), each.get("value")
            if kind in _CHECKSUMS and value and isinstance(value, str):
                prints.add(f"{kind}:{value}")
        if path and isinstance(path, str):
            found[path] = frozenset(prints)
    return found


def epoch_of(raw: object) -> float:
    """Return RFC 3339 as epoch seconds, "2026-11-23T00:25:17Z" as 1795393517.0; 0.0 for anything else."""
    try:
        moment = datetime.fromisoformat(raw) if isinstance(raw, str) else None
        return moment.timestamp() if moment and moment.tzinfo else 0.0
    except (ValueError, OverflowError):
        return 0.0


def _id(raw: Mapping[str, Any]) -> int | None:
    text = str(raw.get("id"))
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID else None


def _texts(raw: Mapping[str, Any], *names: str) -> list[str]:
    return [text if isinstance(text, str) else "" for text in map(raw.get, names)]


def _rating(raw: object) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw <= _MAX_RATING else None


def dict_of(raw: object) -> Mapping[str, Any]:
    """Return `raw`, or {} where it is no object of JSON."""
    return raw if isinstance(raw, dict) else {}


def dicts_of(raw: object) -> list[Mapping[str, Any]]:
    """Return the objects in a list of JSON; none for anything else."""
    return [entry for entry in raw if isinstance(entry, dict)] if isinstance(raw, list) else []


def named_of(raw: object, *, with_pictures: bool = False) -> tuple[Named, ...]:
    """Return those that have id and name: nothing of the others could be synced."""
    found: list[Named] = []
    for entry in dicts_of(raw):
        found_id, name = _id(entry), entry.get("name")
        if found_id is not None and name and isinstance(name, str):
            route = f"/performer/{found_id}/image"
            image_path = picture_path(entry.get("image_path"), route) if with_pictures else ""
            index = entry.get("scene_index")
            place = index if isinstance(index, int) and not isinstance(index, bool) else None
            apart, tags = entry.get("disambiguation"), entry.get("tags")
            known_as = apart if isinstance(apart, str) else ""
            found.append(Named(found_id, name, image_path, known_as, place, named_of(tags) if tags else ()))
    return tuple(found)


def _front_path(group: object) -> str:
    """Return path and query of a group's front cover; "" where it has none of its own."""
    raw = dict_of(group)
    group_id = _id(raw)
    return "" if group_id is None else picture_path(raw.get("front_image_path"), f"/group/{group_id}/frontimage")


def _duration_s(files: object) -> float:
    """Return the seconds of the first file, or 0."""
    found = next((file.get("duration") for file in dicts_of(files) if file.get("path")), 0)
    return float(found) if isinstance(found, int | float) and 0 < found < _LONGEST_S else 0.0


def picture_path(raw: object, route: str) -> str:
    """Return `route` with the `t` of Stash's URL; "" for no URL, or `default=true`: Stash draws a silhouette.

    Host and prefix of the URL are dropped: they are those of Stash's external address, and we stand on its own machine.
    Nothing but `t` is kept of the query, so no key can come along.

    Source: BaseURLMiddleware in Stash's internal/api/server.go, GetPerformerImageURL and GetGroupFrontImageURL in
    internal/api/urlbuilders.
    """
    try:
        parts = urlsplit(raw if isinstance(raw, str) else "")
        query = parse_qs(parts.query)
    except ValueError:
        return ""
    if not parts.path or query.get("default") == ["true"]:
        return ""
    moment = query.get("t", [""])[0]
    return f"{route}?t={moment}" if moment.isascii() and moment.isdecimal() else route
