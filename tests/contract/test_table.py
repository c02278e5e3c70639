"""The table that goes into an issue."""

from dataclasses import asdict

import pytest

from tests.contract.beliefs import LENIENT, REAL, STRICT, Beliefs
from tests.contract.table import Row, markdown

ROWS = [
    Row("Plex lists", "Genres are", "added / replaced (unsure)", "strict stand-in", "added", True),
    Row("Plex lists", "Genres are", "added / replaced (unsure)", "seen (Plex 1.43.1)", "replaced", True),
    Row("Plex pages", "A page | of 500:", "200", "seen (Plex 1.43.1)", "400", False),
    Row("Stash reads", "A gone id:", "null", "seen (Stash v0.30.1)", "null", True),
]


def test_table_has_a_row_a_belief_and_a_column_a_server_of_one_kind() -> None:
    assert markdown(map(asdict, ROWS)).splitlines() == [
        "| about | what | believed | strict stand-in | seen (Plex 1.43.1) |",
        "| --- | --- | --- | --- | --- |",
        "| lists | Genres are | added / replaced (unsure) | added | replaced |",
        "| pages | A page \\| of 500: | 200 |  | **400** |",
        "",
        "| about | what | believed | seen (Stash v0.30.1) |",
        "| --- | --- | --- | --- |",
        "| reads | A gone id: | null | null |",
    ]


@pytest.mark.parametrize(
    ("reading", "seen", "sure", "unsure"),
    [
        (STRICT, "yes", True, True),
        (STRICT, "no", False, False),
        (LENIENT, "no", False, True),
        (REAL, "yes", True, True),
        (REAL, "no", False, True),
        (REAL, "perhaps", False, True),
    ],
)
def test_answer_fits_what_is_believed_of_the_reading(reading: str, seen: str, sure: bool, unsure: bool) -> None:
    beliefs = Beliefs("Plex lists")
    beliefs.sure("One:", "yes")(lambda _plex: "yes")
    beliefs.unsure("Two:", strict="yes", lenient="no")(lambda _plex: "yes")
    assert [belief.fits(reading, seen) for belief in beliefs] == [sure, unsure]
