import ssl
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests

from plex import failures
from plex.client import PlexClient
from plex.edit import Edit
from plex.errors import (
    PlexBusy,
    PlexError,
    PlexFailed,
    PlexItemGone,
    PlexMisconfigured,
    PlexProtocolError,
    PlexRejected,
    PlexUnauthorized,
    PlexUnreachable,
)
from plex.failures import check_body, check_done
from plex.listing import window
from plex.session import PlexSession
from tests.fakes.plex import FakePlex, Fault
from tests.plex.conftest import Connect

SECRET_TITLE = "Cosmos-Laundromat-private"
CERTIFICATE = Path(__file__).parents[1] / "fixtures" / "tls" / "plex_direct.pem"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("status", status=401), PlexUnauthorized),
        (Fault("status", status=403), PlexUnauthorized),
        (Fault("status", status=400, method="PUT"), PlexRejected),
        (Fault("status", status=414), PlexRejected),
        (Fault("status", status=404), PlexItemGone),
        (Fault("status", status=408), PlexBusy),
        (Fault("status", status=429), PlexBusy),
        (Fault("status", status=500), PlexFailed),
        (Fault("status", status=503), PlexBusy),
        (Fault("status", status=206), PlexProtocolError),
        (Fault("redirect", location="http://elsewhere.invalid/"), PlexProtocolError),
        (Fault("html"), PlexProtocolError),
        (Fault("garbage"), PlexProtocolError),
        (Fault("bomb"), PlexProtocolError),
        (Fault("reset"), PlexUnreachable),
        (Fault("hang"), PlexUnreachable),
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Fault) else value.__name__,
)
def test_every_fault_arrives_as_its_typed_error_without_secrets(
    plex: FakePlex, connect: Connect, fault: Fault, expected: type[PlexError]
) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    client = connect(timeout_s=0.3)
    plex.faults.add(fault)
    with pytest.raises(PlexError) as caught:
        client.apply(Edit(1, "movie", (key,), values={"title": SECRET_TITLE}))
    assert type(caught.value) is expected
    text = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert plex.token not in text
    assert SECRET_TITLE not in text
    assert caught.value.__context__ is None
    assert plex.journal.tokens_in_urls == 0


@pytest.mark.parametrize("kind", ["truncated", "html", "garbage", "bomb", "redirect", "reset", "hang"])
def test_reads_fail_typed_when_an_answer_is_spoiled(plex: FakePlex, connect: Connect, kind: str) -> None:
    plex.state.populate(20, 1)
    client = connect(timeout_s=0.3)
    plex.faults.add(Fault(kind, times=1))
    with pytest.raises((PlexProtocolError, PlexUnreachable)):
        client.page(client.sections()[0])
    assert client.page(client.sections()[0]).total == 20


def test_redirect_is_not_followed_when_it_leads_elsewhere(plex: FakePlex, connect: Connect) -> None:
    with FakePlex() as other:
        client = connect()
        plex.faults.add(Fault("redirect", location=f"{other.url}/library/sections"))
        with pytest.raises(PlexProtocolError, match="plex_url"):
            client.sections()
        assert other.journal.count() == 0


def test_refused_connection_is_told_with_the_address_when_plex_is_away(plex: FakePlex, connect: Connect) -> None:
    client = connect()
    plex.refuse()
    with pytest.raises(PlexUnreachable):  # the open connection breaks first
        client.sections()
    with pytest.raises(PlexUnreachable, match="nothing listens") as caught:
        client.sections()
    assert plex.url in str(caught.value)
    assert "container" in str(caught.value)
    plex.accept()
    assert client.sections()


def test_unknown_host_is_told_when_it_has_no_address() -> None:
    with pytest.raises(PlexUnreachable, match=r"unknown here: nowhere\.invalid"):
        PlexClient.connect("http://nowhere.invalid:32400", "abc", client_identifier="x", version="1")


def test_wrong_token_names_the_setting_when_connecting(plex: FakePlex, connect: Connect) -> None:
    wrong = plex.token[::-1]
    with pytest.raises(PlexUnauthorized, match="plex_token") as caught:
        connect(token=wrong)
    assert wrong not in "".join(traceback.format_exception(caught.value))


