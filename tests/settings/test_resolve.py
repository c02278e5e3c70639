import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.paths import PathRule
from plex.fields import TAG_FIELDS
from settings.choices import BackgroundFrom, PosterFrom, TagsTo
from settings.resolve import resolve
from settings.settings import Settings, SettingsError, Source, default_text
from settings.sources import Config, parse_config
from settings.spec import LISTS, SPECS, Kind

TOKEN = "marked-secret-token-1"


def parse(stash: dict[str, Any] | None, environ: dict[str, str], config: Config | None = None) -> Settings:
    return resolve(stash, environ, config).settings


def problems(
    stash: dict[str, Any] | None = None, environ: dict[str, str] | None = None, config: str = ""
) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        parse(stash, environ or {}, parse_config(config))
    return {problem.setting: str(problem) for problem in caught.value.problems}


@pytest.mark.parametrize("stash", [None, {}, {"plex_url": "", "max_retries": 0, "plex_token": None, "unknown": [1]}])
def test_parse_gives_the_defaults_when_nothing_was_filled_in(stash: dict[str, Any] | None) -> None:
    settings = parse(stash, {})
    assert settings == Settings()
    assert not settings.is_configured


def test_parse_reads_what_stash_stored() -> None:
    stash = {
        "plex_url": " http://127.0.0.1:32400/ ",
        "plex_token": TOKEN,
        "plex_library": "Movies, Home",
        "path_rules": "/data => /media; /tv -> D:\\TV",
        "max_retries": 8,
        "dry_run": True,
        "debug": False,
        "tags_to": "Labels",
        "collections_from": "studio, groups",
        "skip_fields": ["rating"],
    }
    settings = parse(stash, {})
    assert settings == Settings(
        plex_url="http://127.0.0.1:32400",
        plex_token=TOKEN,
        plex_library=("Movies", "Home"),
        plex_library_text="Movies, Home",
        path_rules=(PathRule("/data", "/media"), PathRule("/tv", "D:\\TV")),
        max_retries=8,
        dry_run=True,
        tags_to=TagsTo.LABELS,
        collections_from=frozenset({"studio", "groups"}),
        skip_fields=frozenset({"rating"}),
    )
    assert settings.is_configured
    assert TOKEN not in repr(settings)


def test_resolve_lets_the_environment_win_over_the_file_and_the_file_over_stash() -> None:
    stash = {"max_retries": 1, "tags_to": "labels", "plex_url": "http://stash", "dry_run": True}
    environ = {"MAX_RETRIES": "3", "PLEX_TIMEOUT_S": "7.5", "PLEX_URL": " "}
    resolved = resolve(stash, environ, parse_config("max_retries: 2\ntags_to: nowhere\ndry_run:\n"))
    settings = resolved.settings
    assert (settings.max_retries, settings.tags_to, settings.plex_url) == (3, TagsTo.NOWHERE, "http://stash")
    assert (settings.plex_timeout_s, settings.dry_run) == (7.5, True)
    assert resolved.sources["max_retries"] is Source.ENVIRONMENT
    assert resolved.sources["tags_to"] is Source.FILE
    assert resolved.sources["plex_url"] is Source.STASH
    assert resolved.sources["debug"] is Source.DEFAULT
    assert set(resolved.sources) == set(SPECS)


def test_parse_takes_0_for_the_default_of_a_number_of_the_page_wherever_it_stands() -> None:
    assert parse({"max_retries": 0}, {"MAX_RETRIES": "0"}, parse_config("max_retries: 0\n")) == Settings()
    assert parse({}, {"RECONCILE_EVERY_S": "0"}).reconcile_every_s == 0


def test_parse_takes_an_empty_text_of_the_file_for_a_choice() -> None:
    assert parse({"plex_library": "Movies"}, {}, parse_config('plex_library: ""\n')).plex_library == ()


def test_parse_checks_only_the_value_that_counts() -> None:
    assert parse({"max_retries": "many"}, {"MAX_RETRIES": "3"}).max_retries == 3


def test_parse_passes_over_keys_of_stash_that_only_the_file_may_hold() -> None:
    assert parse({"batch_size": "nonsense", "page_state": {"open": True}}, {}).batch_size == Settings().batch_size


