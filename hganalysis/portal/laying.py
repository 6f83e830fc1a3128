"""Write the study of a province: its places, its counts, and the answers byte for byte."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import frames, indicators, study, suppress, words
from ..publish.own import lend_files
from ..publish.own import write as write_files
from .describing import describe, lay_list
from .raw import PortalMeasure

if TYPE_CHECKING:
    from .answers import Answers, Capture

PAGE = "https://dichvucong.gov.vn/danh-gia-chat-luong-phuc-vu"
"""Where everybody can see what the portal publishes."""

_MOST_SHARES = (0.05, 0.95)
"""Between these quantiles lie the shares that classes are made for."""
_REPORT_COLUMNS = ["code", "period", "indicator", "count", "out_of", "origin"]
_TEAM_COLUMNS = ["code", "period", "teams", "members", "origin"]


def write(folder: Path, answers: Answers) -> Path:
    """
    Write a study, of which every row is cited: see `suppress.published`.

    Parameters
    ----------
    folder
        A new one.
    answers
        What was read.
    """
    measures = {
        measure.name: measure for capture in answers.captures for measure in capture.raw.measures
    }
    periods = set(answers.rows["period"])
    captured = {
        capture.period: capture.day for capture in answers.captures if capture.period in periods
    }
    # the description of the study; classes are chosen by the shares, which it defines
    listed, of_study = answers.places, [*measures.values()]
    reports = answers.rows.assign(origin="published")[_REPORT_COLUMNS]
    with lend_files(lay_list(listed, describe(listed, of_study, captured=captured))):
        classes = _choose_classes(reports)
    description = describe(listed, of_study, captured=captured, classes=classes)
    write_files(folder, lay_list(listed, description), origin="real")

    # reports with their citations, and each answer as it was sent
    tables = {
        study.REPORTS: reports,
        frames.TEAMS: pd.DataFrame(columns=_TEAM_COLUMNS),
        suppress.published.CITATIONS: _citations(answers, measures),
    }
    contents = {name: _csv(table) for name, table in tables.items()}
    answers_as_sent = {_file_of(capture): capture.raw.content for capture in answers.captures}
    register = _with_cards(folder, _cards(answers_as_sent, answers.captures))
    contents |= {**answers_as_sent, study.SOURCES: register}
    write_files(folder, contents, origin="published")
    return folder


def _choose_classes(reports: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """
    Choose the borders of classes for each measure, by the shares of most places.

    One place far from all others would else stretch the classes over numbers that nobody has.
    """
    shares = reports["count"] / reports["out_of"]
    ends = shares.groupby(reports["indicator"]).quantile(np.array(_MOST_SHARES)).unstack()
    low, high = (reports["indicator"].map(ends[end]) for end in _MOST_SHARES)
    catalogue = indicators.with_breaks(reports[shares.between(low, high)])
    entries = study.read_measures((catalogue or b"").decode()).get("indicators", {})
    return {
        name: {key: entry[key] for key in ("breaks", "change_breaks") if key in entry}
        for name, entry in entries.items()
    }


def _file_of(capture: Capture) -> str:
    """Name the file of an answer by its period: those of users have any name."""
    return f"published/{capture.period}.json"


def _citations(answers: Answers, measures: dict[str, PortalMeasure]) -> pd.DataFrame:
    """Say where each row stands in the answer of its period."""
    files = {capture.period: _file_of(capture) for capture in answers.captures}
    rows = answers.rows
    return pd.DataFrame(
        {
            "code": rows["code"],
            "period": rows["period"],
            "indicator": rows["indicator"],
            "file": rows["period"].map(files),
            "record": rows["portal_code"],
            "count_field": rows["indicator"].map(
                {name: measures[name].count_field for name in measures}
            ),
            "out_of_field": rows["indicator"].map(
                {name: measures[name].out_of_field for name in measures}
            ),
        }
    )


def _cards(contents: dict[str, bytes], captures: tuple[Capture, ...]) -> list[dict[str, str]]:
    """Write the card of each answer: publisher, address, day of capture and checksum."""
    return [
        {
            "file": name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "real_or_invented": "published",
            "origin": words.term("portal.publisher"),
            "url": PAGE,
            "captured": capture.day,
        }
        for (name, content), capture in zip(contents.items(), captures, strict=True)
    ]


def _with_cards(folder: Path, cards: list[dict[str, str]]) -> bytes:
    """Add cards to the register of a folder."""
    register = pd.read_csv(folder / study.SOURCES, dtype="str", keep_default_na=False)
    return _csv(pd.concat([register, pd.DataFrame(cards)], ignore_index=True).fillna(""))


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()
