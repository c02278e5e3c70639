"""Scan and Clean, held against what a real Stash did.

Each test's world: one scene that a user has worked on, an hour ago.
"""

import pytest

from tests.clock import Clock
from tests.fakes.stash import FakeStash, Scene

SINTEL, COPY, OTHER = "/data/movies/Sintel.mp4", "/data/movies/Sintel copy.mp4", "/data/old/Sintel.mp4"


@pytest.fixture
def worked(stash: FakeStash, clock: Clock) -> Scene:
    scene_id = stash.add_scene("Sintel", path=SINTEL, details="Years of work", tags=["Short"])
    clock.now += 3600
    return stash.library.scene(scene_id)


def events(stash: FakeStash) -> list[tuple[str, int]]:
    return [(run.event.removeprefix("Scene.").removesuffix(".Post"), run.entry_id) for run in stash.hook_runs]


def inputs(stash: FakeStash) -> list[object]:
    return [run.document["args"]["hookContext"]["input"] for run in stash.hook_runs]


def paths(stash: FakeStash, scene_id: int) -> list[str]:
    return [video.path for video in stash.library.scene(scene_id).files]


def test_scan_finds_nothing_when_nothing_changed(stash: FakeStash, worked: Scene) -> None:
    stash.scan()
    assert events(stash) == []


def test_new_scene_is_empty_and_the_file_the_same_when_the_disk_was_away_while_clean_ran(
    stash: FakeStash, clock: Clock, worked: Scene
) -> None:
    oshash = worked.files[0].oshash
    stash.disk.unmount("/data/movies")
    stash.clean()
    stash.disk.mount("/data/movies")
    stash.scan()
    assert events(stash) == [("Destroy", 1), ("Create", 2)]
    found = stash.library.scene(2)
    assert (found.title, found.details, found.tag_ids, found.created_at) == ("", "", (), int(clock.now))
    assert (found.files[0].oshash, found.files[0].id) == (oshash, 2)


def test_clean_tells_path_and_hash_but_no_id_in_its_input(stash: FakeStash, worked: Scene) -> None:
    oshash = worked.files[0].oshash
    stash.disk.remove(SINTEL)
    stash.clean()
    assert inputs(stash) == [
        {
            "id": "",
            "delete_file": None,
            "delete_generated": None,
            "checksum": "",
            "oshash": oshash,
            "path": SINTEL,
        }
    ]


@pytest.mark.parametrize(("gone", "left"), [(SINTEL, COPY), (COPY, SINTEL)])
def test_clean_fires_no_hook_when_another_file_of_the_scene_is_left(
    stash: FakeStash, clock: Clock, worked: Scene, gone: str, left: str
) -> None:
    stash.disk.copy(SINTEL, COPY)
    stash.scan()
    clock.now += 60
    stash.disk.remove(gone)
    stash.clean()
    assert events(stash) == [("Update", 1)], "the scan's"
    assert (paths(stash, 1), stash.library.scene(1).updated_at) == ([left], int(clock.now))


@pytest.mark.parametrize("path", ["/data/movies/Sintel (2010).mp4", OTHER])
def test_scan_keeps_the_scene_and_its_times_when_the_file_was_moved(stash: FakeStash, worked: Scene, path: str) -> None:
    before = (worked.created_at, worked.updated_at, worked.files[0].id, worked.files[0].oshash)
    stash.disk.move(SINTEL, path)
    stash.scan()
    scene = stash.library.scene(1)
    assert (events(stash), inputs(stash), paths(stash, 1)) == ([("Update", 1)], [None], [path])
    assert (scene.created_at, scene.updated_at, scene.files[0].id, scene.files[0].oshash) == before


def test_moved_file_becomes_a_new_scene_when_clean_runs_before_the_scan(stash: FakeStash, worked: Scene) -> None:
    stash.disk.move(SINTEL, OTHER)
    stash.clean()
    stash.scan()
    assert events(stash) == [("Destroy", 1), ("Create", 2)]


def test_scene_and_file_row_stay_when_the_file_was_replaced(stash: FakeStash, worked: Scene) -> None:
    video, oshash, updated_at = worked.files[0], worked.files[0].oshash, worked.updated_at
    stash.disk.put(SINTEL, size=9)
    stash.scan()
    assert (events(stash), inputs(stash)) == ([("Update", 1)], [None])
    assert (video.id, video.size, stash.library.scene(1).updated_at) == (1, 9, updated_at)
    assert video.oshash != oshash


def test_copy_joins_the_scene_whose_time_moves(stash: FakeStash, clock: Clock, worked: Scene) -> None:
    stash.disk.copy(SINTEL, COPY)
    stash.scan()
    assert (events(stash), paths(stash, 1)) == ([("Update", 1)], [SINTEL, COPY])
    assert stash.library.scene(1).updated_at == int(clock.now)


def test_scan_makes_a_new_scene_of_the_same_file_when_only_the_scene_was_deleted(
    stash: FakeStash, clock: Clock, worked: Scene
) -> None:
    stash.destroy_scene(1)
    stash.scan()
    scene = stash.library.scene(2)
    assert events(stash) == [("Destroy", 1), ("Create", 2)]
    assert (scene.title, scene.created_at, scene.files[0].id) == ("", int(clock.now), 1)


def test_scan_finds_nothing_when_the_file_was_deleted_with_the_scene(stash: FakeStash, worked: Scene) -> None:
    stash.send("sceneDestroy", {"id": 1, "delete_file": True})
    stash.scan()
    assert events(stash) == [("Destroy", 1)]


def test_younger_scene_keeps_its_own_time_when_an_older_one_is_merged_into_it(
    stash: FakeStash, clock: Clock, worked: Scene
) -> None:
    young = stash.scan_new_file(OTHER)
    clock.now += 60
    stash.merge_scenes([1], young)
    scene = stash.library.scene(young)
    assert (scene.created_at, scene.updated_at) == (int(clock.now) - 60, int(clock.now))
    assert paths(stash, young) == [OTHER, SINTEL]
    assert events(stash) == [("Create", young)]


def test_no_time_moves_when_a_file_is_given_to_another_scene(stash: FakeStash, clock: Clock, worked: Scene) -> None:
    stash.disk.copy(SINTEL, COPY)
    stash.scan()
    other = stash.scan_new_file(OTHER)
    times = [stash.library.scene(scene_id).updated_at for scene_id in (1, other)]
    clock.now += 60
    stash.assign_file(other, 2)
    assert [paths(stash, scene_id) for scene_id in (1, other)] == [[SINTEL], [OTHER, COPY]]
    assert [stash.library.scene(scene_id).updated_at for scene_id in (1, other)] == times


def test_primary_file_cannot_be_given_away(stash: FakeStash, worked: Scene) -> None:
    other = stash.scan_new_file(OTHER)
    with pytest.raises(Exception, match="cannot reassign primary file"):
        stash.assign_file(other, worked.files[0].id)


def test_file_that_is_split_off_becomes_a_scene_of_its_own(stash: FakeStash, clock: Clock, worked: Scene) -> None:
    stash.disk.copy(SINTEL, COPY)
    stash.scan()
    clock.now += 60
    made = stash.split_file(2, title="Mine")
    scene = stash.library.scene(made)
    assert (scene.title, scene.created_at, paths(stash, made), paths(stash, 1)) == (
        "Mine",
        int(clock.now),
        [COPY],
        [SINTEL],
    )
    assert events(stash)[-1] == ("Create", made)
    assert stash.library.scene(1).updated_at == int(clock.now) - 60
