"""What the answer says. Its first clause is the title of the slopes, its second of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import places, words
from ..figure import capitalise, fit_title
from ..periods import read_period
from .volume import write_volumes

if TYPE_CHECKING:
    from ..ranking import counts
    from . import Change
    from .trend import Trend

# Weeks that are less apart are of one season, or of two that touch.
WEEKS_OF_A_SEASON = 13


def signed(answer: Change, change_pp: float) -> str:
    """Write a change with its sign; its unit is named once, elsewhere."""
    return words.value(change_pp, answer.measure.change_scale, bare=True)


def whole_changed(answer: Change) -> str:
    """
    Say how the whole changed; nothing if the whole is incomplete.

    Where far more was counted in a day of one period, two levels are named, and no change.
    """
    change_pp = answer.whole["change_pp"]
    if pd.isna(change_pp):
        return ""
    if answer.volumes:
        direction = "apart"
    elif change_pp > 0:
        direction = "up"
    elif change_pp < 0:
        direction = "down"
    else:
        direction = "same"
    unit = words.unit_text(answer.measure.change_scale)
    size = signed(answer, change_pp).lstrip("+−")
    shares = pd.DataFrame([answer.whole])[["before", "after"]]
    texts = answer.measure.write_rows(shares)
    before, after = texts.iloc[0]
    return words.term(
        f"change.whole_{direction}",
        points=f"{size} {unit}".strip(),
        before=before,
        after=after,
    )


def finding(answer: Change) -> str:
    """Say how the whole changed, or that no change can be told; else nothing."""
    if answer.volumes:
        return whole_changed(answer) or words.term("change.apart")
    return whole_changed(answer)


def trend(answer: Change) -> str:
    """Say how the whole moved up to the later period; nothing if there are few periods."""
    if answer.trend is None:
        return ""
    return words.term(f"change.trend_{_direction(answer.trend)}", **_steps(answer, answer.trend))


def trend_title(answer: Change) -> str:
    """Say from where to where the whole moved over all steps of its trend; nothing without one."""
    if answer.trend is None:
        return ""
    blanks = _steps(answer, answer.trend)
    return words.term(f"change.over_time_{_direction(answer.trend)}", **blanks)


def _direction(trend: Trend) -> str:
    if trend.n_up == trend.n_steps:
        return "up"
    if trend.n_down == trend.n_steps:
        return "down"
    return "mixed"


def _steps(answer: Change, trend: Trend) -> dict[str, str]:
    """Fill the blanks of a trend: its steps, and the level before the first and after the last."""
    grain = read_period(answer.measure.periods[-1]).grain
    levels = pd.DataFrame([{"start": trend.start, "end": answer.whole["after"]}])
    start, end = answer.measure.write_rows(levels).iloc[0]
    return {
        "up": words.number(trend.n_up),
        "number": words.number(trend.n_steps),
        "periods": words.term(f"periods.{grain}_many"),
        "since": words.short_period(trend.since),
        "start": start,
        "end": end,
    }


def another_season(answer: Change) -> str:
    """Say that what is new was counted in two seasons; by the end of a period, a stock has none."""
    before, after = answer.measure.periods
    indicator = answer.measure.indicator
    is_stock = indicator is not None and indicator.over_time == "stock"
    earlier, later = read_period(before), read_period(after)
    weeks_apart = later.grain == "week" and later.steps_since(earlier) < WEEKS_OF_A_SEASON
    if is_stock or earlier.number == later.number or weeks_apart:
        return ""
    later_name = capitalise(words.short_period(after))
    return words.term("change.season", before=words.short_period(before), after=later_name)


def unlike_periods(answer: Change) -> str:
    """Say why the two periods are not alike: their seasons, and how much was counted in a day."""
    volumes = write_volumes(answer.volumes, answer.measure.periods)
    return another_season(answer) + volumes


def places_changed(answer: Change, *, has_numbers: bool = True) -> str:
    """Say in how many places it rose and fell, and where most."""
    changed = answer.table.dropna(subset="change_pp")
    n_changed = len(changed)
    n_up = (changed["change_pp"] > 0).sum()
    n_down = (changed["change_pp"] < 0).sum()

    def describe(place: pd.Series) -> str:
        if not has_numbers:
            return str(place["name"])
        return f"{place['name']} ({signed(answer, place['change_pp'])})"

    has_left_out = n_changed < len(answer.changed)
    blanks = {
        "all": n_changed,
        "up": n_up,
        "down": n_down,
        "top": describe(changed.iloc[0]),
        "bottom": describe(changed.iloc[-1]),
        "which": words.term("change.which") if has_left_out else "",
    }
    if n_changed in (n_up, n_down):
        if n_changed == 1:
            return words.term("change.one", **blanks)
        return words.term("change.all_up" if n_up else "change.all_down", **blanks)
    clauses = []
    if n_up:
        clauses.append(words.term("change.some_up", **blanks))
        blanks["which"] = ""  # said once
    if n_down:
        clauses.append(words.term("change.some_down", **blanks))
    return "; ".join(clauses) or words.term("change.all_same", **blanks)


def title(answer: Change, kind: str) -> str:
    """Take the clause for a title; without numbers, so that it has room for names."""
    clause = "" if kind == "map" and not answer.volumes else finding(answer)
    if kind == "courses":
        clause = trend_title(answer) or clause
    return fit_title(clause or places_changed(answer, has_numbers=False))


def full_answer(answer: Change) -> str:
    """Say how the whole, its places and their parts changed, and which places are left out."""
    clauses = [finding(answer), trend(answer)]
    if not answer.volumes:
        clauses.append(places_changed(answer))
    if answer.whole["parts"] and not answer.volumes:
        parts = words.number(answer.whole["parts"])
        parts_up = words.number(answer.whole["parts_up"])
        clauses.append(words.term("change.parts", parts=parts, parts_up=parts_up))
        n_places = len(places.units())
        n_left_out = n_places - answer.whole["parts"]
        if n_left_out:
            blanks = {"left_out": words.number(n_left_out), "all": words.number(n_places)}
            clauses[-1] += words.term("change.parts_left_out", **blanks)
    first_sentence = capitalise("; ".join(filter(None, clauses))) + "."
    text = first_sentence + unlike_periods(answer) + places_left_out(answer)
    return text + answer.measure.estimates.note() + in_step(answer)


def in_step(answer: Change) -> str:
    """Say, or ask, whether the periods are two counts, if all parts moved by nearly one factor."""
    return write_step(answer.step, has_parts=answer.whole["parts"] > 0)


def write_step(step: counts.StepKind, *, has_parts: bool) -> str:
    """Say of a step between two periods that it is none between two counts, or ask."""
    if step == "counted":
        return ""
    if step == "in_step" and not has_parts:
        return words.term("change.places_in_step")
    return words.term(f"change.{step}")


def places_left_out(answer: Change) -> str:
    """Name the places that lack a period, and those with too few, if any."""
    left_out = answer.table[answer.table["change_pp"].isna()]
    is_few = left_out["left_out"] == "few"
    few = left_out.loc[is_few, "name"].tolist()
    names = left_out.loc[~is_few, "name"].tolist()
    text = ""
    if names:
        text = words.term("change.left_out", names=words.join_some(names))
        if not whole_changed(answer):
            text += words.term("change.no_whole")
    if few:
        text += words.term("uptake.few", names=words.join_some(few))
    return text
