"""What can go wrong with Stash, sorted by what to do about it. Messages never hold the cookie or the API key."""


class StashError(Exception):
    """Base of everything this package raises."""


class StashUnreachable(StashError):
    """No answer, or a 5xx, or "database is locked". Pause; no job is at fault."""


class StashTooLarge(StashUnreachable):
    """The answer is larger than any that is needed. Fewer scenes may help, or one scene cannot be read."""


class StashUnauthorized(StashError):
    """401: the session cookie has expired or a login was configured. The next hook or task brings a fresh one."""


class StashMigrating(StashUnreachable):
    """Stash waits for the migration of its own database, which a person begins in its interface."""


class StashRejected(StashError):
    """Stash refused the query, or answered a part of it with an error. The message quotes Stash."""


class StashUnfit(StashRejected):
    """Stash is too old or too new: it does not know what it was asked. Only an update changes that."""
