"""One Plex server for the rest of Stash2Plex: whole answers in, edits out, typed errors. Knows no jobs."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

from plex import answers
from plex.address import check_token, normalize_url
from plex.artwork import Artwork
from plex.capabilities import Capabilities
from plex.collections import Collections
from plex.connection import Connection, QuietPlexServer
from plex.edit import percent
from plex.errors import PlexError, PlexFailed, PlexProtocolError, PlexUnauthorized
from plex.failures import NOT_THE_OWNERS
from plex.listing import ITEM_TYPES, PAGE_SIZE, Page, Since, listing_path
from plex.listing_walk import NewsPages
from plex.model import Item, Section, name_of
from plex.piecewise import read_apart
from plex.sections import section_of_folder
from plex.session import PlexSession
from plex.writer import Writer

MAX_ITEMS: Final = 100
_WHOLE: Final = "includeGuids=0&includeExtras=0&includeChapters=0&includeMarkers=0&checkFiles=0&skipRefresh=1"


class PlexClient:
    """A connection to one server. Safe to use from one thread at a time; a second thread's writes wait their turn.

    Attributes:
        known_as: what is learned holds for this server in this version by this way: a proxy has capabilities as well.
        now_s: the clock by which an item's age is told: `now_s() - item.looked_s`.
        rest: waits for the pause that a loaded server is due before the next write.
        look_time_s: how long the last `look` took.
    """

    def __init__(self, connection: Connection, capabilities: Capabilities | None = None) -> None:
        server = connection.server
        self.machine_identifier: str = name_of(server.machineIdentifier)
        self.version: str = name_of(server.version)
        self.friendly_name: str = name_of(server.friendlyName)
        self.known_as: str = f"{self.machine_identifier} {self.version} {connection.session.base_url}"
        self.collections = Collections(connection)
        self.artwork = Artwork(connection, self.check, self.version)
        self.look_time_s: float = 0.0
        self.connection = connection
        self.writer = Writer(connection, self.items, self.sections, capabilities or Capabilities())
        self._news = NewsPages(connection.page)
        self.apply, self.apply_all = self.writer.apply, self.writer.apply_all
        self.now_s, self.rest = connection.now_s, connection.rest

    @classmethod
    def connect(
        cls,
        url: str,
        token: str,
        *,
        client_identifier: str,
        version: str,
        timeout_s: float = 30.0,
        verify: bool | str = True,
        capabilities: Capabilities | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        permit: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.time,
        is_right: Callable[[str], None] = lambda _identity: None,
    ) -> "PlexClient":
        """Reach the server and learn who it is: first without the token (`/identity`), then with it.

        `url` and `token` are the settings as typed; `client_identifier` is ours, the same in every run: Plex shows a
        new device for each other one. `timeout_s` is for an answer; a connection must stand within 10 s at most.
        `verify` is False for skip_tls_verify, or a file of certificates. `capabilities` were learned earlier, by
        `known_as`. For `monotonic`, `sleep` and `permit` see Connection; `clock` (epoch seconds) is for a Retry-After
        that is a date. `is_right` is shown the machine identifier before the token goes there, and raises what is wrong
        with it.

        Raises:
            PlexError: PlexMisconfigured names the setting to change; every other kind as its class says.
        """
        base_url = normalize_url(url)
        session = PlexSession(base_url, timeout_s, verify=verify, monotonic=monotonic, clock=clock, is_right=is_right)
        identity = {"client_identifier": client_identifier, "version": version}
        try:
            server = QuietPlexServer(base_url, check_token(token), session, **identity)
        except BaseException:
            session.close()
            raise
        return cls(Connection(server, session, monotonic=monotonic, sleep=sleep, permit=permit), capabilities)

    def close(self) -> None:
        """Close the connections; the client is of no use afterwards."""
        self.connection.session.close()

    @property
    def answer_time_s(self) -> float:
        """How long Plex takes to answer a write, smoothed; 0.0 before the first one."""
        return self.connection.session.pace.answer_time_s

    @property
    def server_time_at(self) -> float | None:
        """The server's clock at its last answer, epoch seconds, or None if it never told."""
        return self.connection.session.server_time_at

    @property
    def capabilities(self) -> Capabilities:
        """What is known about this server by trying. To be kept by `known_as`, and handed to `connect` again."""
        return self.writer.capabilities

    def ready(self) -> None:
        """Rest, and identify the server behind a new connection, so that what is read then is good for writes."""
        self.rest()
        self.connection.identify()

    def sections(self) -> list[Section]:
        """Return all libraries, of every type."""
        return answers.sections_of(self.connection.read("/library/sections"))

    def page(self, section: Section, start: int = 0, size: int = PAGE_SIZE, *, since: Since | None = None) -> Page:
        """Return a stretch of a section's movies or episodes, oldest first, with little more than their files.

        It is shorter than `size` where Plex gives fewer at once; `size=0` asks for the total only. For `since`, and the
        NewsRefused it may raise, see plex.listing_walk.NewsPages.page.
        """
        if since:
            return self._news.page(section, since, start, size)
        return answers.page_of(self.connection.page(listing_path(section), start, size), section)

    def demand_owner(self, sections: Iterable[Section]) -> None:
        """Raise PlexUnauthorized where the token sees no paths of files; an unreadable library says nothing of it."""
        for section in sections:
            try:
                page = self.page(section, 0, 1)
            except (PlexFailed, PlexProtocolError):
                continue
            if page.hides_paths:
                raise PlexUnauthorized(NOT_THE_OWNERS)
            if page.entries:
                return

    def items(
        self, rating_keys: Iterable[int], unread: MutableMapping[int, PlexError] | None = None
    ) -> dict[int, Item]:
        """Return whole items by rating key, at most MAX_ITEMS in one request. What is gone is absent.

        An item that cannot be read although others can goes into `unread` with the reason; without `unread` it raises.
        """
        left_out: MutableMapping[int, PlexError] = {} if unread is None else unread
        keys = [str(key) for key in dict.fromkeys(rating_keys) if key > 0]
        found: dict[int, Item] = {}
        for start in range(0, len(keys), MAX_ITEMS):
            found |= read_apart(keys[start : start + MAX_ITEMS], self._items, left_out, self.check, self._others)
        if left_out and unread is None:
            raise next(iter(left_out.values()))
        return found

    def look(self, rating_keys: Iterable[int], unread: MutableMapping[int, PlexError] | None = None) -> dict[int, Item]:
        """Return `items` for a write that follows: over a new connection the server is asked first who it is."""
        keys = list(rating_keys)
        self.connection.identify()
        began_s = self.now_s()
        found = self.items(keys, unread)
        if self.connection.identify():
            found = self.items(keys, unread)  # the server went away in between: what was read may be of before
        self.look_time_s = self.now_s() - began_s
        return found

    def _items(self, keys: Sequence[str]) -> Mapping[int, Item]:
        sent_s = self.now_s()
        pages = self.connection.whole(f"/library/metadata/{','.join(keys)}?{_WHOLE}", longest=len(keys))
        found: dict[int, Item] = {}
        for page in pages:
            found |= answers.items_of(page, looked_s=sent_s)
        return found

    def _others(self, keys: Sequence[str]) -> Iterator[str]:
        """Yield a few items that are none of `keys`, from all over the server, to see whether it can show any."""
        for section in self.sections():
            if section.type in ITEM_TYPES:
                with suppress(PlexFailed, PlexProtocolError):
                    listed = (str(entry.rating_key) for entry in self.page(section, 0, len(keys) + 1).entries)
                    yield from islice((key for key in listed if key not in keys), 1)

    def check(self) -> None:
        """Raise a PlexError unless the server itself is well: it says who it is, and lists its libraries."""
        self.connection.session.doubt()  # so that it is asked who it is, before anything else
        self.sections()

    def scan(self, section: Section, folder: str) -> None:
        """Ask Plex to look for new files in one folder, as Plex sees it; it answers at once and scans afterwards.

        A folder outside of the section is a ValueError: Plex would scan the whole library.
        """
        if not section_of_folder([section], folder):
            raise ValueError(f"the folder is not within the library {section.title!r}")
        self.connection.scan(f"/library/sections/{section.key}/refresh?path={percent(folder)}")
