"""Read the file that describes a study and its measures, and stop with every fault that it has."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections import Counter
from contextlib import suppress
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .. import wording
from ..periods import PeriodError, list_periods, name_grain, order_periods, read_period
from ..wording import LANGUAGES, explain_error, write_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..periods import PeriodKey

FILE, CATALOGUE = "study.toml", "indicators.toml"
SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text("utf-8"))
"""The JSON schema of `study.toml`, which says of each key what it is for."""
DESCRIPTIONS = {"vi": "description_vi", "en": "description"}
"""The keyword of the schema that says what a key is for, in each language."""
PER = (1000, 10_000)
"""For how many residents the exposure may be counted; the first unless a study says another."""
CONTROLS = "controls"
BELOW: tuple[Literal["district", "commune"], ...] = ("district", "commune")
"""The levels below the whole, the larger first: a study has none of them, one, or both."""
MOST_BYTES = 1_000_000
"""Of a description: far more than any needs, and nothing that could fill the memory."""
# Faults that a refusal shows.
_MAX_SHOWN = 5
_TABLES_OF_MEASURES = ("indicators", "quantities", "groups")
# Roles that one measure of a study may have.
_ROLES_OF_ONE = ("headline", "ratio", "files", "people")
# A line that begins a table, `[a.b]`, or gives a key its value, `a.b = `.
_KEY = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_KEY_LINE = re.compile(rf"\s*(\[?)\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*(?:\]|=)")


class StudyError(ValueError):
    """A description cannot be used; the message says what is wrong in it, and in which line."""


@lru_cache(maxsize=16)  # a study is opened more often than it is written
def read_description(text: str) -> dict[str, Any]:
    """
    Read the tables that describe a study, without its measures.

    Parameters
    ----------
    text
        Of a file laid out as `data/study.toml`.

    Returns
    -------
    described
        The keys of each table, by the name of the table, such as `"levels.district"`.
    """
    content = _parse(text, FILE)
    for name in _TABLES_OF_MEASURES:
        content.pop(name, None)
    return dict(_flatten(content))


def in_language(text: Any, language: str) -> str:  # noqa: ANN401
    """Choose a language of a text; a text that is one for all languages stays."""
    return str(text[language] if isinstance(text, dict) else text)


# every label and year of a measure asks for them
@lru_cache(maxsize=16)
def read_measures(text: str) -> dict[str, Any]:
    """Read the measures and quantities of a `study.toml` or an `indicators.toml`."""
    content = _parse(text, CATALOGUE)
    return {name: content[name] for name in _TABLES_OF_MEASURES if name in content}


def needs_residents(description: str, catalogue: str = "") -> bool:
    """
    Say whether a study asks for the residents of places.

    It does for its exposure, which is counted for so many of them, and for a measure that is out of
    nothing else. Without any measure, those of the package are used, which are out of residents.

    Parameters
    ----------
    description
        The text of its `study.toml`.
    catalogue
        That of its `indicators.toml`, which takes the place of measures in the description.
    """
    content = read_measures(catalogue or description)
    measures = content.get("indicators", {}).values()
    if not measures or "exposure" in read_description(description):
        return True
    for measure in measures:
        by_default = "" if "out_of" in measure else "residents"
        if measure.get("denominator", by_default) == "residents":
            return True
    return False


def read_periods(text: str) -> list[PeriodKey]:
    """List the periods of a study, first to last: as it says, else those of its measures."""
    content = _parse(text, FILE)
    periods = content.get("periods") or content.get("years") or []
    if isinstance(periods, dict):
        return list_periods(periods["from"], periods["to"])
    if not periods:
        measures = content.get("indicators", {}).values()
        periods = [period for measure in measures for period in measure.get("when", ())]
    return order_periods(periods)


def require(text: str, file: str = FILE) -> str:
    """
    Refuse a description that is not as its schema says.

    Parameters
    ----------
    text
        Of the description.
    file
        Its name; one that does not end with `study.toml` holds measures alone.

    Returns
    -------
    text
        The same.

    Raises
    ------
    StudyError
        With the first five faults, each with its line, and how many more there are.
    """
    all_faults = faults(text, of_study=file.endswith(FILE))
    n_faults = len(all_faults)
    if n_faults == 0:
        return text
    message = [write_refusal("study_errors.faults", file=file, number=n_faults)]
    for line, fault in all_faults[:_MAX_SHOWN]:
        message.append(write_refusal("study_errors.line", line=line, fault=fault))
    if n_faults > _MAX_SHOWN:
        message.append(write_refusal("study_errors.more", more=n_faults - _MAX_SHOWN))
    message.append(write_refusal("study_errors.keys"))
    raise StudyError("\n".join(message))


def faults(text: str, *, of_study: bool = True) -> list[tuple[int, str]]:
    """
    List every fault of a description, with its line.

    Parameters
    ----------
    text
        Of the description.
    of_study
        Whether it is a `study.toml`, which may hold measures too, or holds measures alone.
    """
    from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

    rules = SCHEMA
    if not of_study:
        rules = {"$defs": SCHEMA["$defs"], "$ref": "#/$defs/catalogue"}
    formats = FormatChecker(formats=())
    for name, check in _FORMATS.items():
        formats.checks(name, raises=ValueError)(check)

    content = _parse(text, FILE if of_study else CATALOGUE)
    lines = _lines_by_path(text)
    errors = Draft202012Validator(rules, format_checker=formats).iter_errors(content)
    found_faults = [fault for error in errors for fault in _explain(error)]
    if not found_faults:
        # only then groups and measures are tables as they should be
        found_faults = list(_faults_of_groups(content))
    return sorted({(_nearest_line(lines, path), fault) for path, fault in found_faults})


def _faults_of_groups(content: dict[str, Any]) -> Iterator[tuple[list[str], str]]:
    """Find measures by groups that nobody named, and two measures of one name."""
    groups = content.get("groups", {})
    measures = content.get("indicators", {})
    listed = ", ".join(groups) or "–"
    names = Counter([*measures])
    for name, measure in measures.items():
        for by in measure.get("by", ()):
            path = ["indicators", name, "by"]
            if by not in groups:
                blanks = {"key": ".".join(path), "by": by, "groups": listed}
                yield path, write_refusal("study_errors.no_group", **blanks)
            names.update(f"{name}_{group}" for group in groups.get(by, ()))
        for key in ("parts_of", "stock_of"):
            path = ["indicators", name, key]
            unknown = [whole for whole in measure.get(key, ()) if whole not in measures]
            if unknown:
                blanks = {"key": ".".join(path), "measure": unknown[0]}
                yield path, write_refusal("study_errors.no_whole", **blanks)
    for name, n_measures in names.items():
        if n_measures > 1:
            yield ["groups"], write_refusal("study_errors.same_name", name=name, number=n_measures)


def keys() -> str:
    """
    Say what each key of `study.toml` is for: a line each, in the language in use.

    Examples
    --------
    >>> from hganalysis import words
    >>> with words.use("en"):
    ...     print(keys().splitlines()[0])
    name: The name of the whole area.
    """
    return "\n".join(_describe_keys(SCHEMA, ""))


def describe_key(rule: dict[str, Any]) -> str:
    """Give what a rule of the schema says of its key, in the language in use; "" for nothing."""
    description: str = rule.get(DESCRIPTIONS[wording.name_language()], "")
    return description


def name_kind(title: str) -> str:
    """Write what a key holds, which the schema has as its title, in the language in use."""
    key = re.sub("[^a-z]+", "_", title.lower())
    return write_refusal(f"schema.{key.strip('_')}")


def _describe_keys(rule: dict[str, Any], path: str) -> Iterator[str]:
    target = SCHEMA["$defs"].get(rule.get("$ref", "").rpartition("/")[2], {})
    description = describe_key({**target, **rule})
    if path and description:
        yield f"{path}: {description}"
    for key, inner_rule in {**rule, **target}.get("properties", {}).items():
        yield from _describe_keys(inner_rule, f"{path}.{key}".strip("."))
    inner_rule = target.get("additionalProperties")
    if isinstance(inner_rule, dict):
        yield from _describe_keys(inner_rule, f"{path}.NAME")


def _parse(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        refusal = write_refusal(
            "study_errors.unreadable",
            file=file,
            error=explain_error(error),
        )
        raise StudyError(refusal) from error


def _explain(error: Any) -> Iterator[tuple[Sequence[str], str]]:  # noqa: ANN401
    """Say what an error of jsonschema means, and give the path of the key that it is about."""
    value = error.instance
    path = [str(key) for key in error.absolute_path]
    if "propertyNames" in error.absolute_schema_path:
        path.append(value)
    name = ".".join(path) or write_refusal("study_errors.file")
    if error.validator == "additionalProperties":
        for key, fault in _unknown_keys(error.schema, value, path):
            yield [*path, key], fault
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in value:
                missing = ".".join([*path, key])
                yield path, write_refusal("study_errors.missing", name=missing)
    elif error.cause:
        yield path, f"{name} {error.cause}"
    else:
        choices = ", ".join(map(str, error.schema.get("enum", ())))
        title = error.schema.get("title")
        if title:
            expected = name_kind(title)
        else:
            expected = write_refusal("study_errors.one_of", choices=choices)
        shown = f"{value!r:.80}"
        yield path, write_refusal("study_errors.other", name=name, value=shown, expected=expected)


def _unknown_keys(
    rule: dict[str, Any], table: dict[str, Any], path: list[str]
) -> Iterator[tuple[str, str]]:
    """Name each key of a table that its rule does not know, and those that it knows."""
    patterns = [*rule.get("properties", {}), *rule.get("patternProperties", {})]
    listed = ", ".join(patterns)
    for key in table:
        is_known = any(re.search(f"^{pattern}$", key) for pattern in patterns)
        if not is_known:
            name = ".".join([*path, key])
            blanks = {"name": name, "keys": listed}
            yield key, write_refusal("study_errors.no_key", **blanks)


def _is_rising(value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, list):
        return True
    numbers = [number for number in value if isinstance(number, (int, float))]
    are_finite = all(map(math.isfinite, numbers))
    return are_finite and all(low < high for low, high in pairwise(numbers))


def _is_rising_around_0(value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, list) or len(value) % 2 == 0:
        return False
    return _is_rising(value) and value[len(value) // 2] == 0


def _is_day(value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, str):
        return True
    with suppress(ValueError):
        return date.fromisoformat(value).isoformat() == value
    return False


def _has_each_role_once(value: Any) -> bool:  # noqa: ANN401
    measures = value.values() if isinstance(value, dict) else ()
    roles = [measure.get("role") for measure in measures if isinstance(measure, dict)]
    for role in _ROLES_OF_ONE:
        n_measures = roles.count(role)
        if n_measures > 1:
            raise ValueError(write_refusal("study_errors.role", role=role, number=n_measures))
    return True


def _names_its_source(value: Any) -> bool:  # noqa: ANN401
    """Refuse estimates and samples of nobody: a source line names who made them."""
    counted = value.get("counted", "complete") if isinstance(value, dict) else "complete"
    if counted != "complete" and "credit" not in value:
        raise ValueError(write_refusal("study_errors.no_credit", counted=counted))
    return True


def _has_one_grain(value: Any) -> bool:  # noqa: ANN401
    """Refuse a list of periods, or a table by period, that mixes months and quarters."""
    texts, grains = value, set()
    if isinstance(value, dict) and set(value) == {"from", "to"}:
        texts = value.values()
    with suppress(PeriodError):  # each period that is none has a fault of its own
        grains = {read_period(text).grain for text in texts}
    if len(grains) > 1:
        listed = ", ".join(map(name_grain, sorted(grains)))
        raise ValueError(write_refusal("study_errors.grains", grains=listed))
    return True


# What JSON schema has no word for is a format of its own.
_FORMATS = {
    "period": read_period,
    "day": _is_day,
    "one_grain": _has_one_grain,
    "rising": _is_rising,
    "rising_around_0": _is_rising_around_0,
    "one_role": _has_each_role_once,
    "credited": _names_its_source,
}


def _lines_by_path(text: str) -> dict[tuple[str, ...], int]:
    """Say in which line each table and each key is, by its path."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        match = _KEY_LINE.match(line)
        if not match:
            continue
        bracket, name = match.groups()
        path = tuple(key.strip("\"'") for key in re.findall(_KEY, name))
        if bracket:
            table = path
        else:
            path = (*table, *path)
        lines.setdefault(path, number)
    return lines


