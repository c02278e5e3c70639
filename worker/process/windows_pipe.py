"""The worker's end of a named pipe of Windows: the same promises as of `worker.process.pipe`."""

import contextlib
import os
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from worker.signpost import PIPES, Signpost

_ENDS: Final = 32
"""So many hooks may write while nobody listens; a wait takes 62 at most."""

_READ_BYTES: Final = 65536
_SILENT_S: Final = 2.0
"""How long somebody may hold an end and write nothing."""

_REJECT_REMOTE_CLIENTS: Final = 0x8
_CONNECTED_AND_GONE: Final = 232  # ERROR_NO_DATA
_ABORTED: Final = 995  # ERROR_OPERATION_ABORTED


class _End:
    """One of the pipe's ends, for one hook: waits for it, reads what it writes, and is over when it has gone."""

    def __init__(self, api: Any, name: str, *, first: bool) -> None:
        mode = api.PIPE_ACCESS_INBOUND | api.FILE_FLAG_OVERLAPPED
        mode |= api.FILE_FLAG_FIRST_PIPE_INSTANCE if first else 0
        most = api.PIPE_UNLIMITED_INSTANCES
        # By Windows' default others may open it for reading at the most, which a pipe that only takes refuses.
        self._handle = api.CreateNamedPipe(name, mode, _REJECT_REMOTE_CLIENTS, most, 0, _READ_BYTES, 0, api.NULL)
        self._api = api
        self._since = 0.0  # that somebody has it
        self._under_way: Any = None  # waiting for a hook, then reading what it writes
        self._is_reading = False
        self.data = b""
        self.is_over = False
        self._begin(self._connect)

    @property
    def event(self) -> int:
        """Return what is signalled when there is something to `read`; only while it is not over."""
        return int(self._under_way.event)

    def read(self) -> None:
        """Add to `data` what has come; from then on it may be over."""
        while not self.is_over and self._is_done():
            self._begin(self._read)
        if self._since and not self.data and time.monotonic() - self._since > _SILENT_S:
            self.is_over = True

    def close(self) -> None:
        """Take what is left into `data`, and let go."""
        self.read()
        with contextlib.suppress(OSError):  # nobody ever had it, or it is read to its end
            if self._under_way is not None:
                self._under_way.cancel()
                self._is_done(wait=True)
            while self._api.PeekNamedPipe(self._handle)[0]:  # written a moment ago, and not told yet
                self._read()
                self._is_done(wait=True)
        self._api.CloseHandle(self._handle)

    def _is_done(self, *, wait: bool = False) -> bool:
        # The event and not the result tells: a hook that was faster than our waiting for it leaves that as pending.
        if not wait and self._api.WaitForSingleObject(self.event, 0) != self._api.WAIT_OBJECT_0:
            return False
        try:
            count, error = self._under_way.GetOverlappedResult(True)
        except OSError:
            self._under_way, self.is_over = None, True
            return False
        if error == _ABORTED:
            return False
        if self._is_reading:
            self.data += bytes(self._under_way.getbuffer())[:count]
        self._since = self._since or time.monotonic()
        return True

    def _begin(self, act: Callable[[], None]) -> None:
        self._under_way = None
        try:
            act()
        except OSError:  # it has gone, and everything that it wrote is read
            self.is_over = True

    def _connect(self) -> None:
        try:
            self._under_way = self._api.ConnectNamedPipe(self._handle, overlapped=True)
        except OSError as error:
            if getattr(error, "winerror", 0) != _CONNECTED_AND_GONE:
                raise
            self._since = time.monotonic()
            self._read()

    def _read(self) -> None:
        self._is_reading = True
        self._under_way, _ = self._api.ReadFile(self._handle, _READ_BYTES, overlapped=True)


class NamedPipe:
    """A pipe by a name that nobody can guess, which the signpost tells. Only for the holder of the worker's lock."""

    def __init__(self, data_dir: str) -> None:
        self._api: Any = import_module("_winapi")
        self._signpost = Signpost(data_dir)
        self._name = ""
        self._ends: list[_End] = []
        self._lines: list[bytes] = []

    @property
    def is_open(self) -> bool:
        """Return whether hooks find a reader."""
        return bool(self._ends)

    @property
    def is_lost(self) -> bool:
        """Return whether it is open, but hooks are not shown the way any more."""
        return self.is_open and not self._signpost.stands(self._name)

    def open(self) -> bool:
        """Open a pipe by a new name; return False where none can be made."""
        if self._ends:
            return True
        self._name = f"{PIPES}Stash2Plex-{os.urandom(16).hex()}"
        try:
            for count in range(_ENDS):
                self._ends.append(_End(self._api, self._name, first=count == 0))
        except OSError:
            self._close_ends()
        if self._ends and not self._signpost.put_up(self._name):
            self._close_ends()
        return bool(self._ends)

    def renew(self) -> list[bytes]:
        """Open the pipe where there is none, and put up a lost signpost again; return the lines that are there."""
        if not self.is_lost:
            self.open()
        elif not self._signpost.put_up(self._name):
            self.deafen()
        return self.read()

    def wait(self, timeout_s: float) -> list[bytes]:
        """Return the lines that come within `timeout_s`, as soon as there is one."""
        if self._ends and not self._lines and not any(end.is_over for end in self._ends):
            events = [end.event for end in self._ends]
            self._api.WaitForMultipleObjects(events, False, int(timeout_s * 1000))
        return self.read()

    def read(self) -> list[bytes]:
        """Return the whole lines that are there now."""
        for end in self._ends:
            end.read()
            self._take_from(end)
        if any(end.is_over for end in self._ends):
            self._replace_ends()
        lines, self._lines = self._lines, []
        return lines

    def _take_from(self, end: _End) -> None:
        *lines, end.data = end.data.split(b"\n")
        self._lines += lines

    def _replace_ends(self) -> None:
        """Put new ends in the place of those that are over: before these go, so that the name stays ours."""
        over = [end for end in self._ends if end.is_over]
        self._ends = [end for end in self._ends if not end.is_over]
        with contextlib.suppress(OSError):  # fewer will do
            self._ends += [_End(self._api, self._name, first=False) for _ in over]
        for end in over:
            end.close()
        if not self._ends:
            self._signpost.take_down()

    def poke(self) -> None:
        """Nothing: signals end no wait on Windows, and no other process sends any."""

    def deafen(self) -> None:
        """Stop reading: hooks find no reader. What they wrote before is there again after `open`."""
        self._signpost.take_down()
        self._close_ends()

    def _close_ends(self) -> None:
        ends, self._ends = self._ends, []
        for end in ends:
            end.close()
            self._take_from(end)

    def take_unread(self) -> list[bytes]:
        """Return, after `deafen`, the lines that came between the last `read` and it."""
        return self.read()

    def close(self) -> None:
        """Stop reading for good."""
        self.deafen()
