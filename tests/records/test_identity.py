"""Who a scene or an item is: by when it came into being, and by its files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import FileMark, Identity

SINTEL = FileMark("/data/Sintel.mkv", 700, frozenset({"oshash:51"}))
DAY = 86400.0


def who(*files: FileMark, born_at: float = 1000.0) -> Identity:
    return Identity(born_at, files)


@pytest.mark.parametrize(
    ("now", "is_it"),
    [
        pytest.param(who(SINTEL), True, id="nothing changed"),
        pytest.param(who(FileMark("/data/Sintel.mkv", 900, frozenset({"oshash:99"}))), True, id="upgrade"),
        pytest.param(who(FileMark("/mnt/nas/Sintel.mkv", 700)), True, id="remount, no checksum told"),
        pytest.param(who(FileMark("/data/Sintel (2010).mkv", 700, frozenset({"oshash:51"}))), True, id="rename"),
        pytest.param(who(FileMark("D:\\films\\Sintel.mkv", 700)), True, id="another system"),
        pytest.param(who(FileMark("/data/Spring.mkv", 700)), False, id="another name of that size"),
        pytest.param(who(FileMark("/x/Sintel.mkv", 700, frozenset({"oshash:99"}))), False, id="namesake by checksum"),
        pytest.param(who(FileMark("/x/Sintel.mkv")), False, id="namesake without a size"),
        pytest.param(who(), False, id="no file"),
        pytest.param(who(SINTEL, FileMark("/data/extra.mkv")), True, id="one file more"),
        pytest.param(who(SINTEL, born_at=1000.9), True, id="a fraction that an import brought"),
        pytest.param(who(SINTEL, born_at=1001.0), False, id="made anew by a scan"),
    ],
)
def test_scene_is_known_again_by_its_age_and_a_file(now: Identity, is_it: bool) -> None:
    assert who(SINTEL).is_scene(now) == now.is_scene(who(SINTEL)) == is_it


@pytest.mark.parametrize(
    ("now", "is_it"),
    [
        (who(FileMark("/media/Sintel.mkv", 900)), True),
        (who(FileMark("/media/Sintel.mkv", 900), born_at=1000 + DAY), False),
        (who(FileMark("/media/Sintel.mkv", 700), born_at=1000 + DAY), True),
        (who(FileMark("/mnt/Sintel.mkv", 700), born_at=1000 + DAY), True),
        (who(FileMark("/media/Spring.mkv", 700)), False),
    ],
)
def test_item_is_known_again_by_path_only_where_it_was_added_at_the_same_time(now: Identity, is_it: bool) -> None:
    assert who(FileMark("/media/Sintel.mkv", 700)).shares_file(now) == is_it


MARKS = st.builds(
    FileMark,
    st.text(st.characters(), max_size=9),
    st.integers(0, 2**60),
    st.frozensets(st.sampled_from(["oshash:1", "oshash:2", "md5:1"])),
)


@given(st.builds(who, MARKS, MARKS), st.floats(0, 4e9))
def test_identity_comes_back_from_its_columns(identity: Identity, born_at: float) -> None:
    assert Identity.decoded(born_at, identity.encoded_files()) == Identity(born_at, identity.files)


@given(MARKS, MARKS)
def test_sharing_a_file_has_no_direction(first: FileMark, second: FileMark) -> None:
    assert who(first).shares_file(who(second)) == who(second).shares_file(who(first))
