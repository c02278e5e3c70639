"""Names that the other Stash2Plex wrote go with the first save that drops them, and never one that a person added."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from settings.predecessor import CHOICE, Chosen
from sync_queue import get_stats
from tests import predecessor
from tests.fakes.plex.faults import Fault
from tests.stepper import Stepper

Meet = Callable[..., int]
GENRES = ("Animation", "Dragons", "Mine")


@pytest.fixture
def meet(stepper: Stepper) -> Meet:
    """An item that the other one has written to, and its scene as it was saved since; the item's key.

    `sent` is what the other one's last job said, `before` what an earlier one did.
    """

    def make(
        sent: dict[str, Any] | None,
        before: dict[str, Any] | None = None,
        *,
        file: str = "Sintel.mkv",
        path: str = "/data/Sintel.mkv",
        tags: tuple[str, ...] = GENRES,
        **saved: Any,
    ) -> int:
        actors = ["Ada Example", "Bob Sample"]
        key = stepper.item(file, title="Sintel", tags={"genre": list(tags), "actor": actors})
        scene_id = stepper.scene(file, **{"title": "Sintel", "tags": ["Animation"], "performers": actors, **saved})
        jobs = [predecessor.job(scene_id, path, **values) for values in (before, sent) if values is not None]
        stepper.close_worker()
        predecessor.leave_rows(stepper.data_dir, done=jobs)
        stepper.open()
        stepper.now += 10
        stepper.sync(scene_id)
        return key

    return make


def genres(stepper: Stepper, key: int) -> set[str]:
    return set(stepper.shown(key).tags.get("genre", ()))


def test_name_goes_when_the_first_save_drops_what_the_predecessor_had_sent(stepper: Stepper, meet: Meet) -> None:
    key = meet(
        {"tags": ["Animation", "dragons"], "performers": ["Ada Example", "Bob Sample"]}, performers=["Ada Example"]
    )
    assert genres(stepper, key) == {"Animation", "Mine"}
    assert stepper.shown(key).tags["actor"] == ("Ada Example",)
    assert get_stats(stepper.data_dir / "queue")["completed"] == 1, "its rows, with addresses of pictures, are gone"


def test_name_stays_when_a_person_adds_it_again_after_it_went(stepper: Stepper, meet: Meet) -> None:
    key = meet({"tags": ["Animation", "Dragons"]})
    assert genres(stepper, key) == {"Animation", "Mine"}
    stepper.plex.state.items[key].tags = stepper.plex.state.taggings({"genre": ["Dragons", "Mine"]})
    stepper.now += 3600
    stepper.sync(1)
    assert genres(stepper, key) == set(GENRES)


def test_name_stays_when_the_predecessor_left_it_behind_long_ago(stepper: Stepper, meet: Meet) -> None:
    key = meet({"tags": ["Animation"]}, {"tags": ["Animation", "Dragons"]})
    assert genres(stepper, key) == set(GENRES)


@pytest.mark.parametrize("path", ["/data/Other.mkv", "/data/Sintel (2010).mkv"])
def test_name_stays_when_the_scenes_id_was_another_scenes(stepper: Stepper, meet: Meet, path: str) -> None:
    key = meet({"tags": ["Dragons"]}, path=path)
    assert genres(stepper, key) == set(GENRES)


@pytest.mark.parametrize("path", ["/elsewhere/Sintel.mkv", "D:\\movies\\Sintel.mkv"])
def test_name_goes_when_the_file_was_moved_since(stepper: Stepper, meet: Meet, path: str) -> None:
    key = meet({"tags": ["Dragons"]}, path=path)
    assert genres(stepper, key) == {"Animation", "Mine"}


@pytest.mark.parametrize(
    "sent", [None, {}, {"tags": "Dragons"}, {"tags": [["Dragons"], 5, None, ""]}, {"tags": {"a": 1}}]
)
def test_name_stays_when_nobody_knows_that_the_predecessor_sent_it(
    stepper: Stepper, meet: Meet, sent: dict[str, Any] | None
) -> None:
    assert genres(stepper, meet(sent)) == set(GENRES)


@pytest.mark.parametrize(
    ("sent", "path"),
    [({"tags": ["Dragons", "\ud83d"]}, "/data/Sintel.mkv"), ({"tags": ["Dragons"]}, "/data/\udcff.mkv")],
)
def test_worker_begins_when_a_row_holds_half_a_character(
    stepper: Stepper, meet: Meet, sent: dict[str, Any], path: str
) -> None:
    kept = set() if path == "/data/Sintel.mkv" else {"Dragons"}
    assert genres(stepper, meet(sent, path=path)) == {"Animation", "Mine"} | kept


def test_worker_syncs_when_a_row_has_no_true_time(stepper: Stepper) -> None:
    key, scene_id = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.close_worker()
    predecessor.leave_rows(stepper.data_dir, done=[predecessor.job(scene_id, "/data/Sintel.mkv", tags=["Dragons"])])
    with closing(sqlite3.connect(stepper.data_dir / "queue" / "data.db")) as connection, connection:
        connection.execute("UPDATE ack_queue_default SET timestamp = 'some day'")
    stepper.open()
    stepper.sync(scene_id)
    assert stepper.shown(key).title == "Sintel!"


def test_name_stays_when_the_item_was_made_after_the_predecessor_sent_it(stepper: Stepper, meet: Meet) -> None:
    stepper.now += 10**8  # its row is of the true clock
    assert genres(stepper, meet({"tags": ["Dragons"]})) == set(GENRES)


def test_name_goes_when_the_worker_died_before_its_first_edit_arrived(stepper: Stepper, meet: Meet) -> None:
    stepper.plex.faults.add(Fault("status", status=503, request_kind="edit"))
    key = meet({"tags": ["Animation", "Dragons"]})
    assert genres(stepper, key) == set(GENRES)
    stepper.plex.faults.clear_faults()
    stepper.restart()
    stepper.later(60)
    assert genres(stepper, key) == {"Animation", "Mine"}


def test_name_goes_only_once_a_person_has_chosen_when_the_predecessors_settings_are_still_open(
    stepper: Stepper, meet: Meet
) -> None:
    (stepper.data_dir / "device_id.json").write_text("{}")
    stepper.configure(sync_master=True)
    key = meet({"tags": ["Animation", "Dragons"]})
    assert genres(stepper, key) == set(GENRES)
    stepper.configure(**{CHOICE: Chosen.LEFT.value})
    stepper.until(lambda: genres(stepper, key) != set(GENRES))
    assert genres(stepper, key) == {"Animation", "Mine"}
