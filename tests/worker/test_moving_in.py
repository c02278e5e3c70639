"""The other Stash2Plex was here before: what of its settings holds, and what is not touched before somebody has chosen."""

from pathlib import Path
from typing import Any

import pytest

from settings.predecessor import CHOICE, Chosen
from tests import predecessor
from tests.demo.films import png, sha1
from tests.stepper import Stepper

RED, BLUE = png(4, 4, (200, 0, 0)), png(4, 4, (0, 0, 200))
ALL_OFF = dict.fromkeys(
    (
        *("sync_studio", "sync_summary", "sync_tagline", "sync_date", "sync_performers", "sync_tags", "sync_poster"),
        *("sync_background", "sync_collection"),
    ),
    False,
)
SAYS_ALL: dict[str, Any] = {
    "title": "Sintel!",
    "details": "A girl looks for a dragon.",
    "date": "2010-09-27",
    "rating100": 80,
    "director": "Dana Director",
    "studio": "Open",
    "tags": ["Animation", "Short"],
    "performers": ["Ada Example"],
    "cover": RED,
}
OF_AGENT: dict[str, Any] = {
    "title": "Dragon",
    "titleSort": "Dragon 01",
    "summary": "Of an agent",
    "studio": "Another",
    "originallyAvailableAt": "2011-01-01",
    "tags": {"genre": ["Fantasy"]},
    "poster": BLUE,
}


def left_behind(stepper: Stepper) -> None:
    """The data folder after the other plugin."""
    (stepper.data_dir / "device_id.json").write_text('{"device_id": "0"}', encoding="utf-8")
    stepper.offer()


def chosen(stepper: Stepper, **settings: Any) -> None:
    """Somebody has chosen, and a worker has looked at that."""
    stepper.configure(**settings, **{CHOICE: Chosen.LEFT.value})
    for _ in range(3):
        stepper.later(3)


def test_only_the_title_is_written_when_everything_else_was_off_there(stepper: Stepper) -> None:
    stepper.configure(**ALL_OFF)
    key = stepper.item("Sintel.mkv", summary="Of an agent")
    before = stepper.shown(key)
    stepper.sync(stepper.scene("Sintel.mkv", **SAYS_ALL))
    shown = stepper.shown(key)
    assert (shown.title, shown.summary) == ("Sintel!", "Of an agent")
    assert shown.locked == {"title"}
    assert (shown.tags, shown.studio, shown.date, shown.user_rating, shown.poster_sha1) == (
        *(before.tags, before.studio, before.date, before.user_rating, before.poster_sha1),
    )


@pytest.mark.parametrize("switch", ["enabled", "sync_master"])
def test_everything_is_paused_and_says_why_when_it_was_off_there(stepper: Stepper, switch: str) -> None:
    stepper.configure(**{switch: False})
    key = stepper.item("Sintel.mkv")
    stepper.queue(stepper.scene("Sintel.mkv", **SAYS_ALL))
    stepper.step()
    assert stepper.writes() == 0
    current = stepper.records.pauses.current()
    assert current is not None
    assert (current.kind, f"{switch} of the other Stash2Plex is off" in current.reason) == ("user", True)
    stepper.configure(**{switch: False, "paused": False})  # as Resume on the page does
    stepper.connect()
    stepper.drain()
    assert stepper.shown(key).title == "Sintel!"


def test_empty_fields_are_filled_and_filled_ones_stay_until_somebody_has_chosen(stepper: Stepper) -> None:
    left_behind(stepper)
    key = stepper.item("Sintel.mkv", **OF_AGENT)
    stepper.sync(stepper.scene("Sintel.mkv", **SAYS_ALL))
    shown = stepper.shown(key)
    assert (shown.title, shown.summary, shown.studio, shown.date) == ("Dragon", "Of an agent", "Another", "2011-01-01")
    assert shown.values["titleSort"] == "Dragon 01"
    assert (shown.user_rating, shown.tags["actor"], shown.tags["director"]) == (
        8.0,
        ("Ada Example",),
        ("Dana Director",),
    )
    assert shown.tags["genre"] == ("Fantasy", "Animation", "Short"), "what a list lacks is added"
    assert (shown.poster_sha1, shown.uploads) == (sha1(BLUE), ())
    chosen(stepper)
    shown = stepper.shown(key)
    assert (shown.title, shown.summary, shown.studio, shown.date) == (
        *("Sintel!", "A girl looks for a dragon.", "Open", "2010-09-27"),
    )
    assert shown.poster_sha1 == sha1(RED), "by itself"
    assert stepper.stats()["pending"] == 0


def test_what_is_equal_is_not_ours_until_somebody_has_chosen(stepper: Stepper) -> None:
    """The other plugin wrote it; the next save changes it in Stash."""
    left_behind(stepper)
    key = stepper.item("Sintel.mkv", title="Sintel!", summary="As there")
    scene = stepper.scene("Sintel.mkv", title="Sintel!", details="As there")
    stepper.sync(scene)
    assert stepper.shown(key).locked == frozenset()
    stepper.stash.save_scene(scene, details="Otherwise")
    stepper.sync(scene)
    assert stepper.shown(key).summary == "As there"
    chosen(stepper)
    assert stepper.shown(key).summary == "Otherwise"


def test_nothing_is_emptied_nor_removed_until_somebody_has_chosen(stepper: Stepper) -> None:
    left_behind(stepper)
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", **SAYS_ALL)
    stepper.sync(scene)
    assert stepper.shown(key).summary == "A girl looks for a dragon.", "it was empty"
    stepper.stash.save_scene(scene, details="", rating100=None, tags=["Short"], performers=[])
    stepper.sync(scene, fields=("details", "rating100", "tag_ids", "performer_ids"))
    shown = stepper.shown(key)
    assert (shown.summary, shown.user_rating) == ("A girl looks for a dragon.", 8.0)
    assert (shown.tags["genre"], shown.tags["actor"]) == (("Animation", "Short"), ("Ada Example",))
    chosen(stepper)
    shown = stepper.shown(key)
    assert (shown.summary, shown.user_rating) == ("", None)
    assert (shown.tags["genre"], shown.tags.get("actor", ())) == (("Short",), ())


