"""The token and the operations of Set-up: where it is kept, where it goes, and where never.

Each call is the true process that Stash would start.
"""

import json
from collections.abc import Iterator

import pytest

from settings.sources import TOKEN_FILE_NAME, read_token_file
from tests.fakes.answering import AnsweringServer
from tests.fakes.plex import FakePlex, Options
from tests.house import kill
from tests.ui.page_house import OperationError, PageHouse

WRONG_TYPED = "typed-token-0815"


@pytest.fixture
def elsewhere() -> Iterator[AnsweringServer]:
    with AnsweringServer() as caught:
        yield caught


@pytest.fixture
def moved() -> Iterator[FakePlex]:
    """The same server at another address."""
    with FakePlex() as plex:
        plex.state.add_section("Movies", locations=["/media/movies"])
        yield plex


def save(world, **values):
    return world.operation("ui_save", values=values)


def asks_again(world):
    """What Set-up says at the field of the token."""
    groups = world.operation("ui_settings")["groups"]
    return next(each["problem"] for group in groups for each in group["settings"] if each["key"] == "plex_token")


def test_token_is_kept_in_the_plugins_own_file_and_never_in_stash(world):
    answer = save(world, plex_url=world.plex.url, plex_token=f" {world.plex.token} ", debug=True)
    assert answer["saved"]
    assert answer["settings"]["configured"]
    assert world.settings() == {"plex_url": world.plex.url, "debug": True}
    file = world.data_dir / TOKEN_FILE_NAME
    assert read_token_file(str(world.data_dir)).token == world.plex.token
    assert file.stat().st_mode & 0o777 == 0o600
    for mode in ("ui_settings", "ui_check", "ui_overview"):
        assert world.plex.token not in json.dumps(world.operation(mode))
    assert world.operation("ui_check")["ok"]
    world.fill("Sintel")
    world.sync()


def test_check_sends_nothing_to_another_address_until_the_token_is_typed_beside_it(world, elsewhere, moved):
    save(world, plex_url=world.plex.url, plex_token=world.plex.token)
    answer = world.operation("ui_check", plex_url=elsewhere.url)
    assert (answer["ok"], answer["setting"]) == (False, "plex_token")
    assert world.plex.url in answer["problem"]
    assert elsewhere.url in answer["problem"]
    assert elsewhere.heard() == []
    assert world.operation("ui_check", plex_url=f"{world.plex.url}/")["ok"]
    assert world.operation("ui_check", plex_url=moved.url)["setting"] == "plex_token"
    assert moved.journal.count() == 0
    assert world.operation("ui_check", plex_url=moved.url, plex_token=moved.token)["ok"]
    assert world.operation("ui_check", plex_url=moved.url)["setting"] == "plex_token", "a check saves nothing"


def test_save_refuses_another_address_until_the_token_is_typed_beside_it(world, elsewhere, moved):
    world.fill("Sintel")
    save(world, plex_url=world.plex.url, plex_token=world.plex.token)
    world.sync()
    answer = save(world, plex_url=elsewhere.url, debug=True)
    assert not answer["saved"]
    assert "Nothing was saved" in answer["problems"]["plex_token"]
    assert world.settings() == {"plex_url": world.plex.url}
    assert save(world, plex_url=f"{world.plex.url}/", debug=True)["saved"], "the same address, spelled otherwise"
    moved.state.add_item(1, "/media/movies/Sintel/Sintel.mkv")
    assert save(world, plex_url=moved.url, plex_token=moved.token)["saved"]
    world.stash.save_scene(world.scenes["Sintel"], title="Sintel, moved")
    world.wait(lambda: moved.state.item(1).title == "Sintel, moved")
    assert elsewhere.heard() == []


def test_worker_sends_nothing_when_the_address_was_changed_in_stash_and_everybody_is_told(world, elsewhere):
    world.fill("Sintel")
    world.configure()
    world.sync()
    world.configure(plex_url=elsewhere.url)
    kill(world.worker())
    world.stash.save_scene(world.scenes["Sintel"], title="Sintel!")
    world.wait(lambda: "the token was given for" in world.log())
    assert f"Paused, nothing is lost: the token was given for {world.plex.url}" in world.log()
    status = world.operation("queue_status")
    assert status["paused"]["kind"] == "plex_address"
    lines = world.stash.wait_for_task(world.stash.run_task("View Queue Status"), timeout_s=30).log
    assert any("What to do: type the token once more" in text for _, text in lines)
    overview = world.operation("ui_overview", configured=True)
    assert overview["sentence"]["text"] == "Plex's address has changed"
    assert overview["badge"]
    assert "type the token once more" in asks_again(world)
    for mode in ("ui_check", "test_connection"):
        world.operation(mode)
    with pytest.raises(OperationError, match="the token was given for"):
        world.operation("ui_mapping")
    assert [text for text in elsewhere.heard() if world.plex.token in text] == []
    assert save(world, debug=True)["saved"], "other settings can be saved meanwhile"
    assert save(world, plex_url=world.plex.url)["saved"]
    assert asks_again(world) == ""
    world.wait(lambda: world.item("Sintel").title == "Sintel!")


