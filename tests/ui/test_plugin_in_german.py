"""What the plugin says, in German: no message of an error, and nothing that operations say, is left in English."""

from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest

from matching.match import OtherFile
from matching.rules import RuleError, parse_rules
from plex.apart import _refusal
from plex.errors import PlexFailed, PlexRejected
from plex.index_store import LeftOut
from plex.model import Section
from records import Held, Records
from settings.resolve import resolve
from settings.sources import parse_config
from tests.ui.plugin_sentences import HOLE, Said, answers, messages
from tests.ui.texts import LANGUAGES, UI
from worker.control.jobs import Progress, control_job
from worker.control.tally import RestoreTally, UndoTally
from worker.sync import libraries
from worker.sync.unwritten import question

FILLINGS = ("7", "/xyz", "xyz", "", "Nothing was saved.", "; did you mean xyz?", "whole number", "poster", "posters")
"""What may stand in a hole: a number, a path, somebody's words, nothing, another sentence."""

COUNTED = (
    *(
        "7",
        "/xyz",
        "xyz",
        "3 scenes",
        "1 scene",
        "3 scenes wait",
        "3 saves wait",
        "3 scenes were",
        "3 jobs",
        "3 folders",
    ),
    *("3 items", "the last change", "Nothing was saved."),
)

_MOST_TRIES = 3000
_FILE = "Plex has no item with the file /xyz"

EXAMPLES = {
    "is no address: ": ["is no address: the host is not valid"],
    'does not know "{': ['does not know "{xyz}"; it accepts {title}, {studio}; did you mean {title}?'],
    "would give all scenes the same title": [
        "would give all scenes the same title; name a field, such as {title}; it accepts {title}, {studio}"
    ],
    f'the library "{HOLE}" {HOLE}': ['the library "xyz" comes to no end: it lists the same items again and again'],
    f"{HOLE}, as of a moment ago": [f"{_FILE}, as of a moment ago; looking again"],
    f"{HOLE}; but ": [f"{_FILE}; but nothing was saved"],
    f"Plex answered {HOLE}: plex_token ": ["Plex answered 401: plex_token has expired on Friday; enter a new one"],
    f"{HOLE} was answered with {HOLE} (go ": [
        f"GET xyz was answered with 302 (go {where}): a proxy that wants a login stands before Plex, or has it "
        "elsewhere. A token is not sent on, and an edit would get lost on the way: enter the address in plex_url at "
        "which Plex itself answers"
        for where in ("to http://xyz:7", "elsewhere")
    ],
    f"{HOLE} in Plex": ["3 scenes are in Plex, 1 is left out."],
    f"{HOLE}: nothing is written": ["Dry run: nothing is written to Plex."],
}
"""By its beginning: a text whose holes hold words of our own, as it is said."""

TO_PROGRAMS = (
    *(f"{HOLE} must be ", f"{HOLE} is no setting that the page can change", "values must ", "calls must be a list"),
    *("rating_keys and backgrounds must be", f"{HOLE} cannot be tried: it does not shape"),
    *("scene_ids must name", f"list must be {HOLE}", "list must be dead", "answer must be", "until must be"),
    *("name one of scene_id", "name a scene_id", "choose by ", "there is no field ", "there is no task "),
    *("there is no operation ", "an answer is one of ", "an undo of nothing", "this task reads from Stash"),
)
"""What only a caller reads that asks as the page never does."""

PIECES = (
    *("the sign-in has expired, or was refused", f"to {HOLE}://"),  # an error that is caught; a part of a redirect
    *(f", {HOLE} is left out", f", {HOLE} are left out", f"{HOLE}: true", f"{HOLE} in one"),
    *(
        "Settings | None",
        ",? separated by",
        "(?:^|with the file ",
        "the last change",
        "the first sync",
        "Plex's stays.",
        "Stash's is sent",
    ),
    *("Not done", "This is not the token that counts", f"{HOLE}: type that one"),
)
"""Parts of sentences, which are looked up whole; patterns and types; what tasks say."""

