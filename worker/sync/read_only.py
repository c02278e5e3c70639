"""Both servers as a process beside the worker sees them: what it learns it keeps for itself.

It writes nothing but for which address the token was given.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logs.redact import Redactor
from records import Records
from storage.errors import StorageError
from worker.facts import RECORDS_NAME
from worker.sync.plex_link import PlexLink
from worker.sync.stash_link import MAX_AGE_S, SettingsInForce, StashLink


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """The two servers, the settings in force, and the records, open for reading."""

    stash: StashLink
    plex: PlexLink
    settings: SettingsInForce
    records: Records


@contextmanager
def read_only(
    data_dir: str,
    records: Records,
    environ: Mapping[str, str],
    connection: Mapping[str, Any],
    index_path: Path,
    *,
    max_age_s: float = MAX_AGE_S,
) -> Iterator[ReadOnly]:
    """Both servers, for as long as the context lasts; the switch `paused` is passed over.

    `records` are open for reading; `connection` is Stash's server_connection, `index_path` the path index to go by.
    """
    redactor = Redactor()
    stash = StashLink(redactor, environ)
    settings = SettingsInForce(data_dir, stash, redactor, max_age_s=max_age_s, heeds_pause=False)
    facts = BorrowedFacts(records, Path(data_dir, RECORDS_NAME))
    plex = PlexLink(records, facts, data_dir, settings, index_path=index_path)
    stash.offer(dict(connection))
    try:
        yield ReadOnly(stash, plex, settings, records)
    finally:
        plex.close()
        stash.close()


class BorrowedFacts:
    """Reads the worker's facts, and keeps what is put for as long as the object lives.

    The client identifier alone is stored if there is none yet: Plex lists a new device for every other one.
    """

    def __init__(self, records: Records, path: Path) -> None:
        """`records` are open for reading; `path` is their file."""
        self._known = records.facts
        self._path = path
        self._own: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """The value under `key`, or `default`."""
        return self._own[key] if key in self._own else self._known.get(key, default)

    def put(self, key: str, value: Any) -> None:
        """Set one fact, here only."""
        self._own[key] = value

    def client_identifier(self, make: Callable[[], str]) -> str:
        """The fixed client identifier, the same that the worker uses."""
        try:
            with Records(self._path) as records:
                return records.facts.client_identifier(make)
        except StorageError:
            return self._known.client_identifier(make)
