"""Titles by a format, codes, studios and networks, performers told apart: from Stash to Plex and back again."""

from typing import Any

import pytest

from sync_queue.models import METADATA, create_sync_job
from tests.fakes.stash.model import SceneGroup
from tests.stepper import Stepper
from worker.control.jobs import control_job
from worker.control.kinds import RESTORE

FORMAT = "[{studio}] {title} ({year})"
READINGS = ["add", "replace"]


def film(stepper: Stepper, name: str = "Sintel", **fields: Any) -> tuple[int, int]:
    """Rating key and scene of a film, synced."""
    key, scene = stepper.item(f"{name}.mkv"), stepper.scene(f"{name}.mkv", **{"title": name, **fields})
    stepper.sync(scene)
    return key, scene


def settle(stepper: Stepper, **settings: Any) -> None:
    """Other settings, and a worker that has done what follows from them."""
    stepper.configure(**settings)
    stepper.drain()
    stepper.drain()


def named(stepper: Stepper, kind: str, name: str) -> Any:
    """The performer, studio or group of this name in Stash."""
    return next(each for each in stepper.stash.library.entities()[kind].values() if each.name == name)


def save(stepper: Stepper, kind: str, known_as: str, **fields: Any) -> None:
    """Save one in Stash, as a user would, and let the worker do what its hook brings."""
    stepper.stash.send(f"{kind}Update", {"id": named(stepper, kind, known_as).id, **fields})
    stepper.append(stepper.stash.hook_runs[-1].document["args"]["hookContext"])
    stepper.drain()


def restore(stepper: Stepper, scene: int) -> None:
    stepper.put(control_job(RESTORE, {"scene_id": scene}, now=stepper.now))
    stepper.drain()


@pytest.mark.parametrize("episodes", [False, True])
def test_title_is_made_by_the_format_in_the_edit_that_is_sent_anyway(stepper: Stepper, episodes: bool) -> None:
    stepper.configure(title_format=FORMAT, skip_fields="poster")
    section = stepper.plex.state.add_section("Shows", "show", ["/media"]).key if episodes else stepper.section
    place = {"section": section, "show": "Open Movies", "episode": 1} if episodes else {}
    key = stepper.item("Sintel.mkv", **place)
    scene = stepper.scene("Sintel.mkv", title="Sintel", studio="Open", date="2010-09-27")
    stepper.sync(scene)
    assert stepper.shown(key).title == "[Open] Sintel (2010)"
    assert "title" in stepper.shown(key).locked
    assert stepper.writes() == 1
    stepper.sync(scene)
    assert stepper.writes() == 1


def test_format_that_is_set_and_emptied_later_reaches_what_was_synced_and_a_second_look_writes_nothing(
    stepper: Stepper,
) -> None:
    key, scene = film(stepper, studio="Open")
    settle(stepper, title_format=FORMAT)
    assert stepper.shown(key).title == "[Open] Sintel"
    before = stepper.writes()
    stepper.sync(scene)
    assert stepper.writes() == before
    settle(stepper)
    assert stepper.shown(key).title == "Sintel"


def test_title_of_an_agent_stays_where_the_scene_has_none_whatever_its_studio(stepper: Stepper) -> None:
    stepper.configure(title_format=FORMAT)
    key = stepper.item("sintel.1080p.mkv", title="Sintel, as the agent knows it")
    stepper.sync(stepper.scene("sintel.1080p.mkv", studio="Open", date="2010"))
    assert stepper.shown(key).title == "Sintel, as the agent knows it"
    assert "title" not in stepper.shown(key).locked


@pytest.mark.parametrize(
    ("kind", "old", "new", "title"),
    [
        ("studio", "Open", "Opened", "Opened: Sintel, Ada Example, Shorts"),
        ("performer", "Ada Example", "Ada Exemplar", "Open: Sintel, Ada Exemplar, Shorts"),
        ("group", "Shorts", "Long ones", "Open: Sintel, Ada Example, Long ones"),
    ],
)
def test_title_follows_what_is_renamed(stepper: Stepper, kind: str, old: str, new: str, title: str) -> None:
    stepper.configure(title_format="{studio}: {title}, {performers}, {group}")
    key, _ = film(stepper, studio="Open", performers=["Ada Example"], groups=["Shorts"])
    assert stepper.shown(key).title == "Open: Sintel, Ada Example, Shorts"
    save(stepper, kind, old, name=new)
    assert stepper.shown(key).title == title


def test_title_that_was_changed_in_plex_stays_when_edits_are_kept(stepper: Stepper) -> None:
    stepper.configure(title_format=FORMAT, preserve_plex_edits=True)
    key, scene = film(stepper, studio="Open")
    stepper.plex.state.items[key].values["title"] = "My Sintel"
    stepper.put(create_sync_job(scene, METADATA, {"fields": ["details"]}, now=stepper.now))
    stepper.drain()
    assert stepper.shown(key).title == "My Sintel"


