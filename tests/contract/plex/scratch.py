"""The scratch library: what beliefs may write to, and how everything is given back whatever happens."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import requests

from tests.contract.beliefs import Belief, NotAsked
from tests.contract.disk import Disk
from tests.contract.plex.kept import Kept, file_of, give_back, video
from tests.contract.plex.wire import PAGE, Wire
from tests.contract.stopping import Unfit
from tests.waiting import wait_until

HANDFUL: Final = 12
NEEDED: Final = 3
CLEARS_FROM: Final = (1, 43, 0, 10162)
"""From here on `DELETE …/thumb` takes a choice back. Source: pull request 1558 of python-plexapi."""
_FAR: Final = 1_000_000
_SCAN_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """One server and the library on it; `version` is told in the table."""

    wire: Wire
    section: int
    uuid: str
    keys: tuple[int, ...]
    version: str
    is_claimed: bool
    folders: tuple[str, ...]


def target(wire: Wire, library: str, most: int = HANDFUL) -> Target:
    """Find the library by its name.

    Raises:
        Unfit: it is not named as scratch, not there or there twice, no library of films, or holds more than `most`
            items or fewer than are needed.
    """
    if "scratch" not in library.casefold():
        raise Unfit(
            f"the library {library!r} does not have 'scratch' in its name: only one that was made for this is written to"
        )
    identity = wire.xml("/identity", headers={})
    named = [
        directory
        for directory in wire.xml("/library/sections", headers={}).iter("Directory")
        if directory.get("title") == library
    ]
    if len(named) != 1 or named[0].get("type") != "movie":
        raise Unfit(
            f"there must be exactly one library of films named {library!r}, but Plex has {len(named)} of that name"
        )
    section = int(named[0].get("key", ""))
    page = wire.xml(f"/library/sections/{section}/all", [("type", "1")])
    count = int(page.get("totalSize") or page.get("size", "0"))
    if not NEEDED <= count <= most:
        raise Unfit(
            f"the library {library!r} has {count} films; {NEEDED} are needed, and more than {most} look like somebody's"
        )
    keys = tuple(int(item.get("ratingKey", "")) for item in page.iter("Video"))
    version = identity.get("version", "").partition("-")[0]
    folders = tuple(place.get("path", "") for place in named[0].iter("Location"))
    return Target(wire, section, named[0].get("uuid", ""), keys, version, identity.get("claimed") != "0", folders)


class Scratch:
    """A library under test. Made by `opened`, which has read every item before the first write.

    Raises:
        Unfit: `disk` is none of the library.

    `pass_second` waits until the server's clock, which has whole seconds, shows another one. `disk` is None where files
    cannot be changed.
    """

    def __init__(self, found: Target, reading: str, pass_second: Callable[[], None], disk: Disk | None) -> None:
        self.wire = found.wire
        self.section = found.section
        self.is_claimed = found.is_claimed
        self.version = found.version
        self.reading = reading
        self.pass_second = pass_second
        self.first, self.second, self.third = found.keys[:NEEDED]
        self._found = found
        self._disk = disk
        if disk and not any(disk.folder().startswith(folder) for folder in found.folders):
            raise Unfit("the folder that was named is not below one of the library's own")
        self._before: dict[int, Kept] = {}

    @contextmanager
    def opened(self, journal: Path) -> Iterator["Scratch"]:
        """Give back what a killed run has left behind; read all items, write them down, and give them back in the end."""
        with _held(journal) as file:
            self.wire.own(self._found.keys)
            self._before = {kept.key: kept for kept in _left_behind(file, self._found)} or self._read()
            self.restore(self._before)
            self._before = self._read()
            _write(file, {"library": self._found.uuid, "items": [kept.as_json() for kept in self._before.values()]})
            try:
                yield self
            finally:
                self.restore(self._before)
                _write(file, {})

    def asked(self, belief: Belief) -> str:
        """The answer of this server; everything is as before then, also if finding out breaks off."""
        try:
            return belief.ask(self)
        finally:
            self.restore(self.wire.written)

    def restore(self, keys: Any) -> None:
        """Give these items back.

        Raises:
            AssertionError: something differs all the same; says which fields of which item.
        """
        left = {}
        for key in sorted(set(keys) & self._before.keys()):
            try:
                odd = give_back(self.wire, self.section, self._before[key])
            except requests.RequestException as error:
                odd = (type(error).__name__,)
            if odd:
                left[key] = odd
        self.wire.written.clear()
        assert not left, f"could not be given back; the next run tries again (rating key: fields): {left}"

    def may_choose(self, shelf: str) -> None:
        """Before another picture is shown. Raises: NotAsked, if the item would show it for good."""
        if not self._before[self.first].chosen[shelf] and _parts(self.version) < CLEARS_FROM:
            raise NotAsked(f"this version cannot take a choice back, and the first film has none in its {shelf}")

    @property
    def disk(self) -> Disk:
        """The library's files. Raises: NotAsked."""
        if self._disk is None:
            raise NotAsked("no folder of the library was named")
        return self._disk

    def wait_for_scan(self) -> None:
        """Wait until Plex says that it reads no folder of the library; it says so before it begins, too."""
        self.pass_second()
        self.pass_second()

        def is_over() -> bool:
            libraries = self.wire.xml("/library/sections", headers={}).iter("Directory")
            return any(
                library.get("key") == str(self.section) and library.get("refreshing") != "1" for library in libraries
            )

        wait_until(is_over, "the scan's end", _SCAN_S, every_s=0.2)

    def item(self, key: int) -> ET.Element:
        """One item whole."""
        return video(self.wire, key)

    def edit(self, keys: int | list[int], *fields: tuple[str, str], **values: str) -> int:
        """Change fields of items; `title="Sintel"` is short for the value with its lock. Gives the status."""
        if isinstance(keys, int):
            keys = [keys]
        if not set(self._found.keys).issuperset(
            keys
        ):  # what a server makes of a gone id is the question: any item may have changed
            self.wire.written.update(self._found.keys)
        pairs = [pair for name, value in values.items() for pair in ((f"{name}.value", value), (f"{name}.locked", "1"))]
        return self.wire.edit(self.section, keys, [*pairs, *fields])

    def listed(self, *params: tuple[str, str], headers: dict[str, str] = PAGE) -> ET.Element:
        """A page of the library."""
        return self.wire.xml(f"/library/sections/{self.section}/all", [("type", "1"), *params], headers)

    def found(self, *params: tuple[str, str]) -> set[int]:
        """The keys of a page of the library."""
        return {int(item.get("ratingKey", "")) for item in self.listed(*params).iter("Video")}

    @property
    def count(self) -> int:
        """How many items the library has."""
        return len(self._found.keys)

    def gone(self) -> int:
        """A key that no item of the server has; writes to it are allowed. Raises: NotAsked."""
        key = max(self._found.keys) + _FAR
        if self.wire.get(f"/library/metadata/{key}").status_code != 404:
            raise NotAsked("no unused rating key was found")
        self.wire.own([key])
        return key

    def gone_section(self) -> int:
        """A number that no library has."""
        return (
            1
            + max(
                int(directory.get("key", "0"))
                for directory in self.wire.xml("/library/sections", headers={}).iter("Directory")
            )
            + _FAR
        )

    def _read(self) -> dict[int, Kept]:
        return {key: Kept.read(self.wire, key) for key in self._found.keys}


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _left_behind(file: Any, found: Target) -> Iterator[Kept]:
    """What a run that was killed had read: of this library, and of items that are still the same by their file."""
    file.seek(0)
    try:
        kept = json.loads(file.read() or "{}")
    except ValueError:  # the run was killed while it wrote, and so before it changed anything or after it gave all back
        return
    if kept.get("library") != found.uuid:
        return
    for item in map(Kept.from_json, kept["items"]):
        if item.key in found.keys and file_of(video(found.wire, item.key)) == item.file:
            yield item


@contextmanager
def _held(path: Path) -> Iterator[Any]:
    """The journal, open and locked: two runs at once would take each other's values for the user's."""
    import fcntl

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Unfit("another run is at work on this library") from None
        yield file


def _write(file: Any, kept: Any) -> None:
    """On disk before anything is written to Plex."""
    file.seek(0)
    file.truncate()
    file.write(json.dumps(kept))
    file.flush()
    os.fsync(file.fileno())
