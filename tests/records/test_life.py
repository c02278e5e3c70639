"""History, runs, pauses, facts and skips: what people look at."""

from pathlib import Path

import pytest

from records import FieldChange, PauseSpan, Records, Run, Skip, Sync
from records.life import PAUSES_KEPT, RUNS_KEPT, SYNCS_KEPT
from tests.records.conftest import rows
from tests.records.processes import finish, start


def test_history_shows_the_newest_first_when_asked_page_by_page(records: Records) -> None:
    changes = (
        FieldChange("title", "Guess", "Sintel"),
        FieldChange("genre", (), ("Short",)),
        FieldChange("rating", None, 8.0),
    )
    records.history.record_many(Sync(number, 7, float(number), changes) for number in range(1, 6))
    page = records.history.last(2)
    assert [sync.scene_id for sync in page] == [5, 4]
    assert page[0] == Sync(5, 7, 5.0, changes, page[0].id)
    assert [sync.scene_id for sync in records.history.last(2, before=page[-1].id)] == [3, 2]
    assert [sync.scene_id for sync in records.history.last(scene_id=1)] == [1]


def test_history_keeps_the_newest_when_it_grows(records: Records) -> None:
    for start_at in range(0, 3000, 500):
        records.history.record_many(Sync(number, 7, 1.0, ()) for number in range(start_at, start_at + 500))
    assert [sync.scene_id for sync in records.history.last(5000)] == list(range(2999, 2999 - SYNCS_KEPT, -1))


def test_history_shortens_what_is_long_when_it_is_recorded(records: Records) -> None:
    many = tuple(f"Performer {number}" for number in range(2000))
    records.history.record_many(
        [Sync(1, 7, 1.0, (FieldChange("summary", "", "x" * 100_000), FieldChange("actor", (), many)))]
    )
    summary, actor = records.history.last()[0].changes
    assert (len(str(summary.after)), str(summary.after)[-1]) == (500, "…")
    assert isinstance(actor.after, tuple)
    assert (len(actor.after), actor.after[-1]) == (101, "… and 1900 more")


def test_runs_count_for_themselves_and_for_the_lifetime_when_scenes_are_done(records: Records) -> None:
    records.runs.start("r1", kind="all", total=3, at=1.0)
    records.runs.add({"synced": 1, "skipped:not_organized": 1}, run="r1")
    records.runs.add({"synced": 1}, run="r1")
    records.runs.add({"synced": 5})
    records.runs.finish("r1", at=9.0)
    records.runs.finish("r1", at=10.0)
    assert records.runs.get("r1") == Run("r1", "all", 3, 1.0, 9.0, {"synced": 2, "skipped:not_organized": 1})
    assert records.runs.lifetime() == {"synced": 7, "skipped:not_organized": 1}
    assert records.runs.get("r2") is None


def test_runs_count_for_the_lifetime_only_when_the_run_is_unknown(records: Records) -> None:
    records.runs.add({"synced": 1}, run="gone")
    assert (records.runs.lifetime(), records.runs.get("gone")) == ({"synced": 1}, None)


def test_runs_keep_the_newest_when_there_are_many(records: Records, path: Path) -> None:
    for number in range(RUNS_KEPT + 5):
        records.runs.start(str(number), kind="recent", total=1, at=float(number))
        records.runs.add({"synced": 1}, run=str(number))
    assert [run.run for run in records.runs.last(1000)] == [str(number) for number in range(RUNS_KEPT + 4, 4, -1)]
    assert rows(path, "SELECT count(*) FROM counters") == [(RUNS_KEPT + 1,)]


def test_runs_go_on_when_they_are_started_again(records: Records) -> None:
    records.runs.start("r1", kind="all", total=3, at=1.0)
    records.runs.add({"synced": 1}, run="r1")
    records.runs.start("r1", kind="all", total=8, at=2.0)
    assert records.runs.get("r1") == Run("r1", "all", 8, 1.0, None, {"synced": 1})


