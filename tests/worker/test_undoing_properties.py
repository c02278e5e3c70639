"""Whatever syncs and people do to an item.

An undo since any moment shows what was shown then, and what people changed since stays.
"""

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from plex.fields import FIELDS, Value, same
from plex.merge import plan, restore_plan
from plex.model import Item
from plex.plan import ItemPlan, MergePolicy
from records import Choice, Overwritten
from worker.control.earlier import earlier_of

SCALARS = {
    "title": st.sampled_from(["Sintel", "Spring", "Hero"]),
    "sort_title": st.sampled_from(["", "Dream 02"]),  # Stash has none, Plex and people do
    "summary": st.sampled_from(["", "One", "Two"]),
    "date": st.sampled_from(["", "2010-09-27", "2012-09-26"]),
    "rating": st.sampled_from([None, 4.0, 8.0]),
}
NAMES = st.lists(st.sampled_from(["Ada", "Bo", "Cy", "Di"]), unique=True).map(tuple)
LISTS = {"genre": NAMES, "actor": NAMES}
VALUES = st.fixed_dictionaries({**SCALARS, **LISTS})
SYNC = st.tuples(st.just("sync"), VALUES)
LOST = st.tuples(st.just("lost"), VALUES)
PERSON = st.tuples(st.just("person"), st.fixed_dictionaries({}, optional=SCALARS))


@dataclass
class Place:
    """An item, what is recorded of it, and what syncs overwrote.

    `builds`: the server makes a new sort title of an emptied one, and shows none.
    """

    item: Item
    builds: bool = True
    written: dict[str, Value] = field(default_factory=dict)
    changes: list[Overwritten] = field(default_factory=list)
    now: float = 0.0

    def sync(self, wanted: dict[str, Value], *, arrives: bool = True) -> None:
        """One batch of its own; an edit that never arrives leaves its change all the same."""
        wanted = {name: value for name, value in wanted.items() if name != "sort_title"}
        made = plan(wanted, self.item, self.written, MergePolicy())
        fields = {name: self.item.values[name] for name in made.lock} | {
            change.field: change.after for change in made.changes
        }
        if fields:
            base = {name: self.written[name] for name in fields if name in self.written}
            before = {name: self.item.values[name] for name in fields}
            locked = self.item.locked & fields.keys()
            place = (1, 7, 1, "movie", self.now, f"all {self.now:.0f}")
            self.changes.append(Overwritten(*place, before, fields, base, locked, (), len(self.changes) + 1))
        if arrives:
            self.apply(made)
            self.written = dict(made.writes)

    def apply(self, made: ItemPlan) -> None:
        values = {**self.item.values, **{change.field: change.after for change in made.changes}}
        if not (self.builds or values["sort_title"]):
            values["sort_title"] = self.item.values["sort_title"]
        locked = (self.item.locked | made.lock | {change.field for change in made.changes}) - made.unlock
        self.item = replace(self.item, values=values, locked=locked)

    def edit(self, values: dict[str, Value]) -> None:
        """Somebody edits the item in Plex."""
        self.item = replace(self.item, values={**self.item.values, **values}, locked=self.item.locked | values.keys())

    def undo(self, choice: Choice) -> ItemPlan:
        if not any(map(choice.holds, self.changes)):
            return ItemPlan()
        earlier = earlier_of(self.changes, choice.holds)
        made = restore_plan(earlier.original, self.item, earlier.after, intended=earlier.unsure)
        self.apply(made)
        return made


def shown(item: Item) -> dict[str, object]:
    return {name: set(value) if FIELDS[name].is_tag else value for name, value in item.values.items()}


@settings(max_examples=400, deadline=None)
@given(VALUES, st.lists(st.one_of(SYNC, SYNC, LOST), min_size=1, max_size=6), st.data())
def test_undo_since_a_moment_shows_what_was_shown_then(values, steps, data) -> None:
    place = Place(Item(7, 1, "movie", "", {}, values), data.draw(st.booleans()))
    moments = []
    for kind, wanted in steps:
        place.now += 1
        moments.append((place.now, place.item))
        place.sync(wanted, arrives=kind == "sync")
    since, then = data.draw(st.sampled_from(moments))
    made = place.undo(Choice(since=since))
    assert shown(place.item) == shown(then)
    assert place.item.locked == then.locked
    assert made.kept == ()
    assert place.undo(Choice(since=since)).is_empty, "a second time there is nothing to do"


@settings(max_examples=400, deadline=None)
@given(VALUES, st.lists(st.one_of(SYNC, PERSON), min_size=1, max_size=8), st.data())
def test_what_people_changed_since_stays_and_is_listed(values, steps, data) -> None:
    place = Place(Item(7, 1, "movie", "", {}, values), data.draw(st.booleans()))
    for kind, given_values in steps:
        place.now += 1
        place.sync(given_values) if kind == "sync" else place.edit(given_values)
    before = place.item
    made = place.undo(Choice(since=data.draw(st.sampled_from([step + 1.0 for step in range(len(steps))]))))
    last = {change.field: change.before for change in made.changes}
    for name, written in ((name, place.changes[-1].after.get(name)) for name in SCALARS if place.changes):
        touched = [change for change in place.changes if name in change.after]
        if touched and not same(before.values[name], touched[-1].after[name]):
            unsure = touched[-1].before[name]
            assert name not in last or same(before.values[name], unsure), (name, written)


@settings(max_examples=300, deadline=None)
@given(VALUES, st.lists(VALUES, min_size=2, max_size=5), st.data())
def test_undo_of_one_run_leaves_what_later_runs_wrote(values, wanted, data) -> None:
    place = Place(Item(7, 1, "movie", "", {}, values), data.draw(st.booleans()))
    for each in wanted:
        place.now += 1
        place.sync(each)
    if not place.changes:
        return
    chosen = data.draw(st.sampled_from(place.changes))
    later = {name for change in place.changes if change.id > chosen.id for name in change.after}
    before = place.item
    place.undo(Choice(run=chosen.run))
    for name in later:
        assert place.item.values[name] == before.values[name]
    for name in chosen.after.keys() - later:
        assert shown(place.item)[name] == (set(chosen.before[name]) if name in LISTS else chosen.before[name])
