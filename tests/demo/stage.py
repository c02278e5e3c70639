"""The demo's stage: the house, the clock, and the list of what was not as it should be."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.demo.films import FILMS, Film, sha1
from tests.demo.paper import diff, span
from tests.fakes.plex import FakePlex, ItemSnapshot, Options
from tests.house import House, Movie

PLEX_ANSWERS_AFTER_MS = 5.0


@dataclass
class Stage:
    """Everything that the acts share. `times` are seconds from the user's save to the change in Plex, by kind."""

    house: House
    films: dict[str, tuple[Film, Movie]] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def build(cls, folder: Path) -> "Stage":
        """Both servers with a dozen films that Plex knows by the names of their files only.

        No path rule: the mapping has to be found out.
        """
        plex = FakePlex(Options(latency_ms=PLEX_ANSWERS_AFTER_MS))
        stage = cls(House(folder, plex=plex, settings={"path_rules": ""}))
        for film in FILMS:
            (movie,) = stage.house.add(film.file)
            stage.films[film.title] = (film, movie)
        return stage

    def shown(self, title: str) -> ItemSnapshot:
        """What Plex shows of a film now."""
        return self.house.shown(self.films[title][1])

    def save(self, title: str, /, **fields: Any) -> float:
        """Save a film as a user would; the seconds that the user waited."""
        return self.house.save(self.films[title][1], **fields)

    def timed(self, kind: str, act: Callable[[], object], arrived: Callable[[], bool]) -> float:
        """Do something in Stash, and wait until Plex shows it; the seconds from its beginning to that."""
        started = perf_counter()
        act()
        try:
            self.house.wait(arrived)
        except AssertionError as error:
            self.wrong.append(str(error).splitlines()[0])
        seconds = perf_counter() - started
        self.times.setdefault(kind, []).append(seconds)
        return seconds

    def change(self, title: str, what: str, arrived: Callable[[ItemSnapshot], bool], /, **fields: Any) -> None:
        """Save a film, and print which fields of its item changed."""
        before = self.shown(title)
        seconds = self.timed("warm", lambda: self.save(title, **fields), lambda: arrived(self.shown(title)))
        print(f"  {span(seconds)}  {title}: {what}")
        for line in diff(before, self.shown(title)):
            print(f"            {line}")

    def expect(self, holds: object, what: str) -> None:
        """Note what is wrong."""
        if not holds:
            self.wrong.append(what)

    def expect_right(self, title: str, /, **other: Any) -> None:
        """Note every field of a film in which Plex is not as the user wanted it.

        `other` stands in for the film's own values.
        """
        film, item = self.films[title][0], self.shown(title)
        wanted = {**film.fields, **other}
        seen = {
            "title": item.title,
            "details": item.summary,
            "studio": item.studio,
            "date": item.date,
            "rating100": item.user_rating and item.user_rating * 10,
            "director": ", ".join(item.tags.get("director", ())),
            "performers": sorted(item.tags.get("actor", ())),
            "tags": sorted(item.tags.get("genre", ())),
            "cover": item.poster_sha1,
        }
        expected = {
            **wanted,
            "performers": sorted(wanted["performers"]),
            "tags": sorted(wanted["tags"]),
            "cover": sha1(wanted["cover"]),
        }
        self.wrong += [
            f"{title}: {name} is {seen[name]!r}, not {expected[name]!r}"
            for name in seen
            if seen[name] != expected[name]
        ]

    def writes(self) -> int:
        """How many requests have changed something in Plex."""
        return self.house.plex.journal.count("edit", "rate", "picture_upload", "picture_select")

    def hook_times(self) -> Iterable[float]:
        """How long the user waited for each hook, in milliseconds."""
        return [run.wall_ms for run in self.house.stash.hook_runs]
