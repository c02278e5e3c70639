"""A field that Plex refuses: everything else of its scene arrives, and the field is named.

It is not sent again until something is different.
"""

import pytest

from records import RefusedField
from records.scene_notes import REFUSED_KEPT_S
from tests.fakes.plex import Fault
from tests.worker.test_undoing import run, undo
from worker.sync.plex_link import REFUSED_S
from worker.sync.refusals import digest, still_refused
from worker.sync.wanted import PHOTOS

SNOWMAN = "\N{SNOWMAN}"
BAD = f"Snow {SNOWMAN}."


@pytest.fixture
def refusing(stepper):
    """A Plex that fails at a snowman wherever it stands."""
    stepper.plex.options.bad_values = frozenset({SNOWMAN})
    stepper.configure(skip_fields="poster")
    return stepper


def film(stepper, name="Sintel", **fields):
    key = stepper.item(f"{name}.mkv", summary="Agent's", tags={"genre": ["Agent's"]})
    scene_fields = {
        "title": f"{name}!",
        "details": BAD,
        "rating100": 80,
        "date": "2010-09-27",
        "tags": ["Short"],
        **fields,
    }
    return key, stepper.scene(f"{name}.mkv", **scene_fields)


def requests_of(stepper, *scenes):
    before = stepper.plex.journal.count()
    stepper.sync(*scenes)
    return stepper.plex.journal.count() - before


def test_everything_else_arrives_and_the_refused_field_is_told_once(refusing, caplog):
    caplog.set_level("INFO", "stash2plex.worker")
    key, scene = film(refusing)
    refusing.sync(scene)
    shown = refusing.shown(key)
    assert (shown.title, shown.summary, shown.user_rating, shown.date) == ("Sintel!", "Agent's", 8.0, "2010-09-27")
    assert set(shown.tags["genre"]) == {"Agent's", "Short"}
    assert refusing.dead_letters() == []
    assert f"Scene {scene}: summary was not written: Plex answers 500 to it" in caplog.text
    (sync,) = refusing.records.history.last()
    assert ("summary", "", "not written: Plex answers 500 to it, although it takes other changes") in {
        (change.field, change.before, change.after) for change in sync.changes
    }
    writes = refusing.writes()
    refusing.sync(scene)
    refusing.sync(scene)
    assert (refusing.writes(), len(refusing.records.history.last())) == (writes, 1)
    refusing.stash.save_scene(scene, tags=["Short", "Drama"])
    refusing.sync(scene)
    assert set(refusing.shown(key).tags["genre"]) == {"Agent's", "Short", "Drama"}
    assert refusing.writes() == writes + 1, "the summary is not sent along"


def test_refused_field_is_not_recorded_as_written_and_survives_an_undo_of_the_rest(refusing):
    key, scene = film(refusing)
    refusing.sync(scene)
    record = refusing.records.written.get(scene)[key]
    assert "summary" not in record.values
    assert record.values["title"] == "Sintel!"
    (change,) = refusing.records.changes.of_items([key])
    assert "summary" not in change.after.keys() | change.before.keys() | change.base.keys() | change.locked
    assert change.after["title"] == "Sintel!"


def test_undo_gives_the_rest_back_and_leaves_the_refused_field_alone(refusing):
    key, scene = film(refusing)
    name = run(refusing, "all", scene)
    refusing.now += 60
    progress = undo(refusing, run=name)
    shown = refusing.shown(key)
    assert (progress["restored"], progress["refused"], progress["notes"]) == (1, 0, [])
    assert (shown.title, shown.summary, shown.tags["genre"], shown.user_rating) == (
        "Sintel",
        "Agent's",
        ("Agent's",),
        None,
    )
    assert shown.locked == frozenset()


def test_undo_that_plex_refuses_in_part_is_told_and_can_be_done_again(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper, details="Told")
    name = run(stepper, "all", scene)
    stepper.now += 60
    stepper.plex.options.bad_values = frozenset({"Agent's"})
    progress = undo(stepper, run=name)
    assert (progress["restored"], progress["refused"]) == (0, 1)
    assert "summary was not written: Plex answers 500 to it" in " ".join(progress["notes"])
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Sintel", "Told")
    stepper.plex.options.bad_values = frozenset()
    assert undo(stepper, run=name)["restored"] == 1
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Sintel", "Agent's")


def test_what_an_undo_put_back_stays_where_plex_refused_the_rest(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper, details="Told")
    name = run(stepper, "all", scene)
    stepper.now += 60
    stepper.plex.options.bad_values = frozenset({"Agent's"})
    assert undo(stepper, run=name)["refused"] == 1
    run(stepper, "all", scene)
    assert (stepper.shown(key).title, stepper.shown(key).summary, stepper.shown(key).user_rating) == (
        "Sintel",
        "Told",
        None,
    )
    stepper.plex.options.bad_values = frozenset()
    assert undo(stepper, run=name)["notes"] == []
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Sintel", "Agent's")
    run(stepper, "all", scene)
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Sintel", "Agent's")


