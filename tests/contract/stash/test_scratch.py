"""What must hold before anybody runs these tests against a Stash of their own.

Only what was made here is changed, and all of it is removed.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.clock import Clock
from tests.contract.beliefs import LENIENT
from tests.contract.stash.probe import Probe
from tests.contract.stash.scratch import MARK, NotOurs, Scratch
from tests.contract.stash.stand_in import StandInDisk
from tests.contract.stash.wire import Wire
from tests.fakes.stash import FakeStash

PATH = "/data/movies/Sintel.mp4"


@pytest.fixture
def server() -> Iterator[FakeStash]:
    with FakeStash(clock=Clock()) as stash:
        stash.add_scene(title="Sintel", path=PATH, performers=["Ada Example"], tags=["Animation"], studio="Blender")
        yield stash


@pytest.fixture
def stash(server: FakeStash) -> Iterator[Scratch]:
    wire = Wire(server.url, "")
    yield Scratch(wire, LENIENT, lambda: None, None, StandInDisk(server))
    wire.close()


def titles(server: FakeStash) -> list[str]:
    library = server.library
    named = (library.performers, library.studios, library.tags, library.groups)
    return [scene.title for scene in library.scenes.values()] + [
        entry.name for kind in named for entry in kind.values()
    ]


def make_everything(stash: Scratch) -> None:
    for kind in ("scene", "performer", "studio", "tag", "group"):
        stash.make(kind, "one")
    stash.scanned(stash.disk.put("Contract.mp4"))


def test_what_was_made_is_removed_and_nothing_else(server: FakeStash, stash: Scratch) -> None:
    before = titles(server)
    with stash.opened():
        make_everything(stash)
        assert len(titles(server)) == len(before) + 6
    assert titles(server) == before


def test_what_a_killed_run_left_is_removed_by_the_next_one(server: FakeStash, stash: Scratch) -> None:
    before = titles(server)
    make_everything(stash)
    with Scratch(stash.wire, LENIENT, lambda: None, None, StandInDisk(server)).opened():
        assert titles(server) == before


def test_scene_that_has_a_file_of_the_user_as_well_is_left(server: FakeStash, stash: Scratch) -> None:
    with stash.opened():
        path = stash.disk.put("Contract.mp4")
        server.scan_second_file(1, path)
        with suppress(AssertionError):
            stash.scanned(path)
    assert "Sintel" in titles(server)


def test_change_of_something_that_was_not_made_here_is_not_sent(server: FakeStash, stash: Scratch) -> None:
    with stash.opened():
        ours = stash.make("scene")
        for sent in ({"id": "1", "title": MARK}, {"title": MARK}, {"ids": [ours, "1"]}, [{"id": ours}, {"id": 1}]):
            with pytest.raises(NotOurs):
                stash.change("scene", "sceneUpdate", "SceneUpdateInput!", sent)
        with pytest.raises(NotOurs):
            stash.change("scene", "sceneMerge", "SceneMergeInput!", {"source": ["1"], "destination": ours})
        with pytest.raises(NotOurs):
            stash.destroy("tag", "1")
        with pytest.raises(NotOurs):
            stash.generate("1")
    assert titles(server) == ["Sintel", "Ada Example", "Blender", "Animation"]


def test_probe_is_taken_away_and_asleep_when_its_time_is_over(tmp_path: Path) -> None:
    reloads: list[int] = []
    probe = Probe(tmp_path, "Probe", lambda: reloads.append(1))
    with FakeStash(plugin_dir=probe.folder, plugin_command=["sh", str(probe.script)]) as server:
        probe.install()
        scene = server.add_scene(title="Sintel", path=PATH)
        server.save_scene(scene, title="Sintel, restored")
        assert len(probe.documents()) == 1
        (probe.folder / "documents" / "until").write_text("1\n")
        server.save_scene(scene, title="Sintel")
        assert len(probe.documents()) == 1
        probe.remove()
    assert (list(tmp_path.iterdir()), len(reloads)) == ([], 2)
