"""No write ever reaches an item that does not hold the scene's file.

The whole way from the queue to the stand-in's journal, over worlds that are made to confuse.
"""

import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from matching.paths import name_key
from plex.edit import Edit
from plex.session import PlexSession
from tests.matching.test_worlds import (
    NAMES,
    Disk,
    File,
    decidable,
    files_of,
    is_shown,
    some,
    split,
    worlds,
)
from tests.stepper import Stepper
from worker.sync.finder import Finder


class Street:
    """A stepper in which every file has a number.

    Its scene's title is `Own <number>`, and the item that holds it is known.
    """

    def __init__(self, stepper: Stepper) -> None:
        self.stepper = stepper
        self.owners: dict[int, str] = {}  # rating key to the only title that it may ever get
        self.scenes: dict[str, int] = {}

    def add_item(self, plex_path: str, title: str, size: int | None = None) -> int:
        key = self.stepper.plex.state.add_item(self.stepper.section, plex_path, title="as Plex named it", size=size)
        self.owners[key] = title
        return key

    def add_scene(self, stash_path: str, title: str, size: int | None = None) -> None:
        self.scenes[title] = self.stepper.stash.add_scene(title, path=stash_path, size=size)

    def sync(self) -> None:
        for scene_id in self.scenes.values():
            context = {"type": "Scene.Update.Post", "id": scene_id, "input": {"id": str(scene_id), "title": "x"}}
            self.stepper.append(context)
        self.stepper.drain()

    def finder(self) -> Finder:
        """A second finder, which has read the index, and inferred the mapping where there are no rules."""
        parts = self.stepper.parts
        finder = Finder(parts.stash, parts.plex, parts.settings, self.stepper.clock)
        finder.prepare()
        return finder

    def wrong(self) -> list[tuple[str, str]]:
        """The writes that reached another scene's item: the title that it got, and the one that it should have."""
        found = []
        for record in self.stepper.plex.journal.records("edit", "rate", "picture_upload", "picture_select"):
            keys = [int(key) for key in record.first("id").split(",")]
            title = record.first("title.value") or "nothing"
            found += [(title, self.owners[key]) for key in keys if self.owners[key] != title]
        shown = {key: self.stepper.plex.state.item(key).title for key in self.owners}
        return found + [
            (has, self.owners[key]) for key, has in shown.items() if has not in (self.owners[key], "as Plex named it")
        ]

    def reached(self) -> set[str]:
        return {self.stepper.plex.state.item(key).title for key in self.owners} - {"as Plex named it"}


@contextmanager
def street(stash_roots: Sequence[str], plex_roots: Sequence[str], rules: str = "") -> Iterator[Street]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Stepper(Path(folder), plex_library="Movies", path_rules=rules) as stepper,
    ):
        section = stepper.plex.state.sections[stepper.section]
        stepper.plex.state.sections[stepper.section] = replace(section, locations=tuple(plex_roots))
        stepper.stash.library.settings.stash_paths = list(stash_roots)
        yield Street(stepper)


def settle_in(found: Street, scenes: Sequence[File], in_plex: Sequence[File]) -> None:
    number = {file: f"Own {place}" for place, file in enumerate(dict.fromkeys((*scenes, *in_plex)))}
    for file in in_plex:
        found.add_item(file.plex_path, number[file], file.size)
    for file in scenes:
        found.add_scene(file.stash_path, number[file], file.size)


def rules_of(disks: Sequence[Disk]) -> str:
    deepest_first = sorted(disks, key=lambda disk: -len(split(disk.stash_mount).parts))
    return "\n".join(f"{disk.stash_mount} => {disk.plex_mount}" for disk in deepest_first)


