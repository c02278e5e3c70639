import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.errors import StashRejected, StashUnreachable
from stash.way_in import data_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["data", "errors", "message"]) | st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.sampled_from([200, 400, 422]), st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_answer_is_data_or_a_typed_error_when_it_is_anything(status: int, body: bytes) -> None:
    with contextlib.suppress(StashUnreachable, StashRejected):
        assert isinstance(data_of(status, body), dict)


def test_path_that_is_not_utf8_does_not_spoil_the_answer_when_stash_sends_one() -> None:
    assert data_of(200, b'{"data": {"path": "/data/Cosm\xe9.mp4"}}') == {"path": "/data/Cosm\ufffd.mp4"}


def test_every_text_can_be_stored_and_sent_when_stash_sends_half_a_surrogate_pair() -> None:
    body = rb'{"data": {"half": "x\ud800y", "pair": "\ud83d\udc30", "plain": "\\ud800", "\uDC00": 1}}'
    assert data_of(200, body) == {"half": "x\ufffdy", "pair": "\U0001f430", "plain": "\\ud800", "\ufffd": 1}


def test_hint_is_left_out_when_stash_understood_the_query() -> None:
    with pytest.raises(StashRejected) as caught:
        data_of(200, b'{"errors": [{"message": "disk I/O error"}], "data": null}')
    assert "too old" not in str(caught.value)
