from plex.habits import Habits, RatingRoute, TagReading


def test_habits_come_back_when_they_were_kept() -> None:
    for habits in (
        Habits(),
        Habits(RatingRoute.RATE),
        Habits(None, TagReading.ADDS),
        Habits(RatingRoute.EDIT, TagReading.REPLACES),
    ):
        assert Habits.from_dict(habits.as_dict()) == habits


def test_habits_start_anew_when_what_was_kept_is_unknown() -> None:
    assert Habits.from_dict({"rating_route": "telepathy", "other": "x"}) == Habits()
