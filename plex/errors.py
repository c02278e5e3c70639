"""What can go wrong with Plex, sorted by what to do about it. Messages never hold the token or a URL with a query."""

from http import HTTPStatus
from typing import Final

MOST_CHARACTERS: Final = 2_000
"""Of a message. It may list names that somebody else chose, as many as there are."""

_TOO_LONG: Final = frozenset(
    {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_URI_TOO_LONG, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE}
)


class PlexError(Exception):
    """Base of everything this package raises. `is_of_write`: it was a change of Plex that failed, not a question."""

    is_of_write = False

    def __init__(self, message: str = "") -> None:
        super().__init__(message if len(message) <= MOST_CHARACTERS else f"{message[:MOST_CHARACTERS]}…")


class PlexUnreachable(PlexError):
    """No answer: refused, reset, timed out, name not found, certificate refused. Pause; no job is at fault."""


class PlexUntrusted(PlexUnreachable):
    """The certificate of an https address is none that is trusted here, or is made out to another name."""


class PlexBusy(PlexError):
    """Plex answered 429, 500 or 502 to 504, or that its database is busy. Pause; `retry_after_s` if it said so."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class PlexFailed(PlexBusy):
    """Plex answered 500 and did not say that it is busy. If it answers others, what was asked for is sick."""


class PlexUnauthorized(PlexError):
    """Plex answered 401 or 403: the setting plex_token is wrong or has expired. Pause until it is changed."""


class PlexMisconfigured(PlexError):
    """A setting does not fit this server: a library, an address, another server. Pause; the message names it."""


class PlexOtherServer(PlexMisconfigured):
    """Another server answers than was synced, or than the token was used with. It did not get the token."""


class PlexTokenElsewhere(PlexMisconfigured):
    """The token was given for another address than plex_url. It was not sent; pause until either is changed.

    `what` is one sentence without its end, `to_do` what a person can do; the message is both.
    """

    def __init__(self, what: str, to_do: str = "") -> None:
        super().__init__(f"{what}. {to_do}" if to_do else what)
        self.what = what
        self.to_do = to_do


class PlexProtocolError(PlexError):
    """The answer is not what Plex sends: HTML, cut XML, an entity bomb, a redirect, a 400. Pause."""


class PlexQuestionRefused(PlexProtocolError):
    """Plex answered 400 to a question. Asking for fewer lines, or in other words, may help."""


class PlexTooLarge(PlexProtocolError):
    """The answer is larger than any that is needed. Asking for less may help, or one item cannot be read."""


class PlexReconnected(PlexError):
    """The connection was made anew since the look, or an item was changed. Nothing was sent: look again, then write."""


class PlexRejected(PlexError):
    """Plex refused a write, or the wish for a scan, with `status` (a 4xx). Trying the same again is no use."""

    def __init__(self, message: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.status = status

    @property
    def is_of_content(self) -> bool:
        """Whether one field of the change may be to blame, by what it is or by what it holds."""
        return self.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}

    @property
    def is_of_length(self) -> bool:
        """Whether the request was too long for Plex or for a proxy before it."""
        return self.status in _TOO_LONG


class PlexItemGone(PlexError):
    """404 for an item: it was removed or got a new rating key. The index must be refreshed."""
