"""Posters that fit: of what they are made, and that each is made and sent once."""

import dataclasses
import json
import threading

import pytest

from plex.artwork import sha1_of
from records.written import RACY_S
from settings.settings import Settings
from tests.demo.films import png
from tests.fakes.plex import Fault
from tests.ffmpeg import StandInFfmpeg
from tests.stepper import Stepper
from tests.waiting import wait_until
from tests.worker.test_undo import undo
from worker.facts import CONTENT

LATER_S = RACY_S + 1
WIDE, OTHER, UPRIGHT, FRONT = (
    png(64, 36, (200, 0, 0)), png(64, 36, (0, 200, 0)), png(40, 60, (0, 0, 200)), png(42, 60, (90, 90, 0)),
)  # fmt: skip

pytestmark = pytest.mark.needs("shell")


@pytest.fixture
def ffmpeg(tmp_path):
    return StandInFfmpeg(tmp_path / "bin")


@pytest.fixture
def stepper(tmp_path, ffmpeg):
    """A worker with an ffmpeg that Stash names, and no other."""
    with Stepper(tmp_path / "data", environ={"PATH": ffmpeg.environ["PATH"]}) as built:
        built.stash.library.settings.ffmpeg_path = str(ffmpeg.path)
        built.offer()
        yield built


def film(stepper, cover=WIDE, name="Sintel", **scene):
    """Rating key and scene of a film that was never synced."""
    stepper.now += LATER_S
    return stepper.item(f"{name}.mkv"), stepper.scene(f"{name}.mkv", title=f"{name}!", cover=cover, **scene)


def synced(stepper, *args, **more):
    key, scene = film(stepper, *args, **more)
    stepper.now += LATER_S  # or everything would be looked at once more: it was saved in the second of its look
    stepper.sync(scene)
    return key, scene


def again(stepper, scene, **saved):
    """Save the scene later, or nothing of it, and sync it."""
    stepper.now += LATER_S
    if saved:
        stepper.stash.save_scene(scene, **saved)
    stepper.sync(scene)


def change(stepper, **settings):
    """Other settings, and a worker that rests."""
    stepper.configure(**settings)
    stepper.drain()
    stepper.drain()


def uploads(stepper):
    return stepper.plex.journal.count("picture_upload")


def named(stepper, scene, key):
    record = stepper.records.written.get(scene)[key]
    return record.poster_made.rpartition(" ")[0]


def with_front(stepper, name="Shorts", front=FRONT):
    return stepper.stash.library.add_group(name, front_image=front).id


# -- canvas and crop --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", ["canvas", "crop"])
def test_poster_is_made_of_a_wide_cover_once(stepper, ffmpeg, recipe):
    stepper.configure(poster_from=recipe)
    key, scene = synced(stepper)
    shown = stepper.shown(key)
    assert shown.uploads == (shown.poster_sha1,)
    assert shown.poster_sha1 not in {"", sha1_of(WIDE)}
    assert "thumb" in shown.locked
    again(stepper, scene)
    again(stepper, scene, title="Sintel, the film")
    assert (len(ffmpeg.calls), uploads(stepper)) == (1, 1)
    assert stepper.stash.log.counts["picture 200"] == 1


def test_poster_is_made_once_a_broken_ffmpeg_works_again(stepper, ffmpeg, caplog):
    caplog.set_level("INFO", "stash2plex.worker")
    ffmpeg.behave("is broken")
    stepper.configure(poster_from="canvas")
    key, scene = synced(stepper)
    synced(stepper, OTHER, name="Spring")
    again(stepper, scene)
    assert stepper.shown(key).uploads == (sha1_of(WIDE),)
    assert caplog.text.count("covers go to Plex as they are: ffmpeg does not work") == 1
    ffmpeg.behave("works")
    again(stepper, scene)
    assert stepper.shown(key).poster_sha1 not in {"", sha1_of(WIDE)}


