"""Proving what a page has not asked, and letting time pass for it."""


def mark(world, page):
    """Wait until everything that the page has asked so far has reached Stash.

    Calls of one page arrive in their order, this one last.
    """
    before = world.site.modes().count("ui_mark")
    page.evaluate("window.Stash2Plex.call('ui_mark').catch(() => null)")
    world.until(lambda: world.site.modes().count("ui_mark") > before, "the mark has arrived")


def wind(world, page, by_ms, condition, what):
    """Let time pass for a page with a clock, again and again, until `condition` holds.

    One jump would miss a timer that the page sets only once an answer has come.
    """

    def holds():
        if not condition():
            page.clock.fast_forward(by_ms)
        return condition()

    world.until(holds, what)
