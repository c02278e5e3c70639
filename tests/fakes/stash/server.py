"""The stand-in Stash as a whole: what it is made of, how it starts and stops, and what a test may do to it.

with FakeStash() as stash:
    scene_id = stash.add_scene(title="Sintel", path="/data/movies/Sintel.mp4", tags=["Animation"])
    stash.save_scene(scene_id, rating100=90)
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.fakes.stash.control import Control
from tests.fakes.stash.faults import Fault, Faults
from tests.fakes.stash.graphql_engine import GraphQLEngine
from tests.fakes.stash.hook_documents import JsonObject, server_connection
from tests.fakes.stash.jobs import JobQueue
from tests.fakes.stash.library import Library
from tests.fakes.stash.mutations import EntityMutations, SceneMutations
from tests.fakes.stash.plugin_host import Plugin, PluginHost
from tests.fakes.stash.plugin_mutations import PluginMutations
from tests.fakes.stash.population import populate, populate_alike
from tests.fakes.stash.queries import Queries
from tests.fakes.stash.request_log import RequestLog
from tests.fakes.stash.routes import Routes
from tests.fakes.stash.scan_jobs import ScanJobs
from tests.fakes.stash.sessions import Sessions
from tests.fakes.stash.user_actions import UserActions
from tests.fakes.stash.views import Views
from tests.fakes.stash.wire import LOOPBACK, Handle, Listener, Request, Response

CONFIG_DIR = "/root/.stash"
PLUGIN_ID = "Stash2Plex"


class FakeStash(UserActions):
    """A Stash on loopback; a context manager that listens from `__enter__` to `__exit__`.

    Args:
        port: 0 for a free one.
        plugin_command: what Stash would start for the plugin, e.g. [sys.executable, "…/Stash2Plex.py"]; without it
            documents are made and no process runs.
        plugin_dir: the plugin's folder; its parent goes into PYTHONPATH, its manifest tells which events and tasks
            there are.
        plugin_env: added to the environment of the plugin's processes.
        config_dir: Stash's own folder, where its database lies.
        clock: epoch seconds.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        plugin_command: Sequence[str] = (),
        plugin_dir: str | Path = f"{CONFIG_DIR}/plugins/{PLUGIN_ID}",
        plugin_env: Mapping[str, str] | None = None,
        config_dir: str = CONFIG_DIR,
        clock: Callable[[], float] = time.time,
    ) -> None:
        library = Library(clock)
        library.settings.database_path = f"{config_dir}/stash-go.sqlite"
        library.settings.plugins_path = str(Path(plugin_dir).parent)
        self._config_dir = config_dir
        self.sessions = Sessions(clock)
        self.faults = Faults()
        self.log = RequestLog()
        jobs = JobQueue(library.now)
        plugin = Plugin.installed(PLUGIN_ID, Path(plugin_dir), plugin_command, plugin_env or {})
        host = PluginHost(plugin, self.server_connection, jobs)
        resolvers = {
            **Queries(library, self.sessions, jobs).resolvers(),
            **SceneMutations(library, host).resolvers(),
            **EntityMutations(library, host).resolvers(),
            **PluginMutations(library, host, jobs).resolvers(),
            **ScanJobs(library, host, jobs).resolvers(),
        }
        engine = GraphQLEngine(Views(library, lambda: self.url), resolvers, library.lock)
        super().__init__(library, engine, host, jobs)
        self._control = Control(self)
        self._routes = Routes(library, engine, self.sessions, self.faults, self.log, clock)
        self._listener = Listener(self._answer, port)
        self._control_listener = Listener(self._control.answer)

    def __enter__(self) -> Self:
        self.jobs.start()
        self._listener.open()
        self._control_listener.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._routes.stopping.set()
        self.jobs.stop()
        self._listener.release()
        self._control_listener.release()
        self.host.close()

    @property
    def port(self) -> int:
        """The port, the same after a restart."""
        return self._listener.port

    @property
    def url(self) -> str:
        """Address without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def control_url(self) -> str:
        """Address of a second port that answers the control endpoint even while the first one refuses."""
        return f"http://{LOOPBACK}:{self._control_listener.port}"

    def server_connection(self, plugin_dir: str | None = None) -> JsonObject:
        """The `server_connection` of a document for stdin, with a fresh cookie."""
        return server_connection(
            LOOPBACK, self.port, self.sessions.issue(), self._config_dir, plugin_dir or str(self.host.plugin.directory)
        )

    def another(self, config_dir: str = "/root/.stash-2") -> "FakeStash":
        """A second Stash with an empty library and the same plugin: same folder, same data, same settings."""
        plugin = self.host.plugin
        second = FakeStash(
            plugin_command=plugin.command, plugin_dir=plugin.directory, plugin_env=plugin.env, config_dir=config_dir
        )
        second.library.settings.plugins.update(deepcopy(self.library.settings.plugins))
        return second

    def add_scene(
        self,
        title: str = "",
        *,
        path: str = "",
        files: Sequence[str] = (),
        performers: Iterable[str] = (),
        tags: Iterable[str] = (),
        studio: str = "",
        groups: Iterable[str] = (),
        **fields: Any,
    ) -> int:
        """Put a scene into the library without any hook, as if it had always been there; gives its id.

        Args:
            path: the file, where there is only one; `files` for several.
            fields: `size`, the bytes of its files, and any other attribute of a scene: cover (bytes), date, rating100,
                details, director, code, organized, urls.
        """
        library = self.library
        return library.add_scene(
            [path] if path else files,
            title=title,
            performer_ids=library.performer_ids(performers),
            tag_ids=library.tag_ids(tags),
            studio_id=library.studio_id(studio) if studio else None,
            groups=library.scene_groups(groups),
            **fields,
        ).id

    def populate(self, count: int, *, path: str = "", **patterns: Any) -> None:
        """Add `count` invented scenes with performers, tags and studios, without any hook.

        With a `path`, such as "/data/{n}.mkv", scenes of one pattern.
        """
        if path:
            populate_alike(self.library, count, path, patterns)
        else:
            populate(self.library, count)

    def configure_login(self, api_key: str = "", user: str = "ada") -> None:
        """Set a user and a password, and an API key if one is given: what came before the login counts no longer."""
        self.sessions.configure_login(user, api_key)

    def expire_cookies(self) -> None:
        """Let an hour pass, as far as cookies are concerned."""
        self.sessions.void()

    def fault(self, kind: str, *, times: int | None = None, where: str = "", pause_s: float = 0.0) -> None:
        """Switch a fault on; see `Fault`. "refuse" closes the port until `clear_faults`.

        Raises:
            ValueError: there is no such fault.
        """
        self.faults.add(Fault(kind, times, where, pause_s))
        if kind == "refuse":
            self._listener.close()

    def clear_faults(self) -> None:
        """Behave again."""
        refused = any(fault["kind"] == "refuse" for fault in self.faults.state())
        self.faults.clear()
        if refused:
            self._listener.open()

    def set_latency(self, ms: float) -> None:
        """Wait this many milliseconds before every answer."""
        self.faults.latency_ms = ms

    def intercept(self, wrap: Callable[[Handle], Handle]) -> None:
        """Put something before the routes, from the next request on."""
        self._listener.handle = wrap(self._listener.handle)

    def stop_listening(self) -> None:
        """Take Stash down: connections are cut and refused until `restart`."""
        self._listener.close()

    def restart(self) -> None:
        """Close and open the port again; with a login configured, the cookies of before are void."""
        self._listener.close()
        if self.sessions.login_configured:
            self.sessions.void()
        self._listener.open()

    def state(self) -> JsonObject:
        """Where it is, how much it holds, and what is wrong with it."""
        library = self.library
        names = ("scenes", "performers", "studios", "tags", "groups")
        return {
            "url": self.url,
            "port": self.port,
            "control_url": self.control_url,
            "login_configured": self.sessions.login_configured,
            "faults": self.faults.state(),
            "latency_ms": self.faults.latency_ms,
            **{name: len(getattr(library, name)) for name in names},
        }

    def _answer(self, request: Request) -> Response:
        return self._control.answer(request) if Control.owns(request) else self._routes.answer(request)
