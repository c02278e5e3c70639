from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.paths import PathRule
from settings.choices import BackgroundFrom
from settings.predecessor import CHOICE, FOREIGN, Chosen, files_of_predecessor
from settings.resolve import Resolved, resolve, resolve_now
from settings.settings import Settings, Source, TakenOver
from settings.sources import parse_config
from settings.spec import SPECS
from tests.documents import read, rows, section

KEYS = {row.key for row in FOREIGN}
OF_CHOICES = {CHOICE: Chosen.TAKEN_OVER.value}


def settled(resolved: Resolved) -> Settings:
    """The settings as they would be without a predecessor."""
    return replace(resolved.settings, fills_only=False, taken_over=())


def test_files_of_predecessor_names_what_only_the_other_plugin_makes(tmp_path: Path) -> None:
    for name in ("device_id.json", "sync_timestamps.json", "dlq.db", "state.db", "worker.lock", "config.yaml"):
        (tmp_path / name).touch()
    assert files_of_predecessor(str(tmp_path)) == ("device_id.json", "sync_timestamps.json")


@pytest.mark.parametrize("folder", [".", "not there"])
def test_files_of_predecessor_are_none_when_it_was_never_here(tmp_path: Path, folder: str) -> None:
    assert files_of_predecessor(str(tmp_path / folder)) == ()


@pytest.mark.parametrize(
    ("stored", "becomes"),
    [
        ({"enabled": False}, Settings(paused=True)),
        ({"enabled": True}, Settings()),
        ({"sync_master": "false"}, Settings(paused=True)),
        ({"sync_summary": False}, Settings(skip_fields=frozenset({"summary", "rating", "director"}))),
        (
            {
                **dict.fromkeys(("sync_studio", "sync_date", "sync_performers", "sync_tags", "sync_poster"), False),
                "sync_summary": True,
            },
            Settings(skip_fields=frozenset({"studio", "date", "actor", "genre", "poster", "rating", "director"})),
        ),
        ({"sync_tagline": False, "strict_matching": False, "max_tags": 10, "poll_interval": 5}, Settings()),
        ({"sync_collection": True}, Settings(collections_from=frozenset({"studio"}))),
        ({"sync_collection": False, "sync_background": False}, Settings()),
        ({"sync_background": True}, Settings(background_image=BackgroundFrom.COVER)),
        ({"skip_not_found": True}, Settings(skip_not_in_plex=True)),
        ({"read_timeout": 60, "connect_timeout": 20}, Settings(plex_timeout_s=60.0)),
        ({"read_timeout": 10, "connect_timeout": 5}, Settings(plex_timeout_s=10.0)),
        ({"connect_timeout": 5}, Settings()),
        ({"connect_timeout": "90", "plex_read_timeout": 40}, Settings(plex_timeout_s=90.0)),
        ({"read_timeout": 0, "dlq_retention_days": 0}, Settings()),
        ({"debug_logging": True}, Settings(debug=True)),
        ({"dlq_retention_days": 90}, Settings(dead_letter_days=90)),
        ({"reconcile_interval": "Weekly"}, Settings(reconcile_every_s=604_800.0)),
        ({"reconcile_interval": "never"}, Settings(reconcile_every_s=0.0)),
        (
            {"plex_unmatched_path_map": "/plex=>/stash; /plex/new => /stash/new/"},
            Settings(path_rules=(PathRule("/stash/new/", "/plex/new"), PathRule("/stash", "/plex"))),
        ),
        ({"enabled": "", "reconcile_interval": " "}, Settings()),
    ],
)
def test_stored_value_of_the_predecessor_becomes_ours(stored: dict[str, Any], becomes: Settings) -> None:
    resolved = resolve(stored, {})
    assert settled(resolved) == becomes
    assert resolved.settings.fills_only


def test_value_is_told_with_its_key_and_its_origins() -> None:
    resolved = resolve({"sync_tags": False, "sync_date": False, "dlq_retention_days": 7}, {})
    assert resolved.settings.taken_over == (
        TakenOver("skip_fields", ("sync_date", "sync_tags"), "date, rating, director, genre"),
        TakenOver("dead_letter_days", ("dlq_retention_days",), 7.0),
    )
    assert resolved.sources["skip_fields"] is Source.PREDECESSOR


