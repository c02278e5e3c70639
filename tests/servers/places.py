"""Folders of a run, and the films that both servers have: made anew, of different sizes, under one path for both."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.index import PACKAGE_ID
from tests.contract.disk import film

FILMS: Final = ("Copper Kettle", "Paper Lantern", "Quiet Harbour", "Silver Birch", "Winter Market")
"""Invented, so that no agent of Plex finds them anywhere."""

SCRATCH: Final = "Scratch films"
"""The library that `make contract` may write to."""

FLOWS: Final = "Films of the flows"
_SCRATCH_FILMS: Final = 4


@dataclass(frozen=True, slots=True)
class Places:
    """One run's folders below `root`, which begins empty."""

    root: Path

    @property
    def media(self) -> Path:
        """What both servers have."""
        return self.root / "media"

    @property
    def scratch(self) -> Path:
        """The library of the contract."""
        return self.media / "scratch"

    @property
    def flows(self) -> Path:
        """The library of the flows."""
        return self.media / "flows"

    @property
    def stash(self) -> Path:
        """Stash's own folder: its configuration, database and plugins."""
        return self.root / "stash"

    @property
    def configuration(self) -> Path:
        """Stash's configuration."""
        return self.stash / "config.yml"

    @property
    def plugins(self) -> Path:
        """Stash's plugins."""
        return self.stash / "plugins"

    @property
    def data(self) -> Path:
        """Our plugin's data, where Stash installs it from a source named as we name ours."""
        return self.plugins / PACKAGE_ID / PACKAGE_ID / "data"

    @property
    def plex(self) -> Path:
        """Plex's own folder."""
        return self.root / "plex"

    def lay(self) -> None:
        """Make everything."""
        shutil.rmtree(self.root, ignore_errors=True)
        for folder in (self.plugins, self.plex, self.scratch, self.flows):
            folder.mkdir(parents=True)
        for number, name in enumerate(FILMS):
            self.file(name).write_bytes(film(1000 * number))
        for number in range(_SCRATCH_FILMS):
            (self.scratch / f"Stash2Plex Scratch {number} (2001).mp4").write_bytes(film(1000 * number))

    def file(self, name: str) -> Path:
        """The file of a film of the flows."""
        return self.flows / f"{name} (2001).mp4"
