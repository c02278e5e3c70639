"""Performers' photos on disk: which of them are served, under which names, and for how long."""

import os
import re
import stat
from pathlib import Path

import pytest

from tests.full_disk import full_disk
from tests.photo_visits import JPEG, PNG
from worker.sync.photo_shelf import DAY_S, WEEK_S, PhotoShelf

NOW = 1_795_393_093.0
ADA, BOB = 4, 5


@pytest.fixture
def shelf(tmp_path: Path) -> PhotoShelf:
    return PhotoShelf(str(tmp_path))


def name_to_plex(shelf: PhotoShelf, performer: int, moment: int, data: bytes, now: float = NOW) -> str:
    """Put a photo down and tell Plex of it; its name."""
    name = shelf.keep(performer, moment, data, now)
    shelf.tell({performer: name}, now)
    return name


def test_photo_is_served_only_once_plex_was_told_of_it(shelf: PhotoShelf) -> None:
    name = shelf.keep(ADA, 1, JPEG, NOW)
    assert shelf.served(name) is None
    shelf.tell({ADA: name}, NOW)
    assert shelf.served(name) == JPEG


def test_name_is_160_bits_that_say_nothing_and_stays_for_the_same_bytes(tmp_path: Path) -> None:
    names = {PhotoShelf(str(tmp_path)).keep(ADA, moment, JPEG, NOW) for moment in (1, 2)}
    assert len(names) == 1
    assert re.fullmatch("[0-9a-f]{40}", names.pop())


def test_name_is_another_one_for_other_bytes_and_in_another_data_folder(tmp_path: Path) -> None:
    here, there = PhotoShelf(str(tmp_path / "one")), PhotoShelf(str(tmp_path / "two"))
    names = {here.keep(ADA, 1, JPEG, NOW), here.keep(ADA, 2, PNG, NOW), there.keep(ADA, 1, JPEG, NOW)}
    assert len(names) == 3


def test_photo_is_known_by_its_moment_so_that_stash_is_not_asked_again(shelf: PhotoShelf) -> None:
    name = shelf.keep(ADA, 1, JPEG, NOW)
    assert (shelf.find(ADA, 1), shelf.find(ADA, 2), shelf.find(BOB, 1)) == (name, "", "")
    shelf.keep(ADA, 2, JPEG, NOW)
    assert (shelf.find(ADA, 1), shelf.find(ADA, 2)) == ("", name)


def test_photos_that_plex_was_told_of_are_served_by_the_next_worker(tmp_path: Path) -> None:
    name = name_to_plex(PhotoShelf(str(tmp_path)), ADA, 1, JPEG)
    successor = PhotoShelf(str(tmp_path))
    assert (successor.served(name), successor.find(ADA, 1)) == (JPEG, name)
    assert successor.is_waiting(NOW)


def test_lost_key_changes_no_address_of_a_photo_that_is_there(tmp_path: Path) -> None:
    name = name_to_plex(PhotoShelf(str(tmp_path)), ADA, 1, JPEG)
    (tmp_path / "photos" / "key").unlink()
    successor = PhotoShelf(str(tmp_path))
    assert (successor.find(ADA, 1), successor.served(name)) == (name, JPEG)
    assert successor.keep(ADA, 2, JPEG, NOW) != name
    assert successor.served(name) == JPEG


def test_lost_photo_is_asked_for_again_and_has_the_same_name(tmp_path: Path) -> None:
    shelf = PhotoShelf(str(tmp_path))
    name = name_to_plex(shelf, ADA, 1, JPEG)
    next((tmp_path / "photos").glob("*.new")).unlink()
    assert (shelf.find(ADA, 1), shelf.served(name)) == ("", None)
    assert shelf.keep(ADA, 1, JPEG, NOW) == name
    assert shelf.served(name) == JPEG


def test_earlier_photo_is_served_for_a_week_after_plex_was_told_of_another(shelf: PhotoShelf) -> None:
    first = name_to_plex(shelf, ADA, 1, JPEG)
    other = name_to_plex(shelf, BOB, 1, JPEG[:-1])
    second = name_to_plex(shelf, ADA, 2, PNG, NOW + 1)
    shelf.tidy(NOW + WEEK_S)
    assert (shelf.served(first), shelf.served(second)) == (JPEG, PNG)
    shelf.tidy(NOW + WEEK_S + 2)
    assert (shelf.served(first), shelf.served(second), shelf.served(other)) == (None, PNG, JPEG[:-1])


