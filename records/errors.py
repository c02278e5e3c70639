"""What can go wrong with the records, sorted by what to do about it."""


class RecordsError(Exception):
    """Base of everything this package raises on purpose."""


class RecordsUnavailable(RecordsError):
    """The file cannot be opened or written now: disk full, read-only, locked by another program. Pause; no job is at fault."""


class RecordsCorrupt(RecordsError):
    """The file is no database, or a damaged one. A person has to move it away; it is never deleted."""


class SchemaTooNew(RecordsError):
    """A newer version of the plugin wrote the file. It was left as it is."""
