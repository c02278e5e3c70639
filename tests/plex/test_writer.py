from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plex.capabilities import Capabilities, RatingRoute, TagReading
from plex.client import PlexClient
from plex.edit import MAX_URL_BYTES, Edit, TagWrite, edit_for
from plex.errors import PlexItemGone, PlexReconnected, PlexRejected, PlexUnreachable
from plex.fields import tag_key
from plex.plan import Change
from tests.fakes.plex import FakePlex, Fault
from tests.plex.conftest import Connect, cut

READINGS = ["replace", "add"]
TAGS = st.lists(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"])
        | st.sampled_from(",&%[]=+#/😀"),
        min_size=1,
        max_size=12,
    ),
    max_size=6,
    unique_by=tag_key,
)


def names(count: int, prefix: str = "Performer") -> tuple[str, ...]:
    return tuple(f"{prefix} Nr. {number:04d}" for number in range(count))


def shown(plex: FakePlex, key: int, kind: str) -> list[str]:
    return list(plex.state.item(key).tags.get(kind, ()))


@pytest.mark.parametrize("reading", READINGS)
def test_edit_ends_in_the_wanted_state_in_one_request(plex: FakePlex, client: PlexClient, reading: str) -> None:
    plex.options.tag_lists = reading
    key = plex.state.add_item(
        1,
        "/media/movies/Sintel.mkv",
        title="Old",
        tags={"genre": ["User's", "Gone, by now", "50%"], "actor": [("Zoe Last", "Dragon")]},
    )
    item = client.items([key])[key]
    plex.journal.clear_log()
    changes = [
        Change("title", "Old", "Sintel & friends"),
        Change(
            "genre",
            ("User's", "Gone, by now", "50%"),
            ("User's", "R&B [live]"),
            ("R&B [live]",),
            ("Gone, by now", "50%"),
        ),
        Change("actor", ("Zoe Last",), ("Zoe Last", "Ada Example"), ("Ada Example",)),
        Change("studio", "", "Blender"),
    ]
    client.apply(edit_for(item, changes, lock=frozenset({"poster"})))
    after = plex.state.item(key)
    assert after.values["title"] == "Sintel & friends"
    assert after.values["studio"] == "Blender"
    assert list(after.tags["genre"]) == ["User's", "R&B [live]"]
    assert list(after.tags["actor"]) == ["Zoe Last", "Ada Example"]
    assert after.roles["Zoe Last"] == "Dragon"
    assert {"title", "genre", "actor", "studio", "thumb"} <= set(after.locked)
    assert plex.journal.count() == 1


@pytest.mark.parametrize("reading", READINGS)
def test_list_is_emptied_when_nothing_is_wanted(plex: FakePlex, client: PlexClient, reading: str) -> None:
    plex.options.tag_lists = reading
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", tags={"label": ["a,b", "c"]})
    client.apply(Edit(1, "movie", (key,), tags={"label": TagWrite((), ("a,b", "c"))}))
    assert shown(plex, key, "label") == []


def test_only_the_named_items_change_when_a_section_has_more(plex: FakePlex, client: PlexClient) -> None:
    keys = list(plex.state.populate(5, 1))
    client.apply(Edit(1, "movie", (keys[1], keys[3]), values={"studio": "Blender"}))
    assert [plex.state.item(key).values.get("studio", "") for key in keys] == ["", "Blender", "", "Blender", ""]


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[FakePlex, PlexClient]]:
    with FakePlex() as plex:
        plex.state.add_section("Movies")
        client = PlexClient.connect(plex.url, plex.token, client_identifier="x", version="1")
        yield plex, client
        client.close()


@settings(max_examples=60, deadline=None)
@given(TAGS, TAGS, st.sampled_from(READINGS))
def test_any_list_becomes_the_wanted_one_in_both_readings(
    shared: tuple[FakePlex, PlexClient], before: list[str], wanted: list[str], reading: str
) -> None:
    plex, client = shared
    plex.options.tag_lists = reading
    key = plex.state.add_item(1, "/media/movies/x.mkv", tags={"genre": before})
    item = client.items([key])[key]
    had = item.values["genre"]
    assert isinstance(had, tuple)
    removed = tuple(tag for tag in had if tag_key(tag) not in {tag_key(other) for other in wanted})
    added = tuple(tag for tag in wanted if tag_key(tag) not in {tag_key(other) for other in had})
    client.apply(edit_for(item, [Change("genre", had, tuple(wanted), added, removed)]))
    assert {tag_key(tag) for tag in shown(plex, key, "genre")} == {tag_key(tag) for tag in wanted}


