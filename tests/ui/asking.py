"""Proving what a page has not asked."""


def mark(world, page):
    """Wait until everything that the page has asked so far has reached Stash.

    Calls of one page arrive in their order, this one last.
    """
    before = world.site.modes().count("ui_mark")
    page.evaluate("window.Stash2Plex.call('ui_mark').catch(() => null)")
    world.until(lambda: world.site.modes().count("ui_mark") > before, "the mark has arrived")
