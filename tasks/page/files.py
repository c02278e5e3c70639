"""Opening the dead letters for an operation; where there never was one, no file is made."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sync_queue import DeadLetterQueue
from sync_queue.dlq import FILE
from tasks.context import TaskContext


@contextmanager
def letters(context: TaskContext) -> Iterator[DeadLetterQueue | None]:
    """The dead letters, or None where there never was one."""
    if not os.path.exists(os.path.join(context.data_dir, FILE)):
        yield None
        return
    with closing(DeadLetterQueue(context.data_dir, clock=context.clock)) as opened:
        yield opened
