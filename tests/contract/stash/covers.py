"""Covers over HTTP: how they are told apart, and what stands in for one that is missing."""

import base64
import hashlib

from tests.contract.beliefs import Beliefs
from tests.contract.plex.pictures import BLUE, GREEN
from tests.contract.stash.scratch import Scratch

COVERS = Beliefs("Stash covers")


def data_url(picture: bytes) -> str:
    """As Stash's interface sends a cover."""
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"


def _address(stash: Scratch, scene: str) -> str:
    """Path and query of the cover, as Stash tells them."""
    return str(stash.scene(scene, "paths { screenshot }")["paths"]["screenshot"]).partition("://")[2].partition("/")[2]


def _etag(stash: Scratch, scene: str) -> str:
    return stash.wire.get(f"/{_address(stash, scene)}").headers.get("Etag", "")


@COVERS.sure("A scene without a cover answers", "200, image/svg+xml")
def placeholder(stash: Scratch) -> str:
    answer = stash.wire.get(f"/{_address(stash, stash.make('scene'))}")
    return f"{answer.status_code}, {answer.headers.get('Content-Type', '').partition(';')[0]}"


@COVERS.sure("A cover that was saved comes back", "byte by byte")
def same_bytes(stash: Scratch) -> str:
    scene = stash.make("scene", cover_image=data_url(BLUE))
    return "byte by byte" if stash.wire.get(f"/{_address(stash, scene)}").content == BLUE else "as something else"


@COVERS.sure("Its Etag is", "the MD5 of its bytes")
def etag(stash: Scratch) -> str:
    scene = stash.make("scene", cover_image=data_url(BLUE))
    md5 = hashlib.md5(BLUE, usedforsecurity=False).hexdigest()
    return "the MD5 of its bytes" if _etag(stash, scene) == f'"{md5}"' else "something else"


@COVERS.sure("Its Etag in `If-None-Match` is answered with", "304")
def not_modified(stash: Scratch) -> str:
    scene = stash.make("scene", cover_image=data_url(BLUE))
    return str(stash.wire.get(f"/{_address(stash, scene)}", {"If-None-Match": _etag(stash, scene)}).status_code)


@COVERS.sure("After a save of something else the Etag", "stays, the address is another one")
def saved(stash: Scratch) -> str:
    scene = stash.make("scene", cover_image=data_url(BLUE))
    before = _etag(stash, scene), _address(stash, scene)
    stash.pass_second()
    stash.save(scene, details="A giant rabbit.")
    after = _etag(stash, scene), _address(stash, scene)
    return f"{'stays' if after[0] == before[0] else 'moves'}, the address is {'the same' if after[1] == before[1] else 'another one'}"


@COVERS.sure("A new cover moves", "the Etag and `updated_at`")
def new_cover(stash: Scratch) -> str:
    scene = stash.make("scene", cover_image=data_url(BLUE))
    before = _etag(stash, scene), stash.scene(scene)["updated_at"]
    stash.pass_second()
    stash.save(scene, cover_image=data_url(GREEN))
    after = _etag(stash, scene), stash.scene(scene)["updated_at"]
    moved = [name for name, old, new in zip(("the Etag", "`updated_at`"), before, after, strict=True) if old != new]
    return " and ".join(moved) or "nothing"


@COVERS.sure("The cover of a scene that is gone is answered with", "404")
def gone(stash: Scratch) -> str:
    return str(stash.wire.get(f"/scene/{stash.gone()}/screenshot").status_code)
