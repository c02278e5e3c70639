from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.torture.figures import FILE, Figures
from tests.torture.scale import Scale
from tests.torture.stepper import Stepper


@pytest.fixture(scope="session")
def scale() -> Scale:
    return Scale.read()


@pytest.fixture
def figures(request: pytest.FixtureRequest, scale: Scale, tmp_path: Path) -> Figures:
    return Figures(FILE if scale.is_long else tmp_path / "figures.jsonl", request.node.name)


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., Stepper]]:
    """Makes a stepper; it is torn down at the end of the test."""
    built: list[Stepper] = []

    def make(**settings: Any) -> Stepper:
        stepper = Stepper(tmp_path / str(len(built)), **settings)
        built.append(stepper)
        return stepper.__enter__()

    yield make
    for stepper in built:
        stepper.__exit__(None, None, None)


@pytest.fixture
def stepper(build: Callable[..., Stepper]) -> Stepper:
    return build()
