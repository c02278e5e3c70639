"""What can go wrong with Stash, sorted by what to do about it. Messages never hold the cookie or the API key."""


class StashError(Exception):
    """Base of everything this package raises."""


class StashUnreachable(StashError):
    """No answer, or a 5xx, or "database is locked". Pause; no job is at fault."""


class StashTooLarge(StashUnreachable):
    """The answer is larger than any that we need. Asking for fewer scenes may help; where it is one scene, that one cannot be read."""


class StashUnauthorized(StashError):
    """401: the session cookie has expired or a login was configured. The next hook or task brings a fresh one."""


class StashRejected(StashError):
    """Stash refused the query itself (422, or an error beside null data): a Stash that is too old or too new. The message quotes Stash."""
