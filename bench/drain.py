"""Line 3: a drain of scenes that were all changed, at three latencies of Plex, over one connection and several."""

import http.client
import threading
from collections.abc import Sequence
from typing import Final

from bench.figures import Figure, of_samples
from bench.size import Size
from bench.stage import Stage, Worker
from bench.timing import timed
from plex.client import PlexClient
from plex.edit import Edit

TITLE: Final = "Drain of changed scenes"
LIMIT: Final = (
    "One request a scene, one after the other: Plex's latency. Stash answers one request a scene for the cover, which is the same."
    " Our own work is some 2 ms a scene, of which `requests`, `urllib3` and `plexapi` take more than half. Writes go over one connection, with a pause as long as the answer once answers take longer than a second:"
    " Plex keeps its library in one SQLite database, so that more connections at once only make each answer wait for the others"
    " (the last rows: a Plex with one database against one without)."
)

_BLOCKS: Final = 4
_LATENCIES_MS: Final = (0, 5, 20)
_CONNECTIONS: Final = (2, 4)


def measure(size: Size = Size.FULL) -> list[Figure]:
    """Requests a scene, and seconds against the sum of the waits."""
    count = size.of(1000, 400, 20)
    with Stage(count) as stage:
        with Worker(stage) as worker:
            stage.enqueue([1])
            stage.drain()
            figures = [figure for ms in _LATENCIES_MS for figure in _drain(stage, worker, count, ms)]
        return figures + _connections(stage, size.of(100, 50, 8))


def _drain(stage: Stage, worker: Worker, count: int, latency_ms: int) -> list[Figure]:
    """In blocks, whose times are compared with what their requests had to wait."""
    stage.plex.options(latency_ms=latency_ms)
    block = count // _BLOCKS
    ratios: list[float] = []
    over_bare: list[float] = []
    plex, stash, seconds, cpu_s, covers = 0, 0, 0.0, worker.cpu_s(), stage.covers()
    for start in range(1, count + 1, block):
        scene_ids = range(start, start + block)
        stage.edit(scene_ids, details=f"Words that were written at {latency_ms} ms")
        before = stage.requests()
        stage.enqueue(scene_ids)
        took_s = stage.drain()
        after = stage.requests()
        asked = after[0] - before[0]
        plex, stash, seconds = plex + asked, stash + after[1] - before[1], seconds + took_s
        ratios.append(took_s / (asked * latency_ms / 1000) if latency_ms else 0.0)
        over_bare.append(took_s / (asked * _bare_s(stage, max(1, block // 10))))
    at = f"at {latency_ms} ms"
    figures = [
        Figure(f"requests to Plex a scene, {at}", plex / count, "", 1.1),
        Figure(f"questions to Stash a scene, {at}", stash / count, "", 0.02),
        Figure(f"requests for a cover a scene, {at}", (stage.covers() - covers) / count, ""),
        Figure(f"a scene, {at}", 1000 * seconds / count, "ms"),
        Figure(f"our own CPU time a scene, {at}", 1000 * (worker.cpu_s() - cpu_s) / count, "ms"),
    ]
    if latency_ms:
        most = 1.3 if latency_ms == _LATENCIES_MS[-1] else None
        figures.append(of_samples(f"time / (requests x latency), {at}", ratios, "times", most))
    figures.append(of_samples(f"time / as many writes by a bare HTTP client, {at}", over_bare, "times"))
    return figures


def _bare_s(stage: Stage, count: int) -> float:
    """Seconds of a bare write, one after the other: what the stand-in and the loopback cost beside the latency."""
    connection = http.client.HTTPConnection(stage.plex.url.partition("//")[2])
    target = f"/library/sections/{stage.plex.section_key}/all?type=1&id={stage.rating_keys[0]}&studio.value=Bare"

    def write() -> None:
        for _ in range(count):
            connection.request("PUT", target, headers={"X-Plex-Token": stage.plex.token})
            connection.getresponse().read()

    connection.connect()
    took_s = timed(write)
    connection.close()
    return took_s / count


def _connections(stage: Stage, count: int) -> list[Figure]:
    """The same edits over one and several connections at 20 ms, on a Plex that writes at once or in turn."""
    figures = []
    for serial in (False, True):
        stage.plex.options(latency_ms=20, serial_writes=serial)
        kind = "on one database" if serial else "without any lock"
        alone_s, alone_ms = _write(stage, count, 1)
        for number in _CONNECTIONS:
            took_s, answer_ms = _write(stage, count, number)
            figures += [
                Figure(f"{number} connections, {kind}: writes a second / with one", alone_s / took_s, "times"),
                Figure(f"{number} connections, {kind}: answer time / with one", answer_ms / alone_ms, "times"),
            ]
    return figures


def _write(stage: Stage, count: int, connections: int) -> tuple[float, float]:
    """Seconds for `count` edits over several connections at once, and the milliseconds that Plex took for each."""
    last = max(record["number"] for record in stage.plex.log())
    clients = [
        PlexClient.connect(stage.plex.url, stage.plex.token, client_identifier=f"bench-{n}", version="0")
        for n in range(connections)
    ]
    edits = [
        Edit(stage.plex.section_key, "movie", (stage.rating_keys[n % stage.films],), {"studio": f"Studio {n}"})
        for n in range(count)
    ]
    threads = [
        threading.Thread(target=_apply, args=[client, edits[n::connections]]) for n, client in enumerate(clients)
    ]

    def run() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    took_s = timed(run)
    for client in clients:
        client.close()
    answers = [record["took_ms"] for record in stage.plex.log(last) if record["kind"] == "edit"]
    return took_s, sum(answers) / len(answers)


def _apply(client: PlexClient, edits: Sequence[Edit]) -> None:
    for edit in edits:
        client.apply(edit)
