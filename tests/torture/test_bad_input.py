"""Whatever comes in, from Stash, from Plex or from the user's own file.

No traceback, no hang, no wrong write; and what the values hold is Stash's affair alone.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tests.entry.conftest import CAPTURED, Door
from tests.fakes.plex import Fault
from tests.scenery import Movie
from tests.stepper import Stepper
from tests.torture.spoiled import Spoil, SpoiledPlex, SpoiledStash, damaged

STEP_S = 20.0
"""How long one step may take at the most; no fault here keeps a server from answering."""


# -- stdin ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = Door(tmp_path)
    yield opened
    opened.close()


def test_process_answers_one_object_when_stdin_is_damaged(door, scale, figures):
    random, refused = scale.random("stdin"), 0
    documents = [path.read_bytes() for path in sorted(CAPTURED.glob("*.json"))]
    assert len(documents) >= 20
    count, slowest_s = scale.pick(40, 2000), 0.0
    for _ in range(count):
        stdin = damaged(random.choice(documents), random)
        started = time.monotonic()
        reply = door(stdin)
        slowest_s = max(slowest_s, time.monotonic() - started)
        assert list(reply.answer) in (["output"], ["error"]), stdin
        assert reply.status == (0 if "output" in reply.answer else 1), stdin
        assert "Traceback" not in reply.stdout + reply.stderr, stdin
        assert all(line.startswith("\x01") for line in reply.stderr.splitlines()), stdin
        refused += reply.status
        door.handed_over()
    assert all(kind for kind, _key, _data in door.jobs()), "what was queued can be read"
    figures.note(documents=count, refused=refused, tracebacks=0, slowest_s=slowest_s)


# -- the user's file, and the answers of both servers -----------------------------------------------------------------


class Saves:
    """Films that are saved one after the other while something is wrong with what comes in."""

    def __init__(self, stepper: Stepper, random: Random) -> None:
        self.stepper = stepper
        self.random = random
        self.films = stepper.add("Alpha", "Bravo", "Charlie", "Delta")
        self.takes = 0

    def save(self) -> None:
        """A save, and three steps."""
        film = self.random.choice(self.films)
        self.takes += 1
        self.stepper.save(film, title=f"{film.name} take {self.takes}", tags=[f"Tag {self.takes % 3}"])
        for _ in range(3):
            started = time.monotonic()
            self.stepper.now += min(40.0, max(0.01, self.stepper.step()))
            assert time.monotonic() - started < STEP_S
        self.check()

    def check(self) -> None:
        assert "Traceback" not in self.stepper.log()
        assert self.wrong() == []

    def wrong(self) -> list[tuple[str, str]]:
        """Edits that wrote one film's title to another film's item, or named an unknown item."""
        names = {film.rating_key: film.name for film in self.films}
        found = []
        for record in self.stepper.plex.journal.records("edit"):
            title = record.first("title.value")
            for key in map(int, record.first("id").split(",")):
                is_anothers = any(title.startswith(name) for name in names.values() if name != names.get(key))
                found += [(title, str(key))] if is_anothers or key not in names else []
        return found

    def ends_well(self) -> None:
        """Check that Plex shows every film after a last save of each.

        The index may hold something wrong: it is a cache, and read anew.
        """
        self.stepper.close_worker()
        for file in self.stepper.data_dir.glob("index.db*"):
            file.unlink()
        self.stepper.open()
        for film in self.films:
            self.stepper.save(film, title=f"{film.name} at last")
        self.stepper.now += self.stepper.drain()
        assert [self.stepper.shown(film).title for film in self.films] == [f"{f.name} at last" for f in self.films]
        self.check()


@pytest.fixture
def saves(stepper: Stepper, scale) -> Saves:
    made = Saves(stepper, scale.random("saves"))
    made.save()
    return made


CONFIG = b"""# finer settings
plex_timeout_s: 15
stash_timeout_s: 15
max_retries: 5
batch_size: 100
tags_to: labels
only_tags: [no, 012, yes]
skip_fields:
  - rating
mirror_lists: true
preserve_plex_edits: false
"""


def test_worker_names_the_line_or_goes_on_when_the_config_file_is_damaged(saves, scale, figures):
    path = saves.stepper.data_dir / "config.yaml"
    good = path.read_bytes()
    count, refused = scale.pick(25, 1500), 0
    for _ in range(count):
        path.write_bytes(damaged(CONFIG, saves.random))
        saves.stepper.connect()
        saves.save()
        refused += saves.stepper.pause_kind() == "settings"
    path.write_bytes(good)
    saves.ends_well()
    figures.note(files=count, refused=refused, tracebacks=0, wrong_writes=0)


def test_worker_writes_nothing_wrong_when_the_answers_of_stash_are_damaged(saves, scale, figures):
    stash = SpoiledStash(saves.stepper.stash)
    address = saves.stepper.plex.url.encode()

    def spoil(body: bytes) -> bytes:
        """All but Plex's address, which would lead to strange machines."""
        parts = body.split(address)
        at = saves.random.randrange(len(parts))
        parts[at] = damaged(parts[at], saves.random)
        return address.join(parts)

    count = scale.pick(25, 1500)
    damage = in_bad_company(saves, count, spoil, lambda given: setattr(stash, "spoil", given))
    figures.note(saves=count, damaged_answers=damage, tracebacks=0, wrong_writes=0)


