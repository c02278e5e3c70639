"""Covers: what is uploaded to Plex can never be deleted again, so nothing is sent twice."""

import pytest

from plex.artwork import MAX_PICTURE_BYTES
from records import FieldChange
from records.written import RACY_S
from tests.demo.films import png, sha1
from tests.fakes.plex import Fault

LATER_S = RACY_S + 1  # an answer takes its time
RED, BLUE = png(4, 4, (200, 0, 0)), png(4, 4, (0, 0, 200))


def test_cover_becomes_the_poster_and_its_lock_is_set(stepper):
    key = stepper.item("Sintel.mkv", poster=b"\x89PNG\r\n\x1a\n what the agent found")
    stepper.sync(stepper.scene("Sintel.mkv", cover=RED))
    shown = stepper.shown(key)
    assert (shown.poster_sha1, shown.uploads) == (sha1(RED), (sha1(RED),))
    assert "thumb" in shown.locked


def test_cover_is_not_asked_for_when_only_a_tag_was_renamed(stepper):
    """A rename moves no scene's time, so a tag of thousands of scenes costs no request for a cover."""
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", cover=RED, tags=["Anime"])
    stepper.now += LATER_S
    stepper.sync(scene)
    asked = stepper.stash.log.counts["picture"]
    stepper.stash.rename_tag(stepper.stash.library.tag_ids(["Anime"])[0], "Animation")
    stepper.sync(scene)
    assert stepper.shown(key).tags["genre"] == ("Animation",)
    assert stepper.stash.log.counts["picture"] == asked


@pytest.mark.parametrize("looked_s", [0, 1, 2, 5])
@pytest.mark.parametrize("made_s", [0, 1, 2, 5])
def test_cover_that_stash_made_behind_the_hook_arrives_whatever_is_saved_next(stepper, looked_s, made_s):
    """Stash makes it without a hook, and keeps whole seconds: an equal time does not prove that nothing changed."""
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv")
    stepper.now += looked_s
    stepper.sync(scene)
    stepper.now += made_s
    stepper.stash.generate_cover(scene, RED)
    stepper.stash.save_scene(scene, title="Changed")
    stepper.sync(scene, fields=("title",))
    assert stepper.shown(key).poster_sha1 == sha1(RED)


def test_one_look_two_seconds_later_is_enough(stepper):
    stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", cover=RED)
    stepper.sync(scene)
    for _ in range(3):
        stepper.now += LATER_S
        stepper.sync(scene)
    assert (stepper.stash.log.counts["picture 200"], stepper.stash.log.counts["picture 304"]) == (1, 1)


def test_bytes_are_never_uploaded_again_when_only_the_address_changed(stepper):
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", cover=RED)
    stepper.sync(scene)
    stepper.now += 2
    stepper.stash.save_scene(scene, title="Changed")
    stepper.sync(scene)  # nobody knows what was sent: the cover has to be looked at
    assert stepper.stash.log.counts["picture 304"] == 1
    assert stepper.shown(key).uploads == (sha1(RED),)


def test_picture_that_plex_has_already_is_chosen_and_not_sent(stepper):
    """All within one second, in which Stash gives every cover of a scene the same address."""
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", cover=RED)
    for cover in (RED, BLUE, RED):
        stepper.stash.save_scene(scene, cover=cover)
        stepper.sync(scene, fields=("cover_image",))
        assert stepper.shown(key).poster_sha1 == sha1(cover)
    assert sorted(stepper.shown(key).uploads) == sorted([sha1(RED), sha1(BLUE)])


def test_second_item_gets_the_cover_too_when_the_first_has_it_already(stepper):
    """The ETag that was recorded for the first item says nothing about the second."""
    first = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", cover=RED)
    stepper.sync(scene)
    other = stepper.plex.state.add_section("More movies", locations=["/media"]).key
    second = stepper.item("Sintel.mkv", section=other)
    stepper.later(3)
    stepper.parts.plex.forget()
    stepper.stash.save_scene(scene, title="Changed")
    stepper.sync(scene)
    assert stepper.shown(second).title == "Changed"
    assert [stepper.shown(key).poster_sha1 for key in (first, second)] == [sha1(RED)] * 2
    assert stepper.shown(first).uploads == (sha1(RED),)


def test_scene_is_synced_all_the_same_when_plex_refuses_its_picture(stepper):
    key = stepper.item("Sintel.mkv")
    refused = stepper.plex.faults.add(Fault("status", status=413, request_kind="picture_upload"))
    stepper.sync(stepper.scene("Sintel.mkv", title="Sintel!", cover=RED))
    assert refused.hits == 1
    assert stepper.shown(key).title == "Sintel!"
    assert stepper.stats()["completed"] == 1
    (sync,) = stepper.records.history.last()
    (change,) = [change for change in sync.changes if change.field == "poster"]
    assert "with 413" in str(change.after)


