"""The values that records hold, how they become text in a column and come back, and who a scene or an item is. Pure."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, TypeAlias

FieldValue: TypeAlias = str | float | tuple[str, ...] | None
FieldValues: TypeAlias = Mapping[str, FieldValue]
"""Field name to value, as the Plex side has them: `{"title": "Sintel", "rating": 8.0, "genre": ("Short",)}`."""

SHOWN_CHARACTERS: Final = 500
SHOWN_ENTRIES: Final = 100
_SEPARATORS: Final = re.compile(r"[\\/]")


encode: Final = json.JSONEncoder(separators=(",", ":")).encode
"""A value as JSON in ASCII: SQLite refuses half a surrogate pair, as in a file name that is not UTF-8, as text."""

decode: Final = json.loads
"""What `encode` was given; tuples come back as lists."""


def decode_values(text: str) -> dict[str, FieldValue]:
    """Return the field values that `encode` was given, lists as tuples again."""
    found: dict[str, Any] = json.loads(text)
    for name, value in found.items():
        if isinstance(value, list):
            found[name] = tuple(value)
    return found


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


@dataclass(frozen=True, slots=True)
class FileMark:
    """One file as its server knows it: bytes, 0 if unknown, and checksums by kind, e.g. {"oshash:7d3c5f1a"}."""

    path: str
    size: int = 0
    prints: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The file's name without its folder, in one Unicode form."""
        return unicodedata.normalize("NFC", _SEPARATORS.split(self.path)[-1])


@dataclass(frozen=True, slots=True)
class Identity:
    """A scene by its `created_at`, or an item by its added date (`born_at`, epoch seconds), and by its files.

    Numbers are addresses: after an import, a restore or a new database both servers give them anew.
    """

    born_at: float
    files: tuple[FileMark, ...] = ()

    def is_as_old_as(self, other: "Identity") -> bool:
        """Whether both were made in the same second: the servers keep whole seconds, an import may bring fractions."""
        return int(self.born_at) == int(other.born_at)

    def shares_file(self, other: "Identity") -> bool:
        """Whether both have a file in common: by checksum, by path where both are as old, or by name and size.

        So an upgrade (same path), a remount (same name and size) and a rename (same checksum) make no stranger.
        """
        if self == other:
            return bool(self.files)
        same_path = self.is_as_old_as(other)
        for own in self.files:
            for theirs in other.files:
                if _is_one_file(own, theirs, same_path=same_path):
                    return True
        return False

    def is_scene(self, other: "Identity") -> bool:
        """Whether both are one scene."""
        return self.is_as_old_as(other) and self.shares_file(other)

    def marks(self) -> set[int]:
        """Return numbers of which whoever is this scene has at least one as well; others may by chance."""
        names = {f"name:{file.name}" for file in self.files}
        texts = names.union(*(file.prints for file in self.files))
        return {_number(f"{int(self.born_at)} {text}") for text in texts}

    def encoded_files(self) -> str:
        """The files as JSON, for a column."""
        return encode([[file.path, file.size, sorted(file.prints)] for file in self.files])

    @classmethod
    def decoded(cls, born_at: float, files: str) -> Self:
        """From two columns."""
        found = json.loads(files)
        for number, (path, size, prints) in enumerate(found):
            found[number] = FileMark(path, size, frozenset(prints))
        return cls(born_at, tuple(found))

    @classmethod
    def of_sizes(cls, born_at: float, sizes: Mapping[str, int]) -> Self:
        """Of an item: its files to their bytes."""
        return cls(born_at, tuple([FileMark(path, size) for path, size in sizes.items()]))


def _number(text: str) -> int:
    """56 bits of a hash: they fit an integer of SQLite."""
    import hashlib  # here, because every look at the page imports this module

    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest(), "big")


def _is_one_file(own: FileMark, theirs: FileMark, *, same_path: bool) -> bool:
    if own.prints & theirs.prints or (same_path and own.path == theirs.path):
        return True
    if _kinds(own.prints) & _kinds(theirs.prints):
        return False  # one kind of checksum, and they differ
    return bool(own.size) and own.size == theirs.size and own.name == theirs.name


def _kinds(prints: frozenset[str]) -> set[str]:
    """The kinds of checksums: {"oshash"}."""
    return {mark.partition(":")[0] for mark in prints}
