"""The brake on mass emptying: what is held, what never is, what the answer does, and what ends a hold by itself."""

from collections.abc import Sequence
from typing import Any

import pytest

from records import Held, Written
from settings.settings import Settings
from sync_queue.models import METADATA, create_sync_job
from sync_queue.pending import clear_pending_items
from sync_queue.questions import error_counts
from tests.stepper import Stepper
from worker.control.jobs import control_job
from worker.control.kinds import ANSWER
from worker.control.news import NEWS_S
from worker.sync.brake import bounds_of

AN_HOUR_S = 3600.0
A_DAY_S = 24 * AN_HOUR_S


class Films:
    """`count` films that Plex shows with all their values; `keys` leads from scenes to items."""

    def __init__(self, stepper: Stepper, count: int, **fields: Any) -> None:
        self.stepper = stepper
        stash = {
            "title": "The Film",
            "details": "Of a rabbit.",
            "tags": ["Animation"],
            "performers": ["Ada Example"],
            **fields,
        }
        self.keys = {
            stepper.scene(f"Film {number}.mkv", **stash): stepper.item(f"Film {number}.mkv") for number in range(count)
        }
        stepper.sync(*self.keys)

    @property
    def scenes(self) -> list[int]:
        """Ids, ascending."""
        return list(self.keys)

    def have(self, *scenes: int, **fields: Any) -> None:
        """Change values of these scenes in Stash (of all where none are given); no hook fires."""
        library = self.stepper.stash.library
        for scene_id in scenes or self.scenes:
            for name, value in fields.items():
                setattr(library.scene(scene_id), name, value)
            library.touch(library.scene(scene_id))

    def summaries(self) -> int:
        """How many items still have a summary."""
        return sum(bool(self.stepper.shown(key).summary) for key in self.keys.values())

    def tagged(self, field: str) -> int:
        """How many items still have names in this list."""
        return sum(bool(self.stepper.shown(key).tags.get(field)) for key in self.keys.values())


def held(stepper: Stepper) -> Held:
    return stepper.records.emptyings.held()


def waiting(stepper: Stepper) -> int:
    """Jobs that wait for the answer."""
    return error_counts(stepper.data_dir / "queue").get("HeldError", 0)


def answer(stepper: Stepper, choice: str, until: float | None = None) -> None:
    """Answer as a person who has seen what was held up to `until`."""
    data = {"answer": choice, "until": stepper.now if until is None else until}
    stepper.put(control_job(ANSWER, data, now=stepper.now))
    stepper.drain()


def bulk(stepper: Stepper, scenes: Sequence[int], *fields: str) -> None:
    """The rows that the hooks of an edit of many leave behind."""
    data = {"fields": list(fields), "many": True}
    stepper.put(*(create_sync_job(scene_id, METADATA, data, now=stepper.now) for scene_id in scenes))
    stepper.drain()


def have_written(stepper: Stepper, items: int) -> None:
    """Record that `items` others were written to, so that the library counts as large."""
    stepper.records.written.record_many(
        Written(10_000 + number, 10_000 + number, 1, {"title": "x"}, synced_at=1.0) for number in range(items)
    )


def test_mass_emptying_is_held_when_no_save_named_the_field(stepper: Stepper) -> None:
    key, other = stepper.item("Other.mkv"), stepper.scene("Other.mkv", title="Other!")
    films = Films(stepper, 40)
    films.have(details="")
    stepper.sync(*films.scenes, other)
    assert films.summaries() == 40
    assert held(stepper).items == waiting(stepper) == 40
    assert held(stepper).fields == {"summary": 40}
    assert stepper.shown(key).title == "Other!"
    assert stepper.dead_letters() == []
    assert stepper.records.pauses.current() is None


def test_codes_that_got_lost_empty_no_mass_of_taglines(stepper: Stepper) -> None:
    stepper.configure(code_to="tagline")
    films = Films(stepper, 40, code="OM-1")
    films.have(code="")
    stepper.sync(*films.scenes)
    assert {stepper.shown(key).values["tagline"] for key in films.keys.values()} == {"OM-1"}
    assert held(stepper).fields == {"tagline": 40}
    stepper.sync(films.scenes[0], fields=("code",))  # a save that names it
    assert "tagline" not in stepper.shown(films.keys[films.scenes[0]]).values