def test_poster_stays_where_it_is_wanted_otherwise_and_ffmpeg_is_broken_until_it_works(stepper, ffmpeg):
    stepper.configure(poster_from="canvas")
    key, scene = synced(stepper)
    canvas = stepper.shown(key).poster_sha1
    ffmpeg.behave("is broken")
    change(stepper, poster_from="crop")
    again(stepper, scene, title="Sintel, the film")
    assert (stepper.shown(key).poster_sha1, uploads(stepper)) == (canvas, 1)
    ffmpeg.behave("works")
    again(stepper, scene)
    cropped = stepper.shown(key).poster_sha1
    assert (cropped != canvas, uploads(stepper), named(stepper, scene, key)) == (True, 2, "crop-1")
    ffmpeg.behave("is broken")
    change(stepper, poster_from="canvas")
    change(stepper, poster_from="cover")
    assert stepper.shown(key).poster_sha1 == sha1_of(WIDE)


def test_new_cover_is_made_into_a_new_poster(stepper, ffmpeg):
    stepper.configure(poster_from="canvas")
    key, scene = synced(stepper)
    first = stepper.shown(key).poster_sha1
    again(stepper, scene, cover=OTHER)
    again(stepper, scene, cover=WIDE)
    assert stepper.shown(key).poster_sha1 == first
    assert (len(ffmpeg.calls), uploads(stepper)) == (3, 2), "the first one is in Plex's list and is chosen again"


def test_upright_cover_goes_as_it_is(stepper, ffmpeg):
    stepper.configure(poster_from="canvas")
    key, scene = synced(stepper, UPRIGHT)
    again(stepper, scene, title="Sintel, the film")
    assert stepper.shown(key).uploads == (sha1_of(UPRIGHT),)
    assert ffmpeg.calls == []


def test_update_of_ffmpeg_makes_and_uploads_nothing_anew(stepper, ffmpeg):
    stepper.configure(poster_from="canvas")
    _, scene = synced(stepper)
    ffmpeg.update("7.1")
    stepper.restart()
    again(stepper, scene, title="Sintel, the film")
    again(stepper, scene)
    assert (len(ffmpeg.calls), uploads(stepper)) == (1, 1)


def test_poster_stays_where_ffmpeg_is_gone_until_the_cover_changes(stepper, ffmpeg):
    stepper.configure(poster_from="canvas")
    key, scene = synced(stepper)
    made = stepper.shown(key).poster_sha1
    ffmpeg.remove()
    again(stepper, scene, title="Sintel, the film")
    assert stepper.shown(key).poster_sha1 == made
    again(stepper, scene, cover=OTHER)
    assert stepper.shown(key).poster_sha1 == sha1_of(OTHER)


def test_cover_goes_as_it_is_where_there_is_no_ffmpeg_and_becomes_a_poster_once_there_is(stepper, ffmpeg, caplog):
    caplog.set_level("INFO", "stash2plex.worker")
    stepper.stash.library.settings.ffmpeg_path = ""
    stepper.configure(poster_from="canvas")
    key, scene = synced(stepper)
    synced(stepper, OTHER, name="Spring")
    assert stepper.shown(key).poster_sha1 == sha1_of(WIDE)
    assert caplog.text.count("covers go to Plex as they are: there is no ffmpeg on this machine") == 1
    again(stepper, scene, title="Sintel, the film")
    assert stepper.stash.log.counts["picture 304"] == 0
    assert uploads(stepper) == 2
    stepper.stash.library.settings.ffmpeg_path = str(ffmpeg.path)
    stepper.offer()
    again(stepper, scene)
    assert stepper.shown(key).poster_sha1 not in {"", sha1_of(WIDE)}


