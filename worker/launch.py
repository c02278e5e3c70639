"""Waking the worker of a data folder, or starting one. On the hook's path: standard library only.

The worker keeps the read end of a named pipe open for as long as it takes work. So one non-blocking open answers whether it
lives, and one small write wakes it and hands it the hook's fresh connection. What is written stays in the kernel: the cookie
never reaches a disk, argv or an environment. A worker that is started gets the same pipe as its stdin.

Where there are no named pipes (Windows, some network shares) a successor is started instead, and takes over from a worker
that lives already: slower, with the same result. See worker.handover.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FIFO_NAME = "worker.fifo"
STDERR_NAME = "worker.stderr"
WITHHELD = ("PLEX_TOKEN",)  # reaches the worker over the pipe, never in its environment

_FIFO_BITS, _TYPE_BITS = 0o010000, 0o170000


def ensure_worker(data_dir: str, script: str, message: bytes) -> bool:
    """Wake the worker of `data_dir` with `message`, or start one by `script` that gets it; whether one had to be started.

    `message` is one line of JSON, see `worker.connection`. Call it after the job was committed: a worker that is about
    to leave closes its pipe first and looks for jobs once more after that.

    Raises:
        OSError: no process could be started.
    """
    fifo = os.path.join(data_dir, FIFO_NAME)
    if wake(fifo, message):
        return False
    try:
        pipe = _open_fifo(fifo)
    except (OSError, AttributeError):
        from worker.handover import start_successor

        start_successor(data_dir, script, message)
        return True
    try:
        os.write(pipe, message)
        _spawn(data_dir, script, pipe)
    finally:
        os.close(pipe)
    return True


def wake(fifo: str, message: bytes) -> bool:
    """Hand `message` to the worker that reads `fifo`; False where nobody reads."""
    try:
        pipe = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except (OSError, AttributeError):  # AttributeError: no O_NONBLOCK on Windows
        return False
    try:
        if os.fstat(pipe).st_mode & _TYPE_BITS != _FIFO_BITS:
            return False  # a plain file by that name would keep the cookie
        os.write(pipe, message)
    except BlockingIOError:
        return True  # full: it has more than enough to wake up for
    except OSError:
        return False  # it left between the two calls
    finally:
        os.close(pipe)
    return True


def _open_fifo(fifo: str) -> int:
    """The pipe, open for reading too, so that it lives from before the worker's first breath. Raises OSError where there can be none."""
    try:
        os.mkfifo(fifo, 0o600)
    except FileExistsError:
        if os.stat(fifo).st_mode & _TYPE_BITS != _FIFO_BITS:
            os.unlink(fifo)
            os.mkfifo(fifo, 0o600)
    return os.open(fifo, os.O_RDWR | os.O_NONBLOCK)


def _spawn(data_dir: str, script: str, stdin: int) -> None:
    """Start the worker in a session of its own, with nothing of ours but `stdin`: Stash waits for our stdout to be closed."""
    argv = worker_command(script, data_dir)
    environ = child_environment(os.environ)
    stderr = os.path.join(data_dir, STDERR_NAME)
    actions = [
        (os.POSIX_SPAWN_DUP2, stdin, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
    ]
    try:
        os.posix_spawn(argv[0], argv, environ, file_actions=actions, setsid=True)
    except (NotImplementedError, AttributeError):
        import subprocess

        with open(stderr, "ab", opener=private) as errors:
            subprocess.Popen(  # noqa: S603 - our own interpreter and script
                argv, env=environ, stdin=stdin, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True
            )


def private(path: str, flags: int) -> int:
    """An `opener` for files that are their owner's alone, whatever the umask."""
    return os.open(path, flags, 0o600)


def worker_command(script: str, data_dir: str) -> list[str]:
    """The worker's argv. `-S`: it takes its lock before it pays for site."""
    return [sys.executable or "python3", "-S", script, "--worker", data_dir]


def child_environment(environ: "Mapping[str, str]") -> dict[str, str]:
    """`environ` without what must not stand in a child's."""
    return {name: value for name, value in environ.items() if name not in WITHHELD}
