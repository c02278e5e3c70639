"""The rooms and who may import whom, as docs/architecture.md says it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([\w.]+)/?` \|[^|]+\|[^|]*\| ([^|]+) \|$", re.MULTILINE)
MAY_IMPORT = {room: set(re.findall(r"`(\w+)`", rooms)) for room, rooms in ROW.findall(DOCUMENT)}
NOT_PYTHON, NOT_SHIPPED = {"ui"}, {"scripts"}
HOMES = {"plexapi": "plex", "stashapi": "stash", "persistqueue": "sync_queue", "yaml": "settings"}


def imports_of(room: str, *, at_run_time: bool = False) -> Iterator[tuple[str, str]]:
    """(file, top-level name) of every import in a room, those inside functions too."""
    files = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py"))
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
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
