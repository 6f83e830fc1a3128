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
from .texts import say, step
from .units import beside_cluster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .design import Design

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
    units = say("effect_nouns.study_units" if names.listed else "effect_nouns.own_units")
    if not within:
        units = say("effect_nouns.study_clusters" if names.listed else "effect_nouns.own_clusters")
    under = say("effect.related_under", rate=_rate(asked), units=units)
    title = sentences.estimate(rung)
    foot = sentences.limit(names)
    return _figure(asked, title, under, "scatter", (panel,), written, foot=foot)


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
    panels: tuple[Rows | Scatter, ...],
    table: pd.DataFrame,
    *,
    foot: str = "",
) -> Figure:
    source = figure.credit(asked.origin, named=escaping.plain(asked.source))
    alt = {"kind": say(f"effect.{kind}"), "title": title, "subtitle": under}
    return Figure(
        title=title,
        subtitle=under,
        panels=panels,
        source=" ".join(filter(None, [source, foot])),
        alt=words.term("figure.alt", **alt),
        table=table.reset_index(drop=True),
        banner=figure.banner(asked.origin),
    )


def ratios(asked: Design, title: str, rows: pd.DataFrame, *, foot: str = "") -> Figure:
    """Compose rows of ratios: `name`, `log_rate_ratio`, `log_low`, `log_high`, and if `main`."""
    read, names = sentences.reading(asked.rung), asked.data.names
    known = rows[rows["log_rate_ratio"].notna()].reset_index(drop=True)
    logs = known[["log_rate_ratio", "log_low", "log_high"]].astype(float)
    texts = [sentences.interval(read, *row) for row in logs.to_numpy()]
    # What has no end ends where the scale does, and its text says that there is none.
    ends = np.log(WIDEST)
    reached = np.exp((read.units * logs).clip(-ends, ends).to_numpy())
    values = pd.DataFrame(reached, columns=["value", "low", "high"])
    for end in ("low", "high"):
        values[end] = values[end].fillna(values["value"])
    colours = [BLUE if one else GREY for one in known["main"]]
    drawn = values.assign(name=known["name"], text=texts, colour=colours)
    low, high = float(values.min(axis=None)), float(values.max(axis=None))
    key = {"value": say("effect.value"), "low": say("effect.ci")}
    line = (1.0, say("effect.no_relation"))
    panel = Rows(drawn, key, _ticks(min(low, 1), max(high, 1)), line=line, log=True)
    table = pd.DataFrame({say("effect.row"): drawn["name"], say("effect.ratio"): drawn["text"]})
    under = say("effect.ratio_under", rate=_rate(asked), step=step(names, read.step))
    return _figure(asked, title, under, "rows", (panel,), table, foot=foot)


def _ticks(low: float, high: float) -> dict[float, str]:
    if high / low > NARROW:
        at = [one for one in KNOWN if low <= one <= high]
    else:
        spaced = MaxNLocator(5, steps=ROUND).tick_values(low, high)
        at = [float(one) for one in spaced if low <= one <= high]
    return dict(zip(at, words.series(at, "decimal"), strict=True)) if at else {1.0: "1"}


def _ladder_rows(asked: Design, table: pd.DataFrame) -> pd.DataFrame:
    names = asked.data.names
    rows = table.assign(
        name=[sentences.way(one, names) for one in table["way"]],
        main=table["way"] == str(asked.rung.number),
    )
    return rows.sort_values("main", ascending=False, kind="stable")


def ladder(asked: Design, table: pd.DataFrame) -> Figure:
    """Compose every way to compare, the headline first."""
    title = sentences.ladder(table, asked.rung, title=True)
    return ratios(asked, title, _ladder_rows(asked, table))


def _left_rows(asked: Design, table: pd.DataFrame) -> pd.DataFrame:
    names = asked.data.names
    called = [sentences.clusters_of(names, str(one)) for one in table["left_out"]]
    texts = [say("effect.left_row", name=one) for one in called]
    rows = table.assign(name=texts, main=table["turns"] | table["moves"])
    return rows[rows["log_rate_ratio"].notna()].sort_values("log_rate_ratio", ascending=False)


def left_out(asked: Design, table: pd.DataFrame) -> Figure:
    """Compose the estimate without each cluster; of many, those that move it most."""
    rows = figure.ends(_left_rows(asked, table))
    title = sentences.left_out(table, asked.rung, title=True)
    return ratios(asked, title, rows)


