"""Which items hold a file of a scene: all of them, none, or nothing because it is ambiguous. Never by title.

A file is found by its whole path: as it is written; if Plex has no such path, in another Unicode form or with other
separators; and without case only where the file system ignores case (Windows, or the setting), because elsewhere
`A.mp4` and `a.mp4` are two files.

Right before a write the item's own files are compared once more (`holds`). Where a path rule of the user fits, the path
alone decides: a size may be out of date in either server. Every other path was found without the user, inferred or
merely written alike on two machines that may have mounted two disks there: then the sizes have to agree as well.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from matching.mapper import Mapper
from matching.paths import FileSizes, PlexFile, common_tail, is_lossy, may_be_equal, name_key, path_key


class _IndexedFile(PlexFile, Protocol):
    """One row of the path index: the file `plex_path` of `size` bytes belongs to the item `rating_key`."""

    @property
    def section_key(self) -> int: ...
    @property
    def rating_key(self) -> int: ...
    @property
    def item_type(self) -> str: ...


E = TypeVar("E", bound=_IndexedFile)
Lookup: TypeAlias = Callable[[str], Iterable[E]]


@dataclass(frozen=True, slots=True)
class Matched(Generic[E]):
    """The items that have a file where a file of the scene is: versions, parts, one file in several sections.

    All of them are to be updated, if `holds` agrees: a size in the index may be out of date. `entries` has one entry an
    item, in the order of the scene's files; `missing` the stash_paths that no item holds.
    """

    entries: tuple[E, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoMatch(Generic[E]):
    """No item holds any file of the scene. `missing` are its stash_paths, `tried` where they were looked for.

    `near` are entries that differ in case only: a hint for the user, never a match.
    """

    missing: tuple[str, ...]
    tried: tuple[str, ...] = ()
    near: tuple[E, ...] = ()

    def __str__(self) -> str:
        if not self.missing:
            return "the scene has no file"
        if any(map(is_lossy, self.missing)):
            return (
                f"{self.missing[0]}: the name holds bytes that are not UTF-8, so it cannot be told from others;"
                " rename the file"
            )
        hint = f"; {self.near[0].plex_path} differs in case only (setting ignore_path_case)" if self.near else ""
        return f"Plex has no item with the file {', '.join(self.tried or self.missing)}{hint}"


@dataclass(frozen=True, slots=True)
class Ambiguous(Generic[E]):
    """Different files in Plex could be `stash_path`, so nothing may be written. `claims` names them all."""

    stash_path: str
    claims: tuple[E, ...]

    def __str__(self) -> str:
        named = ", ".join(f"item {claim.rating_key} ({claim.plex_path})" for claim in self.claims)
        return (
            f"{self.stash_path} could be {named}: nothing is written until a path rule (setting path_rules) or Plex"
            " leaves only one"
        )


Match: TypeAlias = Matched[E] | NoMatch[E] | Ambiguous[E]


def find(
    files: FileSizes, mapper: Mapper, lookup: Lookup[E], lookup_key: Lookup[E], lookup_name: Lookup[E]
) -> Match[E]:
    """Return the items that hold a file of the scene.

    `lookup` takes a plex_path as written, `lookup_key` its `path_key` with `fold` (and may answer with more),
    `lookup_name` its `name_key`, asked only where an inferred mapping led to a file.
    """
    finder = _Finder(mapper, lookup, lookup_key, lookup_name)
    items: dict[int, E] = {}
    missing = []
    for stash_path, size in files.items():
        claims = finder.claims(stash_path, size)
        if len({claim.plex_path for claim in claims}) > 1:
            return Ambiguous(stash_path, claims)
        for claim in claims:
            items.setdefault(claim.rating_key, claim)
        if not claims:
            missing.append(stash_path)
    if items:
        return Matched(tuple(items.values()), tuple(missing))
    return NoMatch(
        tuple(missing), tuple(path for each in missing for path in mapper.candidates(each)), finder.near(missing)
    )


@dataclass(frozen=True, slots=True)
class _Finder(Generic[E]):
    mapper: Mapper
    lookup: Lookup[E]
    lookup_key: Lookup[E]
    lookup_name: Lookup[E]

    def claims(self, stash_path: str, size: int) -> tuple[E, ...]:
        """Return every entry that could be this file. More than one plex_path among them: ambiguous."""
        if is_lossy(stash_path):
            return ()
        place = self.mapper.place(stash_path)
        mapped = [entry for path in place.paths for entry in self._at(path)]
        is_guess = place.is_inferred and place.paths != (stash_path,)
        rivals = self._rivals(stash_path, size, mapped) if mapped and is_guess else []
        return tuple(dict.fromkeys((*mapped, *rivals)))

    def near(self, stash_paths: Iterable[str]) -> tuple[E, ...]:
        """Return the entries whose path differs from a candidate in case only."""
        candidates = (path for each in stash_paths if not is_lossy(each) for path in self.mapper.candidates(each))
        return tuple(dict.fromkeys(entry for path in candidates for entry in self._alike(path, fold=True)))

    def _at(self, plex_path: str) -> list[E]:
        exact = list(self.lookup(plex_path))
        if exact:
            return exact
        same = self._alike(plex_path, fold=False)
        return same or (self._alike(plex_path, fold=True) if self.mapper.roots.folds(plex_path) else [])

    def _alike(self, plex_path: str, *, fold: bool) -> list[E]:
        # The index may answer with more: its key need only be the same for paths that are the same here.
        found, key = self.lookup_key(path_key(plex_path, fold=True)), path_key(plex_path, fold=fold)
        return [entry for entry in found if path_key(entry.plex_path, fold=fold) == key]

    def _rivals(self, stash_path: str, size: int, guessed: list[E]) -> list[E]:
        """Return entries of other files, not of another size, that could be this one as well as the guess."""
        roots = self.mapper.roots
        own = {entry.plex_path for entry in guessed}
        shared = min(common_tail(stash_path, path, fold=roots.folds(stash_path, path)) for path in own)
        others = (entry for entry in self.lookup_name(name_key(stash_path)) if entry.plex_path not in own)
        return [
            entry
            for entry in others
            if may_be_equal(size, entry.size) and self._could_be(stash_path, entry.plex_path, shared)
        ]

    def _could_be(self, stash_path: str, plex_path: str, shared: int) -> bool:
        """Return whether a namesake, not known as another file, shares as much or lies where a mount could put it."""
        roots = self.mapper.roots
        as_much = common_tail(stash_path, plex_path, fold=roots.folds(stash_path, plex_path)) >= shared
        return (as_much or roots.parting(stash_path, plex_path) is not None) and not self.mapper.explains(plex_path)


@dataclass(frozen=True, slots=True)
class OtherFile:
    """A file in Plex at `plex_path`, where `stash_path` should be, that has another size."""

    stash_path: str
    stash_bytes: int
    plex_path: str
    plex_bytes: int

    def __str__(self) -> str:
        return (
            f"Plex holds a file at {self.plex_path} of {self.plex_bytes:,} bytes, and {self.stash_path} in Stash has"
            f" {self.stash_bytes:,}: it is another file, or one of the two has not scanned the new one yet; to have it"
            " synced all the same, say in path_rules where its folder is in Plex"
        )


def holds(item_files: FileSizes, scene_files: FileSizes, mapper: Mapper) -> bool:
    """Return whether one of an item's files is one of the scene's: the guard right before a write."""
    return None in _compared(item_files, scene_files, mapper)


def other_file(item_files: FileSizes, scene_files: FileSizes, mapper: Mapper) -> OtherFile | None:
    """Return the first file of an item that lies where one of the scene's should and is another one by its size."""
    return next((other for other in _compared(item_files, scene_files, mapper) if other is not None), None)


def _compared(item_files: FileSizes, scene_files: FileSizes, mapper: Mapper) -> Iterator[OtherFile | None]:
    """Yield for each file of the item that lies where one of the scene's may be: None if it is that one."""
    for stash_path, stash_bytes in scene_files.items():
        place = mapper.place(stash_path)
        for wanted in (path for path in place.paths if not is_lossy(path)):
            for plex_path, plex_bytes in item_files.items():
                if plex_path == wanted or _is_alike(plex_path, wanted, mapper):
                    is_it = place.is_ruled or may_be_equal(stash_bytes, plex_bytes)
                    yield None if is_it else OtherFile(stash_path, stash_bytes, plex_path, plex_bytes)


def _is_alike(plex_path: str, wanted: str, mapper: Mapper) -> bool:
    fold = mapper.roots.folds(wanted)
    return path_key(plex_path, fold=fold) == path_key(wanted, fold=fold)
