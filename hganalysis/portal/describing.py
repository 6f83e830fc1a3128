"""Describe the study of a province: its `study.toml`, and its list of places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from .. import study, words
from ..countries import COUNTRIES
from ..countries.letters import bare
from ..periods import PeriodKey, order_periods, read_period
from ..publish.folders import temporary
from ..publish.own import definitions
from .raw import PortalMeasure, known_tables

_COUNTRY = COUNTRIES["VN"]
_ANY_PERIOD = "2026-Q3"
"""A period for a study whose reports are not read yet."""

_Texts = dict[str, str]


def describe(
    listed: pd.DataFrame,
    measures: Sequence[PortalMeasure],
    *,
    captured: Mapping[PeriodKey, str],
    classes: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> bytes:
    """
    Write the `study.toml` of a province.

    Parameters
    ----------
    listed
        Its list of places. A column `former_district` or `former_province` groups the communes.
    measures
        The shares; the first is the headline.
    captured
        The day of capture of each period; without any, the study is only used to match names.
    classes
        The borders of classes of each measure, by the keys of `study.toml`.
    """
    tables = _describe_places(listed)
    last_day = max(captured.values(), default="")
    tables[""]["periods"] = order_periods(captured) or [_ANY_PERIOD]
    tables[""]["counted"] = measures[0].texts["counted"]
    if last_day:
        tables[""]["captured"] = last_day
    credit = _in_languages("credit", day=last_day)
    tables["published"] = {"credit": credit, "caution": _in_languages("caution")}
    for measure in measures:
        name = f"indicators.{measure.name}"
        tables[name] = {**_describe_measure(measure), **classes.get(measure.name, {})}
        if any(map(_is_open, captured, captured.values())):
            tables[f"{name}.when"] = {str(key): _when(key, day) for key, day in captured.items()}
    tables[f"indicators.{measures[0].name}"]["role"] = "headline"
    return study.write(tables)


def _describe_places(listed: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Name the province, its communes, and what groups these."""
    tables_known = known_tables()
    levels = tables_known["levels"]
    clusters = tables_known["clusters"]
    name = listed["province"].iloc[0]
    kind, short = _COUNTRY.split(name, _COUNTRY.kinds["province"]) or ("Tỉnh", name)
    starts = listed["name"].str.startswith
    types = [word for word in _COUNTRY.kinds["name"] if starts(word).any()]
    short_en = bare(short)
    names = {"vi": short, "en": short_en}
    tables: dict[str, dict[str, Any]] = {
        "": {"name": names, "language": study.LANGUAGES[0], "country": _COUNTRY.code},
        "levels.province": levels[kind],
        "levels.commune": {**levels["commune"], "types": types},
    }
    column = next(filter(listed.columns.__contains__, clusters), None)
    if column:
        tables["cluster"] = {"column": column, **clusters[column]}
    return tables


def _describe_measure(measure: PortalMeasure) -> dict[str, Any]:
    return {
        "label": measure.texts["label"],
        "counts": measure.texts["counts_text"],
        "out_of": measure.texts["out_of_text"],
        "unit": "files",
        "denominator": measure.texts["out_of_text"]["en"],
        "over_time": "new",
    }


def _is_open(key: PeriodKey, day: str) -> bool:
    """Say whether a period was not over when the portal answered."""
    return day <= read_period(key).end.isoformat()


def _when(key: PeriodKey, day: str) -> _Texts:
    """Say which days of a period are counted, if it was not over; else name it."""
    if _is_open(key, day):
        return _in_languages("when", start=read_period(key).start.isoformat(), day=day)
    texts = {}
    for language in study.LANGUAGES:
        with words.use(language):
            texts[language] = words.period(key)
    return texts


def _in_languages(key: str, **days: str) -> _Texts:
    """Write a text in each language, with its days filled in."""
    texts = {}
    for language in study.LANGUAGES:
        with words.use(language):
            blanks = {name: words.day(day) for name, day in days.items()}
            texts[language] = words.term(f"portal.{key}", **blanks)
    return texts


def lay_list(listed: pd.DataFrame, description: bytes) -> dict[str, bytes]:
    """Lay the list of places out with the description, as `data/` is."""
    with temporary() as folder:
        file = folder / "places.csv"
        described = folder / study.FILE
        listed.to_csv(file, index=False)
        described.write_bytes(description)
        return definitions(file, None, described)
