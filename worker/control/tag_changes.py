"""A tag that got another place in Stash's tree, or another alias, reaches the scenes for which the settings name it."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from logs.words import counted
from matching.gate import name_key
from stash.scenes import scenes_of
from sync_queue.merging import job_without_save
from sync_queue.pending import enqueue_many
from worker.facts import TAG_REACH
from worker.sync.codes import RESTORED

if TYPE_CHECKING:
    from matching.tag_tree import TagTree
    from records import Records
    from worker.sync.stash_link import SettingsInForce, StashLink

log = logging.getLogger("stash2plex.worker")

LOOK_S: Final = 20.0
"""How often Stash is asked, with one small question, where no hook has told of a tag."""

Reach = Mapping[str, list[int]]
"""The words of the settings that name tags, each with the ids of the tags that it names."""


class TagChanges:
    """Compares which tags the settings name now with what any worker saw last, and queues the scenes of the others.

    Whatever has moved them: an edit of a tag, of one above it, a merge, a deletion, also while no worker lived.
    """

    def __init__(
        self,
        stash: "StashLink",
        settings: "SettingsInForce",
        records: "Records",
        queue_dir: str,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._stash = stash
        self._settings = settings
        self._records = records
        self._queue_dir = queue_dir
        self._clock = clock
        self._monotonic = monotonic
        self._next_s = float("-inf")
        self._seen: TagTree | None = None
        self._words: tuple[str, ...] = ()

    def look(self) -> None:
        """Look, if a tag was changed, the settings name others, or it is time; raise StashError."""
        words = self._settings.last.tag_words
        known_tree, now_s = self._stash.tags.known, self._monotonic()
        is_seen = known_tree is not None and known_tree is self._seen and words == self._words
        if not words or (is_seen and now_s < self._next_s):
            return
        self._next_s = now_s + LOOK_S
        tree = self._stash.tag_tree()
        now, known = tree.reach(words), self._records.facts.get(TAG_REACH)
        before = _of_names_alone(tree, words) if known is None else known
        moved = sorted({tag_id for word in now for tag_id in set(now[word]) ^ set(before.get(word, now[word]))})
        if moved:
            self._queue(moved)
        if now != known:
            self._records.facts.put(TAG_REACH, now)
        self._seen, self._words = tree, words

    def _queue(self, tag_ids: list[int]) -> None:
        now, count = self._clock(), 0
        for page in self._pages(tag_ids):
            scene_ids = self._known(page)
            count += len(scene_ids)
            jobs = (job_without_save(key, ["tag_ids"], now=now) for key in scene_ids)
            enqueue_many(self._queue_dir, jobs, now=now)
        log.info("The settings name other tags now: %s of theirs queued", counted(count, "scene"))

    def _pages(self, tag_ids: list[int]) -> Iterator[list[int]]:
        yield from scenes_of(self._stash.client(), "tag", tag_ids)
        if self._stash.needs.performer_tags:
            yield from scenes_of(self._stash.client(), "performer_tag", tag_ids)

    def _known(self, scene_ids: list[int]) -> list[int]:
        """Return those that were synced or left out; the others are left to Sync All, what was given back to a save."""
        skips, written = self._records.skips.get_many(scene_ids), self._records.written.get_many(scene_ids)
        restored = {key for key, skip in skips.items() if skip.reason == RESTORED}
        return [key for key in scene_ids if (key in skips or written.get(key)) and key not in restored]


def _of_names_alone(tree: "TagTree", words: tuple[str, ...]) -> Reach:
    """Return which tags `words` named before aliases and tags below others counted: those of this very name or id."""
    return {word: tree.named(name_key(word)) for word in words}
