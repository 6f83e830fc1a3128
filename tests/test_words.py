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
from refusal_texts import says

from hganalysis import indicators, study, words
from hganalysis.effect.frame import say
from hganalysis.indicators import Classes
from hganalysis.study import Study
from hganalysis.wording import read_texts
from hganalysis.workbook.faults import mark

ROOT = Path(__file__).parents[1]
NBSP = "\N{NO-BREAK SPACE}"


NUMBERS = [
    (1234.5, 1, "1.234,5", "1,234.5"),
    (733017, 0, "733.017", "733,017"),
    (12345678.905, 2, "12.345.678,90", "12,345,678.90"),  # half to even, as Babel rounds
    (0.25, 2, "0,25", "0.25"),
    (-1234.5, 1, "−1.234,5", "−1,234.5"),
    (-0.04, 1, "0,0", "0.0"),  # no minus before a zero
    (float("inf"), 0, "∞", "∞"),
    (-8.97e88, 2, "−∞", "−∞"),  # no interval is too wide to be written
]


@pytest.mark.parametrize(
    ("amount", "decimals", "vi", "en"),
    NUMBERS,
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
    spans = {words.span(0, nothing, unit) for unit in units}
    assert spans == {"–"}
    assert words.ratios(1.05, nothing, nothing) == ("1,05", "–", "–")


@pytest.mark.parametrize("language", words.LANGUAGES)
@given(amount=st.integers(-(10**12), 10**12))
def test_a_written_number_can_be_read_back(amount, language):
    with words.use(language):
        text = words.number(amount)
        without_points = text.replace(".", "").replace(",", "")
        assert int(without_points.replace("−", "-")) == amount


def test_a_value_has_its_unit_and_round_ones_are_short():
    assert words.value(0.5, "share") == f"50,0{NBSP}%"
    assert words.series([0.5], "share") == [f"50{NBSP}%"]
    assert words.value(4, "points").replace(NBSP, " ") == "+4,0 điểm phần trăm"
    assert words.series([5.5], "decimal") == ["5,5"]
    assert words.value(19.94, "per_1") == "19,9"
    with pytest.raises(ValueError, match=says("words.no_unit", name="miles")):
        words.value(1, "miles")


def test_the_switch_restores_what_was_in_use():
    with words.use("en"):
        with pytest.raises(ValueError, match=says("words_errors.language", language="fr")):
            words.use("fr")
        assert words.language() == "en"
    assert words.language() == "vi"


def test_the_environment_sets_the_first_language():
    env = {**os.environ, study.LANGUAGE: "en"}
    command = [sys.executable, "-c", "from hganalysis import words; print(words.language())"]
    assert subprocess.check_output(command, env=env, text=True) == "en\n"


# --- digits enough to say what they say, and the same ones in every medium ---

FACTOR = {
    "share": 100,
    "per_1000": 1000,
    "per_1000_change": 10,
    "per_1_change": 0.01,
}
FACTOR |= {"per_10000": 10_000, "per_10000_change": 100}
FACTOR |= {"per_100000": 100_000, "per_100000_change": 1000}
FACTOR |= dict.fromkeys(["points", "per_1", "ratio", "decimal", "decimal_change"], 1)


def read(text):
    """Read a number back, whatever stands behind it."""
    text_of_number = re.match(r"[+−]?[\d.,]+", text)[0]
    if words.language() == "vi":
        text_of_number = text_of_number.replace(".", "").replace(",", ".")
    return float(text_of_number.replace("−", "-").replace(",", ""))


def count_decimals(text):
    point = "," if words.language() == "vi" else "."
    number = re.match(r"[+−]?[\d.,]+", text)[0]
    return len(number.partition(point)[2])


# --- one number ---


UNITS_AND_NULLS = [
    ("share", (0, 1)),
    ("points", (0,)),
    ("per_1000", (0,)),
    ("ratio", (1,)),
    ("decimal", (0,)),
]


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(
    ("unit", "nulls"),
    UNITS_AND_NULLS,
)
@given(away=st.floats(1e-6, 0.4))
def test_what_is_not_nothing_is_not_written_as_nothing(language, unit, nulls, away):
    with words.use(language):
        for null in nulls:
            amount = null - away if null == 1 else null + away
            shown = read(words.value(amount, unit))
            assert shown != FACTOR[unit] * null
            exact = FACTOR[unit] * amount
            assert math.isclose(shown, exact, rel_tol=0.5, abs_tol=0.06)


@pytest.mark.parametrize("unit", FACTOR)
def test_a_rounding_error_is_nothing(unit):
    for null in (0.0, 1.0):
        assert words.value(null + 1e-15, unit) == words.value(null, unit)
        assert words.value(null - 1e-15, unit) == words.value(null, unit)


# Steps from a border, as it is shown: rounding errors of a computer, digits, and far away.
EXACT_STEPS = st.sampled_from([0, 1e-15, 1e-9, 4e-7, 6e-7, 1e-4, 0.02, 0.06])
NEAR = EXACT_STEPS | st.floats(0, 40)
LISTS_OF_TENTHS = st.lists(st.integers(1, 999), min_size=1, max_size=5, unique=True)


@pytest.mark.parametrize(("unit", "factor"), FACTOR.items())
@given(
    breaks=LISTS_OF_TENTHS.map(sorted),
    near=NEAR,
    above=st.booleans(),
    which=st.integers(0, 4),
)
def test_what_is_printed_lies_in_the_class_that_is_coloured(
    unit, factor, breaks, near, above, which
):
    edges = [tenths / 10 for tenths in breaks]
    classes = Classes("x", tuple(float(f"{edge / factor:.12g}") for edge in edges), unit)
    shown = edges[which % len(edges)] + (near if above else -near)
    if unit == "share":
        shown = min(max(shown, 0), 100)
    text = words.value(shown / factor, classes)
    [number] = classes.index(pd.Series([shown / factor]))
    assert sum(read(text) >= edge for edge in edges) == number


def test_numbers_read_together_have_the_same_decimals():
    texts_of_two = words.series([0.00021, 0.0002], "per_1000", bare=True)
    assert texts_of_two == ["0,21", "0,20"]
    for name in (*indicators.names(), "members_per_1000"):
        classes = indicators.classes(name)
        texts = words.series(classes.breaks, classes, bare=True)
        assert len({count_decimals(text) for text in texts}) == 1
        assert len(set(texts)) == len(texts)


RATES = ["share", "per_1", "per_1000", "per_10000", "per_100000"]


@pytest.mark.parametrize("unit", RATES)
@given(before=st.floats(1e-5, 0.9), moved=st.sampled_from([0, 1e-15, 2e-6, 1e-5, 3e-4, 0.02]))
def test_numbers_that_differ_look_different_where_they_are_compared(unit, before, moved):
    amounts = [before, before + moved / FACTOR[unit]]
    texts = words.values(amounts, unit)
    assert len({count_decimals(text) for text in texts}) == 1
    is_less = read(texts[0]) < read(texts[1])
    assert is_less == (moved > 1e-9)
    alone = words.values(amounts[:1], unit)
    assert alone == [words.value(before, unit)]


def test_a_missing_number_beside_another_is_a_dash():
    assert words.values([0.25, math.nan], "share") == [f"25,0{NBSP}%", "–"]


# --- intervals and ratios ---


@pytest.mark.parametrize("unit", sorted(set(FACTOR) - {"per_1_change"}))
@given(low=st.floats(-0.3, 0.3), width=st.floats(1e-5, 0.3))
def test_an_interval_has_two_ends(unit, low, width):
    if unit not in words.numbers.CHANGES:
        low = abs(low)
    ends = (low, low + width)
    texts = re.findall(r"[+−]?[\d.,]*\d", words.span(*ends, unit))
    assert len(texts) == 2
    assert read(texts[0]) < read(texts[1])
    assert count_decimals(texts[0]) == count_decimals(texts[1])


ENDS = [
    ((-2, 3), "points", "−2,0 đến +3,0"),
    ((-3, -2), "points", "−3,0 đến −2,0"),
    ((2, 3), "points", "+2,0 đến +3,0"),
    ((-0.2, 0.3), "decimal", "−0,20 đến 0,30"),
    ((0.2, 0.3), "decimal", "0,20–0,30"),
    ((0.2, 0.3), "share", "20,0–30,0 %"),
]


@pytest.mark.parametrize(
    ("ends", "unit", "vi"),
    ENDS,
)
def test_the_ends_of_an_interval_have_their_signs(ends, unit, vi):
    assert words.span(*ends, unit).replace("\N{NO-BREAK SPACE}", " ") == vi
    with words.use("en"):
        english = words.span(*ends, unit).replace("\N{NO-BREAK SPACE}", " ")
    expected = vi.replace(",", ".").replace(" đến ", " to ")
    assert english == expected.replace(" %", "%")


@given(end=st.floats(2e-6, 0.4), width=st.floats(1e-4, 0.5))
def test_an_interval_without_nothing_does_not_seem_to_touch_it(end, width):
    for low, high in ((end, end + width), (-end - width, -end)):
        for unit in words.numbers.CHANGES:
            times = 100 if unit == "per_1_change" else 1  # is in hundredths, and shown for 1
            text = words.span(times * low, times * high, unit)
            ends = re.findall(r"[+−]?[\d.,]*\d", text)
            assert all(read(end_text) * low > 0 for end_text in ends)
    lowest = 1 + end
    highest = 1 + end + width
    _, *ends = words.ratios((lowest + highest) / 2, lowest, highest)
    assert all(read(end_text) > 1 for end_text in ends)


RATIOS = [
    ((1.0534, 0.9912, 1.1190), ("1,05", "0,99", "1,12")),
    ((1.0012, 1.0003, 1.0021), ("1,0012", "1,0003", "1,0021")),
    ((1.24, 1.0031, 1.52), ("1,240", "1,003", "1,520")),
    ((1.002, 0.93, math.inf), ("1,00", "0,93", "∞")),
    ((0.9998, 0.995, 1.002), ("1,000", "0,995", "1,002")),
    ((0.9988, math.nan, math.nan), ("0,999", "–", "–")),
]


@pytest.mark.parametrize(
    ("ratios", "texts_expected"),
    RATIOS,
)
def test_a_ratio_has_the_digits_that_its_interval_needs(ratios, texts_expected):
    assert words.ratios(*ratios) == texts_expected


# --- texts ---


def blanks(text):
    fields = [name for _, name, _, _ in string.Formatter().parse(text)]
    return {name for name in fields if name is not None}


WRITTEN = {
    f"{section}.{key}": translations
    for section, entries in read_texts().items()
    for key, translations in entries.items()
}


NOUNS = (
    "applications|cases|cells|checks|codes|communes|days|districts|draws|errors|faults|fields|files|"
    "headers|households|levels|members|methods|names|notes|numbers|others|outcomes|pages|pairs|"
    "periods|places|relations|reports|residents|rows|shapes|teams|titles|totals|units|ways"
)
ONE_OF_SEVERAL = re.compile(rf"(?<![\d.,/])\b1 (?:more |other )?(?:{NOUNS})\b")

NEVER_ONE = {
    # thresholds
    "figure.small",
    "reading.too_many_tables",
    "uptake.few_events",
    "uptake.star_events",
    "uptake.star_residents",
    "uptake.unranked_events",
    "uptake.unranked_residents",
    "word.ends",
    # where one place, draw or way is no answer, or another text is said
    "effect.ways",
    "effect_nouns.own_size",
    "effect_nouns.study_size",
    "gap.sure",
    "places.areas_misplaced",
    "screen.copied",
    "screen.growth",
    "screen.round",
    "screen.target",
    "sheet.among_alike",
    "sheet.too_many",
    "starts.planned",
    "starts.starts_staged",
    "starts.starts_stated",
    "starts.starts_tried",
    "starts_page.lot_text",
    "uptake.cluster_ends",
    "uptake.missing_parts",
    "uptake.weak",
}
"""Texts with a number that is no 1."""

REFUSED = (
    "_refusals.",
    "_errors.many",
    "_errors.percents",
    "log_errors.",
    "reading.too_many",
    "releases.",
    "starts_errors.",
)
"""Errors of what is many: of an estimate, a lot, a release, or of more than there may be."""


def texts_of_one():
    """Give each English text with 1 in its blanks, by its key."""
    filled = {}
    with words.use("en"):
        for key, translations in words.strings().items():
            ones = dict.fromkeys(blanks(translations["en"]), "1")
            filled[key] = words.term(key, **ones)
    return filled


def test_no_english_text_speaks_of_one_thing_as_of_several():
    wrong = {key for key, text in texts_of_one().items() if ONE_OF_SEVERAL.search(text)}
    assert {key for key in wrong if not any(part in key for part in REFUSED)} <= NEVER_ONE


COUNTED = [
    ("0", "are 0 more relations"),
    ("1", "is 1 more relation "),
    ("21", "are 21 more relations"),
]


@pytest.mark.parametrize(("number", "expected"), COUNTED)
def test_a_noun_agrees_with_its_number(number, expected):
    with words.use("en"):
        assert expected in words.term("relations.more", number=number)


def test_a_noun_agrees_in_a_sentence_on_an_estimate_too():
    with words.use("en"):
        texts_of_it = [say("effect.opinions", ways=n, low="1", high="2") for n in (1, 2)]
    assert "1 method gives" in texts_of_it[0]
    assert "2 methods give" in texts_of_it[1]


def test_a_number_that_may_be_left_unsaid_is_not_told_by_its_noun():
    with words.use("en"):
        one, two = (words.term("reading.why_period", rows=mark(number)) for number in "12")
    assert one.replace("1", "2") == two


def test_every_text_stands_once_in_both_languages_with_the_same_blanks():
    rooms = study.PACKAGE.glob("*/texts.toml")
    files = [tomllib.loads(file.read_text("utf-8")) for file in rooms]
    n_sections = len(set().union(*files))
    assert sum(map(len, files)) == n_sections, "a section is of one room"
    for key, translations in WRITTEN.items():
        assert set(translations) == set(words.LANGUAGES), key
        assert bool(translations["vi"]) == bool(translations["en"]), key
        for text in translations.values():
            assert text == unicodedata.normalize("NFC", text), key
            assert all(name.isidentifier() for name in blanks(text)), key
        assert blanks(translations["vi"]) == blanks(translations["en"]), key


def _texts(node):
    """Go through all texts of a file, however deep they lie."""
    if isinstance(node, dict):
        node = [*node.values()]
    if isinstance(node, list):
        for child in node:
            yield from _texts(child)
    elif isinstance(node, str):
        yield node


# A ratio before "lần"; not a count of times, such as how often a simulation ran.
RATIO_IN_VIETNAMESE = re.compile(r"(?:\{(?!replications)\w+\}|\d[\d.,]*)\s+lần\b(?! trong)")
# "up 1,15 lần" is read as +115 %: only "equal to", or "more than ... the level" says what is meant.
CLEAR_BEFORE = re.compile(r"(?:\bbằng|\bbằng khoảng|\b(?:trên|dưới))\s+$")


def unclear_ratios(text):
    """List ratios that could be read as an increase."""
    unclear = []
    for ratio in RATIO_IN_VIETNAMESE.finditer(text):
        if not CLEAR_BEFORE.search(text[: ratio.start()]):
            unclear.append(text[max(ratio.start() - 30, 0) : ratio.end()])
    return unclear


RATIO_TEXTS = [
    ("mức sử dụng bằng 1,17 lần mức khi không triển khai", 0),
    ("nơi có trên {far} lần mức chung", 0),
    ("mỗi kịch bản {replications} lần", 0),
    ("đã nâng mức sử dụng lên 1,17 lần", 1),
    ("mức tăng là 1,15 lần", 1),
    ("gấp {ratio} lần, cho {low} đến {high} lần", 2),
]


@pytest.mark.parametrize(
    ("text", "n_unclear"),
    RATIO_TEXTS,
)
def test_a_vietnamese_ratio_that_could_be_read_as_an_increase_is_found(text, n_unclear):
    assert len(unclear_ratios(text)) == n_unclear


def test_every_vietnamese_ratio_says_to_what_it_is_equal():
    all_texts = [*words.strings().items()]
    unclear = {key: unclear_ratios(text["vi"]) for key, text in all_texts}
    pages = [*ROOT.glob("docs/vi/**/*.rst"), ROOT / "README.vi.md"]
    pages += ROOT.glob("data/**/*.toml")
    for page in pages:
        unclear[page.name] = unclear_ratios(page.read_text("utf-8"))
    for notebook in (ROOT / "notebooks" / "vi").glob("*.ipynb"):
        cells = json.loads(notebook.read_text())["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
        unclear[notebook.name] = unclear_ratios("\n".join(sources))
    assert len(all_texts) > 500
    faults = {key: ratios for key, ratios in unclear.items() if ratios}
    assert faults == {}


@pytest.mark.parametrize("study", [None, "kenya_2019", "india_2023"])
def test_every_noun_of_texts_catalogues_and_notebooks_is_known(study):
    files = [*(ROOT / "data").rglob("*.toml"), *(ROOT / "hganalysis").glob("*/texts.toml")]
    written = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    notebooks = (ROOT / "notebooks").glob("*/*.ipynb")
    books = [json.loads(file.read_text("utf-8")) for file in notebooks]
    cells = [cell for book in books for cell in book["cells"]]
    for key in ("nouns", "uncounted"):
        written += [cell["metadata"].get(key) for cell in cells]
    all_texts = {*_texts(written)}
    assert any("[" in text for text in all_texts)
    blank = re.compile(r"\[[A-Za-z_ ?,]+\](?!\()")
    with Study.open(study).use():
        for language in words.LANGUAGES:
            with words.use(language):
                unfilled = [text for text in all_texts if blank.search(words.of_study(text))]
            assert unfilled == []