def test_cover_that_is_too_large_is_told_to_people_and_not_asked_for_again(stepper, caplog):
    caplog.set_level("INFO", "stash2plex.worker")
    key = stepper.item("Sintel.mkv", title="Sintel!")
    scene = stepper.scene("Sintel.mkv", title="Sintel!", cover=RED + b"x" * MAX_PICTURE_BYTES)
    stepper.sync(scene)
    why = "the cover was not sent: it has 10.0 MB, and 10 is the most; choose a smaller one in Stash"
    assert stepper.shown(key).uploads == ()
    assert f"Scene {scene}: {why}" in caplog.text
    (sync,) = stepper.records.history.last()
    assert sync.changes == (FieldChange("poster", "", why),)
    fetched = stepper.stash.log.counts["picture"]
    for _ in range(2):
        stepper.now += LATER_S
        stepper.sync(scene)
    assert stepper.stash.log.counts["picture"] == fetched + 1, "nobody knows the first time"
    assert len(stepper.records.history.last()) == 1


@pytest.mark.parametrize("cover", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_nothing_is_uploaded_when_stash_has_no_picture_of_its_own(stepper, cover):
    key = stepper.item("Sintel.mkv")
    stepper.sync(stepper.scene("Sintel.mkv", title="Sintel!", cover=cover))
    assert stepper.shown(key).title == "Sintel!"
    assert stepper.shown(key).uploads == ()


@pytest.mark.parametrize("preserves", [False, True])
def test_poster_and_background_stay_when_the_cover_is_deleted_in_stash(stepper, preserves):
    """Stash has the button since 0.31: it sends `cover_image` as null, and answers the drawing of its own from then on."""
    stepper.configure(background_image=True, preserve_plex_edits=preserves)
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", title="Sintel", cover=RED)
    stepper.sync(scene)
    stepper.now += LATER_S
    stepper.stash.library.scenes[scene].cover = b""
    stepper.stash.save_scene(scene, title="Sintel!", cover_image=None)
    stepper.sync(scene, fields=("cover_image", "title"))
    shown = stepper.shown(key)
    assert (shown.title, shown.poster_sha1, shown.background_sha1) == ("Sintel!", sha1(RED), sha1(RED))
    assert {"thumb", "art"} <= set(shown.locked)
    assert [change.field for change in stepper.records.history.last()[0].changes] == ["title"]
    stepper.now += LATER_S
    stepper.stash.save_scene(scene, cover=BLUE)
    stepper.sync(scene, fields=("cover_image",))
    assert stepper.shown(key).poster_sha1 == sha1(BLUE)


def test_users_own_poster_stays_when_plex_edits_are_preserved(stepper):
    stepper.configure(preserve_plex_edits=True)
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", cover=RED)
    stepper.sync(scene)
    stepper.parts.plex.client().artwork.set("poster", key, BLUE)  # the user chooses another one in Plex
    stepper.stash.save_scene(scene, cover=png(4, 4, (0, 200, 0)))
    stepper.sync(scene, fields=("cover_image",))
    assert stepper.shown(key).poster_sha1 == sha1(BLUE)


def test_users_own_background_stays_when_plex_edits_are_preserved(stepper):
    stepper.configure(preserve_plex_edits=True, background_image=True)
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", cover=RED)
    stepper.sync(scene)
    stepper.parts.plex.client().artwork.set("background", key, BLUE)  # the user chooses another one in Plex
    green = png(4, 4, (0, 200, 0))
    stepper.stash.save_scene(scene, cover=green)
    stepper.sync(scene, fields=("cover_image",))
    assert (stepper.shown(key).background_sha1, stepper.shown(key).poster_sha1) == (sha1(BLUE), sha1(green))


def test_poster_is_left_alone_when_it_is_among_the_skipped_fields(stepper):
    stepper.configure(skip_fields="poster")
    key = stepper.item("Sintel.mkv")
    stepper.sync(stepper.scene("Sintel.mkv", title="Sintel!", cover=RED))
    assert stepper.shown(key).title == "Sintel!"
    assert stepper.shown(key).uploads == ()


def test_cover_becomes_the_background_too_when_that_is_wanted(stepper):
    stepper.configure(background_image=True)
    key = stepper.item("Sintel.mkv")
    stepper.sync(stepper.scene("Sintel.mkv", cover=RED))
    assert (stepper.shown(key).poster_sha1, stepper.shown(key).background_sha1) == (sha1(RED), sha1(RED))


def test_what_stood_there_before_is_kept_for_an_undo(stepper):
    agents = b"\x89PNG\r\n\x1a\n what the agent found"
    key = stepper.item("Sintel.mkv", title="sintel", poster=agents)
    stepper.sync(stepper.scene("Sintel.mkv", title="Sintel!", cover=RED))
    original = stepper.records.originals.get_many([key])[key]
    assert original.values["title"] == "sintel"
    assert original.poster_key
