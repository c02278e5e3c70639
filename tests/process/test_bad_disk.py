"""A data folder that cannot be used: the hook answers at once, with one clear error, and the save goes through."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests import full_disk, machine
from tests.house import PATIENCE_S, ROOT, House

CAPTURED = ROOT / "tests" / "fixtures" / "stash" / "scene_update_post_single.json"


def hook(data_dir: Path, limit: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", str(ROOT / "Stash2Plex.py")],
        input=CAPTURED.read_text(encoding="utf-8"),
        env=machine.environ(STASH_PLUGIN_DATA=str(data_dir)),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        preexec_fn=limit,
    )


def a_file_in_the_way(folder: Path) -> Path:
    (folder / "file").write_text("", encoding="utf-8")
    return folder / "file" / "data"


def a_file_in_the_queues_place(folder: Path) -> Path:
    (folder / "data").mkdir()
    (folder / "data" / "queue").write_text("", encoding="utf-8")
    return folder / "data"


def a_corrupt_queue(folder: Path) -> Path:
    (folder / "data" / "queue").mkdir(parents=True)
    (folder / "data" / "queue" / "data.db").write_bytes(b"not a database at all" * 400)
    return folder / "data"


@pytest.mark.parametrize("spoil", [a_file_in_the_way, a_file_in_the_queues_place])
def test_hook_answers_one_clear_error_when_the_folder_cannot_be_used(tmp_path, spoil):
    data_dir = spoil(tmp_path)
    expect_one_error(hook(data_dir), str(data_dir))


@pytest.mark.needs("limits")
def test_hook_answers_one_clear_error_when_the_disk_is_full(tmp_path):
    """A limit on the size of files fails a write as a full disk does."""
    (tmp_path / "data" / "queue").mkdir(parents=True)
    run = hook(tmp_path / "data", full_disk.fill)
    expect_one_error(run, str(tmp_path / "data"))


def expect_one_error(run: subprocess.CompletedProcess[str], folder: str) -> None:
    answer = json.loads(run.stdout)
    assert list(answer) == ["error"]
    assert folder in answer["error"]
    assert run.returncode == 1
    assert "Traceback" not in run.stdout + run.stderr
    assert run.stderr.startswith("\x01")


def test_save_goes_through_in_stash_when_the_hook_fails(build):
    house: House = build()
    (bunny,) = house.add("Big Buck Bunny")
    a_file_in_the_queues_place(house.data_dir.parent)
    house.save(bunny, title="Big Buck Bunny!")
    assert house.stash.library.scene(bunny.scene_id).title == "Big Buck Bunny!"
    assert house.stash.hook_runs[-1].run.exit_status == 1
    assert house.workers() == []


def test_save_reaches_plex_when_the_queues_file_is_damaged(build):
    """The hook keeps the save beside the queue, and the worker that it starts sets the file aside."""
    house: House = build()
    (bunny,) = house.add("Big Buck Bunny")
    a_corrupt_queue(house.data_dir.parent)
    house.save(bunny, title="Big Buck Bunny!")
    assert ("warning", "kept in the folder saves") in [
        (level, text[text.find("kept in") :][:24]) for level, text in house.hook_log()
    ]
    house.wait(house.has_title(bunny))
    house.wait(house.is_drained)
    assert len(list((house.data_dir / "queue").glob("data.db.corrupt-*"))) == 1
    assert "data.db is damaged. It was set aside as data.db.corrupt-" in house.log()
    assert list((house.data_dir / "queue").glob("saves/*")) == []
    assert "Traceback" not in house.stderr() + house.log()


def test_save_waits_no_longer_than_a_second_when_another_program_has_the_queue_locked(build):
    house: House = build()
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.is_drained)
    with closing(sqlite3.connect(house.data_dir / "queue" / "data.db", isolation_level=None)) as backup:
        backup.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        house.save(sintel, title="Sintel!")
        assert time.monotonic() - began < 5, "a second, and the time of a busy machine"
        assert any("kept in the folder saves" in text for _, text in house.hook_log())
        backup.execute("ROLLBACK")
    house.wait(house.has_title(sintel))


def test_worker_goes_on_without_its_records_when_they_are_damaged(build):
    house: House = build()
    house.data_dir.mkdir()
    (house.data_dir / "state.db").write_bytes(b"not a database at all" * 400)
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert "state.db is damaged. It was set aside as state.db.corrupt-" in house.log()
    assert len(list(house.data_dir.glob("state.db.corrupt-*"))) == 1
    assert "Traceback" not in house.stderr() + house.log()


def test_user_is_told_with_the_next_save_when_no_worker_can_begin(build):
    """A newer version wrote the records: the saves are recorded, nothing is touched."""
    house: House = build()
    house.data_dir.mkdir()
    with closing(sqlite3.connect(house.data_dir / "state.db")) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = (house.data_dir / "state.db").read_bytes()
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(lambda: (house.data_dir / "worker.problem").exists() and not house.workers())
    assert "Traceback" not in house.stderr() + house.log()
    house.save(bunny, title="Again")
    errors = [text for level, text in house.hook_log() if level == "error"]
    assert len(errors) == 1
    assert "written by a newer Stash2Plex" in errors[0]
    house.wait(lambda: not house.workers())
    assert house.stats()["pending"] == 2
    assert (house.data_dir / "state.db").read_bytes() == before
    (house.data_dir / "state.db").unlink()
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert not (house.data_dir / "worker.problem").exists()


def test_worker_writes_utf_8_past_its_log_whatever_the_system_s_own_signs_are(installed, tmp_path):
    """A German Windows, for one, has others."""
    data = tmp_path / "Gr\u00f6\u00dfe"
    (data / "worker.lock").mkdir(parents=True)
    run = subprocess.run(
        [sys.executable, "-S", str(installed / "Stash2Plex.py"), "--worker", str(data)],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert run.returncode == 1
    message = run.stderr.decode("utf-8")
    assert message.startswith(f"The worker cannot work: {data / 'worker.lock'} cannot be used")
    assert "\r" not in message


@pytest.mark.needs("flock")
def test_worker_says_so_and_leaves_when_the_file_system_has_no_locks(build, tmp_path):
    """Some network shares refuse `flock`: nobody holds the lock then, and nobody can."""
    house: House = build()
    house.data_dir.mkdir(mode=0o700)
    # A fcntl.py in its place would not do: Debian's Python has that module built in. So no -S, with which nobody reads
    # this file.
    (tmp_path / "sitecustomize.py").write_text(
        "import fcntl\ndef flock(*_):\n    raise OSError(37, 'No locks available')\nfcntl.flock = flock\n",
        encoding="utf-8",
    )
    run = subprocess.run(
        [sys.executable, str(house.plugin_dir / "Stash2Plex.py"), "--worker", str(house.data_dir)],
        env=machine.environ(PYTHONPATH=str(tmp_path)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert run.returncode == 1
    problem = (house.data_dir / "worker.problem").read_text(encoding="utf-8")
    assert "worker.lock cannot be locked (No locks available)" in problem
    assert run.stderr == f"The worker cannot work: {problem}\n"
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    errors = [text for level, text in house.hook_log() if level == "error"]
    assert len(errors) == 1
    assert problem in errors[0]
