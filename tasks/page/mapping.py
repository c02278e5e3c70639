"""`ui_mapping`: Stash's folders beside Plex's, the mapping that the files themselves show, and what rules would do, before they are saved."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from matching.infer import Inference, Roots, infer
from matching.match import Ambiguous, Match, Matched, find, holds, other_file
from matching.paths import FileSizes, PathRule
from matching.rules import Mapper, RuleError, parse_rules
from plex.index import PathIndex
from plex.model import Entry, Section
from plex.sections import select_sections
from settings.settings import Settings
from stash.browse import FileSample, sample_files
from tasks.context import TaskContext, TaskError
from tasks.page import settings as page_settings
from tasks.page.aside import have_index_read
from tasks.page.plex_side import plex
from tasks.page.set_up_shapes import Example, Folder
from tasks.page.set_up_shapes import Mapping as Shown
from worker.sync.plex_link import libraries_of
from worker.sync.session import INDEX_NAME

SAMPLE: Final = 1000
_EXAMPLES: Final = 4  # of each result

Result = Literal["match", "ambiguous", "miss"]


@dataclass(frozen=True, slots=True)
class _World:
    """Both sides of the mapping: folders and a sample of Stash's files, libraries of Plex and the index of their files."""

    stash_folders: tuple[str, ...]
    sample: FileSample
    sections: Sequence[Section]
    index: PathIndex
    ignore_case: bool

    @property
    def plex_folders(self) -> tuple[str, ...]:
        return tuple(location for section in self.sections for location in section.locations)

    def inference(self) -> Inference:
        files = {path: size for _, files in self.sample.files for path, size in files.items()}
        return infer(files, self.index.lookup_name, Roots(self.stash_folders, self.plex_folders, self.ignore_case))

    def find(self, files: FileSizes, mapper: Mapper) -> Match[Entry]:
        return find(files, mapper, self.index.lookup, self.index.lookup_key, self.index.lookup_name)


def ui_mapping(args: Mapping[str, Any], context: TaskContext) -> Shown:
    """What the rules in `rules` (text; absent: those that are saved) would do to a sample of up to SAMPLE scenes. Nothing is saved.

    Raises:
        TaskError: Plex is not set up or cannot be asked.
    """
    with context.stash() as client:
        held = page_settings.read(context, client)
        if not held.values.is_configured:
            raise TaskError("Plex's address and token come first; fill them in above")
        sample = sample_files(client, SAMPLE)
    settings = held.values
    typed = args.get("rules")
    rules_text = typed if isinstance(typed, str) else "; ".join(map(str, settings.path_rules))
    with plex(context, settings) as server:
        sections = select_sections(server.sections(), libraries_of(settings))
        machine = server.machine_identifier
    index = PathIndex(Path(context.data_dir, INDEX_NAME))
    try:
        world = _World(held.configuration.library_folders, sample, sections, index, settings.ignore_path_case)
        if not _is_ready(index, machine, sections):
            have_index_read(context)
            return _reading(world)
        return _looked_at(world, rules_text, settings)
    finally:
        index.close()


def _is_ready(index: PathIndex, machine_identifier: str, sections: Sequence[Section]) -> bool:
    facts = index.facts
    if facts.machine_identifier not in {"", machine_identifier}:
        raise TaskError(
            "this is another Plex server than the one that was synced before; if you have moved on purpose, run the task Rebuild Plex Index"
        )
    return facts.complete and facts.covers(section.key for section in sections)


def _looked_at(world: _World, rules_text: str, settings: Settings) -> Shown:
    inference = world.inference()
    rules, problem = _parsed(rules_text)
    mapper = Mapper(rules, inference=inference if not rules else Inference(), ignore_case=settings.ignore_path_case)
    results = [] if problem else [_example(world, mapper, *each) for each in world.sample.files if each[1]]
    counts = Counter(each["result"] for each in results)
    return {
        **_reading(world),
        "state": "ready",
        "stash_folders": [_folder(folder, mapper) for folder in world.stash_folders],
        "conflicts": [f"{each.rule} ({each.files} files)" for each in inference.conflicts],
        "suggested": "; ".join(map(str, inference.rules)),
        "rules_problem": problem,
        "looked_at": len(results),
        "match": counts["match"],
        "ambiguous": counts["ambiguous"],
        "miss": counts["miss"],
        "examples": list(_chosen(results)),
    }


def _reading(world: _World) -> Shown:
    return {
        "state": "reading",
        "stash_folders": [_untold(folder) for folder in world.stash_folders],
        "plex_folders": list(world.plex_folders),
        "conflicts": [],
        "suggested": "",
        "rules_problem": "",
        "looked_at": 0,
        "total": world.sample.total,
        "match": 0,
        "ambiguous": 0,
        "miss": 0,
        "examples": [],
    }


def _parsed(text: str) -> tuple[tuple[PathRule, ...], str]:
    try:
        return parse_rules(text), ""
    except RuleError as error:
        return (), "; ".join(error.problems)


def _example(world: _World, mapper: Mapper, scene_id: int, files: FileSizes) -> Example:
    match = world.find(files, mapper)
    result: Result
    if isinstance(match, Matched):
        found = [entry.plex_path for entry in match.entries]
        result, note = _seen(match.entries, files, mapper)
    elif isinstance(match, Ambiguous):
        found, result, note = [claim.plex_path for claim in match.claims], "ambiguous", str(match)
    else:
        found, result, note = list(match.tried), "miss", str(match)
    return {"scene_id": scene_id, "stash_path": next(iter(files)), "plex_paths": found, "result": result, "note": note}


def _seen(entries: Sequence[Entry], files: FileSizes, mapper: Mapper) -> tuple[Result, str]:
    """What the guard before a write will say, as far as the index knows the sizes."""
    in_plex = {entry.plex_path: entry.size for entry in entries}
    return ("match", "") if holds(in_plex, files, mapper) else ("miss", str(other_file(in_plex, files, mapper)))


def _chosen(results: Sequence[Example]) -> Iterator[Example]:
    """A few of each result, what is wrong first."""
    for wanted in ("ambiguous", "miss", "match"):
        yield from [each for each in results if each["result"] == wanted][:_EXAMPLES]


def _folder(stash_path: str, mapper: Mapper) -> Folder:
    """Where a file right in this folder would be."""
    separator = "\\" if "\\" in stash_path and "/" not in stash_path else "/"
    probe = f"{stash_path.rstrip(separator)}{separator}x"
    for how, said in (("rule", mapper.ruled(probe)), ("inferred", mapper.inferred(probe))):
        if said:
            return {"stash_path": stash_path, "plex_path": said[0][:-2] or said[0][:-1], "how": how}  # type: ignore[typeddict-item]  # the two words of the tuple above
    if mapper.roots.plex and stash_path in mapper.roots.plex:
        return {"stash_path": stash_path, "plex_path": stash_path, "how": "same"}
    return _untold(stash_path)


def _untold(stash_path: str) -> Folder:
    return {"stash_path": stash_path, "plex_path": "", "how": "unknown"}
