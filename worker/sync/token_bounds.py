"""For which address each token was given: the token goes there and nowhere else.

A token is bound to an origin (scheme, host and port; see plex.address.origin_of). What was typed on the plugin's page
was given for the address that stood beside it. One that comes from elsewhere is bound to the first address that takes
it; one that replaces another in Stash's settings, to the address of that moment. Address and token side by side in the
environment, or in config.yaml, are meant for each other whatever they are.
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from plex.address import origin_of
from plex.errors import PlexMisconfigured, PlexOtherServer, PlexTokenElsewhere
from plex.session import other_server
from settings.settings import Settings, SettingsError, Source
from settings.sources import TOKEN_FILE_NAME, Given, TokenFile, mark_of, read_token_file
from storage.disk import write_whole
from sync_queue.lock import WorkerLock

log = logging.getLogger("stash2plex.worker")

LOCK_NAME: Final = "plex-token.lock"
_TRIES: Final = 100
_ELSEWHERE: Final = {
    Source.ENVIRONMENT: "PLEX_URL beside PLEX_TOKEN",
    Source.FILE: "plex_url beside plex_token in config.yaml",
}


class TokenBounds:
    """Reads and writes `plex-token.json` of one data folder.

    Nothing is remembered between two calls: other processes write it too.
    """

    def __init__(self, data_dir: str) -> None:
        self._data_dir = data_dir

    def bound(self, settings: Settings) -> Given | None:
        """For which address the token of `settings` was given, or None where that is open.

        Raises PlexMisconfigured where the file cannot be read.
        """
        given = self.read().given.get(settings.token_source)
        return given if given and given.origin and given.mark == mark_of(settings.plex_token) else None

    def objection(self, settings: Settings) -> PlexTokenElsewhere | None:
        """Why the token may not go to the address of `settings`, or None where it may.

        Raises PlexMisconfigured for what is no address, or where the file cannot be read.
        """
        given = self.bound(settings)
        if settings.is_set_together or given is None or given.origin == origin_of(settings.plex_url):
            return None
        other = f" Or set {_ELSEWHERE[settings.token_source]}." if settings.token_source in _ELSEWHERE else ""
        return PlexTokenElsewhere(
            f"the token was given for {given.origin}, and was not sent to {origin_of(settings.plex_url)}",
            "Has your Plex server moved? Then type the token once more beside the new address, on the page of "
            f"Stash2Plex in the tab Set-up.{other} If it has not, put the old address back (plex_url)",
        )

    def require(self, settings: Settings) -> str:
        """The machine identifier of the server that took the token at the address of `settings`, "" for none yet.

        Raises:
            PlexTokenElsewhere: the token was given for another address.
            PlexMisconfigured: plex_url is no address, or the file cannot be read.
        """
        objection = self.objection(settings)
        if objection:
            raise objection
        given = self.bound(settings)
        if given is not None:
            return given.server if given.origin == origin_of(settings.plex_url) else ""
        if (
            settings.token_source is Source.STASH and self.read().given
        ):  # not at the first set-up, where an address may be mistyped
            self._note(settings, "")
        return ""

    def took(self, settings: Settings, server: str) -> None:
        """The server with this machine identifier has answered a question with the token of `settings`."""
        if self.bound(settings) != Given(mark_of(settings.plex_token), origin_of(settings.plex_url), server):
            self._note(settings, server)

    def give(self, settings: Settings) -> None:
        """The user has typed the token of `settings` for the address in it.

        It is kept here, unless the environment or config.yaml has it.

        Raises:
            OSError: it could not be written, and nothing has changed.
        """
        origin = origin_of(settings.plex_url) if settings.plex_url else ""
        given = Given(mark_of(settings.plex_token), origin)
        if settings.token_source in _ELSEWHERE:
            self._write(lambda held: _with(held, settings.token_source, given))
        else:
            self._write(lambda held: replace(_with(held, Source.PAGE, given), token=settings.plex_token))

    def take_over(self, token: str) -> None:
        """Keep `token`, which stood in Stash's settings, with the address that it was given for there.

        Raises OSError.
        """
        mark = mark_of(token)

        def moved(held: TokenFile) -> TokenFile:
            given = held.given.get(Source.STASH)
            known = given if given and given.mark == mark else Given(mark, "")
            return replace(_with(held, Source.PAGE, known), token=token)

        self._write(moved)

    def forget(self) -> None:
        """Keep no token here any more. Raises OSError."""
        self._write(lambda held: replace(held, token=""))

    def put_back(self, before: TokenFile) -> None:
        """Have the file hold the token that it held before, with its address. Raises OSError."""
        self._write(lambda _held: before)

    def read(self) -> TokenFile:
        """What the file holds now. Raises PlexMisconfigured where it cannot be read."""
        try:
            return read_token_file(self._data_dir)
        except SettingsError as error:
            raise PlexMisconfigured(str(error)) from error

    def _note(self, settings: Settings, server: str) -> None:
        """Bind the token to the address of `settings`.

        A disk that takes nothing is said, and no reason to stop: reading goes on, and what writes to Plex writes to
        this disk first.
        """
        given = Given(mark_of(settings.plex_token), origin_of(settings.plex_url), server)

        def noted(held: TokenFile) -> TokenFile:
            is_gone = settings.token_source is Source.PAGE and held.token != settings.plex_token
            return held if is_gone else _with(held, settings.token_source, given)

        try:
            self._write(noted)
        except OSError as error:
            log.warning("For which address the token was given cannot be written down now: %s", error)

    def _write(self, change: Callable[[TokenFile], TokenFile]) -> None:
        path = os.path.join(self._data_dir, TOKEN_FILE_NAME)
        with self._alone():
            wanted = change(self.read())
            write_whole(path, wanted.as_text())
            if self.read() != wanted:
                raise OSError(f"{path} does not hold what was written to it")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process changes the file meanwhile. Raises OSError where that cannot be had."""
        lock = WorkerLock(self._data_dir, LOCK_NAME)
        if not lock.acquire(tries=_TRIES):
            raise OSError(f"{LOCK_NAME} in the data folder has been held by another process for long; try again")
        try:
            yield
        finally:
            lock.release()


def server_check(known: str, name: str, may_adopt: Callable[[], bool]) -> Callable[[str], None]:
    """Return a check that refuses every server but `known` ("": any), unless the user agreed to another one."""

    def check(found: str) -> None:
        if known and found != known and not may_adopt():
            raise PlexOtherServer(other_server(name))

    return check


def _with(held: TokenFile, source: Source, given: Given) -> TokenFile:
    return replace(held, given={**held.given, source: given})
