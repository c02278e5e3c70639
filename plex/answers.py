"""From Plex's XML to values. Owns the vocabulary of the wire; knows no connection.

Source: answers captured by home-assistant/core (tests/components/plex/fixtures) and the published API description.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import methodcaller
from typing import Final
from xml.etree.ElementTree import Element

from plex.errors import PlexProtocolError
from plex.fields import ADDED_AT, FIELDS, TYPE_NUMBERS, Value
from plex.listing import ITEM_TYPES, Page
from plex.model import Entry, Item, Section, name_of
from plex.moments import moment_of

_PICTURE_LOCKS: Final[Mapping[str, str]] = {"thumb": "poster", "art": "background"}
_TAG: Final = methodcaller("get", "tag")
_ID: Final = re.compile(r"[0-9]{1,18}")
"""Digits that fit an integer of SQLite."""
_LOCK_NAMES: Final[Mapping[str, str]] = {**{field.wire: field.name for field in FIELDS.values()}, **_PICTURE_LOCKS}


@dataclass(frozen=True, slots=True)
class ListedPicture:
    """One line of an item's list of posters or backgrounds; `key` selects it, e.g. "upload://posters/0a4d55a8…"."""

    key: str
    is_selected: bool


def sections_of(answer: Element) -> list[Section]:
    """Return all sections of `GET /library/sections`, music and photos included."""
    return [
        Section(
            key=_int(entry, "key"),
            title=name_of(entry.get("title")),
            type=entry.get("type", ""),
            locations=tuple(location.get("path", "") for location in entry.iter("Location")),
        )
        for entry in answer.iter("Directory")
    ]


def page_of(answer: Element, section: Section) -> Page:
    """Return one page of `GET /library/sections/{key}/all`."""
    videos = answer.findall("Video")
    files = [part.get("file") for video in videos for part in video.iter("Part")]
    return Page(
        rating_keys=tuple(_int(video, "ratingKey") for video in videos),
        entries=tuple(entry for video in videos for entry in _entries(video, section)),
        total=total_of(answer) or number_in(answer, "size") or len(videos),
        newest_added_at=max((number_in(video, "addedAt") for video in videos), default=0),
        newest_updated_at=max((number_in(video, "updatedAt") for video in videos), default=0),
        hides_paths=bool(files) and not any(files),
    )


def cut_older(answer: Element, field: str, at: int) -> bool:
    """Take out of a page what is older than `at` by `field`; return False, and do nothing, if it is not in order."""
    videos = answer.findall("Video")
    times = [number_in(video, field) for video in videos]
    if times != sorted(times, reverse=True):
        return False
    for video, time in zip(videos, times, strict=True):
        if time < at:
            answer.remove(video)
    return True


def total_of(answer: Element) -> int:
    """Return how many lines the whole list has of which `answer` is a page; 0 where the server does not say."""
    return number_in(answer, "totalSize")


def _entries(video: Element, section: Section) -> Iterator[Entry]:
    kind = video.get("type", "")
    kind = kind if kind in TYPE_NUMBERS else ITEM_TYPES[section.type]
    for file, size in _files(video):
        times = number_in(video, "addedAt"), number_in(video, "updatedAt")
        yield Entry(file, section.key, _int(video, "ratingKey"), kind, size, *times)


def items_of(answer: Element, looked_s: float = 0.0) -> dict[int, Item]:
    """Return the movies and episodes of `GET /library/metadata/1,2,3` by rating key; other types are left out."""
    items: dict[int, Item] = {}
    for video in answer.iter("Video"):
        if video.get("type") in TYPE_NUMBERS:
            item = _item_of(video, answer.get("librarySectionID", ""), looked_s)
            items[item.rating_key] = item
    return items


def _item_of(video: Element, container_section: str, looked_s: float) -> Item:
    """Return one whole item. The section stands on the item, or on the container when all its items share it."""
    kind = video.get("type", "")
    section = video.get("librarySectionID") or container_section
    if not _ID.fullmatch(section):
        raise PlexProtocolError(f"Plex did not say to which library item {name_of(video.get('ratingKey'))} belongs")
    values: dict[str, Value] = {}
    for name, field in FIELDS.items():
        if kind in field.types:
            if field.is_tag:
                values[name] = tuple(filter(None, map(_TAG, video.findall(field.attr))))
            else:
                values[name] = _READERS[name](video) if name in _READERS else video.get(field.attr, "")
    locks = [entry.get("name", "") for entry in video.findall("Field") if entry.get("locked") == "1"]
    return Item(
        rating_key=_int(video, "ratingKey"),
        section_key=int(section),
        item_type=kind,
        title=name_of(video.get("title")),
        files=dict(_files(video)),
        values=values,
        locked=frozenset([_LOCK_NAMES[name] for name in locks if name in _LOCK_NAMES]),
        poster_key=video.get("thumb", ""),
        background_key=video.get("art", ""),
        updated_at=number_in(video, "updatedAt"),
        added_at=number_in(video, "addedAt"),
        roles={role.get("tag", ""): role.get("role", "") for role in video.iter("Role") if role.get("role")},
        looked_s=looked_s,
    )


def pictures_of(answer: Element) -> list[ListedPicture]:
    """Return the lines of `GET /library/metadata/{id}/posters` or `/arts`."""
    return [
        ListedPicture(photo.get("ratingKey") or photo.get("key") or "", photo.get("selected") == "1")
        for photo in answer.iter("Photo")
    ]


def _files(video: Element) -> list[tuple[str, int]]:
    """Return path and bytes of each part. The size is the file's as it was when Plex scanned it last."""
    return [(file, max(0, number_in(part, "size"))) for part in video.iter("Part") if (file := part.get("file"))]


def _rating(video: Element) -> float | None:
    text = video.get("userRating", "")
    try:
        rating = float(text) if text else None
    except ValueError:
        rating = math.nan
    if rating is not None and not math.isfinite(rating):
        raise _no_number(video, "userRating", text)
    return rating


_READERS: Final[Mapping[str, Callable[[Element], Value]]] = {
    "rating": _rating,
    ADDED_AT: lambda video: moment_of(number_in(video, "addedAt")),
}
"""The fields that are no text on the wire."""


def _int(element: Element, name: str) -> int:
    text = element.get(name, "")
    if not _ID.fullmatch(text):
        raise _no_number(element, name, text)
    return int(text)


def number_in(element: Element, name: str) -> int:
    """Return a whole number among the attributes, 0 where it is absent; raise PlexProtocolError where it is none."""
    text = element.get(name) or "0"
    if not _ID.fullmatch(text.removeprefix("-")):
        raise _no_number(element, name, text)
    return int(text)


def _no_number(element: Element, name: str, text: str) -> PlexProtocolError:
    return PlexProtocolError(f"Plex sent {element.tag} with {name}={text[:40]!r}, which is no number")
