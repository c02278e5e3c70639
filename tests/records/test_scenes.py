"""Rows under an id belong to one scene: what becomes of them when another one has the id, and when it comes back."""

from records import FileMark, Identity, Intent, Original, Records, Relations, Skip, Sync, Written

SINTEL = Identity(1000.0, (FileMark("/data/Sintel.mkv", 700),))
SPRING = Identity(2000.0, (FileMark("/data/Spring.mkv", 500),))


def synced(records: Records, scene_id: int, who: Identity, *, rating_key: int = 7) -> None:
    """Everything that can be known of a scene."""
    records.scenes.see({scene_id: (who, 5.0)}, at=10.0)
    records.before_edits([Original(rating_key, 1, "movie")], [Intent(scene_id, rating_key + 1, 1, {"title": "New"})])
    records.written.record_many([Written(scene_id, rating_key, 1, {"title": "Ours"}, synced_at=10.0)])
    records.pins.pin(scene_id, ["date"], at=10.0)
    records.skips.record_many([Skip(scene_id, "not_organized", "", 10.0)])
    records.history.record_many([Sync(scene_id, rating_key, 10.0, ())])
    records.relations.record_many({scene_id: Relations(tags=(4,))})


def known(records: Records, scene_id: int) -> tuple[object, ...]:
    """What is recorded under an id."""
    return (
        {key: written.values or written.intended for key, written in records.written.get(scene_id).items()},
        records.pins.get_many([scene_id]).get(scene_id),
        records.skips.get_many([scene_id]).keys() == {scene_id},
        len(records.history.last(scene_id=scene_id)),
        records.relations.scenes_of("tag", 4) == [scene_id],
    )


ALL = ({7: {"title": "Ours"}, 8: {"title": "New"}}, {"date"}, True, 1, True)
NOTHING = ({}, None, False, 0, False)


def test_nothing_is_left_under_an_id_that_names_another_scene(records: Records) -> None:
    synced(records, 3, SINTEL)
    lost = records.scenes.lose(3, at=50.0)
    assert lost < 0
    assert known(records, 3) == NOTHING
    assert known(records, lost) == ALL
    assert all(written.gone_at == 50.0 for written in records.written.get(lost).values())
    assert records.scenes.get_many([3, lost]).keys() == {lost}


def test_each_lost_scene_has_an_id_of_its_own_even_if_nobody_knew_it(records: Records) -> None:
    records.written.record_many([Written(3, 7, 1, {"title": "Ours"}, synced_at=10.0)])
    ids = [records.scenes.lose(3, at=1.0)]
    records.written.record_many([Written(3, 7, 1, {"title": "Other"}, synced_at=10.0)])
    ids.append(records.scenes.lose(3, at=2.0))
    assert len(set(ids)) == 2
    assert [records.written.get(scene_id)[7].values["title"] for scene_id in ids] == ["Ours", "Other"]


def test_scene_gets_everything_back_under_its_new_id(records: Records) -> None:
    synced(records, 3, SINTEL)
    lost = records.scenes.lose(3, at=50.0)
    records.scenes.find_again(lost, 9)
    assert known(records, 9) == ALL
    assert known(records, lost) == NOTHING
    assert not any(written.gone_at for written in records.written.get(9).values())
    assert records.scenes.get_many([9])[9].identity == SINTEL


def test_scene_parts_with_one_item_only(records: Records) -> None:
    synced(records, 3, SINTEL)
    records.written.record_many([Written(3, 70, 1, {"title": "There"}, synced_at=10.0)])
    lost = records.scenes.part(3, 50.0, [70])
    assert known(records, 3) == ALL
    assert records.written.get(lost)[70].values == {"title": "There"}
    assert records.scenes.get_many([lost])[lost].seen_at == 0.0


def test_edit_whose_end_nobody_saw_is_parted_with_once(records: Records) -> None:
    records.before_edits([], [Intent(3, 7, 1, {"title": "New"})])
    lost = records.scenes.part(3, 50.0)
    assert records.written.get(lost)[7].intended == {"title": "New"}
    assert records.written.get(lost)[7].gone_at == 50.0


