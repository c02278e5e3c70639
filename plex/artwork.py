"""Posters and backgrounds. An upload stays in Plex's list for ever, so the same bytes are uploaded only once."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from plex.answers import ListedPicture, pictures_of
from plex.connection import Connection
from plex.edit import percent
from plex.errors import PlexItemGone, PlexProtocolError, PlexRejected

MAX_PICTURE_BYTES: Final = 10 * 1024 * 1024
NO_PICTURE: Final = "is no JPEG, PNG or WebP picture"
"""Plex refuses larger ones. Source: Kometa-Team/Kometa issue 2160."""

_LISTS: Final[Mapping[str, str]] = {"poster": "posters", "background": "arts"}
_SELECTS: Final[Mapping[str, str]] = {"poster": "poster", "background": "art"}
_CLEARS: Final[Mapping[str, str]] = {"poster": "thumb", "background": "art"}

CLEARS_FROM: Final = (1, 43, 0, 10162)
"""The first version that takes the choice of a picture back. Source: pull request 1558 of python-plexapi."""

_UPLOAD: Final = "upload://"


class PictureAction(StrEnum):
    """What had to be done with a picture."""

    UPLOADED = "uploaded"
    SELECTED = "selected"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class PictureResult:
    """`sha1` of the bytes, to be kept: while it stays, nothing has to be asked. `key` selects the picture again."""

    sha1: str
    key: str
    action: PictureAction


class Artwork:
    """Sets the pictures of items over one connection. Its lock (`thumb`, `art`) is part of an Edit, not done here."""

    def __init__(self, connection: Connection, check: Callable[[], object], version: str) -> None:
        """`check` raises if the server itself is not well; `version` is e.g. "1.43.0.10162-b67a664ab"."""
        self._connection = connection
        self._check = check
        self.can_clear = clears(version)
        """Whether the server takes choices back: by its version, until it shows otherwise."""

    def listed(self, kind: str, rating_key: int) -> list[ListedPicture]:
        """Return the pictures that the item can show. Raise PlexRejected where this list alone cannot be read."""
        try:
            pages = self._connection.whole(_address(kind, rating_key))
        except PlexProtocolError as error:
            self._check()
            raise PlexRejected(f"Plex cannot list the {_LISTS[kind]} of item {rating_key}: {error}") from error
        return [picture for page in pages for picture in pictures_of(page)]

    def set(
        self, kind: str, rating_key: int, data: bytes, *, listed: Sequence[ListedPicture] | None = None
    ) -> PictureResult:
        """Make `data` the "poster" or "background" (`kind`) of an item; raise as `check_picture`.

        An earlier upload of the same bytes is selected instead of sending them again. For that the item's list is read,
        unless the caller has just done so and hands it over as `listed`.
        """
        check_picture(kind, data)
        sha1 = sha1_of(data)
        address = _address(kind, rating_key)
        key = f"upload://{_LISTS[kind]}/{sha1}"
        known = _find(self.listed(kind, rating_key) if listed is None else listed, key, sha1)
        if known is None:
            self._connection.write("POST", address, data=data, headers={"Content-Type": "application/octet-stream"})
            return PictureResult(sha1, key, PictureAction.UPLOADED)
        if known.is_selected:
            return PictureResult(sha1, known.key, PictureAction.NOTHING)
        self.select(kind, rating_key, known.key)
        return PictureResult(sha1, known.key, PictureAction.SELECTED)

    def select(self, kind: str, rating_key: int, key: str) -> None:
        """Choose a picture that the item has, by its key. Source: plexapi.media.BaseResource.select."""
        self._connection.write("PUT", f"/library/metadata/{_positive(rating_key)}/{_SELECTS[kind]}?url={percent(key)}")

    def selected(self, kind: str, rating_key: int) -> str:
        """Return the key of the picture that is chosen now, or ""."""
        return chosen_of(self.listed(kind, rating_key))

    def clear(self, kind: str, rating_key: int) -> bool:
        """Take the choice of an upload back; return whether none is chosen now. What is shown then is Plex's affair.

        A server that does not know how says 404, as one may to an item without choice, or gone: its list tells which.
        """
        if not self.can_clear:
            return False
        try:
            self._connection.write("DELETE", f"/library/metadata/{_positive(rating_key)}/{_CLEARS[kind]}")
        except (PlexItemGone, PlexRejected):
            self.can_clear = not self.selected(kind, rating_key).startswith(_UPLOAD)
        return self.can_clear


def clears(version: str) -> bool:
    """Return whether this version is said to take choices back. One that is no number may as well be asked."""
    numbers = re.match(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})", version)
    return numbers is None or tuple(map(int, numbers.groups())) >= CLEARS_FROM


def sha1_of(data: bytes) -> str:
    """Return the digest by which Plex names an upload, and by which we remember it."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def chosen_of(listed: Sequence[ListedPicture]) -> str:
    """Return the key of the picture that is chosen, or ""."""
    return next((picture.key for picture in listed if picture.is_selected), "")


def check_picture(kind: str, data: bytes) -> None:
    """Raise PlexRejected for what Plex would not show, such as a web page that Stash sends for want of a cookie."""
    if len(data) > MAX_PICTURE_BYTES:
        raise PlexRejected(
            f"the {kind} has {len(data) / 1024 / 1024:.1f} MB, Plex takes at most 10; choose a smaller one in Stash"
        )
    if not picture_type(data):
        raise PlexRejected(f"the {kind} {NO_PICTURE} ({len(data)} bytes)")


def picture_type(data: bytes) -> str:
    """Return the type by the first bytes: "image/jpeg", "image/png", "image/webp", or ""."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def _address(kind: str, rating_key: int) -> str:
    return f"/library/metadata/{_positive(rating_key)}/{_LISTS[kind]}"


def _find(pictures: Sequence[ListedPicture], key: str, sha1: str) -> ListedPicture | None:
    """Return the upload of these bytes. Backgrounds were seen as upload://arts/ and upload://art/."""
    exact = next((picture for picture in pictures if picture.key == key), None)
    uploads = (picture for picture in pictures if picture.key.startswith(_UPLOAD) and picture.key.endswith(f"/{sha1}"))
    return exact or next(uploads, None)


def _positive(rating_key: int) -> int:
    if rating_key <= 0:
        raise ValueError(f"{rating_key} is no rating key")
    return rating_key
