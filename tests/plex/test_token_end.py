"""Until when a token is good: read out of newer ones, and silence about all others."""

import base64
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plex.address import ends_at, token_end

NOW = 1_795_975_000.0  # Sunday, 2026-11-29
DAY_S = 86400.0


def token_until(end: object) -> str:
    """A token of the newer kind; nobody here looks at its signature."""
    parts = ({"alg": "EdDSA", "typ": "JWT"}, {"user": {"id": 7}, "exp": end})
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "c2ln"]
    )


@pytest.mark.parametrize(
    ("end", "text"),
    [
        (NOW + 3.5 * DAY_S, r"expires on \w+day, 2026-12-0\d, in 3 days"),
        (NOW + 1.5 * DAY_S, r"expires on \w+day, 2026-1\d-\d\d, in 1 day"),
        (NOW + 60, r"expires on \w+day, 2026-11-\d\d, within a day"),
        (NOW - 60, r"has expired on \w+day, 2026-11-\d\d"),
        (NOW, r"has expired on \w+day, 2026-11-\d\d"),
        (NOW + 400 * DAY_S, ""),
        (1e300, ""),
        ("soon", ""),
        (None, ""),
        ([], ""),
    ],
)
def test_end_is_told_with_its_day_when_it_is_near(end: object, text: str) -> None:
    assert re.fullmatch(text, token_end(token_until(end), NOW))


@pytest.mark.parametrize(
    "token", ["", "standin-plex-token", "a.b", "a.b.c", "..", "a.e30.c", "a.W10.c", "é.é.é", "a." + "e" * 9000 + ".c"]
)
def test_nothing_is_told_of_a_token_that_says_nothing_of_its_end(token: str) -> None:
    assert ends_at(token) is None
    assert token_end(token, NOW) == ""


@given(st.text())
def test_any_text_is_taken_for_a_token(text: str) -> None:
    token_end(text, NOW)
    token_end(f"{text}.{text}.{text}", NOW)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_any_end_is_taken(end: object) -> None:
    assert ends_at(token_until(end)) is None or isinstance(end, float | bool | str)
