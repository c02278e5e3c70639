from typing import Any

import pytest

from stash.client import StashClient
from stash.settings_source import Configuration, configuration
from tests.stash.answering import AnsweringServer, captured, data


def _configuration(answer: Any) -> Configuration:
    with AnsweringServer(data(answer)) as server, StashClient.connect(server.connection) as client:
        return configuration(client)


def test_configuration_brings_settings_folders_and_version_when_stash_answers() -> None:
    answer = captured("plugin_settings")["answer"]["data"] | captured("version")["answer"]["data"]
    with AnsweringServer(data(answer)) as server, StashClient.connect(server.connection) as client:
        found = configuration(client)
        assert len(server.asked) == 1
        assert server.asked[0].document["variables"] == {"plugins": ["Stash2Plex"]}
    assert found.plugin_settings["plex_library"] == "Movies"
    assert found.library_folders == ("/data",)
    assert found.version == "v0.30.1"
    assert "abcdefghij0123456789" not in repr(found)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"configuration": None, "version": None},
        {"configuration": {"plugins": {}, "general": {"stashes": []}}, "version": {"version": None}},
        {"configuration": {"plugins": {"Stash2Plex": None}, "general": {"stashes": [None, {"path": ""}, {"path": 3}]}}},
        {"configuration": [], "version": "x"},
    ],
)
def test_configuration_is_empty_when_stash_has_nothing_to_say(answer: Any) -> None:
    assert _configuration(answer) == Configuration({}, (), "")
