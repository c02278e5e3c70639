import json
from pathlib import Path
from typing import Any

import pytest

from stash.errors import StashUnreachable
from stash.way_in import WayIn, parse_connection

FIXTURES = Path(__file__).parent.parent / "fixtures" / "stash"


def test_connection_is_read_when_it_is_a_captured_one() -> None:
    document = json.loads((FIXTURES / "task.json").read_text(encoding="utf-8"))
    found = parse_connection(document["server_connection"])
    assert found.base_url == "http://127.0.0.1:9999"
    assert found.headers == {"Cookie": "session=REDACTED-SESSION-COOKIE"}
    assert found.is_on_this_machine


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:9999"),  # noqa: S104  what Stash writes; nothing is bound
        ("", "http://127.0.0.1:9999"),
        (None, "http://127.0.0.1:9999"),
        ("::", "http://[::1]:9999"),
        ("[::]", "http://[::1]:9999"),
        ("::1", "http://[::1]:9999"),
        ("localhost", "http://localhost:9999"),
        ("stash.example", "http://stash.example:9999"),
    ],
)
def test_host_becomes_an_address_to_connect_to_when_stash_listens_on(host: str | None, url: str | None) -> None:
    assert parse_connection({"Host": host}).base_url == url


@pytest.mark.parametrize(
    "document",
    [
        {"Host": "a b"},
        {"Host": "evil.example/x?y="},
        {"Host": "me@evil.example"},
        {"Host": "a\nb"},
        {"Port": "x"},
        {"Port": 0},
        {"Port": 65536},
        {"Port": -1},
        {"Port": [9]},
        {"Port": "²"},
        {"Scheme": "ftp"},
        {"SessionCookie": {"Value": "a\r\nX: y"}},
        {"SessionCookie": {"Value": 7}},
        {"ApiKey": "ключ"},
    ],
)
def test_connection_is_refused_with_its_key_when_it_is_nonsense(document: dict[str, Any]) -> None:
    with pytest.raises(StashUnreachable, match=r"server_connection\.(Host|Port|Scheme|SessionCookie\.Value|ApiKey)"):
        parse_connection(document)


def test_message_holds_no_cookie_when_the_cookie_is_refused() -> None:
    with pytest.raises(StashUnreachable) as caught:
        parse_connection({"SessionCookie": {"Value": "MARKED\r\n"}})
    assert "MARKED" not in str(caught.value)


def test_cookie_goes_by_the_name_in_the_document_when_it_is_another() -> None:
    found = parse_connection({"SessionCookie": {"Name": "stash_session", "Value": "abcd"}})
    assert found.headers == {"Cookie": "stash_session=abcd"}


def test_headers_are_empty_when_there_is_no_cookie() -> None:
    assert parse_connection({"SessionCookie": None}).headers == {}


def test_api_key_goes_before_the_cookie_when_both_are_there() -> None:
    assert WayIn("http://x", cookie="c", api_key="k").headers == {"ApiKey": "k"}


def test_secrets_are_not_shown_when_a_connection_is_printed() -> None:
    assert "MARKED" not in repr(WayIn("http://x", cookie="MARKED", api_key="MARKED"))


@pytest.mark.parametrize(
    ("host", "is_local"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("localhost", True), ("192.0.2.1", False), ("stash.example", False)],
)
def test_machine_is_told_apart_when_host_is(host: str | None, is_local: bool) -> None:
    assert parse_connection({"Host": host}).is_on_this_machine is is_local
