"""What of this folder goes to a user's Stash: the plugin, its page and its papers.

No tests, documents, benchmarks or scripts.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

MANIFEST: Final = "Stash2Plex.yml"
REQUIREMENTS: Final = "requirements.txt"
TOP: Final = (MANIFEST, "Stash2Plex.py", "CHANGELOG.md", "LICENSE", REQUIREMENTS)
ROOMS: Final = (
    "entry",
    "hooks",
    "logs",
    "matching",
    "plex",
    "records",
    "settings",
    "stash",
    "storage",
    "sync_queue",
    "tasks",
    "transport",
    "worker",
)
PAGE: Final = "ui"
SOURCES: Final = (*TOP, *ROOMS, PAGE)
"""Everything that a change of the package can come from."""

_PAGE_SUFFIXES: Final = frozenset({".js", ".css", ".svg", ".png"})
"""Never a second .yml: Stash takes each one below its plugins folder for a plugin.

Source: stash pkg/plugin/plugins.go, ReloadPlugins.
"""


def shipped_files(root: Path) -> dict[str, bytes]:
    """Name within the package to content, without the libraries.

    Raises:
        FileNotFoundError: one of TOP is missing.
    """
    names = [*TOP, *_below(root, ROOMS, {".py"}), *_below(root, (PAGE,), _PAGE_SUFFIXES)]
    return {name: (root / name).read_bytes() for name in names}


def _below(root: Path, folders: tuple[str, ...], suffixes: "set[str] | frozenset[str]") -> Iterator[str]:
    for folder in folders:
        for path in (root / folder).rglob("*"):
            name = path.relative_to(root)
            if path.is_file() and path.suffix in suffixes and not any(part.startswith(".") for part in name.parts):
                yield name.as_posix()
