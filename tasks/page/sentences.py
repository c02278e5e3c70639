"""The one sentence that says how things are. Pure."""

from dataclasses import dataclass
from typing import Final

from records.pauses import Pause
from tasks.page import reasons
from tasks.page.shapes import Counts, Sentence, Tone


@dataclass(frozen=True, slots=True)
class State:
    """What the sentence is made of. `due` jobs could be sent now."""

    counts: Counts
    due: int
    pause: Pause | None
    worker_alive: bool
    is_configured: bool
    is_paused: bool


def sentence(state: State) -> Sentence:
    """What matters most right now, and what to do about it."""
    counts = state.counts
    pending = counts["waiting"] + counts["in_progress"]
    if not state.is_configured:
        words = reasons.pause("settings")
        return _sentence("setup", words.title, rest=_waiting(pending), advice=words.advice)
    if state.is_paused:
        since_at = state.pause.started_at if state.pause and state.pause.kind == "user" else None
        words = reasons.pause("user")
        return _sentence("waiting", words.title, since_at, _waiting(pending), words.advice)
    if state.pause is not None and state.pause.kind != "user" and pending:
        return _paused(state.pause, pending)
    return _working(state, pending) if pending else _resting(state)


def _paused(pause: Pause, pending: int) -> Sentence:
    words = reasons.pause(pause.kind)
    tone: Final[Tone] = "bad" if reasons.needs_person(pause.kind) else "waiting"
    advice = f"{words.advice} {_as_sentence(pause.reason)}".strip()
    return _sentence(tone, words.title, pause.started_at, _waiting(pending), advice)


def _working(state: State, pending: int) -> Sentence:
    counts = state.counts
    if not state.due and not counts["in_progress"]:
        advice = "They are listed below, each with its reason. Nothing is lost."
        text = f"{_scenes(pending)} {_verb(pending, 'wait')} for the next try."
        return _sentence("waiting", text, rest=_dead(counts["dead"]), advice=advice)
    if not state.worker_alive:
        advice = "Press Wake the worker. It also starts with the next save."
        return _sentence("waiting", f"{_saves(pending)} {_verb(pending, 'wait')} and no worker runs.", advice=advice)
    return _sentence(
        "busy", f"Sending to Plex: {state.due + counts['in_progress']:,} to go.", rest=_dead(counts["dead"])
    )


def _resting(state: State) -> Sentence:
    counts = state.counts
    if counts["dead"]:
        advice = "Look at them below: each says what to do."
        return _sentence("bad", _dead(counts["dead"]), rest=_in_plex(state), advice=advice)
    if not counts["in_plex"]:
        return _sentence(
            "setup",
            "Nothing has been synced yet.",
            advice="Save a scene, or choose scenes under Preview and sync them.",
        )
    return _sentence("good", _in_plex(state))


def _in_plex(state: State) -> str:
    count = state.counts["in_plex"]
    if not count:
        return ""
    return f"{_scenes(count)} {_verb(count, 'is', 'are')} in Plex and nothing waits."


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


def _sentence(tone: Tone, text: str, since_at: float | None = None, rest: str = "", advice: str = "") -> Sentence:
    return {"tone": tone, "text": text, "since_at": since_at, "rest": rest, "advice": advice}
