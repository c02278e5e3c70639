"""Decides which scenes take part, and which of their tags; the same conditions for hooks and tasks."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from matching.paths import is_windows, path_key


class SkipCode(StrEnum):
    """Why a scene does not take part; skips are counted by it."""

    NO_FILE = "no_file"
    NOT_ORGANIZED = "not_organized"
    NO_CHOSEN_TAG = "no_chosen_tag"
    PATH_NOT_CHOSEN = "path_not_chosen"
    LEFT_OUT_TAG = "left_out_tag"
    STUDIO_NOT_CHOSEN = "studio_not_chosen"
    RATED_LOWER = "rated_lower"
    NO_STASHID = "no_stashid"
    NO_URL = "no_url"


@dataclass(frozen=True, slots=True)
class SkipReason:
    """`code` is for counting (a SkipCode, where the scene itself is why), `text` for people."""

    code: str
    text: str


class TagLike(Protocol):
    """A tag or the studio of a scene; `words` are what else people may name it by, as `name_key` has them."""

    @property
    def id(self) -> int: ...  # noqa: D102 - the class says it
    @property
    def name(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def words(self) -> frozenset[str]: ...  # noqa: D102 - the class says it


class _Scene(Protocol):
    @property
    def organized(self) -> bool: ...
    @property
    def tags(self) -> Sequence[TagLike]: ...
    @property
    def files(self) -> Sequence[str]: ...
    @property
    def studio(self) -> TagLike | None: ...
    @property
    def rating100(self) -> int | None: ...
    @property
    def has_stashid(self) -> bool: ...
    @property
    def has_url(self) -> bool: ...


class _Conditions(Protocol):
    """The settings that choose scenes; empty means all."""

    @property
    def only_organized(self) -> bool: ...
    @property
    def only_tags(self) -> tuple[str, ...]: ...
    @property
    def only_paths(self) -> tuple[str, ...]: ...
    @property
    def except_tags(self) -> tuple[str, ...]: ...
    @property
    def only_studios(self) -> tuple[str, ...]: ...
    @property
    def only_with(self) -> frozenset[str]: ...
    @property
    def least_rating(self) -> float: ...


def why_skip(scene: _Scene, conditions: _Conditions) -> SkipReason | None:
    """Return the first condition that `scene` does not meet, or None if it takes part."""
    if not scene.files:
        return SkipReason(SkipCode.NO_FILE, "the scene has no file")
    for name, find in _CONDITIONS.items():
        reason = find(scene, conditions) if getattr(conditions, name) else None
        if reason:
            return reason
    return None


def _organized(scene: _Scene, _conditions: _Conditions) -> SkipReason | None:
    if scene.organized:
        return None
    return SkipReason(SkipCode.NOT_ORGANIZED, "the scene is not marked as organized (setting only_organized)")


def _chosen_tag(scene: _Scene, conditions: _Conditions) -> SkipReason | None:
    chosen = conditions.only_tags
    if any(names_tag(chosen, tag) for tag in scene.tags):
        return None
    text = f"the scene has none of the tags {', '.join(chosen)} (setting only_tags)"
    return SkipReason(SkipCode.NO_CHOSEN_TAG, text)


def _left_out_tag(scene: _Scene, conditions: _Conditions) -> SkipReason | None:
    had = [tag.name for tag in scene.tags if names_tag(conditions.except_tags, tag)]
    return SkipReason(SkipCode.LEFT_OUT_TAG, f"the scene has the tag {had[0]} (setting except_tags)") if had else None


def _chosen_studio(scene: _Scene, conditions: _Conditions) -> SkipReason | None:
    chosen = conditions.only_studios
    if scene.studio is not None and names_tag(chosen, scene.studio):
        return None
    text = f"the scene is of none of the studios {', '.join(chosen)} (setting only_studios)"
    return SkipReason(SkipCode.STUDIO_NOT_CHOSEN, text)


def _rated(scene: _Scene, conditions: _Conditions) -> SkipReason | None:
    if (scene.rating100 or 0) >= conditions.least_rating:
        return None
    text = f"the scene is rated lower than {conditions.least_rating:g} of 100, or not at all (setting least_rating)"
    return SkipReason(SkipCode.RATED_LOWER, text)


def _known(scene: _Scene, conditions: _Conditions) -> SkipReason | None:
    if "stashid" in conditions.only_with and not scene.has_stashid:
        return SkipReason(SkipCode.NO_STASHID, "the scene has no StashID (setting only_with)")
    if "url" in conditions.only_with and not scene.has_url:
        return SkipReason(SkipCode.NO_URL, "the scene has no URL (setting only_with)")
    return None


def _in_paths(scene: _Scene, conditions: _Conditions) -> SkipReason | None:
    if any(in_globs(path, conditions.only_paths) for path in scene.files):
        return None
    text = f"{scene.files[0]} fits none of the chosen paths (setting only_paths)"
    return SkipReason(SkipCode.PATH_NOT_CHOSEN, text)


_CONDITIONS: Final[Mapping[str, Callable[[_Scene, _Conditions], SkipReason | None]]] = {
    "only_organized": _organized,
    "only_tags": _chosen_tag,
    "except_tags": _left_out_tag,
    "only_studios": _chosen_studio,
    "least_rating": _rated,
    "only_with": _known,
    "only_paths": _in_paths,
}
"""The settings that choose scenes, in the order in which they are asked; each only where it is set."""


def names_tag(chosen: Iterable[str], tag: TagLike) -> bool:
    """Return whether one of `chosen` is the tag's name, without case, its id, or another word for it."""
    keys = tag_keys((tag,))
    return any(name_key(each) in keys for each in chosen)


def tag_keys(tags: Iterable[TagLike]) -> frozenset[str]:
    """Return by what people may name one of `tags`; compare with `name_key`."""
    return frozenset(key for tag in tags for key in (name_key(tag.name), str(tag.id), *tag.words))


def name_key(name: str) -> str:
    """Return a name, or an id, as it is compared: without regard to case."""
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