@pytest.mark.parametrize("mode", ["refuses", "crashes", "writes text"])
def test_picture_that_ffmpeg_cannot_read_goes_as_it_is_with_one_note(stepper, ffmpeg, caplog, mode):
    caplog.set_level("INFO", "stash2plex.worker")
    ffmpeg.behave(mode)
    stepper.configure(poster_from="canvas")
    key, scene = synced(stepper)
    shown = stepper.shown(key)
    assert (shown.title, shown.poster_sha1) == ("Sintel!", sha1_of(WIDE))
    again(stepper, scene)
    again(stepper, scene, title="Sintel, the film")
    assert (len(ffmpeg.calls), uploads(stepper)) == (1, 1)
    assert caplog.text.count("the poster is the cover as it is: ffmpeg could not read it") == 1
    assert stepper.stats()["failed"] == 0
    notes = [each.after for sync in stepper.records.history.last() for each in sync.changes if each.field == "poster"]
    assert len([note for note in notes if note]) == 1


@pytest.mark.parametrize("mode", ["is killed", "writes too much"])
def test_what_may_succeed_another_time_is_tried_again_by_the_next_sync(stepper, ffmpeg, mode):
    ffmpeg.behave(mode)
    stepper.configure(poster_from="canvas")
    key, scene = synced(stepper)
    assert stepper.shown(key).poster_sha1 == sha1_of(WIDE)
    ffmpeg.behave("works")
    again(stepper, scene)
    assert stepper.shown(key).poster_sha1 not in {"", sha1_of(WIDE)}


def test_cover_that_is_no_picture_of_plex_is_told_as_without_a_recipe(stepper, ffmpeg):
    stepper.configure(poster_from="canvas")
    key, _ = synced(stepper, b"GIF89a" + bytes(50))
    assert stepper.shown(key).uploads == ()
    assert stepper.stats()["failed"] == 0
    assert ffmpeg.calls == []


def test_scene_without_a_cover_is_not_looked_at_again_and_again(stepper, ffmpeg):
    stepper.configure(poster_from="canvas")
    _, scene = synced(stepper, b"")
    asked = stepper.stash.log.counts["picture"]
    for _ in range(3):
        again(stepper, scene)
    assert stepper.stash.log.counts["picture"] == asked
    assert ffmpeg.calls == []


def test_poster_that_plex_refuses_is_not_made_again_before_the_scene_is_saved(stepper, ffmpeg):
    stepper.configure(poster_from="canvas")
    stepper.plex.faults.add(Fault("status", status=413, request_kind="picture_upload", times=1))
    key, scene = synced(stepper)
    again(stepper, scene)
    assert len(ffmpeg.calls) == 1
    again(stepper, scene, title="Sintel, the film")
    assert stepper.shown(key).uploads == (stepper.shown(key).poster_sha1,)
    assert len(ffmpeg.calls) == 2


def test_two_items_of_a_scene_get_one_poster(stepper, ffmpeg):
    stepper.configure(poster_from="canvas")
    other = stepper.plex.state.add_section("More movies", locations=["/media"]).key
    first = stepper.item("Sintel.mkv")
    second = stepper.item("Sintel.mkv", section=other)
    stepper.sync(stepper.scene("Sintel.mkv", cover=WIDE))
    assert stepper.shown(first).poster_sha1 == stepper.shown(second).poster_sha1 not in {"", sha1_of(WIDE)}
    assert len(ffmpeg.calls) == 1


def test_each_library_has_posters_of_its_own(stepper):
    other = stepper.plex.state.add_section("Clips", locations=["/media"]).key
    stepper.configure(poster_from="crop", libraries=json.dumps({"Clips": {"poster_from": "cover"}}))
    film_key, clip_key = stepper.item("Sintel.mkv"), stepper.item("Sintel.mkv", section=other)
    scene = stepper.scene("Sintel.mkv", cover=WIDE)
    stepper.now += LATER_S
    stepper.sync(scene)
    assert stepper.shown(clip_key).poster_sha1 == sha1_of(WIDE)
    assert stepper.shown(film_key).poster_sha1 not in {"", sha1_of(WIDE)}
    change(stepper, poster_from="crop", libraries=json.dumps({"Clips": {"poster_from": "crop"}}))
    assert stepper.shown(clip_key).poster_sha1 == stepper.shown(film_key).poster_sha1
    again(stepper, scene)
    assert uploads(stepper) == 3


