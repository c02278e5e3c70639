"""An edit of which Plex refuses a part: everything else arrives, and the part is named."""

import random
from dataclasses import replace

import pytest

from plex.capabilities import Capabilities, TagReading
from plex.client import PlexClient
from plex.edit import Edit, TagWrite, edit_for
from plex.errors import PlexFailed, PlexReconnected, PlexRejected, PlexUnreachable
from plex.fields import FIELDS
from plex.plan import Change
from plex.refusal import Refusal
from tests.fakes.plex import FakePlex, Fault
from tests.fakes.plex.message import Request
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


def title_edit(key: int) -> Edit:
    """An edit of one field."""
    return Edit(1, "movie", (key,), values={"title": "Sintel"})


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
def test_all_but_the_refused_fields_arrive_and_they_are_known_after_three_items(
    plex: FakePlex, client: PlexClient, wire: set[str], names: set[str]
) -> None:
    plex.options.refused_fields = frozenset(wire)
    keys = list(plex.state.populate(5, 1))
    for number, key in enumerate(keys[:3]):
        assert client.capabilities.refused == frozenset()
        refused = client.apply(whole(key))
        assert refused == {
            name: Refusal("Plex refuses it with 400, whatever its value", is_of_field=number >= 2) for name in names
        }
        assert shown(plex, key).items() >= {name: ALL[name] for name in ALL.keys() - names}.items()
        assert not shown(plex, key).keys() & names - {"title", "summary", "studio", "date"}
    assert client.capabilities.refused == names
    for key in keys[3:]:
        plex.journal.clear_log()
        assert client.apply(whole(key)).keys() == names
        assert plex.journal.count() == 1
        assert shown(plex, key).items() >= {name: ALL[name] for name in ALL.keys() - names}.items()


def test_value_that_plex_fails_at_is_found_and_other_values_of_its_field_still_go(
    plex: FakePlex, client: PlexClient
) -> None:
    plex.options.bad_values = frozenset({SNOWMAN})
    bad, good = plex.state.populate(2, 1)
    refused = client.apply(whole(bad, summary=f"A girl {SNOWMAN}."))
    assert refused == {"summary": Refusal("Plex answers 500 to it, although it takes other changes")}
    assert shown(plex, bad) == {**ALL, "summary": ""}
    assert plex.journal.count() < 16
    assert client.apply(whole(good)) == {}
    assert shown(plex, good) == ALL


def test_value_that_is_refused_for_its_length_is_told_and_the_field_still_goes(
    plex: FakePlex, client: PlexClient
) -> None:
    plex.options.text_limit = 40
    key, other = plex.state.populate(2, 1)
    assert client.apply(whole(key, summary="x" * 41)) == {"summary": Refusal("Plex refuses it with 400")}
    assert shown(plex, key) == {**ALL, "summary": ""}
    assert client.apply(whole(other)) == {}


def test_field_is_known_to_be_refused_when_only_its_values_are_and_the_item_has_none(
    plex: FakePlex, client: PlexClient
) -> None:
    keys = list(plex.state.populate(4, 1))
    plex.faults.add(Fault("status", status=400, when=lambda request: "summary.value" in request.target))
    assert [client.apply(whole(key))["summary"].is_of_field for key in keys[:3]] == [False, False, True]
    plex.journal.clear_log()
    assert client.apply(whole(keys[3])).keys() == {"summary"}
    assert plex.journal.count() == 1


@pytest.mark.parametrize("status", [400, 500])
def test_only_field_of_an_edit_is_to_blame_when_plex_takes_another_value_of_it(
    plex: FakePlex, client: PlexClient, status: int
) -> None:
    plex.options.bad_values = frozenset({SNOWMAN})
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="Old")
    is_meant = lambda request: "%E2%98%83" in request.target  # noqa: E731 - where it is used
    plex.faults.add(Fault("status", status=status, when=is_meant))
    refused = client.apply(Edit(1, "movie", (key,), values={"title": SNOWMAN}))
    assert (refused.keys(), plex.state.item(key).title, plex.state.item(key).locked) == ({"title"}, "Old", set())
    assert client.capabilities.refused == frozenset()


