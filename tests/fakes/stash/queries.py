"""The root fields that read: version, configuration, and the find… family."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from tests.fakes.stash.jobs import JobQueue
from tests.fakes.stash.library import Library, ResolverError
from tests.fakes.stash.model import Entity, Scene
from tests.fakes.stash.search import SceneSearch, named_test, natural, page_of
from tests.fakes.stash.sessions import Sessions

Arguments = Mapping[str, Any]
SCHEMA = 75
_CLOSED = "Internal system error. Error <runtime error: invalid memory address or nil pointer dereference>"


class Queries:
    """Resolvers of the query type; each takes its coerced arguments."""

    def __init__(self, library: Library, sessions: Sessions, jobs: JobQueue) -> None:
        self._library = library
        self._sessions = sessions
        self._jobs = jobs
        self._search = SceneSearch(library)

    def resolvers(self) -> dict[str, Callable[[Arguments], Any]]:
        """Root field name -> resolver."""
        library = self._library
        kept: dict[str, Callable[[Arguments], Any]] = {"findScene": self._find_scene, "findScenes": self._find_scenes}
        for kind, entries in library.entities().items():
            kept[f"find{kind.title()}"] = self._finder(entries)
            kept[f"find{kind.title()}s"] = self._lister(kind, entries)
        return {
            "version": lambda _args: SimpleNamespace(version=library.settings.version, hash="", build_time=""),
            "configuration": lambda _args: self._configuration(),
            "systemStatus": lambda _args: self._status(),
            "plugins": lambda _args: [_our_plugin(library)],
            "jobQueue": lambda _args: self._jobs.waiting() or None,
            "findJob": lambda args: self._jobs.find(int(args["input"]["id"])),
            **{name: self._of_database(find) for name, find in kept.items()},
        }

    def _of_database(self, find: Callable[[Arguments], Any]) -> Callable[[Arguments], Any]:
        """What needs the open database. Source: Stash 0.30.1 with the database of 0.27.0."""

        def found(args: Arguments) -> Any:
            if self._library.settings.status == "NEEDS_MIGRATION":
                raise ResolverError(_CLOSED)
            return find(args)

        return found

    def _configuration(self) -> SimpleNamespace:
        settings = self._library.settings
        folders = [SimpleNamespace(path=path, excludeVideo=False, excludeImage=False) for path in settings.stash_paths]
        general = SimpleNamespace(
            stashes=folders,
            databasePath=settings.database_path,
            pluginsPath=settings.plugins_path,
            apiKey=self._sessions.api_key,
            username=self._sessions.user,
        )
        return SimpleNamespace(general=general, ui=dict(settings.ui), plugins=self._plugins)

    def _status(self) -> SimpleNamespace:
        database = self._library.settings.database_path
        folder = database.rpartition("/")[0]
        return SimpleNamespace(
            databaseSchema=SCHEMA,
            databasePath=database,
            configPath=f"{folder}/config.yml",
            appSchema=SCHEMA,
            status=self._library.settings.status,
            os="linux",
            workingDir=folder,
            homeDir="/root",
            ffmpegPath=self._library.settings.ffmpeg_path,
            ffprobePath="",
        )

    def _plugins(self, include: list[str] | None = None) -> dict[str, dict[str, object]]:
        stored = self._library.settings.plugins
        return {name: dict(values) for name, values in stored.items() if include is None or name in include}

    def _find_scene(self, args: Arguments) -> Scene | None:
        return self._library.scenes.get(int(args["id"])) if args.get("id") else None

    def _find_scenes(self, args: Arguments) -> "ScenesFound":
        ids = args.get("ids") or args.get("scene_ids")
        with self._library.lock:
            if ids:
                found = page = self._search.by_ids(int(scene_id) for scene_id in ids)
            else:
                found = self._search.find(args.get("scene_filter") or {}, args.get("filter") or {})
                page = page_of(found, args.get("filter") or {})
        return ScenesFound(len(found), page)

    @staticmethod
    def _finder(entries: dict[int, Any]) -> Callable[[Arguments], Entity | None]:
        return lambda args: entries.get(int(args["id"]))

    def _lister(self, kind: str, entries: dict[int, Any]) -> Callable[[Arguments], SimpleNamespace]:
        def find(args: Arguments) -> SimpleNamespace:
            filter_ = args.get("filter") or {}
            with self._library.lock:
                if args.get("ids"):
                    found = [_existing(kind, entries, int(entry_id)) for entry_id in args["ids"]]
                    return SimpleNamespace(count=len(found), **{f"{kind}s": found})
                test = named_test(args.get(f"{kind}_filter") or {}, filter_.get("q"))
                found = _ordered([entry for entry in entries.values() if test(entry)], filter_)
            return SimpleNamespace(count=len(found), **{f"{kind}s": page_of(found, filter_)})

        return find


def _our_plugin(library: Library) -> SimpleNamespace:
    return SimpleNamespace(id="Stash2Plex", name="Stash2Plex", enabled=library.settings.is_plugin_enabled)


@dataclass(frozen=True, slots=True)
class ScenesFound:
    """A page of scenes and how many there are on all pages; the totals are summed only when they are asked for."""

    count: int
    scenes: list[Scene]

    @property
    def duration(self) -> float:
        return sum(scene.files[0].duration for scene in self.scenes if scene.files)

    @property
    def filesize(self) -> float:
        return sum(scene.files[0].size for scene in self.scenes if scene.files)


def _existing(kind: str, entries: dict[int, Any], entry_id: int) -> Any:
    if entry_id not in entries:
        raise ResolverError(f"{kind} with id {entry_id} not found")
    return entries[entry_id]


def _ordered(entries: list[Any], filter_: Arguments) -> list[Any]:
    sort = filter_.get("sort") or "name"
    if sort not in {"id", "name", "created_at", "updated_at"}:
        raise ResolverError(f"invalid sort: {sort}")
    key = (lambda entry: natural(entry.name)) if sort == "name" else attrgetter(sort)
    return sorted(entries, key=key, reverse=filter_.get("direction") == "DESC")