# -- settings that are changed -------------------------------------------------------------------------------------


def test_change_of_the_setting_makes_every_poster_once_and_back_again(stepper, ffmpeg):
    key, scene = synced(stepper)
    change(stepper, poster_from="canvas")
    made = stepper.shown(key).poster_sha1
    assert made not in {"", sha1_of(WIDE)}
    change(stepper, poster_from="cover")
    assert stepper.shown(key).poster_sha1 == sha1_of(WIDE)
    change(stepper, poster_from="canvas")
    assert stepper.shown(key).poster_sha1 == made
    assert stepper.stats()["pending"] == 0
    again(stepper, scene)
    assert uploads(stepper) == 2


def test_new_recipe_makes_every_poster_due_once(stepper, ffmpeg):
    """As an update of the plugin would that makes posters otherwise: what is there is of recipe 0."""
    stepper.configure(poster_from="canvas")
    key, scene = synced(stepper)
    record = stepper.records.written.get(scene)[key]
    old = record.poster_made.replace("canvas-1", "canvas-0")
    stepper.records.written.record_many([dataclasses.replace(record, poster_made=old)])
    known = stepper.records.facts.get(CONTENT)
    stepper.records.facts.put(CONTENT, {**known, "now": {**known["now"], "picture_recipe": 0}})
    for _ in range(2):
        stepper.restart()
        stepper.drain()
        stepper.later(LATER_S)
    assert named(stepper, scene, key) == "canvas-1"
    assert len(ffmpeg.calls) == 2
    assert Settings().picture_recipe == 1


def test_switch_that_an_older_version_kept_as_a_fact_is_read_and_nothing_is_queued(stepper):
    """Up to 1.4 the background was on or off."""
    stepper.configure(background_image=True)
    key, _ = synced(stepper)
    known = stepper.records.facts.get(CONTENT)
    old = {name: value for name, value in known["now"].items() if name != "poster_from"}
    stepper.records.facts.put(CONTENT, {**known, "now": {**old, "background_image": True}})
    before = stepper.stats()["completed"]
    stepper.restart()
    stepper.drain()
    stepper.drain()
    assert stepper.stats()["completed"] == before
    assert stepper.shown(key).background_sha1 == sha1_of(WIDE)


# -- the front cover of a group -----------------------------------------------------------------------------------


def test_front_cover_of_the_group_becomes_the_poster_and_is_asked_for_once(stepper, ffmpeg):
    with_front(stepper)
    stepper.configure(poster_from="group, canvas")
    films = [synced(stepper, name=name, groups=["Shorts"]) for name in ("Sintel", "Spring", "Hero")]
    assert [stepper.shown(key).poster_sha1 for key, _ in films] == [sha1_of(FRONT)] * 3
    assert stepper.stash.log.counts["picture 200"] == 1
    assert ffmpeg.calls == []
    again(stepper, films[0][1], title="Sintel, the film")
    assert (stepper.stash.log.counts["picture 200"], uploads(stepper)) == (1, 3)


