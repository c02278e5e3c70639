r"""Paths of two foreign machines as values: split, compared and joined without touching a disk.

A path is compared component by component, so that `/tv` never contains `/tv-4k`. Backslashes separate only where the path says
that it is a Windows path (`C:\…`, `\\nas\…`): on Linux a backslash is a letter, and `/m/a\b.mp4` and `/m/a/b.mp4` are two files.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

_WINDOWS: Final = re.compile(r"[A-Za-z]:(?:[\\/]|\Z)|\\\\")
_EXTENDED: Final = re.compile(r"\\\\\?\\(UNC\\)?", re.IGNORECASE)


class Split(NamedTuple):
    r"""A path in parts. `anchor` is "/", "C:/", "//" for a network share, or "" for a relative path; joined, the two make the path again with slashes."""

    anchor: str
    parts: tuple[str, ...]


def is_windows(path: str) -> bool:
    r"""Whether `path` begins with a drive (`C:\`) or names a network share with backslashes. Such paths ignore case by nature."""
    return _WINDOWS.match(path) is not None


def is_lossy(path: str) -> bool:
    """Whether bytes of `path` were lost on the way: two different files can then show the same path.

    Source: Stash's JSON shows each byte that is not UTF-8 as U+FFFD.
    """
    return "\ufffd" in path


@lru_cache(maxsize=1024)  # a scene's path is split some twenty times until it is matched, and folders for every scene
def split(path: str) -> Split:
    r"""Anchor and components as they were written; empty components, "." and a trailing separator are dropped, ".." is kept.

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
    """`name` as equality sees it: NFC; with `fold` also without case.

    Case is dropped letter by letter, not with `str.casefold`, which makes "ss" of "ß": no file system takes those two for one file.
    """
    if name.isascii():
        return name.lower() if fold else name
    name = unicodedata.normalize("NFC", name)
    return unicodedata.normalize("NFC", "".join(map(_lower, name))) if fold else name


def _lower(letter: str) -> str:
    small = letter.lower()
    return small if len(small) == 1 else letter


def parts_key(parts: tuple[str, ...], *, fold: bool = False) -> tuple[str, ...]:
    """Components as equality sees them."""
    return tuple(component_key(part, fold=fold) for part in parts)


def path_key(path: str, *, fold: bool = False) -> str:
    r"""The text under which equal paths meet: NFC, single slashes, none at the end, the drive letter small; with `fold` without case.

    >>> path_key("C:\\Films\\Sintel.mp4")
    'c:/Films/Sintel.mp4'
    """
    anchor, parts = split(path)
    return _anchor_key(anchor) + "/".join(parts_key(parts, fold=fold))


def folder_of(path: str) -> str:
    """Everything before the file's name, as it was written, without the separator; "" where there is no folder but the root."""
    cut = max(path.rfind("/"), path.rfind("\\") if is_windows(path) else -1)
    return path[:cut] if cut > 0 else ""


def name_key(path: str) -> str:
    """The file's name under which equal names meet, without case: what an index by name is asked with. "" for a path without a name."""
    parts = split(path).parts
    return component_key(parts[-1], fold=True) if parts else ""


def tail_below(path: str, folder: str, *, fold: bool = False) -> tuple[str, ...] | None:
    """The components of `path` below `folder`, as they were written; `()` if the two are equal, None if `path` is not in it."""
    (anchor, parts), (folder_anchor, folder_parts) = split(path), split(folder)
    depth = len(folder_parts)
    inside = _anchor_key(anchor) == _anchor_key(folder_anchor) and parts_key(parts[:depth], fold=fold) == parts_key(
        folder_parts, fold=fold
    )
    return parts[depth:] if inside else None


def join(folder: str, tail: tuple[str, ...]) -> str:
    r"""`tail` below `folder`, with the separator that `folder` uses (`\` on Windows). The folder's text stays as it was written."""
    separator = "\\" if is_windows(folder) and "/" not in folder else "/"
    bare = folder.rstrip("\\/" if is_windows(folder) else "/")
    return separator.join((bare, *tail)) if tail else folder


def common_tail(one: str, other: str, *, fold: bool = False) -> int:
    """How many components the two paths share at their ends; anchors do not count."""
    shared = 0
    for left, right in zip(reversed(split(one).parts), reversed(split(other).parts), strict=False):
        if component_key(left, fold=fold) != component_key(right, fold=fold):
            break
        shared += 1
    return shared


def head(path: str, depth: int) -> str:
    """The folder made of the first `depth` components of `path`, without a separator at its end unless it is a root."""
    anchor, parts = split(path)
    text = anchor + "/".join(parts[:depth])
    return text.replace("/", "\\") if "\\" in path and is_windows(path) else text


def _anchor_key(anchor: str) -> str:
    return anchor.lower()
