"""How much is asked of Plex and Stash, and how little the worker keeps.

Counts, for a Plex that answers at once or within milliseconds.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from sync_queue import create_sync_job
from sync_queue.pending import enqueue_many
from tests.house import House, Movie

PICTURE = b"\x89PNG\r\n\x1a\n"
FILMS = 200
HOUR_S = 3600.0


@pytest.fixture(scope="module")
def house(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house with a living worker for all of this file's tests."""
    with House(tmp_path_factory.mktemp("house"), plugin_dir=installed) as shared:
        (first,) = shared.add("Zoetrope", title="{name}!")
        # Before it is read: a time that goes back later is a backup of Stash's database to the worker.
        saved_before(shared, [first], HOUR_S)
        sync(shared, [first], [])
        yield shared


@pytest.fixture(scope="module")
def films(house: House) -> list[Movie]:
    """Films without covers that were synced before."""
    with house.stash.library.lock:  # nobody sees them newer than they are from then on
        movies = house.add(*(f"Film {number:03d}" for number in range(FILMS)), title="{name}", tags=["Short", "Silent"])
        saved_before(house, movies, HOUR_S)
    sync(house, movies, [])
    return movies


def sync(house: House, movies: Sequence[Movie], fields: Sequence[str]) -> None:
    """Sync all of `movies` as one drain would; `fields` are those that were sent, none where that is unknown."""
    jobs = (create_sync_job(movie.scene_id, "metadata", {"fields": list(fields)}) for movie in movies)
    enqueue_many(house.data_dir / "queue", jobs, coalesce=False)
    house.offer()
    house.wait(house.is_drained)


def asked(house: House, work: Callable[[], object]) -> tuple[int, int, int]:
    """How many requests Plex got while `work` was done, and how many questions and requests for covers Stash."""
    plex, stash = house.plex.journal.count(), house.stash.log.counts
    work()
    asked = house.stash.log.counts - stash
    return house.plex.journal.count() - plex, asked["graphql"], asked["picture"]


def test_changed_scenes_cost_one_request_each_when_they_come_together(house: House, films: list[Movie]) -> None:
    with house.stash.library.lock:
        for movie in films:
            scene = house.stash.library.scene(movie.scene_id)
            scene.title = f"{movie.name}!"
    saved_before(house, films, HOUR_S / 2)
    plex, stash, covers = asked(house, lambda: sync(house, films, ["title"]))
    assert house.has_title(*films)()
    assert plex <= 1.1 * FILMS
    assert stash <= 0.02 * FILMS + 2  # and the settings, if they are ten seconds old, and what is new
    assert covers == FILMS, "what was sent says nothing of the cover"


def test_first_sync_without_a_cover_asks_plex_for_no_posters(house: House) -> None:
    movies = house.add(*(f"Bare {number:03d}" for number in range(100)), title="{name}!")
    before = house.plex.journal.count("picture_list")
    plex, *_ = asked(house, lambda: sync(house, movies, []))
    assert house.has_title(*movies)()
    assert plex <= 1.1 * len(movies)
    assert house.plex.journal.count("picture_list") == before


def test_first_sync_with_a_cover_costs_three_requests_a_scene_and_the_looks(house: House) -> None:
    """Edit, list of posters, upload; besides, a look for as many as can be written upon it, and one edit for all locks."""
    movies = house.add(*(f"Cover {number:03d}" for number in range(100)), title="{name}!", cover=PICTURE + b"first")
    house.plex.options.latency_ms = 5
    began = time.monotonic()
    plex, *_ = asked(house, lambda: sync(house, movies, []))
    took_s = time.monotonic() - began
    house.plex.options.latency_ms = 0
    assert all("thumb" in house.shown(movie).locked for movie in movies)
    assert plex <= 3.1 * len(movies) + 4 * took_s, "what has grown too old is asked again, four times a second at most"


def test_unchanged_scenes_cost_a_request_a_batch(house: House, films: list[Movie]) -> None:
    plex, stash, covers = asked(house, lambda: sync(house, films, []))
    assert plex <= 0.03 * FILMS
    assert stash <= 0.02 * FILMS + 2
    assert covers == 0


def test_renamed_tag_costs_a_tenth_of_a_request_a_scene(house: House, films: list[Movie]) -> None:
    tag = next(tag.id for tag in house.stash.library.tags.values() if tag.name == "Short")

    def rename() -> None:
        house.stash.rename_tag(tag, "Brief")
        house.wait(lambda: all("Brief" in house.shown(movie).tags["genre"] for movie in films))
        house.wait(house.is_drained)

    plex, _, covers = asked(house, rename)
    assert plex <= 0.1 * FILMS
    assert covers == 0


def test_cover_costs_a_look_and_an_upload_when_the_item_has_none_of_ours(house: House) -> None:
    movies = house.add("Sintel", "Spring", title="{name}", cover=PICTURE + b"first")
    before = house.plex.journal.count("picture_list"), house.plex.journal.count("picture_upload")
    sync(house, movies, [])
    assert house.plex.journal.count("picture_list") - before[0] == 2
    assert house.plex.journal.count("picture_upload") - before[1] == 2


def test_cover_is_uploaded_when_the_scene_gets_its_first_one(house: House) -> None:
    (movie,) = house.add("Caminandes", title="{name}")
    sync(house, [movie], ["title"])
    house.save(movie, cover=PICTURE + b"late")
    house.wait(lambda: house.shown(movie).uploads)
    assert house.shown(movie).poster_sha1 == house.shown(movie).uploads[0]


@pytest.mark.needs("proc")
def test_worker_grows_no_more_when_more_scenes_pass_through_it(house: House, films: list[Movie]) -> None:
    for _ in range(15):  # by then its caches are full
        sync(house, films, ["title"])
    before = resident_kb(house.worker())
    for _ in range(15):
        sync(house, films, ["title"])
    assert resident_kb(house.worker()) - before < 2048


def saved_before(house: House, movies: Sequence[Movie], seconds: float) -> None:
    """Date the scenes' last save back by some seconds.

    When a scene is read within two seconds of its save, each look for news asks for its cover again.
    """
    with house.stash.library.lock:
        for movie in movies:
            house.stash.library.scene(movie.scene_id).updated_at = int(time.time() - seconds)


def resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