def test_worker_writes_nothing_wrong_when_the_answers_of_plex_are_damaged(saves, scale, figures):
    plex = SpoiledPlex(saves.stepper.plex)

    def spoil(body: bytes) -> bytes:
        return damaged(body, saves.random)

    count = scale.pick(25, 1500)
    damage = in_bad_company(saves, count, spoil, lambda given: setattr(plex, "spoil", given))
    figures.note(saves=count, damaged_answers=damage, tracebacks=0, wrong_writes=0)


def in_bad_company(saves: Saves, count: int, spoil: Spoil, use: Callable[[Spoil | None], None]) -> int:
    """`count` saves, some of whose answers are damaged; how many answers were."""
    damage = 0

    def sometimes(body: bytes) -> bytes:
        nonlocal damage
        if saves.random.random() < 0.5:
            return body
        damage += 1
        return spoil(body)

    for _ in range(count):
        use(sometimes)
        saves.save()
        use(None)
        saves.stepper.connect()
        saves.stepper.now += saves.stepper.drain()
    saves.ends_well()
    assert damage > 0
    return damage


@pytest.mark.parametrize("kind", ["garbage", "truncated", "bomb", "html"])
def test_worker_writes_nothing_wrong_when_an_answer_of_plex_is(kind, saves):
    for place in ("metadata", "listing", "sections", "identity", "edit"):
        fault = saves.stepper.plex.faults.add(Fault(kind, times=2, request_kind=place))
        saves.save()
        saves.stepper.plex.faults.clear_faults()
        assert fault.hits <= 2
        saves.stepper.now += saves.stepper.drain()
    saves.ends_well()


# -- values -----------------------------------------------------------------------------------------------------------

HOSTILE = {
    "control characters": {"title": "Big\x01Buck\x0b\x1f Bunny\x7f\ufffe", "details": "one\r\ntwo\ttabs\x00nothing"},
    "right to left": {"title": "\u202eynnuB kcuB giB\u202c \u200f\u05d0\u05e8\u05e0\u05d1\u05ea", "details": "\u2066x\u2069"},
    "emoji": {"title": "\U0001f430\u200d\U0001f525 \U0001f1e9\U0001f1ea", "tags": ["\U0001f469\u200d\U0001f469\u200d\U0001f466", "e\u0301"]},
    "a very long summary": {"details": "A giant rabbit. \u00e9 & <b> % + ; # " * 3000},
    "a very long title": {"title": "Bunny " * 2000},
    "tags of signs": {"tags": ["a,b", "a&b=c", "50%", "%2C", "x[0].tag.tag", "a;b", "a+b", "#1", '"q"', "<b>", " x ", "\\", "?", "a/b", "tag-"]},
    "look-alike tags": {"tags": ["Stra\u00dfe", "STRASSE", "\u0130stanbul", "istanbul", "K", "\u212a"]},
    "markup": {"title": "<![CDATA[x]]> &amp; &lt; <?xml?>", "details": "</Video><Video ratingKey='1'/>"},
    "queries": {"title": "x&id=1,2,3&type=1", "details": "'; DROP TABLE parts; --", "director": "a=b&title.value=c"},
    "2,000 performers": {"performers": [f"Performer {number:04d}" for number in range(2000)]},
    "nothing but blanks": {"title": " \u00a0\u2003", "details": "\n\n", "director": "\t"},
}  # fmt: skip


TOO_LONG = {"a very long title": "title", "a very long summary": "summary"}


@pytest.fixture
def hostile(build) -> tuple[Stepper, dict[str, Movie]]:
    """A film for each kind of value, saved and not yet synced."""
    stepper: Stepper = build()
    films = dict(zip(HOSTILE, stepper.add(*(f"Film {number}" for number in range(len(HOSTILE)))), strict=True))
    for name, fields in HOSTILE.items():
        stepper.save(films[name], **fields)
    return stepper, films


