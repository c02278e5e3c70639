"""Timing of whole processes side by side.

The commands take turns, so that a machine whose speed drifts drifts for all of them.
"""

import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.figures import Figure, of_samples

DEADLINE_S: Final = 300.0
_POLL_S: Final = 0.02


@dataclass(frozen=True)
class Sample:
    """Wall times of one command, in milliseconds."""

    name: str
    times_ms: tuple[float, ...]

    def over(self, other: "Sample", most: float | None = None) -> Figure:
        """How many times as long as `other`, of each turn."""
        ratios = [mine / theirs for mine, theirs in zip(self.times_ms, other.times_ms, strict=True)]
        return of_samples(f"{self.name} / {other.name}", ratios, "times", most)


@dataclass(frozen=True)
class Command:
    """A process to be timed: `argv`, what it gets on stdin, and its environment."""

    argv: Sequence[str]
    stdin: bytes = b""
    env: Mapping[str, str] | None = None

    def run(self) -> float:
        """Run it to its end; how long that took, in milliseconds. Raises CalledProcessError where it fails."""
        started = time.perf_counter()
        subprocess.run(
            self.argv, input=self.stdin, env=self.env, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return (time.perf_counter() - started) * 1000

    def cpu(self) -> float:
        """Run it to its end; the CPU time that it took, in milliseconds. Nothing else may be run meanwhile."""
        before_s = _cpu_of_children_s()
        self.run()
        return (_cpu_of_children_s() - before_s) * 1000


def _cpu_of_children_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def interleaved(commands: Mapping[str, Command], runs: int, warmup: int = 2) -> dict[str, Sample]:
    """Run the commands in turn, `runs` times each after `warmup` uncounted ones."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(warmup + runs):
        for name, command in commands.items():
            took_ms = command.run()
            if turn >= warmup:
                times[name].append(took_ms)
    return {name: Sample(name, tuple(values)) for name, values in times.items()}


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def wait_until(is_true: Callable[[], bool], deadline_s: float = DEADLINE_S, poll_s: float = _POLL_S) -> float:
    """Seconds until `is_true`. Raises TimeoutError after `deadline_s`."""
    started = time.perf_counter()
    while not is_true():
        if time.perf_counter() - started > deadline_s:
            raise TimeoutError(f"nothing happened for {deadline_s:.0f} s")
        time.sleep(poll_s)
    return time.perf_counter() - started
