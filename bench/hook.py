"""What a hook costs, as a whole process: against the bare interpreter, and with few or many rows in the queue. Run: make bench-hook."""

import json
import os
import shutil
import sqlite3
import sys
import tempfile
import threading
from pathlib import Path

from bench.timing import Command, Sample, interleaved
from sync_queue.append import AppendOnlyQueue
from worker.launch import FIFO_NAME

PLUGIN = Path(__file__).parent.parent
SCRIPT = PLUGIN / "Stash2Plex.py"
DOCUMENT = (PLUGIN / "tests/fixtures/stash/scene_update_post_single.json").read_bytes()
ANSWERS = 'import sys; sys.stdin.read(); sys.stdout.write(\'{"output": "ok"}\\n\')'


class DataFolder:
    """A data folder with `rows` waiting rows and a reader at the pipe, as if a worker lived: what a hook meets on any but the first save."""

    def __init__(self, rows: int) -> None:
        self.path = tempfile.mkdtemp(prefix="stash2plex-bench-")
        queue = AppendOnlyQueue(os.path.join(self.path, "queue"))
        queue.put({"scene_id": 1})
        queue.close()
        self._fill(rows)
        fifo = os.path.join(self.path, FIFO_NAME)
        os.mkfifo(fifo, 0o600)
        self._reader = os.open(fifo, os.O_RDWR)
        threading.Thread(target=self._drain, daemon=True).start()

    def _fill(self, rows: int) -> None:
        row = json.dumps(
            {"scene_id": 1, "update_type": "metadata", "data": {"fields": []}, "enqueued_at": 0.0, "job_key": "scene_1"}
        )
        with sqlite3.connect(os.path.join(self.path, "queue", "data.db")) as connection:
            connection.executemany(
                "INSERT INTO ack_queue_default (data, timestamp, status) VALUES (?, 0, 0)",
                ((row.encode(),) for _ in range(rows)),
            )
        connection.close()

    def _drain(self) -> None:
        while os.read(self._reader, 65536):
            pass

    def command(self) -> Command:
        env = {**os.environ, "STASH_PLUGIN_DATA": self.path}
        return Command([sys.executable, "-S", str(SCRIPT)], DOCUMENT, env)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def measure(runs: int = 60) -> dict[str, Sample]:
    """Wall times of the bare interpreter, of a hook that only answers, and of ours at three sizes of the queue."""
    folders = {f"hook, {rows:,} rows": DataFolder(rows) for rows in (0, 10_000, 1_000_000)}
    try:
        return interleaved(
            {
                "python3 -c pass": Command([sys.executable, "-c", "pass"]),
                "hook that only answers": Command([sys.executable, "-S", "-c", ANSWERS], DOCUMENT),
                **{name: folder.command() for name, folder in folders.items()},
            },
            runs,
        )
    finally:
        for folder in folders.values():
            folder.remove()


def main() -> None:
    samples = measure()
    bare, answers = samples["python3 -c pass"], samples["hook that only answers"]
    empty = samples["hook, 0 rows"]
    print(f"{'':26}{'median ms':>10}{'x bare':>8}{'x answers':>11}{'x 0 rows':>10}")
    for sample in samples.values():
        ratios = [sample.ratio(other)[0] for other in (bare, answers, empty)]
        print(f"{sample.name:26}{sample.median_ms:>10.1f}{ratios[0]:>8.2f}{ratios[1]:>11.2f}{ratios[2]:>10.2f}")


if __name__ == "__main__":
    main()
