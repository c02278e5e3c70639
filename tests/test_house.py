"""How the house is built: no circle of imports, one name a thing, lines that fit.

tests/test_architecture.py says which room may import which.
"""

import ast
import re
from collections.abc import Iterator

from bench.house import LONGEST_LINE, Module, circles, long_lines, modules_of, repeated_classes, repeated_modules
from tests.documents import ROOT, code, read, rows, section

SHIPPED = modules_of(ROOT)
PAGE = "tasks.page."
"""A module of the page may be called as what it shapes for it: tasks.page.preview shapes tasks.preview."""

KINDS = frozenset({"client", "errors", "handlers", "model"})
"""What several rooms may have, each its own: what stands in them has names of its own, so that no import renames it."""

MAY_IMPORT = {
    code(cells[0]): set(re.findall(r"`([\w.]+)`", cells[2]))
    for cells in rows(section(read("docs/architecture.md"), "Rooms"))
    if len(cells) == 3
}
"""The wings of a room, and which other wings of it they may import."""


def wing_of(module: str) -> str:
    """The wing that a module stands in, its room for one at the root; "" where the room has no wings."""
    return next((wing for wing in sorted(MAY_IMPORT, reverse=True) if f"{module}.".startswith(f"{wing}.")), "")


def test_every_wing_stands_in_the_table() -> None:
    wings = {str(init.parent.relative_to(ROOT)).replace("/", ".") for init in ROOT.glob("*/*/__init__.py")}
    shipped = {wing for wing in wings if any(module.name == wing for module in SHIPPED)}
    assert set(MAY_IMPORT) == shipped | {wing.partition(".")[0] for wing in shipped}


def test_wings_import_one_another_one_way_only() -> None:
    names = [module.name for module in SHIPPED]
    imports = {(module.name, other) for module in SHIPPED for other in module.imports(names)}
    wrong = {
        (module, other)
        for module, other in imports
        if wing_of(module) and wing_of(other) and module.partition(".")[0] == other.partition(".")[0]
        if wing_of(other) not in {wing_of(module), *MAY_IMPORT[wing_of(module)]}
    }
    assert sorted(wrong) == []


def test_no_modules_import_each_other() -> None:
    """Nor by way of others, within a function, or for types alone."""
    assert circles(SHIPPED) == []
    assert circles(modules_of(ROOT, ["bench"])) == []
    assert circles(modules_of(ROOT, ["tests"])) == []


def test_no_two_modules_have_one_name() -> None:
    elsewhere = [module for module in SHIPPED if not module.name.startswith(PAGE)]
    on_the_page = [module for module in SHIPPED if module.name.startswith(PAGE)]
    assert set(repeated_modules(elsewhere)) - KINDS == set()
    assert repeated_modules(on_the_page) == {}


def test_no_two_classes_have_one_name() -> None:
    assert repeated_classes(SHIPPED) == {}


def test_lines_fit() -> None:
    """Those of docstrings, comments and long texts too, which ruff's formatter leaves alone."""
    assert long_lines(SHIPPED) == [], f"over {LONGEST_LINE}"


GONE = re.compile(
    "errands?|readmit|readmission|suspicion|blamed?|salvage|rescued?|mend|mended|habits?|journal|them|told|said|whom"
)
"""Words that docs/glossary.md has others for, and names that say nothing."""

SAY_NOTHING = frozenset({"them", "one", "told", "said"})
"""Whatever such a name holds has a name of its own: a scene, an item, a line, an answer."""

ON_THE_WIRE = {("tasks.page.shapes", "said")}
"""A key of an answer that the page and programs read."""


def names_in(module: Module) -> Iterator[str]:
    """What a module gives a name to: itself, classes, functions, parameters, variables, attributes, renamed imports."""
    yield module.name.rpartition(".")[2]
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def test_words_that_went_do_not_come_back() -> None:
    words = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
    found = {
        (module.name, name)
        for module in SHIPPED
        for name in names_in(module)
        if any(GONE.fullmatch(word.lower()) for word in words.findall(name))
    }
    assert sorted(found - ON_THE_WIRE) == []


def test_every_name_says_what_it_holds() -> None:
    """Those of the tests, the benchmarks and the scripts too."""
    everything = [*SHIPPED, *modules_of(ROOT, ["tests", "bench", "scripts"])]
    found = {(module.name, name) for module in everything for name in names_in(module) if name in SAY_NOTHING}
    assert sorted(found - ON_THE_WIRE) == []
