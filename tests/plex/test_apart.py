"""An edit of which Plex refuses a part: everything else arrives, and the part is named."""

import pytest

from plex.apart import Refusal
from plex.client import PlexClient
from plex.edit import Edit, TagWrite, edit_for
from plex.errors import PlexFailed, PlexReconnected, PlexRejected, PlexUnreachable
from plex.habits import Habits, TagReading
from plex.plan import Change
from tests.fakes.plex import FakePlex, Fault
from tests.plex.conftest import Connect

SNOWMAN = "\N{SNOWMAN}"


def whole(key: int, **values: str) -> Edit:
    """An edit of most fields."""
    return Edit(
        1,
        "movie",
        (key,),
        values={"title": "Sintel", "summary": "A girl.", "studio": "Blender", "date": "2010-09-27", **values},
        tags={"genre": TagWrite(("Short",), (), ("Short",)), "label": TagWrite(("open",), (), ("open",))},
        lock=frozenset({"collection", "poster"}),
    )


def shown(plex: FakePlex, key: int) -> dict[str, object]:
    item = plex.state.item(key)
    return {
        "title": item.title,
        "summary": item.summary,
        "studio": item.studio,
        "date": item.date,
        **{kind: tags for kind, tags in item.tags.items() if tags},
    }


ALL = {
    "title": "Sintel",
    "summary": "A girl.",
    "studio": "Blender",
    "date": "2010-09-27",
    "genre": ("Short",),
    "label": ("Open",),
}


@pytest.mark.parametrize(
    ("wire", "names"),
    [
        ({"summary"}, {"summary"}),
        ({"title", "originallyAvailableAt"}, {"title", "date"}),
        ({"genre"}, {"genre"}),
        ({"collection"}, {"collection"}),
        ({"thumb"}, {"poster"}),
        ({"label", "studio", "summary", "title"}, {"label", "studio", "summary", "title"}),
    ],
)
def test_all_but_the_refused_fields_arrive_and_they_are_known_from_then_on(
    plex: FakePlex, client: PlexClient, wire: set[str], names: set[str]
) -> None:
    plex.options.refused_fields = frozenset(wire)
    keys = list(plex.state.populate(3, 1))
    taken = client.apply(whole(keys[0]))
    assert taken.refused == {
        name: Refusal("Plex refuses it with 400, whatever its value", is_of_field=True) for name in names
    }
    assert shown(plex, keys[0]).items() >= {name: ALL[name] for name in ALL.keys() - names}.items()
    assert not shown(plex, keys[0]).keys() & names - {"title", "summary", "studio", "date"}
    assert client.habits.refused == names
    for key in keys[1:]:
        plex.journal.clear_log()
        assert client.apply(whole(key)).refused.keys() == names
        assert plex.journal.count() == 1
        assert shown(plex, key).items() >= {name: ALL[name] for name in ALL.keys() - names}.items()


def test_value_that_plex_fails_at_is_found_and_other_values_of_its_field_still_go(
    plex: FakePlex, client: PlexClient
) -> None:
    plex.options.bad_values = frozenset({SNOWMAN})
    bad, good = plex.state.populate(2, 1)
    taken = client.apply(whole(bad, summary=f"A girl {SNOWMAN}."))
    assert taken.refused == {"summary": Refusal("Plex answers 500 to it, although it takes other changes")}
    assert shown(plex, bad) == {**ALL, "summary": ""}
    assert plex.journal.count() < 16
    assert client.apply(whole(good)).refused == {}
    assert shown(plex, good) == ALL


def test_value_that_is_refused_for_its_length_is_told_and_the_field_still_goes(
    plex: FakePlex, client: PlexClient
) -> None:
    plex.options.text_limit = 40
    key, other = plex.state.populate(2, 1)
    assert client.apply(whole(key, summary="x" * 41)).refused == {"summary": Refusal("Plex refuses it with 400")}
    assert shown(plex, key) == {**ALL, "summary": ""}
    assert client.apply(whole(other)).refused == {}


def test_field_is_known_to_be_refused_when_only_its_values_are_and_the_item_has_none(
    plex: FakePlex, client: PlexClient
) -> None:
    keys = list(plex.state.populate(2, 1))
    plex.faults.add(Fault("status", status=400, when=lambda request: "summary.value" in request.target))
    assert client.apply(whole(keys[0])).refused["summary"].is_of_field
    plex.journal.clear_log()
    assert client.apply(whole(keys[1])).refused.keys() == {"summary"}
    assert plex.journal.count() == 1