@pytest.fixture
def with_variable(tmp_path, plugin_dir, prepared) -> Iterator[PageHouse]:
    """PLEX_TOKEN is set where Stash runs, and PLEX_URL is not."""
    with PageHouse(tmp_path, plugin_dir, environ={"PLEX_TOKEN": Options().token}, prepared=prepared) as made:
        yield made


def test_token_of_the_environment_goes_to_another_address_only_once_it_was_typed(with_variable, moved):
    world = with_variable
    assert save(world, plex_url=world.plex.url)["saved"]
    assert world.operation("ui_check")["ok"], "it took the token"
    assert save(world, plex_url=moved.url)["problems"].keys() == {"plex_token"}
    assert world.operation("ui_check", plex_url=moved.url)["setting"] == "plex_token"
    typed = {"plex_url": moved.url, "plex_token": WRONG_TYPED}
    for problem in (world.operation("ui_check", **typed)["problem"], save(world, **typed)["problems"]["plex_token"]):
        assert "not the token that counts, which comes from the environment" in problem
    assert moved.journal.count() == 0
    assert save(world, plex_url=moved.url, plex_token=moved.token)["saved"]
    assert world.operation("ui_check")["ok"]
    assert moved.journal.count()
    assert world.plex.token not in (world.data_dir / TOKEN_FILE_NAME).read_text(encoding="utf-8")


def test_token_is_moved_out_of_stashs_settings_and_everything_else_stays(world, elsewhere):
    world.fill("Sintel")
    world.configure(debug=True, of_another_page="kept")
    world.sync()
    assert world.operation("ui_settings")["token_in_stash"]
    answer = world.operation("ui_move_token")
    assert answer["saved"]
    assert not answer["settings"]["token_in_stash"]
    assert answer["settings"]["configured"]
    assert world.settings() == {"plex_url": world.plex.url, "debug": True, "of_another_page": "kept"}
    assert read_token_file(str(world.data_dir)).token == world.plex.token
    assert world.operation("ui_check")["ok"]
    assert world.operation("ui_check", plex_url=elsewhere.url)["setting"] == "plex_token"
    assert elsewhere.heard() == []
    with pytest.raises(OperationError, match="nothing to move"):
        world.operation("ui_move_token")


def test_token_stays_where_it_is_when_its_file_cannot_be_written(world):
    world.configure()
    before = world.settings()
    world.data_dir.mkdir(mode=0o700, exist_ok=True)
    (world.data_dir / f"{TOKEN_FILE_NAME}.fresh").mkdir()
    for call in (lambda: world.operation("ui_move_token"), lambda: save(world, plex_token=WRONG_TYPED)):
        with pytest.raises(OperationError, match=rf"{TOKEN_FILE_NAME} cannot be written .*nothing was saved"):
            call()
    assert world.settings() == before


def test_token_that_is_typed_into_stash_afterwards_counts(world):
    save(world, plex_url=world.plex.url, plex_token=WRONG_TYPED)
    assert world.operation("ui_check")["setting"] == "plex_token"
    world.configure()
    assert world.operation("ui_check")["ok"]


def test_token_that_is_taken_out_is_gone_from_both_places(world):
    save(world, plex_url=world.plex.url, plex_token=world.plex.token)
    assert save(world, plex_token=None)["saved"]
    assert read_token_file(str(world.data_dir)).token == ""
    assert not world.operation("ui_settings")["configured"]


def test_address_alone_is_asked_for_its_token_when_other_settings_cannot_be_used(world, elsewhere):
    save(world, plex_url=world.plex.url, plex_token=world.plex.token)
    world.stash.configure_plugin({**world.settings(), "max_retries": 1000})
    assert save(world, plex_url=elsewhere.url)["problems"].keys() == {"plex_token"}


def test_check_says_that_another_server_answers_before_the_token_goes_there(world, moved):
    world.fill("Sintel")
    world.configure()
    world.sync()
    moved.restart_as("another-machine")
    answer = world.operation("ui_check", plex_url=moved.url, plex_token=moved.token)
    assert (answer["ok"], answer["setting"]) == (False, "plex_url")
    assert "Another Plex server answers" in answer["problem"]
    assert "Rebuild Plex Index" in answer["advice"]
    assert [record.path for record in moved.journal.records()] == ["/identity"]
    assert "x-plex-token" not in moved.journal.records()[0].headers


def test_token_can_be_taken_out_when_the_one_that_counts_then_was_given_for_another_address(world, moved):
    save(world, plex_url=world.plex.url, plex_token=world.plex.token)
    (world.data_dir / "config.yaml").write_text(f"plex_token: {moved.token}\nplex_url: {moved.url}\n", encoding="utf-8")
    world.operation("ui_check")
    (world.data_dir / "config.yaml").write_text(f"plex_token: {moved.token}\n", encoding="utf-8")
    assert save(world, plex_token=None)["saved"]
    assert read_token_file(str(world.data_dir)).token == ""
