"""python-plexapi's PlexServer, with its habits tamed: it says who we are, keeps the token out of URLs, and ignores the user's own plexapi configuration."""

import platform
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

import requests
from plexapi.exceptions import PlexApiException
from plexapi.server import PlexServer
from urllib3.exceptions import HTTPError

from plex.errors import PlexError, PlexMisconfigured, PlexProtocolError
from plex.session import TOKEN_HEADER, PlexSession

PRODUCT: Final = "Stash2Plex"

_NO_ADDRESS: Final = (requests.RequestException, HTTPError)
"""What is raised before anything is sent, such as for a host with two dots in a row. Everything later leaves the session as a PlexError."""

_UNREADABLE: Final = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
"""What plexapi raises over a value that it does not expect: `allowSharing="9"` is a ValueError. Source: plexapi.utils.cast."""


class QuietPlexServer(PlexServer):  # type: ignore[misc] # plexapi has no types
    """A PlexServer that Plex shows as one device "Stash2Plex", whichever process speaks.

    Source: plexapi.server.PlexServer. Its own headers come from ~/.config/plexapi and PLEXAPI_* variables and name a new device each
    time; its `X-Plex-Provides: controller` has cost people their remote access (Kometa-Team/Kometa issue 2894).
    """

    def __init__(
        self, base_url: str, token: str, session: PlexSession, *, client_identifier: str, version: str
    ) -> None:
        self._identity = {
            "X-Plex-Client-Identifier": client_identifier,
            "X-Plex-Product": PRODUCT,
            "X-Plex-Version": version,
            "X-Plex-Device": platform.system() or "Unknown",
            "X-Plex-Device-Name": PRODUCT,
            "X-Plex-Platform": "Stash",
            "Accept": "application/xml",
        }
        self._greet(base_url, token, session)
        if not vars(self).get("machineIdentifier"):  # plexapi sets nothing at all when the answer is empty
            raise PlexMisconfigured("plex_url answers, but not as a Plex server")

    def _greet(self, base_url: str, token: str, session: PlexSession) -> None:
        """Run plexapi's own constructor: the one place where it reads more than XML, and makes each attribute a number, a truth or a list."""
        failure: PlexError
        try:
            super().__init__(base_url, token, session, session.timeout_s)
        except _NO_ADDRESS as error:
            failure = PlexMisconfigured(f"plex_url cannot be used as an address ({type(error).__name__})")
        except _UNREADABLE as error:
            failure = PlexProtocolError(
                f"the answer to / is not what a Plex server says of itself ({type(error).__name__})"
            )
        else:
            return
        raise failure  # outside of the handlers: the errors hold the whole URL, or what the server sent

    def _headers(self, **extra: str) -> dict[str, str]:
        return {**self._identity, TOKEN_HEADER: self._token, **extra}

    def url(self, key: str, *_: object, **__: object) -> str:
        """The address of `key`, never with the token, even where plexapi or the user's `show_secrets` would append it."""
        return f"{self._baseurl}{key}"

    def query(self, key: str, *args: Any, **kwargs: Any) -> Element | None:
        """One request; its answer as XML, None for an empty one.

        Raises:
            PlexError: from the session, or because the XML cannot be read.
        """
        try:
            answer: Element | None = super().query(key, *args, **kwargs)
        except (ParseError, PlexApiException) as error:
            failure = type(error).__name__
        else:
            return answer
        # outside of the handler: plexapi's messages hold the whole URL
        raise PlexProtocolError(f"the answer to {key.partition('?')[0]} is no XML that can be read ({failure})")
