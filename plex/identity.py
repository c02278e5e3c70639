"""Who answers at an address, asked without a token: so that a wrong address and a wrong token can be told apart."""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from plex.address import normalize_url
from plex.errors import PlexMisconfigured, PlexProtocolError
from plex.names import name_of
from plex.session import PlexSession


@dataclass(frozen=True, slots=True)
class Identity:
    """A server as `GET /identity` names it; `url` is the address that was asked, as it is used from now on."""

    url: str
    machine_identifier: str
    version: str


def identify(url: str, *, timeout_s: float = 30.0, verify: bool = True) -> Identity:
    """Ask the server at `url` (the setting plex_url, as typed) who it is. Needs no token and sends none.

    Raises:
        PlexError: no answer, or not one of Plex; the message says what to change.
    """
    base_url = normalize_url(url)
    session = PlexSession(base_url, timeout_s, verify=verify)
    try:
        answer = session.get(f"{base_url}/identity", headers={"Accept": "application/xml"})
    finally:
        session.close()
    try:
        found = ET.fromstring(answer.content)
    except ET.ParseError:
        raise PlexProtocolError(f"what answers at {base_url} is no Plex server: its answer is no XML") from None
    if not found.get("machineIdentifier"):
        raise PlexMisconfigured(f"what answers at {base_url} does not name itself as a Plex server")
    return Identity(base_url, name_of(found.get("machineIdentifier")), name_of(found.get("version")))
