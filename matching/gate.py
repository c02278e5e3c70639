"""Decides which scenes take part, and which of their tags; the same conditions for hooks and tasks."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from matching.paths import is_windows, path_key


class SkipCode(StrEnum):
    """Why a scene does not take part; skips are counted by it."""

    NO_FILE = "no_file"
    NOT_ORGANIZED = "not_organized"
    NO_CHOSEN_TAG = "no_chosen_tag"
    PATH_NOT_CHOSEN = "path_not_chosen"


@dataclass(frozen=True, slots=True)
class SkipReason:
    """`code` is for counting (a SkipCode, where the scene itself is why), `text` for people."""

    code: str
    text: str


class TagLike(Protocol):
    """A tag of a scene."""

    @property
    def id(self) -> int: ...  # noqa: D102 - the class says it
    @property
    def name(self) -> str: ...  # noqa: D102 - the class says it


class _Scene(Protocol):
    @property
    def organized(self) -> bool: ...
    @property
    def tags(self) -> Sequence[TagLike]: ...
    @property
    def files(self) -> Sequence[str]: ...


class _Conditions(Protocol):
    """The settings that choose scenes; empty means all."""

    @property
    def only_organized(self) -> bool: ...
    @property
    def only_tags(self) -> tuple[str, ...]: ...
    @property
    def only_paths(self) -> tuple[str, ...]: ...


def why_skip(scene: _Scene, conditions: _Conditions) -> SkipReason | None:
    """Return the first condition that `scene` does not meet, or None if it takes part."""
    if not scene.files:
        return SkipReason(SkipCode.NO_FILE, "the scene has no file")
    if conditions.only_organized and not scene.organized:
        return SkipReason(SkipCode.NOT_ORGANIZED, "the scene is not marked as organized (setting only_organized)")
    if conditions.only_tags and not any(names_tag(conditions.only_tags, tag) for tag in scene.tags):
        chosen = ", ".join(conditions.only_tags)
        return SkipReason(SkipCode.NO_CHOSEN_TAG, f"the scene has none of the tags {chosen} (setting only_tags)")
    if conditions.only_paths and not any(in_globs(path, conditions.only_paths) for path in scene.files):
        return SkipReason(
            SkipCode.PATH_NOT_CHOSEN, f"{scene.files[0]} fits none of the chosen paths (setting only_paths)"
        )
    return None


def kept_tags(tags: Iterable[TagLike], *, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> tuple[str, ...]:
    """Return in order the names of the tags that reach Plex: those of `include` (empty: all) but for `exclude`."""
    chosen = [tag for tag in tags if names_tag(include, tag)] if include else tags
    return tuple([tag.name for tag in chosen if not (exclude and names_tag(exclude, tag))])


def names_tag(chosen: Iterable[str], tag: TagLike) -> bool:
    """Return whether one of `chosen` is the tag's name, without case, or its id."""
    keys = {_name_key(tag.name), str(tag.id)}
    return any(_name_key(each) in keys for each in chosen)


def _name_key(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def in_globs(stash_path: str, globs: Iterable[str]) -> bool:
    """Return whether `stash_path` fits one of `globs`, or lies in a folder that does.

    `*` and `?` stay within one component, `**` as a component stands for any number of them: `/data/films`,
    `/data/*/new`, `**/*.mkv`.
    """
    fold = is_windows(stash_path)
    path = path_key(stash_path, fold=fold)
    return any(re.fullmatch(_pattern(path_key(glob, fold=fold)), path) is not None for glob in globs)


def _pattern(glob: str) -> str:
    """Return the expression for a glob. Each run of components between two `**` is taken where it fits first, for good.

    What follows it can only lie behind, so that matching never backtracks.
    """
    first, *others = ("/".join(map(_component, run)) for run in _runs(glob.split("/")))
    sought = [f"(?>(?:[^/]*/)*?{run}(?=/|\\Z))" for run in others if run]
    anchored = [] if glob.startswith("**") else [first]
    return f"(?s:{'/'.join([*anchored, *sought])}(?:/.*)?)" if anchored or sought else "(?s:.*)"


def _runs(parts: list[str]) -> list[list[str]]:
    """Cut the components at each `**`."""
    runs: list[list[str]] = [[]]
    for part in parts:
        if part == "**":
            runs.append([])
        else:
            runs[-1].append(part)
    return runs


def _component(part: str) -> str:
    """Return the expression for one component; each piece between two `*`, too, is taken where it fits first."""
    first, *others = (re.escape(piece).replace("\\?", "[^/]") for piece in part.split("*"))
    if not others:
        return first
    return first + "".join(f"(?>[^/]*?{piece})" for piece in others[:-1]) + f"[^/]*{others[-1]}"
