"""The question about fields that would be emptied in many items at once, and its two answers."""

from playwright.sync_api import expect

from records import Records
from tests.ui import seed

QUESTION = "4 items in Plex would lose what Stash no longer has: 4 their summary."


def lost(world):
    """All four movies have lost their details in Stash, and the brake holds that: small bounds do for a small house."""
    world.fill()
    world.configure()
    world.fine_tune(emptying_limit=1, emptying_limit_any=1)
    world.sync()
    for scene_id in world.scenes.values():
        world.stash.library.scene(scene_id).details = ""
        world.stash.library.touch(world.stash.library.scene(scene_id))
    world.stash.wait_for_task(world.stash.run_task("Sync All Scenes to Plex"), 30)
    assert all(world.item(name).summary for name in world.scenes)


def test_page_asks_with_counts_and_examples_and_keeps_what_plex_shows(world, open_page, shot):
    lost(world)
    page = open_page("/plugins/stash2plex?tab=jobs")
    asked = page.get_by_label("What would be emptied")
    expect(asked).to_contain_text(QUESTION)
    expect(asked).to_contain_text("Sintel would lose its summary.")
    expect(page.get_by_role("link", name="4 items would be emptied: please answer").first).to_be_visible()
    expect(page.locator(".s2p-headline")).to_contain_text("4 scenes wait for your answer.")
    expect(page.get_by_role("region", name="Held: it would empty what Plex shows")).to_be_visible()
    expect(page.get_by_role("list", name="Held").get_by_role("listitem")).to_have_count(4)
    expect(page.get_by_role("list", name="Held")).to_contain_text("Its item in Plex would lose its summary;")
    expect(page.get_by_role("link", name="Sintel")).to_be_visible()
    shot(page, "held")
    page.get_by_role("button", name="Keep what Plex shows").click()
    expect(asked).to_have_count(0)
    world.until(world.is_drained, "the jobs are done")
    assert all(world.item(name).summary for name in world.scenes)


def test_page_empties_only_after_asking_once_more(world, open_page):
    lost(world)
    page = open_page()
    asked = page.get_by_label("What would be emptied")
    page.get_by_role("button", name="Empty them").click()
    expect(page.get_by_role("dialog")).to_contain_text("Empty fields of 4 items in Plex?")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(asked).to_contain_text(QUESTION)
    page.get_by_role("button", name="Empty them").click()
    page.get_by_role("dialog").get_by_role("button", name="Empty them").click()
    expect(asked).to_have_count(0)
    world.until(lambda: not any(world.item(name).summary for name in world.scenes), "they are empty")


def test_list_says_for_what_held_jobs_wait(world, open_page):
    world.fill()
    world.configure(paused=True)
    seed.hold(world.data_dir, {scene_id: name for name, scene_id in world.scenes.items()})
    page = open_page("/plugins/stash2plex?tab=jobs")
    page.get_by_role("button", name="Held 4", exact=True).click()
    expect(page.get_by_role("region", name="Held: it would empty what Plex shows")).to_be_visible()
    expect(page.get_by_role("list", name="Held").get_by_role("listitem")).to_have_count(4)
    with Records(world.data_dir / "state.db", reading=True) as records:
        assert records.emptyings.held().items == 4