LEFT = """
([sentences, language]) => {
    const s2p = window.Stash2Plex;
    s2p.speak(language);
    const inner = /⟦[^⟦⟧]*⟧/;
    const left = (text) => {
        let rest = s2p.sentencesIn(text.charAt(0).toUpperCase() + text.slice(1), true);
        while (inner.test(rest)) rest = rest.replace(inner, " ");
        return rest.replace(/xyz|„[^“]*“/gi, "");
    };
    return sentences.filter((forms) => forms.every((form) => /[A-Za-z]{2}/.test(left(form)))).map((forms) => forms[0]);
}
"""
"""What of the texts is not translated in any form; each German text comes in brackets."""


@pytest.fixture
def speaking(usual: Any) -> Iterator[Any]:
    """A page that has the texts alone."""
    page = usual.new_page()
    page.evaluate("window.Stash2Plex = { texts: {}, sentences: {}, use: {}, api: { libraries: {} } }")
    for language in ("en", *LANGUAGES):
        page.evaluate((UI / "texts" / f"{language}.js").read_text(encoding="utf-8"))
    for language in LANGUAGES:
        page.evaluate((UI / "texts" / f"{language}_sentences.js").read_text(encoding="utf-8"))
    page.evaluate(
        "Object.values(window.Stash2Plex.sentences)"
        ".forEach((all) => Object.keys(all).forEach((english) => (all[english] = `⟦${all[english]}⟧`)))"
    )
    page.evaluate((UI / "texts.js").read_text(encoding="utf-8"))
    yield page
    page.close()


def forms_of(sentence: Said, fillings: tuple[str, ...]) -> list[str]:
    """Return what may be said by one text."""
    known = next((whole for begun, whole in EXAMPLES.items() if sentence.text.startswith(begun)), None)
    if known:
        return known
    pieces = sentence.text.strip().split(HOLE)
    filled = islice(product(fillings, repeat=len(pieces) - 1), _MOST_TRIES)
    return [pieces[0] + "".join(map("".join, zip(each, pieces[1:], strict=True))) for each in filled]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("of", "fillings"), [(messages, FILLINGS), (answers, COUNTED)])
def test_what_the_plugin_says_is_translated(speaking: Any, language: str, of: Any, fillings: tuple[str, ...]) -> None:
    sentences = [each for each in of() if not each.text.startswith((*TO_PROGRAMS, *PIECES))]
    places = {forms[0]: each.place for each in sentences for forms in [forms_of(each, fillings)]}
    left = speaking.evaluate(LEFT, [[forms_of(each, fillings) for each in sentences], language])
    assert "\n".join(f"{places[text]}: {text}" for text in left) == ""


