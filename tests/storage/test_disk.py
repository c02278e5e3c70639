"""Files that are set aside."""

from pathlib import Path

from storage.disk import set_aside, with_companions


def test_damaged_file_and_its_log_get_a_free_name_when_they_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    for word in ("first", "second"):
        for file in with_companions(path)[:2]:
            file.write_text(word)
        set_aside(path, 0.0)
    names = ["state.db.corrupt-19700101T000000Z", "state.db.corrupt-19700101T000000Z-2"]
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(
        name + end for name in names for end in ("", "-wal")
    )
    assert [(tmp_path / name).read_text() for name in names] == ["first", "second"]
