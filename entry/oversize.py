"""The hook context of a document that is too large to be parsed: its id and type stand before the picture that made it large."""

import re

_HEAD_BYTES = 64 * 1024
_ID = re.compile(rb'"hookContext"\s*:\s*\{\s*"id"\s*:\s*(\d{1,18})\s*,\s*"type"\s*:\s*"([A-Za-z.]{1,60})"')


def hook_context_of(raw: bytes) -> dict[str, object] | None:
    """`{"id": 1, "type": "Scene.Update.Post", "input": None}` from the head of `raw`, or None where there is none.

    Source: captured documents of Stash v0.30.1, in which hookContext begins with id and type.
    """
    found = _ID.search(raw[:_HEAD_BYTES])
    if found is None:
        return None
    return {"id": int(found[1]), "type": found[2].decode("ascii"), "input": None}