def test_parse_reports_every_problem_at_once_in_the_words_of_the_page() -> None:
    found = problems(
        {"plex_url": "127.0.0.1:32400", "max_retries": 1000, "skip_fields": "titel, rating"},
        {"PAUSED": "perhaps"},
        "batch_size: 0\ntag_to: labels\nonly_paths:\n  - a: b\n",
    )
    assert found["plex_url"].startswith("Plex · Server address (plex_url)")
    assert "did you mean http://127.0.0.1:32400?" in found["plex_url"]
    assert (
        'Running · Attempts (max_retries) = "1000", from Stash\'s settings page: must be a whole number from 1 to 100'
        in found["max_retries"]
    )
    assert "did you mean title?" in found["skip_fields"]
    assert "from the environment variable PAUSED: must be on or off" in found["paused"]
    assert "from config.yaml, line 1: must be a whole number from 1 to 500" in found["batch_size"]
    assert found["tag_to"] == "tag_to, from config.yaml, line 2: there is no such setting; did you mean tags_to?"
    assert "config.yaml, line 3" in found["only_paths"]
    assert len(found) == 7


@pytest.mark.parametrize("text", ["true", "True", "yes", "on", "1", True, 1])
def test_parse_reads_a_switch_that_is_on_however_it_arrives(text: object) -> None:
    assert parse({"dry_run": text}, {}).dry_run is True


@pytest.mark.parametrize("text", ["false", "No", "off", "0", False, 0, "", None])
def test_parse_reads_a_switch_that_is_off_however_it_arrives(text: object) -> None:
    assert parse({"dry_run": text}, {}).dry_run is False


@pytest.mark.parametrize(
    ("raw", "lists"),
    [
        *((raw, tuple(LISTS)) for raw in (True, "true", "on", 1, "1")),
        *((raw, ()) for raw in (False, "false", "off", 0, "", None)),
        ("genre", ("genre",)),
        ([True], tuple(LISTS)),
        ("Genres, actors", ("genre", "actor")),
        (["label", "collections"], ("label", "collection")),
    ],
    ids=str,
)
def test_parse_reads_lists_to_mirror_from_a_switch_or_their_names(raw: object, lists: tuple[str, ...]) -> None:
    assert parse({"mirror_lists": raw}, {}).mirror_lists == frozenset(lists)


def test_lists_to_mirror_are_the_fields_that_hold_names() -> None:
    assert frozenset(LISTS) == TAG_FIELDS
    with pytest.raises(SettingsError, match=r'does not know "gender"; it accepts director, .*; did you mean genre'):
        parse({"mirror_lists": "gender"}, {})


@pytest.mark.parametrize("raw", [30, 30.0, "30", " 30 ", "3e1"])
def test_parse_reads_a_whole_number_however_it_arrives(raw: object) -> None:
    assert parse({"max_retries": raw}, {}).max_retries == 30


@pytest.mark.parametrize("raw", [-1, 101, 2.5, "x", "nan", "inf", "1e999", True, [5], {"a": 1}, 10**400, "9" * 5000])
def test_parse_refuses_a_number_when_it_is_out_of_range_or_none(raw: object) -> None:
    assert list(problems({"max_retries": raw})) == ["max_retries"]


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("Movies", ("Movies",)),
        ("Movies, Home ,, Movies,", ("Movies", "Home")),
        ('"Movies, Old", Home', ("Movies, Old", "Home")),
        ('" Blank ", 12" Vinyl', (" Blank ", '12" Vinyl')),
        ('"say \\"hi\\"", x', ('say "hi"', "x")),
        ("Movies, Old\nHome\n", ("Movies, Old", "Home")),
        ('["Movies, Old", "Home", 3]', ("Movies, Old", "Home", "3")),
        ("[Home], Movies", ("[Home]", "Movies")),
        (["Movies, Old", 3], ("Movies, Old", "3")),
        (3, ("3",)),
    ],
)
def test_parse_reads_names_when_they_hold_commas_blanks_or_quotes(raw: object, names: tuple[str, ...]) -> None:
    settings = parse({"plex_library": raw}, {})
    assert settings.plex_library == names
    assert settings.plex_library_text == (raw if raw == "Movies, Home ,, Movies," else "")


@pytest.mark.parametrize("raw", [True, {"a": 1}, [["a"]], [None], [True]])
def test_parse_refuses_names_when_they_are_none(raw: object) -> None:
    assert list(problems({"plex_library": raw})) == ["plex_library"]


