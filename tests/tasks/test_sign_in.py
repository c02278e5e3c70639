"""Signing in with Plex, against a stand-in of plex.tv and true sockets: what is offered, kept, sent, and refused."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from plex.errors import PlexError
from settings.sources import read_token_file
from tasks.context import TaskError
from tasks.diagnosis import ui_check
from tasks.page.sign_in import FILE_NAME, ui_sign_in_begin, ui_sign_in_choose, ui_sign_in_look
from tests.fakes.answering import PLEX_DIRECT, Answer, AnsweringServer
from tests.fakes.plex_tv import ACCOUNT_TOKEN, FakePlexTv


@pytest.fixture
def plex_tv() -> Iterator[FakePlexTv]:
    with FakePlexTv() as fake:
        yield fake


@pytest.fixture
def here(house, context, plex_tv):
    """The context of an installation without address and token; the account owns the house's server."""
    house.stash.configure_plugin({})
    plex_tv.add_server(
        "Tower", house.plex.options.machine_identifier, house.plex.token, 9, urlsplit(house.plex.url).port
    )
    plex_tv.add_server("A friend's", "of-a-friend", "friends-token-MARKED", 9, owned=False)
    return replace(context(house), plex_tv=plex_tv.url)


def test_sign_in_gives_the_server_its_own_token_and_keeps_no_other(house, here, plex_tv):
    begun = ui_sign_in_begin({}, here)
    assert begun["url"].startswith("https://app.plex.tv/auth#?clientID=")
    assert "code=code1000" in begun["url"]
    assert (house.data_dir / FILE_NAME).stat().st_mode & 0o777 == 0o600
    mine = {"ticket": begun["ticket"]}
    assert ui_sign_in_look(mine, here) == {"state": "waiting", "servers": [], "problem": ""}
    plex_tv.approve()
    found = ui_sign_in_look(mine, here)
    addresses = [(each["url"], each["answers"]) for each in found["servers"][0]["addresses"]]
    assert [each["name"] for each in found["servers"]] == ["Tower"]
    assert addresses[0] == (house.plex.url, True)
    assert ("http://127.0.0.1:9", False) in addresses[1:]
    assert house.plex.token not in json.dumps(found)
    assert house.plex.journal.count("/library/sections") == 0, "a try sends no token"
    saved = ui_sign_in_choose({**mine, "server": found["servers"][0]["id"], "plex_url": house.plex.url}, here)
    assert (saved["saved"], saved["problems"]) == (True, {})
    assert read_token_file(here.data_dir).token == house.plex.token
    assert house.stash.library.settings.plugins["Stash2Plex"] == {"plex_url": house.plex.url}
    assert ui_check({}, here)["ok"]
    assert not (house.data_dir / FILE_NAME).exists()
    written = b"".join(each.read_bytes() for each in house.data_dir.rglob("*") if each.is_file())
    assert ACCOUNT_TOKEN.encode() not in written
    assert ACCOUNT_TOKEN not in json.dumps([begun, found, saved])
    assert house.plex.token not in json.dumps([begun, found, saved])
    assert not any("oken" in each for each in plex_tv.heard), "no token in an address"


def test_choice_is_refused_when_another_server_answers_or_the_server_is_not_owned(house, here, plex_tv):
    mine = begin(here)
    plex_tv.approve()
    plex_tv.add_server("Cellar", "of-the-cellar", "cellar-token-MARKED", 9)
    wrong = ui_sign_in_choose({**mine, "server": "of-the-cellar", "plex_url": house.plex.url}, here)
    assert (wrong["saved"], list(wrong["problems"])) == (False, ["plex_url"])
    with pytest.raises(TaskError, match="Begin it once more"):
        ui_sign_in_choose({**mine, "server": "of-a-friend", "plex_url": house.plex.url}, here)
    with pytest.raises(PlexError, match=r"127\.0\.0\.1:9"):
        ui_sign_in_choose({**mine, "server": "of-the-cellar", "plex_url": "127.0.0.1:9"}, here)
    assert read_token_file(here.data_dir).token == ""
    assert (house.data_dir / FILE_NAME).exists(), "another address can be tried"
    ui_sign_in_look({**mine, "cancel": True}, here)
    assert not (house.data_dir / FILE_NAME).exists()


