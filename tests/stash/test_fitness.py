"""A Stash that is too old, too new, or waits for its own migration is told as that, whatever it was asked."""

import pytest

from stash.client import StashClient
from stash.errors import StashMigrating, StashRejected, StashUnauthorized, StashUnfit, StashUnreachable
from stash.fitness import require_fit
from stash.scenes import scenes
from stash.settings_source import configuration
from tests.fakes.stash import FakeStash
from tests.stash.answering import Answer, AnsweringServer, ask, data, errors

UNKNOWN = 'Cannot query field "groups" on type "Scene".'
NOT_OPEN = "database not initialized"


@pytest.mark.parametrize("version", ["v0.27.0", "v0.30.1", "v0.30.1-12-gabcdef123", "v1.0.0", "0.28.0", "", "develop"])
def test_version_is_let_through_when_it_is(version: str) -> None:
    require_fit(version)


@pytest.mark.parametrize("version", ["v0.26.2", "v0.9.0", "0.1.0"])
def test_version_is_refused_with_a_sentence_when_it_is(version: str) -> None:
    with pytest.raises(StashUnfit, match=rf"Stash {version} is too old .* v0\.27\.0 or newer"):
        require_fit(version)


def _message_of(*answers: Answer) -> str:
    with AnsweringServer(*answers) as server, pytest.raises(StashRejected) as caught:
        ask(server, "{findScenes{scenes{groups{group{id}}}}}")
    assert isinstance(caught.value, StashUnfit)
    assert len(server.asked) == 2
    return str(caught.value)


def test_unknown_field_is_told_as_an_old_stash_when_it_is_one() -> None:
    message = _message_of(errors(UNKNOWN, status=422), data({"version": {"version": "v0.24.3"}}))
    assert message == (
        "Stash v0.24.3 is too old for Stash2Plex, which needs v0.27.0 or newer. Update Stash; saves are kept until then."
    )


@pytest.mark.parametrize(
    "version",
    [
        data({"version": {"version": "v9.0.0"}}),
        data({"version": {"version": "develop"}}),
        data({"version": None}),
        errors(UNKNOWN, status=422),
        Answer(b"", 502),
    ],
)
def test_unknown_field_is_quoted_when_stash_is_not_known_to_be_old(version: Answer) -> None:
    message = _message_of(errors(UNKNOWN, status=422), version)
    assert UNKNOWN in message
    assert "too old or too new" in message


def test_waiting_for_a_migration_is_told_as_that_when_stash_says_so() -> None:
    with FakeStash() as stash, StashClient.connect(stash.server_connection()) as client:
        scene_id = stash.add_scene("Sintel")
        stash.library.settings.status = "NEEDS_MIGRATION"
        found = configuration(client)
        with pytest.raises(StashMigrating, match="migration of its own database"):
            require_fit(found.version, found.status)
        with pytest.raises(StashMigrating, match="migration of its own database: open Stash in a browser"):
            scenes(client, [scene_id])
        stash.library.settings.status = "OK"
        assert scenes(client, [scene_id])


@pytest.mark.parametrize("status", [data({"systemStatus": {"status": "OK"}}), data({}), Answer(b"", 502)])
def test_closed_database_is_no_migration_when_stash_does_not_say_so(status: Answer) -> None:
    with AnsweringServer(errors(NOT_OPEN), status) as server, pytest.raises(StashUnreachable, match=NOT_OPEN) as caught:
        ask(server)
    assert not isinstance(caught.value, StashMigrating)


def test_nothing_more_is_asked_when_stash_is_busy_or_away() -> None:
    for answer in (errors("database is locked"), Answer(b"", 502), Answer(b"", 401)):
        with AnsweringServer(answer) as server, pytest.raises((StashUnreachable, StashUnauthorized)):
            ask(server)
        assert len(server.asked) == 1
