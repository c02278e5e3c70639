"""An index of plex_paths in memory, with the three look-ups that `find` is handed."""

from collections import defaultdict
from collections.abc import Iterable

from matching.paths import name_key, path_key
from plex.model import Entry


class Entries:
    """Entries as the worker's index answers for them."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_path: defaultdict[str, list[Entry]] = defaultdict(list)
        self._by_key: defaultdict[str, list[Entry]] = defaultdict(list)
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        for entry in entries:
            self.add(entry)

    @classmethod
    def of(cls, *plex_paths: str) -> "Entries":
        """One item a path; rating keys count from 1."""
        return cls(Entry(path, 1, number, "movie") for number, path in enumerate(plex_paths, start=1))

    def add(self, entry: Entry) -> None:
        self._by_path[entry.plex_path].append(entry)
        self._by_key[path_key(entry.plex_path, fold=True)].append(entry)
        self._by_name[name_key(entry.plex_path)].append(entry.plex_path)

    def lookup(self, plex_path: str) -> list[Entry]:
        return self._by_path.get(plex_path, [])

    def lookup_key(self, key: str) -> list[Entry]:
        return self._by_key.get(key, [])

    def lookup_name(self, name: str) -> list[str]:
        return self._by_name.get(name, [])
