"""`ui_together`: what several parts of the page ask in one moment, answered by one process."""

from collections.abc import Mapping
from typing import Any, Final

from tasks.context import TaskContext, TaskError
from tasks.page.shapes import TogetherAnswer, TogetherOne

MODE: Final = "ui_together"
_MOST: Final = 20


def ui_together(args: Mapping[str, Any], context: TaskContext) -> TogetherAnswer:
    """Return the answers to `calls`, arguments with their `mode` each, in order; one that fails keeps no other back.

    Raise TaskError where `calls` are no such list, or too many.
    """
    from tasks.registry import OPERATIONS, run  # the table names this module

    calls = args.get("calls")
    if not isinstance(calls, list) or not 0 < len(calls) <= _MOST or not all(isinstance(each, dict) for each in calls):
        raise TaskError(f"calls must be a list of 1 to {_MOST} operations, each with its mode")
    modes = OPERATIONS.keys() - {MODE}
    return {"answers": [_answered(run, each, context, is_known=each.get("mode") in modes) for each in calls]}


def _answered(run: Any, call: Mapping[str, Any], context: TaskContext, *, is_known: bool) -> TogetherOne:
    if not is_known:
        return {"output": None, "error": f"there is no operation {call.get('mode')!r}"}
    try:
        return {"output": run(call, context), "error": ""}
    except TaskError as error:
        return {"output": None, "error": str(error)}
