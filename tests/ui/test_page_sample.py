"""The live sample of ten scenes beside the settings of the content."""

from playwright.sync_api import expect

from tests.ui.conftest import PAGE

SETUP = f"{PAGE}?tab=setup"


def test_sample_follows_what_is_typed_and_names_what_cannot_be_used(world, open_page, shot):
    world.fill("Sintel", "Big Buck Bunny", in_plex=False)
    world.configure()
    page = open_page(SETUP)
    content = page.get_by_role("form", name="Settings: Content")
    sample = content.get_by_role("region", name="What ten scenes would get")
    expect(content.get_by_role("button", name="Show what ten scenes get")).to_be_visible()
    content.get_by_label("Tags left out").fill("Short")
    sintel = sample.get_by_role("article", name="Sintel")
    expect(sintel).to_contain_text("\N{MINUS SIGN} Short")
    content.get_by_role("button", name="Content rating: as text").click()
    content.get_by_role("textbox", name="Content rating").fill("=> G")
    expect(content.locator("#s2p-set-content_rating-help")).to_contain_text('there is nothing before "=>"')
    content.get_by_role("textbox", name="Content rating").fill("Animation => G")
    expect(sintel).to_contain_text("Content rating")
    expect(content.locator("#s2p-set-content_rating-help")).not_to_contain_text("there is nothing before")
    shot(page, "sample", of=sample)
    sample.get_by_label("Scenes to show").fill("bunny")
    expect(sintel).to_have_count(0)
    expect(sample.get_by_role("article", name="Big Buck Bunny")).to_be_visible()
    assert "content_rating" not in world.settings()
    content.get_by_role("button", name="Undo changes").click()
    expect(sample).to_contain_text("Open Films")


def test_title_format_is_put_together_of_fields_and_seen_in_ten_scenes_before_it_is_saved(world, open_page, shot):
    world.fill("Sintel", in_plex=False)
    world.configure()
    page = open_page(SETUP)
    content = page.get_by_role("form", name="Settings: Content")
    box = content.get_by_label("Title format")
    content.get_by_role("button", name="[{studio}] {title}", exact=True).click()
    box.press("End")
    box.press_sequentially(" ()")
    box.press("ArrowLeft")
    content.get_by_role("button", name="{year}", exact=True).click()
    expect(box).to_have_value("[{studio}] {title} ({year})")
    expect(box).to_be_focused()
    sintel = content.get_by_role("region", name="What ten scenes would get").get_by_role("article", name="Sintel")
    expect(sintel).to_contain_text("[Open Films] Sintel (2010)")
    shot(page, "title-format", of=content)
    box.press_sequentially("{titel}")
    expect(content.locator("#s2p-set-title_format-help")).to_contain_text("did you mean {title}?")
    box.fill("[{studio}] {title}")
    content.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Content: saved.")).to_be_visible()
    assert world.settings()["title_format"] == "[{studio}] {title}"
