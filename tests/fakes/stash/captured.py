"""The captured documents, and how two documents are compared: by keys and kinds of values, not by the values."""

import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[2] / "fixtures" / "stash"


def document(name: str) -> dict[str, Any]:
    """A captured document for stdin, e.g. "task"."""
    read: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return read


def exchange(name: str) -> dict[str, Any]:
    """A captured query with its variables and answer, e.g. "find_scene"."""
    read: dict[str, Any] = json.loads((FIXTURES / "answers" / f"{name}.json").read_text(encoding="utf-8"))
    return read


def differences(ours: Any, captured: Any, where: str = "$") -> list[str]:
    """Where two documents differ in shape; every element of our lists is held against the first captured one."""
    if isinstance(ours, dict) and isinstance(captured, dict):
        odd = sorted(set(ours) ^ set(captured))
        inner = [differences(ours[key], captured[key], f"{where}.{key}") for key in ours if key in captured]
        return [f"{where}: {odd}" for _ in odd[:1]] + [difference for found in inner for difference in found]
    if isinstance(ours, list) and isinstance(captured, list):
        pairs = zip(ours, captured[:1] * len(ours), strict=False)
        return [
            difference for number, pair in enumerate(pairs) for difference in differences(*pair, f"{where}[{number}]")
        ]
    return [] if type(ours) is type(captured) else [f"{where}: {ours!r} for {captured!r}"]
