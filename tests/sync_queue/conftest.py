from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_queue import DeadLetterQueue, QueueManager
from sync_queue.claims import ClaimStore
from tests.clock import Clock
from tests.sync_queue.jobs import NOW


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def queue_dir(data_dir: Path) -> Path:
    return data_dir / "queue"


@pytest.fixture
def queue(data_dir: Path) -> Iterator[object]:
    manager = QueueManager(data_dir)
    yield manager.get_queue()
    manager.shutdown()


@pytest.fixture
def store(queue_dir: Path) -> Iterator[ClaimStore]:
    with ClaimStore(queue_dir) as store:
        yield store


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def dlq(data_dir: Path, clock: Clock) -> Iterator[DeadLetterQueue]:
    dlq = DeadLetterQueue(data_dir, clock=clock)
    yield dlq
    dlq.close()
