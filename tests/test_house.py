"""How the house is built: no circle of imports, one name a thing, lines that fit. tests/test_architecture.py says who may import whom."""

from bench.house import LONGEST_LINE, circles, long_lines, modules_of, repeated_classes, repeated_modules
from tests.documents import ROOT

SHIPPED = modules_of(ROOT)
PAGE = "tasks.page."
"""A module of the page may be called as what it shapes for it: tasks.page.preview shapes tasks.preview."""

KINDS = frozenset({"client", "errors", "model", "schema"})
"""What several rooms may have, each its own: what stands in them has names of its own, so that no import renames it."""


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
