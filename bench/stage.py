"""The stage of a benchmark: a stand-in Stash and a stand-in Plex with the same films, the installed plugin, its worker."""

import contextlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.films import PLEX_PATH, SHOWN, STASH_PATH, fill_plex, film, remember
from bench.timing import wait_until
from records import Records, Written
from sync_queue import create_sync_job, get_stats
from sync_queue.pending import enqueue_many
from tests.fakes.plex import PlexProcess
from tests.fakes.stash import RemoteStash
from tests.house import install, kill, processes
from worker.facts import RECORDS_NAME
from worker.installation import UpdateWatch
from worker.launch import child_environment, message_of, wake, worker_command
from worker.process.handover import stop_worker


class Stage:
    """Both stand-ins with `films` films that were synced before, the plugin and its data folder.

    When `with` ends no process and no file is left.

    Args:
        hooks: a save in Stash runs the plugin's true process.
        plex_options: of the stand-in Plex's command.
    """

    def __init__(self, films: int, *, hooks: bool = False, plex_options: Iterable[str] = ()) -> None:
        self.films = films
        self.rating_keys = range(0)
        self.script = self.data_dir = ""
        self.plex = PlexProcess(*plex_options)
        self.stash = RemoteStash()
        self.connection: dict[str, Any] = {}
        self._hooks = hooks
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stash2plex-bench-")))
            plugin = install(folder / "Stash2Plex")
            self.script, self.data_dir = str(plugin / "Stash2Plex.py"), str(plugin / "data")
            os.mkdir(self.data_dir, mode=0o700)
            if self._hooks:
                command = shlex.join([sys.executable, "-S", self.script])
                self.stash = RemoteStash("--plugin-command", command, "--plugin-dir", str(plugin))
            stack.enter_context(self.plex)
            stack.enter_context(self.stash)
            stack.callback(self.end_worker)
            self._fill()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def _fill(self) -> None:
        self.stash.call("populate", count=self.films, path=STASH_PATH, **film())
        self.rating_keys = fill_plex(self.plex, self.films, PLEX_PATH, **SHOWN)
        self.connection = self.stash.call("server_connection")
        known = {"plex_url": self.plex.url, "plex_token": self.plex.token, "plex_library": "Movies"}
        self.stash.call("configure_plugin", values=known)
        remember(self.data_dir, self.connection, self.rating_keys, self.plex.section_key)

    # -- what happens in Stash ------------------------------------------------------------------------------------

    def edit(self, scene_ids: Iterable[int], **fields: object) -> None:
        """Edit these scenes alike; with `hooks` that queues them."""
        self.stash.call("edit_scenes", scene_ids=list(scene_ids), **fields)

    def enqueue(self, scene_ids: Iterable[int]) -> None:
        """Queue these scenes in one transaction, and wake the worker, as a task does."""
        enqueue_many(
            self.queue_dir, (create_sync_job(scene_id, "metadata", {"fields": ["details"]}) for scene_id in scene_ids)
        )
        self.wake()

    def run_task(self, mode: str, **args: str) -> Any:
        """Run a task as Stash does; its output. Raises RuntimeError where it answers an error."""
        document = {"server_connection": self.connection, "args": {"mode": mode, **args}}
        done = subprocess.run(
            [sys.executable, "-S", self.script],
            env={**os.environ, "STASH_PLUGIN_DATA": self.data_dir},
            input=json.dumps(document).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        answer = json.loads(done.stdout)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["output"]

    # -- the worker -----------------------------------------------------------------------------------------------

    @property
    def queue_dir(self) -> str:
        """The queue's folder."""
        return os.path.join(self.data_dir, "queue")

    @property
    def message(self) -> bytes:
        """What a hook hands to the worker."""
        return message_of({"server_connection": self.connection}, {})

    def wake(self) -> None:
        """Wake the worker as a hook does."""
        wake(self.data_dir, self.message)

    def drain(self) -> float:
        """Wait until nothing is pending or in progress; the seconds that it took."""
        return wait_until(lambda: not self._left())

    def _left(self) -> int:
        stats = get_stats(self.queue_dir)
        return stats["pending"] + stats["in_progress"]

    def end_worker(self) -> None:
        """No worker is left, however it was started."""
        stop_worker(self.data_dir)
        for pid in processes(["--worker", self.data_dir]):
            kill(pid)

    def records(self, scene_id: int) -> list[Written]:
        """What is remembered of a scene."""
        with Records(Path(self.data_dir, RECORDS_NAME), reading=True) as records:
            return list(records.written.get(scene_id).values())

    # -- what was asked -------------------------------------------------------------------------------------------

    def requests(self) -> tuple[int, int]:
        """How many requests Plex has had so far, and how many questions Stash."""
        return int(self.plex.counters()["requests"]), self.stash.call("log", last=0)["counts"].get("graphql", 0)

    def covers(self) -> int:
        """How often Stash was asked for a cover so far."""
        return int(self.stash.call("log", last=0)["counts"].get("picture", 0))

    def asked(self, work: Callable[[], object]) -> tuple[int, int]:
        """How many requests Plex, and how many questions Stash gets while `work` is done."""
        plex, stash = self.requests()
        work()
        after = self.requests()
        return after[0] - plex, after[1] - stash


class Worker:
    """A true worker process over a stage's data folder, started as a hook starts it; stopped at the end of `with`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        data_dir = self._stage.data_dir
        UpdateWatch(os.path.dirname(self._stage.script)).wait_for_stillness()  # else another process would begin
        with open(os.path.join(data_dir, "worker.stderr"), "ab") as errors:
            self._process = subprocess.Popen(
                worker_command(self._stage.script, data_dir),
                env=child_environment(os.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        assert self._process.stdin is not None
        self._process.stdin.write(self._stage.message)
        self._process.stdin.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop_worker(self._stage.data_dir)
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    def cpu_s(self) -> float:
        """CPU time of all its threads so far, in seconds."""
        return cpu_s(self.pid)

    def memory_mb(self, name: str = "VmRSS") -> float:
        """Resident memory now, or with "VmHWM" at its highest."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
        raise LookupError(name)


def cpu_s(pid: int) -> float:
    """CPU time of all threads of the process `pid` so far, in seconds."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
