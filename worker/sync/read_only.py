"""What a process beside the worker keeps for itself: it learns about the servers and the paths in Plex, and none of it reaches the worker's files, but for which address the token was given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from records import Records
from storage.errors import StorageError


class Facts(Protocol):
    """What is remembered about the servers. See records.facts.FactStore, whose docstrings hold."""

    def get(self, key: str, default: Any = None) -> Any: ...  # noqa: D102 - see FactStore
    def put(self, key: str, value: Any) -> None: ...  # noqa: D102 - see FactStore
    def client_identifier(self, make: Callable[[], str]) -> str: ...  # noqa: D102 - see FactStore


@dataclass(frozen=True, slots=True)
class Aside:
    """Where such a process keeps what it learns: `facts`, and a path index of its own at `index_path`."""

    facts: Facts
    index_path: Path


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
