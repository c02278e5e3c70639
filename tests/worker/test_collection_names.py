"""The collections that scenes come into: of which studio, network, group or performer, and under which names."""

from typing import Any

import pytest

from settings.prefixes import parse_prefixes, prefix_of, spelled
from settings.resolve import resolve
from settings.settings import SettingsError
from settings.sources import Config
from stash.model import Named, Scene
from tests.stepper import Stepper
from worker.sync.collection_names import entity_of

ALL = "studio, network, groups, performers, organized"


@pytest.fixture(autouse=True, params=["add", "replace"])
def _reading(request: pytest.FixtureRequest, stepper: Stepper) -> None:
    """Plex reads lists of tags in both ways that were told of it."""
    stepper.plex.options.tag_lists = request.param


def film(stepper: Stepper, name: str = "Sintel", **fields: Any) -> tuple[int, int]:
    """Rating key and scene of a film below the studio of a network, synced."""
    library = stepper.stash.library
    if not library.studios:
        library.add_studio("Shorts", parent_id=library.add_studio("Blender").id)
    stepper.now += 2  # a file that is missing in the index is looked for once a second
    key = stepper.item(f"{name}.mkv")
    scene = stepper.scene(f"{name}.mkv", title=f"{name}!", studio="Shorts", **fields)
    stepper.sync(scene)
    return key, scene


def collections(stepper: Stepper, key: int) -> set[str]:
    return set(stepper.shown(key).tags.get("collection", ()))


def follow_hook(stepper: Stepper) -> None:
    """What the last hook of Stash appends, worked off."""
    stepper.append(stepper.stash.hook_runs[-1].document["args"]["hookContext"])
    stepper.drain()


def test_each_kind_makes_a_collection_with_its_own_prefix(stepper: Stepper) -> None:
    stepper.configure(
        collections_from=ALL, collection_prefix="All: ", collection_prefixes='performers => Star:; groups => ""'
    )
    key, scene = film(stepper, performers=["Ada Example"], groups=["Open Movies"], organized=True)
    names = {"All: Shorts", "All: Blender", "Open Movies", "Star: Ada Example", "All: Organized"}
    assert collections(stepper, key) == names
    before = stepper.writes()
    stepper.sync(scene)
    assert stepper.writes() == before


def test_collections_of_a_scene_go_when_it_has_their_source_no_longer(stepper: Stepper) -> None:
    stepper.configure(collections_from=ALL)
    key, scene = film(stepper, performers=["Ada Example"], organized=True)
    stepper.stash.save_scene(scene, performers=[], organized=False, studio="Blender")
    stepper.sync(scene)
    assert collections(stepper, key) == {"Blender"}


def test_network_that_is_renamed_reaches_the_scenes_of_the_studios_below_it(stepper: Stepper) -> None:
    stepper.configure(collections_from="network")
    key, _ = film(stepper)
    network = next(each.id for each in stepper.stash.library.studios.values() if each.name == "Blender")
    stepper.stash.rename_studio(network, "Blender Studio")
    follow_hook(stepper)
    assert collections(stepper, key) == {"Blender Studio"}


def test_studio_that_is_put_below_another_one_changes_the_network(stepper: Stepper) -> None:
    stepper.configure(collections_from="network")
    key, _ = film(stepper)
    other = stepper.stash.library.add_studio("Open Cinema").id
    shorts = next(each.id for each in stepper.stash.library.studios.values() if each.name == "Shorts")
    stepper.stash.send("studioUpdate", {"id": shorts, "parent_id": other})
    follow_hook(stepper)
    assert collections(stepper, key) == {"Open Cinema"}
    stepper.stash.send("studioUpdate", {"id": other, "parent_id": stepper.stash.library.add_studio("Owner").id})
    follow_hook(stepper)
    assert collections(stepper, key) == {"Open Cinema"}


def test_changed_prefix_reaches_what_was_synced_before(stepper: Stepper) -> None:
    stepper.configure(collections_from="studio, network")
    key, _ = film(stepper)
    stepper.configure(collections_from="studio, network", collection_prefixes="network => Network:")
    stepper.drain()
    stepper.drain()
    assert collections(stepper, key) == {"Shorts", "Network: Blender"}


def test_mark_of_a_scene_is_what_it_was_unless_there_is_a_network() -> None:
    """Otherwise every scene would look changed after an update."""
    scene = Scene(1, title="Sintel", studio=Named(2, "Shorts"), files=("/data/Sintel.mkv",))
    assert scene.mark == "b07c217becf3b4c0"
    assert Scene(1, title="Sintel", studio=Named(2, "Shorts"), network=Named(1, "Blender")).mark != scene.mark


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("studio => Studio:; groups => x", {"studio": "Studio: ", "groups": "x "}),
        ('studio => "Studio · "', {"studio": "Studio · "}),
        ('Studio => "a; b"\ngroups =>', {"studio": "a; b", "groups": ""}),
        (" ", {}),
    ],
)
def test_prefixes_are_read_as_they_are_typed(typed: str, read: dict[str, str]) -> None:
    assert dict(parse_prefixes(typed) or ()) == read
    again = parse_prefixes("; ".join(spelled(read)))
    assert dict(again or ()) == read
    assert [prefix_of(kind, spelled(read), "Of all: ") for kind in (*read, "organized")] == [*read.values(), "Of all: "]


def test_prefixes_may_be_a_mapping_of_the_file() -> None:
    config = Config({"collection_prefixes": {"studio": "Studio: ", "groups": ""}}, {})
    settings = resolve({}, {}, config).settings
    assert settings.collection_prefixes == ('studio => "Studio: "', 'groups => ""')


@pytest.mark.parametrize("typed", ["studio", "people => x", '"studio" => x', "studio => a; ; groups"])
def test_prefixes_that_cannot_be_read_are_told(typed: str) -> None:
    with pytest.raises(SettingsError, match="collection_prefixes"):
        resolve({"collection_prefixes": typed}, {})


def test_what_a_collection_is_made_of_is_one_thing_of_stash_or_none() -> None:
    assert entity_of({("studio", 3)}) == ("studio", 3)
    assert entity_of({("studio", 3), ("network", 3)}) == ("studio", 3)
    assert entity_of({("studio", 3), ("network", 4)}) is None
    assert entity_of({("studio", 3), ("groups", 3)}) is None
    assert entity_of({("organized", 0)}) is None
    assert entity_of(()) is None
