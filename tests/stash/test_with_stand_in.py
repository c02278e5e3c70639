"""Against the stand-in Stash: what needs state, time or a login."""

from collections.abc import Iterator

import pytest

from stash.client import StashClient
from stash.errors import StashRejected, StashUnauthorized, StashUnreachable
from stash.fitness import require_fit
from stash.model import Named, Outline
from stash.pictures import CoverPicture, NotModified, cover
from stash.scenes import Kind, newest_scenes, outlines_page, scene_ids_page, scene_pages, scenes, scenes_of
from stash.settings_source import configuration
from tests.clock import Clock
from tests.fakes.stash import FakeStash

START = 1_795_393_093.0
JPEG = b"\xff\xd8\xff first"
OTHER_JPEG = b"\xff\xd8\xff second"


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def stash(clock: Clock) -> Iterator[FakeStash]:
    with FakeStash(clock=clock) as running:
        yield running


@pytest.fixture
def client(stash: FakeStash) -> Iterator[StashClient]:
    with StashClient.connect(stash.server_connection(), timeout_s=5) as connected:
        yield connected


def test_scene_tells_by_stashs_clock_when_it_was_asked_for(stash: FakeStash, client: StashClient, clock: Clock) -> None:
    """Never later than it was: the answer may have taken its time."""
    scene_id = stash.add_scene("Sintel")
    clock.now += 3600
    stash.set_latency(100)
    assert START + 3590 < scenes(client, [scene_id])[scene_id].read_at <= START + 3600 - 0.1
    stash.library.tells_time = False
    assert scenes(client, [scene_id])[scene_id].read_at == 0


def test_scene_has_all_that_reaches_plex_when_stash_has_it(stash: FakeStash, client: StashClient) -> None:
    scene_id = stash.add_scene(
        "Sintel",
        files=["/data/movies/Sintel.mp4", "/data/old/sintel.avi"],
        performers=["Ada Example", "Bob Sample"],
        tags=["Animation"],
        studio="Blender Studio",
        groups=["Open Movies"],
        date="2010-09-27",
        rating100=90,
        details="A girl and a dragon.",
        director="Colin Sample",
        organized=True,
    )
    scene = scenes(client, [scene_id])[scene_id]
    assert (scene.title, scene.date, scene.rating100, scene.organized) == ("Sintel", "2010-09-27", 90, True)
    assert [performer.name for performer in scene.performers] == ["Ada Example", "Bob Sample"]
    assert (scene.studio, [tag.name for tag in scene.tags]) == (Named(1, "Blender Studio"), ["Animation"])
    assert [group.name for group in scene.groups] == ["Open Movies"]
    assert scene.files == ("/data/movies/Sintel.mp4", "/data/old/sintel.avi")
    assert scene.updated_at == START


def test_moment_is_the_same_when_stash_tells_it_in_another_time_zone(stash: FakeStash, client: StashClient) -> None:
    scene_id = stash.add_scene("Sintel", path="/data/movies/Sintel.mp4")
    stash.library.settings.utc_offset_s = -int(5.5 * 3600)
    assert scenes(client, [scene_id])[scene_id].updated_at == START


def test_one_question_is_enough_when_some_of_many_scenes_are_gone(stash: FakeStash, client: StashClient) -> None:
    stash.populate(200)
    stash.destroy_scenes([3, 77])
    stash.log.reset()
    assert sorted(scenes(client, range(1, 201))) == [scene_id for scene_id in range(1, 201) if scene_id not in {3, 77}]
    assert stash.log.counts["graphql"] == 1


def test_one_question_is_enough_when_all_scenes_are_there(stash: FakeStash, client: StashClient) -> None:
    stash.populate(100)
    assert len(scenes(client, range(1, 101))) == 100
    assert stash.log.counts["graphql"] == 1


def test_every_scene_comes_once_when_others_come_and_go_between_pages(
    stash: FakeStash, client: StashClient, clock: Clock
) -> None:
    stash.populate(50)
    seen: list[int] = []
    for number, page in enumerate(scene_pages(client, 10), 1):
        seen += [ref.id for ref in page.refs]
        clock.now += 60
        stash.save_scene(number, title="saved in between")
        stash.destroy_scene(number + 6)
        if number <= 3:  # the last pages hold the new ones, too
            stash.add_scene("new in between")
    assert seen == list(range(1, 54))


def test_pages_say_how_many_remain_when_they_are_walked(stash: FakeStash, client: StashClient) -> None:
    stash.populate(25)
    assert [page.remaining for page in scene_pages(client, 10)] == [25, 15, 5]


