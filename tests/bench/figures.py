"""Looking into what a line of the benchmark found."""

from bench.figures import Figure


def values(figures: list[Figure]) -> dict[str, float]:
    """The figures' values by what they are."""
    assert all(figure.value >= 0 for figure in figures)
    return {figure.what: figure.value for figure in figures}
