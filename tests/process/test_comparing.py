"""The daily comparison in true processes: it runs by itself, and where no worker lives an open page is enough."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import House


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[House]:
    """A house in which a day lasts a second."""
    with House(tmp_path) as house:
        house.fine_tune(reconcile_every_s=1, worker_idle_s=1)
        yield house


def test_worker_notices_by_itself_that_plex_has_an_item_anew(impatient: House) -> None:
    impatient.fine_tune(reconcile_every_s=1)
    (movie,) = impatient.add("Sintel", title="Open")
    impatient.save(movie, title="Sintel!")
    impatient.wait(impatient.has_title(movie))
    impatient.plex.state.remove_item(movie.rating_key)
    anew = impatient.plex.state.add_item(impatient.section, "/media/movies/Sintel/Sintel.mkv")
    impatient.wait(lambda: impatient.plex.state.item(anew).title == "Sintel!", "the item that Plex has anew")
    assert len(impatient.stash.hook_runs) == 1, "nobody saved"


def test_open_page_is_enough_for_the_comparison_when_the_worker_has_left(impatient: House) -> None:
    (movie,) = impatient.add("Sintel")
    impatient.save(movie, title="Sintel!")
    impatient.wait(impatient.has_title(movie))
    impatient.wait(lambda: not impatient.workers(), "the worker leaves")
    impatient.stash.library.ahead_s = 5
    impatient.stash.auto_tag(movie.scene_id, tags=["By auto-tag"])
    impatient.wait(lambda: impatient.stash.run_operation({"mode": "ui_overview"})["news_due"], "it is due", every_s=0.2)
    assert impatient.stash.run_operation({"mode": "ui_overview"})["sentence"]["text"] == "1 scene is in Plex."
    impatient.stash.run_operation({"mode": "ui_wake"})
    impatient.wait(lambda: "By auto-tag" in impatient.shown(movie).tags.get("genre", ()), "what no hook told")