def test_recent_scenes_are_those_saved_in_that_second_or_later_when_asked_since(
    stash: FakeStash, client: StashClient, clock: Clock
) -> None:
    for offset in (0, 1, 2, 3):
        clock.now = START + offset
        stash.add_scene(f"saved {offset} s later")
    assert [ref.id for ref in scene_ids_page(client, 0, 10, updated_since=START + 2.9).refs] == [3, 4]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("performer", "Ada Example"), ("studio", "Blender Studio"), ("tag", "Animation"), ("group", "Open Movies")],
)
def test_scenes_of_are_found_in_pages_when_they_belong_to(
    stash: FakeStash, client: StashClient, kind: Kind, name: str
) -> None:
    for number in range(5):
        stash.add_scene(
            f"with {number}",
            performers=["Ada Example"],
            studio="Blender Studio",
            tags=["Animation"],
            groups=["Open Movies"],
        )
        stash.add_scene(
            f"without {number}", performers=["Bob Sample"], studio="Other", tags=["Other"], groups=["Other"]
        )
    entries = {
        "performer": stash.library.performers,
        "studio": stash.library.studios,
        "tag": stash.library.tags,
        "group": stash.library.groups,
    }
    wanted = [entry_id for entry_id, entry in entries[kind].items() if entry.name == name]
    assert list(scenes_of(client, kind, wanted, per_page=2)) == [[1, 3], [5, 7], [9]]


def test_scenes_of_a_studio_are_its_own_and_those_right_below_when_there_are_others(
    stash: FakeStash, client: StashClient
) -> None:
    """Of those right below it is the network; of what is below these it is nothing."""
    parent = stash.library.add_studio("Blender Studio").id
    below = stash.library.add_studio("Short Films", parent_id=parent).id
    stash.library.add_studio("Very Short Films", parent_id=below)
    own, of_network, _ = (
        stash.add_scene("Sintel", studio="Blender Studio"),
        stash.add_scene("Spring", studio="Short Films"),
        stash.add_scene("Charge", studio="Very Short Films"),
    )
    assert list(scenes_of(client, "studio", [parent])) == [[own, of_network]]


def test_cover_is_fetched_again_only_when_its_bytes_changed(
    stash: FakeStash, client: StashClient, clock: Clock
) -> None:
    scene_id = stash.add_scene("Sintel", cover=JPEG)
    first = cover(client, scenes(client, [scene_id])[scene_id])
    assert isinstance(first, CoverPicture)
    assert first.data == JPEG
    clock.now += 60
    stash.save_scene(scene_id, title="Sintel, restored")
    saved = scenes(client, [scene_id])[scene_id]
    assert cover(client, saved, etag=first.etag) == NotModified()
    stash.library.scene(scene_id).cover = OTHER_JPEG
    changed = cover(client, saved, etag=first.etag)
    assert isinstance(changed, CoverPicture)
    assert changed.data == OTHER_JPEG


def test_cover_is_none_when_stash_would_draw_one(stash: FakeStash, client: StashClient) -> None:
    scene_id = stash.add_scene("Sintel")
    assert cover(client, scenes(client, [scene_id])[scene_id]) is None


def test_configuration_is_read_when_settings_were_saved(stash: FakeStash, client: StashClient) -> None:
    stash.configure_plugin({"plex_url": "http://127.0.0.1:32400", "dry_run": True})
    found = configuration(client)
    assert found.plugin_settings == {"plex_url": "http://127.0.0.1:32400", "dry_run": True}
    assert found.library_folders
    require_fit(found.version)


# --- the way in ---------------------------------------------------------------------------------------------------


def test_fresh_cookie_lets_us_in_when_a_login_was_just_configured(stash: FakeStash, client: StashClient) -> None:
    scene_id = stash.add_scene("Sintel", cover=JPEG)
    scene = scenes(client, [scene_id])[scene_id]
    stash.configure_login()
    with pytest.raises(StashUnauthorized):
        scenes(client, [scene_id])
    with pytest.raises(StashUnauthorized):
        cover(client, scene)
    client.replace_connection(stash.server_connection())
    assert scenes(client, [scene_id])
    assert cover(client, scene)


def test_cookie_outlives_its_hour_when_it_is_used(stash: FakeStash, clock: Clock) -> None:
    scene_id = stash.add_scene("Sintel")
    stash.configure_login()
    with StashClient.connect(stash.server_connection()) as client:
        for _ in range(4):
            clock.now += 3000
            assert scenes(client, [scene_id])
        clock.now += 3700
        with pytest.raises(StashUnauthorized):
            scenes(client, [scene_id])


def test_key_outlives_every_cookie_when_it_was_asked_for(stash: FakeStash, clock: Clock) -> None:
    scene_id = stash.add_scene("Sintel", cover=JPEG)
    stash.configure_login(api_key="MARKED-KEY")
    with StashClient.connect(stash.server_connection()) as client:
        assert client.persist() is True
        clock.now += 100_000
        stash.expire_cookies()
        scene = scenes(client, [scene_id])[scene_id]
        assert cover(client, scene)
        stash.restart()
        assert scenes(client, [scene_id])


