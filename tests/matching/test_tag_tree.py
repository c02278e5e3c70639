"""By which words tags are named: names and ids before aliases, and all below a tag by its name and a sign."""

from dataclasses import dataclass

import pytest

from matching.tag_tree import TagTree


@dataclass(frozen=True)
class Tag:
    id: int
    name: str
    aliases: tuple[str, ...] = ()
    parents: tuple[int, ...] = ()


ANIMALS, CATS, LIONS = Tag(1, "Animals", ("Fauna",)), Tag(2, "Cats", ("Felines",), (1,)), Tag(3, "Lions", (), (2,))


def named(word: str, *tags: Tag) -> list[int]:
    """The tags that `word` names."""
    return TagTree(tags).reach([word])[word]


@pytest.mark.parametrize(
    ("word", "ids"),
    [
        ("cats", [2]),
        ("2", [2]),
        ("FELINES", [2]),
        ("Animals/*", [1, 2, 3]),
        ("fauna/*", [1, 2, 3]),
        ("2/*", [2, 3]),
        ("Lions/*", [3]),
        ("Animals", [1]),
        ("Birds", []),
        ("Birds/*", []),
    ],
)
def test_word_names_a_tag_by_name_id_and_alias_and_with_all_below_it(word: str, ids: list[int]) -> None:
    assert named(word, LIONS, CATS, ANIMALS) == ids


@pytest.mark.parametrize(
    ("word", "ids"),
    [("Cats", [2]), ("2", [2]), ("Pets/*", [4]), ("pet", [1, 4])],
)
def test_alias_gives_way_when_it_is_the_name_or_the_id_of_another_tag(word: str, ids: list[int]) -> None:
    pets = Tag(4, "Pets/*", ("pet",))
    assert named(word, Tag(1, "Pets", ("cats", "2", "pet")), CATS, pets) == ids


def test_tags_below_each_other_in_a_circle_are_all_below_each() -> None:
    circle = (Tag(1, "A", (), (3,)), Tag(2, "B", (), (1,)), Tag(3, "C", (), (2,)))
    assert named("A/*", *circle) == named("C/*", *circle) == [1, 2, 3]


def test_tag_below_several_is_named_with_each_and_one_that_is_gone_with_none() -> None:
    assert named("A/*", Tag(1, "A"), Tag(2, "B"), Tag(3, "C", (), (1, 2, 9))) == [1, 3]
    assert named("B/*", Tag(1, "A"), Tag(2, "B"), Tag(3, "C", (), (1, 2, 9))) == [2, 3]
    assert TagTree(()).words(9) == frozenset()


def test_tree_knows_a_tag_under_its_name_only() -> None:
    tree = TagTree([CATS])
    assert CATS in tree
    assert Tag(2, "Dogs") not in tree
    assert Tag(3, "Cats") not in tree
