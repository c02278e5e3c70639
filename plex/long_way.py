"""The ways of a part of an edit that is too long for a URL of usual length, and must not be cut. Knows no field."""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Final

from plex.connection import Connection
from plex.edit import Edit, encode
from plex.errors import PlexRejected, PlexUnreachable

_FORM: Final[Mapping[str, str]] = {"Content-Type": "application/x-www-form-urlencoded"}


class LongWay:
    """As the body of a form, then as one long URL; what counts is what can be read back.

    Args:
        unmet: reads the items of an edit and names the fields that do not show what it wants.
    """

    def __init__(self, connection: Connection, unmet: Callable[[Edit], Collection[str]]) -> None:
        self._connection = connection
        self._unmet = unmet
        self._refused_bytes = math.inf  # a list of so many bytes came by no way, over this connection

    def take(self, part: Edit) -> bool:
        """Whether Plex took `part`. A list of which it is known already that it will not is not tried again: it is wanted anew with each sync.

        A form first: a server that does not read it changes nothing. The long URL last, since some proxies cut the connection for it.
        Photos go the other way round: they cannot be read back, and a form that was not read would pass for taken where the names stand already.
        """
        fields = encode(part.fields())
        if part.tags and len(fields) >= self._refused_bytes:
            return False
        ways = (self._as_url, self._as_form) if part.photos else (self._as_form, self._as_url)
        for send in ways:
            if send(part.target(), fields) and not self._unmet(part):
                return True
        if part.tags:
            self._refused_bytes = min(self._refused_bytes, len(fields))
        return False

    def _as_form(self, target: str, fields: str) -> bool:
        try:
            self._connection.write("PUT", target, data=fields.encode("ascii"), headers=_FORM)
        except PlexRejected:
            return False
        return True

    def _as_url(self, target: str, fields: str) -> bool:
        try:
            self._connection.write("PUT", f"{target}&{fields}")
        except PlexRejected:
            return False
        except PlexUnreachable:
            # raises if Plex is away; if it answers, it was the length that broke the connection
            self._connection.read("/identity")
            return False
        return True
