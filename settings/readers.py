"""One reader for each kind of setting: from what Stash, a file or the environment holds to the value."""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from matching.paths import PathRule
from matching.rules import RuleError, check_rules, parse_rules
from matching.tag_rules import parse_tag_rules
from matching.tag_targets import parse_tag_targets
from settings.choices import did_you_mean
from settings.prefixes import parse_prefixes, spelled
from settings.settings import BadValueError
from settings.spec import Kind, Spec
from settings.title_format import FormatError, parse_title_format

Value: TypeAlias = str | bool | int | float | tuple[str, ...] | frozenset[str] | tuple[PathRule, ...]

_SWITCH_WORDS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0", ""), False),
}
_LISTED: Final = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"\s*(?=,|$)|([^,]*))(?:,|$)')
_HOST: Final = re.compile(r"(?=.*[.:])[\w.-]{1,64}(:\d{1,5})?")


def read(raw: object, spec: Spec) -> Value:
    """Return the value of `raw` for `spec`; raise BadValueError where the setting does not accept it."""
    return _READERS[spec.kind](raw, spec)


def _text(raw: object, _spec: Spec) -> str:
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
        raise BadValueError("must be a text")
    return str(raw)


def _hidden(raw: object, spec: Spec) -> str:
    text = _text(raw, spec).strip()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise BadValueError("must be letters, digits and signs without blanks; copy it again from Plex")
    return text


def _address(raw: object, spec: Spec) -> str:
    text = _text(raw, spec).strip()
    if not text:
        return ""
    scheme, colon, _ = text.partition("://")
    if not colon:
        hint = f"; did you mean http://{text}?" if _HOST.fullmatch(text) else ""
        raise BadValueError(f"must begin with http:// or https://{hint}")
    if scheme.lower() not in {"http", "https"}:
        raise BadValueError("must begin with http:// or https://")
    _check_address(text)
    return text.rstrip("/")


def _check_address(text: str) -> None:
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        reason = "the port must be a number up to 65535" if "ort" in str(error) else "the host is not valid"
        raise BadValueError(f"is no address: {reason}") from None
    if not host or not text.isprintable() or " " in text:
        raise BadValueError("must name a host, such as http://192.168.1.10:32400")
    if host == "app.plex.tv":
        raise BadValueError(
            "is the address of Plex's web app; give that of your own server, such as http://192.168.1.10:32400"
        )
    if "@" in parts.netloc:
        raise BadValueError("must not hold a name or a password")
    if "?" in text or "#" in text or parts.path.startswith("/web"):
        raise BadValueError("must end after the host and the port; leave out everything behind them")


def _switch(raw: object, _spec: Spec) -> bool:
    if isinstance(raw, bool):
        return raw
    known = _SWITCH_WORDS.get(str(raw).strip().lower()) if isinstance(raw, (str, int)) else None
    if known is None:
        raise BadValueError("must be on or off (true or false)")
    return known


def _number(raw: object, spec: Spec) -> float:
    try:
        number = math.nan if isinstance(raw, bool) or not isinstance(raw, (str, int, float)) else float(raw)
    except (ValueError, OverflowError):
        number = math.nan
    if not spec.least <= number <= spec.most:
        raise BadValueError(f"must be a {spec.kind} from {spec.least:g} to {spec.most:.10g}")
    return number


def _whole(raw: object, spec: Spec) -> int:
    number = _number(raw, spec)
    if not number.is_integer():
        raise BadValueError(f"must be a {spec.kind} from {spec.least:g} to {spec.most:.10g}")
    return int(number)


def _list(raw: object, _spec: Spec) -> tuple[str, ...]:
    if isinstance(raw, str):
        raw = _from_json(raw) or _listed(raw)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        raw = [raw]
    if not isinstance(raw, (list, tuple)) or any(
        isinstance(each, bool) or not isinstance(each, (str, int, float)) for each in raw
    ):
        raise BadValueError("must be names separated by commas, or a list of names")
    return tuple(dict.fromkeys(str(each) for each in raw if str(each).strip()))


def _from_json(text: str) -> list[object] | None:
    """Return the list that `text` is in JSON; None if it is none: a name may begin with a bracket."""
    if not text.lstrip().startswith("["):
        return None
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, list) else None


def _listed(text: str) -> list[str]:
    """Split by line if there are several lines, else by comma; a name in double quotes keeps its commas and blanks."""
    if "\n" in text.strip():
        return [line.strip() for line in text.splitlines()]
    return [
        found[2].strip() if found[1] is None else re.sub(r"\\(.)", r"\1", found[1]) for found in _LISTED.finditer(text)
    ]


