"""Marked secrets, and the search for them in everything that was written, in every form that they may have."""

import base64
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

PIECE: Final = 12
"""Characters of the beginning and of the end that are looked for: also a secret that was cut is one that leaked."""


class Marked:
    """Secrets by name. `found_in` names those of which a part stands in some bytes."""

    def __init__(self, **secrets: str) -> None:
        self._forms = {
            form: name
            for name, secret in secrets.items()
            for piece in (secret[:PIECE], secret[-PIECE:])
            for form in forms(piece)
        }

    def found_in(self, content: bytes) -> set[str]:
        """The names of the secrets in `content`."""
        return {name for form, name in self._forms.items() if form in content}


def forms(piece: str) -> set[bytes]:
    """`piece` plain, percent-encoded, in base64 at each of its three alignments, in hexadecimal and in UTF-16."""
    raw = piece.encode()
    every = "".join(f"%{byte:02X}" for byte in raw)
    encoded = {raw, quote(piece, safe="").encode(), every.encode(), every.lower().encode(), raw.hex().encode()}
    return encoded | {raw.hex().upper().encode(), piece.encode("utf-16-le"), *_in_base64(raw)}


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """Without the characters at both ends, which depend on what stands beside it."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + raw)
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        yield text[first:last]
        yield base64.urlsafe_b64encode(b"\0" * before + raw)[first:last]


def files_below(*folders: Path) -> list[Path]:
    """Every plain file below the folders, write-ahead logs too."""
    return [path for folder in folders for path in folder.rglob("*") if stat.S_ISREG(path.lstat().st_mode)]


def too_open(folder: Path) -> list[str]:
    """What in `folder`, itself included, others than its owner may read, write or enter."""
    places: Iterable[Path] = (folder, *folder.rglob("*"))
    return [str(path) for path in places if path.lstat().st_mode & 0o077]
