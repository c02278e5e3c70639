"""Stash's library folders and Plex's section locations, and what follows from them about two paths being one file.

Two machines see one disk at two places. Those places are mount points, and mount points lie at or above a library
folder. So two paths of one file share everything below such a place; where they part below a library folder on both
sides, a folder would have been renamed between Stash and Plex, which mounting cannot do.
"""

from dataclasses import dataclass

from matching.paths import PathRule, common_tail, head, is_windows, split, tail_below


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two paths part.

    Depths count components; `rule` is the mapping they speak for, narrowed to the library folders.

    `shared` components are equal at the end. `is_rooted`: on both sides the paths part at or above a known library
    folder.
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


def similar_folders(roots: Roots) -> tuple[PathRule, ...]:
    """Return the library folders of Stash beside the one Plex location that ends alike, for a person to look at.

    A hint only: folders with one name can be different folders, so no file is ever matched by it.
    """
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
