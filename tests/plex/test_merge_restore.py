"""Undo: what goes back, what stays, and what is said about it."""

from dataclasses import dataclass, field, replace

from hypothesis import given

from plex.fields import FIELDS, TAG_FIELDS, Values, is_empty, same
from plex.merge import plan, restore_plan
from plex.model import Item
from plex.plan import Change, KeptReason, MergePolicy
from tests.plex.test_merge_properties import CASES, Case, keys


@dataclass(frozen=True)
class Before:
    values: Values = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    poster_key: str = ""


def item(values: Values, locked: frozenset[str] = frozenset()) -> Item:
    return Item(7, 1, "movie", "Sintel", {"/films/Sintel.mp4": 7}, values, locked)


def test_restore_puts_back_values_and_locks_when_nobody_edited_since() -> None:
    before = Before({"title": "Guess", "genre": ("Drama", "Mine")}, frozenset({"genre"}))
    written: Values = {"title": "Sintel", "genre": ("Short",)}
    result = restore_plan(
        before, item({"title": "Sintel", "genre": ("Short", "Mine", "Later")}, frozenset({"title"})), written
    )
    assert result.changes == (
        Change("title", "Sintel", "Guess"),
        Change("sort_title", None, ""),
        Change("genre", ("Short", "Mine", "Later"), ("Drama", "Mine", "Later"), ("Drama",), ("Short",)),
    )
    assert (result.unlock, result.lock, result.writes) == ({"title", "sort_title"}, frozenset(), {})


def test_restore_puts_a_lock_back_when_only_the_lock_is_missing() -> None:
    result = restore_plan(
        Before({"title": "Sintel"}, frozenset({"title"})), item({"title": "Sintel"}), {"title": "Sintel"}
    )
    assert (result.changes, result.lock, result.is_empty) == ((), {"title"}, False)


def test_restore_keeps_a_field_and_its_lock_when_the_user_edited_it_since() -> None:
    result = restore_plan(
        Before({"title": "Guess"}), item({"title": "Mine"}, frozenset({"title"})), {"title": "Sintel"}
    )
    assert result.is_empty
    assert result.kept[0].reason is KeptReason.CHANGED


def test_restore_empties_a_field_when_it_was_empty_before() -> None:
    result = restore_plan(
        Before({"summary": "", "actor": ()}), item({"summary": "A", "actor": ("B",)}), {"summary": "A", "actor": ("B",)}
    )
    assert [change.after for change in result.changes] == ["", ()]


def test_restore_touches_no_field_when_we_never_wrote_it() -> None:
    assert restore_plan(Before({"title": "Guess"}), item({"title": "Mine"}), {"summary": ""}).is_empty


def test_restore_takes_back_an_unseen_write_when_only_its_intent_is_known() -> None:
    result = restore_plan(Before({"title": "Guess"}), item({"title": "Sintel"}), None, intended={"title": "Sintel"})
    assert result.changes == (Change("title", "Sintel", "Guess"), Change("sort_title", None, ""))


def test_restore_selects_the_poster_again_when_its_key_came_from_the_listing() -> None:
    both = frozenset({"poster", "background"})
    result = restore_plan(Before(poster_key="upload://posters/0a1b"), item({}, both), None, pictures=both)
    assert (result.poster, result.unlock) == ("upload://posters/0a1b", both)
    assert [(kept.field, kept.reason) for kept in result.kept] == [("background", KeptReason.PICTURE)]


def test_restore_says_that_a_poster_is_lost_when_only_its_thumb_is_known() -> None:
    result = restore_plan(
        Before(poster_key="/library/metadata/7/thumb/17"), item({}), None, pictures=frozenset({"poster"})
    )
    assert (result.poster, result.is_empty) == ("", True)
    assert [kept.field for kept in result.kept] == ["poster"]


def test_restore_takes_a_choice_back_when_there_is_none_to_be_selected_again() -> None:
    both = frozenset({"poster", "background"})
    known = restore_plan(Before(poster_key="metadata://posters/1"), item({}, both), None, pictures=both, can_clear=True)
    assert (known.poster, known.clear, known.unlock, known.kept) == ("metadata://posters/1", {"background"}, both, ())
    unknown = restore_plan(Before(), item({}), None, pictures=both, can_clear=True)
    assert (unknown.poster, unknown.clear, unknown.kept, unknown.is_empty) == ("", both, (), False)


def test_restore_leaves_the_poster_alone_when_we_sent_none() -> None:
    assert restore_plan(Before(poster_key="upload://posters/0a1b"), item({}), {"title": "A"}).poster == ""


@given(CASES)
def test_restore_undoes_every_first_edit_when_nobody_edited_since(case: Case) -> None:
    first = plan(case.wanted, case.item, None, MergePolicy(mirror_lists=TAG_FIELDS))
    shown = case.apply(first)
    back = restore_plan(case.item, shown, first.writes)
    end = replace(case, item=shown).apply(back)
    assert not back.kept
    for name, value in case.item.values.items():
        # A tag that both sides had is ours and the user's at once; it was never taken away.
        assert keys(end.values[name]) == keys(value) if FIELDS[name].is_tag else same(end.values[name], value)
    assert end.locked == case.item.locked


def test_values_of_an_empty_field_are_empty_when_plex_shows_no_stars() -> None:
    assert all(is_empty(value) for value in (None, "", " \n", (), 0.0))
