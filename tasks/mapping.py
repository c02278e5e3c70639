"""`ui_mapping`: where Stash's folders are in Plex, and what path rules would do to a sample of its scenes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matching.infer import Evidence, Inference, Roots, infer
from matching.mapper import Mapper
from matching.match import Ambiguous, Matched, find, holds, other_file
from matching.paths import FileSizes, PathRule
from matching.rules import RuleError, parse_rules
from plex.index import PathIndex
from stash.scenes import sample_files
from sync_queue.pending import has_job
from tasks.context import TaskContext, switch
from tasks.page.set_up_shapes import Example, Folder, MappingAnswer
from tasks.samples import lies_in
from tasks.view import have_index_read, read_only
from worker.control.kinds import INDEX

MAPPED: Final = 1000
"""Scenes whose files are mapped for the page."""

_EXAMPLES: Final = 4  # of each result


def ui_mapping(args: Mapping[str, Any], context: TaskContext) -> MappingAnswer:
    """Return what `rules` (text; absent: those that are saved) would do to a sample of up to MAPPED scenes.

    While the worker reads Plex's paths for the first time there are no more than the folders of both sides; with
    `again` it is asked to read them once more. Raise PlexError, StashError, NotConfiguredError.
    """
    with read_only(context) as view:
        settings, folders = view.settings.current(), view.stash.library_folders()
        drawn = sample_files(view.stash.client(), MAPPED)
        plex_folders = [location for section in view.plex.sections() for location in section.locations]
        is_ready, index = view.is_index_ready(), view.plex.index()
        if not is_ready or switch(args, "again"):
            have_index_read(context)
        typed, problem = _parsed(args.get("rules"), settings.path_rules) if is_ready else ((), "")
        roots = Roots(folders, tuple(plex_folders), settings.ignore_path_case)
        sample = _Sample(index, roots, tuple(each for each in drawn.files if each[1]) if is_ready else ())
        found = sample.look(typed)
        saved = found if typed == settings.path_rules else sample.look(settings.path_rules)
        examples = [] if problem else found.examples
        counts = Counter(each["result"] for each in examples)
        return {
            "state": "ready" if is_ready else "reading",
            "read_at": index.facts.built_at,
            "is_reading": has_job(context.queue_dir, INDEX),
            "stash_folders": [_place(folder, found, saved, roots) for folder in folders],
            "plex_folders": plex_folders,
            "conflicts": [f"{each.rule} ({each.files} files)" for each in found.conflicts()],
            "suggested": "; ".join(map(str, sample.suggested())),
            "rules_problem": problem,
            "looked_at": len(examples),
            "total": drawn.total,
            "match": counts["match"],
            "ambiguous": counts["ambiguous"],
            "miss": counts["miss"],
            "lost": 0 if problem else len(saved.matched - found.matched),
            "examples": _some(examples),
        }


@dataclass(frozen=True, slots=True)
class _Sample:
    """Some scenes of Stash, with their files, beside what Plex has."""

    index: PathIndex
    roots: Roots
    files: tuple[tuple[int, FileSizes], ...]

    def look(self, rules: Sequence[PathRule]) -> "_Look":
        """Return where these rules lead; what they say nothing of is worked out from the files."""
        inference = self._inferred(rules)
        mapper = Mapper(rules, inference=inference, ignore_case=self.roots.ignore_case)
        return _Look(mapper, inference, self.files, [_mapped(self.index, mapper, *each) for each in self.files])

    def suggested(self) -> Sequence[PathRule]:
        """Return the rules that follow from the files alone."""
        return self._inferred(()).rules

    def _inferred(self, rules: Sequence[PathRule]) -> Inference:
        sizes = {path: size for _, files in self.files for path, size in files.items()}
        ruled = Mapper(rules, ignore_case=self.roots.ignore_case).ruled
        return infer(sizes, self.index.lookup_name, self.roots, ruled)


@dataclass(frozen=True, slots=True)
class _Look:
    """What some rules do to a sample; one of `examples` for each of `files`."""

    mapper: Mapper
    inference: Inference
    files: tuple[tuple[int, FileSizes], ...]
    examples: list[Example]

    @property
    def matched(self) -> set[int]:
        """The scenes that were found."""
        return {each["scene_id"] for each in self.examples if each["result"] == "match"}

    def inside(self, folder: str, roots: Roots) -> set[int]:
        """Return the scenes with a file in this folder."""
        return {scene_id for scene_id, files in self.files if lies_in(files, folder, roots)}

    def conflicts(self) -> list[Evidence]:
        """Return what contradicts itself, but for folders that a rule speaks of."""
        found = self.inference.conflicts
        return [each for each in found if self.mapper.ruled(_probe(each.rule.stash_prefix)) is None]


def _parsed(typed: object, saved: tuple[PathRule, ...]) -> tuple[tuple[PathRule, ...], str]:
    try:
        return (parse_rules(typed) if isinstance(typed, str) else saved), ""
    except RuleError as error:
        return (), "; ".join(error.problems)


def _mapped(index: PathIndex, mapper: Mapper, scene_id: int, files: FileSizes) -> Example:
    match = find(files, mapper, index.lookup, index.lookup_key, index.lookup_name)
    path = next(iter(files))
    example = Example(scene_id=scene_id, stash_path=path, plex_paths=[], result="miss", note=str(match))
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
    by_result = ([each for each in examples if each["result"] == kind] for kind in ("ambiguous", "miss", "match"))
    return [each for found in by_result for each in found[:_EXAMPLES]]


def _place(stash_path: str, found: _Look, saved: _Look, roots: Roots) -> Folder:
    """Return where a file right in this folder would be, and how many of its scenes were found."""
    inside, mapper = found.inside(stash_path, roots), found.mapper
    folder = Folder(
        stash_path=stash_path,
        plex_path="",
        how="unknown",
        scenes=len(inside),
        match=len(inside & found.matched),
        lost=len(inside & saved.matched - found.matched),
    )
    ruled, inferred = mapper.ruled(_probe(stash_path)), mapper.inferred(_probe(stash_path))
    if ruled or inferred:
        path = (ruled or inferred or ())[0]
        return {**folder, "plex_path": path[:-2] or path[:-1], "how": "rule" if ruled else "inferred"}
    if stash_path in roots.plex:
        return {**folder, "plex_path": stash_path, "how": "same"}
    return folder


def _probe(folder: str) -> str:
    """Return the path of a file right in this folder."""
    separator = "\\" if "\\" in folder and "/" not in folder else "/"
    return f"{folder.rstrip(separator)}{separator}x"