def test_ours_win_from_wherever_they_come() -> None:
    stored = {"enabled": False, "paused": False, "sync_tags": False, "skip_not_found": True, "dlq_retention_days": 7}
    config = parse_config("skip_fields: poster\ndead_letter_days: 60")
    resolved = resolve(stored, {"SKIP_NOT_IN_PLEX": "off"}, config)
    assert settled(resolved) == Settings(skip_fields=frozenset({"poster"}), dead_letter_days=60)
    assert resolved.settings.taken_over == ()


@pytest.mark.parametrize("choice", Chosen)
def test_nothing_of_it_counts_once_somebody_has_chosen(choice: Chosen) -> None:
    stored = {"enabled": False, "sync_tags": False, CHOICE: choice.value}
    assert resolve(stored, {}, has_predecessor=True) == resolve({}, {})


def test_what_was_saved_counts_as_before_when_it_was_taken_over() -> None:
    """Also what is otherwise read from config.yaml and the environment only, and 0 among it."""
    stored = {"sync_tags": False, "dlq_retention_days": 7, "reconcile_interval": "never", "enabled": False}
    before = resolve(stored, {})
    saved = {each.key: each.raw for each in before.settings.taken_over}
    after = resolve({**stored, **saved, **OF_CHOICES}, {})
    assert after.settings == settled(before)
    assert after.predecessor is None
    assert resolve({**saved, **OF_CHOICES}, {}, parse_config("dead_letter_days: 60")).settings.dead_letter_days == 60


def test_finer_setting_in_stash_counts_for_nothing_when_it_was_not_taken_over() -> None:
    assert resolve({"dead_letter_days": 7, CHOICE: Chosen.LEFT.value}, {}).settings == Settings()


def test_folder_alone_is_evidence_and_only_what_is_empty_is_filled(tmp_path: Path) -> None:
    assert resolve_now({}, {}, str(tmp_path)).settings == Settings()
    (tmp_path / "device_id.json").touch()
    assert resolve_now({}, {}, str(tmp_path)).settings == Settings(fills_only=True)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_key_that_only_it_has_is_evidence(key: str) -> None:
    assert resolve({key: True}, {}).settings.fills_only


@pytest.mark.parametrize("stored", [{"preserve_plex_edits": True}, {"plex_library": "Movies"}, {"of_another_page": 1}])
def test_key_that_both_have_is_no_evidence(stored: dict[str, Any]) -> None:
    assert not resolve(stored, {}).settings.fills_only


@pytest.mark.parametrize(
    "stored",
    [
        {"sync_tags": "perhaps"},
        {"reconcile_interval": "yearly"},
        {"dlq_retention_days": 1e9},
        {"read_timeout": "long"},
        {"plex_unmatched_path_map": "/plex"},
        {"plex_unmatched_path_map": "plex => stash"},
        {"enabled": [False]},
    ],
)
def test_value_that_cannot_be_understood_counts_for_nothing_and_is_named(stored: dict[str, Any]) -> None:
    resolved = resolve(stored, {})
    assert settled(resolved) == Settings()
    assert resolved.predecessor is not None
    assert resolved.predecessor.unread == tuple(stored)


def test_sentences_say_what_holds_and_why_everything_waits() -> None:
    settings = resolve({"enabled": False, "sync_date": False}, {}).settings
    assert "these settings come from it: paused, skip_fields. Until you choose" in settings.moving_in
    assert "enabled of the other Stash2Plex is off" in settings.notes()[0]
    assert resolve({}, {}, has_predecessor=True).settings.moving_in.startswith("The other Stash2Plex (trek-e) was here")
    assert Settings(paused=True).moving_in == ""
    assert Settings(paused=True).notes() == ("paused is on: saves are recorded and nothing is sent",)


def test_document_is_the_table_of_the_code() -> None:
    found = rows(section(read("docs/settings.md"), "From the other Stash2Plex"))
    assert found == [[f"`{row.key}`", f"`{row.becomes}`" if row.becomes else "none", row.how] for row in FOREIGN]


def test_every_row_names_a_setting_of_ours_or_none_and_has_a_key_of_its_own() -> None:
    assert {row.becomes for row in FOREIGN} <= {"", *SPECS}
    assert len(KEYS) == len(FOREIGN)
    assert KEYS.isdisjoint(SPECS)


@given(st.dictionaries(st.sampled_from(sorted(KEYS)), st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.booleans())))  # fmt: skip
def test_whatever_is_stored_there_gives_settings(stored: dict[str, Any]) -> None:
    assert resolve(stored, {}).settings.max_retries == 5
