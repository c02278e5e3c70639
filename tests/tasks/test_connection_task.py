import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.context import TaskContext
from tasks.output import MOST_LINES
from tasks.registry import run
from tests.fakes.plex import Fault
from tests.ffmpeg import StandInFfmpeg
from tests.house import House
from tests.machine import is_closed_to_others
from tests.plex.test_token_end import DAY_S, token_until
from tests.tasks.conftest import RunTask

MakeContext = Callable[[House], TaskContext]
_TOKEN = "wrong-token-0815"


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory, installed: Path) -> Iterator[House]:
    """One house for all: testing changes nothing in it."""
    with House(tmp_path_factory.mktemp("tested"), plugin_dir=installed) as running:
        running.data_dir.mkdir(mode=0o700)
        running.add("Sintel", "Spring", "Cosmos Laundromat", title="Open")
        running.plex.state.add_section("Home", locations=["/media/home"])
        running.plex.state.add_section("Music", "artist")
        yield running
        assert running.workers() == []
        assert [request for request in running.plex.journal.records() if request.method != "GET"] == []


def _tried(house: House, context: MakeContext, **settings: Any) -> tuple[dict[str, Any], str]:
    house.configure(**settings)
    answer = run({"mode": "test_connection"}, context(house))
    assert house.plex.token not in str(answer)
    assert _TOKEN not in str(answer)
    words = {True: "good", False: "bad", None: "note"}
    return answer, "\n".join(f"{words[step['ok']]} {step['step']}: {step['text']}" for step in answer["steps"])


def test_settings_for_a_library_that_is_not_there_or_not_synced_are_named(tested: House, context: MakeContext) -> None:
    libraries = {name: {"tags_to": "labels"} for name in ("Movies", "Moveis", "Home", "1")}
    answer, text = _tried(tested, context, plex_library="Movies", libraries=json.dumps(libraries))
    assert not answer["ok"]
    assert [line for line in text.splitlines() if line.startswith("bad ")] == [
        (
            'bad Libraries: the settings for the library "Moveis" have no effect: Plex has no such library. All libraries go '
            "by what is set for them, or for all"
        ),
        (
            'bad Libraries: the settings for the library "Home" have no effect: that library is not synced (setting '
            "plex_library)"
        ),
        ('bad Libraries: "Movies" and "1" in the setting libraries are one library; of what both set "Movies" counts'),
    ]


def test_every_step_is_said_when_all_is_well(tested: House, context: MakeContext) -> None:
    answer, text = _tried(tested, context)
    assert answer["ok"]
    assert answer["text"] == "Everything works"
    for line in (
        "good Data folder: ",
        "good Stash: v0.30.1 answers",
        "good Settings: all can be read",
        "good Plex address: Plex 1.42",
        'good Plex token: accepted by "Stand-in Plex"',
        'good Libraries: "Movies" will be synced; movie and TV libraries there: "Movies" (id 1), "Home" (id 2)',
        "good Folders: path_rules: /data/movies => /media/movies",
        "good Folders: /data: 3 of 3 scenes found in Plex",
        "good Matches: 3 scenes looked for; in Plex: 3, not in Plex: 0, unreadable in Plex: 0, ambiguous: 0",
        'good Sample: scene 1 (/data/movies/Sintel/Sintel.mkv) is item 1 "Sintel" of "Movies" (/media/movies/Sintel/Sintel.mkv)',
    ):
        assert line in text


