"""Which folder a failed job is about, by the sentence that says why it failed; and folders as a few groups. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import Final

from matching.paths import folder_of
from tasks.page.job_shapes import JobFolder

OF_FILES: Final = frozenset({"NotInPlexError", "OtherFileError", "AmbiguousMatchError"})
"""The error types whose sentences name a file (matching.match)."""

_ROOT: Final = r"(?:[A-Za-z]:)?[/\\]"
_FIRST_PATH: Final = re.compile(
    rf"(?:^|with the file |a file at )({_ROOT}.*?)(?: could be item | of [\d,]+ bytes|[,;] {_ROOT}|$)", re.DOTALL
)
_MOST_GROUPS: Final = 12
_DEEPEST: Final = 40
_JOBS_A_GROUP: Final = 3
"""Fewer on an average, and the groups are no shorter to read than the jobs."""


def folder_in(sentence: str) -> str:
    """Return the folder of the first file that `sentence` names, "" where it names none."""
    found = _FIRST_PATH.search(sentence)
    return folder_of(found[1]) if found else ""


def is_inside(folder: str, group: str) -> bool:
    """Return whether `folder` is `group` or lies below it."""
    return folder == group or (folder.startswith(group) and (folder[len(group)] in "/\\" or group[-1:] in "/\\"))


def groups(folders: Iterable[str]) -> list[JobFolder]:
    """Return where jobs are, from the folder of each: as deep down as leaves few groups of several jobs each.

    Deeper, too, where that makes no more of them.

    The largest comes first, and none is within another; jobs whose folder nobody knows are in none.
    """
    counts = Counter(filter(None, folders))
    most = max(1, min(_MOST_GROUPS, sum(counts.values()) // _JOBS_A_GROUP))
    found = _cut(counts, 1)
    for depth in range(2, _DEEPEST):
        deeper = _cut(counts, depth)
        if deeper == found or len(deeper) > max(most, len(found)) or _overlap(deeper):
            break
        found = deeper
    return [{"folder": folder, "count": count} for folder, count in found.most_common()]


def _cut(counts: Mapping[str, int], depth: int) -> Counter[str]:
    """Return the counts of the folders that lie `depth` names below their root."""
    beginning = re.compile(rf"(?:{_ROOT}+)?[^/\\]*(?:[/\\][^/\\]*){{0,{depth - 1}}}")
    found: Counter[str] = Counter()
    for folder, count in counts.items():
        cut = beginning.match(folder)
        found[cut[0] if cut else folder] += count
    return found


def _overlap(folders: Iterable[str]) -> bool:
    """Return whether one of the folders is within another."""
    return any(is_inside(lower, upper) for upper, lower in permutations(folders, 2))
