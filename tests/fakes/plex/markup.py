"""Writes what the stand-in has as Plex's XML.

Straight text, no tree: a page of a thousand items is asked for a hundred times in a row.

Listings are cut as Plex cuts them: two of each kind of tag, three roles, no labels, no locks; only a whole item has
    everything.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from tests.fakes.plex import pictures
from tests.fakes.plex.message import Request
from tests.fakes.plex.model import PICTURES, TAG_ELEMENTS, Item, Section, Tagging
from tests.fakes.sizes import size_of

_SPECIAL: Final = re.compile(r'[&<>"\r\n\t]')
_ESCAPED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
_CUT_TO: Final[Mapping[str, int]] = {"Role": 3, "Label": 0, "Similar": 0}
_CUT_OTHERS_TO: Final = 2
_DURATION_MS: Final = 596_458

_MEDIA: Final = (
    f'duration="{_DURATION_MS}" bitrate="4773" width="1920" height="1080" aspectRatio="1.78" audioChannels="2" audioCodec="aac" videoCodec="h264" '
    'videoResolution="1080" container="mkv" videoFrameRate="24p" videoProfile="high"'
)
_STREAMS: Final = (
    '<Stream id="{0}1" streamType="1" default="1" codec="h264" index="0" bitrate="4645" width="1920" height="1080" displayTitle="1080p (H.264)"/>'
    '<Stream id="{0}2" streamType="2" selected="1" default="1" codec="aac" index="1" channels="2" bitrate="128" displayTitle="Unknown (AAC Stereo)"/>'
)


@dataclass(frozen=True, slots=True)
class View:
    """How much of an item to show: whole or as a line of a listing, without these elements and attributes."""

    whole: bool
    without_elements: frozenset[str] = frozenset()
    without_fields: frozenset[str] = frozenset()

    @classmethod
    def of(cls, request: Request, *, whole: bool) -> "View":
        """Reads `excludeElements` and `excludeFields`."""
        return cls(
            whole,
            frozenset(request.first("excludeElements").split(",")),
            frozenset(request.first("excludeFields").split(",")),
        )


def escape(text: str) -> str:
    """Text inside a quoted attribute; most has nothing to escape."""
    return _SPECIAL.sub(lambda match: _ESCAPED[match[0]], text) if _SPECIAL.search(text) else text


def element(name: str, attributes: Mapping[str, object], children: str = "") -> str:
    """One element; attributes that are None are left out."""
    inside = "".join(f' {key}="{escape(str(value))}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{inside}>{children}</{name}>" if children else f"<{name}{inside}/>"


def container(children: Iterable[str], **attributes: object) -> bytes:
    """The MediaContainer that everything comes in."""
    document = element("MediaContainer", attributes, "\n" + "\n".join(children) + "\n")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'.encode("utf-8", "surrogatepass")


def section(of: Section) -> str:
    """A library in the list of libraries."""
    locations = "".join(
        element("Location", {"id": of.key * 100 + n, "path": path}) for n, path in enumerate(of.locations, 1)
    )
    attributes = {
        "allowSync": 1,
        "art": f"/:/resources/{of.type}-fanart.jpg",
        "composite": f"/library/sections/{of.key}/composite/{of.created_at}",
        "filters": 1,
        "refreshing": 0,
        "thumb": f"/:/resources/{of.type}.png",
        "key": of.key,
        "type": of.type,
        "title": of.title,
        "agent": of.agent,
        "scanner": "Plex Video Files Scanner" if of.type == "movie" else "Plex TV Series",
        "language": "xn",
        "uuid": f"00000000-0000-4000-8000-{of.key:012d}",
        "updatedAt": of.created_at,
        "createdAt": of.created_at,
        "scannedAt": of.created_at,
        "content": 1,
        "directory": 1,
        "contentChangedAt": of.created_at,
        "hidden": 0,
    }
    return element("Directory", attributes, locations)


def item(
    of: Item, section: Section, view: View, items: Mapping[int, Item], own: Mapping[str, object] = MappingProxyType({})
) -> str:
    """An item as a listing or a whole answer shows it; `items` finds its season and show, `own` is of its type alone."""
    name = "Video" if of.media else "Directory"
    kind = "collections" if of.type == "collection" else "metadata"
    attributes = [
        f'<{name} ratingKey="{of.rating_key}" key="/library/{kind}/{of.rating_key}{"" if of.media else "/children"}"'
    ]
    attributes.extend(f' {key}="{value}"' for key, value in own.items())
    attributes.append(f' guid="local://{of.rating_key}" type="{of.type}"')
    attributes.extend(
        f' {key}="{escape(text)}"' for key, text in of.values.items() if text and key not in view.without_fields
    )
    if "summary" not in of.values and "summary" not in view.without_fields:
        attributes.append(' summary=""')
    attributes.extend(_picture_attributes(of))
    attributes.append(f' addedAt="{of.added_at}" updatedAt="{of.updated_at}"')
    if of.media:
        attributes.append(f' duration="{_DURATION_MS}"')
    if of.parent_key:
        attributes.append(_family(of, items))
    if view.whole:
        attributes.append(f' librarySectionID="{section.key}" librarySectionKey="/library/sections/{section.key}"')
        attributes.append(f' librarySectionTitle="{escape(section.title)}"')
    attributes.append(">")
    return f"{''.join(attributes)}{_media(of, view)}{_tags(of, view)}{_locks(of, view)}</{name}>"


def photos(of: Item, name: str) -> list[str]:
    """The pictures that can be selected for an item.

    `name` is "posters", "arts" or "themes". Who brought one is told of those that nobody uploaded.
    """
    shelf = of.pictures.get(name)
    if shelf is None:
        return []
    lines = []
    for url in shelf.pictures:
        key = f"/library/metadata/{of.rating_key}/file?url={quote(url, safe='')}"
        attributes = {
            "key": key,
            "ratingKey": url,
            "selected": int(url == shelf.selected),
            "thumb": key,
            "provider": "" if url.startswith("upload://") else url.rpartition("/")[2].rpartition("_")[0],
        }
        lines.append(element("Track" if name == "themes" else "Photo", attributes))
    return lines


def picture_path(of: Item, name: str) -> str:
    """The address of what is shown; another one after each change."""
    return f"/library/metadata/{of.rating_key}/{PICTURES[name]}/{of.pictures[name].changed_at}"


def _picture_attributes(of: Item) -> Iterable[str]:
    for name in of.pictures:
        if pictures.selected_sha1(of, name):
            yield f' {PICTURES[name]}="{picture_path(of, name)}"'


def _family(of: Item, items: Mapping[int, Item]) -> str:
    parent = items[of.parent_key]
    text = (
        f' index="{of.index}" parentRatingKey="{parent.rating_key}" parentKey="/library/metadata/{parent.rating_key}"'
    )
    text += f' parentTitle="{escape(parent.values["title"])}"'
    if not parent.parent_key:
        return text
    show = items[parent.parent_key]
    text += f' parentIndex="{parent.index}" grandparentRatingKey="{show.rating_key}" grandparentKey="/library/metadata/{show.rating_key}"'
    return text + f' grandparentTitle="{escape(show.values["title"])}"'


def _media(of: Item, view: View) -> str:
    if "Media" in view.without_elements:
        return ""
    return "".join(
        _version(of.rating_key * 10 + n, files, of.sizes, whole=view.whole) for n, files in enumerate(of.media)
    )


def _version(media_id: int, files: tuple[str, ...], sizes: Mapping[str, int], *, whole: bool) -> str:
    parts = []
    for n, file in enumerate(files):
        size = sizes.get(file, size_of(file))
        part_id = media_id * 10 + n
        head = f'<Part id="{part_id}" key="/library/parts/{part_id}/1700000000/file.mkv" duration="{_DURATION_MS}" file="{escape(file)}"'
        known = f' size="{size}"' if size else ""
        parts.append(f'{head}{known} container="mkv">{_STREAMS.format(part_id) if whole else ""}</Part>')
    return f'<Media id="{media_id}" {_MEDIA}>{"".join(parts)}</Media>'


def _tags(of: Item, view: View) -> str:
    if not of.tags:
        return ""
    parts: list[str] = []
    for kind, taggings in of.tags.items():
        name = TAG_ELEMENTS[kind]
        if name not in view.without_elements:
            shown = taggings if view.whole else taggings[: _CUT_TO.get(name, _CUT_OTHERS_TO)]
            parts.extend(_tag(name, kind, tagging, whole=view.whole) for tagging in shown)
    return "".join(parts)


def _tag(name: str, kind: str, tagging: Tagging, *, whole: bool) -> str:
    tag = tagging.tag
    if not whole:
        return f'<{name} tag="{escape(tag.name)}"/>'
    attributes = {
        "id": tag.id,
        "filter": f"{kind}={tag.id}",
        "tag": tag.name,
        "role": tagging.text or None,
        "thumb": tag.thumb or None,
    }
    return element(name, attributes)


def _locks(of: Item, view: View) -> str:
    if not view.whole or "Field" in view.without_elements:
        return ""
    return "".join(f'<Field locked="1" name="{name}"/>' for name in sorted(of.locked))
