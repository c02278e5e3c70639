"""What is kept of the collections that our edits made, and their names in all other records."""

from dataclasses import replace
from pathlib import Path

import pytest

from records import Original, Overwritten, OwnCollection, Records, Written
from records.written import Intent

NAME, NEW = "Open “Movies”", "Öffentliche Filme"
OWN = OwnCollection(
    1, NAME, 77, 100.0, 101, frozenset({("studio", 3)}), 50.0, {"summary": "All of them", "poster": "a1"}, is_due=False
)


def test_collections_come_back_as_they_were_put(records: Records, path: Path) -> None:
    others = [replace(OWN, section_key=2, sources=frozenset({("tag", 1), ("group", 2)})), OwnCollection(1, "New")]
    records.collections.put([OWN, *others], durable=True)
    assert sorted(records.collections.all(), key=lambda each: (each.section_key, each.name)) == [
        others[1],
        OWN,
        others[0],
    ]
    with Records(path, reading=True) as again:
        assert len(again.collections.all()) == 3
    records.collections.drop([OWN])
    assert OWN not in records.collections.all()


def test_those_that_are_made_of_a_source_become_due(records: Records) -> None:
    of_other = replace(OWN, name="Other", sources=frozenset({("group", 3)}))
    records.collections.put([OWN, replace(OWN, section_key=2), of_other])
    assert records.collections.make_due(frozenset({("studio", 3), ("network", 3)})) == 2
    assert sorted(each.section_key for each in records.collections.all() if each.is_due) == [1, 2]
    assert records.collections.make_due(frozenset({("tags", 9)})) == 0


def test_new_name_stands_in_every_record_of_the_section_and_in_no_other(records: Records) -> None:
    def of_section(section: int) -> None:
        key = 10 * section
        values = {"title": NAME, "collection": (NAME, "Mine")}
        original = Original(key, section, "movie", {"collection": (NAME,)}, frozenset(), "", 1.0)
        change = Overwritten(
            5,
            key,
            section,
            "movie",
            1.0,
            "saves 0",
            {"collection": ()},
            {"collection": (NAME,)},
            {"collection": (NAME,)},
            frozenset(),
            (),
        )
        records.before_edits([original], [Intent(5, key, section, values)], changes=[change])
        records.written.record_many([Written(6, key, section, values)])

    of_section(1)
    of_section(2)
    records.collections.put([OWN, replace(OWN, section_key=2)])
    assert records.collections.count_with(1, NAME) == 1
    assert records.collections.items_with(1, NAME) == [10]
    now = records.collections.renamed(OWN, NEW)
    assert (now.name, now.is_due, now.values) == (NEW, True, OWN.values)
    for section, name in ((1, NEW), (2, NAME)):
        key = 10 * section
        own = {record.scene_id: record for record in records.written.of_items([key])[key]}
        assert own[6].values == {"title": NAME, "collection": (name, "Mine")}
        assert own[5].intended["collection"] == (name, "Mine")
        assert records.originals.get_many([key])[key].values["collection"] == (name,)
        (change,) = records.changes.of_items([key])
        assert (change.before, change.after["collection"], change.base["collection"]) == (
            {"collection": ()}, (name,), (name,)
        )  # fmt: skip
    assert {(each.section_key, each.name) for each in records.collections.all()} == {(1, NEW), (2, NAME)}


def test_collections_are_forgotten_with_the_items_of_a_server(records: Records) -> None:
    records.collections.put([OWN])
    records.forget_items()
    assert records.collections.all() == []


@pytest.mark.parametrize("name", ["50% off_", 'a "b" \\ c', "😀"])
def test_names_are_found_whatever_stands_in_them(records: Records, name: str) -> None:
    records.written.record_many([Written(1, 2, 3, {"collection": (name,)}), Written(2, 4, 3, {"title": f"x{name}"})])
    assert records.collections.count_with(3, name) == 1
