"""Compose the figures of the answers: a scatter, and rows of ratios."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

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
WIDEST = 20.0  # beyond what ends a scale of ratios does not go
NARROW = 1.5  # of a scale up to this ratio of its ends, ticks are evenly spaced


def related(asked: Design) -> Figure:
    """Compose each unit (or cluster, if these are compared) and the line that was fitted."""
    rung, names = asked.rung, asked.data.names
    read, ends = sentences.reading(rung), rung.error.interval(rung.b)
    within, units = rung.number == 2, rung.data.units
    dots = beside(rung.data, rung.b, by=units["cluster"] if within else None)
    # Processors differ in the last digits, and a pixel may hang on them: draw nine.
    dots = dots.assign(size=units["people"] / units["people"].max()).round(9)
    dots["colour"], key = _kinds(asked, dots.index)
    dots = dots[dots["y"] > 0]
    x = np.linspace(dots["x"].min(), dots["x"].max(), 61)
    with np.errstate(over="ignore"):
        fit, one, other = np.exp(np.outer((rung.b, *ends), x)).round(9)
    most = WIDEST * max(1.0, float(dots["y"].max()))
    high = np.minimum(np.maximum(one, other), most)
    line = pd.DataFrame({"x": x, "fit": fit, "low": np.minimum(one, other), "high": high})
    told = dict(zip(("ratio", "low", "high"), read.ratios(rung.b, *ends), strict=True))
    said = say("effect.line", step=step(names, read.step, short=True), **told)
    where = "within" if within else "across"
    across, up = (figure.capital(say(f"effect.{axis}_{where}", names)) for axis in "xy")
    at, ticks = figure.ticks(dots["x"], _more), _known(dots["y"], _multiples)
    written = dots[["x", "y"]].map(partial(words.number, decimals=2))
    called = [sentences.clusters_of(names, str(one)) for one in dots.index]
    kind = say("figure.part" if names.listed and within else "figure.name")
    dot = noun("unit" if within else "district", names.listed)
    return _figure(
        asked,
        sentences.estimate(rung),
        say("effect.related_under", rate=_rate(asked), dot=dot),
        Scatter(dots, line, said, (across, up), key, at, ticks),
        kind="effect.scatter",
        table=pd.DataFrame({kind: called, across: written["x"], up: written["y"]}),
        notes=f" {sentences.limit(names)}",
    )


def beside(data: Data, slope: float, *, by: pd.Series | None = None) -> pd.DataFrame:
    """
    Set each unit beside its cluster as a whole, or beside all.

    Parameters
    ----------
    data
        Checked.
    slope
        Log rate ratio for one more of the exposure: what goes with the exposure of the unit is not
        taken for its own.
    by
        The cluster of each.

    Returns
    -------
    beside
        Same index: `x`, the exposure above or below the cluster's (of people taken together); `y`,
        the rate over what the cluster's would be at its exposure, its count spread over its units
        as the slope says.
    """
    count, people = data.units["count"], data.units["people"]

    def whole(part: pd.Series) -> pd.Series | float:
        return float(part.sum()) if by is None else part.groupby(by).transform("sum")

    x = data.units["exposure"] - whole(data.units["exposure"] * people) / whole(people)
    level = whole(count) / whole(people * np.exp(slope * x))
    return pd.DataFrame({"x": x, "y": count / people / level})


def _kinds(asked: Design, index: pd.Index) -> tuple[list[str], dict[str, str]]:
    """Give towns and countryside their colours, where the places of the study have both."""
    frame = asked.data.frame
    if asked.data.names.listed and asked.rung.number == 2 and "urban" in frame:
        urban = frame["urban"].reindex(index).eq(1)
        if 0 < urban.sum() < len(urban):
            found = [URBAN if one else RURAL for one in urban]
            return found, {URBAN: say("effect.urban"), RURAL: say("effect.rural")}
    return [RURAL] * len(index), {}


def _more(at: list[float]) -> list[str]:
    """Write so much more or less of the exposure."""
    signs = zip(at, words.series(at, "decimal"), strict=True)
    return ["+" * (one > 0) + text if one else say("effect.same") for one, text in signs]


def _multiples(at: list[float]) -> list[str]:
    """Write multiples of a rate as more or less than it in per cent."""
    signed = (words.number(100 * (one - 1), signed=True) for one in at)
    texts = (words.term("words.percent", number=one) for one in signed)
    return [say("effect.same") if one == 1 else text for one, text in zip(at, texts, strict=True)]


def _known(values: pd.Series, write: Callable[[list[float]], list[str]]) -> dict[float, str]:
    at = [one for one in KNOWN if values.min() <= one <= values.max()]
    return dict(zip(at, write(at), strict=True))


def _rate(asked: Design) -> str:
    """Name what is compared: what, out of what, when."""
    measure, names = asked.data.names.described, asked.data.names
    if measure is not None:
        return f"{measure.label}, {measure.when}"
    said = say("effect_nouns.own_outcome", names)
    return ", ".join(filter(None, [said, escaping.plain(asked.as_of)]))


def _figure(asked: Design, title: str, under: str, panel: Rows | Scatter, **others: Any) -> Figure:  # noqa: ANN401
    source = escaping.plain(asked.source)
    return figure.compose(title, under, panel, origin=asked.origin, source=source, **others)


def ratios(asked: Design, table: pd.DataFrame, said: str) -> Figure:
    """Compose an answer's rows of ratios under the first clause of its sentence."""
    rows = named(asked, table)
    if "left_out" in rows:
        rows = figure.ends(rows.sort_values("log_rate_ratio", ascending=False))
    return _ratios(asked, rows.head(ALL), said)


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
    first, second, third = asked.ladder(before), asked.denominators(), asked.leave_one_out()
    ladder = named(asked, first.table)
    ladder = ladder.sort_values("way", key=lambda way: way != str(asked.rung.number))
    doubts = ladder.head(0) if second.refused else named(asked, second.table).iloc[1:]
    left = named(asked, third.table).sort_values("log_rate_ratio", ascending=False)
    room = (ALL - len(ladder) - len(doubts)) // 2
    if len(left) > 2 * room + 1:  # those that move it most, up and down
        left = pd.concat([left.head(room), left.tail(room)])
    rows = pd.concat([ladder, doubts, left], ignore_index=True)
    return _ratios(asked, rows, str(first.says()))


