"""What was there before us."""

from dataclasses import replace

from records import Intent, Original, Records

GUESS = Original(
    7, 1, "movie", {"title": "Guess", "genre": ("Short",)}, frozenset({"title", "poster"}), "upload://posters/0a1b", 5.0
)


def keep(records: Records, *originals: Original) -> None:
    records.before_edits(originals, [Intent(1, original.rating_key, 1, {}) for original in originals])


def test_original_comes_back_as_it_was_when_it_was_kept(records: Records) -> None:
    keep(records, GUESS)
    assert records.originals.get_many([7, 8]) == {7: GUESS}


def test_original_stays_the_first_one_when_it_is_kept_again(records: Records) -> None:
    keep(records, GUESS)
    keep(records, Original(7, 1, "movie", {"title": "Ours already"}), Original(8, 1, "movie"))
    assert records.originals.get_many([7, 8]) == {7: GUESS, 8: Original(8, 1, "movie")}


def test_original_gets_a_field_that_nobody_knew_when_it_was_made(records: Records) -> None:
    keep(records, GUESS)
    shown = {"title": "Ours already", "sort_title": "Guess 02"}
    keep(records, Original(7, 1, "movie", shown, frozenset({"summary", "sort_title"})))
    values, locked = {**GUESS.values, "sort_title": "Guess 02"}, GUESS.locked | {"sort_title"}
    assert records.originals.get_many([7]) == {7: replace(GUESS, values=values, locked=locked)}


def test_originals_are_paged_when_there_are_many(records: Records) -> None:
    keep(records, *(Original(number, 1, "movie") for number in range(1, 6)))
    first = records.originals.page(limit=3)
    assert [original.rating_key for original in first] == [1, 2, 3]
    assert [original.rating_key for original in records.originals.page(after=3, limit=3)] == [4, 5]


def test_originals_are_gone_when_they_were_given_back(records: Records) -> None:
    keep(records, GUESS, Original(8, 1, "movie"))
    records.forget_item(7)
    assert [original.rating_key for original in records.originals.page()] == [8]
