"""The stand-in as a Stash: with a login and a key ("strict"), and without ("lenient")."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clock import Clock
from tests.contract.beliefs import STRICT
from tests.contract.disk import FILM, FOLDER
from tests.contract.stash.probe import Probe
from tests.contract.stash.scratch import Scratch
from tests.contract.stash.wire import Wire
from tests.fakes.stash import FakeStash
from tests.fakes.stash.server import PLUGIN_ID

_KEY = "contract-api-key"


@contextmanager
def stand_in(reading: str, folder: Path) -> Iterator[Scratch]:
    """A stand-in with the probe installed; its plugin has one name only."""
    clock = Clock()
    probe = Probe(folder, PLUGIN_ID, lambda: None)
    probe.install()
    with FakeStash(clock=clock, plugin_dir=probe.folder, plugin_command=["sh", str(probe.script)]) as server:
        if reading == STRICT:
            server.configure_login(api_key=_KEY)
        wire = Wire(server.url, _KEY if reading == STRICT else "")
        with Scratch(wire, reading, lambda: _pass_second(clock), probe, StandInDisk(server)).opened() as stash:
            yield stash
        wire.close()


def _pass_second(clock: Clock) -> None:
    clock.now += 1


class StandInDisk:
    """The disk that the stand-in scans."""

    def __init__(self, server: FakeStash) -> None:
        self._disk = server.disk

    def folder(self) -> str:
        """The folder's path."""
        return f"/data/{FOLDER}"

    def put(self, name: str, extra_bytes: int = 0) -> str:
        """Write a film."""
        path = f"{self.folder()}/{name}"
        self._disk.put(path, len(FILM) + extra_bytes)
        return path

    def move(self, name: str, new_name: str) -> str:
        """Rename a file."""
        path = f"{self.folder()}/{new_name}"
        self._disk.move(f"{self.folder()}/{name}", path)
        return path

    def clear(self) -> None:
        """Delete what was written."""
        for path, _content in self._disk.seen():
            self._disk.remove(path)
