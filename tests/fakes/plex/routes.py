"""Which address does what, and what the request log calls it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from tests.fakes.plex import reading, writing
from tests.fakes.plex.message import Request, Response
from tests.fakes.plex.model import PICTURES
from tests.fakes.plex.site import Site

Handler: TypeAlias = Callable[[Site, Request, tuple[str, ...]], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of request. `is_open`: it needs no token."""

    kind: str
    handler: Handler
    is_write: bool = False
    is_open: bool = False


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The route of an address, and the ids in it: of "/library/metadata/7/posters" ("7",)."""
    segments = path.strip("/").split("/")
    ids = tuple(segment for segment in segments if segment[:1].isdecimal())
    shape = "/".join("*" if segment[:1].isdecimal() else segment for segment in segments)
    return ROUTES.get(f"{method} {shape}", UNKNOWN), ids


UNKNOWN: Final = Route("unknown", reading.not_found)

ROUTES: Final[Mapping[str, Route]] = {
    "GET identity": Route("identity", reading.identity, is_open=True),
    "GET ": Route("root", reading.root),
    "GET library": Route("library", reading.library),
    "GET library/sections": Route("sections", reading.sections),
    "GET library/sections/*/all": Route("listing", reading.listing),
    "PUT library/sections/*/all": Route("edit", writing.edit_section, is_write=True),
    "GET library/sections/*/refresh": Route("scan", writing.scan),
    "POST library/sections/*/refresh": Route("scan", writing.scan),
    "GET library/metadata/*": Route("metadata", reading.metadata),
    "PUT library/metadata/*": Route("edit", writing.edit_items, is_write=True),
    "PUT library/metadata/*/refresh": Route("refresh", writing.refresh, is_write=True),
    "PUT library/metadata/*/prefs": Route("prefs", writing.prefs, is_write=True),
    "GET photo/:/transcode": Route("photo", reading.small),
    "PUT :/rate": Route("rate", writing.rate, is_write=True),
    **{f"GET library/metadata/*/{name}": Route("picture_list", reading.photos) for name in PICTURES},
    **{f"POST library/metadata/*/{name}": Route("picture_upload", writing.upload, is_write=True) for name in PICTURES},
    **{
        f"PUT library/metadata/*/{name}": Route("picture_select", writing.select, is_write=True)
        for name in ("poster", "thumb", "art")
    },
    **{
        f"DELETE library/metadata/*/{name}": Route("picture_clear", writing.clear, is_write=True)
        for name in PICTURES.values()
    },
    **{f"GET library/metadata/*/{name}/*": Route("picture_read", reading.picture) for name in ("thumb", "art")},
    "GET library/metadata/*/file": Route("picture_read", reading.file),
}
"""Method and shape of the path, ids as `*`.

What is not here answers 404, a DELETE of one picture in a list among it.
"""
