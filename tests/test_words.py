"""Check how numbers and terms are written, in both languages."""

import json
import math
import os
import re
import string
import subprocess
import sys
import tomllib
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hganalysis import indicators, study, words
from hganalysis.indicators import Classes
from hganalysis.study import Study
from hganalysis.words import texts

ROOT = Path(__file__).parents[1]
NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("amount", "decimals", "vi", "en"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (733017, 0, "733.017", "733,017"),
        (12345678.905, 2, "12.345.678,90", "12,345,678.90"),  # half to even, as Babel rounds
        (0.25, 2, "0,25", "0.25"),
        (-1234.5, 1, "−1.234,5", "−1,234.5"),
        (-0.04, 1, "0,0", "0.0"),  # no minus before a zero
        (float("inf"), 0, "∞", "∞"),
        (-8.97e88, 2, "−∞", "−∞"),  # no interval is too wide to be written
    ],
)
def test_numbers_follow_the_language(amount, decimals, vi, en):
    assert words.number(amount, decimals=decimals) == vi
    with words.use("en"):
        assert words.number(amount, decimals=decimals) == en


@pytest.mark.parametrize("nothing", [float("nan"), np.float64("nan"), pd.NA])
def test_what_is_missing_is_a_dash_without_a_unit(nothing):
    assert words.number(nothing) == words.number(None) == "–"
    assert words.percent(nothing) == "–"
    units = ("share", "points", "per_1000", "per_1000_change", "ratio", "decimal", "count")
    assert {words.value(nothing, unit) for unit in units} == {"–"}
    assert {words.span(0, nothing, unit) for unit in units} == {"–"}
    assert words.ratios(1.05, nothing, nothing) == ("1,05", "–", "–")


@pytest.mark.parametrize("language", words.LANGUAGES)
@given(amount=st.integers(-(10**12), 10**12))
def test_a_written_number_can_be_read_back(amount, language):
    with words.use(language):
        text = words.number(amount)
    assert int(text.replace("−", "-").replace(".", "").replace(",", "")) == amount


def test_a_value_has_its_unit_and_round_ones_are_short():
    assert words.value(0.5, "share") == f"50,0{NBSP}%"
    assert words.series([0.5], "share") == [f"50{NBSP}%"]
    assert words.value(4, "points").replace(NBSP, " ") == "+4,0 điểm phần trăm"
    assert words.series([5.5], "decimal") == ["5,5"]
    assert words.value(19.94, "per_1") == "19,9"
    with pytest.raises(ValueError, match=r"'miles'; expected one of share.*per_100000,"):
        words.value(1, "miles")


def test_the_switch_restores_what_was_in_use():
    with words.use("en"):
        with pytest.raises(ValueError, match="'fr'; expected one of vi, en"):
            words.use("fr")
        assert words.language() == "en"
    assert words.language() == "vi"


def test_the_environment_sets_the_first_language():
    env = {**os.environ, study.LANGUAGE: "en"}
    asked = [sys.executable, "-c", "from hganalysis import words; print(words.language())"]
    assert subprocess.check_output(asked, env=env, text=True) == "en\n"


# --- digits enough to say what they say, and the same ones in every medium ---

FACTOR = {"share": 100, "per_1000": 1000, "per_1000_change": 10, "per_1_change": 0.01}
FACTOR |= {"per_10000": 10_000, "per_10000_change": 100}
FACTOR |= {"per_100000": 100_000, "per_100000_change": 1000}
FACTOR |= dict.fromkeys(["points", "per_1", "ratio", "decimal", "decimal_change"], 1)


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
            assert shown != FACTOR[unit] * null
            assert math.isclose(shown, FACTOR[unit] * amount, rel_tol=0.5, abs_tol=0.06)


@pytest.mark.parametrize("unit", FACTOR)
def test_a_rounding_error_is_nothing(unit):
    for null in (0.0, 1.0):
        assert words.value(null + 1e-15, unit) == words.value(null, unit)
        assert words.value(null - 1e-15, unit) == words.value(null, unit)


