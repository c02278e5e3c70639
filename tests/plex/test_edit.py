from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plex.edit import MAX_URL_BYTES, Edit, TagWrite, edit_for
from plex.edit_parts import MAX_IDS, group_edits, split
from plex.fields import tag_key
from plex.model import Item
from plex.plan import Change

TAGS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20),
    max_size=8,
    unique_by=tag_key,
)


def movie(**changed: object) -> Item:
    plain: dict[str, object] = {
        "rating_key": 7,
        "section_key": 1,
        "item_type": "movie",
        "title": "Sintel",
        "files": {"/media/Sintel.mkv": 7},
    }
    return Item(**(plain | changed))  # type: ignore[arg-type] # fields of Item


@pytest.mark.parametrize(
    "wrong",
    [
        {"rating_keys": ()},
        {"rating_keys": (0,)},
        {"rating_keys": (7, -1)},
        {"section_key": 0},
        {"item_type": "show"},
        {"rating_keys": (7, 8)},
        {"rating_keys": (7, 8), "values": {"summary": "x"}},
        {"values": {"rating": 10.5}},
        {"values": {"rating": -1.0}},
        {"values": {"genre": "x"}},
        {"values": {"nonsense": "x"}},
        {"values": {}, "tags": {"title": TagWrite(("x",))}},
        {"item_type": "episode", "values": {"studio": "x"}},
        {"item_type": "episode", "values": {}, "tags": {"genre": TagWrite(("x",))}},
        {"lock": frozenset({"nonsense"})},
        {"values": {}},
    ],
    ids=str,
)
def test_edit_cannot_be_built_when_an_invariant_is_broken(wrong: dict[str, object]) -> None:
    good: dict[str, object] = {"section_key": 1, "item_type": "movie", "rating_keys": (7,), "values": {"title": "x"}}
    with pytest.raises(ValueError, match=r"\w"):
        Edit(**(good | wrong))  # type: ignore[arg-type] # wrong on purpose


def test_tag_cannot_be_wanted_and_removed_in_one_edit() -> None:
    with pytest.raises(ValueError, match="wanted and removed"):
        TagWrite(("Animation",), ("animation",))


def test_query_has_every_value_with_its_lock() -> None:
    edit = Edit(
        1,
        "movie",
        (7,),
        values={"title": "Sintel", "date": "2010-09-27", "rating": 8.0, "summary": ""},
        tags={
            "genre": TagWrite(("Animation", "Short"), ("Old, new", "50%")),
            "actor": TagWrite(("Ada Example", "Bob Sample")),
        },
        lock=frozenset({"studio", "poster"}),
        roles={"Ada Example": "Herself", "Not there": "x"},
        photos={"Bob Sample": "http://stash/bob.jpg"},
    )
    assert list(edit.pairs) == [
        ("title.value", "Sintel"),
        ("title.locked", "1"),
        ("summary.value", ""),
        ("summary.locked", "1"),
        ("studio.locked", "1"),
        ("originallyAvailableAt.value", "2010-09-27"),
        ("originallyAvailableAt.locked", "1"),
        ("userRating.value", "8"),
        ("userRating.locked", "1"),
        ("genre[0].tag.tag", "Animation"),
        ("genre[1].tag.tag", "Short"),
        ("genre[].tag.tag-", "Old%2C%20new,50%25"),
        ("genre.locked", "1"),
        ("actor[0].tag.tag", "Ada Example"),
        ("actor[0].tagging.text", "Herself"),
        ("actor[1].tag.tag", "Bob Sample"),
        ("actor[1].tag.thumb", "http://stash/bob.jpg"),
        ("actor.locked", "1"),
        ("thumb.locked", "1"),
    ]
    assert edit.url.startswith("/library/sections/1/all?type=1&id=7&title.value=Sintel&title.locked=1&")
    assert "genre%5B%5D.tag.tag-=Old%252C%2520new%2C50%2525&" in edit.url


def test_value_goes_without_a_lock_when_its_field_is_unlocked() -> None:
    edit = Edit(1, "movie", (7,), values={"title": "Sintel"}, unlock=frozenset({"title", "genre", "background"}))
    assert list(edit.pairs) == [
        ("title.value", "Sintel"),
        ("title.locked", "0"),
        ("genre.locked", "0"),
        ("art.locked", "0"),
    ]


