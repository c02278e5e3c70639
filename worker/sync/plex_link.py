"""The way to the Plex that is synced: connected when it is needed, thrown away when it has failed, and never another server unasked."""

import logging
import uuid
from collections.abc import Callable
from typing import Final

from plex.capabilities import Capabilities
from plex.client import PlexClient
from plex.model import Section
from plex.sections import select_sections
from records import Records
from settings.settings import Settings
from worker.facts import CAPABILITIES
from worker.sync.past import UPDATES_MOVE
from worker.sync.read_only import Facts
from worker.sync.token_bounds import TokenBounds, server_check
from worker.version import VERSION

log = logging.getLogger("stash2plex.worker")

SERVER: Final = "machine_identifier"
"""The fact that names the server that is synced: `{"id", "name", "version"}`."""


REFUSED_S: Final = 24 * 3600.0
"""So long is believed that a server takes a field of no item: a proxy may have refused it for an hour, and each field that is left out is left out of everything."""

_REFUSED, _SINCE = "refused", "refused_since"


class PlexLink:
    """One client at a time. Invariant: it speaks to the server that was synced before, unless the user agreed to another one."""

    def __init__(
        self,
        records: Records,
        facts: Facts,
        bounds: TokenBounds,
        may_adopt: Callable[[], bool],
        sleep: Callable[[float], object],
        permit: Callable[[], None],
    ) -> None:
        """`facts` holds what is known of the server, `bounds` where the token may go; `may_adopt` says whether the user agreed to another server; `sleep` and `permit` are those of plex.connection."""
        self._records = records
        self._facts = facts
        self._bounds = bounds
        self._may_adopt = may_adopt
        self._sleep = sleep
        self._permit = permit
        self._client: PlexClient | None = None
        self._key: tuple[object, ...] = ()
        self._sections: tuple[Section, ...] = ()

    def client(self, settings: Settings) -> PlexClient:
        """The client, connected with `settings`. Raises PlexError."""
        key = (
            settings.plex_url,
            settings.plex_token,
            settings.plex_timeout_s,
            settings.skip_tls_verify,
            settings.plex_library,
        )
        if self._client is None or key != self._key:
            self.forget()
            client = self._connect(settings)
            try:
                self._sections = tuple(select_sections(client.sections(), libraries_of(settings)))
            except BaseException:
                client.close()
                raise
            self._client, self._key = client, key
        return self._client

    def sections(self, settings: Settings) -> tuple[Section, ...]:
        """The libraries that are synced. Raises PlexError."""
        self.client(settings)
        return self._sections

    def forget(self) -> None:
        """Connect anew at the next use: after a failure the server may be another, or have other libraries."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def open(self, settings: Settings, capabilities: Capabilities | None = None) -> PlexClient:
        """A client of its own for the server that is synced; the caller closes it. Raises PlexError."""
        known = self._facts.get(SERVER) or {"id": "", "name": ""}
        used_with = self._bounds.require(settings)
        client = PlexClient.connect(
            settings.plex_url,
            settings.plex_token,
            client_identifier=self._facts.client_identifier(lambda: str(uuid.uuid4())),
            timeout_s=settings.plex_timeout_s,
            verify=not settings.skip_tls_verify,
            version=VERSION,
            capabilities=capabilities,
            sleep=self._sleep,
            permit=self._permit,
            is_right=server_check(known["id"] or used_with, known["name"], self._may_adopt),
        )
        self._bounds.took(settings, client.machine_identifier)
        return client

    def remember_capabilities(self, now: float) -> None:
        """Remember what was learned about the server, for the next worker."""
        if self._client is None:
            return
        known = self._facts.get(CAPABILITIES) or {}
        learned = {"server": self._client.known_as, **self._client.capabilities.as_dict()}
        if _REFUSED in learned:
            is_news = learned[_REFUSED] != known.get(_REFUSED)
            learned[_SINCE] = str(now) if is_news else known.get(_SINCE, "0")
        if learned != known:
            self._facts.put(CAPABILITIES, learned)

    def doubt_refusals(self, now: float) -> None:
        """Fields that were refused of every item are tried again after a while."""
        known = self._facts.get(CAPABILITIES) or {}
        if _REFUSED in known and not 0 <= now - float(known.get(_SINCE, "-inf")) < REFUSED_S:
            self._facts.put(CAPABILITIES, {name: known[name] for name in known.keys() - {_REFUSED, _SINCE}})
            self.forget()

    def _connect(self, settings: Settings) -> PlexClient:
        kept = self._facts.get(CAPABILITIES) or {}
        client = self.open(settings, Capabilities.from_dict(kept))
        if kept and kept.get("server") != client.known_as:
            client.close()
            client = self.open(settings, Capabilities())
        self._adopt(client, self._facts.get(SERVER))
        return client

    def _adopt(self, client: PlexClient, known: dict[str, str] | None) -> None:
        """From now on this server is the one that is synced. What is recorded of another one's items would name strangers here."""
        if known and known["id"] != client.machine_identifier:
            log.warning(
                "Plex is another server now (%s): what was recorded of %s is forgotten",
                client.friendly_name,
                known["name"],
            )
            self._records.forget_items()
            self._facts.put(UPDATES_MOVE, None)
        server = {"id": client.machine_identifier, "name": client.friendly_name, "version": client.version}
        if server != known:
            self._facts.put(SERVER, server)


def libraries_of(settings: Settings) -> tuple[str, ...]:
    """What select_sections is asked for: one line as it was typed goes first, since a library's name may hold commas."""
    return (settings.plex_library_text,) if settings.plex_library_text else settings.plex_library
