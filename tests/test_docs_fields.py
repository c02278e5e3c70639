"""docs/fields.md says what the code does with each field."""

import re
from typing import Any

import pytest

from hooks.handlers import ENTITY_FIELDS, SCENE_FIELDS
from plex.fields import EPISODE, FIELDS, MOVIE
from settings.choices import CodeTo, StudioFrom, TagsTo
from settings.settings import Settings
from settings.spec import SYNCABLE
from stash.model import Named, Scene
from tests.documents import code, read, rows, section
from worker.sync.wanted import wanted_values

FIELDS_MD = read("docs/fields.md")


def test_fields_lists_every_field_with_its_name_on_the_wire_and_its_types() -> None:
    pictures = {"poster": "thumb", "background": "art"}
    listed = {
        code(cells[0]): (code(cells[3]), cells[4] == "yes", cells[5] == "yes")
        for cells in rows(section(FIELDS_MD, "What lands where"))
    }
    known = {field.name: (field.wire, MOVIE in field.types, EPISODE in field.types) for field in FIELDS.values()}
    assert listed == {**known, **{name: (wire, True, True) for name, wire in pictures.items()}}
    assert tuple(sorted(listed)) == tuple(sorted(SYNCABLE))


EXAMPLES: dict[str, tuple[Scene, dict[str, Any], str, Any]] = {
    "no title, file `/data/Sintel (2010).mkv`": (
        Scene(1, files=("/data/Sintel (2010).mkv",)),
        {},
        "title",
        "Sintel (2010)",
    ),
    "title `  Sintel `": (Scene(1, title="  Sintel "), {}, "title", "Sintel"),
    "title `Sintel`, studio `Open Movies`, date `2010-09-27` with `title_format` `[{studio}] {title} ({year})`": (
        Scene(1, title="Sintel", studio=Named(1, "Open Movies"), date="2010-09-27"),
        {"title_format": "[{studio}] {title} ({year})"},
        "title",
        "[Open Movies] Sintel (2010)",
    ),
    "title `Sintel`, date `2010` with `title_format` `[{studio}] {title} ({year})`": (
        Scene(1, title="Sintel", date="2010"),
        {"title_format": "[{studio}] {title} ({year})"},
        "title",
        "Sintel (2010)",
    ),
    "title `Sintel` with `title_format` `[{studio}] {title} ({year})`": (
        Scene(1, title="Sintel"),
        {"title_format": "[{studio}] {title} ({year})"},
        "title",
        "Sintel",
    ),
    "no title, studio `Open Movies`, file `/data/Sintel (2010).mkv` with `title_format` `[{studio}] {title}`": (
        Scene(1, studio=Named(1, "Open Movies"), files=("/data/Sintel (2010).mkv",)),
        {"title_format": "[{studio}] {title}"},
        "title",
        "Sintel (2010)",
    ),
    "no title, performers `Ada Example`, `Max Example`, date `2010-09-27` with `title_format` `{performers} ({date})`": (
        Scene(1, performers=(Named(1, "Ada Example"), Named(2, "Max Example")), date="2010-09-27"),
        {"title_format": "{performers} ({date})"},
        "title",
        "Ada Example, Max Example (2010-09-27)",
    ),
    "title `Dragons`, group `Shorts` as its 3rd with `title_format` `{group} {index}: {title}`": (
        Scene(1, title="Dragons", groups=(Named(1, "Shorts", index=3),)),
        {"title_format": "{group} {index}: {title}"},
        "title",
        "Shorts 3: Dragons",
    ),
    "no title, code `OM-03` with `code_to` title": (
        Scene(1, code="OM-03", files=("/data/x.mkv",)),
        {"code_to": CodeTo.TITLE},
        "title",
        "OM-03",
    ),
    "code `OM-03` with `code_to` tagline": (Scene(1, code="OM-03"), {"code_to": CodeTo.TAGLINE}, "tagline", "OM-03"),
    "studio `Open Shorts` below `Open Movies` with `studio_from` network": (
        Scene(1, studio=Named(2, "Open Shorts"), network=Named(1, "Open Movies")),
        {"studio_from": StudioFrom.NETWORK},
        "studio",
        "Open Movies",
    ),
    "studio `Open Shorts` below `Open Movies` with `studio_from` both": (
        Scene(1, studio=Named(2, "Open Shorts"), network=Named(1, "Open Movies")),
        {"studio_from": StudioFrom.BOTH},
        "studio",
        "Open Shorts (Open Movies)",
    ),
    "3rd of group `The Shorts` with `sort_by_group`": (
        Scene(1, title="Dragons", groups=(Named(1, "The Shorts", index=3),)),
        {"sort_by_group": True},
        "sort_title",
        "Shorts 003",
    ),
    "performer `Ada Example`, told apart as `1980` with `performer_disambiguation`": (
        Scene(1, performers=(Named(1, "Ada Example", disambiguation="1980"),)),
        {"performer_disambiguation": True},
        "actor",
        ("Ada Example (1980)",),
    ),
    "date `2010-09-27`": (Scene(1, date="2010-09-27"), {}, "date", "2010-09-27"),
    "date `2010-09`": (Scene(1, date="2010-09"), {}, "date", "2010-09-01"),
    "date `2010`": (Scene(1, date="2010"), {}, "date", "2010-01-01"),
    "rating `85`": (Scene(1, rating100=85), {}, "rating", 8.5),
    "no rating": (Scene(1), {}, "rating", None),
    "tags `Animation`, `Short` with `exclude_tags` Short": (
        Scene(1, tags=(Named(1, "Animation"), Named(2, "Short"))),
        {"exclude_tags": ("Short",)},
        "genre",
        ("Animation",),
    ),
    "tags `Mood`, `Short` with `tag_rules` `Mood => labels`": (
        Scene(1, tags=(Named(1, "Mood"), Named(2, "Short"))),
        {"tag_rules": ("Mood => labels",)},
        "label",
        ("Mood",),
    ),
    "tag `Short` of a performer with `performer_tags`": (
        Scene(1, performers=(Named(1, "Ada Example", tags=(Named(2, "Short"),)),)),
        {"performer_tags": True},
        "genre",
        ("Short",),
    ),
    "studio `Open Movies` with `collections_from` studio and `collection_prefix` `Stash: `": (
        Scene(1, studio=Named(1, "Open Movies")),
        {"collections_from": frozenset({"studio"}), "collection_prefix": "Stash: "},
        "collection",
        ("Stash: Open Movies",),
    ),
    "group `Shorts` with `collections_from` groups": (
        Scene(1, groups=(Named(1, "Shorts"),)),
        {"collections_from": frozenset({"groups"})},
        "collection",
        ("Shorts",),
    ),
    "studio `Open Movies` below `Blender`, performer `Ada`, organized, with `collections_from` network, performers, "
    "organized and `collection_prefixes` `performers => Star:`": (
        Scene(
            1,
            studio=Named(1, "Open Movies"),
            network=Named(2, "Blender"),
            performers=(Named(3, "Ada"),),
            organized=True,
        ),
        {
            "collections_from": frozenset({"network", "performers", "organized"}),
            "collection_prefixes": ('performers => "Star: "',),
        },
        "collection",
        ("Blender", "Star: Ada", "Organized"),
    ),
    "tags `Animation`, `Family` with `content_rating` `XXX; Family => G`": (
        Scene(1, tags=(Named(1, "Animation"), Named(2, "Family"))),
        {"content_rating": ("XXX", "Family => G")},
        "content_rating",
        "G",
    ),
    "tag `Animation` with `content_rating` `XXX; Family => G`": (
        Scene(1, tags=(Named(1, "Animation"),)),
        {"content_rating": ("XXX", "Family => G")},
        "content_rating",
        "XXX",
    ),
    "tag `Family` with `labels` `Stash; Family => Kids`": (
        Scene(1, tags=(Named(2, "Family"),)),
        {"labels": ("Stash", "Family => Kids")},
        "label",
        ("Kids", "Stash"),
    ),
    "studio `Open Movies`, organized, with `labels_from` studio, organized": (
        Scene(1, studio=Named(1, "Open Movies"), organized=True),
        {"labels_from": frozenset({"studio", "organized"})},
        "label",
        ("Open Movies", "Organized"),
    ),
    "group `Shorts` with `labels_from` groups": (
        Scene(1, groups=(Named(1, "Shorts"),)),
        {"labels_from": frozenset({"groups"})},
        "label",
        ("Shorts",),
    ),
}


