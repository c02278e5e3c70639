"""The way to the Plex that is synced: connected when needed, dropped when it failed, never another server unasked."""

import logging
import math
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from plex.capabilities import Capabilities
from plex.client import PlexClient
from plex.index import PathIndex
from plex.model import Section
from plex.sections import select_sections
from records import Records
from settings.settings import Settings
from worker.facts import CAPABILITIES, COLLECTIONS_SOUGHT, INDEX_NAME, LIBRARIES, LIBRARY_NOTES, SERVER, UPDATES_MOVE
from worker.installation import VERSION
from worker.sync.libraries import for_section, places
from worker.sync.libraries import notes as notes_on
from worker.sync.stash_link import SettingsInForce
from worker.sync.token_bounds import TokenBounds, server_check

log = logging.getLogger("stash2plex.worker")


REFUSED_S: Final = 24 * 3600.0
"""How long it is believed that a server takes a field of no item: a proxy may have refused it for an hour."""

_REFUSED, _SINCE = "refused", "refused_since"


class Facts(Protocol):
    """What is remembered about the servers. See records.facts.FactStore, whose docstrings hold."""

    def get(self, key: str, default: Any = None) -> Any: ...  # noqa: D102 - see FactStore
    def put(self, key: str, value: Any) -> None: ...  # noqa: D102 - see FactStore
    def client_identifier(self, make: Callable[[], str]) -> str: ...  # noqa: D102 - see FactStore


