"""Waking the worker of a data folder, or starting one. On the hook's path: standard library only.

The worker reads a named pipe for as long as it takes work: one small write wakes it and hands it the hook's fresh connection. What is
written stays in the kernel: the cookie never reaches a disk, argv or an environment. That somebody reads the pipe proves nothing, since
anything that reads files may do so; that the worker's lock is held does.

Otherwise a worker is started, with the connection on its stdin. One that lives already is given that by the new one, see worker.process.handover.
"""

import os
import sys

from sync_queue.held import OTHERS, is_held, is_trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FIFO_NAME = "worker.fifo"
STDERR_NAME = "worker.stderr"
WITHHELD = ("PLEX_TOKEN",)  # reaches the worker over the pipe, never in its environment

_FITS_BYTES = 4096
"""What any pipe takes although nobody reads yet; a line is a few hundred. A save must not wait for a reader."""

_FIFO_BITS, _TYPE_BITS = 0o010000, 0o170000


def ensure_worker(data_dir: str, script: str, message: bytes) -> bool:
    """Wake the worker of `data_dir` with `message`, or start one by `script` that gets it; whether one had to be started.

    `message` is one line of JSON, see `worker.process.connection`. Call it after the job was committed: a worker that is about
    to leave closes its pipe first and looks for jobs once more after that.

    Raises:
        OSError: no process could be started.
    """
    if wake(os.path.join(data_dir, FIFO_NAME), message) and is_held(data_dir):
        return False
    start_worker(data_dir, script, message)
    return True


def wake(fifo: str, message: bytes) -> bool:
    """Hand `message` to whoever reads `fifo`; False where nobody reads, or where it is not a pipe that the worker made."""
    try:
        pipe = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except (OSError, AttributeError):  # AttributeError: no O_NONBLOCK on Windows
        return False
    try:
        if not is_private_pipe(pipe, fifo):
            return False
        os.write(pipe, message)
    except BlockingIOError:
        return True  # full: it has more than enough to wake up for
    except OSError:
        return False  # it left between the two calls
    finally:
        os.close(pipe)
    return True


def is_private_pipe(descriptor: int, fifo: str) -> bool:
    """Whether an open `fifo` can be trusted with a cookie: a plain file by that name would keep it, and a pipe of others would hand it to them."""
    found = os.fstat(descriptor)
    is_private = found.st_mode & (_TYPE_BITS | OTHERS) == _FIFO_BITS
    return is_private and is_trusted(found, os.path.dirname(fifo))


def start_worker(data_dir: str, script: str, message: bytes) -> None:
    """Start a worker that outlives us, with `message` on its stdin.

    Raises:
        OSError: no process could be started.
    """
    reading, writing = os.pipe()
    try:
        os.write(writing, message if len(message) <= _FITS_BYTES else b"\n")
        _spawn(data_dir, script, reading)
    finally:
        os.close(reading)
        os.close(writing)


def _spawn(data_dir: str, script: str, stdin: int) -> None:
    """Start the worker in a session of its own, with nothing of ours but `stdin`: Stash waits for our stdout to be closed."""
    argv = worker_command(script, data_dir)
    environ = child_environment(os.environ)
    stderr = os.path.join(data_dir, STDERR_NAME)
    try:
        actions = [
            (os.POSIX_SPAWN_DUP2, stdin, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        ]
        os.posix_spawn(argv[0], argv, environ, file_actions=actions, setsid=True)
    except (NotImplementedError, AttributeError):  # no such call, or none that knows of sessions
        import subprocess

        with open(stderr, "ab", opener=private) as errors:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
                argv,
                env=environ,
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=os.name != "nt",
                creationflags=getattr(subprocess, "DETACHED_PROCESS", 0),
            )
        process.returncode = 0  # it outlives us on purpose: no warning about that when this object goes


def private(path: str, flags: int) -> int:
    """An `opener` for files that are their owner's alone, whatever the umask."""
    return os.open(path, flags, 0o600)


def worker_command(script: str, data_dir: str) -> list[str]:
    """The worker's argv. `-S`: it takes its lock before it pays for site."""
    return [sys.executable or "python3", "-S", script, "--worker", data_dir]


def child_environment(environ: "Mapping[str, str]") -> dict[str, str]:
    """`environ` without what must not stand in a child's."""
    return {name: value for name, value in environ.items() if name not in WITHHELD}