def _choice(raw: object, spec: Spec) -> str:
    """Return the member of `spec.choices`; one that holds commas may also be a list."""
    parts = [part.strip() for part in ", ".join(_list(raw, spec)).split(",")]
    word = _one_of(", ".join(parts), spec)
    return next(choice for choice in spec.choices if choice == word)


def _level(raw: object, spec: Spec) -> str:
    known = _SWITCH_WORDS.get(str(raw).strip().lower()) if isinstance(raw, (str, int)) else None
    return _choice(raw, spec) if known is None else spec.choices[known]


def _choices(raw: object, spec: Spec) -> frozenset[str]:
    return frozenset(_one_of(each, spec) for each in _list(raw, spec))


def _lists(raw: object, spec: Spec) -> frozenset[str]:
    """Return all or none for a switch, else the named ones; "genres" does as well as "genre"."""
    if isinstance(raw, list) and len(raw) == 1 and isinstance(raw[0], bool):
        raw = raw[0]  # [on], as YAML reads it
    known = _SWITCH_WORDS.get(str(raw).strip().lower()) if isinstance(raw, (str, int)) else None
    if known is not None:
        return frozenset(spec.choices if known else ())
    return frozenset(_one_of(each.strip().lower().removesuffix("s"), spec) for each in _list(raw, spec))


def _one_of(text: str, spec: Spec) -> str:
    word = text.strip().lower()
    if word in spec.choices:
        return word
    raise BadValueError(
        f'does not know "{text.strip()[:40]}"; it accepts {", ".join(spec.choices)}{did_you_mean(word, spec.choices)}'
    )


def _rules(raw: object, _spec: Spec) -> tuple[PathRule, ...]:
    if isinstance(raw, str):
        raw = _from_json(raw) or raw
    listed = raw if isinstance(raw, list) else [raw]
    try:
        return parse_rules(raw) if isinstance(raw, str) else check_rules([_rule(each) for each in listed])
    except RuleError as error:
        raise BadValueError("; ".join(error.problems)) from None


def _rule(raw: object) -> str | tuple[str, str]:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, dict) and set(raw) == {"stash", "plex"} and all(isinstance(each, str) for each in raw.values()):
        return raw["stash"], raw["plex"]
    raise BadValueError("must be lines of the form `/data => /media`, or a list of `stash:` and `plex:` pairs")


def _tag_rules(raw: object, _spec: Spec) -> tuple[str, ...]:
    return _rules_on_tags(raw, parse_tag_rules)


def _tag_targets(raw: object, _spec: Spec) -> tuple[str, ...]:
    return _rules_on_tags(raw, parse_tag_targets)


def _rules_on_tags(raw: object, parse: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    if isinstance(raw, str):
        raw = _from_json(raw) or raw
    listed = raw if isinstance(raw, list) else [raw]
    if any(isinstance(each, bool) or not isinstance(each, (str, int, float)) for each in listed):
        raise BadValueError("must be values, or rules of the form `tag => value`, separated by semicolons")
    try:
        return parse("\n".join(map(str, listed)))
    except RuleError as error:
        raise BadValueError("; ".join(error.problems)) from None


def _prefixes(raw: object, spec: Spec) -> tuple[str, ...]:
    named = raw.items() if isinstance(raw, dict) else parse_prefixes(_text(raw, spec))
    if named is None:
        raise BadValueError('must be `kind => prefix`, separated by semicolons, such as studio => "Studio: "')
    prefixes = {_one_of(str(kind), spec): _text("" if prefix is None else prefix, spec) for kind, prefix in named}
    if any('"' in prefix for prefix in prefixes.values()):
        raise BadValueError("must not hold a double quote within a prefix")
    return spelled(prefixes)


def _title_format(raw: object, spec: Spec) -> str:
    if isinstance(raw, (list, dict)):
        raise BadValueError("must be a text; put it in quotes, for its brackets mean something else to YAML")
    text = _text(raw, spec).strip()
    try:
        parse_title_format(text)
    except FormatError as error:
        raise BadValueError(str(error)) from None
    return text


_READERS: Final[Mapping[Kind, Callable[[object, Spec], Value]]] = {
    Kind.TEXT: _text,
    Kind.ADDRESS: _address,
    Kind.HIDDEN: _hidden,
    Kind.SWITCH: _switch,
    Kind.NUMBER: _number,
    Kind.WHOLE: _whole,
    Kind.LIST: _list,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.LISTS: _lists,
    Kind.LEVELS: _level,
    Kind.RULES: _rules,
    Kind.TAG_RULES: _tag_rules,
    Kind.TITLE_FORMAT: _title_format,
    Kind.TAG_TARGETS: _tag_targets,
    Kind.PREFIXES: _prefixes,
}
