"""The format of titles, "[{studio}] {title} ({year})": read once for its faults, filled for each scene. Pure.

A field that is empty goes with the text in front of it, the first one with the text behind it too, and brackets and
quotes go with all that stands in them; so no empty bracket and no dangling separator is left.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from settings.choices import did_you_mean

TITLE_FIELDS: Final = (
    "title", "studio", "network", "performers", "date", "year", "code", "group", "index",
)  # fmt: skip
"""What a format may name in braces."""

_OF_MANY_SCENES: Final = frozenset({"studio", "network"})
"""What a whole shelf has in common, and so is no title by itself."""

_PAIRS: Final[Mapping[str, str]] = {
    "(": ")", "[": "]", "{": "}", "<": ">", "«": "»", "“": "”", "„": "“", '"': '"', "【": "】", "「": "」",
    "『": "』", "《": "》", "\uff08": "\uff09",
}  # fmt: skip
_TOKEN: Final = re.compile(r"(?P<literal>\{\{|\}\})|\{(?P<field>[^{}]{0,80})\}|(?P<brace>[{}])|(?P<text>[^{}])")


class FormatError(ValueError):
    """A format that cannot be used; the message says what is wrong with it and what is accepted."""


@dataclass(frozen=True, slots=True)
class TitleField:
    """The place of a field."""

    name: str


@dataclass(frozen=True, slots=True)
class Bracket:
    """A pair of brackets or quotes with fields in it."""

    opening: str
    parts: "tuple[Part, ...]"
    closing: str


Part = str | TitleField | Bracket
"""Texts are single characters until they are put together."""


def parse_title_format(text: str) -> tuple[Part, ...]:
    """Return the parts of a format. Raise FormatError where it could make no title."""
    tokens = list(_tokens(text))
    names = {token.name for token in tokens if isinstance(token, TitleField)}
    if names and names <= _OF_MANY_SCENES:
        raise FormatError("would give all scenes of a studio the same title; name {title} in it, too")
    if tokens and not names:
        raise FormatError(f"would give all scenes the same title; name a field, such as {{title}}; {_accepted()}")
    return _nested(tokens)


def fields_in(parts: Sequence[Part]) -> frozenset[str]:
    """Return the names of the fields in `parts`."""
    inner = (fields_in(part.parts) for part in parts if isinstance(part, Bracket))
    return frozenset(part.name for part in parts if isinstance(part, TitleField)).union(*inner)


def fill(parts: Sequence[Part], values: Mapping[str, str]) -> str:
    """Return the title that `parts` make of `values`: field to text, "" where it is empty.

    >>> fill(parse_title_format("[{studio}] {title} - {performers}"), {"studio": "", "title": "Sintel"})
    'Sintel'
    """
    return _filled(parts, values).strip()


def _tokens(text: str) -> Iterator[str | TitleField]:
    for found in _TOKEN.finditer(text):
        if found["brace"]:
            raise FormatError(f'has a "{found["brace"]}" without its pair; write {{{{ and }}}} for braces of the title')
        if found["field"] is not None:
            yield _field(found["field"])
        else:
            yield found["literal"][:1] if found["literal"] else found["text"]


def _field(text: str) -> TitleField:
    name = text.strip().lower()
    if name not in TITLE_FIELDS:
        meant = did_you_mean(name, TITLE_FIELDS, "{{{}}}")
        raise FormatError(f'does not know "{{{text.strip()[:40]}}}"; {_accepted()}{meant}')
    return TitleField(name)


def _accepted() -> str:
    return f"it accepts {', '.join(f'{{{name}}}' for name in TITLE_FIELDS)}"


def _nested(tokens: Sequence[Part]) -> tuple[Part, ...]:
    """Return `tokens` with each pair of brackets around a field as one part; what has no pair is text."""
    parts: list[Part] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        end = _closing(tokens, place) if isinstance(token, str) else 0
        inner = tokens[place + 1 : end] if end else ()
        if isinstance(token, str) and any(isinstance(part, TitleField) for part in inner):
            parts.append(Bracket(token, _nested(inner), _PAIRS[token]))
            place = end
        else:
            parts.append(token)
        place += 1
    return tuple(parts)


def _closing(tokens: Sequence[Part], place: int) -> int:
    """Return where the bracket at `place` is closed; 0 where it is none, or never closed."""
    opening = tokens[place]
    closing = _PAIRS.get(opening, "") if isinstance(opening, str) else ""
    depth = 0
    for number in range(place + 1, len(tokens)) if closing else ():
        if tokens[number] == closing:
            if not depth:
                return number
            depth -= 1
        depth += tokens[number] == opening
    return 0


def _filled(parts: Sequence[Part], values: Mapping[str, str]) -> str:
    """Return `parts` with the texts between those that are filled; "" where none is."""
    title, between, is_first = "", "", True
    for part in parts:
        if isinstance(part, str):
            between += part
            continue
        shown = _shown(part, values)
        if shown:
            title += (between if is_first or title else "") + shown
        is_first, between = False, ""
        last = shown
    return title + between if title and last else title


def _shown(part: TitleField | Bracket, values: Mapping[str, str]) -> str:
    if isinstance(part, TitleField):
        return values.get(part.name, "").strip()
    inner = _filled(part.parts, values).strip()
    return f"{part.opening}{inner}{part.closing}" if inner else ""
