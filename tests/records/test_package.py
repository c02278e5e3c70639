"""The room's names, each of which is loaded where it is first used."""

import pytest

import records


@pytest.mark.parametrize("name", records.__all__)
def test_package_exports_every_name_when_it_is_first_used(name: str) -> None:
    assert getattr(records, name)  # two are types that have no name of their own


def test_package_says_what_is_missing_when_a_name_is_unknown() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = records.nonsense  # type: ignore[attr-defined]