@pytest.mark.parametrize(
    "config",
    [
        "path_rules:\n  - /data => /media\n  - {stash: /tv, plex: 'D:\\TV'}\n",
        "path_rules:\n  - stash: /data\n    plex: /media\n  - stash: /tv\n    plex: D:\\TV\n",
        "path_rules: |\n  /data => /media\n  /tv => D:\\TV\n",
    ],
)
def test_parse_reads_path_rules_from_the_file_in_each_of_their_forms(config: str) -> None:
    assert parse({}, {}, parse_config(config)).path_rules == (PathRule("/data", "/media"), PathRule("/tv", "D:\\TV"))


def test_parse_reads_path_rules_when_a_page_stored_them_as_json() -> None:
    raw = json.dumps([{"stash": "/a;b", "plex": "/c"}, "/d => /e"])
    assert parse({"path_rules": raw}, {}).path_rules == (PathRule("/a;b", "/c"), PathRule("/d", "/e"))


@pytest.mark.parametrize("raw", ["/data", [1], [{"stash": "/a"}], {"stash": "/a", "plex": None}, "x => /y", 5])
def test_parse_refuses_path_rules_when_one_is_none(raw: object) -> None:
    assert list(problems({"path_rules": raw})) == ["path_rules"]


@pytest.mark.parametrize(
    "url",
    [
        "http://plex",
        "https://192-168-1-10.abc.plex.direct:32400",
        "http://[::1]:32400",
        "HTTP://Plex:32400",
        "https://example.org/plex",
    ],
)
def test_parse_takes_an_address_when_its_shape_is_right(url: str) -> None:
    assert parse({"plex_url": url + "/"}, {}).plex_url == url


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("plex:32400", "did you mean http://plex:32400?"),
        ("ftp://plex", "must begin with http:// or https://"),
        ("http://", "must name a host"),
        ("http:// plex", "must name a host"),
        ("http://plex:99999", "the port must be a number up to 65535"),
        ("http://plex:port", "the port must be a number up to 65535"),
        ("http://[::1", "the host is not valid"),
        ("https://app.plex.tv/desktop", "give that of your own server"),
        ("http://me:pw@plex:32400", "must not hold a name or a password"),
        ("http://plex:32400/web/index.html#!/", "leave out everything behind"),
        ("http://plex:32400/?X-Plex-Token=abc", "leave out everything behind"),
        (["http://plex"], "must be a text"),
    ],
)
def test_parse_says_what_to_type_when_the_address_is_none(url: object, message: str) -> None:
    assert message in problems({"plex_url": url})["plex_url"]


@pytest.mark.parametrize(
    ("stash", "environ", "config"),
    [
        ({"plex_token": f"{TOKEN} two"}, {}, ""),
        ({"plex_token": [TOKEN]}, {}, ""),
        ({"plex_url": TOKEN, "plex_token": TOKEN}, {}, ""),
        ({"plex_url": TOKEN}, {}, ""),
        ({"plex_url": f"http://plex/?X-Plex-Token={TOKEN}"}, {}, ""),
        ({"plex_url": f"http://x:{TOKEN}@plex"}, {}, ""),
        ({"tags_to": TOKEN, "skip_fields": TOKEN, "path_rules": TOKEN}, {"PLEX_TOKEN": TOKEN}, ""),
        ({"max_retries": TOKEN}, {}, f"plex_token: {TOKEN}"),
        ({"plex_url": "x", "plex_token": TOKEN}, {"TAGS_TO": TOKEN}, ""),
    ],
)
def test_problems_never_show_the_token_wherever_it_was_typed(
    stash: dict[str, Any], environ: dict[str, str], config: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(stash, environ, parse_config(config))
    assert TOKEN not in str(caught.value) + repr(caught.value.problems)


def test_parse_passes_over_debug_in_the_environment_when_another_program_means_it() -> None:
    assert parse({"debug": True}, {"DEBUG": "express:*"}).debug is True
    assert parse({}, {"DEBUG": "1"}).debug is True


def test_what_is_missing_names_the_settings_and_the_place() -> None:
    both = Settings().what_is_missing()
    assert '"Plex · Server address" (plex_url) and "Plex · Token" (plex_token)' in both
    assert "on the page of Stash2Plex in Stash, in the tab Set-up" in both
    assert "plex_url" not in Settings(plex_url="http://plex").what_is_missing()
    assert Settings(plex_url="http://plex", plex_token=TOKEN).what_is_missing() == ""


def test_notes_name_what_holds_writes_back() -> None:
    assert Settings().notes() == ()
    notes = " ".join(Settings(paused=True, dry_run=True, skip_tls_verify=True, performer_photos=True).notes())
    assert all(key in notes for key in ("paused", "dry_run", "skip_tls_verify", "stash_public_url"))
    assert Settings(performer_photos=True, stash_public_url="http://stash:9999").notes() == ()


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("canvas", PosterFrom.CANVAS),
        (" Group,Canvas ", PosterFrom.GROUP_OR_CANVAS),
        (["group", "crop"], PosterFrom.GROUP_OR_CROP),
        ("", PosterFrom.COVER),
    ],
)
def test_posters_are_made_of_one_thing_or_of_the_first_of_two(raw: object, value: PosterFrom) -> None:
    assert parse({"poster_from": raw}, {}).poster_from is value


