"""Lines of the benchmark that are about saves run at their smallest size, and count right. Never seconds."""

from pathlib import Path

import pytest

from bench import drain, idle, latency
from bench.size import Size
from bench.stage import Stage, Worker
from tests.bench.figures import values
from tests.house import processes


def test_latency_sees_cold_and_warm_saves_arrive() -> None:
    assert len(values(latency.measure(Size.TINY))) == 4


def test_drain_counts_one_write_a_scene_and_one_read_a_batch() -> None:
    found = values(drain.measure(Size.TINY))
    for latency_ms in (0, 5, 20):
        assert found[f"requests to Plex a scene, at {latency_ms} ms"] == pytest.approx(1.2)  # 20 scenes in 4 batches
        assert found[f"questions to Stash a scene, at {latency_ms} ms"] <= 0.3


def test_worker_imports_no_more_than_it_needs() -> None:
    found = values(idle.measure(Size.TINY))
    assert found["modules imported at the start"] < 500


def test_stage_leaves_neither_process_nor_file_behind() -> None:
    with Stage(3) as stage, Worker(stage) as worker:
        stage.enqueue([1])
        stage.drain()
        pids = (worker.pid, stage.plex.pid)
    assert not Path(stage.data_dir).exists()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert processes(["--worker", stage.data_dir]) == []


def test_records_are_those_that_a_sync_would_have_left() -> None:
    with Stage(30) as stage:
        before = [stage.records(scene_id) for scene_id in range(1, 31)]
        with Worker(stage):
            stage.enqueue(range(1, 31))
            stage.drain()
        assert "edit" not in stage.plex.counters()["kinds"]
        assert [stage.records(scene_id) for scene_id in range(1, 31)] == before