@pytest.mark.parametrize(
    "front", [None, b"GIF89a" + bytes(50), b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", FRONT + bytes(11_000_000)]
)
def test_scene_whose_group_has_no_front_cover_gets_the_next_that_can_be_had(stepper, ffmpeg, front):
    with_front(stepper, front=front)
    stepper.configure(poster_from="group, canvas")
    key, scene = synced(stepper, groups=["Shorts"])
    made = stepper.shown(key).poster_sha1
    assert made not in {"", sha1_of(WIDE)}
    again(stepper, scene, title="Sintel, the film")
    again(stepper, scene)
    assert (len(ffmpeg.calls), uploads(stepper)) == (1, 1)


def test_scene_without_a_group_gets_its_cover(stepper):
    stepper.configure(poster_from="group")
    key, _ = synced(stepper)
    assert stepper.shown(key).poster_sha1 == sha1_of(WIDE)


def test_first_group_with_a_front_cover_counts(stepper):
    for name, front in (("A", None), ("B", FRONT), ("C", OTHER)):
        with_front(stepper, name, front)
    stepper.configure(poster_from="group")
    key, _ = synced(stepper, groups=["A", "B", "C"])
    assert stepper.shown(key).poster_sha1 == sha1_of(FRONT)


def test_new_front_cover_reaches_all_scenes_of_its_group(stepper):
    group = with_front(stepper)
    stepper.configure(poster_from="group")
    keys = [synced(stepper, name=name, groups=["Shorts"])[0] for name in ("Sintel", "Spring")]
    stepper.now += LATER_S
    stepper.stash.change_front_cover(group, OTHER)
    stepper.append(stepper.stash.hook_runs[-1].document["args"]["hookContext"])
    stepper.drain()
    assert [stepper.shown(key).poster_sha1 for key in keys] == [sha1_of(OTHER)] * 2
    stepper.now += LATER_S
    stepper.stash.change_front_cover(group, b"")
    stepper.append(stepper.stash.hook_runs[-1].document["args"]["hookContext"])
    stepper.drain()
    assert [stepper.shown(key).poster_sha1 for key in keys] == [sha1_of(WIDE)] * 2


def test_renamed_group_sends_no_picture(stepper):
    group = with_front(stepper)
    stepper.configure(poster_from="group", collections_from="groups")
    key, _ = synced(stepper, groups=["Shorts"])
    stepper.now += LATER_S
    stepper.stash.rename_group(group, "Short films")
    stepper.append(stepper.stash.hook_runs[-1].document["args"]["hookContext"])
    stepper.drain()
    assert stepper.shown(key).tags["collection"] == ("Short films",)
    assert uploads(stepper) == 1


def test_new_cover_of_a_scene_changes_nothing_where_the_group_has_one(stepper):
    with_front(stepper)
    stepper.configure(poster_from="group, canvas", background_image="cover")
    key, scene = synced(stepper, groups=["Shorts"])
    again(stepper, scene, cover=OTHER)
    assert (stepper.shown(key).poster_sha1, stepper.shown(key).background_sha1) == (sha1_of(FRONT), sha1_of(OTHER))


# -- the background -----------------------------------------------------------------------------------------------


@pytest.fixture
def video(stepper, tmp_path):
    """A film that lies where Stash says."""
    path = tmp_path / "films" / "Sintel.mkv"
    path.parent.mkdir()
    path.write_bytes(b"a film")
    stepper.needed["path_rules"] = f"{path.parent} => /media"
    stepper.now += LATER_S
    key = stepper.item("Sintel.mkv")
    return key, stepper.stash.add_scene(path=str(path), title="Sintel!", cover=WIDE), path


def test_background_is_a_still_of_the_video_made_once(stepper, ffmpeg, video):
    key, scene, path = video
    stepper.configure(background_image="screenshot")
    stepper.sync(scene)
    shown = stepper.shown(key)
    assert shown.poster_sha1 == sha1_of(WIDE)
    assert shown.background_sha1 not in {"", sha1_of(WIDE)}
    assert f"file:{path}" in ffmpeg.calls[0]["argv"]
    assert ffmpeg.calls[0]["argv"][ffmpeg.calls[0]["argv"].index("-ss") + 1] == "1.500", "the middle of three seconds"
    ffmpeg.update("7.1")
    again(stepper, scene, cover=OTHER)
    again(stepper, scene)
    assert len(ffmpeg.calls) == 1
    assert stepper.shown(key).background_sha1 == shown.background_sha1


def test_still_stays_while_the_video_that_has_changed_is_out_of_reach(stepper, ffmpeg, video):
    key, scene, path = video
    stepper.configure(background_image="screenshot")
    stepper.sync(scene)
    still = stepper.shown(key).background_sha1
    path.rename(path.with_name("unmounted"))
    stepper.stash.library.scenes[scene].files[0].oshash = "0123456789abcdef"
    again(stepper, scene, title="Sintel, again")
    assert stepper.shown(key).background_sha1 == still
    path.with_name("unmounted").rename(path)
    ffmpeg.update("7.1")
    again(stepper, scene)
    assert stepper.shown(key).background_sha1 not in {still, sha1_of(WIDE)}
    assert len(ffmpeg.calls) == 2


def test_background_is_the_cover_where_no_still_can_be_had(stepper, ffmpeg):
    stepper.configure(background_image="screenshot")
    key, scene = synced(stepper)
    assert stepper.shown(key).background_sha1 == sha1_of(WIDE)
    assert ffmpeg.calls == []
    again(stepper, scene, cover=OTHER)
    assert stepper.shown(key).background_sha1 == sha1_of(OTHER)


@pytest.mark.parametrize(
    ("value", "shown"), [(True, WIDE), ("on", WIDE), ("cover", WIDE), (False, None), ("none", None)]
)
def test_background_is_on_or_off_as_before(stepper, value, shown):
    stepper.configure(background_image=value)
    key, _ = synced(stepper)
    assert stepper.shown(key).background_sha1 == (sha1_of(shown) if shown else "")


def test_background_stays_when_it_is_wanted_no_longer(stepper):
    stepper.configure(background_image="cover")
    key, _ = synced(stepper)
    change(stepper, background_image="none")
    assert stepper.shown(key).background_sha1 == sha1_of(WIDE)
    assert stepper.stats()["pending"] == 0


# -- what others want -----------------------------------------------------------------------------------------------


def test_poster_that_a_user_chose_stays_when_plex_edits_are_preserved(stepper):
    stepper.configure(poster_from="canvas", preserve_plex_edits=True)
    key, scene = synced(stepper)
    stepper.parts.plex.client().artwork.set("poster", key, UPRIGHT)
    again(stepper, scene, cover=OTHER)
    change(stepper, poster_from="crop", preserve_plex_edits=True)
    assert stepper.shown(key).poster_sha1 == sha1_of(UPRIGHT)


def test_restore_gives_back_what_was_there_before(stepper):
    stepper.configure(poster_from="canvas")
    stepper.now += LATER_S
    key = stepper.item("Sintel.mkv", poster=UPRIGHT)
    stepper.sync(stepper.scene("Sintel.mkv", title="Sintel!", cover=WIDE))
    assert stepper.shown(key).poster_sha1 not in {"", sha1_of(UPRIGHT), sha1_of(WIDE)}
    undo(stepper)
    assert stepper.shown(key).poster_sha1 == sha1_of(UPRIGHT)


def test_save_within_the_second_of_the_look_is_noticed_by_the_cover_it_is_made_of(stepper, ffmpeg):
    stepper.configure(poster_from="canvas")
    key, scene = film(stepper)
    stepper.stash.save_scene(scene, title="Sintel")
    stepper.sync(scene)
    first = stepper.shown(key).poster_sha1
    stepper.stash.library.scenes[scene].cover = OTHER  # by Stash, in the same second
    for _ in range(3):
        stepper.later(30)
    assert stepper.shown(key).poster_sha1 not in {"", first}
    assert len(ffmpeg.calls) == 2
    for _ in range(3):
        stepper.later(30)
    assert len(ffmpeg.calls) == 2


def test_worker_that_ends_while_a_poster_is_made_sends_nothing_and_the_next_one_makes_it(stepper, ffmpeg):
    stepper.configure(poster_from="canvas")
    key, scene = film(stepper)
    ffmpeg.behave("hangs")
    stepper.queue(scene)
    stop = threading.Thread(target=lambda: wait_until(lambda: ffmpeg.calls) and stepper.parts.worker.stopping.set())
    stop.start()
    stepper.step()
    stop.join()
    assert (stepper.shown(key).title, stepper.shown(key).uploads) == ("Sintel!", ())
    ffmpeg.behave("works")
    stepper.restart()
    stepper.finish()
    assert stepper.shown(key).poster_sha1 not in {"", sha1_of(WIDE)}
