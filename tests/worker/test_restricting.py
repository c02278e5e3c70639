"""What Plex Home and shares restrict by: content ratings and labels, as the rules on tags say."""

from typing import Any

import pytest

from sync_queue.models import METADATA, create_sync_job
from tests.stepper import Stepper
from worker.control.jobs import control_job
from worker.control.kinds import RESTORE

RULES = "XXX; Family => G"


def film(stepper: Stepper, name: str = "Sintel", rating: str = "", **fields: Any) -> tuple[int, int]:
    """Rating key and scene of a film that is in Plex with this content rating, synced."""
    values = {"contentRating": rating} if rating else {}
    key, scene = stepper.item(f"{name}.mkv", **values), stepper.scene(f"{name}.mkv", title=f"{name}!", **fields)
    stepper.sync(scene)
    return key, scene


def rating(stepper: Stepper, key: int) -> str:
    return stepper.shown(key).values.get("contentRating", "")


def labels(stepper: Stepper, key: int) -> set[str]:
    return set(stepper.shown(key).tags.get("label", ()))


def settle(stepper: Stepper, **settings: Any) -> None:
    """Other settings, and a worker that has done what follows from them."""
    stepper.configure(**settings)
    stepper.drain()
    stepper.drain()


def test_content_rating_rides_in_the_edit_and_is_locked(stepper: Stepper) -> None:
    stepper.configure(content_rating=RULES, skip_fields="poster")
    key, _ = film(stepper, tags=["Animation"])
    assert rating(stepper, key) == "XXX"
    assert "contentRating" in stepper.shown(key).locked
    assert stepper.writes() == 1


def test_second_sync_writes_nothing(stepper: Stepper) -> None:
    stepper.configure(
        content_rating=RULES, labels="Stash; Family => Kids", labels_from="studio, groups, performers, organized"
    )
    people: dict[str, Any] = {"studio": "Open", "groups": ["Shorts"], "performers": ["Ada Example"]}
    key, scene = film(stepper, tags=["Family"], organized=True, **people)
    assert labels(stepper, key) == {"Stash", "Kids", "Open", "Shorts", "Ada Example", "Organized"}
    before = stepper.writes()
    stepper.sync(scene)
    assert stepper.writes() == before


def test_content_rating_follows_the_tags_of_a_save(stepper: Stepper) -> None:
    stepper.configure(content_rating=RULES)
    key, scene = film(stepper, rating="PG-13", tags=["Family"])
    assert rating(stepper, key) == "G"
    stepper.stash.save_scene(scene, tag_ids=[])
    stepper.sync(scene, fields=("tag_ids",))
    assert rating(stepper, key) == "XXX"


def test_content_rating_of_an_agent_stays_when_no_rule_fits(stepper: Stepper) -> None:
    stepper.configure(content_rating="Family => G")
    key, _ = film(stepper, rating="PG-13", tags=["Animation"])
    assert rating(stepper, key) == "PG-13"
    assert "contentRating" not in stepper.shown(key).locked


def test_content_rating_of_ours_goes_when_its_tag_goes(stepper: Stepper) -> None:
    stepper.configure(content_rating="Family => G")
    key, scene = film(stepper, tags=["Family"])
    stepper.stash.save_scene(scene, tag_ids=[])
    stepper.sync(scene, fields=("tag_ids",))
    assert rating(stepper, key) == ""


def test_many_content_ratings_are_held_when_a_tag_is_gone(stepper: Stepper) -> None:
    stepper.configure(content_rating="Family => G")
    keys = [stepper.item(f"Film {number}.mkv") for number in range(30)]
    stepper.sync(*(stepper.scene(f"Film {number}.mkv", tags=["Family", "Short"]) for number in range(30)))
    (tag,) = (tag.id for tag in stepper.stash.library.tags.values() if tag.name == "Family")
    stepper.stash.destroy_tag(tag)
    data = {"event": "destroy", "ids": [tag]}
    stepper.put({"scene_id": None, "update_type": "tag", "data": data, "enqueued_at": stepper.now, "job_key": "tag_1"})
    stepper.drain()
    assert stepper.records.emptyings.held().fields == {"content_rating": 30}
    assert {rating(stepper, key) for key in keys} == {"G"}