def _ratios(asked: Design, rows: pd.DataFrame, said: str) -> Figure:
    """Compose rows of ratios, the first of them the headline's."""
    read, names = sentences.reading(asked.rung), asked.data.names
    logs = rows[["log_rate_ratio", "log_low", "log_high"]].to_numpy(dtype=float)
    # What has no end ends where the scale does, and its text says that there is none.
    reached = np.exp(np.clip(read.units * logs, -np.log(WIDEST), np.log(WIDEST)))
    drawn = pd.DataFrame(reached, columns=["value", "low", "high"])
    drawn[["low", "high"]] = drawn[["low", "high"]].apply(lambda end: end.fillna(drawn["value"]))
    main = np.isclose(logs[:, 0], asked.rung.b) & (np.arange(len(rows)) == 0)
    drawn["name"] = rows["name"].tolist()
    drawn["text"] = [sentences.of_row(read, row) for row in rows.to_dict("records")]
    drawn["colour"] = np.where(main, BLUE, GREY)
    ends = pd.Series([drawn["low"].min(), drawn["high"].max(), 1.0])
    spaced = _known if ends.max() / ends.min() > NARROW else figure.ticks
    ticks = spaced(ends, lambda at: words.series(at, "decimal"))
    key = {"value": say("effect.value"), "low": say("effect.ci")}
    return _figure(
        asked,
        figure.titled(said),
        say("effect.ratio_under", rate=_rate(asked), step=step(names, read.step)),
        Rows(drawn, key, ticks or {1.0: "1"}, line=(1.0, say("effect.no_relation")), log=True),
        kind="effect.rows",
        table=pd.DataFrame({say("effect.row"): drawn["name"], say("effect.ratio"): drawn["text"]}),
    )


# Of the table of coverage: the ways of this room, and what people reach for first, on the same
# models. Named here, never by how they came out.
SHOWN = (
    *("headline", "rung 1", "rung 2", "rung 4", "rung 4, conditional", "rung 5"),
    *("rung 2, CV3", "rung 2, score bootstrap", "rung 2, OLS twin"),
    *("two years, errors by commune", "quasi-Poisson", "cluster-robust z", "Poisson model errors"),
)


def coverage() -> Picture:
    """Show how often intervals held the truth in invented provinces, the usual ones beside ours."""
    table, write = frames.coverage(), partial(words.percent, decimals=1)
    by = table.groupby("method")
    rows = by["coverage"].agg(value="mean", low="min", high="max").assign(power=by["power"].mean())
    rows = rows.reindex([one for one in SHOWN if one in rows.index])
    rows["name"] = [sentences.method(str(one)) for one in rows.index]
    rows["text"] = rows["value"].map(write)
    rows["colour"] = np.where(rows.index == "headline", BLUE, GREY)
    whole = partial(words.percent, decimals=0)
    ticks = {one: whole(one) for one in (0.2, 0.4, 0.6, 0.8, 1.0) if one >= rows["low"].min()}
    key = {"value": say("effect.coverage_mean"), "low": say("effect.coverage_range")}
    line = (0.95, say("effect.coverage_nominal"))
    told = {"scenarios": table["scenario"].nunique(), "replications": table["replications"].min()}
    said = {name: words.number(one) for name, one in told.items()}
    said |= {"power": whole(float(rows["power"].loc["headline"]))}
    said |= {"ours": rows["text"].loc["headline"], "usual": rows["text"].loc["cluster-robust z"]}
    columns = {"method": rows["name"], "coverage_mean": rows["text"]}
    columns |= {
        "coverage_worst": rows["low"].map(write),
        "coverage_power": rows["power"].map(write),
    }
    written = {say(f"effect.{key}"): column for key, column in columns.items()}
    found = figure.compose(
        figure.capital(say("effect.coverage", **said)),
        say("effect.coverage_under", **said),
        Rows(rows.reset_index(drop=True), key, ticks, line=line),
        kind="effect.rows",
        table=pd.DataFrame(written).reset_index(drop=True),
        origin="simulated",  # truth is known of inventions only
        source=say("effect.coverage_source", day=words.day(str(table["date"].iloc[0]))),
    )
    return Picture(found)
