"""The sort title: what is made from a title, what is left over from an earlier one, and what goes beside a title."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plex.edit import edit_for
from plex.edit_parts import group_edits, split
from plex.fields import Values
from plex.merge import plan, restore_plan
from plex.model import Item
from plex.plan import Change, ItemPlan, Kept, KeptReason, MergePolicy
from plex.sort_title import is_left_over, is_made_from

STASH_WINS = MergePolicy()
PRESERVE = MergePolicy(preserve_plex_edits=True)
FILE = "tears_of_steel_1080p"
BOTH = (Change("title", FILE, "Tears of Steel"), Change("sort_title", "", ""))


def item(values: Values, *locked: str, rating_key: int = 7) -> Item:
    return Item(rating_key, 1, "movie", "", {f"/films/{FILE}.mkv": 7}, values, frozenset(locked))


@dataclass(frozen=True)
class Before:
    values: Values
    locked: frozenset[str] = frozenset()
    poster_key: str = field(default="")


# -- the rule ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort_title", "title"),
    [
        ("", "Sintel"),
        ("Sintel", "Sintel"),
        ("Matrix", "The Matrix"),
        ("matrix", "THE MATRIX"),
        ("Matrix, The", "The Matrix"),
        ("Untergang", "Der Untergang"),
        ("Avventura", "L'Avventura"),
        ("Amelie", "Am\u00e9lie"),
        ("Ame\u0301lie", "Am\u00e9lie"),
        ("big_buck-bunny", "Big Buck Bunny!"),
        ("\u30bd\u30fc\u30ed", "\u30bd\u30fc\u30ed"),
        ("???", "???"),
    ],
)
def test_sort_title_is_made_from_its_title(sort_title: str, title: str) -> None:
    assert is_made_from(sort_title, title)


@pytest.mark.parametrize(
    ("sort_title", "title"),
    [
        ("Alien 02", "Aliens"),
        ("Film 03", "Sintel"),
        ("Steel", "Tears of Steel"),
        ("!!!", "???"),
        ("Sintel", ""),
        ("A", "The A B"),
    ],
)
def test_sort_title_is_made_from_no_other(sort_title: str, title: str) -> None:
    assert not is_made_from(sort_title, title)


def test_sort_title_is_left_over_only_from_a_title_of_before() -> None:
    assert is_left_over(FILE, "Tears of Steel", [FILE])
    assert is_left_over("Matrix", "Sintel", ["The Matrix"])
    assert not is_left_over("Alien 02", "Aliens", [FILE, "Alien 2"]), "somebody chose it"
    assert not is_left_over("Matrix", "Der Matrix", ["The Matrix"]), "it is right for both"
    assert not is_left_over(FILE, "Tears of Steel", []), "we never wrote the title"
    assert not is_left_over(FILE, "", [FILE])


TITLES = st.text("aB\u00e9 '!.1\u30bd", max_size=6) | st.sampled_from(
    ["The Matrix", "the", "L'Avventura", "Der Film", ""]
)


@given(TITLES)
def test_every_title_is_made_from_itself_whatever_its_case(title: str) -> None:
    assert is_made_from(title, title)
    assert is_made_from(title.upper(), title)
    assert is_made_from(f" {title} ", title)


@given(TITLES, TITLES, st.lists(TITLES, max_size=3))
def test_nothing_is_left_over_that_fits_or_that_nobody_knows(sort_title: str, title: str, earlier: list[str]) -> None:
    if is_left_over(sort_title, title, earlier):
        assert not is_made_from(sort_title, title)
        assert any(is_made_from(sort_title, earlier_title) for earlier_title in earlier)
        assert not is_left_over(sort_title, title, [])
        assert not is_left_over(sort_title, sort_title, earlier)
    assert not is_left_over("", title, earlier)


# -- beside the title -------------------------------------------------------------------------------------------------


def test_emptied_sort_title_goes_with_the_title_and_without_a_lock() -> None:
    result = plan({"title": "Tears of Steel"}, item({"title": FILE, "sort_title": ""}), None, STASH_WINS)
    assert (result.changes, result.unlock, result.lock) == (BOTH, {"sort_title"}, frozenset())
    assert result.writes == {"title": "Tears of Steel", "sort_title": ""}
    edit = edit_for(item({}), result.changes, lock=result.lock, unlock=result.unlock)
    assert list(edit.pairs) == [
        ("title.value", "Tears of Steel"),
        ("title.locked", "1"),
        ("titleSort.value", ""),
        ("titleSort.locked", "0"),
    ]
    assert edit.unmet(item({"title": "Tears of Steel", "sort_title": "What the server made"})) == ()


@pytest.mark.parametrize("off", ["title", "sort_title"])
def test_sort_title_stays_when_it_or_its_title_is_left_alone(off: str) -> None:
    shown = item({"title": FILE, "sort_title": "Own"})
    result = plan({"title": "Tears of Steel"}, shown, None, replace(STASH_WINS, off=frozenset({off})))
    assert "sort_title" not in {*result.writes, *result.unlock, *(change.field for change in result.changes)}


@pytest.mark.parametrize("policy", [STASH_WINS, PRESERVE])
def test_sort_title_stays_when_the_user_locked_it(policy: MergePolicy) -> None:
    shown = item({"title": FILE, "sort_title": FILE}, "sort_title")
    result = plan({"title": "Tears of Steel"}, shown, None, policy)
    assert (result.changes, result.unlock) == (BOTH[:1], frozenset())


def test_sort_title_that_changed_in_plex_since_stays_when_edits_are_preserved() -> None:
    shown = item({"title": "Sintel", "sort_title": "Dream 03"})
    written: Values = {"title": "Sintel", "sort_title": ""}
    result = plan({"title": "Sintel!"}, shown, written, PRESERVE)
    assert [change.field for change in result.changes] == ["title"]
    assert result.kept == (Kept("sort_title", "Dream 03", "", KeptReason.CHANGED),)
    assert result.writes == {"title": "Sintel!", "sort_title": ""}
    never_written = plan({"title": "Sintel!"}, shown, {"title": "Sintel"}, PRESERVE)
    assert never_written.changes[1] == Change("sort_title", "Dream 03", ""), "no edit of theirs is known"
    stays_as_it_is = item({"title": "Sintel", "sort_title": FILE})
    result = plan({"title": "Sintel!"}, stays_as_it_is, written, PRESERVE, earlier_titles=[FILE])
    assert result.changes[1] == Change("sort_title", FILE, ""), "a server that builds none has changed nothing"


# -- by itself --------------------------------------------------------------------------------------------------------


def healed(values: Values, written: Values, *earlier: str, wanted: str = "Tears of Steel") -> ItemPlan:
    return plan({"title": wanted}, item(values, "title"), written, STASH_WINS, earlier_titles=earlier)


def test_left_over_sort_title_is_emptied_once_where_the_title_of_ours_is_right() -> None:
    left_over: Values = {"title": "Tears of Steel", "sort_title": FILE}
    first = healed(left_over, {"title": "Tears of Steel"}, FILE)
    assert (first.changes, first.unlock) == ((Change("sort_title", FILE, ""),), {"sort_title"})
    assert first.named_changes == [Change("sort_title", FILE, "Tears of Steel")]
    assert healed(left_over, first.writes, FILE).is_empty, "a server that does not build one is not asked again"
    again = healed(left_over, first.writes, FILE, wanted="Mango")
    assert again.named_changes == [Change("title", "Tears of Steel", "Mango")]
    assert healed({**left_over, "title": "Mango"}, again.writes, FILE, wanted="Mango").is_empty


def test_left_over_sort_title_is_emptied_again_where_plex_came_back_from_a_backup() -> None:
    shown = item({"title": "Mango", "sort_title": FILE})
    done: Values = {"title": "Mango", "sort_title": None}
    by_age = {
        outdated: plan({"title": "Mango"}, shown, done, STASH_WINS, is_outdated=outdated, earlier_titles=[FILE]).unlock
        for outdated in (True, False)
    }
    assert by_age == {True: {"sort_title"}, False: frozenset()}


def test_left_over_sort_title_is_emptied_by_itself_where_it_did_not_follow_in_the_edit_of_its_title() -> None:
    first = plan({"title": "Tears of Steel"}, item({"title": FILE, "sort_title": ""}), None, STASH_WINS)
    second = healed({"title": "Tears of Steel", "sort_title": FILE}, first.writes, FILE)
    assert [change.field for change in second.changes] == ["sort_title"]


@pytest.mark.parametrize(
    ("values", "written", "earlier"),
    [
        ({"title": "Tears of Steel", "sort_title": "Steel 02"}, {"title": "Tears of Steel"}, (FILE,)),
        ({"title": "Tears of Steel", "sort_title": ""}, {"title": "Tears of Steel"}, (FILE,)),
        ({"title": "Tears of Steel", "sort_title": FILE}, {"title": "Mango"}, (FILE,)),
        ({"title": "Tears of Steel", "sort_title": FILE}, {}, (FILE,)),
        ({"title": "Tears of Steel", "sort_title": FILE}, {"title": "Tears of Steel"}, ()),
    ],
    ids=["chosen by somebody", "none", "the title came from elsewhere", "nothing was written", "no title of before"],
)
def test_sort_title_stays_where_nothing_says_that_it_is_left_over(
    values: Values, written: Values, earlier: tuple[str, ...]
) -> None:
    assert "sort_title" not in {change.field for change in healed(values, written, *earlier).changes}


def test_what_stays_by_the_user_s_will_has_its_sort_title_stay() -> None:
    shown = item({"title": "Mine", "sort_title": FILE})
    result = plan({"title": "Sintel"}, shown, {"title": "Sintel"}, PRESERVE, earlier_titles=[FILE])
    assert [kept.field for kept in result.kept] == ["title"]
    assert result.is_empty


def test_left_over_sort_titles_of_many_items_are_emptied_in_one_request() -> None:
    result = healed({"title": "Tears of Steel", "sort_title": FILE}, {"title": "Tears of Steel"}, FILE)
    edits = [
        edit_for(item({}, rating_key=key), result.changes, lock=result.lock, unlock=result.unlock) for key in (7, 8)
    ]
    assert [group.rating_keys for group in group_edits(edits)] == [(7, 8)]


def test_sort_title_stays_with_its_title_when_an_edit_is_cut() -> None:
    summary = Change("summary", "", "s" * 600)
    long = edit_for(item({}), (summary, Change("title", "", "t" * 600), BOTH[1]), unlock=frozenset({"sort_title"}))
    parts = [[name for name, _ in part.pairs] for part in split(long, 1000)]
    assert ["title.value", "title.locked", "titleSort.value", "titleSort.locked"] in parts
    assert len(parts) == 2
    just_too_long = len(replace(long, values={**long.values, "sort_title": "x"}).url)
    room = just_too_long - len("&titleSort.value=x")  # for the summary and the title, but not for the sort title
    parts = [[name for name, _ in part.pairs] for part in split(long, room - 1)]
    assert parts[1] == ["title.value", "title.locked", "titleSort.value", "titleSort.locked"]


SOME = st.sampled_from(["", FILE, "Tears of Steel", "Mango", "Dream 02"])
STATES = st.fixed_dictionaries({"title": SOME, "sort_title": SOME})
RECORDS = st.fixed_dictionaries({}, optional={"title": SOME, "sort_title": st.sampled_from(["", None])})


@given(STATES, RECORDS, SOME, st.sampled_from([STASH_WINS, PRESERVE]), st.lists(SOME, max_size=2), st.booleans())
def test_sort_title_is_not_insisted_on_whatever_the_server_makes_of_it(
    shown: Values, written: Values, wanted: str, policy: MergePolicy, earlier: list[str], builds: bool
) -> None:
    """Two syncs at most write it, of which the first writes the title."""
    fields: list[tuple[str, ...]] = []
    for _ in range(4):
        result = plan({"title": wanted}, item(shown), written, policy, earlier_titles=earlier)
        fields.append(tuple(change.field for change in result.changes))
        after = {change.field: change.after for change in result.changes}
        if after.get("sort_title") == "" and not builds:
            del after["sort_title"]
        shown, written = {**shown, **after}, result.writes
    wrote = [names for names in fields if "sort_title" in names]
    assert fields[2:] == [(), ()]
    assert len(wrote) <= (1 if builds else 2)
    assert wrote[1:] in ([], [("sort_title",)])


# -- back -------------------------------------------------------------------------------------------------------------

WRITTEN: Values = {"title": "Tears of Steel", "sort_title": ""}
OURS = ("title",)


@pytest.mark.parametrize("was", ["", "Steel 02"])
def test_restore_gives_the_sort_title_back_with_the_title(was: str) -> None:
    before = Before({"title": FILE, "sort_title": was})
    result = restore_plan(before, item({"title": "Tears of Steel", "sort_title": ""}, *OURS), WRITTEN)
    assert result.changes == (Change("title", "Tears of Steel", FILE), Change("sort_title", "", was))
    assert (result.unlock, result.lock, result.kept) == ({"title", "sort_title"}, frozenset(), ())


def test_restore_gives_it_back_where_the_server_builds_none() -> None:
    before = Before({"title": FILE, "sort_title": ""})
    result = restore_plan(before, item({"title": "Tears of Steel", "sort_title": FILE}, *OURS), WRITTEN)
    assert result.changes[1] == Change("sort_title", FILE, "")


def test_restore_has_a_new_one_built_where_nobody_knows_the_one_of_before() -> None:
    shown = item({"title": "The Tears", "sort_title": "Tears"}, *OURS)
    for written in ({"title": "The Tears"}, {"title": "The Tears", "sort_title": ""}):
        result = restore_plan(Before({"title": FILE}), shown, written)
        assert result.changes == (Change("title", "The Tears", FILE), Change("sort_title", "Tears", ""))
    chosen = restore_plan(
        Before({"title": FILE}),
        replace(shown, values={"title": "The Tears", "sort_title": "T 02"}),
        {"title": "The Tears"},
    )
    assert [change.field for change in chosen.changes] == ["title"], "we never touched it"


@pytest.mark.parametrize(("shown", "locked"), [("Mine", ()), ("Mine", ("sort_title",)), ("", ("sort_title",))])
def test_restore_leaves_a_sort_title_that_was_edited_since(shown: str, locked: tuple[str, ...]) -> None:
    before = Before({"title": FILE, "sort_title": "Steel 02"})
    result = restore_plan(before, item({"title": "Tears of Steel", "sort_title": shown}, *OURS, *locked), WRITTEN)
    assert [change.field for change in result.changes] == ["title"]
    assert [kept.field for kept in result.kept] == ["sort_title"]
    assert "sort_title" not in result.unlock


def test_restore_leaves_the_sort_title_of_a_title_that_was_edited_since() -> None:
    before = Before({"title": FILE, "sort_title": "Steel 02"})
    result = restore_plan(before, item({"title": "Mine", "sort_title": ""}, *OURS), WRITTEN)
    assert result.is_empty
    assert [kept.field for kept in result.kept] == ["title", "sort_title"]


def test_restore_gives_a_sort_title_back_that_was_emptied_by_itself() -> None:
    shown = item({"title": "Tears of Steel", "sort_title": ""}, *OURS)
    result = restore_plan(Before({"sort_title": FILE}), shown, {"sort_title": ""})
    assert (result.changes, result.unlock) == ((Change("sort_title", "", FILE),), {"sort_title"})
    is_back = item({"title": "Tears of Steel", "sort_title": FILE}, *OURS)
    assert restore_plan(Before({"sort_title": FILE}), is_back, {"sort_title": ""}).is_empty