def test_content_ratings_stay_when_the_setting_is_lost(stepper: Stepper) -> None:
    stepper.configure(content_rating=RULES)
    key, scene = film(stepper, tags=["Animation"])
    settle(stepper)
    stepper.sync(scene)
    assert rating(stepper, key) == "XXX"


def test_rules_that_are_set_later_reach_what_was_synced(stepper: Stepper) -> None:
    key, _ = film(stepper, tags=["Family"])
    settle(stepper, content_rating=RULES, labels="Stash")
    assert (rating(stepper, key), labels(stepper, key)) == ("G", {"Stash"})


@pytest.mark.parametrize("reading", ["add", "replace"])
def test_labels_of_ours_go_and_those_of_the_user_stay(stepper: Stepper, reading: Any) -> None:
    stepper.plex.options.tag_lists = reading
    stepper.configure(labels="Family => Kids; Stash")
    key, scene = film(stepper, tags=["Family"])
    item, by_hand = stepper.plex.state.items[key], stepper.plex.state.tags.taggings("label", ["Mine"])
    item.tags = {**item.tags, "label": (*item.tags["label"], *by_hand)}
    stepper.stash.save_scene(scene, tag_ids=[])
    stepper.sync(scene, fields=("tag_ids",))
    assert labels(stepper, key) == {"Stash", "Mine"}


def test_restore_gives_back_the_content_rating_and_the_labels_of_before(stepper: Stepper) -> None:
    key, scene = film(stepper, rating="PG-13", tags=["Family"])
    settle(stepper, content_rating=RULES, labels="Stash")
    assert rating(stepper, key) == "G"
    stepper.put(control_job(RESTORE, {"scene_id": scene}, now=stepper.now))
    stepper.drain()
    assert (rating(stepper, key), labels(stepper, key)) == ("PG-13", set())
    assert "contentRating" not in stepper.shown(key).locked


def test_content_rating_that_was_changed_in_plex_becomes_stashs_again(stepper: Stepper) -> None:
    stepper.configure(content_rating=RULES)
    key, scene = film(stepper)
    stepper.plex.state.items[key].values["contentRating"] = "R"
    stepper.sync(scene)
    assert rating(stepper, key) == "XXX"


def test_content_rating_that_was_changed_in_plex_stays_when_edits_are_kept(stepper: Stepper) -> None:
    stepper.configure(content_rating=RULES, preserve_plex_edits=True)
    key, scene = film(stepper)
    stepper.plex.state.items[key].values["contentRating"] = "R"
    stepper.put(create_sync_job(scene, METADATA, {"fields": ["details"]}, now=stepper.now))
    stepper.drain()
    assert rating(stepper, key) == "R"


def test_episode_gets_both(stepper: Stepper) -> None:
    stepper.configure(content_rating=RULES, labels="Stash")
    shows = stepper.plex.state.add_section("Shows", "show", ("/media",)).key
    key = stepper.item("Show S01E01.mkv", section=shows, show="Show", episode=1)
    scene = stepper.scene("Show S01E01.mkv", title="One!")
    stepper.sync(scene)
    assert (rating(stepper, key), labels(stepper, key)) == ("XXX", {"Stash"})


@pytest.mark.parametrize(
    ("source", "had", "lost", "sent"),
    [
        ("organized", {"organized": True}, {"organized": False}, "organized"),
        ("studio", {"studio": "Open"}, {"studio_id": None}, "studio_id"),
        ("groups", {"groups": ["Shorts"]}, {"groups": []}, "groups"),
        ("performers", {"performers": ["Ada Example"]}, {"performer_ids": []}, "performer_ids"),
    ],
)
def test_save_that_takes_a_label_away_is_never_held(
    stepper: Stepper, source: str, had: dict[str, Any], lost: dict[str, Any], sent: str
) -> None:
    """However many somebody saves one by one; the bound for what no save named is 25."""
    stepper.configure(labels_from=source, skip_fields="poster, actor, studio")
    films = [film(stepper, f"Film {number}", **had) for number in range(30)]
    stepper.later(60)  # Plex is asked for news once a second
    assert all(labels(stepper, key) for key, _ in films)
    for _, scene in films:
        stepper.stash.save_scene(scene, **lost)
        stepper.sync(scene, fields=(sent,))
    assert not any(labels(stepper, key) for key, _ in films)