@pytest.mark.needs("shell")
def test_making_of_posters_is_tried_where_it_is_wanted(tested: House, context: MakeContext, tmp_path: Path) -> None:
    ffmpeg = StandInFfmpeg(tmp_path / "bin")
    tested.stash.library.settings.ffmpeg_path = str(ffmpeg.path)
    answer, text = _tried(tested, context, poster_from="canvas")
    assert answer["ok"]
    assert f"good Posters: {ffmpeg.path} makes them" in text
    ffmpeg.behave("is broken")
    answer, text = _tried(tested, context, background_image="screenshot")
    assert not answer["ok"]
    assert "bad Posters: covers go to Plex as they are: ffmpeg does not work, not even with a good picture" in text
    assert "libx264.so.164: cannot open). Install ffmpeg" in text
    _, text = _tried(tested, context, poster_from="group", background_image=True)
    assert "Posters" not in text
    libraries = json.dumps({"Movies": {"poster_from": "crop"}})
    assert "bad Posters: covers go to Plex as they are" in _tried(tested, context, libraries=libraries)[1]
    tested.stash.library.settings.ffmpeg_path = ""


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"plex_url": "http://127.0.0.1:9"}, "bad Plex address: nothing listens at http://127.0.0.1:9"),
        ({"plex_url": "plex.local:32400"}, "bad Settings: Plex · Server address (plex_url)"),
        ({"plex_url": "", "plex_token": ""}, "bad Settings: Not set up yet: fill in"),
        ({"plex_token": _TOKEN}, "bad Plex token: Plex answered 401: plex_token is wrong"),
        (
            {"plex_library": "Films"},
            'bad Libraries: plex_library: Plex has no library "Films". There are: "Movies" (id 1)',
        ),
        ({"max_retries": 5000, "tags_to": "moods"}, "bad Settings: Content · Tags become (tags_to)"),
        (
            {"path_rules": "/data => /films"},
            'bad Folders: path_rules: "/data => /films" leads out of the chosen libraries',
        ),
        (
            {"path_rules": "/data/movies => /media"},
            "bad Folders: /data: 0 of 3 scenes found in Plex, whose folders are /media/movies",
        ),
        ({"plex_library": "Home", "path_rules": ""}, "bad Matches: 3 scenes looked for; in Plex: 0, not in Plex: 3"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_step_says_what_to_change_when_a_setting_is_wrong(
    tested: House, context: MakeContext, settings: dict[str, Any], line: str
) -> None:
    answer, text = _tried(tested, context, **settings)
    assert not answer["ok"]
    assert line in text
    assert line.partition(": ")[2][:40] in answer["text"]


def test_address_is_said_to_be_right_when_only_the_token_is_wrong(tested: House, context: MakeContext) -> None:
    _, text = _tried(tested, context, plex_token=_TOKEN)
    assert f"good Plex address: Plex answers at {tested.plex.url}\nbad Plex token: " in text


def test_token_of_a_guest_is_named_as_no_owners(tested: House, context: MakeContext) -> None:
    answer, text = _tried(tested, context, plex_token=tested.plex.options.guest_token)
    assert not answer["ok"]
    assert "bad Plex token: Plex hides the paths of its files from the account of plex_token, which is not the" in text
    assert "Matches" not in text


def test_token_that_expires_in_days_is_named_with_the_day(tested: House, context: MakeContext) -> None:
    owners = tested.plex.options.token
    tested.plex.options.token = token_until(time.time() + 3.5 * DAY_S)
    try:
        answer, text = _tried(tested, context, plex_token=tested.plex.options.token)
    finally:
        tested.plex.options.token = owners
    assert not answer["ok"]
    assert re.search(
        r"^bad Plex token: plex_token expires on \w+day, 20\d\d-\d\d-\d\d, in 3 days: ", text, re.MULTILINE
    )
    assert "good Matches: 3 scenes looked for; in Plex: 3" in text


def test_every_problem_of_the_settings_is_said_at_once(tested: House, context: MakeContext) -> None:
    _, text = _tried(tested, context, max_retries=5000, tags_to="moods", plex_url="nowhere")
    assert text.count("bad Settings: ") == 3


def test_inferred_folders_are_shown_when_there_are_no_rules(tested: House, context: MakeContext) -> None:
    answer, text = _tried(tested, context, path_rules="", paused=True, dry_run=True)
    assert answer["ok"]
    assert "good Folders: worked out from 3 files: /data/movies => /media/movies" in text
    assert "paused is on" in text
    assert "dry_run is on" in text


@pytest.mark.parametrize(
    ("fails", "line"),
    [
        (
            lambda path: path == "/library/sections/2/all",
            'bad Libraries: the library "Home" does not list its items: Plex answered 500',
        ),
        (
            lambda path: path.startswith("/library/metadata/") and "2" in path.rpartition("/")[2].split(","),
            "bad Unreadable: scene 2: item 2 of Plex cannot be read, although others can: ",
        ),
    ],
    ids=["library", "item"],
)
def test_not_everything_works_where_a_part_of_plex_is_sick(
    tested: House, context: MakeContext, fails: Callable[[str], bool], line: str
) -> None:
    tested.plex.faults.add(Fault("status", status=500, when=lambda request: fails(request.path)))
    try:
        answer, text = _tried(tested, context, plex_library="")
    finally:
        tested.plex.faults.clear_faults()
    assert line in text
    assert answer["text"].startswith(f"Not everything works: {line.partition(': ')[2]}")
    assert "busy" not in text
    assert "good Folders: /data: " in text


def test_library_that_plex_does_not_list_is_named_by_one_step_and_by_the_verdict(
    house: House, run_task: RunTask
) -> None:
    sick = house.plex.state.add_section("Sick", locations=["/media/sick"]).key
    house.add("Sintel")
    for name in ("one", "two"):
        house.stash.add_scene(path=f"/data/movies/{name}.mkv")
    house.configure(plex_library="")
    house.plex.faults.add(Fault("status", status=500, path=f"/library/sections/{sick}/all"))
    run = run_task(house, "test_connection")
    lines = [line for _, line in run.log if 'the library "Sick" does not list its items' in line]
    assert [line.partition(":")[0] for line in lines] == ["Libraries", "Not everything works"]
    assert "unreadable in Plex: 2" in str(run.log)


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault(kind="status", status=503), "bad Plex address: Plex answered 503"),
        (Fault(kind="html"), "bad Plex address: GET /identity was answered with a web page"),
        (
            Fault(kind="status", status=401, headers=(("WWW-Authenticate", "Basic realm=x"),)),
            "bad Plex address: GET /identity was answered with 401 and the wish for a login (Basic): a proxy",
        ),
        (Fault(kind="reset"), "bad Plex address: the connection to Plex"),
    ],
    ids=["busy", "web page", "login", "reset"],
)
def test_answer_is_no_error_when_plex_misbehaves(tested: House, context: MakeContext, fault: Fault, line: str) -> None:
    tested.plex.faults.add(fault)
    try:
        _, text = _tried(tested, context)
    finally:
        tested.plex.faults.clear_faults()
    assert line in text


