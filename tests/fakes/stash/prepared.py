"""Processes of the plugin by forking an interpreter that has imported everything already.

For tests of what lies behind such processes, which need hundreds of them: a page of the browser, say. What a start itself
costs and does is for tests that start Python as Stash does. Each process has a memory, an environment, and pipes of its
own, and ends with a status of its own; only the imports are shared.
"""

import array
import contextlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any

WORKS = hasattr(os, "pidfd_open")
"""Linux. Elsewhere each process is started as Stash starts it."""

_MOST_BYTES = 1024 * 1024
_PIPES = 3
_FINE = 0


class Prepared:
    """Starts processes of one installed plugin, whose files must stay as they are. Only where it WORKS.

    Args:
        script: the plugin's script, as in Stash's command.
        modules: what its processes need not import any more.
    """

    def __init__(self, script: str, modules: Iterable[str]) -> None:
        self._script = script
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, script, str(theirs.fileno()), *modules],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def start(self, command: Sequence[str], env: Mapping[str, str], cwd: str) -> "Forked":
        """A process like `subprocess.Popen(command, …)` with three pipes."""
        assert command[-1] == self._script
        pipes = [os.pipe() for _ in range(_PIPES)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
        news, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with self._lock:
            socket.send_fds(
                self._ours, [json.dumps({"env": dict(env), "cwd": cwd}).encode()], [*theirs, far_end.fileno()]
            )
        far_end.close()
        for descriptor in theirs:
            os.close(descriptor)
        modes = zip(ours, ("wb", "rb", "rb"), strict=True)
        return Forked(news, *(os.fdopen(each, mode, buffering=0) for each, mode in modes))

    def close(self) -> None:
        """End it; processes that were started go on."""
        self._ours.close()
        self._process.wait()


class Forked:
    """What subprocess.Popen is, as far as a stand-in Stash needs it."""

    def __init__(self, news: socket.socket, stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes]) -> None:
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self._news = news
        self._status: int | None = None
        self.pid = _number(news)

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""
        if self._status is None:
            with contextlib.suppress(BlockingIOError):
                self._note(socket.MSG_DONTWAIT)
        return self._status

    def watch(self) -> int:
        """A descriptor that can be read from once there is an exit status; to be closed."""
        return os.dup(self._news.fileno())

    def wait(self) -> int:
        """The exit status, once it has one."""
        if self._status is None:
            self._note(_FINE)
        assert self._status is not None
        return self._status

    def kill(self) -> None:
        """End it without warning."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _note(self, flags: int) -> None:
        self._status = _number(self._news, flags)
        self._news.close()


def _number(news: socket.socket, flags: int = _FINE) -> int:
    return array.array("i", news.recv(array.array("i").itemsize, flags))[0]


def _main(script: str, descriptor: int, modules: Iterable[str]) -> None:
    """Import everything, then fork for each order until nobody can give one any more."""
    sys.path[0] = str(Path(script).parent)
    for name in modules:
        import_module(name)
    orders = socket.socket(fileno=descriptor)
    waiting: dict[int, tuple[int, socket.socket]] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(orders, selectors.EVENT_READ)
        while selector.get_map():
            for key, _events in selector.select():
                if key.fileobj is orders:
                    _take(orders, selector, waiting, script)
                else:
                    _bury(key.fd, selector, waiting)


def _take(
    orders: socket.socket,
    selector: selectors.BaseSelector,
    waiting: dict[int, tuple[int, socket.socket]],
    script: str,
) -> None:
    message, descriptors, _, _ = socket.recv_fds(orders, _MOST_BYTES, _PIPES + 1)
    if not message:
        selector.unregister(orders)
        return
    *pipes, far_end = descriptors
    pid = os.fork()
    if not pid:
        _become(json.loads(message), pipes, script)
    for each in pipes:
        os.close(each)
    news = socket.socket(fileno=far_end)
    news.send(array.array("i", [pid]))
    watch = os.pidfd_open(pid)
    waiting[watch] = (pid, news)
    selector.register(watch, selectors.EVENT_READ)


def _bury(watch: int, selector: selectors.BaseSelector, waiting: dict[int, tuple[int, socket.socket]]) -> None:
    pid, news = waiting.pop(watch)
    selector.unregister(watch)
    os.close(watch)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with news, contextlib.suppress(OSError):
        news.send(array.array("i", [status]))


def _become(order: dict[str, Any], pipes: list[int], script: str) -> None:
    """Run the plugin's script in this process, as `python SCRIPT`, and end."""
    for target, pipe in enumerate(pipes):
        os.dup2(pipe, target)
    for descriptor in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208 - numbers, not paths
        if descriptor >= _PIPES:
            with contextlib.suppress(OSError):  # the one by which the list was read
                os.close(descriptor)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = [script]
    status = 1
    try:
        runpy.run_path(script, run_name="__main__")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
