"""What stands before Plex, and whose the token is: told apart from a token that is wrong."""

import time
from pathlib import Path

import pytest

from plex.client import PlexClient
from plex.errors import PlexError, PlexProtocolError, PlexUnauthorized
from plex.failures import check_body
from plex.index import PathIndex
from plex.session import identify
from tests.fakes.plex import FakePlex, Fault
from tests.plex.conftest import Connect
from tests.plex.test_token_end import DAY_S, token_until

BASIC = (("WWW-Authenticate", 'Basic realm="Restricted of Ada"'),)
NTLM = (("WWW-Authenticate", "NTLM, Negotiate"),)
LOGIN = "https://auth.example.org:8443/login?rd=http%3A%2F%2Fplex%2Fsecret"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            Fault("status", status=401, headers=BASIC),
            "GET /identity was answered with 401 and the wish for a login (Basic)",
        ),
        (
            Fault("status", status=401, headers=NTLM),
            "GET /identity was answered with 401 and the wish for a login (Ntlm)",
        ),
        (Fault("status", status=401), "GET /identity, which Plex answers to everybody, was answered with 401"),
        (Fault("status", status=403), "GET /identity, which Plex answers to everybody, was answered with 403"),
        (
            Fault("redirect", location=LOGIN),
            "GET /identity was answered with 302 (go to https://auth.example.org:8443)",
        ),
        (Fault("redirect", location="/login?rd=secret"), "GET /identity was answered with 302 (go elsewhere)"),
        (Fault("redirect", location="http://[secret"), "GET /identity was answered with 302 (go elsewhere)"),
        (Fault("html"), "GET /identity was answered with a web page: a proxy that wants a login stands before Plex"),
    ],
    ids=lambda value: f"{value.kind} {value.status}" if isinstance(value, Fault) else "",
)
def test_login_before_plex_is_told_as_that_when_nobody_has_sent_a_token_yet(
    plex: FakePlex, fault: Fault, message: str
) -> None:
    plex.faults.add(fault)
    with pytest.raises(PlexProtocolError) as caught:
        identify(plex.url)
    assert message in str(caught.value)
    assert "the address in plex_url at which Plex itself answers" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "Ada" not in str(caught.value)


def test_login_before_parts_of_plex_is_told_as_that(plex: FakePlex, client: PlexClient) -> None:
    plex.faults.add(Fault("status", status=401, headers=BASIC, path="/library"))
    with pytest.raises(
        PlexProtocolError, match=r"GET /library/sections was answered with 401 and the wish for a login \(Basic\)"
    ):
        client.sections()


def test_web_page_is_known_when_a_comment_stands_before_it() -> None:
    for page in (b"<!-- made by a proxy -->\n<!DOCTYPE html><html lang='en'>", b"\xef\xbb\xbf <HTML><head>"):
        with pytest.raises(PlexProtocolError, match="was answered with a web page"):
            check_body(page, "GET /identity")
    check_body(b'<?xml version="1.0"?><MediaContainer title="&lt;html&gt;"/>', "GET /identity")


@pytest.mark.parametrize("status", [401, 498])
def test_token_that_has_expired_is_told_with_its_day(plex: FakePlex, connect: Connect, status: int) -> None:
    plex.options.token = token = token_until(time.time() - DAY_S)
    client = connect(token=token)
    plex.faults.add(Fault("status", status=status, request_kind="sections"))
    with pytest.raises(
        PlexUnauthorized,
        match=rf"^Plex answered {status}: plex_token has expired on \w+day, 20\d\d-\d\d-\d\d; enter a new one$",
    ):
        client.sections()


@pytest.mark.parametrize(
    ("status", "message"),
    [(498, "plex_token has expired; enter a new one"), (401, "plex_token is wrong or has expired; enter a new one")],
)
def test_day_is_not_told_when_the_token_does_not_say_it(
    plex: FakePlex, client: PlexClient, status: int, message: str
) -> None:
    plex.faults.add(Fault("status", status=status, request_kind="sections"))
    with pytest.raises(PlexUnauthorized, match=message):
        client.sections()


def test_token_of_a_guest_is_known_by_the_paths_that_it_does_not_see(
    plex: FakePlex, client: PlexClient, connect: Connect
) -> None:
    empty = plex.state.add_section("Empty", locations=["/media/empty"])
    guest = connect(token=plex.options.guest_token)
    guest.demand_owner(guest.sections())  # nothing in it, nothing to be seen
    plex.state.add_item(1, "/media/movies/Sintel.mkv")
    client.demand_owner(client.sections())
    with pytest.raises(PlexUnauthorized, match="which is not the server's owner; use the token of its owner"):
        guest.demand_owner(guest.sections())
    assert [section.key for section in guest.sections()] == [1, empty.key]


@pytest.mark.parametrize("kind", ["status", "garbage"])
def test_token_of_a_guest_is_known_although_the_first_library_is_sick(
    plex: FakePlex, connect: Connect, kind: str
) -> None:
    other = plex.state.add_section("Other", locations=["/media/other"])
    plex.state.add_item(other.key, "/media/other/Sintel.mkv")
    plex.faults.add(Fault(kind, status=500, path="/library/sections/1/"))
    guest = connect(token=plex.options.guest_token)
    with pytest.raises(PlexUnauthorized, match="not the server's owner"):
        guest.demand_owner(guest.sections())


def test_index_keeps_what_it_has_when_the_token_of_a_guest_sees_no_paths(
    plex: FakePlex, client: PlexClient, connect: Connect, tmp_path: Path
) -> None:
    plex.state.add_item(1, "/media/movies/Sintel.mkv")
    index = PathIndex(tmp_path / "index.db")
    index.build(client, client.sections())
    guest = connect(token=plex.options.guest_token)
    for ask in (index.build, index.refresh):
        with pytest.raises(PlexError, match="not the server's owner") as caught:
            ask(guest, guest.sections())
        assert isinstance(caught.value, PlexUnauthorized)
        assert len(index.lookup("/media/movies/Sintel.mkv")) == 1
    index.close()