def test_answer_is_no_error_when_stash_does_not_let_us_in(tested: House, context: MakeContext) -> None:
    tested.configure()
    tested.stash.fault("401", times=5)
    answer = run({"mode": "test_connection"}, context(tested))
    tested.stash.clear_faults()
    assert [step["step"] for step in answer["steps"] if not step["ok"]] == ["Stash"]


@pytest.fixture
def spread(tmp_path: Path, installed: Path) -> Iterator[House]:
    """A library of several folders; the scenes with the lowest ids all lie in the one that Plex has."""
    with House(tmp_path, plugin_dir=installed) as running:
        running.data_dir.mkdir(mode=0o700)
        running.stash.library.settings.stash_paths = ["/data/movies", "/data/new", "/data/part", "/data/photos"]
        running.add(*(f"Film {number:03d}" for number in range(210)))
        for folder in ("new", "part"):
            for number in range(5):
                running.stash.add_scene(path=f"/data/{folder}/{folder} {number}.mkv")
        running.plex.state.add_item(running.section, "/media/movies/part/part 0.mkv")
        yield running


_RULES = "/data/movies => /media/movies; /data => /media/movies"


def test_every_folder_of_the_library_is_looked_at_and_what_is_not_is_said(spread: House, context: MakeContext) -> None:
    answer, text = _tried(spread, context, path_rules=_RULES)
    assert not answer["ok"]
    for line in (
        "bad Folders: /data/new: 0 of 5 scenes found in Plex",
        "bad Folders: /data/part: 1 of 5 scenes found in Plex. Has Plex scanned all of it?",
        "note Folders: /data/photos: not looked at, no scene of the sample lies in it",
        "good Matches: 200 scenes looked for; in Plex: 191, not in Plex: 9",
        "note Not in Plex: scene ",
    ):
        assert line in text
    assert "good Folders: /data/movies: 190 of 190 scenes" in text


def test_missing_scenes_are_nothing_wrong_when_plex_is_said_to_hold_a_part(spread: House, context: MakeContext) -> None:
    answer, text = _tried(spread, context, path_rules=_RULES, skip_not_in_plex=True)
    assert answer["ok"]
    assert answer["text"].startswith("What was looked at works. Not looked at: /data/photos")
    assert "good Folders: /data/part: 1 of 5 scenes found in Plex" in text
    assert "note Folders: /data/new: 0 of 5 scenes found in Plex, whose folders are /media/movies" in text


def test_nothing_is_called_good_when_the_settings_skip_every_scene(spread: House, context: MakeContext) -> None:
    answer, text = _tried(spread, context, path_rules=_RULES, only_organized=True)
    assert "works. Not looked at: /data/movies, /data/new, /data/part, /data/photos, scenes" in answer["text"]
    assert (
        "note Folders: /data/new: not looked at, the settings skip every scene of the sample in it: 5 not_org" in text
    )


def test_log_ends_with_the_verdict_and_names_the_file_when_there_are_many_folders(
    spread: House, run_task: RunTask
) -> None:
    spread.stash.library.settings.stash_paths = [f"/data/folder {number}" for number in range(40)]
    run = run_task(spread, "test_connection")
    assert len(run.log) == MOST_LINES + 1
    level, last = run.log[-1]
    path = spread.data_dir / "test-connection.txt"
    assert (level, last) == ("info", run.output["text"])
    assert last.endswith(f"all {len(run.output['steps'])} are in {path}")
    assert is_closed_to_others(path)
    assert path.read_text(encoding="utf-8").count("not looked at") == 40
