"""The format of titles: what it makes of any subset of fields, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.resolve import resolve
from settings.settings import SettingsError
from settings.sources import parse_config
from settings.title_format import TITLE_FIELDS, FormatError, fields_in, fill, parse_title_format

WHOLE = "[{studio}] {title} - {performers} ({date})"


def filled(text: str, **values: str) -> str:
    return fill(parse_title_format(text), values)


@pytest.mark.parametrize(
    ("text", "values", "title"),
    [
        (
            WHOLE,
            {"studio": "Open", "title": "Sintel", "performers": "Ada", "date": "2010"},
            "[Open] Sintel - Ada (2010)",
        ),
        (WHOLE, {"title": "Sintel", "performers": "Ada"}, "Sintel - Ada"),
        (WHOLE, {"title": "Sintel", "date": "2010"}, "Sintel (2010)"),
        (WHOLE, {"studio": "Open", "date": "2010"}, "[Open] (2010)"),
        (WHOLE, {"studio": "Open"}, "[Open]"),
        (WHOLE, {}, ""),
        ("{code} | {title} | {date}", {"code": "OM-3", "date": "2010"}, "OM-3 | 2010"),
        ("Vol. {index}: {title}", {"title": "Sintel"}, "Sintel"),
        ("{title} by {performers}, uncut", {"title": "Sintel"}, "Sintel"),
        ("{title} by {performers}, uncut", {"title": "Sintel", "performers": "Ada"}, "Sintel by Ada, uncut"),
        ('"{title}" by {performers}', {"title": "Sintel"}, '"Sintel"'),
        ("“{title}” {year}", {"year": "2010"}, "2010"),
        ("({studio} ({network})) {title}", {"studio": "Open", "title": "Sintel"}, "(Open) Sintel"),
        ("({studio} ({network})) {title}", {"title": "Sintel"}, "Sintel"),
        ("{{{studio}}} {title}", {"studio": "Open", "title": "Sintel"}, "{Open} Sintel"),
        ("{{{studio}}} {title}", {"title": "Sintel"}, "Sintel"),
        ("{title} [4K]", {"title": "Sintel"}, "Sintel [4K]"),
        ("{title} :-) {year}", {"title": "Sintel", "year": "2010"}, "Sintel :-) 2010"),
        ("{ Title } ({YEAR})", {"title": "Sintel", "year": "2010"}, "Sintel (2010)"),
        ("{title} ({year})", {"title": "{studio} ()", "year": "2010", "studio": "Open"}, "{studio} () (2010)"),
    ],
)
def test_title_has_no_empty_bracket_and_no_separator_of_nothing(text: str, values: dict[str, str], title: str) -> None:
    assert filled(text, **values) == title


PIECES = st.sampled_from(["{%s}", "[{%s}]", "({%s})", "<{%s}>", "“{%s}”", "[x {%s}]"])
SEPARATORS = st.sampled_from([" ", " - ", " | ", ", ", ": ", " / ", "·"])


@given(
    names=st.permutations(TITLE_FIELDS).flatmap(
        lambda names: st.integers(1, len(names)).map(
            lambda count: ("title", *[n for n in names[:count] if n != "title"])
        )
    ),
    pieces=st.lists(PIECES, min_size=len(TITLE_FIELDS) + 1, max_size=len(TITLE_FIELDS) + 1),
    separators=st.lists(SEPARATORS, min_size=len(TITLE_FIELDS) + 1, max_size=len(TITLE_FIELDS) + 1),
    empty=st.sets(st.sampled_from(TITLE_FIELDS)),
)
def test_title_is_the_pieces_that_are_filled_with_one_separator_between_each_two(
    names: tuple[str, ...], pieces: list[str], separators: list[str], empty: set[str]
) -> None:
    shapes = [piece % name for name, piece in zip(names, pieces, strict=False)]
    text = "".join(shape + separator for shape, separator in zip(shapes, separators, strict=False))
    values = {name: "" if name in empty else f"The {name}" for name in TITLE_FIELDS}
    rest = filled(text, **values)
    kept = [
        (piece % name).replace(f"{{{name}}}", values[name])
        for name, piece in zip(names, pieces, strict=False)
        if values[name]
    ]
    for number, shown in enumerate(kept):
        before, found, rest = rest.partition(shown)
        assert found
        assert before in separators if number else before == ""
    assert rest == "" or (rest in {separator.rstrip() for separator in separators} and names[-1] not in empty)


@given(st.text(st.sampled_from('{}[]()<>" -titlestudo'), max_size=40))
def test_any_text_is_a_format_or_refused(text: str) -> None:
    try:
        parts = parse_title_format(text)
    except FormatError:
        return
    assert fields_in(parts) <= set(TITLE_FIELDS)
    assert fill(parts, dict.fromkeys(TITLE_FIELDS, "")) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{titel}", r"does not know .\{titel\}.; it accepts \{title\}, .*did you mean \{title\}\?"),
        ("{}", r"does not know .\{\}."),
        ("{title", r"has a .\{. without its pair; write \{\{ and \}\}"),
        ("title}", r"has a .\}. without its pair"),
        ("{studio}", r"all scenes of a studio the same title; name \{title\} in it, too"),
        ("{studio} ({network})", "all scenes of a studio the same title"),
        ("{{title}}", "all scenes the same title; name a field"),
    ],
)
def test_format_is_refused_where_it_could_make_no_title(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse_title_format(text)
    with pytest.raises(SettingsError, match="Title format"):
        resolve({"title_format": text}, {})


def test_format_without_quotes_in_the_file_is_told_to_have_some() -> None:
    with pytest.raises(SettingsError, match="put it in quotes"):
        resolve({}, {}, parse_config("title_format: [studio]"))
    assert (
        resolve({}, {}, parse_config('title_format: "[{studio}] {title}"')).settings.title_format
        == "[{studio}] {title}"
    )
