import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logs.private import PrivateMask
from matching.match import Ambiguous, NoMatch, OtherFile
from matching.paths import PathRule
from plex.model import Entry
from tests.growth import assert_linear
from worker.errors import NotLookedForError


def test_paths_still_show_their_common_tail_when_they_are_masked() -> None:
    mask = PrivateMask()
    assert (
        mask("/data/movies/Sintel.mp4 is not /media/movies/Sintel.mp4")
        == "/path-1/path-2/path-3.mp4 is not /path-4/path-2/path-3.mp4"
    )


def test_path_is_masked_to_its_end_when_it_holds_blanks() -> None:
    mask = PrivateMask(paths=["/data/My Movies"])
    assert mask("in /data/My Movies/Big Buck Bunny.mp4") == "in /path-1/path-2/path-3.mp4"
    assert mask("folder /data/My Movies") == "folder /path-1/path-2"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (r"C:\Videos\Sintel.mkv", r"C:\path-1\path-2.mkv"),
        (r"\\nas\films\Sintel.mkv", r"\\path-1\path-2\path-3.mkv"),
        ("'/data/a b/c d'", "'/path-1/path-2/path-3"),
        ("/data/St. Mary/Dr. Roe", "/path-1/path-2/path-3"),
        ("/data/ a/b", "/path-1/path-2/path-3"),
        ("smb://nas/Ada's/film.mkv", "path-1//path-2/path-3/path-4.mkv"),
        ("https://example.org/Ada-Example?x=1 end", "https://host-1/path-1 end"),
        ("192.0.2.7:32400 and 192.0.2.8.", "host-1:32400 and host-2."),
        ('File "/opt/Stash 2/a.py", line 3, in main', 'File "/path-1/path-2/path-3", line 3, in main'),
        (
            "Plex answered 500 to GET /library/sections/3/all: busy",
            "Plex answered 500 to GET /library/sections/3/all: busy",
        ),
        ("the answer to / is empty", "the answer to / is empty"),
        ("http://192.0.2.7:32400/library", "http://host-1:32400/library"),
        ("http://[2001:db8::1]:32400/", "http://host-1:32400/"),
        ("2001:db8::1 and 192.0.2.7", "host-1 and host-2"),
        ("https://1-2-3-4.abc.plex.direct:32400", "https://host-1:32400"),
        ("1-2-3-4.abc.plex.direct", "host-1"),
        ("at 14:02:11 on 2026-11-23", "at 14:02:11 on 2026-11-23"),
        ("and/or 3/4", "and/or 3/4"),
        ("http://127.0.0.1:9999/graphql, localhost, ::1", "http://127.0.0.1:9999/graphql, localhost, ::1"),
        ("version 1.43.0.10162", "version 1.43.0.10162"),
    ],
)
def test_text_is_masked_where_it_is_private_when_nothing_is_given(text: str, masked: str) -> None:
    assert PrivateMask()(text) == masked


def test_label_is_the_same_when_a_thing_is_met_again() -> None:
    mask = PrivateMask(hosts=["NAS"], titles=["Big Buck Bunny", "Bunny"])
    assert mask("NAS has Big Buck Bunny") == "host-1 has title-1"
    assert mask("Bunny, Big Buck Bunny, http://nas:32400") == "title-2, title-1, http://host-1:32400"


def test_user_of_the_system_is_masked_when_a_file_is_somebody_elses() -> None:
    mask = PrivateMask(own_files={"/data/state.db": "(data)/state.db"})
    text = "/data/state.db belongs to user 1000 (alice) with the rights 600, and Stash runs as user 0 (root), who"
    assert mask(text) == (
        "(data)/state.db belongs to user 1000 (user-1) with the rights 600, and Stash runs as user 0 (root), who"
    )


def test_words_stay_when_a_title_is_only_a_part_of_them() -> None:
    assert PrivateMask(titles=["Sin", "A"])("A Sintel of Sin") == "A Sintel of title-1"


