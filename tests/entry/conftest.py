"""The plugin's door as Stash opens it: one process, one document on stdin, one answer on stdout."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sync_queue.claims import ClaimStore
from sync_queue.lock import WorkerLock
from tests import machine
from tests.house import ROOT, kill, processes
from worker.process.pipe import pipe_of

CAPTURED = ROOT / "tests" / "fixtures" / "stash"


@dataclass(frozen=True, slots=True)
class Reply:
    """What one process answered."""

    status: int
    stdout: str
    stderr: str

    @property
    def answer(self) -> dict[str, Any]:
        """The one JSON object."""
        answer = json.loads(self.stdout)
        assert isinstance(answer, dict)
        assert self.stdout.count("\n") == 1
        return answer

    @property
    def error(self) -> str:
        """The message of a failure, which has to be one JSON object with status 1 and a log in Stash's format."""
        assert (list(self.answer), self.status) == (["error"], 1)
        assert "Traceback" not in self.stdout + self.stderr
        assert all(line.startswith("\x01") for line in self.stderr.splitlines())
        return str(self.answer["error"])


class Door:
    """Opens the door.

    The pipe and the lock of a worker are held here, so that hooks find one, start none, and what they hand over can be
    read.
    """

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.cwd = folder
        self.data_dir.mkdir()
        self._pipe = pipe_of(str(self.data_dir))
        assert self._pipe.open()
        self._lock = WorkerLock(str(self.data_dir))
        assert self._lock.acquire()

    def __call__(self, stdin: bytes | str | dict[str, Any], *, python: Sequence[str] = (sys.executable, "-S")) -> Reply:
        """Run the plugin's process on `stdin`."""
        text = json.dumps(stdin) if isinstance(stdin, dict) else stdin
        run = subprocess.run(
            [*python, str(ROOT / "Stash2Plex.py")],
            input=text.encode() if isinstance(text, str) else text,
            env=machine.environ(STASH_PLUGIN_DATA=str(self.data_dir), PYTHONPATH=str(ROOT.parent)),
            cwd=self.cwd,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Reply(run.returncode, run.stdout.decode().replace(os.linesep, "\n"), run.stderr.decode())

    def jobs(self) -> list[tuple[str, str, dict[str, Any]]]:
        """What is in the queue: (update_type, job_key, data), oldest first."""
        if not (self.data_dir / "queue").exists():
            return []
        with ClaimStore(self.data_dir / "queue") as claims:
            claimed = claims.claim_due(2e9, 1000).jobs
        return [(job.job["update_type"], job.key, job.job["data"]) for job in claimed]

    def handed_over(self) -> list[dict[str, Any]]:
        """What the worker was told; bare wake-ups, of documents without a connection, are left out."""
        return [json.loads(line) for line in self._pipe.read() if line]

    def close(self) -> None:
        """Let go of pipe and lock, and end the worker of another data folder, if a hook has started one."""
        self._pipe.close()
        self._lock.release()
        for pid in processes(["--worker", str(self.data_dir)]):
            kill(pid)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = Door(tmp_path)
    yield opened
    opened.close()


def captured(name: str) -> dict[str, Any]:
    """A document as Stash sent it."""
    document: dict[str, Any] = json.loads((CAPTURED / f"{name}.json").read_text(encoding="utf-8"))
    return document