def test_field_that_plex_takes_of_no_item_is_tried_again_after_a_day(stepper):
    """A proxy may have refused it for an hour."""
    stepper.configure(skip_fields="poster")
    stepper.plex.options.refused_fields = frozenset({"summary"})
    films = [film(stepper, f"Film {number}", details="Words") for number in range(5)]
    stepper.sync(*(scene for _, scene in films))
    stepper.plex.options.refused_fields = frozenset()
    key, scene = films[4]
    stepper.now += REFUSED_S - 60
    stepper.restart()
    stepper.sync(scene)
    assert stepper.shown(key).summary == "Agent's"
    stepper.now += 120
    stepper.restart()
    stepper.sync(scene)
    assert stepper.shown(key).summary == "Words"
    assert "refused" not in stepper.records.facts.get("plex_habits")


def test_field_is_tried_again_once_stash_says_something_else(refusing):
    key, scene = film(refusing)
    refusing.sync(scene)
    refusing.stash.save_scene(scene, details="Snow.")
    refusing.sync(scene)
    assert refusing.shown(key).summary == "Snow."
    assert refusing.records.refused.of_scenes([scene]) == {}
    assert refusing.records.written.get(scene)[key].values["summary"] == "Snow."


@pytest.mark.parametrize("what", ["version", "time"])
def test_field_is_tried_again_once_it_may_be_taken(refusing, what):
    key, scene = film(refusing)
    refusing.sync(scene)
    refusing.plex.options.bad_values = frozenset()
    refusing.sync(scene)
    assert refusing.shown(key).summary == "Agent's"
    if what == "version":
        refusing.plex.options.version = "1.99.0.1-new"
        refusing.parts.plex.forget()
    else:
        refusing.now += REFUSED_KEPT_S + 1
    refusing.sync(scene)
    assert refusing.shown(key).summary == BAD


def test_scene_whose_only_change_is_refused_is_done(refusing):
    key, scene = film(refusing, details="Told")
    refusing.sync(scene)
    refusing.stash.save_scene(scene, details=BAD)
    refusing.sync(scene)
    assert (refusing.shown(key).summary, refusing.dead_letters()) == ("Told", [])
    assert refusing.records.written.get(scene)[key].values["summary"] == "Told", "which stands there still"
    writes = refusing.writes()
    refusing.sync(scene)
    assert refusing.writes() == writes
    refusing.stash.save_scene(scene, details="Told")
    refusing.sync(scene)
    assert refusing.writes() == writes
    assert refusing.records.refused.of_scenes([scene]) == {}


def test_long_text_keeps_nothing_else_from_arriving(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper, details="説明" * 600)
    stepper.sync(scene)
    shown = stepper.shown(key)
    assert (shown.title, shown.summary, shown.user_rating, shown.date) == ("Sintel!", "Agent's", 8.0, "2010-09-27")
    assert set(shown.tags["genre"]) == {"Agent's", "Short"}
    assert stepper.dead_letters() == []
    ((refused,),) = (rows.values() for rows in stepper.records.refused.of_scenes([scene]).values())
    assert refused.field == "summary"
    assert refused.why.startswith("it needs a request of 10,8")
    writes = stepper.plex.journal.count("edit")
    stepper.sync(scene)
    assert stepper.plex.journal.count("edit") == writes
    stepper.plex.options.url_limit = 100_000
    stepper.stash.save_scene(scene, details="説明" * 601)
    stepper.parts.plex.forget()
    stepper.sync(scene)
    assert stepper.shown(key).summary == "説明" * 601


def test_field_that_plex_takes_of_no_item_costs_a_library_next_to_nothing(stepper):
    stepper.configure(skip_fields="poster")
    stepper.plex.options.refused_fields = frozenset({"summary"})
    films = [film(stepper, f"Film {number}", details=f"Words {number}") for number in range(100)]
    scenes = [scene for _, scene in films]
    assert requests_of(stepper, *scenes) <= 135
    assert all(stepper.shown(key).title == f"Film {number}!" for number, (key, _) in enumerate(films))
    assert stepper.dead_letters() == []
    assert requests_of(stepper, *scenes) <= 3
    for number, scene in enumerate(scenes):
        stepper.stash.save_scene(scene, title=f"Other {number}", details=f"Other words {number}")
    assert requests_of(stepper, *scenes) <= 110
    assert stepper.records.facts.get("plex_habits")["refused"] == "summary"
    stepper.plex.options.refused_fields = frozenset()
    stepper.plex.options.version = "1.99.0.1-new"
    stepper.parts.plex.forget()
    stepper.sync(*scenes)
    assert all(stepper.shown(key).summary == f"Other words {number}" for number, (key, _) in enumerate(films))


