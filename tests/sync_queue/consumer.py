"""A program of the user's own that takes jobs out of the queue.

`python -m tests.sync_queue.consumer DATA_FOLDER JOBS`, until its stdin ends.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync_queue import QueueManager, get_pending
from tests.house import ROOT


def main(data_dir: str, count: int) -> None:
    """Claim `count` jobs, say their rows, and have them in progress."""
    queue = QueueManager(data_dir).get_queue()
    claimed = [get_pending(queue) for _ in range(count)]
    sys.stdout.write(f"{[job and job['pqid'] for job in claimed]}\n")
    sys.stdout.flush()
    sys.stdin.read()


@contextmanager
def consumer(data_dir: Path, count: int) -> Iterator["subprocess.Popen[str]"]:
    """A consumer's process, once it has `count` jobs in progress; killed by SIGKILL in the end, if it lives."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.sync_queue.consumer", str(data_dir), str(count)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().count("None") == 0
        yield process
        process.kill()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