@pytest.mark.parametrize("raw", ["canvas, group", "poster", 7, True])
def test_order_of_posters_that_means_nothing_is_refused(raw: object) -> None:
    with pytest.raises(SettingsError, match="poster_from"):
        parse({"poster_from": raw}, {})


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        *((raw, BackgroundFrom.COVER) for raw in (True, "true", "on", "1", "Cover")),
        *((raw, BackgroundFrom.NONE) for raw in (False, "off", "none", "", None, 0)),
        ("screenshot", BackgroundFrom.SCREENSHOT),
    ],
)
def test_background_takes_a_switch_too(raw: object, value: BackgroundFrom) -> None:
    assert parse({"background_image": raw}, {}).background_image is value


def test_specs_name_every_field_of_the_settings_and_no_other() -> None:
    assert {field.name for field in fields(Settings)} - {
        *("plex_library_text", "url_source", "token_source", "fills_only", "taken_over", "libraries", "picture_recipe")
    } == set(SPECS)


SAMPLES: dict[Kind, object] = {
    Kind.TEXT: "x", Kind.ADDRESS: "http://x", Kind.HIDDEN: "x", Kind.SWITCH: True, Kind.NUMBER: 1, Kind.WHOLE: 1,
    Kind.LIST: "x", Kind.RULES: "/a => /b", Kind.TAG_RULES: "a => b; c", Kind.TAG_TARGETS: "a => labels",
    Kind.PREFIXES: "studio => x", Kind.TITLE_FORMAT: "{title}",
}  # fmt: skip


@pytest.mark.parametrize("key", SPECS)
def test_readers_give_the_type_of_the_field(key: str) -> None:
    spec = SPECS[key]
    raw = SAMPLES.get(spec.kind) or spec.choices[0]
    value = getattr(parse({}, {spec.env_name: str(raw)}), key)
    assert type(value) is type(getattr(Settings(), key))


@pytest.mark.parametrize("key", [key for key, spec in SPECS.items() if spec.example])
def test_examples_are_accepted(key: str) -> None:
    assert parse({}, {SPECS[key].env_name: SPECS[key].example.strip('"')}) != Settings()


def test_default_text_says_what_applies_when_nothing_is_set() -> None:
    texts = {key: default_text(spec) for key, spec in SPECS.items()}
    assert texts["max_retries"] == "5"
    assert texts["dry_run"] == "off"
    assert texts["tags_to"] == "genres"
    assert texts["plex_library"] == "empty: every movie and TV library"
    assert texts["plex_url"] == "empty"
    assert texts["reconcile_every_s"] == "86400"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(sorted(SPECS)), JSON, max_size=8),
    st.dictionaries(st.sampled_from([spec.env_name for spec in SPECS.values()]), st.text(max_size=20), max_size=4),
)
def test_parse_gives_settings_or_a_settings_error_when_fed_anything(
    stash: dict[str, Any], environ: dict[str, str]
) -> None:
    try:
        settings = parse(stash, environ)
    except SettingsError as error:
        messages = [str(problem) for problem in error.problems]
        assert messages
        assert all(messages)
    else:
        assert settings.max_retries >= 1


def test_choices_that_have_names_have_one_each() -> None:
    named = [spec for spec in SPECS.values() if spec.choice_names]
    assert {spec.key for spec in named} == {"background_image", "poster_from"}
    assert all(len(spec.choice_names) == len(spec.choices) for spec in named)
