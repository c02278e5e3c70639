"""The files of a library, where tests may write to a folder of it.

Nothing but what was written here is ever removed.
"""

import os
import struct
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final, Protocol

FILM: Final = (Path(__file__).parent / "film.mp4").read_bytes()
"""Two seconds of one colour and silence; made for this."""

FOLDER: Final = "Stash2Plex Contract"
FILMS: Final = "Contract"
"""Begins the name of every file that is written."""


class Disk(Protocol):
    """A folder of its own within the library.

    Names are of files in it and begin with `FILMS`, paths are as the server calls them.
    """

    def folder(self) -> str:
        """The folder's path."""

    def put(self, name: str, extra_bytes: int = 0) -> str:
        """Write a film, over what is there, with some bytes more than it has by itself; return its path."""

    def move(self, name: str, new_name: str) -> str:
        """Rename a file; gives its new path."""

    def clear(self) -> None:
        """Delete our films; nothing else."""


class Folder:
    """A folder of a real library. `their_root` is what the server calls `root`."""

    def __init__(self, root: Path, their_root: str) -> None:
        self._own = root / FOLDER
        path = PureWindowsPath(their_root) if "\\" in their_root else PurePosixPath(their_root)
        self._theirs = path / FOLDER

    def folder(self) -> str:
        """The folder's path."""
        return str(self._theirs)

    def put(self, name: str, extra_bytes: int = 0) -> str:
        """Write beside the name, then take it: a server that watches folders would read half a film."""
        self._own.mkdir(exist_ok=True)
        half = self._own / f".{name}.part"
        half.write_bytes(film(extra_bytes))
        half.replace(self._own / name)
        return str(self._theirs / name)

    def move(self, name: str, new_name: str) -> str:
        """Rename a file; gives its new path."""
        (self._own / name).rename(self._own / new_name)
        return str(self._theirs / new_name)

    def clear(self) -> None:
        """Delete our films, those of a killed run too, and the folder if nothing else is in it."""
        for file in [*self._own.glob(f"{FILMS}*"), *self._own.glob(f".{FILMS}*.part")]:
            file.unlink()
        if self._own.exists() and not any(self._own.iterdir()):
            self._own.rmdir()


def film(extra_bytes: int) -> bytes:
    """A film of another content each time: a server that knows files by their hash would take two for one."""
    filler = os.urandom(16) + bytes(extra_bytes)
    return FILM + struct.pack(">I", 8 + len(filler)) + b"free" + filler


def named_folder(server: str, environment: Mapping[str, str]) -> Folder | None:
    """The folder that `PLEX_CONTRACT_FOLDER` names (or `STASH_…`).

    `…_FOLDER_THERE` is what the server calls it where that is another path.
    """
    folder = environment.get(f"{server}_CONTRACT_FOLDER")
    return Folder(Path(folder), environment.get(f"{server}_CONTRACT_FOLDER_THERE") or folder) if folder else None
