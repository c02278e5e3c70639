"""Reading the arguments of operations. The page sends JSON, so numbers arrive as numbers and lists as lists."""

from collections.abc import Mapping
from typing import Any, Final

from tasks.context import TaskError

MOST_IDS: Final = 1000
_MOST_DIGITS: Final = 18


def ids(args: Mapping[str, Any], name: str) -> list[int]:
    """`args[name]` as row or scene ids without doubles; [] where it is absent.

    Raises:
        TaskError: it is no list of whole numbers above 0, or holds more than MOST_IDS.
    """
    given = args.get(name)
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > MOST_IDS:
        raise TaskError(f"{name} must be a list of at most {MOST_IDS} ids; nothing was changed")
    found = [_id(each) for each in given]
    if None in found:
        raise TaskError(f"{name} must hold whole numbers above 0 only; nothing was changed")
    return [number for number in dict.fromkeys(found) if number is not None]


def scene_ids(args: Mapping[str, Any]) -> list[int]:
    """`args["scene_ids"]`, see `ids`."""
    return ids(args, "scene_ids")


def scene_id(args: Mapping[str, Any]) -> int:
    """`args["scene_id"]`. Raises TaskError where it is no id."""
    number = _id(args.get("scene_id"))
    if number is None:
        raise TaskError(f"scene_id must be a scene's id, not {args.get('scene_id')!r}; nothing was changed")
    return number


def switch(args: Mapping[str, Any], name: str) -> bool:
    """`args[name]` as true or false; false where it is absent. Raises TaskError for anything else."""
    value = args.get(name, False)
    if not isinstance(value, bool):
        raise TaskError(f"{name} must be true or false, not {value!r}; nothing was changed")
    return value


def _id(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else None
