"""A real Plex, as the environment names it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Final

from tests.contract.beliefs import REAL
from tests.contract.plex.disk import Disk, Folder
from tests.contract.plex.scratch import HANDFUL, Scratch, target
from tests.contract.plex.wire import Wire
from tests.documents import ROOT

_SECOND_S: Final = 5.0


def is_named(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a real server to ask."""
    return bool(environment.get("PLEX_CONTRACT_URL"))


@contextmanager
def real_library(environment: Mapping[str, str] = os.environ) -> Iterator[Scratch]:
    """The scratch library of the server that `PLEX_CONTRACT_URL` names, and everything as it was afterwards.

    Raises:
        Unfit: the library must not be written to.
    """
    wire = Wire(environment["PLEX_CONTRACT_URL"], environment.get("PLEX_CONTRACT_TOKEN", ""))
    try:
        most = int(environment.get("PLEX_CONTRACT_MOST") or HANDFUL)
        found = target(wire, environment.get("PLEX_CONTRACT_LIBRARY", ""), most)
        library = Scratch(found, REAL, lambda: _pass_second(wire), _disk(environment))
        with library.opened(ROOT / ".contract" / f"plex-{found.uuid}.json"):
            yield library
    finally:
        wire.close()


def _disk(environment: Mapping[str, str]) -> Disk | None:
    folder = environment.get("PLEX_CONTRACT_FOLDER")
    return Folder(Path(folder), environment.get("PLEX_CONTRACT_FOLDER_IN_PLEX") or folder) if folder else None


def _pass_second(wire: Wire) -> None:
    """Wait for the server's next second, by the `Date` of its answers; without one, by the clock here."""
    between, began, before = Event(), monotonic(), _second_of(wire)
    while monotonic() < began + _SECOND_S:
        between.wait(0.1)
        now = _second_of(wire)
        if now != before if before else monotonic() > began + 1.1:
            return
    raise TimeoutError("the server's clock does not move")


def _second_of(wire: Wire) -> str:
    return wire.get("/identity", headers={}).headers.get("Date", "")
