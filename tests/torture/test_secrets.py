"""Marked secrets go through every task, operation and fault.

Then every byte that was written anywhere is searched for them.

One file may hold one of them, once: plex-token.json the token that was typed on the page, or got by a sign-in.
"""

import base64
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import pytest

from settings.sources import TOKEN_FILE_NAME, read_token_file
from tasks.page.sign_in import FILE_NAME
from tasks.registry import OPERATIONS
from tests.fakes.answering import PLEX_DIRECT, AnsweringServer
from tests.fakes.plex import Fault
from tests.fakes.plex_tv import ACCOUNT_TOKEN, FakePlexTv
from tests.house import Movie
from tests.torture.figures import Figures
from tests.torture.marked import Marked, too_open
from tests.torture.scale import Scale
from tests.torture.watched import API_KEY, COOKIE_OWNER, OLD_TOKEN, PAGE_TOKEN, SECRETS, TOKEN, Watched
from worker.process.handover import stop_worker

TASKS: Final[tuple[dict[str, Any], ...]] = (
    {"mode": "queue_status"},
    {"mode": "support_report"},
    {"mode": "test_connection"},
    {"mode": "preview"},
    {"mode": "recent", "hours": "24"},
    {"mode": "reconcile"},
    {"mode": "rebuild_index"},
    {"mode": "process_queue"},
    {"mode": "retry_dlq"},
    {"mode": "purge_dlq", "days": "30"},
    {"mode": "clear_dlq"},
    {"mode": "clear_queue"},
    {"mode": "all"},
    {"mode": "undo"},
    {"mode": "restore"},
)
QUICK: Final = frozenset({"queue_status", "support_report", "test_connection", "preview"})
"""Tasks of the short form; they also are those that end while Plex or Stash are away."""

SOME: Final = 0.3
"""The share of the faults during which the short form runs a task; the long form runs all tasks during each."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault: how it begins, and a part of what the worker then has in its log."""

    name: str
    begin: Callable[["Watched"], Any]
    logged: str = "Paused, nothing is lost"


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with AnsweringServer() as elsewhere, FakePlexTv() as plex_tv:
        made = Watched(tmp_path, elsewhere, plex_tv)
        with made.house:
            yield made


@pytest.fixture
def tls_door() -> Iterator[str]:
    """The address of a port that shows a certificate which nobody trusts."""
    with AnsweringServer(certificate=PLEX_DIRECT) as door:
        yield door.url


def _plex(kind: str, **how: Any) -> Callable[[Watched], Any]:
    return lambda watched: watched.house.plex.faults.add(Fault(kind, **how))


def _stash(kind: str) -> Callable[[Watched], Any]:
    return lambda watched: watched.house.stash.fault(kind)


def _redirect(watched: Watched) -> None:
    """To another host, by an address that repeats the token, as a proxy may build it."""
    location = f"{watched.elsewhere.url}/?X-Plex-Token={TOKEN}"
    watched.house.plex.faults.add(Fault("redirect", location=location))


TROUBLES: Final = (
    Trouble("Plex 401", _plex("status", status=401)),
    Trouble("Plex 500", _plex("status", status=500)),
    Trouble("Plex 400 to a change", _plex("status", status=400, request_kind="edit"), "is a dead letter"),
    Trouble("Plex HTML", _plex("html")),
    Trouble("Plex garbage", _plex("garbage")),
    Trouble("Plex redirect", _redirect),
    Trouble("Plex refused", lambda watched: watched.house.plex.refuse()),
    Trouble("Plex reset", _plex("reset")),
    Trouble("Stash login refused", _stash("401")),
    Trouble("Stash 500", _stash("500")),
    Trouble("Stash HTML", _stash("html")),
    Trouble("Stash refused", _stash("refuse")),
)


def meet(watched: Watched, trouble: Trouble, movie: Movie) -> None:
    """Have the worker meet a fault with a save of `movie`."""
    house = watched.house
    before = house.log().count(trouble.logged)
    trouble.begin(watched)
    house.save(movie, title=f"{movie.name}, {trouble.name}")
    house.wait(lambda: house.log().count(trouble.logged) > before, trouble.name)


def end(watched: Watched, movie: Movie) -> None:
    """End every fault, and have a save arrive."""
    house = watched.house
    house.plex.faults.clear_faults()
    house.plex.accept()
    house.stash.clear_faults()
    title = f"{movie.name}, save {len(house.stash.hook_runs)}"
    house.save(movie, title=title)
    house.wait(house.has_title(movie, title=title), "a save arrives after the fault")


