"""How Stash's folders and files are found in Plex, by a sample: for Test Connection."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logs.words import counted
from matching.infer import Roots, similar_folders
from matching.paths import tail_below
from plex.model import Section
from plex.sections import section_of_folder
from settings.settings import Settings
from stash.scenes import FileSample, sample_files
from tasks.output import by_kind
from tasks.view import ReadOnlyView
from worker.errors import AmbiguousMatchError, UnreadableError
from worker.sync.plans import ScenePlan

DRAWN: Final = 2000
"""Scenes whose paths are read, so that a small folder has some among them."""

SAMPLE: Final = 200
"""Scenes that are looked for in Plex, as many from each folder."""

_SHOWN: Final = 3
_FOLDERS: Final = "Folders"
_MATCHES: Final = "Matches"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried, and as `text` what came of it. `is_ok` is None where it is neither right nor wrong.

    `advice` says what to do, `setting` is the key of the one to change, `unseen` what could not be looked at.
    """

    name: str
    is_ok: bool | None
    text: str
    advice: str = ""
    setting: str = ""
    unseen: str = ""


def look_at_samples(view: ReadOnlyView, settings: Settings, sections: Sequence[Section]) -> Iterator[Step]:
    """Look for up to SAMPLE scenes in Plex: how folders map and what was found. Raise PlexError, StashError."""
    locations = tuple(location for section in sections for location in section.locations)
    roots = Roots(view.stash.library_folders(), locations, settings.ignore_path_case)
    drawn = sample_files(view.stash.client(), DRAWN)
    plans = [plan for plans in view.plans(_spread(drawn, roots)) for plan in plans]
    yield from _rules(view, settings, sections, locations)
    for folder in roots.stash:
        inside = [plan for plan in plans if lies_in(plan.scene.files, folder, roots)]
        yield _unseen(_FOLDERS, folder, inside) or _folder(folder, inside, roots, settings)
    yield from _matches(plans, sections, settings)
    left_out = list(map(str, view.finder.left_out))
    yield from (Step("Libraries", False, f"{each}. Look at it in Plex, and at Plex's own log") for each in left_out)
    yield from _errors("Ambiguous", False, [plan for plan in plans if isinstance(plan.error, AmbiguousMatchError)])
    unreadable = [plan for plan in plans if isinstance(plan.error, UnreadableError)]
    yield from _errors("Unreadable", False, [plan for plan in unreadable if not _names(plan.error, left_out)])
    yield from _errors("Not in Plex", None, [plan for plan in plans if _is_missing(plan)])


