"""How a plugin is called from the page and by tasks."""

from typing import Any

from tests.contract.beliefs import Beliefs
from tests.contract.stash.hooks import in_any_version
from tests.contract.stash.scratch import Scratch
from tests.contract.stash.wire import Refused
from tests.fakes.stash.captured import differences, document

OPERATIONS = Beliefs("Stash operations")
_RUN = "mutation ($id: ID!, $args: Map!) { runPluginOperation(plugin_id: $id, args: $args) }"


def _run(stash: Scratch, **args: Any) -> Any:
    stash.probe.forget()
    return stash.wire.ask(_RUN, {"id": stash.probe.plugin_id, "args": args})["runPluginOperation"]


@OPERATIONS.sure("An operation's document:", "as captured")
def operation_document(stash: Scratch) -> str:
    _run(stash, mode="x")
    return (
        "; ".join(differences(in_any_version(stash.probe.documents()[0]), in_any_version(document("operation"))))
        or "as captured"
    )


@OPERATIONS.sure("Arguments of an operation arrive", "as the JSON that they were")
def arguments(stash: Scratch) -> str:
    sent = {"mode": "x", "days": 30, "ids": [1, 2], "on": True, "none": None, "text": "Märchen"}
    _run(stash, **sent)
    return "as the JSON that they were" if stash.probe.documents()[0]["args"] == sent else "otherwise"


@OPERATIONS.sure("The answer to an operation is", "the plugin's `output`")
def output(stash: Scratch) -> str:
    return "the plugin's `output`" if _run(stash, mode="x") == {"n": 1} else "something else"


@OPERATIONS.sure("A plugin's `error` comes as", "an error of the request, with its text")
def error(stash: Scratch) -> str:
    try:
        _run(stash, mode="contract-fails")
    except Refused as refused:
        return (
            f"an error of the request, {'with its text' if 'contract failed' in str(refused) else 'without its text'}"
        )
    return "no error"


@OPERATIONS.sure("An operation of a plugin that is not there is", "an error of the request")
def unknown_plugin(stash: Scratch) -> str:
    try:
        stash.wire.ask(_RUN, {"id": "Stash2PlexContractNone", "args": {}})
    except Refused:
        return "an error of the request"
    return "no error"


@OPERATIONS.sure("Numbers among a task's `defaultArgs` arrive as", "text")
def task_arguments(stash: Scratch) -> str:
    stash.probe.forget()
    query = "mutation ($id: ID!, $task: String!) { runPluginTask(plugin_id: $id, task_name: $task) }"
    stash.wire.ask(query, {"id": stash.probe.plugin_id, "task": "Write down"})
    return {"30": "text", 30: "numbers"}.get(stash.probe.awaited()["args"].get("days"), "something else")
