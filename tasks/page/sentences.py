"""The one sentence that says how things are. Pure."""

from dataclasses import dataclass

from logs.words import counted
from records import PauseSpan
from tasks import reasons
from tasks.page.shapes import Counts, Sentence, Tone


@dataclass(frozen=True, slots=True)
class Situation:
    """What the sentence is made of; `due` jobs could be sent now, the first of the others at `next_due_at`.

    `unsynced`: scenes that Plex has and that were never synced, None where nobody has looked, or not lately.
    """

    counts: Counts
    due: int
    next_due_at: float | None
    pause: PauseSpan | None
    worker_alive: bool
    is_configured: bool
    is_paused: bool
    is_dry_run: bool
    unsynced: int | None = 0

    @property
    def pending(self) -> int:
        """Every job that has not ended."""
        counts = self.counts
        return counts["waiting"] + counts["retrying"] + counts["held"] + counts["in_progress"]


def sentence(now: Situation) -> Sentence:
    """Return what matters most right now, and what to do about it."""
    waiting = f"{counted(now.pending, 'save waits', 'saves wait')}." if now.pending else ""
    if not now.is_configured:
        words = reasons.pause("settings")
        return _sentence("setup", words.title, rest=waiting, advice=words.advice)
    if now.is_paused:
        since_at = now.pause.started_at if now.pause and now.pause.kind == "user" else None
        words = reasons.pause("user")
        return _sentence("waiting", words.title, since_at, waiting, words.advice)
    if now.pause is not None and now.pause.kind != "user" and now.pending:
        words = reasons.pause(now.pause.kind)
        advice = f"{words.advice} Nothing is lost. {_ended(now.pause.reason)}".strip()
        tone: Tone = "bad" if words.needs == "person" else "waiting"
        return _sentence(tone, words.title, now.pause.started_at, waiting, advice)
    if now.is_dry_run:
        text = f"{reasons.skip('dry_run').title}: nothing is written to Plex."
        advice = "What would change is only logged. Switch Dry run off under Set-up, Running."
        return _sentence("waiting", text, rest=waiting, advice=advice)
    return _working(now) if now.pending else _resting(now)


def _working(now: Situation) -> Sentence:
    counts, pending, dead = now.counts, now.pending, _dead(now)
    if counts["held"] == pending:
        text = f"{counted(pending, 'scene waits', 'scenes wait')} for your answer."
        advice = "Answer the question below. Other saves go on."
        return _sentence("bad", text, rest=dead, advice=advice, aloud="Scenes wait for your answer.")
    if not now.due and not counts["in_progress"]:
        is_one = pending + counts["dead"] == 1
        listed = "It is listed below, with its reason." if is_one else "They are listed below, with their reasons."
        text = f"{counted(pending, 'scene waits', 'scenes wait')} for the next try."
        advice, aloud = f"{listed} Nothing is lost.", "Scenes wait for the next try."
        return _sentence("waiting", text, rest=dead, advice=advice, aloud=aloud, next_try_at=now.next_due_at)
    if not now.worker_alive:
        text = f"{counted(pending, 'save waits', 'saves wait')}, but no worker is running."
        advice = "Press Wake the worker. The next save starts it too."
        return _sentence("waiting", text, advice=advice, aloud="Saves wait, but no worker is running.")
    text = f"Sending to Plex: {now.due + counts['in_progress']:,} to go."
    return _sentence("busy", text, rest=dead, aloud="Sending to Plex.")


def _resting(now: Situation) -> Sentence:
    in_plex = _in_plex(now)
    unsynced = counted(now.unsynced or 0, "scene that Plex has was", "scenes that Plex has were")
    rest = f"{unsynced} never synced." if now.unsynced else ""
    if now.counts["dead"]:
        aloud = "Some scenes could not be synced and need you."
        return _sentence("bad", _dead(now), rest=in_plex, advice="See below what to do about each.", aloud=aloud)
    if not in_plex:
        advice = "Press Sync all under Set-up, choose scenes under Preview, or save a scene."
        return _sentence("setup", "Nothing has been synced yet.", rest=rest, advice=advice)
    if now.unsynced:
        advice = "Press Sync all under Set-up to have them synced as well."
        return _sentence("setup", in_plex, rest=rest, advice=advice, aloud="Some scenes were never synced.")
    return _sentence("good", in_plex, aloud="Nothing waits." if now.unsynced == 0 else "Scenes are in Plex.")


def _in_plex(now: Situation) -> str:
    count = now.counts["in_plex"]
    if not count:
        return ""
    end = "" if now.pending or now.unsynced != 0 else " and nothing waits"
    return f"{counted(count, 'scene is', 'scenes are')} in Plex{end}."


def _dead(now: Situation) -> str:
    count = now.counts["dead"]
    needs = "needs" if count == 1 else "need"
    return f"{counted(count, 'scene')} could not be synced and {needs} you." if count else ""


def _ended(text: str) -> str:
    """Return `text` as a sentence of its own."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text[-1:] in '.!?' else '.'}"


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