def test_rating_is_read_back_once_when_the_route_is_unknown(plex: FakePlex, client: PlexClient) -> None:
    keys = list(plex.state.populate(3, 1))
    for key in keys:
        client.apply(Edit(1, "movie", (key,), values={"rating": 8.0}))
    assert [plex.state.item(key).user_rating for key in keys] == [8.0] * 3
    assert client.capabilities.rating_route is RatingRoute.EDIT
    assert (plex.journal.count("edit"), plex.journal.count("metadata"), plex.journal.count("rate")) == (3, 1, 0)


def test_rating_goes_its_own_way_when_the_server_ignores_it_in_edits(plex: FakePlex, connect: Connect) -> None:
    plex.options.rating_in_edit = False
    client = connect()
    keys = list(plex.state.populate(3, 1))
    for key in keys:
        client.apply(Edit(1, "movie", (key,), values={"rating": 7.5, "title": "Sintel"}))
    assert [plex.state.item(key).user_rating for key in keys] == [7.5] * 3
    assert client.capabilities.rating_route is RatingRoute.RATE
    assert (plex.journal.count("metadata"), plex.journal.count("rate")) == (1, 3)
    again = connect(capabilities=client.capabilities)
    again.apply(Edit(1, "movie", (keys[0],), values={"rating": 2.0}))
    assert plex.state.item(keys[0]).user_rating == 2.0
    assert plex.journal.count("edit") == 3


@pytest.mark.parametrize("rating", [2.0, None])
def test_lock_beside_a_rating_goes_with_the_edit_whatever_way_the_rating_takes(
    plex: FakePlex, connect: Connect, rating: float | None
) -> None:
    client = connect(capabilities=Capabilities(RatingRoute.RATE))
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", userRating="6.0")
    client.apply(Edit(1, "movie", (key,), values={"rating": 8.0}, lock=frozenset({"rating"})))
    assert (plex.state.item(key).user_rating, plex.state.item(key).locked) == (8.0, {"userRating"})
    client.apply(Edit(1, "movie", (key,), values={"rating": rating}, unlock=frozenset({"rating"})))
    assert (plex.state.item(key).user_rating, plex.state.item(key).locked) == (rating, set())
    assert (plex.journal.count("edit"), plex.journal.count("rate")) == (2, 2)


def test_rating_is_cleared_by_its_own_request(plex: FakePlex, client: PlexClient) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", userRating="6.0")
    client.apply(Edit(1, "movie", (key,), values={"rating": None}))
    assert plex.state.item(key).user_rating is None
    assert (plex.journal.count("rate"), plex.journal.count()) == (1, 1)


def long_edit(key: int, before: tuple[str, ...], wanted: tuple[str, ...], removed: tuple[str, ...] = ()) -> Edit:
    added = tuple(tag for tag in wanted if tag not in before)
    return Edit(1, "movie", (key,), values={"title": "Crowd"}, tags={"genre": TagWrite(wanted, removed, added)})


def test_two_thousand_tags_arrive_when_the_server_adds(plex: FakePlex, client: PlexClient) -> None:
    plex.options.tag_lists = "add"
    key = plex.state.add_item(1, "/media/movies/Crowd.mkv", tags={"genre": ["User's", "Gone"]})
    client.apply(long_edit(key, ("User's", "Gone"), ("User's", *names(2000)), ("Gone",)))
    assert set(shown(plex, key, "genre")) == {"User's", *names(2000)}
    assert client.capabilities.tag_reading is TagReading.ADDS
    assert plex.journal.statuses[414] == 1, "the whole list in one URL is tried once, before it is torn"
    assert plex.journal.count() < 25
    client.apply(long_edit(key, ("User's", *names(2000)), (*names(2000), *names(2000, "Extra"), "User's")))
    assert len(shown(plex, key, "genre")) == 4001


def test_long_list_in_another_order_arrives_when_the_server_adds(plex: FakePlex, connect: Connect) -> None:
    """Plex may keep its own order; that all are there matters more."""
    plex.options.tag_lists = "add"
    key = plex.state.add_item(1, "/media/movies/Crowd.mkv", tags={"actor": ["Zoe Last"]})
    client = connect(capabilities=Capabilities(tag_reading=TagReading.ADDS))
    client.apply(Edit(1, "movie", (key,), tags={"actor": TagWrite((*names(2000), "Zoe Last"))}))
    assert set(shown(plex, key, "actor")) == {*names(2000), "Zoe Last"}


