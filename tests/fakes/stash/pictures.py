"""Pictures over HTTP: covers of scenes and images of what belongs to them, with an ETag made from the bytes.

Where there is none, a default drawing (SVG) is answered, with status 200 like any other picture. Source: Stash 0.30.1.
"""

import hashlib
import re

from tests.fakes.stash.library import Library
from tests.fakes.stash.wire import Request, Response

ROUTE = re.compile(r"/(scene|performer|studio|tag|group)/(\d+)/(screenshot|image|frontimage|backimage)")
_NAMES = {"frontimage": "front_image", "backimage": "back_image"}
DEFAULT_SCENE = b'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="#30404d"/></svg>'
DEFAULT_DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="450"><circle cx="150" cy="150" r="90"/></svg>'
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
    entries = {
        "performer": library.performers,
        "studio": library.studios,
        "tag": library.tags,
        "group": library.groups,
    }
    entry = entries[kind].get(entry_id)
    if entry is None:
        return None
    wants_default = request.query.get("default") == "true"
    own: bytes | None = getattr(entry, _NAMES.get(match[3], "image"), None)
    return DEFAULT_DRAWING if wants_default else own or DEFAULT_DRAWING
