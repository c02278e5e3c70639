"""Ids, files, databases and backups come and go on both sides, and hooks come late or never.

No item gets what is another's, nothing is emptied that no user emptied.
"""

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.torture.world_acts import Acts
from tests.torture.world_oracle import Oracle
from tests.torture.world_ordinary import Household
from tests.torture.worlds import World

HOSTILE = [
    *("save", "save", "tag", "rate", "empty", "empty", "merge", "assign", "destroy"),
    *("unmount", "mount", "mount", "rename", "remount", "upgrade", "upgrade_of_equal_size", "copy", "new_file"),
    *("scan", "scan", "clean", "new_database", "full_import", "backup", "restore"),
    *("plex_scan", "plex_scan", "item_anew", "library_anew", "swap", "remount_plex", "plex_backup", "plex_restore"),
    *("plex_edit", "plex_refresh", "preserve", "begin_afresh", "undo", "restart", "lost_answer"),
    *("late_hook", "late_hook", "compare", "compare", "sync_one", *["sync_all"] * 6, *["work"] * 16),
]
ORDINARY = [
    *("save", "save", "tag", "rate", "empty", "empty", "merge"),
    *("rename", "remount", "upgrade", "copy", "remount_plex", "preserve", "plex_edit", "restart"),
]


def steps_of(acts: list[str], length: int):
    return st.lists(st.tuples(st.sampled_from(acts), st.integers(0, 2**32)), min_size=length, max_size=length)


def runs(scale, short: int, long: int):
    return settings(
        max_examples=scale.pick(short, long),
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def live(folder: Path, films: int, preserve: bool, steps: list[tuple[str, int]], counts: Counter[str]) -> None:
    with World(folder, films, preserve_plex_edits=preserve) as world:
        oracle = Oracle(world)
        acts = Acts(world, oracle, ("now", "now", "late", "never"))
        world.queue(scene.id for scene in world.scenes())
        acts.work(None)
        for number, (name, choice) in enumerate(steps):
            acts.do(name, choice)
            assert not oracle.wrong, (number, name, oracle.wrong)
            assert not oracle.unasked, (number, name, oracle.unasked)
        acts.undo(None)
        counts.update(oracle.counts, worlds=1, steps=len(steps))
        assert not oracle.wrong, oracle.wrong


def test_no_wrong_write_and_no_unasked_emptying_when_ids_files_databases_and_backups_come_and_go(scale, figures):
    counts: Counter[str] = Counter()
    length = scale.pick(40, 60)

    @runs(scale, 10, 150)
    @seed(scale.seed)
    @given(st.sampled_from([3, 4, 5, 6, 24]), st.booleans(), steps_of(HOSTILE, length))
    def run(films: int, preserve: bool, steps: list[tuple[str, int]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            live(Path(folder), films, preserve, steps, counts)

    run()
    figures.note(**counts, wrong_writes=0, unasked_emptyings=0)
    assert counts["writes"] > 0


def live_ordinarily(folder: Path, films: int, steps: list[tuple[str, int]], counts: Counter[str]) -> None:
    with World(folder, films) as world:
        house = Household(world, Acts(world, Oracle(world), ("now",)))
        house.begin()
        for name, choice in steps:
            house.live(name, choice)
        house.undo()
        counts.update(worlds=1, steps=len(steps), saves=house.saves)


def test_every_save_arrives_and_an_undo_gives_all_back_when_life_is_ordinary(scale, figures):
    counts: Counter[str] = Counter()
    length = scale.pick(25, 40)

    @runs(scale, 4, 50)
    @seed(scale.seed)
    @given(st.integers(3, 6), steps_of(ORDINARY, length))
    def run(films: int, steps: list[tuple[str, int]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            live_ordinarily(Path(folder), films, steps, counts)

    run()
    figures.note(**counts, alarms=0, lost_undos=0)
    assert counts["saves"] > 0
