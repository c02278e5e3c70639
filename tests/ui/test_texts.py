"""Every text of the page is there in every language, and none that nobody shows."""

import re

import pytest

from tests.ui.texts import LANGUAGES, forms, keys_in_scripts, placeholders, sentences, texts

ENGLISH = texts("en")
NAMED, BEGUN = keys_in_scripts({key.split(".")[0] for key in ENGLISH})


def test_every_text_that_a_script_names_is_there():
    assert sorted(NAMED - ENGLISH.keys()) == []
    assert [begun for begun in BEGUN if not any(key.startswith(begun) for key in ENGLISH)] == []


def test_every_text_is_named_by_a_script():
    assert [key for key in ENGLISH if key not in NAMED and not key.startswith(tuple(BEGUN or {"-"}))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_in_a_language(language):
    theirs = texts(language)
    assert sorted(ENGLISH.keys() ^ theirs.keys()) == []
    assert [key for key in ENGLISH if isinstance(ENGLISH[key], str) != isinstance(theirs[key], str)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same_in_every_language(language):
    theirs = texts(language)
    assert [key for key in ENGLISH if placeholders(ENGLISH[key]) != placeholders(theirs[key])] == []
    assert [key for key, ours in sentences(language).items() if placeholders(key) != placeholders(ours)] == []


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_sentences_begin_with_a_capital_and_name_no_key(language):
    every = {key: form for key, text in texts(language).items() for form in forms(text)}
    assert [key for key, text in every.items() if re.search(r"[.!?]$", text) and re.match(r"[a-zäöü]", text)] == []
    assert [key for key, text in every.items() if re.search(r"\b[a-z]+_[a-z_]+\b", re.sub(r"\{\w+\}", "", text))] == []
