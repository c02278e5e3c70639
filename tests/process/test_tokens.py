"""A worker whose token is no owner's, or has expired: it says so, waits, and goes on with a right one."""

import time

import pytest

from records import Records
from tests.plex.test_token_end import DAY_S, token_until


def reason_of(house):
    with Records(house.data_dir / "state.db", reading=True) as records:
        pause = records.pauses.current()
    return (pause.kind, pause.reason) if pause else None


@pytest.fixture
def owners(house):
    """The token with which all is well."""
    return house.plex.token


def test_worker_waits_for_the_owners_token_when_it_has_one_of_a_guest(house, owners):
    (bunny,) = house.add("Big Buck Bunny")
    house.configure(plex_token=house.plex.options.guest_token)
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(lambda: (house.data_dir / "state.db").exists() and reason_of(house), "a pause")
    kind, reason = reason_of(house)
    assert kind == "plex_token"
    assert "which is not the server's owner; use the token of its owner" in reason
    house.configure(plex_token=owners)
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert house.dead_letters() == []


def test_pause_names_the_day_on_which_the_token_has_expired(house, owners):
    (bunny,) = house.add("Big Buck Bunny")
    expired = token_until(time.time() - 2 * DAY_S)
    house.configure(plex_token=expired)
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(lambda: (house.data_dir / "state.db").exists() and reason_of(house), "a pause")
    kind, reason = reason_of(house)
    assert kind == "plex_token"
    assert reason.startswith("Plex answered 401: plex_token has expired on ")
    assert expired not in house.log()
    assert reason in house.stash.run_operation({"mode": "ui_overview"})["sentence"]["advice"]
    house.configure(plex_token=owners)
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