def test_what_was_emptied_within_the_hour_counts_over_a_restart(stepper: Stepper) -> None:
    films = Films(stepper, 40)
    films.have(details="")
    stepper.sync(*films.scenes[:25])
    assert (films.summaries(), held(stepper).items) == (15, 0)
    stepper.restart()
    stepper.now += AN_HOUR_S - 60
    stepper.sync(*films.scenes[25:])
    assert (films.summaries(), held(stepper).items) == (15, 15)


def test_what_was_emptied_longer_ago_counts_no_more(stepper: Stepper) -> None:
    films = Films(stepper, 40)
    films.have(details="")
    stepper.sync(*films.scenes[:25])
    stepper.now += AN_HOUR_S + 1
    stepper.sync(*films.scenes[25:])
    assert (films.summaries(), held(stepper).items) == (0, 0)


def test_what_is_held_stays_so_for_days_and_uses_no_attempt(stepper: Stepper) -> None:
    films = Films(stepper, 30)
    films.have(details="")
    stepper.sync(*films.scenes)
    for _ in range(8):
        stepper.later(A_DAY_S)
    assert (films.summaries(), waiting(stepper), stepper.dead_letters()) == (30, 30, [])


def test_further_losses_are_held_while_a_question_is_open(stepper: Stepper) -> None:
    films = Films(stepper, 31)
    films.have(details="")
    stepper.sync(*films.scenes[:30])
    stepper.now += 2 * AN_HOUR_S
    stepper.sync(films.scenes[30])
    assert held(stepper).items == 31


@pytest.mark.parametrize(
    ("lost", "field"),
    [
        ({"tag_ids": ()}, "genre"),
        ({"performer_ids": ()}, "actor"),
        ({"title": ""}, "title"),
        ({"details": ""}, "summary"),
        ({"studio_id": None}, "collection"),
    ],
)
def test_title_summary_and_lists_but_directors_count(stepper: Stepper, lost: dict[str, Any], field: str) -> None:
    stepper.configure(collections_from="studio")
    films = Films(stepper, 26, studio="Open Movies")
    films.have(**lost)
    stepper.sync(*films.scenes)
    assert held(stepper).fields == {field: 26}


def test_other_fields_and_single_names_are_no_losses(stepper: Stepper) -> None:
    films = Films(
        stepper, 30, tags=["Animation", "Short"], director="Dana Director", studio="Open Movies", rating100=80
    )
    films.have(director="", studio_id=None, rating100=None, tag_ids=(1,))
    stepper.sync(*films.scenes)
    assert held(stepper).items == 0
    assert all(
        stepper.shown(key).tags == {"genre": ("Animation",), "actor": ("Ada Example",)} for key in films.keys.values()
    )


def test_files_that_are_renamed_are_no_loss_when_scenes_have_no_title(stepper: Stepper) -> None:
    films = Films(stepper, 30, title="")
    stepper.now += 60
    for scene_id, key in films.keys.items():
        stepper.stash.library.scene(scene_id).files[0].path = f"/data/Renamed {key}.mkv"
        stepper.plex.state.items[key].media = ((f"/media/Renamed {key}.mkv",),)
        stepper.plex.state.touch(stepper.plex.state.items[key])
    films.have()
    stepper.sync(*films.scenes)
    stepper.later(2)
    assert held(stepper).items == 0
    assert all(stepper.shown(key).title == f"Renamed {key}" for key in films.keys.values())


def test_save_of_one_scene_is_never_held(stepper: Stepper) -> None:
    films = Films(stepper, 60)
    films.have(details="")
    stepper.sync(*films.scenes[:40])
    assert held(stepper).items == 40
    for scene_id in films.scenes:
        stepper.sync(scene_id, fields=("details", "title"))
    assert (films.summaries(), held(stepper).items, waiting(stepper)) == (0, 0, 0)


def test_save_that_did_not_name_the_field_is_no_word_for_its_loss(stepper: Stepper) -> None:
    films = Films(stepper, 30)
    films.have(details="", title="Another title")
    stepper.sync(*films.scenes, fields=("title",))
    assert films.summaries() == held(stepper).items == 30


def test_edit_of_many_passes_when_it_names_the_field_and_is_below_a_tenth_of_the_library(stepper: Stepper) -> None:
    films = Films(stepper, 30)
    have_written(stepper, 270)
    films.have(details="")
    bulk(stepper, films.scenes, "details")
    assert (films.summaries(), held(stepper).items) == (0, 0)


