"""Where tags go by rules: into which list of Plex, by name, alias and the tags above, and what follows a change there."""

from collections.abc import Sequence
from typing import Any

import pytest

from sync_queue.models import METADATA, create_sync_job
from tests.fakes.stash.faults import Fault
from tests.stepper import Stepper
from worker.control.jobs import control_job
from worker.control.kinds import RESTORE
from worker.facts import TAG_REACH

RULES = "Animals/* => labels; Mood => collections; Seen => nowhere"
TAGS = ["Animals", "Lions", "Mood", "Seen", "Short"]


def tag(stepper: Stepper, name: str, *above: str, aliases: Sequence[str] = ()) -> int:
    """A tag below others that are there; its id."""
    parents = tuple(known.id for known in stepper.stash.library.tags.values() if known.name in above)
    return stepper.stash.library.add_tag(name, parent_ids=parents, aliases=tuple(aliases)).id


def film(stepper: Stepper, *tags: str, name: str = "Sintel", **fields: Any) -> tuple[int, int]:
    """Rating key and scene, synced."""
    stepper.now += 2  # a file that is missing in the index is looked for once a second
    key, scene = stepper.item(f"{name}.mkv"), stepper.scene(f"{name}.mkv", title=f"{name}!", tags=tags, **fields)
    stepper.sync(scene)
    return key, scene


def shown(stepper: Stepper, key: int) -> dict[str, set[str]]:
    """The lists that tags go to, without those that are empty."""
    tags = stepper.shown(key).tags
    return {kind: set(tags[kind]) for kind in ("genre", "label", "collection") if tags.get(kind)}


def after_hook(stepper: Stepper) -> None:
    """What the last hook of Stash told is queued and done."""
    stepper.append(stepper.stash.hook_runs[-1].document["args"]["hookContext"])
    stepper.now += 3
    stepper.drain()
    stepper.drain()


def settle(stepper: Stepper, **settings: Any) -> None:
    """Other settings, and a worker that has done what follows from them."""
    stepper.configure(**settings)
    stepper.drain()
    stepper.drain()


@pytest.fixture
def lions(stepper: Stepper) -> int:
    """The tag Lions, below Cats, below Animals."""
    tag(stepper, "Animals", aliases=["Fauna"])
    tag(stepper, "Cats", "Animals", aliases=["Felines"])
    return tag(stepper, "Lions", "Cats")


def test_tags_go_where_the_first_rule_says_that_fits(stepper: Stepper, lions: int) -> None:
    stepper.configure(tag_rules=RULES)
    key, scene = film(stepper, *TAGS)
    assert shown(stepper, key) == {"label": {"Animals", "Lions"}, "collection": {"Mood"}, "genre": {"Short"}}
    before = stepper.writes()
    stepper.sync(scene)
    assert stepper.writes() == before, "the second sync writes nothing"
    assert lions


@pytest.mark.parametrize(
    ("word", "fits"),
    [("felines/*", True), ("Fauna/*", True), ("Cats/*", True), ("Cats", False), ("3", True), ("1/*", True)],
)
@pytest.mark.usefixtures("lions")
def test_tag_is_named_by_alias_id_and_what_it_stands_below(stepper: Stepper, word: str, fits: bool) -> None:
    stepper.configure(tag_rules=f"{word} => labels")
    key, _ = film(stepper, "Lions")
    assert shown(stepper, key) == {"label" if fits else "genre": {"Lions"}}


@pytest.mark.usefixtures("lions")
def test_every_setting_that_names_tags_knows_the_same_words(stepper: Stepper) -> None:
    stepper.configure(content_rating="Felines/* => G", labels="Fauna/* => Zoo", exclude_tags="Animals/*")
    key, _ = film(stepper, "Lions", "Short")
    assert stepper.shown(key).values["contentRating"] == "G"
    assert shown(stepper, key) == {"genre": {"Short"}, "label": {"Zoo"}}


