"""Where plugins live in the stand-in: which events start which process, with what on stdin, and what came of it."""

import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.fakes.stash.hook_documents import JsonObject, hook_args
from tests.fakes.stash.jobs import Job, JobQueue
from tests.fakes.stash.library import ResolverError
from tests.fakes.stash.plugin_process import PluginProcess, PluginRun, Starter, start

KEPT_RUNS = 10_000


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed plugin.

    Attributes:
        command: what Stash would start, e.g. [python, "…/Stash2Plex.py"]; empty for a plugin that is only watched: then
            documents are made and no process runs.
        env: added to the environment, over what Stash itself sets.
        triggers: the events it asked for; None for all.
        task_args: task name -> `defaultArgs` of the manifest, whose values arrive as text.
    """

    id: str
    directory: Path
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    triggers: frozenset[str] | None = None
    task_args: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def installed(cls, plugin_id: str, directory: Path, command: Sequence[str], env: Mapping[str, str]) -> "Plugin":
        """A plugin as its manifest `<plugin_id>.yml` describes it.

        Without a manifest it gets every event and has no tasks.
        """
        manifest = directory / f"{plugin_id}.yml"
        if not manifest.is_file():
            return cls(plugin_id, directory, tuple(command), env)
        description = yaml.safe_load(manifest.read_text(encoding="utf-8"))
        triggers = frozenset(
            event for hook in description.get("hooks") or [] for event in hook.get("triggeredBy") or []
        )
        tasks = {
            task["name"]: {key: str(value) for key, value in (task.get("defaultArgs") or {}).items()}
            for task in description.get("tasks") or []
        }
        return cls(plugin_id, directory, tuple(command), env, triggers, tasks)


@dataclass(frozen=True, slots=True)
class HookRun:
    """An event that reached the plugin: its document, and the process's run where one was started."""

    event: str
    entry_id: int
    document: JsonObject
    run: PluginRun | None

    @property
    def wall_ms(self) -> float:
        """How long the user waited for it, in milliseconds."""
        return self.run.wall_ms if self.run else 0.0


class PluginHost:
    """Runs the plugin for hooks, operations and tasks.

    Args:
        connect: gives the `server_connection` of a document, with a fresh cookie each time.

    Attributes:
        starter: how its processes come about.
    """

    def __init__(self, plugin: Plugin, connect: Callable[[str], JsonObject], jobs: JobQueue) -> None:
        self.plugin = plugin
        self.starter: Starter = start
        self._connect = connect
        self._jobs = jobs
        self._lock = threading.Lock()
        self._hook_runs: deque[HookRun] = deque(maxlen=KEPT_RUNS)
        self._task_runs: dict[int, PluginRun] = {}
        # Stash's working directory is its own, never the plugin's.
        self._working_dir = tempfile.TemporaryDirectory(prefix="fake-stash-", ignore_cleanup_errors=True)

    @property
    def hook_runs(self) -> list[HookRun]:
        """The last events that reached the plugin, oldest first."""
        with self._lock:
            return list(self._hook_runs)

    @property
    def working_dir(self) -> Path:
        """Stash's working directory."""
        return Path(self._working_dir.name)

    def forget_runs(self) -> None:
        """Forget the events that reached the plugin so far."""
        with self._lock:
            self._hook_runs.clear()

    def close(self) -> None:
        """Remove the working directory."""
        self._working_dir.cleanup()

    def document(self, args: JsonObject) -> JsonObject:
        """A whole document for stdin, with a fresh cookie."""
        return {"server_connection": self._connect(str(self.plugin.directory)), "args": args}

    def fire(self, event: str, entry_id: int, hook_input: Any, input_fields: Sequence[str] | None = None) -> None:
        """Let an event happen; the caller, and so the user, waits until the plugin's process is done with it."""
        if self.plugin.triggers is not None and event not in self.plugin.triggers:
            return
        document = self.document(hook_args(event, entry_id, hook_input, input_fields))
        run = self.process().wait(document) if self.plugin.command else None
        with self._lock:
            self._hook_runs.append(HookRun(event, entry_id, document, run))

    def run(self, args: JsonObject) -> PluginRun:
        """Run the plugin's process with these args to its end, as a task, but at once."""
        return self.process().wait(self.document(args))

    def run_operation(self, plugin_id: str, args: Mapping[str, Any]) -> Any:
        """`runPluginOperation`: run at once with these args.

        Raises:
            ResolverError: there is no such plugin, or it answered an error.
        """
        self._check(plugin_id)
        run = self.run(dict(args))
        if run.error is not None:
            raise ResolverError(run.error)
        return run.output

    def queue_task(
        self, plugin_id: str, task_name: str | None, description: str | None, args: Mapping[str, Any]
    ) -> Job:
        """`runPluginTask`: queue a run with the task's default args under the given ones.

        Raises ResolverError for an unknown plugin or task.
        """
        self._check(plugin_id)
        if task_name is not None and task_name not in self.plugin.task_args:
            raise ResolverError(f"no task with name {task_name} in plugin {plugin_id}")
        given = {**(self.plugin.task_args.get(task_name or "") or {}), **args}
        process = self.process()

        def work(job: Job) -> None:
            process.on_progress = job.set_progress
            self._task_runs[job.id] = process.run
            process.wait(self.document(given))

        return self._jobs.add(f"Running plugin task: {description or task_name or plugin_id}", work, process.kill)

    def task_run(self, job_id: int) -> PluginRun | None:
        """What a task's process did, once it has started."""
        return self._task_runs.get(job_id)

    def _check(self, plugin_id: str) -> None:
        if plugin_id != self.plugin.id or not self.plugin.command:
            raise ResolverError(f"no plugin with ID {plugin_id}")

    def process(self) -> PluginProcess:
        """A process of the plugin, not started yet."""
        plugins_dir = str(self.plugin.directory.parent)
        inherited = os.environ.get("PYTHONPATH")
        python_path = os.pathsep.join([inherited, plugins_dir] if inherited else [plugins_dir])
        environ = {**os.environ, "PYTHONPATH": python_path, **self.plugin.env}
        return PluginProcess(self.plugin.command, environ, str(self.working_dir), self.starter)
