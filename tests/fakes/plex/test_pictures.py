"""Posters and backgrounds: content addressed, selected, never deleted; their choice can be taken back."""

import hashlib

import pytest

from tests.fakes.plex import FakePlex, Section
from tests.fakes.plex.conftest import Clock, Http

_ONE, _TWO = b"\xff\xd8one", b"\xff\xd8two"

_CLEARS = "1.43.0.10162-b67a664ab"


def _sha1(body: bytes) -> str:
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()


def test_upload_is_selected_and_shown(plex: FakePlex, http: Http, sintel: int) -> None:
    assert http("POST", f"/library/metadata/{sintel}/posters", _ONE).status_code == 200
    (video,) = http.xml(f"/library/metadata/{sintel}")
    assert http("GET", video.get("thumb", "")).content == _ONE
    assert (plex.state.item(sintel).poster_sha1, plex.state.item(sintel).locked) == (_sha1(_ONE), {"thumb"})
    (photo,) = http.xml(f"/library/metadata/{sintel}/posters")
    assert (photo.get("ratingKey"), photo.get("selected")) == (f"upload://posters/{_sha1(_ONE)}", "1")
    assert http("GET", photo.get("thumb", "")).content == _ONE


def test_upload_adds_no_copy_when_the_bytes_are_there_already(plex: FakePlex, http: Http, sintel: int) -> None:
    thumbs = []
    for body in (_ONE, _TWO, _ONE):
        http("POST", f"/library/metadata/{sintel}/posters", body)
        thumbs.append(http.xml(f"/library/metadata/{sintel}")[0].get("thumb"))
    item = plex.state.item(sintel)
    assert (item.uploads, item.poster_sha1) == ((_sha1(_ONE), _sha1(_TWO)), _sha1(_ONE))
    assert len(set(thumbs)) == 3
    assert plex.journal.count("picture_upload") == 3


def test_select_shows_a_picture_that_is_listed(plex: FakePlex, http: Http, sintel: int, clock: Clock) -> None:
    for body in (_ONE, _TWO):
        http("POST", f"/library/metadata/{sintel}/posters", body)
    clock.now += 9
    url = f"upload%3A%2F%2Fposters%2F{_sha1(_ONE)}"
    answer = http("PUT", f"/library/metadata/{sintel}/poster?url={url}")
    assert (answer.status_code, answer.text) == (200, http.xml(f"/library/metadata/{sintel}")[0].get("thumb"))
    item = plex.state.item(sintel)
    assert (item.poster_sha1, item.updated_at) == (_sha1(_ONE), int(clock.now))
    assert http("PUT", f"/library/metadata/{sintel}/poster?url=upload%3A%2F%2Fposters%2Funknown").status_code == 404


@pytest.mark.parametrize("shape", ["posters?url=upload%3A%2F%2Fposters%2F{}", "posters/{}", "file?url={}"])
def test_delete_of_one_picture_answers_404_in_every_shape(plex: FakePlex, http: Http, sintel: int, shape: str) -> None:
    plex.options.version = _CLEARS
    http("POST", f"/library/metadata/{sintel}/posters", _ONE)
    assert http("DELETE", f"/library/metadata/{sintel}/{shape.format(_sha1(_ONE))}").status_code == 404
    assert plex.state.item(sintel).uploads == (_sha1(_ONE),)


@pytest.mark.parametrize("version", ["1.42.2.10156-f737b826c", "1.43.0.10161-0a1b2c3d4", "1.9.7.4460"])
def test_choice_cannot_be_taken_back_when_the_server_is_older(
    plex: FakePlex, http: Http, sintel: int, version: str
) -> None:
    plex.options.version = version
    http("POST", f"/library/metadata/{sintel}/posters", _ONE)
    assert http("DELETE", f"/library/metadata/{sintel}/thumb").status_code == 404
    assert plex.state.item(sintel).poster_sha1 == _sha1(_ONE)


@pytest.mark.parametrize(("reading", "shown"), [("nothing", ""), ("agent", _sha1(_TWO))])
@pytest.mark.parametrize(("shelf", "name"), [("posters", "thumb"), ("arts", "art")])
def test_choice_is_taken_back_and_the_upload_stays_when_the_server_knows_how(
    plex: FakePlex, http: Http, movies: Section, reading: str, shown: str, shelf: str, name: str
) -> None:
    plex.options.version, plex.options.cleared_shows = _CLEARS, reading
    key = plex.state.add_item(movies.key, "/media/a.mkv", poster=_TWO, background=_TWO)
    http("POST", f"/library/metadata/{key}/{shelf}", _ONE)
    assert http("DELETE", f"/library/metadata/{key}/{name}").status_code == 200
    photos = http.xml(f"/library/metadata/{key}/{shelf}")
    chosen = {photo.get("ratingKey", "").rpartition("_")[2] for photo in photos if photo.get("selected") == "1"}
    assert chosen == ({shown} if shown else set())
    assert f"upload://{shelf}/{_sha1(_ONE)}" in {photo.get("ratingKey") for photo in photos}
    assert (http.xml(f"/library/metadata/{key}")[0].get(name) is None) == (not shown)


def test_backgrounds_are_a_list_of_their_own(plex: FakePlex, http: Http, sintel: int) -> None:
    http("POST", f"/library/metadata/{sintel}/arts", _TWO)
    (video,) = http.xml(f"/library/metadata/{sintel}")
    assert http("GET", video.get("art", "")).content == _TWO
    (photo,) = http.xml(f"/library/metadata/{sintel}/arts")
    assert photo.get("ratingKey") == f"upload://arts/{_sha1(_TWO)}"
    assert (plex.state.item(sintel).background_sha1, plex.state.item(sintel).poster_sha1) == (_sha1(_TWO), "")


@pytest.mark.parametrize(("locked", "expected"), [(1, _TWO), (0, _ONE)])
def test_refresh_puts_the_agents_poster_back_when_the_field_has_no_lock(
    plex: FakePlex, http: Http, movies: Section, locked: int, expected: bytes
) -> None:
    key = plex.state.add_item(movies.key, "/media/a.mkv", poster=_ONE)
    http("POST", f"/library/metadata/{key}/posters", _TWO)
    http.edit(movies, f"type=1&id={key}&thumb.locked={locked}")
    http("PUT", f"/library/metadata/{key}/refresh")
    assert plex.state.item(key).poster_sha1 == _sha1(expected)


def test_upload_leaves_the_lock_alone_when_the_option_says_so(plex: FakePlex, http: Http, sintel: int) -> None:
    plex.options.upload_locks = False
    http("POST", f"/library/metadata/{sintel}/posters", _ONE)
    assert plex.state.item(sintel).locked == frozenset()


def test_upload_without_bytes_is_refused(http: Http, sintel: int) -> None:
    for path in ("posters", "posters?url=http%3A%2F%2Felsewhere.invalid%2Fa.jpg"):
        assert http("POST", f"/library/metadata/{sintel}/{path}", b"").status_code == 400


def test_large_picture_arrives_whole(plex: FakePlex, http: Http, sintel: int) -> None:
    body = bytes(range(256)) * 20_000
    http("POST", f"/library/metadata/{sintel}/posters", body)
    assert plex.state.item(sintel).poster_sha1 == _sha1(body)
    assert plex.journal.records("picture_upload")[0].received_bytes == len(body)