@pytest.mark.parametrize("status", [400, 500])
def test_only_field_of_an_edit_is_to_blame_when_plex_takes_another_value_of_it(
    plex: FakePlex, client: PlexClient, status: int
) -> None:
    plex.options.bad_values = frozenset({SNOWMAN})
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="Old")
    is_meant = lambda request: "%E2%98%83" in request.target  # noqa: E731 - where it is used
    plex.faults.add(Fault("status", status=status, when=is_meant))
    taken = client.apply(Edit(1, "movie", (key,), values={"title": SNOWMAN}))
    assert (taken.refused.keys(), plex.state.item(key).title, plex.state.item(key).locked) == ({"title"}, "Old", set())
    assert client.habits.refused == frozenset()


def test_only_field_of_an_edit_is_to_blame_when_plex_takes_another_field(plex: FakePlex, client: PlexClient) -> None:
    plex.options.refused_fields = frozenset({"title"})
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="Old", summary="Told")
    assert client.apply(Edit(1, "movie", (key,), values={"title": "New"})).refused["title"].is_of_field
    assert plex.state.item(key).summary == "Told"


@pytest.mark.parametrize(("status", "error"), [(400, PlexRejected), (500, PlexFailed)])
def test_no_field_is_to_blame_when_plex_takes_nothing_at_all(
    plex: FakePlex, client: PlexClient, status: int, error: type[Exception]
) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="Old")
    plex.faults.add(Fault("status", status=status, method="PUT"))
    with pytest.raises(error):
        client.apply(whole(key))
    assert client.habits == Habits()
    plex.faults.clear_faults()
    assert client.apply(whole(key)).refused == {}


def test_nothing_is_to_blame_when_plex_fails_once(plex: FakePlex, client: PlexClient) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    plex.faults.add(Fault("status", status=500, request_kind="edit", times=1))
    assert client.apply(whole(key)).refused == {}
    assert shown(plex, key) == ALL


def test_server_that_fails_at_questions_too_is_away_and_nothing_is_to_blame(plex: FakePlex, client: PlexClient) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    plex.faults.add(Fault("status", status=500))
    with pytest.raises(PlexFailed):
        client.apply(whole(key))
    assert plex.journal.count("edit") == 1


def test_field_that_is_refused_of_all_costs_a_group_few_requests(plex: FakePlex, client: PlexClient) -> None:
    plex.options.refused_fields = frozenset({"studio"})
    keys = list(plex.state.populate(200, 1))
    edits = [
        Edit(1, "movie", (key,), values={"studio": "Blender"}, tags={"genre": TagWrite(("Short",), (), ("Short",))})
        for key in keys
    ]
    done = list(client.apply_all(edits))
    assert sorted(key for applied in done for key in applied.rating_keys) == keys
    assert all(applied.taken.refused.keys() == {"studio"} for applied in done)
    assert all(plex.state.item(key).tags["genre"] == ("Short",) for key in keys)
    assert plex.journal.count() <= 10


def test_one_item_that_refuses_does_not_fail_its_group(plex: FakePlex, client: PlexClient) -> None:
    keys = list(plex.state.populate(5, 1))
    sick = f",{keys[3]}"
    plex.faults.add(
        Fault("status", status=400, request_kind="edit", when=lambda request: sick in f",{request.first('id')}")
    )
    done = list(client.apply_all([Edit(1, "movie", (key,), values={"studio": "Blender"}) for key in keys]))
    errors = {key: applied.error for applied in done for key in applied.rating_keys}
    assert isinstance(errors.pop(keys[3]), PlexRejected)
    assert set(errors.values()) == {None}
    assert all(plex.state.item(key).studio == "Blender" for key in errors)
    assert client.habits.refused == frozenset()


def test_what_somebody_changes_meanwhile_is_not_written_over(plex: FakePlex, client: PlexClient) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="Old", summary="Told")
    item = client.items([key])[key]
    edit = edit_for(item, [Change("title", "Old", "New"), Change("summary", "Told", "Ours")])
    plex.options.refused_fields = frozenset({"title"})
    plex.state.items[key].values["summary"] = "Theirs"
    with pytest.raises(PlexReconnected, match="was changed"):
        client.apply(edit)
    assert plex.state.item(key).summary == "Theirs"


