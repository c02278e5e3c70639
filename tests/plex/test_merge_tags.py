"""The merge of tag fields: ours, the user's, spelling and order."""

import pytest

from plex.fields import TAG_FIELDS, Value, Values
from plex.merge import plan
from plex.model import Item
from plex.plan import Change, ItemPlan, KeptReason, MergePolicy

STASH_WINS = MergePolicy()
PRESERVE = MergePolicy(preserve_plex_edits=True)
MIRROR = MergePolicy(mirror_lists=TAG_FIELDS)


def merge(
    wanted: tuple[str, ...],
    shown: tuple[str, ...],
    written: Value = None,
    policy: MergePolicy = STASH_WINS,
    *,
    name: str = "genre",
    intended: Values | None = None,
) -> ItemPlan:
    item = Item(7, 1, "movie", "Sintel", {"/films/Sintel.mp4": 7}, {name: shown})
    return plan({name: wanted}, item, None if written is None else {name: written}, policy, intended=intended)


def change(result: ItemPlan) -> Change:
    (only,) = result.changes
    return only


def test_tags_keep_the_user_s_own_when_ours_are_added_and_removed() -> None:
    result = merge(("Short", "Fantasy"), ("Mine", "Drama", "Short"), ("Drama", "Short"))
    assert change(result) == Change(
        "genre", ("Mine", "Drama", "Short"), ("Short", "Fantasy", "Mine"), ("Fantasy",), ("Drama",)
    )
    assert result.writes == {"genre": ("Short", "Fantasy")}


def test_tags_go_when_they_were_adopted_and_stash_dropped_them_later() -> None:
    adopted = merge(("Short",), ("Short",))
    assert adopted.changes == ()
    assert change(merge((), ("Short",), adopted.writes["genre"])).removed == ("Short",)


def test_tags_are_exact_when_lists_are_mirrored() -> None:
    result = merge(("Short",), ("Mine", "Short"), None, MIRROR)
    assert (change(result).after, change(result).removed) == (("Short",), ("Mine",))


def test_tags_stay_in_the_lists_that_are_not_mirrored() -> None:
    genres = MergePolicy(mirror_lists=frozenset({"genre"}))
    assert change(merge(("Short",), ("Mine",), None, genres)).after == ("Short",)
    assert change(merge(("Short",), ("Mine",), None, genres, name="collection")).after == ("Short", "Mine")


def test_tags_are_all_removed_when_mirrored_stash_emptied_a_list_of_ours() -> None:
    assert change(merge((), ("Mine", "Short"), ("Short",), MIRROR)).removed == ("Mine", "Short")


def test_tags_stay_when_an_empty_list_is_mirrored_and_only_an_unsent_write_is_known() -> None:
    assert merge((), ("Mine",), None, MIRROR, intended={"genre": ("Short",)}).is_empty


def test_tags_stay_removed_when_the_user_removed_ours_and_edits_are_preserved() -> None:
    first = merge(("Short", "Drama"), ("Drama",), ("Short", "Drama"), PRESERVE)
    assert first.is_empty
    assert (first.kept[0].reason, first.kept[0].tags) == (KeptReason.REMOVED, ("Short",))
    assert first.writes == {"genre": ("Short", "Drama")}


def test_tags_of_the_user_s_removal_stay_out_when_another_tag_is_added() -> None:
    assert change(merge(("Short", "Drama", "New"), ("Drama",), ("Short", "Drama"), PRESERVE)).after == ("Drama", "New")


def test_tags_come_back_when_the_user_removed_ours_and_stash_wins() -> None:
    assert change(merge(("Short",), (), ("Short",))).added == ("Short",)


def test_tags_are_exact_when_mirroring_meets_preserved_edits() -> None:
    policy = MergePolicy(preserve_plex_edits=True, mirror_lists=TAG_FIELDS)
    assert change(merge(("Short",), ("Mine",), ("Short",), policy)).after == ("Short",)


def test_tags_are_respelled_once_when_only_the_case_differs() -> None:
    result = merge(("science fiction",), ("Science Fiction",))
    assert (change(result).after, change(result).added, change(result).removed) == (
        ("science fiction",),
        ("science fiction",),
        (),
    )
    assert merge(("science fiction",), ("Science Fiction",), ("science fiction",)).is_empty


def test_tags_drop_duplicates_and_blanks_when_stash_has_them() -> None:
    result = merge(("Short", "short", " ", "SHORT"), ())
    assert change(result).after == ("Short",)


def test_tags_that_are_unordered_change_nothing_when_the_order_differs() -> None:
    assert merge(("A", "B"), ("B", "A")).changes == ()


def test_actors_are_rewritten_once_when_their_order_differs() -> None:
    result = merge(("Ada Example", "Bob Sample"), ("Bob Sample", "Mine", "Ada Example"), name="actor")
    assert change(result).after == ("Ada Example", "Bob Sample", "Mine")
    assert (change(result).added, change(result).removed) == ((), ())
    settled = ("Ada Example", "Bob Sample")
    assert merge(settled, ("Bob Sample", "Mine", "Ada Example"), settled, name="actor").is_empty


def test_actors_change_nothing_when_the_user_s_own_stands_between_ours() -> None:
    assert merge(("Ada Example", "Bob Sample"), ("Ada Example", "Mine", "Bob Sample"), name="actor").changes == ()


def test_actors_are_never_cut_when_there_are_two_thousand() -> None:
    actors = tuple(f"Performer {number}" for number in range(2000))
    assert change(merge(actors, (), name="actor")).after == actors


@pytest.mark.parametrize("policy", [STASH_WINS, PRESERVE])
def test_tags_of_an_unseen_write_go_when_stash_dropped_them(policy: MergePolicy) -> None:
    result = merge(("A", "C"), ("A", "B", "Mine"), ("A",), policy, intended={"genre": ("A", "B")})
    assert change(result).after == ("A", "C", "Mine")


def test_tags_of_an_unsent_write_are_added_when_edits_are_preserved() -> None:
    assert change(merge(("A", "B"), ("A",), ("A",), PRESERVE, intended={"genre": ("A", "B")})).added == ("B",)