@pytest.mark.parametrize("before", [(), ("User's", "Gone")])
@pytest.mark.parametrize("kind", ["genre", "label"])
def test_pieces_of_a_list_that_is_refused_do_not_stay_however_plex_spells_them(
    plex: FakePlex, client: PlexClient, kind: str, before: tuple[str, ...]
) -> None:
    plex.options.tag_lists = "replace"
    key = plex.state.add_item(1, "/media/movies/Crowd.mkv", tags={kind: before})
    new, stay = names(1000, "a small letter"), before[:1]
    refused = client.apply(Edit(1, "movie", (key,), tags={kind: TagWrite((*stay, *new), before[1:], new)}))
    assert refused.keys() == {kind}
    assert client.capabilities.tag_reading is TagReading.REPLACES
    assert shown(plex, key, kind) == list(stay)


def test_two_thousand_tags_arrive_in_one_long_url_when_the_server_replaces_and_takes_it(
    plex: FakePlex, client: PlexClient
) -> None:
    plex.options.tag_lists = "replace"
    plex.options.url_limit = 200_000
    key = plex.state.add_item(1, "/media/movies/Crowd.mkv", tags={"genre": ["User's", "Gone"]})
    client.apply(long_edit(key, ("User's", "Gone"), ("User's", *names(2000)), ("Gone",)))
    assert set(shown(plex, key, "genre")) == {"User's", *names(2000)}
    assert plex.journal.count("edit") == 3, "the title, the long URL, the removal"


def test_many_photos_go_in_a_long_url_when_a_form_that_is_not_read_would_pass_for_taken(
    plex: FakePlex, client: PlexClient
) -> None:
    plex.options.url_limit = 200_000
    key = plex.state.add_item(1, "/media/movies/Crowd.mkv", tags={"actor": list(names(150))})
    photos = {name: f"http://stash/{number}.jpg" for number, name in enumerate(names(150))}
    client.apply(Edit(1, "movie", (key,), tags={"actor": TagWrite(names(150))}, photos=photos))
    (sent,) = plex.journal.records("edit")
    assert sent.first("actor[149].tag.thumb") == "http://stash/149.jpg"


def test_refusal_names_the_fields_that_were_sent(plex: FakePlex, client: PlexClient) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="Old")
    plex.faults.add(Fault(kind="status", status=400, request_kind="edit"))
    edit = edit_for(
        client.items([key])[key], [Change("title", "Old", "New"), Change("genre", (), ("Short",), ("Short",))]
    )
    with pytest.raises(PlexRejected, match=r"with 400; the change was of: title, genre$"):
        client.apply(edit)
    (applied,) = client.apply_all([edit])
    assert str(applied.error).endswith("the change was of: title, genre")


def test_list_is_refused_when_the_server_replaces_and_takes_no_long_request(plex: FakePlex, client: PlexClient) -> None:
    """What was sent to learn how lists are read is taken back."""
    plex.options.tag_lists = "replace"
    key = plex.state.add_item(1, "/media/movies/Crowd.mkv", tags={"genre": ["User's", "Gone"]})
    refused = client.apply(long_edit(key, ("User's", "Gone"), (*names(2000), "User's"), ("Gone",)))
    assert refused.keys() == {"genre"}
    assert refused["genre"].why.endswith("which Plex or a proxy before it takes in no way: shorten it in Stash")
    assert shown(plex, key, "genre") == ["User's"], "a list that replaces has no place for what is to go"
    assert plex.state.item(key).values["title"] == "Crowd"
    assert client.capabilities.tag_reading is TagReading.REPLACES


@pytest.mark.parametrize("added", [names(2000), None], ids=["new", "unknown"])
def test_nothing_of_a_list_is_sent_when_the_server_is_known_to_replace_and_takes_no_long_request(
    plex: FakePlex, connect: Connect, added: tuple[str, ...] | None
) -> None:
    plex.options.tag_lists = "replace"
    key = plex.state.add_item(1, "/media/movies/Crowd.mkv", tags={"actor": ["Zoe Last", "Gone"]})
    client = connect(capabilities=Capabilities(tag_reading=TagReading.REPLACES))
    write = TagWrite((*names(2000), "Zoe Last"), ("Gone",), added)
    assert client.apply(Edit(1, "movie", (key,), tags={"actor": write})).keys() == {"actor"}
    assert shown(plex, key, "actor") == ["Zoe Last", "Gone"]
    assert plex.state.item(key).locked == frozenset()


