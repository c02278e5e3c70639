"""Parts of an edit that are too long for a usual URL."""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Final

from plex.connection import Connection
from plex.edit import Edit
from plex.errors import PlexRejected, PlexUnreachable

_FORM: Final[Mapping[str, str]] = {"Content-Type": "application/x-www-form-urlencoded"}


class LongWay:
    """The ways of such a part: one long URL, then a form, each read back by `unmet`."""

    def __init__(self, connection: Connection, unmet: Callable[[Edit], Collection[str]]) -> None:
        self._connection = connection
        self._unmet = unmet
        self._refused_bytes = math.inf  # what was so long came by no way, over this connection
        self._was_too_long = False  # whether it was for its length that the URL was refused last
        self._broken_bytes = math.inf  # so long a URL broke the connection

    def take(self, part: Edit) -> bool:
        """Return whether Plex took `part`. What is as long as something that it took in no way is not tried.

        The long URL first: every server reads it that gets it. A form last: a server may answer 200 to it and not read
        it, and what cannot be read back, such as photos, would pass for taken then.
        """
        fields = part.query
        if len(fields) >= self._refused_bytes:
            return False
        for send in (self._as_url, self._as_form):
            if send(part.target, fields) and not self._unmet(part):
                return True
        if part.tags or self._was_too_long:
            self._refused_bytes = min(self._refused_bytes, len(fields))
        return False

    def _as_form(self, target: str, fields: str) -> bool:
        try:
            self._connection.write("PUT", target, data=fields.encode("ascii"), headers=_FORM)
        except PlexRejected:
            return False
        return True

    def _as_url(self, target: str, fields: str) -> bool:
        if len(fields) >= self._broken_bytes:
            return False
        self._was_too_long = True
        try:
            self._connection.write("PUT", f"{target}&{fields}")
        except PlexRejected as error:
            self._was_too_long = error.is_of_length
            return False
        except PlexUnreachable:
            # raises if Plex is away; if it answers, it was the length that broke the connection
            self._connection.read("/identity")
            self._broken_bytes = len(fields)
            return False
        self._was_too_long = False
        return True
