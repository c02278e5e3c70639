"""An index of Plex's files in memory, with the three look-ups that `find` is handed."""

from collections import defaultdict
from collections.abc import Iterable

from matching.paths import FileSizes, name_key, path_key
from plex.model import Entry
from tests.fakes.sizes import size_of


def sized(*paths: str) -> dict[str, int]:
    """Files as large as all of their name are."""
    return {path: size_of(path) for path in paths}


class Entries:
    """Looks up entries as the worker's index does."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_path: defaultdict[str, list[Entry]] = defaultdict(list)
        self._by_key: defaultdict[str, list[Entry]] = defaultdict(list)
        self._by_name: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self.add(entry)

    @classmethod
    def of(cls, *plex_paths: str) -> "Entries":
        """One item a path, as large as all files of its name; rating keys count from 1."""
        return cls.of_sizes(sized(*plex_paths))

    @classmethod
    def of_sizes(cls, plex_files: FileSizes) -> "Entries":
        """One item a file; rating keys count from 1."""
        return cls(Entry(path, 1, key, "movie", size) for key, (path, size) in enumerate(plex_files.items(), start=1))

    def add(self, entry: Entry) -> None:
        self._by_path[entry.plex_path].append(entry)
        self._by_key[path_key(entry.plex_path, fold=True)].append(entry)
        self._by_name[name_key(entry.plex_path)].append(entry)

    def lookup(self, plex_path: str) -> list[Entry]:
        return self._by_path.get(plex_path, [])

    def lookup_key(self, key: str) -> list[Entry]:
        return self._by_key.get(key, [])

    def lookup_name(self, name: str) -> list[Entry]:
        return self._by_name.get(name, [])
