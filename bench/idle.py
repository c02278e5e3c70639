"""Line 8: what a worker imports when it starts, and what it costs while there is nothing to do."""

import contextlib
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.figures import Figure, of_samples
from bench.size import Size
from bench.stage import Stage, Worker, cpu_s

TITLE: Final = "Worker at its start and at rest"
LIMIT: Final = (
    "Start: a good third of the imports is Python's library, most of which `requests` and `urllib3` bring (HTTP, TLS, mail headers); another is"
    " our own modules, in which some eighty dataclasses are made; the rest is the libraries themselves. What is needed only sometimes"
    " (yaml, the tasks, the repair of damaged files) is imported when it is needed. Memory: 15 MB came with `requests`. Rest: ten times a second"
    " one thread asks SQLite whether another process wrote to the queue, every two seconds the other one looks whether the plugin's files were changed,"
    " and every twenty seconds Stash is asked for news. What a wake-up costs is mostly the machine's: an idle virtual processor counts the way back from its sleep as work"
    " (the same worker was seen at 0.3 % beside a busy neighbour and at 3.7 % alone), so the target is a ratio to an interpreter that wakes up ten times a second and does nothing, in the same seconds."
)

_ROOT: Final = Path(__file__).parents[1]
_GROUPS: Final = {
    "requests": "requests, urllib3 and theirs",
    "urllib3": "requests, urllib3 and theirs",
    "charset_normalizer": "requests, urllib3 and theirs",
    "idna": "requests, urllib3 and theirs",
    "certifi": "requests, urllib3 and theirs",
    "plexapi": "plexapi",
    "stashapi": "stashapi",
    "persistqueue": "persist-queue",
}
_OURS: Final = frozenset(
    {"entry", "hooks", "logs", "matching", "plex", "records", "settings", "stash", "sync_queue", "tasks", "worker"}
)


def measure(size: Size = Size.FULL) -> list[Figure]:
    """Milliseconds, megabytes, per cent of one core."""
    watch_s = size.of(10, 5, 1)
    with Stage(size.of(1000, 300, 20)) as stage, Worker(stage) as worker:
        stage.enqueue([1])
        stage.drain()
        time.sleep(1.0)
        with _bare_waker() as waker:
            shares = [_shares_of_a_core(worker.pid, waker, watch_s / 5) for _ in range(5)]
        memory_mb, own_mb = worker.memory_mb(), _own_mb(worker.pid)
    imports = _imported(size.of(3, 3, 1))
    return [
        of_samples("CPU at rest", (own for own, _ in shares), "% of one core"),
        of_samples(
            "CPU at rest / a bare interpreter that wakes up as often", (own / bare for own, bare in shares), "times", 10
        ),
        Figure("resident memory at rest", memory_mb, "MB"),
        Figure("of it the worker's own, not shared with other processes", own_mb, "MB"),
        Figure("modules imported at the start", sum(count for count, _ in imports.values()), ""),
        *(Figure(f"importing {group}", took_ms, "ms") for group, (_, took_ms) in imports.items()),
    ]


@contextlib.contextmanager
def _bare_waker() -> Iterator[int]:
    """An interpreter that wakes up ten times a second and does nothing; its pid."""
    code = "import time\nprint(flush=True)\nwhile True: time.sleep(0.1)"
    process = subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
    finally:
        process.kill()
        process.communicate()


def _shares_of_a_core(worker: int, waker: int, seconds: float) -> tuple[float, float]:
    before = cpu_s(worker), cpu_s(waker)
    time.sleep(seconds)
    return 100 * (cpu_s(worker) - before[0]) / seconds, 100 * (cpu_s(waker) - before[1]) / seconds


def _own_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty"):
            return int(line.split()[1]) / 1024
    raise LookupError("Private_Dirty")


def _imported(starts: int) -> dict[str, tuple[int, float]]:
    """Number of modules and milliseconds by origin, of the best start, without the interpreter's own start."""
    return min((_imported_once() for _ in range(starts)), key=lambda found: sum(took for _, took in found.values()))


def _imported_once() -> dict[str, tuple[int, float]]:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import worker.process.hosting"],
        cwd=_ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    modules: Counter[str] = Counter()
    took_us: Counter[str] = Counter()
    lines = run.stderr.splitlines()
    for line in lines[1 + next(n for n, each in enumerate(lines) if each.endswith("| site")) :]:
        own, _, name = line.removeprefix("import time:").split("|")
        group = _group_of(name.strip().partition(".")[0])
        modules[group] += 1
        took_us[group] += int(own)
    return {group: (modules[group], took / 1000) for group, took in took_us.most_common()}


def _group_of(package: str) -> str:
    return "our own modules" if package in _OURS else _GROUPS.get(package, "Python's library")
