"""The rooms and who may import whom, as docs/architecture.md says it."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.hook_path import HOOK_PATH
from tests.machine import PORTABLE, is_left_out, lacking

ROOT = Path(__file__).parents[1]
MOST_LINES = 300
STAND_INS = ROOT / "tests" / "fakes"  # servers that answer late on purpose
WAITING = ROOT / "tests" / "waiting.py"
MACHINE = ROOT / "tests" / "machine.py"
WAITS = {"wait", "wait_for", "wait_for_news", "monotonic", "perf_counter", "time", "is_alive", "poll"}
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|HA" + r"CK)\b|#\s*XX" + r"X\b")  # as a value it is a content rating
NOT_IN_TESTS = {
    "unittest.mock",
    "mocker",
    "MagicMock",
    "patch",
    "time.sleep",
    "pytest.skip",
    "mark.skip",
    "mark.skipif",
    "mark.xfail",
}
"""Doubles that accept every call, waits for a clock instead of for an event, and tests that do not run."""

DOCUMENT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([\w.]+)/?` \|[^|]+\|[^|]*\| ([^|]+) \|$", re.MULTILINE)
MAY_IMPORT = {room: set(re.findall(r"`(\w+)`", rooms)) for room, rooms in ROW.findall(DOCUMENT)}
NOT_PYTHON, NOT_SHIPPED = {"ui"}, {"scripts"}
HOMES = {"plexapi": "plex", "stashapi": "stash", "persistqueue": "sync_queue", "yaml": "settings"}


@cache
def tree_of(file: Path) -> ast.Module:
    """The syntax of a file, read once for all tests."""
    return ast.parse(file.read_text(encoding="utf-8"))


def imports_of(room: str, *, at_run_time: bool = False) -> Iterator[tuple[str, str]]:
    """(file, top-level name) of every import in a room, those inside functions too."""
    files = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py"))
    for file in files:
        tree = tree_of(file)
        for_types = set(_for_types(tree)) if at_run_time else set()
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            yield from (
                (str(file.relative_to(ROOT)), name.partition(".")[0]) for name in names if node not in for_types
            )


def _for_types(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield from (inner for statement in node.body for inner in ast.walk(statement))


def test_table_of_rooms_names_every_room() -> None:
    rooms = {init.parent.name for init in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert set(MAY_IMPORT) == rooms | NOT_PYTHON | {"Stash2Plex.py"}


@pytest.mark.parametrize("room", sorted(set(MAY_IMPORT) - NOT_PYTHON))
def test_room_imports_only_the_rooms_it_may(room: str) -> None:
    rooms = set(MAY_IMPORT) - {room}
    strangers = {(file, name) for file, name in imports_of(room) if name in rooms and name not in MAY_IMPORT[room]}
    assert strangers == set()


@pytest.mark.parametrize(("library", "home"), HOMES.items())
def test_library_is_imported_in_one_room_only(library: str, home: str) -> None:
    rooms = set(MAY_IMPORT) - NOT_PYTHON - NOT_SHIPPED
    assert {room for room in rooms for _, name in imports_of(room, at_run_time=True) if name == library} == {home}


def test_no_room_is_a_drawer() -> None:
    names = {path.stem for room in MAY_IMPORT for path in (ROOT / room).rglob("*.py")}
    assert names.isdisjoint({"utils", "common", "helpers", "misc"})


def own_files(*folders: str) -> list[Path]:
    """Python files of these folders of the repository."""
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def shipped_files() -> list[Path]:
    """Everything that runs inside Stash."""
    return [ROOT / "Stash2Plex.py", *own_files(*(set(MAY_IMPORT) - NOT_PYTHON - NOT_SHIPPED))]


def test_module_can_be_read_in_one_sitting() -> None:
    lines = {str(file): sum(map(bool, file.read_text("utf-8").splitlines())) for file in shipped_files()}
    assert {file: count for file, count in lines.items() if count > MOST_LINES} == {}


def test_nothing_is_marked_as_unfinished() -> None:
    files = [*shipped_files(), *own_files("tests", "bench", "scripts")]
    assert [str(file) for file in files if UNFINISHED.search(file.read_text("utf-8"))] == []


def test_tests_use_no_mocks_and_wait_for_no_clock() -> None:
    files = [file for file in own_files("tests") if STAND_INS not in file.parents and file != MACHINE]
    found = {(str(file.relative_to(ROOT)), name) for file in files for name in _names(file) if name in NOT_IN_TESTS}
    assert found == set()


def test_every_test_runs_on_linux_but_those_of_windows() -> None:
    """And those that need more than every Linux has."""
    if sys.platform == "linux":
        assert lacking() - {"compiler", "ffmpeg", "namespaces", "root"} == {"Windows"}


@pytest.mark.parametrize(
    ("path", "platform", "is_left"),
    [
        ("tests/matching/test_paths.py", "win32", False),
        ("tests/process/test_save.py", "win32", False),
        ("tests/worker", "win32", False),
        ("tests/worker/test_pipe.py", "win32", False),
        ("tests/torture/test_kills.py", "win32", True),
        ("tests/test_house.py", "darwin", True),
        ("tests/process/test_save.py", "linux", False),
        ("tests", "win32", False),
        ("bench", "win32", False),
    ],
)
def test_folders_that_run_on_every_system_are_named_and_linux_runs_all(path: str, platform: str, is_left: bool) -> None:
    assert all((ROOT / "tests" / name).exists() for name in PORTABLE)
    assert is_left_out(ROOT / path, platform) is is_left


def test_tests_wait_in_one_place() -> None:
    """A loop that waits for something needs a pause and a deadline: tests.waiting has both."""
    files = [file for file in own_files("tests") if STAND_INS not in file.parents and file != WAITING]
    loops = [
        (file, node) for file in files for node in ast.walk(tree_of(file)) if isinstance(node, ast.While | ast.For)
    ]
    assert [f"{file.relative_to(ROOT)}:{loop.lineno}" for file, loop in loops if _waits(loop)] == []


def _waits(loop: ast.While | ast.For) -> bool:
    """Whether the loop looks at a clock, waits, or has an empty body."""
    does_nothing = all(isinstance(each, ast.Assert | ast.Pass) for each in loop.body)
    if isinstance(loop, ast.For):
        return all(isinstance(each, ast.Pass) for each in loop.body)
    called = {getattr(node.func, "attr", "") for node in ast.walk(loop) if isinstance(node, ast.Call)}
    return does_nothing or not called.isdisjoint(WAITS)


def _names(file: Path) -> Iterator[str]:
    """Every name that a module uses or imports, and every attribute with what it is taken from, as in "time.sleep"."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
            yield f"{getattr(node.value, 'attr', getattr(node.value, 'id', ''))}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_hook_path_stays_with_the_standard_library() -> None:
    allowed = set(sys.stdlib_module_names) | set(MAY_IMPORT)
    assert {name for _, name in imports_of("hooks")} <= allowed
    for name in HOOK_PATH:
        assert {imported for _, imported in imports_of(name)} <= allowed, name


