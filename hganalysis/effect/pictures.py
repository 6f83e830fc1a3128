"""Compose the figures of the answers: a scatter, and rows of ratios."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from .. import escaping, figure, frames, indicators, words
from ..draw import Picture
from ..figure import ALL, BLUE, Figure, Rows, Scatter
from . import sentences
from .denominator import SHAKEN
from .texts import noun, say, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from .design import Design
    from .frame import Data

# Beside what is meant, everything else is grey; dots of towns and of the countryside are far apart
# in lightness, so in greyscale too.
GREY = "#8a9099"
URBAN, RURAL = indicators.SEQUENTIAL[5], indicators.SEQUENTIAL[2]
# Ratios that a reader knows, where a scale is wide; multiples of the rate on a scatter.
KNOWN = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0)
# Steps of an axis that a reader counts in; beyond what ends a scale of ratios does not go.
ROUND, WIDEST = [1, 2, 5, 10], 20.0
NARROW = 1.5  # of a scale up to this ratio of its ends, ticks are evenly spaced


def related(asked: Design) -> Figure:
    """Compose each unit (or cluster, if these are compared) and the line that was fitted."""
    rung, names = asked.rung, asked.data.names
    read = sentences.reading(rung)
    within = rung.number == 2
    if within:
        dots = beside_cluster(rung.data, rung.b)
    else:
        data = rung.data.units
        x = data["exposure"] - np.average(data["exposure"], weights=data["people"])
        level = data["count"].sum() / (data["people"] * np.exp(rung.b * x)).sum()
        dots = pd.DataFrame({"x": x, "y": data["count"] / data["people"] / level})
    people = rung.data.units["people"]
    # Processors differ in the last digits, and a pixel may hang on them: draw nine.
    dots = dots.assign(size=people / people.max()).round(9)
    dots["colour"], key = _kinds(asked, dots.index)
    dots = dots[dots["y"] > 0]
    x = np.linspace(dots["x"].min(), dots["x"].max(), 61)
    logs = np.stack([x * one for one in (rung.b, *rung.error.interval(rung.b))])
    with np.errstate(over="ignore"):
        fit, one, other = np.exp(logs).round(9)
    line = pd.DataFrame({"x": x, "fit": fit})
    line["low"], line["high"] = np.minimum(one, other), np.maximum(one, other)
    line["high"] = line["high"].clip(upper=WIDEST * max(1.0, float(dots["y"].max())))
    texts = read.ratios(rung.b, *rung.error.interval(rung.b))
    told = dict(zip(("ratio", "low", "high"), texts, strict=True))
    said = say("effect.line", step=step(names, read.step, short=True), **told)
    where = "within" if within else "across"
    across, up = (figure.capital(say(f"effect.{axis}_{where}", names)) for axis in "xy")
    at, ticks = _across(dots["x"]), _multiples(dots["y"])
    panel = Scatter(dots, line, said, (across, up), key, at, ticks)
    table = pd.DataFrame({across: dots["x"], up: dots["y"]})
    written = table.map(lambda one: words.number(one, decimals=2))
    kind = say("figure.part" if names.listed and within else "figure.name")
    written.insert(0, kind, [sentences.clusters_of(names, str(one)) for one in dots.index])
    dot = noun("unit" if within else "district", names.listed)
    under = say("effect.related_under", rate=_rate(asked), dot=dot)
    title = sentences.estimate(rung)
    foot = sentences.limit(names)
    return _figure(asked, title, under, "scatter", panel, written, foot=foot)


def beside_cluster(data: Data, slope: float) -> pd.DataFrame:
    """
    Set each unit beside its cluster as a whole.

    Parameters
    ----------
    data
        Checked.
    slope
        Log rate ratio for one more of the exposure: what goes with the exposure of the unit is not
        taken for its own.

    Returns
    -------
    beside
        Same index: `x`, the exposure above or below the cluster's (of people taken together); `y`,
        the rate over what the cluster's would be at its exposure, its count spread over its units
        as the slope says.
    """
    units = data.units

    def whole(part: pd.Series) -> pd.Series:
        return part.groupby(units["cluster"]).transform("sum")

    people = units["people"]
    x = units["exposure"] - whole(units["exposure"] * people) / whole(people)
    level = whole(units["count"]) / whole(people * np.exp(slope * x))
    return pd.DataFrame({"x": x, "y": units["count"] / people / level})


def _kinds(asked: Design, index: pd.Index) -> tuple[list[str], dict[str, str]]:
    """Give towns and countryside their colours, where the places of the study have both."""
    frame = asked.data.frame
    if asked.data.names.listed and asked.rung.number == 2 and "urban" in frame:
        urban = frame["urban"].reindex(index).eq(1)
        if 0 < urban.sum() < len(urban):
            found = [URBAN if one else RURAL for one in urban]
            return found, {URBAN: say("effect.urban"), RURAL: say("effect.rural")}
    return [RURAL] * len(index), {}


def _across(x: pd.Series) -> dict[float, str]:
    at = [float(one) for one in MaxNLocator(5, steps=ROUND).tick_values(x.min(), x.max())]
    at = [one for one in at if x.min() <= one <= x.max()]
    texts = words.series(at, "decimal") if at else []
    return {
        one: say("effect.same") if one == 0 else ("+" if one > 0 else "") + text
        for one, text in zip(at, texts, strict=True)
    }


def _multiples(y: pd.Series) -> dict[float, str]:
    """Write multiples of a rate as more or less than it in per cent."""
    at = [one for one in KNOWN if y.min() <= one <= y.max()]
    signed = (words.number(100 * (one - 1), signed=True) for one in at)
    texts = [words.term("words.percent", number=one) for one in signed]
    return {
        one: say("effect.same") if one == 1 else text for one, text in zip(at, texts, strict=True)
    }


def _rate(asked: Design) -> str:
    """Name what is compared: what, out of what, when."""
    measure, names = asked.data.names.described, asked.data.names
    if measure is not None:
        return f"{measure.label}, {measure.when}"
    said = say("effect_nouns.own_outcome", names)
    return ", ".join(filter(None, [said, escaping.plain(asked.as_of)]))


def _figure(
    asked: Design,
    title: str,
    under: str,
    kind: str,
    panel: Rows | Scatter,
    table: pd.DataFrame,
    *,
    foot: str = "",
) -> Figure:
    source = figure.credit(asked.origin, named=escaping.plain(asked.source))
    alt = {"kind": say(f"effect.{kind}"), "title": title, "subtitle": under}
    return Figure(
        title=title,
        subtitle=under,
        panels=(panel,),
        source=" ".join(filter(None, [source, foot])),
        alt=words.term("figure.alt", **alt),
        table=table.reset_index(drop=True),
        banner=figure.banner(asked.origin),
    )


def ratios(asked: Design, table: pd.DataFrame, says: Callable[..., str]) -> Figure:
    """Compose an answer's rows of ratios under the first clause of its sentence."""
    rows = named(asked, table)
    if "left_out" in rows:
        rows = figure.ends(rows.sort_values("log_rate_ratio", ascending=False))
    return _ratios(asked, rows.head(ALL), says(asked, table, title=True))


