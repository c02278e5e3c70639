"""Whether a Stash is new enough and its database open; asked of one that has just refused a question."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from stash.errors import StashError, StashMigrating, StashRejected, StashUnfit, StashUnreachable
from stash.model import dict_of

OLDEST_VERSION: Final = (0, 27, 0)
"""The first Stash that has groups; older ones refuse the query for scenes."""

NOT_OPEN: Final = "database not initialized"
"""What Stash says while its database is closed. Source: pkg/sqlite/database.go."""

_VERSION: Final = "query { version { version } }"
_STATUS: Final = "query { systemStatus { status } }"
_LONGEST_WORD: Final = 100


def look_behind(error: StashError, ask: Callable[[str], Mapping[str, Any]]) -> None:
    """Return where nothing clearer than `error` can be said; `ask` puts a question that needs no open database.

    Source: a 0.30.1 with the database of 0.27.0 fails at each question about scenes with "nil pointer dereference".

    Raises:
        StashUnfit: this Stash is too old, whatever it refused.
        StashMigrating: its database is closed because it waits for its migration.
    """
    if isinstance(error, StashUnfit):
        require_fit(_word(ask, _VERSION, "version"))
    elif isinstance(error, StashRejected) or (isinstance(error, StashUnreachable) and NOT_OPEN in str(error)):
        require_fit("", _word(ask, _STATUS, "status"))


def require_fit(version: str, status: str = "") -> None:
    """Look at what Stash says of itself: its version, and the status of its system, "" where it is not known.

    Raises:
        StashUnfit: it is too old; a version that can't be read is mostly that of a newer build.
        StashMigrating: it waits for the migration of its database.
    """
    found = re.match(r"v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})", version)
    if found and tuple(map(int, found.groups())) < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        raise StashUnfit(
            f"Stash {version} is too old for Stash2Plex, which needs v{oldest} or newer. Update Stash; saves are kept "
            "until then."
        )
    if status == "NEEDS_MIGRATION":
        raise StashMigrating(
            "Stash waits for the migration of its own database: open Stash in a browser, where it asks for that. "
            "Saves are kept until then."
        )


def _word(ask: Callable[[str], Mapping[str, Any]], question: str, name: str) -> str:
    """Return the one word that `question` is answered with, or "" where it is not answered."""
    try:
        roots = list(ask(question).values())
    except StashError:
        return ""
    return str(dict_of(roots[0] if roots else None).get(name) or "")[:_LONGEST_WORD]
