"""Where a scene's tags go in Plex, by rules "tag => genres, labels": the first rule that fits a tag counts. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from matching.gate import TagLike, name_key, tag_keys
from matching.rules import RuleError
from matching.tag_rules import ARROW, parse_tag_rules, sides_of, written_sides

_T = TypeVar("_T", bound=TagLike)

NOWHERE: Final = "nowhere"
FIELDS: Final[Mapping[str, str]] = {"genres": "genre", "labels": "label", "collections": "collection"}
"""What a rule may say, to the field of Plex that it means."""

TARGETS: Final = (*FIELDS, NOWHERE)


class TagSettings(Protocol):
    """The settings that say where tags go."""

    @property
    def tag_rules(self) -> Sequence[str]: ...  # noqa: D102 - the class says it
    @property
    def exclude_tags(self) -> Sequence[str]: ...  # noqa: D102 - the class says it
    @property
    def include_tags(self) -> Sequence[str]: ...  # noqa: D102 - the class says it
    @property
    def tags_to(self) -> str: ...  # noqa: D102 - the class says it


def parse_tag_targets(text: str) -> tuple[str, ...]:
    """Return the rules in `text`, in order and in one spelling; one without a tag is for all that no other rule fits.

    >>> parse_tag_targets('Mood/* => label, Genre; Seen => nowhere')
    ('Mood/* => labels, genres', 'Seen => nowhere')

    Raises:
        RuleError: a side of a rule is empty, or it names no target.
    """
    problems: list[str] = []
    rules = [_checked(rule, number, problems) for number, rule in enumerate(parse_tag_rules(text), start=1)]
    if problems:
        raise RuleError(problems)
    return tuple(rules)


def tags_by_field(tags: Iterable[_T], settings: TagSettings) -> dict[str, list[_T]]:
    """Return `tags` by the field of Plex that they go to, in order; all fields are there."""
    rules = _in_order(settings)
    rest = next(targets for word, targets in rules if not word)
    places = {name_key(word): place for place, (word, _) in reversed(list(enumerate(rules))) if word}
    found: dict[str, list[_T]] = {field: [] for field in FIELDS.values()}
    for tag in tags:
        fitting = [places[key] for key in tag_keys((tag,)) if key in places] if places else []
        for target in rules[min(fitting)][1] if fitting else rest:
            if target in FIELDS:
                found[FIELDS[target]].append(tag)
    return found


def _in_order(settings: TagSettings) -> list[tuple[str, Sequence[str]]]:
    """Return all rules, the simple settings among them; those without a tag are for what no other one fits.

    What is left out is left out whatever a rule says; what no rule fits goes as the simple settings say.
    """
    own = [(word, _targets(value)) for word, value in sides_of(settings.tag_rules)]
    usual = (str(settings.tags_to),)
    return [
        *[(word, (NOWHERE,)) for word in settings.exclude_tags],
        *own,
        *[(word, usual) for word in settings.include_tags],
        ("", (NOWHERE,) if settings.include_tags else usual),
    ]


def _targets(value: str) -> list[str]:
    """Return the words of a rule's right side; "genre" does as well as "genres"."""
    words = [word.strip().lower() for word in value.split(",")]
    return [f"{word}s" if f"{word}s" in FIELDS else word for word in words]


def _checked(rule: str, number: int, problems: list[str]) -> str:
    """Return `rule` in its one spelling, or add to `problems`."""
    targets = _targets(sides_of([rule])[0][1])
    strange = [word for word in targets if word not in TARGETS]
    if strange or (NOWHERE in targets and len(set(targets)) > 1):
        why = f'there is no target "{strange[0][:40]}"' if strange else f"{NOWHERE} stands alone"
        problems.append(f'rule {number}, "{rule}": {why}; it accepts {", ".join(TARGETS)}')
    tag, right = written_sides(rule)[0], ", ".join(dict.fromkeys(targets))
    return f"{tag} {ARROW} {right}" if tag else right
