"""Our collections get texts and pictures from what they are made of in Stash: each once, and again when that changes.

What somebody has edited or chosen in Plex stays, whatever the settings: the three states are compared as for items.
"""

import logging
from collections.abc import Callable, Mapping
from collections.abc import Collection as AnyOf
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from plex.artwork import MAX_PICTURE_BYTES, chosen_of, sha1_of
from plex.collections import SUMMARY, Collection
from plex.errors import PlexError, PlexFailed, PlexItemGone, PlexProtocolError, PlexReconnected, PlexRejected
from plex.fields import SORT_TITLE, is_empty, same, showable
from records import OwnCollection
from settings.prefixes import prefix_of
from settings.settings import Settings
from stash.entities import Entity, entities
from stash.errors import StashError
from stash.pictures import CoverPicture, Unusable, picture
from worker.sync.collection_names import entity_of
from worker.sync.collection_renaming import NAME
from worker.sync.own_collections import TEXTS, is_still

if TYPE_CHECKING:
    from records import Records
    from worker.sync.plex_link import PlexLink
    from worker.sync.stash_link import StashLink

log = logging.getLogger("stash2plex.worker")

PICTURES: Final = ("poster", "background")
AT_ONCE: Final = 50
BUDGET_S: Final = 3.0
"""How long collections are dressed before saves get their turn again; one is always finished."""

WAIT_S: Final = 60.0
"""How long nothing is tried after a server failed."""

_REFUSALS: Final = (PlexRejected, PlexItemGone, PlexFailed, PlexProtocolError)
_FROM: Final = "_from"
"""In what is remembered behind the name of a picture: its address in Stash, which is another one after each save."""


