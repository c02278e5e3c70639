"""The documents as tests read them: sections, tables, names in code style."""

import re
from pathlib import Path
from typing import Any, Final

import yaml

from matching.gate import SkipCode
from worker.sync import codes

ROOT: Final = Path(__file__).parents[1]
GUIDES: Final = (*sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md")
DECISIONS: Final = tuple(sorted((ROOT / "docs/decisions").glob("*.md")))
DOCUMENTS: Final = (ROOT / "README.md", ROOT / "CHANGELOG.md", *GUIDES, *DECISIONS)
ROOMS: Final = ("entry", "hooks", "logs", "matching", "plex", "records", "settings", "stash", "sync_queue", "tasks", "worker")  # fmt: skip


def read(name: str) -> str:
    """The text of a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def manifest() -> Any:
    """Stash2Plex.yml."""
    return yaml.safe_load(read("Stash2Plex.yml"))


def sources() -> list[str]:
    """The text of every Python file that ships."""
    return [file.read_text(encoding="utf-8") for room in ROOMS for file in (ROOT / room).rglob("*.py")]


def section(document: str, heading: str) -> str:
    """The text below a heading, up to the next one."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {heading}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of every row of the tables in `text`, without the heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rules = [number for number, line in enumerate(lines) if set(line) <= set("|- ")]
    heads = {number - 1 for number in rules} | set(rules)
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for number, line in enumerate(lines)
        if number not in heads
    ]


def first_codes(text: str) -> list[str]:
    """The names in code style in the first cells of the tables in `text`."""
    return [code for cells in rows(text) for code in re.findall(r"`([^`]+)`", cells[0])]


def code(cell: str) -> str:
    """What stands in code style in a cell."""
    return cell.strip("`")


def block(document: str, name: str) -> str:
    """The text of the fenced block behind the comment `<!-- name -->`."""
    found = re.search(rf"<!-- {name} -->\n```text\n(.*?)\n```", document, re.DOTALL)
    assert found, f"there is no block {name}"
    return found[1]


def skip_codes() -> set[str]:
    """Every reason for which a scene can be left alone."""
    return {
        *map(str, SkipCode),
        codes.OTHER_SCENE,
        codes.NOT_IN_PLEX,
        codes.RESTORED,
        codes.DRY_RUN,
    }
