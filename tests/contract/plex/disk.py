"""The files of the scratch library, where a test may change them."""

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final, Protocol

FILM: Final = (Path(__file__).parent.parent / "film.mp4").read_bytes()
"""Two seconds of one colour and silence; made for this."""

_FOLDER: Final = "Stash2Plex Contract"


class Disk(Protocol):
    """A folder of its own within the library; names are of files in it."""

    def folder(self) -> str:
        """As Plex calls it."""

    def put(self, name: str, extra_bytes: int = 0) -> str:
        """Write a film, over what is there, so many bytes longer than it is by itself; gives its plex_path."""

    def move(self, name: str, new_name: str) -> str:
        """Rename a file; gives its new plex_path."""

    def clear(self) -> None:
        """Delete everything that was written, and the folder; nothing else."""


class Folder:
    """A folder of a real library. `plex_root` is what Plex calls `root`."""

    def __init__(self, root: Path, plex_root: str) -> None:
        self._own = root / _FOLDER
        path = PureWindowsPath(plex_root) if "\\" in plex_root else PurePosixPath(plex_root)
        self._plex_own = path / _FOLDER
        self._written: set[str] = set()

    def folder(self) -> str:
        """As Plex calls it."""
        return str(self._plex_own)

    def put(self, name: str, extra_bytes: int = 0) -> str:
        """Write beside the name, then take it: Plex watches folders and would read half a film."""
        self._own.mkdir(exist_ok=True)
        half = self._own / f".{name}.part"
        half.write_bytes(FILM + bytes(extra_bytes))
        half.replace(self._own / name)
        self._written.add(name)
        return str(self._plex_own / name)

    def move(self, name: str, new_name: str) -> str:
        """Rename a file; gives its new plex_path."""
        (self._own / name).rename(self._own / new_name)
        self._written.add(new_name)
        return str(self._plex_own / new_name)

    def clear(self) -> None:
        """Delete everything that was written, and the folder if nothing else is in it."""
        for name in self._written:
            (self._own / name).unlink(missing_ok=True)
        self._written.clear()
        if self._own.exists() and not any(self._own.iterdir()):
            self._own.rmdir()
