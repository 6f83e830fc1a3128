"""Check how numbers and terms are written, in both languages."""

import json
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

from hganalysis import study, words
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
        (-float("inf"), 0, "−∞", "−∞"),
        (8.97e88, 2, "9,0 × 10⁸⁸", "9.0 × 10⁸⁸"),  # no interval is too wide to be written
        (-1e21, 0, "−1,0 × 10²¹", "−1.0 × 10²¹"),
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


@pytest.mark.parametrize(
    ("amount", "unit", "full", "short"),
    [
        (0.5, "share", "50,0 %", "50 %"),
        (0.285, "share", "28,5 %", "28,5 %"),
        (0.0024, "per_1000", "2,4 ‰", "2,4 ‰"),
        (4, "points", "+4,0 điểm phần trăm", "+4 điểm phần trăm"),
        (5.36, "decimal", "5,36", "5,36"),
        (5.5, "decimal", "5,50", "5,5"),
        (173_000, "count", "173.000", "173.000"),
    ],
)
def test_values_in_the_unit_of_their_classes(amount, unit, full, short):
    assert words.value(amount, unit).replace(NBSP, " ") == full
    assert [one.replace(NBSP, " ") for one in words.series([amount], unit)] == [short]


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="'miles'; expected one of share, points, per_1000"):
        words.value(1, "miles")


def test_the_switch_restores_what_was_in_use():
    with words.use("en"):
        with words.use("vi"):
            assert words.language() == "vi"
        assert words.language() == "en"
        with pytest.raises(ValueError, match="'fr'; expected one of vi, en"):
            words.use("fr")
        assert words.language() == "en"
    assert words.language() == "vi"


def test_the_environment_sets_the_first_language():
    asked = "from hganalysis import words; print(words.language())"
    env = {**os.environ, study.LANGUAGE: "en"}
    assert subprocess.check_output([sys.executable, "-c", asked], env=env, text=True) == "en\n"


def blanks(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


WRITTEN = {
    f"{section}.{key}": said
    for section, entries in texts._written().items()
    for key, said in entries.items()
}


def test_every_text_stands_in_both_languages_with_the_same_blanks():
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


@pytest.mark.parametrize("study", [None, "kenya_2019", "india_2023"])
def test_every_noun_of_texts_catalogues_and_notebooks_is_known(study):
    files = [*(ROOT / "data").rglob("*.toml"), *(ROOT / "hganalysis").glob("*/texts.toml")]
    written = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    books = [json.loads(one.read_text("utf-8")) for one in (ROOT / "notebooks").glob("*/*.ipynb")]
    written += [cell["metadata"].get("nouns") for book in books for cell in book["cells"]]
    found = {*_texts(written)}
    assert any("[" in one for one in found)
    blank = re.compile(r"\[[A-Za-z_ ?,]+\](?!\()")
    with Study.open(study).use():
        for language in words.LANGUAGES:
            with words.use(language):
                left = [one for one in found if blank.search(words.of_study(one))]
            assert left == []
