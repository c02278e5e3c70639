"""What another program left behind, as the page names it, and the button that a sync of everything is offered with."""

from playwright.sync_api import expect

from sync_queue.aside_rows import count_aside
from tests import predecessor

OFFER = "2 jobs that another program left waiting are of unknown scenes."


def test_page_offers_a_sync_of_everything_when_nobody_knows_the_scenes_of_foreign_jobs(world, open_page, shot):
    world.fill()
    world.configure()
    predecessor.leave_rows(world.data_dir, waiting=[{"of": "some"}, {"other": "program"}])
    predecessor.leave_letters(world.data_dir, (77, "PlexNotFound", "2026-11-01 10:00:00"))
    world.offer()
    world.until(lambda: count_aside(world.data_dir / "queue") == 2, "they stand aside")
    page = open_page()
    note = page.locator(".s2p-note").filter(has_text=OFFER)
    expect(note).to_be_visible()
    page.get_by_text("Another program has left failed jobs here").click()
    expect(page.get_by_label("How things are")).to_contain_text("gave 1 job up before: 1 PlexNotFound.")
    expect(page.get_by_role("link", name="Stash2Plex").first).not_to_contain_text("1")
    shot(page, "moved-in")
    note.get_by_role("button", name="Sync all").click()
    expect(note.get_by_role("button", name="On its way")).to_be_visible()
    expect(note).to_have_count(0)
    assert all(world.item(name).summary for name in world.scenes)


def test_page_says_nothing_of_other_programs_when_there_was_none(world, open_page):
    world.fill()
    world.configure()
    page = open_page()
    expect(page.locator(".s2p-headline")).to_be_visible()
    expect(page.get_by_text("program")).to_have_count(0)


def test_page_says_which_folder_stash_runs_when_there_are_two_of_the_plugins_id(world, open_page, tmp_path):
    twin, ours = tmp_path / "twin" / "zz", tmp_path / "twin" / "Stash2Plex"
    twin.mkdir(parents=True)
    (twin / "Stash2Plex.yml").write_text("name: Stash2Plex\n")
    ours.symlink_to(world.plugin_dir)
    world.stash.library.settings.plugins_path = str(tmp_path / "twin")
    world.fill()
    world.configure()
    page = open_page()
    expect(page.get_by_text(f"Stash runs the one in {ours}, and passes over {twin}.")).to_be_visible()
