"""The table of answers, printed where tests/contract is named.

Every answer goes into the test's report, so that it also comes out of a worker of pytest-xdist.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from tests.contract.beliefs import REAL, Belief, NotAsked
from tests.contract.table import Row, markdown

Tell = Callable[[Belief, str, str, Callable[[Belief], str]], None]


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Ask, note the answer, and fail if it is not what is believed of this reading."""

    def ask(belief: Belief, reading: str, server: str, asked: Callable[[Belief], str]) -> None:
        seen, fits = "broke off", False
        try:
            seen = asked(belief)
            fits = belief.fits(reading, seen)
        except NotAsked as reason:
            seen, fits = f"not asked: {reason}", reading == REAL
        finally:
            row = Row(belief.topic, belief.sentence, belief.believed, server, seen, fits)
            record_property("contract", asdict(row))
        assert fits, f"{belief.sentence} {seen!r}; believed: {belief.believed}"

    return ask


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())]
    reports.sort(key=lambda report: report.start)
    rows = [value for report in reports for name, value in report.user_properties if name == "contract"]
    if rows and report_is_wanted(terminalreporter.config.args):
        terminalreporter.section("believed / seen")
        terminalreporter.write_line(markdown(rows))


def report_is_wanted(args: list[str]) -> bool:
    """The table is long: it is for whoever asks for these tests."""
    return any("contract" in arg for arg in args)