class Dressing:
    """Dresses the collections that are due, some at a time."""

    def __init__(
        self,
        stash: "StashLink",
        plex: "PlexLink",
        records: "Records",
        monotonic: Callable[[], float],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._stash = stash
        self._plex = plex
        self._store = records.collections
        self._monotonic = monotonic
        self._is_stopping = is_stopping
        self._next_s = float("-inf")

    def dress(self) -> None:
        """Dress what is due, for a while. Costs nothing where nothing is.

        Raises:
            PlexError, StashError: a server failed; the rest is tried later.
        """
        began_s = self._monotonic()
        due = [own for own in self._store.all() if own.is_due and own.rating_key and not own.new_name]
        if not due or began_s < self._next_s:
            return
        try:
            self._dress_some(due, began_s + BUDGET_S)
        except (PlexError, StashError):
            self._next_s = self._monotonic() + WAIT_S
            raise

    def _dress_some(self, due: list[OwnCollection], until_s: float) -> None:
        settings = {key: self._plex.settings_of(key) for key in {own.section_key for own in due}}
        if any(each.dry_run or each.fills_only for each in settings.values()):
            return
        wanted = [
            (own, who)
            for own in due[:AT_ONCE]
            if settings[own.section_key].collections_follow and (who := entity_of(own.sources))
        ]
        self._store.put(
            [replace(own, is_due=False) for own in due[:AT_ONCE] if own not in [each for each, _ in wanted]]
        )
        found = entities(self._stash.client(), list(dict.fromkeys([who for _, who in wanted]))) if wanted else {}
        for own, who in wanted:
            if self._is_stopping() or self._monotonic() >= until_s:
                return
            self._dress(own, found.get(who), settings[own.section_key])

    def _dress(self, own: OwnCollection, entity: Entity | None, settings: Settings) -> None:
        if entity is None or int(own.born_at or entity.created_at) != int(entity.created_at):
            # What it was made of is gone, or another one has its id: it stays as it is, and lacks nothing any more.
            self._store.put([replace(own, is_due=False).without_problems(own.problems)])
            return
        own = replace(own, born_at=entity.created_at)
        follow = settings.collections_follow
        now: OwnCollection | None = own
        if not follow <= {NAME}:
            own = self._with_pictures(own, entity, follow)
            try:
                now = self._with_texts(own.with_problem(TEXTS, ""), entity, settings)
            except _REFUSALS as error:
                now = _failed(own, TEXTS, str(error))
        if now is None:
            self._store.drop([own])  # gone, or a person's from now on
        else:
            self._store.put([replace(now, is_due=False)])

    def _with_texts(self, own: OwnCollection, entity: Entity, settings: Settings) -> OwnCollection | None:
        """Write the texts that are new and lock the pictures; None where it is gone, or a person's."""
        follow = settings.collections_follow
        wanted = {name: text for name, text in _texts(own, entity, settings).items() if name in follow}
        while shown := self._looked_at(own):
            changes = _changes(wanted, shown, own)
            lock = [kind for kind in PICTURES if own.values.get(kind) and kind not in shown.locked]
            try:
                if changes or lock:
                    self._plex.client().collections.edit(shown, changes, lock)
            except PlexReconnected:
                continue  # nothing was sent: it is looked at again first
            return replace(own, values={**own.values, **_recorded(wanted, shown), **changes})
        return None

    def _looked_at(self, own: OwnCollection) -> Collection | None:
        shown = self._plex.client().collections.look(own.rating_key)
        return shown if shown and is_still(own, {shown.rating_key: shown}) else None

    # -- pictures --------------------------------------------------------------------------------------------------

    def _with_pictures(self, own: OwnCollection, entity: Entity, follow: AnyOf[str]) -> OwnCollection:
        """Upload the pictures that are new, each right behind a look, and put down what stands there now."""
        paths = {"poster": entity.poster_path, "background": entity.background_path}
        for kind, path in paths.items():
            if kind not in follow or not path:
                own = own.with_problem(kind, "")
            elif own.values.get(kind + _FROM) != path:
                own = self._with_picture(own.with_problem(kind, ""), kind, path)
        return own

    def _with_picture(self, own: OwnCollection, kind: str, path: str) -> OwnCollection:
        found = picture(self._stash.client(), path, max_bytes=MAX_PICTURE_BYTES)
        try:
            sha1 = self._brought(own, kind, found.data) if isinstance(found, CoverPicture) else ""
        except _REFUSALS as error:
            return _failed(own, kind, str(error))
        own = replace(own, values={**own.values, kind + _FROM: path, **({kind: sha1} if sha1 else {})})
        own = _failed(own, kind, found.reason) if isinstance(found, Unusable) else own
        self._store.put([own])
        return own

    def _brought(self, own: OwnCollection, kind: str, data: bytes) -> str:
        """Make `data` the picture, unless somebody has chosen another one; return its sha1, or "" where that stays."""
        artwork, sha1 = self._plex.client().artwork, sha1_of(data)
        ours = own.values.get(kind)
        while sha1 != ours:
            listed = artwork.listed(kind, own.rating_key)
            shown, chosen = self._looked_at(own), chosen_of(listed)
            if shown is None:
                return ""
            is_ours = chosen.endswith((f"/{sha1}", f"/{ours}")) if ours else chosen.endswith(f"/{sha1}")
            if not is_ours and (ours or kind in shown.locked):
                return ""
            try:
                artwork.set(kind, own.rating_key, data, listed=listed)
            except PlexReconnected:
                continue
            break
        return sha1


def _failed(own: OwnCollection, part: str, why: str) -> OwnCollection:
    """Say it in the log without its name, and put it down for the page."""
    log.warning("Collection %d of library %d, %s: not written: %s", own.rating_key, own.section_key, part, why)
    return own.with_problem(part, why)


def _texts(own: OwnCollection, entity: Entity, settings: Settings) -> dict[str, str]:
    """Return the summary, and as sort title its name without the prefix of its kind.

    Without a prefix the sort title is left to Plex, or is the name where we wrote another one before.
    """
    kind, _ = min(own.sources)
    prefix = prefix_of(kind, settings.collection_prefixes, settings.collection_prefix)
    sort_title = own.name.removeprefix(prefix)
    is_ours = bool(prefix) or SORT_TITLE in own.values
    return {SUMMARY: showable(entity.details), **({SORT_TITLE: sort_title} if is_ours else {})}


def _changes(wanted: Mapping[str, str], shown: Collection, own: OwnCollection) -> dict[str, str]:
    """The texts that have to be written: where Plex shows what we wrote, or nothing that somebody locked."""
    found: dict[str, str] = {}
    for name, text in wanted.items():
        at_present = shown.values[name] or (shown.title if name == SORT_TITLE else "")
        if same(text, at_present):
            continue
        if name in own.values:
            may = same(own.values[name], at_present)
        else:
            may = name not in shown.locked and not is_empty(text) and (name == SORT_TITLE or is_empty(at_present))
        if may:
            found[name] = text
    return found


def _recorded(wanted: Mapping[str, str], shown: Collection) -> dict[str, str]:
    """The texts that Plex shows as wanted by now: ours from now on."""
    return {name: text for name, text in wanted.items() if not is_empty(text) and same(text, shown.values[name])}
