"""Where no path rule vouches for a match.

A file of another size is another file, whatever its path, and nothing is written to its item.
"""

from dataclasses import replace

import pytest

from worker.outcome import LOOK_AGAIN_S, NOT_IN_PLEX_S


@pytest.fixture
def alike(stepper):
    """No rules: both servers have mounted something at /data, and Plex something else at /media."""
    stepper.configure(path_rules="")
    sections = stepper.plex.state.sections
    sections[stepper.section] = replace(sections[stepper.section], locations=("/data", "/media"))
    return stepper


def at(stepper, plex_path, **values):
    return stepper.plex.state.add_item(stepper.section, plex_path, title="not ours", **values)


def scan(stepper, key, size, *, is_news=True):
    """Plex finds another file at the item's path."""
    item = stepper.plex.state.items[key]
    item.sizes = {file: size for version in item.media for file in version}
    stepper.plex.state.revision += 1
    if is_news:
        stepper.plex.state.touch(item)


def test_nothing_is_written_when_two_disks_are_mounted_at_one_path(alike):
    key = at(alike, "/data/Sintel.mkv", size=5_000_000)
    alike.sync(alike.scene("Sintel.mkv", size=7_000_000, title="Ours"))
    for wait_s in NOT_IN_PLEX_S:
        assert alike.dead_letters() == []
        alike.later(wait_s * 1.2)
    (letter,) = alike.dead_letters()
    assert letter["error_type"] == "OtherFileError"
    for word in ("/data/Sintel.mkv", "5,000,000", "7,000,000", "path_rules"):
        assert word in letter["error_message"]
    assert alike.writes() == 0
    assert alike.shown(key).title == "not ours"


@pytest.mark.parametrize(("plex_size", "stash_size"), [(7, 7), (0, 7), (7, 0), (0, 0)])
def test_item_is_written_when_the_sizes_agree_or_one_is_unknown(alike, plex_size, stash_size):
    key = at(alike, "/data/Sintel.mkv", size=plex_size)
    alike.sync(alike.scene("Sintel.mkv", size=stash_size, title="Ours"))
    assert alike.shown(key).title == "Ours"


def test_path_alone_decides_when_a_rule_of_the_user_fits(alike):
    alike.configure(path_rules="/data => /data")
    key = at(alike, "/data/Sintel.mkv", size=5)
    alike.sync(alike.scene("Sintel.mkv", size=7, title="Ours"))
    assert alike.shown(key).title == "Ours"


def test_sizes_count_when_the_users_rules_say_nothing_of_this_folder(alike):
    alike.configure(path_rules="/tv => /shows")
    at(alike, "/data/Sintel.mkv", size=5)
    alike.sync(alike.scene("Sintel.mkv", size=7, title="Ours"))
    assert alike.writes() == 0


def test_other_folders_are_worked_out_beside_a_rule_for_one(alike):
    alike.configure(path_rules="/data/tv => /shows")
    keys = {
        name: at(alike, f"/media/films/{name}/{name}.mkv", size=place)
        for place, name in enumerate(("Sintel", "Big Buck Bunny", "Tears of Steel"), start=100)
    }
    ruled = at(alike, "/shows/Cosmos Laundromat.mkv", size=5)
    scenes = [
        alike.scene(f"films/{name}/{name}.mkv", size=place, title=f"{name}!")
        for place, name in enumerate(keys, start=100)
    ]
    scenes.append(alike.scene("tv/Cosmos Laundromat.mkv", size=7, title="Ours"))
    for scene in scenes:
        alike.sync(scene)
    assert [alike.shown(key).title for key in keys.values()] == [f"{name}!" for name in keys]
    assert alike.shown(ruled).title == "Ours"


