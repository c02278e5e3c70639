"""The worker's end of the named pipe: fresh connections come in, and its being open says that the worker takes work."""

import contextlib
import os
import select
import socket
from array import array

from worker.process.launch import FIFO_NAME, is_private_pipe

_READ_BYTES = 65536


class WakePipe:
    """A named pipe that this process made, whatever stood there before: only who holds the worker's lock may open one."""

    def __init__(self, data_dir: str) -> None:
        self._path = os.path.join(data_dir, FIFO_NAME)
        self._buffer = b""
        self._fd: int | None = None
        self._keeper: int | None = None  # a writer: while it is open, the pipe keeps what is in it
        self._poked: tuple[socket.socket, socket.socket] | None = None  # our own: what is in the pipe is from others

    @property
    def is_open(self) -> bool:
        """Whether hooks find a reader."""
        return self._fd is not None

    @property
    def is_lost(self) -> bool:
        """Whether it is open, and hooks cannot find it or must not use it: its name was removed, is another's now, or others were let in."""
        if self._fd is None:
            return False
        return not self._is_named(self._fd) or not is_private_pipe(self._fd, self._path)

    def open(self) -> bool:
        """Open the pipe, making it anew unless it is the one of before `deafen`; False where there can be none that is ours alone."""
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
        try:
            if self._is_replaced():
                self._make()
            descriptor = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW)
        except (OSError, AttributeError):
            return None
        if is_private_pipe(descriptor, self._path):
            return descriptor
        os.close(descriptor)
        return None

    def _make(self) -> None:
        """One that nobody else has open yet: who reads the old one would take what is meant for us."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
        os.mkfifo(self._path, 0o600)

    def _is_named(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.lstat(self._path), os.fstat(descriptor))
        except OSError:
            return False

    def renew(self) -> list[bytes]:
        """Open it where there is none, and anew where it is lost; the lines that were left in the lost one."""
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
        """The lines that came within `timeout_s`; returns as soon as there is one."""
        if self._fd is None:
            return []
        poked = [self._poked[0]] if self._poked else []
        ready, _, _ = select.select([self._fd, *(end.fileno() for end in poked)], [], [], timeout_s)
        for end in poked:
            with contextlib.suppress(BlockingIOError):
                end.recv(_READ_BYTES)
        return self.read() if self._fd in ready else []

    def read(self) -> list[bytes]:
        """The whole lines that are there now."""
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
        """From now on hooks find no reader, and start another worker. What they wrote before is there again after `open`."""
        if self._fd is not None:
            self._keeper = self._writer(self._fd)
            self._close_reader()

    def _writer(self, reader: int) -> int | None:
        """The writing end of the very pipe that `reader` reads; None where its name is gone."""
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
        """After `deafen`: whether a hook has written what nobody has read. It counts on a worker that reads it.

        Nobody can write any more, so the answer holds. It is asked of the writing end: a reading one would be a reader for hooks too.
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
        """After `deafen`: the lines that came between the last `read` and it. To be called while the lock is held still.

        Hooks find a reader for a moment; what they write in that moment is kept, and taken in the next round.
        """
        lines = []
        while self.has_unread and not self._is_replaced() and self.open():
            lines += self.read()
            self.deafen()
        return lines

    def _is_replaced(self) -> bool:
        return self._keeper is None or not self._is_named(self._keeper)

    def close(self) -> None:
        """As `deafen`, for good."""
        self.deafen()
        self._drop_keeper()
        if self._poked is not None:
            for end in self._poked:
                end.close()
            self._poked = None

    def _drop_keeper(self) -> None:
        if self._keeper is not None:
            os.close(self._keeper)
            self._keeper = None
