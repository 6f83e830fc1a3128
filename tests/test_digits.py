"""Numbers have digits enough to say what they say, and the same ones in every medium."""

import math
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hganalysis import indicators, words
from hganalysis.indicators import Classes

NBSP = "\N{NO-BREAK SPACE}"
FACTOR = {
    "share": 100,
    "points": 1,
    "per_1000": 1000,
    "per_1000_change": 10,
    "per_1": 1,
    "ratio": 1,
}


def read(text):
    """Read a number back, whatever stands behind it."""
    found = re.match(r"[+−]?[\d.,]+", text)[0]
    if words.language() == "vi":
        found = found.replace(".", "").replace(",", ".")
    return float(found.replace("−", "-").replace(",", ""))


def decimals(text):
    point = "," if words.language() == "vi" else "."
    return len(re.match(r"[+−]?[\d.,]+", text)[0].partition(point)[2])


# --- one number ---


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(
    ("unit", "nulls"),
    [("share", (0, 1)), ("points", (0,)), ("per_1000", (0,)), ("ratio", (1,)), ("decimal", (0,))],
)
@given(away=st.floats(1e-6, 0.4))
def test_what_is_not_nothing_is_not_written_as_nothing(language, unit, nulls, away):
    with words.use(language):
        for null in nulls:
            amount = null - away if null == 1 else null + away
            shown = read(words.value(amount, unit))
            assert shown != FACTOR.get(unit, 1) * null
            assert math.isclose(shown, FACTOR.get(unit, 1) * amount, rel_tol=0.5, abs_tol=0.06)


@pytest.mark.parametrize("unit", [*FACTOR, "decimal"])
def test_a_rounding_error_is_nothing(unit):
    for null in (0.0, 1.0):
        assert words.value(null + 1e-15, unit) == words.value(null, unit)
        assert words.value(null - 1e-15, unit) == words.value(null, unit)


def test_usual_numbers_have_their_usual_digits():
    assert words.value(0.3724, "share") == f"37,2{NBSP}%"
    assert words.value(3.44, "points", bare=True) == "+3,4"
    assert words.value(0.00237, "per_1000", bare=True) == "2,4"
    assert words.value(1.0534, "ratio") == "1,05"
    assert words.value(5.3571, indicators.classes("members_per_1000")) == "5,36"


SCALES = [
    *(("share", 100), ("points", 1), ("per_1000", 1000), ("per_1000_change", 10), ("per_1", 1)),
    *(("per_1_change", 0.01), ("ratio", 1), ("decimal", 1), ("decimal_change", 1)),
]
# Steps from a border, as it is shown: rounding errors of a computer, digits, and far away.
NEAR = st.sampled_from([0, 1e-15, 1e-9, 4e-7, 6e-7, 1e-4, 0.02, 0.06]) | st.floats(0, 40)


@pytest.mark.parametrize(("unit", "factor"), SCALES)
@given(
    breaks=st.lists(st.integers(1, 999), min_size=1, max_size=5, unique=True).map(sorted),
    near=NEAR,
    above=st.booleans(),
    which=st.integers(0, 4),
)
def test_what_is_printed_lies_in_the_class_that_is_coloured(
    unit, factor, breaks, near, above, which
):
    edges = [one / 10 for one in breaks]
    classes = Classes("x", tuple(float(f"{edge / factor:.12g}") for edge in edges), unit)
    shown = edges[which % len(edges)] + (near if above else -near)
    if unit == "share":
        shown = min(max(shown, 0), 100)
    text = words.value(shown / factor, classes)
    [number] = classes.index(pd.Series([shown / factor]))
    assert sum(read(text) >= edge for edge in edges) == number


def test_classes_that_are_fine_give_numbers_that_are():
    fine = Classes("x", (0.00021, 0.00024, 0.00027), "per_1000")
    assert [words.value(one, fine, bare=True) for one in (0.000223, 0.000262)] == ["0,22", "0,26"]
    assert fine.labels[0].replace(NBSP, " ") == "dưới 0,21 ‰"
    small = Classes("x", (-0.1, -0.05, 0, 0.05, 0.1), "points", diverging=True)
    assert words.value(0.061, small, bare=True) == "+0,06"
    assert words.span(-0.012, 0.134, small) == "−0,01 đến +0,13"


def test_numbers_read_together_have_the_same_decimals():
    assert words.series([0.0018, 0.002, 0.0024], "per_1000", bare=True) == ["1,8", "2,0", "2,4"]
    assert words.series([0.15, 0.2], "share", bare=True) == ["15", "20"]
    assert words.series([0.00021, 0.0002], "per_1000", bare=True) == ["0,21", "0,20"]
    for name in (*indicators.names(), "members_per_1000"):
        texts = words.series(indicators.classes(name).breaks, indicators.classes(name), bare=True)
        assert len({decimals(text) for text in texts}) == 1
        assert len(set(texts)) == len(texts)


# --- intervals and ratios ---


@pytest.mark.parametrize("unit", list(FACTOR))
@given(low=st.floats(-0.3, 0.3), width=st.floats(1e-5, 0.3))
def test_an_interval_has_two_ends(unit, low, width):
    ends = (low, low + width) if unit in words.CHANGES else (abs(low), abs(low) + width)
    texts = re.findall(r"[+−]?[\d.,]*\d", words.span(*ends, unit))
    assert len(texts) == 2
    assert read(texts[0]) < read(texts[1])
    assert decimals(texts[0]) == decimals(texts[1])


@given(end=st.floats(2e-6, 0.4), width=st.floats(1e-4, 0.5))
def test_an_interval_without_nothing_does_not_seem_to_touch_it(end, width):
    for low, high in ((end, end + width), (-end - width, -end)):
        for unit in words.CHANGES:
            times = 100 if unit == "per_1_change" else 1  # is in hundredths, and shown for 1
            text = words.span(times * low, times * high, unit)
            assert all(read(one) * low > 0 for one in re.findall(r"[+−]?[\d.,]*\d", text))
    _, *ends = words.ratios(1 + end + width / 2, 1 + end, 1 + end + width)
    assert all(read(one) > 1 for one in ends)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((1.0534, 0.9912, 1.1190), ("1,05", "0,99", "1,12")),
        ((1.0012, 1.0003, 1.0021), ("1,0012", "1,0003", "1,0021")),
        ((1.0001, 0.9996, 1.0006), ("1,0001", "0,9996", "1,0006")),
        ((1.2342, 1.2341, 1.2343), ("1,2342", "1,2341", "1,2343")),
        ((1.24, 1.0031, 1.52), ("1,240", "1,003", "1,520")),
        ((1.002, 0.93, math.inf), ("1,00", "0,93", "∞")),
        ((1.0, 1.0, 1.0), ("1,00", "1,00", "1,00")),
        ((0.9998, 0.995, 1.002, 0.9988, 1.0002), ("1,000", "0,995", "1,002", "0,999", "1,000")),
        ((0.9988, math.nan, math.nan, 1.03), ("0,999", "–", "–", "1,030")),
    ],
)
def test_a_ratio_has_the_digits_that_its_interval_needs(found, said):
    assert words.ratios(*found) == said