@pytest.mark.parametrize(("rating", "text"), [(8.0, "8"), (7.5, "7.5"), (10.0, "10"), (0.1 + 0.2, "0.3"), (0.0, "0")])
def test_rating_is_short_when_it_is_sent(rating: float, text: str) -> None:
    assert ("userRating.value", text) in Edit(1, "movie", (7,), values={"rating": rating}).pairs


def test_rating_is_not_in_the_query_when_it_is_cleared() -> None:
    edit = Edit(1, "movie", (7,), values={"rating": None})
    assert list(edit.pairs) == []


def test_edit_for_sends_whole_list_removals_and_roles() -> None:
    item = movie(values={"actor": ("Zoe Last", "Ada Example")}, roles={"Zoe Last": "Dragon"})
    change = Change("actor", ("Zoe Last", "Ada Example"), ("Zoe Last", "Bob Sample"), ("Bob Sample",), ("Ada Example",))
    edit = edit_for(item, [change, Change("title", "Old", "New")], lock=frozenset({"poster"}))
    assert edit.tags == {"actor": TagWrite(("Zoe Last", "Bob Sample"), ("Ada Example",), ("Bob Sample",))}
    assert edit.values == {"title": "New"}
    assert ("actor[0].tagging.text", "Dragon") in edit.pairs


def test_only_new_actors_go_to_a_server_that_adds_whatever_their_order() -> None:
    change = Change("actor", ("A", "B"), ("C", "A", "B"), ("C",), ())
    assert edit_for(movie(), [change]).tags["actor"].as_delta().wanted == ("C",)


def test_unmet_names_what_the_item_does_not_show() -> None:
    edit = Edit(
        1,
        "movie",
        (7,),
        values={"title": "New", "rating": None},
        tags={"genre": TagWrite(("A",), ("B",)), "label": TagWrite(("L",))},
    )
    assert edit.unmet(movie(values={"title": "New ", "rating": None, "genre": ("a", "b"), "label": ("l", "x")})) == (
        "genre",
    )
    assert edit.unmet(movie(values={"title": "Old", "rating": 4.0, "genre": ("A",), "label": ()})) == (
        "title",
        "rating",
        "label",
    )


def decode(edit: Edit) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(edit.url).query, keep_blank_values=True, strict_parsing=True))


@given(TAGS, TAGS, st.text(st.characters(codec="utf-8")))
def test_url_gives_back_every_text_when_it_is_decoded(wanted: list[str], removed: list[str], title: str) -> None:
    removed = [tag for tag in removed if tag_key(tag) not in {tag_key(other) for other in wanted}]
    edit = Edit(1, "movie", (7,), values={"title": title}, tags={"genre": TagWrite(tuple(wanted), tuple(removed))})
    query = decode(edit)
    assert edit.url.isascii()
    assert query["title.value"] == dict(edit.pairs)["title.value"]
    assert [query[f"genre[{index}].tag.tag"] for index in range(len(wanted))] == wanted
    assert [unquote(tag) for tag in query.get("genre[].tag.tag-", "").split(",") if tag] == removed


def test_broken_text_is_sent_when_it_holds_half_a_surrogate() -> None:
    assert "title.value=a%3Fb" in Edit(1, "movie", (7,), values={"title": "a\ud800b"}).url


def names(count: int, prefix: str = "Performer") -> tuple[str, ...]:
    return tuple(f"{prefix} Nr. {number:04d}" for number in range(count))


def test_split_leaves_an_edit_alone_when_it_fits() -> None:
    edit = Edit(1, "movie", (7,), values={"title": "x"})
    assert split(edit) == [edit]


def test_split_cuts_fields_and_removals_when_they_do_not_fit_together() -> None:
    edit = Edit(
        1,
        "movie",
        (7,),
        values={"title": "x", "summary": "s" * 5000},
        tags={"genre": TagWrite(names(60)), "label": TagWrite((), names(900))},
        lock=frozenset({"poster"}),
        unlock=frozenset({"studio"}),
    )
    parts = split(edit)
    assert all(part.url_bytes <= MAX_URL_BYTES for part in parts)
    assert [tag for part in parts for tag in part.tags.get("label", TagWrite(())).removed] == list(names(900))
    assert [part.tags["genre"].wanted for part in parts if "genre" in part.tags] == [names(60)]
    assert {name for part in parts for name in part.values} == {"title", "summary"}
    assert frozenset().union(*(part.lock for part in parts)) == {"poster"}
    assert frozenset().union(*(part.unlock for part in parts)) == {"studio"}


