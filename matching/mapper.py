"""What the path rules of the user, and those that were inferred, say of a path."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from matching.infer import Inference, Roots
from matching.paths import PathRule, is_windows, join, split, tail_below

_MOST_PLACES: Final = 1000
NOTHING_INFERRED: Final = Inference()


class Place(NamedTuple):
    """The paths that a file of Stash may have in Plex, and whether a rule of the user or an inferred one says so."""

    paths: tuple[str, ...]
    is_ruled: bool
    is_inferred: bool


class Mapper:
    """The user's rules and, where none fits, the inferred ones; where none fits, both servers see the same folders.

    The first rule of the user that fits decides. Of inferred rules, which have no order, the longest prefix decides, on
    both sides.
    """

    def __init__(
        self, rules: Sequence[PathRule] = (), *, inference: Inference = NOTHING_INFERRED, ignore_case: bool = False
    ) -> None:
        self._rules = tuple(rules)
        self._inferred = sorted(inference.rules, key=lambda rule: -len(split(rule.stash_prefix).parts))
        self._owners = sorted(inference.rules, key=lambda rule: -len(split(rule.plex_prefix).parts))
        self.ignore_case = ignore_case
        self.roots = Roots(inference.roots.stash, inference.roots.plex, ignore_case=ignore_case)
        self._places: dict[str, Place] = {}

    def candidates(self, stash_path: str) -> tuple[str, ...]:
        """Return the plex_paths this file may have, in Plex's separators; () if it can be nowhere in Plex."""
        return self.place(stash_path).paths

    def place(self, stash_path: str) -> Place:
        """Return where this file may be in Plex; remembered, because it is asked again before each write."""
        place = self._places.get(stash_path)
        if place is None:
            ruled = self.ruled(stash_path)
            inferred = self.inferred(stash_path) if ruled is None else None
            paths = next((each for each in (ruled, inferred) if each is not None), (stash_path,))
            if len(self._places) >= _MOST_PLACES:
                self._places.clear()
            place = self._places[stash_path] = Place(paths, ruled is not None, inferred is not None)
        return place

    def ruled(self, stash_path: str) -> tuple[str, ...] | None:
        """Return the plex_path by the user's rules, () if Plex cannot hold such a name; None if no rule fits."""
        rule = self._first(self._rules, stash_path)
        return None if rule is None else self._apply(rule, stash_path)

    def inferred(self, stash_path: str) -> tuple[str, ...] | None:
        """Return the plex_path by the inferred rules, () if a nearer mount holds it; None if no rule fits."""
        rule = self._first(self._inferred, stash_path)
        if rule is None:
            return None
        return tuple(
            path for path in self._apply(rule, stash_path) if self._first(self._owners, path, of_plex=True) == rule
        )

    def explains(self, plex_path: str) -> bool:
        """Return whether it is inferred, by evidence for its own library folder, which file of Stash `plex_path` is."""
        rule = self._first(self._owners, plex_path, of_plex=True)
        if rule is None or self.roots.is_nested(plex_path, rule.plex_prefix):
            return False
        mirrored = PathRule(rule.plex_prefix, rule.stash_prefix)
        return any(self.inferred(path) for path in self._apply(mirrored, plex_path))

    def _first(self, rules: Iterable[PathRule], path: str, *, of_plex: bool = False) -> PathRule | None:
        fold = self.roots.folds(path)
        return next(
            (rule for rule in rules if tail_below(path, rule.plex_prefix if of_plex else rule.stash_prefix, fold=fold)),
            None,
        )

    def _apply(self, rule: PathRule, stash_path: str) -> tuple[str, ...]:
        tail = tail_below(stash_path, rule.stash_prefix, fold=self.roots.folds(stash_path))
        if not tail or (is_windows(rule.plex_prefix) and any("\\" in part for part in tail)):
            return ()  # a backslash in a name would become a folder on Windows, and name another file
        return (join(rule.plex_prefix, tail),)