def test_only_field_of_an_edit_is_to_blame_when_plex_takes_another_field(plex: FakePlex, client: PlexClient) -> None:
    plex.options.refused_fields = frozenset({"title"})
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="Old", summary="Told")
    refusal = client.apply(Edit(1, "movie", (key,), values={"title": "New"}))["title"]
    assert refusal.why == "Plex refuses it with 400, whatever its value"
    assert plex.state.item(key).summary == "Told"


@pytest.mark.parametrize(("status", "error"), [(400, PlexRejected), (500, PlexFailed)])
def test_no_field_is_to_blame_when_plex_takes_nothing_at_all(
    plex: FakePlex, client: PlexClient, status: int, error: type[Exception]
) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="Old")
    plex.faults.add(Fault("status", status=status, method="PUT"))
    with pytest.raises(error):
        client.apply(whole(key))
    assert client.capabilities == Capabilities()
    plex.faults.clear_faults()
    assert client.apply(whole(key)) == {}


@pytest.mark.parametrize("kind", ["movie", "episode"])
def test_all_that_an_item_has_may_be_refused(plex: FakePlex, client: PlexClient, kind: str) -> None:
    """No other field is left of which to ask whether Plex takes anything at all; an episode has few."""
    section = plex.state.add_section("Shows", kind="show", locations=["/media/shows"]).key if kind == "episode" else 1
    key = plex.state.add_item(section, "/media/x.mkv", kind=kind, show="Show")
    item = client.items([key])[key]
    names = [name for name, field in FIELDS.items() if kind in field.types]
    some = names if kind == "movie" else names[:3]
    changes = [
        Change(name, (), ("A",), ("A",)) if FIELDS[name].is_tag else Change(name, "", "2010-01-01") for name in some
    ]
    changes = [replace(change, after=5.0) if change.field == "rating" else change for change in changes]
    plex.faults.add(Fault("status", status=400, method="PUT"))
    (applied,) = client.apply_all([edit_for(item, changes)])
    assert isinstance(applied.error, PlexRejected)


@pytest.mark.parametrize("status", [400, 500])
def test_nothing_is_to_blame_when_plex_fails_once(plex: FakePlex, client: PlexClient, status: int) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    plex.faults.add(Fault("status", status=status, request_kind="edit", times=1))
    assert client.apply(Edit(1, "movie", (key,), values={"studio": "Blender"})) == {}
    plex.faults.add(Fault("status", status=status, request_kind="edit", times=1))
    assert client.apply(whole(key)) == {}
    assert shown(plex, key) == ALL


def test_title_that_is_taken_at_the_second_try_takes_its_sort_title_along(plex: FakePlex, client: PlexClient) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="Old", titleSort="other words")
    plex.faults.add(Fault("status", status=400, request_kind="edit", times=2))
    edit = Edit(1, "movie", (key,), values={"title": "New", "sort_title": ""}, unlock=frozenset({"sort_title"}))
    assert client.apply(edit) == {}
    assert (plex.state.item(key).title, plex.state.item(key).values.get("titleSort", "")) == ("New", "")


def test_one_in_five_refused_without_reason_teaches_nothing(plex: FakePlex, client: PlexClient) -> None:
    """A rate limit, or a proxy that is restarted."""
    keys = list(plex.state.populate(40, 1))
    dice = random.Random(12)
    plex.faults.add(Fault("status", status=400, method="PUT", when=lambda _: dice.random() < 0.2))
    done = [applied for _ in range(5) for applied in client.apply_all([title_edit(key) for key in keys])]
    assert client.capabilities.refused == frozenset()
    assert sum(bool(applied.refused or applied.error) for applied in done) < len(done) / 10


def test_word_that_a_proxy_dislikes_is_no_fault_of_its_field(plex: FakePlex, client: PlexClient) -> None:
    """The item shows it already, so that it is refused with what it shows, too."""
    key, other = plex.state.populate(2, 1)
    plex.state.items[key].values["summary"] = "Select from"
    plex.faults.add(Fault("status", status=400, method="PUT", when=lambda request: "Select" in request.target))
    assert client.apply(whole(key, summary="Select from all")).keys() == {"summary"}
    assert client.apply(whole(other)) == {}


