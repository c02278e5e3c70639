"""Rules on tags as rows: put together, seen in ten scenes before they are saved, and kept as one text."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import PAGE

SETUP = f"{PAGE}?tab=setup"
RULES = "Rules where tags go"


def add(page: Page, setting: str, number: int, tag: str, value: str, *, deep: bool = False) -> None:
    page.get_by_role("button", name=f"{setting}: add a rule").click()
    page.get_by_label(f"{setting}, rule {number}: tag").fill(tag)
    box = page.get_by_label(f"{setting}, rule {number}: becomes")
    if box.evaluate("node => node.tagName") == "SELECT":
        box.select_option(value)
    else:
        box.fill(value)
    if deep:
        page.get_by_label(f"{setting}, rule {number}: and all tags below it").check()


def test_rules_are_put_together_as_rows_and_seen_in_ten_scenes_before_they_are_saved(world, open_page, shot):
    world.fill("Sintel", in_plex=False)
    animation = next(tag for tag in world.stash.library.tags.values() if tag.name == "Animation")
    animation.parent_ids = (world.stash.library.add_tag("Kind of film", aliases=("Form",)).id,)
    world.configure()
    page = open_page(SETUP)
    content = page.get_by_role("form", name="Settings: Content")
    add(page, RULES, 1, "Short", "labels, collections")
    add(page, RULES, 2, "form", "nowhere", deep=True)
    sintel = content.get_by_role("region", name="What ten scenes would get").get_by_role("article", name="Sintel")
    expect(sintel).to_contain_text("+ Short")
    expect(sintel).to_contain_text("\N{MINUS SIGN} Animation")
    shot(page, "tag-rules", of=content)
    page.get_by_role("button", name=f"{RULES}, rule 2: up").click()
    content.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Content: saved.")).to_be_visible()
    assert world.settings()["tag_rules"] == "form/* => nowhere; Short => labels, collections"
    page.get_by_role("button", name=f"{RULES}, rule 1: remove").click()
    expect(page.get_by_label(f"{RULES}, rule 1: tag")).to_have_value("Short")
    content.get_by_role("button", name="Undo changes").click()
    expect(page.get_by_label(f"{RULES}, rule 1: tag")).to_have_value("form")


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ('Family => "Small; happy"; XXX', 'Family => "Small; happy"; XXX; Short => G'),
        ('"A; B" => "C; D"\nA => B => R', '"A; B" => "C; D"; A => B => R; Short => G'),
        ('["Family => G", "XXX"]', "Family => G; XXX; Short => G"),
        ('Family/* => "Kids"; 12 => PG', 'Family/* => "Kids"; 12 => PG; Short => G'),
    ],
)
def test_rules_that_are_stored_are_shown_and_kept_as_they_are(world, open_page, stored, kept):
    world.configure(content_rating=stored)
    page = open_page(SETUP)
    expect(page.get_by_label("Content rating, rule 2: tag")).to_be_visible()
    add(page, "Content rating", 3, "Short", "G")
    content = page.get_by_role("form", name="Settings: Content")
    content.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Content: saved.")).to_be_visible()
    assert world.settings()["content_rating"] == kept


def test_rules_that_rows_cannot_hold_are_shown_as_text_and_no_row_takes_such_signs(world, open_page):
    world.configure(content_rating='"A\nB"')
    page = open_page(SETUP)
    content = page.get_by_role("form", name="Settings: Content")
    expect(content.get_by_role("textbox", name="Content rating", exact=True)).to_be_visible()
    page.get_by_role("button", name="Labels: add a rule").click()
    value = page.get_by_label("Labels, rule 1: becomes")
    value.press_sequentially("A => B")
    expect(value).to_have_value("A = B")
    content.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Content: saved.")).to_be_visible()
    assert (world.settings()["labels"], world.settings()["content_rating"]) == ("A = B", '"A\nB"')


def test_box_for_a_tag_offers_those_of_stash(world, open_page):
    world.fill("Sintel", in_plex=False)
    world.configure()
    page = open_page(SETUP)
    page.get_by_role("button", name="Labels: add a rule").click()
    page.get_by_label("Labels, rule 1: tag").press_sequentially("anim")
    offered = page.locator("#s2p-set-labels-0-tags option")
    expect(offered).to_have_count(1)
    expect(offered).to_have_attribute("value", "Animation")


def test_rule_that_says_nothing_is_named_and_not_saved(world, open_page):
    world.configure()
    page = open_page(SETUP)
    add(page, "Labels", 1, "Family", "")
    content = page.get_by_role("form", name="Settings: Content")
    content.get_by_role("button", name="Save").click()
    expect(page.locator("#s2p-set-labels-help")).to_contain_text('there is nothing behind "=>"')
    assert "labels" not in world.settings()


def test_row_that_nobody_has_touched_is_not_saved(world, open_page):
    world.configure(tags_to="labels")
    page = open_page(SETUP)
    add(page, RULES, 1, "Family", "collections")
    page.get_by_role("button", name=f"{RULES}: add a rule").click()
    expect(page.get_by_label(f"{RULES}, rule 2: becomes")).to_be_visible()
    page.get_by_role("form", name="Settings: Content").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Content: saved.")).to_be_visible()
    assert world.settings()["tag_rules"] == "Family => collections"


# As soon as the page has drawn the articles, and before it has looked at what came with them, an option is chosen.
CHOOSE_WHEN_DRAWN = """
    (section, [label, value]) => {
        const choose = () => {
            if (!section.querySelector("article")) return false;
            const choice = document.querySelector(`[aria-label="${label}"]`);
            choice.value = value;
            return ["input", "change"].forEach((event) => choice.dispatchEvent(new Event(event, { bubbles: true }))) || true;
        };
        if (choose()) return;
        new MutationObserver((_seen, observer) => choose() && observer.disconnect()).observe(section, { childList: true });
    }
"""


def test_a_choice_made_in_the_moment_in_which_the_sample_arrives_holds(world, open_page):
    world.fill("Sintel", in_plex=False)
    world.configure()
    page = open_page(SETUP)
    add(page, RULES, 1, "Short", "genres")
    chosen, value = f"{RULES}, rule 1: becomes", "labels, collections"
    page.get_by_role("region", name="What ten scenes would get").evaluate(CHOOSE_WHEN_DRAWN, [chosen, value])
    expect(page.get_by_role("article", name="Sintel")).to_contain_text("+ Short")
    expect(page.get_by_label(chosen)).to_have_value(value)
