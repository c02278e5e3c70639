"""Rules on tags, "tag => value", separated by ";" or a new line; a value alone is for every scene. Pure.

Rules stay texts, so that settings compare and are kept as they were written. A side in double quotes may hold ";";
quotes around anything else belong to the name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from matching.gate import TagLike, name_key, tag_keys
from matching.rules import RuleError

_LINES: Final = re.compile(r"[\r\n]+")
_SEPARATOR: Final = ";"
_QUOTE: Final = '"'
ARROW: Final = "=>"


def parse_tag_rules(text: str) -> tuple[str, ...]:
    """Return the rules in `text`, in order and in one spelling; `()` for a blank text.

    >>> parse_tag_rules("Kids=>G; 12 => PG;XXX")
    ('Kids => G', '12 => PG', 'XXX')
    >>> parse_tag_rules('Kids => "Small; happy"; XXX')
    ('Kids => "Small; happy"', 'XXX')

    Raises:
        RuleError: a side of a rule is empty.
    """
    rules: list[str] = []
    problems: list[str] = []
    for number, part in enumerate(_parts(text), start=1):
        tag, value = written_sides(part)
        if not value or (ARROW in part and not tag):
            side = "behind" if not value else "before"
            problems.append(f'rule {number}, "{part.strip()}": there is nothing {side} "{ARROW}"')
        rules.append(f"{tag} {ARROW} {value}" if tag else value)
    if problems:
        raise RuleError(problems)
    return tuple(rules)


def fitting_values(rules: Sequence[str], tags: Iterable[TagLike]) -> Iterator[str]:
    """Yield the values of the rules that fit a scene with `tags`: those of its tags first, then those for every scene.

    A rule names a tag by its name, without regard to case, its id, or another word for it.
    """
    had = tag_keys(tags)
    sides = sides_of(rules)
    yield from (value for tag, value in sides if tag and name_key(tag) in had)
    yield from (value for tag, value in sides if not tag)


def names_in(rules: Iterable[str]) -> frozenset[str]:
    """Return all that people called something in `rules`: tags and values."""
    return frozenset(side for sides in sides_of(rules) for side in sides if side)


def sides_of(rules: Iterable[str]) -> list[tuple[str, str]]:
    """Return the tag ("" for every scene) and the value of each rule, without the quotes that kept their ";"."""
    return [(_unquoted(tag), _unquoted(value)) for tag, value in map(written_sides, rules)]


def _parts(text: str) -> Iterator[str]:
    """Yield the rules as they were written."""
    for line in _LINES.split(text):
        pieces = line.split(_SEPARATOR)
        while pieces:
            part = pieces.pop(0)
            while _is_open(part) and any(map(_closes, pieces)):
                part += _SEPARATOR + pieces.pop(0)
            if part.strip():
                yield part


def _is_open(part: str) -> bool:
    """Return whether a quote that begins the last side of `part` does not end there."""
    side = part.rpartition(ARROW)[2].strip()
    return side.startswith(_QUOTE) and (side == _QUOTE or not side.endswith(_QUOTE))


def _closes(piece: str) -> bool:
    """Return whether the side that `piece` begins with, the rest of a quoted one, ends with a quote."""
    return piece.partition(ARROW)[0].strip().endswith(_QUOTE)


def written_sides(rule: str) -> tuple[str, str]:
    """Return tag and value as they were written; a tag may hold the arrow itself."""
    tag, _, value = rule.rpartition(ARROW)
    return tag.strip(), value.strip()


def _unquoted(side: str) -> str:
    is_quoted = len(side) > 1 and side.startswith(_QUOTE) and side.endswith(_QUOTE) and _SEPARATOR in side
    return side[1:-1] if is_quoted else side
