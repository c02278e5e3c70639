"""What holds for every merge, over a Plex that is modelled both ways in which it may read a list of tags."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import assume, example, given
from hypothesis import strategies as st

from plex.fields import FIELDS, SORT_TITLE, TAG_FIELDS, TITLE, Value, Values, as_tags, is_empty, same, tag_key, unique
from plex.merge import plan
from plex.model import Item
from plex.plan import Change, ItemPlan, MergePolicy
from plex.sort_title import is_made_from

STASH_WINS = MergePolicy()
PRESERVE = MergePolicy(preserve_plex_edits=True)
MIRROR = MergePolicy(mirror_lists=TAG_FIELDS)


def keys(value: Value) -> set[str]:
    return set(unique(as_tags(value)))


def replaced(change: Change) -> Value:
    """The first reading: the list that is sent becomes the list."""
    return change.after


def extended(change: Change) -> Value:
    """The second reading: what is sent is appended, known tags keep place and spelling, only removals remove."""
    gone = keys(change.removed)
    kept = [tag for tag in as_tags(change.before) if tag_key(tag) not in gone]
    return tuple(unique((*kept, *as_tags(change.after))).values())


@dataclass(frozen=True)
class Case:
    """Stash's values, an item, what we wrote before, and how Plex reads a list."""

    wanted: Values
    item: Item
    written: Values | None
    reading: Callable[[Change], Value]

    def apply(self, result: ItemPlan) -> Item:
        new = {step.field: self.reading(step) if FIELDS[step.field].is_tag else step.after for step in result.changes}
        locked = (self.item.locked | new.keys() | result.lock) - result.unlock
        return replace(self.item, values={**self.item.values, **new}, locked=locked)

    @property
    def hides_sort_title(self) -> bool:
        """Plex does not show a locked one that equals the title; once the title is another, it would: not modelled."""
        return SORT_TITLE in self.item.locked and is_empty(self.item.values[SORT_TITLE])

    def end(self, policy: MergePolicy) -> Values:
        return self.apply(plan(self.wanted, self.item, self.written, policy)).values

    def past(self, name: str) -> Value:
        return (self.written or {}).get(name)


def as_item(values: Values, locked: frozenset[str]) -> Item:
    full = {name: values.get(name, () if field.is_tag else "") for name, field in FIELDS.items()}
    return Item(7, 1, "movie", "Sintel", {"/films/Sintel.mp4": 7}, full, locked)


def some_values(tags: st.SearchStrategy[tuple[str, ...]]) -> st.SearchStrategy[dict[str, Value]]:
    each = {name: tags if field.is_tag else BY_NAME.get(name, TEXTS) for name, field in FIELDS.items()}
    return st.fixed_dictionaries({}, optional=each)


TEXTS = st.sampled_from(["", "A", "B", "C", "Cafe\u0301", "Caf\u00e9"])
BY_NAME = {"date": st.sampled_from(["", "2008-05-30", "2010-09-27"]), "rating": st.sampled_from([None, 1.0, 7.9, 8.0])}
TAGS = st.lists(st.sampled_from(["a", "A", "b", "c", "C", "d", "e"]), max_size=5).map(tuple)
ONCE = TAGS.map(lambda tags: tuple(unique(tags).values()))  # Plex shows, and we record, no tag twice
NAMES = st.sampled_from(sorted(FIELDS))
ITEMS = st.builds(as_item, some_values(ONCE), st.frozensets(NAMES))
WANTED = some_values(TAGS)
CASES = st.builds(Case, WANTED, ITEMS, some_values(ONCE) | st.none(), st.sampled_from([replaced, extended]))
POLICIES = st.builds(
    MergePolicy, st.booleans(), st.frozensets(st.sampled_from(sorted(TAG_FIELDS))), st.frozensets(NAMES, max_size=2)
)


@given(CASES, POLICIES)
@example(
    Case({"title": "A", "sort_title": "B"}, as_item({"sort_title": "A"}, frozenset()), {"sort_title": ""}, replaced),
    MergePolicy(preserve_plex_edits=True),
)
def test_plan_is_empty_when_it_was_applied_before(case: Case, policy: MergePolicy) -> None:
    first = plan(case.wanted, case.item, case.written, policy)
    assume(not (case.hides_sort_title and any(change.field == TITLE for change in first.changes)))
    second = plan(case.wanted, case.apply(first), first.writes, policy)
    assert second.is_empty
    assert second.writes == first.writes


def test_plan_is_empty_after_a_title_uncovered_a_sort_title_that_was_hidden() -> None:
    hiding = as_item({"title": "B"}, frozenset({SORT_TITLE}))
    first = plan({"title": "A"}, hiding, {SORT_TITLE: "A"}, STASH_WINS)
    assert [(change.field, change.after) for change in first.changes] == [(TITLE, "A")]
    uncovered = as_item({"title": "A", SORT_TITLE: "B"}, frozenset({TITLE, SORT_TITLE}))
    assert plan({"title": "A"}, uncovered, first.writes, STASH_WINS).is_empty


@given(CASES)
def test_plan_reaches_what_stash_says_when_stash_wins(case: Case) -> None:
    end = case.end(STASH_WINS)
    for name, value in case.wanted.items():
        if FIELDS[name].is_tag:
            assert keys(value) <= keys(end[name])
        elif not is_empty(value) and (name != SORT_TITLE or name not in case.item.locked):
            assert same(end[name], value)


