"""Houses for tests that cross processes and sockets."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house import House


@pytest.fixture
def build(installed: Path, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Makes a house; it is torn down at the end of the test."""
    built: list[House] = []

    def make(**options: Any) -> House:
        built.append(House(tmp_path, **{"plugin_dir": installed, **options}))
        return built[-1]

    yield make
    for house in built:
        house.close()


@pytest.fixture
def house(build: Callable[..., House]) -> House:
    """A house whose settings are filled in."""
    return build()
