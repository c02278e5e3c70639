"""What studios, performers, tags and groups say of themselves, asked of the stand-in."""

from collections.abc import Iterator

import pytest

from stash.client import StashClient
from stash.entities import Entity, entities
from stash.pictures import CoverPicture, picture
from tests.fakes.stash import FakeStash

JPEG = b"\xff\xd8\xffpicture"


@pytest.fixture
def stash() -> Iterator[FakeStash]:
    with FakeStash() as running:
        yield running


@pytest.fixture
def client(stash: FakeStash) -> Iterator[StashClient]:
    with StashClient.connect(stash.server_connection(), timeout_s=5) as connected:
        yield connected


def questions(stash: FakeStash) -> int:
    return stash.log.counts["graphql"]


def test_entities_come_in_one_question_with_texts_and_pictures(stash: FakeStash, client: StashClient) -> None:
    library = stash.library
    studio = library.add_studio("Blender", details="Makes films.", image=JPEG)
    performer = library.add_performer("Ada Example", details="Plays.")
    tag = library.add_tag("Short", description="Below an hour.", image=JPEG)
    group = library.add_group("Open Movies", synopsis="All free.", front_image=JPEG, back_image=JPEG)
    wanted = [("studio", studio.id), ("performer", performer.id), ("tag", tag.id), ("group", group.id)]
    before = questions(stash)
    found = entities(client, [*wanted, ("studio", 99)])
    assert questions(stash) == before + 1
    assert list(found) == wanted
    assert [each.details for each in found.values()] == ["Makes films.", "Plays.", "Below an hour.", "All free."]
    image = f"/studio/{studio.id}/image?t={studio.updated_at}"
    assert found[wanted[0]] == Entity(
        "studio", studio.id, "Blender", studio.created_at, "Makes films.", poster_path=image, background_path=image
    )
    assert found[wanted[1]].poster_path == found[wanted[1]].background_path == ""
    assert found[wanted[3]].background_path == f"/group/{group.id}/backimage?t={group.updated_at}"


def test_pictures_of_entities_are_read(stash: FakeStash, client: StashClient) -> None:
    group = stash.library.add_group("Open Movies", front_image=JPEG)
    (found,) = entities(client, [("group", group.id)]).values()
    shown = picture(client, found.poster_path)
    assert isinstance(shown, CoverPicture)
    assert shown.data == JPEG
    assert found.background_path == ""


def test_nothing_is_asked_when_no_entity_is_wanted(stash: FakeStash, client: StashClient) -> None:
    before = questions(stash)
    assert entities(client, []) == {}
    assert questions(stash) == before
