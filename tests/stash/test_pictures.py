from http.server import BaseHTTPRequestHandler

import pytest

from stash.client import StashClient
from stash.errors import StashUnauthorized, StashUnreachable
from stash.model import Named, Scene
from stash.pictures import CoverPicture, NotModified, Unusable, cover, photo_url
from tests.stash.answering import Answer, AnsweringServer

SINTEL = Scene(2, title="Sintel", screenshot_path="/scene/2/screenshot?t=1795393093")
ADA = Named(1, "Ada Example", image_path="/performer/1/image?t=7")
JPEG = b"\xff\xd8\xff some picture"
MB = 1024 * 1024
IMAGE = {"Content-Type": "image/jpeg", "ETag": '"abc"'}


def _cover(
    answer: Answer, etag: str | None = None, max_bytes: int = 1000
) -> tuple[CoverPicture | NotModified | Unusable | None, AnsweringServer]:
    with AnsweringServer(answer) as server, StashClient.connect(server.connection, timeout_s=5) as client:
        return cover(client, SINTEL, etag=etag, max_bytes=max_bytes), server


def test_cover_brings_bytes_and_etag_when_stash_has_one() -> None:
    found, server = _cover(Answer(JPEG, headers=IMAGE))
    assert found == CoverPicture(JPEG, '"abc"')
    asked = server.asked[0]
    assert (asked.method, asked.path) == ("GET", "/scene/2/screenshot?t=1795393093")
    assert asked.headers["Cookie"] == "session=MARKED-COOKIE-1"
    assert "If-None-Match" not in asked.headers


def test_cover_is_not_sent_again_when_its_etag_is_known() -> None:
    found, server = _cover(Answer(b"", 304), etag='"abc"')
    assert found == NotModified()
    assert server.asked[0].headers["If-None-Match"] == '"abc"'


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "image/png")
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b"x" * 65_536)
    handler.close_connection = True


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"Not Found", 404),
        Answer(b"<svg/>", headers={"Content-Type": "image/svg+xml"}),
        Answer(b"", headers=IMAGE),
    ],
)
def test_cover_is_none_when_the_answer_is(answer: Answer) -> None:
    assert _cover(answer)[0] is None


def _of_unsaid_length(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "image/png")
    handler.end_headers()
    handler.wfile.write(b"x" * 2 * MB)
    handler.close_connection = True


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(b"<html>", headers={"Content-Type": "text/html; charset=utf-8"}), "no picture but text/html"),
        (Answer(b"x", headers={}), "no picture but of no type"),
        (Answer(b"x" * 2 * MB, headers=IMAGE), "it has 2.0 MB, and 1 is the most; choose a smaller one in Stash"),
        (Answer(write=_of_unsaid_length), "it has 2.0 MB, and 1 is the most; choose a smaller one in Stash"),
        (Answer(b"", 304), "HTTP 304"),
    ],
)
def test_cover_says_why_it_is_of_no_use_when_the_answer_is(answer: Answer, reason: str) -> None:
    found = _cover(answer, max_bytes=MB)[0]
    assert isinstance(found, Unusable)
    assert reason in found.reason


def test_cover_is_none_and_nothing_is_asked_when_the_scene_has_no_path() -> None:
    with AnsweringServer(Answer(JPEG, headers=IMAGE)) as server, StashClient.connect(server.connection) as client:
        assert cover(client, Scene(3)) is None
        assert server.asked == []


def test_cover_is_given_up_when_it_never_ends() -> None:
    with pytest.raises(StashUnreachable, match="larger than"):
        _cover(Answer(write=_endless), max_bytes=100_000)


def test_cover_wants_a_login_when_stash_sends_us_to_its_page() -> None:
    with pytest.raises(StashUnauthorized):
        _cover(Answer(b"", 302, {"Location": "/login?returnURL=%2Fscene%2F2%2Fscreenshot"}))


def test_next_cover_arrives_when_one_was_refused_unread() -> None:
    picture = Answer(JPEG, headers=IMAGE)
    with (
        AnsweringServer(Answer(b"Not Found", 404), picture) as server,
        StashClient.connect(server.connection) as client,
    ):
        assert [cover(client, SINTEL) for _ in range(2)] == [None, CoverPicture(JPEG, '"abc"')]


@pytest.mark.parametrize(
    ("public_url", "url"),
    [
        ("https://stash.example", "https://stash.example/performer/1/image?t=7"),
        ("https://stash.example/behind/", "https://stash.example/behind/performer/1/image?t=7"),
        ("http://nas:9999/", "http://nas:9999/performer/1/image?t=7"),
        ("https://me:MARKED@stash.example", "https://stash.example/performer/1/image?t=7"),
        ("https://stash.example/?apikey=MARKED", "https://stash.example/performer/1/image?t=7"),
        ("stash.example", ""),
        ("javascript:alert(1)", ""),
        ("http://[nas", ""),
        ("", ""),
    ],
)
def test_photo_has_a_public_address_when_stash_is_reached_at(public_url: str, url: str) -> None:
    assert photo_url(public_url, ADA) == url


def test_photo_has_no_address_when_the_performer_has_none() -> None:
    assert photo_url("https://stash.example", Named(2, "Bob Sample")) == ""
