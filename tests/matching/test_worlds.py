"""Made-up disks, mounted at different places in Stash and in Plex.

No item may ever be matched that does not hold the scene's file.

A world has files that are easily confused: mounts within mounts, `/tv` beside `/tv-4k`, pairs that differ in case, the
same names in different folders, identical trees, two disks at one path. What is written down about each file is the
disk it lies on; the code sees only paths and sizes.

Namesakes may be as large as each other, as copies are: then what the servers show must leave no doubt. Or every file
has a size of its own: then they may show anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.infer import Roots, infer
from matching.mapper import Mapper
from matching.match import Matched, find, holds
from matching.paths import PathRule, join, name_key, split, tail_below
from tests.fakes.sizes import size_of
from tests.matching.entries import Entries

STASH_MOUNTS = ["/data", "/data/tv", "/data/tv-4k", "/data/TV", "/films", "/mnt/films/tv"]
PLEX_MOUNTS = ["/media", "/media/tv", "/media/tv-4k", "/data", "/films", "/srv/films/tv"]
FOLDERS = st.lists(st.sampled_from(["tv", "tv-4k", "TV", "films", "A"]), max_size=2)
NAMES = st.sampled_from(["1.mp4", "2.mp4", "3.mp4", "4.mp4", "5.mp4", "clip.mp4", "Clip.mp4"])
TAILS = st.tuples(FOLDERS, NAMES).map(lambda pair: (*pair[0], pair[1]))


@dataclass(frozen=True)
class Disk:
    """`tails` are its files; each server has mounted it somewhere.

    Files of one name have one size on disks of one `salt`.
    """

    stash_mount: str
    plex_mount: str
    tails: frozenset[tuple[str, ...]]
    salt: int = 0


@dataclass(frozen=True)
class File:
    """One file, how each server would see it, and whether it does: a mount within a mount hides what lies there."""

    stash_path: str
    plex_path: str
    in_stash: bool = True
    in_plex: bool = True
    size: int = 1


@st.composite
def worlds(draw: st.DrawFn) -> list[Disk]:
    """Disks that share a tree and have files of their own.

    `own…` are names that no other disk has, so that mappings do get inferred.
    """
    count = draw(st.integers(1, 3))
    mounts = zip(draw(st.permutations(STASH_MOUNTS)), draw(st.permutations(PLEX_MOUNTS)), range(count), strict=False)
    shared = draw(st.frozensets(TAILS, max_size=4))
    return [
        Disk(
            stash,
            plex,
            shared | draw(st.frozensets(TAILS, max_size=4)) | draw(own_tails(number)),
            draw(st.integers(0, 1)),
        )
        for stash, plex, number in mounts
    ]


def own_tails(number: int) -> st.SearchStrategy[frozenset[tuple[str, ...]]]:
    counts = st.sampled_from([0, 1, 3, 3])
    return counts.flatmap(
        lambda count: FOLDERS.map(
            lambda folder: frozenset((*folder, "A", f"own{number}-{each}.mp4") for each in range(count))
        )
    )


def files_of(disks: list[Disk], *, own_sizes: bool = False) -> list[File]:
    files: list[File] = []
    for disk in disks:
        for tail in sorted(disk.tails):
            stash_path, plex_path = join(disk.stash_mount, tail), join(disk.plex_mount, tail)
            in_stash = nearest(stash_path, [each.stash_mount for each in disks]) == disk.stash_mount
            in_plex = nearest(plex_path, [each.plex_mount for each in disks]) == disk.plex_mount
            size = len(files) + 1 if own_sizes else size_of(stash_path) + disk.salt
            files.append(File(stash_path, plex_path, in_stash, in_plex, size))
    return files


def decidable(disks: list[Disk]) -> list[File]:
    """The files of the world without those whose path in Stash is another one's path in Plex.

    Without rules, and of one size, those two are one.
    """
    files = files_of(disks)
    plex_paths = {file.plex_path for file in files}
    return [file for file in files if file.stash_path == file.plex_path or file.stash_path not in plex_paths]


def nearest(path: str, mounts: list[str]) -> str:
    return max((mount for mount in mounts if tail_below(path, mount)), key=lambda mount: len(split(mount).parts))


def is_shown(file: File, names: frozenset[str]) -> bool:
    return name_key(file.plex_path) in names or "own" in file.plex_path


def taken(file: File, in_plex: list[File], mapper: Mapper) -> set[str]:
    """The files in Plex whose items would be written for `file`: what matches, and passes the guard before the write."""
    entries = Entries.of_sizes({each.plex_path: each.size for each in in_plex})
    files = {file.stash_path: file.size}
    match = find(files, mapper, entries.lookup, entries.lookup_key, entries.lookup_name)
    found = match.entries if isinstance(match, Matched) else ()
    return {entry.plex_path for entry in found if holds({entry.plex_path: entry.size}, files, mapper)}


def assert_only_own_files(files: list[File], in_plex: list[File], mapper: Mapper) -> None:
    for file in files:
        assert taken(file, in_plex, mapper) <= {file.plex_path}


def inferred_mapper(
    scenes: list[File], in_plex: list[File], disks: list[Disk], *, fine_roots: bool, rules: Sequence[PathRule] = ()
) -> Mapper:
    """What the code infers beside the user's `rules`.

    With `fine_roots` each mount is a library folder of Stash, else only the folders at the top are.
    """
    stash_roots = tuple(disk.stash_mount for disk in disks) if fine_roots else ("/data", "/films", "/mnt")
    roots = Roots(stash_roots, tuple(disk.plex_mount for disk in disks))
    names = Entries.of_sizes({file.plex_path: file.size for file in in_plex})
    known = {file.stash_path: file.size for file in scenes}
    return Mapper(rules, inference=infer(known, names.lookup_name, roots, Mapper(rules).ruled))


@given(worlds(), st.data())
def test_find_matches_exactly_the_mapped_file_when_the_user_gave_rules(disks: list[Disk], data: st.DataObject) -> None:
    files = [file for file in files_of(disks) if file.in_stash and file.in_plex]
    in_plex = some(data, files)
    deepest_first = sorted(disks, key=lambda disk: -len(split(disk.stash_mount).parts))
    mapper = Mapper([PathRule(disk.stash_mount, disk.plex_mount) for disk in deepest_first])
    assert_only_own_files(files, in_plex, mapper)
    for file in in_plex:
        assert taken(file, in_plex, mapper) == {file.plex_path}


@settings(max_examples=150)
@given(worlds(), st.booleans(), st.frozensets(NAMES.map(name_key)))
def test_find_never_takes_a_wrong_item_when_plex_shows_all_namesakes_and_the_mapping_is_inferred(
    disks: list[Disk], fine_roots: bool, shown: frozenset[str]
) -> None:
    files = decidable(disks)
    in_plex = [file for file in files if file.in_plex and is_shown(file, shown)]
    scenes = [file for file in files if file.in_stash and (file.in_plex or not is_shown(file, shown))]
    assert_only_own_files(scenes, in_plex, inferred_mapper(scenes, in_plex, disks, fine_roots=fine_roots))


@settings(max_examples=150)
@given(worlds(), st.booleans(), st.data())
def test_find_never_takes_a_wrong_item_when_stash_has_every_file_of_plex_and_the_mapping_is_inferred(
    disks: list[Disk], fine_roots: bool, data: st.DataObject
) -> None:
    scenes = [file for file in decidable(disks) if file.in_stash and file.in_plex]
    in_plex = some(data, scenes)
    assert_only_own_files(scenes, in_plex, inferred_mapper(scenes, in_plex, disks, fine_roots=fine_roots))


@settings(max_examples=150)
@given(worlds(), st.booleans(), st.data())
def test_find_never_takes_a_wrong_item_when_every_file_has_its_own_size_whatever_either_server_shows(
    disks: list[Disk], fine_roots: bool, data: st.DataObject
) -> None:
    files = files_of(disks, own_sizes=True)
    scenes = some(data, [file for file in files if file.in_stash])
    in_plex = some(data, [file for file in files if file.in_plex])
    assert_only_own_files(scenes, in_plex, inferred_mapper(scenes, in_plex, disks, fine_roots=fine_roots))
    assert_only_own_files(scenes, in_plex, Mapper())


@settings(max_examples=150)
@given(worlds(), st.booleans(), st.frozensets(NAMES.map(name_key)), st.data())
def test_find_never_takes_a_wrong_item_when_rules_speak_of_some_mounts_and_the_others_are_inferred(
    disks: list[Disk], fine_roots: bool, shown: frozenset[str], data: st.DataObject
) -> None:
    ruled = data.draw(st.lists(st.sampled_from(disks), unique_by=lambda disk: disk.stash_mount))
    deepest_first = sorted(ruled, key=lambda disk: -len(split(disk.stash_mount).parts))
    rules = [PathRule(disk.stash_mount, disk.plex_mount) for disk in deepest_first]
    files = decidable(disks)
    in_plex = [file for file in files if file.in_plex and is_shown(file, shown)]
    scenes = [file for file in files if file.in_stash and (file.in_plex or not is_shown(file, shown))]
    mapper = inferred_mapper(scenes, in_plex, disks, fine_roots=fine_roots, rules=rules)
    rightly = [file for file in scenes if mapper.ruled(file.stash_path) in {None, (file.plex_path,)}]
    assert_only_own_files(rightly, in_plex, mapper)


def test_mount_that_no_rule_speaks_of_is_inferred_beside_a_rule() -> None:
    disks = [
        Disk(stash, plex, frozenset((f"{plex[-2:]}{each}", "A.mp4") for each in range(4)), salt)
        for salt, (stash, plex) in enumerate([("/data/tv", "/srv/films/tv"), ("/films", "/media")])
    ]
    files = [
        File(join(disk.stash_mount, tail), join(disk.plex_mount, tail), size=number + 10 * place + 1)
        for place, disk in enumerate(disks)
        for number, tail in enumerate(sorted(disk.tails))
    ]
    rules = [PathRule("/data/tv", "/srv/films/tv")]
    mapper = inferred_mapper(files, files, disks, fine_roots=True, rules=rules)
    assert [taken(file, files, mapper) for file in files] == [{file.plex_path} for file in files]


def some(data: st.DataObject, files: list[File]) -> list[File]:
    """Any of them."""
    return data.draw(st.lists(st.sampled_from(files), unique=True)) if files else []


@given(
    st.sampled_from(STASH_MOUNTS),
    st.sampled_from(PLEX_MOUNTS),
    st.frozensets(st.integers(0, 99), min_size=3, max_size=12),
)
def test_find_matches_every_file_when_the_mapping_of_one_mount_is_inferred(
    stash_mount: str, plex_mount: str, numbers: frozenset[int]
) -> None:
    files = [
        File(f"{stash_mount}/{number}/{number}.mp4", f"{plex_mount}/{number}/{number}.mp4", size=number + 1)
        for number in sorted(numbers)
    ]
    mapper = inferred_mapper(files, files, [Disk(stash_mount, plex_mount, frozenset())], fine_roots=True)
    for file in files:
        assert taken(file, files, mapper) == {file.plex_path}
