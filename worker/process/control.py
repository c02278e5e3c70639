"""Asking about the worker of a data folder, and asking it to leave, from another process."""

import os
import time

from sync_queue.lock import is_worker_alive
from worker.process.connection import STOP
from worker.process.handover import request_to_stop
from worker.process.launch import FIFO_NAME, wake

_POLL_S = 0.05


def stop_worker(data_dir: str, timeout_s: float = 15.0) -> bool:
    """Ask the worker to finish its batch and leave, and wait for that; whether none is left after `timeout_s`."""
    if not is_worker_alive(data_dir):
        return True
    deadline = time.monotonic() + timeout_s
    request = request_to_stop(data_dir)  # for a worker without a pipe
    try:
        wake(os.path.join(data_dir, FIFO_NAME), STOP)
        while is_worker_alive(data_dir):
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
    finally:
        request.release()
    return True
