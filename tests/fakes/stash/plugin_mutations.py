"""The root fields that configure and start plugins."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.stash.jobs import JobQueue
from tests.fakes.stash.library import Library
from tests.fakes.stash.plugin_host import PluginHost

Arguments = Mapping[str, Any]


class PluginMutations:
    """`configurePlugin`, `runPluginTask`, `runPluginOperation`, `stopJob`."""

    def __init__(self, library: Library, host: PluginHost, jobs: JobQueue) -> None:
        self._library = library
        self._host = host
        self._jobs = jobs

    def resolvers(self) -> dict[str, Callable[[Arguments], Any]]:
        """Root field name -> resolver of its coerced arguments."""
        return {
            "configurePlugin": self._configure,
            "runPluginTask": self._run_task,
            "runPluginOperation": lambda args: self._host.run_operation(args["plugin_id"], args.get("args") or {}),
            "stopJob": self._stop,
        }

    def _configure(self, args: Arguments) -> dict[str, object]:
        """Replace the plugin's whole map: what is not sent is gone. Source: measured."""
        self._library.settings.plugins[args["plugin_id"]] = dict(args["input"])
        return self._library.settings.plugins[args["plugin_id"]]

    def _run_task(self, args: Arguments) -> int:
        given = args.get("args_map")
        if given is None:
            given = {pair["key"]: _plugin_value(pair.get("value")) for pair in args.get("args") or []}
        return self._host.queue_task(args["plugin_id"], args.get("task_name"), args.get("description"), given).id

    def _stop(self, args: Arguments) -> bool:
        self._jobs.cancel(int(args["job_id"]))
        return True


def _plugin_value(value: Arguments | None) -> Any:
    """A typed argument, e.g. {"i": 5} is 5."""
    for kind, held in (value or {}).items():
        if held is None:
            continue
        if kind == "o":
            return {pair["key"]: _plugin_value(pair.get("value")) for pair in held}
        return [_plugin_value(element) for element in held] if kind == "a" else held
    return None
