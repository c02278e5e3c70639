"""The power fails, and takes from the logs what no fsync had promised yet.

What was confirmed goes on from what is left.
"""

import os
import random
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from records import Intent, Records
from sync_queue.append import AppendOnlyQueue
from sync_queue.claims import ClaimStore
from sync_queue.dlq import DeadLetterQueue
from sync_queue.queue_file import QueueFile
from sync_queue.spool import FOLDER
from tests.house import ROOT
from tests.open_files import connections_to
from tests.torture.fsync import Log, frames_checkpointed
from tests.torture.mortal import REFUSED, Life, Servers
from tests.torture.scale import Scale
from tests.torture.test_mortal import check_letters

SCALE = Scale.read()
FILES = ("queue/data.db", "state.db", "dlq.db")
NORMAL, FULL = 1, 2
"""Source: https://www.sqlite.org/pragma.html#pragma_synchronous"""


@contextmanager
def stopped(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Nothing moves: the files are those of one moment, and what is checked meanwhile does not grow."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    yield
    process.send_signal(signal.SIGCONT)


@pytest.fixture
def living(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Servers]]:
    servers = Servers(tmp_path / "living")
    command = [sys.executable, "-m", "tests.torture.fsync", str(servers.folder), str(SCALE.seed)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    assert process.stdout.readline() == b"living\n"
    yield process, servers
    process.kill()
    process.wait()
    process.stdout.close()


def test_what_was_confirmed_survives_when_the_disk_had_no_more_than_was_promised(
    living, tmp_path: Path, figures
) -> None:
    process, servers = living
    chance = SCALE.random("power")
    cuts = SCALE.pick(6, 60)
    confirmed = lost_frames = 0
    for number in range(cuts):
        select.select(
            [process.stdout], [], [], chance.uniform(0.02, 0.3)
        )  # it never speaks: a wait that its death would end
        assert process.poll() is None
        copy = Servers(tmp_path / f"copy-{number}")
        with stopped(process):
            shutil.copytree(servers.folder, copy.folder, dirs_exist_ok=True)
            for name in FILES:
                lost_frames += cut_power(copy, name, chance)
            cut_spool(copy, chance)
            confirmed += go_on_from(copy)
        shutil.rmtree(copy.folder)
    figures.note(power_cuts=cuts, saves_checked=confirmed, unsynced_frames_dropped=lost_frames, lost=0, doubled=0)


@pytest.mark.parametrize(
    ("made", "file", "level"),
    [
        (lambda folder: appending(folder / "queue"), "queue/data.db", FULL),
        (lambda folder: QueueFile(folder / "queue"), "queue/data.db", FULL),
        (DeadLetterQueue, "dlq.db", FULL),
        (lambda folder: ClaimStore(folder / "queue"), "queue/data.db", NORMAL),
        (lambda folder: Records(folder / "state.db"), "state.db", NORMAL),
    ],
    ids=["hook", "tasks", "dead letters", "settlements", "records"],
)
def test_commits_wait_for_the_disk_where_nobody_would_do_the_work_again(tmp_path: Path, made, file, level) -> None:
    with closing(made(tmp_path)):
        (connection,) = connections_to(tmp_path / file)
        assert connection.execute("PRAGMA synchronous").fetchone() == (level,)


@pytest.mark.parametrize(
    "put_down",
    [
        lambda records: records.before_edits([], [Intent(1, 1, 1, {"title": "new"})]),
        lambda records: records.emptyings.note([], now=1.0, window_s=1.0),
    ],
    ids=["intents", "emptyings"],
)
def test_what_must_stand_before_a_request_is_on_the_disk_when_it_is_put_down(tmp_path: Path, put_down) -> None:
    statements: list[str] = []
    with Records(tmp_path / "state.db") as records:
        (connection,) = connections_to(tmp_path / "state.db")
        connection.set_trace_callback(statements.append)
        put_down(records)
        connection.set_trace_callback(None)
    assert statements[:2] == ["PRAGMA synchronous = FULL", "BEGIN IMMEDIATE"]
    assert statements[-2:] == ["COMMIT", "PRAGMA synchronous = NORMAL"]


def appending(queue_dir: Path) -> AppendOnlyQueue:
    QueueFile(queue_dir).close()
    queue = AppendOnlyQueue(str(queue_dir))
    queue.put({"scene_id": 1})
    return queue


def cut_power(servers: Servers, name: str, chance: random.Random) -> int:
    """Take what the disk may not have got: the index of the log, and a part of its end that nobody was promised.

    Returns the number of frames.
    """
    path = servers.data_dir / name
    wal, shm = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    log = Log.read(wal)
    checkpointed = frames_checkpointed(shm, log)
    shm.unlink(missing_ok=True)
    salt, promised = [[log.salt, 0], *servers.lines(f"synced-{path.name}")][-1]
    least = max(promised if salt == log.salt else 0, checkpointed)
    kept = chance.randint(min(least, log.frames), log.frames)
    if kept < log.frames:
        with wal.open("r+b") as file:
            file.truncate(log.bytes_of(kept))
            if chance.random() < 0.5:
                file.seek(0, os.SEEK_END)
                file.write(chance.randbytes(chance.randrange(1, log.page_bytes)))
    return log.frames - kept


def cut_spool(servers: Servers, chance: random.Random) -> None:
    """Take a part of the end of what a hook has not given its name yet, and so has confirmed to nobody."""
    for path in (servers.data_dir / "queue" / FOLDER).glob("*.part"):
        os.truncate(path, chance.randint(0, path.stat().st_size))


def go_on_from(servers: Servers) -> int:
    """Open the files as the next worker does, and let it work; how many confirmed saves were checked."""
    for name in FILES:
        with closing(sqlite3.connect(servers.data_dir / name)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    life = Life(servers, random.Random(1), 1e6)
    written = servers.last("plex")
    with life.records.transaction():
        known = life.records.written.get_many(sorted(written))
    assert set(known) == set(written), "something stands in Plex of which neither intent nor record is known"
    assert set(life.records.originals.get_many(sorted(written))) == set(written)
    life.drain()
    life.close()
    confirmed, plex = servers.last("confirmed"), servers.last("plex")
    assert {
        scene for scene, version in confirmed.items() if scene not in REFUSED and plex.get(scene, 0) < version
    } == set()
    check_known(servers, plex)
    check_letters(servers)
    return len(confirmed)


def check_known(servers: Servers, plex: dict[int, int]) -> None:
    """A record that was not on the disk yet leaves its intent, which was: either tells what stands in Plex."""
    with Records(servers.data_dir / "state.db") as records:
        found = records.written.get_many(sorted(plex))
    for scene, version in plex.items():
        record = found[scene][scene]
        assert str(version) in {record.values.get("title"), record.intended.get("title")}
