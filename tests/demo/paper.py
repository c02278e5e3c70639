"""What the demo puts on the screen: all that an item shows, or one line a field that changed."""

from collections.abc import Iterator, Mapping
from textwrap import fill

from tests.fakes.plex import ItemSnapshot

NOTHING = "nothing"
_TEXT = 34
_WIDTH = 116


def fields_of(item: ItemSnapshot) -> dict[str, str]:
    """What a person sees of an item in Plex, field by field."""
    return {
        "title": item.title,
        "summary": item.summary,
        "studio": item.studio,
        "date": item.date,
        "rating": "" if item.user_rating is None else f"★ {item.user_rating:g}",
        "director": _names(item.tags, "director"),
        "actors": _names(item.tags, "actor"),
        "genres": _names(item.tags, "genre"),
        "poster": item.poster_sha1[:8] and f"poster {item.poster_sha1[:8]}",
    }


def all_of(item: ItemSnapshot, sign: str) -> str:
    """Everything that is filled in, with `sign` before it."""
    text = " · ".join(_short(text) for text in fields_of(item).values() if text)
    return fill(text, _WIDTH, initial_indent=f"          {sign} ", subsequent_indent=" " * 12)


def quoted(line: str, sign: str) -> str:
    """A line of another program's output, cut to the width of the screen."""
    return f"           {sign} {line if len(line) <= _WIDTH else f'{line[: _WIDTH - 14]}…'}"


def diff(before: ItemSnapshot, after: ItemSnapshot) -> Iterator[str]:
    """A line for each field that is not what it was."""
    new = fields_of(after)
    for name, text in fields_of(before).items():
        if text != new[name]:
            yield f"{name:<9}{_short(text) or NOTHING}  →  {_short(new[name]) or NOTHING}"


def span(seconds: float) -> str:
    """A time in milliseconds, aligned."""
    return f"{seconds * 1000:5,.0f} ms"


def heading(text: str) -> str:
    """The title of an act."""
    return f"\n{text}\n{'─' * len(text)}"


def _names(tags: Mapping[str, tuple[str, ...]], kind: str) -> str:
    return ", ".join(tags.get(kind, ()))


def _short(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 1].rstrip()}…"
