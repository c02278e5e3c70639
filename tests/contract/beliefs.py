"""What we believe of a server, as values: a sentence, the way to find out, the answers that are expected.

Knows no server.

Two readings of a server are run as stand-ins: "strict", the one that refuses what a server may refuse, and "lenient".
What we are sure of is the same in both and must be so on a real server; what we are not sure of is asked there, and
only told.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

STRICT: Final = "strict"
LENIENT: Final = "lenient"
REAL: Final = "real"

Ask = Callable[[Any], str]


class NotAsked(Exception):
    """This server cannot be asked; the text says why: "the server is not claimed"."""


@dataclass(frozen=True, slots=True)
class Belief:
    """One thing that a server does.

    Attributes:
        sentence: the beginning of a sentence that the answer ends, e.g. "A wrong token is answered with".
        ask: finds out, and gives the answer in a few words that name no file, address or secret.
        answers: reading to answer.
        is_sure: whether a real server must answer so.
    """

    topic: str
    sentence: str
    ask: Ask
    answers: Mapping[str, str]
    is_sure: bool

    @property
    def name(self) -> str:
        """What a test is called by."""
        return f"{self.topic}-{self.ask.__name__}"

    @property
    def believed(self) -> str:
        """All answers that are expected, for the table."""
        text = " / ".join(dict.fromkeys(self.answers.values()))
        return text if self.is_sure else f"{text} (unsure)"

    def fits(self, reading: str, seen: str) -> bool:
        """Whether an answer is the expected one; of a real server that is any where we are not sure."""
        if reading == REAL and not self.is_sure:
            return True
        return seen == self.answers.get(reading, self.answers[STRICT])


class Beliefs:
    """The beliefs of one topic, in the order in which they are written."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._all: list[Belief] = []

    def __iter__(self) -> Iterator[Belief]:
        return iter(self._all)

    def sure(self, sentence: str, answer: str) -> Callable[[Ask], Ask]:
        """A belief that a real server must bear out."""
        return self._kept(sentence, {STRICT: answer, LENIENT: answer}, is_sure=True)

    def unsure(self, sentence: str, *, strict: str, lenient: str) -> Callable[[Ask], Ask]:
        """A question to a real server; the stand-in has both answers, or one where nothing of ours depends on it."""
        return self._kept(sentence, {STRICT: strict, LENIENT: lenient}, is_sure=False)

    def _kept(self, sentence: str, answers: Mapping[str, str], *, is_sure: bool) -> Callable[[Ask], Ask]:
        def keep(ask: Ask) -> Ask:
            self._all.append(Belief(self._topic, sentence, ask, answers, is_sure))
            return ask

        return keep
