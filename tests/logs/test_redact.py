import base64
import html
import json
import logging
import string
import sys
import threading
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.redact import MASK, MOST_PASSING, RedactingFilter, Redactor
from tests.growth import assert_linear

SECRETS = st.text(string.ascii_letters + string.digits + "-_.~+/=|%&\"' é€", min_size=4, max_size=60).filter(
    lambda text: len(text.strip()) == len(text)
)
TEXTS = st.text(string.printable + "é€", max_size=40)
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda secret: quote(secret, safe=""),
    "percent of every byte": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "path": quote,
    "form": quote_plus,
    "json": lambda secret: json.dumps(secret)[1:-1],
    "repr": lambda secret: repr(secret)[1:-1],
    "html": html.escape,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 for urls": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "base64 in a url": lambda secret: quote(base64.b64encode(secret.encode()).decode(), safe=""),
    "basic login": lambda secret: base64.b64encode(f"ada:{secret}".encode()).decode(),
    "basic login, shifted": lambda secret: base64.b64encode(f"bob1:{secret}:".encode()).decode(),
    "hex": lambda secret: secret.encode().hex(),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(secret=SECRETS, before=TEXTS, after=TEXTS)
def test_secret_does_not_survive_when_it_is_encoded_as(encoding: str, secret: str, before: str, after: str) -> None:
    encoded = ENCODINGS[encoding](secret)
    # The characters at both ends of base64 may hold bits of the neighbours too; without them nothing can be read back.
    core = encoded.rstrip("=")[4:-2] if "base64" in encoding or "login" in encoding else encoded
    masked = Redactor([secret])(f"{before} {encoded} {after}")
    assert MASK in masked
    if len(core) > len(MASK) and core not in f"{before} {after}":
        assert core not in masked


@given(secrets=st.lists(SECRETS, max_size=3), text=TEXTS)
def test_text_stays_when_it_was_masked_already(secrets: list[str], text: str) -> None:
    redact = Redactor(secrets)
    once = redact(f"{text} {' '.join(secrets)} {text}")
    assert redact(once) == once


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GET /library?X-Plex-Token=abc123&type=1", "GET /library?X-Plex-Token=***&type=1"),
        ("X-Plex-Token%3Dabc123", "X-Plex-Token%3D***"),
        ("X-Plex-Token: abc123", "X-Plex-Token: ***"),
        ("{'X-Plex-Token': 'abc123', 'Accept': 'x'}", "{'X-Plex-Token': '***', 'Accept': 'x'}"),
        (r"{\"X-Plex-Token\": \"abc123\"}", r"{\"X-Plex-Token\": \"***\"}"),
        ('<User authToken="abc123" id="1"/>', '<User authToken="***" id="1"/>'),
        ("ApiKey: abc123", "ApiKey: ***"),
        ("/scene/1/stream?apikey=abc123", "/scene/1/stream?apikey=***"),
        ('"apiKey": "abc123"', '"apiKey": "***"'),
        ("Cookie: session=abc123; theme=dark", "Cookie: ***"),
        ("Set-Cookie: session=abc123; Path=/", "Set-Cookie: ***"),
        ("'Cookie': 'session=abc123', 'Accept': 'x'", "'Cookie': '***', 'Accept': 'x'"),
        ("session=abc123", "session=***"),
        (
            '"SessionCookie": {"Name": "session", "Value": "abc123"}',
            '"SessionCookie": {"Name": "session", "Value": "***"}',
        ),
        ("Authorization: Bearer abc123", "Authorization: Bearer ***"),
        ("Authorization: Basic YTpi", "Authorization: Basic ***"),
        ("PLEX_TOKEN=abc123", "PLEX_TOKEN=***"),
        ("'plex_token': 'abc123'", "'plex_token': '***'"),
        ("http://ada:abc123@nas:32400/", "http://ada:***@nas:32400/"),
        ("key eyJhbGciOi.eyJ1aWQiOi.c2lnbmF0dXJl end", "key *** end"),
        ("a.b-eyJhbGciOi.eyJ1aWQiOi.c2lnbmF0dXJl.d", "a.b-***.d"),
        ("eyJeyJ.eyJhbGciOi.eyJ1aWQiOi.c2lnbmF0dXJl", "eyJeyJ.***"),
    ],
)
def test_unknown_secret_is_masked_when_its_name_stands_before_it(text: str, masked: str) -> None:
    assert Redactor()(text) == masked


ENDLESS = [
    "-eyJ",
    "eyJaaaa.",
    "cookie:",
    "cookie=",
    "cookie:a ",
    "authtoken ",
    "X-Plex-Token: ",
    "session%25",
    "://a:b",
    "sessioncookie value ",
    "%25",
]
ENDLESS += ["\\", "&amp;", "%255C%2526amp;\\u0025&#37;41", "a", " ", "é", "***", "bearer "]


