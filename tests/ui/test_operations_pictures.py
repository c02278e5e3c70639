"""Posters as Plex shows them: small, bounded, and never with the token. Each call is the process that Stash starts."""

import base64
import json

import pytest

from tests.fakes.plex import Fault
from tests.ui.page_house import OperationError
from tests.ui.stills import still


@pytest.fixture
def filled(world):
    world.fill("Sintel", "Big Buck Bunny", in_plex=False)
    world.configure(plex_library="Movies")
    for name in world.scenes:
        world.put_in_plex(name, poster=still(name))
    return world


def asked(world):
    return world.plex.journal.records("photo", "picture_read")


def posters(world, *names):
    answer = world.operation("ui_pictures", rating_keys=[world.keys[name] for name in names])
    assert world.plex.token not in json.dumps(answer)
    return answer["posters"]


def test_posters_come_in_one_call_without_the_token_and_of_libraries_that_are_synced(filled):
    other = filled.plex.state.add_section("Private", locations=["/media/private"]).key
    filled.keys["Cosmos Laundromat"] = filled.plex.state.add_item(other, "/media/private/c.mkv", poster=still("C"))
    found = posters(filled, "Sintel", "Big Buck Bunny", "Cosmos Laundromat")
    assert found.keys() == {str(filled.keys[name]) for name in ("Sintel", "Big Buck Bunny")}
    shown = found[str(filled.keys["Sintel"])]
    kind, _, text = shown["address"].partition(",")
    assert (kind, base64.b64decode(text)) == ("data:image/png;base64", still("Sintel"))
    assert (shown["width"], shown["height"]) == (320, 180)
    assert [(record.kind, record.first("height")) for record in asked(filled)] == [("photo", "240")] * 2
    assert filled.plex.journal.tokens_in_urls == 0


def test_backgrounds_come_beside_posters_where_they_are_asked_for(filled):
    filled.put_in_plex("Cosmos Laundromat", poster=still("Poster"), background=still("Background"))
    keys = [filled.keys["Cosmos Laundromat"], filled.keys["Sintel"]]
    answer = filled.operation("ui_pictures", rating_keys=keys[1:], backgrounds=keys)
    assert (list(answer["posters"]), list(answer["backgrounds"])) == ([str(keys[1])], [str(keys[0])])
    shown = answer["backgrounds"][str(keys[0])]["address"].partition(",")[2]
    assert base64.b64decode(shown) == still("Background")
    assert filled.plex.token not in json.dumps(answer)
    assert filled.plex.journal.tokens_in_urls == 0
    assert [record.kind for record in asked(filled)] == ["photo"] * 2


def test_no_more_pictures_are_asked_for_than_are_shown_at_once(filled):
    with pytest.raises(OperationError, match="at most 40"):
        filled.operation("ui_pictures", rating_keys=list(range(1, 31)), backgrounds=list(range(1, 31)))


def test_what_is_no_small_picture_is_an_empty_place(filled):
    as_it_is = {"status", "redirect", "truncated"}  # Plex makes nothing small, but has the poster
    for kind in ("status", "redirect", "truncated", "html", "garbage", "bomb"):
        fault = filled.plex.faults.add(Fault(kind, status=404, request_kind="photo"))
        assert bool(posters(filled, "Sintel")) == (kind in as_it_is), kind
        assert fault.hits == 1
        filled.plex.faults.clear_faults()
    filled.put_in_plex("Tears of Steel", poster=still("Tears of Steel") + b"\0" * 600_000)
    assert list(posters(filled, "Tears of Steel", "Sintel")) == [str(filled.keys["Sintel"])]


def test_plex_that_is_busy_is_not_asked_again_and_what_came_before_is_shown(filled):
    filled.plex.faults.add(Fault("status", status=503, request_kind="photo", skip=1))
    assert list(posters(filled, "Sintel", "Big Buck Bunny")) == [str(filled.keys["Sintel"])]
    assert [record.status for record in asked(filled)] == [200, 503]


def test_picture_that_plex_cannot_make_small_in_time_holds_up_no_other(filled):
    filled.plex.faults.add(Fault("hang", request_kind="photo", times=1))
    found = posters(filled, "Sintel", "Big Buck Bunny")
    assert list(found) == [str(filled.keys[name]) for name in ("Sintel", "Big Buck Bunny")]
    assert [record.kind for record in asked(filled)][-2:] == ["picture_read", "photo"]


def test_what_does_not_fit_in_one_answer_is_named_and_not_taken_for_none(filled):
    names = [f"Trailer {number}" for number in range(9)]
    for name in names:
        filled.put_in_plex(name, poster=still(name) + b"\0" * 400_000)
    answer = filled.operation("ui_pictures", rating_keys=[filled.keys[name] for name in names])
    left = answer["left"]["posters"]
    assert 0 < len(left) < 9
    assert [int(key) for key in answer["posters"]] + left == [filled.keys[name] for name in names]
    rest = filled.operation("ui_pictures", rating_keys=left)
    assert ([int(key) for key in rest["posters"]], rest["left"]["posters"]) == (left, [])
    filled.plex.faults.add(Fault("status", status=503, request_kind="photo", skip=1))
    assert filled.operation("ui_pictures", rating_keys=left)["left"]["posters"] == [], "Plex is left alone"


def test_preview_says_which_picture_would_be_sent_and_what_is_made_of_it(world):
    world.put_in_plex("Big Buck Bunny")
    world.fill("Sintel")
    world.configure()
    world.sync()
    world.configure(paused=True)
    world.fill("Big Buck Bunny", in_plex=False)
    path = f"/scene/{world.scenes['Big Buck Bunny']}/screenshot?t="
    ends = {
        "cover": {"poster": "", "background": ""},
        "canvas": {"poster": "canvas"},
        "group, crop": {"poster": "crop"},
    }
    for poster_from, shown in ends.items():
        world.configure(paused=True, poster_from=poster_from, background_image="cover")
        answer = world.operation("ui_preview", scene_ids=list(world.scenes.values()))
        sintel, bunny = (scene["items"][0]["pictures"] for scene in answer["scenes"])
        assert {kind: picture["how"] for kind, picture in bunny.items()} == shown
        assert all(picture["path"].startswith(path) for picture in bunny.values())
        assert ("poster" in sintel) == (poster_from != "cover")
