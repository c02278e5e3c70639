"""Collections that our edits made follow what they are made of in Stash; those of others are never touched."""

from base64 import b64encode
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from plex.artwork import sha1_of
from tests.fakes.plex import Fault, ItemSnapshot
from tests.stepper import Stepper
from tests.worker import meanwhile
from worker.control.jobs import control_job
from worker.control.kinds import RESTORE
from worker.sync.unwritten import report_of_collections

JPEG, OTHER_JPEG, THIRD_JPEG = (b"\xff\xd8\xff" + text for text in (b"first", b"second", b"third"))
ON: dict[str, Any] = {"collections_from": "studio, groups", "collections_follow": "on", "skip_fields": "poster"}


@pytest.fixture(autouse=True, params=["add", "replace"])
def _reading(request: pytest.FixtureRequest, stepper: Stepper) -> None:
    """Plex reads lists of tags in both ways that were told of it; in the second it answers as little as it may."""
    stepper.plex.options.tag_lists = request.param
    if request.param == "replace":
        stepper.plex.options.collection_edits = "own"
        stepper.plex.options.upload_locks = False


def studio(stepper: Stepper, name: str = "Blender", **fields: Any) -> int:
    return stepper.stash.library.add_studio(name, **fields).id


def film(stepper: Stepper, name: str = "Sintel", **fields: Any) -> tuple[int, int]:
    """Rating key and scene of a film of Blender's, synced."""
    stepper.now += 2  # a file that is missing in the index is looked for once a second
    key = stepper.item(f"{name}.mkv")
    scene = stepper.scene(f"{name}.mkv", title=f"{name}!", **{"studio": "Blender", **fields})
    stepper.sync(scene)
    return key, scene


def collection(stepper: Stepper, title: str = "Blender") -> ItemSnapshot:
    return stepper.plex.state.collection(title)


def shown(stepper: Stepper, key: int) -> set[str]:
    return set(stepper.shown(key).tags.get("collection", ()))


def by_hand(stepper: Stepper, title: str = "Blender", **values: str) -> None:
    """Somebody edits a collection in Plex: Plex's own client sets the lock of what it edits."""
    found = stepper.plex.state.items[collection(stepper, title).rating_key]
    found.values.update(values)
    found.locked |= values.keys()


def put_by_hand(stepper: Stepper, key: int, *names: str) -> None:
    """Somebody puts a film into collections in Plex."""
    item = stepper.plex.state.items[key]
    item.tags = {**item.tags, **stepper.plex.state.taggings({"collection": names})}
    stepper.plex.state.collections.note(item)
    stepper.plex.state.touch(item)


def follow_hook(stepper: Stepper) -> None:
    """What the last hook of Stash appends, worked off."""
    stepper.append(stepper.stash.hook_runs[-1].document["args"]["hookContext"])
    stepper.drain()


def change_studio(stepper: Stepper, studio_id: int, **sent: Any) -> None:
    stepper.now += 5
    stepper.stash.send("studioUpdate", {"id": studio_id, **sent})
    follow_hook(stepper)


def as_url(picture: bytes) -> str:
    """A picture as a save carries it."""
    return f"data:image/jpeg;base64,{b64encode(picture).decode()}"


def since(stepper: Stepper) -> int:
    """The number of the last request to Plex."""
    return stepper.plex.journal.records()[-1].number


def asked(stepper: Stepper, after: int) -> list[str]:
    """The kinds of the requests to Plex since then."""
    return [record.kind for record in stepper.plex.journal.records() if record.number > after]


def test_collection_that_was_made_is_dressed_once(stepper: Stepper) -> None:
    stepper.configure(**ON, collection_prefix="Studio: ")
    studio(stepper, details="Makes free films.", image=JPEG)
    film(stepper)
    dressed = collection(stepper, "Studio: Blender")
    assert (dressed.summary, dressed.values["titleSort"]) == ("Makes free films.", "Blender")
    assert dressed.poster_sha1 == dressed.background_sha1 != ""
    assert {"summary", "titleSort", "thumb", "art"} <= dressed.locked
    before = since(stepper)
    _, scene = film(stepper, "Spring")
    stepper.sync(scene)
    assert "picture_upload" not in asked(stepper, before)
    assert asked(stepper, before).count("edit") == 1
    assert collection(stepper, "Studio: Blender").uploads == dressed.uploads


