"""The library: sections, items, files on disk, scans. It knows nothing of requests; every method is safe in any thread.

Tests, the demo and benchmarks set it up and look into it; the routes change it as Plex would.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import TypeAlias

from tests.fakes.plex import agents, pictures, sort_titles
from tests.fakes.plex.collections import COLLECTION, Collections
from tests.fakes.plex.model import NO_TAGS, TEXT_FIELDS, TYPE_NUMBERS, Item, ItemSnapshot, Section, Tagging
from tests.fakes.plex.snapshots import snapshot
from tests.fakes.plex.tags import TagRegistry, Wanted
from tests.fakes.sizes import size_of

Files: TypeAlias = str | Sequence[str | Sequence[str]]
"""One file; or several versions, of which each may have several parts: `["/a.mkv", ["/b-1.mkv", "/b-2.mkv"]]`."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan that was asked for; `folder` is "" for the whole section.

    `due_at` is when its files are in, `rereads` whether it looks at those that are known.
    """

    section_key: int
    folder: str
    at: float
    due_at: float
    rereads: bool = False


@dataclass(frozen=True, slots=True)
class Backup:
    """Sections and items as they were."""

    sections: tuple[Section, ...]
    items: tuple[Item, ...]
    last_key: int


class State:
    """What the server knows. `revision` grows with every change, so that sorted lists can be kept until then."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.tags = TagRegistry()
        self.blobs: dict[str, bytes] = {}
        self.photo_copies: dict[str, bytes] = {}
        self.sections: dict[int, Section] = {}
        self.items: dict[int, Item] = {}
        self.scans: list[Scan] = []
        self.revision = 0
        self.collections = Collections(self)
        self._members: dict[int, dict[int, Item]] = {}
        self._on_disk: dict[int, dict[str, Mapping[str, object]]] = {}
        self._due: list[Scan] = []
        self._parents: dict[tuple[int, str, int, int, str], Item] = {}
        self.last_key = 0

    def add_section(
        self,
        title: str,
        kind: str = "movie",
        locations: Sequence[str] = (),
        *,
        key: int | None = None,
        agent: str = "tv.plex.agents.none",
    ) -> Section:
        """A new library of movies or shows."""
        with self.lock:
            key = key if key is not None else max(self.sections, default=0) + 1
            section = Section(key, title, kind, agent, tuple(locations), int(self.clock()))
            self.sections[key] = section
            self._members[key] = {}
            return section

    def add_item(
        self,
        section_key: int,
        files: Files,
        *,
        kind: str | None = None,
        rating_key: int | None = None,
        added_at: float | None = None,
        updated_at: float | None = None,
        show: str = "",
        season: int = 1,
        episode: int = 0,
        poster: bytes = b"",
        background: bytes = b"",
        size: int | None = None,
        tags: Mapping[str, Iterable[Wanted]] = NO_TAGS,
        **values: object,
    ) -> int:
        """A new film, or an episode with its show and season; what is given here is what its agent knows.

        `values` are fields of the wire (title, summary, year, originallyAvailableAt …); the title is the file's name
        when it is not given. `tags` is by kind: `{"genre": ["Animation"], "actor": [("Ada Example", "herself")]}`.
        `size` is the bytes of its files; 0 has them sent without one, and None is what all files of that name have,
        here and in Stash. Returns the rating key.
        """
        if unknown := values.keys() - TEXT_FIELDS:
            raise TypeError(f"no fields of an item: {', '.join(sorted(unknown))}")
        with self.lock:
            kind = kind or ("episode" if self.sections[section_key].type == "show" else "movie")
            parent = self._season_key(section_key, show, season) if kind == "episode" else 0
            media = _media(files)
            texts = {name: str(value) for name, value in values.items() if value not in (None, "")}
            texts.setdefault("title", file_stem(media[0][0]) if media else "")
            sort_titles.begin(texts)
            item = self._insert(section_key, kind, media, texts, rating_key, parent, episode)
            item.added_at = int(item.added_at if added_at is None else added_at)
            item.updated_at = int(item.added_at if updated_at is None else updated_at)
            if size is not None:
                item.sizes = {file: size for version in media for file in version}
            if tags:
                item.tags = self.taggings(tags)
                self.collections.note(item)
            for shelf, body in (("posters", poster), ("arts", background)):
                if body:
                    pictures.add_agent_picture(item, shelf, self.blobs, body)
            return item.rating_key

    def populate(
        self,
        count: int,
        section_key: int,
        path_pattern: str = "/media/movies/{n:06d}/Movie {n:06d}.mkv",
        **patterns: object,
    ) -> range:
        """Many films; every text and every name of a tag may hold `{n}`, counted from 1, and its last digit `{d}`.

        Returns their rating keys.
        """
        if self.sections[section_key].type != "movie":
            raise ValueError(
                "only a section of movies can be populated: episodes bring shows and seasons with keys of their own"
            )
        tags = patterns.pop("tags", {})
        if not isinstance(tags, Mapping):
            raise TypeError(f"tags are a mapping of kind to names, not {tags!r}")
        patterns.setdefault("title", "Movie {n:06d}")
        with self.lock:
            first = self.last_key + 1
            for n in range(1, count + 1):
                numbers = {"n": n, "d": n % 10}
                texts = {
                    key: text.format_map(numbers) if isinstance(text, str) else text for key, text in patterns.items()
                }
                names = {kind: [name.format_map(numbers) for name in names] for kind, names in tags.items()}
                self.add_item(section_key, path_pattern.format(n=n), tags=names, **texts)  # type: ignore[arg-type] # patterns are the arguments of add_item
        return range(first, first + count)

    def remove_item(self, rating_key: int) -> None:
        """The item is gone; its rating key answers 404 from now on."""
        with self.lock:
            item = self.items.pop(rating_key)
            del self._members[item.section_key][rating_key]
            self.collections.forget(item)
            self.revision += 1

    def remove_section(self, section_key: int) -> Section:
        """The library is gone with everything in it."""
        with self.lock:
            while members := tuple(self._members[section_key]):
                self.remove_item(members[0])
            del self._members[section_key]
            self.revision += 1
            return self.sections.pop(section_key)

    def put_back(self, *items: Item) -> None:
        """Items that were removed are there again, as they are now."""
        with self.lock:
            for item in items:
                self.items[item.rating_key] = self._members[item.section_key][item.rating_key] = item
            self.collections.begin(self.items.values())
            self.revision += 1

    def backup(self) -> Backup:
        """A copy of its database."""
        with self.lock:
            items = tuple(_copied(item) for item in self.items.values())
            return Backup(tuple(self.sections.values()), items, self.last_key)

    def restore(self, backup: Backup) -> None:
        """The copy takes the database's place."""
        with self.lock:
            self.sections = {section.key: section for section in backup.sections}
            self._members = {key: {} for key in self.sections}
            self.items = {}
            self.put_back(*map(_copied, backup.items))
            self.last_key = backup.last_key

    def move_file(self, old_path: str, new_path: str) -> int:
        """The file was moved on disk and found again.

        Its item comes back under a new rating key, with what its agent knows. Returns that key.
        """
        with self.lock:
            item = self.find(old_path)
            media = tuple(tuple(new_path if file == old_path else file for file in version) for version in item.media)
            fresh = self._insert(item.section_key, item.type, media, {}, None, item.parent_key, item.index)
            agents.restore(fresh, agents.known(item))
            fresh.sizes = {new_path: item.sizes.get(old_path, size_of(old_path))}
            self.remove_item(item.rating_key)
            return fresh.rating_key

    def add_collection(self, section_key: int, title: str, rating_key: int | None = None) -> Item:
        """A collection: one that items name where its key is given, else one of a user's that is filled by a filter."""
        with self.lock:
            if rating_key is None:
                self.collections.last_key = rating_key = self.collections.last_key + 1
            last_key = self.last_key
            item = self._insert(section_key, COLLECTION, (), {"title": title}, rating_key)
            self.last_key = last_key
            return item

    def collection(self, title: str, section_key: int | None = None) -> ItemSnapshot:
        """A collection by its title, as plain values. Raises: KeyError."""
        with self.lock:
            for item in self.items.values():
                is_meant = item.type == COLLECTION and item.values["title"] == title
                if is_meant and section_key in (None, item.section_key):
                    return snapshot(item)
        raise KeyError(title)

    def collection_titles(self) -> list[str]:
        """The titles of all collections, in their order."""
        with self.lock:
            return sorted(item.values["title"] for item in self.items.values() if item.type == COLLECTION)

    def find(self, path: str, section_key: int | None = None) -> Item:
        """The item of a file. Raises: KeyError."""
        with self.lock:
            for item in self.items.values():
                if section_key in (None, item.section_key) and _holds(item, path):
                    return item
        raise KeyError(path)

    def item(self, rating_key: int) -> ItemSnapshot:
        """An item as plain values. Raises: KeyError."""
        with self.lock:
            return snapshot(self.items[rating_key])

    def members(self, section_key: int) -> Mapping[int, Item]:
        """The items of a section by rating key."""
        return self._members[section_key]

    def touch(self, item: Item) -> None:
        """Note that an item changed: `updatedAt` moves, in whole seconds and never backwards."""
        item.updated_at = max(item.updated_at, int(self.clock()))
        self.revision += 1

    def set_agent(self, rating_key: int, tags: Mapping[str, Iterable[Wanted]] = NO_TAGS, **values: object) -> None:
        """What the agent knows from now on of these fields and kinds of tags.

        The item shows it after its next metadata refresh.
        """
        with self.lock:
            texts = {name: str(value) for name, value in values.items()}
            agents.teach(self.items[rating_key], texts, self.taggings(tags))

    def put_on_disk(self, section_key: int, path: str, **item: object) -> None:
        """A file that Plex does not know before a scan of its folder, or a new one under a name that it knows.

        `item` as in `add_item`.
        """
        with self.lock:
            self._on_disk.setdefault(section_key, {})[path] = item

    def scan(self, section_key: int, folder: str, delay_s: float, *, adds: bool, rereads: bool = False) -> None:
        """Record a scan; its files are in after `delay_s`, if it adds any."""
        now = self.clock()
        scan = Scan(section_key, folder, now, now + delay_s, rereads)
        self.scans.append(scan)
        if adds:
            self._due.append(scan)
        self.settle_scans()

    def settle_scans(self) -> None:
        """Bring in the files of the scans that are due."""
        now = self.clock()
        ready = [scan for scan in self._due if scan.due_at <= now]
        self._due = [scan for scan in self._due if scan.due_at > now]
        for scan in ready:
            found = [path for path in self._on_disk.get(scan.section_key, {}) if _is_under(path, scan.folder)]
            for path in found:
                self._read_file(scan, path, self._on_disk[scan.section_key].pop(path))

    def _read_file(self, scan: Scan, path: str, found: Mapping[str, object]) -> None:
        """A file that a scan meets: a new item, or another size of one that is there."""
        known = next((item for item in self.members(scan.section_key).values() if _holds(item, path)), None)
        if known is None:
            self.add_item(scan.section_key, path, **found)  # type: ignore[arg-type] # as put_on_disk got them
        elif scan.rereads:
            known.sizes = {**known.sizes, path: int(str(found.get("size", size_of(path))))}
            self.touch(known)

    def _insert(
        self,
        section_key: int,
        kind: str,
        media: tuple[tuple[str, ...], ...],
        values: dict[str, str],
        rating_key: int | None = None,
        parent_key: int = 0,
        index: int = 0,
    ) -> Item:
        if kind not in TYPE_NUMBERS:
            raise ValueError(f"unknown type of item {kind!r}")
        key = self.last_key + 1 if rating_key is None else rating_key
        self.last_key = max(self.last_key, key)
        now = int(self.clock())
        item = Item(key, section_key, kind, media, now, now, values, parent_key=parent_key, index=index)
        self.items[key] = self._members[section_key][key] = item
        self.revision += 1
        return item

    def taggings(self, tags: Mapping[str, Iterable[Wanted]]) -> dict[str, tuple[Tagging, ...]]:
        """Names as an item holds them, by kind."""
        return {kind: self.tags.taggings(kind, names) for kind, names in tags.items()}

    def _season_key(self, section_key: int, show: str, season: int) -> int:
        show_item = self._child(section_key, "show", 0, 0, show or "Untitled show")
        return self._child(section_key, "season", show_item.rating_key, season, f"Season {season}").rating_key

    def _child(self, section_key: int, kind: str, parent_key: int, index: int, title: str) -> Item:
        place = section_key, kind, parent_key, index, title
        if place not in self._parents:
            self._parents[place] = self._insert(section_key, kind, (), {"title": title}, None, parent_key, index)
        return self._parents[place]


def _copied(item: Item) -> Item:
    return replace(item, values=dict(item.values))


def _media(files: Files) -> tuple[tuple[str, ...], ...]:
    if isinstance(files, str):
        return ((files,),)
    return tuple((version,) if isinstance(version, str) else tuple(version) for version in files)


def file_stem(path: str) -> str:
    """The name of a file without folder and extension, on either kind of system."""
    return (PureWindowsPath(path) if "\\" in path else PurePosixPath(path)).stem


def _holds(item: Item, path: str) -> bool:
    return any(path in version for version in item.media)


def _is_under(path: str, folder: str) -> bool:
    folder = folder.rstrip("/\\")
    return not folder or (path.startswith(folder) and path[len(folder)] in "/\\")
