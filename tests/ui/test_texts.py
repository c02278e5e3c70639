"""Every text of the page is there in every language, and none that nobody shows."""

import re

import pytest

from plex.fields import FIELDS
from plex.plan import KeptReason
from settings.spec import SPECS
from tasks.page.field_names import name_of
from tasks.page.last_syncs import run_title
from tasks.page.settings import help_of
from tasks.reasons import FAILURES, PAUSES, SKIPS
from tests.ui.texts import LANGUAGES, forms, keys_in_scripts, placeholders, sentences, texts, words_in_scripts

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


SAID_OTHERWISE = {
    "de": {
        "Worker": "Dienst",
        "Protokoll": "Log",
        "(?<!-)Bibliothek": "Mediathek",
        "Besitzer": "Eigentümer",
        "Festgelegt": "Gesetzt",
        "[Zz]urückgegeben": "zurückgesetzt",
        "(das|neues) Token": "der Token",
        "unter (Einrichtung|Übersicht|Verlauf|Aufträge|Vorschau)": "die Namen der Reiter in Anführungszeichen",
    }
}
"""One word for one thing: what the texts do not say, and what they say instead."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_thing_is_called_by_one_word(language):
    every = [
        form for table in (texts(language), sentences(language)) for text in table.values() for form in forms(text)
    ]
    other = {
        text: better
        for text in every
        for word, better in SAID_OTHERWISE[language].items()
        if re.search(rf"\b{word}", text)
    }
    assert other == {}


def known(language):
    """Every sentence by itself, without its capital and its end: so it is looked up."""
    return {_bare(text) for text in sentences(language)}


def _bare(text):
    return text[:1].lower() + text[1:].removesuffix(".")


def _is_known(text, table):
    pieces = re.split(r"(?<=[.!?])\s+", text)
    return not text or _bare(text) in table or (len(pieces) > 1 and all(_bare(each) in table for each in pieces))


PLUGIN = {
    "advice": [words.advice for table in (FAILURES, SKIPS, PAUSES) for words in table.values()],
    "titles": [words.title for table in (FAILURES, SKIPS, PAUSES) for words in table.values()],
    "helps": [help_of(spec) for spec in SPECS.values()],
    "groups": [spec.group for spec in SPECS.values()],
    "meanings": [text for spec in SPECS.values() for text in (spec.empty, *spec.choice_names)],
    "fields": [name_of(field) for field in (*FIELDS, "poster", "background", "actor_photos")],
    "runs": [run_title(run) for run in ("all", "recent", "reconcile", "page", "settings", "saves", "moved_in")],
    "kept": [str(reason) for reason in KeptReason],
}


@pytest.mark.parametrize("of", PLUGIN)
@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_of_the_plugin_are_translated(of, language):
    table = known(language)
    assert [text for text in PLUGIN[of] if not _is_known(text, table)] == []


def test_settings_are_called_on_the_page_as_in_their_table():
    assert {key: text for key, text in ENGLISH.items() if key.startswith("setting.")} == {
        f"setting.{spec.key}": spec.name for spec in SPECS.values()
    }


NAMES = {
    "core.js": {"React", "Component", "Fragment", "Badge", "Button", "Form", "Modal", "Nav", "Spinner", "Tab", "Link"},
    "bar.js": {"Plex"},
    "connection.js": {"Plex"},
    "main.js": {'PluginApi lacks ${s2p.missing.join(", ")}'},
    "overview_actions.js": {
        "Sync Recent Scenes to Plex",
        "Reconcile Stash and Plex",
        "Undo Last Changes",
        "Support Report",
    },
    "overview_facts.js": {"Plex", "Stash"},
    "sample.js": {"Enter"},
    "scene_fields.js": {"Plex", "Stash"},
    "sign_in.js": {"Enter"},
    "settings.js": {"Content", "Enter"},
    "steps.js": {".s2p-step-next h2"},
    "written.js": {"Content"},
    "stash.js": {"${name}: findScene(id: $${name}) { id title files { path } }"},
    "stores.js": {"Configuration"},
    "tasks.js": {"Sync All Scenes to Plex"},
}
"""What is no word of the page: parts of Stash and of browsers, names, and what only the console says."""


def test_no_script_has_words_of_its_own():
    found = {
        name: [text for text in every if text not in NAMES.get(name, ())] for name, every in words_in_scripts().items()
    }
    assert {name: every for name, every in found.items() if every} == {}