def test_server_with_a_certificate_of_its_own_is_taken_once_that_is_said(house, here, plex_tv):
    """plex.direct may be unknown in the house, and Plex may be set to refuse http."""
    identity = f'<MediaContainer machineIdentifier="{house.plex.options.machine_identifier}"/>'.encode()
    mine = begin(here)
    plex_tv.approve()
    with AnsweringServer(Answer(identity), certificate=PLEX_DIRECT) as secure:
        chosen = {**mine, "server": house.plex.options.machine_identifier, "plex_url": secure.url}
        refused = ui_sign_in_choose(chosen, here)
        assert (refused["saved"], list(refused["problems"])) == (False, ["skip_tls_verify"])
        assert "*.plex.direct" in refused["problems"]["skip_tls_verify"]
        assert read_token_file(here.data_dir).token == ""
        with pytest.warns(Warning, match="Unverified HTTPS request"):
            assert ui_sign_in_choose({**chosen, "skip_tls_verify": True}, here)["saved"]
        assert not any(house.plex.token in each for each in secure.heard())
    saved = {"plex_url": secure.url, "skip_tls_verify": True}
    assert house.stash.library.settings.plugins["Stash2Plex"] == saved
    assert read_token_file(here.data_dir).token == house.plex.token


@pytest.mark.parametrize("broken", [(503, b""), (429, b"{}"), (200, b"<html>Welcome to the hotel</html>")])
def test_wait_goes_on_when_plex_tv_does_not_answer_for_a_while(here, plex_tv, broken):
    mine = begin(here)
    plex_tv.broken = broken
    away = ui_sign_in_look(mine, here)
    assert (away["state"], bool(away["problem"])) == ("waiting", True)
    unreachable = ui_sign_in_look(mine, replace(here, plex_tv="http://127.0.0.1:9"))
    assert unreachable["problem"].startswith("Plex.tv cannot be reached from Stash's machine")
    plex_tv.broken = None
    plex_tv.approve()
    assert ui_sign_in_look(mine, here)["state"] == "approved"


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ((200, b"<html>Welcome to the hotel</html>"), "does not answer as plex.tv does"),
        ((200, b"[" * 100_000), "does not answer as plex.tv does"),
        ((302, b""), "answered 302"),
        ((429, b"{}"), "asks to wait"),
    ],
)
def test_sign_in_says_what_is_wrong_when_something_else_answers(here, plex_tv, broken, complaint):
    plex_tv.broken = broken
    with pytest.raises(TaskError, match=f"{complaint}.*can be typed instead"):
        ui_sign_in_begin({}, here)
    assert len(plex_tv.heard) == 1


def test_sign_in_ends_when_it_expired_and_when_nothing_is_owned(house, here, plex_tv):
    mine = begin(here)
    plex_tv.approve()
    plex_tv.resources[:] = [each for each in plex_tv.resources if not each["owned"]]
    with pytest.raises(TaskError, match="owns no Plex server"):
        ui_sign_in_look(mine, here)
    assert not (house.data_dir / FILE_NAME).exists()
    mine = begin(here)
    with pytest.raises(TaskError, match="has expired"):
        ui_sign_in_look(mine, replace(here, clock=lambda: time.time() + 1801))
    assert not (house.data_dir / FILE_NAME).exists()
    mine = begin(here)
    plex_tv.pins.clear()
    with pytest.raises(TaskError, match="has expired"):
        ui_sign_in_look(mine, here)
    assert not (house.data_dir / FILE_NAME).exists()
    with pytest.raises(TaskError, match=r"cannot be reached.*can be typed instead"):
        ui_sign_in_begin({}, replace(here, plex_tv="http://127.0.0.1:9"))


