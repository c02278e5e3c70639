"""Rules on tags: how they are read, and which values they give a scene."""

from dataclasses import dataclass

import pytest

from matching.rules import RuleError
from matching.tag_rules import fitting_values, parse_tag_rules


@dataclass(frozen=True)
class Tag:
    id: int
    name: str
    words: frozenset[str] = frozenset()


FAMILY, SHORT = Tag(1, "Family"), Tag(12, "Short")


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", ()),
        (" ; \n ", ()),
        ("XXX", ("XXX",)),
        ("Family=>G;12 =>  PG ; XXX", ("Family => G", "12 => PG", "XXX")),
        ("Family => G\nXXX", ("Family => G", "XXX")),
        ("A => B => G", ("A => B => G",)),
        ('Family => "Small; happy" ; XXX', ('Family => "Small; happy"', "XXX")),
        ('"A; B;" => "C; D"; E', ('"A; B;" => "C; D"', "E")),
        ('Family => "Kids"; XXX', ('Family => "Kids"', "XXX")),
        ('Family => "Kids; XXX', ('Family => "Kids', "XXX")),
        ('Family => "Kids; XXX\n"', ('Family => "Kids', "XXX", '"')),
        ('";"', ('";"',)),
    ],
)
def test_rules_are_read_in_their_order_and_in_one_spelling(text: str, rules: tuple[str, ...]) -> None:
    assert parse_tag_rules(text) == rules
    assert parse_tag_rules("\n".join(rules)) == rules


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Family =>", 'rule 1, "Family =>": there is nothing behind "=>"'),
        ("XXX; => G", 'rule 2, "=> G": there is nothing before "=>"'),
        ("=>", 'rule 1, "=>": there is nothing behind "=>"'),
    ],
)
def test_rule_with_an_empty_side_is_refused_and_named(text: str, problem: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_tag_rules(text)
    assert caught.value.problems == (problem,)


@pytest.mark.parametrize(
    ("rules", "tags", "values"),
    [
        (("XXX",), (), ["XXX"]),
        (("Family => G",), (), []),
        (("FAMILY => G",), (FAMILY,), ["G"]),
        (("12 => PG",), (FAMILY, SHORT), ["PG"]),
        (("XXX", "Short => PG", "Family => G"), (FAMILY, SHORT), ["PG", "G", "XXX"]),
        (("A => B => G",), (Tag(3, "a => b"),), ["G"]),
        (('"A; B" => "C; D"',), (Tag(3, "a; b"),), ["C; D"]),
        (('"A" => "C"',), (Tag(3, "a"),), []),
        (('"A" => "C"',), (Tag(3, '"a"'),), ['"C"']),
    ],
)
def test_rules_on_tags_come_before_those_for_every_scene(
    rules: tuple[str, ...], tags: tuple[Tag, ...], values: list[str]
) -> None:
    assert list(fitting_values(rules, tags)) == values