def test_everything_is_lost_but_what_was_seen_since_when_it_is_begun_afresh(records: Records) -> None:
    synced(records, 3, SINTEL)
    synced(records, 4, SPRING, rating_key=20)
    records.written.record_many([Written(5, 30, 1, {"title": "Of before"}, synced_at=10.0)])
    records.scenes.see({4: (SPRING, 5.0)}, at=60.0)
    records.scenes.lose_all(60.0)
    assert known(records, 3) == NOTHING
    assert records.written.get(5) == {}
    assert records.written.get(4)[20].values == {"title": "Ours"}
    assert sorted(len(records.written.of_items([key]).get(key, ())) for key in (7, 20, 30)) == [1, 1, 1]


def test_what_nobody_knew_stays_apart_from_what_is_lost_after_it_was_begun_afresh(records: Records) -> None:
    synced(records, 1, SINTEL)
    records.written.record_many([Written(2, 30, 1, {"title": "Of before"}, synced_at=10.0, is_known=False)])
    records.scenes.lose_all(60.0)
    synced(records, 5, SPRING, rating_key=20)
    records.scenes.lose(5, at=70.0)
    (before,) = records.written.of_items([30])[30]
    assert before.values == {"title": "Of before"}
    assert records.scenes.get_many([before.scene_id])[before.scene_id].seen_at == 0.0, "nobody inherits it"
    assert records.written.get(before.scene_id).keys() == {30}


def test_scene_is_looked_for_by_its_second_and_a_file(records: Records) -> None:
    renamed = Identity(1000.4, (FileMark("/x/Other.mkv", 1, frozenset({"oshash:5"})), *SINTEL.files))
    records.scenes.see({3: (SINTEL, 5.0), 4: (SPRING, 5.0)}, at=10.0)
    assert [seen.scene_id for seen in records.scenes.alike([renamed])] == [3]
    assert records.scenes.alike([Identity(1001.0, SINTEL.files)]) == []
    records.scenes.see({3: (SPRING, 5.0)}, at=10.0)
    assert records.scenes.alike([SINTEL]) == []
    assert records.scenes.alike([]) == []


def test_first_sight_stays_when_a_scene_is_seen_again(records: Records) -> None:
    records.scenes.see({3: (SINTEL, 5.0)}, at=10.0)
    records.scenes.see({3: (SINTEL, 6.0)}, at=20.0)
    seen = records.scenes.get_many([3])[3]
    assert (seen.first_seen_at, seen.seen_at, seen.updated_at) == (10.0, 20.0, 6.0)


def test_sample_is_of_scenes_that_are_not_lost(records: Records) -> None:
    records.scenes.see(dict.fromkeys(range(1, 9), (SINTEL, 5.0)), at=10.0)
    records.scenes.lose(8, at=20.0)
    assert {seen.scene_id for seen in records.scenes.sample(50)} == set(range(1, 8))
    assert len(records.scenes.sample(3)) == 3


def test_rows_of_an_item_that_another_one_replaced_are_out_of_reach_until_it_is_back(records: Records) -> None:
    synced(records, 3, SINTEL)
    records.items.see({7: SPRING}, at=10.0)
    records.items.lose(7)
    assert records.originals.get_many([7]) == {}
    assert (records.originals.count(), records.originals.page()) == (0, [])
    assert records.written.get(3).keys() == {8}
    assert records.written.count() == 0
    ((lost, who),) = records.items.lost(2000.0).items()
    assert who == SPRING
    records.items.find_again(lost, 70)
    assert records.originals.get_many([70]).keys() == {70}
    assert records.written.get(3)[70].values == {"title": "Ours"}


def test_what_stands_under_the_key_already_stays_when_a_lost_item_is_found_again_there(records: Records) -> None:
    """Records of a version that kept no identities."""
    synced(records, 3, SINTEL)
    records.items.see({7: SPRING}, at=10.0)
    records.items.lose(7)
    records.before_edits([Original(70, 1, "movie", {"title": "Of 70"})], [])
    records.written.record_many([Written(3, 70, 1, {"title": "There"}, synced_at=10.0)])
    records.items.find_again(next(iter(records.items.lost(2000.0))), 70)
    assert records.originals.get_many([70])[70].values == {"title": "Of 70"}
    assert records.written.get(3)[70].values == {"title": "There"}
    assert records.items.get_many([70]) == {70: SPRING}