def test_collections_cost_two_lists_a_batch_and_five_requests_each(stepper: Stepper) -> None:
    stepper.configure(**{**ON, "collections_follow": "name, summary, poster"})
    film(stepper)
    stepper.now += 2
    scenes = []
    for number in range(12):
        studio(stepper, f"Studio {number}", details=f"Makes {number} films.", image=JPEG)
        stepper.item(f"{number}.mkv")
        scenes.append(stepper.scene(f"{number}.mkv", title=f"Film {number}", studio=f"Studio {number}"))
    before = since(stepper)
    stepper.sync(*scenes)
    stepper.drain()
    kinds = Counter(
        "lists" if ("type", "18") in record.query and record.kind == "listing" else record.kind
        for record in stepper.plex.journal.records()
        if record.number > before and record.status < 400  # what one of the addresses refuses goes to the other one
    )
    assert kinds["lists"] == 2
    assert kinds["picture_list"] == kinds["picture_upload"] == 12
    assert kinds["edit"] <= 12 + 12 + 2  # of the films, of the collections, and what is learned of lists
    assert kinds["metadata"] <= 12 + 12 + 4
    again = since(stepper)
    stepper.sync(*scenes)
    assert asked(stepper, again) == ["metadata"]


def test_second_sync_asks_and_writes_nothing_for_collections(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio(stepper, details="Makes free films.", image=JPEG)
    _, scene = film(stepper)
    before = since(stepper)
    stepper.sync(scene)
    assert asked(stepper, before) == ["metadata"]


def test_only_what_is_named_is_taken_from_stash(stepper: Stepper) -> None:
    stepper.configure(**{**ON, "collections_follow": "summary, background"}, collection_prefix="Studio: ")
    studio(stepper, details="Makes free films.", image=JPEG)
    film(stepper)
    dressed = collection(stepper, "Studio: Blender")
    assert (dressed.summary, dressed.poster_sha1) == ("Makes free films.", "")
    assert dressed.background_sha1 != ""
    assert "titleSort" not in dressed.values


def test_nothing_is_asked_of_collections_while_it_is_off(stepper: Stepper) -> None:
    stepper.configure(**{**ON, "collections_follow": ""})
    studio(stepper, details="Makes free films.", image=JPEG)
    film(stepper)
    before = since(stepper)
    film(stepper, "Spring", groups=["Shorts"])
    assert [record.path for record in stepper.plex.journal.records() if ("type", "18") in record.query] == []
    assert collection(stepper).summary == ""
    assert "picture_list" not in asked(stepper, before)


def test_group_gives_its_two_pictures_and_a_drawing_is_none(stepper: Stepper) -> None:
    stepper.configure(**{**ON, "collections_from": "groups, performers"})
    stepper.stash.library.add_group("Shorts", synopsis="All short.", front_image=JPEG, back_image=OTHER_JPEG)
    film(stepper, groups=["Shorts"], performers=["Ada Example"])
    dressed, bare = collection(stepper, "Shorts"), collection(stepper, "Ada Example")
    assert dressed.summary == "All short."
    assert "" not in (dressed.poster_sha1, dressed.background_sha1)
    assert dressed.poster_sha1 != dressed.background_sha1
    assert (bare.poster_sha1, bare.background_sha1, bare.summary) == ("", "", "")


def test_collection_follows_what_is_changed_in_stash(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.", image=JPEG)
    film(stepper)
    before, first = since(stepper), collection(stepper)
    change_studio(stepper, studio_id, details="Makes other films.")
    assert collection(stepper).summary == "Makes other films."
    assert collection(stepper).uploads == first.uploads
    assert asked(stepper, before) == ["metadata", "edit"] or stepper.plex.options.collection_edits == "own"
    stepper.stash.library.studio(studio_id).image = OTHER_JPEG
    change_studio(stepper, studio_id, details=None)
    assert collection(stepper).summary == ""
    assert collection(stepper).poster_sha1 != first.poster_sha1


def test_what_was_edited_in_plex_stays(stepper: Stepper) -> None:
    stepper.configure(**ON, collection_prefix="Studio: ")
    studio_id = studio(stepper, details="Makes free films.", image=JPEG)
    film(stepper)
    title = "Studio: Blender"
    by_hand(stepper, title, summary="My own words.", titleSort="000")
    key = collection(stepper, title).rating_key
    stepper.plex.state.blobs["mine"] = b"mine"
    shelf = stepper.plex.state.items[key].pictures["posters"]
    shelf.pictures["upload://posters/mine"] = "mine"
    shelf.selected = "upload://posters/mine"
    stepper.stash.library.studio(studio_id).image = OTHER_JPEG
    change_studio(stepper, studio_id, details="Makes other films.")
    stays = collection(stepper, title)
    assert (stays.summary, stays.values["titleSort"], stays.poster_sha1) == ("My own words.", "000", "mine")


def test_collection_that_was_there_before_is_never_touched(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.", image=JPEG)
    mine = stepper.item("Mine.mkv", tags={"collection": ["Blender"]})
    key, _ = film(stepper)
    change_studio(stepper, studio_id, name="Blender Studio", details="Makes other films.")
    assert shown(stepper, key) == {"Blender Studio"}
    assert shown(stepper, mine) == {"Blender"}
    untouched = collection(stepper)
    assert (untouched.summary, untouched.poster_sha1, untouched.locked) == ("", "", frozenset())


def test_collection_of_the_name_that_a_filter_fills_is_never_touched(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio(stepper, details="Makes free films.", image=JPEG)
    smart = stepper.plex.state.add_collection(stepper.section, "Blender").rating_key
    film(stepper)
    assert stepper.plex.state.item(smart).summary == ""


def test_collection_that_somebody_makes_right_then_is_never_touched(stepper: Stepper) -> None:
    """Between our list and our edit: it has an item that we did not put in."""
    stepper.configure(**ON)
    studio(stepper, details="Makes free films.", image=JPEG)
    mine = stepper.item("Mine.mkv")
    meanwhile.at(stepper.plex, "edit", 1, lambda: put_by_hand(stepper, mine, "Blender"))
    film(stepper)
    assert collection(stepper).summary == ""


def test_renamed_studio_takes_its_collection_along(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.", image=JPEG)
    films = [film(stepper), film(stepper, "Spring")]
    by_hand(stepper, summary="My own words.")
    before, first = since(stepper), collection(stepper)
    change_studio(stepper, studio_id, name="Blender Studio")
    assert stepper.plex.state.collection_titles() == ["Blender Studio"]
    renamed = collection(stepper, "Blender Studio")
    assert (renamed.rating_key, renamed.summary, renamed.uploads) == (
        first.rating_key, "My own words.", first.uploads
    )  # fmt: skip
    assert [shown(stepper, key) for key, _ in films] == [{"Blender Studio"}] * 2
    edits = [record for record in stepper.plex.journal.records() if record.number > before and record.kind == "edit"]
    assert all(
        str(first.rating_key) in (record.path + str(record.query))
        for record in edits
        if "title.value" in str(record.query)
    )
    stepper.stash.save_scene(films[0][1], studio="Other")
    stepper.sync(films[0][1])
    assert shown(stepper, films[0][0]) == {"Other"}


def test_changed_prefix_takes_collections_along(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio(stepper, details="Makes free films.", image=JPEG)
    key, _ = film(stepper)
    first = collection(stepper)
    stepper.configure(**ON, collection_prefix="Studio: ")
    stepper.drain()
    stepper.drain()
    renamed = collection(stepper, "Studio: Blender")
    assert (renamed.rating_key, renamed.values["titleSort"]) == (first.rating_key, "Blender")
    assert shown(stepper, key) == {"Studio: Blender"}
    assert stepper.plex.state.collection_titles() == ["Studio: Blender"]


def test_collection_gets_its_name_back_where_items_keep_the_old_one(stepper: Stepper) -> None:
    stepper.plex.options.collection_names = "stay"
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.")
    key, _ = film(stepper)
    mine = stepper.item("Mine.mkv")
    put_by_hand(stepper, mine, "Blender")
    change_studio(stepper, studio_id, name="Blender Studio")
    assert shown(stepper, key) == {"Blender Studio"}
    assert shown(stepper, mine) == {"Blender"}
    assert collection(stepper).summary == "Makes free films."
    assert collection(stepper, "Blender Studio").summary == "Makes free films."
    before = since(stepper)
    change_studio(stepper, studio_id, name="Blender Cloud")
    assert "title.value" not in str(
        [
            record.query
            for record in stepper.plex.journal.records()
            if record.number > before and ("type", "18") in record.query
        ]
    )


def test_collection_that_was_renamed_in_plex_is_a_persons_from_then_on(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.")
    key, scene = film(stepper)
    first = collection(stepper).rating_key
    found = stepper.plex.state.items[first]
    found.values["title"] = "My Favorites"
    stepper.plex.state.collections.rename(found, stepper.plex.state.tags)
    change_studio(stepper, studio_id, name="Blender Studio", details="Makes other films.")
    assert shown(stepper, key) == {"My Favorites", "Blender Studio"}
    assert collection(stepper, "My Favorites").summary == "Makes free films."
    assert collection(stepper, "Blender Studio").summary == "Makes other films."
    before = stepper.writes()
    stepper.sync(scene)
    assert stepper.writes() == before


def test_film_that_you_took_out_says_nothing_of_the_way_in_which_plex_renames(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper)
    first, second = film(stepper)[0], film(stepper, "Spring")[0]
    by_hand(stepper, summary="My words.")
    put_by_hand(stepper, first)
    change_studio(stepper, studio_id, name="Blender Studio")
    change_studio(stepper, studio_id, name="Blender Institute")
    assert shown(stepper, second) == {"Blender Institute"}
    assert collection(stepper, "Blender Institute").summary == "My words."


def test_collection_that_you_made_while_our_edit_could_not_arrive_is_yours(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.")
    stepper.plex.faults.add(Fault("status", method="PUT"))
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel!", studio="Blender")
    stepper.sync(scene)
    put_by_hand(stepper, key, "Blender")
    stepper.now += 3600
    stepper.plex.state.items[collection(stepper).rating_key].added_at = int(stepper.now)
    stepper.plex.faults.clear_faults()
    stepper.finish()
    stepper.drain()
    assert (stepper.shown(key).title, collection(stepper).summary) == ("Sintel!", "")
    change_studio(stepper, studio_id, name="Blender Studio")
    assert "Blender Studio" in stepper.plex.state.collection_titles()


@pytest.mark.parametrize("name", ["Blender", "Blender Institute"])
def test_text_of_yours_stays_when_the_name_changes_again_while_plex_is_away(stepper: Stepper, name: str) -> None:
    """What was begun is finished first, and the name of now follows before the items are read."""
    stepper.configure(**ON)
    studio_id = studio(stepper)
    first, second = film(stepper)[0], film(stepper, "Spring")[0]
    by_hand(stepper, summary="My words.")
    stepper.plex.faults.add(Fault("status", method="PUT"))
    change_studio(stepper, studio_id, name="Blendr")
    stepper.now += 5
    stepper.stash.send("studioUpdate", {"id": studio_id, "name": name})
    stepper.append(stepper.stash.hook_runs[-1].document["args"]["hookContext"])
    stepper.plex.faults.clear_faults()
    stepper.finish()
    assert shown(stepper, first) == shown(stepper, second) == {name}
    assert stepper.plex.state.collection_titles() == [name]
    assert collection(stepper, name).summary == "My words."


def test_name_that_another_collection_has_is_not_taken(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.")
    key, _ = film(stepper)
    mine = stepper.item("Mine.mkv", tags={"collection": ["Blender Studio"]})
    change_studio(stepper, studio_id, name="Blender Studio")
    assert shown(stepper, key) == shown(stepper, mine) == {"Blender Studio"}
    assert collection(stepper, "Blender Studio").summary == ""


def test_collection_of_a_studio_and_a_group_is_named_and_dressed_after_none(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.")
    film(stepper, groups=["Blender"])
    assert collection(stepper).summary == ""
    change_studio(stepper, studio_id, name="Blender Studio")
    assert stepper.plex.state.collection_titles() == ["Blender", "Blender Studio"]


def test_network_with_films_of_its_own_is_one_source_and_its_collection_follows_it(stepper: Stepper) -> None:
    stepper.configure(**{**ON, "collections_from": "studio, network"})
    studio_id = studio(stepper, details="Makes free films.")
    studio(stepper, "Open Shorts", parent_id=studio_id)
    films = [film(stepper), film(stepper, "Spring", studio="Open Shorts")]
    first = collection(stepper)
    assert first.summary == "Makes free films."
    change_studio(stepper, studio_id, name="Blender Studio")
    assert collection(stepper, "Blender Studio").rating_key == first.rating_key
    assert [shown(stepper, key) for key, _ in films] == [{"Blender Studio"}, {"Blender Studio", "Open Shorts"}]
    stepper.configure(
        **{**ON, "collections_from": "studio, network"}, collection_prefixes='network => "Network: "; studio => ""'
    )
    stepper.drain()
    stepper.drain()
    assert collection(stepper, "Blender Studio").rating_key == first.rating_key
    assert shown(stepper, films[1][0]) == {"Network: Blender Studio", "Open Shorts"}


def test_studios_that_exchange_their_names_exchange_what_is_said_of_them(stepper: Stepper) -> None:
    """Neither collection can be renamed, for the other one has the name: the items move, and what is said follows."""
    stepper.configure(**ON)
    blender, pixel = studio(stepper, details="Of Blender."), studio(stepper, "Pixel", details="Of Pixel.")
    stepper.now += 5
    stepper.stash.library.studio(pixel).created_at += 5
    film(stepper)
    film(stepper, "Spring", studio="Pixel")
    for studio_id, name in ((blender, "Between"), (pixel, "Blender"), (blender, "Pixel")):
        stepper.stash.send("studioUpdate", {"id": studio_id, "name": name})
        stepper.append(stepper.stash.hook_runs[-1].document["args"]["hookContext"])
    stepper.finish()
    stepper.drain()
    assert collection(stepper, "Pixel").summary == "Of Blender."
    assert collection(stepper, "Blender").summary in ("", "Of Pixel.")


def test_collection_follows_the_studio_that_has_its_name_after_a_full_import(stepper: Stepper) -> None:
    """The ids went round: what was made of the studio 1 is made of the studio 2 now."""
    stepper.configure(**ON)
    studio(stepper, details="Makes free films.")
    _, scene = film(stepper)
    blender = stepper.stash.library.studios.pop(1)
    other = studio(stepper, "Pixel")
    stepper.stash.library.studios.pop(other)
    stepper.stash.library.studios.update({2: replace(blender, id=2, details="Makes more films."), 1: blender})
    blender.name, blender.created_at = "Pixel", blender.created_at + 500
    stepper.stash.library.scenes[scene].studio_id = 2
    stepper.sync(scene)
    film(stepper, "Spring", studio="Pixel")
    stepper.drain()
    assert collection(stepper).summary == "Makes more films."


def test_id_that_stash_gives_to_another_studio_renames_and_dresses_nothing(stepper: Stepper) -> None:
    """As after a Full Import: the collection of the one before would get the other one's name."""
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.")
    film(stepper)
    found = stepper.stash.library.studio(studio_id)
    found.created_at += 1000
    change_studio(stepper, studio_id, name="Disney", details="Makes other films.")
    assert "Disney" in stepper.plex.state.collection_titles()
    assert collection(stepper, "Disney").summary in ("", "Makes other films.")
    assert stepper.plex.state.collection_titles() == ["Disney"]


def test_collections_of_before_are_found_by_what_is_kept_for_an_undo(stepper: Stepper) -> None:
    stepper.configure(**{**ON, "collections_follow": ""})
    studio(stepper, details="Makes free films.", image=JPEG)
    film(stepper)
    stepper.stash.library.add_group("Mine", synopsis="Not of use.")
    mine, scene = stepper.item("Mine.mkv"), stepper.scene("Mine.mkv", title="Mine", groups=["Mine"])
    put_by_hand(stepper, mine, "Mine")
    stepper.now += 2
    stepper.sync(scene)
    stepper.configure(**ON)
    stepper.drain()
    stepper.drain()
    assert collection(stepper).summary == "Makes free films."
    assert collection(stepper, "Mine").summary == ""


def test_failure_of_a_collection_fails_no_scene(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.", image=JPEG)
    stepper.open_log()
    stepper.plex.options.refused_fields = frozenset({"summary"})
    key, _ = film(stepper)
    assert shown(stepper, key) == {"Blender"}
    assert stepper.dead_letters() == []
    assert "texts: not written" in stepper.log()
    assert "Blender" not in stepper.log()
    (line,) = report_of_collections(stepper.records)
    assert line.startswith('the collection "Blender", texts: Plex refused')
    dressed = collection(stepper)
    assert dressed.poster_sha1 == dressed.background_sha1 == sha1_of(JPEG)
    stepper.plex.options.refused_fields = frozenset()
    change_studio(stepper, studio_id, details="Makes other films.", image=as_url(OTHER_JPEG))
    assert report_of_collections(stepper.records) == []
    dressed = collection(stepper)
    assert (dressed.summary, dressed.poster_sha1) == ("Makes other films.", sha1_of(OTHER_JPEG))


def test_picture_that_cannot_be_sent_keeps_no_text_back_and_is_told_until_it_is_another(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.", image=b"GIF8 of old")
    film(stepper)
    assert collection(stepper).summary == "Makes free films."
    assert [each.partition(":")[0] for each in report_of_collections(stepper.records)] == [
        'the collection "Blender", poster',
        'the collection "Blender", background',
    ]
    change_studio(stepper, studio_id, image=as_url(JPEG))
    assert report_of_collections(stepper.records) == []
    change_studio(stepper, studio_id, image=as_url(b"GIF8 of now"))
    assert len(report_of_collections(stepper.records)) == 2
    stepper.configure(**{**ON, "collections_follow": ""})
    film(stepper, "Spring")
    assert report_of_collections(stepper.records) == []


@pytest.mark.parametrize("ends", ["followed in name only", "studio deleted", "left by its items"])
def test_what_a_collection_could_not_get_is_not_told_any_more_when_nobody_wants_it(stepper: Stepper, ends: str) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper, image=b"GIF8 of old")
    _, scene = film(stepper)
    film(stepper, "Elephants Dream", studio="Other")
    assert len(report_of_collections(stepper.records)) == 2
    if ends == "followed in name only":
        stepper.configure(**{**ON, "collections_follow": "name"})
        film(stepper, "Spring")
    elif ends == "studio deleted":
        stepper.stash.destroy_studio(studio_id)
        follow_hook(stepper)
    else:
        stepper.stash.save_scene(scene, studio_id=None)
        follow_hook(stepper)
        stepper.drain()
    assert report_of_collections(stepper.records) == []


def test_worker_that_ends_before_the_look_finds_what_it_made(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio(stepper, details="Makes free films.", image=JPEG)
    lists_again = Fault("status", skip=1, times=1, when=lambda request: request.first("type") == "18")
    stepper.plex.faults.add(lists_again)
    film(stepper)
    assert collection(stepper).summary == ""
    stepper.restart()
    stepper.drain()
    film(stepper, "Spring")
    assert collection(stepper).summary == "Makes free films."


def test_restore_leaves_no_collection_of_ours(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio(stepper, details="Makes free films.", image=JPEG)
    key, _ = film(stepper)
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.drain()
    assert shown(stepper, key) == set()
    assert stepper.plex.state.collection_titles() == []


def test_dry_run_touches_no_collection(stepper: Stepper) -> None:
    stepper.configure(**ON)
    studio_id = studio(stepper, details="Makes free films.")
    film(stepper)
    stepper.configure(**ON, dry_run=True)
    before = stepper.writes()
    change_studio(stepper, studio_id, name="Blender Studio", details="Makes other films.")
    assert stepper.writes() == before
