"""When a field that was refused of single items is held against the server. Knows no connection."""

from dataclasses import replace
from typing import Final

from plex.apart import Refused
from plex.edit import Edit
from plex.edit_parts import fields_of

ENOUGH: Final = 3
"""So many items in a row of which a field is refused whatever its value: one may be sick, and a proxy may dislike a word that it shows."""


class Suspects:
    """Counts them, for one connection: with the first item of which the field is taken the count begins anew."""

    def __init__(self) -> None:
        self._items: dict[str, set[int]] = {}

    def judged(self, edit: Edit, refused: Refused) -> Refused:
        """`refused`, which came of `edit`, with what is the field's only where there is enough evidence; until then it is the item's."""
        verdict = dict(refused)
        for name in fields_of(edit):
            if name not in refused or not refused[name].is_of_field:
                self._items.pop(name, None)
                continue
            items = self._items.setdefault(name, set())
            items |= {edit.rating_keys[0], edit.rating_keys[-1]}
            verdict[name] = replace(refused[name], is_of_field=len(items) >= ENOUGH)
        return verdict
