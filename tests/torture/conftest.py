from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.stepper import Stepper
from tests.torture.figures import FILE, Figures
from tests.torture.scale import Scale

TIMEOUT_S = 0.3
"""How long either server may take to answer where faults keep it from that: short enough to wait for it many times."""
PATIENT_S = 20.0
"""And where nothing keeps it: a busy machine is no fault."""


@pytest.fixture(scope="session")
def scale() -> Scale:
    return Scale.read()


@pytest.fixture
def figures(request: pytest.FixtureRequest, scale: Scale, tmp_path: Path) -> Figures:
    return Figures(FILE if scale.is_long else tmp_path / "figures.jsonl", request.node.name)


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., Stepper]]:
    """Makes a stepper with a log; it is torn down at the end of the test."""
    with ExitStack() as built:
        yield lambda **options: built.enter_context(logging_stepper(tmp_path, **options))


@pytest.fixture
def stepper(build: Callable[..., Stepper]) -> Stepper:
    return build()


def logging_stepper(data_dir: Path, *, timeout_s: float = PATIENT_S, **options: Any) -> Stepper:
    """A stepper of the library "Movies" alone, whose worker writes its log."""
    stepper = Stepper(data_dir / "data", timeout_s=timeout_s, plex_library="Movies", **options)
    stepper.open_log()
    return stepper
