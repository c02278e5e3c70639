"""The words of tags: the same ones from a whole tree and from what one look at some scenes reads."""

import random
from collections.abc import Iterator
from contextlib import closing

import pytest

from stash.client import StashClient
from stash.scenes import scenes
from tests.fakes.stash import FakeStash
from worker.sync.tag_reader import BriefTagReader, TagReader


@pytest.fixture
def stash() -> Iterator[FakeStash]:
    with FakeStash() as running:
        yield running


@pytest.mark.parametrize("seed", range(4))
def test_brief_look_finds_the_words_of_the_whole_tree(stash: FakeStash, seed: int) -> None:
    dice = random.Random(seed)
    library, names = stash.library, [f"Tag {number}" for number in range(30)]
    for number, name in enumerate(names):
        aliases = tuple({dice.choice((*names, f"Alias {number}", "Animals/*", "7")) for _ in range(2)} - {name})
        above = tuple(dice.sample(range(1, number + 1), min(number, dice.choice((0, 1, 2)))))
        library.add_tag(name, aliases=aliases, parent_ids=above)
    library.add_tag("Animals/*")
    ids = [stash.add_scene(tags=dice.sample(names, 3), files=[f"/data/{number}.mkv"]) for number in range(3)]
    with closing(StashClient.connect(stash.server_connection())) as client:
        read = scenes(client, ids)
        brief = BriefTagReader()
        found = brief.with_words(client, {ids[0]: read[ids[0]]}) | brief.with_words(client, read)
        assert found == TagReader().with_words(client, read)


def test_brief_look_asks_for_names_once_and_for_a_level_at_a_time(stash: FakeStash) -> None:
    for number in range(1, 5):
        stash.library.add_tag(f"Tag {number}", parent_ids=(number - 1,) if number > 1 else ())
    scene = stash.add_scene(tags=["Tag 3"], files=["/data/Sintel.mkv"])
    with closing(StashClient.connect(stash.server_connection())) as client:
        read = scenes(client, [scene])
        before = stash.log.counts["graphql"]
        brief = BriefTagReader()
        brief.with_words(client, read)
        assert stash.log.counts["graphql"] - before == 1 + 3  # the names, and what stands above in three levels
        brief.with_words(client, read)
        assert stash.log.counts["graphql"] - before == 1 + 3