def runs(scale, short: int, long: int):
    return settings(
        max_examples=scale.pick(short, long),
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def test_no_item_gets_what_is_anothers_when_the_paths_are_confusing_and_the_user_gave_rules(scale, figures):
    counts = {"worlds": 0, "items": 0, "written": 0, "wrong": 0}

    @runs(scale, 5, 400)
    @seed(scale.seed)
    @given(worlds(), st.data())
    def run(disks: list[Disk], data: st.DataObject) -> None:
        files = [file for file in files_of(disks) if file.in_stash and file.in_plex]
        in_plex = data.draw(st.lists(st.sampled_from(files), unique=True)) if files else []
        with street([d.stash_mount for d in disks], [d.plex_mount for d in disks], rules_of(disks)) as found:
            settle_in(found, files, in_plex)
            found.sync()
            count(counts, found)
            assert found.reached() == set(found.owners.values()), "and each item gets its own"

    run()
    figures.note(**counts)


def test_no_item_gets_what_is_anothers_when_the_paths_are_confusing_and_the_mapping_is_inferred(scale, figures):
    counts = {"worlds": 0, "items": 0, "written": 0, "wrong": 0}

    @runs(scale, 6, 400)
    @seed(scale.seed)
    @given(worlds(), st.booleans(), st.frozensets(NAMES.map(name_key)))
    def run(disks: list[Disk], fine_roots: bool, shown: frozenset[str]) -> None:
        files = decidable(disks)
        in_plex = [file for file in files if file.in_plex and is_shown(file, shown)]
        scenes = [file for file in files if file.in_stash and (file.in_plex or not is_shown(file, shown))]
        stash_roots = [disk.stash_mount for disk in disks] if fine_roots else ["/data", "/films", "/mnt"]
        with street(stash_roots, [disk.plex_mount for disk in disks]) as found:
            settle_in(found, scenes, in_plex)
            found.sync()
            count(counts, found)

    run()
    figures.note(**counts)
    assert counts["written"] > 0


def test_no_item_gets_what_is_anothers_when_every_file_has_its_own_size_whatever_either_server_shows(scale, figures):
    """No rules, and two disks may be mounted at one path: only the sizes tell their files apart."""
    counts = {"worlds": 0, "items": 0, "written": 0, "wrong": 0}

    @runs(scale, 6, 400)
    @seed(scale.seed)
    @given(worlds(), st.booleans(), st.data())
    def run(disks: list[Disk], fine_roots: bool, data: st.DataObject) -> None:
        files = files_of(disks, own_sizes=True)
        scenes, in_plex = (
            some(data, seen) for seen in ([f for f in files if f.in_stash], [f for f in files if f.in_plex])
        )
        stash_roots = [disk.stash_mount for disk in disks] if fine_roots else ["/data", "/films", "/mnt"]
        with street(stash_roots, [disk.plex_mount for disk in disks]) as found:
            settle_in(found, scenes, in_plex)
            found.sync()
            count(counts, found)

    run()
    figures.note(**counts)


def test_nothing_is_written_when_three_of_4003_clips_share_their_names_with_strangers(figures):
    """No file of Stash's folder is in Plex, but a folder of Plex has three files of the same names."""
    names = [f"IMG_{number:04d}.MOV" for number in range(3)]
    with street(["/data/clips"], ["/plex/homevideos"]) as found:
        found.stepper.stash.populate(4000, path="/data/clips/clip {n}.mov")
        found.stepper.plex.state.populate(3000, found.stepper.section, "/plex/homevideos/{n}.mkv")
        for place, name in enumerate(names):
            found.add_scene(f"/data/clips/{name}", f"Own {name}", 246_033 + place)
            found.add_item(f"/plex/homevideos/{name}", "another's", 252_084 + place)
        found.sync()
        assert found.stepper.writes() == 0
        assert found.wrong() == []
        ours = {f"/data/clips/{name}": 246_033 + place for place, name in enumerate(names)}
        assert not found.finder().learn(ours), "no rule is inferred"
        figures.note(files_in_stash=4003, items=3003, wrong=0)


def test_nothing_is_written_when_one_trailer_of_3001_items_lies_in_a_folder_of_the_same_name():
    with street(["/data"], ["/movies"]) as found:
        found.stepper.plex.state.populate(3000, found.stepper.section, "/movies/{n}/{n}.mkv")
        found.add_item("/movies/Extras/trailer.mp4", "another's", 252_084)
        found.add_scene("/data/Extras/trailer.mp4", "Own trailer", 246_033)
        found.sync()
        assert found.stepper.writes() == 0
        assert found.wrong() == []


def test_only_equal_files_are_written_when_two_containers_have_mounted_different_disks_at_one_path(scale, figures):
    """Both call it /data, with the same tree and names; some files are indeed the same, most are not."""
    random, same, wrong = scale.random("two disks at one path"), 0, 0
    for _ in range(scale.pick(2, 60)):
        with street(["/data"], ["/data"]) as found:
            for number in range(30):
                path, size = f"/data/{random.choice(['A', 'B'])}/clip {number}.mp4", random.randrange(1, 10**10)
                is_same = random.random() < 0.2
                found.add_scene(path, f"Own {number}", size)
                found.add_item(path, f"Own {number}" if is_same else f"another's {number}", size + (not is_same))
                same += is_same
            found.sync()
            wrong += len(found.wrong())
            assert found.wrong() == []
            assert found.reached() == {title for title in found.owners.values() if title.startswith("Own")}
    figures.note(same_files=same, wrong=wrong)


def count(counts: dict[str, int], found: Street) -> None:
    wrong = found.wrong()
    counts["worlds"] += 1
    counts["items"] += len(found.owners)
    counts["written"] += len(found.reached())
    counts["wrong"] += len(wrong)
    assert wrong == []


PAIRS = {
    "a folder and one that begins alike": ("tv/1.mp4", "tv-4k/1.mp4"),
    "the same name in two folders": ("A/Sintel.mp4", "B/Sintel.mp4"),
    "names that differ in case": ("A/Sintel.mp4", "A/sintel.mp4"),
    "folders that differ in case": ("TV/Sintel.mp4", "tv/Sintel.mp4"),
    "one letter and two code points": (
        unicodedata.normalize("NFC", "A/Café.mp4"),
        unicodedata.normalize("NFD", "A/Café.mp4"),
    ),
    "a copy deeper within": ("Sintel.mp4", "media/Sintel.mp4"),
    "another extension": ("A/Sintel.mp4", "A/Sintel.mkv"),
    "a backslash in a name": ("A\\1.mp4", "A/1.mp4"),
    "an encoded slash": ("A%2F1.mp4", "A/1.mp4"),
    "a blank at the end": ("A/1.mp4", "A /1.mp4"),
    "letters that look alike": ("A/Sintel.mp4", "\u0410/Sintel.mp4"),
}


@pytest.mark.parametrize("ignore_case", [False, True])
def test_each_of_two_files_gets_its_own_when_their_paths_are_easily_confused(ignore_case):
    with street(["/data"], ["/media"]) as found:
        found.stepper.configure(path_rules="/data => /media", ignore_path_case=ignore_case)
        for place, tails in enumerate(PAIRS.values()):
            for number, tail in enumerate(tails):
                found.add_item(f"/media/{place}/{tail}", f"Own {place}-{number}")
                found.add_scene(f"/data/{place}/{tail}", f"Own {place}-{number}")
        found.sync()
        assert found.wrong() == []
        if not ignore_case:
            assert found.reached() == set(found.owners.values())


def test_nothing_is_written_to_an_item_whose_file_is_another_one_since_the_index_was_read(scale, figures):
    """Files change places in Plex, with and without a word about it, after the index was read and before the item is."""
    random, swaps, wrong = scale.random("swapped files"), 0, 0
    for _ in range(scale.pick(3, 200)):
        with street(["/data"], ["/media"], "/data => /media") as found:
            names = [f"{letter}.mp4" for letter in "ABCD"]
            keys = [found.add_item(f"/media/{name}", f"Own {name}") for name in names]
            for name in names:
                found.add_scene(f"/data/{name}", f"Own {name}")
            found.finder()
            swaps += swap(found, keys, names, random)
            found.sync()
            wrong += len(found.wrong())
            assert found.wrong() == []
            index_reads = found.stepper.plex.journal.count("listing")
            assert index_reads > 0, "the index was read before the files changed places"
    figures.note(swapped_files=swaps, wrong=wrong)


def swap(found: Street, keys: list[int], names: list[str], random: Random) -> int:
    """Give each item another file, some to none of ours; how many changed."""
    state = found.stepper.plex.state
    order = random.choice(list(permutations([*names, "elsewhere.mp4"], len(names))))
    for key, name in zip(keys, order, strict=True):
        item = state.items[key]
        item.media = ((f"/media/{name}",),)
        found.owners[key] = f"Own {name}"
        state.revision += 1
        if random.random() < 0.5:
            item.updated_at += 60
    return sum(name != before for name, before in zip(order, names, strict=True))


BAD_IDS = [(), (0,), (-7,), (7, 0)]
RAW = [
    "",
    "type=1",
    "type=1&title.value=x",
    "type=1&id=",
    "type=1&id=0&title.value=x",
    "type=1&id=,&title.value=x",
    "type=1&id=7,&title.value=x",
    "type=1&ID=7&title.value=x",
    "type=1&guid=7&title.value=id=7",
    "type=1&title.value=a%26id=7",
    "type=1&id=7%2C&title.value=x",
    "type=1&id[]=7&title.value=x",
]


@pytest.mark.parametrize("keys", BAD_IDS, ids=str)
def test_edit_without_ids_cannot_be_built(keys):
    with pytest.raises(ValueError, match="rating keys"):
        Edit(section_key=1, item_type="movie", rating_keys=keys, tags={}, lock=frozenset({"title"}))


@pytest.mark.parametrize("query", RAW)
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_wire_refuses_a_write_without_ids_and_plex_never_hears_of_it(wired, query, method):
    session = PlexSession(wired.plex.url, 5.0)
    before = wired.plex.journal.count()
    for path in (f"/library/sections/{wired.section}/all", f"/library/sections/{wired.section}/all/"):
        with pytest.raises(ValueError, match="without rating keys"):
            session.request(method, f"{wired.plex.url}{path}?{query}")
    assert wired.plex.journal.count() == before


def test_wire_refuses_an_edit_whose_ids_were_taken_away_after_it_was_built(wired):
    film = wired.add("Sintel")[0]
    edit = Edit(wired.section, "movie", (film.rating_key,), values={"title": "Everything"})
    object.__setattr__(edit, "rating_keys", ())
    with pytest.raises(ValueError, match="without rating keys"):
        wired.parts.plex.client().apply(edit)
    assert wired.plex.journal.count("edit") == 0
    assert wired.shown(film).title == "Sintel"


@pytest.fixture(scope="module")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stepper]:
    with Stepper(tmp_path_factory.mktemp("wired")) as stepper:
        yield stepper