def _spread(drawn: FileSample, roots: Roots) -> list[int]:
    """Return the scenes of `drawn` to look for: about equally many of each library folder, evenly spread over it."""
    groups = [[scene_id for scene_id, files in drawn.files if lies_in(files, folder, roots)] for folder in roots.stash]
    inside = {scene_id for group in groups for scene_id in group}
    groups.append([scene_id for scene_id, _ in drawn.files if scene_id not in inside])
    groups = sorted(filter(None, groups), key=len)
    found: dict[int, None] = {}
    for number, group in enumerate(groups):
        share = -(-(SAMPLE - len(found)) // (len(groups) - number))  # what small folders leave goes to larger ones
        taken = min(max(0, share), len(group))
        found |= dict.fromkeys(group[place * len(group) // taken] for place in range(taken))
    return sorted(found)


def _rules(
    view: ReadOnlyView, settings: Settings, sections: Sequence[Section], locations: Sequence[str]
) -> Iterator[Step]:
    """Yield the mapping in use, and what is wrong with it by itself."""
    for rule in settings.path_rules:
        is_above = any(tail_below(location, rule.plex_prefix) is not None for location in locations)
        if is_above or section_of_folder(sections, rule.plex_prefix):
            yield Step(_FOLDERS, True, f"path_rules: {rule}")
        else:
            out = f"leads out of the chosen libraries, whose folders are {', '.join(locations) or 'none'}"
            yield Step(_FOLDERS, False, f'path_rules: "{rule}" {out}')
    inference = view.finder.inference
    for each in inference.evidence if inference else ():
        if inference and each.rule in inference.rules:
            yield Step(_FOLDERS, True, f"worked out from {counted(each.files, 'file')}: {each.rule}")
    for conflict in inference.conflicts if inference else ():
        for_it = f"{counted(conflict.files, 'file')} speak for {conflict.rule}"
        yield Step(_FOLDERS, False, f"{for_it} and others against it: a path rule says which is right")


def _folder(folder: str, plans: Sequence[ScenePlan], roots: Roots, settings: Settings) -> Step:
    """Return how many of the scenes in one of Stash's library folders were found; if few, what may be wrong."""
    looked_for = [plan for plan in plans if plan.skip is None]
    found = sum(bool(plan.work) for plan in looked_for)
    text = f"{folder}: {found:,} of {counted(len(looked_for), 'scene')} found in Plex"
    is_ok = _is_enough(found, len(looked_for), settings)
    if not found:
        hints = {rule.stash_prefix: rule for rule in similar_folders(roots)}
        hint = f"; perhaps this rule is missing: {hints[folder]}" if folder in hints else ""
        text += f", whose folders are {', '.join(roots.plex)}{hint} (setting path_rules)"
    elif is_ok is False:
        text += ". Has Plex scanned all of it? If it holds only part of this folder, turn on skip_not_in_plex"
    return Step(_FOLDERS, is_ok, text)


def _unseen(name: str, what: str, plans: Sequence[ScenePlan]) -> Step | None:
    """Return that nothing can be said about `what` where none of `plans` was looked for, else None."""
    if any(plan.skip is None for plan in plans):
        return None
    codes = by_kind(Counter(plan.skip.code for plan in plans if plan.skip is not None))
    in_it = " in it" if name == _FOLDERS else ""
    none = "no scene of the sample lies in it" if in_it else "Stash has none"
    why = f"the settings skip every scene of the sample{in_it}: {codes}" if plans else none
    return Step(name, None, f"{what}: not looked at, {why}", unseen=what)


def _is_enough(found: int, looked_for: int, settings: Settings) -> bool | None:
    """Return whether that is enough: half of them, or any where Plex is known to hold only a part."""
    if settings.skip_not_in_plex:
        return True if found else None
    return 2 * found >= looked_for


def lies_in(files: Iterable[str], folder: str, roots: Roots) -> bool:
    """Return whether one of these files of Stash lies in its folder."""
    return any(tail_below(path, folder, fold=roots.folds(path)) is not None for path in files)


def _matches(plans: Sequence[ScenePlan], sections: Sequence[Section], settings: Settings) -> Iterator[Step]:
    unseen = _unseen(_MATCHES, "scenes", plans)
    if unseen:
        yield unseen
        return
    found = [plan for plan in plans if plan.work]
    skipped = Counter(plan.skip.code for plan in plans if plan.skip is not None)
    looked_for = len(plans) - skipped.total()
    kinds = {
        "in Plex": len(found),
        "not in Plex": sum(map(_is_missing, plans)),
        "unreadable in Plex": sum(isinstance(plan.error, UnreadableError) for plan in plans),
        "ambiguous": sum(isinstance(plan.error, AmbiguousMatchError) for plan in plans),
    }
    counts = ", ".join(f"{kind}: {count:,}" for kind, count in kinds.items())
    text = f"{counted(looked_for, 'scene')} looked for; {counts}; skipped by the settings: {by_kind(skipped)}"
    yield Step(_MATCHES, _is_enough(len(found), looked_for, settings) if found else False, text)
    if found:
        yield Step("Sample", True, _example(found[0], sections))


def _errors(name: str, is_ok: bool | None, plans: Sequence[ScenePlan]) -> Iterator[Step]:
    yield from (Step(name, is_ok, f"scene {plan.scene.id}: {plan.error}") for plan in plans[:_SHOWN])


def _is_missing(plan: ScenePlan) -> bool:
    return plan.error is not None and not isinstance(plan.error, AmbiguousMatchError | UnreadableError)


def _names(error: Exception | None, left_out: Sequence[str]) -> bool:
    """Return whether the error names a library that has a step of its own: once is enough."""
    return any(each in str(error) for each in left_out)


def _example(plan: ScenePlan, sections: Sequence[Section]) -> str:
    item = plan.work[0].item
    library = next((section.title for section in sections if section.key == item.section_key), str(item.section_key))
    of = f'item {item.rating_key} "{item.title}" of "{library}" ({next(iter(item.files))})'
    return f"scene {plan.scene.id} ({plan.scene.files[0]}) is {of}"
