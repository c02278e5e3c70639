"""One Plex server as the rest of Stash2Plex sees it: whole answers in, edits out, typed errors. Knows neither jobs nor Stash."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Final

from plex import answers, sections
from plex.address import check_token, normalize_url
from plex.answers import Picture
from plex.artwork import Artwork, PictureResult
from plex.capabilities import Capabilities
from plex.connection import Connection
from plex.edit import Edit, percent
from plex.edit_parts import chunks
from plex.errors import PlexError, PlexFailed, PlexProtocolError, PlexUnauthorized
from plex.failures import NOT_THE_OWNERS
from plex.identity import Door, Identity
from plex.listing import ITEM_TYPES, PAGE_SIZE, Page, Since, listing_path
from plex.listing_walk import News
from plex.model import Item, Section
from plex.names import name_of
from plex.piecewise import read_apart
from plex.server import QuietPlexServer
from plex.session import PlexSession
from plex.writer import Applied, Taken, Writer

MAX_ITEMS: Final = 100
_MAX_IDS_BYTES: Final = 6000
_WHOLE: Final = "includeGuids=0&includeExtras=0&includeChapters=0&includeMarkers=0&checkFiles=0&skipRefresh=1"


class PlexClient:
    """A connection to one server. Safe to use from one thread at a time; a second thread's writes wait their turn."""

    def __init__(self, connection: Connection, capabilities: Capabilities | None = None) -> None:
        server = connection.server
        self.machine_identifier: str = name_of(server.machineIdentifier)
        self.version: str = name_of(server.version)
        self.friendly_name: str = name_of(server.friendlyName)
        self.known_as: str = f"{self.machine_identifier} {self.version} {connection.session.base_url}"
        """What is learned about it holds for this server, in this version, by this way: a proxy has capabilities as well."""

        self._connection = connection
        self._writer = Writer(connection, self.items, self.sections, capabilities or Capabilities())
        self._artwork = Artwork(connection, self.check, self.version)
        self._news = News(connection.page)
        self.look_time_s: float = 0.0
        """How long the last `look` took."""

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
        is_right: Callable[[Identity], None] = lambda _identity: None,
    ) -> "PlexClient":
        """Reach the server and learn who it is: first without the token (`/identity`), then with it.

        Args:
            url: the setting plex_url, as typed.
            token: the setting plex_token, as typed.
            client_identifier: ours, the same in every run: Plex shows a new device for each other one.
            version: ours.
            timeout_s: for an answer; a connection must stand within 10 s at most.
            verify: False for the setting skip_tls_verify, or a file of certificates.
            capabilities: what was learned about this server earlier, see `capabilities`.
            monotonic: the clock for the pauses between writes.
            sleep: waits so many seconds; a worker passes one that its stop ends early.
            permit: called right before each write; what it raises keeps the write from being sent.
            clock: epoch seconds, for a Retry-After that is a date.
            is_right: is shown who answers before the token goes there, and raises what is wrong with that.

        Raises:
            PlexError: PlexMisconfigured names the setting to change; every other kind as its class says.
        """
        base_url = normalize_url(url)
        session = PlexSession(base_url, timeout_s, verify=verify, monotonic=monotonic, clock=clock)
        door = Door(session, base_url, is_right)
        session.before_token, session.after_failure = door.meet, door.doubt
        identity = {"client_identifier": client_identifier, "version": version}
        try:
            server = QuietPlexServer(base_url, check_token(token), session, **identity)
        except BaseException:
            session.close()
            raise
        return cls(Connection(server, session, monotonic=monotonic, sleep=sleep, permit=permit), capabilities)

    def close(self) -> None:
        """Close the connections; the client is of no use afterwards."""
        self._connection.session.close()

    @property
    def answer_time_s(self) -> float:
        """How long Plex takes to answer a write, smoothed; 0.0 before the first one."""
        return self._connection.session.pace.answer_time_s

    def now_s(self) -> float:
        """The clock by which an item's age is told: `now_s() - item.looked_s`."""
        return self._connection.now_s()

    @property
    def renewed_s(self) -> float:
        """When the connection was made anew last, by `now_s`: what was read before then is no ground to write on."""
        return self._connection.renewed_s

    def rest(self) -> None:
        """Wait for the pause that a loaded server is due before the next write; nothing otherwise."""
        self._connection.rest()

    def ready(self) -> None:
        """Rest, and identify the server where the connection was made anew: what is read from now on is good for writes.

        Raises:
            PlexMisconfigured: another server answers.
        """
        self._connection.rest()
        self._connection.identify()

    @property
    def server_time_at(self) -> float | None:
        """The server's clock at its last answer, epoch seconds, or None if it never told."""
        return self._connection.session.server_time_at

    @property
    def capabilities(self) -> Capabilities:
        """What is known about this server by trying. To be kept by `known_as`, and handed to `connect` the next time."""
        return self._writer.capabilities

    def sections(self) -> list[Section]:
        """All libraries, of every type."""
        return answers.sections_of(self._connection.read("/library/sections"))

    def select_sections(self, wanted: Sequence[str] = ()) -> list[Section]:
        """The movie and TV libraries that the setting plex_library names; see plex.sections.select_sections."""
        return sections.select_sections(self.sections(), wanted)

    def page(self, section: Section, start: int = 0, size: int = PAGE_SIZE, *, since: Since | None = None) -> Page:
        """A stretch of a section's movies or episodes, oldest first, with little more than their files; where Plex gives fewer at once, a shorter one.

        `size=0` asks for the total only; with `since`, see plex.listing_walk.News.page.

        Raises:
            NewsRefused: Plex does not say what is new `since` then.
        """
        if since:
            return self._news.page(section, since, start, size)
        return answers.page_of(self._connection.page(listing_path(section), start, size), section)

    def demand_owner(self, sections: Iterable[Section]) -> None:
        """Make sure that the token sees where files are: without their paths nothing can be found, and who does not see them may not edit.

        A library that cannot be read says nothing of the token; the next one is asked.

        Raises:
            PlexUnauthorized: the token is not the owner's.
            PlexError: Plex is away or busy.
        """
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
        """Whole items by rating key, at most MAX_ITEMS in one request. What is no longer there is missing in the answer.

        An item that cannot be read although others can is left out and put into `unread` with the reason.

        Raises:
            PlexError: nothing can be read; or, where the caller gives no `unread`, one of them cannot.
        """
        left_out: MutableMapping[int, PlexError] = {} if unread is None else unread
        keys = [str(key) for key in dict.fromkeys(rating_keys) if key > 0]
        found: dict[int, Item] = {}
        for piece in chunks(keys, lambda key: len(key) + 1, _MAX_IDS_BYTES):
            for start in range(0, len(piece), MAX_ITEMS):
                found |= read_apart(piece[start : start + MAX_ITEMS], self._items, left_out, self.check, self._others)
        if left_out and unread is None:
            raise next(iter(left_out.values()))
        return found

    def look(self, rating_keys: Iterable[int], unread: MutableMapping[int, PlexError] | None = None) -> dict[int, Item]:
        """As `items`, for a write that follows: from the server that is known, asked who it is where the connection was made anew.

        Raises:
            PlexOtherServer: another server answers.
        """
        keys = list(rating_keys)
        self._connection.identify()
        began_s = self.now_s()
        found = self.items(keys, unread)
        if self._connection.identify():
            found = self.items(keys, unread)  # the server went away in between: what was read may be of before
        self.look_time_s = self.now_s() - began_s
        return found

    def _items(self, keys: Sequence[str]) -> Mapping[int, Item]:
        sent_s = self.now_s()
        pages = self._connection.whole(f"/library/metadata/{','.join(keys)}?{_WHOLE}", longest=len(keys))
        found = [item for page in pages for item in answers.items_of(page).values()]
        return {item.rating_key: replace(item, looked_s=sent_s) for item in found}

    def _others(self, keys: Sequence[str]) -> Iterator[str]:
        """A few items that are none of `keys`, from all over the server, to see whether it can show any."""
        for section in self.sections():
            if section.type in ITEM_TYPES:
                with suppress(PlexFailed, PlexProtocolError):
                    listed = (str(entry.rating_key) for entry in self.page(section, 0, len(keys) + 1).entries)
                    yield from islice((key for key in listed if key not in keys), 1)

    def check(self) -> None:
        """Make sure that the server itself is well: that it says who it is, and lists its libraries.

        Raises:
            PlexError: it is not; what failed before is nobody else's fault.
        """
        self._connection.session.after_failure()  # so that it is asked who it is, before anything else
        self.sections()

    def apply(self, edit: Edit) -> Taken:
        """Bring one edit to Plex; see plex.writer.Writer.apply."""
        return self._writer.apply(edit)

    def apply_all(self, edits: Iterable[Edit]) -> Iterator[Applied]:
        """Bring many edits to Plex, equal changes joined; see plex.writer.Writer.apply_all."""
        return self._writer.apply_all(edits)

    def posters(self, rating_key: int) -> list[Picture]:
        """The posters that the item can show."""
        return self._artwork.listed("poster", rating_key)

    def set_poster(self, rating_key: int, data: bytes, *, listed: Sequence[Picture] | None = None) -> PictureResult:
        """Make `data` the item's poster; see plex.artwork.Artwork.set. Its lock is an edit's: `lock={"poster"}`."""
        return self._artwork.set("poster", rating_key, data, listed=listed)

    def backgrounds(self, rating_key: int) -> list[Picture]:
        """The backgrounds that the item can show."""
        return self._artwork.listed("background", rating_key)

    def set_background(self, rating_key: int, data: bytes, *, listed: Sequence[Picture] | None = None) -> PictureResult:
        """Make `data` the item's background; its lock is `lock={"background"}`."""
        return self._artwork.set("background", rating_key, data, listed=listed)

    def select_poster(self, rating_key: int, key: str) -> None:
        """Choose one of the posters that the item has, by its key ("upload://posters/…")."""
        self._artwork.select("poster", rating_key, key)

    def selected_poster(self, rating_key: int) -> str:
        """The key of the poster that is chosen now, or ""."""
        return self._artwork.selected("poster", rating_key)

    def selected_background(self, rating_key: int) -> str:
        """The key of the background that is chosen now, or ""."""
        return self._artwork.selected("background", rating_key)

    @property
    def can_clear_pictures(self) -> bool:
        """Whether this server takes the choice of a picture back, as far as is known."""
        return self._artwork.can_clear

    def clear_picture(self, kind: str, rating_key: int) -> bool:
        """Take the choice of the "poster" or "background" (`kind`) back; see plex.artwork.Artwork.clear."""
        return self._artwork.clear(kind, rating_key)

    def scan(self, section: Section, folder: str) -> None:
        """Ask Plex to look for new files in one folder, as Plex sees it. It answers at once and scans afterwards.

        Raises:
            ValueError: `folder` is outside of the section's locations: Plex would scan the whole library.
        """
        if not sections.section_of_folder([section], folder):
            raise ValueError(f"the folder is not within the library {section.title!r}")
        self._connection.request(f"/library/sections/{section.key}/refresh?path={percent(folder)}")
