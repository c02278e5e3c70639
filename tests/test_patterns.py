"""Every pattern of the product takes time in proportion to the text, whatever that is made of.

Found in the modules themselves, so that none is forgotten.
"""

import importlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from scripts.shipped import shipped_files
from tests.growth import SMALL, TIMES_AS_MUCH, assert_linear

ROOT = Path(__file__).parents[1]
UNITS = [
    "a",
    "A-",
    "1",
    "1.",
    "-",
    ".",
    ":",
    "/",
    "\\",
    " ",
    "\n",
    "=",
    ",",
    ";",
    '"',
    "'",
    "%25",
    "&amp;",
    "<",
    "a,",
    '"a',
    "a/",
    "C:\\",
    "://a:",
    "é",
]
UNITS += [
    "-eyJ",
    "cookie:",
    "authtoken ",
    "session",
    "id=1,",
    "<?xml ",
    "{ ",
    '{"hookContext" : ',
    "database is ",
    "f:",
    "Plex => ",
    '\\"',
    "2026-",
]
_ENOUGH_TO_MEASURE_S = 0.002


def _patterns() -> Iterator[tuple[str, ModuleType, re.Pattern[str] | re.Pattern[bytes]]]:
    for name in shipped_files(ROOT):
        if name.endswith(".py") and "re.compile" in (ROOT / name).read_text(encoding="utf-8"):
            module = importlib.import_module(name.removesuffix(".py").replace("/", "."))
            for label, value in vars(module).items():
                for each in value if isinstance(value, tuple) else (value,):
                    if isinstance(each, re.Pattern):
                        yield f"{name}:{label}", module, each


def _ways(label: str, module: ModuleType, pattern: re.Pattern[str] | re.Pattern[bytes]) -> list[Callable[..., object]]:
    """As the module uses it: a pattern that is only matched at a beginning is not searched for from every place."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    name = label.partition(":")[2]
    only_at_beginning = re.search(rf"{name}\.(?:match|fullmatch)\(", source) and not re.search(
        rf"{name}\.(?:search|sub|split|finditer|findall)\(", source
    )
    return (
        [pattern.match, pattern.fullmatch]
        if only_at_beginning
        else [lambda text: sum(1 for _ in pattern.finditer(text))]
    )


FOUND = list(_patterns())


def test_patterns_are_found() -> None:
    assert len(FOUND) > 30


@pytest.mark.parametrize(("label", "module", "pattern"), FOUND, ids=[label for label, _, _ in FOUND])
def test_pattern_takes_time_in_proportion_to_the_text(
    label: str, module: ModuleType, pattern: re.Pattern[str] | re.Pattern[bytes]
) -> None:
    for way in _ways(label, module, pattern):
        for unit in UNITS:

            def make(size: int, unit: str = unit) -> str | bytes:
                text = unit * (size // len(unit)) + "\0"
                return text if isinstance(pattern.pattern, str) else text.encode()

            if _is_worth_a_measure(way, make(SMALL * TIMES_AS_MUCH)):
                assert_linear(way, make)


def _is_worth_a_measure(way: Callable[..., object], text: str | bytes) -> bool:
    started = time.thread_time()
    way(text)
    return time.thread_time() - started > _ENOUGH_TO_MEASURE_S
