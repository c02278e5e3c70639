"""The one sentence that says how things are. Pure."""

from dataclasses import dataclass
from typing import Final

from records import Pause
from tasks.page import reasons
from tasks.page.shapes import Counts, Sentence, Tone

HOW_TO_ANSWER: Final = "Answer the question below. Other saves go on."


@dataclass(frozen=True, slots=True)
class State:
    """What the sentence is made of.

    Attributes:
        due: jobs that could be sent now.
        next_due_at: when the first of the others can be, epoch seconds.
        held: jobs that wait for a person's answer.
        unsynced: scenes that Plex has and that were never synced, None where nobody has looked, or not lately.
    """

    counts: Counts
    due: int
    next_due_at: float | None
    pause: Pause | None
    worker_alive: bool
    is_configured: bool
    is_paused: bool
    is_dry_run: bool
    held: int = 0
    unsynced: int | None = 0

    @property
    def pending(self) -> int:
        """Every job that has not ended."""
        return self.counts["waiting"] + self.counts["retrying"] + self.counts["in_progress"]


def sentence(state: State) -> Sentence:
    """What matters most right now, and what to do about it."""
    if not state.is_configured:
        words = reasons.pause("settings")
        return _sentence("setup", words.title, rest=_waiting(state.pending), advice=words.advice)
    if state.is_paused:
        since_at = state.pause.started_at if state.pause and state.pause.kind == "user" else None
        words = reasons.pause("user")
        return _sentence("waiting", words.title, since_at, _waiting(state.pending), words.advice)
    if state.pause is not None and state.pause.kind != "user" and state.pending:
        return _paused(state.pause, state.pending)
    if state.is_dry_run:
        return _dry_run(state)
    return _working(state) if state.pending else _resting(state)


def _paused(pause: Pause, pending: int) -> Sentence:
    words = reasons.pause(pause.kind)
    tone: Final[Tone] = "bad" if reasons.needs_person(pause.kind) else "waiting"
    advice = f"{words.advice} {_as_sentence(pause.reason)}".strip()
    return _sentence(tone, words.title, pause.started_at, _waiting(pending), advice)


def _dry_run(state: State) -> Sentence:
    words = reasons.skip("dry_run")
    text = f"{words.title}: nothing is written to Plex."
    return _sentence("waiting", text, rest=_waiting(state.pending), advice=reasons.DRY_RUN_ADVICE)


def _working(state: State) -> Sentence:
    counts, pending = state.counts, state.pending
    if state.held == pending:
        text = f"{_scenes(pending)} {_verb(pending, 'wait')} for your answer."
        return _sentence(
            "bad", text, rest=_dead(counts["dead"]), advice=HOW_TO_ANSWER, said="Scenes wait for your answer."
        )
    if not state.due and not counts["in_progress"]:
        is_one = pending + counts["dead"] == 1
        listed = "It is listed below, with its reason." if is_one else "They are listed below, with their reasons."
        text = f"{_scenes(pending)} {_verb(pending, 'wait')} for the next try."
        said = "Scenes wait for the next try."
        rest, advice = _dead(counts["dead"]), f"{listed} Nothing is lost."
        return _sentence("waiting", text, rest=rest, advice=advice, said=said, next_try_at=state.next_due_at)
    if not state.worker_alive:
        text = f"{_saves(pending)} {_verb(pending, 'wait')}, but no worker is running."
        advice = "Press Wake the worker. The next save starts it too."
        return _sentence("waiting", text, advice=advice, said="Saves wait, but no worker is running.")
    text = f"Sending to Plex: {state.due + counts['in_progress']:,} to go."
    return _sentence("busy", text, rest=_dead(counts["dead"]), said="Sending to Plex.")


def _resting(state: State) -> Sentence:
    counts = state.counts
    if counts["dead"]:
        advice = "See below what to do about each."
        said = "Some scenes could not be synced and need you."
        return _sentence("bad", _dead(counts["dead"]), rest=_in_plex(state), advice=advice, said=said)
    if not counts["in_plex"]:
        advice = "Press Sync all under Set-up, choose scenes under Preview, or save a scene."
        return _sentence("setup", "Nothing has been synced yet.", rest=_unsynced(state), advice=advice)
    if state.unsynced:
        advice = "Press Sync all under Set-up to have them synced as well."
        return _sentence(
            "setup", _in_plex(state), rest=_unsynced(state), advice=advice, said="Some scenes were never synced."
        )
    return _sentence("good", _in_plex(state), said="Nothing waits." if state.unsynced == 0 else "Scenes are in Plex.")


def _in_plex(state: State) -> str:
    count = state.counts["in_plex"]
    if not count:
        return ""
    lead = f"{_scenes(count)} {_verb(count, 'is', 'are')} in Plex"
    return f"{lead}." if state.pending or state.unsynced != 0 else f"{lead} and nothing waits."


def _unsynced(state: State) -> str:
    count = state.unsynced
    if not count:
        return ""
    return f"{_scenes(count)} that Plex has {_verb(count, 'was', 'were')} never synced."


def _dead(count: int) -> str:
    if not count:
        return ""
    return f"{_scenes(count)} could not be synced and {_verb(count, 'needs', 'need')} you."


def _waiting(pending: int) -> str:
    return f"{_saves(pending)} {_verb(pending, 'wait')}." if pending else ""


def _saves(count: int) -> str:
    return f"{count:,} save{'' if count == 1 else 's'}"


def _scenes(count: int) -> str:
    return f"{count:,} scene{'' if count == 1 else 's'}"


def _verb(count: int, one: str, many: str = "") -> str:
    if not many:
        return f"{one}s" if count == 1 else one
    return one if count == 1 else many


def _as_sentence(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.!?' else '.'}"


def _sentence(
    tone: Tone,
    text: str,
    since_at: float | None = None,
    rest: str = "",
    advice: str = "",
    *,
    said: str = "",
    next_try_at: float | None = None,
) -> Sentence:
    return {
        "tone": tone,
        "text": text,
        "since_at": since_at,
        "rest": rest,
        "advice": advice,
        "said": said or text,
        "next_try_at": next_try_at,
    }