def _nearest_line(lines: dict[tuple[str, ...], int], path: Sequence[str]) -> int:
    """Give the line of a path, or of the nearest table that holds it."""
    for n_keys in range(len(path), 0, -1):
        start = tuple(path[:n_keys])
        lines_inside = [line for keys, line in lines.items() if keys[:n_keys] == start]
        if lines_inside:
            return min(lines_inside)
    return 1


def _flatten(content: dict[str, Any], name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Take tables apart: `levels.district` is a table; a text in several languages is a value."""
    values, tables = {}, {}
    for key, value in content.items():
        is_table = isinstance(value, dict) and not set(value) <= set(LANGUAGES)
        if is_table:
            tables[key] = value
        else:
            values[key] = value
    if values:
        yield name, values
    for key, table in tables.items():
        yield from _flatten(table, f"{name}.{key}".strip("."))


def write(tables: dict[str, dict[str, Any]]) -> bytes:
    """Write tables as `read_description` gives them: a file laid out as `data/study.toml`."""
    lines = []
    for name, table in sorted(tables.items()):
        if name:
            lines.append(f"[{name}]")
        lines += [f"{key} = {_write_value(value)}" for key, value in table.items()]
    return ("\n".join(lines) + "\n").encode()


def _write_value(value: object) -> str:
    if isinstance(value, dict):
        pairs = ", ".join(f"{key} = {_write_value(inner)}" for key, inner in value.items())
        return f"{{ {pairs} }}"
    return json.dumps(value, ensure_ascii=False)  # texts, numbers and lists are written alike