NAMES = st.lists(st.text("Ab7 '?:\"<>|*.,;()=é\\n", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=4)


def _entry(path: str) -> Entry:
    return Entry(path, 1, 5, "movie", 7)


MESSAGES: dict[str, Callable[[str], object]] = {
    "absent": lambda path: NoMatch((path,), (path, path)),
    "other case": lambda path: NoMatch((path,), (path,), (_entry(path),)),
    "two items": lambda path: Ambiguous(path, (_entry(path), _entry(path))),
    "other size": lambda path: OtherFile(path, 1234, path, 5678),
    "looking again": lambda path: NotLookedForError(
        f"Plex has no item with the file {path}, as of a moment ago; looking again"
    ),
    "rule": lambda path: PathRule(path, path),
    "of another program": lambda path: f"cannot open '{path}': it is gone",
}


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("root", ["/data", "\\\\nas", "D:\\films", "/"])
@given(names=NAMES)
@example(names=["Jane's Private Party", "Jane Doe's Secret Tape.mp4"])
@example(names=["Who? Me", "Mary Roe: Uncut.mp4"])
@example(names=['Say "no" <again>', "a, b; c => d.mkv"])
def test_nothing_of_a_path_is_shown_whatever_its_names_hold(message: str, root: str, names: list[str]) -> None:
    separator = "\\" if "\\" in root else "/"
    path = root.rstrip(separator) + separator + separator.join(f"Private{name}Private" for name in names)
    text = str(MESSAGES[message](path))
    masked = PrivateMask()(f"Scene 5 waits: {text}")
    assert masked.startswith("Scene 5 waits: ")
    assert "Private" not in masked


def test_our_own_words_between_paths_stay_when_a_message_is_masked() -> None:
    other = OtherFile("/data/a.mkv", 1234, "/media/a.mkv", 5678)
    masked = PrivateMask()(str(other))
    assert masked == re.sub(
        r"/\w+/a", lambda path: {"/media/a": "/path-1/path-2", "/data/a": "/path-3/path-2"}[path[0]], str(other)
    )
    assert PrivateMask()(str(PathRule("/data/a", "/media/a"))) == "/path-1/path-2 => /path-3/path-2"


def test_file_of_ours_is_shown_by_name_when_only_its_folder_is_private() -> None:
    mask = PrivateMask(own_files={"/home/ada/data/state.db": "(data)/state.db"})
    assert mask("/home/ada/data/state.db is damaged: no") == "(data)/state.db is damaged: no"
    assert (
        mask("as /home/ada/data/state.db.corrupt-20261123T000000Z.") == "as (data)/state.db.corrupt-20261123T000000Z."
    )
    assert mask("/home/ada/data/state.db/ada") == "/path-1/path-2/path-3/path-4/path-2"


ENDLESS = [
    "a",
    "1.",
    "f:",
    "é",
    "://a@",
    "://a:",
    "/a ",
    "/",
    "\\",
    "C:\\a ",
    "GET /",
    'File "/',
    ", /",
    " => ",
    "a.plex.direct",
    "9.9.9.9 ",
    "nas:",
]


@pytest.mark.parametrize("unit", ENDLESS)
def test_masking_takes_time_in_proportion_to_the_text(unit: str) -> None:
    mask = PrivateMask(
        hosts=["nas"], paths=["/data/movies"], titles=["Sintel"], own_files={"/data/state.db": "state.db"}
    )
    assert_linear(mask, lambda size: unit * (size // len(unit)) + "!")
    assert_linear(mask, lambda size: unit * (size // len(unit)) + "g")


def test_masking_takes_time_in_proportion_to_the_number_of_names() -> None:
    def masked_anew(text: str) -> str:
        return PrivateMask()(text)

    assert_linear(masked_anew, lambda size: "/".join(map(str, range(size // 4))))


@given(st.text(max_size=60), st.lists(st.text("abé (.*", min_size=2, max_size=10).filter(str.strip), max_size=3))
def test_title_is_masked_when_it_and_the_text_are_anything(text: str, titles: list[str]) -> None:
    mask = PrivateMask(titles=titles, paths=titles, hosts=titles)
    for title in titles:
        assert f"<{title}>" not in mask(f"{text} <{title}>")
