"""Two folders with the plugin's id: which one Stash runs, and what to remove."""

from pathlib import Path

import pytest

from tasks.installations import twin_sentence
from tests.house import House


def put(plugins: Path, *folders: str, name: str = "Stash2Plex.yml") -> None:
    for folder in folders:
        (plugins / folder).mkdir(parents=True, exist_ok=True)
        (plugins / folder / name).write_text("name: Stash2Plex\n")


def test_nothing_is_said_when_the_plugin_lies_there_once(tmp_path: Path) -> None:
    put(tmp_path, "Stash2Plex")
    put(tmp_path, "Stash2Plex", name="other.yml")
    put(tmp_path, "Other", name="Stash2Plex.yaml")
    assert twin_sentence(str(tmp_path), str(tmp_path / "Stash2Plex")) == ""


@pytest.mark.parametrize("plugins_path", ["", "/nowhere/plugins"])
def test_nothing_is_said_when_stash_does_not_say_where_plugins_are(tmp_path: Path, plugins_path: str) -> None:
    assert twin_sentence(plugins_path, str(tmp_path)) == ""


def test_other_folder_is_named_when_stash_passes_over_it(tmp_path: Path) -> None:
    ours, other = tmp_path / "Stash2Plex", tmp_path / "community" / "Stash2Plex"
    put(tmp_path, "Stash2Plex", "community/Stash2Plex")
    message = twin_sentence(str(tmp_path), str(ours))
    assert (
        f"There are 2 folders with a plugin of the id Stash2Plex: Stash runs the one in {ours}, and passes over {other}"
        in message
    )
    assert f"Remove {other} (or the package" in message


def test_other_folder_is_named_when_stash_runs_it_from_its_next_start_on(tmp_path: Path) -> None:
    ours, other = tmp_path / "community" / "Stash2Plex", tmp_path / "Stash2Plex"
    put(tmp_path, "community/Stash2Plex")
    put(tmp_path, "Stash2Plex", name="stash2plex.yml")
    message = twin_sentence(str(tmp_path), str(ours))
    assert f"now the one in {ours} runs, but from its next start or reload on Stash runs {other}." in message
    assert f"Remove {other} (or the package" in message


@pytest.mark.needs("links")
def test_every_other_folder_is_named_when_there_are_several_and_one_is_a_link(tmp_path: Path) -> None:
    plugins, elsewhere = tmp_path / "plugins", tmp_path / "elsewhere"
    put(plugins, "Stash2Plex", "zz/Stash2Plex")
    put(elsewhere, "checkout")
    (plugins / "linked").symlink_to(elsewhere)
    (plugins / "zz" / "circle").symlink_to(plugins)
    message = twin_sentence(str(plugins), str(plugins / "Stash2Plex"))
    assert "There are 3 folders" in message
    assert f"passes over {plugins / 'linked' / 'checkout'} and {plugins / 'zz' / 'Stash2Plex'}" in message


@pytest.mark.needs("links")
def test_test_connection_says_it_and_that_not_everything_works(house: House, tmp_path: Path) -> None:
    other = tmp_path / "twin"
    put(other, "Stash2Plex")
    (other / "ours").symlink_to(house.plugin_dir)
    house.stash.library.settings.plugins_path = str(other)
    tried = house.stash.host.run({"mode": "test_connection"}).output
    (step,) = [step for step in tried["steps"] if step["step"] == "Plugin folder"]
    assert step["ok"] is False
    assert f"from its next start or reload on Stash runs {other / 'Stash2Plex'}" in step["text"]
    assert tried["ok"] is False
