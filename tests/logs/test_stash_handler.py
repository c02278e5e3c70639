import io
import logging

import pytest

from logs.redact import RedactingFilter, Redactor
from logs.stash_handler import TRACE, StashHandler


@pytest.mark.parametrize(
    ("level", "letter"),
    [
        (TRACE, "t"),
        (logging.DEBUG, "d"),
        (logging.INFO, "i"),
        (25, "i"),
        (logging.WARNING, "w"),
        (logging.ERROR, "e"),
        (logging.CRITICAL, "e"),
    ],
)
def test_record_reaches_stash_at_its_level_when_that_is(level: int, letter: str) -> None:
    stream = io.StringIO()
    StashHandler(stream).handle(logging.LogRecord("worker", level, "", 0, "%d scenes", (3,), None))
    assert stream.getvalue() == f"\x01{letter}\x023 scenes\n"


def test_secret_is_masked_when_the_handler_has_the_filter() -> None:
    stream = io.StringIO()
    handler = StashHandler(stream)
    handler.addFilter(RedactingFilter(Redactor(["MARKED-TOKEN"])))
    handler.handle(logging.LogRecord("plex", logging.INFO, "", 0, "with %s", ("MARKED-TOKEN",), None))
    assert stream.getvalue() == "\x01i\x02with ***\n"