# Steps from a border, as it is shown: rounding errors of a computer, digits, and far away.
NEAR = st.sampled_from([0, 1e-15, 1e-9, 4e-7, 6e-7, 1e-4, 0.02, 0.06]) | st.floats(0, 40)


@pytest.mark.parametrize(("unit", "factor"), FACTOR.items())
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


def test_numbers_read_together_have_the_same_decimals():
    assert words.series([0.00021, 0.0002], "per_1000", bare=True) == ["0,21", "0,20"]
    for name in (*indicators.names(), "members_per_1000"):
        texts = words.series(indicators.classes(name).breaks, indicators.classes(name), bare=True)
        assert len({decimals(text) for text in texts}) == 1
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("unit", ["share", "per_1", "per_1000", "per_10000", "per_100000"])
@given(before=st.floats(1e-5, 0.9), moved=st.sampled_from([0, 1e-15, 2e-6, 1e-5, 3e-4, 0.02]))
def test_numbers_that_differ_look_different_where_they_are_compared(unit, before, moved):
    amounts = [before, before + moved / FACTOR[unit]]
    texts = words.values(amounts, unit)
    assert len({decimals(text) for text in texts}) == 1
    assert (read(texts[0]) < read(texts[1])) == (moved > 1e-9)
    assert words.values(amounts[:1], unit) == [words.value(before, unit)]


def test_a_missing_number_beside_another_is_a_dash():
    assert words.values([0.25, math.nan], "share") == [f"25,0{NBSP}%", "–"]


# --- intervals and ratios ---


@pytest.mark.parametrize("unit", sorted(set(FACTOR) - {"per_1_change"}))
@given(low=st.floats(-0.3, 0.3), width=st.floats(1e-5, 0.3))
def test_an_interval_has_two_ends(unit, low, width):
    ends = (low, low + width) if unit in words.numbers.CHANGES else (abs(low), abs(low) + width)
    texts = re.findall(r"[+−]?[\d.,]*\d", words.span(*ends, unit))
    assert len(texts) == 2
    assert read(texts[0]) < read(texts[1])
    assert decimals(texts[0]) == decimals(texts[1])


@pytest.mark.parametrize(
    ("ends", "unit", "vi"),
    [
        ((-2, 3), "points", "−2,0 đến +3,0"),
        ((-3, -2), "points", "−3,0 đến −2,0"),
        ((2, 3), "points", "+2,0 đến +3,0"),
        ((-0.2, 0.3), "decimal", "−0,20 đến 0,30"),
        ((0.2, 0.3), "decimal", "0,20–0,30"),
        ((0.2, 0.3), "share", "20,0–30,0 %"),
    ],
)
def test_the_ends_of_an_interval_have_their_signs(ends, unit, vi):
    assert words.span(*ends, unit).replace("\N{NO-BREAK SPACE}", " ") == vi
    with words.use("en"):
        english = words.span(*ends, unit).replace("\N{NO-BREAK SPACE}", " ")
    assert english == vi.replace(",", ".").replace(" đến ", " to ").replace(" %", "%")


@given(end=st.floats(2e-6, 0.4), width=st.floats(1e-4, 0.5))
def test_an_interval_without_nothing_does_not_seem_to_touch_it(end, width):
    for low, high in ((end, end + width), (-end - width, -end)):
        for unit in words.numbers.CHANGES:
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
        ((1.24, 1.0031, 1.52), ("1,240", "1,003", "1,520")),
        ((1.002, 0.93, math.inf), ("1,00", "0,93", "∞")),
        ((0.9998, 0.995, 1.002), ("1,000", "0,995", "1,002")),
        ((0.9988, math.nan, math.nan), ("0,999", "–", "–")),
    ],
)
def test_a_ratio_has_the_digits_that_its_interval_needs(found, said):
    assert words.ratios(*found) == said


# --- texts ---


