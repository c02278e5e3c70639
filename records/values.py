"""How values become text in a column and come back. Knows no table."""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

FieldValue: TypeAlias = str | float | tuple[str, ...] | None
FieldValues: TypeAlias = Mapping[str, FieldValue]
"""Field name to value, as the Plex side names and writes them: `{"title": "Sintel", "rating": 8.0, "genre": ("Short",)}`."""

SHOWN_CHARACTERS: Final = 500
SHOWN_ENTRIES: Final = 100


def encode(value: Any) -> str:
    """`value` as JSON in ASCII: a half of a surrogate pair, as in a file name that is not UTF-8, would be refused by SQLite as text."""
    return json.dumps(value, separators=(",", ":"))


def decode(text: str) -> Any:
    """What `encode` was given; tuples come back as lists."""
    return json.loads(text)


def decode_values(text: str) -> dict[str, FieldValue]:
    """The field values that `encode` was given, lists as tuples again."""
    return {name: as_value(value) for name, value in json.loads(text).items()}


def as_value(value: Any) -> FieldValue:
    """One field value out of JSON."""
    return tuple(value) if isinstance(value, list) else value


def readable(text: str) -> str:
    """`text` for people, at most SHOWN_CHARACTERS long, and such that SQLite takes it."""
    cut = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
    return cut.encode("utf-8", "backslashreplace").decode("utf-8")


def shortened(value: FieldValue) -> FieldValue:
    """`value` for people: long texts and long lists end in "…". Never what is compared later."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, tuple):
        rest = len(value) - SHOWN_ENTRIES
        return (*map(readable, value[:SHOWN_ENTRIES]), *([f"… and {rest} more"] if rest > 0 else []))
    return value
