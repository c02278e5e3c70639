"""What the way to Stash hands on to a successor, and what a stop does to pauses between writes."""

import time
from collections.abc import Mapping

import pytest

from plex.edit import Edit
from plex.errors import PlexBusy
from tests.fakes.plex import Fault
from tests.waiting import wait_until
from tests.worker.conftest import Bench
from worker.launch import parse_message
from worker.sync.stash_link import StashLink


def succeed(bench: Bench, environ: Mapping[str, str]) -> StashLink:
    """A successor's way to Stash, with what the first one handed on."""
    stash = StashLink(bench.parts.redactor, environ)
    connection = parse_message(bench.parts.stash.handed_on())
    assert connection is not None
    stash.offer(connection)
    return stash


def refuse(bench: Bench, cookie: str) -> None:
    """From now on Stash does not know this cookie."""
    bench.stash.sessions.revoke(cookie)


def test_successor_is_let_in_by_the_renewed_cookie_when_the_first_one_is_void(bench: Bench) -> None:
    bench.stash.configure_login()
    connection = bench.stash.server_connection()
    bench.parts.stash.offer(connection)
    bench.parts.stash.configuration()
    refuse(bench, connection["SessionCookie"]["Value"])
    succeed(bench, {}).configuration()
    assert bench.stash.log.counts["graphql 401"] == 0


def test_successor_is_let_in_by_the_api_key_when_no_cookie_is_good_any_more(bench: Bench) -> None:
    bench.stash.configure_login(api_key="the-key-of-stash")
    bench.parts.stash.offer(bench.stash.server_connection())
    bench.parts.stash.configuration()
    bench.stash.expire_cookies()
    succeed(bench, {}).configuration()


def test_successor_gets_the_newest_cookie_when_it_was_not_used_yet(bench: Bench) -> None:
    stash = bench.parts.stash
    stash.configuration()
    fresh = {**bench.stash.server_connection(), "SessionCookie": {"Name": "session", "Value": "newest"}}
    stash.offer({**fresh, "plex_token": "of-the-environment"})
    given = parse_message(stash.handed_on())
    assert given is not None
    assert (given["SessionCookie"]["Value"], given["plex_token"]) == ("newest", "of-the-environment")


def test_nothing_is_handed_on_when_nobody_has_brought_a_connection(bench: Bench) -> None:
    assert StashLink(bench.parts.redactor, {}).handed_on() == b"\n"


def test_files_stay_open_and_jobs_go_back_when_the_end_comes_within_a_request(bench: Bench) -> None:
    """The files are the thread's until the process ends; what it has in hand is nobody's fault."""
    scene = bench.scene("Sintel.mkv", title="Sintel!")
    key = bench.item("Sintel.mkv")
    late = bench.plex.faults.add(Fault("latency", delay_ms=1000, request_kind="edit"))
    bench.queue(scene)
    bench.worker.start()
    wait_until(lambda: late.hits, "the edit is under way")
    assert bench.parts.close(timeout_s=0.0) is False
    assert bench.stats()["pending"] == 1
    assert bench.worker.stop() is True, "it ended by itself, over open files"
    assert bench.shown(key).title == "Sintel!"
    assert [job.interrupted for job in bench.worker.claims.claim_due(bench.now, 9).jobs] == [0]


def test_pause_between_two_writes_ends_when_the_worker_is_to_stop(bench: Bench) -> None:
    """After a 503 Plex is left alone for 4 s, after more for 8, 16, 30; a stop gives up after ten."""
    key = bench.item("Sintel.mkv")
    plex = bench.parts.plex.client()
    edit = Edit(bench.section, "movie", (key,), values={"title": "Sintel"})
    bench.plex.faults.add(Fault("status", status=503, request_kind="edit", times=4))
    bench.worker.stopping.set()
    began_at = time.monotonic()
    for _ in range(4):
        with pytest.raises(PlexBusy):
            plex.apply(edit)
    plex.apply(edit)
    assert time.monotonic() - began_at < 20
    assert bench.shown(key).title == "Sintel"