def blanks(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


WRITTEN = {
    f"{section}.{key}": said
    for section, entries in texts._texts_by_section().items()
    for key, said in entries.items()
}


def test_every_text_stands_once_in_both_languages_with_the_same_blanks():
    files = [tomllib.loads(one.read_text("utf-8")) for one in study.PACKAGE.glob("*/texts.toml")]
    assert sum(map(len, files)) == len(set().union(*files)), "a section is of one room"
    for key, said in WRITTEN.items():
        assert set(said) == set(words.LANGUAGES), key
        assert bool(said["vi"]) == bool(said["en"]), key
        for text in said.values():
            assert text == unicodedata.normalize("NFC", text), key
            assert all(name.isidentifier() for name in blanks(text)), key
        assert blanks(said["vi"]) == blanks(said["en"]), key


def _texts(found):
    """Go through all texts of a file, however deep they lie."""
    if isinstance(found, dict | list):
        for one in found.values() if isinstance(found, dict) else found:
            yield from _texts(one)
    elif isinstance(found, str):
        yield found


# A ratio before "lần"; not a count of times, such as how often a simulation ran.
RATIO_IN_VIETNAMESE = re.compile(r"(?:\{(?!replications)\w+\}|\d[\d.,]*)\s+lần\b(?! trong)")
# "up 1,15 lần" is read as +115 %: only "equal to", or "more than ... the level" says what is meant.
CLEAR_BEFORE = re.compile(r"(?:\bbằng|\bbằng khoảng|\b(?:trên|dưới))\s+$")


def unclear_ratios(text):
    """List ratios that could be read as an increase."""
    return [
        text[max(ratio.start() - 30, 0) : ratio.end()]
        for ratio in RATIO_IN_VIETNAMESE.finditer(text)
        if not CLEAR_BEFORE.search(text[: ratio.start()])
    ]


@pytest.mark.parametrize(
    ("text", "n_unclear"),
    [
        ("mức sử dụng bằng 1,17 lần mức khi không triển khai", 0),
        ("nơi có trên {far} lần mức chung", 0),
        ("mỗi kịch bản {replications} lần", 0),
        ("đã nâng mức sử dụng lên 1,17 lần", 1),
        ("mức tăng là 1,15 lần", 1),
        ("gấp {ratio} lần, cho {low} đến {high} lần", 2),
    ],
)
def test_a_vietnamese_ratio_that_could_be_read_as_an_increase_is_found(text, n_unclear):
    assert len(unclear_ratios(text)) == n_unclear


def test_every_vietnamese_ratio_says_to_what_it_is_equal():
    found = [*texts.strings().items()]
    unclear = {key: unclear_ratios(text["vi"]) for key, text in found}
    pages = [*ROOT.glob("docs/vi/**/*.rst"), ROOT / "README.vi.md", *ROOT.glob("data/**/*.toml")]
    unclear |= {page.name: unclear_ratios(page.read_text("utf-8")) for page in pages}
    for notebook in (ROOT / "notebooks" / "vi").glob("*.ipynb"):
        sources = ["".join(cell["source"]) for cell in json.loads(notebook.read_text())["cells"]]
        unclear[notebook.name] = unclear_ratios("\n".join(sources))
    assert len(found) > 500
    assert {key: ratios for key, ratios in unclear.items() if ratios} == {}


@pytest.mark.parametrize("study", [None, "kenya_2019", "india_2023"])
def test_every_noun_of_texts_catalogues_and_notebooks_is_known(study):
    files = [*(ROOT / "data").rglob("*.toml"), *(ROOT / "hganalysis").glob("*/texts.toml")]
    written = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    books = [json.loads(one.read_text("utf-8")) for one in (ROOT / "notebooks").glob("*/*.ipynb")]
    written += [
        cell["metadata"].get(key)
        for book in books
        for cell in book["cells"]
        for key in ("nouns", "uncounted")
    ]
    found = {*_texts(written)}
    assert any("[" in one for one in found)
    blank = re.compile(r"\[[A-Za-z_ ?,]+\](?!\()")
    with Study.open(study).use():
        for language in words.LANGUAGES:
            with words.use(language):
                left = [one for one in found if blank.search(words.of_study(one))]
            assert left == []
