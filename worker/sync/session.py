"""What the worker needs to reach both servers, made when it is needed and thrown away when it has failed: clients, settings, index."""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from logs.redact import Redactor
from plex.client import PlexClient
from plex.index import PathIndex
from plex.model import Section
from records import Records
from settings.config_file import FILE_NAME, read_config
from settings.model import Settings
from settings.parse import SettingsError, resolve
from settings.token_file import read_token_file
from stash import scenes as stash_scenes
from stash.client import StashClient
from stash.errors import StashTooLarge
from stash.model import Scene
from stash.scenes import sample_files
from stash.settings_source import Configuration, configuration, require_supported
from sync_queue.schema import FOLDER
from worker.errors import NotConfiguredError, OtherStashError, PausedByUserError
from worker.process.connection import message_of, place_of
from worker.sync.plex_link import PlexLink
from worker.sync.read_only import Aside
from worker.sync.token_bounds import TokenBounds

SETTINGS_AGE_S: Final = 10.0  # how long settings are believed while one batch follows the other
INDEX_NAME: Final = "index.db"
RECORDS_NAME: Final = "state.db"


class Session:
    """Both servers as one data folder sees them. Used by one thread; only `offer` may be called from another."""

    def __init__(
        self,
        data_dir: str,
        records: Records,
        redactor: Redactor,
        environ: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
        settings_age_s: float = SETTINGS_AGE_S,
        sleep: Callable[[float], object] = time.sleep,
        permit: Callable[[], None] = lambda: None,
        is_stopping: Callable[[], bool] = lambda: False,
        may_adopt: Callable[[], bool] = lambda: False,
        aside: Aside | None = None,
        accept: Callable[[StashClient, str], None] = lambda _client, _place: None,
    ) -> None:
        """`accept` looks at a Stash at another place (client, port) and raises OtherStashError where it is not the one of this data folder; `sleep` is for the pauses between writes; `is_stopping` says whether the worker is to end; `permit` is called before each and raises where nothing may be written; `may_adopt` says whether the user agreed to another server; with `aside` nothing is written to the data folder but for which address the token was given, and `paused` is passed over."""
        self.data_dir = data_dir
        self.queue_dir = os.path.join(data_dir, FOLDER)
        self.records = records
        self.is_stopping = is_stopping
        self.facts = aside.facts if aside else records.facts
        self._plex = PlexLink(records, self.facts, TokenBounds(data_dir), may_adopt, sleep, permit)
        self._index_path = aside.index_path if aside else Path(data_dir, INDEX_NAME)
        self._heeds_pause = aside is None
        self._accept = accept
        self._redactor = redactor
        self._environ = dict(environ)
        self._clock = clock
        self._settings_age_s = settings_age_s
        self._lock = threading.Lock()
        self._connection: dict[str, Any] | None = None
        self._offered: dict[str, Any] | None = None
        self._stash: StashClient | None = None
        self._settings: Settings | None = None
        self._settings_at = float("-inf")
        self._are_settings_old = (
            False  # the only word of another thread: a time could be overwritten by a read that began before it
        )
        self._index: PathIndex | None = None
        self._library_folders: tuple[str, ...] | None = None

    def close(self) -> None:
        """Close what was opened: the index and both clients. What is handed on is still known.

        Only once the thread that uses the session has ended.
        """
        if self._index is not None:
            self._index.close()
            self._index = None
        if self._stash is not None:
            self._stash.close()
        self._plex.forget()

    # -- Stash ----------------------------------------------------------------------------------------------------

    def offer(self, connection: dict[str, Any]) -> None:
        """Use `connection` (Stash's server_connection, with `plex_token` if the environment had one) from the next query on."""
        self._redactor.add_passing(str(connection.get("SessionCookie", {}).get("Value") or ""))
        if connection.pop("settings_changed", False):
            self._are_settings_old = True  # the batch at hand keeps its settings, the next one reads them anew
        with self._lock:
            self._offered = connection

    def handed_on(self) -> bytes:
        """The way into Stash as the line that a successor takes from the pipe: what was offered last, else the cookie as Stash has renewed it; with the API key, if it is known.

        Only once the thread that uses the session has ended.
        """
        connection = self._offered or self._connection
        if connection is None:
            return b"\n"
        if self._stash is not None:
            held = self._stash.way_in
            if self._offered is None:
                connection = {**connection, **held}
            elif self._is_same_place(self._offered):
                connection = {**connection, "ApiKey": held["ApiKey"]}
        token = connection.get("plex_token") or self._environ.get("PLEX_TOKEN", "")
        return message_of({"server_connection": connection}, {"PLEX_TOKEN": token} if token else {})

    def stash(self) -> StashClient:
        """The client for Stash, with the freshest connection. Raises NotConfiguredError where no hook or task has brought one."""
        with self._lock:
            offered, self._offered = self._offered, None
        if offered is not None:
            self._take_if_ours(offered)
        if self._connection is None:
            raise NotConfiguredError(["no connection to Stash yet: the next save or task in Stash brings one"])
        if self._stash is None:
            self._stash = StashClient.connect(self._connection, timeout_s=self.last_settings.stash_timeout_s)
            self._stash.persist()
            self._hide_secrets_of(self._stash)
        self._stash.wait_at_most(self.last_settings.stash_timeout_s)  # the settings came over this very connection
        return self._stash

    def _take_if_ours(self, connection: dict[str, Any]) -> None:
        """Another Stash at the data folder is left alone, and the one of before goes on. Raises OtherStashError where there was none."""
        if not self._is_same_place(connection):
            client = StashClient.connect(dict(connection), timeout_s=self.last_settings.stash_timeout_s)
            try:
                self._accept(client, place_of(connection))
            except OtherStashError:
                if self._stash is not None:
                    return
                with self._lock:
                    self._offered = self._offered or connection  # looked at again by the next probe
                raise
        self._take(connection)

    def _take(self, connection: dict[str, Any]) -> None:
        token = connection.pop("plex_token", "")
        if token:
            self._environ["PLEX_TOKEN"] = token
        is_same_place = self._is_same_place(connection)
        self._connection = connection
        if self._stash is not None and is_same_place:
            self._stash.replace_connection(connection)
        elif self._stash is not None:
            self._stash.close()
            self._stash = None

    def _is_same_place(self, connection: dict[str, Any]) -> bool:
        return self._connection is not None and all(
            self._connection.get(name) == connection.get(name) for name in ("Scheme", "Host", "Port")
        )

    @property
    def place(self) -> str:
        """The port of the Stash that is used, or ""."""
        return place_of(self._connection)

    def configuration(self) -> Configuration:
        """What Stash says about itself now, in one query."""
        answer = configuration(self.stash())
        self._hide_secrets_of(self.stash())
        self._library_folders = answer.library_folders
        require_supported(answer.version)
        return answer

    def library_folders(self) -> tuple[str, ...]:
        """Stash's library folders, as it sees them."""
        if self._library_folders is None:
            self.configuration()
        return self._library_folders or ()

    def scenes(self, scene_ids: Sequence[int], unread: dict[int, StashTooLarge] | None = None) -> dict[int, Scene]:
        """See stash.scenes.scenes."""
        return stash_scenes.scenes(self.stash(), scene_ids, unread)

    def sample_files(self, count: int) -> dict[str, int]:
        """Files of up to `count` scenes, from all over the library, with their bytes."""
        return {path: size for _, files in sample_files(self.stash(), count).files for path, size in files.items()}

    # -- settings -------------------------------------------------------------------------------------------------

    def settings(self) -> Settings:
        """The settings in force. They stay the same from one `refresh` to the next, so that no batch is planned by one and written by another.

        Raises:
            NotConfiguredError: something is missing or wrong; says what.
            PausedByUserError: the switch `paused` is on.
        """
        if self._settings is None:
            self._settings, self._settings_at = self.read_settings(), self._clock()
        if self._settings.paused and self._heeds_pause:
            raise PausedByUserError("the setting paused is on; saves are recorded and wait")
        return self._settings

    def refresh(self) -> Settings:
        """Before a batch: the settings as Stash, config.yaml and the environment have them now (at most `settings_age_s` old). Raises as `settings`."""
        if self._are_settings_old:
            self._are_settings_old = False
            self.forget_settings()
        if self._clock() - self._settings_at >= self._settings_age_s:
            self._settings, self._settings_at = self.read_settings(), self._clock()
        return self.settings()

    @property
    def has_settings(self) -> bool:
        """Whether the settings have been read yet."""
        return self._settings is not None

    @property
    def last_settings(self) -> Settings:
        """The settings read last; the defaults before. Asks nobody."""
        return self._settings or Settings()

    def read_settings(self) -> Settings:
        """Read the settings now. Raises NotConfiguredError; StashError where Stash does not answer."""
        try:
            config = read_config(os.path.join(self.data_dir, FILE_NAME))
            own = read_token_file(self.data_dir).token
            settings = resolve(self.configuration().plugin_settings, self._environ, config, own).settings
        except SettingsError as error:
            raise NotConfiguredError([str(problem) for problem in error.problems]) from error
        self._redactor.add(settings.plex_token)
        if not settings.is_configured:
            raise NotConfiguredError([settings.what_is_missing()])
        return settings

    # -- Plex -----------------------------------------------------------------------------------------------------

    def plex(self) -> PlexClient:
        """The client for Plex, connected with the settings of now. Raises PlexError."""
        return self._plex.client(self.settings())

    def sections(self) -> tuple[Section, ...]:
        """The libraries that are synced."""
        return self._plex.sections(self.settings())

    def open_plex(self, settings: Settings) -> PlexClient:
        """A client of its own for the server that is synced; the caller closes it. Raises PlexError."""
        return self._plex.open(settings)

    def remember_capabilities(self, now: float) -> None:
        """Remember what was learned about the server, for the next worker."""
        self._plex.remember_capabilities(now)

    def index(self) -> PathIndex:
        """The path index, opened but not filled."""
        if self._index is None:
            self._index = PathIndex(self._index_path)
        return self._index

    def forget_plex(self) -> None:
        """Connect anew at the next use: after a failure the server may be another, or have other libraries."""
        self._plex.forget()

    def forget_settings(self) -> None:
        """Read the settings anew at the next `refresh`; until that succeeds the ones of before stay known."""
        self._settings_at = float("-inf")

    def _hide_secrets_of(self, client: StashClient) -> None:
        self._redactor.add(*client.secrets - client.passing_secrets)
        self._redactor.add_passing(*client.passing_secrets)

    def doubt_refusals(self, now: float) -> None:
        """See PlexLink.doubt_refusals."""
        self._plex.doubt_refusals(now)
