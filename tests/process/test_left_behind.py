"""Moving in from the other Stash2Plex: what it left waiting reaches Plex, what it gave up is counted, nothing is lost."""

import pickle
from collections.abc import Callable
from contextlib import closing

from sync_queue import DeadLetterQueue
from sync_queue.aside_rows import count_aside
from sync_queue.questions import waiting
from tests import predecessor
from tests.house import House
from tests.sync_queue.jobs import insert_raw, look

NAMES = ("Big Buck Bunny", "Sintel", "Tears of Steel")


def test_saves_that_the_other_one_left_waiting_reach_plex_by_themselves(house: House) -> None:
    bunny, sintel, steel = house.add(*NAMES, title="{name}!")
    predecessor.leave_rows(
        house.data_dir,
        done=[predecessor.job(99)],
        in_progress=[predecessor.job(bunny.scene_id)],
        waiting=[predecessor.job(sintel.scene_id), predecessor.job(steel.scene_id), predecessor.job(sintel.scene_id)],
    )
    predecessor.leave_letters(house.data_dir, (sintel.scene_id, "PlexNotFound", "2026-11-01 10:00:00"))
    house.offer()
    house.wait(house.has_title(bunny, sintel, steel))
    house.wait(house.is_drained)
    assert house.dead_letters() == []
    assert "Rows that another program left in the queue: 4. Scenes of theirs queued now: 3" in house.log()
    theirs = "SELECT COUNT(*) FROM dead_letters_of_another_program"
    house.wait(lambda: look(house.data_dir / "dlq.db", theirs) == [0], "its letter goes with the sync")


def test_first_save_takes_away_what_the_other_one_had_sent_and_nothing_else(house: House) -> None:
    (sintel,) = house.add("Sintel", title="Sintel", tags=["Animation", "Dragons"])
    item = house.plex.state.items[sintel.rating_key]
    item.tags = house.plex.state.taggings({"genre": ["Animation", "Dragons", "Mine"]})
    item.added_at -= 60
    path = "/data/movies/Sintel/Sintel.mkv"
    predecessor.leave_rows(house.data_dir, done=[predecessor.job(sintel.scene_id, path, tags=["Animation", "Dragons"])])
    house.save(sintel, tags=["Animation"])
    house.wait(lambda: set(house.shown(sintel).tags["genre"]) == {"Animation", "Mine"})
    house.wait(house.is_drained)


def test_rows_of_unknown_scenes_are_named_until_everything_was_synced(house: House) -> None:
    house.add(*NAMES, title="{name}!")
    predecessor.leave_rows(house.data_dir, waiting=[{"job": "of some other program"}])
    house.offer()
    house.wait(house.is_drained)
    house.wait(lambda: count_aside(house.data_dir / "queue") == 1)
    status = house.stash.host.run({"mode": "queue_status"})
    offer = "1 job that another program left waiting is of unknown scenes. Sync All Scenes to Plex reaches them"
    assert any(offer in text for _, text in status.log)
    tried = house.stash.host.run({"mode": "test_connection"})
    assert any(f"Left behind: {offer}" in text for _, text in tried.log)
    house.stash.host.run({"mode": "all"})
    assert count_aside(house.data_dir / "queue") == 0
    assert house.dead_letters() == []


def test_hostile_rows_run_nothing_and_stop_nobody(build: Callable[..., House]) -> None:
    house = build()
    (sintel,) = house.add("Sintel")
    mine = house.data_dir / "ran"
    predecessor.leave_rows(house.data_dir, waiting=[predecessor.job(sintel.scene_id)])
    code = f"__import__('os').mkdir({str(mine)!r})".encode()
    hostile = b"\x80\x04cbuiltins\neval\n(V" + code + b"\ntR."
    insert_raw(house.data_dir / "queue", (hostile, 0), (b"\x80\x04" + b"(" * 5_000 + b".", 0))
    house.save(sintel, title="Sintel!")
    house.wait(house.has_title(sintel))
    house.wait(house.is_drained)
    assert not mine.exists()
    assert count_aside(house.data_dir / "queue") == 2
    pickle.loads(hostile)  # noqa: S301 - to see that it would have done something
    assert mine.exists()


def test_what_the_other_one_left_waiting_can_be_looked_at_when_everything_is_paused(house: House) -> None:
    (sintel,) = house.add("Sintel", title="Sintel!")
    house.configure(paused=True)
    predecessor.leave_rows(house.data_dir, waiting=[predecessor.job(sintel.scene_id)])
    house.offer()
    queue_dir = house.data_dir / "queue"
    house.wait(lambda: [row.job and row.job["scene_id"] for row in waiting(queue_dir)] == [sintel.scene_id])
    assert house.writes() == 0


def test_save_arrives_when_an_earlier_version_had_made_a_dead_letter_of_its_row(house: House) -> None:
    (sintel,) = house.add("Sintel", title="Sintel!")
    house.data_dir.mkdir(mode=0o700)
    with closing(DeadLetterQueue(house.data_dir)) as letters:
        letters.add_unreadable(1, pickle.dumps(predecessor.job(sintel.scene_id)), "not JSON")
    house.offer()
    house.wait(house.has_title(sintel))
    house.wait(lambda: not house.dead_letters())
