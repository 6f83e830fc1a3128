"""Read the file that describes a study and its measures, and stop with every fault that it has."""

from __future__ import annotations

import json
import math
import re
import tomllib
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE, CATALOGUE = "study.toml", "indicators.toml"
SCHEMA = Path(__file__).with_name("schema.json")
LANGUAGES = ("vi", "en")
PER = (1000, 10_000)
"""For how many residents the exposure may be counted; the first unless a study says another."""
CONTROLS = "controls"
BELOW: tuple[Literal["district", "commune"], ...] = ("district", "commune")
"""The levels below the whole, the larger first: a study has none of them, one, or both."""
MOST_BYTES = 1_000_000
"""Of a description: far more than any needs, and nothing that could fill the memory."""
_SHOWN = 5
_OF_MEASURES = ("indicators", "quantities")


class StudyError(ValueError):
    """A description cannot be used; the message says what is wrong in it, and in which line."""


@cache
def schema() -> dict[str, Any]:
    """Read the JSON schema of `study.toml`, which says of each key what it is for."""
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=16)
def read_description(written: str) -> dict[str, Any]:
    """
    Read what describes a study.

    Parameters
    ----------
    written
        The text of a file laid out as `data/study.toml`.

    Returns
    -------
    described
        Its tables, each with its keys. Measures are not among them.
    """
    found = _parsed(written, FILE)
    return dict(_tables({key: one for key, one in found.items() if key not in _OF_MEASURES}))


def in_language(text: Any, language: str) -> str:  # noqa: ANN401
    """Give what is one for all languages, or a table of languages."""
    return str(text[language] if isinstance(text, dict) else text)


def read_measures(written: str) -> dict[str, Any]:
    """Read the measures and quantities of a `study.toml` or an `indicators.toml`."""
    found = _parsed(written, CATALOGUE)
    return {key: found[key] for key in _OF_MEASURES if key in found}


def require(written: str, file: str = FILE) -> str:
    """
    Refuse a description that is not as its schema says.

    Parameters
    ----------
    written
        Its text.
    file
        What it is called; one that does not end with `study.toml` holds measures alone.

    Returns
    -------
    written
        The same.

    Raises
    ------
    StudyError
        With the first five faults, each with its line, and how many more there are.
    """
    found = faults(written, of_study=file.endswith(FILE))
    if found:
        more = [f"  … and {len(found) - _SHOWN} more."] if len(found) > _SHOWN else []
        lines = [f"  line {line}: {said}" for line, said in found[:_SHOWN]]
        head = f"{file} has {len(found)} faults:" if found[1:] else f"{file} has a fault:"
        end = "Correct it; hganalysis.study.keys() says what each key is for."
        raise StudyError("\n".join([head, *lines, *more, end]))
    return written


def faults(written: str, *, of_study: bool = True) -> list[tuple[int, str]]:
    """
    List every fault of a description, with its line.

    Parameters
    ----------
    written
        Its text.
    of_study
        Whether it is a `study.toml`, which may hold measures too, or holds measures alone.
    """
    from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

    whole, formats = schema(), FormatChecker(formats=())
    if not of_study:
        whole = {"$defs": whole["$defs"], "$ref": "#/$defs/catalogue"}
    for name, check in _FORMATS.items():
        formats.checks(name, raises=ValueError)(check)
    found = _parsed(written, FILE if of_study else CATALOGUE)
    errors = Draft202012Validator(whole, format_checker=formats).iter_errors(found)
    lines = _lines(written)
    return sorted({(_line(lines, path), said) for one in errors for path, said in _told(one)})


def keys() -> str:
    """Say what each key of `study.toml` is for: a line each, as its schema describes it."""
    return "\n".join(f"{at}: {said}" for at, said in _described(schema(), ""))


def _described(part: dict[str, Any], at: str) -> Iterator[tuple[str, str]]:
    target = schema()["$defs"].get(part.get("$ref", "").rpartition("/")[2], {})
    if at and (said := part.get("description") or target.get("description")):
        yield at, said
    for key, inner in {**part, **target}.get("properties", {}).items():
        yield from _described(inner, f"{at}.{key}".strip("."))
    if isinstance(inner := target.get("additionalProperties"), dict):
        yield from _described(inner, f"{at}.NAME")


