"""Rules on tags, "tag => value", separated by ";" or a new line; a value alone is for every scene. Pure.

Rules stay texts, so that settings compare and are kept as they were written.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from matching.gate import TagLike, name_key, tag_keys
from matching.rules import RuleError

_SEPARATOR: Final = re.compile(r"[;\r\n]+")
_ARROW: Final = "=>"


def parse_tag_rules(text: str) -> tuple[str, ...]:
    """Return the rules in `text`, in order and in one spelling; `()` for a blank text.

    >>> parse_tag_rules("Kids=>G; 12 => PG;XXX")
    ('Kids => G', '12 => PG', 'XXX')

    Raises:
        RuleError: a side of a rule is empty.
    """
    rules: list[str] = []
    problems: list[str] = []
    for number, part in enumerate(filter(str.strip, _SEPARATOR.split(text)), start=1):
        tag, value = _sides(part)
        if not value or (_ARROW in part and not tag):
            side = "behind" if not value else "before"
            problems.append(f'rule {number}, "{part.strip()}": there is nothing {side} "{_ARROW}"')
        rules.append(f"{tag} {_ARROW} {value}" if tag else value)
    if problems:
        raise RuleError(problems)
    return tuple(rules)


def fitting_values(rules: Sequence[str], tags: Iterable[TagLike]) -> Iterator[str]:
    """Yield the values of the rules that fit a scene with `tags`: those of its tags first, then those for every scene.

    A rule names a tag by its name, without regard to case, or by its id.
    """
    had = tag_keys(tags)
    sides = [_sides(rule) for rule in rules]
    yield from (value for tag, value in sides if tag and name_key(tag) in had)
    yield from (value for tag, value in sides if not tag)


def names_in(rules: Iterable[str]) -> frozenset[str]:
    """Return all that people called something in `rules`: tags and values."""
    return frozenset(side for rule in rules for side in _sides(rule) if side)


def _sides(rule: str) -> tuple[str, str]:
    """Return tag and value; a tag may hold the arrow itself."""
    tag, _, value = rule.rpartition(_ARROW)
    return tag.strip(), value.strip()
