from collections.abc import Iterator
from pathlib import Path

import pytest

from records import Records


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def records(path: Path) -> Iterator[Records]:
    with Records(path) as opened:
        yield opened
