"""The same answer as JSON, made from the XML: nothing can be in one and not in the other.

Source: the published API description; `Metadata` stands for Video, Photo and items among Directory; numbers and
switches have their types.
"""

import json
from typing import Final, TypeAlias
from xml.etree import ElementTree as ET

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"]

_NUMBERS: Final = frozenset(
    {
        "size",
        "totalSize",
        "offset",
        "id",
        "librarySectionID",
        "index",
        "parentIndex",
        "year",
        "duration",
        "addedAt",
        "updatedAt",
        "createdAt",
        "scannedAt",
        "contentChangedAt",
        "hidden",
        "bitrate",
        "width",
        "height",
        "audioChannels",
        "streamType",
        "channels",
        "aspectRatio",
        "rating",
        "audienceRating",
        "userRating",
        "transcoderActiveVideoSessions",
    }
)
_SWITCHES: Final = frozenset(
    {"locked", "selected", "allowSync", "filters", "refreshing", "content", "directory", "claimed", "default"}
)


def from_xml(document: bytes) -> bytes:
    """The document as Plex sends it to those who accept JSON."""
    root = ET.fromstring(document)
    return json.dumps({root.tag: _plain(root)}, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _plain(element: ET.Element) -> Json:
    plain: dict[str, Json] = {name: _typed(name, text) for name, text in element.attrib.items()}
    for child in element:
        siblings = plain.setdefault(_name(child), [])
        if isinstance(siblings, list):
            siblings.append(_plain(child))
    return plain


def _name(element: ET.Element) -> str:
    is_metadata = element.tag in {"Video", "Photo"} or (element.tag == "Directory" and "ratingKey" in element.attrib)
    return "Metadata" if is_metadata else element.tag


def _typed(name: str, text: str) -> Json:
    if name in _SWITCHES:
        return text == "1"
    if name not in _NUMBERS:
        return text
    return float(text) if "." in text else int(text)
