"""The mapping between Stash's and Plex's folders, read from the paths themselves when the user gave no rules.

A file is evidence for a mapping only if nothing else could be meant: exactly one file of its name and size in Plex
could be it, and no other file of Stash could be that one. A name alone is no evidence: cameras and scripts give the
same ones again and again. A mapping is accepted when the evidence agrees, in both directions. What stays open is left
out: a missing rule costs a question to the user, a wrong one costs somebody's metadata.

Two machines see one disk at two places. Those places are mount points, and mount points lie at or above a library
folder. So two paths of one file share everything below such a place; where they part below a library folder on both
sides, a folder would have been renamed between Stash and Plex, which mounting cannot do.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from matching.paths import (
    FileSizes,
    PathRule,
    PlexFile,
    common_tail,
    head,
    is_lossy,
    is_windows,
    may_be_equal,
    name_key,
    path_key,
    split,
    tail_below,
)

LookupName: TypeAlias = Callable[[str], Iterable[PlexFile]]
"""`name_key` to the files in Plex that have this name."""

Ruled: TypeAlias = Callable[[str], tuple[str, ...] | None]
"""A stash_path to where a rule of the user says that it is in Plex; None where none speaks of it."""

ENOUGH_FILES: Final = 3
AGREEMENT: Final = 0.95
MAX_FILES: Final = 5_000  # what is remembered; a mapping shows in a few hundred


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two paths part: `shared` components are equal at the end.

    `rule` is the mapping that they are evidence for, narrowed to the library folders. `is_rooted`: on both sides they
    part at or above a known library folder.
    """

    shared: int
    rule: PathRule
    is_rooted: bool


@dataclass(frozen=True, slots=True)
class Roots:
    """The library folders of both sides; empty where unknown. `ignore_case` says that the file systems do."""

    stash: tuple[str, ...] = ()
    plex: tuple[str, ...] = ()
    ignore_case: bool = False

    def folds(self, *paths: str) -> bool:
        """Return whether these paths compare without case: it was set, or one of them is a Windows path."""
        return self.ignore_case or any(map(is_windows, paths))

    def parting(self, stash_path: str, plex_path: str) -> Parting | None:
        """Return how both may be one file; None if they share no name, or part below a library folder on both sides."""
        shared = common_tail(stash_path, plex_path, fold=self.folds(stash_path, plex_path))
        at = [len(split(path).parts) - shared for path in (stash_path, plex_path)]
        roots = [self._depth(stash_path, self.stash), self._depth(plex_path, self.plex)]
        is_rooted = [root is not None and depth <= root for depth, root in zip(at, roots, strict=True)]
        if not shared or (None not in roots and not any(is_rooted)):
            return None
        narrower = max([0, *(root - depth for depth, root in zip(at, roots, strict=True) if root is not None)])
        rule = PathRule(head(stash_path, at[0] + narrower), head(plex_path, at[1] + narrower))
        return Parting(shared, rule, all(is_rooted))

    def is_nested(self, plex_path: str, plex_prefix: str) -> bool:
        """Return whether a library folder below `plex_prefix`, maybe a mount of its own, holds `plex_path`."""
        depth = self._depth(plex_path, self.plex)
        return depth is not None and depth > len(split(plex_prefix).parts)

    def _depth(self, path: str, roots: tuple[str, ...]) -> int | None:
        fold = self.folds(path)
        depths = [len(split(root).parts) for root in roots if tail_below(path, root, fold=fold)]
        return max(depths, default=None)


@dataclass(frozen=True, slots=True)
class Evidence:
    """`files` is how many distinct files of Stash are evidence for `rule`."""

    rule: PathRule
    files: int