def test_catching_everything_is_rare_and_says_why() -> None:
    """What only tidies up and raises again is no catching."""
    places = [
        f"{file.relative_to(ROOT)}:{handler.lineno}"
        for file in shipped_files()
        for handler in ast.walk(tree_of(file))
        if isinstance(handler, ast.ExceptHandler) and _catches_everything(handler)
        if "# noqa: BLE001 - " not in file.read_text("utf-8").splitlines()[handler.lineno - 1]
    ]
    assert places == []


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    is_all = handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )
    last = handler.body[-1]
    return is_all and not (isinstance(last, ast.Raise) and last.exc is None)


def test_every_logger_is_one_that_the_workers_log_hears() -> None:
    """`getLogger(__name__)` in `stash/pictures.py` would be "stash.pictures", to which nobody listens."""
    shipped = [
        ROOT / "Stash2Plex.py",
        *(file for room in MAY_IMPORT if room not in NOT_PYTHON for file in (ROOT / room).rglob("*.py")),
    ]
    calls = [
        (str(file.relative_to(ROOT)), call)
        for file in shipped
        for call in re.findall(r"getLogger\(([^)]*)\)", file.read_text(encoding="utf-8"))
    ]
    assert calls
    assert [found for found in calls if not found[1].startswith(('"stash2plex', "_LOGGER"))] == []
