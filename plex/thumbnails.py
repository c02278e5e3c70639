"""The pictures that items show, made small by Plex, for people to look at. Only bytes go out: no address, no token."""

import re
from typing import Final

from plex.connection import Connection
from plex.edit import percent
from plex.errors import PlexFailed, PlexItemGone, PlexProtocolError, PlexRejected, PlexUnreachable

HEIGHT: Final = 240
WIDTH: Final = 428
"""A picture fits into this: twice what is shown, for dense screens; a poster of 2:3 is 160 wide."""

_SHOWN: Final = re.compile(r"/library/metadata/\d{1,18}/(?:thumb|art)/\d{1,18}")
"""Source: plexapi.mixins (PosterUrlMixin, ArtUrlMixin)."""

_OF_ONE: Final = (PlexFailed, PlexProtocolError, PlexItemGone, PlexRejected)
"""What says something of this picture alone; after any other error Plex is left alone."""


class Thumbnails:
    """Brings small pictures over one connection, as long as Plex gives any."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def picture(self, key: str) -> bytes:
        """Return the poster or background under `key`, as Item has it; b"" where Plex gives none. It may be no picture.

        An address that is not one of the item's own is not asked for: Plex would go and fetch it elsewhere.

        Raises:
            PlexError: there is no use in asking for others.
        """
        if not _SHOWN.fullmatch(key):
            return b""
        small = f"width={WIDTH}&height={HEIGHT}&minSize=0&upscale=0&url={percent(key)}"
        try:
            return self._connection.picture(f"/photo/:/transcode?{small}")
        except (*_OF_ONE, PlexUnreachable):
            pass  # a Plex that cannot make it small, or takes too long to, has it as it is
        try:
            return self._connection.picture(key)
        except _OF_ONE:
            return b""
