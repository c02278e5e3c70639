r"""The way to the worker's pipe where the data folder cannot hold it: a file in it, the signpost, says where it is.

On Windows the pipe is `\\.\pipe\<random>`, on network shares a FIFO in a private temporary folder. On the hook's path
of such homes: standard library only. Python 3.6 must be able to read this module.

Names of Windows' pipes are public, and whoever finds one unused may make a pipe by it. So a line goes into a pipe there
only while the signpost that names it is locked by who wrote it, which is looked at when the pipe is open. A worker that
leaves empties the signpost before it reads its pipe for the last time: a hook that finds the name unchanged behind its
write knows that its line is read.
"""

import os

from sync_queue.held import try_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SIGNPOST_NAME = "worker.pipe"
PIPES = "\\\\.\\pipe\\"
"""What the name of every pipe of this machine begins with."""

_LOCKED_AT = 4096  # behind the text: Windows lets nobody read what is locked
_MOST_BYTES = 4096
_FLAGS = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

_BUSY = 231  # ERROR_PIPE_BUSY
_ANONYMOUS = 0x100000  # SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS: whoever reads may not act in our name
_BUSY_S, _GAP_MS = 0.5, 50
_TRIES = 4


class Signpost:
    """Put up by the holder of the worker's lock, for as long as its pipe is read."""

    def __init__(self, data_dir: str) -> None:
        self._path = os.path.join(data_dir, SIGNPOST_NAME)
        self._file: int | None = None

    def put_up(self, name: str) -> bool:
        """Name the pipe; return False where the file cannot be written."""
        self.take_down()
        try:
            self._file = os.open(self._path, _FLAGS | os.O_CREAT | os.O_TRUNC, 0o600)
            os.write(self._file, f"{name}\n".encode("utf-8", "surrogateescape"))
        except OSError:
            self.take_down()
            return False
        if os.name == "nt" and not any(_is_lock_taken(self._file) for _ in range(_TRIES)):
            self.take_down()
            return False
        return True

    def stands(self, name: str) -> bool:
        """Return whether the file by that name is ours, and says `name`."""
        try:
            return (
                self._file is not None
                and os.path.samestat(os.lstat(self._path), os.fstat(self._file))
                and _name_in(self._file) == name
            )
        except OSError:
            return False

    def take_down(self) -> None:
        """Name no pipe any more; nothing where it does not stand."""
        if self._file is None:
            return
        try:
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, b"\n")
        except OSError:  # a full disk: who reads it finds no pipe by that name
            pass
        finally:
            os.close(self._file)
            self._file = None
        try:
            os.unlink(self._path)
        except OSError:  # Windows: somebody has it open
            return


def _is_lock_taken(file: int) -> bool:
    """Return whether the lock is ours now. Who only looks holds it for a moment."""
    import time

    os.lseek(file, _LOCKED_AT, os.SEEK_SET)
    if try_lock(file):
        return True
    time.sleep(_GAP_MS / 1000)
    return False


def named(data_dir: str) -> str:
    """Return the name of the pipe, or ""."""
    try:
        signpost = os.open(os.path.join(data_dir, SIGNPOST_NAME), _FLAGS)
    except OSError:
        return ""
    try:
        return _name_in(signpost)
    except OSError:
        return ""
    finally:
        os.close(signpost)


def _name_in(signpost: int) -> str:
    """Return the whole name in an open signpost, or ""."""
    os.lseek(signpost, 0, os.SEEK_SET)
    name, end, _ = os.read(signpost, _MOST_BYTES).decode("utf-8", "surrogateescape").partition("\n")
    return name if end and "\0" not in name else ""


# -- Windows -----------------------------------------------------------------------------------------------------------


def write_to_named_pipe(data_dir: str, message: bytes) -> bool:
    """Hand `message` to the living worker by its pipe; return False where none could be reached."""
    try:
        signpost = os.open(os.path.join(data_dir, SIGNPOST_NAME), _FLAGS)
    except OSError:
        return False
    try:
        return _write(signpost, _name_in(signpost), message)
    except OSError:
        return False
    finally:
        os.close(signpost)


def _write(signpost: int, name: str, message: bytes) -> bool:
    import _winapi

    api: Any = _winapi
    pipe = _opened(api, name) if name.startswith(PIPES) else None
    if pipe is None:
        return False
    try:
        os.lseek(signpost, _LOCKED_AT, os.SEEK_SET)
        if try_lock(signpost) or _name_in(signpost) != name:
            return False
        api.WriteFile(pipe, message)
        return _name_in(signpost) == name
    finally:
        api.CloseHandle(pipe)


def _opened(api: "Any", name: str) -> "Any":
    """Return a writing end; None where nobody reads, or all ends are taken for longer than a save should wait."""
    import time

    deadline = time.monotonic() + _BUSY_S
    while time.monotonic() < deadline:
        try:
            return api.CreateFile(name, api.GENERIC_WRITE, 0, api.NULL, api.OPEN_EXISTING, _ANONYMOUS, api.NULL)
        except OSError as error:
            if getattr(error, "winerror", 0) != _BUSY:
                return None
        try:
            api.WaitNamedPipe(name, _GAP_MS)
        except OSError:
            continue
    return None
