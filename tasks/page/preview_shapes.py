"""The shapes of the answers about what a sync would write, as the page receives them."""

from typing import Literal, TypedDict

from tasks.page.scene_shapes import ShownChange, ShownValue


class ShownAfter(TypedDict):
    """A picture that would be sent: its address in Stash, and what is made of it: "", "canvas" or "crop"."""

    path: str
    how: str


class ShownKept(TypedDict):
    """A field that stays as Plex has it, and why."""

    field: str
    name: str
    why: str


class ItemPreview(TypedDict):
    """What would be done to one item. `pictures` by field: those that would be sent, as far as Stash can show them."""

    rating_key: int
    title: str
    changes: list[ShownChange]
    kept: list[ShownKept]
    pictures: dict[str, ShownAfter]


class SampledField(TypedDict):
    """What Plex should show in one field by the settings in force, and by those that are tried.

    `is_left_alone`: the tried ones leave the field as it is in Plex.
    """

    field: str
    name: str
    now: ShownValue
    then: ShownValue
    differs: bool
    is_left_alone: bool


class SampledScene(TypedDict):
    """One scene of a sample. `why_not` says which of the tried settings leaves it out, or is ""."""

    scene_id: int
    title: str
    why_not: str
    fields: list[SampledField]


class TriedProblem(TypedDict):
    """A setting that cannot be tried, and what is wrong with it."""

    setting: str
    message: str


class SampleAnswer(TypedDict):
    """What some of the `total` scenes that fit would get; where there are `problems`, by the settings in force."""

    scenes: list[SampledScene]
    total: int
    problems: list[TriedProblem]


class ScenePreview(TypedDict):
    """What would be done for one scene: `items`, or `why_not`. `is_gone` where Stash no longer has it.

    `end` is the kind of what came of it: "missing" where Plex lacks it, "unclear" where more than one item could be
    meant or Plex cannot show it.
    """

    scene_id: int
    title: str
    is_gone: bool
    items: list[ItemPreview]
    why_not: str
    differs: bool
    end: Literal["changed", "equal", "missing", "left_out", "unclear"]


class EqualField(TypedDict):
    """A field of an item that a sync would leave as it is."""

    field: str
    name: str
    value: ShownValue


class ExampleAnswer(TypedDict):
    """One scene of a few as a sync would write it, by settings that are tried: the one with most fields.

    `scene` is null where Stash has none; `equal` are the fields of its first item that stay. `others` counts the scenes
    that were looked at beside it.
    """

    scene: ScenePreview | None
    equal: list[EqualField]
    others: int


class PreviewAnswer(TypedDict):
    """A page of a preview; nothing was written. `next_after` is the argument `after` of the next page, or None."""

    scenes: list[ScenePreview]
    looked_at: int
    next_after: int | None
    total: int
