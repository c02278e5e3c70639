"""A save in Stash reaches Plex: the main way, through true processes and sockets."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.house import PATIENCE_S, House
from tests.machine import is_closed_to_others
from tests.processes import given_to

COVER = b"\x89PNG\r\n\x1a\n" + b"invented picture"


@pytest.fixture(scope="module")
def house(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house with a living worker for all of this file's tests."""
    secret = {"PLEX_TOKEN": "standin-plex-token"}
    with House(tmp_path_factory.mktemp("house"), plugin_dir=installed, environ=secret) as shared:
        (first,) = shared.add("Zoetrope")
        shared.save(first, title="Zoetrope!")
        shared.wait(shared.has_title(first))
        yield shared


def test_save_reaches_plex_when_no_worker_runs(build):
    house = build()
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!", details="A giant rabbit.", rating100=80, date="2008-04-10")
    house.wait(house.has_title(bunny))
    shown = house.shown(bunny)
    assert (shown.summary, shown.user_rating, shown.date) == ("A giant rabbit.", 8.0, "2008-04-10")
    assert {"title", "summary", "userRating", "originallyAvailableAt"} <= shown.locked
    assert house.stderr() == ""


def test_save_brings_every_field_when_a_worker_lives(house):
    (sintel,) = house.add("Sintel")
    worker = house.worker()
    house.save(
        sintel,
        title="Sintel!",
        director="Dana Director",
        studio="Blender",
        performers=["Ada Example", "Bob Sample"],
        tags=["Animation", "Fantasy"],
        cover=COVER,
    )
    house.wait(lambda: house.shown(sintel).uploads, "the cover, which comes after the edit")
    shown = house.shown(sintel)
    assert (shown.title, shown.studio) == ("Sintel!", "Blender")
    assert shown.tags == {
        "actor": ("Ada Example", "Bob Sample"),
        "director": ("Dana Director",),
        "genre": ("Animation", "Fantasy"),
    }
    assert len(shown.uploads) == 1
    assert shown.poster_sha1 == shown.uploads[0]
    assert house.worker() == worker


def test_save_removes_what_stash_no_longer_has_and_keeps_what_the_user_added_in_plex(house):
    (tears,) = house.add("Tears of Steel")
    house.save(tears, performers=["Ada Example", "Bob Sample"], tags=["Science Fiction", "Robots"])
    house.wait(lambda: house.shown(tears).tags.get("genre") == ("Robots", "Science Fiction"))
    item = house.plex.state.items[tears.rating_key]
    item.tags = {**item.tags, "genre": (*item.tags["genre"], *house.plex.state.tags.taggings("genre", ["Mine"]))}
    house.save(tears, performers=["Bob Sample"], tags=["Robots"])
    house.wait(lambda: house.shown(tears).tags["actor"] == ("Bob Sample",))
    assert set(house.shown(tears).tags["genre"]) == {"Robots", "Mine"}


def test_save_writes_nothing_when_plex_shows_it_already(house):
    (cosmos,) = house.add("Cosmos Laundromat")
    house.save(cosmos, title="Cosmos Laundromat!")
    house.wait(house.has_title(cosmos))
    house.wait(house.is_drained)
    writes = house.plex.journal.count("edit", "rate", "picture_upload")
    house.save(cosmos, title="Cosmos Laundromat!")
    house.wait(house.is_drained)
    assert house.plex.journal.count("edit", "rate", "picture_upload") == writes


def test_bulk_edit_reaches_every_scene_when_many_are_selected(house):
    movies = house.add(*(f"Short {number:02d}" for number in range(12)))
    house.stash.edit_scenes([movie.scene_id for movie in movies], tags=["Festival"], mode="ADD")
    house.wait(lambda: all(house.shown(movie).tags.get("genre") == ("Festival",) for movie in movies))
    house.wait(house.is_drained)
    assert len(house.workers()) == 1
    assert house.dead_letters() == []


def test_bulk_edit_reaches_every_scene_when_nothing_but_a_group_is_added(build):
    """Only here are groups called `group_ids`."""
    house = build(settings={"collections_from": "groups"})
    movies = house.add("Sintel", "Tears of Steel")
    house.stash.edit_scenes([movie.scene_id for movie in movies], groups=["Open Movies"], mode="ADD")
    house.wait(lambda: all(house.shown(movie).tags.get("collection") == ("Open Movies",) for movie in movies))