def test_fields_has_an_example_for_each_conversion_that_is_tried_here() -> None:
    assert [cells[0] for cells in rows(section(FIELDS_MD, "How values are converted"))] == list(EXAMPLES)


@pytest.mark.parametrize(
    "cells", rows(section(FIELDS_MD, "How values are converted")), ids=lambda cells: re.sub(r"\W+", "_", cells[0])
)
def test_fields_converts_as_its_examples_say(cells: list[str]) -> None:
    scene, settings, field, value = EXAMPLES[cells[0]]
    assert wanted_values(scene, Settings(**settings))[field] == value
    shown = ", ".join(f"`{each}`" for each in (value if isinstance(value, tuple) else (value,)))
    assert cells[1] == (f"{field} {shown}" if value is not None else "rating cleared")


def test_fields_says_where_tags_land() -> None:
    scene = Scene(1, tags=(Named(1, "Animation"),))
    for target, filled, empty in ((TagsTo.GENRES, "genre", "label"), (TagsTo.LABELS, "label", "genre")):
        values = wanted_values(scene, Settings(tags_to=target))
        assert (values[filled], values[empty]) == (("Animation",), ())


def test_fields_lists_what_starts_a_sync() -> None:
    listed = {
        cells[0]: set(re.findall(r"`(\w+)`", cells[1])) for cells in rows(section(FIELDS_MD, "What starts a sync"))
    }
    assert listed == {"scene": SCENE_FIELDS, **ENTITY_FIELDS}