def test_database_busy_is_busy_when_it_comes_as_400() -> None:
    error = failures.of_answer(
        "PUT", "/library/sections/1/all", 400, retry_after_s=None, body=b"<h1>database is locked</h1>"
    )
    assert isinstance(error, PlexBusy)


def test_busy_carries_retry_after_when_plex_names_a_time(plex: FakePlex, connect: Connect) -> None:
    client = connect()
    plex.faults.add(Fault("status", status=503, retry_after_s=12, times=1))
    with pytest.raises(PlexBusy) as caught:
        client.sections()
    assert caught.value.retry_after_s == 12.0


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/library/metadata/7", "GET", PlexItemGone),
        ("/:/rate", "PUT", PlexItemGone),
        ("/library/sections/1/all", "PUT", PlexItemGone),
        ("/library/sections/1/all", "GET", PlexMisconfigured),
        ("/", "GET", PlexMisconfigured),
    ],
)
def test_missing_is_sorted_by_what_was_asked_when_plex_answers_404(
    path: str, method: str, expected: type[PlexError]
) -> None:
    assert type(failures.of_answer(method, path, 404, retry_after_s=None, body=b"")) is expected


def test_body_is_refused_when_it_exceeds_the_limit(plex: FakePlex) -> None:
    plex.state.populate(200, 1)
    session = PlexSession(plex.url, 5.0, max_body_bytes=1000)
    with pytest.raises(PlexProtocolError, match="larger than 1000"):
        session.get(f"{plex.url}/library/sections/1/all", headers={"X-Plex-Token": plex.token, **window(0, 200)})
    session.close()


def test_answer_is_given_up_when_it_trickles(plex: FakePlex, connect: Connect) -> None:
    plex.state.populate(50, 1)
    client = connect(timeout_s=0.3)
    plex.faults.add(Fault("drip", delay_ms=60, times=1))
    with pytest.raises(PlexUnreachable, match=r"trickles|gave no answer"):  # by its body or by its head
        client.sections()
    assert client.sections()


@pytest.mark.parametrize(
    "body",
    [b"", b"  \n", b"\xef\xbb\xbf<MediaContainer/>", b'<?xml version="1.0"?><MediaContainer/>', b"<a><!-- x --></a>"],
)
def test_body_passes_when_it_is_xml_or_empty(body: bytes) -> None:
    check_body(body, "GET /")


@pytest.mark.parametrize(
    "url",
    [
        "/library/sections/1/all?type=1&title.value=x",
        "/library/sections/1/all",
        "/library/sections/1/all?id=&x=1",
        "/library/sections/1/all?id=0",
        "/library/sections/1/all/?id=a",
    ],
)
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_write_to_a_section_is_refused_before_it_is_sent_when_it_names_no_item(
    plex: FakePlex, url: str, method: str
) -> None:
    session = PlexSession(plex.url, 5.0)
    with pytest.raises(ValueError, match="every item"):
        session.request(method, plex.url + url)
    session.close()
    assert plex.journal.count() == 0


def test_one_connection_serves_all_requests_when_answers_are_empty_or_not(plex: FakePlex, connect: Connect) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    client = connect()
    for number in range(5):
        client.apply(Edit(1, "movie", (key,), values={"title": f"Sintel {number}"}))
        client.items([key])
    assert plex.journal.connections == 1