def _denominator_rows(table: pd.DataFrame, doubt: float) -> pd.DataFrame:
    """Take the rows that are ratios for one more of the exposure, errors of one size only."""
    asked = table[table["question"] != "free"]
    sizes = asked["doubt"].dropna()
    nearest = sizes.iloc[(sizes - doubt).abs().argmin()]
    asked = asked[asked["doubt"].isna() | (asked["doubt"] == nearest)]
    named = {"estimate": "estimate_row", "errors alone": "errors_row", "others": "others_row"}
    said = words.percent(float(nearest), decimals=0)
    texts = [say(f"effect.{named[one]}", doubt=said) for one in asked["question"]]
    return asked.assign(name=texts, main=asked["question"] == "estimate")


def denominators(asked: Design, table: pd.DataFrame, doubt: float) -> Figure:
    """Compose the estimate, what errors alone make, and what is left without the counted."""
    title = sentences.denominators(table, asked.rung, doubt, title=True)
    return ratios(asked, title, _denominator_rows(table, doubt))


def _by_method(table: pd.DataFrame, main: str) -> pd.DataFrame:
    names = [sentences.method(one) for one in table["method"]]
    return table.assign(name=names, main=table["method"] == main)


def opinions(asked: Design, table: pd.DataFrame) -> Figure:
    """Compose other ways to compute the interval of the headline."""
    title = sentences.opinions(table, asked.rung, title=True)
    return ratios(asked, title, _by_method(table, "cr2"))


def naive(asked: Design, table: pd.DataFrame, phi: float) -> Figure:
    """Compose the usual intervals beside the headline's."""
    title = sentences.naive(table, asked.rung, phi, title=True)
    return ratios(asked, title, _by_method(table, "headline"))


def strength(asked: Design, table: pd.DataFrame) -> Figure:
    """Compose what factors as strong as each control, or more, would leave."""
    names = asked.data.names
    texts = [say("effect.now_row")]
    for name, times in table[["control", "times"]].iloc[1:].itertuples(index=False):
        called = sentences.control(names, str(name))
        texts.append(say("effect.times_row", times=words.number(float(times)), control=called))
    rows = table.assign(name=texts, main=table["control"] == "")
    return ratios(asked, sentences.strength(table, asked.rung, title=True), rows.head(ALL))


def later(asked: Design, table: pd.DataFrame) -> Figure:
    """Compose the headline, and an exposure that cannot have acted."""
    texts = [say("effect.estimate_row"), say("effect.later_row", asked.data.names)]
    rows = table.assign(name=texts, main=[True, False])
    return ratios(asked, sentences.later(table, asked.rung, title=True), rows)


def outcomes(asked: Design, table: pd.DataFrame, labels: Sequence[str]) -> Figure:
    """Compose the same comparison of several outcomes."""
    rows = table.assign(name=list(labels), main=[True] + [False] * (len(table) - 1))
    title = sentences.outcomes(table, asked.rung, labels, title=True)
    return ratios(asked, title, rows.head(ALL))


def ways(asked: Design, before: pd.DataFrame | int | None) -> Figure:
    """Compose ways to compare, denominators and leaving one out in one figure."""
    table = asked.ladder(before).table
    parts = [_ladder_rows(asked, table)]
    denominators_of = asked.denominators()
    if denominators_of.refused is None:
        doubt = 0.1 if asked.doubt is None else asked.doubt
        parts.append(_denominator_rows(denominators_of.table, doubt).iloc[1:])
    left = _left_rows(asked, asked.leave_one_out().table)
    room = ALL - sum(len(one) for one in parts)
    if len(left) > room:  # those that move it most, up and down
        left = pd.concat([left.head(room // 2), left.tail(room // 2)])
    parts.append(left.assign(main=False))
    rows = pd.concat(
        [one[["name", "log_rate_ratio", "log_low", "log_high", "main"]] for one in parts]
    )
    return ratios(asked, sentences.ladder(table, asked.rung, title=True), rows)


# Of the table of coverage: the ways of this room, and what people reach for first, on the same
# models. Named here, never by how they came out.
OURS = ("headline", "rung 1", "rung 2", "rung 4", "rung 4, conditional", "rung 5")
OURS += ("rung 2, CV3", "rung 2, score bootstrap", "rung 2, OLS twin")
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
    )
    return Picture(found)
