"""What is set for single libraries: where it may stand, what counts, and what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.by_library import why_for_all
from settings.choices import TagsTo
from settings.resolve import resolve
from settings.settings import LibrarySettings, Settings, SettingsError
from settings.sources import parse_config
from settings.spec import SPECS
from tests.settings.test_resolve import JSON

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "settings.md").read_text(encoding="utf-8")


def of(text: str = "", held: object = None, **stash: Any) -> Settings:
    """The settings by a config.yaml and by what Stash holds."""
    kept = {} if held is None else {"libraries": held if isinstance(held, str) else json.dumps(held)}
    return resolve({**stash, **kept}, {}, parse_config(text)).settings


def problems(text: str = "", held: object = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        of(text, held)
    return [str(problem) for problem in caught.value.problems]


def test_settings_of_a_library_go_over_those_for_all() -> None:
    settings = of("tags_to: labels\nlibraries:\n  Films:\n    tags_to: nowhere\n    labels: [Stash]\n", labels="All")
    films = settings.for_library(["Films"])
    assert (films.tags_to, films.labels, films.libraries) == (TagsTo.NOWHERE, ("Stash",), ())
    assert settings.for_library(["Clips"]) == settings
    assert settings.tags_to is TagsTo.LABELS


def test_config_overrides_stash_key_by_key() -> None:
    settings = of(
        "libraries: {Films: {tags_to: labels, labels: }}", {"Films": {"tags_to": "nowhere", "labels": "Stash"}}
    )
    films = settings.for_library(["Films"])
    assert (films.tags_to, films.labels) == (TagsTo.LABELS, ("Stash",))


def test_first_of_two_names_counts_where_both_are_of_one_library() -> None:
    settings = of("libraries: {Films: {tags_to: labels}, '3': {tags_to: nowhere, least_rating: 60}}")
    both = settings.for_library(["3", "Films"])
    assert (both.tags_to, both.least_rating) == (TagsTo.LABELS, 60)


def test_off_empty_and_zero_are_values_of_a_library() -> None:
    settings = of(
        "only_organized: on\nleast_rating: 60\nlabels: All",
        {"Films": {"only_organized": False, "least_rating": 0, "labels": "", "preserve_plex_edits": None}},
    )
    films = settings.for_library(["Films"])
    assert (films.only_organized, films.least_rating, films.labels) == (False, 0, ())
    assert settings.libraries == (
        LibrarySettings("Films", (("only_organized", False), ("least_rating", 0.0), ("labels", ()))),
    )


def test_problems_name_library_key_value_and_line() -> None:
    text = "libraries:\n  Films:\n    tags_to: genre\n    tag_to: labels\n    dry_run: on\n  Clips: yes\n"
    clips, tags, unknown, running = problems(text)
    assert clips.startswith(
        'libraries: Clips, from config.yaml, line 6: must hold lines of the form "Name of a library:"'
    )
    assert tags.startswith(
        'Content · Tags become (libraries: Films: tags_to) = "genre", from config.yaml, line 3: does'
    )
    assert unknown.startswith(
        "libraries: Films: tag_to, from config.yaml, line 4: there is no such setting; did you mean"
    )
    assert running.startswith(
        "libraries: Films: dry_run, from config.yaml, line 5: holds for all libraries: only settings"
    )


@pytest.mark.parametrize(("key", "why"), [("skip_not_in_plex", "in no library"), ("stash_public_url", "one address")])
def test_setting_that_makes_no_sense_for_one_library_is_refused(key: str, why: str) -> None:
    (problem,) = problems(f"libraries: {{Films: {{{key}: on}}}}")
    assert f"{key}, from config.yaml, line 1: holds for all libraries: " in problem
    assert problem.endswith(why)


@pytest.mark.parametrize("held", ["{", "[1]", '{"Films": 1}', "[" * 50_000])
def test_what_stash_holds_and_cannot_be_read_is_one_problem(held: str) -> None:
    (problem,) = problems(held=held)
    assert problem.startswith("libraries, from the page of Stash2Plex: cannot be read; save the settings of single")


def test_token_in_a_value_is_never_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        resolve({"plex_token": "s3cret-token", "libraries": '{"Films": {"tags_to": "s3cret-token"}}'}, {})
    assert "s3cret-token" not in str(caught.value)


def test_nothing_for_a_library_is_as_if_it_were_not_there() -> None:
    assert of("libraries:\n", {"Films": {}, "Clips": {"labels": None}}) == Settings()
    assert of(held=" ") == Settings()


def test_example_of_the_document_is_read() -> None:
    section = DOCUMENT.partition("## Single libraries\n")[2]
    (example,) = re.findall(r"```\n(libraries:.*?)```", section, re.DOTALL)
    assert [each.name for each in of(example).libraries] == ["Films", "3"]


def test_document_lists_what_cannot_differ_within_the_groups_that_can() -> None:
    section = DOCUMENT.partition("## Single libraries\n")[2].partition("\n## ")[0]
    groups = ("Scenes", "Content", "Pictures")
    refused = {spec.key for spec in SPECS.values() if why_for_all(spec) and spec.group in groups}
    assert refused == set(re.findall(r"`(\w+)`", section.partition("but for ")[2].partition(".")[0]))


@given(
    st.dictionaries(st.text(max_size=5), st.dictionaries(st.sampled_from(sorted(SPECS)), JSON, max_size=4), max_size=3)
)
def test_parse_gives_settings_or_a_settings_error_when_fed_anything(held: dict[str, Any]) -> None:
    try:
        settings = of(held=held)
    except SettingsError:
        assert all("libraries: " in problem for problem in problems(held=held))
    else:
        assert all(settings.for_library([each.name]).libraries == () for each in settings.libraries)
