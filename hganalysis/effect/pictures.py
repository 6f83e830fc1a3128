"""Compose the figures of the answers: a scatter plot, and lists of ratios."""

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
from .rungs import WITHIN, Specification

if TYPE_CHECKING:
    from ..periods import PeriodKey
    from .answer import DesignAnswer
    from .design import Design

# The headline is blue, everything beside it grey.
GREY, DOT_COLOUR = "#8a9099", indicators.SEQUENTIAL[2]

# Ratios that a reader knows: the ticks of a wide scale.
FAMILIAR_RATIOS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0)

# A scale of ratios ends here, and at one over it.
MAX_RATIO = 20.0

# Where a scale has fewer familiar ratios, its ticks are evenly spaced.
MIN_TICKS = 3

# The axis of a scatter plot reaches beyond the middle dots, without this share of them at each end,
# by as much as these take. A dot farther out lies behind a gap, a share of the axis.
TAIL, EDGE = 0.025, 0.12

# Points of a fitted line.
N_POINTS = 61

# Processors differ in the last digits, and a pixel may depend on them.
MAX_DECIMALS = 9

write_decimals = partial(words.series, scale="decimal")


def compose_related(design: Design) -> Figure:
    """Compose a dot for each unit, or for each cluster if these are compared, and the fit."""
    specification = design.specification
    names = design.data.names
    is_within = specification.rung == WITHIN
    step = sentences.choose_step(specification)
    dots = relative_units(specification).assign(colour=DOT_COLOUR).round(MAX_DECIMALS)
    dots = dots[dots["y"] > 0]
    where = "within" if is_within else "across"
    x_title = figure.capitalise(say(f"effect.x_{where}", names))
    y_title = figure.capitalise(say(f"effect.y_{where}", names))
    ratios = step.ratio_blanks(specification.log_rate_ratio, *specification.interval)

    # the numbers of the dots, with their names
    table = dots[["x", "y"]].map(partial(words.number, decimals=2))
    table = table.set_axis([x_title, y_title], axis=1)
    head = "figure.part" if names.has_study_places and is_within else "figure.name"
    labels = pd.Series([display_name(names, str(unit)) for unit in dots.index], dots.index)
    table.insert(0, say(head), labels)

    # dots far beside the others would squeeze them: the axis is cut, and they are named
    dot = nouns(names)["unit" if is_within else "district"]
    inside = dots[_is_on_axis(dots["x"])]
    beyond = dots["x"].drop(inside.index)
    notes = f" {sentences.caution(names)}"
    if len(beyond):
        numbers = write_decimals([*beyond])
        named = zip(labels[beyond.index], numbers, strict=True)
        places = [f"{name} ({number})" for name, number in named]
        notes = say("effect.axis_cut", places=words.join_some(places)) + notes
    drawn, ticks = _cut_axis(dots, inside["x"])
    scatter = Scatter(
        drawn,
        _fitted_line(specification, inside),
        line_label=say("effect.line", step=step.text(short=True), **ratios),
        axes=(x_title, y_title),
        x_ticks=ticks,
        y_ticks=_ratio_ticks(dots["y"]),
        is_clear=not specification.interval[0] <= 0 <= specification.interval[1],
    )
    return figure.compose(
        sentences.estimate_clause(specification, figure.MAX_TITLE_LENGTH),
        say("effect.related_under", rate=name_rate(design), dot=dot),
        scatter,
        kind="effect.scatter",
        origin=design.origin,
        source=escaping.plain(design.source),
        measures=design.credited,
        table=table.reset_index(drop=True),
        numbers={
            x_title: figure.number_column(dots["x"], "decimal"),
            y_title: figure.number_column(dots["y"], "decimal"),
        },
        notes=notes,
    )


def _is_on_axis(exposure: pd.Series) -> pd.Series:
    """Say which dots the axis reaches: a few that lie far out would take most of its length."""
    low, high = exposure.quantile([TAIL, 1 - TAIL])
    middle = high - low
    return exposure.between(low - middle, high + middle)


def _cut_axis(dots: pd.DataFrame, inside: pd.Series) -> tuple[pd.DataFrame, dict[float, str]]:
    """Move dots beyond the axis to its end, grey, with their numbers as ticks."""
    ticks = figure.axis_ticks(inside, write_decimals)
    gap = EDGE * (inside.max() - inside.min())
    left, right = inside.min() - gap, inside.max() + gap
    far_left, far_right = dots["x"] < inside.min(), dots["x"] > inside.max()
    for edge, is_far, arrow in ((left, far_left, "← {}"), (right, far_right, "{} →")):
        numbers = dots.loc[is_far, "x"]
        if len(numbers):
            ends = dict.fromkeys(write_decimals([numbers.min(), numbers.max()]))
            ticks[float(edge)] = arrow.format("–".join(ends))
    drawn = dots.assign(x=dots["x"].mask(far_left, left).mask(far_right, right))
    return drawn.assign(colour=drawn["colour"].mask(far_left | far_right, GREY)), ticks


