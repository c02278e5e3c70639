"""What can go wrong with Plex, sorted by what to do about it. Messages never hold the token or a URL with a query."""


class PlexError(Exception):
    """Base of everything this package raises. `is_of_write`: it was a change of Plex that failed, not a question."""

    is_of_write = False


class PlexUnreachable(PlexError):
    """No answer: refused, reset, timed out, name not found, certificate refused. Pause; no job is at fault."""


class PlexBusy(PlexError):
    """Plex answered 429, 500, 502, 503 or 504, or said that its database is busy. Pause; `retry_after_s` if Plex named a time."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class PlexUnauthorized(PlexError):
    """Plex answered 401 or 403: the setting plex_token is wrong or has expired. Pause until it is changed."""


class PlexMisconfigured(PlexError):
    """A setting does not fit this server: an unknown library, an address that is no Plex, another server than before. Pause; the message names the setting."""


class PlexProtocolError(PlexError):
    """The answer is not what Plex sends: HTML, cut XML, an entity bomb, a redirect to another host, a question refused (400). Pause; a proxy may stand between."""


class PlexReconnected(PlexError):
    """The connection was made anew since the items were looked at. Nothing was sent; the server has been identified: look again, then write."""


class PlexRejected(PlexError):
    """Plex understood a write or the wish for a scan and refused it (400 and other 4xx). This job's fault; trying again the same way is no use."""


class PlexItemGone(PlexError):
    """404 for an item: it was removed or got a new rating key. The index must be refreshed."""
