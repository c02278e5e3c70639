"""Covers of scenes and groups as bytes, and addresses of performers' photos."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

import requests

from stash.client import StashClient
from stash.model import Named, Scene

MAX_PICTURE_BYTES: Final = 10 * 1024 * 1024

_MOMENT_DIGITS: Final = 18
_MOST_KEPT: Final = 500
_MOST_KEPT_BYTES: Final = 16 * 1024 * 1024

_READ_FACTOR: Final = 4  # what is a little too large is told as that, and not as a broken answer


@dataclass(frozen=True, slots=True)
class CoverPicture:
    """A picture; `etag` is made from its bytes, "" if Stash gave none."""

    data: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class NotModified:
    """The picture is still the one of the etag that was sent."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """There is a cover, but not one that can be sent on; `reason` is for people, e.g. "it has 11.4 MB, …"."""

    reason: str


def cover(
    client: StashClient, scene: Scene, *, etag: str | None = None, max_bytes: int = MAX_PICTURE_BYTES
) -> CoverPicture | NotModified | Unusable | None:
    """Return the cover of `scene`; NotModified if it has this `etag`, Unusable if too large or no picture.

    None if there is no cover to show: the scene is gone, or Stash draws one itself (an SVG) for a scene that has none.
    Raise StashUnreachable or StashUnauthorized where nothing was read.

    Source: ServeScreenshot in Stash's internal/manager/running_streams.go, GenerateETag in pkg/utils/http.go.
    """
    return picture(client, scene.screenshot_path, etag=etag, max_bytes=max_bytes)


def picture(
    client: StashClient, path: str, *, etag: str | None = None, max_bytes: int = MAX_PICTURE_BYTES
) -> CoverPicture | NotModified | Unusable | None:
    """Return the picture at `path`, "" for none, of a scene, a performer or a group; see `cover`.

    Source: FrontImage in Stash's internal/api/routes_group.go.
    """
    if not path:
        return None
    response = client.get(path, headers={"If-None-Match": etag} if etag else {})
    if response.status_code == requests.codes.not_modified and etag:
        client.read(response, max_bytes=0)  # to its end, although it is empty: closing it would cost the connection
        return NotModified()
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status_code == requests.codes.not_found or content_type == "image/svg+xml":
        response.close()
        return None
    if problem := _problem(response, content_type, max_bytes):
        response.close()
        return Unusable(problem)
    data = client.read(response, max_bytes=_READ_FACTOR * max_bytes)
    if len(data) > max_bytes:
        return Unusable(_too_large(len(data), max_bytes))
    return CoverPicture(data, response.headers.get("ETag", "")) if data else None


class FrontCovers:
    """Front covers of groups, by their paths: each is asked for once, and the last of them are kept.

    A path ends in the time of its group, so a new cover has a new one.
    """

    def __init__(self) -> None:
        self._kept: dict[str, CoverPicture | Unusable | None] = {}

    def get(self, client: StashClient, path: str) -> CoverPicture | Unusable | None:
        """Return what `picture` does."""
        if path not in self._kept:
            found = picture(client, path)
            front = self._kept[path] = None if isinstance(found, NotModified) else found
            while len(self._kept) > _MOST_KEPT or sum(map(_size, self._kept.values())) > _MOST_KEPT_BYTES:
                del self._kept[next(iter(self._kept))]
            return front
        self._kept[path] = self._kept.pop(path)  # asked for last
        return self._kept[path]


def _size(picture: CoverPicture | Unusable | None) -> int:
    return len(picture.data) if isinstance(picture, CoverPicture) else 0


def photo_url(public_url: str, performer: Named) -> str:
    """Return where Plex fetches a photo, "https://stash.example/performer/4/image?t=1795393093", or "".

    `public_url` is the address of Stash as Plex reaches it. No API key ever goes into the URL, since Plex keeps it for
    everyone to see: with a login configured in Stash, photos show only if something in front of it lets Plex in.
    """
    try:
        parts = urlsplit(public_url)
    except ValueError:
        return ""
    if not performer.image_path or parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}{performer.image_path}"


def moment_of(path: str) -> int:
    """Return the `t` of a picture's address, the time of whom it shows; 0 for none."""
    moment = parse_qs(urlsplit(path).query).get("t", [""])[0]
    return int(moment[:_MOMENT_DIGITS]) if moment.isascii() and moment.isdecimal() else 0


def _problem(response: requests.Response, content_type: str, max_bytes: int) -> str:
    """Return why the answer is no cover, or ""."""
    if response.status_code != requests.codes.ok:
        return f"Stash answered HTTP {response.status_code}"
    if not content_type.startswith("image/"):
        return f"it is no picture but {content_type or 'of no type'}"
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > max_bytes:
        return _too_large(int(length), max_bytes)
    return ""


def _too_large(size: int, max_bytes: int) -> str:
    most = max_bytes / 1024 / 1024
    return f"it has {size / 1024 / 1024:.1f} MB, and {most:.0f} is the most; choose a smaller one in Stash"
