"""Handlers that only look: every answer that Plex gives to a GET."""

import re
from typing import Final

from tests.fakes.plex import listing as listings
from tests.fakes.plex import markup, pictures
from tests.fakes.plex.collections import COLLECTION
from tests.fakes.plex.message import Refusal, Request, Response
from tests.fakes.plex.model import Item
from tests.fakes.plex.site import Site, picture_list
from tests.photo_visits import fetched

_OF_ITEM: Final = re.compile(r"/library/metadata/(\d+)/(thumb|art)/\d+")


def identity(site: Site, _request: Request, _ids: tuple[str, ...]) -> Response:
    """Who the server is; needs no token."""
    options = site.options
    return Response(
        body=markup.container(
            (), size=0, claimed=1, machineIdentifier=options.machine_identifier, version=options.version
        )
    )


def root(site: Site, _request: Request, _ids: tuple[str, ...]) -> Response:
    """What PlexServer of plexapi reads first."""
    options = site.options
    names = (
        "activities",
        "butler",
        "hubs",
        "library",
        "media",
        "metadata",
        "playlists",
        "statistics",
        "system",
        "transcode",
        "updater",
    )
    children = [markup.element("Directory", {"count": 1, "key": name, "title": name}) for name in names]
    body = markup.container(
        children,
        size=len(names),
        allowMediaDeletion=1,
        allowSharing=1,
        allowSync=1,
        backgroundProcessing=1,
        certificate=1,
        friendlyName=options.friendly_name,
        machineIdentifier=options.machine_identifier,
        multiuser=1,
        myPlex=1,
        myPlexSigninState="ok",
        platform="Linux",
        platformVersion="6.1",
        readOnlyLibraries=0,
        transcoderActiveVideoSessions=0,
        updatedAt=int(site.state.clock()),
        version=options.version,
    )
    return Response(body=body)


def library(_site: Site, _request: Request, _ids: tuple[str, ...]) -> Response:
    """The door of the library."""
    names = {"sections": "Library Sections", "recentlyAdded": "Recently Added Content", "onDeck": "On Deck Content"}
    children = [markup.element("Directory", {"key": key, "title": title}) for key, title in names.items()]
    return Response(
        body=markup.container(
            children, size=len(names), allowSync=0, identifier="com.plexapp.plugins.library", title1="Plex Library"
        )
    )


def sections(site: Site, _request: Request, _ids: tuple[str, ...]) -> Response:
    """All libraries with their folders."""
    sections = site.state.sections.values()
    return Response(
        body=markup.container(map(markup.section, sections), size=len(sections), allowSync=0, title1="Plex Library")
    )


def listing(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """A page of a library, with cut items."""
    section = site.section(ids)
    page = site.listings.page(section, request)
    view = markup.View.of(request, whole=False)
    children = [_line(site, item, view) for item in page.items]
    kind = listings.item_type(section, request)
    body = markup.container(
        children,
        size=len(page.items),
        **page.extent,
        allowSync=1,
        librarySectionID=section.key,
        librarySectionTitle=section.title,
        title1=section.title,
        viewGroup=kind,
    )
    headers = (("X-Plex-Container-Start", str(page.offset)), ("X-Plex-Container-Total-Size", str(page.total)))
    return Response(body=body, headers=headers)


def metadata(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """Whole items; of several ids, a page of them."""
    items = site.items(ids[0])
    section = site.state.sections[items[0].section_key]
    page = listings.page_of(items, request, site.options) if "," in ids[0] else listings.Page(items, 0, 1, paged=False)
    view = markup.View.of(request, whole=True)
    children = [_line(site, item, view) for item in page.items]
    body = markup.container(
        children,
        size=len(children),
        **page.extent,
        allowSync=1,
        librarySectionID=section.key,
        librarySectionTitle=section.title,
    )
    return Response(body=body)


def photos(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """The pictures that can be selected."""
    page = listings.page_of(markup.photos(site.items(ids[0])[0], picture_list(request)), request, site.options)
    body = markup.container(page.items, size=len(page.items), **page.extent, identifier="com.plexapp.plugins.library")
    return Response(body=body)


def picture(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """The bytes that the item shows."""
    sha1 = pictures.selected_sha1(site.items(ids[0])[0], picture_list(request))
    return _bytes(site, sha1)


def file(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """The bytes of one picture by its URL on the wire."""
    shelves = site.items(ids[0])[0].pictures.values()
    return _bytes(
        site,
        next((shelf.pictures[request.first("url")] for shelf in shelves if request.first("url") in shelf.pictures), ""),
    )


def small(site: Site, request: Request, _ids: tuple[str, ...]) -> Response:
    """A picture as apps ask for it, and as large as it is: of an item, or of an actor by the address that was given."""
    address = request.first("url")
    shown = _OF_ITEM.fullmatch(address)
    if shown:
        return _bytes(
            site, pictures.selected_sha1(site.items(shown[1])[0], "posters" if shown[2] == "thumb" else "arts")
        )
    try:
        body = site.state.photo_copies.get(address) or fetched(address).body
    except OSError:
        body = b""
    if not body:
        raise Refusal(404, "no photo")
    return Response(body=body, content_type="image/jpeg")


def not_found(_site: Site, request: Request, _ids: tuple[str, ...]) -> Response:
    """Nothing is there."""
    raise Refusal(404, request.path)


def _line(site: Site, item: Item, view: markup.View) -> str:
    """An item, or a collection with what it tells of its items."""
    collections = site.state.collections
    own: dict[str, object] = {}
    if item.type == COLLECTION:
        own = {"childCount": collections.size(item), "subtype": "movie", "smart": int(collections.is_smart(item))}
    return markup.item(item, site.state.sections[item.section_key], view, site.state.items, own)


def _bytes(site: Site, sha1: str) -> Response:
    if not sha1:
        raise Refusal(404, "no picture")
    return Response(body=site.state.blobs[sha1], content_type="image/jpeg")
