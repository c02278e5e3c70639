"""Posters and backgrounds. Always the same two pictures, because what was uploaded stays in an item's list for good."""

import hashlib
import struct
import zlib
from contextlib import suppress

from tests.contract.beliefs import Beliefs
from tests.contract.plex.kept import SHELVES, chosen, locks_of
from tests.contract.plex.scratch import Scratch
from tests.waiting import wait_until

_UPLOAD_S = 5.0
PICTURES = Beliefs("Plex pictures")


def _png(red: int, green: int, blue: int) -> bytes:
    """A picture of one colour, 64 by 96."""
    rows = (b"\0" + bytes((red, green, blue)) * 64) * 96
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 64, 96, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


BLUE, GREEN = _png(40, 80, 160), _png(40, 160, 80)


def _sha1(picture: bytes) -> str:
    return hashlib.sha1(picture, usedforsecurity=False).hexdigest()


def _urls(plex: Scratch, shelf: str = "posters") -> list[str]:
    photos = plex.wire.xml(f"/library/metadata/{plex.first}/{shelf}").iter("Photo")
    return [photo.get("ratingKey", "") for photo in photos]


def _upload(plex: Scratch, picture: bytes, shelf: str = "posters") -> str:
    """Upload without a lock before it; gives what the list calls the picture, "" if it is not there."""
    plex.may_choose(shelf)
    plex.edit(plex.first, (f"{SHELVES[shelf]}.locked", "0"))
    assert plex.wire.upload(plex.first, shelf, picture) in {200, 201}
    with suppress(AssertionError):
        return wait_until(
            lambda: next((url for url in _urls(plex, shelf) if url.endswith(_sha1(picture))), ""),
            "the picture in its list",
            _UPLOAD_S,
        )
    return ""


def _is_locked(plex: Scratch, name: str = "thumb") -> str:
    return "yes" if name in locks_of(plex.item(plex.first)) else "no"


@PICTURES.sure("An uploaded poster is listed as", "`upload://posters/<sha1>`")
def upload(plex: Scratch) -> str:
    url = _upload(plex, BLUE)
    return f"`{url.replace(_sha1(BLUE), '<sha1>')}`"


@PICTURES.unsure(
    "An uploaded background is listed as", strict="`upload://arts/<sha1>`", lenient="`upload://arts/<sha1>`"
)
def upload_background(plex: Scratch) -> str:
    url = _upload(plex, BLUE, "arts")
    return f"`{url.replace(_sha1(BLUE), '<sha1>')}`"


@PICTURES.sure("An uploaded poster is chosen by that:", "yes")
def upload_chooses(plex: Scratch) -> str:
    _upload(plex, BLUE)
    url = _upload(plex, GREEN)
    return "yes" if url and chosen(plex.wire, plex.first, "posters") == url else "no"


@PICTURES.sure("The same bytes twice are in the list", "once")
def same_bytes(plex: Scratch) -> str:
    for _ in range(2):
        _upload(plex, BLUE)
    return {1: "once", 2: "twice"}.get(sum(url.endswith(_sha1(BLUE)) for url in _urls(plex)), "otherwise")


@PICTURES.unsure("An upload locks the poster:", strict="yes", lenient="no")
def upload_locks(plex: Scratch) -> str:
    _upload(plex, BLUE)
    return _is_locked(plex)


@PICTURES.sure("A choice shows another picture of the list:", "yes")
def choice(plex: Scratch) -> str:
    blue = _upload(plex, BLUE)
    _upload(plex, GREEN)
    plex.wire.choose(plex.first, "posters", blue)
    return "yes" if chosen(plex.wire, plex.first, "posters") == blue else "no"


@PICTURES.unsure("A choice locks the poster:", strict="yes", lenient="no")
def choice_locks(plex: Scratch) -> str:
    blue = _upload(plex, BLUE)
    _upload(plex, GREEN)
    plex.edit(plex.first, ("thumb.locked", "0"))
    plex.wire.choose(plex.first, "posters", blue)
    return _is_locked(plex)


@PICTURES.sure("With another poster its address (`thumb`) is", "another one")
def address(plex: Scratch) -> str:
    _upload(plex, BLUE)
    before = plex.item(plex.first).get("thumb")
    plex.pass_second()
    _upload(plex, GREEN)
    return "the same" if plex.item(plex.first).get("thumb") == before else "another one"


@PICTURES.unsure("`DELETE …/thumb` after an upload is answered with", strict="200", lenient="404")
def clear_choice(plex: Scratch) -> str:
    _upload(plex, BLUE)
    return str(plex.wire.clear_choice(plex.first, "posters"))


@PICTURES.unsure("After `DELETE …/thumb` the uploaded poster is", strict="not chosen", lenient="still chosen")
def choice_cleared(plex: Scratch) -> str:
    url = _upload(plex, BLUE)
    plex.wire.clear_choice(plex.first, "posters")
    return "still chosen" if chosen(plex.wire, plex.first, "posters") == url else "not chosen"


@PICTURES.unsure("After `DELETE …/thumb` the poster is locked:", strict="yes", lenient="no")
def lock_after_clearing(plex: Scratch) -> str:
    _upload(plex, BLUE)
    plex.wire.clear_choice(plex.first, "posters")
    return _is_locked(plex)


@PICTURES.unsure("After `DELETE …/thumb` the list has the upload:", strict="yes", lenient="yes")
def listed_after_clearing(plex: Scratch) -> str:
    url = _upload(plex, BLUE)
    plex.wire.clear_choice(plex.first, "posters")
    return "yes" if url in _urls(plex) else "no"
