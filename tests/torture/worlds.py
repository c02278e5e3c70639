"""A house in which anything may happen: a disk that both stand-ins see, a worker stepped by hand, and a clock; the same seed makes the same house.

A film is a folder, `/data/<disk>/<film>/<name>.mkv`, whatever becomes of its files. `code` of a scene and `tagline` of an item, which no sync touches, say
who they are for as long as either database knows them; they are how the oracles tell scenes and items apart without asking the product.
"""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final, Self

from hooks.handlers import record
from sync_queue import SyncJob, enqueue_many, get_stats
from sync_queue.models import METADATA, create_sync_job
from tests.clock import Clock
from tests.fakes.plex import FakePlex
from tests.fakes.plex.model import Item, Section
from tests.fakes.stash import FakeStash
from tests.fakes.stash.model import Scene
from worker.process.assembly import Assembled, assemble

FILMS: Final = ("Big Buck Bunny", "Cosmos Laundromat", "Sintel", "Spring", "Tears of Steel")
MOST_STEPS: Final = 80

Fields = dict[str, Any]
"""What a scene says or an item shows: texts ("" for none) and sets of names."""

TEXTS: Final = ("title", "summary", "studio", "date", "rating")
LISTS: Final = ("genre", "actor")


def film_of(path: str) -> str:
    """The film whose file it is, on either side."""
    return path.split("/")[-2]


def stem(path: str) -> str:
    """What a title is made of where there is none."""
    return path.rsplit("/", maxsplit=1)[-1].rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class PlexBackup:
    """Plex's database as it was."""

    sections: dict[int, Section]
    items: dict[int, Item]
    last_key: int
    root: str


