"""A look at an item is at most two seconds old when something is written to it.

What has changed since the batch was planned is planned anew.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from plex.errors import PlexBusy
from tests.demo.films import png, sha1
from tests.fakes.plex import FakePlex, Fault
from tests.plex.conftest import client, connect, plex  # noqa: F401 - fixtures
from tests.worker.meanwhile import after, ages, at, renumber, type_in
from tests.worker.test_undo import undo
from worker.sync.sending import MAX_AGE_S, Looks

SLOW_MS = 500
FILMS = 6
"""Enough for the last film's write to come more than two seconds after the first one's."""
RED, BLUE = png(4, 4, (200, 0, 0)), png(4, 4, (0, 0, 200))


@pytest.fixture
def slow(stepper: Any) -> Any:
    """A stepper whose Plex takes half a second for a write."""
    stepper.plex.options.write_latency_ms = SLOW_MS
    return stepper


def library(stepper: Any, **fields: Any) -> tuple[list[int], list[int]]:
    """Films that Stash knows otherwise than Plex: rating keys and scenes."""
    names = [f"Sintel {number:02d}" for number in range(FILMS)]
    keys = [stepper.item(f"{name}.mkv") for name in names]
    return keys, [stepper.scene(f"{name}.mkv", title=f"{name}!", details="Ours", **fields) for name in names]


def strangers(stepper: Any, keys: list[int]) -> list[tuple[str, str]]:
    """Items that show the title or the summary of another film than the one whose file they hold."""
    shown = [stepper.shown(key) for key in keys]
    found = [(item.title, item.files[0]) for item in shown if item.title.endswith("!")]
    return [(title, file) for title, file in found if title[:-1] not in file]


def oldest_s(stepper: Any) -> float:
    """The age of the oldest look on which anything was written."""
    return max(age for _, age in ages(stepper.plex.journal.records()))


@pytest.mark.parametrize("reading", ["replace", "add"])
def test_title_that_is_typed_in_plex_within_a_batch_stays(slow, reading):
    slow.plex.options.tag_lists = reading
    slow.configure(preserve_plex_edits=True)
    keys, scenes = library(slow, tags=["Dragons"])
    at(slow.plex, "edit", 1, lambda: type_in(slow.plex, keys[-1], "My own"))
    slow.sync(*scenes)
    assert slow.shown(keys[-1]).title == "My own"
    assert [slow.shown(key).summary for key in keys] == ["Ours"] * FILMS
    assert [slow.shown(key).tags["genre"] for key in keys] == [("Dragons",)] * FILMS
    assert oldest_s(slow) <= MAX_AGE_S


def test_nothing_is_sent_when_plex_has_come_to_show_it_by_itself(slow):
    keys, scenes = library(slow)
    slow.sync(*scenes)
    for scene in scenes:
        slow.stash.save_scene(scene, title="The same")
    before = slow.plex.journal.count("edit")
    at(slow.plex, "edit", 1, lambda: type_in(slow.plex, keys[-1], "The same"))
    slow.sync(*scenes)
    assert [slow.shown(key).title for key in keys] == ["The same"] * FILMS
    assert slow.plex.journal.count("edit") - before == FILMS - 1
    assert slow.stats()["completed"] == 2 * FILMS


@pytest.mark.parametrize("kind", ["edit", "picture_upload"])
def test_no_film_gets_what_is_anothers_when_the_library_is_made_anew_within_a_batch(stepper, kind):
    """The server is the same, and so are its keys; the connection is a new one."""
    keys, scenes = library(stepper, cover=RED)
    after(stepper.plex, kind, 2, lambda: renumber(stepper.plex, keys))
    stepper.sync(*scenes)
    assert strangers(stepper, keys) == []
    for _ in range(4):
        stepper.later(60)
    assert strangers(stepper, keys) == []
    assert sorted(stepper.shown(key).title for key in keys) == sorted(
        f"Sintel {number:02d}!" for number in range(FILMS)
    )
    assert [stepper.shown(key).poster_sha1 for key in keys] == [sha1(RED)] * FILMS
    assert stepper.dead_letters() == []


def test_film_that_is_gone_within_a_batch_is_looked_for_again(slow):
    keys, scenes = library(slow)
    moved = []

    def move() -> None:
        slow.plex.state.remove_item(keys[-1])
        moved.append(slow.item(f"Sintel {FILMS - 1:02d}.mkv"))

    at(slow.plex, "edit", 1, move)
    slow.sync(*scenes)
    assert slow.stats()["completed"] == FILMS - 1
    slow.later(60)
    assert slow.shown(moved[0]).title == f"Sintel {FILMS - 1:02d}!"
    assert slow.dead_letters() == []


def test_poster_that_is_chosen_in_plex_within_a_batch_stays(slow):
    slow.configure(preserve_plex_edits=True)
    keys, scenes = library(slow, cover=RED)
    slow.plex.options.write_latency_ms = 0
    slow.sync(*scenes)
    slow.plex.options.write_latency_ms = SLOW_MS
    green = png(4, 4, (0, 200, 0))
    for scene in scenes:
        slow.stash.save_scene(scene, cover=green)

    def choose() -> None:
        with slow.plex.state.lock:
            item = slow.plex.state.items[keys[-1]]
            shelf = item.pictures["posters"]
            shelf.pictures["upload://posters/mine"] = sha1(BLUE)
            shelf.selected = "upload://posters/mine"

    at(slow.plex, "picture_upload", 1, choose)
    slow.sync(*scenes, fields=("cover_image",))
    assert [slow.shown(key).poster_sha1 for key in keys] == [sha1(green)] * (FILMS - 1) + [sha1(BLUE)]
    assert oldest_s(slow) <= MAX_AGE_S


def test_edits_go_before_pictures_and_their_locks_together(stepper):
    keys, scenes = library(stepper, cover=RED)
    stepper.sync(*scenes)
    kinds = [record.kind for record in stepper.plex.journal.records() if record.kind in {"edit", "picture_upload"}]
    assert kinds == ["edit"] * FILMS + ["picture_upload"] * FILMS + ["edit"]
    assert all("thumb" in stepper.shown(key).locked for key in keys)
    assert stepper.plex.journal.count("metadata") <= 3


def test_what_was_uploaded_is_locked_and_the_rest_given_back_when_the_worker_is_to_stop(slow):
    keys, scenes = library(slow, cover=RED)
    slow.drain()
    at(slow.plex, "picture_upload", 1, slow.worker.stopping.set)
    slow.queue(*scenes)
    slow.worker.step(slow.now)
    uploaded = [key for key in keys if slow.shown(key).uploads]
    assert 0 < len(uploaded) < FILMS
    assert [key for key in keys if "thumb" in slow.shown(key).locked] == uploaded
    assert slow.stats()["completed"] == len(uploaded)


def test_picture_is_locked_and_not_sent_again_when_its_lock_did_not_arrive(stepper):
    stepper.plex.options.upload_locks = False
    keys, scenes = library(stepper, cover=RED)
    stepper.plex.faults.add(Fault("status", status=503, request_kind="edit", skip=FILMS, times=1))
    stepper.sync(*scenes)
    assert [stepper.shown(key).uploads for key in keys] == [(sha1(RED),)] * FILMS
    assert not any("thumb" in stepper.shown(key).locked for key in keys)
    stepper.later(60)
    assert all("thumb" in stepper.shown(key).locked for key in keys)
    assert stepper.plex.journal.count("picture_upload") == FILMS
    assert all(
        stepper.records.written.get(scene)[key].poster_sha1 == sha1(RED)
        for key, scene in zip(keys, scenes, strict=True)
    )


def test_poster_of_before_is_known_when_the_first_cover_comes_long_after_the_first_edit(stepper):
    """An undo chooses it again; what an item tells of its own poster names no picture."""
    agents = b"\x89PNG\r\n\x1a\n what the agent found"
    key, scene = stepper.item("Sintel.mkv", poster=agents), stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.sync(scene)
    stepper.now += 2
    stepper.stash.save_scene(scene, cover=RED)
    stepper.sync(scene, fields=("cover_image",))
    assert "://" in stepper.records.originals.get_many([key])[key].poster_key
    stepper.now += 2
    undo(stepper)
    assert stepper.shown(key).poster_sha1 == sha1(agents)


def test_what_was_edited_is_told_of_when_its_cover_could_not_be_brought(stepper):
    _, (scene, *_) = library(stepper, cover=RED)
    stepper.plex.faults.add(Fault("status", status=503, request_kind="picture_upload", times=1))
    stepper.sync(scene)
    assert [[change.field for change in sync.changes] for sync in stepper.records.history.last()] == [
        ["title", "summary"]
    ]


def test_title_that_is_typed_in_plex_within_an_undo_stays(slow):
    keys, scenes = library(slow, cover=RED)
    slow.plex.options.write_latency_ms = 0
    slow.sync(*scenes)
    slow.plex.options.write_latency_ms = SLOW_MS
    slow.plex.journal.clear_log()
    at(slow.plex, "edit", 1, lambda: type_in(slow.plex, keys[-1], "My own"))
    progress = undo(slow)
    assert progress["restored"] == FILMS
    assert [slow.shown(key).title for key in keys[:-1]] == [f"Sintel {number:02d}" for number in range(FILMS - 1)]
    assert slow.shown(keys[-1]).title == "My own"
    assert oldest_s(slow) <= MAX_AGE_S


def test_no_film_is_given_back_what_is_anothers_when_the_library_is_made_anew_within_an_undo(stepper):
    keys, scenes = library(stepper)
    stepper.sync(*scenes)
    with stepper.plex.state.lock:
        for key in keys:
            stepper.plex.state.items[key].values["summary"] = "Ours"
    after(stepper.plex, "edit", 2, lambda: renumber(stepper.plex, keys))
    progress = undo(stepper)
    assert progress["restored"] == 2
    assert progress["other"] == FILMS - 2
    assert [stepper.shown(key).title for key in keys] == ["as Plex named it"] * FILMS


# -- by a clock of one's own -----------------------------------------------------------------------------------------


@pytest.fixture
def looks(connect: Any, plex: FakePlex) -> tuple[Looks, list[float], int]:  # noqa: F811
    """Looks over a clock of the test's own, that clock, and an item's rating key."""
    now = [100.0]
    return (
        Looks(connect(monotonic=lambda: now[0], sleep=lambda _: None)),
        now,
        plex.state.add_item(1, "/media/movies/Sintel.mkv"),
    )


def test_window_ends_when_the_look_is_too_old(looks):
    looks, now, key = looks
    item = looks.look([key])[key]

    def writes() -> Iterator[int]:
        for number in range(100):
            now[0] += 0.5
            yield number

    assert list(looks.in_time(writes(), lambda: [item.looked_s])) == [
        0,
        1,
        2,
        3,
    ]  # begun 0, 0.5, 1 and 1.5 s after the look
    assert looks.most() == 4
    now[0] += 10
    assert looks.again({key: item})[key].looked_s == now[0]
    assert looks.room([item]) == 4


def test_look_is_not_made_again_when_it_is_young(looks, plex):  # noqa: F811
    looks, now, key = looks
    item = looks.look([key])[key]
    now[0] += 1.5
    assert looks.again({key: item}) == {key: item}
    assert plex.journal.count("metadata") == 1


def test_one_write_goes_out_when_a_look_alone_takes_longer_than_it_is_good_for(looks, plex):  # noqa: F811
    looks, now, key = looks

    def slow(_: object) -> bool:
        now[0] += 3.0
        return False

    plex.faults.add(Fault("latency", request_kind="metadata", when=slow))

    def writes() -> Iterator[int]:
        for number in range(100):
            now[0] += 3.0
            yield number

    for _ in range(3):
        item = looks.look([key])[key]
        assert looks.most() == 1
        assert list(looks.in_time(writes(), lambda item=item: [item.looked_s])) == [0]


def test_everything_waits_when_nothing_can_be_written_in_time_again_and_again(looks):
    looks, now, key = looks

    def try_once() -> list[int]:
        item = looks.look([key])[key]
        now[0] += MAX_AGE_S  # a disk that stalls, say
        return list(looks.in_time(iter([1]), lambda: [item.looked_s]))

    assert [try_once() for _ in range(4)] == [[]] * 4
    with pytest.raises(PlexBusy, match="within 2 s of a look"):
        try_once()
