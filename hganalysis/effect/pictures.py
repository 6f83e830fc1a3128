"""Compose the figures of the answers: a scatter, and rows of ratios."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import escaping, figure, frames, indicators, words
from ..draw import Picture
from ..figure import BLUE, MAX_ROWS, Figure, ReferenceLine, Rows, Scatter
from . import sentences
from .frame import display_name, nouns, say

if TYPE_CHECKING:
    from .design import Design
    from .rungs import Specification

# Beside what is meant, everything else is grey.
GREY, DOTS = "#8a9099", indicators.SEQUENTIAL[2]
# Ratios that a reader knows, where a scale is wide.
KNOWN = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0)
WIDEST = 20.0  # beyond what ends a scale of ratios does not go
PLAIN = partial(words.series, scale="decimal")
NARROW = 1.5  # of a scale up to this ratio of its ends, ticks are evenly spaced


def related(asked: Design) -> Figure:
    """Compose each unit (or cluster, if these are compared) and the line that was fitted."""
    specification, names, within = asked.rung, asked.data.names, asked.rung.number == 2
    read, ends = (
        sentences.reading(specification),
        specification.interval,
    )
    # Processors differ in the last digits, and a pixel may hang on them: draw nine.
    dots = beside(specification).assign(colour=DOTS).round(9)
    dots = dots[dots["y"] > 0]
    x = np.linspace(dots["x"].min(), dots["x"].max(), 61)
    with np.errstate(over="ignore"):
        fit, *edges = np.exp(np.outer((specification.log_rate_ratio, *ends), x)).round(9)
    most = WIDEST * max(1.0, float(dots["y"].max()))
    high = np.minimum(np.maximum(*edges), most)
    line = pd.DataFrame({"x": x, "fit": fit, "low": np.minimum(*edges), "high": high})
    told = read.told(specification.log_rate_ratio, *ends)
    said = say("effect.line", step=read.more(short=True), **told)
    where = "within" if within else "across"
    across, up = (figure.capitalise(say(f"effect.{axis}_{where}", names)) for axis in "xy")
    at = figure.axis_ticks(dots["x"], PLAIN)
    table = dots[["x", "y"]].map(partial(words.number, decimals=2)).set_axis([across, up], axis=1)
    called = [display_name(names, str(one)) for one in dots.index]
    table.insert(
        0, say("figure.part" if names.has_study_places and within else "figure.name"), called
    )
    dot = nouns(names)["unit" if within else "district"]
    return figure.compose(
        sentences.estimate(specification, figure.MAX_TITLE_LENGTH),
        say("effect.related_under", rate=_rate(asked), dot=dot),
        Scatter(dots, line, said, (across, up), at, _ticks(dots["y"])),
        kind="effect.scatter",
        origin=asked.origin,
        source=escaping.plain(asked.source),
        table=table.reset_index(drop=True),
        notes=f" {sentences.limit(names)}",
    )


def beside(specification: Specification) -> pd.DataFrame:
    """
    Set each unit beside its cluster as a whole, or beside all where clusters are compared.

    Returns
    -------
    beside
        Of each: `x`, the exposure above or below the whole's (of people taken together); `y`, the
        rate over what the whole's would be at its exposure, its count spread over its units as the
        slope says; `size`, its part of the largest denominator.
    """
    units = specification.data.units
    count, people = units["count"], units["out_of"]
    by = units["cluster"] if specification.number == 2 else np.zeros(len(units))

    def whole(part: pd.Series) -> pd.Series:
        return part.groupby(by).transform("sum")

    x = units["exposure"] - whole(units["exposure"] * people) / whole(people)
    level = whole(count) / whole(people * np.exp(specification.log_rate_ratio * x))
    return pd.DataFrame({"x": x, "y": count / people / level, "size": people / people.max()})


def _ticks(values: pd.Series) -> dict[float, str]:
    """Write ticks of a scale of ratios."""
    if values.max() <= NARROW * values.min():
        return figure.axis_ticks(values, PLAIN)
    at = [one for one in KNOWN if values.min() <= one <= values.max()]
    return dict(zip(at, PLAIN(at), strict=True))


def _rate(asked: Design) -> str:
    """Name what is compared: what and when, or out of what."""
    if measure := asked.data.names.indicator:
        return f"{measure.label}, {measure.when}"
    return say("effect_nouns.own_outcome", asked.data.names)


def ratios(asked: Design, table: pd.DataFrame, said: str) -> Figure:
    """Compose an answer's rows of ratios under the first clause of its sentence."""
    return _ratios(asked, _named(asked, table).head(MAX_ROWS), said)


