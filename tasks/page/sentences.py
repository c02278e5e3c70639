"""The one sentence that says how things are. Pure."""

from dataclasses import dataclass

from logs.words import as_sentence, counted
from records import PauseSpan
from tasks import reasons
from tasks.page.shapes import Counts, Sentence, Tone


@dataclass(frozen=True, slots=True)
class Situation:
    """What the sentence is made of; `due` jobs could be sent now, the first of the others at `next_due_at`.

    `looks`: how many of those that are due or in progress only look at the servers, counted a moment later.
    `never_seen`: scenes of Stash that were never compared with Plex, None where nobody knows. `is_comparison_due`: what
    Stash did without telling anybody has not been looked for lately.
    """

    counts: Counts
    due: int
    next_due_at: float | None
    pause: PauseSpan | None
    worker_alive: bool
    is_configured: bool
    is_paused: bool
    is_dry_run: bool
    looks: int = 0
    never_seen: int | None = 0
    is_comparison_due: bool = False
    is_enabled: bool = True

    @property
    def pending(self) -> int:
        """Every job that has not ended."""
        counts = self.counts
        return counts["waiting"] + counts["retrying"] + counts["held"] + counts["in_progress"]

    @property
    def stop(self) -> PauseSpan | None:
        """The pause in which everything is, unless it is the user's own, which the settings tell better."""
        return self.pause if self.pause is not None and self.pause.kind != "user" else None

    @property
    def to_go(self) -> int:
        """How many jobs are being sent now; 0 while nothing is sent."""
        is_idle = not self.is_configured or self.is_paused or self.stop or self.is_dry_run or not self.worker_alive
        return 0 if is_idle else max(0, self.due + self.counts["in_progress"] - self.looks)


def sentence(now: Situation) -> Sentence:
    """Return what matters most right now, and what to do about it: what needs a person comes first."""
    waiting = f"{counted(now.pending, 'save waits', 'saves wait')}." if now.pending else ""
    if not now.is_enabled:
        advice = "No save is recorded until you enable it under Settings > Plugins in Stash. Then press Sync all."
        return _sentence("bad", "Stash2Plex is disabled in Stash.", rest=waiting or _in_plex(now), advice=advice)
    if not now.is_configured:
        words = reasons.pause("settings")
        return _sentence("setup", words.title, rest=waiting, advice=words.advice)
    if now.stop and now.pending and reasons.pause(now.stop.kind).needs == "person":
        return _stopped(now, now.stop, waiting)
    going_on = _going_on(now, waiting)
    return _needs_you(now, going_on) if now.counts["dead"] or now.counts["held"] else going_on


def _needs_you(now: Situation, going_on: Sentence) -> Sentence:
    held, dead = now.counts["held"], now.counts["dead"]
    texts = [f"{counted(held, 'scene waits', 'scenes wait')} for your answer."] if held else []
    texts += (
        [f"{counted(dead, 'scene')} could not be synced and {'needs' if dead == 1 else 'need'} you."] if dead else []
    )
    advice = "Answer the question below. Other saves go on." if held else "Jobs says what to do about each."
    aloud = "Some scenes wait for your answer." if held else "Some scenes could not be synced and need you."
    rest = " ".join(filter(None, (*texts[1:], as_sentence(going_on["text"]), going_on["rest"])))
    return _sentence("bad", texts[0], rest=rest, advice=advice, aloud=aloud)


def _going_on(now: Situation, waiting: str) -> Sentence:
    """Return the sentence about all that needs nobody."""
    if now.is_paused:
        since_at = now.pause.started_at if now.pause and now.pause.kind == "user" else None
        words = reasons.pause("user")
        return _sentence("waiting", words.title, since_at, waiting, words.advice)
    if now.stop and now.pending:
        return _stopped(now, now.stop, waiting)
    if now.is_dry_run:
        text = f"{reasons.skip('dry_run').title}: nothing is written to Plex."
        advice = "What would change is only logged. Switch Dry run off under Set-up, Running."
        return _sentence("waiting", text, rest=waiting, advice=advice)
    return _working(now) if now.pending > now.counts["held"] else _resting(now)


def _stopped(now: Situation, stop: PauseSpan, waiting: str) -> Sentence:
    words = reasons.pause(stop.kind)
    advice = " ".join(filter(None, (words.advice, "Nothing is lost." if now.pending else "", as_sentence(stop.reason))))
    return _sentence("bad" if words.needs == "person" else "waiting", words.title, stop.started_at, waiting, advice)


def _working(now: Situation) -> Sentence:
    pending = now.pending - now.counts["held"]
    if not now.due and not now.counts["in_progress"]:
        text = f"{counted(pending, 'scene')} will be retried."
        advice, aloud = "Jobs says why. Nothing is lost.", "Scenes will be retried."
        return _sentence("waiting", text, rest=_unseen(now), advice=advice, aloud=aloud, next_try_at=now.next_due_at)
    if not now.worker_alive:
        text = f"{counted(pending, 'save waits', 'saves wait')}, but no worker is running."
        advice = "Press Wake the worker. The next save starts it too."
        return _sentence("waiting", text, advice=advice, aloud="Saves wait, but no worker is running.")
    if not now.to_go:
        return _sentence("busy", "Looking at what Plex and Stash have. Nothing is sent.")
    return _sentence("busy", f"Sending to Plex: {now.to_go:,} to go.", aloud="Sending to Plex.")


def _resting(now: Situation) -> Sentence:
    in_plex, unseen = _in_plex(now), _unseen(now)
    if not in_plex:
        advice = "Press Sync all, choose scenes under Preview, or save a scene."
        return _sentence("setup", "Nothing has been synced yet.", rest=unseen, advice=advice)
    if now.stop:  # nothing waits for it; but nobody knows how things are there
        return _stopped(now, now.stop, in_plex)
    if unseen:
        advice = "Press Sync all to have them compared as well."
        return _sentence("setup", in_plex, rest=unseen, advice=advice, aloud="Some scenes were never compared.")
    if now.is_comparison_due:
        rest, advice = "A comparison with Stash is due.", "It starts as soon as the worker runs."
        return _sentence("waiting", in_plex, rest=rest, advice=advice, aloud="A comparison is due.")
    if now.never_seen is None:
        rest = "Stash does not say how many scenes it has, so these may not be all."
        return _sentence("waiting", in_plex, rest=rest, aloud="Scenes are in Plex.")
    is_all = not now.counts["dead"] and not now.counts["held"]
    return _sentence("good", f"All caught up: {in_plex}" if is_all else in_plex, aloud="All caught up.")


def _in_plex(now: Situation) -> str:
    count, skipped = now.counts["in_plex"], now.counts["skipped"]
    if not count:
        return ""
    out = f", {skipped:,} {'is' if skipped == 1 else 'are'} left out" if skipped else ""
    return f"{counted(count, 'scene is', 'scenes are')} in Plex{out}."


def _unseen(now: Situation) -> str:
    never = now.never_seen or 0
    return f"{counted(never, 'scene was', 'scenes were')} never compared with Plex." if never else ""


def _sentence(
    tone: Tone,
    text: str,
    since_at: float | None = None,
    rest: str = "",
    advice: str = "",
    *,
    aloud: str = "",
    next_try_at: float | None = None,
) -> Sentence:
    return Sentence(
        tone=tone, text=text, since_at=since_at, rest=rest, advice=advice, said=aloud or text, next_try_at=next_try_at
    )
