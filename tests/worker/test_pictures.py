"""Covers: what is uploaded to Plex can never be deleted again, so nothing is sent twice."""

import pytest

from plex.artwork import MAX_PICTURE_BYTES
from records import FieldChange
from records.written import RACY_S
from tests.demo.films import png, sha1
from tests.fakes.plex import Fault

LATER_S = RACY_S + 1  # an answer takes its time
RED, BLUE = png(4, 4, (200, 0, 0)), png(4, 4, (0, 0, 200))


def test_cover_becomes_the_poster_and_its_lock_is_set(bench):
    key = bench.item("Sintel.mkv", poster=b"\x89PNG\r\n\x1a\n what the agent found")
    bench.sync(bench.scene("Sintel.mkv", cover=RED))
    shown = bench.shown(key)
    assert (shown.poster_sha1, shown.uploads) == (sha1(RED), (sha1(RED),))
    assert "thumb" in shown.locked


def test_cover_is_not_asked_for_when_only_a_tag_was_renamed(bench):
    """It moves no scene's time: a tag of thousands of scenes costs no request for a cover."""
    key = bench.item("Sintel.mkv")
    scene = bench.scene("Sintel.mkv", cover=RED, tags=["Anime"])
    bench.now += LATER_S
    bench.sync(scene)
    asked = bench.stash.log.counts["picture"]
    bench.stash.rename_tag(bench.stash.library.tag_ids(["Anime"])[0], "Animation")
    bench.sync(scene)
    assert bench.shown(key).tags["genre"] == ("Animation",)
    assert bench.stash.log.counts["picture"] == asked


@pytest.mark.parametrize("looked_s", [0, 1, 2, 5])
@pytest.mark.parametrize("made_s", [0, 1, 2, 5])
def test_cover_that_stash_made_behind_the_hook_arrives_whatever_is_saved_next(bench, looked_s, made_s):
    """Stash makes it without a hook, and its times are whole seconds: what was sent says nothing, and an equal time little."""
    key = bench.item("Sintel.mkv")
    scene = bench.scene("Sintel.mkv")
    bench.now += looked_s
    bench.sync(scene)
    bench.now += made_s
    bench.stash.generate_cover(scene, RED)
    bench.stash.save_scene(scene, title="Changed")
    bench.sync(scene, fields=("title",))
    assert bench.shown(key).poster_sha1 == sha1(RED)


def test_one_look_two_seconds_later_is_enough(bench):
    bench.item("Sintel.mkv")
    scene = bench.scene("Sintel.mkv", cover=RED)
    bench.sync(scene)
    for _ in range(3):
        bench.now += LATER_S
        bench.sync(scene)
    assert (bench.stash.log.counts["picture 200"], bench.stash.log.counts["picture 304"]) == (1, 1)


def test_bytes_are_never_uploaded_again_when_only_the_address_changed(bench):
    key = bench.item("Sintel.mkv")
    scene = bench.scene("Sintel.mkv", cover=RED)
    bench.sync(scene)
    bench.now += 2
    bench.stash.save_scene(scene, title="Changed")
    bench.sync(scene)  # nobody knows what was sent: the cover has to be looked at
    assert bench.stash.log.counts["picture 304"] == 1
    assert bench.shown(key).uploads == (sha1(RED),)


def test_picture_that_plex_has_already_is_chosen_and_not_sent(bench):
    """All within one second, in which Stash gives every cover of a scene the same address."""
    key = bench.item("Sintel.mkv")
    scene = bench.scene("Sintel.mkv", cover=RED)
    for cover in (RED, BLUE, RED):
        bench.stash.save_scene(scene, cover=cover)
        bench.sync(scene, fields=("cover_image",))
        assert bench.shown(key).poster_sha1 == sha1(cover)
    assert sorted(bench.shown(key).uploads) == sorted([sha1(RED), sha1(BLUE)])


def test_second_item_gets_the_cover_too_when_the_first_has_it_already(bench):
    """The Etag that is right for the first item says nothing about the second."""
    first = bench.item("Sintel.mkv")
    scene = bench.scene("Sintel.mkv", cover=RED)
    bench.sync(scene)
    other = bench.plex.state.add_section("More movies", locations=["/media"]).key
    second = bench.item("Sintel.mkv", section=other)
    bench.later(3)
    bench.parts.plex.forget()
    bench.stash.save_scene(scene, title="Changed")
    bench.sync(scene)
    assert bench.shown(second).title == "Changed"
    assert [bench.shown(key).poster_sha1 for key in (first, second)] == [sha1(RED)] * 2
    assert bench.shown(first).uploads == (sha1(RED),)