@pytest.mark.parametrize("unit", ENDLESS)
def test_masking_takes_time_in_proportion_to_the_text(unit: str) -> None:
    redact = Redactor(["MARKED-TOKEN", "'%00&amp;"])
    redact.add_passing("MARKED-COOKIE")
    assert_linear(redact, lambda size: unit * (size // len(unit)) + "!")


@pytest.mark.parametrize(
    "text",
    [
        "plex_token: has expired, Plex answered 401",
        "The session cookie has expired; the next save brings a fresh one.",
        "Synced 'Big Buck Bunny' (scene 12): title, summary",
        "Sessions=3 are open & 50% done",
    ],
)
def test_sentence_stays_when_it_only_speaks_of_secrets(text: str) -> None:
    assert Redactor(["MARKED-TOKEN"])(text) == text


def test_longer_secret_is_masked_whole_when_it_begins_with_another() -> None:
    assert Redactor(["abcd", "abcdefgh"])("abcdefgh abcd") == "*** ***"


def test_text_keeps_its_other_escapes_when_a_secret_is_masked() -> None:
    assert Redactor(["MARKED-TOKEN"])("a%20b é&amp;c MARKED%2DTOKEN %zz d%20e") == "a%20b é&amp;c *** %zz d%20e"


def test_short_and_empty_secrets_are_left_out_when_added() -> None:
    redact = Redactor(["", "abc", "   "])
    assert redact("abc") == "abc"


def test_secret_is_masked_from_then_on_when_it_is_added() -> None:
    redact = Redactor()
    assert redact("MARKED-TOKEN") == "MARKED-TOKEN"
    redact.add("MARKED-TOKEN", "MARKED-COOKIE")
    assert redact("MARKED-TOKEN MARKED-COOKIE") == "*** ***"


def test_masking_goes_on_when_secrets_are_added_from_another_thread() -> None:
    redact = Redactor(["MARKED-TOKEN"])
    adder = threading.Thread(target=lambda: [redact.add(f"MARKED-COOKIE-{number}") for number in range(20)])
    adder.start()
    for _ in range(200):
        assert redact("MARKED-TOKEN") == MASK
    adder.join()
    assert redact("MARKED-COOKIE-19") == MASK


def _record_with_everything() -> logging.LogRecord:
    try:
        raise ValueError("token MARKED-TOKEN")  # noqa: TRY301  a traceback is wanted
    except ValueError:
        return logging.LogRecord(
            "x", logging.ERROR, "", 0, "asked %s", ("MARKED-TOKEN",), sys.exc_info(), sinfo="stack MARKED-TOKEN"
        )


def test_record_holds_no_secret_when_the_filter_has_seen_it() -> None:
    record = _record_with_everything()
    assert RedactingFilter(Redactor(["MARKED-TOKEN"])).filter(record) is True
    assert logging.Formatter().format(record).count(MASK) >= 3
    assert "MARKED" not in logging.Formatter().format(record) + repr(vars(record))


def test_record_is_kept_without_its_arguments_when_they_do_not_fit() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%d of %d", ("MARKED-TOKEN",), None)
    RedactingFilter(Redactor()).filter(record)
    assert record.getMessage() == "%d of %d (its arguments do not fit)"


def test_newest_passing_secrets_are_masked_and_old_ones_let_go_when_many_come() -> None:
    redact = Redactor(["MARKED-TOKEN"])
    cookies = [f"COOKIE-{number:05d}-MARKED" for number in range(10 * MOST_PASSING)]
    for cookie in cookies:
        redact.add_passing(cookie)
    assert (
        redact(f"{cookies[-1]} {cookies[-1].replace('-', '%2D')} {cookies[-MOST_PASSING]} MARKED-TOKEN")
        == "*** *** *** ***"
    )
    assert redact(cookies[0]) == cookies[0]
    assert redact(cookies[-MOST_PASSING - 1]) == cookies[-MOST_PASSING - 1]


def test_no_secret_is_forgotten_when_many_threads_add_at_once():
    """The worker's thread brings the renewed cookie while the main thread brings a hook's."""
    redact = Redactor()
    names = [[f"secret-{thread}-{number:02d}" for number in range(7)] for thread in range(8)]
    starts = threading.Barrier(len(names))

    def add(mine: list[str]) -> None:
        starts.wait(10)
        for name in mine:
            redact.add(f"kept-{name}")
            redact.add_passing(f"passing-{name}")

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=add, args=(mine,)) for mine in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    finally:
        sys.setswitchinterval(interval)
    assert sum(map(len, names)) <= MOST_PASSING
    for name in (name for mine in names for name in mine):
        assert redact(f"kept-{name} passing-{name}") == f"{MASK} {MASK}"