def test_items_with_equal_long_lists_each_keep_what_they_have(plex: FakePlex, client: PlexClient) -> None:
    plex.options.tag_lists = "replace"
    keys = [plex.state.add_item(1, f"/media/movies/{name}.mkv", tags={"genre": [name]}) for name in ("Ada", "Bob")]
    wanted = (*names(2000), "Ada", "Bob")
    edits = [
        Edit(1, "movie", (key,), tags={"genre": TagWrite(wanted, (), tuple(tag for tag in wanted if tag != own))})
        for key, own in zip(keys, ("Ada", "Bob"), strict=True)
    ]
    done = list(client.apply_all(edits))
    assert [(applied.error, applied.rating_keys) for applied in done] == [(None, (key,)) for key in keys]
    assert all(applied.refused.keys() == {"genre"} for applied in done)
    assert [shown(plex, key, "genre") for key in keys] == [["Ada"], ["Bob"]]


def test_nothing_is_written_of_a_list_when_what_plex_has_fills_a_request_alone(
    plex: FakePlex, client: PlexClient
) -> None:
    plex.options.tag_lists = "replace"
    mine = names(500, "Mine")
    key = plex.state.add_item(1, "/media/movies/Crowd.mkv", tags={"genre": list(mine)})
    assert client.apply(long_edit(key, mine, (*names(50), *mine))).keys() == {"genre"}
    assert tuple(shown(plex, key, "genre")) == mine


def test_nobodys_tags_are_lost_when_we_are_stopped_while_learning(plex: FakePlex, client: PlexClient) -> None:
    plex.options.tag_lists = "replace"
    key = plex.state.add_item(1, "/media/movies/Crowd.mkv", tags={"genre": ["User's"]})
    plex.faults.add(Fault("reset", method="GET", request_kind="metadata"))
    with pytest.raises(PlexUnreachable):
        client.apply(long_edit(key, ("User's",), ("User's", *names(2000))))
    assert "User's" in shown(plex, key, "genre")


def test_long_summary_arrives_when_the_server_takes_a_long_url(plex: FakePlex, client: PlexClient) -> None:
    plex.options.url_limit = 400_000
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    summary = "Ein Mädchen & ein Drache. " * 4000
    client.apply(Edit(1, "movie", (key,), values={"title": "Sintel", "summary": summary}))
    assert plex.state.item(key).values["summary"] == summary.strip()


@pytest.mark.parametrize("status", [414, 431, 400])
def test_long_summary_is_refused_aloud_when_the_server_takes_it_in_no_way(
    plex: FakePlex, client: PlexClient, status: int
) -> None:
    plex.options.url_limit_status = status
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", summary="before")
    refused = client.apply(Edit(1, "movie", (key,), values={"title": "Sintel", "summary": "x" * 100_000}))
    assert refused.keys() == {"summary"}
    assert refused["summary"].why.startswith("it needs a request of 100,0")
    assert plex.state.item(key).values["summary"] == "before"
    assert plex.state.item(key).values["title"] == "Sintel"


@pytest.mark.parametrize("reads_forms", [False, True])
def test_long_url_is_to_blame_when_the_connection_breaks_and_plex_still_answers(
    plex: FakePlex, client: PlexClient, reads_forms: bool
) -> None:
    plex.options.reads_forms = reads_forms
    plex.options.url_limit = 400_000
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    edit = Edit(1, "movie", (key,), values={"summary": "x" * 100_000})
    plex.faults.add(Fault("reset", when=lambda request: len(str(request.query)) > MAX_URL_BYTES))
    with pytest.raises(PlexReconnected):
        client.apply(edit)
    assert set(client.apply(edit)) == (set() if reads_forms else {"summary"})
    assert plex.state.item(key).summary == ("x" * 100_000 if reads_forms else "")
    assert len([sent for sent in plex.journal.records() if sent.fault]) == 1, "the long URL is not sent again"


def renames(plex: FakePlex, client: PlexClient, count: int) -> list[Edit]:
    """Items that all lose "Old" for "New", and have another genre of their own each."""
    keys = list(plex.state.populate(count, 1, tags={"genre": ["Own {n}", "Old"]}))
    items = client.items(keys)
    edits = []
    for key in keys:
        own, old = items[key].values["genre"]  # type: ignore[misc] # a pair
        edits.append(edit_for(items[key], [Change("genre", (own, old), (own, "New"), ("New",), ("Old",))]))
    plex.journal.clear_log()
    return edits


def test_renamed_tag_is_one_edit_for_many_items_when_the_server_adds(plex: FakePlex, client: PlexClient) -> None:
    plex.options.tag_lists = "add"
    edits = renames(plex, client, 250)
    done = list(client.apply_all(edits))
    assert sorted(key for applied in done for key in applied.rating_keys) == sorted(
        key for edit in edits for key in edit.rating_keys
    )
    assert all(applied.error is None for applied in done)
    for edit in edits:
        tags = shown(plex, edit.rating_keys[0], "genre")
        assert tags[0].startswith("Own")
        assert tags[1:] == ["New"]
    assert client.capabilities.tag_reading is TagReading.ADDS
    assert plex.journal.count() <= 8


