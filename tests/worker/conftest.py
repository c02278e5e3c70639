"""A worker without a process, on a real data folder and both stand-ins, stepped by hand on a clock of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stepper import Stepper
from tests.worker.desk import Desk


@pytest.fixture
def stepper(tmp_path: Path) -> Iterator[Stepper]:
    with Stepper(tmp_path) as built:
        yield built


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()
