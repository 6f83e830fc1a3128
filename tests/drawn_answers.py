"""
Laws of what is drawn, for every medium: answers of four studies, and what a reader must find.

Expected numbers come from the reports, added up here; ends of intervals from the table of an
answer, which no picture goes through.
"""

from contextlib import contextmanager

import invented
import islands
import numpy as np
import pandas as pd
import shapely
from matplotlib.colors import to_hex
from read_back import (
    NEAR,
    Scale,
    area_of,
    assert_in_class,
    clean,
    divide_label,
    find_ticks,
    half_of_last_digit,
    read_number,
    read_rows,
    read_sample,
    to_points,
)

import hganalysis as hg
from hganalysis import frames, places, words
from hganalysis.publish import own

FACTORS = {"demo": 100, "isles": 100_000, "wards": 100, "pair": 100, "groups": 100}
"""By study: what a share is multiplied with before it is written."""
HEADLINES = {
    "demo": ("app_users", [2022, 2023]),
    "isles": ("reactions", [2023, 2024, 2025]),
    "wards": ("filed_online", invented.QUARTERS),
    "pair": ("vneid_users", [2024, 2025]),
    "groups": ("app_users", [2022, 2023]),
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
COLUMNS = {
    "value": ["value"],
    "before": ["before"],
    "low": ["low", "high"],
    "lowest": ["lowest", "highest"],
    "target": ["target"],
}


def write_pair(folder):
    """Write two districts: too few to say whether they would shuffle."""
    return invented.write(folder, districts=2)


WRITTEN = {
    "isles": islands.write_islands,
    "wards": invented.write_harbour,
    "pair": write_pair,
}


def make_studies(folder):
    """Write every invented study, to be opened by name."""
    for name, write in WRITTEN.items():
        own(folder / name, **write(folder / f"{name}-files"))


@contextmanager
def opened(folder, name, language="en"):
    """Use a study by its name; none of its numbers is the demo's."""
    shipped = {"demo": "hau_giang_2025", "groups": "hau_giang_groups"}
    if name == "demo":
        with words.use(language):
            yield
        return
    with hg.Study.open(shipped.get(name, folder / name)).use(language=language):
        yield


def rows_of(measure, period):
    """Take the reports of a measure in a period."""
    rows = frames.reports()
    return rows[(rows["indicator"] == measure) & (rows["period"] == period)]


def shares_of(measure, period, *, level="district"):
    """Divide the sums of reports, by the name of each place, in the units of a share."""
    rows = rows_of(measure, period)
    codes = rows["code"]
    if level == "district":
        codes = places.parents(codes, "district")
    sums = rows.groupby(np.asarray(codes))[["count", "out_of"]].sum()
    shares = sums["count"] / sums["out_of"]
    return shares.rename(lambda code: clean(places.label(code)))


def whole_of(measure, period):
    """Divide the sums of all reports of a period."""
    rows = rows_of(measure, period)
    return rows["count"].sum() / rows["out_of"].sum()


def columns_of(answer):
    """Give the numbers of a ranking by the name of each place, from its table."""
    table = answer.table.set_index(answer.table["name"].map(clean))
    numbers = table.reindex(columns=["low", "high", "lowest", "highest", "target"])
    numbers["rank"] = [
        "" if pd.isna(low) else f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"
        for low, high in table[["rank_low", "rank_high"]].to_numpy(dtype=float)
    ]
    return numbers


# --- laws ---


def hold_rows(drawing, expected, key, ticks, *, factor, language="en", log=False):
    """
    Hold a list to what it lists.

    Parameters
    ----------
    expected
        By name, in the order from top to bottom: `value` and the other columns that are drawn;
        `written` if the text beside a dot is not its value.
    key
        By column, the label in the key.
    ticks
        Texts along the axis.
    factor
        From a number to how it is written.
    """
    scale = Scale(find_ticks(drawing, ticks), log=log, language=language)
    rows = read_rows(drawing, expected.index, language)
    assert rows["name"].tolist() == expected.index.tolist(), "the order of the rows"
    rows = rows.set_index("name")
    numbers = factor * expected.get("written", expected["value"])
    digits = rows["text"].map(lambda text: half_of_last_digit(text, language))
    assert ((rows["number"] - numbers).abs() <= digits).all(), "a text is not that of its row"
    for column, ends in COLUMNS.items():
        for end in ends:
            if column not in key:
                assert column != "target" or rows[end].isna().all(), f"{end} is not in the key"
                continue
            places_of_marks = scale.place(factor * expected[end].to_numpy(dtype=float))
            apart = np.abs(rows[end] - places_of_marks)
            is_known = expected[end].notna()
            assert rows[end].notna().tolist() == is_known.tolist(), f"{end} of what has none"
            assert apart[is_known].max() < NEAR, f"{end} is not at its number"
    for column, label in key.items():
        if label and len(key) > 1:
            assert read_sample(drawing, label) == KINDS[column], f"the sample of {label}"
    return rows, scale


def hold_line(drawing, scale, number, label):
    """Hold the line of the whole to its number, and the text above it to the line."""
    text = drawing.where(clean(label))
    x = float(scale.place(number))
    lines = drawing.lines
    at = (lines["x0"] - x).abs().lt(NEAR / 2) & (lines["x1"] - x).abs().lt(NEAR / 2)
    tall = lines[at & ((lines["y0"] - lines["y1"]).abs() > 50)]
    assert len(tall), "no line stands at the number of the whole"
    assert abs(text.x - x) < NEAR


def hold_map(drawing, panel, values, legend, *, language="en"):
    """
    Hold each place of a map to the class of its colour, and each label to the place it is on.

    Parameters
    ----------
    panel
        Tells the shapes of places by name, and nothing of colours and texts.
    values
        By name, as the legend writes them; missing where there is none.
    """
    place = to_points(drawing, panel.land)
    shapes = dict(zip(map(clean, panel.places["name"]), panel.places.geometry, strict=True))
    assert {*values.index} <= {*shapes}
    for name, shape in shapes.items():
        value = values.get(name, np.nan)
        _, fill, said = area_of(drawing, shape, place)
        if said:
            assert said.startswith(f"{name}: ")
            read = read_number(said.removeprefix(f"{name}: "), language)
            assert pd.isna(value) or abs(read - value) <= half_of_last_digit(said, language)
        if pd.isna(value):
            assert fill == to_hex(GREY)
        else:
            assert_in_class(value, fill, legend, language)


def hold_labels(drawing, panel, values, *, language="en"):
    """Hold each label of a map to the place that it stands on, and count them."""
    place = to_points(drawing, panel.land)
    n_labels = 0
    for row in panel.places.itertuples():
        area, *_ = area_of(drawing, row.geometry, place)
        for text in drawing.texts.itertuples():
            if not area.contains(shapely.Point(text.x, text.y)):
                continue
            n_labels += 1
            name, number = divide_label(text.text)
            assert name in ("", clean(row.name)), f"{text.text} stands on {row.name}"
            apart = abs(read_number(number, language) - values[clean(row.name)])
            assert apart <= half_of_last_digit(number, language), f"{text.text} on {row.name}"
    return n_labels


GREY = "#d9dcdf"
