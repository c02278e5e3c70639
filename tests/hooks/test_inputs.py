"""Each name by which Stash's schema can change a scene or what belongs to it is known to the hook, or no use to Plex.

The schema's input types are data, one file a release of Stash. A file of a later one beside them shows every new name.
"""

import json
import re
from pathlib import Path
from typing import Final

import pytest

from hooks.handlers import ENTITY_FIELDS, SCENE_FIELDS

INPUTS: Final = Path(__file__).parent.parent / "fixtures" / "stash" / "inputs"
RELEASES: Final = sorted(path.stem for path in INPUTS.glob("*.json"))

KINDS: Final = {
    "scene": r"(Bulk)?Scenes?(Create|Update|Merge)Input|AssignSceneFileInput",
    "performer": r"(Bulk)?Performers?(Create|Update)Input",
    "studio": r"(Bulk)?Studios?(Create|Update)Input",
    "tag": r"(Bulk)?Tags?(Create|Update)Input",
    "group": r"(Bulk)?(Group|Movie)(Create|Update)Input",
}
WITHOUT_FIELDS: Final = {
    "a deletion is recorded whatever was sent": r"(Scene|Scenes|Performer|Studio|Tag|Group|Movie)DestroyInput",
    "a merge is recorded whatever was sent": "TagsMergeInput",
    "which group is within which is not shown": r"GroupSubGroup(Add|Remove)Input",
    "fires no hook: the comparison finds it": "MoveFilesInput|PerformerMergeInput",
}

WHOM: Final = {"id", "ids", "scene_id", "destination", "clientMutationId"}
"""Fields that name what is changed, or that change nothing."""

NOT_SHOWN: Final = {
    "scene": {
        "url": "no field of Plex holds it",
        "urls": "no field of Plex holds it",
        "stash_ids": "no field of Plex holds it",
        "gallery_ids": "Plex knows no galleries",
        "o_counter": "how often is no metadata, and Plex counts itself",
        "o_history": "as o_counter",
        "play_count": "as o_counter",
        "play_duration": "as o_counter",
        "play_history": "as o_counter",
        "resume_time": "where somebody stopped in Stash is not where he stopped in Plex",
    },
    # A performer is shown by name, photo and tags, the others by name; their collections by text and picture.
    "performer": dict.fromkeys(
        (
            "url", "urls", "gender", "birthdate", "ethnicity", "country", "eye_color", "height_cm", "measurements",
            "fake_tits", "penis_length", "circumcised", "career_length", "tattoos", "piercings", "alias_list", "twitter", "instagram",
            "favorite", "stash_ids", "rating100", "death_date", "hair_color", "weight", "ignore_auto_tag", "custom_fields",
        ),
        "of a performer Plex shows name, photo and tags",
    ),
    "studio": dict.fromkeys(
        ("url", "urls", "stash_ids", "rating100", "favorite", "aliases", "tag_ids", "ignore_auto_tag"),
        "of a studio Plex shows the name, and that of the one above it, and its collection text and picture",
    ),
    "tag": dict.fromkeys(
        ("sort_name", "ignore_auto_tag", "favorite", "stash_ids"),
        "of a tag Plex shows the name, and settings name it by that, an alias or a tag above it",
    ),
    "group": dict.fromkeys(
        (
            "aliases", "duration", "date", "rating100", "studio_id", "director", "url", "urls", "tag_ids", "containing_groups", "sub_groups",
        ),
        "of a group Plex shows the name, and the front cover where it is the poster",
    ),
}  # fmt: skip


def inputs_of(release: str) -> dict[str, list[str]]:
    """The fields of each input type."""
    types: dict[str, list[str]] = json.loads((INPUTS / f"{release}.json").read_text(encoding="utf-8"))
    return types


def fields_of(release: str, kind: str) -> set[str]:
    """All names by which a release changes this kind."""
    types = inputs_of(release).items()
    return {name for input_type, names in types for name in names if re.fullmatch(KINDS[kind], input_type)}


def known_of(kind: str) -> frozenset[str]:
    """The fields for whose sake the hook records a change of this kind."""
    return SCENE_FIELDS if kind == "scene" else ENTITY_FIELDS[kind]


@pytest.mark.parametrize("release", RELEASES)
def test_every_input_type_is_one_that_is_compared_or_has_a_reason_not_to_be(release: str) -> None:
    patterns = [*KINDS.values(), *WITHOUT_FIELDS.values()]
    strangers = {name for name in inputs_of(release) if not any(re.fullmatch(pattern, name) for pattern in patterns)}
    assert strangers == set()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("release", RELEASES)
def test_every_field_is_recorded_or_has_a_reason_not_to_be(release: str, kind: str) -> None:
    assert fields_of(release, kind) - known_of(kind) - WHOM == set(NOT_SHOWN[kind]) & fields_of(release, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_has_a_reason_and_is_recorded_all_the_same(kind: str) -> None:
    assert known_of(kind).isdisjoint({*NOT_SHOWN[kind], *WHOM})


@pytest.mark.parametrize("kind", KINDS)
def test_every_reason_is_of_a_field_that_some_release_has(kind: str) -> None:
    assert set(NOT_SHOWN[kind]) <= {name for release in RELEASES for name in fields_of(release, kind)}
