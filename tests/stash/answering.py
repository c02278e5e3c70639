"""Answers of Stash that a test writes by hand, and captured ones."""

import json
from pathlib import Path
from typing import Any, Final

from stash.client import StashClient
from tests.fakes.answering import Answer, AnsweringServer, Asked, dripping, hang_up

__all__ = ["Answer", "AnsweringServer", "Asked", "ask", "captured", "data", "dripping", "errors", "hang_up"]

ANSWERS = Path(__file__).parent.parent / "fixtures" / "stash" / "answers"
QUERY: Final = "{version{version}}"
VERSION: Final = {"version": {"version": "v0.30.1"}}
KEY_ANSWER: Final = {"configuration": {"general": {"apiKey": "MARKED-KEY-1"}}}


def captured(name: str) -> dict[str, Any]:
    """A captured exchange: query, variables, answer."""
    return json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))


def data(answer: Any, **headers: str) -> Answer:
    return Answer(json.dumps({"data": answer}).encode(), headers={"Content-Type": "application/json", **headers})


def errors(*messages: str, status: int = 200, also: Any = None) -> Answer:
    return Answer(json.dumps({"errors": [{"message": m} for m in messages], "data": also}).encode(), status)


def ask(server: AnsweringServer, query: str = QUERY, **options: Any) -> dict[str, Any]:
    """What a new client is told."""
    with StashClient.connect(server.connection, **options) as client:
        return client.query(query)
