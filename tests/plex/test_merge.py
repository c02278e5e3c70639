"""The merge of one field at a time: each rule with its case."""

import pytest

from plex.fields import EPISODE, MOVIE, TAG_FIELDS, Value, Values
from plex.merge import plan
from plex.model import Item
from plex.plan import Change, ItemPlan, KeptReason, MergePolicy

STASH_WINS = MergePolicy()
PRESERVE = MergePolicy(preserve_plex_edits=True)
MIRROR = MergePolicy(mirror_lists=TAG_FIELDS)


def item(values: Values, *, locked: frozenset[str] = frozenset(), item_type: str = MOVIE) -> Item:
    return Item(7, 1, item_type, "Sintel", {"/films/Sintel.mp4": 7}, values, locked)


def after(result: ItemPlan, name: str) -> Value:
    return {change.field: change.after for change in result.changes}[name]


def test_plan_changes_nothing_when_both_sides_agree() -> None:
    values: Values = {"title": "Sintel", "rating": 8.0, "genre": ("Short", "Animation")}
    result = plan(values, item(values, locked=frozenset(values)), None, STASH_WINS)
    assert result.is_empty
    assert result.writes == values


def test_plan_locks_what_is_equal_once_when_it_is_adopted() -> None:
    """Another tool may have written it without a lock: Plex's next refresh would take it away."""
    values: Values = {"title": "Sintel", "summary": "A girl", "genre": ("Short",), "date": ""}
    first = plan(values, item(values, locked=frozenset({"summary"})), None, STASH_WINS)
    assert (first.changes, first.lock) == ((), {"title", "genre"})
    again = plan(values, item(values), first.writes, STASH_WINS)  # somebody has taken the locks off
    assert again.is_empty


def test_plan_locks_a_value_that_came_later_when_it_is_adopted() -> None:
    written: Values = {"title": "Sintel"}
    values: Values = {"title": "Sintel", "summary": "A girl"}
    result = plan(values, item(values, locked=frozenset({"title"})), written, STASH_WINS)
    assert (result.changes, result.lock) == ((), {"summary"})


def test_plan_locks_what_we_govern_when_an_edit_is_needed_anyway() -> None:
    shown = item({"title": "Sintel", "summary": "Old", "studio": "", "date": "2010-09-27"}, locked=frozenset({"date"}))
    wanted: Values = {"title": "Sintel", "summary": "New", "studio": "", "date": "2010-09-27"}
    result = plan(wanted, shown, None, STASH_WINS)
    assert result.changes == (Change("summary", "Old", "New"),)
    assert result.lock == {"title"}


def test_plan_lets_stash_win_when_a_field_differs() -> None:
    result = plan(
        {"title": "Sintel"}, item({"title": "Mine"}, locked=frozenset({"title"})), {"title": "Old"}, STASH_WINS
    )
    assert result.changes == (Change("title", "Mine", "Sintel"), Change("sort_title", None, ""))
    assert result.writes == {"title": "Sintel", "sort_title": ""}


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [("Sintel\r\nTwo", "Sintel\nTwo"), ("  Sintel ", "Sintel"), ("Cafe\u0301", "Caf\u00e9"), (8.0, 8.04), (8.0, 7.96)],
)
def test_plan_changes_nothing_when_the_difference_is_plex_own_normalization(wanted: Value, shown: Value) -> None:
    name = "rating" if isinstance(wanted, float) else "summary"
    assert plan({name: wanted}, item({name: shown}, locked=frozenset({name})), None, STASH_WINS).is_empty


def test_plan_changes_the_rating_when_it_moved_by_one_step_of_stash() -> None:
    assert after(plan({"rating": 8.1}, item({"rating": 8.0}), None, STASH_WINS), "rating") == 8.1


def test_plan_keeps_the_record_of_fields_when_they_are_absent_off_or_foreign_to_the_type() -> None:
    policy = MergePolicy(off=frozenset({"summary"}))
    written: Values = {"title": "A", "summary": "B", "genre": ("C",)}
    shown = item({"title": "X", "summary": "Y", "genre": ("Z",)}, item_type=EPISODE)
    result = plan({"summary": "New", "genre": ("New",)}, shown, written, policy)
    assert result.is_empty
    assert result.writes == written


def test_plan_never_locks_a_field_when_it_is_off() -> None:
    policy = MergePolicy(off=frozenset({"title"}))
    result = plan({"title": "Sintel", "summary": "New"}, item({"title": "Sintel", "summary": ""}), None, policy)
    assert result.lock == frozenset()


@pytest.mark.parametrize("policy", [STASH_WINS, PRESERVE, MIRROR])
@pytest.mark.parametrize(
    ("name", "empty", "shown"), [("summary", "", "From the agent"), ("rating", None, 7.0), ("genre", (), ("Short",))]
)
def test_plan_leaves_a_field_alone_when_stash_never_had_it(
    policy: MergePolicy, name: str, empty: Value, shown: Value
) -> None:
    for written in (None, {}, {"title": "Sintel"}):
        result = plan({name: empty}, item({name: shown}), written, policy)
        assert result.is_empty
        assert name not in result.writes


@pytest.mark.parametrize("policy", [STASH_WINS, PRESERVE, MIRROR])
@pytest.mark.parametrize(
    ("name", "empty", "ours"), [("summary", "", "Ours"), ("rating", None, 7.0), ("genre", (), ("Short",))]
)
def test_plan_empties_a_field_when_stash_emptied_it(policy: MergePolicy, name: str, empty: Value, ours: Value) -> None:
    result = plan({name: empty}, item({name: ours}), {name: ours}, policy)
    assert after(result, name) == empty
    assert result.writes == {name: empty}


