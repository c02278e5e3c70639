"""Which libraries, and how many items of which, cannot be listed: remembered in the index, and not asked for more often than is of use."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from plex.index_facts import LeftOut
from plex.index_store import IndexStore
from plex.model import Section

_FACT: Final = "left_out"
_FIRST_WAIT_S: Final = 60.0
_LONGEST_WAIT_S: Final = 3600.0


class LeftOutBook:
    """The list in the index's file. `clock`: epoch seconds."""

    def __init__(self, store: IndexStore, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._waits: dict[
            int, tuple[float, float]
        ] = {}  # section key to when it may be asked again, and how long that was

    def all(self) -> tuple[LeftOut, ...]:
        """What is left out now."""
        rows = self._store.rows("SELECT value FROM facts WHERE name = ?", (_FACT,))
        return tuple(LeftOut(**each) for each in json.loads(rows[0][0])) if rows else ()

    def note(self, section: Section, reason: str, items: int = 0) -> None:
        """It was met in this walk. A whole library is asked again later and later, one with sick items once a minute."""
        _, before_s = self._waits.get(section.key, (0.0, 0.0))
        wait_s = _FIRST_WAIT_S if items else min(_LONGEST_WAIT_S, max(_FIRST_WAIT_S, 2 * before_s))
        self._waits[section.key] = (self._clock() + wait_s, wait_s)
        others = [each for each in self.all() if each.section_key != section.key]
        self._write([*others, LeftOut(section.key, section.title, reason, items)])

    def clear(self, section: Section) -> None:
        """It was read whole."""
        self._waits.pop(section.key, None)
        self.keep([each.section_key for each in self.all() if each.section_key != section.key])

    def keep(self, section_keys: Sequence[int]) -> None:
        """Forget all others."""
        known = self.all()
        kept = [each for each in known if each.section_key in section_keys]
        if len(kept) < len(known):
            self._write(kept)

    def may_ask(self, section: Section) -> bool:
        """Whether it is time to ask for this section's news again. A clock that was set back waits for nothing."""
        until, wait_s = self._waits.get(section.key, (0.0, 0.0))
        return not until - wait_s <= self._clock() < until

    def _write(self, them: Sequence[LeftOut]) -> None:
        plain: list[dict[str, Any]] = [
            {"section_key": each.section_key, "title": each.title, "reason": each.reason, "items": each.items}
            for each in them
        ]
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (_FACT, json.dumps(plain)),
            )
