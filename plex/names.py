"""How much of what a server calls itself and its things is taken in: names are for people, and nobody needs a longer one. Pure."""

from typing import Final

MOST_CHARACTERS: Final = 200


def name_of(text: str | None) -> str:
    """`text` as a name: at most MOST_CHARACTERS, the last of them an ellipsis where it was cut; "" for None."""
    text = text or ""
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
