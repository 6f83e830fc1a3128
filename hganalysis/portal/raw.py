"""Read one raw answer of the portal, and refuse what is not as it should be, in one line each."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pandas as pd

from .. import limits, words
from ..escaping import plain
from ..wording import explain_error

COMMUNE, DEPARTMENT = "COMMUNE", "PROVINCE"
"""Levels of the offices of an answer, as the portal calls them."""

_TEXT_FIELDS = ("departmentCode", "departmentName", "level")
_MAX_NAMES = 5
"""Names and keys that a message lists."""
_MAX_LETTERS = 300
"""Letters of a file that a message repeats."""


class PortalError(ValueError):
    """An answer of the portal cannot be used; the message says why, and what to do."""


def refuse(key: str, **blanks: object) -> NoReturn:
    """Refuse for the reason of a key of `[portal_errors]`; what a file says is shortened."""
    texts = {name: plain(str(value), longest=_MAX_LETTERS) for name, value in blanks.items()}
    raise PortalError(words.term(f"portal_errors.{key}", **texts)) from None


class PortalMeasure(NamedTuple):
    """A share that is made of an answer: two fields, and what they are called."""

    name: str
    count_field: str
    out_of_field: str
    texts: dict[str, Any]


@cache  # it is a file of the package, and of no study
def known_tables() -> dict[str, Any]:
    """Read what is known of answers, and how a study of them is described."""
    file = Path(__file__).with_name("known.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache  # it is a file of the package, and of no study
def measures() -> dict[str, PortalMeasure]:
    """Read the measures that are known, by name."""
    return {
        name: PortalMeasure(name, entry["count"], entry["out_of"], entry)
        for name, entry in known_tables()["measures"].items()
    }


@dataclass(frozen=True)
class RawAnswer:
    """The answer of the portal for one province and one period, byte for byte and as a table."""

    file: str
    content: bytes
    province: dict[str, Any]
    """The sums of the province, with its name."""
    offices: pd.DataFrame
    """One row for each office: its code, name, level, and all that the portal says of it."""
    measures: tuple[PortalMeasure, ...]

    @property
    def communes(self) -> pd.DataFrame:
        """The offices of communes."""
        return self.offices[self.offices["level"] == COMMUNE]

    @property
    def province_name(self) -> str:
        """The name of the province, as the portal writes it."""
        return str(self.province["departmentName"])


def read_raw(path: Path, wanted: tuple[str, ...] = ()) -> RawAnswer:
    """
    Read a file of the portal.

    Parameters
    ----------
    path
        The answer as the portal sent it.
    wanted
        Names of measures; by default all that the answer has the counts for.

    Raises
    ------
    PortalError
        If it is no answer of a known shape, if its counts contradict each other, or if a measure
        is asked for that is none.
    """
    content = _read_bytes(path)
    parent, children = _take_apart(path.name, content)
    offices = pd.DataFrame([_office(path.name, *numbered) for numbered in enumerate(children, 1)])
    codes = offices.loc[offices["departmentCode"].duplicated(), "departmentCode"]
    if len(codes):
        listed = words.join_some([*codes], more="words.more_values")
        refuse("twice", file=path.name, codes=listed)
    if COMMUNE not in set(offices["level"]):
        refuse("no_commune", file=path.name)
    chosen = _choose(path.name, parent, offices, wanted)
    for measure in chosen:
        _check(path.name, measure, parent, offices)
    return RawAnswer(path.name, content, parent, offices, chosen)


def _read_bytes(path: Path) -> bytes:
    if path.stat().st_size > limits.MOST_BYTES:
        reason = f"> {words.number(limits.MOST_BYTES)} bytes"
        refuse("no_json", file=path.name, reason=reason)
    return path.read_bytes()


def _take_apart(file: str, content: bytes) -> tuple[dict[str, Any], list[Any]]:
    """Give the province and its offices, if the answer is of the known shape."""
    try:
        answer = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_refuse_repeated)
    except (ValueError, RecursionError) as error:
        refuse("no_json", file=file, reason=explain_error(error))
    code = answer.get("code") if isinstance(answer, dict) else None
    if isinstance(code, str | int) and code != "OK":
        refuse("not_ok", file=file, found=code)
    data = answer.get("data") if isinstance(answer, dict) else None
    parts = data if isinstance(data, dict) else {}
    parent, children = parts.get("parent"), parts.get("children")
    if code is None or not isinstance(parent, dict) or not isinstance(children, list):
        refuse("shape", file=file, found=_describe_shape(answer, data))
    names = [parent.get(field) for field in ("departmentName", "departmentCode")]
    if not children or not all(isinstance(name, str) for name in names):
        refuse("shape", file=file, found=_describe_shape(answer, data))
    return parent, children


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object with a key twice: nobody knows which of them is right."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = max(names, key=names.count)
        raise ValueError(words.term("portal_errors.twice_in_object", name=twice))
    return content


def _describe_shape(answer: object, data: object) -> str:
    """Name the first keys of an answer, and those of its data."""
    if not isinstance(answer, dict):
        return type(answer).__name__
    keys = [*answer][:_MAX_NAMES]
    if isinstance(data, dict):
        keys += [f"data.{key}" for key in data][:_MAX_NAMES]
    return ", ".join(keys) or "{}"


def _office(file: str, number: int, child: object) -> dict[str, Any]:
    """Require an office that has a code, a name and a known level."""
    if not isinstance(child, dict):
        refuse("office", file=file, number=number, expected="{…}", found=repr(child))
    for field in _TEXT_FIELDS:
        text = child.get(field)
        if not isinstance(text, str) or not text.strip():
            refuse("office", file=file, number=number, expected=field, found=repr(text))
    level = child["level"]
    if level not in (COMMUNE, DEPARTMENT):
        expected = f"level {COMMUNE} / {DEPARTMENT}"
        refuse("office", file=file, number=number, expected=expected, found=repr(level))
    return child


def _choose(
    file: str, parent: dict[str, Any], offices: pd.DataFrame, wanted: tuple[str, ...]
) -> tuple[PortalMeasure, ...]:
    """Choose the measures that are wanted, or all whose counts the communes have."""
    all_names = ", ".join(measures())
    for name in wanted:
        if name not in measures():
            reason = known_tables()["traps"].get(name, "unknown")
            refuse(reason, measure=name, known=all_names)
    communes = offices[offices["level"] == COMMUNE].dropna(axis="columns", how="all")
    chosen = []
    for measure in measures().values():
        lacking = {measure.count_field, measure.out_of_field} - {*communes.columns}
        if not lacking and (not wanted or measure.name in wanted):
            chosen.append(measure)
        if lacking and measure.name in wanted:
            is_of_whole = {measure.count_field, measure.out_of_field} <= parent.keys()
            key = "whole_only" if is_of_whole else "lacking"
            fields = ", ".join(sorted(lacking))
            refuse(key, file=file, measure=measure.name, fields=fields)
    if not chosen:
        pairs = [
            f"{measure.count_field} / {measure.out_of_field}" for measure in measures().values()
        ]
        refuse("no_measure", file=file, known="; ".join(pairs))
    return tuple(chosen)


def _check(
    file: str, measure: PortalMeasure, parent: dict[str, Any], offices: pd.DataFrame
) -> None:
    """Require whole numbers that add up to those of the province, none above its denominator."""
    for field in (measure.count_field, measure.out_of_field):
        for row, value in enumerate([parent.get(field), *offices[field]]):
            if not _is_count(value):
                whole_number = f"{field}: 0, 1, 2, …"
                found = "null" if value is None or value != value else repr(value)
                refuse("office", file=file, number=row, expected=whole_number, found=found)
        total = int(offices[field].sum())
        expected = int(parent[field])
        if total != expected:
            blanks = {"found": words.number(total), "expected": words.number(expected)}
            refuse("sums", file=file, field=field, province=parent["departmentName"], **blanks)
    is_above = offices[measure.count_field] > offices[measure.out_of_field]
    for office in offices[is_above].to_dict("records"):
        refuse(
            "above",
            file=file,
            name=office["departmentName"],
            count_field=measure.count_field,
            count=words.number(int(office[measure.count_field])),
            out_of_field=measure.out_of_field,
            out_of=words.number(int(office[measure.out_of_field])),
        )


def _is_count(value: object) -> bool:
    """Say whether a value of JSON is a whole number from 0; a column with a gap has floats."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) and value >= 0 and float(value).is_integer()