def put_together(folder: Path) -> Iterator[str]:
    """What is put together of several pieces, by those who do it."""
    for text in ("a => b => c", "x => /y", "/x => y", "=> /b", "/a", "/a => /b; /a/c => /d"):
        with pytest.raises(RuleError) as caught:
            parse_rules(text)
        yield from caught.value.problems
    for error, is_of_field in (
        (PlexFailed("xyz"), False),
        (PlexRejected("xyz", 400), True),
        (PlexRejected("xyz", 400), False),
    ):
        why = _refusal(error, is_of_field=is_of_field).why
        yield from (why, f"summary was not written: {why}", f"a field of 3 scenes. The newest: scene 7, summary: {why}")
    typed = "libraries:\n" + "".join(f"  {name}:\n    tags_to: labels\n" for name in ("Films", "TV", "Gone"))
    settings = resolve({}, {}, parse_config(typed)).settings
    films, other, tv = Section(1, "Films", "movie", ()), Section(2, "Films", "movie", ()), Section(3, "TV", "show", ())
    yield from libraries.notes(settings, [films, other, tv], [films], {"Gone": 3, "TV": 3})
    yield from libraries.notes(settings, [films], [films], {"Gone": 1})
    for how in (
        "does not list its items: nothing was saved",
        "comes to no end: it said that it has 7 items, and goes on",
    ):
        yield str(LeftOut(1, "xyz", how))
    yield from (str(LeftOut(1, "xyz", "an answer of Plex was cut off before its end", count)) for count in (1, 3))
    held = Held(3, {"summary": 2, "genre": 1}, examples=())
    yield question(held)
    with Records(folder / "state.db") as records:
        for kind in (RestoreTally, UndoTally):
            tally = kind(records, Progress(records, control_job("undo", {}, now=1.0)), lambda: 1.0)
            tally.expect(3)
            tally.gone(7, [])
            tally.unread(8, PlexFailed("an answer of Plex was cut off before its end"))
            yield from (tally.text(), *tally.details()["notes"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_put_together_is_translated(speaking: Any, language: str, tmp_path: Path) -> None:
    composed = list(put_together(tmp_path))
    assert "\n".join(speaking.evaluate(LEFT, [[[each] for each in composed], language])) == ""


def test_exceptions_are_still_said() -> None:
    """One that nobody says any more would hide the next that begins so."""
    every = [each.text for each in (*messages(), *answers())]
    begun = (*EXAMPLES, *TO_PROGRAMS, *PIECES)
    assert [each for each in begun if not any(text.startswith(each) for text in every)] == []


def test_days_are_bent_behind_their_prepositions(speaking: Any) -> None:
    """ "vor 3 Tagen", but "noch 3 Tage"."""
    speaking.evaluate((UI / "words.js").read_text(encoding="utf-8"))
    shown = speaking.evaluate(
        """() => {
            const { speak, text, words } = window.Stash2Plex;
            speak("de");
            const [now, days] = [1e9, 3 * 86400];
            return [words.ago(now - days, now), words.until(now + days, now), text("status.time_left", { span: words.span(days) })];
        }"""
    )
    assert shown == ["vor 3\u00a0Tagen", "in 3\u00a0Tagen", "noch 3\u00a0Tage"]


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "“Path rules” (“Path rules”), “Server address”."), ("de", "„Pfadregeln“ („Pfadregeln“), „Serveradresse“.")],
)
def test_keys_become_names_in_sentences_and_not_within_paths_and_addresses(
    speaking: Any, language: str, name: str
) -> None:
    places = r"/data/poster_from/photo_port.mkv, D:\only_tags\dry_run, http://path_rules:32400, tag_rules-2.mkv"
    shown = speaking.evaluate(
        "([message, language]) => window.Stash2Plex.speak(language) && window.Stash2Plex.sentencesIn({ message }).message",
        [f"{places}: path_rules (path_rules), plex_url.", language],
    )
    assert shown == f"{places}: {name}"


@pytest.mark.parametrize(("language", "name"), [("en", "“Server address” "), ("de", "„Serveradresse“ ")])
def test_key_that_begins_a_sentence_becomes_a_name_too(speaking: Any, language: str, name: str) -> None:
    message = "Plex_url cannot be used as an address (InvalidURL)."
    shown = speaking.evaluate(
        "([message, language]) => window.Stash2Plex.speak(language) && window.Stash2Plex.sentencesIn({ message }).message",
        [message, language],
    )
    assert name in shown
    assert "lex_url" not in shown


def test_paths_may_hold_what_ends_a_sentence_elsewhere(speaking: Any) -> None:
    path = "/media/Vol. 2/Mr. Robot - What? The End.mkv"
    messages = [
        f"Plex has no item with the file {path}",
        str(OtherFile(path, 7, path, 8)),
        f"{path} could be item 7 (/a.mkv): nothing is written until a path rule (setting path_rules) or Plex leaves only one",
        "Plex has no item with the file /media/a.mkv. Nothing was saved.",
    ]
    assert (
        speaking.evaluate(
            LEFT.replace("rest.replace(", "rest.replace(/\\/\\S.*?\\.mkv/g, '').replace("),
            [[[each] for each in messages], "de"],
        )
        == []
    )
    shown = speaking.evaluate("(message) => window.Stash2Plex.sentencesIn({ message }).message", messages[0])
    assert path in shown


def test_long_errors_of_others_are_looked_up_at_once(speaking: Any) -> None:
    """A worker keeps 4,000 characters of a message, whoever wrote it; each look-up once took up to ten seconds."""
    hostile = ["/a. " * 1000, "a b. c/d " * 450, "Plex has no item with the file /" + "Vol. 2/" * 500, "x, " * 1300]
    hostile += [f"/{number}{text}" for number in range(50) for text in ("a. " * 1000, ". /a" * 1000)]
    took_ms = speaking.evaluate(
        "(all) => { window.Stash2Plex.speak('de'); const began = performance.now(); all.forEach((each) => window.Stash2Plex.sentence(each));"
        " return performance.now() - began; }",
        hostile,
    )
    assert took_ms < 3000
