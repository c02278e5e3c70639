"""What Plex should show for a scene, whatever stands in Stash."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.settings import Settings
from stash.model import Named, Scene
from worker.sync.wanted import fitting, full_date, showable, wanted_values

SCENE = Scene(1, files=("/data/Sintel.mkv",))


def wanted(**fields: object) -> object:
    return wanted_values(replace(SCENE, **fields), Settings())


@given(st.text(st.characters(codec="utf-8")))
def test_text_can_be_read_back_from_xml_whatever_stands_in_stash(text: str) -> None:
    element = ET.Element("Video", title=showable(text))
    assert ET.fromstring(ET.tostring(element)).get("title") is not None


def test_control_characters_are_left_out_everywhere() -> None:
    named = (Named(1, "Ada\x00 Example"), Named(2, "\x01\x02"))
    values = wanted(
        title="Sin\x07tel",
        details="a\x0bb\nc",
        director="\x1fDana",
        studio=Named(3, "Blen\x08der"),
        performers=named,
        tags=named,
    )
    assert values["title"] == "Sintel"
    assert values["summary"] == "ab\nc"
    assert values["director"] == ("Dana",)
    assert values["studio"] == "Blender"
    assert values["actor"] == values["genre"] == ("Ada Example",)


def test_title_is_the_files_name_when_nothing_of_it_can_be_shown() -> None:
    assert wanted(title=" \x00 ")["title"] == "Sintel"


@pytest.mark.parametrize(
    ("file", "title"),
    [
        (r"/data/AC\DC live.mkv", r"AC\DC live"),
        (r"D:\Movies\Sintel.mkv", "Sintel"),
        (r"\\nas\movies\Sintel.mkv", "Sintel"),
        (r"\\?\D:\Movies\Sintel.mkv", "Sintel"),
    ],
)
def test_title_of_a_file_is_cut_at_backslashes_only_where_the_path_is_one_of_windows(file: str, title: str) -> None:
    assert wanted(files=(file,))["title"] == title


@pytest.mark.parametrize(
    ("date", "whole"),
    [
        ("2008", "2008-01-01"),
        ("2008-04", "2008-04-01"),
        ("2008-04-10", "2008-04-10"),
        ("2008-02-31", ""),
        ("2008-13-01", ""),
        ("0000-01-01", ""),
        ("\u0662\u0660\u0660\u0668-04-10", ""),
        ("soon", ""),
        ("", ""),
    ],
)
def test_date_is_a_day_that_exists_or_nothing(date: str, whole: str) -> None:
    assert full_date(date) == whole


def fitted(shown: dict[str, object], *past: dict[str, object], **fields: object) -> object:
    scene = replace(SCENE, **fields)
    return fitting(wanted_values(scene, Settings()), scene, Settings(), shown, past)


@pytest.mark.parametrize(
    ("shown", "past", "is_written"),
    [
        ("", {}, True),
        ("Sintel", {}, True),
        (" Sintel", {}, True),
        ("Sintel, the film", {}, False),
        ("Sintel, the film", {"title": "Of Stash"}, False),
        ("Of Stash", {"title": "Of Stash"}, True),
    ],
)
def test_files_name_is_a_title_only_where_nobody_gave_one(shown: str, past: dict[str, str], is_written: bool) -> None:
    assert ("title" in fitted({"title": shown}, {}, past)) == is_written
    assert fitted({"title": shown}, {}, past, title="Named in Stash")["title"] == "Named in Stash"


@pytest.mark.parametrize(
    ("date", "shown", "written"),
    [
        ("2010", "2010-09-27", None),
        ("2010-09", "2010-09-27", None),
        ("2010-09", "2010-08-27", "2010-09-01"),
        ("2010", "2011-09-27", "2010-01-01"),
        ("2010", "", "2010-01-01"),
        ("2010-09-27", "2010-09-28", "2010-09-27"),
        ("", "2010-09-27", ""),
    ],
)
def test_partial_date_leaves_a_day_within_it(date: str, shown: str, written: str | None) -> None:
    assert fitted({"date": shown}, date=date).get("date") == written