@pytest.mark.parametrize("is_grouped", [True, False])
def test_server_that_no_longer_adds_is_found_out_before_lists_are_emptied(
    plex: FakePlex, connect: Connect, is_grouped: bool
) -> None:
    """Another build of the same version, or what was learned while somebody else wrote."""
    plex.options.tag_lists = "replace"
    client = connect(capabilities=Capabilities(tag_reading=TagReading.ADDS))
    edits = renames(plex, client, 30)
    if not is_grouped:
        edits = [replace(edit, values={"title": f"T{edit.rating_keys[0]}"}) for edit in edits]
    assert all(applied.error is None for applied in client.apply_all(edits))
    assert [shown(plex, edit.rating_keys[0], "genre") for edit in edits] == [
        [f"Own {number}", "New"] for number in range(1, 31)
    ]
    assert client.capabilities.tag_reading is TagReading.REPLACES
    assert plex.journal.count() == 32, "one edit an item; what is new of the first one, and a look at it, before that"


def test_that_a_server_adds_is_looked_at_once_for_each_connection(plex: FakePlex, connect: Connect) -> None:
    client = connect(capabilities=Capabilities(tag_reading=TagReading.ADDS))
    edits = renames(plex, client, 30)
    for some in (edits[:10], edits[10:20], edits[20:]):
        list(client.apply_all(some))
    assert (plex.journal.count("metadata"), plex.journal.count("edit")) == (1, 5)
    cut(plex, client)
    plex.options.tag_lists = "replace"
    again = [
        edit_for(client.look([key])[key], [Change("genre", ("a", "New"), ("a", "New", "X"), ("X",))])
        for key in edits[3].rating_keys
    ]
    list(client.apply_all(again))
    assert client.capabilities.tag_reading is TagReading.REPLACES


def test_every_item_gets_its_own_edit_when_the_server_replaces(plex: FakePlex, client: PlexClient) -> None:
    plex.options.tag_lists = "replace"
    edits = renames(plex, client, 30)
    assert all(applied.error is None for applied in client.apply_all(edits))
    assert all(shown(plex, edit.rating_keys[0], "genre")[1:] == ["New"] for edit in edits)
    assert client.capabilities.tag_reading is TagReading.REPLACES
    assert plex.journal.count("edit") == 31


def test_nothing_is_spent_on_learning_when_grouping_would_not_help(plex: FakePlex, client: PlexClient) -> None:
    keys = list(plex.state.populate(4, 1, tags={"genre": ["Old"]}))
    edits = [
        Edit(1, "movie", (key,), values={"title": f"T{key}"}, tags={"genre": TagWrite(("New",), ("Old",), ("New",))})
        for key in keys
    ]
    list(client.apply_all(edits))
    assert plex.journal.count() == 4
    assert client.capabilities == Capabilities()


def test_one_gone_item_does_not_fail_the_others_of_its_group(plex: FakePlex, client: PlexClient) -> None:
    plex.options.unknown_id_in_edit = "404"
    keys = list(plex.state.populate(5, 1))
    plex.state.remove_item(keys[2])
    done = list(client.apply_all([Edit(1, "movie", (key,), values={"studio": "Blender"}) for key in keys]))
    errors = {key: applied.error for applied in done for key in applied.rating_keys}
    assert isinstance(errors.pop(keys[2]), PlexItemGone)
    assert set(errors.values()) == {None}
    assert all(plex.state.item(key).values["studio"] == "Blender" for key in errors)


def test_what_was_done_is_known_when_plex_goes_away_in_between(plex: FakePlex, client: PlexClient) -> None:
    keys = list(plex.state.populate(4, 1))
    edits = [Edit(1, "movie", (key,), values={"title": f"T{key}"}) for key in keys]
    plex.faults.add(Fault("reset", skip=2))
    done = []
    with pytest.raises(PlexUnreachable):
        done.extend(applied.rating_keys for applied in client.apply_all(edits))
    assert [plex.state.item(key).values["title"] == f"T{key}" for key in keys] == [True, True, False, False]


def test_writes_never_overlap_when_threads_share_a_client(plex: FakePlex, client: PlexClient) -> None:
    plex.options.latency_ms = 5
    keys = list(plex.state.populate(8, 1))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda key: client.apply(Edit(1, "movie", (key,), values={"title": "x"})), keys))
    assert plex.journal.max_writes_in_flight == 1
