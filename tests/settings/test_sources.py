import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.settings import SettingsError
from settings.sources import MAX_BYTES, Config, parse_config, read_config


def refusal(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_config(text)
    return str(caught.value)


def test_read_config_is_empty_when_there_is_no_file(tmp_path: Path) -> None:
    assert read_config(tmp_path / "config.yaml") == Config()


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "null\n"])
def test_parse_config_is_empty_when_nothing_stands_in_it(text: str) -> None:
    assert parse_config(text) == Config()


def test_read_config_gives_texts_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(
        "\ufeff# finer\ntags_to: labels\nonly_tags: [no, 012, yes]\nempty:\nrules:\n  - stash: /a\n    plex: ~\n".encode()
    )
    config = read_config(path)
    assert config.values == {
        "tags_to": "labels",
        "only_tags": ["no", "012", "yes"],
        "empty": None,
        "rules": [{"stash": "/a", "plex": None}],
    }
    assert config.lines == {"tags_to": 2, "only_tags": 3, "empty": 4, "rules": 5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1,\n  2\n", "line 3, column 1: is not valid YAML"),
        ("a: 1\n\tb: 2\n", "line 2, column 1: is not valid YAML: found character '\\t'"),
        ("- a\n- b\n", "line 1: must hold lines of the form `key: value`"),
        ("a: 1\nb: 2\na: 3\n", 'line 3: has the key "a" twice'),
        ("a: &x [1]\nb: *x\n", "line 1, column 4: uses anchors and aliases"),
        ("a: *x\n", "line 1, column 4: uses anchors and aliases"),
        ("a: !!python/object/apply:os.system [ls]\n", "line 1, column 4: uses tags"),
        ("a: " + "[" * 100_000, "is nested too deeply"),
        ("a: 1\n? [x, y]\n: 2\n", "line 2: has a key that is not a plain word"),
        ("a: 1\n---\nb: 2\n", "line 2"),
        ("a: \x07\n", "line 1: holds a character that YAML does not allow"),
    ],
)
def test_parse_config_names_the_line_when_it_cannot_be_read(text: str, message: str) -> None:
    assert message in refusal(text)


def test_parse_config_refuses_an_alias_bomb_at_once() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    assert "anchors and aliases" in refusal(bomb)


def test_read_config_names_the_line_when_it_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(SettingsError, match="line 2: is not UTF-8"):
        read_config(path)


def test_read_config_refuses_a_file_when_it_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(SettingsError, match="larger than 256 KB"):
        read_config(path)


def test_read_config_says_why_when_it_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_config(tmp_path)


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#%@`?, \n\t0~\x00\u2028\ud800"), max_size=40))
def test_parse_config_gives_values_or_a_settings_error_when_fed_anything(text: str) -> None:
    with contextlib.suppress(SettingsError):
        config = parse_config(text)
        assert set(config.values) == set(config.lines)
