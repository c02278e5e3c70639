import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.private import PrivateMask


def test_paths_still_show_their_common_tail_when_they_are_masked() -> None:
    mask = PrivateMask()
    assert (
        mask("/data/movies/Sintel.mp4 is not /media/movies/Sintel.mp4")
        == "/path-1/path-2/path-3.mp4 is not /path-4/path-2/path-3.mp4"
    )


def test_path_is_masked_to_its_end_when_it_holds_blanks() -> None:
    mask = PrivateMask(paths=["/data/My Movies"])
    assert mask("in /data/My Movies/Big Buck Bunny.mp4: gone") == "in /path-1/path-2/path-3.mp4: gone"
    assert mask("folder /data/My Movies") == "folder /path-1/path-2"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (r"C:\Videos\Sintel.mkv", r"C:\path-1\path-2.mkv"),
        (r"\\nas\films\Sintel.mkv", r"\\path-1\path-2\path-3.mkv"),
        ("'/data/a b/c d'", "'/path-1/path-2/path-3 d'"),
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


def test_words_stay_when_a_title_is_only_a_part_of_them() -> None:
    assert PrivateMask(titles=["Sin", "A"])("A Sintel of Sin") == "A Sintel of title-1"


@given(st.text(max_size=60), st.lists(st.text("abé (.*", min_size=2, max_size=10).filter(str.strip), max_size=3))
def test_title_is_masked_when_it_and_the_text_are_anything(text: str, titles: list[str]) -> None:
    mask = PrivateMask(titles=titles, paths=titles, hosts=titles)
    for title in titles:
        assert f"<{title}>" not in mask(f"{text} <{title}>")
