"""Whatever Plex or Stash do, the jobs wait.

No attempt is used, no dead letter is written, the user is told, and all arrives afterwards.
"""

import re
from collections.abc import Sequence

import pytest

from tests.clock import BEGAN_AT
from tests.fakes.answering import PLEX_DIRECT, Answer, AnsweringServer
from tests.fakes.plex import Fault
from tests.stepper import Stepper
from tests.torture.conftest import PATIENT_S, TIMEOUT_S
from tests.torture.fault_table import PLEX, STASH, Trouble
from tests.torture.scale import Scale

MOST_PAUSE_S = 31.0
SCALE = Scale.read()
STEPS = SCALE.pick(3, 6)


def give_time(stepper: Stepper, trouble: Trouble, server: str) -> None:
    """Only who keeps an answer back has little time for it: the other server may be late on a busy machine."""
    times = {"plex": PATIENT_S, "stash": PATIENT_S} | ({server: TIMEOUT_S} if "within" in trouble.says else {})
    stepper.fine_tune(plex_timeout_s=times["plex"], stash_timeout_s=times["stash"])


def endure(house: Stepper, trouble: Trouble, figures) -> None:
    """Synced films, a fault, saves during it, hours of it, its end."""
    films = house.add("Big Buck Bunny", "Sintel", "Spring")
    for film in films:
        house.save(film, title=f"{film.name} before")
    house.finish()
    written = house.writes()
    trouble.begin(house)
    if trouble.restarts:
        house.restart()
    for film in films:
        house.save(film, title=f"{film.name} after")
    steps = max(STEPS, 6 if trouble.is_done else 0)
    for _ in range(steps):
        house.now += max(0.01, house.step())
        # "plex": the connection that it broke
        assert house.pause_kind() in {trouble.kind, trouble.at_first, "plex", ""}, house.log()
        assert set(house.attempts()) <= {0}, "a fault of the server used up an attempt"
        assert house.stats()["in_progress"] == 0
        if trouble.is_done and house.is_drained():
            break
    assert house.dead_letters() == []
    assert house.stats()["pending"] == (0 if trouble.is_done else 3)
    assert re.search(rf"WARNING Paused, nothing is lost: .*(?:{trouble.says})", house.log()), house.log()
    assert house.pause_kind() == ("" if trouble.is_done else trouble.kind)
    if not trouble.writes:
        assert house.writes() == written
        assert {house.shown(film).title for film in films} == {f"{film.name} before" for film in films}
    trouble.end(house)
    house.connect()
    ended = house.now
    house.finish()
    assert house.now - ended <= MOST_PAUSE_S
    assert [house.shown(film).title for film in films] == [f"{film.name} after" for film in films]
    assert house.dead_letters() == []
    assert house.pause_kind() == ""
    figures.note(fault=trouble.name, steps=steps, attempts_used=0, dead_letters=0, lost=0)


def chosen(troubles: Sequence[Trouble]) -> Sequence[Trouble]:
    """The short form leaves out what differs from another fault only by where it strikes."""
    return [trouble for trouble in troubles if SCALE.is_long or not trouble.name.endswith("everywhere")]


@pytest.mark.parametrize("trouble", chosen(PLEX), ids=lambda trouble: trouble.name)
def test_jobs_wait_and_arrive_when_plex_has(trouble, stepper, figures):
    give_time(stepper, trouble, "plex")
    endure(stepper, trouble, figures)


@pytest.mark.parametrize("trouble", STASH, ids=lambda trouble: trouble.name)
def test_jobs_wait_and_arrive_when_stash_has(trouble, stepper, figures):
    give_time(stepper, trouble, "stash")
    endure(stepper, trouble, figures)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_token_and_cookie_do_not_follow_a_redirect_to_another_host(stepper, status):
    (film,) = stepper.add("Sintel")
    with AnsweringServer() as elsewhere:
        stepper.plex.faults.add(Fault("redirect", location=f"{elsewhere.url}/library"))
        stepper.save(film, title="Sintel!")
        stepper.until(lambda: stepper.pause_kind() == "plex_settings")
        stepper.plex.faults.clear_faults()
        answer = Answer(b"", status, {"Location": f"{elsewhere.url}/graphql"})
        with AnsweringServer(answer) as stash:
            stepper.connect(stash.connection)
            stepper.until(lambda: stepper.pause_kind() == "stash")
            assert stash.asked
        assert elsewhere.heard() == []
    stepper.connect()
    stepper.finish()
    assert stepper.shown(film).title == "Sintel!"


def test_everything_waits_when_the_certificate_of_plex_is_refused(stepper):
    (film,) = stepper.add("Sintel")
    with AnsweringServer(certificate=PLEX_DIRECT) as door:
        stepper.configure(plex_url=door.url)
        stepper.save(film, title="Sintel!")
        stepper.until(lambda: stepper.pause_kind() == "plex")
    assert "the certificate of Plex does not hold for https://127.0.0.1" in stepper.log()
    assert stepper.attempts() == [0]
    stepper.configure()
    stepper.connect()
    stepper.finish()
    assert stepper.shown(film).title == "Sintel!"


def test_edit_that_plex_always_answers_with_500_holds_up_no_other(stepper):
    films = stepper.add(*(f"Film {number}" for number in range(6)))
    bad = films[2]
    stepper.plex.faults.add(
        Fault(
            "status", status=500, request_kind="edit", when=lambda request: request.first("id") == str(bad.rating_key)
        )
    )
    for film in films:
        stepper.save(film, title=f"{film.name}!")
    others = [film for film in films if film is not bad]
    stepper.until(lambda: all(stepper.shown(film).title == f"{film.name}!" for film in others))
    assert stepper.now - BEGAN_AT < 60
    for number in range(60):
        stepper.save(films[number % 2], title=f"Take {number}")
        stepper.now += stepper.drain()
    (letter,) = stepper.dead_letters()
    assert (letter["scene_id"], letter["error_type"], letter["retry_count"]) == (bad.scene_id, "FailsAloneError", 5)
    assert "it took other scenes in between" in letter["error_message"]


def test_no_edit_is_blamed_when_plex_takes_none_for_long(stepper, figures):
    minutes = SCALE.pick(15, 180)
    films = stepper.add(*(f"Film {number}" for number in range(6)))
    stepper.plex.faults.add(Fault("status", status=503, request_kind="edit"))
    for film in films:
        stepper.save(film, title=f"{film.name}!")
    steps = 0
    while stepper.now - BEGAN_AT < minutes * 60:
        stepper.now += max(0.01, stepper.step())
        steps += 1
        if steps % 50 == 0:
            stepper.save(films[0], title="Film 0!")
    assert stepper.dead_letters() == []
    assert set(stepper.attempts()) == {0}
    stepper.plex.faults.clear_faults()
    stepper.finish()
    assert [stepper.shown(film).title for film in films] == [f"{film.name}!" for film in films]
    figures.note(minutes=minutes, steps=steps, dead_letters=0)


@pytest.mark.parametrize(("asked_s", "waits_s"), [(7, 7.0), (0, 0.1), (86_400, 300.0)])
def test_retry_after_of_plex_is_obeyed_within_reason(stepper, asked_s, waits_s):
    (film,) = stepper.add("Sintel")
    stepper.plex.faults.add(Fault("status", status=429, retry_after_s=asked_s))
    stepper.save(film, title="Sintel!")
    assert stepper.step() == pytest.approx(waits_s)