def test_restore_gives_the_title_of_before_the_format_back(stepper: Stepper) -> None:
    stepper.configure(title_format=FORMAT)
    key, scene = film(stepper, studio="Open")
    restore(stepper, scene)
    assert stepper.shown(key).title == "Sintel"
    assert "title" not in stepper.shown(key).locked


def test_code_stands_in_for_a_title_and_gives_way_to_one(stepper: Stepper) -> None:
    stepper.configure(code_to="title", title_format=FORMAT)
    key, scene = film(stepper, title="", code="OM-03", studio="Open")
    assert stepper.shown(key).title == "[Open] OM-03"
    stepper.stash.save_scene(scene, title="Sintel!")
    stepper.sync(scene, fields=("title",))
    assert stepper.shown(key).title == "[Open] Sintel!"


def test_code_is_a_tagline_that_is_locked_and_given_back(stepper: Stepper) -> None:
    key = stepper.item("Sintel.mkv", tagline="Of dragons")
    scene = stepper.scene("Sintel.mkv", title="Sintel", code="OM-03")
    stepper.sync(scene)
    assert stepper.shown(key).values["tagline"] == "Of dragons"
    settle(stepper, code_to="tagline")
    assert stepper.shown(key).values["tagline"] == "OM-03"
    assert "tagline" in stepper.shown(key).locked
    settle(stepper)
    assert stepper.shown(key).values["tagline"] == "OM-03", "a setting that got lost empties nothing"
    restore(stepper, scene)
    assert stepper.shown(key).values["tagline"] == "Of dragons"
    assert "tagline" not in stepper.shown(key).locked


def test_tagline_of_an_agent_stays_where_a_scene_has_no_code_and_ours_goes_with_the_code(stepper: Stepper) -> None:
    stepper.configure(code_to="tagline")
    key = stepper.item("Sintel.mkv", tagline="Of dragons")
    scene = stepper.scene("Sintel.mkv", title="Sintel")
    stepper.sync(scene)
    assert stepper.shown(key).values["tagline"] == "Of dragons"
    stepper.stash.save_scene(scene, code="OM-03")
    stepper.append(stepper.stash.hook_runs[-1].document["args"]["hookContext"])
    stepper.drain()
    assert stepper.shown(key).values["tagline"] == "OM-03"
    stepper.stash.save_scene(scene, code="")
    stepper.sync(scene, fields=("code",))
    assert not stepper.shown(key).values.get("tagline")


@pytest.mark.parametrize(("source", "shown"), [("network", "Open Movies"), ("both", "Shorts (Open Movies)")])
def test_studio_is_the_network_and_follows_it(stepper: Stepper, source: str, shown: str) -> None:
    stepper.configure(studio_from=source)
    key, _ = film(stepper, studio="Shorts")
    assert stepper.shown(key).values["studio"] == "Shorts"
    above = stepper.stash.library.studio_id("Open Movies")
    save(stepper, "studio", "Shorts", parent_id=str(above))
    assert stepper.shown(key).values["studio"] == shown
    save(stepper, "studio", "Open Movies", name="Opened Movies")
    assert stepper.shown(key).values["studio"] == shown.replace("Open ", "Opened ")


@pytest.mark.parametrize("reading", READINGS)
def test_performer_is_told_apart_by_a_name_that_takes_the_place_of_the_other(stepper: Stepper, reading: Any) -> None:
    stepper.plex.options.tag_lists = reading
    key, scene = film(stepper, performers=["Ada Example", "Max Example"])
    save(stepper, "performer", "Ada Example", disambiguation="1980")
    item, by_hand = stepper.plex.state.items[key], stepper.plex.state.tags.taggings("actor", ["Somebody"])
    item.tags = {**item.tags, "actor": (*item.tags["actor"], *by_hand)}
    settle(stepper, performer_disambiguation=True, labels_from="performers")
    assert set(stepper.shown(key).tags["actor"]) == {"Ada Example (1980)", "Max Example", "Somebody"}
    assert set(stepper.shown(key).tags["label"]) == {"Ada Example (1980)", "Max Example"}
    save(stepper, "performer", "Ada Example", disambiguation="1981")
    assert set(stepper.shown(key).tags["actor"]) == {"Ada Example (1981)", "Max Example", "Somebody"}
    before = stepper.writes()
    stepper.sync(scene)
    assert stepper.writes() == before
    settle(stepper)
    assert set(stepper.shown(key).tags["actor"]) == {"Ada Example", "Max Example", "Somebody"}


def test_place_in_a_group_is_that_of_the_first_group_that_gives_one(stepper: Stepper) -> None:
    stepper.configure(title_format="{group} {index} - {title}")
    library = stepper.stash.library
    (loose,), (numbered,) = library.scene_groups(["Loose"]), library.scene_groups(["Numbered"])
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel")
    library.scenes[scene].groups = (loose, SceneGroup(numbered.group_id, 0))
    stepper.sync(scene)
    assert stepper.shown(key).title == "Numbered 0 - Sintel"
    stepper.stash.save_scene(scene, groups=[{"group_id": str(loose.group_id)}])
    stepper.sync(scene, fields=("groups",))
    assert stepper.shown(key).title == "Loose - Sintel"
