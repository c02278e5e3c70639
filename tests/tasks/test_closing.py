"""A look at both servers: what it leaves open when it has ended, and how long it waits for Plex."""

from collections.abc import Callable
from pathlib import Path

import pytest

from settings.settings import Settings
from tasks.context import TaskContext
from tasks.view import read_only
from tests.house import House
from tests.open_files import open_below


@pytest.mark.parametrize("own_index", [False, True])
def test_no_file_is_open_when_a_task_has_looked(
    house: House, context: Callable[[House], TaskContext], *, own_index: bool
) -> None:
    with read_only(context(house), own_index=own_index) as view:
        view.plex.index()
        assert open_below(Path(house.data_dir))
    assert open_below(Path(house.data_dir)) == set()


@pytest.mark.parametrize(("own_index", "patience_s"), [(False, 20.0), (True, 120.0)], ids=["page", "task"])
def test_page_waits_less_long_for_plex_than_a_task(house: House, context, own_index: bool, patience_s: float) -> None:
    with read_only(context(house), own_index=own_index) as view:
        assert view.plex.patience_s(Settings(plex_timeout_s=120.0)) == patience_s
        assert view.plex.patience_s(Settings(plex_timeout_s=5.0)) == 5.0
