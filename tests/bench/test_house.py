"""The count of the house, on a small tree of its own, and the trace of one save."""

from pathlib import Path

import pytest

from bench.house import (
    Call,
    calls_of_a_save,
    circles,
    long_lines,
    modules_of,
    repeated_classes,
    repeated_modules,
    save_rows,
    source_rows,
    with_figures,
)
from tests.documents import ROOT, read, rows, section

TREE = {
    "Door.py": "import a.one\n",
    "a/__init__.py": "",
    "a/one.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import two\n\n\nclass Same:\n    pass\n",
    "a/two.py": "def short():\n    from a.one import Same\n    return Same\n",
    "b/__init__.py": "",
    "b/one.py": f"import a.one\nimport json\n\n\nclass Same:\n    TEXT = '{'x' * 120}'\n",
    "b/wing/__init__.py": "VALUE = 1\n",
    "b/wing/three.py": "from b.wing import VALUE\nfrom a import one\n",
    "tests/__init__.py": "",
    "tests/one.py": "import b.one\n",
    "loose/four.py": "no package, so no room",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_modules_are_those_at_the_top_and_in_packages_that_ship(tree):
    assert [module.name for module in modules_of(tree)] == ["Door", "a", "a.one", "a.two", "b", "b.one", "b.wing", "b.wing.three"]  # fmt: skip
    assert [module.name for module in modules_of(tree, ["tests"])] == ["tests", "tests.one"]


def test_imports_are_own_modules_wherever_the_import_stands(tree):
    modules = {module.name: module for module in modules_of(tree)}
    imports = {name: module.imports(modules) for name, module in modules.items() if module.imports(modules)}
    assert imports == {
        "Door": {"a.one"},
        "a.one": {"a.two"},
        "a.two": {"a.one"},
        "b.one": {"a.one"},
        "b.wing.three": {"a.one", "b.wing"},
    }


def test_circle_is_found_when_one_half_is_for_types_and_the_other_within_a_function(tree):
    assert circles(modules_of(tree)) == [["a.one", "a.two"]]


def test_names_that_stand_twice_are_found_with_their_places(tree):
    assert repeated_modules(modules_of(tree)) == {"one": ["a.one", "b.one"]}
    assert repeated_classes(modules_of(tree)) == {"Same": ["a.one", "b.one"]}


def test_long_lines_are_named_by_module_and_number(tree):
    assert long_lines(modules_of(tree)) == ["b.one:6"]


def test_table_of_the_source_counts_what_ships(tree):
    assert dict(source_rows(tree)) == {
        "shipped lines": "20",
        "shipped modules": "8 (5 without `__init__`)",
        "function lines, median / max": "3 / 3",
        "classes": "2",
        "imports of own modules a module": "1.2",
        "circles of imports": "1",
        "module names that stand twice or more": "1",
        "class names that stand twice or more": "1",
        "lines over 120": "1",
    }


def test_table_of_a_save_counts_calls_files_and_changes_of_room():
    calls = [
        Call("worker/a.py", "f:1", "worker"),
        Call("sync_queue/b.py", "g:1", "sync_queue"),
        Call("storage/c.py", "h:1", "sync_queue"),
        Call("storage/c.py", "h:1", "records"),
        Call("worker/a.py", "f:1", "worker"),
    ]
    assert [figure for _, figure in save_rows(calls)] == ["5", "3", "3", "3", "2 / 2"]


def test_traced_save_goes_through_every_room_of_its_way_and_is_the_same_each_time():
    calls = calls_of_a_save(ROOT)
    assert {"sync_queue", "worker", "stash", "matching", "plex", "records"} <= {call.room for call in calls}
    assert calls == calls_of_a_save(ROOT)


def test_figures_go_into_the_last_cells_of_the_table_below_the_marker():
    text = "| a | 1 |\n<!-- house -->\n| what | old | now |\n|---|---|---|\n| a | 1 | 2 |\n| b | 3 | |\n\n| a | 4 |\n"
    assert with_figures(text, {"a": "5 / 6", "b": "7"}) == (
        "| a | 1 |\n<!-- house -->\n| what | old | now |\n|---|---|---|\n| a | 1 | 5 / 6 |\n| b | 3 | 7 |\n\n| a | 4 |\n"
    )


def test_architecture_has_a_row_for_everything_that_is_counted(tree):
    named = [cells[0] for cells in rows(section(read("docs/architecture.md"), "The house in figures"))]
    assert named == [what for what, _ in (*source_rows(tree), *save_rows([]))]
