from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from records import Emptying, Records, State
from sync_queue import DeadLetterQueue, create_sync_job
from tasks.context import TaskContext
from tasks.registry import run
from tests.house import House
from tests.machine import is_closed_to_others
from tests.tasks.conftest import RunTask
from worker.installation import VERSION

MakeContext = Callable[[House], TaskContext]


def test_report_names_versions_settings_and_errors_without_secrets_hosts_titles_and_paths(
    house: House, context: MakeContext, run_task: RunTask
) -> None:
    house.stash.configure_login(api_key="stash-key-4711-0815")
    house.fine_tune(
        only_paths="[/data/movies, '**/Secret series/*.mkv']",
        only_studios="[Example Pictures, Secret studio]",
        except_tags="Left out tag",
        libraries="{Secret shelf: {only_tags: [Secret of the shelf], only_paths: [/data/movies/Secret place]}}",
        stash_public_url="http://stash.home.example:9999",
        photo_address="http://photos.home.example:9998",
        labels="Secret tag => Secret label",
    )
    (movie,) = house.add("Sintel")
    house.save(movie, title="A title of mine", studio="Example Pictures", performers=["Ada Example"])
    house.wait(lambda: house.has_title(movie, title="A title of mine")() and house.is_drained())
    letters = DeadLetterQueue(house.data_dir)
    error = ("PlexRejected", f"no item with /data/movies/Secret Film/a.mkv; X-Plex-Token={house.plex.token}")
    letters.add({**create_sync_job(7, "metadata", {}), "pqid": 7}, error, 5)
    letters.close()
    held = Emptying(7, 7, "summary", State.HELD, 1.0, title="Held Film")
    with Records(house.data_dir / "state.db") as records:
        records.emptyings.note([held], now=1.0, window_s=3600.0)
    run = run_task(house, "support_report")
    path = Path(run.output["path"])
    assert path == house.data_dir / "support-report.txt"
    assert is_closed_to_others(path)
    report = path.read_text(encoding="utf-8")
    for part in (f"Stash2Plex {VERSION}", "plexapi 4.", "Stash v0.30.1", "Plex 1.42", "plex_token is set", "SQLite 3."):
        assert part in report
    for part in (
        "scene_7 PlexRejected after 5",
        "Scene 1: title, studio, actor",
        "1 synced",
        "config.yaml",
        "  only_tags = ",
        "1 item in Plex would lose",
    ):
        assert part in report
    secrets = (house.plex.token, "stash-key-4711-0815", context(house).need_connection()["SessionCookie"]["Value"])
    private = (
        "A title of mine",
        "Ada Example",
        "Example Pictures",
        "Secret Film",
        "Held Film",
        "/data",
        "/media",
        "Movies",
        "Secret tag",
        "Secret label",
        "Secret series",
        "Secret studio",
        "Left out tag",
        "Secret shelf",
        "Secret of the shelf",
        "Secret place",
    )
    for hidden in (*secrets, *private, "stash.home.example", "photos.home", str(house.data_dir), str(house.plugin_dir)):
        assert hidden not in report
        assert hidden not in str(run.log).replace(str(path), "")
    assert "=> /path-" in report


def test_report_is_written_when_nothing_can_be_reached(bare: TaskContext) -> None:
    answer = run({"mode": "support_report"}, bare)
    report = Path(answer["path"]).read_text(encoding="utf-8")
    assert "Stash: not asked, Stash gave no connection" in report
    assert "Plex not reached yet" in report
    away = replace(bare, connection={"Scheme": "http", "Host": "127.0.0.1", "Port": 9})
    run({"mode": "support_report"}, away)
    assert "Stash: not asked" in Path(answer["path"]).read_text(encoding="utf-8")
