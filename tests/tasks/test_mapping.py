"""What the set-up page and Test Connection say of files that lie where they should and are other ones by their size."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plex.client import PlexClient
from plex.index import PathIndex
from plex.sections import select_sections
from tasks.context import TaskContext
from tasks.mapping import ui_mapping
from tasks.registry import run
from tests.house import House

MakeContext = Callable[[House], TaskContext]


@pytest.fixture
def two_disks(house: House) -> House:
    """Both servers call a disk of theirs /data/movies.

    One file of it is the same, the other has a stranger's path and name.
    """
    sections = house.plex.state.sections
    sections[house.section] = replace(sections[house.section], locations=("/data/movies",))
    for name, stash_size, plex_size in (("same", 246_033, 246_033), ("other", 246_034, 5_000_000)):
        house.plex.state.add_item(house.section, f"/data/movies/{name}/{name}.mkv", size=plex_size)
        house.stash.add_scene(name, path=f"/data/movies/{name}/{name}.mkv", size=stash_size)
    house.configure(path_rules="")
    build_index(house)
    return house


def build_index(house: House) -> None:
    """Have Plex's paths read, as the worker does."""
    client = PlexClient.connect(house.plex.url, house.plex.token, client_identifier="test", version="0")
    index = PathIndex(Path(house.data_dir, "index.db"))
    index.build(client, select_sections(client.sections()))
    index.close()
    client.close()


def test_preview_of_the_mapping_counts_a_file_of_another_size_as_missing(
    two_disks: House, context: MakeContext
) -> None:
    shown = ui_mapping({"rules": ""}, context(two_disks))
    assert (shown["match"], shown["miss"]) == (1, 1)
    notes = {each["stash_path"]: each["note"] for each in shown["examples"]}
    assert notes["/data/movies/same/same.mkv"] == ""
    for part in ("/data/movies/other/other.mkv of 5,000,000 bytes", "246,034", "path_rules"):
        assert part in notes["/data/movies/other/other.mkv"]


def test_preview_of_the_mapping_goes_by_the_path_alone_when_a_rule_says_so(
    two_disks: House, context: MakeContext
) -> None:
    shown = ui_mapping({"rules": "/data/movies => /data/movies"}, context(two_disks))
    assert (shown["match"], shown["miss"]) == (2, 0)


def test_test_connection_says_both_sizes_of_a_file_that_is_another_one(two_disks: House, context: MakeContext) -> None:
    answer = run({"mode": "test_connection"}, context(two_disks))
    (text,) = [step["text"] for step in answer["steps"] if step["step"] == "Not in Plex"]
    assert "5,000,000" in text
    assert "246,034" in text


@pytest.fixture
def two_folders(house: House) -> House:
    """Stash has films and shows, five of each, and Plex has them under other names of the folders."""
    sections = house.plex.state.sections
    folders = {"/data/films": "/media/movies", "/data/shows": "/media/series"}
    sections[house.section] = replace(sections[house.section], locations=tuple(folders.values()))
    house.stash.library.settings.stash_paths[:] = list(folders)
    for place, (stash_path, plex_path) in enumerate(folders.items()):
        for number in range(5):
            tail, size = f"A{number}/{place}-{number}.mkv", 100 * place + number + 1
            house.plex.state.add_item(house.section, f"{plex_path}/{tail}", size=size)
            house.stash.add_scene(tail, path=f"{stash_path}/{tail}", size=size)
    house.configure(path_rules="")
    build_index(house)
    return house


def test_mapping_counts_each_folder_and_one_rule_leaves_the_other_folder_alone(
    two_folders: House, context: MakeContext
) -> None:
    shown = ui_mapping({"rules": "/data/films => /media/movies"}, context(two_folders))
    folders = {each["stash_path"]: (each["plex_path"], each["how"], each["match"]) for each in shown["stash_folders"]}
    assert folders == {
        "/data/films": ("/media/movies", "rule", 5),
        "/data/shows": ("/media/series", "inferred", 5),
    }
    assert (shown["match"], shown["lost"]) == (10, 0)


def test_mapping_says_what_rules_lose_of_what_is_found_now_and_where(two_folders: House, context: MakeContext) -> None:
    shown = ui_mapping({"rules": "/data/shows => /media/nowhere"}, context(two_folders))
    assert (shown["match"], shown["miss"], shown["lost"]) == (5, 5, 5)
    assert [each["lost"] for each in shown["stash_folders"]] == [0, 5]


def test_mapping_says_when_plex_was_read_and_has_it_read_again_when_it_is_asked_to(
    two_folders: House, context: MakeContext
) -> None:
    before = ui_mapping({}, context(two_folders))
    assert before["read_at"]
    assert not before["is_reading"]
    ui_mapping({"again": True}, context(two_folders))
    two_folders.wait(lambda: ui_mapping({}, context(two_folders))["read_at"] > before["read_at"], "Plex was read again")
    two_folders.wait(lambda: not ui_mapping({}, context(two_folders))["is_reading"], "the job has ended")