def test_rename_of_a_performer_reaches_all_its_scenes(house):
    movies = house.add("Glass Half", "Caminandes", performers=["Cy Test"])
    for movie in movies:
        house.save(movie, title=f"{movie.name}!")
    house.wait(lambda: all(house.shown(movie).tags.get("actor") == ("Cy Test",) for movie in movies))
    performer = next(
        performer.id for performer in house.stash.library.performers.values() if performer.name == "Cy Test"
    )
    house.stash.rename_performer(performer, "Cy Renamed")
    house.wait(lambda: all(house.shown(movie).tags.get("actor") == ("Cy Renamed",) for movie in movies))


def test_field_that_never_reaches_plex_queues_nothing(house):
    (spring,) = house.add("Spring")
    house.wait(house.is_drained)
    before = sum(house.stats().values())
    house.save(spring, urls=["https://example.invalid/spring"])
    assert sum(house.stats().values()) == before


def test_hook_ends_for_stash_although_its_worker_lives_on(build):
    """Stash waits for the end of the hook's stdout.

    A worker that held it would make the user wait for as long as it lives.
    """
    house = build()
    (bunny,) = house.add("Big Buck Bunny")
    waited_s = house.save(bunny, title="Big Buck Bunny!")
    assert waited_s < PATIENCE_S / 2
    run = house.stash.hook_runs[-1].run
    assert (run.stdout, run.exit_status) == ('{"output": "ok"}\n', 0)
    house.wait(house.has_title(bunny))
    house.worker()


@pytest.mark.needs("proc")
def test_worker_holds_nothing_of_its_hook_and_is_in_a_session_of_its_own(house):
    worker = house.worker()
    held = {}
    for entry in Path(f"/proc/{worker}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            held[int(entry.name)] = str(entry.readlink())
    assert [target for target in held.values() if target.startswith("pipe:")] == []
    assert (held[1], held[2]) == (os.devnull, str(house.data_dir / "worker.stderr"))
    assert os.getsid(worker) == worker


def test_secrets_stand_nowhere_when_a_worker_lives(house):
    cookies = {run.document["server_connection"]["SessionCookie"]["Value"] for run in house.stash.hook_runs}
    secrets = [house.plex.token.encode(), *(cookie.encode() for cookie in cookies)]
    given = given_to(house.worker())
    assert str(house.data_dir) in given
    assert [secret for secret in secrets if secret.decode() in given] == []
    places = [path for path in house.data_dir.rglob("*") if path.is_file()]
    assert house.data_dir / "logs" / "worker.log" in places
    assert [str(place) for place in places for secret in secrets if secret in place.read_bytes()] == []
    assert house.plex.journal.tokens_in_urls == 0


def test_data_folder_is_its_owners_alone(house):
    assert all(map(is_closed_to_others, (house.data_dir, *house.data_dir.rglob("*"))))


def test_save_costs_one_look_and_one_edit_when_a_worker_lives(house):
    """How long that takes is measured in docs/performance.md.

    Here is counted that nothing is asked twice and no process is started.
    """
    (agent,) = house.add("Agent 327")
    house.save(agent, title="Take 0")
    house.wait(house.has_title(agent, title="Take 0"))
    house.wait(house.is_drained)
    worker, before, began_at = house.worker(), house.plex.journal.kinds.copy(), time.monotonic()
    for number in range(1, 6):
        house.save(agent, title=f"Take {number}")
        house.wait(house.has_title(agent, title=f"Take {number}"))
        house.wait(house.is_drained)
    asked = house.plex.journal.kinds - before
    took_s = time.monotonic() - began_at
    looks_again = int(took_s / 2)  # a look that is older than that is made again
    of_a_slow_machine = {"identity", "listing", "root", "sections"} if took_s > 10 else set()
    assert asked.keys() - of_a_slow_machine == {"metadata", "edit"}
    assert (asked["edit"], asked["metadata"] - 5 <= looks_again) == (5, True)
    assert house.worker() == worker
