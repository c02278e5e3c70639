"""How Stash's folders and files are found in Plex, shown by a sample from all over the library: the last steps of Test Connection."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Protocol

from logs.words import counted
from matching.infer import Roots, similar_folders
from matching.paths import tail_below
from plex.model import Section
from plex.sections import section_of_folder
from settings.settings import Settings
from stash.browse import FileSample, sample_files
from stash.scenes import SceneRef
from tasks.planning import Reader
from tasks.words import by_kind
from worker.errors import AmbiguousMatchError, UnreadableError
from worker.sync.planner import ScenePlan

DRAWN: Final = 2000
"""Scenes whose paths are read, so that a small folder has some among them."""

SAMPLE: Final = 200
"""Scenes that are looked for in Plex, as many from each folder."""

_SHOWN: Final = 3
FOLDERS: Final = "Folders"
MATCHES: Final = "Matches"


class Told(Protocol):
    """Takes what was found; see tasks.connection.Checks."""

    def good(self, step: str, text: str) -> None: ...  # noqa: D102 - see Checks
    def bad(self, step: str, text: str) -> None: ...  # noqa: D102 - see Checks
    def note(self, step: str, text: str) -> None: ...  # noqa: D102 - see Checks
    def not_looked_at(self, step: str, what: str, why: str) -> None: ...  # noqa: D102 - see Checks


def look_at_samples(checks: Told, reader: Reader, settings: Settings, sections: Sequence[Section]) -> None:
    """Look for up to SAMPLE scenes in Plex, and tell how folders map and what was found. Raises PlexError, StashError."""
    locations = tuple(location for section in sections for location in section.locations)
    roots = Roots(reader.session.library_folders(), locations, settings.ignore_path_case)
    drawn = sample_files(reader.session.stash(), DRAWN)
    refs = tuple(SceneRef(scene_id, 0.0) for scene_id in chosen(drawn, roots))
    plans = [plan for plans in reader.plans(iter([refs])) for plan in plans]
    _rules(checks, reader, settings, sections)
    for folder in roots.stash:
        _folder(checks, folder, [plan for plan in plans if _lies_in(plan.scene.files, folder, roots)], roots, settings)
    _matches(checks, plans, sections, settings)
    for each in reader.finder.left_out:
        checks.bad("Libraries", f"{each}. Look at it in Plex, and at Plex's own log")


def chosen(drawn: FileSample, roots: Roots) -> list[int]:
    """The scenes of `drawn` to look for: about equally many of each library folder, evenly spread over what was drawn of it."""
    groups = [[scene_id for scene_id, files in drawn.files if _lies_in(files, folder, roots)] for folder in roots.stash]
    inside = {scene_id for group in groups for scene_id in group}
    groups.append([scene_id for scene_id, _ in drawn.files if scene_id not in inside])
    groups = sorted(filter(None, groups), key=len)
    found: dict[int, None] = {}
    for number, group in enumerate(groups):
        share = -(-(SAMPLE - len(found)) // (len(groups) - number))  # what small folders leave goes to larger ones
        taken = min(max(0, share), len(group))
        found |= dict.fromkeys(group[place * len(group) // taken] for place in range(taken))
    return sorted(found)


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
            checks.good(FOLDERS, f"worked out from {counted(each.files, 'file')}: {each.rule}")
    for conflict in inference.conflicts:
        checks.bad(
            FOLDERS,
            f"{counted(conflict.files, 'file')} speak for {conflict.rule} and others against it: a path rule says which is right",
        )


def _folder(checks: Told, folder: str, plans: Sequence[ScenePlan], roots: Roots, settings: Settings) -> None:
    """One of Stash's library folders: how many of the scenes in it were found; where most were not, what may be wrong."""
    looked_for = [plan for plan in plans if plan.skip is None]
    if not plans:
        checks.not_looked_at(FOLDERS, folder, "no scene of the sample lies in it")
        return
    if not looked_for:
        codes = by_kind(Counter(plan.skip.code for plan in plans if plan.skip is not None))
        checks.not_looked_at(FOLDERS, folder, f"the settings skip every scene of the sample in it: {codes}")
        return
    found = sum(bool(plan.work) for plan in looked_for)
    text = f"{folder}: {found:,} of {counted(len(looked_for), 'scene')} found in Plex"
    tell = _verdict(checks, found, len(looked_for), settings)
    if not found:
        hints = {rule.stash_prefix: rule for rule in similar_folders(roots)}
        hint = f"; perhaps this rule is missing: {hints[folder]}" if folder in hints else ""
        text += f", whose folders are {', '.join(roots.plex)}{hint} (setting path_rules)"
    elif tell == checks.bad:
        text += ". Has Plex scanned all of it? If it holds only part of this folder, turn on skip_not_in_plex"
    tell(FOLDERS, text)


def _verdict(checks: Told, found: int, looked_for: int, settings: Settings) -> Callable[[str, str], None]:
    """Whether so many are enough: half of them, or any where Plex is known to hold only a part."""
    if settings.skip_not_in_plex:
        return checks.good if found else checks.note
    return checks.good if 2 * found >= looked_for else checks.bad


def _lies_in(files: Iterable[str], folder: str, roots: Roots) -> bool:
    return any(tail_below(path, folder, fold=roots.folds(path)) is not None for path in files)


def _matches(checks: Told, plans: Sequence[ScenePlan], sections: Sequence[Section], settings: Settings) -> None:
    found = [plan for plan in plans if plan.work]
    skipped = Counter(plan.skip.code for plan in plans if plan.skip is not None)
    ambiguous = [plan for plan in plans if isinstance(plan.error, AmbiguousMatchError)]
    unreadable = [plan for plan in plans if isinstance(plan.error, UnreadableError)]
    missing = [plan for plan in plans if plan.error is not None and plan not in (*ambiguous, *unreadable)]
    looked_for = len(plans) - skipped.total()
    if looked_for:
        text = (
            f"{counted(looked_for, 'scene')} looked for; in Plex: {len(found):,}, not in Plex: {len(missing):,}, "
            f"unreadable in Plex: {len(unreadable):,}, ambiguous: {len(ambiguous):,}; skipped by the settings: {by_kind(skipped)}"
        )
        tell = _verdict(checks, len(found), looked_for, settings) if found else checks.bad
        tell(MATCHES, text)
    else:
        why = f"the settings skip every scene of the sample: {by_kind(skipped)}" if plans else "Stash has none"
        checks.not_looked_at(MATCHES, "scenes", why)
    if found:
        checks.good("Sample", _sample(found[0], sections))
    for line in _errors(ambiguous):
        checks.bad("Ambiguous", line)
    for line in _errors(unreadable):
        checks.bad("Unreadable", line)
    for line in _errors(missing):
        checks.note("Not in Plex", line)


def _errors(plans: Sequence[ScenePlan]) -> Iterator[str]:
    yield from (f"scene {plan.scene.id}: {plan.error}" for plan in plans[:_SHOWN])


def _sample(plan: ScenePlan, sections: Sequence[Section]) -> str:
    item = plan.work[0].item
    library = next((section.title for section in sections if section.key == item.section_key), str(item.section_key))
    return f'scene {plan.scene.id} ({plan.scene.files[0]}) is item {item.rating_key} "{item.title}" of "{library}" ({next(iter(item.files))})'
