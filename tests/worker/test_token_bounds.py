"""The token goes only to the address that it was given for.

The rules over real files, and the worker over two stand-ins.
"""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from plex.errors import PlexMisconfigured, PlexTokenElsewhere
from settings.resolve import resolve
from settings.settings import Settings
from settings.sources import TOKEN_FILE_NAME, Config, read_token_file
from sync_queue.lock import WorkerLock
from tests import machine
from tests.fakes.plex import FakePlex, Options
from worker.control.jobs import control_job
from worker.control.kinds import INDEX
from worker.outcome import PLEX_ADDRESS, PLEX_SETTINGS
from worker.sync.token_bounds import LOCK_NAME, TokenBounds

HOME, MOVED = "http://192.168.1.10:32400", "http://192.168.1.20:32400"
TOKEN, OTHER = "token-of-ada-0815", "token-of-bob-4711"
SERVER = "machine-of-ada"


@pytest.fixture
def bounds(tmp_path: Path) -> TokenBounds:
    return TokenBounds(str(tmp_path))


def held(
    stash: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    config: Mapping[str, str] | None = None,
    own: str = "",
) -> Settings:
    """Settings as these places give them."""
    return resolve(stash or {}, environ or {}, Config(dict(config or {})), own).settings


def pair(url: str = HOME, token: str = TOKEN) -> dict[str, str]:
    return {"plex_url": url, "plex_token": token}


@pytest.mark.parametrize(
    "settings",
    [
        lambda url: held(pair(url)),
        lambda url: held({"plex_url": url}, {"PLEX_TOKEN": TOKEN}),
        lambda url: held({"plex_url": url}, config={"plex_token": TOKEN}),
        lambda url: held({"plex_token": TOKEN}, config={"plex_url": url}),
        lambda url: held({}, {"PLEX_TOKEN": TOKEN}, {"plex_url": url}),
    ],
    ids=["Stash", "PLEX_TOKEN alone", "config.yaml alone", "address in config.yaml", "both, in two places"],
)
def test_token_is_bound_to_the_first_address_that_takes_it(bounds: TokenBounds, settings: Any) -> None:
    assert bounds.require(settings(HOME)) == ""
    assert bounds.require(settings(MOVED)) == "", "an address that never took it was mistyped"
    bounds.took(settings(HOME), SERVER)
    assert bounds.require(settings(HOME)) == SERVER
    with pytest.raises(PlexTokenElsewhere) as caught:
        bounds.require(settings(MOVED))
    assert HOME in str(caught.value)
    assert MOVED in str(caught.value)
    assert "type the token once more beside the new address" in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        lambda url: held({}, {"PLEX_TOKEN": TOKEN, "PLEX_URL": url}),
        lambda url: held(config={"plex_token": TOKEN, "plex_url": url}),
    ],
    ids=["environment", "config.yaml"],
)
def test_nothing_is_asked_when_address_and_token_are_set_together(bounds: TokenBounds, settings: Any) -> None:
    bounds.took(settings(HOME), SERVER)
    assert bounds.require(settings(HOME)) == SERVER
    assert bounds.require(settings(MOVED)) == ""
    assert bounds.objection(settings(MOVED)) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("http://tower:32400", "http://tower:32400/"),
        ("http://tower:32400", "HTTP://Tower:32400"),
        ("http://tower:32400", "http://tower.:32400"),
        ("http://tower", "http://tower:80/"),
        ("https://home.example.org/plex", "https://home.example.org:443/media"),
        ("http://[fd00::7]:32400", "http://[FD00:0:0:0::7]:32400/"),
    ],
)
def test_another_spelling_of_the_same_address_raises_no_alarm(bounds: TokenBounds, before: str, after: str) -> None:
    bounds.took(held(pair(before)), SERVER)
    assert bounds.require(held(pair(after))) == SERVER


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("http://tower:32400", "https://tower:32400"),
        ("http://tower:32400", "http://tower:32401"),
        ("http://tower:32400", "http://tower.example.org:32400"),
        ("http://[fd00::7]:32400", "http://[fd00::8]:32400"),
        ("http://tower", "https://tower"),
    ],
)
def test_another_scheme_host_or_port_is_another_address(bounds: TokenBounds, before: str, after: str) -> None:
    bounds.took(held(pair(before)), SERVER)
    with pytest.raises(PlexTokenElsewhere):
        bounds.require(held(pair(after)))