def test_cookie_is_tried_when_the_key_was_made_anew(stash: FakeStash) -> None:
    scene_id = stash.add_scene("Sintel")
    stash.configure_login(api_key="MARKED-KEY")
    with StashClient.connect(stash.server_connection()) as client:
        client.persist()
        stash.configure_login(api_key="MARKED-OTHER")
        assert scenes(client, [scene_id])
        assert client.persist() is True
        assert "MARKED-OTHER" in client.secrets


def test_no_key_is_taken_when_stash_has_none(client: StashClient) -> None:
    assert client.persist() is False


# --- faults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("refuse", StashUnreachable),
        ("reset", StashUnreachable),
        ("hang", StashUnreachable),
        ("drip", StashUnreachable),
        ("500", StashUnreachable),
        ("502", StashUnreachable),
        ("html", StashUnreachable),
        ("truncated", StashUnreachable),
        ("locked", StashUnreachable),
        ("401", StashUnauthorized),
        ("422", StashRejected),
    ],
)
def test_fault_is_sorted_and_passes_when_it_is(stash: FakeStash, kind: str, error: type[Exception]) -> None:
    scene_id = stash.add_scene("Sintel")
    with StashClient.connect(stash.server_connection(), timeout_s=0.3) as client:
        stash.fault(kind, pause_s=0.02)
        with pytest.raises(error):
            scenes(client, [scene_id])
        stash.clear_faults()
    with StashClient.connect(stash.server_connection()) as client:
        assert scenes(client, [scene_id])


def test_client_goes_on_when_stash_was_restarted(stash: FakeStash, client: StashClient) -> None:
    scene_id = stash.add_scene("Sintel")
    assert scenes(client, [scene_id])
    stash.restart()
    assert scenes(client, [scene_id])


def test_outlines_hold_ids_and_files_and_no_contents(stash: FakeStash, client: StashClient) -> None:
    scene_id = stash.add_scene(
        "Sintel",
        files=["/data/Sintel.mp4", "/data/Sintel 4k.mp4"],
        performers=["Ada Example", "Bob Sample"],
        tags=["Short"],
        studio="Blender Studio",
        groups=["Open Movies"],
    )
    stash.add_scene("Spring", path="/data/Spring.mp4")
    whole = scenes(client, [scene_id])[scene_id]
    first, second = outlines_page(client, 0, 10).outlines
    assert first == Outline(
        scene_id,
        whole.updated_at,
        whole.sized_files,
        tuple(performer.id for performer in whole.performers),
        (whole.studio.id,) if whole.studio else (),
        tuple(tag.id for tag in whole.tags),
        tuple(group.id for group in whole.groups),
    )
    assert (second.performers, second.studios, second.tags, second.groups) == ((), (), (), ())


def test_outlines_come_in_smaller_pages_when_a_page_is_too_large(stash: FakeStash, client: StashClient) -> None:
    for number in range(4):
        stash.add_scene(files=[f"/data/{number}/{'long' * 1000}{part}.mp4" for part in range(1500)])
    seen, after, asked = [], 0, 0
    while after is not None and asked < 5:
        page = outlines_page(client, after, 100)
        seen += [outline.id for outline in page.outlines]
        after, asked = page.next_after, asked + 1
    assert seen == [1, 2, 3, 4]


def test_newest_scenes_come_first_and_no_more_than_are_asked_for(
    stash: FakeStash, client: StashClient, clock: Clock
) -> None:
    """Whatever is older is left out, although the bound in Stash's own words lies half a day back."""
    old = stash.add_scene("Old")
    clock.now += 3600
    scene_ids = [stash.add_scene("Sintel")]
    clock.now += 5
    scene_ids.append(stash.add_scene("Spring"))
    newest = newest_scenes(client, START + 3600, 3)
    assert newest is not None
    assert [ref.id for ref in newest] == [scene_ids[1], scene_ids[0]]
    assert newest_scenes(client, START + 3600, 2) is None, "there may be more"
    assert newest_scenes(client, START + 3601, 2) == newest[:1]
    assert newest_scenes(client, START + 7200, 2) == ()
    assert old not in scene_ids


def test_mark_of_a_scene_is_another_one_when_anything_differs_that_reaches_plex(
    stash: FakeStash, client: StashClient, clock: Clock
) -> None:
    scene_id = stash.add_scene("Sintel", path="/data/Sintel.mp4", tags=["Short"], cover=JPEG)
    before = scenes(client, [scene_id])[scene_id]
    stash.generate_cover(scene_id, OTHER_JPEG)
    clock.now += 5
    stash.library.touch(stash.library.scene(scene_id))
    assert scenes(client, [scene_id])[scene_id].mark == before.mark, "neither time nor cover"
    marks = {before.mark}
    for act in (
        lambda: stash.auto_tag(scene_id, tags=["Animation"]),
        lambda: stash.rename_tag(stash.library.tag_ids(["Short"])[0], "Brief"),
        lambda: stash.save_scene(scene_id, details="A girl and a dragon."),
        lambda: stash.scan_exchanged_file(scene_id, 4711),
    ):
        act()
        marks.add(scenes(client, [scene_id])[scene_id].mark)
    assert len(marks) == 5