def test_pause_goes_on_when_the_same_kind_is_opened_again(records: Records) -> None:
    records.pauses.open_pause(kind="unreachable", reason="refused", at=10.0)
    records.pauses.open_pause(kind="unreachable", reason="timed out", at=20.0)
    assert records.pauses.current() == PauseSpan("unreachable", "timed out", 10.0)


def test_pause_ends_when_another_kind_begins_or_it_is_closed(records: Records) -> None:
    records.pauses.open_pause(kind="unreachable", reason="refused", at=10.0)
    records.pauses.open_pause(kind="unauthorized", reason="plex_token", at=20.0)
    records.pauses.close_pause(at=25.0)
    records.pauses.close_pause(at=99.0)
    last = records.pauses.last()
    assert last == [
        PauseSpan("unauthorized", "plex_token", 20.0, 25.0),
        PauseSpan("unreachable", "refused", 10.0, 20.0),
    ]
    assert [pause.length_s(1000.0) for pause in last] == [5.0, 10.0]
    assert records.pauses.current() is None


@pytest.mark.parametrize(("now", "length_s"), [(15.0, 5.0), (3.0, 0.0)])
def test_pause_has_a_length_so_far_when_it_is_open(now: float, length_s: float) -> None:
    assert PauseSpan("busy", "503", 10.0).length_s(now) == length_s


def test_pauses_keep_the_newest_when_there_are_many(records: Records) -> None:
    for number in range(PAUSES_KEPT + 50):
        records.pauses.open_pause(kind=str(number), reason="", at=float(number))
    assert len(records.pauses.last(10_000)) == PAUSES_KEPT


def test_facts_come_back_as_json_when_they_were_put(records: Records) -> None:
    records.facts.put_many({"worker": {"pid": 12, "at": 1.5}, "machine_identifier": "abc"})
    records.facts.put("machine_identifier", "def")
    assert (records.facts.get("machine_identifier"), records.facts.get("worker")) == ("def", {"pid": 12, "at": 1.5})
    assert (records.facts.get("nothing"), records.facts.get("nothing", 7)) == (None, 7)


def test_client_identifier_is_stable_when_processes_and_restarts_ask_for_it(path: Path) -> None:
    with Records(path) as records:
        assert records.facts.client_identifier(lambda: "first") == "first"
    assert finish(start("print(Records(path).facts.client_identifier(lambda: 'second'))", path)) == "first"


def test_skips_keep_the_last_reason_when_a_scene_is_skipped_again(records: Records) -> None:
    records.skips.record_many([Skip(1, "not_organized", "Not organized", 1.0), Skip(2, "no_match", "Nothing", 1.0)])
    records.skips.record_many([Skip(1, "no_match", "No item holds its file", 2.0)])
    assert records.skips.counts() == {"no_match": 2}
    assert records.skips.get_many([1, 9]) == {1: Skip(1, "no_match", "No item holds its file", 2.0)}


def test_skips_are_cleared_when_the_scene_is_synced(records: Records) -> None:
    records.skips.record_many(Skip(number, "no_match", "", 1.0) for number in range(1, 4))
    records.skips.clear([1, 3, 99])
    assert [skip.scene_id for skip in records.skips.page()] == [2]


def test_skips_are_paged_by_reason_when_there_are_many(records: Records) -> None:
    records.skips.record_many(Skip(number, "odd" if number % 2 else "even", "", 1.0) for number in range(1, 11))
    first = records.skips.page(reason="odd", limit=3)
    assert [skip.scene_id for skip in first] == [1, 3, 5]
    assert [skip.scene_id for skip in records.skips.page(reason="odd", after=5, limit=3)] == [7, 9]
    assert records.skips.counts() == {"even": 5, "odd": 5}


def test_skips_take_any_text_when_a_path_is_long_or_not_utf8(records: Records) -> None:
    text = "/films/" + b"caf\xe9".decode("utf-8", "surrogateescape") + "x" * 5000
    records.skips.record_many([Skip(1, "no_match", text, 1.0)])
    (skip,) = records.skips.page()
    assert skip.text.startswith("/films/caf\\udce9xxx")