class PlexLink:
    """One client at a time, of the server that was synced before, unless the user agreed to another one."""

    def __init__(
        self,
        records: Records,
        facts: Facts,
        data_dir: str,
        settings: SettingsInForce,
        *,
        index_path: Path | None = None,
        most_wait_s: float = math.inf,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
        permit: Callable[[], None] = lambda: None,
        may_adopt: Callable[[], bool] = lambda: False,
    ) -> None:
        """`facts`: what is known of the server; `may_adopt`: whether the user agreed to another one.

        `most_wait_s` bounds the setting plex_timeout_s.
        """
        self.facts = facts
        self._records = records
        self._bounds = TokenBounds(data_dir)
        self._settings = settings
        self._index_path = index_path or Path(data_dir, INDEX_NAME)
        self._most_wait_s = most_wait_s
        self._clock = clock
        self._index: PathIndex | None = None
        self._may_adopt = may_adopt
        self._sleep = sleep
        self._permit = permit
        self._client: PlexClient | None = None
        self._used: Settings | None = None
        self._sections: tuple[Section, ...] = ()
        self._all_sections: tuple[Section, ...] = ()
        self._places: dict[str, int] = {}

    def client(self) -> PlexClient:
        """The client, connected with the settings in force. Raises as SettingsInForce.current; PlexError."""
        settings, client = self._settings.current(), self._client
        if client is None or (settings is not self._used and _way_of(settings) != _way_of(self._used)):
            client = self._client = self._connect(settings)
            self._place(settings)
        elif self._used is not None and settings.libraries != self._used.libraries:
            self._place(settings)
        self._used = settings
        return client

    def sections(self) -> tuple[Section, ...]:
        """The libraries that are synced. Raises as `client`."""
        self.client()
        return self._sections

    def settings_of(self, section_key: int) -> Settings:
        """The settings in force for a library. Raises as `client`."""
        settings = self._settings.current()
        if not settings.libraries:
            return settings
        self.client()
        return for_section(settings, self._places, section_key)

    def index(self) -> PathIndex:
        """The path index, opened but not filled."""
        if self._index is None:
            self._index = PathIndex(self._index_path, clock=self._clock)
        return self._index

    def close(self) -> None:
        """Close the client and the index. Only once the thread that uses them has ended."""
        if self._index is not None:
            self._index.close()
            self._index = None
        self.forget()

    def forget(self) -> None:
        """Connect anew at the next use: after a failure the server may be another, or have other libraries."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def open(
        self, settings: Settings, capabilities: Capabilities | None = None, *, is_typed: bool = False
    ) -> PlexClient:
        """A client of its own for the server that is synced; the caller closes it. Raises PlexError.

        `is_typed`: the user has typed the token for just this address, and saved neither yet. Otherwise it goes only
        where it was given for.
        """
        known = self.facts.get(SERVER) or {"id": "", "name": ""}
        used_with = "" if is_typed else self._bounds.require(settings)
        client = PlexClient.connect(
            settings.plex_url,
            settings.plex_token,
            client_identifier=self.facts.client_identifier(lambda: str(uuid.uuid4())),
            timeout_s=self.patience_s(settings),
            verify=not settings.skip_tls_verify,
            version=VERSION,
            capabilities=capabilities,
            sleep=self._sleep,
            permit=self._permit,
            is_right=server_check(known["id"] or used_with, known["name"], self._may_adopt),
        )
        if not is_typed:
            self._bounds.took(settings, client.machine_identifier)
        return client

    def patience_s(self, settings: Settings) -> float:
        """How long an answer is waited for."""
        return min(settings.plex_timeout_s, self._most_wait_s)

    @property
    def answered(self) -> tuple[float, float] | None:
        """When Plex answered last, and after how many seconds; None where nothing was asked since the last failure."""
        return self._client.connection.session.answered if self._client else None

    def remember_capabilities(self, now: float) -> None:
        """Remember what was learned about the server, for the next worker."""
        if self._client is None:
            return
        known = self.facts.get(CAPABILITIES) or {}
        learned = {"server": self._client.known_as, **self._client.capabilities.as_dict()}
        if _REFUSED in learned:
            is_news = learned[_REFUSED] != known.get(_REFUSED)
            learned[_SINCE] = str(now) if is_news else known.get(_SINCE, "0")
        if learned != known:
            self.facts.put(CAPABILITIES, learned)

    def doubt_refusals(self, now: float) -> None:
        """Fields that were refused of every item are tried again after a while."""
        known = self.facts.get(CAPABILITIES) or {}
        if _REFUSED in known and not 0 <= now - float(known.get(_SINCE, "-inf")) < REFUSED_S:
            self.facts.put(CAPABILITIES, {name: known[name] for name in known.keys() - {_REFUSED, _SINCE}})
            self.forget()

    def _connect(self, settings: Settings) -> PlexClient:
        self.forget()
        client = self._open_known(settings)
        try:
            self._all_sections = tuple(client.sections())
            self._sections = tuple(select_sections(self._all_sections, libraries_of(settings)))
        except BaseException:
            client.close()
            raise
        return client

    def _place(self, settings: Settings) -> None:
        """Find out which libraries have settings of their own, and say what is odd about that, once."""
        known: dict[str, int] = self.facts.get(LIBRARIES) or {}
        notes = notes_on(settings, self._all_sections, self._sections, known)
        self._places = places(settings, self._all_sections, known)
        moved = [name for name, key in self._places.items() if known.get(name, key) != key]
        notes += [f'the settings for the library "{name}" hold for another library of that name now' for name in moved]
        if self._places != known:
            self.facts.put(LIBRARIES, self._places)
        if notes != self.facts.get(LIBRARY_NOTES, []):
            self.facts.put(LIBRARY_NOTES, notes)
            for note in notes:
                log.warning("Settings: %s", note)

    def _open_known(self, settings: Settings) -> PlexClient:
        kept = self.facts.get(CAPABILITIES) or {}
        client = self.open(settings, Capabilities.from_dict(kept))
        if kept and kept.get("server") != client.known_as:
            client.close()
            client = self.open(settings, Capabilities())
        self._adopt(client, self.facts.get(SERVER))
        return client

    def _adopt(self, client: PlexClient, known: dict[str, str] | None) -> None:
        """Note that this server is the one that is synced, and forget what is recorded of another one's items."""
        if known and known["id"] != client.machine_identifier:
            log.warning(
                "Plex is another server now (%s): what was recorded of %s is forgotten",
                client.friendly_name,
                known["name"],
            )
            self._records.forget_items()
            self.facts.put(UPDATES_MOVE, None)
            self.facts.put(COLLECTIONS_SOUGHT, None)
            self.facts.put(LIBRARIES, None)
        server = {"id": client.machine_identifier, "name": client.friendly_name, "version": client.version}
        if server != known:
            self.facts.put(SERVER, server)


def _way_of(settings: Settings | None) -> tuple[object, ...]:
    """What a client depends on."""
    if settings is None:
        return ()
    return (
        settings.plex_url,
        settings.plex_token,
        settings.plex_timeout_s,
        settings.skip_tls_verify,
        settings.plex_library,
    )


def libraries_of(settings: Settings) -> tuple[str, ...]:
    """Return what select_sections is asked for; one line as it was typed goes first, for a name may hold commas."""
    return (settings.plex_library_text,) if settings.plex_library_text else settings.plex_library
