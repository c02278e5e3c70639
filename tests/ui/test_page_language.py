"""The page in the language of Stash's interface."""

from playwright.sync_api import expect

GERMAN = """
window.HARNESS_PREPARE = (api) => {
  api.libraries.Intl = { useIntl: () => ({ locale: "de-DE" }) };
};
"""


def test_page_speaks_german_where_stash_does(world, open_page):
    world.configure()
    world.site.prepare = GERMAN
    world.site.errors["ui_jobs"] = "nothing waits"
    page = open_page("/plugins/stash2plex?tab=jobs")
    expect(page.get_by_role("button", name="Noch einmal")).to_be_visible()
    expect(page.get_by_text("Nichts wartet.")).to_be_visible()
