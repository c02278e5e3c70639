"""Files that are set aside: all of them or none."""

import threading
from pathlib import Path

import pytest

from storage.aside import NotSetAside, rename, set_aside
from storage.disk import with_companions
from tests.other_program import holding


def fill(path: Path, word: str) -> None:
    for file in with_companions(path):
        file.write_text(word)


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir() if file.is_file()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def test_damaged_file_and_its_log_get_a_free_name_when_they_are_set_aside(path: Path) -> None:
    for word in ("first", "second"):
        fill(path, word)
        with_companions(path)[2].unlink()
        set_aside(path, 0.0)
    assert contents(path.parent) == {
        "state.db.corrupt-19700101T000000Z": "first",
        "state.db.corrupt-19700101T000000Z-wal": "first",
        "state.db.corrupt-19700101T000000Z-2": "second",
        "state.db.corrupt-19700101T000000Z-2-wal": "second",
    }


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
def test_all_keep_their_names_when_one_cannot_get_its_new_one(path: Path, end: str) -> None:
    fill(path, "kept")
    before = contents(path.parent)
    Path(f"{path}.aside{end}", "in the way").mkdir(parents=True)
    with pytest.raises(NotSetAside, match=r"state\.db is damaged or newer and cannot be set aside: "):
        rename(path, f"{path}.aside")
    assert contents(path.parent) == before


@pytest.mark.needs("Windows")
@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
def test_all_keep_their_names_and_it_is_said_which_is_open_when_another_program_has_one(path: Path, end: str) -> None:
    fill(path, "kept")
    before = contents(path.parent)
    with holding(Path(f"{path}{end}")):
        with pytest.raises(NotSetAside, match=rf"another program has state\.db{end} open, .* tries again$"):
            set_aside(path, 0.0)
        assert contents(path.parent) == before
    set_aside(path, 0.0)
    assert sorted(contents(path.parent)) == sorted(
        f"state.db.corrupt-19700101T000000Z{each}" for each in ("", "-wal", "-shm")
    )


@pytest.mark.needs("Windows")
def test_file_is_set_aside_when_another_program_lets_go_of_it_in_time(path: Path) -> None:
    fill(path, "kept")
    with holding(path) as let_go:
        threading.Timer(0.3, let_go).start()
        set_aside(path, 0.0)
    assert not path.exists()
