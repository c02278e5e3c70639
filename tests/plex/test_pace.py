from hypothesis import given
from hypothesis import strategies as st

from plex.session import MAX_PAUSE_S, SLOW_S, Pace

ANSWERS = st.lists(st.tuples(st.floats(0, 120), st.booleans()), max_size=30)


def test_pace_knows_no_pause_when_plex_is_fast() -> None:
    pace = Pace()
    for _ in range(10):
        pace = pace.after(0.05)
    assert pace.pause_s == 0.0


def test_pace_waits_as_long_as_an_answer_takes_when_plex_is_slow() -> None:
    assert Pace().after(3.0).pause_s == 3.0


def test_pace_forgets_one_slow_answer_when_fast_ones_follow() -> None:
    pace = Pace().after(3.0)
    for _ in range(5):
        pace = pace.after(0.05)
    assert pace.pause_s == 0.0


def test_pace_grows_when_plex_says_again_that_it_is_busy() -> None:
    once = Pace().after(0.01, busy=True)
    assert 0 < once.pause_s < once.after(0.01, busy=True).pause_s


@given(ANSWERS)
def test_pace_stays_within_its_bounds_when_anything_is_answered(answers: list[tuple[float, bool]]) -> None:
    pace = Pace()
    for answer_s, busy in answers:
        pace = pace.after(answer_s, busy=busy)
        assert 0 <= pace.pause_s <= MAX_PAUSE_S
        assert (pace.pause_s > 0) == (pace.answer_time_s > SLOW_S)
