"""Settings of single libraries, as the page reads and saves them. Each call is the process that Stash would start."""

import json

import pytest

from tests.ui.page_house import OperationError


def test_settings_of_a_library_are_saved_beside_those_of_others_and_taken_out_again(world):
    world.configure(libraries=json.dumps({"Clips": {"labels": "Stash"}}), of_another_page="kept")
    answer = world.operation("ui_save", library="Movies", values={"tags_to": "labels", "only_organized": True})
    assert (answer["saved"], answer["problems"]) == (True, {})
    assert json.loads(world.settings()["libraries"]) == {
        "Clips": {"labels": "Stash"},
        "Movies": {"tags_to": "labels", "only_organized": True},
    }
    own = {each["name"]: each["settings"] for each in answer["settings"]["libraries"]}
    assert own["Clips"]["labels"] == {"stored": "Stash", "value": "Stash", "overridden_by": "", "problem": ""}
    assert own["Movies"]["only_organized"]["value"] == "on"
    world.operation("ui_save", library="Movies", values={"tags_to": None, "only_organized": None})
    world.operation("ui_save", library="Clips", values={"labels": None})
    assert "libraries" not in world.settings()
    assert world.settings()["of_another_page"] == "kept"


def test_save_refuses_what_a_library_cannot_have(world):
    world.configure()
    before = world.settings()
    answer = world.operation("ui_save", library="Movies", values={"tags_to": "gernes", "labels": "Stash"})
    assert (answer["saved"], list(answer["problems"])) == (False, ["tags_to"])
    assert "did you mean genres?" in answer["problems"]["tags_to"]
    for key in ("dry_run", "skip_not_in_plex", "plex_url"):
        with pytest.raises(OperationError, match="is no setting that the page can change"):
            world.operation("ui_save", library="Movies", values={key: True})
    assert world.settings() == before


def test_what_config_yaml_says_of_a_library_is_told_with_its_line(world):
    world.configure(libraries=json.dumps({"Movies": {"tags_to": "labels"}}))
    world.fine_tune(libraries="\n  Movies:\n    tags_to: nowhere\n    labels: [Stash]")
    (movies,) = world.operation("ui_settings")["libraries"]
    tags = {"stored": "labels", "value": "nowhere", "overridden_by": "config.yaml, line 3", "problem": ""}
    assert movies["settings"]["tags_to"] == tags
    assert movies["settings"]["labels"]["overridden_by"] == "config.yaml, line 4"


def test_settings_that_cannot_be_read_are_told_and_can_be_replaced(world):
    world.configure(libraries='{"Movies": {"tags_to": "gernes"}}')
    answer = world.operation("ui_settings")
    (movies,) = answer["libraries"]
    assert movies["settings"]["tags_to"]["value"] == "gernes"
    assert "did you mean genres?" in movies["settings"]["tags_to"]["problem"]
    world.configure(libraries="{")
    assert "libraries, from the page of Stash2Plex: cannot be read" in world.operation("ui_settings")["problems"][0]
    assert world.operation("ui_save", library="Movies", values={"tags_to": "labels"})["saved"]
    assert world.operation("ui_settings")["problems"] == []


def test_sample_shows_what_scenes_get_in_a_library(world):
    world.fill("Sintel", in_plex=False)
    world.configure(libraries=json.dumps({"Movies": {"tags_to": "labels"}}))
    (scene,) = world.operation("ui_sample", library="Movies", values={"exclude_tags": "Short"})["scenes"]
    shown = {field["field"]: (field["now"], field["then"]) for field in scene["fields"] if field["differs"]}
    assert shown == {"label": (["Animation", "Short"], ["Animation"])}
    answer = world.operation("ui_sample", library="Movies", values={"tags_to": "gernes"})
    assert [each["setting"] for each in answer["problems"]] == ["tags_to"]