def named(asked: Design, table: pd.DataFrame) -> pd.DataFrame:
    """Take the rows that have a ratio for one more of the exposure, and name them."""
    rows = table[table["log_rate_ratio"].notna()]
    if "question" in rows:  # errors of one size only, and no elasticities
        rows = rows[rows["question"].ne("free") & ~rows["doubt"].isin(SHAKEN)]
        alone = table[table["doubt"] == asked.assumed]
        rows = pd.concat([rows.head(1), alone, rows.iloc[1:]])
    return rows.assign(name=list(map(figure.capital, sentences.labels(asked, rows))))


def ways(asked: Design, before: pd.DataFrame | int | None) -> Figure:
    """Compose ways to compare, denominators and leaving one out in one figure."""
    answers = asked.ladder(before), asked.denominators(), asked.leave_one_out()
    tables = [named(asked, one.table) for one in answers if not one.refused]
    tables[0] = tables[0].sort_values("way", key=lambda way: way != str(asked.rung.number))
    if answers[1].refused is None:
        tables[1] = tables[1].iloc[1:]
    room = ALL - sum(map(len, tables[:-1]))
    left = tables[-1].sort_values("log_rate_ratio", ascending=False)
    if len(left) > room:  # those that move it most, up and down
        left = pd.concat([left.head(room // 2), left.tail(room // 2)])
    rows = pd.concat([*tables[:-1], left], ignore_index=True)
    return _ratios(asked, rows, sentences.ladder(asked, answers[0].table, title=True))


def _ratios(asked: Design, rows: pd.DataFrame, title: str) -> Figure:
    """Compose rows of ratios, the first of them the headline's."""
    read, names = sentences.reading(asked.rung), asked.data.names
    logs = rows[["log_rate_ratio", "log_low", "log_high"]].astype(float)
    texts = [sentences.interval(read, *row) for row in logs.to_numpy()]
    # What has no end ends where the scale does, and its text says that there is none.
    reached = np.exp(np.clip(read.units * logs.to_numpy(), -np.log(WIDEST), np.log(WIDEST)))
    drawn = pd.DataFrame(reached, columns=["value", "low", "high"])
    drawn[["low", "high"]] = drawn[["low", "high"]].apply(lambda end: end.fillna(drawn["value"]))
    low, high = min(drawn["low"].min(), 1.0), max(drawn["high"].max(), 1.0)
    main = np.isclose(logs["log_rate_ratio"], asked.rung.b) & (np.arange(len(rows)) == 0)
    drawn = drawn.assign(name=rows["name"].tolist(), text=texts, colour=np.where(main, BLUE, GREY))
    key = {"value": say("effect.value"), "low": say("effect.ci")}
    panel = Rows(drawn, key, _ticks(low, high), line=(1.0, say("effect.no_relation")), log=True)
    table = pd.DataFrame({say("effect.row"): drawn["name"], say("effect.ratio"): drawn["text"]})
    under = say("effect.ratio_under", rate=_rate(asked), step=step(names, read.step))
    return _figure(asked, title, under, "rows", panel, table)


def _ticks(low: float, high: float) -> dict[float, str]:
    if high / low > NARROW:
        at = [one for one in KNOWN if low <= one <= high]
    else:
        spaced = MaxNLocator(5, steps=ROUND).tick_values(low, high)
        at = [float(one) for one in spaced if low <= one <= high]
    return dict(zip(at, words.series(at, "decimal"), strict=True)) if at else {1.0: "1"}


# Of the table of coverage: the ways of this room, and what people reach for first, on the same
# models. Named here, never by how they came out.
OURS = (
    *("headline", "rung 1", "rung 2", "rung 4", "rung 4, conditional", "rung 5"),
    *("rung 2, CV3", "rung 2, score bootstrap", "rung 2, OLS twin"),
)
USUAL = (
    "two years, errors by commune",
    "quasi-Poisson",
    "cluster-robust z",
    "Poisson model errors",
)


def coverage() -> Picture:
    """Show how often intervals held the truth in invented provinces, the usual ones beside ours."""
    table = frames.coverage()
    by = table.groupby("method")
    rows = by["coverage"].agg(["mean", "min", "max"])
    rows["power"] = by["power"].mean() if "power" in table else np.nan
    rows = rows.reindex([one for one in (*OURS, *USUAL) if one in rows.index])
    write = partial(words.percent, decimals=1)
    drawn = rows.rename(columns={"mean": "value", "min": "low", "max": "high"})
    drawn["name"] = [sentences.method(str(one)) for one in rows.index]
    drawn["text"] = rows["mean"].map(write)
    drawn["colour"] = [BLUE if one == "headline" else GREY for one in rows.index]
    at = [one / 10 for one in range(2, 11, 2) if one / 10 >= rows["min"].min()]
    ticks = {one: words.percent(one, decimals=0) for one in at}
    key = {"value": say("effect.coverage_mean"), "low": say("effect.coverage_range")}
    line = (0.95, say("effect.coverage_nominal"))
    panel = Rows(drawn.reset_index(drop=True), key, ticks, line=line)
    ours, usual = (write(rows["mean"].loc[one]) for one in ("headline", "cluster-robust z"))
    title = figure.capital(say("effect.coverage", ours=ours, usual=usual))
    told = {"scenarios": table["scenario"].nunique(), "replications": table["replications"].min()}
    numbers = {name: words.number(one) for name, one in told.items()}
    power = words.percent(float(rows["power"].loc["headline"]), decimals=0)
    under = say("effect.coverage_under", power=power, **numbers)
    columns = {"method": drawn["name"], "coverage_mean": drawn["text"]}
    columns |= {
        "coverage_worst": rows["min"].map(write),
        "coverage_power": rows["power"].map(write),
    }
    written = pd.DataFrame({say(f"effect.{key}"): column for key, column in columns.items()})
    found = Figure(
        title=title,
        subtitle=under,
        panels=(panel,),
        source=say("effect.coverage_source", day=words.day(str(table["date"].iloc[0]))),
        alt=words.term("figure.alt", kind=say("effect.rows"), title=title, subtitle=under),
        table=written.reset_index(drop=True),
        banner=figure.banner("simulated"),  # truth is known of inventions only
    )
    return Picture(found)