def test_emptying_that_plex_refuses_is_none(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper, details="Told")
    stepper.sync(scene)
    stepper.plex.faults.add(
        Fault("status", status=400, request_kind="edit", when=lambda request: ("summary.value", "") in request.query)
    )
    stepper.stash.save_scene(scene, details="")
    stepper.sync(scene)
    assert (stepper.shown(key).summary, stepper.dead_letters()) == ("Told", [])
    assert list(stepper.records.emptyings.counting(now=stepper.now, window_s=3600)) == []
    assert stepper.records.written.get(scene)[key].values["summary"] == "Told"


def test_what_was_refused_goes_with_its_scene_and_its_item(refusing):
    _, scene = film(refusing)
    other_key, other = film(refusing, "Cosmos Laundromat")
    refusing.sync(scene, other)
    refusing.records.forget_scene(scene, at=refusing.now)
    refusing.records.forget_item(other_key)
    assert refusing.records.refused.of_scenes([scene, other]) == {}


def test_labels_capital_letter_is_no_reason_to_write_again(stepper):
    stepper.configure(tags_to="labels", skip_fields="poster")
    key, scene = film(stepper, details="Told", tags=["sci-fi", "short"])
    stepper.sync(scene)
    assert set(stepper.shown(key).tags["label"]) == {"Sci-fi", "Short"}
    writes = stepper.writes()
    stepper.sync(scene)
    stepper.stash.save_scene(scene, rating100=80)
    stepper.sync(scene)
    assert stepper.writes() == writes
    stepper.stash.save_scene(scene, tags=["short"])
    stepper.sync(scene)
    assert stepper.shown(key).tags["label"] == ("Short",), "removed as Plex spells it"
    assert stepper.writes() == writes + 2, "once more, to learn how the server reads a list"


def test_another_way_to_the_server_may_take_what_was_refused():
    row = RefusedField(1, 2, "summary", digest("Told"), "id 1.42 http://proxy:80", "no", 1.0)
    assert still_refused([row], {"summary": "Told"}, "id 1.42 http://proxy:80") == {"summary"}
    for wanted, server in (
        ({"summary": "Told"}, "id 1.42 http://plex:32400"),
        ({"summary": "Other"}, row.server),
        ({}, row.server),
    ):
        assert still_refused([row], wanted, server) == frozenset()


@pytest.mark.parametrize("reading", ["add", "replace"])
def test_agents_actors_keep_their_entries_where_plex_adds(stepper, reading):
    stepper.configure(skip_fields="poster")
    stepper.plex.options.tag_lists = reading
    films = []
    for number in range(5):
        key = stepper.item(f"Film {number}.mkv", title="x", tags={"actor": [("Ada Agent", "Herself"), f"Own {number}"]})
        performers = ["Cy Example", "Ada Agent", f"Dee {number}"]
        films.append((key, stepper.scene(f"Film {number}.mkv", title="x", performers=performers)))
    stepper.sync(*(scene for _, scene in films))
    for number, (key, _) in enumerate(films):
        shown = stepper.shown(key)
        assert set(shown.tags["actor"]) == {"Ada Agent", f"Own {number}", "Cy Example", f"Dee {number}"}
    sent = [value for edit in stepper.plex.journal.records("edit") for name, value in edit.query if "].tag.tag" in name]
    assert sent.count("Ada Agent") == (2 if reading == "add" else 7), "of the one item from which it was learned"
    assert stepper.plex.journal.count("edit") <= 5 + 3


def test_worker_that_dies_between_the_halves_loses_and_doubles_nothing(refusing):
    key, scene = film(refusing, tags=["Short", "Drama"])
    refusing.plex.faults.add(Fault("reset", request_kind="edit", skip=4))
    refusing.sync(scene)
    assert refusing.records.written.get(scene)[key].intended["title"] == "Sintel!"
    refusing.plex.faults.clear_faults()
    refusing.later(600)
    shown = refusing.shown(key)
    assert (shown.title, shown.summary, shown.user_rating, shown.date) == ("Sintel!", "Agent's", 8.0, "2010-09-27")
    assert sorted(shown.tags["genre"]) == ["Agent's", "Drama", "Short"]
    record = refusing.records.written.get(scene)[key]
    assert (record.intended, "summary" in record.values, refusing.dead_letters()) == ({}, False, [])


def test_photos_are_sent_again_once_their_actors_are_taken(stepper):
    stepper.fine_tune(stash_public_url="http://stash.example:9999")
    stepper.configure(skip_fields="poster", performer_photos=True)
    stepper.plex.options.refused_fields = frozenset({"actor"})
    stepper.stash.create_performer("Ada Example", image="data:image/jpeg;base64,/9j/4AAQ")
    key, scene = film(stepper, details="Told", performers=["Ada Example"])
    stepper.sync(scene)
    assert PHOTOS not in stepper.records.written.get(scene)[key].values
    assert all(change.field != PHOTOS for sync in stepper.records.history.last() for change in sync.changes)
    stepper.plex.options.refused_fields = frozenset()
    stepper.plex.options.version = "1.99.0.1-new"
    stepper.parts.plex.forget()
    stepper.sync(scene)
    assert stepper.shown(key).photos.keys() == {"Ada Example"}
