"""What the stand-in keeps, as plain values: sections, items, tags, and the snapshot that tests look at.

Names follow the wire.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Never

TYPE_NUMBERS: Final[Mapping[str, int]] = {"movie": 1, "show": 2, "season": 3, "episode": 4, "collection": 18}
TYPE_NAMES: Final[Mapping[int, str]] = {number: name for name, number in TYPE_NUMBERS.items()}

TAG_ELEMENTS: Final[Mapping[str, str]] = {
    "genre": "Genre",
    "director": "Director",
    "writer": "Writer",
    "producer": "Producer",
    "country": "Country",
    "collection": "Collection",
    "actor": "Role",
    "label": "Label",
    "similar": "Similar",
}
"""What an edit calls a kind of tag, and the XML element that shows it.

Source: plexapi.mixins.edit and plexapi.media.
"""

EPISODE_TAGS: Final = frozenset({"director", "writer", "producer", "collection", "actor", "label"})

TEXT_FIELDS: Final = frozenset(
    {
        "title",
        "titleSort",
        "originalTitle",
        "summary",
        "tagline",
        "studio",
        "contentRating",
        "editionTitle",
        "originallyAvailableAt",
        "year",
        "rating",
        "audienceRating",
        "userRating",
    }
)
"""The fields that `<name>.value` sets. Source: plexapi.mixins.edit."""

PICTURES: Final[Mapping[str, str]] = {"posters": "thumb", "arts": "art", "themes": "theme"}
"""The lists of pictures of an item (and of its themes), and the attribute that shows which one is selected."""


@dataclass(frozen=True, slots=True)
class Section:
    """One library; `locations` are its folders."""

    key: int
    title: str
    type: str
    agent: str
    locations: tuple[str, ...]
    created_at: int


@dataclass(slots=True, eq=False)
class Tag:
    """One name of one kind on the whole server; `thumb` is the one photo that a person has everywhere."""

    id: int
    kind: str
    name: str
    thumb: str = ""


@dataclass(frozen=True, slots=True)
class Tagging:
    """A tag on an item; `text` is the name of the part that an actor plays."""

    tag: Tag
    text: str = ""


@dataclass(slots=True, eq=False)
class Shelf:
    """The pictures of one kind that an item can show, by their URL on the wire ("upload://posters/<sha1>" -> sha1).

    They only ever become more.
    """

    pictures: dict[str, str] = field(default_factory=dict)
    selected: str = ""
    changed_at: int = 0


@dataclass(frozen=True, slots=True)
class Agent:
    """What the metadata agent knows of an item: what a refresh puts back.

    `pictures` maps "posters" or "arts" to (URL on the wire, sha1).
    """

    values: Mapping[str, str]
    tags: Mapping[str, tuple[Tagging, ...]]
    pictures: Mapping[str, tuple[str, str]]


NO_TAGS: Final[Mapping[str, tuple[Never, ...]]] = MappingProxyType({})
NO_SIZES: Final[Mapping[str, int]] = MappingProxyType({})
NO_PICTURES: Final[Mapping[str, Shelf]] = MappingProxyType({})


@dataclass(slots=True, eq=False)
class Item:
    """A film, show, season, episode or collection. Untouched items share their empty parts, so that 100,000 of them stay small.

    Attributes:
        media: a tuple of files per version.
        sizes: bytes of those files that are not as large as `tests.fakes.sizes.size_of` says; 0 for one that is sent
            without a size.
        parent_key: rating key of the season of an episode, of the show of a season; 0 for none.
        locked: field names of the wire.
        agent: None as long as nothing differs from what the agent said.
    """

    rating_key: int
    section_key: int
    type: str
    media: tuple[tuple[str, ...], ...]
    added_at: int
    updated_at: int
    values: dict[str, str]
    tags: Mapping[str, tuple[Tagging, ...]] = field(default_factory=lambda: NO_TAGS)
    pictures: Mapping[str, Shelf] = field(default_factory=lambda: NO_PICTURES)
    locked: frozenset[str] = frozenset()
    parent_key: int = 0
    index: int = 0
    agent: Agent | None = None
    sizes: Mapping[str, int] = field(default_factory=lambda: NO_SIZES)


@dataclass(frozen=True, slots=True)
class ItemSnapshot:
    """An item at one moment, for asserts. Empty text is "", a missing number is None; tags are names in order.

    Attributes:
        tags: kind as an edit calls it ("genre", "actor", …) to names; kinds without tags are absent.
        roles: actor's name to the name of the part.
        poster_sha1: of the selected poster, "" for none; `background_sha1` likewise.
        uploads: sha1 of every poster that was ever uploaded, in order.
    """

    rating_key: int
    section_key: int
    type: str
    files: tuple[str, ...]
    title: str
    summary: str
    studio: str
    date: str
    year: int | None
    user_rating: float | None
    values: Mapping[str, str]
    tags: Mapping[str, tuple[str, ...]]
    roles: Mapping[str, str]
    photos: Mapping[str, str]
    locked: frozenset[str]
    poster_sha1: str
    background_sha1: str
    uploads: tuple[str, ...]
    added_at: int
    updated_at: int
