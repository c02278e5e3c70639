"""Who may read, and how pictures are cached."""

import hashlib
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest

from tests.fakes.stash import FakeStash

PNG = b"\x89PNG\r\n\x1a\n one pixel"


def get(stash: FakeStash, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", stash.port, timeout=10)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def query_status(stash: FakeStash, **headers: str) -> int:
    connection = HTTPConnection("127.0.0.1", stash.port, timeout=10)
    connection.request("POST", "/graphql", b'{"query":"{version{version}}"}', headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def cookie(stash: FakeStash) -> str:
    return f"session={stash.server_connection()['SessionCookie']['Value']}"


def test_everybody_may_read_when_no_login_is_configured(stash: FakeStash) -> None:
    assert query_status(stash) == 200
    assert query_status(stash, Cookie="session=stale") == 200


def test_wrong_key_is_refused_even_when_no_login_is_configured(stash: FakeStash) -> None:
    assert query_status(stash, ApiKey="wrong") == 401


def test_login_needs_a_cookie_or_the_key(stash: FakeStash) -> None:
    before = cookie(stash)
    stash.configure_login(api_key="the-key")
    assert query_status(stash) == 401
    assert query_status(stash, Cookie=before) == 401
    assert query_status(stash, Cookie=cookie(stash)) == 200
    assert query_status(stash, ApiKey="the-key") == 200
    assert query_status(stash, ApiKey="another") == 401


def test_cookie_is_worthless_when_an_hour_has_passed(stash: FakeStash, clock: Any) -> None:
    stash.configure_login()
    old = cookie(stash)
    clock.now += 3700
    assert query_status(stash, Cookie=old) == 401
    assert query_status(stash, Cookie=cookie(stash)) == 200


def test_cookies_are_void_when_expired_or_restarted_with_a_login(stash: FakeStash) -> None:
    stash.configure_login()
    for void in (stash.expire_cookies, stash.restart):
        old = cookie(stash)
        void()
        assert query_status(stash, Cookie=old) == 401
        assert query_status(stash, Cookie=cookie(stash)) == 200


def test_answer_to_a_valid_cookie_brings_a_renewed_one(stash: FakeStash) -> None:
    stash.configure_login()
    answer, _body = get(stash, f"/scene/{stash.add_scene()}/screenshot", Cookie=cookie(stash))
    renewed = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    assert query_status(stash, Cookie=renewed) == 200


def test_picture_is_sent_to_the_login_page_when_the_cookie_is_missing(stash: FakeStash) -> None:
    scene_id = stash.add_scene(cover=PNG)
    stash.configure_login()
    answer, _body = get(stash, f"/scene/{scene_id}/screenshot?t=1")
    assert answer.status == 302
    assert (answer.getheader("Location") or "").startswith("/login?returnURL=")
    assert get(stash, "/login")[0].getheader("Content-Type") == "text/html"


def test_picture_carries_an_etag_of_its_bytes_and_answers_304_when_known(stash: FakeStash) -> None:
    path = f"/scene/{stash.add_scene(cover=PNG)}/screenshot?t=1"
    answer, body = get(stash, path)
    etag = answer.getheader("Etag") or ""
    assert (answer.status, body, answer.getheader("Content-Type")) == (200, PNG, "image/png")
    assert etag == f'"{hashlib.md5(PNG, usedforsecurity=False).hexdigest()}"'
    again, nothing = get(stash, path, If_None_Match=etag)
    assert (again.status, nothing) == (304, b"")
    assert stash.log.counts["picture"] == 2
    assert stash.log.counts["picture 304"] == 1


def test_etag_stays_when_the_scene_is_saved_without_a_new_cover(stash: FakeStash, clock: Any) -> None:
    scene_id = stash.add_scene(cover=PNG)
    etag = get(stash, f"/scene/{scene_id}/screenshot")[0].getheader("Etag")
    clock.now += 60
    stash.save_scene(scene_id, title="New")
    assert get(stash, f"/scene/{scene_id}/screenshot")[0].getheader("Etag") == etag
    stash.save_scene(scene_id, cover=PNG + b"changed")
    assert get(stash, f"/scene/{scene_id}/screenshot")[0].getheader("Etag") != etag


@pytest.mark.parametrize("path", ["/scene/9/screenshot", "/performer/9/image"])
def test_picture_of_nothing_is_404(stash: FakeStash, path: str) -> None:
    assert get(stash, path)[0].status == 404


def test_performer_has_an_image_or_the_default_drawing(stash: FakeStash) -> None:
    with_image = stash.library.add_performer("Ada Example", image=PNG)
    without = stash.library.add_performer("Bob Sample")
    assert get(stash, f"/performer/{with_image.id}/image?t=1")[1] == PNG
    assert get(stash, f"/performer/{without.id}/image?t=1&default=true")[0].getheader("Content-Type") == "image/svg+xml"
