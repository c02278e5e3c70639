"""Handlers that change something, as Plex would change it."""

from contextlib import suppress
from urllib.parse import parse_qsl

from tests.fakes.plex import agents, edits, listing, markup, pictures, sort_titles
from tests.fakes.plex.collections import COLLECTION
from tests.fakes.plex.message import Refusal, Request, Response
from tests.fakes.plex.model import Item
from tests.fakes.plex.site import Site, picture_list
from tests.photo_visits import fetched


def edit_section(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """Change the items that the filters leave; **without an id every item of the section**."""
    section = site.section(ids)
    edit = _parsed(site, request)
    items = listing.matching(site.state, section, request)
    if site.options.collection_edits == "own" and request.first("type") == "18" and "summary" in edit.values:
        raise Refusal(404, "this collection cannot be edited")
    wanted = [key for key in request.first("id").split(",") if key]
    if wanted and len(items) < len(wanted) and site.options.unknown_id_in_edit == "404":
        raise Refusal(404, "an item is gone")
    _apply(site, edit, items)
    _copy_photos(site, request)
    return Response()


def edit_items(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """Change these items."""
    _apply(site, _parsed(site, request), site.items(ids[0]))
    return Response()


def rate(site: Site, request: Request, _ids: tuple[str, ...]) -> Response:
    """Set the user's rating; -1 clears it."""
    if not request.first("identifier") or not request.first("rating"):
        raise Refusal(400, "key, identifier and rating are needed")
    edit = edits.Edit(values={"userRating": edits.rating(request.first("rating"))})
    _apply(site, edit, site.items(request.first("key"))[:1])
    return Response()


def prefs(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """Change an item's advanced settings, of which it has none here."""
    site.items(ids[0])
    if request.query:
        raise Refusal(400, f"no advanced setting {request.query[0][0]}")
    return Response()


def upload(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """Take the bytes of a picture and show it."""
    item, name = site.items(ids[0])[0], picture_list(request)
    if request.first("url"):
        raise Refusal(400, "the stand-in fetches nothing: pictures come as bytes")
    agents.remember(item)
    pictures.upload(
        item, name, site.state.blobs, request.body, int(site.state.clock()), locks=site.options.upload_locks
    )
    site.state.touch(item)
    return Response()


def select(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """Show a picture that is there already; answers its new address as bare text.

    Source: pull request 437 of python-plexapi.
    """
    item, name = site.items(ids[0])[0], picture_list(request)
    agents.remember(item)
    pictures.select(item, name, request.first("url"), int(site.state.clock()), locks=site.options.upload_locks)
    site.state.touch(item)
    return Response(body=markup.picture_path(item, name).encode(), content_type="text/html")


def clear(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """Take the choice of a picture back, where the server is new enough; what was uploaded stays in the list."""
    if not pictures.can_clear(site.options):
        raise Refusal(404, request.path)
    item, name = site.items(ids[0])[0], picture_list(request)
    agents.remember(item)
    of_agent, _ = agents.known(item).pictures.get(name, ("", ""))
    shown = of_agent if site.options.cleared_shows == "agent" else ""
    pictures.clear(item, name, shown, int(site.state.clock()))
    site.state.touch(item)
    return Response()


def scan(site: Site, request: Request, ids: tuple[str, ...]) -> Response:
    """Look for new files in a folder."""
    section = site.section(ids)
    options = site.options
    site.state.scan(
        section.key,
        request.first("path"),
        options.scan_ms / 1000,
        adds=options.scan_adds,
        rereads=options.scan_rereads,
    )
    return Response()


def refresh(site: Site, _request: Request, ids: tuple[str, ...]) -> Response:
    """Put back what the agent knows, except where a lock is."""
    for item in site.items(ids[0]):
        agents.restore(item, agents.known(item))
        site.state.collections.note(item)
        site.state.touch(item)
    return Response()


def _copy_photos(site: Site, request: Request) -> None:
    if site.options.copies_photos:
        for name, address in request.query:
            if name.endswith(".tag.thumb"):
                with suppress(OSError):
                    site.state.photo_copies[address] = fetched(address).body


def _parsed(site: Site, request: Request) -> edits.Edit:
    """The edit in the address and, where forms are read, in the body."""
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    form = parse_qsl(request.body.decode(), keep_blank_values=True) if is_form and site.options.reads_forms else []
    return edits.parse([*request.query, *form], site.options)


def _apply(site: Site, edit: edits.Edit, items: list[Item]) -> None:
    collections = site.state.collections
    collections.keeps_empty = site.options.empty_collections == "stay"
    for item in items:
        sorted_by = sort_titles.of(item)
        edits.apply(edit, item, site.state.tags, site.options)
        sort_titles.settle(item, edit.values, sorted_by, site.options.sort_title)
        if item.type != COLLECTION:
            collections.note(item)
        elif "title" in edit.values and site.options.collection_names == "follow":
            collections.rename(item, site.state.tags)
        site.state.touch(item)
