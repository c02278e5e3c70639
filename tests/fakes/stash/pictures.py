"""Pictures over HTTP: covers of scenes and groups, images of performers, with an ETag made from the bytes.

A scene or group without a cover and a performer without an image answer a default drawing (SVG), with status 200 like any other
picture. Source: Stash 0.30.1.
"""

import hashlib
import re

from tests.fakes.stash.library import Library
from tests.fakes.stash.wire import Request, Response

ROUTE = re.compile(r"/(scene|performer|group)/(\d+)/(screenshot|image|frontimage)")
DEFAULT_SCENE = b'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="#30404d"/></svg>'
DEFAULT_PERFORMER = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="450"><circle cx="150" cy="150" r="90"/></svg>'
)
DEFAULT_GROUP = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="450"><rect width="300" height="450"/></svg>'
)
_SIGNATURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"GIF8": "image/gif"}


def serve_picture(library: Library, request: Request) -> Response:
    """Answer a picture, 304 where the client has these bytes already, or 404."""
    picture = _find(library, request)
    if picture is None:
        return Response(404, b"Not Found\n", "text/plain; charset=utf-8")
    etag = f'"{hashlib.md5(picture, usedforsecurity=False).hexdigest()}"'
    caching = "private, max-age=31536000, immutable" if "t" in request.query else "no-cache"
    headers = {"Cache-Control": caching, "Etag": etag}
    known = {value.strip().removeprefix("W/") for value in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(304, headers=headers)
    return Response(200, picture, content_type_of(picture), headers)


def content_type_of(picture: bytes) -> str:
    """Sniff the type, as Stash does; whatever looks like text is taken for SVG."""
    return next((name for start, name in _SIGNATURES.items() if picture.startswith(start)), "image/svg+xml")


def _find(library: Library, request: Request) -> bytes | None:
    match = ROUTE.fullmatch(request.path)
    if match is None:
        return None
    kind, entry_id = match[1], int(match[2])
    if kind == "scene":
        scene = library.scenes.get(entry_id)
        return None if scene is None else scene.cover or DEFAULT_SCENE
    wants_default = request.query.get("default") == "true"
    if kind == "group":
        group = library.groups.get(entry_id)
        front = None if group is None or wants_default else group.front_image
        return None if group is None else front or DEFAULT_GROUP
    performer = library.performers.get(entry_id)
    if performer is None:
        return None
    return DEFAULT_PERFORMER if wants_default else performer.image or DEFAULT_PERFORMER
