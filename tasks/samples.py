"""How Stash's folders and files are found in Plex, shown by a sample: the last steps of Test Connection."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from logs.words import counted
from matching.paths import tail_below
from matching.roots import Roots, similar_folders
from plex.model import Section
from plex.sections import section_of_folder
from settings.model import Settings
from stash.scenes import scene_ids_page
from tasks.planning import Reader
from tasks.words import by_kind
from worker.errors import AmbiguousMatchError
from worker.planner import ScenePlan

SAMPLE: Final = 200
_SHOWN: Final = 3
FOLDERS: Final = "Folders"
MATCHES: Final = "Matches"


class Told(Protocol):
    """Takes what was found; see tasks.connection.Checks."""

    def good(self, step: str, text: str) -> None: ...  # noqa: D102 - see Checks
    def bad(self, step: str, text: str) -> None: ...  # noqa: D102 - see Checks


def look_at_samples(checks: Told, reader: Reader, settings: Settings, sections: Sequence[Section]) -> None:
    """Look for up to SAMPLE scenes in Plex, and tell how folders map and what was found. Raises PlexError, StashError."""
    page = scene_ids_page(reader.session.stash(), 0, SAMPLE)
    plans = [plan for plans in reader.plans(iter([page.refs])) for plan in plans]
    _rules(checks, reader, settings, sections)
    _folders(checks, reader, settings, sections, plans)
    _matches(checks, plans, sections)


def _rules(checks: Told, reader: Reader, settings: Settings, sections: Sequence[Section]) -> None:
    """The mapping in use, and what is wrong with it by itself."""
    locations = [location for section in sections for location in section.locations]
    for rule in settings.path_rules:
        lies_inside = section_of_folder(sections, rule.plex_prefix)
        lies_above = [location for location in locations if tail_below(location, rule.plex_prefix) is not None]
        if lies_inside or lies_above:
            checks.good(FOLDERS, f"path_rules: {rule}")
        else:
            checks.bad(
                FOLDERS,
                f'path_rules: "{rule}" leads out of the chosen libraries, whose folders are {", ".join(locations) or "none"}',
            )
    inference = reader.finder.inference
    if inference is None:
        return
    for each in inference.evidence:
        if each.rule in inference.rules:
            checks.good(FOLDERS, f"found out from {counted(each.files, 'file')}: {each.rule}")
    for conflict in inference.conflicts:
        checks.bad(
            FOLDERS,
            f"{counted(conflict.files, 'file')} speak for {conflict.rule} and others against it: a path rule says which is right",
        )


def _folders(
    checks: Told, reader: Reader, settings: Settings, sections: Sequence[Section], plans: Sequence[ScenePlan]
) -> None:
    """Each of Stash's library folders: how many of the scenes in it were found; where none was, what rule may be missing."""
    locations = tuple(location for section in sections for location in section.locations)
    roots = Roots(reader.session.library_folders(), locations, settings.ignore_path_case)
    hints = {rule.stash_prefix: rule for rule in similar_folders(roots)}
    for folder in roots.stash:
        looked_for = [plan for plan in plans if plan.skip is None and _lies_in(plan, folder, roots)]
        found = sum(bool(plan.work) for plan in looked_for)
        if found or not looked_for:
            checks.good(FOLDERS, f"{folder}: {found:,} of {counted(len(looked_for), 'scene')} found in Plex")
        else:
            hint = f"; perhaps the rule is missing: {hints[folder]}" if folder in hints else ""
            checks.bad(
                FOLDERS,
                f"{folder}: none of {counted(len(looked_for), 'scene')} found in Plex, whose folders are {', '.join(locations)}{hint} (setting path_rules)",
            )


def _lies_in(plan: ScenePlan, folder: str, roots: Roots) -> bool:
    return any(tail_below(path, folder, fold=roots.folds(path)) is not None for path in plan.scene.files)


def _matches(checks: Told, plans: Sequence[ScenePlan], sections: Sequence[Section]) -> None:
    found = [plan for plan in plans if plan.work]
    skipped = Counter(plan.skip.code for plan in plans if plan.skip is not None)
    ambiguous = [plan for plan in plans if isinstance(plan.error, AmbiguousMatchError)]
    missing = [plan for plan in plans if plan.error is not None and plan not in ambiguous]
    text = (
        f"of {counted(len(plans), 'scene')} looked for, {len(found):,} are in Plex, {len(missing):,} are not, "
        f"{len(ambiguous):,} are ambiguous; skipped by the settings: {by_kind(skipped)}"
    )
    is_well = bool(found) or skipped.total() == len(plans)
    (checks.good if is_well else checks.bad)(MATCHES, text)
    if found:
        checks.good("Sample", _sample(found[0], sections))
    for line in _errors(ambiguous):
        checks.bad("Ambiguous", line)
    for line in _errors(missing):
        checks.good("Not in Plex", line)


def _errors(plans: Sequence[ScenePlan]) -> Iterator[str]:
    yield from (f"scene {plan.scene.id}: {plan.error}" for plan in plans[:_SHOWN])


def _sample(plan: ScenePlan, sections: Sequence[Section]) -> str:
    item = plan.work[0].item
    library = next((section.title for section in sections if section.key == item.section_key), str(item.section_key))
    return f'scene {plan.scene.id} ({plan.scene.files[0]}) is item {item.rating_key} "{item.title}" of "{library}" ({item.files[0]})'