def test_split_does_not_cut_a_list_when_the_server_may_replace_it() -> None:
    parts = split(Edit(1, "movie", (7,), tags={"actor": TagWrite(names(2000), (), names(2000))}))
    assert [part.tags["actor"].wanted for part in parts] == [names(2000)]
    assert parts[0].url_bytes > MAX_URL_BYTES


def test_split_cuts_a_list_when_the_server_adds() -> None:
    roles = dict.fromkeys(names(2000)[::3], "Extra")
    edit = Edit(
        1, "movie", (7,), tags={"actor": TagWrite(("Zoe Last", *names(2000)), ("Gone",), names(2000))}, roles=roles
    )
    parts = split(edit, adds=True)
    assert all(part.url_bytes <= MAX_URL_BYTES for part in parts)
    assert [tag for part in parts for tag in part.tags["actor"].wanted] == list(names(2000))
    assert len(parts) < 20


def test_split_does_not_cut_a_list_when_its_order_would_suffer() -> None:
    parts = split(Edit(1, "movie", (7,), tags={"actor": TagWrite(names(2000), (), None)}), adds=True)
    assert [len(part.tags["actor"].wanted) for part in parts] == [2000]


def genre_edit(key: int, *extra: str) -> Edit:
    return Edit(1, "movie", (key,), tags={"genre": TagWrite((*extra, "New"), ("Old",), ("New",))})


def test_group_joins_equal_changes_of_several_items() -> None:
    edits = [genre_edit(key) for key in range(1, 251)]
    groups = group_edits(edits)
    assert [len(group.rating_keys) for group in groups] == [MAX_IDS, MAX_IDS, 50]
    assert all(group.tags == edits[0].tags for group in groups)


def test_group_keeps_items_apart_when_their_other_tags_differ_and_the_server_may_replace() -> None:
    edits = [genre_edit(1, "A"), genre_edit(2, "B"), genre_edit(3, "A")]
    assert [group.rating_keys for group in group_edits(edits)] == [(1, 3), (2,)]
    assert [group.rating_keys for group in group_edits(edits, adds=True)] == [(1, 2, 3)]
    assert group_edits(edits, adds=True)[0].tags["genre"].wanted == ("New",)


def test_group_leaves_edits_alone_when_a_value_belongs_to_one_item() -> None:
    edits = [Edit(1, "movie", (key,), values={"title": "Same"}) for key in (1, 2)]
    assert group_edits(edits) == edits


def test_group_keeps_sections_types_locks_and_roles_apart() -> None:
    change = {"label": TagWrite(("x",))}
    edits = [
        Edit(1, "movie", (1,), tags=change),
        Edit(2, "movie", (2,), tags=change),
        Edit(2, "episode", (3,), tags=change),
        Edit(1, "movie", (4,), tags=change, lock=frozenset({"poster"})),
        Edit(1, "movie", (5,), tags=change, roles={"Unsent": "x"}),
    ]
    assert [group.rating_keys for group in group_edits(edits)] == [(1, 5), (2,), (3,), (4,)]


def test_group_is_cut_by_bytes_when_the_change_is_long() -> None:
    edits = [Edit(1, "movie", (key,), tags={"genre": TagWrite(names(150))}) for key in range(100_000, 100_100)]
    groups = group_edits(edits)
    assert all(group.url_bytes <= MAX_URL_BYTES for group in groups)
    assert sorted(key for group in groups for key in group.rating_keys) == list(range(100_000, 100_100))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 50), st.sampled_from("ABC")), unique_by=lambda pair: pair[0]), st.booleans())
def test_group_loses_no_item_whatever_is_joined(pairs: list[tuple[int, str]], adds: bool) -> None:
    groups = group_edits([genre_edit(key, tag) for key, tag in pairs], adds=adds)
    assert sorted(key for group in groups for key in group.rating_keys) == sorted(key for key, _ in pairs)
