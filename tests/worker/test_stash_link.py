"""What the way to Stash hands on to a successor, and what a stop does to pauses between writes."""

import time
from collections.abc import Mapping

import pytest

from plex.edit import Edit
from plex.errors import PlexBusy
from tests.fakes.plex import Fault
from tests.stepper import Stepper
from tests.waiting import wait_until
from worker.launch import parse_message
from worker.sync.stash_link import StashLink


def succeed(stepper: Stepper, environ: Mapping[str, str]) -> StashLink:
    """A successor's way to Stash, with what the first one handed on."""
    stash = StashLink(stepper.parts.redactor, environ)
    connection = parse_message(stepper.parts.stash.handed_on())
    assert connection is not None
    stash.offer(connection)
    return stash


def refuse(stepper: Stepper, cookie: str) -> None:
    """From now on Stash does not know this cookie."""
    stepper.stash.sessions.revoke(cookie)


def test_successor_is_let_in_by_the_renewed_cookie_when_the_first_one_is_void(stepper: Stepper) -> None:
    stepper.stash.configure_login()
    connection = stepper.stash.server_connection()
    stepper.parts.stash.offer(connection)
    stepper.parts.stash.configuration()
    refuse(stepper, connection["SessionCookie"]["Value"])
    succeed(stepper, {}).configuration()
    assert stepper.stash.log.counts["graphql 401"] == 0


def test_successor_is_let_in_by_the_api_key_when_no_cookie_is_good_any_more(stepper: Stepper) -> None:
    stepper.stash.configure_login(api_key="the-key-of-stash")
    stepper.parts.stash.offer(stepper.stash.server_connection())
    stepper.parts.stash.configuration()
    stepper.stash.expire_cookies()
    succeed(stepper, {}).configuration()


def test_successor_gets_the_newest_cookie_when_it_was_not_used_yet(stepper: Stepper) -> None:
    stash = stepper.parts.stash
    stash.configuration()
    fresh = {**stepper.stash.server_connection(), "SessionCookie": {"Name": "session", "Value": "newest"}}
    stash.offer({**fresh, "plex_token": "of-the-environment"})
    given = parse_message(stash.handed_on())
    assert given is not None
    assert (given["SessionCookie"]["Value"], given["plex_token"]) == ("newest", "of-the-environment")


def test_nothing_is_handed_on_when_nobody_has_brought_a_connection(stepper: Stepper) -> None:
    assert StashLink(stepper.parts.redactor, {}).handed_on() == b"\n"


def test_files_stay_open_and_jobs_go_back_when_the_end_comes_within_a_request(stepper: Stepper) -> None:
    """The files are the thread's until the process ends; what it has in hand is nobody's fault."""
    scene = stepper.scene("Sintel.mkv", title="Sintel!")
    key = stepper.item("Sintel.mkv")
    late = stepper.plex.faults.add(Fault("latency", delay_ms=1000, request_kind="edit"))
    stepper.queue(scene)
    stepper.worker.start()
    wait_until(lambda: late.hits, "the edit is under way")
    assert stepper.parts.close(timeout_s=0.0) is False
    assert stepper.stats()["pending"] == 1
    assert stepper.worker.stop() is True, "it ended by itself, over open files"
    assert stepper.shown(key).title == "Sintel!"
    assert [job.interrupted for job in stepper.worker.claims.claim_due(stepper.now, 9).jobs] == [0]


def test_pause_between_two_writes_ends_when_the_worker_is_to_stop(stepper: Stepper) -> None:
    """After a 503 Plex is left alone for 4 s, after more for 8, 16, 30; a stop gives up after ten."""
    key = stepper.item("Sintel.mkv")
    plex = stepper.parts.plex.client()
    edit = Edit(stepper.section, "movie", (key,), values={"title": "Sintel"})
    stepper.plex.faults.add(Fault("status", status=503, request_kind="edit", times=4))
    stepper.worker.stopping.set()
    began_at = time.monotonic()
    for _ in range(4):
        with pytest.raises(PlexBusy):
            plex.apply(edit)
    plex.apply(edit)
    assert time.monotonic() - began_at < 20
    assert stepper.shown(key).title == "Sintel"
