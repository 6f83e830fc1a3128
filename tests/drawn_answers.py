"""
Laws of what is drawn, for every medium: answers of five studies, and what a reader must find.

Expected numbers come from the reports, added up here; ends of intervals from the table of an
answer, which no picture goes through.
"""

from contextlib import contextmanager

import invented
import islands
import numpy as np
import pandas as pd
import shapely
from read_back.drawing import NEAR, clean
from read_back.reader import (
    Scale,
    area_of,
    assert_in_class,
    assert_written,
    divide_label,
    find_ticks,
    read_rows,
    read_sample,
    to_points,
)

import hganalysis as hg
from hganalysis import frames, places, words
from hganalysis.figure import PALE
from hganalysis.publish import lay_out

FACTORS = {
    "demo": 100,
    "isles": 100_000,
    "wards": 100,
    "pair": 100,
}
"""By study: what a share is multiplied with before it is written."""
HEADLINES = {
    "demo": ("app_users", [2022, 2023]),
    "isles": ("reactions", [2023, 2024, 2025]),
    "wards": ("filed_online", invented.QUARTERS),
    "pair": ("vneid_users", [2024, 2025]),
}
"""By study: the measure that is drawn, and its periods."""
KINDS = {
    "value": "dot",
    "before": "open dot",
    "low": "thick line",
    "lowest": "broken line",
    "target": "stroke",
}
"""How each column of a list is drawn."""
SPANS = {"low": ["low", "high"], "lowest": ["lowest", "highest"]}
"""Columns whose line has two ends."""
TALL = 50
"""In points: a line that is higher belongs to the whole list."""


def make_studies(folder):
    """Write every invented study, to be opened by name."""
    lay_out(folder / "isles", **islands.write_islands(folder / "isles-files"))
    lay_out(folder / "wards", **invented.write_harbour(folder / "wards-files"))
    # too few to say whether they would shuffle
    lay_out(folder / "pair", **invented.write(folder / "pair-files", districts=2))


@contextmanager
def opened(folder, name, language="en"):
    """Use a study by its name; only the demo is shipped."""
    if name == "demo":
        with words.use(language):
            yield
    else:
        with hg.Study.open(folder / name).use(language=language):
            yield


# --- what must be found ---


def rows_of(measure, period):
    """Take the reports of a measure in a period."""
    rows = frames.reports()
    is_meant = (rows["indicator"] == measure) & (rows["period"] == period)
    return rows[is_meant]


def shares_of(measure, period, *, level="district"):
    """Divide the sums of reports, by the name of each place."""
    rows = rows_of(measure, period)
    codes = rows["code"]
    if level == "district":
        codes = places.parents(codes, "district")
    by_code = rows.groupby(codes.to_numpy())
    sums = by_code[["count", "out_of"]].sum()
    shares = sums["count"] / sums["out_of"]
    return shares.rename(label_of)


def label_of(code):
    """Name a place as it is read."""
    return clean(places.label(code))


def codes_of_districts():
    """Give the code of each district by its name."""
    return {label_of(code): code for code in places.compared().index}


def whole_of(measure, period):
    """Divide the sums of all reports of a period."""
    rows = rows_of(measure, period)
    return rows["count"].sum() / rows["out_of"].sum()


def columns_of(answer):
    """Give the numbers of a ranking by the name of each place, from its table."""
    table = answer.table
    columns = ["low", "high", "lowest", "highest", "target"]
    numbers = table.reindex(columns=columns)
    numbers["is_unranked"] = table["rank"].isna()
    ends = table[["rank_low", "rank_high"]].fillna(0).astype(int)
    numbers["rank"] = [write_rank(low, high) for low, high in ends.to_numpy()]
    return numbers.set_index(table["name"].map(clean))


def write_rank(low, high):
    """Write the ranks that a place could have; 0 where nothing is known."""
    if not low:
        return ""
    return str(low) if low == high else f"{low}–{high}"


# --- laws of lists ---


