"""The worker's end of its pipe: fresh connections come in, and while it is open the worker takes work."""

import contextlib
import os
import select
import socket
from array import array
from typing import TYPE_CHECKING, Final

from worker.launch import FIFO_NAME, is_private_pipe
from worker.signpost import Signpost, named

if TYPE_CHECKING:
    from typing import TypeAlias

    from worker.process.windows_pipe import NamedPipe

    Pipe: TypeAlias = "WakePipe | NamedPipe"

_READ_BYTES: Final = 65536
_FOLDER: Final = "stash2plex-"
"""What the name of a temporary folder for the FIFO begins with."""


def pipe_of(data_dir: str) -> "Pipe":
    """Return the pipe that this system has, not open."""
    if os.name != "nt":
        return WakePipe(data_dir)
    from worker.process.windows_pipe import NamedPipe

    return NamedPipe(data_dir)


class WakePipe:
    """A FIFO that this process made, whatever stood there. Only for the holder of the worker's lock.

    It lies in the data folder, or where that cannot hold one that is closed to others, in a folder of its own among the
    temporary ones, and the signpost says where.
    """

    def __init__(self, data_dir: str) -> None:
        self._data_dir = data_dir
        self._path = self._usual = os.path.join(data_dir, FIFO_NAME)
        self._signpost = Signpost(data_dir)
        self._buffer = b""
        self._fd: int | None = None
        self._keeper: int | None = None  # a writer: while it is open, the pipe keeps what is in it
        self._poked: tuple[socket.socket, socket.socket] | None = (
            None  # not the pipe itself: that holds what hooks wrote
        )

    @property
    def is_open(self) -> bool:
        """Return whether hooks find a reader."""
        return self._fd is not None

    @property
    def is_lost(self) -> bool:
        """Return whether it is open, but removed, replaced, or open to others: hooks cannot use it."""
        if self._fd is None:
            return False
        is_shown = self._path == self._usual or self._signpost.stands(self._path)
        return not (is_shown and self._is_named(self._fd) and is_private_pipe(self._fd, self._data_dir))

    def open(self) -> bool:
        """Open the pipe of before `deafen`, or a new one; return False where none can be private."""
        if self._fd is None:
            self._fd = self._opened()
        if self._fd is None:
            return False
        self._drop_keeper()
        if self._poked is None:
            self._poked = socket.socketpair()
            for end in self._poked:
                end.setblocking(False)
        return True

    def _opened(self) -> int | None:
        if not self._is_replaced():
            return self._opened_at(self._path)
        self._clear_elsewhere()
        for make in (self._make_usual, self._make_elsewhere):
            with contextlib.suppress(OSError):
                self._path = make()
                descriptor = self._opened_at(self._path)
                if descriptor is not None:
                    return descriptor
        return None

    def _opened_at(self, path: str) -> int | None:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError:
            return None
        if is_private_pipe(descriptor, self._data_dir):
            return descriptor
        os.close(descriptor)
        return None

    def _make_usual(self) -> str:
        """Make a pipe that no other process has open yet: a reader of the old one would take what hooks write."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._usual)
        os.mkfifo(self._usual, 0o600)
        return self._usual

    def _make_elsewhere(self) -> str:
        import tempfile

        path = os.path.join(tempfile.mkdtemp(prefix=_FOLDER), FIFO_NAME)
        os.mkfifo(path, 0o600)
        if not self._signpost.put_up(path):
            _remove(path)
            raise OSError(f"{path} cannot be told of")
        return path

    def _clear_elsewhere(self) -> None:
        """Remove what we, or a worker that was killed, made among the temporary folders."""
        for path in {self._path, named(self._data_dir)} - {self._usual, ""}:
            if os.path.basename(os.path.dirname(path)).startswith(_FOLDER):
                _remove(path)
        self._signpost.take_down()

    def _is_named(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.lstat(self._path), os.fstat(descriptor))
        except OSError:
            return False

    def renew(self) -> list[bytes]:
        """Open the pipe where there is none or it is lost; return the lines that were left in the lost one."""
        lines = []
        if self.is_lost:
            lines = self.read()
            self._close_reader()
        self.open()
        return lines

    def _close_reader(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
        self._fd, self._buffer = None, b""

    def wait(self, timeout_s: float) -> list[bytes]:
        """Return the lines that come within `timeout_s`, as soon as there is one."""
        if self._fd is None:
            return []
        poked = [self._poked[0]] if self._poked else []
        ready, _, _ = select.select([self._fd, *(end.fileno() for end in poked)], [], [], timeout_s)
        for end in poked:
            with contextlib.suppress(BlockingIOError):
                end.recv(_READ_BYTES)
        return self.read() if self._fd in ready else []

    def read(self) -> list[bytes]:
        """Return the whole lines that are there now."""
        if self._fd is None:
            return []
        try:
            self._buffer += os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return []
        *lines, self._buffer = self._buffer.split(b"\n")
        return lines

    def poke(self) -> None:
        """End a `wait` that is under way; for signal handlers."""
        if self._poked is not None:
            with contextlib.suppress(OSError):
                self._poked[1].send(b"\n")

    def deafen(self) -> None:
        """Stop reading: hooks find no reader. What they wrote before is there again after `open`."""
        if self._fd is not None:
            self._keeper = self._writer(self._fd)
            self._close_reader()

    def _writer(self, reader: int) -> int | None:
        """Return a writing end of the very pipe that `reader` reads; None where its name is gone."""
        try:
            writer = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError:
            return None
        if os.path.samestat(os.fstat(writer), os.fstat(reader)):
            return writer
        os.close(writer)
        return None

    @property
    def has_unread(self) -> bool:
        """Return, after `deafen`, whether a hook has written what was not read; it counts on a worker that reads it.

        No process can write any more, so the answer holds. It is asked of the writing end: a reading end is a reader.
        """
        if self._keeper is None:
            return False
        import fcntl
        import termios

        count = array("i", [0])
        try:
            fcntl.ioctl(self._keeper, termios.FIONREAD, count)
        except OSError:
            return False
        return count[0] > 0

    def take_unread(self) -> list[bytes]:
        """Return, after `deafen`, the lines that came between the last `read` and it. Call it while the lock is held.

        Hooks find a reader for a moment; what they write in it is kept, and taken in the next round.
        """
        lines = []
        while self.has_unread and not self._is_replaced() and self.open():
            lines += self.read()
            self.deafen()
        return lines

    def _is_replaced(self) -> bool:
        return self._keeper is None or not self._is_named(self._keeper)

    def close(self) -> None:
        """Stop reading for good. While the lock is held: what stands elsewhere is a successor's else."""
        self.deafen()
        self._drop_keeper()
        if self._path != self._usual:
            self._clear_elsewhere()
        if self._poked is not None:
            for end in self._poked:
                end.close()
            self._poked = None

    def _drop_keeper(self) -> None:
        if self._keeper is not None:
            os.close(self._keeper)
            self._keeper = None


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
        os.rmdir(os.path.dirname(path))
