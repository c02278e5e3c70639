"""Where tags go: how the rules are read, and which rule fits a tag first, the simple settings among them."""

from typing import Any

import pytest

from matching.rules import RuleError
from matching.tag_targets import parse_tag_targets, tags_by_field
from settings.choices import TagsTo
from settings.settings import Settings
from stash.model import Named

CAT = Named(1, "Cat", words=frozenset({"animals/*", "cat/*", "feline"}))
MOOD, SEEN = Named(2, "Mood"), Named(3, "Seen")


def names(**settings: Any) -> dict[str, list[str]]:
    """The names of the three tags by field."""
    found = tags_by_field((CAT, MOOD, SEEN), Settings(**settings))
    return {field: [tag.name for tag in tags] for field, tags in found.items() if tags}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", ()),
        ("Mood/* => label, Genres;12=>NOWHERE", ("Mood/* => labels, genres", "12 => nowhere")),
        ("collection", ("collections",)),
        ('"A; B" => genres,genre', ('"A; B" => genres',)),
        ("A => B => labels", ("A => B => labels",)),
    ],
)
def test_rules_are_read_in_one_spelling(text: str, rules: tuple[str, ...]) -> None:
    assert parse_tag_targets(text) == rules
    assert parse_tag_targets("; ".join(rules)) == rules


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("A => tags", 'rule 1, "A => tags": there is no target "tags"'),
        ("A => genres, nowhere", 'rule 1, "A => genres, nowhere": nowhere stands alone'),
        ("A => genres;=> labels", 'rule 2, "=> labels": there is nothing before "=>"'),
        ("Cat", 'rule 1, "Cat": there is no target "cat"'),
    ],
)
def test_rule_without_a_target_is_refused_and_named(text: str, problem: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_tag_targets(text)
    (found,) = caught.value.problems
    assert found.partition("; it accepts genres, labels, collections, nowhere")[0] == problem


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"genre": ["Cat", "Mood", "Seen"]}),
        ({"tags_to": TagsTo.LABELS}, {"label": ["Cat", "Mood", "Seen"]}),
        ({"tags_to": TagsTo.NOWHERE}, {}),
        ({"exclude_tags": ("MOOD", "3")}, {"genre": ["Cat"]}),
        ({"include_tags": ("mood", "3"), "exclude_tags": ("Seen",)}, {"genre": ["Mood"]}),
        ({"include_tags": ("feline",), "tags_to": TagsTo.LABELS}, {"label": ["Cat"]}),
    ],
)
def test_simple_settings_say_where_tags_go(settings: dict[str, Any], expected: dict[str, list[str]]) -> None:
    assert names(**settings) == expected


@pytest.mark.parametrize(
    ("rules", "more", "expected"),
    [
        (("Animals/* => labels",), {}, {"genre": ["Mood", "Seen"], "label": ["Cat"]}),
        (("Cat => genres", "Animals/* => labels"), {}, {"genre": ["Cat", "Mood", "Seen"]}),
        (("Animals/* => labels", "Cat => genres"), {}, {"genre": ["Mood", "Seen"], "label": ["Cat"]}),
        (("Cat => genres, collections", "nowhere"), {}, {"genre": ["Cat"], "collection": ["Cat"]}),
        (("labels", "Cat => nowhere", "nowhere"), {}, {"label": ["Mood", "Seen"]}),
        (("Cat => labels",), {"tags_to": TagsTo.NOWHERE}, {"label": ["Cat"]}),
        (("Cat => labels", "labels"), {"exclude_tags": ("feline",)}, {"label": ["Mood", "Seen"]}),
        (("Cat => labels",), {"include_tags": ("Mood",)}, {"genre": ["Mood"], "label": ["Cat"]}),
        (("Animals/* => nowhere",), {"include_tags": ("Cat", "Mood")}, {"genre": ["Mood"]}),
    ],
)
def test_first_rule_that_fits_a_tag_counts(
    rules: tuple[str, ...], more: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    assert names(tag_rules=rules, **more) == expected
