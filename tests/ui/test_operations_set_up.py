"""The operations of Set-up: what is checked, saved and told of the settings.

Each call is the true process that Stash would start.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from settings.spec import SPECS
from tests.fakes.plex import Fault
from tests.plex.test_token_end import DAY_S, token_until
from tests.ui.page_house import OperationError


def test_check_says_which_setting_to_mend(world):
    world.configure(plex_library="Nowhere")
    assert world.operation("ui_check")["setting"] == "plex_library"
    assert world.operation("ui_check", plex_token="wrong")["setting"] == "plex_token"
    typed = {"plex_token": world.plex.token}
    away = world.operation("ui_check", plex_url="http://127.0.0.1:1", **typed)
    assert (away["setting"], away["savable"]) == ("plex_url", True)
    assert (away["problem"][0], away["problem"][-1]) == ("N", ".")
    refused = world.operation("ui_check", plex_url="ftp://tower:32400")
    assert (refused["setting"], refused["savable"]) == ("plex_url", False)
    assert refused["problem"].endswith("must begin with http:// or https://.")
    world.configure(plex_token=None)
    assert world.operation("ui_check")["setting"] == "plex_token"


def test_check_names_a_token_that_is_no_owners_and_a_login_before_plex(world):
    world.configure(plex_token=world.plex.options.guest_token)
    world.plex.state.add_item(1, "/media/movies/Sintel/Sintel.mkv")
    answer = world.operation("ui_check")
    assert (answer["ok"], answer["setting"]) == (False, "plex_token")
    assert "which is not the server's owner" in answer["problem"]
    assert "signed in to Plex Web as the server's owner" in answer["advice"]
    world.configure()
    world.plex.faults.add(Fault("status", status=401, headers=(("WWW-Authenticate", "Basic realm=x"),), times=1))
    answer = world.operation("ui_check")
    assert (answer["ok"], answer["setting"]) == (False, "plex_url")
    assert "a proxy that wants a login of its own stands before Plex" in answer["problem"]
    answer = world.operation("ui_check")
    assert (answer["ok"], answer["note"]) == (True, "")


def test_check_names_the_day_on_which_the_token_expires(world):
    world.plex.options.token = token_until(time.time() + 3.5 * DAY_S)
    world.configure(plex_token=world.plex.options.token)
    answer = world.operation("ui_check")
    assert answer["ok"]
    assert re.match(r"The token expires on \w+day, 20\d\d-\d\d-\d\d, in 3 days\.", answer["note"])


def test_nothing_is_lost_when_settings_are_saved_at_the_same_time(world):
    world.configure()
    world.stash.faults.latency_ms = 700.0
    with ThreadPoolExecutor() as pool:
        saves = [pool.submit(world.operation, "ui_save", values={key: "Seen"}) for key in ("exclude_tags", "labels")]
        paused = pool.submit(world.operation, "ui_pause")
        assert [save.result()["saved"] for save in saves] == [True, True]
        paused.result()
    held = world.settings()
    assert (held.get("exclude_tags"), held.get("labels"), held.get("paused")) == ("Seen", "Seen", True)


def test_save_leaves_what_others_overrule_to_them_when_pausing(world):
    world.configure()
    world.fine_tune(paused="false")
    with pytest.raises(OperationError, match=r"paused is set by config\.yaml, line 1"):
        world.operation("ui_pause")
    assert "paused" not in world.settings()


def test_an_address_that_was_cleared_is_neither_checked_nor_saved(world):
    world.configure()
    before = world.settings()
    answer = world.operation("ui_check", plex_url="  ")
    assert (answer["ok"], answer["setting"], answer["problem"]) == (False, "plex_url", "Server address is empty.")
    assert not answer["savable"]
    saved = world.operation("ui_save", values={"plex_url": "", "debug": True})
    assert saved["problems"] == {"plex_url": "must not be empty; nothing was saved"}
    assert world.settings() == before


@pytest.mark.parametrize("max_retries", [8, 1000])
def test_settings_are_told_in_one_form_however_they_are_written_and_whatever_else_is_wrong(world, max_retries):
    world.configure(
        skip_fields='["rating", "poster"]',
        collections_from="Groups , studio",
        tags_to="Labels",
        max_retries=max_retries,
    )
    values = {
        each["key"]: each["value"] for group in world.operation("ui_settings")["groups"] for each in group["settings"]
    }
    assert values["skip_fields"] == "poster, rating"
    assert values["collections_from"] == "groups, studio"
    assert values["tags_to"] == "labels"
    assert values["max_retries"] == str(max_retries)


def test_a_setting_that_stash_does_not_hold_is_told_with_its_line_of_config_yaml(world):
    world.configure()
    answer = world.operation("ui_settings")
    lines = {each["key"]: each["line"] for group in answer["groups"] for each in group["settings"] if each["line"]}
    assert lines.keys() == {spec.key for spec in SPECS.values() if not spec.is_kept_in_stash}
    assert answer["config_file"] == str(world.data_dir / "config.yaml")
    world.data_dir.mkdir(mode=0o700, exist_ok=True)
    (world.data_dir / "config.yaml").write_text("\n".join(lines.values()), encoding="utf-8")
    assert world.operation("ui_settings")["problems"] == []


def test_a_setting_of_our_own_page_is_kept_in_stash_and_counts(world):
    world.configure()
    saved = world.operation("ui_save", values={"least_rating": 60, "only_studios": "Open Movies"})
    shown = {each["key"]: each for group in saved["settings"]["groups"] for each in group["settings"]}
    assert (shown["least_rating"]["stored"], shown["least_rating"]["value"], shown["least_rating"]["line"]) == (
        60,
        "60",
        "",
    )
    assert shown["only_studios"]["value"] == "Open Movies"
    assert world.settings()["least_rating"] == 60
    world.fine_tune(least_rating=80)
    groups = world.operation("ui_settings")["groups"]
    overruled = next(each for group in groups for each in group["settings"] if each["key"] == "least_rating")
    assert (overruled["value"], overruled["overridden_by"]) == ("80", "config.yaml, line 1")


def test_lists_that_are_switched_on_as_a_whole_are_shown_by_their_names(world):
    world.configure(mirror_lists=True)
    content = next(group for group in world.operation("ui_settings")["groups"] if group["name"] == "Content")
    shown = next(setting for setting in content["settings"] if setting["key"] == "mirror_lists")
    assert (shown["control"], shown["stored"]) == ("choices", "actor, collection, director, genre, label")
    assert shown["value"] == shown["stored"]


def test_large_numbers_are_told_in_full(world):
    world.configure()
    world.data_dir.mkdir(mode=0o700, exist_ok=True)
    numbers = {"emptying_limit": "999999", "emptying_limit_any": "1000000", "reconcile_every_s": "31536000"}
    text = "".join(f"{key}: {number}\n" for key, number in numbers.items())
    world.data_dir.joinpath("config.yaml").write_text(text, encoding="utf-8")
    groups = world.operation("ui_settings")["groups"]
    values = {each["key"]: each["value"] for group in groups for each in group["settings"]}
    assert {key: values[key] for key in numbers} == numbers
