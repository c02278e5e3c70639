import pytest

from plex.address import check_token, completed_url, normalize_url, origin_of
from plex.errors import PlexMisconfigured


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("http://tower:32400", "http://tower:32400"),
        ("  http://tower:32400/ ", "http://tower:32400"),
        ('"http://tower:32400"', "http://tower:32400"),
        ("HTTP://Tower:32400", "http://tower:32400"),
        ("http://tower:32400/web/index.html#!/settings/server/abc", "http://tower:32400"),
        ("http://tower:32400/web", "http://tower:32400"),
        ("http://tower:32400/?X-Plex-Token=secret", "http://tower:32400"),
        ("https://home.example.org/plex/", "https://home.example.org/plex"),
        ("https://home.example.org/webplex/", "https://home.example.org/webplex"),
        ("http://[fd00::7]:32400/", "http://[fd00::7]:32400"),
    ],
)
def test_url_is_normalized_when_it_is_typed_loosely(typed: str, expected: str) -> None:
    assert normalize_url(typed) == expected


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tower", "http://tower:32400"),
        (" 192.168.1.10 ", "http://192.168.1.10:32400"),
        ("192.168.1.10:32401", "http://192.168.1.10:32401"),
        ("http://192.168.1.10", "http://192.168.1.10:32400"),
        ("http://tower/web/index.html", "http://tower:32400"),
        ("http://192.168.1.10:32400/web/index.html#!/settings", "http://192.168.1.10:32400"),
        ("192.168.1.10:32400/web", "http://192.168.1.10:32400"),
        ("https://tower.lan/web/", "https://tower.lan"),
        ("http://tower:32400/?X-Plex-Token=MARKED", "http://tower:32400"),
        ("https://tower.lan/plex?X-Plex-Token=MARKED#here", "https://tower.lan/plex"),
        ("::1", "http://[::1]:32400"),
        ("fd00::7", "http://[fd00::7]:32400"),
        ("http://fd00::7", "http://[fd00::7]:32400"),
        ("https://fd00::7/", "https://[fd00::7]"),
        ("//tower", "http://tower:32400"),
        ("http:/tower", "http://tower:32400"),
        ("https:tower.lan", "https://tower.lan"),
        ("HTTP://Tower", "http://tower:32400"),
        ("plex.tvheadend.lan", "http://plex.tvheadend.lan:32400"),
        ("app.plex.tv", "http://app.plex.tv"),
        ("somebody:word@tower", "http://somebody:word@tower"),
        ("localhost", "http://localhost:32400"),
        ("[fd00::7]", "http://[fd00::7]:32400"),
        ("plex.example.org", "http://plex.example.org:32400"),
        ("http://plex.example.org", "http://plex.example.org"),
        ("https://plex.example.org", "https://plex.example.org"),
        ("http://tower:80", "http://tower:80"),
        ("tower/plex", "http://tower/plex"),
        ("", ""),
        ("tower:port", "tower:port"),
        ("ftp://tower", "ftp://tower"),
        ("https://app.plex.tv/desktop/#!/", "https://app.plex.tv/desktop/#!/"),
    ],
)
def test_url_is_completed_when_scheme_or_port_is_left_out(typed: str, meant: str) -> None:
    assert completed_url(typed) == meant


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("http://tower:32400/plex", "http://tower:32400"),
        ("HTTP://Tower.:80", "http://tower"),
        ("https://tower:443/", "https://tower"),
        ("https://tower:80", "https://tower:80"),
        ("http://[FD00:0::7]:32400", "http://[fd00::7]:32400"),
        ("http://192.168.1.10:32400", "http://192.168.1.10:32400"),
    ],
)
def test_origin_is_scheme_host_and_port_in_one_form(typed: str, origin: str) -> None:
    assert origin_of(typed) == origin
    assert origin_of(origin) == origin


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("tower:32400", "http://"),
        ("ftp://tower", "http://"),
        ("http://", "host"),
        ("http://tower:port", "port"),
        ("http://tower:99999", "port"),
        ("https://app.plex.tv/desktop/#!/", "own server"),
        ("http://ada:sesame@tower:32400", "plex_token"),
    ],
)
def test_url_is_refused_naming_the_setting_when_it_cannot_be_a_server(typed: str, hint: str) -> None:
    with pytest.raises(PlexMisconfigured, match="plex_url") as caught:
        normalize_url(typed)
    assert hint in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_token_is_cleaned_when_it_was_copied_with_quotes() -> None:
    assert check_token(' "abcDEF123-_" ') == "abcDEF123-_"


@pytest.mark.parametrize("typed", ["", "  ", "abc def", "abc\ndef", "töken"])
def test_token_is_refused_without_repeating_it_when_it_cannot_be_one(typed: str) -> None:
    with pytest.raises(PlexMisconfigured, match="plex_token") as caught:
        check_token(typed)
    assert not typed.strip() or typed not in str(caught.value)