@pytest.mark.parametrize("skip_not_in_plex", [False, True])
@pytest.mark.parametrize("is_first", ["plex", "stash"])
def test_replaced_file_is_synced_when_both_servers_have_scanned_it(alike, is_first, skip_not_in_plex):
    alike.configure(path_rules="", skip_not_in_plex=skip_not_in_plex)
    key, scene = at(alike, "/data/Sintel.mkv", size=5), alike.scene("Sintel.mkv", size=5, title="Ours")
    alike.sync(scene)
    alike.now += 60
    if is_first == "plex":
        scan(alike, key, 9)
    else:
        alike.stash.scan_exchanged_file(scene, 9)
    alike.stash.save_scene(scene, title="Ours, smaller")
    alike.sync(scene)
    assert alike.shown(key).title == "Ours"
    if is_first == "plex":
        alike.stash.scan_exchanged_file(scene, 9)
    else:
        scan(alike, key, 9)
    alike.later(NOT_IN_PLEX_S[0] * 1.2)
    assert alike.shown(key).title == "Ours, smaller"


def test_what_plex_says_now_decides_when_the_index_remembers_another_size(alike):
    key = at(alike, "/data/Sintel.mkv", size=5)
    alike.sync(alike.scene("warm.mkv"))
    scan(alike, key, 7, is_news=False)
    listings = alike.plex.journal.count("listing")
    alike.sync(alike.scene("Sintel.mkv", size=7, title="Ours"))
    assert alike.shown(key).title == "Ours"
    assert alike.plex.journal.count("listing") == listings, "nobody had to ask for news"


def test_nothing_is_written_when_the_file_became_another_one_since_the_index_was_read(alike):
    key = at(alike, "/data/Sintel.mkv", size=7)
    alike.sync(alike.scene("warm.mkv"))
    scan(alike, key, 5, is_news=False)
    alike.sync(alike.scene("Sintel.mkv", size=7, title="Ours"))
    assert alike.writes() == 0
    assert [entry.size for entry in alike.parts.plex.index().entries_of(key)] == [5], "and that is remembered"


def test_mapping_is_found_when_only_strangers_lie_at_the_paths_of_our_files(alike):
    """Plex shows Stash's disk at /media, and at /data another one with the same names."""
    names = ["A/a.mkv", "B/b.mkv", "C/c.mkv"]
    strangers = [at(alike, f"/data/{name}", size=5) for name in names]
    ours = [at(alike, f"/media/{name}", size=7) for name in names]
    alike.sync(*(alike.scene(name, size=7, title=name) for name in names))
    assert [alike.shown(key).title for key in strangers] == ["not ours"] * 3
    assert [alike.shown(key).title for key in ours] == names


def test_stranger_costs_no_more_than_a_missing_file_and_one_read_a_batch(alike):
    scenes = [alike.scene(f"{number}.mkv", size=7, title="Ours") for number in range(40)]
    for number in range(40):
        at(alike, f"/data/{number}.mkv", size=5)
    alike.sync(alike.scene("missing.mkv"))
    alike.now += LOOK_AGAIN_S
    alike.plex.journal.clear_log()
    alike.sync(alike.scene("missing too.mkv"))
    as_missing = alike.plex.journal.count("listing")
    alike.now += LOOK_AGAIN_S
    alike.plex.journal.clear_log()
    alike.sync(*scenes)
    assert alike.plex.journal.count("metadata") == 1
    assert alike.plex.journal.count("listing") == as_missing
    assert alike.stats()["pending"] == 42


def test_item_is_left_to_the_scene_that_holds_its_file_when_another_scenes_path_lies_in_it_too(alike):
    """A scene that wrote to an item before does not keep it once its file is another one."""
    key = at(alike, ["/data/a.mkv", "/data/b.mkv"], size=7)
    first, second = alike.scene("a.mkv", size=7, title="First"), alike.scene("b.mkv", size=7, title="Second")
    alike.sync(first)
    alike.stash.scan_exchanged_file(first, 9)
    alike.now += 1
    alike.sync(second)
    assert alike.shown(key).title == "Second"
