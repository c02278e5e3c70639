"""The texts of the page as the scripts have them: by language and key, or by the English of the plugin's sentences."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.documents import ROOT

UI: Final = ROOT / "ui"
LANGUAGES: Final = ("de",)
"""Beside English."""


def texts(language: str) -> dict[str, Any]:
    """Return the page's own texts: a text, or its forms."""
    return _table(UI / "texts" / f"{language}.js")


def sentences(language: str) -> dict[str, str]:
    """Return what stands for the sentences of the plugin."""
    return _table(UI / "texts" / f"{language}_sentences.js")


def forms(text: str | Mapping[str, str]) -> list[str]:
    """Return every form of a text."""
    return [text] if isinstance(text, str) else list(text.values())


def placeholders(text: str | Mapping[str, str]) -> set[str]:
    """Return the names in braces."""
    return {name for form in forms(text) for name in re.findall(r"\{(\w+)\}", form)}


def keys_in_scripts(sections: set[str]) -> tuple[set[str], set[str]]:
    """Return the keys that scripts name, and the beginnings of those that they put together."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in UI.glob("*.js"))
    named = set(re.findall(r'"([a-z_]+\.[a-z0-9_]+)"', source))
    begun = set(re.findall(r"`([a-z_]+\.[a-z0-9_]*)\$\{", source))
    return ({key for key in named if key.split(".")[0] in sections}, {b for b in begun if b.split(".")[0] in sections})


def _table(path: Path) -> dict[str, Any]:
    source = path.read_text(encoding="utf-8")
    table = json.loads(source[source.index("{") : source.rindex("}") + 1], object_pairs_hook=_once)
    assert isinstance(table, dict)
    return table


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), sorted({key for key in keys if keys.count(key) > 1})
    return dict(pairs)


_TOKENS: Final = re.compile(
    r"""//[^\n]*|/\*.*?\*/"""  # a comment
    r"""|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`"""  # a text
    r"""|/(?![/*\s])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/[a-z]*(?=[.,)\s;])""",  # a regular expression
    re.DOTALL,
)
_FOR_PEOPLE: Final = re.compile(r"^[A-Z][a-z]+( |$|\.)|[a-z]+ [a-z]+")
_FOR_MACHINES: Final = re.compile(r"^(s2p-|btn|d-|form|table|text-|query |nav-|setting|noopener|use strict)")


def words_in_scripts() -> dict[str, list[str]]:
    """Return, by file, what looks like words for people and stands in a script itself."""
    found: dict[str, list[str]] = {}
    for path in sorted(UI.glob("*.js")):
        if path.name == "texts.js":  # names attributes of answers
            continue
        for token in _TOKENS.finditer(path.read_text(encoding="utf-8")):
            text = next(filter(None, token.groups()), "")
            plain = re.sub(r"\$\{[^}]*\}", "", text)
            if _FOR_PEOPLE.search(plain) and not _FOR_MACHINES.search(plain):
                found.setdefault(path.name, []).append(text)
    return found
