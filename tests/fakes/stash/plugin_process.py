"""Running a plugin's process the way Stash does.

Document on stdin, then waiting for the end of stdout AND for the exit.

stderr is read along the way and closed as soon as the process is gone, whoever else still holds it. Source:
contract/stash.md.
"""

import json
import os
import selectors
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import IO, Any

from tests.fakes.stash.prepared import Forked

LEVELS = {"t": "trace", "d": "debug", "i": "info", "w": "warning", "e": "error"}
DEFAULT_LEVEL = "error"


@dataclass(slots=True)
class PluginRun:
    """What one process did.

    Attributes:
        output, error: the keys of the same names in its answer; a stdout that is not JSON is the output as it stands, a
            bad exit without an `error` is "exit status N".
        log: (level, text) per line of stderr; lines without Stash's prefix count as errors, as Stash has it.
        progress: every progress value, in order.
        wall_ms: from the start of the process until Stash would have gone on.
    """

    output: Any = None
    error: str | None = None
    exit_status: int | None = None
    wall_ms: float = 0.0
    stdout: str = ""
    log: list[tuple[str, str]] = field(default_factory=list)
    progress: list[float] = field(default_factory=list)


_PIDFD = hasattr(os, "pidfd_open")
_LAST_LINES_S = 1.0
"""For what the process said last; a worker that it left behind may hold its stderr for long."""


@contextmanager
def _exit_watch(process: subprocess.Popen[bytes] | Forked, selector: selectors.BaseSelector) -> Iterator[None]:
    """Make the selector wake up at the exit; where the system cannot do that, the loop looks every few milliseconds."""
    if not _PIDFD:
        yield
        return
    descriptor = process.watch() if isinstance(process, Forked) else os.pidfd_open(process.pid)
    selector.register(descriptor, selectors.EVENT_READ)
    try:
        yield
    finally:
        os.close(descriptor)


def start(command: Sequence[str], env: Mapping[str, str], cwd: str) -> "subprocess.Popen[bytes]":
    """Start a process with three pipes, as Stash does."""
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=cwd
    )


Starter = Callable[[Sequence[str], Mapping[str, str], str], "subprocess.Popen[bytes] | Forked"]


class PluginProcess:
    """One run of the plugin's command.

    Args:
        env: the whole environment of the process.
        starter: starts it, by `start` or from what is prepared.
    """

    def __init__(self, command: Sequence[str], env: Mapping[str, str], cwd: str, starter: Starter = start) -> None:
        self.run = PluginRun()
        self.on_progress: Callable[[float], None] | None = None
        self._command = list(command)
        self._env = dict(env)
        self._cwd = cwd
        self._starter = starter
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._killed = False
        self._stdout = bytearray()
        self._stderr = bytearray()

    def wait(self, document: Mapping[str, Any]) -> PluginRun:
        """Start the process, feed it, and wait as Stash waits."""
        # Go escapes these three in JSON; a plugin must not care.
        text = (
            json.dumps(document, ensure_ascii=False, separators=(",", ":"))
            .replace("&", "\\u0026")
            .replace("<", "\\u003c")
            .replace(">", "\\u003e")
        )
        started = perf_counter()
        self._process = self._starter(self._command, self._env, self._cwd)
        if self._killed:
            self._process.kill()
        (self._pump_by_threads if os.name == "nt" else self._pump)(self._process, text.encode())
        self.run.exit_status = self._process.wait()
        self.run.wall_ms = (perf_counter() - started) * 1000
        self._read_lines(at_end=True)
        self._read_answer()
        return self.run

    def kill(self) -> None:
        """Stop it as Stash does: SIGKILL, without warning."""
        self._killed = True
        if self._process:
            self._process.kill()

    def _pump(self, process: subprocess.Popen[bytes] | Forked, document: bytes) -> None:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        with (
            process.stdin,
            process.stdout,
            process.stderr,
            selectors.DefaultSelector() as selector,
            _exit_watch(process, selector),
        ):
            for pipe, events in (
                (process.stdin, selectors.EVENT_WRITE),
                (process.stdout, selectors.EVENT_READ),
                (process.stderr, selectors.EVENT_READ),
            ):
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, events)
            rest = memoryview(document)
            stdout_open = True
            while stdout_open or process.poll() is None:
                for key, _events in selector.select(timeout=None if _PIDFD else 0.005):
                    if key.fileobj is process.stdin:
                        rest = self._feed(process.stdin, rest, selector)
                    elif key.fileobj is process.stdout:
                        stdout_open = self._drain(process.stdout, self._stdout, selector)
                    elif key.fileobj is process.stderr:
                        self._drain(process.stderr, self._stderr, selector)
                        self._read_lines(at_end=False)
                    else:
                        selector.unregister(key.fileobj)
            self._drain(process.stderr, self._stderr, None)

    def _pump_by_threads(self, process: subprocess.Popen[bytes] | Forked, document: bytes) -> None:
        """As `_pump`, where no selector takes pipes: Windows."""
        assert process.stdin
        out = threading.Thread(target=self._read_to_the_end, args=(process.stdout, self._stdout), daemon=True)
        errors = threading.Thread(target=self._read_to_the_end, args=(process.stderr, self._stderr), daemon=True)
        out.start()
        errors.start()
        with suppress(OSError):
            process.stdin.write(document)
            process.stdin.close()
        out.join()
        process.wait()
        errors.join(_LAST_LINES_S)

    def _read_to_the_end(self, pipe: IO[bytes], into: bytearray) -> None:
        with pipe:
            while chunk := os.read(pipe.fileno(), 65536):
                into += chunk
                if into is self._stderr:
                    self._read_lines(at_end=False)

    @staticmethod
    def _feed(stdin: IO[bytes], rest: memoryview, selector: selectors.BaseSelector) -> memoryview:
        try:
            rest = rest[os.write(stdin.fileno(), rest[:65536]) :]
        except BrokenPipeError:
            rest = rest[:0]
        if not rest:
            selector.unregister(stdin)
            with suppress(BrokenPipeError):
                stdin.close()
        return rest

    @staticmethod
    def _drain(pipe: IO[bytes], into: bytearray, selector: selectors.BaseSelector | None) -> bool:
        """Read what is there; False at the end of the pipe."""
        with suppress(BlockingIOError):
            while chunk := os.read(pipe.fileno(), 65536):
                into += chunk
            if selector:
                selector.unregister(pipe)
            return False
        return True

    def _read_lines(self, *, at_end: bool) -> None:
        *lines, rest = self._stderr.split(b"\n")
        self._stderr[:] = rest
        for line in [*lines, rest] if at_end else lines:
            if line:
                self._read_line(line.decode(errors="replace").rstrip("\r"))

    def _read_line(self, line: str) -> None:
        if line[:1] != "\x01" or line[2:3] != "\x02":
            self.run.log.append((DEFAULT_LEVEL, line))
        elif line[1] == "p":
            with suppress(ValueError):
                self.run.progress.append(float(line[3:]))
                if self.on_progress:
                    self.on_progress(self.run.progress[-1])
        else:
            self.run.log.append((LEVELS.get(line[1], DEFAULT_LEVEL), line[3:].strip()))

    def _read_answer(self) -> None:
        self.run.stdout = self._stdout.decode(errors="replace").replace(os.linesep, "\n")
        try:
            answer = json.loads(self.run.stdout)
        except ValueError:
            answer = {"output": self.run.stdout}
        if isinstance(answer, dict):
            self.run.output, self.run.error = answer.get("output"), answer.get("error")
        if self.run.exit_status and self.run.error is None:
            self.run.error = f"exit status {self.run.exit_status}"
