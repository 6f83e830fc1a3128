"""Two figures of one answer: each place in both periods, and where it rose and fell."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from .. import places, words
from ..figure import (
    BLUE,
    INK,
    MAX_ROWS,
    ROUND_STEPS,
    ROWS_PER_END,
    Courses,
    Figure,
    NumberColumn,
    Panel,
    ReferenceLine,
    Slopes,
    axis_ticks,
    compose,
    head_and_tail,
    iterate_rows,
    number_column,
)
from ..indicators import Classes
from ..periods import order_periods
from ..ranking.levels import SMALL
from ..ranking.pictures import class_colours, find_shapes, legend, list_panel, map_panel
from . import sentences

if TYPE_CHECKING:
    from . import Change


class LineColours(NamedTuple):
    """Colours of lines: strong for those that the title names, pale for the others."""

    strong: str
    pale: str


# Of lines that are context.
COURSE = "#c3cad1"

# More names beside lines are a list.
MAX_NAMED = 4

# More colours cannot be told apart.
MAX_CLASSES = 6

RISE = LineColours(strong=BLUE, pale="#8aa0bd")
FALL = LineColours(strong="#9a4209", pale="#d3a680")


def slope_chart(answer: Change) -> Figure:
    """Compose one line for each place and one for the whole; the two ends are strong."""
    table = _with_texts(answer)
    rows = head_and_tail(table.dropna(subset=["code", "change_pp"]))
    rows["name_short"] = rows["code"].map(places.short)
    rows["bold"] = rows.index.isin(rows.index[[0, -1]])
    rows["colour"] = [_line_colour(row) for row in iterate_rows(rows)]
    whole = table.tail(1).dropna(subset="change_pp").assign(bold=True, colour=INK)
    rows = pd.concat([rows, whole], ignore_index=True)
    rows = rows.rename(columns={"after": "value"})
    rows["start"] = rows.pop("text_before")
    levels = rows.pop("text_after")
    # the subtitle says that the change stands on the right
    numbers = levels + "  " + rows["text"] + "  "
    rows["end"] = numbers + rows["name"]
    # for a narrow page: a short name, then without the level, then without the change
    has_short_name = rows["name_short"].fillna("") != ""
    short = rows["name_short"].where(has_short_name, rows["name"])
    with_change = rows["text"] + "  " + short
    rows["shorter"] = [*zip(numbers + short, with_change, short, strict=True)]
    before, after = map(words.short_period, answer.measure.periods)
    return _compose(answer, "slopes", Slopes(rows, (before, after)))


def _line_colour(row: Any) -> str:  # noqa: ANN401
    colours = FALL if row.change_pp < 0 else RISE
    return colours.strong if row.bold else colours.pale


def courses(
    answer: Change, shares: pd.DataFrame, whole: pd.Series, *, n_named: int = MAX_NAMED
) -> Figure:
    """
    Compose a line for each place over all periods; at most four are named, and the whole is bold.

    Parameters
    ----------
    shares, whole
        One column, or one number, for each period up to the later one.
    """
    heads = tuple(map(words.short_period, shares.columns))
    last = shares.iloc[:, -1]
    change = last - shares[answer.measure.periods[0]]
    changed = answer.changed.dropna(subset="change_pp")["code"]
    # the highest, the lowest, and where it rose most and least
    ranked = last.dropna().sort_values()
    wanted = [ranked.index[-1], ranked.index[0], changed.iloc[0], changed.iloc[-1]]
    with_text = list(dict.fromkeys(wanted))[:n_named]
    rows = []
    for code in map(str, shares.index):
        end, colour = "", COURSE
        if code in with_text:
            colour = RISE.strong if change[code] >= 0 else FALL.strong
            end = f"{answer.measure.write(last[code])}  {places.short(code)}"
        course = shares.loc[code].to_numpy(float)
        rows.append((places.short(code), course, end, colour, False))
    has_line = pd.notna(whole.iloc[-1]) and whole.count() > 1
    if has_line:
        name = words.term("change.all")
        end = f"{answer.measure.write(whole.iloc[-1])}  {name}"
        rows.append((name, whole.to_numpy(float), end, INK, True))
    frame = pd.DataFrame(rows, columns=["name", "shares", "end", "colour", "bold"])
    ticks = axis_ticks([*np.ravel(shares), *whole], answer.measure.write_series)
    return _compose(answer, "courses", Courses(frame, heads, ticks))


def map_of_changes(answer: Change) -> Figure:
    """Compose the map of changes with the ordered list."""
    table, classes = _with_texts(answer), _classes(answer)
    places, whole = table.iloc[:-1], table.iloc[-1]
    changed = places.dropna(subset="change_pp")
    colours = class_colours(changed["change_pp"], classes)
    changed = changed.assign(value=changed["change_pp"], colour=colours)
    write = partial(words.series, scale=classes.unit, bare=True)

    line = None
    if sentences.whole_changed(answer):
        label = words.term("figure.whole", share=whole["text"])
        line = ReferenceLine(whole["change_pp"], label)
    list_of_changes = list_panel(changed, {"value": words.term("change.change")}, write, line)
    ticks = axis_ticks([0, *list_of_changes.rows["value"]], write)  # the axis shows 0
    list_of_changes = replace(list_of_changes, ticks=ticks)
    shapes = find_shapes("district")
    grey = words.term("uptake.not_shown")
    map_ = map_panel(changed, legend(classes, write, set(colours), grey), shapes)
    return _compose(answer, "map", map_, list_of_changes)


def _compose(answer: Change, kind: str, *panels: Panel) -> Figure:
    """Put the texts around the panels; `kind` is `"slopes"`, `"courses"` or `"map"`."""
    before, after = map(words.short_period, answer.measure.periods)
    table, numbers = _text_table(answer), _numbers(answer)
    if kind == "courses":
        table, numbers = _table_over_time(answer)
    subtitle = words.term(
        f"change.subtitle_{kind}",
        label=_label(answer),
        points=words.with_unit(_classes(answer).unit),
        before=before,
        after=after,
    )
    return compose(
        sentences.title(answer, kind),
        subtitle,
        *panels,
        kind=f"change.{kind}",
        table=table,
        numbers=numbers,
        origin=answer.origin,
        source=answer.source,
        measures=[answer.measure.name],
        notes=_notes(answer, kind),
    )


def _label(answer: Change) -> str:
    """Say what is counted, out of what."""
    indicator = answer.measure.indicator
    if indicator is None:
        return words.term("change.own")
    unit = words.term(f"figure.{answer.measure.classes.unit}")
    return words.term("change.label", label=indicator.label, unit=unit, out_of=indicator.out_of)


def _notes(answer: Change, kind: str) -> str:
    """Say which places are left out, and what stars, bold lines and last digits mean."""
    notes = [sentences.unlike_periods(answer), sentences.places_left_out(answer)]
    if kind == "courses":
        since = words.short_period(answer.measure.periods[0])
        named = words.term("change.note_courses", before=since)
        notes = [named, sentences.unlike_periods(answer)]
        has_gap = answer.shares.isna().any(axis=None) or answer.whole_by_period.isna().any()
        if has_gap:
            notes.append(words.term("change.note_dotted"))
    notes.append(answer.measure.estimates.note())
    n_changed = answer.changed["change_pp"].notna().sum()
    if kind == "slopes":
        if n_changed > 1:
            bold = "bold_whole" if sentences.whole_changed(answer) else "bold"
            notes.append(words.term(f"change.{bold}"))
        if not _adds_up(answer):
            notes.append(words.term("change.rounded"))
    if answer.changed["small"].any():
        notes.append(words.term("figure.small", small=SMALL))
    if kind == "slopes" and n_changed > MAX_ROWS:
        notes.append(words.term("change.ends", ends=ROWS_PER_END))
    return "".join(notes)


def _adds_up(answer: Change) -> bool:
    """Say whether each change that is shown is the difference of the two numbers beside it."""
    table = _with_texts(answer)
    table = table.dropna(subset="change_pp")
    before = table["text_before"].map(_read_number)
    after = table["text_after"].map(_read_number)
    change = table["text"].map(_read_number)
    return np.allclose(after - before, change)


def _read_number(text: str) -> float:
    """Read a number as it is written in the language in use."""
    from babel.numbers import parse_decimal

    text = text.rstrip("*%\N{NO-BREAK SPACE}").replace("−", "-").replace("∞", "inf")
    return float(parse_decimal(text, locale=words.language()))


def _with_texts(answer: Change) -> pd.DataFrame:
    """Give each place, and last the whole, the texts of its change and of both its shares."""
    whole = {"name": words.term("change.all"), "small": False, **answer.whole}
    rows = pd.concat([answer.table, pd.DataFrame([whole])], ignore_index=True)
    texts = [sentences.signed(answer, change_pp) for change_pp in rows["change_pp"]]
    shares = answer.measure.write_rows(rows[["before", "after"]])
    rows = rows.join(shares.add_prefix("text_"))
    return rows.assign(text=texts + np.where(rows["small"].astype(bool), "*", ""))


def _classes(answer: Change) -> Classes:
    """
    Take the classes of the catalogue, else round ones, on both sides of 0.

    If all places rose, or all fell, that side alone is drawn, in finer classes.
    """
    changes = answer.changed["change_pp"]
    scale = answer.measure.change_scale
    has_both_sides = (changes < 0).any() and (changes >= 0).any()
    if isinstance(scale, Classes):
        return scale if has_both_sides else _halve(scale)
    n_steps = 3 if has_both_sides else 5
    largest = changes.abs().max() or 1
    step = MaxNLocator(n_steps, steps=ROUND_STEPS).tick_values(0, largest)[1]
    breaks = tuple(step * number for number in range(1 - n_steps, n_steps))
    return Classes("own", breaks, scale, is_diverging=True)


def _halve(classes: Classes) -> Classes:
    """Halve classes, unless a side has more than can be told apart then."""
    middles = [(low + high) / 2 for low, high in pairwise(classes.breaks)]
    breaks = sorted([*classes.breaks, *middles])
    if len(breaks) >= 2 * MAX_CLASSES:
        return classes
    return replace(classes, breaks=tuple(breaks))


def _text_table(answer: Change) -> pd.DataFrame:
    """Write all numbers under column heads, the whole last."""
    before, after = map(words.short_period, answer.measure.periods)
    table = _with_texts(answer)[["name", "text_before", "text_after", "text"]]
    heads = [words.term("figure.place"), before, after, words.term("change.change")]
    return table.set_axis(heads, axis="columns")


def _numbers(answer: Change) -> dict[str, NumberColumn]:
    """Give the numbers that the table writes."""
    before, after = map(words.short_period, answer.measure.periods)
    rows = _with_texts(answer)
    classes = answer.measure.classes
    change = number_column(rows["change_pp"], answer.measure.change_scale)
    return {
        before: number_column(rows["before"], classes),
        after: number_column(rows["after"], classes),
        words.term("change.change"): change,
    }


def _table_over_time(answer: Change) -> tuple[pd.DataFrame, dict[str, NumberColumn]]:
    """Write the level of each place in every period, the whole last, and give the numbers."""
    shares = answer.shares.drop(columns="origin")
    whole = answer.whole_by_period.to_frame().T
    levels = pd.concat([shares, whole], ignore_index=True)
    heads = [words.short_period(period) for period in order_periods(shares.columns)]
    levels = levels.set_axis(heads, axis="columns")
    names = [*places.labels(map(str, answer.shares.index)), words.term("change.all")]
    texts = levels.map(answer.measure.write)
    texts.insert(0, words.term("figure.place"), names)
    classes = answer.measure.classes
    return texts, {head: number_column(levels[head], classes) for head in heads}
