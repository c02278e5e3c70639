import logging
import os
import re
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.worker_log import LineFormatter, WorkerLogHandler, tail
from tests.other_program import holding

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "logs" / "worker.log"


@pytest.fixture
def handler(path: Path) -> Iterator[WorkerLogHandler]:
    handler = WorkerLogHandler(path, max_bytes=1000, files=3)
    yield handler
    handler.close()


def _record(text: str, *args: object, created: float | None = None) -> logging.LogRecord:
    record = logging.LogRecord("worker", logging.INFO, "", 0, text, args, None)
    record.created = time.time() if created is None else created
    return record


@pytest.mark.needs("tzset")
def test_line_has_local_time_with_offset_when_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()
    try:
        assert (
            LineFormatter().format(_record("Synced %s", "Sintel", created=1795393331.0))
            == "2026-11-23 01:22:11 +0100 INFO Synced Sintel"
        )
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.text(st.characters()))
def test_record_is_one_line_when_the_text_is_anything(text: str) -> None:
    line = LineFormatter().format(_record("%s", text))
    assert len(line.splitlines()) == 1
    line.encode()


def test_traceback_is_one_line_when_a_record_has_one() -> None:
    record = _record("failed")
    try:
        raise ValueError("first\nsecond")  # noqa: TRY301  a traceback is wanted
    except ValueError:
        record.exc_info = sys.exc_info()
    line = LineFormatter().format(record)
    assert re.search(r"INFO failed \| Traceback .* \| ValueError: first \| second$", line)
    assert "\n" not in line


def test_files_are_three_and_small_when_there_is_much_to_say(path: Path, handler: WorkerLogHandler) -> None:
    for number in range(100):
        handler.handle(_record("line %d", number))
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["worker.log", "worker.log.1", "worker.log.2"]
    assert all(file.stat().st_size <= 1000 for file in files)


@pytest.mark.needs("rights")
def test_files_are_private_when_they_are_made(path: Path, handler: WorkerLogHandler) -> None:
    for number in range(100):
        handler.handle(_record("line %d", number))
    assert [stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()] == [0o600] * 3
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_no_line_is_lost_and_none_holds_a_return_when_another_program_has_the_file_open(
    path: Path, handler: WorkerLogHandler
) -> None:
    """Windows renames no file that is open: the lines go on into it, and it is renamed once that is over."""
    handler.handle(_record("line 0"))
    with holding(path):
        for number in range(1, 35):
            handler.handle(_record("line %d", number))
        assert [line.rpartition(" ")[2] for line in tail(path, 100)] == [str(number) for number in range(35)]
    for number in range(35, 40):
        handler.handle(_record("line %d", number))
    assert handler.lost == 0
    assert [line.rpartition(" ")[2] for line in tail(path, 100)] == [str(number) for number in range(40)]
    assert path.stat().st_size <= 1000
    assert b"\r" not in b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_lines_are_written_when_the_file_system_takes_no_rights(path: Path) -> None:
    """A network share or FAT may refuse to take them."""
    program = (
        "import logging, sys\nfrom logs.worker_log import WorkerLogHandler\n"
        "def refuse(event, args):\n    if event == 'os.chmod':\n        raise PermissionError(1, 'Operation not permitted')\n"
        "sys.addaudithook(refuse)\nhandler = WorkerLogHandler(sys.argv[1])\n"
        "handler.handle(logging.makeLogRecord({'msg': 'said', 'levelname': 'INFO'}))\nsys.exit(handler.lost)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, check=False).returncode == 0
    assert [line[-4:] for line in tail(path, 5)] == ["said"]


def test_tail_reads_a_log_that_an_earlier_version_wrote_on_windows(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"one\r\ntwo\r\n")
    assert tail(path, 5) == ["one", "two"]


@pytest.mark.needs("rights")
def test_file_becomes_private_when_it_was_open_to_others(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("old\n")
    path.chmod(0o644)
    handler = WorkerLogHandler(path)
    handler.handle(_record("new"))
    handler.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [line[-3:] for line in tail(path, 5)] == ["old", "new"]


def test_lines_are_lost_and_counted_when_the_folder_cannot_be_used(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    handler = WorkerLogHandler(tmp_path / "logs" / "worker.log")
    handler.handle(_record("MARKED"))
    handler.close()
    assert handler.lost == 1
    assert capfd.readouterr() == ("", "")


def test_tail_brings_the_last_lines_when_they_are_in_several_files(path: Path, handler: WorkerLogHandler) -> None:
    for number in range(60):
        handler.handle(_record("line %d", number))
    assert [line.rpartition(" ")[2] for line in tail(path, 30)] == [str(number) for number in range(30, 60)]


def test_tail_brings_what_there_is_when_more_is_wanted(path: Path, handler: WorkerLogHandler) -> None:
    handler.handle(_record("only"))
    assert len(tail(path, 100)) == 1
    assert tail(path, 0) == tail(path, -3) == []


def test_tail_is_empty_when_there_is_no_log(path: Path) -> None:
    assert tail(path, 10) == []


def test_tail_finds_older_lines_when_the_newest_file_is_gone(path: Path, handler: WorkerLogHandler) -> None:
    for number in range(60):
        handler.handle(_record("line %d", number))
    handler.close()
    path.unlink()
    assert tail(path, 1)


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)), st.integers(0, 12))
def test_tail_is_the_end_of_the_file_when_its_lines_are_anything(lines: list[str], wanted: int) -> None:
    path = Path(tempfile.gettempdir(), f"tail-{os.getpid()}.log")  # Hypothesis calls more often than a fixture does
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    try:
        assert tail(path, wanted) == (lines[-wanted:] if wanted else [])
    finally:
        path.unlink()


def test_tail_reads_only_the_end_when_the_file_is_large(tmp_path: Path) -> None:
    path = tmp_path / "large.log"
    path.write_bytes(b"x" * 99 + b"\n")
    with path.open("ab") as file:
        file.truncate(50_000_000)  # a hole: nothing to read, nothing on the disk
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + b"y" * 200_000 + b"\nlast\n")
    assert [line[:4] for line in tail(path, 2)] == ["yyyy", "last"]
