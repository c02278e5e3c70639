"""Which changes of a plan are losses: pure, from a plan and a scene."""

from typing import Any

import pytest

from plex.plan import Change, ItemPlan
from records import Emptying, State
from settings.settings import Settings
from stash.model import Scene
from worker.sync.brake import kept_by_answer, losses

FILE = "/data/Sintel (2010).mkv"


def scene(**fields: Any) -> Scene:
    return Scene(**{**SCENE, **fields})


SCENE: dict[str, Any] = {"id": 1, "files": (FILE,)}
NOTHING: dict[str, Any] = {"title": "Sintel (2010)", "summary": "", "genre": (), "actor": ()}


def lost(change: Change, *, wanted: Any = None, title: str = "", files: tuple[str, ...] = (FILE,)) -> bool:
    plan = ItemPlan(changes=(change,), writes={change.field: change.after if wanted is None else wanted})
    return bool(losses(plan, scene(title=title), Settings(), files))


@pytest.mark.parametrize(
    ("change", "is_loss"),
    [
        (Change("summary", "Of dragons.", ""), True),
        (Change("summary", "Of dragons.", " \n"), True),
        (Change("summary", "Of dragons.", "Of a girl."), False),
        (Change("summary", "", ""), False),
        (Change("studio", "Open Movies", ""), False),
        (Change("date", "2010-09-27", ""), False),
        (Change("rating", 8.0, None), False),
        (Change("director", ("Colin Example",), (), removed=("Colin Example",)), False),
        (Change("collection", ("Shorts",), (), removed=("Shorts",)), True),
        (Change("collection", ("Shorts", "Blender"), ("Blender",), removed=("Shorts",)), False),
        (Change("genre", ("Short",), (), removed=("Short",)), True),
        (Change("label", ("Short",), (), removed=("Short",)), True),
        (Change("actor", ("Ada Example",), (), removed=("Ada Example",)), True),
        (Change("genre", ("Short", "Drama"), ("Drama",), removed=("Short",)), False),
        (Change("genre", (), ("Drama",), added=("Drama",)), False),
    ],
)
def test_loss_is_a_field_of_which_nothing_of_ours_stays(change: Change, is_loss: bool) -> None:
    assert lost(change) is is_loss


def test_list_is_lost_when_only_names_of_the_user_stay() -> None:
    assert lost(Change("genre", ("Short", "Mine"), ("Mine",), removed=("Short",)), wanted=())


@pytest.mark.parametrize(
    ("before", "title", "files", "is_loss"),
    [
        ("Sintel", "", (FILE,), True),
        ("Sintel", "Another", (FILE,), False),
        ("", "", (FILE,), False),
        ("sintel.2010.old", "", (FILE,), True),
        ("sintel.2010.old", "", (FILE, "/media/sintel.2010.old.mkv"), False),
        ("sintel.2010.old", "", (FILE, r"D:\\Films\\sintel.2010.old.mkv"), False),
    ],
)
def test_title_is_lost_when_a_files_name_takes_the_place_of_one_that_was_none(
    before: str, title: str, files: tuple[str, ...], is_loss: bool
) -> None:
    assert lost(Change("title", before, title or "Sintel (2010)"), title=title, files=files) is is_loss


def test_field_is_kept_for_as_long_as_stash_has_nothing() -> None:
    known = {name: Emptying(1, 1, name, State.KEPT) for name in ("title", "summary", "genre")}
    known["actor"] = Emptying(1, 1, "actor", State.HELD)
    assert kept_by_answer(scene(), Settings(), NOTHING, known) == {"title", "summary", "genre"}
    full = {"title": "Sintel", "summary": "Of dragons.", "genre": ("Short",)}
    assert kept_by_answer(scene(title="Sintel"), Settings(), full, known) == frozenset()