@pytest.mark.usefixtures("lions")
def test_scenes_are_chosen_and_left_out_by_the_same_words(stepper: Stepper) -> None:
    stepper.configure(only_tags="Felines/*, Mood", except_tags="Mood")
    chosen, _ = film(stepper, "Lions")
    left_out, _ = film(stepper, "Mood", name="Spring")
    assert (shown(stepper, chosen), shown(stepper, left_out)) == ({"genre": {"Lions"}}, {})


@pytest.mark.parametrize("reading", ["add", "replace"])
@pytest.mark.usefixtures("lions")
def test_new_rule_takes_our_genre_away_and_leaves_that_of_the_user(stepper: Stepper, reading: Any) -> None:
    stepper.plex.options.tag_lists = reading
    key, _ = film(stepper, "Lions", "Short")
    item = stepper.plex.state.items[key]
    item.tags = {**item.tags, "genre": (*item.tags["genre"], *stepper.plex.state.tags.taggings("genre", ["Mine"]))}
    settle(stepper, tag_rules="Cats/* => labels")
    assert shown(stepper, key) == {"genre": {"Mine", "Short"}, "label": {"Lions"}}
    settle(stepper)
    assert shown(stepper, key) == {"genre": {"Mine", "Short", "Lions"}}


@pytest.mark.parametrize("reading", ["add", "replace"])
def test_restore_gives_back_the_lists_of_before(stepper: Stepper, reading: Any) -> None:
    stepper.plex.options.tag_lists = reading
    stepper.configure(tag_rules=RULES)
    key, scene = stepper.item("Sintel.mkv", tags={"genre": ["Mine"]}), stepper.scene("Sintel.mkv", tags=TAGS)
    stepper.sync(scene)
    assert shown(stepper, key)["genre"] >= {"Short"}
    stepper.put(control_job(RESTORE, {"scene_id": scene}, now=stepper.now))
    stepper.drain()
    assert shown(stepper, key) == {"genre": {"Mine"}}


def test_episode_gets_the_labels(stepper: Stepper) -> None:
    stepper.configure(tag_rules="Mood => labels, genres")
    shows = stepper.plex.state.add_section("Shows", "show", ("/media",)).key
    key = stepper.item("Show S01E01.mkv", section=shows, show="Show", episode=1)
    stepper.sync(stepper.scene("Show S01E01.mkv", title="One!", tags=["Mood", "Short"]))
    assert shown(stepper, key) == {"label": {"Mood"}}


def test_collection_of_a_tag_has_the_prefix_of_its_kind(stepper: Stepper) -> None:
    stepper.configure(tag_rules="Mood => collections", collection_prefixes="tags => Tag:")
    key, _ = film(stepper, "Mood")
    assert shown(stepper, key) == {"collection": {"Tag: Mood"}}


# -- the tree changes -------------------------------------------------------------------------------------------------


def test_tag_that_moves_below_another_reaches_the_scenes_with_tags_below_it(stepper: Stepper, lions: int) -> None:
    stepper.configure(tag_rules="Wild/* => labels")
    wild = tag(stepper, "Wild")
    key, _ = film(stepper, "Lions", "Short")
    other, _ = film(stepper, "Short", name="Spring")
    (cats,) = stepper.stash.library.tags[lions].parent_ids
    done = stepper.stats()["completed"]
    stepper.stash.send("tagUpdate", {"id": cats, "parent_ids": [wild]})
    after_hook(stepper)
    assert shown(stepper, key) == {"genre": {"Short"}, "label": {"Lions"}}
    assert shown(stepper, other) == {"genre": {"Short"}}
    assert stepper.stats()["completed"] - done == 2, "the tag, and the one scene that it concerns"
    stepper.stash.send("tagUpdate", {"id": wild, "child_ids": []})
    after_hook(stepper)
    assert shown(stepper, key) == {"genre": {"Short", "Lions"}}


def test_tag_that_moves_back_is_noticed_when_only_the_other_side_was_edited(stepper: Stepper, lions: int) -> None:
    stepper.configure(tag_rules="Animals/* => labels")
    key, _ = film(stepper, "Lions")
    (cats,) = stepper.stash.library.tags[lions].parent_ids
    stepper.stash.send("tagUpdate", {"id": cats, "child_ids": []})
    after_hook(stepper)
    assert shown(stepper, key) == {"genre": {"Lions"}}


