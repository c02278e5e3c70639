"""Which items belong to which collections, and which of them wait."""

from records import Member, Records, Written

PLACE = (1, "studio", 7)


def member(rating_key: int, *, is_in: bool = False) -> Member:
    return Member(*PLACE, rating_key, rating_key + 100, is_in)


def sync(records: Records, *rating_keys: int) -> None:
    records.written.record_many([Written(key + 100, key, 1, {"title": "Sintel"}, synced_at=5.0) for key in rating_keys])


def test_items_count_once_they_are_synced(records: Records) -> None:
    records.members.put([10, 11], [member(10), member(11, is_in=True)], ())
    assert records.members.at(PLACE, 9) == {}
    sync(records, 10, 11)
    assert records.members.at(PLACE, 9) == {10: False, 11: True}
    assert records.members.waiting(PLACE) == [(10, 110)]
    assert len(records.members.at(PLACE, 1)) == 1


def test_nobody_waits_where_a_collection_has_grown(records: Records) -> None:
    sync(records, 10, 11)
    records.members.put([10], [member(10)], ())
    records.members.put([11], [member(11, is_in=True)], [PLACE])
    assert records.members.waiting(PLACE) == []
    assert records.members.at(PLACE, 9) == {10: True, 11: True}


def test_item_belongs_to_what_was_put_last(records: Records) -> None:
    sync(records, 10)
    records.members.put([10], [member(10)], ())
    records.members.put([10], [], ())
    assert records.members.is_empty()


def test_scenes_that_are_gone_and_items_that_were_given_back_count_no_more(records: Records) -> None:
    sync(records, 10, 11, 12)
    records.members.put([10, 11, 12], [member(10), member(11), member(12)], ())
    records.forget_scene(110, at=9.0)
    records.forget_item(11)
    assert records.members.at(PLACE, 9) == {12: False}
