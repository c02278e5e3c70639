"""Marks on the cards of scenes."""

import json

from playwright.sync_api import expect

from records import FieldChange
from tests.ui import seed
from tests.ui.asking import mark, wind


def test_cards_say_how_their_scenes_stand_from_one_question_where_the_setting_is_on(world, open_page, shot):
    world.fill()
    bunny, sintel, steel, laundromat = world.scenes.values()
    world.configure(paused=True)
    seed.synced(world.data_dir, [bunny, steel], (FieldChange("title", "sintel", "Sintel"),))
    seed.fail(world.data_dir, [sintel], "NotInPlexError", "Plex has no item with the file /data/movies/Sintel.mkv")
    seed.give_up(world.data_dir, [laundromat], "PlexRejected", "Plex answered 400")
    page = open_page("/scenes", has_clock=True)
    card = page.locator(".scene-card")
    expect(card).to_have_count(4)
    world.until(lambda: "ui_overview" in world.site.modes(), "the bar has looked")
    mark(world, page)
    assert "ui_card_marks" not in world.site.modes()
    world.configure(paused=True, card_marks=True)
    wind(world, page, 61_000, lambda: "ui_card_marks" in world.site.modes(), "the marks are asked for")
    names = {bunny: "In Plex", sintel: "Not in Plex", steel: "In Plex", laundromat: "Could not be synced to Plex"}
    for title, scene_id in world.scenes.items():
        expect(card.filter(has_text=title).get_by_title(names[scene_id], exact=True)).to_be_visible()
    shot(page, "card-marks")
    seed.wait(world.data_dir, [steel])
    wind(world, page, 61_000, lambda: world.site.modes().count("ui_card_marks") > 1, "there are news")
    expect(card.filter(has_text="Tears of Steel").get_by_title("Waits to be sent to Plex")).to_be_visible()
    asked = [call["scene_ids"] for call in world.site.operations if call["mode"] == "ui_card_marks"]
    assert [sorted(ids) for ids in asked] == [sorted(world.scenes.values())] * 2


def test_marks_come_after_a_question_that_failed_although_nothing_has_happened_since(world, open_page):
    world.fill("Sintel")
    world.configure(paused=True, card_marks=True)
    seed.synced(world.data_dir, world.scenes.values(), (FieldChange("title", "sintel", "Sintel"),))
    world.expected_errors.append("500 (Internal Server Error)")
    page = open_page("/", has_clock=True)
    failed = []

    def fail_once(route):
        args = (json.loads(route.request.post_data or "{}").get("variables") or {}).get("args") or {}
        if "ui_card_marks" in json.dumps(args) and not failed:
            failed.append(args)
            route.fulfill(status=500, body="")
        else:
            route.fallback()

    page.route("**/graphql", fail_once)
    page.goto(f"{world.site.url}/scenes")
    wind(world, page, 1000, lambda: failed, "the question fails")
    wind(world, page, 61_000, lambda: "ui_card_marks" in world.site.modes(), "the marks are asked for again")
    expect(page.locator(".scene-card").get_by_title("In Plex")).to_be_visible()


def test_card_without_a_scene_of_stash_takes_no_mark_from_the_others(world, open_page):
    world.fill("Sintel")
    world.configure(paused=True, card_marks=True)
    seed.synced(world.data_dir, world.scenes.values(), (FieldChange("title", "sintel", "Sintel"),))
    page = open_page("/")
    page.evaluate(
        """() => {
            const { React, ReactDOM } = window.PluginApi;
            const place = document.body.appendChild(document.createElement("div"));
            ["studio-7", undefined, "-1", "1e3", "7.5"].forEach((id) => ReactDOM.render(
                React.createElement(window.Stash2Plex.CardMark, { scene: { id } }), place.appendChild(document.createElement("div"))));
        }"""
    )
    page.evaluate("history.pushState(null, '', '/scenes'); dispatchEvent(new PopStateEvent('popstate'))")
    expect(page.locator(".scene-card").get_by_title("In Plex")).to_be_visible()
    asked = [call["scene_ids"] for call in world.site.operations if call["mode"] == "ui_card_marks"]
    assert asked == [list(world.scenes.values())]
