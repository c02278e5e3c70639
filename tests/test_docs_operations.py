"""docs/operations.md says what the code does when something is wrong, and shows what the real thing writes down.

The README keeps its promises.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plex import errors as plex_errors
from plex.failures import of_answer
from settings.spec import SYNCABLE
from stash import errors as stash_errors
from sync_queue.dlq import UNREADABLE
from tasks.follow import HOW_TO_STOP
from tasks.registry import TASKS
from tests.documents import block, code, first_codes, read, rows, section, skip_codes, sources
from tests.evening import SHOWN_IN, Evening, masked
from tests.house import PATIENCE_S, ROOT, House
from worker import errors as worker_errors
from worker import outcome
from worker.outcome import NOT_IN_PLEX_S, Dead, Pause, Retry, decide

OPERATIONS = read("docs/operations.md")


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    with House(tmp_path_factory.mktemp("evening"), settings={"path_rules": ""}) as house:
        yield Evening(house)


@pytest.mark.parametrize(("name", "document"), SHOWN_IN.items())
def test_document_shows_what_the_real_thing_writes_down(evening: Evening, name: str, document: str) -> None:
    shown = masked(block(read(document), name))
    assert shown == masked(getattr(evening, name)), "python -m tests.evening writes it anew"


def test_readme_says_truly_that_nothing_in_plex_is_ever_deleted(evening: Evening) -> None:
    assert "**It never deletes anything in Plex:**" in read("README.md")
    assert evening.methods == {"GET", "PUT"}


def test_operations_says_how_to_stop_as_the_task_does() -> None:
    assert "turn on the setting paused or run Clear Pending Queue" in HOW_TO_STOP
    text = section(OPERATIONS, "Tasks")
    assert "the worker goes on in the background" in text
    assert "turn on `paused`" in text
    assert "run Clear Pending Queue" in text


def all_errors(*modules: Any) -> dict[str, type[Exception]]:
    return {
        name: kind
        for module in modules
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == module.__name__
    }


def test_operations_explains_every_reason_to_skip() -> None:
    assert set(first_codes(section(OPERATIONS, "View Queue Status"))) == skip_codes()


def test_operations_explains_every_kind_of_pause() -> None:
    assert sorted(first_codes(section(OPERATIONS, "Pauses"))) == sorted({kind for _, kind in outcome.PAUSES})


def test_operations_explains_every_error_that_a_job_can_end_with() -> None:
    errors = all_errors(plex_errors, stash_errors, worker_errors)
    bases = {plex_errors.PlexError, stash_errors.StashError}
    own = {name for name, kind in errors.items() if kind not in bases and not issubclass(kind, outcome.PAUSING_ERRORS)}
    listed = set(first_codes(section(OPERATIONS, "Dead letters")))
    assert listed == own | {UNREADABLE}


def test_operations_says_how_often_a_missing_file_is_looked_for() -> None:
    text = section(OPERATIONS, "Dead letters")
    assert NOT_IN_PLEX_S == (30, 2 * 60, 10 * 60, 3600, 6 * 3600, 24 * 3600, 72 * 3600)
    assert "30 s, 2 min, 10 min, 1 h, 6 h, 24 h and 72 h apart" in text
    assert "eight looks over four days" in text
    assert isinstance(decide(worker_errors.NotInPlexError("x"), 7, max_retries=5, now=0.0, jitter=0.0), Dead)
    assert isinstance(decide(worker_errors.NotInPlexError("x"), 6, max_retries=5, now=0.0, jitter=0.0), Retry)


FAULTS = [cells for cells in rows(section(OPERATIONS, "Faults")) if cells[1].startswith("`")]


@pytest.mark.parametrize("cells", FAULTS, ids=lambda cells: code(cells[1]))
def test_operations_says_what_a_fault_costs(cells: list[str]) -> None:
    kinds = {**all_errors(plex_errors, stash_errors, worker_errors)}
    kind = kinds[code(cells[1])]
    error = kind(["x"]) if kind is worker_errors.NotConfiguredError else kind("x")
    result = decide(error, 0, max_retries=5, now=0.0, jitter=0.0)
    if isinstance(result, Pause):
        assert (cells[4], f"pause `{result.kind}`" in cells[3]) == ("none", True)
    elif isinstance(result, Dead):
        assert (cells[4], "is a dead letter" in cells[3]) == ("one, the last", True)
    else:
        assert isinstance(result, Retry)
        assert (cells[4], "waits" in cells[3]) == ("one" if result.attempt else "none", True)


def test_operations_names_every_error_with_its_faults() -> None:
    named = {code(cells[1]) for cells in FAULTS}
    kinds = all_errors(plex_errors, stash_errors, worker_errors)
    bases = {"PlexError", "StashError", "PermanentError", "NotLookedForError"}
    assert named == set(kinds) - bases


@pytest.mark.parametrize("cells", [cells for cells in FAULTS if "Plex answers" in cells[0]], ids=lambda cells: cells[0])
def test_operations_sorts_the_answers_of_plex_as_the_code_does(cells: list[str]) -> None:
    path = "/library/metadata/1" if "for an item" in cells[0] else "/library/sections/1/all"
    for status in map(int, re.findall(r"\b[45]\d\d\b", cells[0])):
        method = "PUT" if "to a change" in cells[0] else "GET"
        error = of_answer(method, path, status, retry_after_s=None, body=b"")
        assert type(error).__name__ == code(cells[1])


def test_operations_lists_the_files_that_a_data_folder_has(evening: Evening) -> None:
    listed = set(first_codes(section(OPERATIONS, "Files in the data folder")))
    assert evening.files <= listed


def literals() -> str:
    """Every piece of text in the code, f-strings in their pieces."""
    nodes = (node for source in sources() for node in ast.walk(ast.parse(source)))
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


LITERALS = literals()


@pytest.mark.parametrize("line", first_codes(section(OPERATIONS, "Reading the worker's log")))
def test_operations_explains_lines_that_the_log_can_have(line: str) -> None:
    pieces = [piece.strip(" :,;()") for piece in re.split(r"[…\d]+", line)]
    pieces = [piece for piece in pieces if len(piece) > 1 and piece not in SYNCABLE]
    assert pieces
    assert [piece for piece in pieces if piece not in LITERALS] == []


def _arguments_of(target: str) -> set[str]:
    """The arguments that the task at "module:function" reads, there and in the functions of its module that it calls."""
    module, _, function = target.partition(":")
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    sources = {node.name: ast.unparse(node) for node in tree.body if isinstance(node, ast.FunctionDef)}
    reached, left = "", [function]
    while left:
        source = sources.pop(left.pop(), "")
        reached += source
        left += [name for name in sources if f"{name}(" in source]
    found = set(re.findall(r"\(args, '(\w+)'", reached))
    return found | ({"scene_id"} if "scene_id(args" in reached else set())


def test_operations_lists_every_argument_that_a_task_takes() -> None:
    taken = {argument for target in TASKS.values() for argument in _arguments_of(target)}
    table = rows(section(OPERATIONS, "Arguments of tasks"))
    assert {code(argument) for _, argument, *_ in table} == taken
    assert {task for task, *_ in table} <= set(re.findall(r"- name: (.+)", read("Stash2Plex.yml")))


def test_task_takes_its_arguments_over_stashs_api(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        job = house.stash.run_task("Purge Old DLQ Entries", {"days": "a week"})
        run = house.stash.wait_for_task(job, PATIENCE_S)
        assert run.error == "days must be a whole number from 0 to 36500, not 'a week'; nothing was changed"
