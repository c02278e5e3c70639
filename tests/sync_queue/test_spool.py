"""Saves that the queue's file does not take are put beside it, and lose themselves nowhere."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import StorageDamaged
from sync_queue import ClaimStore, enqueue_many, spool
from sync_queue.append import encode
from tests.sync_queue.jobs import NOW, pending_scenes, scene
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


def note(queue_dir: Path, *scene_ids: int) -> None:
    for scene_id in scene_ids:
        spool.note(str(queue_dir), encode(scene(scene_id)).encode())


def test_noted_saves_are_claimed_like_others(queue_dir: Path) -> None:
    enqueue_many(queue_dir, [scene(1)], now=NOW)
    note(queue_dir, 2, 3)
    assert (queue_dir / spool.FILE).stat().st_mode & 0o777 == 0o600
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 2
        assert store.take_in(NOW) == 0
        assert {job.key for job in store.claim_due(NOW, 10).jobs} == {"scene_1", "scene_2", "scene_3"}
    assert not spool.is_there(str(queue_dir))


def test_disk_has_the_rows_before_the_file_is_gone(queue_dir: Path) -> None:
    note(queue_dir, 1)
    steps: list[tuple[str, bool]] = []
    with ClaimStore(queue_dir) as store:
        connection = store._connection
        connection.set_trace_callback(lambda said: steps.append((said, spool.is_there(str(queue_dir)))))
        assert store.take_in(NOW) == 1
        connection.set_trace_callback(None)
    said = [statement for statement, _ in steps]
    assert (said[0], said[1], said[-2], said[-1]) == (
        "PRAGMA synchronous=FULL",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "PRAGMA synchronous=NORMAL",
    )
    assert all(is_there for _, is_there in steps)


def test_damage_is_noticed_when_what_is_in_memory_hides_it(queue_dir: Path) -> None:
    with ClaimStore(queue_dir) as store:
        assert store.is_empty()
        with closing(sqlite3.connect(queue_dir / "data.db")) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert store.is_empty()
        with (queue_dir / "data.db").open("r+b") as file:
            file.write(b"garbage" * 600)
        assert store.is_empty(), "it sees what it has read before"
        note(queue_dir, 1)
        with pytest.raises(StorageDamaged):
            store.take_in(NOW)
    assert spool.is_there(str(queue_dir))


def test_what_a_kill_has_left_is_taken_in_with_what_came_since(queue_dir: Path) -> None:
    note(queue_dir, 1)
    (queue_dir / spool.FILE).rename(queue_dir / spool.TAKEN)
    note(queue_dir, 2)
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 2
        assert [job.key for job in store.claim_due(NOW, 10).jobs] == ["scene_1", "scene_2"]
    assert not spool.is_there(str(queue_dir))


def test_job_is_one_when_a_kill_came_between_the_rows_and_the_end_of_the_file(queue_dir: Path) -> None:
    note(queue_dir, 1)
    content = (queue_dir / spool.FILE).read_bytes()
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 1
        (queue_dir / spool.TAKEN).write_bytes(content)
        assert store.take_in(NOW) == 1
        assert [job.pqids for job in store.claim_due(NOW, 10).jobs] == [(1, 2)]


def test_nobody_has_the_file_open_when_it_is_moved_and_removed_on_windows(queue_dir: Path) -> None:
    """Windows refuses both for a file that is open; it has no fcntl either."""
    program = (
        "import os, sys\nsys.modules['fcntl'] = None\nfrom sync_queue import ClaimStore, spool\n"
        "spool.note(sys.argv[1], b'{\"scene_id\": 1}')\nstore = ClaimStore(sys.argv[1])\nseen = []\n"
        "def watch(event, args):\n"
        "    if event in ('os.rename', 'os.remove', 'os.truncate') and 'saves' in str(args[0]):\n"
        "        links = [os.path.realpath(f'/proc/self/fd/{number}') for number in os.listdir('/proc/self/fd')]\n"
        "        seen.append((event, [link for link in links if 'saves' in link]))\n"
        "sys.addaudithook(watch)\ntaken = store.take_in(1.0)\nprint(taken, seen)\n"
    )
    run = subprocess.run([sys.executable, "-c", program, str(queue_dir)], cwd=ROOT, capture_output=True, check=True)
    assert run.stdout.decode().startswith("1 [('os.rename', []), ('os.truncate', []), ('os.remove', [])")


def test_next_save_is_whole_when_a_power_cut_left_half_of_the_last_one(queue_dir: Path) -> None:
    note(queue_dir, 1)
    with (queue_dir / spool.FILE).open("ab") as file:
        file.write(encode(scene(2)).encode()[:20])
    note(queue_dir, 3)
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 3
        batch = store.claim_due(NOW, 10)
    assert [job.key for job in batch.jobs] == ["scene_1", "scene_3"]
    assert len(batch.bad) == 1


def test_cut_line_becomes_a_row_that_is_buried_and_takes_no_other_with_it(queue_dir: Path) -> None:
    note(queue_dir, 1)
    with (queue_dir / spool.FILE).open("ab") as file:
        file.write(encode(scene(2)).encode()[:20])
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 2
        batch = store.claim_due(NOW, 10)
    assert [job.key for job in batch.jobs] == ["scene_1"]
    assert len(batch.bad) == 1


def test_noted_saves_stay_when_the_queue_takes_nothing(queue_dir: Path) -> None:
    with ClaimStore(queue_dir) as store:
        note(queue_dir, 1)
        with closing(sqlite3.connect(":memory:")) as other:
            try:
                spool.take_in(other, str(queue_dir), NOW)
            except sqlite3.OperationalError:
                assert spool.is_there(str(queue_dir))
        assert store.take_in(NOW) == 1


def test_nothing_is_lost_when_saves_are_noted_while_others_are_taken_in(queue_dir: Path) -> None:
    program = (
        "import sys\nfrom sync_queue import spool\nfrom sync_queue.append import encode\n"
        "for number in range(int(sys.argv[2]), int(sys.argv[2]) + 200):\n"
        "    spool.note(sys.argv[1], encode({'scene_id': number, 'update_type': 'metadata', 'data': {}, 'enqueued_at': 1.0, 'job_key': f'scene_{number}'}).encode())\n"
    )
    with ClaimStore(queue_dir) as store:
        writers = [
            subprocess.Popen([sys.executable, "-c", program, str(queue_dir), str(first)], cwd=ROOT, env=os.environ)
            for first in (1, 1001)
        ]
        taken = []

        def have_ended() -> bool:
            taken.append(store.take_in(NOW))
            return all(writer.poll() is not None for writer in writers)

        wait_until(have_ended, "both writers have ended", every_s=0.001)
        taken.append(store.take_in(NOW))
        assert [writer.returncode for writer in writers] == [0, 0]
    assert sum(taken) == 400
    assert pending_scenes(queue_dir) == {*range(1, 201), *range(1001, 1201)}


def test_half_a_line_is_taken_back_when_the_disk_is_full(queue_dir: Path) -> None:
    note(queue_dir, 1)
    program = (
        "import resource, sys\nfrom sync_queue import spool\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))\n"
        "try:\n    spool.note(sys.argv[1], b'x' * 100)\nexcept OSError:\n    sys.exit(7)\n"
    )
    limit = (queue_dir / spool.FILE).stat().st_size + 50
    run = subprocess.run([sys.executable, "-c", program, str(queue_dir), str(limit)], cwd=ROOT, check=False)
    assert run.returncode == 7
    note(queue_dir, 2)
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 2
        assert [job.key for job in store.claim_due(NOW, 10).jobs] == ["scene_1", "scene_2"]