def test_alias_that_is_given_reaches_the_scenes_of_the_tag(stepper: Stepper, lions: int) -> None:
    stepper.configure(content_rating="Kings => G")
    key, _ = film(stepper, "Lions")
    stepper.stash.send("tagUpdate", {"id": lions, "aliases": ["Kings"]})
    after_hook(stepper)
    assert stepper.shown(key).values["contentRating"] == "G"


def test_rule_goes_on_with_the_tag_into_which_its_own_was_merged(stepper: Stepper, lions: int) -> None:
    stepper.configure(tag_rules="Big cats => labels")
    big = tag(stepper, "Big cats")
    key, _ = film(stepper, "Big cats")
    other, _ = film(stepper, "Lions", name="Spring")
    assert (shown(stepper, key), shown(stepper, other)) == ({"label": {"Big cats"}}, {"genre": {"Lions"}})
    stepper.stash.merge_tags([big], lions)
    after_hook(stepper)
    assert shown(stepper, key) == shown(stepper, other) == {"label": {"Lions"}}


def test_tags_below_one_that_is_deleted_follow_the_rules_without_it(stepper: Stepper, lions: int) -> None:
    stepper.configure(tag_rules="Animals/* => labels")
    key, _ = film(stepper, "Lions")
    (cats,) = stepper.stash.library.tags[lions].parent_ids
    stepper.stash.destroy_tag(cats)
    after_hook(stepper)
    assert shown(stepper, key) == {"genre": {"Lions"}}


def test_change_that_told_nobody_is_found_while_the_worker_rests(stepper: Stepper, lions: int) -> None:
    stepper.configure(tag_rules="Wild/* => labels")
    key, _ = film(stepper, "Lions")
    stepper.restart()
    stepper.stash.library.tags[lions].parent_ids = (tag(stepper, "Wild"),)
    stepper.later(25)
    stepper.drain()
    assert shown(stepper, key) == {"label": {"Lions"}}


def test_scene_that_was_left_out_takes_part_when_its_tag_moves(stepper: Stepper, lions: int) -> None:
    stepper.configure(only_tags="Wild/*")
    wild = tag(stepper, "Wild")
    key, _ = film(stepper, "Lions")
    assert shown(stepper, key) == {}
    stepper.stash.send("tagUpdate", {"id": lions, "parent_ids": [wild]})
    after_hook(stepper)
    assert shown(stepper, key) == {"genre": {"Lions"}}


def test_scene_that_was_never_synced_is_left_to_sync_all(stepper: Stepper, lions: int) -> None:
    stepper.configure(tag_rules="Wild/* => labels")
    film(stepper, "Short")
    key, _ = stepper.item("Hero.mkv"), stepper.scene("Hero.mkv", tags=["Lions"])
    stepper.stash.send("tagUpdate", {"id": lions, "parent_ids": [tag(stepper, "Wild")]})
    after_hook(stepper)
    assert shown(stepper, key) == {}


def test_version_that_knows_aliases_reaches_what_was_synced_by_names_alone(stepper: Stepper, lions: int) -> None:
    stepper.configure(content_rating="Felines => G; Kings => PG; R")
    key, _ = film(stepper, "Lions")
    assert stepper.shown(key).values["contentRating"] == "R"
    stepper.close_worker()
    stepper.open()
    stepper.records.facts.put(TAG_REACH, None)  # as after the version before
    stepper.stash.library.tags[lions].aliases = ("Kings",)
    stepper.stash.library.touch(stepper.stash.library.tags[lions])
    stepper.later(25)
    stepper.drain()
    assert stepper.shown(key).values["contentRating"] == "PG"


