"""The stand-in in a process of its own, and the handle on it.

For benchmarks, whose client must not share a core's time with the server.
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

_ROOT: Final = Path(__file__).resolve().parents[3]
_DEADLINE_S: Final = 30.0


class PlexProcess:
    """`python -m tests.fakes.plex …`, from `with` to its end; it ends with us, because its stdin does.

    Example: `with PlexProcess("--items", "1000") as plex: plex.call("item", rating_key=plex.rating_keys[0])`
    """

    def __init__(self, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "tests.fakes.plex", "--until-stdin-closes", *arguments]
        self._process: subprocess.Popen[str] | None = None
        self.url = self.token = self.control_url = self.machine_identifier = ""
        self.section_key = 0
        self.rating_keys = range(0)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"the stand-in did not start; exit status {self._process.wait(_DEADLINE_S)}")
        facts = json.loads(line)
        self.url, self.token, self.control_url = facts["url"], facts["token"], facts["control_url"]
        self.machine_identifier, self.section_key = facts["machine_identifier"], facts["section_key"]
        self.rating_keys = range(*facts["rating_keys"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.communicate(timeout=_DEADLINE_S)

    @property
    def pid(self) -> int:
        """The process id, for its memory and CPU time."""
        if self._process is None:
            raise RuntimeError("the stand-in is not running")
        return self._process.pid

    def call(self, name: str, **arguments: object) -> Any:
        """Call one of `control.CALLS`."""
        return self._ask("POST", "call", {"name": name, "arguments": arguments})

    def options(self, **values: object) -> None:
        """Change options."""
        self._ask("POST", "options", values)

    def fault(self, kind: str, **values: object) -> None:
        """Switch a fault on; `values` as in `Fault`."""
        self._ask("POST", "faults", {"kind": kind, **values})

    def counters(self) -> dict[str, Any]:
        """`Journal.counters` of the other process."""
        counters: dict[str, Any] = self._ask("GET", "counters")
        return counters

    def log(self, after: int = 0) -> list[dict[str, Any]]:
        """The records after number `after`, as mappings."""
        records: list[dict[str, Any]] = self._ask("GET", f"log?after={after}")
        return records

    def _ask(self, method: str, what: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.control_url}/__standin/{what}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_DEADLINE_S) as answer:
                return json.load(answer)["answer"]
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode()) from None