def test_scene_is_synced_all_the_same_when_plex_refuses_its_picture(bench):
    key = bench.item("Sintel.mkv")
    refused = bench.plex.faults.add(Fault("status", status=413, request_kind="picture_upload"))
    bench.sync(bench.scene("Sintel.mkv", title="Sintel!", cover=RED))
    assert refused.hits == 1
    assert bench.shown(key).title == "Sintel!"
    assert bench.stats()["completed"] == 1
    (sync,) = bench.records.history.last()
    (change,) = [change for change in sync.changes if change.field == "poster"]
    assert "with 413" in str(change.after)


def test_cover_that_is_too_large_is_told_to_people_and_not_asked_for_again(bench, caplog):
    caplog.set_level("INFO", "stash2plex.worker")
    key = bench.item("Sintel.mkv", title="Sintel!")
    scene = bench.scene("Sintel.mkv", title="Sintel!", cover=RED + b"x" * MAX_PICTURE_BYTES)
    bench.sync(scene)
    why = "the cover was not sent: it has 10.0 MB, and 10 is the most; choose a smaller one in Stash"
    assert bench.shown(key).uploads == ()
    assert f"Scene {scene}: {why}" in caplog.text
    (sync,) = bench.records.history.last()
    assert sync.changes == (FieldChange("poster", "", why),)
    fetched = bench.stash.log.counts["picture"]
    for _ in range(2):
        bench.now += LATER_S
        bench.sync(scene)
    assert bench.stash.log.counts["picture"] == fetched + 1, "nobody knows the first time"
    assert len(bench.records.history.last()) == 1


@pytest.mark.parametrize("cover", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_nothing_is_uploaded_when_stash_has_no_picture_of_its_own(bench, cover):
    key = bench.item("Sintel.mkv")
    bench.sync(bench.scene("Sintel.mkv", title="Sintel!", cover=cover))
    assert bench.shown(key).title == "Sintel!"
    assert bench.shown(key).uploads == ()


def test_users_own_poster_stays_when_plex_edits_are_preserved(bench):
    bench.configure(preserve_plex_edits=True)
    key = bench.item("Sintel.mkv")
    scene = bench.scene("Sintel.mkv", cover=RED)
    bench.sync(scene)
    bench.parts.plex.client().set_poster(key, BLUE)  # the user chooses another one in Plex
    bench.stash.save_scene(scene, cover=png(4, 4, (0, 200, 0)))
    bench.sync(scene, fields=("cover_image",))
    assert bench.shown(key).poster_sha1 == sha1(BLUE)


def test_users_own_background_stays_when_plex_edits_are_preserved(bench):
    bench.configure(preserve_plex_edits=True, background_image=True)
    key = bench.item("Sintel.mkv")
    scene = bench.scene("Sintel.mkv", cover=RED)
    bench.sync(scene)
    bench.parts.plex.client().set_background(key, BLUE)  # the user chooses another one in Plex
    green = png(4, 4, (0, 200, 0))
    bench.stash.save_scene(scene, cover=green)
    bench.sync(scene, fields=("cover_image",))
    assert (bench.shown(key).background_sha1, bench.shown(key).poster_sha1) == (sha1(BLUE), sha1(green))


def test_poster_is_left_alone_when_it_is_among_the_skipped_fields(bench):
    bench.configure(skip_fields="poster")
    key = bench.item("Sintel.mkv")
    bench.sync(bench.scene("Sintel.mkv", title="Sintel!", cover=RED))
    assert bench.shown(key).title == "Sintel!"
    assert bench.shown(key).uploads == ()


def test_cover_becomes_the_background_too_when_that_is_wanted(bench):
    bench.configure(background_image=True)
    key = bench.item("Sintel.mkv")
    bench.sync(bench.scene("Sintel.mkv", cover=RED))
    assert (bench.shown(key).poster_sha1, bench.shown(key).background_sha1) == (sha1(RED), sha1(RED))


def test_what_stood_there_before_is_kept_for_an_undo(bench):
    agents = b"\x89PNG\r\n\x1a\n what the agent found"
    key = bench.item("Sintel.mkv", title="sintel", poster=agents)
    bench.sync(bench.scene("Sintel.mkv", title="Sintel!", cover=RED))
    original = bench.records.originals.get_many([key])[key]
    assert original.values["title"] == "sintel"
    assert original.poster_key
