"""Files of the library that come, are replaced, move and go. Asked only where a folder of the library was named."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.contract.beliefs import Beliefs
from tests.contract.plex.kept import file_of
from tests.contract.plex.scratch import Scratch
from tests.waiting import wait_until

FILES = Beliefs("Plex files")
_NAME = "Contract.mp4"
_DEADLINE_S = 60.0


@FILES.sure("A new file is there after a scan of its folder:", "yes")
def new_file(plex: Scratch) -> str:
    with _made(plex) as (key, _path):
        return "yes" if key else "no"


@FILES.unsure(
    "A file replaced under its name is shown, after a scan, with the size", strict="of before", lenient="of the new one"
)
def replaced_size(plex: Scratch) -> str:
    with _made(plex) as (key, path):
        before = _size(plex, key)
        _replace(plex)
        _found(plex, path)
        return "of before" if _size(plex, key) == before else "of the new one"


@FILES.unsure("A file replaced under its name moves `updatedAt`:", strict="no", lenient="yes")
def replaced_updated_at(plex: Scratch) -> str:
    with _made(plex) as (key, path):
        before = plex.item(key).get("updatedAt")
        _replace(plex)
        _found(plex, path)
        return "no" if plex.item(key).get("updatedAt") == before else "yes"


@FILES.unsure("A file moved within its folder has, after a scan, a key that is", strict="new", lenient="new")
def moved(plex: Scratch) -> str:
    with _made(plex) as (key, _path):
        new_path = plex.disk.move(_NAME, "Contract Moved.mp4")
        plex.wire.scan(plex.section, plex.disk.folder())
        return "the old one" if _found(plex, new_path) == key else "new"


def _replace(plex: Scratch) -> None:
    plex.pass_second()
    plex.disk.put(_NAME, extra_bytes=1_000)
    plex.wire.scan(plex.section, plex.disk.folder())
    plex.wait_for_scan()


def _size(plex: Scratch, key: int) -> str:
    part = plex.item(key).find("Media/Part")
    return "" if part is None else part.get("size", "")


@contextmanager
def _made(plex: Scratch) -> Iterator[tuple[int, str]]:
    """A film of our own: its key and its plex_path."""
    path = plex.disk.put(_NAME)
    try:
        plex.wire.scan(plex.section, plex.disk.folder())
        yield _found(plex, path), path
    finally:
        plex.disk.clear()
        plex.wire.scan(plex.section, plex.disk.folder())


def _found(plex: Scratch, path: str) -> int:
    """The key of the film with this file, as soon as it is there."""

    def key() -> int:
        found = (item for item in plex.listed().iter("Video") if file_of(item) == path)
        return next((int(item.get("ratingKey", "")) for item in found), 0)

    return wait_until(key, "the film in its library", _DEADLINE_S, every_s=0.2)
