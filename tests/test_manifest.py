"""Stash2Plex.yml against Stash, the rules of the community's plugin repository, the settings and the documents."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from hooks.handlers import jobs_of
from settings.resolve import resolve
from settings.settings import Settings, Source, default_text
from settings.sources import parse_config
from settings.spec import SPECS, Spec
from tasks.registry import TASKS

ROOT = Path(__file__).parent.parent
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "Stash2Plex.yml").read_text(encoding="utf-8"))
DOCUMENT = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
ON_THE_PAGE = [spec for spec in SPECS.values() if spec.in_manifest]

# Source: CommunityScripts validator/plugin.schema.json.
TOP_LEVEL = {"name", "description", "version", "url", "ui", "exec", "interface", "errLog", "hooks", "tasks", "settings"}
# Source: Stash v0.30 pkg/plugin/hook/hooks.go; Scene and Performer merges have no trigger there.
TRIGGERS = {
    f"{kind}.{event}.Post"
    for kind in ("Scene", "Performer", "Studio", "Tag", "Group")
    for event in ("Create", "Update", "Destroy")
} | {"Tag.Merge.Post"}


def texts(*values: object) -> bool:
    return all(isinstance(value, str) and value for value in values)


def test_manifest_has_the_keys_that_stash_and_the_community_allow() -> None:
    assert set(MANIFEST) <= TOP_LEVEL
    assert texts(MANIFEST["name"], MANIFEST["description"])
    assert re.fullmatch(r"\d+(\.\d+)?(\.\d+)?", str(MANIFEST["version"]))


def test_manifest_starts_our_script_with_the_raw_interface() -> None:
    assert MANIFEST["interface"] == "raw"
    assert MANIFEST["exec"] == ["python", "-S", "{pluginDir}/Stash2Plex.py"]
    assert (ROOT / "Stash2Plex.py").is_file()


def test_manifest_version_is_that_of_the_project() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{MANIFEST["version"]}"' in project


def test_hooks_name_only_events_that_stash_knows_and_each_once() -> None:
    triggers = [trigger for hook in MANIFEST["hooks"] for trigger in hook["triggeredBy"]]
    assert all(
        set(hook) <= {"name", "description", "triggeredBy", "defaultArgs"} and texts(hook["name"])
        for hook in MANIFEST["hooks"]
    )
    assert set(triggers) <= TRIGGERS
    assert len(triggers) == len(set(triggers))


@pytest.mark.parametrize("trigger", sorted(TRIGGERS))
def test_hooks_name_an_event_exactly_when_it_can_concern_plex(trigger: str) -> None:
    triggers = {each for hook in MANIFEST["hooks"] for each in hook["triggeredBy"]}
    assert (trigger in triggers) == bool(jobs_of({"id": 1, "type": trigger, "input": None, "inputFields": None}))


def test_tasks_have_the_form_that_stash_and_the_community_allow() -> None:
    for task in MANIFEST["tasks"]:
        assert set(task) == {"name", "description", "defaultArgs"}
        assert texts(task["name"], task["description"], *task["defaultArgs"].values())
    names = [task["name"] for task in MANIFEST["tasks"]]
    assert len(names) == len(set(names))


def test_tasks_stand_in_their_order_with_their_arguments() -> None:
    assert [(task["name"], task["defaultArgs"]) for task in MANIFEST["tasks"]] == [
        ("Sync All Scenes to Plex", {"mode": "all"}),
        ("Sync Recent Scenes to Plex", {"mode": "recent", "hours": "24"}),
        ("View Queue Status", {"mode": "queue_status"}),
        ("Process Queue", {"mode": "process_queue"}),
        ("Preview Changes", {"mode": "preview"}),
        ("Reconcile Stash and Plex", {"mode": "reconcile"}),
        ("Test Connection", {"mode": "test_connection"}),
        ("Retry Dead Letters", {"mode": "retry_dlq"}),
        ("Rebuild Plex Index", {"mode": "rebuild_index"}),
        ("Restore Plex Values", {"mode": "restore"}),
        ("Undo Last Changes", {"mode": "undo"}),
        ("Begin Afresh", {"mode": "begin_afresh"}),
        ("Keep Held Fields", {"mode": "keep_held"}),
        ("Empty Held Fields", {"mode": "empty_held"}),
        ("Clear Pending Queue", {"mode": "clear_queue"}),
        ("Clear Dead Letter Queue", {"mode": "clear_dlq"}),
        ("Purge Old DLQ Entries", {"mode": "purge_dlq", "days": "30"}),
        ("Support Report", {"mode": "support_report"}),
    ]


def test_tasks_name_modes_that_are_answered() -> None:
    assert {task["defaultArgs"]["mode"] for task in MANIFEST["tasks"]} <= set(TASKS)


def test_tasks_that_destroy_say_so_first() -> None:
    warned = {task["defaultArgs"]["mode"] for task in MANIFEST["tasks"] if task["description"].startswith("WARNING: ")}
    assert warned == {"restore", "undo", "empty_held", "clear_queue", "clear_dlq", "purge_dlq"}


def test_settings_of_the_manifest_are_those_of_the_table() -> None:
    assert MANIFEST["settings"] == {
        spec.key: {"displayName": spec.display_name, "description": spec.help, "type": spec.manifest_type}
        for spec in ON_THE_PAGE
    }
    assert len(ON_THE_PAGE) <= 27


def test_settings_of_the_page_default_to_off_empty_or_zero_as_stash_shows_them() -> None:
    untouched = {"STRING": "", "NUMBER": 0}
    stored = {spec.key: untouched[spec.manifest_type] for spec in ON_THE_PAGE if spec.manifest_type in untouched}
    resolved = resolve(stored, {}, None)
    assert resolved.settings == Settings()
    assert set(resolved.sources.values()) == {Source.DEFAULT}
    assert all(getattr(Settings(), spec.key) is False for spec in ON_THE_PAGE if spec.manifest_type == "BOOLEAN")


def row_of(spec: Spec) -> list[str]:
    example = f"`{spec.example}`" if spec.example else ""
    mark = "●" if spec.in_manifest else "○" if spec.on_own_page else ""
    return [f"`{spec.key}`", mark, spec.name, default_text(spec), spec.description, example, f"`{spec.env_name}`"]


def test_document_has_one_row_a_setting_and_says_what_the_table_says() -> None:
    rows = [
        [cell.strip() for cell in row]
        for row in re.findall(r"^\| (`\w+`) \|(.*?)\|(.*?)\|(.*?)\|(.*?)\|(.*?)\| (`\w+`) \|$", DOCUMENT, re.MULTILINE)
    ]
    assert sorted(rows) == sorted(row_of(spec) for spec in SPECS.values())


def test_document_lists_each_setting_below_its_group() -> None:
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL))
    for spec in SPECS.values():
        assert f"| `{spec.key}` |" in sections[spec.group]


def test_document_has_a_config_with_every_setting_that_is_read_without_a_problem() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    config = parse_config(example)
    assert set(config.values) == set(SPECS)
    settings = resolve({}, {}, config).settings
    assert settings.is_configured
    assert settings.plex_library == ("Movies, Old", "Home")
    assert settings.path_rules[1].plex_prefix == "D:\\TV"
