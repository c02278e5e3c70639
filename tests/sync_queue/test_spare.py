"""Saves that the queue's file does not take are put beside it, and lose themselves nowhere."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sync_queue import ClaimStore, enqueue_many, pending_scene_ids, spare
from sync_queue.append import encode
from tests.sync_queue.jobs import NOW, scene

ROOT = Path(__file__).parents[2]


def note(queue_dir: Path, *scene_ids: int) -> None:
    for scene_id in scene_ids:
        spare.note(str(queue_dir), encode(scene(scene_id)).encode())


def test_noted_saves_are_claimed_like_others(queue_dir: Path) -> None:
    enqueue_many(queue_dir, [scene(1)], now=NOW)
    note(queue_dir, 2, 3)
    assert (queue_dir / spare.FILE).stat().st_mode & 0o777 == 0o600
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 2
        assert store.take_in(NOW) == 0
        assert {job.key for job in store.claim_due(NOW, 10).jobs} == {"scene_1", "scene_2", "scene_3"}
    assert not spare.is_there(str(queue_dir))


def test_cut_line_becomes_a_row_that_is_buried_and_takes_no_other_with_it(queue_dir: Path) -> None:
    note(queue_dir, 1)
    with (queue_dir / spare.FILE).open("ab") as file:
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
                spare.take_in(other, str(queue_dir), NOW)
            except sqlite3.OperationalError:
                assert spare.is_there(str(queue_dir))
        assert store.take_in(NOW) == 1


def test_nothing_is_lost_when_saves_are_noted_while_others_are_taken_in(queue_dir: Path) -> None:
    program = (
        "import sys\nfrom sync_queue import spare\nfrom sync_queue.append import encode\n"
        "for number in range(int(sys.argv[2]), int(sys.argv[2]) + 200):\n"
        "    spare.note(sys.argv[1], encode({'scene_id': number, 'update_type': 'metadata', 'data': {}, 'enqueued_at': 1.0, 'job_key': f'scene_{number}'}).encode())\n"
    )
    with ClaimStore(queue_dir) as store:
        writers = [
            subprocess.Popen([sys.executable, "-c", program, str(queue_dir), str(first)], cwd=ROOT, env=os.environ)
            for first in (1, 1001)
        ]
        taken = 0
        while any(writer.poll() is None for writer in writers):
            taken += store.take_in(NOW)
        taken += store.take_in(NOW)
        assert [writer.returncode for writer in writers] == [0, 0]
    assert taken == 400
    assert pending_scene_ids(queue_dir) == {*range(1, 201), *range(1001, 1201)}


def test_half_a_line_is_taken_back_when_the_disk_is_full(queue_dir: Path) -> None:
    note(queue_dir, 1)
    program = (
        "import resource, sys\nfrom sync_queue import spare\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))\n"
        "try:\n    spare.note(sys.argv[1], b'x' * 100)\nexcept OSError:\n    sys.exit(7)\n"
    )
    limit = (queue_dir / spare.FILE).stat().st_size + 50
    run = subprocess.run([sys.executable, "-c", program, str(queue_dir), str(limit)], cwd=ROOT, check=False)
    assert run.returncode == 7
    note(queue_dir, 2)
    with ClaimStore(queue_dir) as store:
        assert store.take_in(NOW) == 2
        assert [job.key for job in store.claim_due(NOW, 10).jobs] == ["scene_1", "scene_2"]
