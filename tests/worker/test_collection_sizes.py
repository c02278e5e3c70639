"""A collection is made once enough items of a library belong to it, and what was made stays."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stepper import Stepper
from worker.control.jobs import control_job
from worker.control.kinds import RESTORE

FILMS = ("Big Buck Bunny", "Sintel", "Tears of Steel", "Cosmos Laundromat", "Spring")
STUDIOS = ("Blender", "Open Movies", "Orange")


@pytest.fixture(autouse=True, params=["add", "replace"])
def _reading(request: pytest.FixtureRequest, stepper: Stepper) -> None:
    stepper.plex.options.tag_lists = request.param


def add(stepper: Stepper, name: str, studio: str = "Blender") -> tuple[int, int]:
    """Rating key and scene of a film that is not synced yet."""
    stepper.now += 2  # a file that is missing in the index is looked for once a second
    return stepper.item(f"{name}.mkv"), stepper.scene(f"{name}.mkv", title=f"{name}!", studio=studio)


def sync(stepper: Stepper, *scenes: int) -> None:
    """Save these, and let the worker do all that follows."""
    stepper.sync(*scenes)
    stepper.drain()


def shown(stepper: Stepper, key: int) -> set[str]:
    return set(stepper.shown(key).tags.get("collection", ()))


def configure(stepper: Stepper, size: int = 2, **others: object) -> None:
    stepper.configure(**{"collections_from": "studio", "collection_size": size, "skip_fields": "poster", **others})


def edits(stepper: Stepper) -> int:
    return sum(record.kind == "edit" for record in stepper.plex.journal.records())


def test_first_film_waits_and_joins_when_the_second_comes(stepper: Stepper) -> None:
    configure(stepper)
    (first, scene), (second, other) = add(stepper, "Sintel"), add(stepper, "Spring")
    sync(stepper, scene)
    assert shown(stepper, first) == set()
    sync(stepper, other)
    assert shown(stepper, first) == shown(stepper, second) == {"Blender"}


def test_films_of_one_batch_are_counted_together(stepper: Stepper) -> None:
    configure(stepper, 3)
    films = [add(stepper, name) for name in FILMS[:3]]
    sync(stepper, *(scene for _, scene in films))
    assert [shown(stepper, key) for key, _ in films] == [{"Blender"}] * 3


def test_waiting_costs_no_request_and_a_second_sync_writes_nothing(stepper: Stepper) -> None:
    configure(stepper)
    films = [add(stepper, "Sintel"), add(stepper, "Spring"), add(stepper, "Sprite Fright", "Orange")]
    for _, scene in films:
        sync(stepper, scene)
    written = edits(stepper)
    last = stepper.plex.journal.records()[-1].number
    sync(stepper, *(scene for _, scene in films))
    assert edits(stepper) == written
    assert [each.kind for each in stepper.plex.journal.records() if each.number > last] == ["metadata"]
    assert [shown(stepper, key) for key, _ in films] == [{"Blender"}, {"Blender"}, set()]


def test_collection_stays_and_takes_new_films_when_it_falls_below_its_size(stepper: Stepper) -> None:
    configure(stepper, 3)
    films = [add(stepper, name) for name in FILMS[:4]]
    scenes = [scene for _, scene in films]
    sync(stepper, *scenes[:3])
    for scene in scenes[1:3]:
        stepper.stash.save_scene(scene, studio="Orange")
        sync(stepper, scene)
    sync(stepper, scenes[0])
    sync(stepper, scenes[3])
    assert [shown(stepper, key) for key, _ in films] == [{"Blender"}, set(), set(), {"Blender"}]


def test_collections_of_before_stay_when_a_size_is_set(stepper: Stepper) -> None:
    configure(stepper, 1)
    key, scene = add(stepper, "Sintel")
    sync(stepper, scene)
    written = edits(stepper)
    configure(stepper, 3)
    stepper.drain()
    sync(stepper, scene)
    assert (shown(stepper, key), edits(stepper)) == ({"Blender"}, written)


def test_what_waits_joins_when_the_size_is_taken_away(stepper: Stepper) -> None:
    configure(stepper)
    key, scene = add(stepper, "Sintel")
    sync(stepper, scene)
    configure(stepper, 1)
    stepper.drain()
    stepper.drain()
    assert shown(stepper, key) == {"Blender"}


def test_collection_of_before_does_not_come_again_when_it_is_deleted_in_plex(stepper: Stepper) -> None:
    configure(stepper, 1)
    key, scene = add(stepper, "Sintel")
    sync(stepper, scene)
    configure(stepper, 2)
    stepper.drain()
    sync(stepper, scene)
    item = stepper.plex.state.items[key]
    item.tags = {**item.tags, "collection": ()}
    sync(stepper, scene)
    sync(stepper, scene)
    assert shown(stepper, key) == set()
    second, other = add(stepper, "Spring")
    sync(stepper, other)
    assert shown(stepper, key) == shown(stepper, second) == {"Blender"}


def test_libraries_are_counted_apart_by_their_own_size(stepper: Stepper) -> None:
    clips = stepper.plex.state.add_section("Clips", locations=["/media"]).key
    configure(stepper)
    stepper.fine_tune(libraries=f'{{"{clips}": {{collection_size: 1}}}}')
    stepper.now += 2
    film, clip = stepper.item("Sintel.mkv"), stepper.item("Sintel (trailer).mkv", section=clips)
    sync(
        stepper,
        *(stepper.scene(f"{name}.mkv", title=name, studio="Blender") for name in ("Sintel", "Sintel (trailer)")),
    )
    assert (shown(stepper, film), shown(stepper, clip)) == (set(), {"Blender"})


def test_dry_run_says_what_waits(stepper: Stepper) -> None:
    stepper.open_log()
    configure(stepper, dry_run=True)
    _, scene = add(stepper, "Sintel")
    sync(stepper, scene)
    assert "collection: Blender waits until 2 items of the library belong to it" in stepper.log()


def test_names_stay_when_the_records_are_lost(stepper: Stepper) -> None:
    stepper.fine_tune(batch_size=1)
    configure(stepper, mirror_lists="collection")
    films = [add(stepper, name) for name in FILMS[:2]]
    sync(stepper, *(scene for _, scene in films))
    written = edits(stepper)
    stepper.close_worker()
    for file in stepper.data_dir.glob("state.db*"):
        file.unlink()
    stepper.open()
    for _, scene in films:
        sync(stepper, scene)
    assert [shown(stepper, key) for key, _ in films] == [{"Blender"}] * 2
    assert edits(stepper) == written


def test_deleted_and_restored_films_count_no_more(stepper: Stepper) -> None:
    configure(stepper)
    (_, scene), (key, other), (third, newest) = (add(stepper, name) for name in FILMS[:3])
    sync(stepper, scene)
    stepper.stash.destroy_scene(scene)
    sync(stepper, scene)
    sync(stepper, other)
    assert shown(stepper, key) == set()
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.drain()
    sync(stepper, newest)
    assert shown(stepper, third) == set()


def test_renamed_studio_keeps_its_collection_when_its_films_come_one_by_one(stepper: Stepper) -> None:
    configure(stepper)
    studio = stepper.stash.library.add_studio("Blender").id
    films = [add(stepper, name) for name in FILMS[:2]]
    sync(stepper, *(scene for _, scene in films))
    stepper.stash.send("studioUpdate", {"id": studio, "name": "Blender Studio"})
    (first, scene), (second, other) = films
    sync(stepper, scene)
    assert (shown(stepper, first), shown(stepper, second)) == ({"Blender Studio"}, {"Blender"})
    sync(stepper, other)
    assert shown(stepper, second) == {"Blender Studio"}


@settings(max_examples=15, deadline=None)
@given(
    of=st.lists(st.sampled_from(STUDIOS), min_size=5, max_size=5),
    size=st.integers(2, 3),
    batches=st.permutations(range(5)).flatmap(
        lambda order: st.sets(st.integers(1, 4)).map(lambda cuts: (tuple(order), tuple(sorted(cuts))))
    ),
)
def test_any_order_of_saves_ends_in_the_same_collections(
    of: list[str], size: int, batches: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    order, cuts = batches
    with tempfile.TemporaryDirectory() as folder:
        stepper = Stepper(Path(folder) / "data")
        try:
            configure(stepper, size)
            films = [add(stepper, name, studio) for name, studio in zip(FILMS, of, strict=True)]
            for start, end in zip((0, *cuts), (*cuts, 5), strict=True):
                sync(stepper, *(films[place][1] for place in order[start:end]))
            large = {studio for studio in STUDIOS if of.count(studio) >= size}
            assert [shown(stepper, key) for key, _ in films] == [{studio} & large for studio in of]
        finally:
            stepper.close()