class World:
    """Both servers, their disk and the worker; a context manager."""

    def __init__(self, folder: Path, films: int, **settings: Any) -> None:
        self.data_dir = folder
        self.clock = Clock()
        self.plex = FakePlex(clock=self.clock)
        self.stash = FakeStash(clock=self.clock)
        self.root = "/media"
        self.settings: Fields = {"skip_fields": "poster", **settings}
        self.late: list[Any] = []
        self.looked_at: dict[str, float] = {}  # who a scene is, to when a job of it was done last
        self._hooks_taken = self._last_number = 0
        self._waiting: set[int] = set()
        self._stems: set[str] = set()  # of all files that ever were
        self.section = self.plex.state.add_section("Movies", locations=[self.root]).key
        for number in range(films):
            self.add_film(f"{FILMS[number % len(FILMS)]} {number}", "clip" if number % 2 else "feature")

    def __enter__(self) -> Self:
        self.plex.start()
        self.stash.__enter__()
        self.configure()
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.parts.close()
        self.stash.__exit__(None, None, None)
        self.plex.stop()

    def number(self) -> int:
        """A number that was never given before."""
        self._last_number += 1
        return self._last_number

    # -- the worker -------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self.parts: Assembled = assemble(str(self.data_dir), {}, clock=self.clock, monotonic=self.clock)

    def restart(self) -> None:
        """Another worker on the same files."""
        self.parts.close()
        self._open()

    def configure(self, **settings: Any) -> None:
        """Change settings."""
        self.settings |= settings
        filled_in = {"plex_url": self.plex.url, "plex_token": self.plex.token, "path_rules": f"/data => {self.root}"}
        self.stash.configure_plugin({**filled_in, **self.settings})

    def put(self, *jobs: SyncJob) -> None:
        """Queue jobs."""
        enqueue_many(self.data_dir / "queue", jobs, coalesce=False, now=self.clock.now)
        self._waiting.update(job["scene_id"] for job in jobs if job["scene_id"] is not None)

    def queue(self, scene_ids: Iterable[int]) -> None:
        """One job a scene, as a task makes it."""
        self.put(*(create_sync_job(one, METADATA, {"fields": []}, now=self.clock.now) for one in scene_ids))

    def drain(self) -> None:
        """Let the worker do what is due, with the way into Stash that a hook brings."""
        self.parts.session.offer({**self.stash.server_connection(), "settings_changed": True})
        self.parts.worker.wake(retry_now=True)
        for _ in range(MOST_STEPS):
            if self.parts.worker.step(self.clock.now) > 0:
                break
        else:
            raise AssertionError(f"still busy after {MOST_STEPS} steps")
        self._note_looks()

    def _note_looks(self) -> None:
        for scene_id in self._waiting & self.stash.library.scenes.keys():
            self.looked_at[self.stash.library.scenes[scene_id].code] = self.clock.now
        if self.is_drained():
            self._waiting.clear()

    def is_drained(self) -> bool:
        """Whether no job waits."""
        stats = get_stats(self.data_dir / "queue")
        return stats["pending"] == stats["in_progress"] == 0

    # -- hooks ------------------------------------------------------------------------------------------------------

    def take_hooks(self, fate: Callable[[], str]) -> None:
        """Hooks that fired since the last time: `fate` says of each whether it comes "now", "late" or "never"."""
        runs = self.stash.hook_runs
        news, self._hooks_taken = runs[self._hooks_taken :], len(runs)
        for run in news:
            context, when = run.document["args"]["hookContext"], fate()
            if when == "now":
                self.deliver(context)
            elif when == "late":
                self.late.append(context)

    def deliver(self, context: Any) -> None:
        """What a hook's process does."""
        record(context, _Inbox(self))

    # -- both sides -------------------------------------------------------------------------------------------------

    def add_film(self, film: str, name: str) -> None:
        """A film that both have had for long: a scene with something in every field or nothing, an item as Plex made it."""
        path, number = f"/data/disk/{film}/{name}.mkv", self.number()
        fields: Fields = {}
        if number % 3:
            fields = {"title": f"{film} title", "details": f"{film} details", "studio": f"{film} studio"}
            fields |= {"date": f"2001-01-{number % 28 + 1:02}", "rating100": number % 90 + 5}
            fields |= {"tags": [f"{film} tag"], "performers": [f"{film} performer"]}
        self.stash.add_scene(files=[path], size=10_000 + number, code=f"scene {number}", **fields)
        self.add_item([path])

    def add_item(self, paths: list[str], key: int | None = None) -> int:
        """Plex finds these files of one film."""
        film, number = film_of(paths[0]), self.number()
        known: Fields = {"summary": f"{film} in Plex's words {number}"} if number % 2 else {}
        key = self.plex.state.add_item(
            self.section,
            [self.plex_path(path) for path in paths],
            rating_key=key,
            title=f"{film} as Plex calls it {number}",
            tagline=f"item {number}",
            tags={"genre": [f"{film} genre of Plex {number}"]},
            **known,
        )
        self.measure(self.plex.state.items[key])
        return key

    def measure(self, item: Item) -> None:
        """Plex reads how large the files are; those that are gone have the size that they had, or one of their own."""
        on_disk = self.stash.disk._files
        paths = {file: self.stash_path(file) for version in item.media for file in version}
        item.sizes = {
            file: on_disk[path].size if path in on_disk else item.sizes.get(file, 10**8 + self.number())
            for file, path in paths.items()
        }

    def plex_path(self, path: str) -> str:
        """Where Plex sees a file of Stash's."""
        return self.root + path.removeprefix("/data")

    def stash_path(self, path: str) -> str:
        """Where Stash sees a file of Plex's."""
        return "/data" + path.removeprefix(self.root)

    def scenes(self) -> list[Scene]:
        """Stash's scenes, each with who it is: what a scan made is somebody new."""
        found = list(self.stash.library.scenes.values())
        for scene in found:
            scene.code = scene.code or f"scene {self.number()}"
        return found

    def items(self) -> list[Item]:
        """Plex's items."""
        return list(self.plex.state.items.values())

    def files(self, item: Item) -> list[str]:
        """An item's files, as Stash sees them."""
        return [self.stash_path(file) for version in item.media for file in version]

    def holders(self, item: Item) -> list[Scene]:
        """The scenes of which the item holds a file, now."""
        files = set(self.files(item))
        return [scene for scene in self.scenes() if any(video.path in files for video in scene.files)]

    # -- Plex's database --------------------------------------------------------------------------------------------

    def backup_plex(self) -> PlexBackup:
        """Copy it."""
        state = self.plex.state
        return PlexBackup(
            dict(state.sections), {key: _copied(item) for key, item in state.items.items()}, state._last_key, self.root
        )

    def restore_plex(self, kept: PlexBackup) -> None:
        """Put a copy in its place; folders are where they are now."""
        state = self.plex.state
        state.sections = {key: replace(one, locations=(self.root,)) for key, one in kept.sections.items()}
        state.items = {key: _copied(item) for key, item in kept.items.items()}
        for item in state.items.values():
            self._move(item, kept.root)
        state._members = {
            section: {key: item for key, item in state.items.items() if item.section_key == section}
            for section in state.sections
        }
        state._last_key, self.section = kept.last_key, max(state.sections)
        state.revision += 1

    def move_plex(self, root: str) -> None:
        """Plex sees the disk elsewhere."""
        old, self.root = self.root, root
        for item in self.items():
            self._move(item, old)
            self.plex.state.touch(item)
        section = self.plex.state.sections[self.section]
        self.plex.state.sections[self.section] = replace(section, locations=(root,))
        self.plex.state.revision += 1

    def _move(self, item: Item, old: str) -> None:
        item.media = tuple(tuple(self.root + file.removeprefix(old) for file in version) for version in item.media)
        item.sizes = {self.root + file.removeprefix(old): size for file, size in item.sizes.items()}

    # -- what they say ----------------------------------------------------------------------------------------------

    def said(self, scene: Scene) -> Fields:
        """What Stash has in a scene; a title made of a file's name is none."""
        library = self.stash.library
        return {
            "title": scene.title,
            "summary": scene.details,
            "studio": library.studios[scene.studio_id].name if scene.studio_id else "",
            "date": scene.date or "",
            "rating": "" if scene.rating100 is None else str(scene.rating100 / 10),
            "genre": {library.tags[one].name for one in scene.tag_ids},
            "actor": {library.performers[one].name for one in scene.performer_ids},
        }

    def shown(self, item: Item) -> Fields:
        """What Plex shows of an item; a title that is a file's name is none."""
        values, title = item.values, item.values.get("title", "")
        self._stems.update(stem(path) for path in self.files(item))
        self._stems.update(stem(video.path) for scene in self.scenes() for video in scene.files)
        return {
            "title": "" if title in self._stems else title,
            "summary": values.get("summary", ""),
            "studio": values.get("studio", ""),
            "date": values.get("originallyAvailableAt", ""),
            "rating": values.get("userRating", ""),
            **{kind: {tagging.tag.name for tagging in item.tags.get(kind, ())} for kind in LISTS},
        }


class _Inbox:
    """What a hook's process appends to, at the world's time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def put(self, job: Any, /) -> None:
        self._world.put({**job, "enqueued_at": self._world.clock.now})


def _copied(item: Item) -> Item:
    copied = copy(item)
    copied.values = dict(item.values)
    return copied


def pick(random: Random, among: Iterable[Any]) -> Iterator[Any]:
    """One of these, or none where there are none: `for scene in pick(random, scenes): …`."""
    found = list(among)
    if found:
        yield random.choice(found)
