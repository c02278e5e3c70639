"""Taking over from a living worker where there are no named pipes: Windows, and network shares that cannot hold one.

Each hook starts a successor with its fresh connection on stdin. The successor asks the living worker to leave after its
batch, by a file that holds nothing, and waits for its lock. One successor waits at a time; a worker that is younger than
`YOUNG_S` is left alone, because its connection is as fresh as ours.
"""

import os
import subprocess
import time
from collections.abc import Callable

from worker.launch import STDERR_NAME, child_environment, worker_command
from worker.lock import LOCK_NAME, WorkerLock

REQUEST_NAME = "worker.handover"
YOUNG_S = 30.0
PATIENCE_S = 120.0
_POLL_S = 0.1


def start_successor(data_dir: str, script: str, message: bytes) -> None:
    """Start a worker that takes over; `message` goes to its stdin. Raises OSError where no process can be started."""
    with open(os.path.join(data_dir, STDERR_NAME), "ab") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            worker_command(script, data_dir),
            env=child_environment(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "DETACHED_PROCESS", 0),
        )
    if process.stdin is not None:
        process.stdin.write(message)
        process.stdin.close()
    process.returncode = 0  # it outlives us on purpose: no warning about that when this object goes


def take_over(data_dir: str, lock: WorkerLock, now: Callable[[], float] = time.time) -> bool:
    """Get `lock` from the living worker; False where it is too young, or another successor waits already."""
    queue = WorkerLock(data_dir, "worker.next.lock")
    if now() - _modified_at(os.path.join(data_dir, LOCK_NAME)) < YOUNG_S or not queue.acquire():
        return False
    request = os.path.join(data_dir, REQUEST_NAME)
    os.close(os.open(request, os.O_WRONLY | os.O_CREAT, 0o600))
    deadline = time.monotonic() + PATIENCE_S
    while not lock.acquire():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    os.unlink(request)
    queue.release()
    return True


def is_requested(data_dir: str) -> bool:
    """Whether a successor waits for the lock."""
    return os.path.exists(os.path.join(data_dir, REQUEST_NAME))


def _modified_at(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0