def test_second_sync_writes_nothing_when_the_values_are_hostile(hostile, figures):
    stepper, films = hostile
    stepper.plex.options.url_limit = 1_000_000
    stepper.finish()
    assert "Traceback" not in stepper.log()
    assert stepper.dead_letters() == []
    assert len(stepper.shown(films["2,000 performers"]).tags["actor"]) == 2000
    assert stepper.shown(films["a very long summary"]).summary.startswith("A giant rabbit. \u00e9 & <b> %")
    assert stepper.shown(films["queries"]).title == "x&id=1,2,3&type=1"
    assert {"a,b", "a&b=c", "50%", "%2C", "x[0].tag.tag"} <= set(stepper.shown(films["tags of signs"]).tags["genre"])
    assert again(stepper, films) == {}
    figures.note(kinds_of_values=len(HOSTILE), dead_letters=0, writes_of_second_sync=0)


def test_field_that_plex_takes_in_no_way_is_named_and_the_others_are_written(hostile):
    stepper, films = hostile
    stepper.plex.options.tag_lists = "replace"
    for name in TOO_LONG:
        stepper.save(films[name], director="Ada Example")
    stepper.finish()
    assert stepper.dead_letters() == []
    for name, field in TOO_LONG.items():
        assert f"{field} was not written: it needs a request of" in stepper.log()
        assert stepper.shown(films[name]).tags["director"] == ("Ada Example",)
    assert "actor was not written: it needs a request of" in stepper.log()
    assert stepper.shown(films["2,000 performers"]).tags.get("actor", ()) == ()
    assert again(stepper, films) == {}
    assert "Traceback" not in stepper.log()


def again(stepper: Stepper, films: dict[str, Movie]) -> dict[str, int]:
    """Sync each film alone once more; the writes by kind of value, where there were any."""
    found = {}
    for name, film in films.items():
        before = stepper.writes()
        stepper.append({"type": "Scene.Update.Post", "id": film.scene_id, "input": {"id": "1", "title": "x"}})
        stepper.finish()
        if stepper.writes() != before:
            found[name] = stepper.writes() - before
    return found


def test_second_sync_writes_nothing_when_stash_sends_half_a_surrogate_pair(stepper):
    stash = SpoiledStash(stepper.stash)
    stash.spoil = lambda body: body.replace(b"HALF", b"\\ud83d")
    (film,) = stepper.add("Sintel")
    stepper.save(film, title="a HALF b", details="HALF", tags=["HALF", "whole"])
    stepper.finish()
    writes = stepper.writes()
    assert stepper.shown(film).title.startswith("a ")
    assert again(stepper, {"half": film}) == {}
    assert (stepper.writes(), stepper.dead_letters()) == (writes, [])
    assert "Traceback" not in stepper.log()


def test_path_that_is_not_utf8_keeps_nobody_from_plex(stepper):
    """Where a path holds bytes that are no UTF-8, what arrives of it is U+FFFD, and two files may show one path.

    Such a file is never guessed.
    """
    stash = SpoiledStash(stepper.stash)
    stash.spoil = lambda body: body.replace(b"@@", b"\xff\xc3")
    names = [f"{'d@@' * 60}/" * 21 + f"{letter}@@" for letter in "ab"]
    odd = [Movie(n, stepper.stash.add_scene(path=f"/data/movies/{n}.mkv"), 0) for n in names]
    lost = [
        stepper.plex.state.add_item(stepper.section, f"/media/movies/{n.replace('@@', chr(0xFFFD) * 2)}.mkv")
        for n in names
    ]
    assert len(names[0].replace("@@", "\ufffd\ufffd").encode()) > 4000
    (film,) = stepper.add("Sintel")
    for movie in (*odd, film):
        stepper.save(movie, title="Sintel!")
    stepper.now += stepper.drain()
    assert stepper.shown(film).title == "Sintel!"
    written = {int(record.first("id")) for record in stepper.plex.journal.records("edit")}
    assert written <= {film.rating_key, *lost}
    assert "Traceback" not in stepper.log()


def test_scene_of_200_files_is_synced_once_when_plex_has_them_all(stepper):
    files = [f"movies/Part {number}/Cosmos Laundromat {number}.mkv" for number in range(200)]
    scene_id = stepper.stash.add_scene(files=[f"/data/{file}" for file in files])
    key = stepper.plex.state.add_item(stepper.section, [f"/media/{file}" for file in files])
    other = stepper.plex.state.add_item(stepper.section, "/media/movies/Part 7/Cosmos Laundromat 8.mkv", title="Other")
    film = Movie("Cosmos Laundromat", scene_id, key)
    stepper.save(film, title="Cosmos Laundromat!")
    stepper.finish()
    assert (stepper.shown(film).title, stepper.plex.state.item(other).title) == ("Cosmos Laundromat!", "Other")
    assert again(stepper, {"many files": film}) == {}
