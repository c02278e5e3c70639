"""What can go wrong with the records, sorted by what to do about it."""

from pathlib import Path


class RecordsError(Exception):
    """Base of everything this package raises on purpose."""


class RecordsUnavailable(RecordsError):
    """The file cannot be opened or written now: disk full, read-only, locked by another program. Pause; no job is at fault."""


class RecordsCorrupt(RecordsError):
    """The file at `path` is no database, or a damaged one. `records.set_aside` makes room for a new one; it is never deleted."""

    def __init__(self, path: Path, reason: object) -> None:
        super().__init__(
            f"{path.name} is damaged ({reason}). It is set aside by the next worker: what was written to Plex is then unknown, and adopted again."
        )
        self.path = path


class SchemaTooNew(RecordsError):
    """A newer version of the plugin wrote the file. It was left as it is."""
