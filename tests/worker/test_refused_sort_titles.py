"""A sort title is built anew only where its title arrives, and one that Plex refuses is not sent with each sync."""

from typing import Any

import pytest

from tests.fakes.plex import Fault
from tests.fakes.plex.message import Request

OWN = "Dream 02"


def film(stepper: Any, name: str = "tears_of_steel", **item: Any) -> tuple[int, int]:
    return stepper.item(f"{name}.mkv", **item), stepper.scene(
        f"{name}.mkv", title=f"Mango {name}", details="Of robots.", rating100=80
    )


def is_quiet(stepper: Any, *scenes: int) -> bool:
    """Whether three more syncs write nothing."""
    writes = stepper.writes()
    for _ in range(3):
        stepper.sync(*scenes)
    return bool(stepper.writes() == writes)


@pytest.fixture
def bare(stepper):
    stepper.configure(skip_fields="poster")
    return stepper


@pytest.mark.parametrize("wire", [{"title"}, {"titleSort"}, {"title", "titleSort"}])
def test_sort_title_goes_only_with_its_title_where_the_field_is_refused(bare, wire):
    bare.plex.options.refused_fields = frozenset(wire)
    films = [film(bare, name, titleSort=OWN) for name in ("tears_of_steel", "mango", "sintel")]
    bare.sync(*(scene for _, scene in films))
    for key, scene in films:
        shown = bare.shown(key)
        assert (shown.summary, shown.values["titleSort"]) == ("Of robots.", OWN)
        assert shown.title.startswith("Mango") == ("title" not in wire)
        assert is_quiet(bare, scene)


@pytest.mark.parametrize("sent", ["title.value=", "titleSort.value=&"])
def test_sort_title_goes_only_with_its_title_where_the_value_is_refused(bare, sent):
    def is_new(request: Request) -> bool:
        return sent in request.target and "title.value=tears_of_steel" not in request.target

    key, scene = film(bare, titleSort=OWN)
    bare.plex.faults.add(Fault("status", status=400, when=is_new))
    bare.sync(scene)
    assert bare.shown(key).values["titleSort"] == OWN
    assert bare.shown(key).title == ("tears_of_steel" if sent == "title.value=" else "Mango tears_of_steel")
    assert is_quiet(bare, scene)


def test_left_over_sort_title_whose_emptying_is_refused_is_not_sent_before_the_title_is_another(bare):
    bare.configure(skip_fields="poster, sort_title")
    key, scene = film(bare)
    bare.sync(scene)
    bare.configure(skip_fields="poster")
    bare.plex.faults.add(Fault("status", status=400, when=lambda request: "titleSort.value=&" in request.target))
    bare.sync(scene)
    assert is_quiet(bare, scene)
    bare.plex.faults.clear_faults()
    bare.stash.save_scene(scene, title="Project Mango")
    bare.sync(scene)
    assert dict(bare.shown(key).values)["title"] == "Project Mango"
    assert "titleSort" not in bare.shown(key).values
