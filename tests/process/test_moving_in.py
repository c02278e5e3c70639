"""Moving in from the other Stash2Plex: its settings are in Stash, its files in the data folder.

True processes and sockets.
"""

import json
import urllib.request

from tests.waiting import PATIENCE_S

OFF = dict.fromkeys(
    (
        *("sync_studio", "sync_summary", "sync_tagline", "sync_date", "sync_performers", "sync_tags", "sync_poster"),
        *("sync_background", "sync_collection"),
    ),
    False,
)
WHOLE = {
    "details": "A giant rabbit.",
    "rating100": 80,
    "date": "2008-04-10",
    "studio": "Blender",
    "performers": ["Ada Example"],
    "tags": ["Animation"],
    "cover": b"\x89PNG\r\n\x1a\n invented picture",
}


def moved_in(build, **settings):
    """A house in which the other plugin was, with its settings."""
    house = build(settings=settings)
    house.data_dir.mkdir(mode=0o700)
    (house.data_dir / "device_id.json").write_text('{"device_id": "0"}', encoding="utf-8")
    (house.data_dir / "sync_timestamps.json").write_text("{}", encoding="utf-8")
    return house


def operation(house, mode, **args):
    query = "mutation ($id: ID!, $args: Map!) { runPluginOperation(plugin_id: $id, args: $args) }"
    body = {"query": query, "variables": {"id": "Stash2Plex", "args": {**args, "mode": mode}}}
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{house.stash.url}/graphql", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.load(answer)["data"]["runPluginOperation"]


def test_only_the_title_reaches_plex_when_everything_else_was_off(build):
    house = moved_in(build, **OFF, skip_not_found=True)
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!", **WHOLE)
    house.wait(house.has_title(bunny))
    house.wait(house.is_drained)
    shown = house.shown(bunny)
    assert (shown.summary, shown.studio, shown.date, shown.user_rating, shown.tags) == ("", "", "", None, {})
    assert (shown.poster_sha1, shown.locked) == ("", {"title"})
    assert house.stderr() == ""


def test_nothing_is_written_when_it_was_disabled_and_the_save_arrives_after_resume(build):
    house = moved_in(build, enabled=False)
    (sintel,) = house.add("Sintel")
    house.save(sintel, title="Sintel!", **WHOLE)
    house.wait(lambda: "enabled of the other Stash2Plex is off" in house.log(), "the worker says why it waits")
    assert house.writes() == 0
    run = house.stash.host.run({"mode": "queue_status"})
    assert "enabled of the other Stash2Plex is off" in run.output["text"]
    operation(house, "ui_resume")
    house.wait(house.has_title(sintel))


def test_filled_fields_stay_until_the_settings_are_confirmed_and_follow_by_themselves_then(build):
    house = moved_in(build, preserve_plex_edits=True, sync_date=False)
    path = "/media/movies/Tears of Steel/Tears of Steel.mkv"
    agents = {"title": "Tears", "summary": "Of an agent", "originallyAvailableAt": "2001-01-01"}
    key = house.plex.state.add_item(house.section, path, **agents)
    scene = house.stash.add_scene(path="/data/movies/Tears of Steel/Tears of Steel.mkv", title="Tears of Steel")
    house.stash.save_scene(scene, **WHOLE)
    house.wait(lambda: house.shown(key).studio == "Blender" and house.is_drained(), "what is empty is filled")
    shown = house.shown(key)
    assert (shown.title, shown.summary, shown.date) == ("Tears", "Of an agent", "2001-01-01")
    run = house.stash.host.run({"mode": "queue_status"})
    lines = [text for _, text in run.log if text.startswith("The other Stash2Plex (trek-e) was here before")]
    assert len(lines) == 1, "beside the worker's log"
    assert operation(house, "ui_predecessor", save=True)["saved"]
    house.wait(lambda: house.shown(key).title == "Tears of Steel", "it is looked at again")
    shown = house.shown(key)
    assert (shown.summary, shown.date) == ("A giant rabbit.", "2001-01-01"), "the date was off there, and is ours now"


def test_test_connection_and_support_report_say_how_it_stands_in_one_line(build):
    house = moved_in(build, skip_not_found=True)
    house.add("Sintel", title="Sintel!")
    sentence = "The other Stash2Plex (trek-e) was here before, these settings come from it: skip_not_in_plex"
    answer = house.stash.host.run({"mode": "test_connection"}).output
    settings = next(step["text"] for step in answer["steps"] if step["step"] == "Settings")
    assert settings.count(sentence) == 1
    house.stash.wait_for_task(house.stash.run_task("Sync All Scenes to Plex"), PATIENCE_S)
    house.stash.host.run({"mode": "support_report"})
    report = house.text_of("support-report.txt").splitlines()
    assert [line.startswith(sentence) for line in report].count(True) == 1, "beside the worker's log"
