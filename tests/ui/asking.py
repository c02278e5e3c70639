"""Proving what a page has not asked, and letting time pass for it."""

from contextlib import suppress

from tests.waiting import wait_until

_ANSWER_S = 6


def mark(world, page):
    """Wait until everything that the page has asked so far has reached Stash.

    Calls of one page arrive in their order, this one last.
    """
    before = world.site.modes().count("ui_mark")
    page.evaluate("window.Stash2Plex.call('ui_mark').catch(() => null)")
    world.until(lambda: world.site.modes().count("ui_mark") > before, "the mark has arrived")


def wind(world, page, by_ms, condition, what):
    """Let time pass for a page with a clock, again and again, until `condition` holds.

    One jump would miss a timer that the page sets only once an answer has come; and a jump that comes before an answer
    is, to the page, an answer that took too long.
    """

    def holds():
        page.clock.fast_forward(by_ms)
        with suppress(AssertionError):
            wait_until(condition, what, _ANSWER_S)
        return condition()

    world.until(lambda: condition() or holds(), what)
