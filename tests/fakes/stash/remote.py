"""A stand-in in a process of its own, so that it takes no time from the process that is being measured."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.fakes.stash.control import PREFIX

ROOT = Path(__file__).resolve().parents[3]


class RemoteStash:
    """`python -m tests.fakes.stash` as a context manager; `call` reaches every method of the control endpoint.

    Args:
        options: of the command, e.g. "--scenes", "1000".
    """

    def __init__(self, *options: str) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.at_start: dict[str, Any] = {}

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.fakes.stash", *self._options]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
        )
        assert self._process.stdout
        self.at_start = json.loads(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            # The end of its stdin is its sign to go.
            self._process.communicate(timeout=20)

    @property
    def port(self) -> int:
        """The port it answers on."""
        return int(self.at_start["port"])

    def call(self, method: str, **arguments: Any) -> Any:
        """Call a method of the control endpoint; arguments and result are JSON.

        Raises:
            ValueError: the stand-in answers an error.
        """
        request = Request(f"{self.at_start['control_url']}{PREFIX}{method}", json.dumps(arguments).encode())
        try:
            with urlopen(request, timeout=60) as answer:
                return json.load(answer)["result"]
        except HTTPError as error:
            with error:
                raise ValueError(json.load(error)["error"]) from error