@dataclass(frozen=True, slots=True)
class Inference:
    """What follows from the files.

    Attributes:
        rules: the accepted mappings, the longest Stash prefix first. Each one stands on its own evidence.
        evidence: every mapping with a file as evidence, the strongest first.
        conflicts: mappings that contradict another one which is as strong: none of them was accepted.
        roots: the library folders of both sides; the match needs them to see which other file could be meant.
    """

    rules: tuple[PathRule, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    conflicts: tuple[Evidence, ...] = ()
    roots: Roots = field(default_factory=Roots)


@dataclass(frozen=True, slots=True)
class _Witness:
    """One file of Stash and the files in Plex that could be it.

    `is_only`: Plex has one file of this name that could have this size. `is_equal`: both sizes are known and equal.
    """

    could_be: tuple[tuple[str, Parting], ...]
    is_only: bool
    is_equal: bool

    @property
    def rule(self) -> PathRule:
        """The mapping that follows if the first file is the one."""
        return self.could_be[0][1].rule

    @property
    def is_proof(self) -> bool:
        """Whether it is enough alone: no namesake in Plex, an equal folder, and both part at their library folders."""
        parting = self.could_be[0][1]
        return self.is_only and parting.is_rooted and parting.shared > 1


class Inferrer:
    """Collects files as evidence for mappings; what is fed again replaces its own, so feed misses as they come.

    Files of which a rule of the user speaks are fed too. They are evidence like others, for only all together show a
    contradiction; and what the rule says is theirs, so that it is evidence for no other file.
    """

    def __init__(self, lookup_name: LookupName, roots: Roots, ruled: Ruled = lambda _path: None) -> None:
        self._lookup_name = lookup_name
        self._roots = roots
        self._ruled = ruled
        self._witnesses: dict[str, _Witness] = {}
        self._taken: dict[str, frozenset[str]] = {}

    def feed(self, stash_files: FileSizes) -> None:
        """Add files of Stash. Feed files that were found as well as misses: only together they show a contradiction."""
        for stash_path, size in stash_files.items():
            self._witnesses.pop(stash_path, None)
            witness = self._look_at(stash_path, size)
            if witness is not None:
                self._witnesses[stash_path] = witness
            ruled = self._ruled(stash_path)
            if ruled:
                self._taken[stash_path] = frozenset(path_key(path, fold=True) for path in ruled)
        for kept in (self._witnesses, self._taken):
            while len(kept) > MAX_FILES:
                del kept[next(iter(kept))]

    def result(self) -> Inference:
        """Return what follows from everything fed so far."""
        groups = _by_mapping(self._evidence())
        agreed = {mapping: group for mapping, group in groups.items() if _agrees(mapping, groups)}
        accepted = {mapping: group[0].rule for mapping, group in agreed.items() if _is_enough(group)}
        evidence = {mapping: Evidence(group[0].rule, len(group)) for mapping, group in groups.items()}
        conflicts = [
            each for mapping, each in evidence.items() if mapping not in agreed and not _is_outvoted(mapping, accepted)
        ]
        return Inference(
            rules=tuple(sorted(accepted.values(), key=lambda rule: (-len(split(rule.stash_prefix).parts), str(rule)))),
            evidence=_strongest_first(evidence.values()),
            conflicts=_strongest_first(conflicts),
            roots=self._roots,
        )

    def _look_at(self, stash_path: str, size: int) -> _Witness | None:
        if is_lossy(stash_path):
            return None
        namesakes = self._lookup_name(name_key(stash_path))
        sizes = {file.plex_path: file.size for file in namesakes if may_be_equal(size, file.size)}
        partings = ((plex_path, self._roots.parting(stash_path, plex_path)) for plex_path in sorted(sizes))
        could_be = tuple((plex_path, parting) for plex_path, parting in partings if parting is not None)
        if not could_be:
            return None
        return _Witness(could_be, len(sizes) == 1, is_equal=0 < size == sizes[could_be[0][0]])

    def _evidence(self) -> list[_Witness]:
        """Return the files that a single file in Plex could be, which could be no second file of Stash."""
        claims = Counter(plex_path for witness in self._witnesses.values() for plex_path, _ in witness.could_be)
        owners: dict[str, set[str]] = {}
        for stash_path, keys in self._taken.items():
            for key in keys:
                owners.setdefault(key, set()).add(stash_path)
        return [
            each
            for stash_path, each in self._witnesses.items()
            if each.is_equal and len(each.could_be) == 1 and claims[each.could_be[0][0]] == 1
            if owners.get(path_key(each.could_be[0][0], fold=True), {stash_path}) == {stash_path}
        ]


def infer(
    stash_files: FileSizes, lookup_name: LookupName, roots: Roots, ruled: Ruled = lambda _path: None
) -> Inference:
    """Return what follows from these files of Stash alone; `ruled` as Inferrer has it."""
    inferrer = Inferrer(lookup_name, roots, ruled)
    inferrer.feed(stash_files)
    return inferrer.result()


_Mapping: TypeAlias = tuple[str, ...]
"""The keys of both prefixes: Stash's, then Plex's."""


def _by_mapping(witnesses: Iterable[_Witness]) -> dict[_Mapping, list[_Witness]]:
    groups: dict[_Mapping, list[_Witness]] = {}
    for witness in witnesses:
        prefixes = (witness.rule.stash_prefix, witness.rule.plex_prefix)
        mapping = tuple(path_key(prefix, fold=is_windows(prefix)) for prefix in prefixes)
        groups.setdefault(mapping, []).append(witness)
    return groups


def _agrees(mapping: _Mapping, groups: dict[_Mapping, list[_Witness]]) -> bool:
    """Return whether nearly all evidence for either of the two prefixes is for both."""
    files = len(groups[mapping])
    return all(
        files >= AGREEMENT * sum(len(group) for other, group in groups.items() if other[side] == mapping[side])
        for side in (0, 1)
    )


def _is_enough(group: list[_Witness]) -> bool:
    return len(group) >= ENOUGH_FILES or any(witness.is_proof for witness in group)


def _is_outvoted(mapping: _Mapping, accepted: Iterable[_Mapping]) -> bool:
    return any(mapping[side] == other[side] for other in accepted for side in (0, 1))


def _strongest_first(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(evidence, key=lambda each: (-each.files, str(each.rule))))


def similar_folders(roots: Roots) -> tuple[PathRule, ...]:
    """Return Stash's folders beside the one Plex location that ends alike: a hint for people, never for a match."""
    pairs = []
    for stash_root in roots.stash:
        shared = {
            plex_root: common_tail(stash_root, plex_root, fold=roots.folds(stash_root, plex_root))
            for plex_root in roots.plex
        }
        best = max(shared.values(), default=0)
        alike = [plex_root for plex_root, count in shared.items() if count == best]
        if best and len(alike) == 1:
            pairs.append(PathRule(stash_root, alike[0]))
    return tuple(pairs)