def ways(asked: Design, before: pd.DataFrame | int | None) -> Figure:
    """Compose ways to compare, denominators and leaving one out in one figure."""
    answers = asked.ladder(before), asked.denominators(), asked.leave_one_out()
    ladder, doubts, left = (_named(asked, one.table) for one in answers)
    ladder = ladder.sort_values("way", key=lambda way: way != str(asked.rung.number))
    rows = pd.concat([ladder, doubts.iloc[1:], left], ignore_index=True)
    return _ratios(asked, rows, answers[0].said())


def _named(asked: Design, table: pd.DataFrame) -> pd.DataFrame:
    """Take the rows that have a ratio for one more of the exposure, and name them."""
    rows = table[table["log_rate_ratio"].notna()]
    if "question" in rows:  # errors of one size only, and no elasticities
        other = rows["doubt"].notna() & (rows["doubt"] != asked.assumed)
        rows = rows[rows["question"].ne("free") & ~other]
    if "left_out" in rows:  # those that move it most, up and down
        rows = figure.head_and_tail(rows.sort_values("log_rate_ratio", ascending=False))
    named = [figure.capitalise(sentences.label(asked, row)) for row in rows.to_dict("records")]
    return rows.assign(name=named)


def _ratios(asked: Design, rows: pd.DataFrame, said: str) -> Figure:
    """Compose rows of ratios, the first of them the headline's."""
    read = sentences.reading(asked.rung)
    logs = rows[["log_rate_ratio", "log_low", "log_high"]].to_numpy(dtype=float)
    # What has no end ends where the scale does, and its text says that there is none.
    reached = np.exp(np.clip(read.units * logs, -np.log(WIDEST), np.log(WIDEST)))
    drawn = pd.DataFrame(reached, columns=["value", "low", "high"])
    drawn[["low", "high"]] = drawn[["low", "high"]].apply(lambda end: end.fillna(drawn["value"]))
    main = np.isclose(logs[:, 0], asked.rung.log_rate_ratio) & (np.arange(len(rows)) == 0)
    drawn["name"] = rows["name"].tolist()
    drawn["text"] = [sentences.of_row(read, row) for row in rows.to_dict("records")]
    drawn["colour"] = np.where(main, BLUE, GREY)
    ticks = _ticks(pd.Series([drawn["low"].min(), drawn["high"].max(), 1.0]))
    key = {"value": say("effect.value"), "low": say("effect.ci")}
    return figure.compose(
        figure.fit_title(said),
        say("effect.ratio_under", rate=_rate(asked), step=read.more()),
        Rows(drawn, key, ticks, line=ReferenceLine(1.0, say("effect.no_relation")), log=True),
        kind="effect.rows",
        origin=asked.origin,
        source=escaping.plain(asked.source),
        table=pd.DataFrame({say("effect.row"): drawn["name"], say("effect.ratio"): drawn["text"]}),
    )


def coverage() -> Picture:
    """Show how often intervals held the truth in invented provinces, the usual ones beside ours."""
    table, fine = frames.coverage(), partial(words.percent, decimals=1)
    by = table[table["method"] != "Moran's I"].groupby("method", sort=False)["coverage"]
    rows = pd.DataFrame(by.agg(value="mean", low="min", high="max"))
    rows = rows.sort_index(key=lambda at: at != "headline", kind="stable")
    rows["name"] = [words.term(f"effect_rows.{one}") for one in rows.index]
    rows["colour"] = np.where(rows.index == "headline", BLUE, GREY)
    rows["text"] = rows["value"].map(fine)
    told = {
        "scenarios": table["scenario"].nunique(),
        "replications": table["replications"].min(),
        "power": words.percent(table.loc[table["method"] == "headline", "power"].mean()),
        "ours": rows["text"].loc["headline"],
        "usual": rows["text"].loc["cluster-robust z"],
    }
    key = {"value": say("effect.coverage_mean"), "low": say("effect.coverage_range")}
    heads = [say(f"effect.{one}") for one in ("method", "coverage_mean", "coverage_worst")]
    ticks = {
        one: words.percent(one) for one in (0.2, 0.4, 0.6, 0.8, 1.0) if one >= rows["low"].min()
    }
    promised = ReferenceLine(0.95, say("effect.coverage_nominal"))
    found = figure.compose(
        figure.capitalise(say("effect.coverage", **told)),
        say("effect.coverage_under", **told),
        Rows(rows.reset_index(drop=True), key, ticks, line=promised),
        kind="effect.rows",
        table=rows.assign(low=rows["low"].map(fine))[["name", "text", "low"]].set_axis(
            heads, axis=1
        ),
        origin="simulated",  # truth is known of inventions only
        source=say("effect.coverage_source", day=words.day(str(table["date"].iloc[0]))),
    )
    return Picture(found)
