"""A port that takes whatever comes and answers nothing useful: what arrives here has leaked."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Catcher:
    """Keeps every request that reaches it, head and body, as text; a context manager."""

    def __init__(self) -> None:
        self.caught: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _catch(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.caught.append(f"{self.requestline}\n{self.headers}\n{body!r}")
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_PUT = do_POST = do_HEAD = _catch  # noqa: N815 - the base's names

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
