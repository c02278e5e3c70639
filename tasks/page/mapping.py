"""`ui_mapping`: Stash's folders beside Plex's, and what path rules would do before they are saved."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from matching.infer import Inference, Roots, infer
from matching.match import Ambiguous, Matched, find, holds, other_file
from matching.paths import FileSizes, PathRule
from matching.rules import Mapper, RuleError, parse_rules
from plex.index import PathIndex
from stash.browse import sample_files
from tasks.context import TaskContext
from tasks.page.shapes import Example, Folder, MappingAnswer
from tasks.view import have_index_read, read_only

SAMPLE: Final = 1000
_EXAMPLES: Final = 4  # of each result


def ui_mapping(args: Mapping[str, Any], context: TaskContext) -> MappingAnswer:
    """Return what `rules` (text; absent: those that are saved) would do to a sample of up to SAMPLE scenes.

    While the worker reads Plex's paths there are no more than the folders of both sides.

    Raises:
        PlexError, StashError, NotConfiguredError: Plex is not set up, or one of the two cannot be asked.
    """
    with read_only(context) as view:
        settings, folders = view.settings.current(), view.stash.library_folders()
        sample = sample_files(view.stash.client(), SAMPLE)
        plex_folders = [location for section in view.plex.sections() for location in section.locations]
        answer = _unread(folders, plex_folders, sample.total)
        if not view.is_index_ready():
            have_index_read(context)
            return answer
        typed, index = args.get("rules"), view.plex.index()
        rules, problem = _parsed(typed) if isinstance(typed, str) else (settings.path_rules, "")
        files = {path: size for _, files in sample.files for path, size in files.items()}
        roots = Roots(folders, tuple(plex_folders), settings.ignore_path_case)
        inference = infer(files, index.lookup_name, roots)
        mapper = Mapper(rules, inference=Inference() if rules else inference, ignore_case=settings.ignore_path_case)
        examples = [] if problem else [_example(index, mapper, *each) for each in sample.files if each[1]]
        counts = Counter(each["result"] for each in examples)
        return {
            **answer,
            "state": "ready",
            "stash_folders": [_folder(folder, mapper) for folder in folders],
            "conflicts": [f"{each.rule} ({each.files} files)" for each in inference.conflicts],
            "suggested": "; ".join(map(str, inference.rules)),
            "rules_problem": problem,
            "looked_at": len(examples),
            "match": counts["match"],
            "ambiguous": counts["ambiguous"],
            "miss": counts["miss"],
            "examples": _some(examples),
        }


def _unread(folders: Sequence[str], plex_folders: list[str], total: int) -> MappingAnswer:
    return {
        "state": "reading",
        "stash_folders": [{"stash_path": folder, "plex_path": "", "how": "unknown"} for folder in folders],
        "plex_folders": plex_folders,
        "conflicts": [],
        "suggested": "",
        "rules_problem": "",
        "looked_at": 0,
        "total": total,
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


def _example(index: PathIndex, mapper: Mapper, scene_id: int, files: FileSizes) -> Example:
    match = find(files, mapper, index.lookup, index.lookup_key, index.lookup_name)
    example: Example = {
        "scene_id": scene_id,
        "stash_path": next(iter(files)),
        "plex_paths": [],
        "result": "miss",
        "note": str(match),
    }
    if isinstance(match, Ambiguous):
        return {**example, "plex_paths": [claim.plex_path for claim in match.claims], "result": "ambiguous"}
    if not isinstance(match, Matched):
        return {**example, "plex_paths": list(match.tried)}
    # What the guard before a write will say, as far as the index knows the sizes.
    sizes = {entry.plex_path: entry.size for entry in match.entries}
    example["plex_paths"] = [entry.plex_path for entry in match.entries]
    if holds(sizes, files, mapper):
        return {**example, "result": "match", "note": ""}
    return {**example, "note": str(other_file(sizes, files, mapper))}


def _some(examples: Sequence[Example]) -> list[Example]:
    """Return a few of each result, what is wrong first."""
    by_result = {
        wanted: [each for each in examples if each["result"] == wanted] for wanted in ("ambiguous", "miss", "match")
    }
    return [each for found in by_result.values() for each in found[:_EXAMPLES]]


def _folder(stash_path: str, mapper: Mapper) -> Folder:
    """Return where a file right in this folder would be."""
    separator = "\\" if "\\" in stash_path and "/" not in stash_path else "/"
    probe = f"{stash_path.rstrip(separator)}{separator}x"
    ruled, inferred = mapper.ruled(probe), mapper.inferred(probe)
    if ruled or inferred:
        found = (ruled or inferred or ())[0]
        return {"stash_path": stash_path, "plex_path": found[:-2] or found[:-1], "how": "rule" if ruled else "inferred"}
    is_same = stash_path in mapper.roots.plex
    return {
        "stash_path": stash_path,
        "plex_path": stash_path if is_same else "",
        "how": "same" if is_same else "unknown",
    }
