"""Stash's subscription of jobs for a browser: GraphQL over one WebSocket, as much of both protocols as that needs.

Source: RFC 6455; graphql-ws's PROTOCOL.md (graphql-transport-ws), which Stash's interface speaks.
"""

import base64
import hashlib
import json
import queue
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, BinaryIO

from graphql import GraphQLError, execute_sync, parse, validate

from tests.fakes.stash.jobs import Job, JobQueue
from tests.fakes.stash.schema import stash_schema

PROTOCOL = "graphql-transport-ws"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE = 1, 8
_FINAL, _MASKED = 0x80, 0x80
_SHORT, _LONG = 126, 127


def accept_key(key: str) -> str:
    """What the server has to answer to the browser's Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


class Subscription:
    """One connection, from its upgrade to its end; `converse` blocks until then.

    Without `jobs` it is that of a Stash that knows no such subscription.
    """

    def __init__(self, jobs: JobQueue | None, reader: BinaryIO, writer: BinaryIO) -> None:
        self._jobs = jobs
        self._reader = reader
        self._writer = writer
        self._out: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def converse(self) -> None:
        """Answer what comes, and send what happens."""
        sender = threading.Thread(target=self._send_all, daemon=True)
        sender.start()
        ends = []
        with suppress(OSError, ValueError):
            while (message := self._read()) is not None:
                if message["type"] == "connection_init":
                    self._out.put({"type": "connection_ack"})
                elif message["type"] == "ping":
                    self._out.put({"type": "pong"})
                elif message["type"] == "subscribe":
                    ends += self._subscribe(message["id"], message["payload"])
        for end in ends:
            end()
        self._out.put(None)
        sender.join(5)

    def _subscribe(self, name: str, payload: Mapping[str, Any]) -> list[Any]:
        try:
            document = parse(payload["query"])
            errors = validate(stash_schema(), document)
        except GraphQLError as error:
            errors = [error]
        if self._jobs is None:
            errors = [GraphQLError('Cannot query field "jobsSubscribe" on type "Subscription".')]
        if errors or self._jobs is None:
            self._out.put({"id": name, "type": "error", "payload": [{"message": error.message} for error in errors]})
            return []

        def tell(what: str, job: Job) -> None:
            event = SimpleNamespace(jobsSubscribe=SimpleNamespace(type=what, job=job))
            answer = execute_sync(stash_schema(), document, root_value=event)
            self._out.put({"id": name, "type": "next", "payload": {"data": answer.data}})

        return [self._jobs.listen(tell)]

    def _send_all(self) -> None:
        with suppress(OSError, ValueError):
            while (message := self._out.get()) is not None:
                body = json.dumps(message).encode()
                length = bytes([len(body)]) if len(body) < _SHORT else bytes([_SHORT]) + len(body).to_bytes(2, "big")
                self._writer.write(bytes([_FINAL | _TEXT]) + length + body)
                self._writer.flush()

    def _read(self) -> dict[str, Any] | None:
        """The next message; None at the end. A browser masks what it sends."""
        head = self._reader.read(2)
        if len(head) < 2 or head[0] & 0x0F == _CLOSE:
            return None
        length = head[1] & ~_MASKED
        if length >= _SHORT:
            length = int.from_bytes(self._reader.read(8 if length == _LONG else 2), "big")
        mask, body = self._reader.read(4), self._reader.read(length)
        message: dict[str, Any] = json.loads(bytes(byte ^ mask[place % 4] for place, byte in enumerate(body)))
        return message
