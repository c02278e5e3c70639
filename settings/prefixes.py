"""Prefixes of names by the kind of what is named, as texts of one spelling: `studio => "Studio: "`. Pure.

They stay texts, so that settings compare and are kept as they were written.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

_PREFIX: Final = re.compile(r'\s*(\w+)\s*=>\s*(?:"([^"]*)"|([^";\r\n]*))\s*(?:[;\r\n]+|\Z)')


def parse_prefixes(text: str) -> tuple[tuple[str, str], ...] | None:
    """Return kinds and prefixes in their order; a blank is put behind a prefix without quotes. None: unreadable.

    >>> parse_prefixes('studio => Studio:; groups => ""')
    (('studio', 'Studio: '), ('groups', ''))
    """
    found, place = [], 0
    text = text.strip()
    while place < len(text):
        match = _PREFIX.match(text, place)
        if match is None:
            return None
        bare = (match[3] or "").strip()
        found.append((match[1].lower(), match[2] if match[2] is not None else f"{bare} " if bare else ""))
        place = match.end()
    return tuple(found)


def spelled(prefixes: Mapping[str, str]) -> tuple[str, ...]:
    """Return `prefixes`, by kind, in the one spelling."""
    return tuple([f'{kind} => "{prefix}"' for kind, prefix in prefixes.items()])


def prefix_of(kind: str, prefixes: Iterable[str], of_others: str) -> str:
    """Return the prefix of `kind` among those that `spelled` made; `of_others` where it has none of its own."""
    begin = f'{kind} => "'
    return next((each[len(begin) : -1] for each in prefixes if each.startswith(begin)), of_others)
