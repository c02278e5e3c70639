import pytest

from bench.figures import Figure, as_markdown, as_text, of_samples, quartiles, short
from bench.size import Size
from bench.timing import Sample


def test_figure_of_samples_is_their_median_with_the_quartiles() -> None:
    figure = of_samples("hook", [5.0, 1.0, 4.0, 2.0, 3.0, 9.0, 8.0, 7.0, 6.0], "ms")
    assert (figure.low, figure.value, figure.high) == (3.0, 5.0, 7.0)


def test_quartiles_are_the_sample_itself_when_there_is_one() -> None:
    assert quartiles([2.5]) == (2.5, 2.5, 2.5)


@pytest.mark.parametrize(
    ("value", "most", "verdict"), [(2.4, 2.5, "met"), (2.5, 2.5, "met"), (2.75, 2.5, "misses by 10 %"), (9.0, None, "")]
)
def test_verdict_says_by_how_much_a_target_is_missed(value: float, most: float | None, verdict: str) -> None:
    assert Figure("hook", value, "times", most).verdict == verdict


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0125, "0.013"),
        (0.25, "0.25"),
        (1.274, "1.27"),
        (24.66, "24.7"),
        (143.2, "143"),
        (53992.3, "53,992"),
    ],
)
def test_number_is_shown_with_as_many_digits_as_it_deserves(value: float, text: str) -> None:
    assert short(value) == text


def test_ratio_is_taken_turn_by_turn_when_the_machine_changes_its_speed() -> None:
    slower = Sample("hook", (20.0, 40.0, 60.0)).over(Sample("bare", (10.0, 20.0, 30.0)), 2.5)
    assert (slower.what, slower.value, slower.low, slower.high) == ("hook / bare", 2.0, 2.0, 2.0)


def test_tables_have_a_row_for_each_figure() -> None:
    figures = [Figure("requests a scene", 1.012, "", 1.1), of_samples("hook", [20.0], "ms")]
    assert " ".join(as_text([("Drain", figures)]).splitlines()[3].split()) == "requests a scene 1.01 at most 1.10 met"
    assert as_markdown(figures).splitlines()[-1] == "| hook | 20.0 ms | 20.0 to 20.0 |  |  |"


def test_size_chooses_its_number() -> None:
    assert [size.of(1000, 100, 1) for size in Size] == [1000, 100, 1]
