from plex.capabilities import Capabilities, RatingRoute, TagReading


def test_capabilities_come_back_when_they_were_kept() -> None:
    for capabilities in (
        Capabilities(),
        Capabilities(RatingRoute.RATE),
        Capabilities(None, TagReading.ADDS),
        Capabilities(RatingRoute.EDIT, TagReading.REPLACES),
    ):
        assert Capabilities.from_dict(capabilities.as_dict()) == capabilities


def test_capabilities_start_anew_when_what_was_kept_is_unknown() -> None:
    assert Capabilities.from_dict({"rating_route": "telepathy", "other": "x"}) == Capabilities()
