"""The stand-in as a whole: a thread with the sockets, and the handles that tests pull.

Owns the port and its life: it can be closed (connections are refused) and opened again on the same port.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from tests.fakes.plex.control import Control
from tests.fakes.plex.faults import Faults
from tests.fakes.plex.journal import Journal
from tests.fakes.plex.options import Options
from tests.fakes.plex.service import App, Service
from tests.fakes.plex.state import State
from tests.fakes.plex.wire import Connection

_BACKLOG: Final = 128
_DEADLINE_S: Final = 10.0


class FakePlex:
    """A Plex server on a free port of loopback, in a thread of its own, from `start` (or `with`) to `stop`.

    `url` and `token` are what a client needs; `state` is the library, `journal` the request log, `faults` and `options`
    may change at any time. `control_url` is a second port on which another process can do the same: see `Control`.
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        clock: Callable[[], float] = time.time,
        port: int = 0,
        keep_records: int = 50_000,
    ) -> None:
        self.options = options or Options()
        self.state = State(clock)
        self.faults = Faults()
        self.journal = Journal(keep_records)
        self._door = Door(Service(self.state, self.options, self.faults, self.journal), port, self._count_connection)
        self._control = Door(Control(self), 0, lambda: None)
        self._loop = asyncio.SelectorEventLoop()  # the same one on every system
        self._thread = threading.Thread(target=self._run, name="standin-plex", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where Plex answers."""
        return f"http://127.0.0.1:{self._door.port}"

    @property
    def control_url(self) -> str:
        """Where another process sets it up."""
        return f"http://127.0.0.1:{self._control.port}"

    @property
    def token(self) -> str:
        """The token that is accepted now."""
        return self.options.token

    def start(self) -> None:
        """Listen; returns when connections are accepted."""
        self._thread.start()
        self._in_loop(self._door.open)
        self._in_loop(self._control.open)

    def stop(self) -> None:
        """Close everything and end the thread; a second call does nothing."""
        if not self._thread.is_alive():
            return
        self._in_loop(self._door.close)
        self._in_loop(self._control.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_DEADLINE_S)

    def refuse(self) -> None:
        """Go away: open connections are reset, new ones refused. The port stays ours."""
        self._in_loop(self._door.refuse)

    def accept(self) -> None:
        """Come back on the same port, with everything as it was."""
        self._in_loop(self._door.open)

    def restart_as(self, machine_identifier: str, version: str | None = None) -> None:
        """Another server answers on the same address: connections break, the identifier differs."""
        self._in_loop(self._door.cut)
        self.options.machine_identifier = machine_identifier
        self.options.version = version or self.options.version

    def cut(self) -> None:
        """Reset every open connection; new ones are accepted."""
        self._in_loop(self._door.cut)

    def intercept(self, wrap: Callable[[App], App]) -> None:
        """Put something before the service, for the connections that come from now on."""
        self._door.app = wrap(self._door.app)

    def _count_connection(self) -> None:
        self.journal.connections += 1

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    def _in_loop(self, work: Callable[[], None]) -> None:
        """Do something in the thread of the sockets and wait until it is done."""
        if threading.current_thread() is self._thread:
            work()
            return
        done = threading.Event()

        def run() -> None:
            work()
            done.set()

        self._loop.call_soon_threadsafe(run)
        if not done.wait(_DEADLINE_S):
            raise TimeoutError("the stand-in's thread does not answer")


class Door:
    """One port: bound from the start, listening while it is open.

    All methods but the constructor belong to the loop's thread.
    """

    def __init__(self, app: App, port: int, on_open: Callable[[], None]) -> None:
        self.app = app
        self._on_open = on_open
        self._socket = _bound(port)
        self.port: int = self._socket.getsockname()[1]
        self._connections: set[Connection] = set()
        self._serving: asyncio.Task[asyncio.Server] | None = None

    def open(self) -> None:
        """Listen. Whoever connects before the server's task has run waits in the backlog."""
        if self._serving is None:
            self._socket.listen(_BACKLOG)
            self._serving = asyncio.get_running_loop().create_task(self._serve())

    def refuse(self) -> None:
        """Stop listening but keep the port: a bound socket that does not listen refuses, and holds its number."""
        if self._serving is not None:
            self.close()
            self._socket = _bound(self.port)

    def cut(self) -> None:
        """Reset the open connections."""
        for connection in tuple(self._connections):
            connection.abort()

    def close(self) -> None:
        """Reset the open connections and give the port back."""
        serving, self._serving = self._serving, None
        if serving is not None and serving.done():
            serving.result().close()
        elif serving is not None:
            serving.cancel()
        self._socket.close()
        self.cut()

    async def _serve(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            lambda: Connection(self.app, self._connections, self._on_open), sock=self._socket
        )


def _bound(port: int) -> socket.socket:
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind(("127.0.0.1", port))
    return door
