"""The way to the Stash of one data folder, and the settings in force, which are read over it.

Hooks and tasks bring the connection. Settings come from Stash, config.yaml and the environment.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from logs.redact import Redactor
from matching.tag_tree import TagTree
from settings.resolve import resolve_now
from settings.settings import Settings, SettingsError
from stash import scenes as stash_scenes
from stash.client import StashClient
from stash.errors import StashError, StashTooLarge, StashUnauthorized
from stash.fitness import require_fit
from stash.model import Scene
from stash.settings_source import Configuration, configuration
from worker.errors import NotConfiguredError, OtherStashError, PausedByUserError
from worker.launch import message_of, place_of
from worker.sync.tag_reader import Needs, TagReader, needs_of

MAX_AGE_S: Final = 10.0
"""How long settings are believed while one batch follows the other."""

_TOKEN: Final = "PLEX_TOKEN"  # noqa: S105 - the name of a variable


class StashLink:
    """One client at a time. Used by one thread; only `offer` may be called from another.

    Attributes:
        environ: the environment, with the token that the last hook or task brought.
        ffmpeg_path: the program that Stash named when its configuration was read last, or "".
        version: of Stash, as it said then, or "".
        needs: what the settings in force need beside the scenes themselves.
        tags: the tree of Stash's tags.
    """

    def __init__(
        self,
        redactor: Redactor,
        environ: Mapping[str, str],
        accept: Callable[[StashClient, str], None] = lambda _client, _place: None,
        tags: TagReader | None = None,
    ) -> None:
        """`accept` looks at a Stash at another place (client, port), and raises OtherStashError if it is strange."""
        self.environ = dict(environ)
        self.needs = Needs()
        self.tags = tags or TagReader()
        self._accept = accept
        self._redactor = redactor
        self._timeout_s = Settings().stash_timeout_s
        self._lock = threading.Lock()
        self._connection: dict[str, Any] | None = None
        self._offered: dict[str, Any] | None = None
        self._client: StashClient | None = None
        self._library_folders: tuple[str, ...] | None = None
        self.ffmpeg_path = ""
        self.version = ""
        self._has_other_settings = False  # a flag: a time could be overwritten by a read that began before it

    def close(self) -> None:
        """Close the client. What is handed on is still known. Only once the thread that uses the link has ended."""
        if self._client is not None:
            self._client.close()

    def offer(self, connection: dict[str, Any]) -> None:
        """Use `connection` (Stash's server_connection, with `plex_token` if one was in the environment) from now on."""
        self._redactor.add_passing(str(connection.get("SessionCookie", {}).get("Value") or ""))
        if connection.pop("settings_changed", False):
            self._has_other_settings = True  # the batch at hand keeps its settings, the next one reads them anew
        with self._lock:
            self._offered = connection

    def handed_on(self) -> bytes:
        """Return the line that a successor takes from the pipe, with the freshest cookie and the API key.

        Only once the thread that uses the link has ended.
        """
        connection = self._offered or self._connection
        if connection is None:
            return b"\n"
        if self._client is not None:
            held = self._client.way_in
            if self._offered is None:
                connection = {**connection, **held}
            elif self._is_same_place(self._offered):
                connection = {**connection, "ApiKey": held["ApiKey"]}
        token = connection.get("plex_token") or self.environ.get(_TOKEN, "")
        return message_of({"server_connection": connection}, {_TOKEN: token} if token else {})

    def client(self) -> StashClient:
        """The client, with the freshest connection. Raises NotConfiguredError where no hook or task has brought one."""
        if self._offered is not None:
            with self._lock:
                offered, self._offered = self._offered, None
            self._take_if_ours(offered)
        if self._connection is None:
            raise NotConfiguredError(["no connection to Stash yet: the next save or task in Stash brings one"])
        if self._client is None:
            self._client = StashClient.connect(self._connection, timeout_s=self._timeout_s)
            self._client.persist()
            self._hide_secrets_of(self._client)
        return self._client

    @property
    def answered(self) -> tuple[float, float] | None:
        """When Stash answered last, and after how many seconds; None before it did."""
        return self._client.s.answered if self._client else None

    def wait_at_most(self, timeout_s: float) -> None:
        """From now on one query takes no longer."""
        self._timeout_s = timeout_s
        if self._client is not None:
            self._client.wait_at_most(timeout_s)

    def has_other_settings(self) -> bool:
        """Whether a connection that was offered since the last call told of other settings."""
        if not self._has_other_settings:
            return False
        self._has_other_settings = False
        return True

    @property
    def place(self) -> str:
        """The port of the Stash that is used, or ""."""
        return place_of(self._connection)

    def configuration(self) -> Configuration:
        """What Stash says about itself now, in one query."""
        client = self.client()
        answer = configuration(client)
        self._hide_secrets_of(client)
        self._library_folders = answer.library_folders
        self.ffmpeg_path, self.version = answer.ffmpeg_path, answer.version
        require_fit(answer.version, answer.status)
        return answer

    def library_folders(self) -> tuple[str, ...]:
        """Stash's library folders, as it sees them."""
        if self._library_folders is None:
            self.configuration()
        return self._library_folders or ()

    def scenes(
        self, scene_ids: Sequence[int], unread: dict[int, StashTooLarge] | None = None, needs: Needs | None = None
    ) -> dict[int, Scene]:
        """See stash.scenes.scenes, and with what is needed by `needs` (None: as now); no ids cost no question."""
        if not scene_ids:
            return {}
        client, needs = self.client(), needs or self.needs
        found = stash_scenes.scenes(client, scene_ids, unread, performer_tags=needs.performer_tags)
        return self.tags.with_words(client, found) if needs.tag_tree else found

    def tag_tree(self) -> TagTree:
        """All tags of Stash as they are now."""
        return self.tags.tree(self.client())

    def sample_files(self, count: int) -> dict[str, int]:
        """Files of up to `count` scenes, from all over the library, with their bytes."""
        return {
            path: size
            for _, files in stash_scenes.sample_files(self.client(), count).files
            for path, size in files.items()
        }

    def _take_if_ours(self, connection: dict[str, Any]) -> None:
        """Another Stash at the data folder is left alone, and the one of before goes on.

        So is one that lets nobody in: a command line may have a wrong key, or none. Raises OtherStashError where there
        was none.
        """
        if self._client is not None and self._is_locked_out(self._client, connection):
            return
        if not self._is_same_place(connection):
            client = StashClient.connect(dict(connection), timeout_s=self._timeout_s)
            try:
                self._accept(client, place_of(connection))
            except OtherStashError:
                if self._client is not None:
                    return
                with self._lock:
                    self._offered = self._offered or connection  # looked at again by the next probe
                raise
        self._take(connection)

    def _is_locked_out(self, held: StashClient, connection: dict[str, Any]) -> bool:
        """Return whether Stash refuses what another than a hook of its own has brought.

        Stash itself brings a cookie where a login is set, and never a key.
        """
        is_of_a_hook = connection.get("SessionCookie", {}).get("Value") or not held.secrets
        if is_of_a_hook and not connection.get("ApiKey"):
            return False
        with StashClient.connect(dict(connection), timeout_s=self._timeout_s) as client:
            try:
                configuration(client)
            except StashError as error:
                return isinstance(error, StashUnauthorized) or bool(connection.get("ApiKey"))
        return False

    def _take(self, connection: dict[str, Any]) -> None:
        token = connection.pop("plex_token", "")
        if token:
            self.environ[_TOKEN] = token
        is_same_place = self._is_same_place(connection)
        self._connection = connection
        if self._client is not None and is_same_place:
            self._client.replace_connection(connection)
        elif self._client is not None:
            self._client.close()
            self._client = None
        if not is_same_place:
            self.tags.forget()

    def _is_same_place(self, connection: dict[str, Any]) -> bool:
        return self._connection is not None and all(
            self._connection.get(name) == connection.get(name) for name in ("Scheme", "Host", "Port")
        )

    def _hide_secrets_of(self, client: StashClient) -> None:
        self._redactor.add(*client.secrets - client.passing_secrets)
        self._redactor.add_passing(*client.passing_secrets)


class SettingsInForce:
    """They stay the same from one `refresh` to the next: no batch is planned by one and written by another."""

    def __init__(
        self,
        data_dir: str,
        stash: StashLink,
        redactor: Redactor,
        *,
        clock: Callable[[], float] = time.monotonic,
        max_age_s: float = MAX_AGE_S,
        heeds_pause: bool = True,
    ) -> None:
        """`clock` is monotonic seconds; without `heeds_pause` the switch `paused` is passed over."""
        self._data_dir = data_dir
        self._stash = stash
        self._redactor = redactor
        self._clock = clock
        self._max_age_s = max_age_s
        self._heeds_pause = heeds_pause
        self._settings: Settings | None = None
        self._read_at = float("-inf")

    def current(self) -> Settings:
        """The settings of this batch.

        Raises:
            NotConfiguredError: something is missing or wrong; says what.
            PausedByUserError: the switch `paused` is on.
            StashError: they had to be read, and Stash did not answer.
        """
        settings = self._settings or self._read_anew()
        if settings.paused and self._heeds_pause:
            raise PausedByUserError(f"the setting {settings.why_paused}; saves are recorded and wait")
        return settings

    def refresh(self) -> Settings:
        """Before a batch: the settings as they are now (at most `max_age_s` old). Raises as `current`."""
        if self._stash.has_other_settings():
            self.forget()
        if self._clock() - self._read_at >= self._max_age_s:
            self._read_anew()
        return self.current()

    def forget(self) -> None:
        """Read the settings anew at the next `refresh`; until that succeeds the ones of before stay known."""
        self._read_at = float("-inf")

    @property
    def is_known(self) -> bool:
        """Whether the settings have been read yet."""
        return self._settings is not None

    @property
    def last(self) -> Settings:
        """The settings read last; the defaults before. Asks nobody."""
        return self._settings or Settings()

    def _read_anew(self) -> Settings:
        self._settings, self._read_at = self._read(), self._clock()
        self._stash.wait_at_most(self._settings.stash_timeout_s)
        self._stash.needs = needs_of(self._settings)
        return self._settings

    def _stored(self) -> Mapping[str, Any]:
        return self._stash.configuration().plugin_settings

    def _read(self) -> Settings:
        try:
            settings = resolve_now(self._stored(), self._stash.environ, self._data_dir).settings
        except SettingsError as error:
            raise NotConfiguredError([str(problem) for problem in error.problems]) from error
        self._redactor.add(settings.plex_token)
        if not settings.is_configured:
            raise NotConfiguredError([settings.what_is_missing()])
        return settings
