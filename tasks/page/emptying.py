"""`ui_emptying`: the answer to what the brake on mass emptying holds. It goes to the worker over the queue: only it writes the records."""

from collections.abc import Mapping
from typing import Any

from tasks.context import TaskContext, TaskError, text
from tasks.page.shapes import Done
from tasks.page.wake import wake
from worker.control.answer import ANSWERS, answer_job
from worker.control.jobs import put


def ui_emptying(args: Mapping[str, Any], context: TaskContext) -> Done:
    """Answer what is held, as far as the page has shown it: `answer` "empty" or "keep", `until` as `Held` of the overview had it.

    Raises:
        TaskError: there is no such answer, or no time; nothing was changed.
    """
    answer, until = text(args, "answer"), args.get("until")
    if answer not in ANSWERS:
        raise TaskError(f"answer must be one of {', '.join(ANSWERS)}, not {answer!r}; nothing was changed")
    if isinstance(until, bool) or not isinstance(until, int | float):
        raise TaskError(f"until must be the time that the question came with, not {until!r}; nothing was changed")
    with context.records() as records:
        count = records.emptyings.held().items
    put(context.queue_dir, answer_job(answer, float(until), now=context.clock()))
    wake(context)
    said = "They are emptied in Plex now." if answer == "empty" else "They stay as Plex shows them."
    return {"count": count, "text": said}
