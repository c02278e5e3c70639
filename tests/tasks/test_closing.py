"""What a task has opened to look at both servers is closed when it has looked."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tasks.context import TaskContext
from tasks.page.aside import looking
from tasks.planning import reading
from tests.house import House
from tests.open_files import open_below


@pytest.mark.parametrize("look", [looking, reading])
def test_no_file_is_open_when_a_task_has_looked(
    house: House,
    context: Callable[[House], TaskContext],
    look: Callable[[TaskContext], AbstractContextManager[Any]],
) -> None:
    with look(context(house)) as there:
        there.servers.plex.index()
        assert open_below(Path(house.data_dir))
    assert open_below(Path(house.data_dir)) == set()
