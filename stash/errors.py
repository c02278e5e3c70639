"""What can go wrong with Stash, sorted by what to do about it. Messages never hold the cookie or the API key."""


class StashError(Exception):
    """Base of everything this package raises."""


class StashUnreachable(StashError):
    """No answer, or a 5xx, or "database is locked". Pause; no job is at fault."""


class StashTooLarge(StashUnreachable):
    """The answer is larger than any that is needed. Fewer scenes may help, or one scene cannot be read."""


class StashUnauthorized(StashError):
    """401: the session cookie has expired or a login was configured. The next hook or task brings a fresh one."""


class StashRejected(StashError):
    """Stash refused the query, or a part of it: it is too old or too new. The message quotes Stash."""
