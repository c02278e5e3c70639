"""The acts of the demo, in their order.

Each does what a user does, shows what Plex makes of it, and notes what is wrong.
"""

from statistics import median

from tests.demo.films import FILMS, png, sha1
from tests.demo.paper import all_of, heading, quoted, span
from tests.demo.stage import Stage
from tests.house import kill

_RENAMED = "Ada Renamed"
_PAUSED = "Paused, nothing is lost"
_STATUS_LINES = 5
_AWAY = ("Elephants Dream", "Caminandes", "Glass Half", "Hero", "Spring")


def saving(stage: Stage) -> None:
    """A dozen films, one save each; the first finds no worker."""
    print(heading("1  A dozen films are saved in Stash, one after the other"))
    for number, film in enumerate(FILMS):
        before, poster = stage.shown(film.title), sha1(film.cover)
        seconds = stage.timed(
            "warm" if number else "cold",
            lambda film=film: stage.save(film.title, **film.fields),
            lambda film=film, poster=poster: (
                (stage.shown(film.title).title, stage.shown(film.title).poster_sha1) == (film.title, poster)
            ),
        )
        print(
            f"  {span(seconds)}  {film.title}" + ("" if number else "   (no worker was running: this save started it)")
        )
        print(all_of(before, "-"))
        print(all_of(stage.shown(film.title), "+"))
        stage.expect_right(film.title)


def changing(stage: Stage) -> None:
    """Removals, a new cover, a user's own genre, a save that changes nothing."""
    print(heading("2  Changes, removals and a new cover"))
    stage.change(
        "Sintel",
        "a performer is removed",
        lambda item: item.tags["actor"] == ("Ada Example",),
        performers=["Ada Example"],
    )
    house, (_, movie) = stage.house, stage.films["Tears of Steel"]
    with house.plex.state.lock:
        item = house.plex.state.items[movie.rating_key]
        mine = house.plex.state.tags.taggings("genre", ["Watched with Cy"])
        item.tags = {**item.tags, "genre": (*item.tags["genre"], *mine)}
    stage.change(
        "Tears of Steel",
        "a tag is removed; the genre that the user typed in Plex stays",
        lambda item: set(item.tags["genre"]) == {"Robots", "Watched with Cy"},
        tags=["Robots"],
    )
    cover = png(40, 60, (20, 20, 220))
    stage.change("Hero", "a new cover", lambda item: item.poster_sha1 == sha1(cover), cover=cover)
    stage.change(
        "Spring",
        "the summary and the rating are emptied",
        lambda item: not item.summary and item.user_rating is None,
        details="",
        rating100=None,
    )
    writes = stage.writes()
    seconds = stage.house.save(stage.films["Coffee Run"][1], title="Coffee Run", performers=["Di Probe", "Ada Example"])
    stage.house.wait(stage.house.is_drained)
    print(f"  {span(seconds)}  Coffee Run: saved again without a change, {stage.writes() - writes} requests that write")
    stage.expect(stage.writes() == writes, "a save without a change was written to Plex")
    stage.expect_right("Sintel", performers=["Ada Example"])
    stage.expect_right("Hero", cover=cover)


def renaming(stage: Stage) -> None:
    """One rename of a performer, for which Stash starts no scene's hook at all."""
    print(heading("3  A performer is renamed: Stash tells of no scene, all of them change"))
    titles = [film.title for film in FILMS if "Ada Example" in stage.shown(film.title).tags.get("actor", ())]
    performer = next(
        performer.id for performer in stage.house.stash.library.performers.values() if performer.name == "Ada Example"
    )
    seconds = stage.timed(
        "rename",
        lambda: stage.house.stash.rename_performer(performer, _RENAMED),
        lambda: all(_RENAMED in stage.shown(title).tags["actor"] for title in titles),
    )
    print(f"  {span(seconds)}  Ada Example → {_RENAMED} in {len(titles)} films: {', '.join(titles)}")
    stage.expect(
        not any("Ada Example" in stage.shown(film.title).tags["actor"] for film in FILMS), "the old name is still there"
    )


def killing(stage: Stage) -> None:
    """A bulk edit of everything; the worker is killed in the middle of it."""
    print(heading("4  All films get a tag at once, and the worker is killed in the middle (kill -9)"))
    house = stage.house
    house.plex.options.write_latency_ms = 60
    movies = [movie for _, movie in stage.films.values()]
    ids = [movie.scene_id for movie in movies]
    house.stash.edit_scenes(ids, tags=["Open Movie"], mode="ADD")
    house.wait(lambda: _tagged(stage) >= 1)
    kill(house.worker())
    before = _tagged(stage)
    house.plex.options.write_latency_ms = None
    seconds = stage.timed(
        "killed", lambda: stage.save("Sprite Fright", rating100=95), lambda: _tagged(stage) == len(FILMS)
    )
    print(f"           {before} of {len(FILMS)} films were done when it died")
    print(f"  {span(seconds)}  after one more save a new worker has finished: {_tagged(stage)} of {len(FILMS)}")
    house.wait(house.is_drained)
    stage.expect(not house.dead_letters(), "a job became a dead letter")


def _tagged(stage: Stage) -> int:
    return sum("Open Movie" in stage.shown(film.title).tags.get("genre", ()) for film in FILMS)


def outage(stage: Stage) -> None:
    """Plex goes away, saves go on, Plex comes back."""
    print(heading("5  Plex is switched off; the user goes on saving"))
    house = stage.house
    pauses = house.log().count(_PAUSED)
    house.plex.refuse()
    waited = [stage.save(title, details=f"Saved while Plex was away: {title}.") for title in _AWAY]
    print(f"  {span(median(waited))}  is what each of {len(_AWAY)} saves takes (median): the user notices nothing")
    house.wait(lambda: house.log().count(_PAUSED) > pauses)
    run = house.stash.wait_for_task(house.stash.run_task("View Queue Status"), 20)
    print("           View Queue Status says:")
    for level, line in reversed(run.log[-_STATUS_LINES:]):  # the newest on top, as on Stash's page
        print(quoted(line, "!" if level in ("warning", "error") else "|"))
    stage.expect(run.exit_status == 0, f"View Queue Status failed: {run.error}")
    stage.expect(house.stats()["pending"] >= len(_AWAY), "not every save waits in the queue")
    seconds = stage.timed(
        "back", house.plex.accept, lambda: all("while Plex was away" in stage.shown(title).summary for title in _AWAY)
    )
    print(f"  {span(seconds)}  after Plex is back all {len(_AWAY)} saves have arrived, without another save")
    house.wait(house.is_drained)
    stage.expect(not house.dead_letters(), "a job became a dead letter")
    stage.expect(house.stats()["failed"] == 0, "a job has failed")
