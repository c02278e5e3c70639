"""The head of a document that is too large to be parsed: who Stash is, and which scene it is about, stand before the picture that made it large."""

import json
import re

_HEAD_BYTES = 64 * 1024
_CONNECTION = re.compile(r'^\s*\{\s*"server_connection"\s*:\s*')
_ID = re.compile(r'"hookContext"\s*:\s*\{\s*"id"\s*:\s*(\d{1,18})\s*,\s*"type"\s*:\s*"([A-Za-z.]{1,60})"')


def head_of(raw: bytes) -> dict[str, object]:
    """`{"oversize": True, "server_connection": {…} or None, "args": {"hookContext": {"id": 1, "type": "Scene.Update.Post", "input": None} or None}}`.

    Source: captured documents of Stash v0.30.1, which begin with server_connection, and in which hookContext begins with id and type.
    """
    text = raw[:_HEAD_BYTES].decode("utf-8", "replace")
    return {"oversize": True, "server_connection": _connection(text), "args": {"hookContext": _context(text)}}


def _connection(text: str) -> object:
    found = _CONNECTION.match(text)
    if found is None:
        return None
    try:
        return json.JSONDecoder().raw_decode(text, found.end())[0]
    except (ValueError, RecursionError):
        return None


def _context(text: str) -> dict[str, object] | None:
    found = _ID.search(text)
    return {"id": int(found[1]), "type": found[2], "input": None} if found else None
