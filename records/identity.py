"""Who a scene or an item is, whatever number it has now: when it came into being, and its files. Pure; knows no table."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

_SEPARATORS: Final = re.compile(r"[\\/]")


@dataclass(frozen=True, slots=True)
class FileMark:
    """One file as its server knows it: `size` in bytes, 0 if unknown; `prints` are checksums with their kind, e.g. {"oshash:7d3c5f1a"}."""

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

    Numbers are addresses: Stash gives its ids anew after a full import, a new or a restored database, and so does Plex its rating keys.
    """

    born_at: float
    files: tuple[FileMark, ...] = ()

    def is_as_old_as(self, other: "Identity") -> bool:
        """Whether both came into being in the same second: the servers keep whole seconds, an import may bring fractions."""
        return int(self.born_at) == int(other.born_at)

    def shares_file(self, other: "Identity") -> bool:
        """Whether a file of one is a file of the other: by checksum, by path where both are as old, or by name and size.

        So an upgrade (same path), a remount (same name and size) and a rename (same checksum) make no stranger.
        """
        same_path = self.is_as_old_as(other)
        return any(_is_one_file(one, two, same_path=same_path) for one in self.files for two in other.files)

    def is_scene(self, other: "Identity") -> bool:
        """Whether both are one scene."""
        return self.is_as_old_as(other) and self.shares_file(other)

    def marks(self) -> set[int]:
        """Numbers of which a scene that is this one has at least one as well (and others may, by chance): what it is looked for by."""
        names = {f"name:{file.name}" for file in self.files}
        texts = names.union(*(file.prints for file in self.files))
        return {_number(f"{int(self.born_at)} {text}") for text in texts}

    def encoded_files(self) -> str:
        """The files as JSON, for a column."""
        return json.dumps([[file.path, file.size, sorted(file.prints)] for file in self.files], separators=(",", ":"))

    @classmethod
    def decoded(cls, born_at: float, files: str) -> Self:
        """From two columns."""
        return cls(born_at, tuple(FileMark(path, size, frozenset(prints)) for path, size, prints in json.loads(files)))

    @classmethod
    def of_sizes(cls, born_at: float, sizes: Mapping[str, int]) -> Self:
        """Of an item: its files to their bytes."""
        return cls(born_at, tuple(FileMark(path, size) for path, size in sizes.items()))


def _number(text: str) -> int:
    """56 bits of a hash: they fit an integer of SQLite."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest(), "big")


def _is_one_file(one: FileMark, two: FileMark, *, same_path: bool) -> bool:
    if one.prints & two.prints or (same_path and one.path == two.path):
        return True
    if _kinds(one.prints) & _kinds(two.prints):
        return False  # one kind of checksum, and they differ
    return bool(one.size) and one.size == two.size and one.name == two.name


def _kinds(prints: Iterable[str]) -> set[str]:
    """The kinds of checksums: {"oshash"}."""
    return {one.partition(":")[0] for one in prints}
