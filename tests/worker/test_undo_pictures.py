"""Restore Plex Values gives pictures back.

The earlier poster is chosen again, and where none was, the choice is taken back by a Plex that can.
"""

from typing import Any

import pytest

from tests.fakes.plex import Fault
from tests.worker.test_pictures import BLUE, RED, sha1
from tests.worker.test_undo import undo

NEW = "1.43.0.10162-b67a664ab"
UNSURE = ("nothing", "agent")


def synced(stepper: Any, name: str = "Sintel", **item: Any) -> int:
    """An item whose poster and background are the scene's cover now."""
    stepper.now += 2
    stepper.configure(background_image=True)
    key: int = stepper.item(f"{name}.mkv", **item)
    stepper.sync(stepper.scene(f"{name}.mkv", title=f"{name}!", cover=RED))
    shown = stepper.shown(key)
    assert (shown.poster_sha1, shown.background_sha1) == (sha1(RED), sha1(RED))
    assert {"thumb", "art"} <= shown.locked
    return key


def look(stepper: Any, key: int) -> tuple[str, str, str, frozenset[str]]:
    shown = stepper.shown(key)
    return shown.title, shown.poster_sha1, shown.background_sha1, shown.locked


@pytest.mark.parametrize("reading", UNSURE)
@pytest.mark.parametrize("locks", [True, False])
def test_choice_is_taken_back_where_none_was_made_before(stepper, reading, locks):
    stepper.plex.options.version, stepper.plex.options.cleared_shows = NEW, reading
    stepper.plex.options.upload_locks = locks
    key = synced(stepper)
    progress = undo(stepper)
    assert (progress["restored"], progress["lost"], progress["notes"]) == (1, 0, [])
    assert look(stepper, key) == ("Sintel", "", "", frozenset())
    assert stepper.shown(key).uploads == (sha1(RED),), "it stays in the list"


@pytest.mark.parametrize(("reading", "shown"), [("nothing", ""), ("agent", sha1(BLUE))])
def test_agents_poster_is_chosen_again_and_plex_is_left_to_show_its_own_background(stepper, reading, shown):
    stepper.plex.options.version, stepper.plex.options.cleared_shows = NEW, reading
    key = synced(stepper, poster=BLUE, background=BLUE)
    assert undo(stepper)["restored"] == 1
    assert look(stepper, key) == ("Sintel", sha1(BLUE), shown, frozenset())


def test_plex_is_left_to_show_its_own_poster_where_the_earlier_one_is_no_longer_in_its_list(stepper):
    stepper.plex.options.version = NEW
    key = synced(stepper, poster=BLUE)
    shelf = stepper.plex.state.items[key].pictures["posters"]
    shelf.pictures = {url: sha1 for url, sha1 in shelf.pictures.items() if url.startswith("upload://")}
    assert undo(stepper)["restored"] == 1
    assert look(stepper, key) == ("Sintel", "", "", frozenset())


def test_earlier_poster_that_is_still_listed_is_not_given_up_for_one_refusal(stepper):
    stepper.plex.options.version = NEW
    stepper.now += 2
    key = stepper.item("Sintel.mkv", poster=BLUE)
    stepper.sync(stepper.scene("Sintel.mkv", title="Sintel!", cover=RED))
    stepper.plex.faults.add(Fault("status", status=400, request_kind="picture_select", times=1))
    progress = undo(stepper)
    assert (progress["restored"], progress["refused"]) == (0, 1)
    assert stepper.plex.journal.count("picture_clear") == 0
    assert undo(stepper)["restored"] == 1
    assert stepper.shown(key).poster_sha1 == sha1(BLUE)


def test_nothing_is_taken_back_by_a_plex_that_is_too_old_and_that_is_said(stepper):
    key = synced(stepper)
    progress = undo(stepper)
    assert (progress["restored"], progress["lost"]) == (1, 2)
    assert "poster is not put back" in progress["notes"][0]
    assert "only from version 1.43 on it takes a choice back" in progress["notes"][0]
    assert look(stepper, key) == ("Sintel", sha1(RED), sha1(RED), frozenset())
    assert stepper.plex.journal.count("picture_clear") == 0


def test_nothing_is_said_of_pictures_where_none_is_chosen_any_more(stepper):
    """Its database came back from a backup, say."""
    key = synced(stepper)
    stepper.plex.state.items[key].pictures = {}
    stepper.configure(background_image=False)
    assert [note for note in undo(stepper)["notes"] if "poster" in note] == []


def test_plex_that_only_seems_new_is_asked_once(stepper):
    stepper.plex.options.version, stepper.plex.options.clears_choice_from = NEW, "99.0.0.0"
    keys = [synced(stepper, name) for name in ("Sintel", "Spring", "Hero")]
    progress = undo(stepper)
    assert (progress["restored"], progress["lost"], progress["refused"]) == (3, 6, 0)
    assert [look(stepper, key)[1:] for key in keys] == [(sha1(RED), sha1(RED), frozenset())] * 3
    assert stepper.plex.journal.count("picture_clear") == 1


@pytest.mark.parametrize("kind", ["picture_clear", "edit"])
@pytest.mark.parametrize("applied", [True, False])
def test_what_was_interrupted_is_taken_back_by_the_next_try(stepper, kind, applied):
    stepper.plex.options.version = NEW
    key = synced(stepper)
    stepper.plex.faults.add(Fault("reset", request_kind=kind, applied=applied, times=1))
    undo(stepper)
    stepper.later(60)
    assert look(stepper, key) == ("Sintel", "", "", frozenset())
    assert stepper.records.originals.count() == 0


def test_pictures_that_were_chosen_since_stay_with_their_locks(stepper):
    stepper.plex.options.version = NEW
    key = synced(stepper)
    client = stepper.parts.plex.client()
    client.artwork.set("poster", key, BLUE)
    client.artwork.set("background", key, BLUE)
    assert undo(stepper)["restored"] == 1
    assert look(stepper, key) == ("Sintel", sha1(BLUE), sha1(BLUE), frozenset({"thumb", "art"}))
    assert stepper.plex.journal.count("picture_clear") == 0
