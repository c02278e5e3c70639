"""What the documents name exists: links, commands, tasks, settings, words."""

import re
from pathlib import Path

import pytest

from hooks.handlers import ENTITY_FIELDS, SCENE_FIELDS
from settings.predecessor import FOREIGN
from settings.spec import SPECS, SYNCABLE
from stash.fitness import OLDEST_VERSION
from tasks.registry import OPERATIONS
from tests.documents import (
    DOCUMENTS,
    GUIDES,
    ROOMS,
    ROOT,
    first_codes,
    manifest,
    read,
    rows,
    section,
    skip_codes,
    sources,
)
from worker import outcome

README = read("README.md")
GLOSSARY = read("docs/glossary.md")
TASKS = frozenset(task["name"] for task in manifest()["tasks"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = document.parent / path if path else document
        assert file.is_file(), f"{document.name} links to {target}"
        assert not anchor or anchor in anchors(file), f"{document.name} links to {target}"


def anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_tests_that_are_named_exist(document: Path) -> None:
    named = re.findall(r"\btests/[\w/]+(?:\.py)?", document.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_readme_leads_to_every_document() -> None:
    assert {str(path.relative_to(ROOT)) for path in GUIDES} <= set(re.findall(r"\]\(([^)#\s]+)", README))


def test_commands_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for document in DOCUMENTS:
        named = set(re.findall(r"`make ([a-z-]+)", document.read_text(encoding="utf-8")))
        named |= set(re.findall(r"^make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, document.name


def test_operations_has_a_row_for_every_task() -> None:
    table = rows(section(read("docs/operations.md"), "Tasks"))
    assert sorted(name.strip() for cells in table for name in cells[0].split(",")) == sorted(TASKS)
    assert "All tasks are described in [docs/operations.md](docs/operations.md#tasks)." in README


def test_figures_of_the_readme_are_those_that_were_measured() -> None:
    """Roughly: seconds differ from run to run."""
    measured = {cells[0]: float(cells[1].split()[0].replace(",", "")) for cells in rows(read("docs/performance.md"))}
    figures = {cells[0]: float(cells[1].split()[0]) for cells in rows(section(README, "Figures"))}
    assert figures == {
        "what a save in Stash waits for the plugin": pytest.approx(measured["the hook itself"], rel=0.7),
        "from the save to the change in Plex, while the worker lives": pytest.approx(
            measured["warm: a worker runs"], rel=0.7
        ),
        "the same when the worker has to start first": pytest.approx(measured["cold: no worker runs"], rel=0.7),
        "requests to Plex for 100 changed scenes": round(100 * measured["requests to Plex a scene, at 0 ms"]),
        "requests to Plex for 100 unchanged scenes": pytest.approx(
            100 * measured["requests to Plex a scene, the index's first build among them"], abs=1
        ),
    }


@pytest.mark.parametrize("document", ["README.md", "docs/operations.md", "docs/fields.md", "docs/moving.md"])
def test_tasks_that_are_named_exist(document: str) -> None:
    first_words = "|".join(sorted({name.split()[0] for name in TASKS}))
    phrases = re.findall(rf"\b((?:{first_words})(?: to)? [A-Z]\w+(?: (?:to |and )?[A-Z]\w+)*)", read(document))
    assert phrases
    assert {phrase for phrase in phrases if phrase not in TASKS} - NO_TASKS == set()


NO_TASKS = frozenset({"Clear Pending"})
"""Names that look like a task's, and are none."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_settings_that_are_named_exist(document: Path) -> None:
    looks_like_one = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", document.read_text(encoding="utf-8")))
    fields = SCENE_FIELDS.union(*ENTITY_FIELDS.values())
    pauses = {kind for _, kind in outcome.PAUSES}
    of_predecessor = {row.key for row in FOREIGN}
    known = {*SPECS, *fields, *pauses, *skip_codes(), *ROOMS, *OPERATIONS, *SYNCABLE, *of_predecessor}
    assert looks_like_one - known - NO_SETTINGS == set()


NO_SETTINGS = frozenset(
    {
        "answer_held", "can_wake", "dead_letters", "dead_letters_of_another_program", "due_at", "error_type", "in_progress", "job_key", "job_schedule", "news_due", "per_page", "plex_path",
        "rating_key", "rating_keys", "rows_of_another_program", "scene_id", "scene_ids", "section_key", "sent_names", "stash_path", "updated_at", "wanted_values",
    }
)  # fmt: skip
"""Names in code style that look like a setting's, and are none."""


def test_readme_names_the_settings_that_matter_and_no_unknown_one() -> None:
    assert first_codes(section(README, "Set up")) == ["plex_url", "plex_token", "plex_library", "path_rules"]


def test_readme_names_the_oldest_stash_and_python_that_will_do() -> None:
    major, minor, _ = OLDEST_VERSION
    assert f"Stash {major}.{minor} or newer" in README
    (python,) = set(re.findall(r"Python ([0-9.]+) or newer", README))
    assert f'requires-python = ">={python}"' in read("pyproject.toml")


def test_glossary_names_things_that_the_code_has() -> None:
    text = "\n".join(sources())
    names = [name for cells in rows(GLOSSARY) for name in re.findall(r"`([A-Za-z_.]+)`", " ".join(cells))]
    assert len(names) > 20
    assert [name for name in names if not is_in_code(name, text)] == []


def is_in_code(name: str, text: str) -> bool:
    return (ROOT / f"{name.replace('.', '/')}.py").is_file() or re.search(rf"\b{re.escape(name)}\b", text) is not None


def test_glossary_has_one_row_a_word() -> None:
    words = [word.strip() for cells in rows(GLOSSARY) for word in cells[0].split(",")]
    assert len(words) == len(set(words))


def test_each_way_of_moving_in_says_its_steps_what_is_kept_and_what_is_lost() -> None:
    document = read("docs/moving.md")
    ways = re.findall(r"^## (From .+)$", document, re.MULTILINE)
    assert ways == [
        "From the other Stash2Plex",
        "From PlexSync with StashPlexAgent",
        "From Stash-Plex-Metadata-Agent",
        "From NFO files",
        "From plain Plex",
    ]
    for way in ways:
        text = section(document, way)
        assert re.search(r"^1\. ", text, re.MULTILINE), way
        assert {"kept", "lost"} <= {cells[0] for cells in rows(text)}, way
        assert "Sync All Scenes to Plex" in text, way
