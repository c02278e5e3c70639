"""Pickles are read, never run: what a hostile one says to run is not run, and none costs more than its length."""

import pickle
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_queue.pickles import OPAQUE, NotReadError, is_pickle, plain_value

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


class Hostile:
    """Unpickling it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@given(PLAIN, st.sampled_from((2, 3, 4, 5)))
def test_plain_value_reads_what_was_pickled_when_it_is_plain(value: Any, protocol: int) -> None:
    data = pickle.dumps(value, protocol)
    assert is_pickle(data)
    assert plain_value(data) == value


def test_plain_value_runs_nothing_when_the_pickle_would(tmp_path: Path) -> None:
    data = pickle.dumps({"scene_id": 12, "bad": Hostile(tmp_path / "ran"), "when": datetime.now(UTC), "last": "here"})
    assert plain_value(data) == {"scene_id": 12, "bad": OPAQUE, "when": OPAQUE, "last": "here"}
    assert not (tmp_path / "ran").exists()
    pickle.loads(data)  # noqa: S301 - the pickle of this test, to see that it would have done something
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "value",
    [2**63, -(2**63) - 1, 10**5_000, "Sintel \udcff", "\ud83d"],
    ids=["too great", "too small", "huge", "half at the end", "half alone"],
)
def test_plain_value_leaves_out_what_no_database_could_hold(value: object) -> None:
    assert plain_value(pickle.dumps({"a": value, "b": [value, 1]})) == {"a": OPAQUE, "b": [OPAQUE, 1]}


def test_plain_value_takes_no_more_memory_or_time_when_lists_hold_each_other_a_thousand_times() -> None:
    nested: list[Any] = ["laugh"]
    for _ in range(40):
        nested = [nested] * 1_000
    began = time.process_time()
    assert plain_value(pickle.dumps({"scene_id": 12, "data": nested}))["scene_id"] == 12
    assert time.process_time() - began < 5


@given(st.binary(max_size=200))
def test_plain_value_ends_in_one_error_when_the_bytes_are_anything(tail: bytes) -> None:
    try:
        plain_value(b"\x80\x04" + tail)
    except NotReadError:
        return


@given(st.data())
def test_plain_value_ends_in_one_error_when_a_pickle_is_damaged(draw: st.DataObject) -> None:
    data = bytearray(pickle.dumps({"scene_id": 12, "data": {"tags": ["Short", "Animation"], "n": [1, 2.5, None]}}))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        plain_value(bytes(data))
    except NotReadError:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04",
        b"\x80\x04.",
        b"\x80\x04u.",
        b"\x80\x04N",
        b"\x80\x04" + b"N" * (1 << 21) + b".",
        b"\x80\x04" + b"N" * 200_000 + b".",
        b"\x80\x04\x8b\xff\xff\xff\x7f1.",
        b"\x80\x04h\x09.",
    ],
    ids=["empty", "no stack", "no mark", "no end", "long", "many steps", "huge number", "nothing kept"],
)
def test_plain_value_refuses_a_pickle_when_it_has_no_end_or_sense(data: bytes) -> None:
    with pytest.raises(NotReadError):
        plain_value(data)


@pytest.mark.parametrize("data", [b"", b"\x80", b'{"scene_id": 1}', b"\x80\xff", b"\x80\x01", None, "text"])
def test_is_pickle_says_no_when_the_bytes_begin_otherwise(data: object) -> None:
    assert not is_pickle(data)
