"""A real Plex, as the environment names it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.contract.beliefs import REAL
from tests.contract.disk import named_folder
from tests.contract.plex.scratch import HANDFUL, Scratch, target
from tests.contract.plex.wire import Wire
from tests.contract.stopping import orderly
from tests.documents import ROOT
from tests.waiting import next_second


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
        disk = named_folder("PLEX", environment)
        library = Scratch(found, REAL, lambda: next_second(lambda: _date(wire)), disk)
        if disk:
            disk.clear()
        with orderly(), library.opened(_notes(environment) / f"plex-{found.uuid}.json"):
            yield library
    finally:
        wire.close()


def _notes(environment: Mapping[str, str]) -> Path:
    """Where a run writes down what it has to give back."""
    return Path(environment.get("PLEX_CONTRACT_NOTES") or ROOT / ".contract")


def _date(wire: Wire) -> str:
    return wire.get("/identity", headers={}).headers.get("Date", "")
