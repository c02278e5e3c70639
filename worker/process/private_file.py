"""A file that is its owner's alone, and whole at every moment."""

import os
from typing import Final

_OWNER_ONLY: Final = 0o600


def write_whole(path: str, text: str) -> None:
    """Replace the file at `path`, durably. Raise OSError, and then the file is as it was."""
    fresh = f"{path}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with open(descriptor, "w", encoding="utf-8", errors="replace") as file:
        if hasattr(os, "fchmod"):  # not on Windows
            os.fchmod(descriptor, _OWNER_ONLY)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    os.replace(fresh, path)
