"""What must hold before anybody runs these tests against a server of their own.

Only the scratch library is written to, and everything is given back.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.clock import Clock
from tests.contract.beliefs import LENIENT, STRICT, Belief
from tests.contract.disk import Folder
from tests.contract.plex.kept import removal
from tests.contract.plex.pictures import BLUE, GREEN
from tests.contract.plex.real import real_library
from tests.contract.plex.scratch import HANDFUL, Scratch, target
from tests.contract.plex.stand_in import FOLDER, LIBRARY, stand_in
from tests.contract.plex.wire import NotOurs, Wire
from tests.contract.stopping import Unfit, told_once
from tests.documents import ROOT
from tests.fakes.plex import FakePlex
from tests.waiting import wait_until

WRITES = {"edit", "rate", "picture_upload", "picture_select", "picture_clear", "refresh", "scan"}


class Broken(Exception):
    pass


@pytest.fixture(params=[STRICT, LENIENT])
def server(request: pytest.FixtureRequest) -> Iterator[FakePlex]:
    with stand_in(request.param, Clock()) as plex:
        yield plex


@pytest.fixture
def wire(server: FakePlex) -> Iterator[Wire]:
    connected = Wire(server.url, server.token)
    yield connected
    connected.close()


@pytest.fixture
def library(wire: Wire) -> Scratch:
    return Scratch(target(wire, LIBRARY), STRICT, lambda: None, None)


def shown(server: FakePlex) -> list[Any]:
    """Everything that people see of every item; what was uploaded stays in a list, and times go on."""
    return [replace(server.state.item(key), updated_at=0, uploads=()) for key in sorted(server.state.items)]


def change_everything(plex: Scratch) -> str:
    """What all beliefs together may do to an item, and then break off."""
    plex.edit([plex.first, plex.second, plex.third], studio="Contract", contentRating="contract/12")
    plex.edit(
        plex.first,
        ("genre[0].tag.tag", "Contract"),
        ("actor[0].tag.tag", "Contract"),
        ("label[0].tag.tag", "Contract"),
        ("genre.locked", "1"),
        ("actor.locked", "1"),
        *removal("genre", "Short"),
        title="Contract",
        titleSort="Contract",
        summary="",
        originallyAvailableAt="2008-04-10",
        tagline="Contract",
    )
    plex.wire.rate(plex.first, "7.3")
    for shelf in ("posters", "arts"):
        assert plex.wire.upload(plex.first, shelf, BLUE) == 200
        assert plex.wire.upload(plex.first, shelf, GREEN) == 200
    raise Broken


def test_everything_is_given_back_when_a_belief_breaks_off(server: FakePlex, library: Scratch, tmp_path: Path) -> None:
    before = shown(server)
    belief = Belief("Plex", "", change_everything, {}, is_sure=True)
    with library.opened(tmp_path / "kept.json"):
        with pytest.raises(Broken):
            library.asked(belief)
        assert shown(server) == before


def test_everything_is_given_back_at_the_end_when_nobody_did_before(
    server: FakePlex, library: Scratch, tmp_path: Path
) -> None:
    before = shown(server)
    with pytest.raises(Broken), library.opened(tmp_path / "kept.json"):
        change_everything(library)
    assert shown(server) == before


def test_rating_of_the_user_is_given_back_as_it_was(server: FakePlex, library: Scratch, tmp_path: Path) -> None:
    library.wire.own([library.first])
    library.wire.rate(library.first, "6.5")
    before = shown(server)
    with pytest.raises(Broken), library.opened(tmp_path / "kept.json"):
        change_everything(library)
    assert shown(server) == before


def test_what_cannot_be_given_back_is_told_by_item_and_field(
    server: FakePlex, library: Scratch, tmp_path: Path
) -> None:
    opened = library.opened(tmp_path / "kept.json")
    opened.__enter__()
    library.edit(library.first, tagline="Contract")
    server.options.refused_fields = frozenset({"tagline"})
    with pytest.raises(AssertionError, match=rf"\{{{library.first}: \('tagline',"):
        opened.__exit__(None, None, None)


def test_what_could_not_be_given_back_to_a_server_that_is_away_is_given_back_by_the_next_run(
    server: FakePlex, library: Scratch, tmp_path: Path
) -> None:
    before = shown(server)
    opened = library.opened(tmp_path / "kept.json")
    opened.__enter__()
    library.edit(library.first, tagline="Contract")
    server.refuse()
    with pytest.raises(AssertionError, match="the next run tries again"):
        opened.__exit__(None, None, None)
    server.accept()
    assert shown(server) != before
    with library.opened(tmp_path / "kept.json"):
        assert shown(server) == before


def test_half_a_journal_stops_nobody(library: Scratch, tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_text('{"library": "00000000-0000', encoding="utf-8")
    with library.opened(tmp_path / "kept.json"):
        assert library.item(library.first).get("title")


def test_run_beside_another_one_is_refused(server: FakePlex, library: Scratch, wire: Wire, tmp_path: Path) -> None:
    second = Scratch(target(wire, LIBRARY), STRICT, lambda: None, None)
    with library.opened(tmp_path / "kept.json"), pytest.raises(Unfit, match="another run"):
        second.opened(tmp_path / "kept.json").__enter__()


def test_write_without_an_own_item_is_not_sent(server: FakePlex, library: Scratch, tmp_path: Path) -> None:
    with library.opened(tmp_path / "kept.json"):
        foreign = 1
        for write in (
            lambda: library.wire.edit(library.section, [], [("title.value", "Contract")]),
            lambda: library.wire.edit(library.section, [library.first, foreign], [("title.value", "Contract")]),
            lambda: library.wire.edit_item(foreign, [("title.value", "Contract")]),
            lambda: library.wire.rate(foreign, "8"),
            lambda: library.wire.upload(foreign, "posters", BLUE),
            lambda: library.wire.choose(foreign, "posters", "upload://posters/0"),
            lambda: library.wire.clear_choice(foreign, "posters"),
            lambda: library.wire.scan(library.section, ""),
        ):
            with pytest.raises(NotOurs):
                write()
    assert not [record for record in server.journal.records() if record.kind in WRITES]


@pytest.mark.parametrize(
    ("title", "films", "reason"),
    [
        ("Films of Ada", 4, "does not have 'scratch'"),
        ("Scratch of a scratch", 2, "are needed"),
        ("Scratch of a scratch", HANDFUL + 1, "look like somebody's"),
        ("Scratch that is not there", 0, "but Plex has 0"),
    ],
)
def test_library_that_could_be_somebodys_is_refused(
    server: FakePlex, wire: Wire, title: str, films: int, reason: str
) -> None:
    if films:
        section = server.state.add_section(title, locations=["/media/other"]).key
        server.state.populate(films, section)
    with pytest.raises(Unfit, match=reason):
        target(wire, title)


def test_two_libraries_of_one_name_and_libraries_of_shows_are_refused(server: FakePlex, wire: Wire) -> None:
    server.state.add_section(LIBRARY)
    server.state.add_section("Scratch shows", "show")
    for name in (LIBRARY, "Scratch shows"):
        with pytest.raises(Unfit, match="exactly one library of films"):
            target(wire, name)


def test_folder_of_another_library_is_refused(wire: Wire, tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="not below one of the library's own"):
        Scratch(target(wire, LIBRARY), STRICT, lambda: None, Folder(tmp_path, "/media/films"))


def test_larger_library_is_taken_when_told_so(server: FakePlex, wire: Wire) -> None:
    section = server.state.add_section("Large scratch").key
    server.state.populate(HANDFUL + 1, section)
    assert len(target(wire, "Large scratch", most=HANDFUL + 1).keys) == HANDFUL + 1


ONE_READING = pytest.mark.parametrize("server", [STRICT], indirect=True)
"""For what starts processes."""


@pytest.fixture
def named(server: FakePlex, tmp_path: Path) -> dict[str, str]:
    """The environment of a run that takes the stand-in for a real server."""
    settings = {"URL": server.url, "TOKEN": server.token, "LIBRARY": LIBRARY, "NOTES": str(tmp_path)}
    others = {name: value for name, value in os.environ.items() if "_CONTRACT_" not in name}
    return {**others, **{f"PLEX_CONTRACT_{name}": value for name, value in settings.items()}}


def run(named: dict[str, str], chosen: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "tests/contract/plex/test_plex.py",
        "-k",
        chosen,
    ]
    return subprocess.Popen(command, cwd=ROOT, env=named, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@ONE_READING
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGKILL])
def test_everything_is_given_back_when_a_run_is_stopped(
    server: FakePlex, named: dict[str, str], stop: signal.Signals
) -> None:
    before = shown(server)
    server.options.write_latency_ms = 500  # so long nothing is given back after the first edit
    process = run(named, "real and several_fields")
    wait_until(lambda: shown(server) != before, "a write", every_s=0.005)
    process.send_signal(stop)
    process.communicate(timeout=60)
    if stop is signal.SIGKILL:
        assert shown(server) != before
        with real_library(named):
            pass
    assert shown(server) == before


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("LIBRARY", "Films of Ada", "does not have 'scratch'"),
        ("TOKEN", "wrong", "cannot be asked: 401$"),
        ("URL", "http://127.0.0.1:1", "cannot be asked: ConnectionError$"),
    ],
)
def test_server_that_cannot_be_asked_ends_the_run(named: dict[str, str], name: str, value: str, reason: str) -> None:
    with (
        pytest.raises(pytest.exit.Exception, match=reason),
        told_once(),
        real_library({**named, f"PLEX_CONTRACT_{name}": value}),
    ):
        pass


@ONE_READING
def test_table_of_a_real_server_holds_neither_token_nor_path(server: FakePlex, named: dict[str, str]) -> None:
    output, _ = run(named, "real and (identity or libraries or genres or files)").communicate(timeout=120)
    table = output[output.index("| about |") :]
    assert f"seen (Plex {server.options.version.partition('-')[0]})" in table
    assert "| lists | Genres in an edit of the library's address are |" in table
    for secret in (server.token, FOLDER, server.url, str(ROOT)):
        assert secret not in table