def _fitted_line(specification: Specification, dots: pd.DataFrame) -> pd.DataFrame:
    """Draw the fit and its interval over the range of the dots."""
    exposure = dots["x"]
    x = np.linspace(exposure.min(), exposure.max(), N_POINTS)
    log_ratios = (specification.log_rate_ratio, *specification.interval)
    with np.errstate(over="ignore"):
        curves = np.exp(np.outer(log_ratios, x))
    fit, *ends = curves.round(MAX_DECIMALS)
    highest = MAX_RATIO * max(1.0, float(dots["y"].max()))
    high = np.minimum(np.maximum(*ends), highest)
    low = np.minimum(*ends)
    return pd.DataFrame({"x": x, "fit": fit, "low": low, "high": high})


def relative_units(specification: Specification) -> pd.DataFrame:
    """
    Relate each unit to its cluster as a whole, or to all together if clusters are compared.

    Returns
    -------
    units
        - `x`: the exposure above or below that of the whole, whose residents are taken together;
        - `y`: the rate over the one that the whole would have at this exposure; the count of the
          whole is divided between its units as the slope says;
        - `size`: the denominator over the largest.
    """
    units = specification.data.units
    count, out_of = units["count"], units["out_of"]
    wholes = units["cluster"] if specification.rung == WITHIN else np.zeros(len(units))

    def sum_of_whole(values: pd.Series) -> pd.Series:
        return values.groupby(wholes).transform("sum")

    mean_exposure = sum_of_whole(units["exposure"] * out_of) / sum_of_whole(out_of)
    x = units["exposure"] - mean_exposure
    expected = out_of * np.exp(specification.log_rate_ratio * x)
    level = sum_of_whole(count) / sum_of_whole(expected)
    return pd.DataFrame(
        {
            "x": x,
            "y": count / out_of / level,
            "size": out_of / out_of.max(),
        }
    )


def _ratio_ticks(values: pd.Series) -> dict[float, str]:
    """Write ticks of a scale of ratios."""
    ticks = [ratio for ratio in FAMILIAR_RATIOS if values.min() <= ratio <= values.max()]
    if len(ticks) < MIN_TICKS:
        return figure.axis_ticks(values, write_decimals)
    return dict(zip(ticks, write_decimals(ticks), strict=True))


def name_rate(design: Design) -> str:
    """Name what is compared: what and when, or out of what."""
    measure = design.data.names.indicator
    if measure:
        return f"{measure.label}, {measure.when}"
    return say("effect_nouns.own_outcome", design.data.names)


def compose_ratios(answer: DesignAnswer) -> Figure:
    """Compose the ratios of an answer; their title says what all rows show."""
    rows = _named_ratios(answer.design, answer.table)
    title = answer.describe()
    if answer.question == "bootstrap":
        rows = sentences.join_pieces(rows)
        title = sentences.title_of_checks(answer.design, rows)
    return _compose_rows(answer.design, rows.head(MAX_ROWS), title)


def compose_ways(design: Design, before: pd.DataFrame | PeriodKey | None) -> Figure:
    """Compose ladder, denominators and leaving one out in one figure."""
    answer = design.ladder(before)
    main = str(design.specification.rung)
    ladder = _named_ratios(design, answer.table)
    ladder = ladder.sort_values("way", key=lambda way: way != main)
    denominators = _named_ratios(design, design.denominators().table)
    leave_one_out = _named_ratios(design, design.leave_one_out().table)
    # the first row of the denominators is the headline again
    rows = pd.concat([ladder, denominators.iloc[1:], leave_one_out], ignore_index=True)
    return _compose_rows(design, rows, sentences.title_of_checks(design, rows))


def _named_ratios(design: Design, table: pd.DataFrame) -> pd.DataFrame:
    """Take the rows that have a ratio for one more of the exposure, and name them."""
    rows = table[table["log_rate_ratio"].notna()]
    if "question" in rows:  # errors of one size only, and no elasticities
        error = design.denominator_error
        is_shown = rows["doubt"].fillna(error).eq(error) & rows["question"].ne("free")
        rows = rows[is_shown]
    if "left_out" in rows:  # those that move it most, up and down
        rows = figure.head_and_tail(rows.sort_values("log_rate_ratio", ascending=False))
    labels = [sentences.row_label(design, row) for row in rows.to_dict("records")]
    return rows.assign(name=list(map(figure.capitalise, labels)))