def test_photo_that_comes_back_is_served_on(shelf: PhotoShelf) -> None:
    first = name_to_plex(shelf, ADA, 1, JPEG)
    name_to_plex(shelf, ADA, 2, PNG, NOW + 1)
    assert name_to_plex(shelf, ADA, 3, JPEG, NOW + 2) == first
    shelf.tidy(NOW + 2 * WEEK_S)
    assert shelf.served(first) == JPEG


def test_photo_stays_where_another_performer_has_the_one_of_before(shelf: PhotoShelf) -> None:
    """As with one picture that says "no photo yet" for many performers."""
    for performer in (ADA, BOB):
        shared = name_to_plex(shelf, performer, 1, JPEG)
    of_bob = name_to_plex(shelf, BOB, 2, PNG, NOW + 1)
    shelf.tell({ADA: shared}, NOW + 2)
    shelf.tidy(NOW + WEEK_S + 3)
    assert (shelf.served(of_bob), shelf.served(shared)) == (PNG, JPEG)
    assert (shelf.find(BOB, 1), shelf.find(BOB, 2)) == ("", of_bob)


def test_folder_that_cannot_be_read_holds_nothing_until_it_can(shelf: PhotoShelf, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    name = name_to_plex(PhotoShelf(str(tmp_path)), ADA, 1, JPEG)
    folder.rename(tmp_path / "elsewhere")
    folder.write_text("no folder")
    assert (shelf.find(ADA, 1), shelf.served(name), shelf.is_waiting(NOW)) == ("", None, False)
    folder.unlink()
    (tmp_path / "elsewhere").rename(folder)
    assert (shelf.find(ADA, 1), shelf.served(name)) == (name, JPEG)


def test_photo_that_plex_was_never_told_of_is_dropped_after_a_day(shelf: PhotoShelf, tmp_path: Path) -> None:
    shelf.keep(ADA, 1, JPEG, NOW)
    shelf.tidy(NOW + DAY_S)
    assert shelf.find(ADA, 1)
    (tmp_path / "photos" / "killed.fresh").write_bytes(b"half")
    shelf.tidy(NOW + DAY_S + 1)
    assert shelf.find(ADA, 1) == ""
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["key"]


def test_plex_is_waited_for_until_it_has_the_photo_and_for_a_day_at_most(shelf: PhotoShelf) -> None:
    name = shelf.keep(ADA, 1, JPEG, NOW)
    assert not shelf.is_waiting(NOW)
    shelf.tell({ADA: name}, NOW)
    assert shelf.is_waiting(NOW + DAY_S - 1)
    assert not shelf.is_waiting(NOW + DAY_S)
    shelf.fetched(name)
    assert not shelf.is_waiting(NOW)
    assert shelf.served(name) == JPEG
    shelf.tell({ADA: name}, NOW + 5)
    assert not shelf.is_waiting(NOW + 5)


def test_nothing_is_kept_beyond_the_bound(tmp_path: Path) -> None:
    shelf = PhotoShelf(str(tmp_path), most_bytes=len(JPEG) + 100)
    assert shelf.keep(ADA, 1, JPEG, NOW)
    assert shelf.keep(BOB, 1, PNG, NOW) == ""
    assert PhotoShelf(str(tmp_path), most_bytes=len(JPEG) + 100).keep(BOB, 1, PNG, NOW) == ""


@pytest.mark.needs("limits")
def test_photo_that_could_not_be_written_takes_no_room(shelf: PhotoShelf, tmp_path: Path) -> None:
    shelf.keep(BOB, 1, PNG, NOW)
    before = sorted(path.name for path in (tmp_path / "photos").iterdir())
    with full_disk(), pytest.raises(OSError, match="large"):
        shelf.keep(ADA, 1, JPEG, NOW)
    assert sorted(path.name for path in (tmp_path / "photos").iterdir()) == before
    assert shelf.keep(ADA, 1, JPEG, NOW)


def test_what_is_no_picture_any_more_is_not_served(shelf: PhotoShelf, tmp_path: Path) -> None:
    name = name_to_plex(shelf, ADA, 1, JPEG)
    next((tmp_path / "photos").glob("*.new")).write_bytes(b"plex_token: secret")
    assert shelf.served(name) is None


def test_folder_and_files_are_closed_to_others(shelf: PhotoShelf, tmp_path: Path) -> None:
    name_to_plex(shelf, ADA, 1, JPEG)
    folder = tmp_path / "photos"
    open_to_others = [path for path in (folder, *folder.iterdir()) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == [] or os.name == "nt"


def test_nothing_is_written_before_there_is_a_photo(shelf: PhotoShelf, tmp_path: Path) -> None:
    shelf.find(ADA, 1)
    shelf.name_of(JPEG)
    shelf.tell({ADA: "0" * 40}, NOW)
    shelf.tidy(NOW)
    assert list(tmp_path.iterdir()) == []
