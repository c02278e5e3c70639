"""The control endpoint `/__standin/<method>`.

A stand-in that runs as a process of its own does over HTTP what `FakeStash` does in Python. Not part of the request
log.

GET or POST with a JSON object of the method's arguments; the answer is {"result": …} or {"error": …}. Pictures are
base64 text.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tests.fakes.stash.library import ResolverError
from tests.fakes.stash.wire import Request, Response

PREFIX = "/__standin/"

# Methods of FakeStash that may be called from outside, by their own names.
METHODS = (
    *(
        "state",
        "server_connection",
        "add_scene",
        "populate",
        "configure_login",
        "expire_cookies",
        "fault",
        "clear_faults",
        "set_latency",
    ),
    *(
        "stop_listening",
        "restart",
        "save_scene",
        "save_form",
        "edit_scenes",
        "scan_new_file",
        "scan_moved_file",
        "scan_second_file",
        "scan",
        "clean",
        "full_import",
        "new_database",
        "auto_tag",
        "generate_cover",
    ),
    *(
        "destroy_scene",
        "destroy_scenes",
        "merge_scenes",
        "assign_file",
        "split_file",
        "create_performer",
        "edit_performers",
        "rename_performer",
        "rename_studio",
    ),
    *(
        "rename_tag",
        "rename_group",
        "destroy_performer",
        "destroy_studio",
        "destroy_tag",
        "destroy_group",
        "merge_tags",
        "merge_performers",
    ),
    *("configure_plugin", "run_operation", "run_task"),
)


class Control:
    """Answers the control endpoint of one stand-in."""

    def __init__(self, stash: Any) -> None:
        self._stash = stash

    @staticmethod
    def owns(request: Request) -> bool:
        """Whether the request is for the control endpoint."""
        return request.path.startswith(PREFIX)

    def answer(self, request: Request) -> Response:
        """Run the named method."""
        call = self._calls().get(request.path.removeprefix(PREFIX))
        if call is None:
            return _json(404, {"error": f"no such method: {request.path}"})
        try:
            arguments = json.loads(request.body) if request.body else {}
            if "cover" in arguments:
                arguments["cover"] = base64.b64decode(arguments["cover"])
            return _json(200, {"result": call(**arguments)})
        except (ResolverError, ValueError, TypeError) as error:
            return _json(400, {"error": str(error)})

    def _calls(self) -> dict[str, Callable[..., Any]]:
        stash = self._stash
        own: dict[str, Callable[..., Any]] = {
            "log": stash.log.as_json,
            "reset_log": stash.log.reset,
            "hooks": self._hooks,
            "task": self._task,
        }
        return own | {name: getattr(stash, name) for name in METHODS}

    def _hooks(self, last: int = 100) -> list[dict[str, Any]]:
        return [{**asdict(run), "wall_ms": run.wall_ms} for run in self._stash.hook_runs[-last:]]

    def _task(self, job_id: int, timeout_s: float) -> dict[str, Any]:
        return asdict(self._stash.wait_for_task(job_id, timeout_s))


def _json(status: int, value: Any) -> Response:
    return Response(status, json.dumps(value).encode(), "application/json")
