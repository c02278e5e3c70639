"""A worker process under observation, and waiting for what other processes do."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from worker.process.handover import stop_worker
from worker.process.launch import child_environment, worker_command

if TYPE_CHECKING:
    from bench.stage import Stage

DEADLINE_S: Final = 300.0
_POLL_S: Final = 0.02


class Worker:
    """A true worker process over a stage's data folder, started as a hook starts it; stopped at the end of `with`."""

    def __init__(self, stage: "Stage") -> None:
        self._stage = stage
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        data_dir = self._stage.data_dir
        with open(os.path.join(data_dir, "worker.stderr"), "ab") as errors:
            self._process = subprocess.Popen(
                worker_command(self._stage.script, data_dir),
                env=child_environment(os.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        assert self._process.stdin is not None
        self._process.stdin.write(self._stage.message)
        self._process.stdin.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop_worker(self._stage.data_dir)
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    def cpu_s(self) -> float:
        """CPU time of all its threads so far, in seconds."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def memory_mb(self, name: str = "VmRSS") -> float:
        """Resident memory now, or with "VmHWM" at its highest."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
        raise LookupError(name)


def wait_until(is_true: Callable[[], bool], deadline_s: float = DEADLINE_S, poll_s: float = _POLL_S) -> float:
    """Seconds until `is_true`. Raises TimeoutError after `deadline_s`."""
    started = time.perf_counter()
    while not is_true():
        if time.perf_counter() - started > deadline_s:
            raise TimeoutError(f"nothing happened for {deadline_s:.0f} s")
        time.sleep(poll_s)
    return time.perf_counter() - started