@pytest.mark.parametrize(
    ("source", "lost", "sent"),
    [
        ("studio", {"studio_id": None}, "studio_id"),
        ("network", {"studio_id": None}, "studio_id"),
        ("performers", {"performer_ids": ()}, "performer_ids"),
    ],
)
def test_edit_of_many_names_collections_by_what_they_are_made_of(
    stepper: Stepper, source: str, lost: dict[str, Any], sent: str
) -> None:
    stepper.configure(collections_from=source, skip_fields="actor")
    stepper.stash.library.add_studio("Blender")
    stepper.stash.library.add_studio("Open Movies", parent_id=1)
    films = Films(stepper, 30, studio="Open Movies")
    assert films.tagged("collection") == 30
    have_written(stepper, 270)
    films.have(**lost)
    bulk(stepper, films.scenes, sent)
    assert (films.tagged("collection"), held(stepper).items) == (0, 0)


def test_edit_of_many_is_held_when_it_is_more_than_a_tenth_of_the_library(stepper: Stepper) -> None:
    films = Films(stepper, 31)
    have_written(stepper, 270)
    films.have(details="")
    bulk(stepper, films.scenes, "details")
    assert films.summaries() == held(stepper).items == 31


def test_edit_of_many_is_held_when_it_is_more_than_two_hundred_whatever_the_library(stepper: Stepper) -> None:
    stepper.fine_tune(batch_size=300)
    films = Films(stepper, 250)
    have_written(stepper, 9000)
    films.have(details="")
    bulk(stepper, films.scenes, "details")
    assert films.summaries() == held(stepper).items == waiting(stepper) == 250


def test_deleted_tag_is_no_save_of_its_scenes(stepper: Stepper) -> None:
    films = Films(stepper, 30)
    stepper.stash.library.tags.pop(1)
    films.have(tag_ids=())
    stepper.put(
        {
            "scene_id": None,
            "update_type": "tag",
            "data": {"event": "destroy", "ids": [1]},
            "enqueued_at": stepper.now,
            "job_key": "tag_1",
        }
    )
    stepper.drain()
    assert films.tagged("genre") == held(stepper).items == 30


def test_bounds_are_settings(stepper: Stepper) -> None:
    films = Films(stepper, 12)
    stepper.fine_tune(emptying_limit=10)
    films.have(details="")
    stepper.sync(*films.scenes)
    assert held(stepper).items == 12


@pytest.mark.parametrize(("items", "at_most"), [(0, 25), (100, 25), (1000, 100), (5000, 200), (100_000, 200)])
def test_bound_is_a_tenth_of_the_library_within_the_two_settings(items: int, at_most: int) -> None:
    bounds = bounds_of(Settings(), items)
    assert (bounds.unnamed, bounds.any) == (25, at_most)


# -- the answer --------------------------------------------------------------------------------------------------------


def test_answer_empty_empties_and_counts_no_more(stepper: Stepper) -> None:
    films = Films(stepper, 41)
    films.have(details="")
    stepper.sync(*films.scenes[:40])
    answer(stepper, "empty")
    assert (films.summaries(), held(stepper).items, waiting(stepper)) == (1, 0, 0)
    stepper.sync(films.scenes[40])
    assert films.summaries() == 0


def test_answer_keep_keeps_what_plex_shows_and_lets_the_rest_go(stepper: Stepper) -> None:
    films = Films(stepper, 40)
    films.have(details="", rating100=90)
    stepper.sync(*films.scenes)
    answer(stepper, "keep")
    assert (films.summaries(), held(stepper).items, waiting(stepper)) == (40, 0, 0)
    assert all(stepper.shown(key).user_rating == 9.0 for key in films.keys.values())
    stepper.sync(*films.scenes)
    stepper.sync(films.scenes[0], fields=("details",))
    assert films.summaries() == 40


def test_keep_lasts_until_stash_has_a_value_again(stepper: Stepper) -> None:
    films = Films(stepper, 26)
    films.have(details="", title="")
    stepper.sync(*films.scenes)
    answer(stepper, "keep")
    films.have(details="Of a giant rabbit.", title="The New Film")
    stepper.sync(*films.scenes)
    assert {stepper.shown(key).summary for key in films.keys.values()} == {"Of a giant rabbit."}
    assert {stepper.shown(key).title for key in films.keys.values()} == {"The New Film"}
    assert stepper.records.emptyings.of_scenes(films.scenes) == {}
    stepper.sync(films.scenes[0], fields=("details",))
    films.have(films.scenes[0], details="")
    stepper.sync(films.scenes[0], fields=("details",))
    assert films.summaries() == 25