@given(CASES)
def test_plan_takes_away_what_we_wrote_when_stash_has_it_no_longer(case: Case) -> None:
    end = case.end(STASH_WINS)
    for name, value in case.wanted.items():
        if FIELDS[name].is_tag:
            assert keys(end[name]).isdisjoint(keys(case.past(name)) - keys(value))
        elif is_empty(value) and not is_empty(case.past(name)) and (name != SORT_TITLE or is_past_shown(case)):
            assert is_empty(end[name])


def is_past_shown(case: Case) -> bool:
    """Whether the sort title is still the one that we wrote; another one is somebody's, and stays."""
    return same(case.item.values[SORT_TITLE], case.past(SORT_TITLE))


@given(CASES)
def test_plan_makes_lists_exact_when_they_are_mirrored(case: Case) -> None:
    end = case.end(MIRROR)
    for name, value in case.wanted.items():
        if FIELDS[name].is_tag and not is_empty(value):
            assert keys(end[name]) == keys(value)


@given(CASES, POLICIES)
def test_plan_changes_nothing_when_plex_shows_it_all(case: Case, policy: MergePolicy) -> None:
    once = {name: tuple(unique(value).values()) for name, value in case.wanted.items() if isinstance(value, tuple)}
    shown = replace(case.item, values={**case.item.values, **case.wanted, **once})
    assert replace(plan(case.wanted, shown, None, policy), lock=frozenset()).is_empty
    locked = replace(shown, locked=frozenset(FIELDS))
    assert plan(case.wanted, locked, None, policy).is_empty


@given(CASES, POLICIES.filter(lambda policy: not policy.off))
def test_plan_spares_the_user_s_tags_in_lists_that_are_not_mirrored(case: Case, policy: MergePolicy) -> None:
    end = case.end(policy)
    for name in TAG_FIELDS - policy.mirror_lists:
        assert keys(case.item.values[name]) - keys(case.past(name)) <= keys(end[name])


@given(CASES, POLICIES)
def test_plan_touches_no_field_when_stash_never_had_it(case: Case, policy: MergePolicy) -> None:
    result = plan(case.wanted, case.item, None, policy)
    had = {name for name, value in case.wanted.items() if not is_empty(value)} - policy.off
    had |= {SORT_TITLE} if TITLE in had else set()
    assert {change.field for change in result.changes} | result.lock | result.writes.keys() <= had


@given(CASES)
def test_plan_overwrites_no_edit_when_edits_are_preserved(case: Case) -> None:
    for change in plan(case.wanted, case.item, case.written, PRESERVE).changes:
        past = case.past(change.field)
        if FIELDS[change.field].is_tag:
            removed_by_user = keys(past) - keys(change.before)
            assert removed_by_user.isdisjoint(keys(change.after))
        elif change.field == SORT_TITLE:
            is_ours = not is_empty(past) and same(change.before or case.item.values[TITLE], past)
            titles = (case.item.values[TITLE], case.wanted.get(TITLE, ""))  # it has, and is about to get
            is_free = SORT_TITLE not in (case.written or {}) or any(
                is_made_from(change.before, each) for each in titles
            )
            assert is_free or is_ours
            assert is_ours or SORT_TITLE not in case.item.locked
        elif change.field in (case.written or {}):
            assert same(change.before, past)
        else:
            assert is_empty(change.before) or change.field not in case.item.locked


@given(CASES, some_values(ONCE), POLICIES)
def test_plan_never_removes_and_keeps_one_tag_when_tags_change(
    case: Case, intended: Values, policy: MergePolicy
) -> None:
    for change in plan(case.wanted, case.item, case.written, policy, intended=intended).changes:
        assert keys(change.removed).isdisjoint(keys(change.after))
        assert set(change.removed) <= set(as_tags(change.before))


@given(CASES, WANTED, st.sampled_from([STASH_WINS, MIRROR]))
def test_plan_ends_the_same_when_nobody_saw_the_last_edit_arrive(case: Case, now: Values, policy: MergePolicy) -> None:
    unseen = plan(case.wanted, case.item, case.written, policy)
    later = replace(case, wanted=now, item=case.apply(unseen))
    seen = plan(now, later.item, unseen.writes, policy)
    guessed = plan(now, later.item, case.written, policy, intended=unseen.writes)
    for name, value in later.apply(seen).values.items():
        other = later.apply(guessed).values[name]
        assert keys(value) >= keys(other) if FIELDS[name].is_tag else same(value, other) or is_empty(other)


@given(CASES, WANTED)
def test_plan_overwrites_no_less_when_an_intended_edit_was_never_sent(case: Case, now: Values) -> None:
    intended = plan(case.wanted, case.item, case.written, STASH_WINS).writes
    later = replace(case, wanted=now)
    known = later.apply(plan(now, case.item, case.written, STASH_WINS)).values
    guessed = later.apply(plan(now, case.item, case.written, STASH_WINS, intended=intended)).values
    for name, value in now.items():
        if not is_empty(value) and (name != SORT_TITLE or name not in case.item.locked):
            assert keys(value) <= keys(guessed[name]) if FIELDS[name].is_tag else same(known[name], guessed[name])