def test_new_token_in_stash_is_given_for_the_address_of_that_moment(bounds: TokenBounds) -> None:
    bounds.took(held(pair()), SERVER)
    with pytest.raises(PlexTokenElsewhere):
        bounds.require(held(pair(MOVED)))
    assert bounds.require(held(pair(MOVED, OTHER))) == "", "both were changed"
    assert bounds.bound(held(pair(MOVED, OTHER))).origin == MOVED  # type: ignore[union-attr]
    with pytest.raises(PlexTokenElsewhere):
        bounds.require(held(pair(HOME, OTHER)))


def test_typed_token_is_kept_with_its_address_whatever_stood_in_stash_before(
    bounds: TokenBounds, tmp_path: Path
) -> None:
    bounds.took(held(pair()), SERVER)
    bounds.give(held(pair(MOVED)))
    kept = read_token_file(str(tmp_path))
    assert kept.token == TOKEN
    assert bounds.require(held({"plex_url": MOVED}, own=TOKEN)) == ""
    with pytest.raises(PlexTokenElsewhere):
        bounds.require(held({"plex_url": HOME}, own=TOKEN))
    assert (tmp_path / TOKEN_FILE_NAME).stat().st_mode & 0o777 == (0o666 if machine.IS_WINDOWS else 0o600)


def test_token_of_the_environment_that_is_typed_is_bound_anew_and_kept_nowhere(
    bounds: TokenBounds, tmp_path: Path
) -> None:
    alone = {"PLEX_TOKEN": TOKEN}
    bounds.took(held({"plex_url": HOME}, alone), SERVER)
    assert "Or set PLEX_URL beside PLEX_TOKEN." in str(bounds.objection(held({"plex_url": MOVED}, alone)))
    bounds.give(held({"plex_url": MOVED}, alone))
    assert bounds.require(held({"plex_url": MOVED}, alone)) == ""
    text = (tmp_path / TOKEN_FILE_NAME).read_text(encoding="utf-8")
    assert TOKEN not in text
    assert read_token_file(str(tmp_path)).token == ""


def test_moved_token_keeps_the_address_that_it_had(bounds: TokenBounds) -> None:
    bounds.took(held(pair()), SERVER)
    bounds.take_over(TOKEN)
    assert bounds.require(held({"plex_url": HOME}, own=TOKEN)) == SERVER
    with pytest.raises(PlexTokenElsewhere):
        bounds.require(held({"plex_url": MOVED}, own=TOKEN))


def test_note_of_an_old_connection_does_not_take_a_new_token_back(bounds: TokenBounds, tmp_path: Path) -> None:
    """The worker has asked with the old token, and says so after the page has saved another one."""
    bounds.give(held(pair()))
    old = held({"plex_url": HOME}, own=TOKEN)
    bounds.give(held(pair(MOVED, OTHER)))
    bounds.took(old, SERVER)
    assert read_token_file(str(tmp_path)).token == OTHER
    assert bounds.require(held({"plex_url": MOVED}, own=OTHER)) == ""


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"token": "x"}', b'{"token": "x", "given": {"a": [1]}}', b"\xff"]
)
def test_damaged_file_holds_nothing_and_is_written_anew(bounds: TokenBounds, tmp_path: Path, content: bytes) -> None:
    (tmp_path / TOKEN_FILE_NAME).write_bytes(content)
    assert read_token_file(str(tmp_path)).token == ""
    bounds.give(held(pair()))
    assert read_token_file(str(tmp_path)).token == TOKEN


def test_file_that_cannot_be_read_is_named(bounds: TokenBounds, tmp_path: Path) -> None:
    (tmp_path / TOKEN_FILE_NAME).mkdir()
    with pytest.raises(PlexMisconfigured, match=rf"{TOKEN_FILE_NAME}.*cannot be read"):
        bounds.require(held(pair()))


def test_writers_take_turns(bounds: TokenBounds, tmp_path: Path) -> None:
    lock = WorkerLock(str(tmp_path), LOCK_NAME)
    assert lock.acquire()
    writer = threading.Thread(target=bounds.give, args=(held(pair()),))
    writer.start()
    assert read_token_file(str(tmp_path)).token == ""
    assert not (tmp_path / TOKEN_FILE_NAME).exists()
    lock.release()
    writer.join(30)
    assert read_token_file(str(tmp_path)).token == TOKEN


