"""Timing of whole processes side by side: the commands take turns, so that a machine whose speed drifts drifts for all of them."""

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """Wall times of one command, in milliseconds."""

    name: str
    times_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        return statistics.median(self.times_ms)

    def ratio(self, other: "Sample") -> tuple[float, float, float]:
        """Median, lower and upper quartile of the pairwise ratios to `other`."""
        ratios = sorted(mine / theirs for mine, theirs in zip(self.times_ms, other.times_ms, strict=True))
        quarter = len(ratios) // 4
        return statistics.median(ratios), ratios[quarter], ratios[-1 - quarter]


@dataclass(frozen=True)
class Command:
    """A process to be timed: `argv`, what it gets on stdin, and its environment."""

    argv: Sequence[str]
    stdin: bytes = b""
    env: Mapping[str, str] | None = None
    before: Callable[[], None] = lambda: None


def interleaved(commands: Mapping[str, Command], runs: int, warmup: int = 2) -> dict[str, Sample]:
    """Run the commands in turn, `runs` times each after `warmup` uncounted ones."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(warmup + runs):
        for name, command in commands.items():
            command.before()
            started = time.perf_counter()
            subprocess.run(
                command.argv,
                input=command.stdin,
                env=command.env,
                check=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            if turn >= warmup:
                times[name].append((time.perf_counter() - started) * 1000)
    return {name: Sample(name, tuple(values)) for name, values in times.items()}