# -- nothing is guessed -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("lions")
def test_nothing_moves_while_the_tags_cannot_be_read(stepper: Stepper) -> None:
    stepper.configure(tag_rules="Animals/* => labels")
    key, scene = film(stepper, "Lions")
    stepper.restart()
    stepper.stash.faults.add(Fault("locked", asks="findTags"))
    stepper.sync(scene)
    assert shown(stepper, key) == {"label": {"Lions"}}
    assert stepper.stats()["pending"] == 1
    stepper.stash.faults.clear()
    stepper.later(60)
    assert stepper.stats()["pending"] == 0
    assert shown(stepper, key) == {"label": {"Lions"}}


def test_who_names_no_tags_asks_for_none(stepper: Stepper) -> None:
    stepper.configure(content_rating="XXX", tags_to="labels")
    film(stepper, "Short")
    stepper.later(60)
    assert "findTags" not in stepper.stash.log.counts


# -- performers' own tags ---------------------------------------------------------------------------------------------


@pytest.fixture
def ada(stepper: Stepper, lions: int) -> int:
    """A performer with the tag Lions."""
    return stepper.stash.library.add_performer("Ada Example", tag_ids=(lions,)).id


@pytest.mark.usefixtures("ada")
def test_tags_of_performers_go_the_way_of_the_scenes_own(stepper: Stepper) -> None:
    stepper.configure(performer_tags=True, tag_rules="Mood => nowhere")
    key, scene = film(stepper, "Mood", "Short", performers=["Ada Example"])
    assert shown(stepper, key) == {"genre": {"Lions", "Short"}}
    settle(stepper, performer_tags=True, tag_rules="Cats/* => labels; Mood => nowhere")
    assert shown(stepper, key) == {"genre": {"Short"}, "label": {"Lions"}}
    settle(stepper, tag_rules="Mood => nowhere")
    assert shown(stepper, key) == {"genre": {"Short"}}
    before = stepper.writes()
    stepper.sync(scene)
    assert stepper.writes() == before


@pytest.mark.usefixtures("ada")
def test_tags_of_performers_restrict_and_choose_nothing(stepper: Stepper) -> None:
    stepper.configure(performer_tags=True, content_rating="Lions => G; R", except_tags="Lions")
    key, _ = film(stepper, "Short", performers=["Ada Example"])
    assert stepper.shown(key).values["contentRating"] == "R"


def test_change_of_a_performers_tags_reaches_its_scenes_where_they_are_wanted(stepper: Stepper, ada: int) -> None:
    stepper.configure(performer_tags=True)
    key, _ = film(stepper, "Short", performers=["Ada Example"])
    stepper.stash.send("bulkPerformerUpdate", {"ids": [ada], "tag_ids": {"ids": [], "mode": "SET"}})
    after_hook(stepper)
    assert shown(stepper, key) == {"genre": {"Short"}}
    settle(stepper)
    done = stepper.stats()["completed"]
    stepper.stash.send("bulkPerformerUpdate", {"ids": [ada], "tag_ids": {"ids": [1], "mode": "SET"}})
    after_hook(stepper)
    assert stepper.stats()["completed"] - done == 1, "the performer alone"


def test_renamed_tag_of_a_performer_reaches_its_scenes(stepper: Stepper, lions: int, ada: int) -> None:
    stepper.configure(performer_tags=True)
    key, _ = film(stepper, performers=["Ada Example"])
    stepper.stash.rename_tag(lions, "Big lions")
    after_hook(stepper)
    assert shown(stepper, key) == {"genre": {"Big lions"}}
    assert ada


def test_save_that_takes_a_performer_away_is_never_held(stepper: Stepper, ada: int) -> None:
    """However many somebody saves one by one; the bound here is one."""
    stepper.fine_tune(emptying_limit=1)
    stepper.configure(performer_tags=True, skip_fields="poster, actor")
    films = [film(stepper, name=f"Film {number}", performers=["Ada Example"]) for number in range(4)]
    stepper.later(60)
    for _, scene in films:
        stepper.stash.save_scene(scene, performer_ids=[])
        stepper.put(create_sync_job(scene, METADATA, {"fields": ["performer_ids"]}, now=stepper.now))
        stepper.drain()
    assert [shown(stepper, key) for key, _ in films] == [{}] * 4
    assert ada
