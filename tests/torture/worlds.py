"""A house in which anything may happen: a disk that both stand-ins see, a worker stepped by hand, and a clock.

The same seed makes the same house.

A film is a folder, `/data/<disk>/<film>/<name>.mkv`, whatever becomes of its files. `code` of a scene and `tagline` of
an item, which no sync touches, say who they are for as long as either database knows them; they are how the oracles
tell scenes and items apart without asking the product.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final, Self

from hooks.handlers import record
from sync_queue import SyncJob
from sync_queue.models import METADATA, create_sync_job
from tests.fakes.plex.model import Item
from tests.fakes.plex.state import Backup
from tests.fakes.stash.model import Scene
from tests.stepper import Stepper

FILMS: Final = ("Big Buck Bunny", "Cosmos Laundromat", "Sintel", "Spring", "Tears of Steel")

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


class World:
    """A stepper, and what tells its films apart; a context manager."""

    def __init__(self, folder: Path, films: int, **settings: Any) -> None:
        self.stepper = Stepper(folder, skip_fields="poster", **settings)
        self.plex, self.stash, self.clock = self.stepper.plex, self.stepper.stash, self.stepper.clock
        self.root = "/media"
        self.late: list[Any] = []
        self.looked_at: dict[str, float] = {}  # a scene's code to when a job of it was done last
        self._hooks_taken = self._last_number = 0
        self._waiting: set[int] = set()
        self._stems: set[str] = set()  # the names without ending of all files that there ever were
        self.section = self.stepper.section
        for number in range(films):
            self.add_film(f"{FILMS[number % len(FILMS)]} {number}", "clip" if number % 2 else "feature")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stepper.close()

    def number(self) -> int:
        """A number that was never given before."""
        self._last_number += 1
        return self._last_number

    # -- the worker -------------------------------------------------------------------------------------------------

    def configure(self, **settings: Any) -> None:
        """Change settings."""
        self.stepper.needed |= {"path_rules": f"/data => {self.root}", **settings}
        self.stepper.configure()

    def put(self, *jobs: SyncJob) -> None:
        """Queue jobs."""
        self.stepper.put(*jobs)
        self._waiting.update(job["scene_id"] for job in jobs if job["scene_id"] is not None)

    def queue(self, scene_ids: Iterable[int]) -> None:
        """One job a scene, as a task makes it."""
        self.put(*(create_sync_job(scene_id, METADATA, {"fields": []}, now=self.clock.now) for scene_id in scene_ids))

    def drain(self) -> None:
        """Let the worker do what is due, with the way into Stash that a hook brings."""
        self.stepper.connect()
        self.stepper.drain()
        self._note_looks()

    def _note_looks(self) -> None:
        for scene_id in self._waiting & self.stash.library.scenes.keys():
            self.looked_at[self.stash.library.scenes[scene_id].code] = self.clock.now
        if self.stepper.is_drained():
            self._waiting.clear()

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
        """A film that both have had for long: a scene with all fields filled or none, an item as Plex made it."""
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
        on_disk = self.stash.disk.sizes()
        paths = {file: self.stash_path(file) for version in item.media for file in version}
        item.sizes = {
            file: on_disk[path] if path in on_disk else item.sizes.get(file, 10**8 + self.number())
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

    def backup_plex(self) -> tuple[Backup, str]:
        """Copy it; with the folder that Plex saw the disk in."""
        return self.plex.state.backup(), self.root

    def restore_plex(self, backup: Backup, root: str) -> None:
        """Put a copy in its place; folders are where they are now."""
        state = self.plex.state
        state.restore(backup)
        state.sections = {key: replace(section, locations=(self.root,)) for key, section in state.sections.items()}
        for item in state.items.values():
            self._move(item, root)
        self.section = max(state.sections)

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

    def in_stash(self, scene: Scene) -> Fields:
        """What Stash has in a scene; a title made of a file's name is none."""
        library = self.stash.library
        return {
            "title": scene.title,
            "summary": scene.details,
            "studio": library.studios[scene.studio_id].name if scene.studio_id else "",
            "date": scene.date or "",
            "rating": "" if scene.rating100 is None else str(scene.rating100 / 10),
            "genre": {library.tags[tag_id].name for tag_id in scene.tag_ids},
            "actor": {library.performers[performer_id].name for performer_id in scene.performer_ids},
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


def pick(random: Random, among: Iterable[Any]) -> Iterator[Any]:
    """One of these, or none where there are none: `for scene in pick(random, scenes): …`."""
    found = list(among)
    if found:
        yield random.choice(found)
