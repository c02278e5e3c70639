"""Thousands of kills: the plugin's own code on its own files, one short life after another."""

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from records import Records
from sync_queue import DeadLetterQueue, get_stats
from tests.house import ROOT
from tests.torture.mortal import POINTS, REFUSED, Servers
from tests.torture.scale import Scale

SCALE = Scale.read()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a disk: a kill loses nothing that was written, so no true disk is needed."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    made = Path(tempfile.mkdtemp(prefix="mortal-", dir=memory if memory.is_dir() else tmp_path))
    yield made
    shutil.rmtree(made)


def test_nothing_is_lost_or_doubled_when_thousands_are_killed(folder: Path, figures) -> None:
    lives = SCALE.pick(80, 1500)
    command = [sys.executable, "-m", "tests.torture.mortal", str(folder), str(SCALE.seed), str(lives)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    kills = Counter(json.loads(run.stdout))
    servers = Servers(folder)
    confirmed, plex = servers.last("confirmed"), servers.last("plex")
    lost = {scene for scene, version in confirmed.items() if scene not in REFUSED and plex.get(scene, 0) < version}
    assert lost == set()
    check_order(servers)
    check_records(servers, plex)
    check_letters(servers)
    figures.note(
        lives=lives,
        kills=kills.total(),
        points_hit=len(kills),
        saves_confirmed=sum(1 for _ in servers.lines("confirmed")),
        lost=len(lost),
        doubled=0,
    )
    assert kills.total() > lives / 2
    assert len(kills) == len(POINTS) or not SCALE.is_long


def check_order(servers: Servers) -> None:
    """What a worker writes is what Stash says at that moment, so no write is older than one before it."""
    seen: dict[int, int] = {}
    for scene, version in servers.lines("plex"):
        assert seen.get(scene, 0) <= version <= servers.version(scene)
        seen[scene] = version


def check_records(servers: Servers, plex: dict[int, int]) -> None:
    with Records(servers.data_dir / "state.db") as records:
        found = records.written.get_many(sorted(plex))
        assert {scene: int(str(items[scene].values["title"])) for scene, items in found.items()} == plex
        assert not [scene for scene, items in found.items() if items[scene].intended]
        assert set(records.originals.get_many(sorted(plex))) == set(plex), (
            "something was written before its original was kept"
        )


def check_letters(servers: Servers) -> None:
    letters = DeadLetterQueue(servers.data_dir)
    found = letters.get_recent(100_000)
    letters.close()
    whole = [letter for letter in found if letter["job_key"]]  # the others: halves of saves that no hook had confirmed
    died = [letter for letter in whole if letter["scene_id"] not in REFUSED]
    assert died == [], "a job is given up for the death of its worker only"
    assert set(Counter(letter["pqid"] for letter in found).values()) <= {1}
    stats = get_stats(servers.data_dir / "queue")
    assert stats["pending"] == stats["in_progress"] == 0
    for name in ("queue/data.db", "dlq.db", "state.db"):
        with closing(sqlite3.connect(servers.data_dir / name)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
