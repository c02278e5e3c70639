"""What a task has opened to look at both servers is closed when it has looked."""

from collections.abc import Callable
from pathlib import Path

import pytest

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
