"""The worker's end of the named pipe: fresh connections come in, and its being open says that the worker takes work."""

import contextlib
import os
import select
import socket
import stat
from array import array

from worker.launch import FIFO_NAME

_READ_BYTES = 65536


class WakePipe:
    """Open from construction to `close`. `inherited` is the descriptor that the starting process opened for us (our stdin)."""

    def __init__(self, data_dir: str, inherited: int | None = None) -> None:
        self._path = os.path.join(data_dir, FIFO_NAME)
        self._buffer = b""
        self._fd: int | None = inherited
        self._keeper: int | None = None  # a writer: while it is open, the pipe keeps what is in it
        self._poked: tuple[socket.socket, socket.socket] | None = None  # our own: what is in the pipe is from others
        if inherited is not None and not self._is_ours(inherited):
            self._fd = None

    def _is_ours(self, descriptor: int) -> bool:
        """Whether it is the named pipe: without one, a hook hands its connection over an anonymous pipe, which ends with the hook."""
        try:
            named = os.stat(self._path)
            return stat.S_ISFIFO(named.st_mode) and os.path.samestat(named, os.fstat(descriptor))
        except OSError:
            return False

    @property
    def is_open(self) -> bool:
        """Whether hooks find a reader."""
        return self._fd is not None

    def open(self) -> bool:
        """Open the pipe, making it if need be; False where there can be none."""
        if self._fd is None:
            try:
                if not os.path.exists(self._path):
                    os.mkfifo(self._path, 0o600)
                fd = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)
            except (OSError, AttributeError):
                return False
            if not stat.S_ISFIFO(os.fstat(fd).st_mode):
                os.close(fd)
                return False
            self._fd = fd
        self._drop_keeper()
        os.set_blocking(self._fd, False)
        if self._poked is None:
            self._poked = socket.socketpair()
            for end in self._poked:
                end.setblocking(False)
        return True

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
        if self._fd is None:
            return
        with contextlib.suppress(OSError):
            self._keeper = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
        os.close(self._fd)
        self._fd = None

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