def test_plan_leaves_an_emptied_field_alone_when_somebody_filled_it_again() -> None:
    result = plan({"summary": ""}, item({"summary": "Typed in Plex"}), {"summary": ""}, STASH_WINS)
    assert result.is_empty
    assert result.writes == {"summary": ""}


def test_plan_preserves_an_edit_when_plex_shows_something_else_than_we_wrote() -> None:
    result = plan({"title": "Sintel"}, item({"title": "Mine"}), {"title": "Old"}, PRESERVE)
    assert result.is_empty
    assert (result.kept[0].field, result.kept[0].shown, result.kept[0].wanted) == ("title", "Mine", "Sintel")
    assert result.kept[0].reason is KeptReason.CHANGED
    assert result.writes == {"title": "Old"}


def test_plan_preserves_an_emptied_field_when_the_user_emptied_it_in_plex() -> None:
    assert (
        plan({"summary": "New"}, item({"summary": ""}), {"summary": "Old"}, PRESERVE).kept[0].reason
        is KeptReason.CHANGED
    )


def test_plan_preserves_an_edit_when_it_was_locked_before_the_first_sync() -> None:
    shown = item({"title": "Mine", "summary": ""}, locked=frozenset({"title", "summary"}))
    result = plan({"title": "Sintel", "summary": "A girl"}, shown, None, PRESERVE)
    assert [(kept.field, kept.reason) for kept in result.kept] == [("title", KeptReason.LOCKED)]
    assert after(result, "summary") == "A girl"
    assert result.writes == {"summary": "A girl"}


def test_plan_does_not_lock_a_field_when_it_was_kept() -> None:
    wanted: Values = {"title": "Sintel", "summary": "New"}
    result = plan(wanted, item({"title": "Mine", "summary": "Old"}), {"title": "Old", "summary": "Old"}, PRESERVE)
    assert result.lock == frozenset()


def test_plan_overwrites_under_preserve_when_plex_shows_what_we_wrote_or_an_unlocked_guess() -> None:
    assert after(plan({"title": "New"}, item({"title": "Old"}), {"title": "Old"}, PRESERVE), "title") == "New"
    assert after(plan({"title": "New"}, item({"title": "Guess"}), None, PRESERVE), "title") == "New"


def test_plan_knows_its_own_write_when_nobody_saw_it_arrive() -> None:
    result = plan({"title": "C"}, item({"title": "B"}), {"title": "A"}, PRESERVE, intended={"title": "B"})
    assert after(result, "title") == "C"


def test_plan_preserves_an_edit_when_an_intended_write_never_arrived() -> None:
    result = plan({"title": "C"}, item({"title": "Mine"}), {"title": "A"}, PRESERVE, intended={"title": "B"})
    assert result.kept[0].reason is KeptReason.CHANGED


FILL = MergePolicy(fills_only=True)


@pytest.mark.parametrize(
    "policy", [FILL, MergePolicy(preserve_plex_edits=True, mirror_lists=TAG_FIELDS, fills_only=True)]
)
def test_plan_fills_what_is_empty_and_adds_to_lists_when_nothing_filled_may_change(policy: MergePolicy) -> None:
    shown = item({"title": "Mine", "summary": "", "rating": None, "genre": ("short", "Fantasy"), "actor": ()})
    wanted: Values = {
        "title": "Sintel",
        "summary": "A girl",
        "rating": 8.0,
        "genre": ("Short", "Animation"),
        "actor": (),
    }
    result = plan(wanted, shown, None, policy)
    assert [(change.field, change.after, change.removed) for change in result.changes] == [
        ("summary", "A girl", ()),
        ("rating", 8.0, ()),
        ("genre", ("short", "Fantasy", "Animation"), ()),
    ]
    assert [(kept.field, kept.reason) for kept in result.kept] == [("title", KeptReason.UNCONFIRMED)]
    assert result.lock == frozenset()
    assert "title" not in result.writes


def test_plan_empties_nothing_and_keeps_what_has_to_go_for_later_when_nothing_filled_may_change() -> None:
    written: Values = {"summary": "A girl", "genre": ("Short", "Animation")}
    shown = item({"summary": "A girl", "genre": ("Short", "Animation", "Mine")})
    wanted: Values = {"summary": "", "genre": ("Short",)}
    held = plan(wanted, shown, written, FILL)
    assert held.is_empty
    assert [(kept.field, kept.tags) for kept in held.kept] == [("summary", ()), ("genre", ("Animation",))]
    later = plan(wanted, shown, held.writes, STASH_WINS)
    assert [(change.field, change.after) for change in later.changes] == [("summary", ""), ("genre", ("Short", "Mine"))]


def test_plan_adopts_no_value_that_is_only_equal_when_nothing_filled_may_change() -> None:
    values: Values = {"summary": "A girl"}
    result = plan(values, item(values), None, FILL)
    assert (result.is_empty, result.writes) == (True, {})
    intended = plan(values, item(values), None, FILL, intended=values)
    assert intended.writes == values, "an edit of ours whose end nobody saw"


@pytest.mark.parametrize(
    ("sort_title", "is_kept"), [("", False), ("sintel", False), ("Dragon 01", True)], ids=["none", "made", "chosen"]
)
def test_plan_leaves_a_chosen_sort_title_beside_a_title_that_counts_as_empty(sort_title: str, is_kept: bool) -> None:
    policy = MergePolicy(fills_only=True, as_empty=frozenset({"title"}))
    result = plan({"title": "A Girl"}, item({"title": "Sintel", "sort_title": sort_title}), None, policy)
    assert "title" in {change.field for change in result.changes}
    assert ("sort_title" in {kept.field for kept in result.kept}) is is_kept