def test_what_we_have_filled_ourselves_follows_stash_before_anybody_has_chosen(stepper: Stepper) -> None:
    left_behind(stepper)
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", title="Sintel!", details="First", cover=RED)
    stepper.sync(scene)
    stepper.later(3)
    stepper.stash.save_scene(scene, title="Sintel?", details="Second", cover=BLUE)
    stepper.sync(scene)
    shown = stepper.shown(key)
    assert (shown.title, shown.summary, shown.poster_sha1) == ("Sintel?", "Second", sha1(BLUE))


def test_lists_are_not_mirrored_and_no_spelling_is_changed_until_somebody_has_chosen(stepper: Stepper) -> None:
    left_behind(stepper)
    stepper.configure(mirror_lists="genre")
    key = stepper.item("Sintel.mkv", tags={"genre": ["fantasy", "animation"]})
    stepper.sync(stepper.scene("Sintel.mkv", title="Sintel!", tags=["Animation"]))
    assert stepper.shown(key).tags["genre"] == ("fantasy", "animation")
    chosen(stepper, mirror_lists="genre")
    assert [tag.casefold() for tag in stepper.shown(key).tags["genre"]] == ["animation"]


def test_no_filled_field_is_touched_when_plex_edits_were_preserved_there(stepper: Stepper) -> None:
    """There it meant all that is filled, a title that a scan made as well."""
    left_behind(stepper)
    stepper.configure(preserve_plex_edits=True)
    key = stepper.item("Sintel.mkv", summary="Of an agent")
    stepper.sync(stepper.scene("Sintel.mkv", **SAYS_ALL))
    shown = stepper.shown(key)
    assert (shown.title, shown.summary, shown.studio) == ("Sintel", "Of an agent", "Open")


def test_background_waits_until_somebody_has_chosen(stepper: Stepper) -> None:
    left_behind(stepper)
    stepper.configure(sync_background=True)
    key = stepper.item("Sintel.mkv", background=BLUE)
    stepper.sync(stepper.scene("Sintel.mkv", title="Sintel!", cover=RED))
    shown = stepper.shown(key)
    assert (shown.poster_sha1, shown.background_sha1) == (sha1(RED), sha1(BLUE))
    chosen(stepper, background_image=True)
    assert stepper.shown(key).background_sha1 == sha1(RED)


@pytest.mark.parametrize("restarts", [False, True])
def test_question_stays_open_until_it_is_answered_when_its_ground_is_cleared_away(
    stepper: Stepper, restarts: bool
) -> None:
    """Somebody deletes the other plugin's files, and its keys from Stash's configuration."""
    stepper.configure(sync_tags=False)
    left_behind(stepper)
    stepper.later(3)
    (stepper.data_dir / "device_id.json").unlink()
    stepper.configure()
    if restarts:
        stepper.restart()
    key, scene = stepper.item("Sintel.mkv", **OF_AGENT), stepper.scene("Sintel.mkv", **SAYS_ALL)
    stepper.sync(scene)
    assert stepper.shown(key).summary == "Of an agent"
    chosen(stepper)
    assert stepper.shown(key).summary == "A girl looks for a dragon."
    stepper.configure()
    stepper.later(3)
    assert stepper.parts.settings.last.moving_in == "", "answered once and for all"


def test_log_says_once_what_counts_and_once_that_it_was_chosen(stepper: Stepper) -> None:
    stepper.open_log()
    stepper.configure(sync_tags=False, skip_not_found=True)
    for _ in range(2):
        stepper.later(30)
        stepper.restart()
    chosen(stepper)
    text = stepper.log()
    assert text.count("these settings come from it: skip_fields, skip_not_in_plex") == 1
    assert text.count("What holds of the other Stash2Plex's settings has been chosen") == 1


def test_nothing_is_different_when_the_other_plugin_was_never_here(stepper: Stepper) -> None:
    stepper.open_log()
    key = stepper.item("Sintel.mkv", **OF_AGENT)
    scene = stepper.scene("Sintel.mkv", **SAYS_ALL)
    stepper.sync(scene)
    assert (stepper.shown(key).title, stepper.shown(key).poster_sha1) == ("Sintel!", sha1(RED))
    assert stepper.records.facts.get("moving_in") is None
    assert stepper.records.facts.get("content")["now"].keys().isdisjoint({"fills_only"})
    assert "other Stash2Plex" not in stepper.log()


def test_stash_is_asked_no_more_than_before_when_the_other_plugin_was_here(stepper: Stepper, tmp_path: Path) -> None:
    asked = []
    with Stepper(tmp_path / "other") as other:
        left_behind(other)
        for each in (stepper, other):
            each.item("Sintel.mkv")
            each.sync(each.scene("Sintel.mkv", **SAYS_ALL))
            each.later(30)
            asked.append([tuple(entry.root_fields) for entry in each.stash.log.entries])
    assert asked[0] == asked[1]


def test_save_arrives_when_a_process_of_the_other_one_lives_on_and_takes_it_out_of_the_queue(stepper: Stepper) -> None:
    stepper.open_log()
    key, scene_id = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.drain()
    stepper.queue(scene_id)
    predecessor.take(stepper.data_dir)
    stepper.drain()
    assert stepper.shown(key).title == "Sintel!"
    assert "Another program has taken jobs out of the queue; they start again: 1" in stepper.log()