def test_keep_lasts_while_the_scenes_are_left_out(stepper: Stepper) -> None:
    films = Films(stepper, 30)
    films.have(details="")
    stepper.sync(*films.scenes)
    answer(stepper, "keep")
    stepper.configure(only_organized=True)
    stepper.sync(*films.scenes)
    stepper.configure()
    for scene_id in films.scenes:
        stepper.sync(scene_id)
    assert films.summaries() == 30


def test_answer_reaches_only_what_the_person_had_seen(stepper: Stepper) -> None:
    films = Films(stepper, 60)
    films.have(details="")
    stepper.sync(*films.scenes[:30])
    seen_at = stepper.now
    stepper.now += 60
    stepper.sync(*films.scenes[30:])
    answer(stepper, "empty", until=seen_at)
    assert (films.summaries(), held(stepper).items) == (30, 30)


def test_answer_reaches_scenes_whose_jobs_were_dropped(stepper: Stepper) -> None:
    films = Films(stepper, 30)
    films.have(details="")
    stepper.sync(*films.scenes)
    clear_pending_items(stepper.data_dir / "queue")
    answer(stepper, "empty")
    assert films.summaries() == 0


def test_answer_is_refused_when_it_is_none(stepper: Stepper) -> None:
    answer(stepper, "perhaps")
    assert [letter["error_type"] for letter in stepper.dead_letters()] == ["PermanentError"]


# -- what ends a hold by itself ----------------------------------------------------------------------------------------


def test_hold_is_over_when_stash_has_its_values_again(stepper: Stepper) -> None:
    films = Films(stepper, 40)
    films.have(details="")
    stepper.sync(*films.scenes)
    films.have(details="Of a rabbit.")
    stepper.sync(*films.scenes)
    assert (films.summaries(), held(stepper).items, waiting(stepper)) == (40, 0, 0)


def test_hold_is_over_when_the_scene_is_gone_or_left_out(stepper: Stepper) -> None:
    films = Films(stepper, 30)
    films.have(details="")
    stepper.sync(*films.scenes)
    first, second, *_ = films.scenes
    stepper.stash.library.scenes.pop(first)
    stepper.stash.library.scene(second).files = ()
    stepper.sync(first, second)
    assert held(stepper).items == 28


def test_change_of_settings_is_asked_with_its_number_and_then_goes_through(stepper: Stepper) -> None:
    films = Films(stepper, 30)
    stepper.configure(tags_to="labels")
    stepper.sync(*films.scenes)
    assert held(stepper).fields == {"genre": 30}
    assert (films.tagged("genre"), films.tagged("label")) == (30, 0)
    answer(stepper, "empty")
    assert (films.tagged("genre"), films.tagged("label")) == (0, 30)


def test_log_says_it_once_and_not_for_each_job(stepper: Stepper, caplog: pytest.LogCaptureFixture) -> None:
    films = Films(stepper, 66)
    films.have(details="")
    with caplog.at_level("INFO", "stash2plex.worker"):
        stepper.sync(*films.scenes[:30])
        stepper.sync(*films.scenes[30:35])
        answer(stepper, "keep")
        stepper.sync(*films.scenes[35:])
    messages = [record.getMessage() for record in caplog.records if "Held" in record.getMessage()]
    assert len(messages) == 2
    assert "30 items in Plex would lose what Stash no longer has: 30 their summary" in messages[0]
    assert "for example of the scenes 1, 2, 3, 4, 5. Empty Held Fields" in messages[0]
    assert "The Film" not in messages[0]
    assert not any("waits" in record.getMessage() for record in caplog.records)


def test_setting_that_is_put_right_ends_what_is_held_for_it_at_once(stepper: Stepper) -> None:
    films = Films(stepper, 30)
    stepper.now += 60
    for excluded, held in (("Animation", 30), ("", 0)):
        stepper.now += 60
        stepper.configure(exclude_tags=excluded)
        for _ in range(2):
            stepper.drain()
        assert (stepper.records.emptyings.held().items, stepper.stats()["pending"]) == (held, held)
    assert films.tagged("genre") == 30


def test_values_that_are_back_end_what_is_held_though_no_hook_fires(stepper: Stepper) -> None:
    films = Films(stepper, 30)
    stepper.later(NEWS_S)
    tags = stepper.stash.library.scene(films.scenes[0]).tag_ids
    for had, held in (((), 30), (tags, 0)):
        stepper.now += 60
        films.have(tag_ids=had)
        for _ in range(2):
            stepper.later(NEWS_S)
        assert (stepper.records.emptyings.held().items, stepper.stats()["pending"]) == (held, held)
    assert films.tagged("genre") == 30
