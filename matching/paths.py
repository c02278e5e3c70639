r"""Files, path rules and paths of two foreign machines: split, compared and joined as text, without touching a disk.

A path is compared component by component, so that `/tv` never contains `/tv-4k`. Backslashes separate only where the
path says that it is a Windows path (`C:\…`, `\\nas\…`): on Linux a backslash is a letter, and `/m/a\b.mp4` and
`/m/a/b.mp4` are two files.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, Protocol, TypeAlias

_WINDOWS: Final = re.compile(r"[A-Za-z]:(?:[\\/]|\Z)|\\\\")
_EXTENDED: Final = re.compile(r"\\\\\?\\(UNC\\)?", re.IGNORECASE)

FileSizes: TypeAlias = Mapping[str, int]
"""Paths of files to their sizes in bytes; 0 where a server does not say."""


@dataclass(frozen=True, slots=True)
class PathRule:
    """A file below `stash_prefix` in Stash is below `plex_prefix` in Plex. Prefixes end on a path component."""

    stash_prefix: str
    plex_prefix: str

    def __str__(self) -> str:
        return f"{self.stash_prefix} => {self.plex_prefix}"


class PlexFile(Protocol):
    """A file that Plex has: its path as Plex sees it, and its bytes, 0 where Plex does not say."""

    @property
    def plex_path(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def size(self) -> int: ...  # noqa: D102 - the class says it


def may_be_equal(left: int, right: int) -> bool:
    """Return whether one file can have both sizes: they are equal, or one of them is unknown (0)."""
    return left == right or not left or not right


class Split(NamedTuple):
    """A path in parts, with slashes when joined; `anchor` is "/", "C:/", "//" (a share), or "" for a relative path."""

    anchor: str
    parts: tuple[str, ...]


def is_windows(path: str) -> bool:
    r"""Return whether `path` begins with a drive (`C:\`) or names a share with backslashes. Such paths ignore case."""
    return _WINDOWS.match(path) is not None


def is_lossy(path: str) -> bool:
    """Return whether two files may show as this path: Stash's JSON shows each byte that is not UTF-8 as U+FFFD."""
    return "\ufffd" in path


# A scene's path is compared some twenty times until it is matched, and folders with that of every scene.
@lru_cache(maxsize=1024)
def split(path: str) -> Split:
    r"""Split a path as it is written; empty components, "." and a trailing separator are dropped, ".." is kept.

    >>> split("/data//films/a.mp4")
    Split(anchor='/', parts=('data', 'films', 'a.mp4'))

    Exactly two leading slashes name a network share, as in POSIX and in `posixpath.normpath`; more than two are one.
    """
    text = (
        _EXTENDED.sub(lambda found: "\\\\" if found[1] else "", path, count=1) if path.startswith("\\\\?\\") else path
    )
    if is_windows(text):
        text = text.replace("\\", "/")
    anchor = _anchor(text)
    return Split(anchor, tuple(part for part in text[len(anchor) :].split("/") if part not in {"", "."}))


def _anchor(text: str) -> str:
    if text[1:2] == ":" and is_windows(text):
        return text[:2] + "/"
    if text.startswith("//") and not text.startswith("///"):
        return "//"
    return "/" if text.startswith("/") else ""


def component_key(name: str, *, fold: bool = False) -> str:
    """Return the text under which equal names meet: NFC; with `fold` also without case.

    Case is dropped letter by letter, not with `str.casefold`, which makes "ss" of "ß": no file system takes those two
    for one file.
    """
    if name.isascii():
        return name.lower() if fold else name
    name = unicodedata.normalize("NFC", name)
    return unicodedata.normalize("NFC", "".join(map(_lower, name))) if fold else name


def _lower(letter: str) -> str:
    small = letter.lower()
    return small if len(small) == 1 else letter


def _parts_key(parts: tuple[str, ...], *, fold: bool) -> tuple[str, ...]:
    if not fold and "".join(parts).isascii():  # nearly always
        return parts
    return tuple(component_key(part, fold=fold) for part in parts)


@lru_cache(maxsize=1024)
def path_key(path: str, *, fold: bool = False) -> str:
    """Return the text under which equal paths meet: NFC, single slashes, none last, a small drive; `fold`: no case."""
    anchor, parts = split(path)
    return anchor.lower() + "/".join(_parts_key(parts, fold=fold))


def folder_of(path: str) -> str:
    """Return all before the file's name, without the separator; "" where the only folder is the root."""
    cut = max(path.rfind("/"), path.rfind("\\") if is_windows(path) else -1)
    return path[:cut] if cut > 0 else ""


def name_key(path: str) -> str:
    """Return the key by which an index by name is asked: the file's name without case; "" for a path without a name."""
    parts = split(path).parts
    return component_key(parts[-1], fold=True) if parts else ""


@lru_cache(maxsize=1024)
def tail_below(path: str, folder: str, *, fold: bool = False) -> tuple[str, ...] | None:
    """Return the components of `path` below `folder` as written; `()` if the two are equal, None if it is not below."""
    (anchor, parts), (folder_anchor, folder_parts) = split(path), split(folder)
    depth = len(folder_parts)
    if anchor.lower() != folder_anchor.lower():
        return None
    is_below = _parts_key(parts[:depth], fold=fold) == _parts_key(folder_parts, fold=fold)
    return parts[depth:] if is_below else None


def join(folder: str, tail: tuple[str, ...]) -> str:
    r"""Return `tail` below `folder`, with the separator that `folder` uses (`\` on Windows) and its text as written."""
    separator = "\\" if is_windows(folder) and "/" not in folder else "/"
    bare = folder.rstrip("\\/" if is_windows(folder) else "/")
    return separator.join((bare, *tail)) if tail else folder


def common_tail(left_path: str, right_path: str, *, fold: bool = False) -> int:
    """Return how many components the two paths share at their ends; anchors do not count."""
    shared = 0
    for left, right in zip(reversed(split(left_path).parts), reversed(split(right_path).parts), strict=False):
        if component_key(left, fold=fold) != component_key(right, fold=fold):
            break
        shared += 1
    return shared


def head(path: str, depth: int) -> str:
    """Return the folder of the first `depth` components of `path`, without a last separator unless it is a root."""
    anchor, parts = split(path)
    text = anchor + "/".join(parts[:depth])
    return text.replace("/", "\\") if "\\" in path and is_windows(path) else text