def hold_rows(drawing, expected, key, ticks, *, factor, language="en", log=False):
    """
    Hold a list to what it lists.

    Parameters
    ----------
    expected
        By name, in the order from top to bottom: `value` and the other columns that are drawn;
        `written` if the text beside a dot is not its value.
    key
        By column, the label in the key; "" if there is no key.
    ticks
        Texts along the axis.
    factor
        From a number to how it is written.
    log
        Whether the axis is a scale of ratios.
    """
    scale = Scale(find_ticks(drawing, ticks), language, log=log)
    rows = read_rows(drawing, expected.index, language)
    assert rows["name"].tolist() == expected.index.tolist(), "the order of the rows"
    rows = rows.set_index("name")
    numbers = factor * expected.get("written", expected["value"])
    for name, text in rows["text"].items():
        assert_written(text, numbers[name], language)
    for column in key:
        for end in SPANS.get(column, [column]):
            hold_marks(rows[end], scale.place(factor * expected[end]))
    for column in {"before", "low", "lowest", "target"} - {*key}:
        assert rows[column].isna().all(), f"{column} is not in the key"
    for column, label in key.items():
        if label and len(key) > 1:
            assert read_sample(drawing, label) == KINDS[column], f"the sample of {label}"
    return rows, scale


def hold_marks(drawn, expected):
    """Hold marks to where they must be, and no mark to be where nothing is known."""
    is_drawn = drawn.notna().to_numpy()
    assert is_drawn.tolist() == np.isfinite(expected).tolist(), f"{drawn.name} of what has none"
    apart = np.abs(drawn - expected)
    assert apart[is_drawn].max() < NEAR, f"{drawn.name} is not at its number"


def hold_line(drawing, scale, number, label):
    """Hold the line of the whole to its number, and the text above it to the line."""
    text = drawing.where(clean(label))
    x = float(scale.place(number))
    lines = drawing.lines
    tall = lines[(lines["y0"] - lines["y1"]).abs() > TALL]
    apart = (tall[["x0", "x1"]] - x).abs().max(axis=1)
    assert apart.min() < NEAR / 2, "no line stands at the number of the whole"
    assert abs(text.x - x) < NEAR, "the text of the whole is not above its line"


# --- laws of maps ---


def hold_map(drawing, panel, values, legend, *, language="en"):
    """
    Hold each place of a map to the class of its colour.

    Parameters
    ----------
    panel
        Tells the shapes of places by name, and nothing of colours and texts.
    values
        By name, as the legend writes them; missing where there is none.
    """
    place = to_points(drawing, panel.land)
    names = panel.places["name"].map(clean)
    assert {*values.index} <= {*names}
    for name, shape in zip(names, panel.places.geometry, strict=True):
        area = area_of(drawing, shape, place)
        value = values.get(name, np.nan)
        if pd.isna(value):
            assert area.fill == PALE
            continue
        assert_in_class(value, area.fill, legend, language)
        if area.description:
            label, _, text = area.description.partition(": ")
            assert label == name
            assert_written(text, value, language)


def hold_labels(drawing, panel, values, *, language="en"):
    """Hold each label of a map to the place that it stands on, and count them."""
    place = to_points(drawing, panel.land)
    n_labels = 0
    for name, shape in zip(panel.places["name"].map(clean), panel.places.geometry, strict=True):
        area = area_of(drawing, shape, place)
        for text in drawing.texts.itertuples():
            if area.shape.contains(shapely.Point(text.x, text.y)):
                n_labels += 1
                label, number = divide_label(text.text)
                assert label in ("", name), f"{text.text} stands on {name}"
                assert_written(number, values[name], language)
    return n_labels


def hold_table(table, values, legend, language):
    """Hold the list of a slide, the highest first and stars last, to its numbers and the legend."""
    numbers = [values[name] for (name, _), _ in table[1:]]
    has_star = [text.endswith("*") for _, (text, _) in table[1:]]
    places_in_order = sorted(zip(has_star, (-number for number in numbers), strict=True))
    assert numbers == [-number for _, number in places_in_order]
    assert has_star == sorted(has_star)
    for number, (_, (text, fill)) in zip(numbers, table[1:], strict=True):
        assert_in_class(number, fill, legend, language)
        assert_written(text, number, language)
