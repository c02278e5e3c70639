"""Path rules, "stash prefix => plex prefix" in order, separated by ";" or a new line. What follows: matching.mapper."""

import re
from typing import Final

from matching.paths import PathRule, is_windows, split, tail_below

_SEPARATOR: Final = re.compile(r"[;\r\n]+")
_ARROWS: Final = ("=>", "->")


class RuleError(ValueError):
    """Rules that cannot be used. `problems` holds one sentence for each, with the number of the rule and its text."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def parse_rules(text: str) -> tuple[PathRule, ...]:
    """Return the rules in `text`, in order; `()` for a blank text.

    >>> parse_rules("/data => /media; /tv -> D:/TV")
    (PathRule(stash_prefix='/data', plex_prefix='/media'), PathRule(stash_prefix='/tv', plex_prefix='D:/TV'))

    Raise RuleError for every rule that is no rule, or that an earlier one leaves nothing to do.
    """
    return check_rules([part.strip() for part in _SEPARATOR.split(text) if part.strip()])


def check_rules(texts: list[str | tuple[str, str]]) -> tuple[PathRule, ...]:
    """Return the rules of texts, or of pairs of prefixes (with `;` and arrows, if need be); raise as `parse_rules`."""
    rules: dict[int, PathRule] = {}
    problems: list[str] = []
    for number, text in enumerate(texts, start=1):
        try:
            rule = _rule(text)
            _refuse_hidden(rule, rules)
        except ValueError as error:
            shown = text if isinstance(text, str) else " => ".join(text)
            problems.append(f'rule {number}, "{shown}": {error}')
        else:
            rules[number] = rule
    if problems:
        raise RuleError(problems)
    return tuple(rules.values())


def _rule(text: str | tuple[str, str]) -> PathRule:
    prefixes = _sides(text) if isinstance(text, str) else text
    for prefix, side in zip(prefixes, ("Stash", "Plex"), strict=True):
        if not prefix.strip():
            raise ValueError(f"the prefix on {side}'s side is empty")
        if not split(prefix).anchor:
            raise ValueError(
                f'"{prefix}" on {side}\'s side is not a full path:'
                ' it must begin with "/", a drive such as "C:\\" or "\\\\server"'
            )
    return PathRule(*prefixes)


def _sides(text: str) -> tuple[str, str]:
    arrow = next((arrow for arrow in _ARROWS if arrow in text), None)
    if arrow is None:
        raise ValueError('there is no "=>" between the prefix in Stash and the prefix in Plex')
    stash_prefix, *others = (side.strip() for side in text.split(arrow))
    if len(others) != 1:
        second = text.index(arrow, text.index(arrow) + len(arrow))
        raise ValueError(
            f'"{arrow}" stands in it more than once (again at character {second + 1}); separate rules with ";"'
        )
    return stash_prefix, others[0]


def _refuse_hidden(rule: PathRule, earlier: dict[int, PathRule]) -> None:
    for number, other in earlier.items():
        if tail_below(rule.stash_prefix, other.stash_prefix, fold=is_windows(rule.stash_prefix)) is not None:
            raise ValueError(
                f'it is never reached, because rule {number} ("{other.stash_prefix}") comes first and covers it:'
                " the first rule that fits is used, so put this one before it"
            )
