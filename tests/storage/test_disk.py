"""Small files that are written whole."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storage.disk import write_whole
from tests.full_disk import full_disk
from tests.other_program import holding

ROOT = Path(__file__).parents[2]


def test_file_is_replaced_when_it_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    (tmp_path / "report.txt.fresh").write_text("what a kill left behind")
    for text in ("first\n", "Übrig\n"):
        write_whole(str(path), text)
    assert path.read_bytes() == "Übrig\n".encode()
    assert [file.name for file in tmp_path.iterdir()] == ["report.txt"]


@pytest.mark.needs("rights")
def test_file_is_its_owner_s_alone_when_what_was_left_behind_was_open_to_others(tmp_path: Path) -> None:
    (tmp_path / "report.txt.fresh").write_text("")
    (tmp_path / "report.txt.fresh").chmod(0o666)
    write_whole(str(tmp_path / "report.txt"), "text")
    assert (tmp_path / "report.txt").stat().st_mode & 0o777 == 0o600


@pytest.mark.needs("limits")
def test_nothing_is_left_behind_when_there_is_no_room(tmp_path: Path) -> None:
    path = tmp_path / "token.json"
    write_whole(str(path), "first")
    with full_disk(), pytest.raises(OSError, match="large"):
        write_whole(str(path), "second")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"token.json": "first"}


def test_file_is_as_old_as_is_said(tmp_path: Path) -> None:
    write_whole(str(tmp_path / "photo"), b"\xff\xd8\r\n", at=1_795_393_093.0)
    assert (tmp_path / "photo").stat().st_mtime == 1_795_393_093.0
    assert (tmp_path / "photo").read_bytes() == b"\xff\xd8\r\n"


def test_file_is_written_when_the_file_system_takes_no_rights(tmp_path: Path) -> None:
    """A network share or FAT may refuse to take them."""
    program = (
        "import sys\nfrom storage.disk import write_whole\n"
        "def refuse(event, args):\n    if event == 'os.chmod':\n        raise PermissionError(1, 'Operation not permitted')\n"
        "sys.addaudithook(refuse)\nwrite_whole(sys.argv[1], 'text')\n"
    )
    path = tmp_path / "report.txt"
    subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, check=True)
    assert path.read_text() == "text"


@pytest.mark.needs("Windows")
def test_file_is_replaced_when_another_program_lets_go_of_it_in_time(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    write_whole(str(path), "first")
    with holding(path) as let_go:
        threading.Timer(0.3, let_go).start()
        write_whole(str(path), "second")
    assert path.read_text() == "second"


@pytest.mark.needs("Windows")
def test_file_is_as_it_was_when_another_program_keeps_it_open(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    write_whole(str(path), "first")
    with holding(path), pytest.raises(PermissionError):
        write_whole(str(path), "second")
    assert path.read_text() == "first"