def operations(movie: Movie) -> Iterator[dict[str, Any]]:
    """Each operation of the page with arguments that have it do something."""
    arguments: dict[str, dict[str, Any]] = {
        "ui_jobs": {"list": "dead"},
        "ui_retry": {"list": "dead", "all": True},
        "ui_discard": {"list": "dead", "all": True},
        "ui_scan": {"list": "dead", "reason": "NotInPlexError"},
        "ui_sync": {"scene_ids": [movie.scene_id]},
        "ui_save": {"values": {"max_retries": 6}},
        "ui_check": {"plex_token": OLD_TOKEN},
        "ui_mapping": {"rules": ""},
        "ui_preview": {"scene_ids": [movie.scene_id]},
        "ui_pictures": {"rating_keys": [movie.rating_key]},
        "ui_find": {"words": movie.name},
        "ui_scene": {"scene_id": movie.scene_id},
        "ui_scene_news": {"scene_id": movie.scene_id},
        "ui_keep": {"scene_id": movie.scene_id, "field": "title", "keep": False},
        "ui_undo": {"scene_id": movie.scene_id},
    }
    for mode in OPERATIONS:
        yield {"mode": mode, **arguments.get(mode, {})}


def test_secrets_stand_nowhere_but_in_headers_whatever_happens(
    watched: Watched, tls_door: str, scale: Scale, figures: Figures
) -> None:
    house, random = watched.house, scale.random("secrets")
    (movie,) = house.add("Sintel", cover=b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    asking = [*operations(movie), *TASKS]
    quick = [args for args in TASKS if args["mode"] in QUICK]
    # An undo would take back the save that shows the end of the fault.
    during = [args for args in operations(movie) if args["mode"] != "ui_undo"]
    house.save(movie, title="Sintel!")
    house.wait(house.has_title(movie))

    def tls_failure(_watched: Watched) -> None:
        watched.set_address(tls_door)

    troubles = [*TROUBLES, Trouble("a certificate that fails", tls_failure)]
    random.shuffle(troubles)
    troubles = troubles[: scale.pick(6, len(troubles))]
    for trouble in troubles:
        meet(watched, trouble, movie)
        for args in [*quick, *during] if scale.is_long else random.sample(quick, random.random() < SOME):
            watched.run(**args)
        assert watched.leaks() == []
        if trouble.begin is tls_failure:
            watched.set_address(house.plex.url)
        end(watched, movie)
    house.stash.configure_login(api_key=API_KEY, user=COOKIE_OWNER)
    assert stop_worker(str(house.data_dir))  # the next one asks for the key
    for args in asking if scale.is_long else random.sample(asking, 4):
        watched.run(**args)
    watched.run(mode="ui_resume")
    house.wait(house.is_drained)
    end(watched, movie)
    assert watched.leaks() == []
    assert too_open(house.data_dir) == []
    house.wait(lambda: any(headers.get("apikey") for _, headers in watched.asked_of_stash), "the key is used")
    assert_secrets_were_used(watched)
    figures.note(
        faults=len(troubles),
        processes=len(watched.runs) + len(house.stash.hook_runs),
        requests=house.plex.journal.count() + len(watched.asked_of_stash),
        places_searched=watched.searched,
        bytes_searched=watched.searched_bytes,
        found=0,
    )


def test_token_of_the_page_stands_in_its_own_file_and_nowhere_else(tmp_path: Path) -> None:
    with AnsweringServer() as elsewhere, FakePlexTv() as plex_tv:
        watched = Watched(tmp_path, elsewhere, plex_tv, PAGE_TOKEN)
        with watched.house as house:
            saved = watched.run(mode="ui_save", values={"plex_url": house.plex.url, "plex_token": PAGE_TOKEN})
            assert saved.output["saved"]
            (movie,) = house.add("Sintel")
            house.save(movie, title="Sintel!")
            house.wait(house.has_title(movie))
            meet(watched, TROUBLES[0], movie)
            for args in ({"mode": "support_report"}, {"mode": "test_connection"}, {"mode": "queue_status"}):
                watched.run(**args)
            for args in operations(movie):
                if args["mode"] in {"ui_settings", "ui_check", "ui_scene", "ui_mapping", "ui_preview", "ui_pictures"}:
                    watched.run(**args)
            end(watched, movie)
            watched.run(mode="ui_check", plex_url=elsewhere.url)
            assert watched.leaks() == []
            assert elsewhere.heard() == []
            assert too_open(house.data_dir) == []
            own = house.data_dir / TOKEN_FILE_NAME
            assert own.read_bytes().count(PAGE_TOKEN.encode()) == 1
            assert watched.marked.found_in(own.read_bytes()) == {"token of the page"}
            assert PAGE_TOKEN not in str(house.stash.library.settings.plugins)
            assert {record.headers.get("x-plex-token") for record in house.plex.journal.records()} >= {PAGE_TOKEN}


def test_tokens_of_a_sign_in_stand_in_the_plugins_own_file_and_nowhere_else(tmp_path: Path) -> None:
    """The account's nowhere at all, the server's own in the file of the token; through all that can go wrong."""
    with AnsweringServer() as elsewhere, FakePlexTv() as plex_tv:
        watched = Watched(tmp_path, elsewhere, plex_tv, PAGE_TOKEN)
        with watched.house as house:
            port = urlsplit(house.plex.url).port
            assert port
            plex_tv.add_server("Tower", house.plex.options.machine_identifier, PAGE_TOKEN, 9, port)

            def look(**more: Any) -> Any:
                assert watched.leaks() == []
                assert too_open(house.data_dir) == []
                return watched.run(mode="ui_sign_in_look", ticket=ticket, **more).output

            ticket = watched.run(mode="ui_sign_in_begin").output["ticket"]
            assert look()["state"] == "waiting"
            plex_tv.approve()
            repeating = f'{{"authToken": "{ACCOUNT_TOKEN} {PAGE_TOKEN}"'.encode()
            for broken in ((500, repeating), (200, repeating), (302, repeating), (404, repeating)):
                plex_tv.broken = broken
                assert not (look() or {}).get("servers")
            plex_tv.broken = None
            ticket = watched.run(mode="ui_sign_in_begin").output["ticket"]
            plex_tv.approve()
            assert look()["state"] == "approved"
            for place in (elsewhere.url, "127.0.0.1:9", house.plex.url):
                server = house.plex.options.machine_identifier
                watched.run(mode="ui_sign_in_choose", ticket=ticket, server=server, plex_url=place)
            assert read_token_file(str(house.data_dir)).token == PAGE_TOKEN
            (movie,) = house.add("Sintel")
            house.save(movie, title="Sintel!")
            house.wait(house.has_title(movie))
            for mode in ("support_report", "queue_status", "ui_settings", "ui_check"):
                watched.run(mode=mode)
            ticket = watched.run(mode="ui_sign_in_begin").output["ticket"]
            assert look(cancel=True)["state"] == "none"
            assert watched.leaks() == []
            assert not (house.data_dir / FILE_NAME).exists()
            assert [each.partition(" HTTP")[0].splitlines()[0] for each in elsewhere.heard()] == ["GET /identity"]
            assert ACCOUNT_TOKEN in {headers.get("x-plex-token") for _, headers in plex_tv.asked}
            assert {record.headers.get("x-plex-token") for record in house.plex.journal.records()} >= {PAGE_TOKEN}


def assert_secrets_were_used(watched: Watched) -> None:
    """A secret that was never used cannot leak."""
    headers = [headers for _, headers in watched.asked_of_stash]
    assert any(COOKIE_OWNER in given.get("cookie", "") for given in headers)
    assert any(given.get("apikey") == API_KEY for given in headers)
    assert {record.headers.get("x-plex-token") for record in watched.house.plex.journal.records()} >= {TOKEN}


@pytest.mark.parametrize(
    "form",
    [
        lambda text: text.encode(),
        lambda text: "".join(f"%{byte:02x}" for byte in text.encode()).encode(),
        lambda text: quote(text, safe="").encode(),
        lambda text: base64.b64encode(text.encode()),
        lambda text: base64.b64encode(b"a" + text.encode() + b"z"),
        lambda text: base64.urlsafe_b64encode(b"ab" + text.encode() + b"yz"),
        lambda text: text.encode().hex().encode(),
        lambda text: text.encode("utf-16-le"),
        lambda text: text[:14].encode(),
        lambda text: text[-13:].encode(),
    ],
)
@pytest.mark.parametrize("name", SECRETS)
def test_search_finds_a_secret_in_each_form(name: str, form: Callable[[str], bytes]) -> None:
    marked = Marked(**SECRETS)
    assert marked.found_in(b"before " + form(SECRETS[name]) + b" after") == {name}
    assert marked.found_in(b"before " + form("Nothing but a title of a film") + b" after") == set()


def test_search_finds_what_stands_in_a_write_ahead_log_and_who_may_read_it(watched: Watched) -> None:
    folder = watched.house.data_dir
    for made in (folder, folder / "queue"):
        made.mkdir(mode=0o700)
    planted = folder / "queue" / "data.db-wal"
    planted.write_bytes(b"\0" * 5000 + TOKEN.encode())
    planted.chmod(0o640)
    assert watched.leaks() == [f"token in {planted}"]
    assert str(planted) in too_open(folder)
    shutil.rmtree(folder / "queue")
