"""The worker's pipe on Windows: who gets what a hook writes, and who does not."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.waiting import wait_until
from worker.launch import wake
from worker.process.pipe import pipe_of
from worker.signpost import PIPES, SIGNPOST_NAME, named

if TYPE_CHECKING:
    from worker.process.pipe import Pipe

pytestmark = pytest.mark.needs("Windows")

LINE = b'{"Host":"127.0.0.1","CookieValue":"fresh"}\n'


@pytest.fixture
def api() -> Any:
    """Windows' own calls."""
    return import_module("_winapi")


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator["Pipe"]:
    """An open pipe."""
    made = pipe_of(str(tmp_path))
    assert made.open()
    yield made
    made.close()


def test_name_of_the_pipe_is_another_one_each_time(pipe, tmp_path):
    first = named(str(tmp_path))
    assert first.startswith(PIPES)
    pipe.deafen()
    assert not named(str(tmp_path))
    assert pipe.open()
    assert named(str(tmp_path)) not in ("", first)


def test_cookie_is_kept_from_a_pipe_that_another_made_by_the_name_of_a_dead_workers(api, tmp_path):
    """A worker that was killed leaves its signpost, and its pipe's name is free for everybody."""
    name = f"{PIPES}Stash2Plex-of-a-dead-worker"
    (tmp_path / SIGNPOST_NAME).write_bytes(f"{name}\n".encode())
    theirs = api.CreateNamedPipe(name, api.PIPE_ACCESS_INBOUND, 0, 1, 0, 4096, 0, api.NULL)
    assert not wake(str(tmp_path), LINE)
    with pytest.raises(BrokenPipeError):
        api.PeekNamedPipe(theirs, 1)
    api.CloseHandle(theirs)


def test_cookie_goes_into_no_file_when_the_signpost_names_one(pipe, tmp_path):
    file = tmp_path / "file"
    file.touch()
    (tmp_path / SIGNPOST_NAME).write_bytes(f"{file}\n".encode())
    assert not wake(str(tmp_path), LINE)
    assert file.read_bytes() == b""
    assert pipe.is_lost
    assert pipe.renew() == []
    assert wake(str(tmp_path), LINE)
    assert pipe.wait(30) == [LINE.strip()]


def test_hook_is_heard_when_others_hold_ends_of_the_pipe_and_write_nothing(pipe, api, tmp_path):
    name = named(str(tmp_path))
    held = [api.CreateFile(name, api.GENERIC_WRITE, 0, api.NULL, api.OPEN_EXISTING, 0, api.NULL) for _ in range(32)]
    assert not wake(str(tmp_path), LINE), "a save does not wait for them"
    wait_until(lambda: pipe.read() or wake(str(tmp_path), LINE), "they are let go")
    assert pipe.wait(30) == [LINE.strip()]
    for handle in held:
        api.CloseHandle(handle)