def _parsed(written: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(written)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        msg = f"{file} cannot be read: {error}. Start from a copy of data/{file}."
        raise StudyError(msg) from error


def _told(error: Any) -> Iterator[tuple[Sequence[str], str]]:  # noqa: ANN401
    """Say what an error of jsonschema means, and where it is."""
    path, rule, value = [str(one) for one in error.absolute_path], error.schema, error.instance
    if "propertyNames" in error.absolute_schema_path:
        path = [*path, value]
    at = ".".join(path) or "the file"
    if error.validator == "additionalProperties":
        known = [*rule.get("properties", {}), *rule.get("patternProperties", {})]
        for key in [key for key in value if not any(re.search(f"^{one}$", key) for one in known)]:
            shown = ", ".join(one.replace("^[0-9]{4}$", "years") for one in known)
            yield [*path, key], f"{'.'.join([*path, key])} is no key; it has {shown}"
    elif error.validator == "required":
        for key in [key for key in error.validator_value if key not in value]:
            yield path, f"{'.'.join([*path, key])} is missing"
    elif error.cause:
        yield path, f"{at} {error.cause}"
    else:
        expected = rule.get("title") or "one of " + ", ".join(map(str, rule.get("enum", ())))
        yield path, f"{at} is {value!r:.80}, not {expected}"


def _rising(value: Any) -> bool:  # noqa: ANN401
    given = value if isinstance(value, list) else []
    numbers = [one for one in given if isinstance(one, (int, float))]
    return all(map(math.isfinite, numbers)) and all(one < two for one, two in pairwise(numbers))


def _around_0(value: Any) -> bool:  # noqa: ANN401
    middle = value[len(value) // 2 :][:1] if isinstance(value, list) and len(value) % 2 else [None]
    return _rising(value) and middle == [0]


def _one_role(value: Any) -> bool:  # noqa: ANN401
    measures = value.values() if isinstance(value, dict) else ()
    roles = [one.get("role") for one in measures if isinstance(one, dict)]
    for role in ("headline", "ratio", "files", "people"):
        if roles.count(role) > 1:
            msg = f"give the role {role!r} to {roles.count(role)} measures; one may have it"
            raise ValueError(msg)
    return True


# What no word of JSON schema says is a format of its own.
_FORMATS = {"rising": _rising, "rising_around_0": _around_0, "one_role": _one_role}


_KEY = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_KEYS = re.compile(rf"\s*(\[?)\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*(?:\]|=)")


def _lines(written: str) -> dict[tuple[str, ...], int]:
    """Say in which line each table and each key stands; what is within a line stands there too."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(written.splitlines(), start=1):
        if match := _KEYS.match(line):
            named = tuple(part.strip("\"'") for part in re.findall(_KEY, match[2]))
            table = named if match[1] else table
            found.setdefault(table if match[1] else (*table, *named), number)
    return found


def _line(lines: dict[tuple[str, ...], int], path: Sequence[str]) -> int:
    """Give the line of what a path leads to, or of what comes nearest."""
    for end in range(len(path), 0, -1):
        inside = [line for at, line in lines.items() if at[:end] == tuple(path[:end])]
        if inside:
            return min(inside)
    return 1


def _tables(found: dict[str, Any], at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Take tables apart: `[levels.district]` is one of its own, a text in languages is none."""
    inner = {
        key: value
        for key, value in found.items()
        if isinstance(value, dict) and not set(value) <= set(LANGUAGES)
    }
    if own := {key: value for key, value in found.items() if key not in inner}:
        yield at, own
    for key, value in inner.items():
        yield from _tables(value, f"{at}.{key}".strip("."))


def write(tables: dict[str, dict[str, Any]]) -> bytes:
    """Write tables as `read_description` gives them: a file laid out as `data/study.toml`."""
    lines = []
    for at, table in sorted(tables.items()):
        lines += [f"[{at}]"] if at else []
        lines += [f"{key} = {_value(value)}" for key, value in table.items()]
    return ("\n".join(lines) + "\n").encode()


def _value(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_value(one)}' for key, one in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)  # texts, numbers and lists are written alike
