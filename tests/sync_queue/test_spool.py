"""Saves that the queue's file does not take are spooled, one file a save, and none is lost."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import StorageDamaged
from sync_queue import spool
from sync_queue.append import encode
from sync_queue.claims import ClaimStore
from sync_queue.pending import enqueue_many
from sync_queue.settling import Settlement
from tests.other_program import holding, scanning
from tests.sync_queue.jobs import NOW, look, pending_scenes, scene
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A folder into which every user gets; pytest's are closed."""
    with tempfile.TemporaryDirectory(prefix="stash2plex-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def keep(queue_dir: Path, *scene_ids: int) -> None:
    spooler = spool.Spool(str(queue_dir))
    for scene_id in scene_ids:
        spooler.put(scene(scene_id))


def waiting(queue_dir: Path) -> Sequence[str]:
    return spool.files(str(queue_dir))


def test_spooled_saves_are_claimed_like_others(queue_dir: Path) -> None:
    enqueue_many(queue_dir, [scene(1)], now=NOW)
    keep(queue_dir, 2, 3)
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 2
        assert store.take_in(NOW) == 0
        assert {job.key for job in store.claim_due(NOW, 10).jobs} == {"scene_1", "scene_2", "scene_3"}
    assert not waiting(queue_dir)


@pytest.mark.needs("rights")
def test_spooled_saves_are_their_owner_s_alone(queue_dir: Path) -> None:
    keep(queue_dir, 2, 3)
    assert [Path(path).stat().st_mode & 0o777 for path in waiting(queue_dir)] == [0o600, 0o600]
    assert (queue_dir / spool.FOLDER).stat().st_mode & 0o777 == 0o700


def test_saves_are_taken_in_in_their_order(queue_dir: Path) -> None:
    keep(queue_dir, *range(20, 0, -1))
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 20
        assert [job.key for job in store.claim_due(NOW, 20).jobs] == [f"scene_{number}" for number in range(20, 0, -1)]


def test_disk_has_the_rows_before_the_files_are_gone(queue_dir: Path) -> None:
    keep(queue_dir, 1)
    steps: list[tuple[str, bool]] = []
    with ClaimStore(queue_dir) as store:
        with store.using() as connection:
            connection.set_trace_callback(lambda statement: steps.append((statement, bool(waiting(queue_dir)))))
        assert store.take_in(NOW) == 1
        connection.set_trace_callback(None)
    statements = [statement for statement, _ in steps]
    assert (*statements[:2], *statements[-2:]) == (
        "PRAGMA synchronous = FULL",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "PRAGMA synchronous = NORMAL",
    )
    assert all(is_there for _, is_there in steps)


def test_store_is_not_empty_while_a_save_is_spooled(queue_dir: Path) -> None:
    """Otherwise a worker leaves with the save in its folder, and the save waits for another one to wake the next."""
    with ClaimStore(queue_dir) as store:
        assert store.is_empty()
        keep(queue_dir, 1)
        assert not store.is_empty()
        assert store.take_in(NOW) == 1
        assert not store.is_empty()


def test_disk_knows_the_name_of_a_file_and_of_its_folders_when_a_save_is_spooled(queue_dir: Path) -> None:
    """Each folder is opened for its fsync after the file has its name; nobody opens one for another reason."""
    program = (
        "import os, sys\nfrom sync_queue.spool import Spool\nseen = []\n"
        "def watch(event, args):\n"
        "    if event in ('open', 'os.rename') and isinstance(args[0], str):\n"
        "        seen.append(event + ' ' + ('.part' if args[0].endswith('.part') else args[0]))\n"
        "sys.addaudithook(watch)\nSpool(sys.argv[1]).put({'scene_id': 1})\nprint('\\n'.join(seen))\n"
    )
    run = subprocess.run([sys.executable, "-c", program, str(queue_dir)], cwd=ROOT, capture_output=True, check=True)
    folders = [queue_dir / spool.FOLDER, queue_dir, queue_dir.parent]
    assert run.stdout.decode().splitlines() == ["open .part", "os.rename .part", *(f"open {each}" for each in folders)]


def test_damage_is_noticed_when_what_is_in_memory_hides_it(queue_dir: Path) -> None:
    with ClaimStore(queue_dir) as store:
        assert store.is_empty()
        with closing(sqlite3.connect(queue_dir / "data.db")) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert store.is_empty()
        with (queue_dir / "data.db").open("r+b") as file:
            file.write(b"garbage" * 600)
        assert store.is_empty(), "it sees what it has read before"
        keep(queue_dir, 1)
        with pytest.raises(StorageDamaged):
            store.take_in(NOW)
    assert waiting(queue_dir)


def test_job_is_one_when_a_kill_came_between_the_row_and_the_end_of_its_file(queue_dir: Path) -> None:
    keep(queue_dir, 1)
    (path,) = map(Path, waiting(queue_dir))
    content = path.read_bytes()
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 1
        path.write_bytes(content)
        assert store.take_in(NOW) == 1
        assert [job.pqids for job in store.claim_due(NOW, 10).jobs] == [(1, 2)]


@pytest.mark.needs("proc")
def test_nobody_has_a_file_open_when_it_is_named_and_removed_on_windows(queue_dir: Path) -> None:
    """Windows refuses both for a file that is open; it has no fcntl either."""
    program = (
        "import os, sys\nsys.modules['fcntl'] = None\nfrom sync_queue import spool\n"
        "from sync_queue.claims import ClaimStore\n"
        "seen = []\n"
        "def watch(event, args):\n"
        "    if event in ('os.rename', 'os.remove') and 'saves' in str(args[0]):\n"
        "        links = [os.path.realpath(f'/proc/self/fd/{number}') for number in os.listdir('/proc/self/fd')]\n"
        "        seen.append((event, [link for link in links if 'saves/' in link]))\n"
        "sys.addaudithook(watch)\nspool.Spool(sys.argv[1]).put({'scene_id': 1})\n"
        "store = ClaimStore(sys.argv[1])\ntaken = store.take_in(1.0)\nprint(taken, seen)\n"
    )
    run = subprocess.run([sys.executable, "-c", program, str(queue_dir)], cwd=ROOT, capture_output=True, check=True)
    assert run.stdout.decode().startswith("1 [('os.rename', []), ('os.remove', [])")


@pytest.mark.needs("Windows")
def test_save_is_taken_in_once_when_another_program_has_its_file_open(queue_dir: Path) -> None:
    keep(queue_dir, 1, 2)
    with ClaimStore(queue_dir) as store:
        with holding(Path(waiting(queue_dir)[0])):
            assert [store.take_in(NOW), store.take_in(NOW)] == [2, 0]
            assert len(waiting(queue_dir)) == 1, "it is empty, and cannot be removed yet"
        assert store.take_in(NOW) == 0
        assert not waiting(queue_dir)
        assert store.is_empty() is False
        assert pending_scenes(queue_dir) == {1, 2}


@pytest.mark.needs("Windows")
def test_save_waits_and_keeps_no_other_when_another_program_keeps_its_file_to_itself(queue_dir: Path) -> None:
    keep(queue_dir, 1, 2)
    with ClaimStore(queue_dir) as store:
        with holding(Path(waiting(queue_dir)[0]), alone=True):
            assert [store.take_in(NOW), store.take_in(NOW)] == [1, 0]
            assert pending_scenes(queue_dir) == {2}
        assert store.take_in(NOW) == 1
    assert pending_scenes(queue_dir) == {1, 2}


def test_save_is_taken_in_once_when_its_file_cannot_be_removed_yet(queue_dir: Path) -> None:
    """As on Windows, while a virus scanner has it open."""
    keep(queue_dir, 1)
    with ClaimStore(queue_dir) as store:
        (path,) = waiting(queue_dir)
        os.truncate(path, 0)
        assert store.take_in(NOW) == 0
        assert store.is_empty()
    assert not waiting(queue_dir)


@pytest.mark.needs("rights")
@pytest.mark.parametrize("what", ["folder", "file", "other"])
def test_saves_that_cannot_be_used_keep_nothing_else(open_dir: Path, what: str) -> None:
    """Another user's folder or file, as after a run as root, and a file in the folder's place."""
    queue_dir = open_dir / "data" / "queue"
    keep(queue_dir, 1)
    enqueue_many(queue_dir, [scene(2)], now=NOW)
    folder = queue_dir / spool.FOLDER
    closed = folder if what == "folder" else Path(waiting(queue_dir)[0])
    if what == "other":
        folder.rename(queue_dir / "elsewhere")
        folder.write_bytes(b"")
    else:
        keep(queue_dir, 3)
        closed.chmod(0o000)
    run = as_somebody_else(queue_dir)
    assert run.stdout.split() == (["1", "True", "scene_2", "scene_3"] if what == "file" else ["0", "True", "scene_2"])
    if IS_ROOT and what != "other":
        assert f"everything else goes on: {closed} belongs to user 0 (root) with the rights 0" in run.stderr
    if what != "other":
        closed.chmod(0o700)
        assert [Path(path).is_file() for path in waiting(queue_dir)] == [True] * (2 if what == "folder" else 1)


def as_somebody_else(queue_dir: Path) -> subprocess.CompletedProcess[str]:
    """Work in a folder that is somebody else's; only root can have one made.

    Prints how many saves were taken in, whether none is left to be taken in, and what was claimed.
    """
    program = (
        "import logging, os, sys\nfrom sync_queue.claims import ClaimStore\n"
        "logging.basicConfig()\n"
        "if os.geteuid() == 0:\n    os.setgroups([])\n    os.setgid(4321)\n    os.setuid(4321)\n"
        "store = ClaimStore(sys.argv[1])\nstore.resume(1.0)\ntaken = store.take_in(1.0)\n"
        "batch = store.claim_due(2e9, 10)\nstore.settle([], 2e9)\n"
        "print(taken, store.take_in(1.0) == 0, *sorted(job.key for job in batch.jobs))\nstore.close()\n"
    )
    if IS_ROOT:
        for path in (queue_dir.parent, queue_dir, *queue_dir.rglob("*")):
            if path.stat().st_mode & 0o777:
                os.chown(path, 4321, 4321)
    return subprocess.run(
        [sys.executable, "-c", program, str(queue_dir)], cwd=ROOT, capture_output=True, text=True, check=True
    )


@pytest.mark.parametrize("names", [["saves.jsonl"], ["saves.taken.jsonl"], ["saves.taken.jsonl", "saves.jsonl"]])
def test_saves_that_a_version_before_left_are_taken_in_first_and_in_order(queue_dir: Path, names: list[str]) -> None:
    queue_dir.mkdir(parents=True)
    lines = iter(range(1, 10))
    for name in names:
        half = b"\n" + encode(scene(99)).encode()[:20] if name == names[-1] else b""
        documents = [encode(scene(next(lines))).encode() for _ in range(2)]
        (queue_dir / name).write_bytes(b"\n".join(documents) + half)
    keep(queue_dir, 50)
    with ClaimStore(queue_dir) as store:
        store.resume(NOW)
        assert store.take_in(NOW) == 2 * len(names) + 2
        batch = store.claim_due(NOW, 20)
    assert [job.key for job in batch.jobs] == [f"scene_{n}" for n in (*range(1, 2 * len(names) + 1), 50)]
    assert len(batch.bad) == 1, "half a line, as a power cut left it, becomes a dead letter"
    assert not [name for name in names if (queue_dir / name).exists()]


def test_file_of_a_killed_hook_is_not_taken_in_and_goes_after_an_hour(queue_dir: Path) -> None:
    keep(queue_dir, 1)
    half = queue_dir / spool.FOLDER / "1.json.part"
    half.write_bytes(b"{")
    os.utime(half, (NOW, NOW))
    with ClaimStore(queue_dir) as store:
        store.resume(NOW + 120)
        assert store.take_in(NOW) == 1
        assert half.exists(), "a hook may be at it"
        store.resume(NOW + 4000)
        assert not half.exists()


def test_whole_file_that_did_not_get_its_name_is_taken_in_by_the_next_worker(queue_dir: Path) -> None:
    """A hook was killed, or another program had the file open for long."""
    keep(queue_dir, 1)
    (whole,) = map(Path, waiting(queue_dir))
    unnamed = whole.rename(f"{whole}.part")
    os.utime(unnamed, (NOW, NOW))
    with ClaimStore(queue_dir) as store:
        store.resume(NOW + 30)
        assert store.take_in(NOW) == 0, "its hook may be at it"
        store.resume(NOW + 61)
        assert store.take_in(NOW) == 1
    assert pending_scenes(queue_dir) == {1}


@pytest.mark.parametrize("is_let_go", [True, pytest.param(False, marks=pytest.mark.needs("Windows"))])
def test_save_is_kept_when_another_program_opens_each_file_at_once(queue_dir: Path, is_let_go: bool) -> None:
    """As a virus scanner does; one that does not let go leaves the file's name to the next worker."""
    program = (
        "import os, sys, threading\nfrom sync_queue.spool import Spool\n"
        "def scan(event, args):\n"
        "    if event == 'os.rename' and not scanned:\n"
        "        scanned.append(open(args[0], 'rb'))\n"
        "        if sys.argv[2] == 'True':\n            threading.Timer(0.2, scanned[0].close).start()\n"
        "scanned = []\nsys.addaudithook(scan)\n"
        "Spool(sys.argv[1]).put({'scene_id': 7, 'update_type': 'metadata', 'data': {}, 'enqueued_at': 1.0, 'job_key': 'scene_7'})\n"
    )
    run = subprocess.run([sys.executable, "-c", program, str(queue_dir), str(is_let_go)], cwd=ROOT, check=False)
    assert run.returncode == 0
    with ClaimStore(queue_dir) as store:
        if not is_let_go:
            assert store.take_in(NOW) == 0
            store.resume(time.time() + 100)
        assert store.take_in(NOW) == 1
    assert pending_scenes(queue_dir) == {7}


def test_what_a_file_server_puts_into_the_folder_keeps_no_save_and_no_worker(queue_dir: Path) -> None:
    keep(queue_dir, 1)
    (queue_dir / spool.FOLDER / "@eaDir").mkdir()
    for name in (".DS_Store", "._1.json", "Thumbs.db"):
        (queue_dir / spool.FOLDER / name).write_bytes(b"\0\0")
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 1
        store.settle([Settlement.ack(job.pqids) for job in store.claim_due(NOW, 10).jobs], NOW)
        assert store.is_empty()


def test_spooled_saves_stay_when_the_queue_takes_nothing(queue_dir: Path) -> None:
    with ClaimStore(queue_dir) as store:
        keep(queue_dir, 1)
        look(queue_dir, "ALTER TABLE ack_queue_default RENAME TO elsewhere")
        with pytest.raises(sqlite3.OperationalError):
            store.take_in(NOW)
        look(queue_dir, "ALTER TABLE elsewhere RENAME TO ack_queue_default")
        assert store.take_in(NOW) == 1


def test_nothing_is_lost_or_doubled_when_six_processes_spool_while_saves_are_taken_in_and_scanned(
    queue_dir: Path,
) -> None:
    program = (
        "import sys\nfrom sync_queue.spool import Spool\nspool = Spool(sys.argv[1])\n"
        "for number in range(int(sys.argv[2]), int(sys.argv[2]) + 80):\n"
        "    spool.put({'scene_id': number, 'update_type': 'metadata', 'data': {}, 'enqueued_at': 1.0, 'job_key': f'scene_{number}'})\n"
    )
    with ClaimStore(queue_dir) as store, scanning(queue_dir / spool.FOLDER):
        writers = [
            subprocess.Popen([sys.executable, "-c", program, str(queue_dir), str(first)], cwd=ROOT, env=os.environ)
            for first in range(1000, 7000, 1000)
        ]
        taken = []

        def have_ended() -> bool:
            taken.append(store.take_in(NOW))
            return all(writer.poll() is not None for writer in writers)

        wait_until(have_ended, "the writers have ended", every_s=0.001)
        assert [writer.returncode for writer in writers] == [0] * 6
        wait_until(lambda: taken.append(store.take_in(NOW)) or not waiting(queue_dir), "nothing is spooled")
    assert sum(taken) == 480
    assert pending_scenes(queue_dir) == {first + number for first in range(1000, 7000, 1000) for number in range(80)}


@pytest.mark.needs("limits")
def test_no_half_of_a_save_is_left_when_the_disk_is_full(queue_dir: Path) -> None:
    keep(queue_dir, 1)
    program = (
        "import resource, sys\nfrom sync_queue.spool import Spool\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))\n"
        "try:\n    Spool(sys.argv[1]).put('x' * 100)\nexcept OSError:\n    sys.exit(7)\n"
    )
    run = subprocess.run([sys.executable, "-c", program, str(queue_dir)], cwd=ROOT, check=False)
    assert run.returncode == 7
    keep(queue_dir, 2)
    assert len(list((queue_dir / spool.FOLDER).iterdir())) == 2
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 2
        assert [job.key for job in store.claim_due(NOW, 10).jobs] == ["scene_1", "scene_2"]
