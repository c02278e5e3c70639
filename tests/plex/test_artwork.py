import hashlib

import pytest

from plex.artwork import MAX_PICTURE_BYTES, PictureAction, clears, picture_type
from plex.client import PlexClient
from plex.errors import PlexItemGone, PlexRejected
from tests.fakes.plex import FakePlex, Fault
from tests.plex.conftest import Connect

JPEG = b"\xff\xd8\xff\xe0" + b"j" * 400
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 400
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"w" * 400


def sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


@pytest.fixture
def key(plex: FakePlex) -> int:
    return plex.state.add_item(1, "/media/movies/Sintel.mkv", poster=JPEG + b"agent")


def test_picture_is_uploaded_when_it_is_new(plex: FakePlex, client: PlexClient, key: int) -> None:
    result = client.artwork.set("poster", key, JPEG)
    assert (result.sha1, result.key, result.action) == (
        sha1(JPEG),
        f"upload://posters/{sha1(JPEG)}",
        PictureAction.UPLOADED,
    )
    assert plex.state.item(key).poster_sha1 == sha1(JPEG)
    assert plex.journal.count() == 2


def test_list_is_not_read_again_when_the_caller_has_it(plex: FakePlex, client: PlexClient, key: int) -> None:
    listed = client.artwork.listed("poster", key)
    client.artwork.set("poster", key, JPEG, listed=listed)
    assert [record.method for record in plex.journal.records()] == ["GET", "POST"]
    assert plex.state.item(key).poster_sha1 == sha1(JPEG)


def test_picture_is_selected_when_plex_has_it_already(plex: FakePlex, client: PlexClient, key: int) -> None:
    client.artwork.set("poster", key, JPEG)
    client.artwork.set("poster", key, PNG)
    assert client.artwork.set("poster", key, JPEG).action is PictureAction.SELECTED
    assert plex.state.item(key).poster_sha1 == sha1(JPEG)
    assert plex.state.item(key).uploads == (sha1(JPEG), sha1(PNG))


def test_nothing_is_done_when_the_picture_is_chosen_already(plex: FakePlex, client: PlexClient, key: int) -> None:
    client.artwork.set("poster", key, JPEG)
    plex.journal.clear_log()
    assert client.artwork.set("poster", key, JPEG).action is PictureAction.NOTHING
    assert [record.method for record in plex.journal.records()] == ["GET"]


def test_background_goes_to_its_own_list(plex: FakePlex, client: PlexClient, key: int) -> None:
    assert client.artwork.set("background", key, WEBP).action is PictureAction.UPLOADED
    assert client.artwork.set("background", key, WEBP).action is PictureAction.NOTHING
    assert plex.state.item(key).background_sha1 == sha1(WEBP)
    assert plex.state.item(key).poster_sha1 == sha1(JPEG + b"agent")


def test_earlier_poster_can_be_chosen_again(plex: FakePlex, client: PlexClient, key: int) -> None:
    before = client.artwork.selected("poster", key)
    client.artwork.set("poster", key, PNG)
    assert client.artwork.selected("poster", key) == f"upload://posters/{sha1(PNG)}"
    client.artwork.select("poster", key, before)
    assert plex.state.item(key).poster_sha1 == sha1(JPEG + b"agent")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.42.2.10156-f737b826c", False),
        ("1.43.0.10161-0a1b2c3d4", False),
        ("1.43.0.10162-b67a664ab", True),
        ("2.0.0.1", True),
        ("1.9.99.99999", False),
        ("", True),
        ("nightly", True),
    ],
)
def test_choice_is_taken_back_by_versions_that_are_said_to_know_how(version: str, expected: bool) -> None:
    assert clears(version) is expected


def test_choice_of_an_upload_is_taken_back(plex: FakePlex, connect: Connect, key: int) -> None:
    plex.options.version = "1.43.0.10162-b67a664ab"
    client = connect()
    client.artwork.set("poster", key, PNG)
    client.artwork.set("background", key, PNG)
    assert client.artwork.clear("poster", key)
    assert client.artwork.clear("background", key)
    assert (client.artwork.selected("poster", key), client.artwork.selected("background", key)) == ("", "")
    assert plex.state.item(key).uploads == (sha1(PNG),)


@pytest.mark.parametrize("status", [400, 404, 405])
def test_plex_is_known_to_take_nothing_back_only_where_the_upload_stays_chosen(
    plex: FakePlex, connect: Connect, key: int, status: int
) -> None:
    plex.options.version = "1.43.0.10162-b67a664ab"
    client = connect()
    plex.faults.add(Fault("status", status=status, request_kind="picture_clear"))
    assert client.artwork.clear("poster", key), "an agent's poster is no choice that could be taken back"
    client.artwork.set("poster", key, PNG)
    assert not client.artwork.clear("poster", key)
    plex.journal.clear_log()
    assert not client.artwork.clear("poster", key)
    assert (client.artwork.can_clear, plex.journal.count()) == (False, 0)


def test_item_that_is_gone_shows_nothing_of_what_plex_can(plex: FakePlex, connect: Connect) -> None:
    plex.options.version = "1.43.0.10162-b67a664ab"
    client = connect()
    with pytest.raises(PlexItemGone):
        client.artwork.clear("poster", 4711)
    assert client.artwork.can_clear


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no JPEG"),
        (b"<html>login</html>", "no JPEG"),
        (b"GIF89a" + b"x" * 99, "no JPEG"),
        (JPEG + b"x" * MAX_PICTURE_BYTES, "10.0 MB"),
    ],
)
def test_picture_is_refused_before_any_request_when_plex_could_not_show_it(
    plex: FakePlex, client: PlexClient, key: int, data: bytes, reason: str
) -> None:
    with pytest.raises(PlexRejected, match=reason):
        client.artwork.set("poster", key, data)
    assert plex.journal.count() == 0


def test_picture_type_is_told_by_the_first_bytes() -> None:
    assert [picture_type(data) for data in (JPEG, PNG, WEBP, b"RIFF....WAVE")] == [
        "image/jpeg",
        "image/png",
        "image/webp",
        "",
    ]


def test_item_is_reported_gone_when_it_was_removed(client: PlexClient) -> None:
    with pytest.raises(PlexItemGone):
        client.artwork.set("poster", 4711, JPEG)
    with pytest.raises(PlexItemGone):
        client.artwork.set("poster", 4711, JPEG, listed=[])


def test_no_request_is_made_when_the_rating_key_is_none(plex: FakePlex, client: PlexClient) -> None:
    with pytest.raises(ValueError, match="rating key"):
        client.artwork.set("poster", 0, JPEG)
    assert plex.journal.count() == 0