@pytest.fixture
def elsewhere() -> Iterator[FakePlex]:
    """A Plex at another address that calls itself the same: what a moved server looks like, or one that lies."""
    with FakePlex(Options()) as plex:
        plex.state.add_section("Movies", locations=["/media"])
        yield plex


def asked(plex: FakePlex) -> list[str]:
    return [record.path for record in plex.journal.records()]


def test_worker_sends_nothing_to_an_address_that_was_changed_in_stash(stepper: Any, elsewhere: FakePlex) -> None:
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel")
    stepper.sync(scene)
    stepper.configure(plex_url=elsewhere.url)
    stepper.stash.library.scene(scene).title = "Sintel!"
    stepper.sync(scene)
    assert stepper.worker.pause.kind == PLEX_ADDRESS
    reason = stepper.records.pauses.current().reason
    assert stepper.plex.url in reason
    assert elsewhere.url in reason
    assert asked(elsewhere) == []
    stepper.configure(plex_url=f"{stepper.plex.url}/")
    stepper.later(60)
    assert stepper.worker.pause is None
    assert stepper.shown(key).title == "Sintel!"
    assert asked(elsewhere) == []


def test_worker_goes_on_when_a_new_token_was_saved_with_the_new_address(stepper: Any, elsewhere: FakePlex) -> None:
    stepper.sync(stepper.scene("Sintel.mkv", title="Sintel"))
    elsewhere.options.token = OTHER
    stepper.configure(plex_url=elsewhere.url)
    stepper.later(60)
    assert asked(elsewhere) == []
    stepper.configure(plex_url=elsewhere.url, plex_token=OTHER)
    stepper.later(600)
    assert {record.headers.get("x-plex-token") for record in elsewhere.journal.records()} == {None, OTHER}
    assert stepper.worker.pause is None


def test_worker_asks_who_is_there_first_when_another_server_has_the_old_address(stepper: Any) -> None:
    scene = stepper.scene("Sintel.mkv", title="Sintel")
    stepper.sync(scene)
    stepper.parts.plex.forget()
    stepper.plex.restart_as("another-machine")
    stepper.plex.journal.clear_log()
    stepper.sync(scene)
    assert stepper.worker.pause.kind == PLEX_SETTINGS
    assert set(asked(stepper.plex)) == {"/identity"}
    assert not any("x-plex-token" in record.headers for record in stepper.plex.journal.records())
    stepper.put(control_job(INDEX, {}, now=stepper.now))
    stepper.later(60)
    assert stepper.worker.pause is None, "the user agreed"


def test_other_server_gets_no_token_when_the_records_are_lost(stepper: Any) -> None:
    """state.db was set aside; the server that the token was used with is recorded beside the token."""
    scene = stepper.scene("Sintel.mkv", title="Sintel")
    stepper.sync(scene)
    with stepper.records.transaction() as connection:
        connection.execute("DELETE FROM facts")
    stepper.parts.plex.forget()
    stepper.plex.restart_as("another-machine")
    stepper.plex.journal.clear_log()
    stepper.sync(scene)
    assert stepper.worker.pause.kind == PLEX_SETTINGS
    assert set(asked(stepper.plex)) == {"/identity"}


def test_address_in_force_is_bound_without_a_word_after_the_update(stepper: Any, elsewhere: FakePlex) -> None:
    """A data folder of an older version knows the server, but no address."""
    scene = stepper.scene("Sintel.mkv", title="Sintel")
    stepper.sync(scene)
    (stepper.data_dir / TOKEN_FILE_NAME).unlink()
    stepper.parts.plex.forget()
    stepper.sync(scene)
    assert stepper.worker.pause is None
    stepper.configure(plex_url=elsewhere.url)
    stepper.sync(scene)
    assert stepper.worker.pause.kind == PLEX_ADDRESS
    assert asked(elsewhere) == []


def test_address_in_force_is_not_bound_after_the_update_when_another_server_answers(stepper: Any) -> None:
    scene = stepper.scene("Sintel.mkv", title="Sintel")
    stepper.sync(scene)
    (stepper.data_dir / TOKEN_FILE_NAME).unlink()
    stepper.parts.plex.forget()
    stepper.plex.restart_as("another-machine")
    stepper.plex.journal.clear_log()
    stepper.sync(scene)
    assert stepper.worker.pause.kind == PLEX_SETTINGS
    assert set(asked(stepper.plex)) == {"/identity"}
    assert read_token_file(str(stepper.data_dir)).given == {}
