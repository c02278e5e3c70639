"""Who answers at an address, asked without a token: before the token goes there, and so that a wrong address and a wrong token can be told apart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from plex.address import normalize_url
from plex.errors import PlexMisconfigured, PlexOtherServer, PlexProtocolError
from plex.names import name_of
from plex.session import PlexSession

_UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Identity:
    """A server as `GET /identity` names it; `url` is the address that was asked, as it is used from now on."""

    url: str
    machine_identifier: str
    version: str


class Door:
    """Sees to it that a session's token goes only to the server that was met first, as far as a server says who it is.

    Invariant: over each connection that was made, and after each failure, `/identity` is the first request, and it carries no token. That is a check
    against mistakes (an address that was given to another machine, a container that was made anew), not against somebody who answers falsely.
    """

    def __init__(self, session: PlexSession, base_url: str, is_right: Callable[[Identity], None]) -> None:
        """`is_right` is asked once, with the server that is met first; it raises what is wrong with it."""
        self._session = session
        self._base_url = base_url
        self._is_right = is_right
        self._known: Identity | None = None
        self._known_connects = _UNKNOWN
        self._keeps_alive = True  # a server that ends each connection behind its answer is asked before each request

    def meet(self) -> None:
        """Ask who is there, unless nothing has happened since that was asked.

        Raises:
            PlexOtherServer: another server than the one that was met first.
            PlexError: no answer, or not one of Plex, or what `is_right` raises.
        """
        wire = self._session.wire
        if wire.connects != self._known_connects or (self._keeps_alive and not wire.is_open()):
            found = ask_identity(self._session, self._base_url)
            if self._known is None:
                self._is_right(found)
                self._known = found
            elif found.machine_identifier != self._known.machine_identifier:
                raise PlexOtherServer(other_server())
            self._known_connects = wire.connects
            self._keeps_alive = wire.is_open()
            self._session.renewals += self._keeps_alive

    def doubt(self) -> None:
        """Ask again before the next token, whatever became of the connection."""
        self._known_connects = _UNKNOWN


def other_server(name: str = "") -> str:
    """What is said where another server answers than the one that was synced, whose name is `name`."""
    return (
        f"another Plex server answers at plex_url than before{f' ({name})' if name else ''}; nothing was written to it, and the token was not sent. "
        "If you have moved to a new server on purpose, rebuild the index: run the task Rebuild Plex Index"
    )


def identify(url: str, *, timeout_s: float = 30.0, verify: bool = True) -> Identity:
    """Ask the server at `url` (the setting plex_url, as typed) who it is. Needs no token and sends none.

    Raises:
        PlexError: no answer, or not one of Plex; the message says what to change.
    """
    base_url = normalize_url(url)
    session = PlexSession(base_url, timeout_s, verify=verify)
    try:
        return ask_identity(session, base_url)
    finally:
        session.close()


def ask_identity(session: PlexSession, base_url: str) -> Identity:
    """As `identify`, over a session that there is."""
    answer = session.get(f"{base_url}/identity", headers={"Accept": "application/xml"})
    try:
        found = ET.fromstring(answer.content or b"<nothing/>")
    except ET.ParseError:
        raise PlexProtocolError(f"what answers at {base_url} is no Plex server: its answer is no XML") from None
    if not found.get("machineIdentifier"):
        raise PlexMisconfigured(f"plex_url leads to {base_url}, where nothing names itself as a Plex server")
    return Identity(base_url, name_of(found.get("machineIdentifier")), name_of(found.get("version")))
