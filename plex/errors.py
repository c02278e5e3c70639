"""What can go wrong with Plex, sorted by what to do about it. Messages never hold the token or a URL with a query."""

from typing import Final

MOST_CHARACTERS: Final = 2_000
"""Of a message. It may list names that somebody else chose, as many as there are."""


class PlexError(Exception):
    """Base of everything this package raises. `is_of_write`: it was a change of Plex that failed, not a question."""

    is_of_write = False

    def __init__(self, message: str = "") -> None:
        super().__init__(message if len(message) <= MOST_CHARACTERS else f"{message[:MOST_CHARACTERS]}…")


class PlexUnreachable(PlexError):
    """No answer: refused, reset, timed out, name not found, certificate refused. Pause; no job is at fault."""


class PlexBusy(PlexError):
    """Plex answered 429, 500, 502, 503 or 504, or said that its database is busy. Pause; `retry_after_s` if Plex named a time."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class PlexFailed(PlexBusy):
    """Plex answered 500 without a word of being busy. Where it answers other questions meanwhile, what was asked for is sick: one item, one library."""


class PlexUnauthorized(PlexError):
    """Plex answered 401 or 403: the setting plex_token is wrong or has expired. Pause until it is changed."""


class PlexMisconfigured(PlexError):
    """A setting does not fit this server: an unknown library, an address that is no Plex, another server than before. Pause; the message names the setting."""


class PlexOtherServer(PlexMisconfigured):
    """Another server answers than the one that was synced, or than the one that the token was used with. It did not get the token."""


class PlexTokenElsewhere(PlexMisconfigured):
    """The token was given for another address than plex_url. It was not sent; pause until it is typed again, or the address is what it was.

    `what` is one sentence without its end, `to_do` what a person can do; the message is both.
    """

    def __init__(self, what: str, to_do: str = "") -> None:
        super().__init__(f"{what}. {to_do}" if to_do else what)
        self.what = what
        self.to_do = to_do


class PlexProtocolError(PlexError):
    """The answer is not what Plex sends: HTML, cut XML, an entity bomb, a redirect to another host, a question refused (400). Pause; a proxy may stand between."""


class PlexQuestionRefused(PlexProtocolError):
    """Plex answered 400 to a question. Asking for fewer lines, or in other words, may help; one that it always answers is refused by a proxy."""


class PlexTooLarge(PlexProtocolError):
    """The answer is larger than any that we need. Asking for less may help; if one item's is, that item cannot be read."""


class PlexReconnected(PlexError):
    """The connection was made anew since the items were looked at. Nothing was sent; the server has been identified: look again, then write."""


class PlexRejected(PlexError):
    """Plex understood a write or the wish for a scan and refused it (400 and other 4xx). This job's fault; trying again the same way is no use."""


class PlexItemGone(PlexError):
    """404 for an item: it was removed or got a new rating key. The index must be refreshed."""