def test_environment_is_not_asked_when_it_names_a_proxy_or_a_netrc(
    plex: FakePlex, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password word\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    connect().sections()
    assert all("authorization" not in record.headers for record in plex.journal.records())


class _Silent(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(context: ssl.SSLContext | None) -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Silent)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def secure_port() -> Iterator[int]:
    """A server whose certificate is made out to *.example.plex.direct."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with serving(context) as port:
        yield port


@pytest.fixture
def plain_port() -> Iterator[int]:
    """A server that knows no TLS, and says so at once."""
    with serving(None) as port:
        yield port


def test_certificate_is_explained_when_plex_is_called_by_ip(secure_port: int) -> None:
    with pytest.raises(PlexUnreachable, match=r"\*\.plex\.direct") as caught:
        PlexClient.connect(f"https://127.0.0.1:{secure_port}", "abc", client_identifier="x", version="1")
    assert "http://127.0.0.1:32400" in str(caught.value)
    assert "127-0-0-1" in str(caught.value)
    assert "skip_tls_verify" in str(caught.value)


def test_certificate_is_not_checked_when_the_user_switched_it_off(secure_port: int) -> None:
    session = PlexSession(f"https://127.0.0.1:{secure_port}", 5.0, verify=False)
    with pytest.warns(Warning, match="Unverified HTTPS request"):
        assert session.get(f"https://127.0.0.1:{secure_port}/").status_code == 200
    session.close()


def test_http_is_suggested_when_the_server_does_not_speak_tls(plain_port: int) -> None:
    with pytest.raises(PlexUnreachable, match="enter http://"):
        PlexClient.connect(f"https://127.0.0.1:{plain_port}", "abc", client_identifier="x", version="1")


def test_plex_url_is_doubted_when_the_answer_is_empty(plain_port: int) -> None:
    with pytest.raises(PlexMisconfigured, match="plex_url"):
        PlexClient.connect(f"http://127.0.0.1:{plain_port}", "abc", client_identifier="x", version="1")


def test_address_is_called_unusable_when_requests_cannot_parse_it() -> None:
    error = failures.of_connection(requests.exceptions.InvalidURL("x"), "http://tower", 1.0, 1.0)
    assert isinstance(error, PlexMisconfigured)


@pytest.mark.parametrize("status", [400, 410, 414, 422])
def test_question_that_is_refused_is_nobodys_fault(plex: FakePlex, connect: Connect, status: int) -> None:
    """Plex answers every question of ours.

    A refusal comes from something in between, and no scene may become a dead letter for it.
    """
    client = connect()
    plex.faults.add(Fault("status", status=status))
    with pytest.raises(PlexProtocolError, match=f"answered {status}"):
        client.items([1])


def test_scan_that_is_refused_is_rejected(plex: FakePlex, connect: Connect) -> None:
    client = connect()
    (section,) = client.sections()
    plex.faults.add(Fault("status", status=400, request_kind="scan"))
    with pytest.raises(PlexRejected):
        client.scan(section, "/media/movies/new")


@pytest.mark.parametrize("encoding", ["UUTF-8", "ISO-8859-1", "utf-16", "x" * 500, ""])
def test_answer_is_refused_before_it_is_parsed_when_its_encoding_is_not_plexs(encoding: str) -> None:
    with pytest.raises(PlexProtocolError, match="not in UTF-8"):
        check_body(f'<?xml version="1.0" encoding="{encoding}"?>\n<MediaContainer/>'.encode(), "GET /")


@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0"?>', "<?xml version='1.0' encoding='utf-8'?>"])
def test_answer_is_let_through_when_its_encoding_is_plexs(declaration: str) -> None:
    check_body(f"{declaration}<MediaContainer encoding='x'/>".encode(), "GET /")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"/library/metadata/80584/thumb/1584129784",
        b"<html><head><title>OK</title></head><body><h1>200 OK</h1></body></html>",
        b'<?xml version="1.0" encoding="UTF-8"?><MediaContainer size="0"/>',
        b'<Response code="200" status="OK">',
    ],
)
def test_write_is_done_whatever_plex_says_beside_its_status(body: bytes) -> None:
    check_done(body, "PUT /")


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>",
        b"<html><head><title>OK</title></head><body><h1>200 OK</h1><form action='/login'></form></body></html>",
        b"<!-- cached -->\n<HTML><body>Welcome to the router</body></HTML>",
        b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-'><html xmlns='http://www.w3.org/1999/xhtml'/>",
        b"\n <script>location.href='https://login.example/'</script>",
        bytes(range(256)),
    ],
)
def test_write_is_not_done_when_a_web_page_answers_it(body: bytes) -> None:
    with pytest.raises(PlexProtocolError):
        check_done(body, "PUT /")


def test_edit_arrives_when_plex_answers_its_page_of_one_line(plex: FakePlex, connect: Connect) -> None:
    plex.options.says_ok = True
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="sintel")
    connect().apply(Edit(1, "movie", (key,), values={"title": "Sintel"}))
    assert plex.state.item(key).values["title"] == "Sintel"


def test_scan_is_asked_for_when_plex_answers_its_page_of_one_line(plex: FakePlex, connect: Connect) -> None:
    client = connect()
    (section,) = client.sections()
    plex.options.says_ok = True
    client.scan(section, "/media/movies/new")
    assert plex.journal.records("scan")[0].sent_bytes > 0
