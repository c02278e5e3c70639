"""The one parse: from Stash's page, config.yaml and the environment to `Settings`, with every problem at once.

The environment overrides config.yaml, config.yaml overrides Stash's page, and for the token Stash's page overrides the
plugin's own file: saving a token on the plugin's page empties Stash's, so one that stands there was typed later. Last
come the predecessor's settings, until a person has chosen. Only the value that counts is checked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from settings.by_library import KEY, read_libraries
from settings.choices import did_you_mean
from settings.predecessor import CHOICE, Chosen, Predecessor, look, was_here
from settings.readers import Value, read
from settings.settings import BadValueError, Problem, Settings, SettingsError, Source, TakenOver
from settings.sources import FILE_NAME, Config, read_config, read_token_file
from settings.spec import SPECS, Spec
from settings.stated import SHOWN_CHARACTERS, Stated

_TOKEN: Final = "plex_token"  # noqa: S105 - the name of a setting


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings, for each key where its value came from, and the predecessor where its settings await a choice."""

    settings: Settings
    sources: Mapping[str, Source]
    predecessor: Predecessor | None = None


def resolve_now(stash_map: Mapping[str, Any] | None, environ: Mapping[str, str], data_dir: str) -> Resolved:
    """Resolve with config.yaml and the token file as they are; raise as `resolve`, or where one cannot be read."""
    config = read_config(Path(data_dir, FILE_NAME))
    token = read_token_file(data_dir).token
    return resolve(stash_map, environ, config, token, has_predecessor=was_here(data_dir))


def resolve(
    stash_map: Mapping[str, Any] | None,
    environ: Mapping[str, str],
    config: Config | None = None,
    page_token: str = "",
    *,
    has_predecessor: bool = False,
) -> Resolved:
    """Return the settings and their sources; for one that is missing see `Settings.is_configured`.

    `stash_map` is what Stash stored for the plugin (None or {}: nothing); unknown keys are the page's own. `environ`
    overrides by the keys in upper case, where it is not empty; a key of `config` without a value is not set;
    `page_token` is "" for none; `has_predecessor` tells whether the data folder shows one, see settings.predecessor.

    Raises:
        SettingsError: every value that cannot be used, and every unknown key of config.yaml.
    """
    stash_map, config = stash_map or {}, config or Config()
    predecessor = look(stash_map, was_here=has_predecessor)
    theirs = {each.key: each for each in predecessor.taken_over} if predecessor else {}
    found = {spec.key: next(_given(spec, stash_map, environ, config), None) for spec in SPECS.values()}
    found |= {key: _taken_over(each) for key, each in theirs.items() if found[key] is None}
    if page_token:
        found[_TOKEN] = found[_TOKEN] or Stated(page_token, Source.PAGE, Source.PAGE.value)
    given = {key: each for key, each in found.items() if each is not None}
    values, problems = _read_all(given)
    libraries, wrong = read_libraries(config, stash_map)
    problems += [*wrong, *_unknown_keys(config)]
    if problems:
        raise SettingsError(
            [_without_token(problem, stash_map, environ, config.values, {_TOKEN: page_token}) for problem in problems]
        )
    sources = {key: given[key].source if key in given else Source.DEFAULT for key in SPECS}
    # A test compares the types that the readers return with those of the fields.
    held = Settings(
        **values,  # type: ignore[arg-type]
        libraries=libraries,
        url_source=sources["plex_url"],
        token_source=sources[_TOKEN],
    )
    if predecessor is None:
        return Resolved(held, sources)
    in_force = tuple(each for key, each in theirs.items() if sources[key] is Source.PREDECESSOR)
    return Resolved(replace(held, fills_only=True, taken_over=in_force), sources, predecessor)


def _read_all(given: Mapping[str, Stated]) -> tuple[dict[str, Value], list[Problem]]:
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for key, each in given.items():
        value = each.read(SPECS[key])
        if isinstance(value, Problem):
            problems.append(value)
        else:
            values[key] = value
    if "plex_library" in values:
        values["plex_library_text"] = _open_to_reading(given["plex_library"].raw)
    return values, problems


def _open_to_reading(raw: object) -> str:
    """Return `raw` if its commas may separate names or belong to them; "" where a list, lines or quotes settle it."""
    is_open = isinstance(raw, str) and "," in raw and not any(sign in raw for sign in '"[\n')
    return str(raw) if is_open else ""


def _given(spec: Spec, stash_map: Mapping[str, Any], environ: Mapping[str, str], config: Config) -> Iterator[Stated]:
    """Yield every source that sets this key, the one that counts first."""
    variable = environ.get(spec.env_name, "")
    if not _is_untouched(variable, spec) and not (spec.shares_env_name and _is_foreign(variable, spec)):
        yield Stated(variable, Source.ENVIRONMENT, f"the environment variable {spec.env_name}")
    written = config.values.get(spec.key)
    if written is not None and not _is_zero(written, spec):  # an empty text in the file is meant: it overrides
        yield Stated(written, Source.FILE, f"{FILE_NAME}, line {config.lines.get(spec.key, 0)}")
    is_held = spec.is_kept_in_stash or stash_map.get(CHOICE) == Chosen.TAKEN_OVER
    stored = stash_map.get(spec.key) if is_held else None
    if not _is_untouched(stored, spec):
        source = Source.PAGE if spec.on_own_page else Source.STASH
        yield Stated(stored, source, source.value)


def _taken_over(value: TakenOver) -> Stated:
    return Stated(value.raw, Source.PREDECESSOR, f"{' and '.join(value.origins)} of {Source.PREDECESSOR}")


def _is_foreign(variable: str, spec: Spec) -> bool:
    try:
        read(variable, spec)
    except BadValueError:
        return True
    return False


def _is_untouched(raw: object, spec: Spec) -> bool:
    """Return whether a source holds this for a setting that nobody filled in."""
    return raw is None or (isinstance(raw, str) and not raw.strip()) or _is_zero(raw, spec)


def _is_zero(raw: object, spec: Spec) -> bool:
    """Return whether 0 means the default here. Source: Stash's page shows a NUMBER that nobody touched as 0."""
    return spec.in_manifest and spec.manifest_type == "NUMBER" and str(raw).strip() == "0"


def _unknown_keys(config: Config) -> Iterator[Problem]:
    for key in config.values:
        if key not in SPECS and key != KEY:
            hint = did_you_mean(key.lower(), list(SPECS)) or "; docs/settings.md lists all of them"
            place = f"{FILE_NAME}, line {config.lines.get(key, 0)}"
            yield Problem(key[:SHOWN_CHARACTERS], "", place, "", f"there is no such setting{hint}")


def _without_token(problem: Problem, *maps: Mapping[str, Any]) -> Problem:
    """Return `problem` without the token, in case it was typed into another field as well."""
    held = (values.get(name) for values in maps for name in (_TOKEN, _TOKEN.upper()))
    shown, message = problem.value_shown, problem.message
    for token in {token.strip() for token in held if isinstance(token, str) and token.strip()}:
        shown, message = (text.replace(token, "(not shown)") for text in (shown, message))
    return replace(problem, value_shown=shown, message=message)