def _compose_rows(design: Design, rows: pd.DataFrame, sentence: str) -> Figure:
    """Compose named ratios, of which the first may be the headline's."""
    measures = [*design.credited, *rows.get("count", ())]
    step = sentences.choose_step(design.specification)
    dots = _ratio_dots(rows, step)
    is_headline = np.isclose(rows["log_rate_ratio"], design.specification.log_rate_ratio)
    is_headline[1:] = False  # of other rows with this ratio, none is the headline
    dots["colour"] = np.where(is_headline, BLUE, GREY)
    range_with_1 = pd.Series([dots["low"].min(), dots["high"].max(), 1.0])
    panel = Rows(
        dots,
        key={"value": say("effect.value"), "low": say("effect.ci")},
        ticks=_ratio_ticks(range_with_1),
        line=ReferenceLine(1.0, say("effect.no_relation")),
        is_log=True,
    )
    return figure.compose(
        figure.fit_title(sentence),
        say("effect.ratio_under", rate=name_rate(design), step=step.text()),
        panel,
        kind="effect.rows",
        origin=design.origin,
        source=escaping.plain(design.source),
        measures=measures,
        table=pd.DataFrame({say("effect.row"): dots["name"], say("effect.ratio"): dots["text"]}),
        numbers=_number_ratios(rows, step),
    )


def _number_ratios(
    rows: pd.DataFrame, step: sentences.ExposureStep
) -> dict[str, figure.NumberColumn]:
    """Give ratios for a step of the exposure, with their intervals."""
    logs = rows[sentences.LOG_INTERVAL].to_numpy(dtype=float)
    logs_of_step = step.size * logs
    with np.errstate(over="ignore"):
        ratios = np.exp(logs_of_step)
    columns = ["value", "low", "high"]
    frame = pd.DataFrame(ratios, columns=columns)
    head = say("effect.ratio")
    return {head: figure.number_column(frame, "ratio")}


def _ratio_dots(rows: pd.DataFrame, step: sentences.ExposureStep) -> pd.DataFrame:
    """Place ratios and their intervals on the scale, with their texts."""
    logs = rows[sentences.LOG_INTERVAL].to_numpy(dtype=float)
    # An interval without an end is drawn to the end of the scale, and its text says so.
    end_of_scale = np.log(MAX_RATIO)
    ratios = np.exp(np.clip(step.size * logs, -end_of_scale, end_of_scale))
    dots = pd.DataFrame(ratios, columns=["value", "low", "high"])
    for end in ("low", "high"):
        dots[end] = dots[end].fillna(dots["value"])
    dots["name"] = rows["name"].tolist()
    dots["text"] = [sentences.ratio_text(step, row) for row in rows.to_dict("records")]
    return dots


def coverage() -> Picture:
    """
    Show how often 95% intervals held the truth in simulations: the usual ones beside ours.

    Examples
    --------
    >>> picture = coverage()
    """
    table, write = frames.coverage(), partial(words.percent, decimals=1)
    methods = table[table["method"] != "Moran's I"].groupby("method", sort=False)["coverage"]
    rows = pd.DataFrame(methods.agg(value="mean", low="min", high="max"))
    rows = rows.sort_index(key=lambda method: method != "headline", kind="stable")
    rows["name"] = [words.term(f"effect_rows.{method}") for method in rows.index]
    rows["colour"] = np.where(rows.index == "headline", BLUE, GREY)
    rows["text"] = rows["value"].map(write)

    power = table.loc[table["method"] == "headline", "power"]
    blanks = {
        "scenarios": table["scenario"].nunique(),
        "replications": table["replications"].min(),
        "power": words.percent(power.mean()),
        "ours": rows["text"].loc["headline"],
        "usual": rows["text"].loc["cluster-robust z"],
    }
    shares = [share for share in (0.2, 0.4, 0.6, 0.8, 1.0) if share >= rows["low"].min()]
    panel = Rows(
        rows.reset_index(drop=True),
        key={"value": say("effect.coverage_mean"), "low": say("effect.coverage_range")},
        ticks={share: words.percent(share) for share in shares},
        line=ReferenceLine(0.95, say("effect.coverage_nominal")),
    )
    heads = [say(f"effect.{head}") for head in ("method", "coverage_mean", "coverage_worst")]
    texts = rows[["name", "text"]].assign(worst=rows["low"].map(write))
    texts = texts.set_axis(heads, axis="columns").reset_index(drop=True)
    return Picture(
        figure.compose(
            figure.capitalise(say("effect.coverage", **blanks)),
            say("effect.coverage_under", **blanks),
            panel,
            kind="effect.rows",
            table=texts,
            numbers={
                heads[1]: figure.number_column(rows["value"], "share"),
                heads[2]: figure.number_column(rows["low"], "share"),
            },
            origin="simulated",  # the truth is known of simulations only
            source=say("effect.coverage_source", day=words.day(str(table["date"].iloc[0]))),
        )
    )