def test_what_somebody_types_while_fields_are_judged_stays(plex: FakePlex, connect: Connect) -> None:
    """Whether it is the value is asked with what the item shows: now, not when the edit was refused."""
    now = [0.0]
    client = connect(monotonic=lambda: now[0], sleep=lambda _: None)
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="Old", summary="Told", studio="Old")
    item = client.items([key])[key]
    plex.options.bad_values = frozenset({SNOWMAN})
    looks: list[float] = []
    judged: list[float] = []

    def time_goes_by(request: Request) -> bool:
        if request.first("title.value") == "Old" or request.first("summary.value") == "Told":
            judged.append(now[0] - looks[-1])
        now[0] += 1.0
        return False

    plex.faults.add(Fault("latency", method="GET", when=lambda _: looks.append(now[0])))
    plex.faults.add(Fault("latency", method="PUT", when=time_goes_by))
    edit = edit_for(
        item, [Change("title", "Old", SNOWMAN), Change("summary", "Told", SNOWMAN), Change("studio", "Old", SNOWMAN)]
    )
    assert client.apply(replace(edit, tags={"genre": TagWrite(("Short",))})).keys() == {
        "title",
        "summary",
        "studio",
    }
    assert judged
    assert max(judged) <= 2.0


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
    assert all(applied.refused.keys() == {"studio"} for applied in done)
    assert all(plex.state.item(key).tags["genre"] == ("Short",) for key in keys)
    assert plex.journal.count() <= 20


@pytest.mark.parametrize("place", [0, 4])
def test_first_or_last_item_that_refuses_a_field_does_not_answer_for_its_group(
    plex: FakePlex, client: PlexClient, place: int
) -> None:
    keys = list(plex.state.populate(5, 1))
    sick = f",{keys[place]},"
    plex.faults.add(
        Fault(
            "status", status=400, when=lambda request: sick in f",{request.first('id')}," and "studio" in request.target
        )
    )
    done = list(client.apply_all([Edit(1, "movie", (key,), values={"studio": "Blender"}) for key in keys]))
    refused = {key: set(applied.refused) for applied in done for key in applied.rating_keys}
    assert refused == {key: {"studio"} if key == keys[place] else set() for key in keys}
    assert [plex.state.item(key).studio for key in keys] == ["" if key == keys[place] else "Blender" for key in keys]
    assert client.capabilities.refused == frozenset()


def test_one_item_that_refuses_that_refuses_does_not_fail_its_group(plex: FakePlex, client: PlexClient) -> None:
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
    assert client.capabilities.refused == frozenset()


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
    assert client.apply(whole(key)).keys() == {"summary"}
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
    refused = client.apply(edit)
    assert refused.keys() - {"genre"} == {"summary"}
    assert refused["summary"].why.startswith("it needs a request of 5,5")
    assert shown(plex, key).items() >= {"title": "Sintel", "studio": "Blender", "label": ("Open",)}.items()
    genre = plex.state.item(key).tags.get("genre", ())
    assert genre == (() if "genre" in refused else names)
    assert genre == names or reading == "replace"


def test_list_of_many_short_names_fits_by_what_goes_over_the_wire(plex: FakePlex, client: PlexClient) -> None:
    """A bracket is one byte in our hands, and three on the wire."""
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    names = tuple(f"t{number}" for number in range(320))
    assert client.apply(Edit(1, "movie", (key,), tags={"genre": TagWrite(names, (), names)})) == {}
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
    assert client.capabilities.tag_reading is (TagReading.ADDS if reading == "add" else TagReading.REPLACES)
    assert plex.journal.count() == (6 if reading == "add" else 5), (
        "two pieces, a look, the two edits, and a look at the second"
    )
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
    assert (applied.error, applied.refused.keys()) == (None, {"genre"})
    assert plex.state.item(key).title == "New"
    assert client.capabilities == Capabilities()