def test_only_who_began_the_sign_in_can_look_choose_or_cancel(house, here, plex_tv):
    """Where Stash has no login a web page can run each operation, and an address of its own says what it likes."""
    mine = begin(here)
    plex_tv.approve()
    wanted = {"server": house.plex.options.machine_identifier, "plex_url": house.plex.url}
    for other in ({}, {"ticket": ""}, {"ticket": mine["ticket"][:-1]}, {"ticket": f"{mine['ticket']}x"}):
        with pytest.raises(TaskError, match="Begin it once more"):
            ui_sign_in_look(other, here)
        with pytest.raises(TaskError, match="Begin it once more"):
            ui_sign_in_choose({**wanted, **other}, here)
        ui_sign_in_look({**other, "cancel": True}, here)
    assert read_token_file(here.data_dir).token == ""
    assert ui_sign_in_choose({**wanted, **mine}, here)["saved"], "whoever began it goes on"


def test_first_tab_is_told_when_another_one_begins_a_sign_in(house, here, plex_tv):
    first, second = begin(here), begin(here)
    with pytest.raises(TaskError, match="Begin it once more"):
        ui_sign_in_look(first, here)
    ui_sign_in_look({**first, "cancel": True}, here)
    plex_tv.approve()
    assert ui_sign_in_look(second, here)["state"] == "approved"


@pytest.mark.parametrize("by", ["environment", "file"])
def test_token_is_not_given_to_an_address_that_counts_instead_of_the_chosen_one(house, here, plex_tv, by):
    with AnsweringServer() as other:
        if by == "file":
            (house.data_dir / "config.yaml").write_text(f"plex_url: {other.url}\n")
        here = replace(here, environ={"PLEX_URL": other.url} if by == "environment" else {})
        mine = begin(here)
        plex_tv.approve()
        wanted = {"server": house.plex.options.machine_identifier, "plex_url": house.plex.url}
        answer = ui_sign_in_choose({**mine, **wanted}, here)
        assert not answer["saved"]
        assert "PLEX_URL" in answer["problems"]["plex_url"] or "config.yaml" in answer["problems"]["plex_url"]
        assert read_token_file(here.data_dir).token == ""
        assert other.heard() == []


def test_one_server_that_is_odd_hides_no_other(house, here, plex_tv):
    for odd in (
        {"accessToken": "not a token"},
        {"accessToken": ["x"]},
        {"connections": {"address": "x"}},
        {
            "connections": [
                {"address": "*.b", "port": 9, "local": True},
                {"address": "a" * 300, "port": 9, "local": True},
            ]
        },
        {"connections": [{"address": "fe80::1%eth0", "port": True, "local": True, "uri": "https://[::1"}, 7, None]},
        {"name": "\u202e\x00<b>" * 100, "connections": None},
    ):
        plex_tv.add_server("Odd", f"odd-{len(plex_tv.resources)}", "odd-token-MARKED", 9)
        plex_tv.resources[-1].update(odd)
    mine = begin(here)
    plex_tv.approve()
    found = ui_sign_in_look(mine, here)
    assert found["servers"][0]["addresses"][0] == {"url": house.plex.url, "answers": True}


@pytest.mark.parametrize("lasts", [float("nan"), float("inf"), 1e300, -5])
def test_sign_in_lasts_no_longer_than_plex_says_it_may(house, here, plex_tv, lasts):
    plex_tv.lasts_s = lasts
    with suppress(TaskError):
        ui_sign_in_begin({}, here)
        assert json.loads((house.data_dir / FILE_NAME).read_text())["ends_at"] <= time.time() + 1800


def begin(here):
    """Begin a sign-in; what shows that it is one's own."""
    return {"ticket": ui_sign_in_begin({}, here)["ticket"]}
