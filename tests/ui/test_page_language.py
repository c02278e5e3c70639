"""The page in the language of Stash's interface: every word of it, and none in English."""

import re

from playwright.sync_api import expect

from tests.ui.conftest import PAGE

GERMAN = """
const bracketed = (text) => typeof text === "string" ? `⟦${text}⟧` : Object.fromEntries(Object.entries(text).map(([form, each]) => [form, `⟦${each}⟧`]));
const table = () => new Proxy({}, {
  set(all, language, texts) {
    all[language] = language === "de" ? Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, bracketed(text)])) : texts;
    return true;
  },
});
Object.defineProperty(window, "Stash2Plex", {
  configurable: true,
  set(s2p) {
    Object.defineProperty(window, "Stash2Plex", { value: Object.assign(s2p, { texts: table(), sentences: table() }) });
  },
});
window.HARNESS_PREPARE = (api) => {
  api.libraries.Intl = { useIntl: () => ({ locale: "de-DE" }) };
};
"""
"""Every German text comes in brackets: what stands outside of them was never looked up."""

SEEN = """
(root) => {
  const withoutCode = (node) => {  // a text around what is drawn as code is one text
    if (!node.parentElement.querySelector(":scope > code")) return node.data;
    const whole = node.parentElement.cloneNode(true);
    whole.querySelectorAll("code").forEach((code) => code.remove());
    return whole.textContent;
  };
  const found = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (!node.parentElement.closest("code, option, .s2p-path, .s2p-version, .s2p-title, script")) found.push(withoutCode(node));
    } else {
      const names = ["aria-label", "title", "alt", ...(node.closest(".s2p-settings, .s2p-rules, [id^=s2p-set]") ? [] : ["placeholder"])];
      names.forEach((name) => node.hasAttribute(name) && found.push(node.getAttribute(name)));
    }
  }
  return found;
}
"""
DATA = re.compile(
    r"Stash2Plex|Plex|Stash|Sintel|Big Buck Bunny|Movies|https?://\S+|/data/\S*|/media/\S*|\{\w+\}|=> *|\b(s|min|ms|v?\d[\d.,:/ ]*)\b"
)
INNERMOST = re.compile(r"⟦[^⟦⟧]*⟧")
CUT = re.compile(r"⟦[^⟦⟧]*$|^[^⟦⟧]*⟧")
"""A text around an element."""


def left_over(page, selector=".s2p-page"):
    """Return what is read there and was never looked up."""
    found = []
    for text in page.locator(selector).first.evaluate(SEEN):
        rest = text
        while INNERMOST.search(rest):
            rest = INNERMOST.sub(" ", rest)
        if re.search(r"[A-Za-z]{2}", DATA.sub(" ", CUT.sub(" ", rest))):
            found.append(text)
    return found


def test_no_word_of_the_page_is_left_in_english_where_stash_speaks_german(world, open_page):
    world.site.prepare = GERMAN
    world.fill("Big Buck Bunny")
    world.fill("Sintel", in_plex=False)
    world.configure()
    page = open_page()
    found = {}
    for tab in ("overview", "jobs", "history", "preview", "setup"):
        page.goto(f"{world.site.url}{PAGE}?tab={tab}")
        expect(page.locator(".s2p-status-icon")).to_be_visible()
        page.wait_for_load_state("networkidle")
        found[tab] = left_over(page)
    expect(page.locator(".s2p-page")).to_have_attribute(
        "lang", "de"
    )  # Stash says "en" of its document in every language
    assert {tab: words for tab, words in found.items() if words} == {}


def test_pauses_of_the_last_day_and_what_waits_for_the_set_up_are_told_in_german(world, open_page):
    world.site.prepare = GERMAN
    world.fill("Sintel")
    world.stash.save_scene(world.scenes["Sintel"], title="Sintel")
    world.until(lambda: world.operation("ui_overview")["library"]["pauses"], "it is told that nothing is set up yet")
    page = open_page(f"{PAGE}?tab=overview")
    expect(page.get_by_role("tabpanel")).to_contain_text("Stash2Plex ist noch nicht eingerichtet")
    expect(page.locator(".s2p-page")).not_to_contain_text("not set up")
    page.get_by_role("tab", name="Aufträge").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("Sintel")
    expect(page.locator(".s2p-page")).not_to_contain_text("ot set up yet")