def test_halves_that_were_written_stay_and_nothing_is_doubled_when_plex_goes_away_between_them(
    plex: FakePlex, client: PlexClient
) -> None:
    plex.options.refused_fields = frozenset({"summary"})
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    plex.faults.add(Fault("reset", request_kind="edit", skip=2))
    with pytest.raises(PlexUnreachable):
        client.apply(whole(key))
    plex.faults.clear_faults()
    client.look([key])
    assert client.apply(whole(key)).refused.keys() == {"summary"}
    assert shown(plex, key) == {**ALL, "summary": ""}


@pytest.mark.parametrize("limit", [2000, 3000, 5000])
@pytest.mark.parametrize("reading", ["add", "replace"])
def test_everything_arrives_in_shorter_addresses_when_a_proxy_takes_no_longer_ones(
    plex: FakePlex, client: PlexClient, limit: int, reading: str
) -> None:
    plex.options.url_limit, plex.options.tag_lists = limit, reading
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    names = tuple(f"Tag {number}" for number in range(100))
    edit = Edit(
        1,
        "movie",
        (key,),
        values={"title": "Sintel", "summary": "x" * 5500, "studio": "Blender"},
        tags={"genre": TagWrite(names, (), names), "label": TagWrite(("Open",), (), ("Open",))},
    )
    taken = client.apply(edit)
    assert taken.refused.keys() == {"summary"}
    assert taken.refused["summary"].why.startswith("it needs a request of 5,5")
    assert shown(plex, key).items() >= {"title": "Sintel", "studio": "Blender", "label": ("Open",)}.items()
    genre = plex.state.item(key).tags["genre"]
    assert genre == taken.cut.get("genre", names)
    assert genre == names or reading == "replace"


def test_list_of_many_short_names_fits_by_what_goes_over_the_wire(plex: FakePlex, client: PlexClient) -> None:
    """A bracket is one byte in our hands, and three on the wire."""
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    names = tuple(f"t{number}" for number in range(320))
    taken = client.apply(Edit(1, "movie", (key,), tags={"genre": TagWrite(names, (), names)}))
    assert (taken.refused, taken.cut) == ({}, {})
    assert plex.state.item(key).tags["genre"] == names
    edit = Edit(1, "movie", (key,), values={"title": "Sintel"}, tags={"label": TagWrite(("A [b]", "c"), ("d,e",))})
    plex.journal.clear_log()
    client.apply(edit)
    assert [sent.target_bytes for sent in plex.journal.records("edit")] == [edit.url_bytes]


@pytest.mark.parametrize("reading", ["add", "replace"])
def test_reading_of_lists_is_learned_from_an_item_without_names_and_only_new_ones_are_sent(
    plex: FakePlex, client: PlexClient, reading: str
) -> None:
    plex.options.tag_lists = reading
    bare = plex.state.add_item(1, "/media/movies/Bare.mkv")
    full = plex.state.add_item(1, "/media/movies/Full.mkv", tags={"actor": ["Ada Agent", "Bob Agent"]})
    items = client.items([bare, full])
    edits = [
        edit_for(items[full], [Change("actor", ("Ada Agent", "Bob Agent"), ("Cy", "Ada Agent", "Bob Agent"), ("Cy",))]),
        edit_for(items[bare], [Change("genre", (), ("Short", "Drama"), ("Short", "Drama"))]),
    ]
    plex.journal.clear_log()
    assert all(applied.error is None for applied in client.apply_all(edits))
    assert plex.state.item(bare).tags["genre"] == ("Short", "Drama")
    assert set(plex.state.item(full).tags["actor"]) == {"Ada Agent", "Bob Agent", "Cy"}
    assert client.habits.tag_reading is (TagReading.ADDS if reading == "add" else TagReading.REPLACES)
    assert plex.journal.count() == 5, "two pieces, a look, and the two edits"
    sent = [value for record in plex.journal.records("edit") for name, value in record.query if "actor[" in name]
    assert sent == (["Cy"] if reading == "add" else ["Cy", "Ada Agent", "Bob Agent"])


def test_nothing_is_learned_of_lists_that_plex_refuses(plex: FakePlex, connect: Connect) -> None:
    plex.options.refused_fields = frozenset({"genre"})
    key = plex.state.add_item(1, "/media/movies/Full.mkv", tags={"genre": ["Own"]})
    client = connect()
    item = client.items([key])[key]
    edit = edit_for(
        item, [Change("genre", ("Own",), ("A", "B", "Own"), ("A", "B")), Change("title", item.title, "New")]
    )
    (applied,) = client.apply_all([edit])
    assert (applied.error, applied.taken.refused.keys()) == (None, {"genre"})
    assert plex.state.item(key).title == "New"
    assert client.habits == Habits(refused=frozenset({"genre"}))
