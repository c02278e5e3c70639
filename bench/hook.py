"""Line 1: what a hook costs the user's save, as a whole process.

Against the bare interpreter, with few or many rows in the queue, beside a worker.
"""

import json
import os
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from bench.figures import Figure, of_samples
from bench.size import Size
from bench.stage import Stage, Worker
from bench.timing import Command, interleaved
from sync_queue.append import AppendOnlyQueue
from sync_queue.lock import WorkerLock
from tests.house import install
from worker.launch import FIFO_NAME

TITLE: Final = "Hook, whole process"
LIMIT: Final = (
    "Three fifths are the interpreter's own start. Of the rest a third is SQLite's library, a third the reading of fifteen small modules, a third"
    " `os` and the row with its one fsync. Nothing else of Python's library is imported: the C parts of `sqlite3` and `json` are used without"
    " their Python parts, and without `functools`, of which SQLite's C part wants one cache. The process leaves without tidying up."
)

_FIXTURE: Final = Path(__file__).parents[1] / "tests/fixtures/stash/scene_update_post_single.json"
_ANSWERS: Final = 'import sys; sys.stdin.read(); sys.stdout.write(\'{"output": "ok"}\\n\')'
_BLOCKS: Final = 4


def measure(size: Size = Size.FULL) -> list[Figure]:
    """Ratios of wall times of processes that take turns."""
    return [*_alone(size), _beside_a_worker(size)]


def _alone(size: Size) -> list[Figure]:
    rows = (0, size.of(10_000, 1_000, 10), size.of(1_000_000, 100_000, 100))
    with ExitStack() as stack:
        plugin = install(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "Stash2Plex")
        folders = [stack.enter_context(_queue_of(count)) for count in rows]
        document = _FIXTURE.read_bytes()
        script = [sys.executable, "-S", str(plugin / "Stash2Plex.py")]
        commands = {
            "python3 -c pass": Command([sys.executable, "-c", "pass"]),
            "a hook that only answers": Command([sys.executable, "-S", "-c", _ANSWERS], document),
            **{
                _named(count): Command(script, document, _environment(folder))
                for count, folder in zip(rows, folders, strict=True)
            },
        }
        samples = interleaved(commands, size.of(60, 20, 1))
    bare, answers, empty, some, many = samples.values()
    return [
        empty.over(bare, 2.5),
        empty.over(answers, 2.0),
        some.over(empty, 1.3),
        many.over(empty, 1.3),
        of_samples("the hook itself", empty.times_ms, "ms"),
    ]


def _beside_a_worker(size: Size) -> Figure:
    """Hooks in series, in blocks that take turns.

    With a worker that drains what they bring, and with nobody but a reader at the pipe.
    """
    count = size.of(1000, 200, 4) // _BLOCKS
    ratios = []
    with Stage(count * _BLOCKS) as stage, _queue_of(0) as quiet, Worker(stage):
        for block in range(_BLOCKS):
            scenes = range(block * count + 1, (block + 1) * count + 1)
            beside = _series(stage, stage.data_dir, scenes)
            stage.drain()
            ratios.append(beside / _series(stage, quiet, scenes))
    return of_samples(f"{count * _BLOCKS:,} hooks in series beside a worker / without one", ratios, "times", 1.5)


def _series(stage: Stage, data_dir: str, scene_ids: range) -> float:
    script = [sys.executable, "-S", stage.script]
    environ = _environment(data_dir)
    return sum(Command(script, _document(stage.connection, scene_id), environ).run() for scene_id in scene_ids)


def _document(connection: dict[str, Any], scene_id: int) -> bytes:
    document = json.loads(_FIXTURE.read_bytes())
    document["server_connection"] = connection
    context = document["args"]["hookContext"]
    context["id"], context["input"]["id"] = scene_id, str(scene_id)
    return json.dumps(document).encode()


@contextmanager
def _queue_of(rows: int) -> Iterator[str]:
    """A data folder with waiting rows, a reader at the pipe and the lock held: what any but the first save meets."""
    with tempfile.TemporaryDirectory(prefix="stash2plex-bench-") as folder:
        queue = AppendOnlyQueue(os.path.join(folder, "queue"))
        queue.put({"scene_id": 1})
        queue.close()
        fill(os.path.join(folder, "queue"), rows)
        lock = WorkerLock(folder)
        lock.acquire()
        fifo = os.path.join(folder, FIFO_NAME)
        os.mkfifo(fifo, 0o600)
        reader = os.open(fifo, os.O_RDWR)
        thread = threading.Thread(target=_drain, args=[reader])
        thread.start()
        yield folder
        os.write(reader, b"end\n")
        thread.join()
        os.close(reader)
        lock.release()


def fill(queue_dir: str, rows: int) -> None:
    """Put fresh rows of different scenes into the queue, as hooks would have left them."""
    job = {"scene_id": 0, "update_type": "metadata", "data": {"fields": []}, "enqueued_at": 0.0, "job_key": "scene_0"}
    with sqlite3.connect(os.path.join(queue_dir, "data.db")) as connection:
        connection.executemany(
            "INSERT INTO ack_queue_default (data, timestamp, status) VALUES (?, 0, 0)",
            ((json.dumps({**job, "scene_id": n, "job_key": f"scene_{n}"}).encode(),) for n in range(1, rows + 1)),
        )
    connection.close()


def _drain(reader: int) -> None:
    while not os.read(reader, 65536).endswith(b"end\n"):
        pass


def _environment(data_dir: str) -> dict[str, str]:
    return {**os.environ, "STASH_PLUGIN_DATA": data_dir}


def _named(rows: int) -> str:
    return f"hook, {rows:,} rows in the queue" if rows else "hook"
