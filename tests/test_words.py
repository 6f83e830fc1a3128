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

from hganalysis import words
from hganalysis.study import Study
from hganalysis.words import texts

ROOT = Path(__file__).parents[1]
NBSP = "\N{NO-BREAK SPACE}"


def run(language):
    """Ask a fresh interpreter which language it starts with."""
    return subprocess.run(
        [sys.executable, "-c", "from hganalysis import words; print(words.language())"],
        env={**os.environ, "HGANALYSIS_LANG": language},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


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


def test_a_minus_is_a_true_minus_and_a_sign_is_shown_on_request():
    assert words.number(-3) == "\N{MINUS SIGN}3"
    assert [words.number(x, signed=True) for x in (3, -3, 0, 0.2)] == ["+3", "−3", "0", "0"]


@pytest.mark.parametrize("nothing", [float("nan"), np.float64("nan"), pd.NA])
def test_what_is_missing_is_a_dash_without_a_unit(nothing):
    assert words.number(nothing) == words.number(None) == "–"
    assert words.percent(nothing) == "–"
    units = ("share", "points", "per_1000", "per_1000_change", "ratio", "decimal", "count")
    assert {words.value(nothing, unit) for unit in units} == {"–"}
    assert {words.interval(nothing, 1, unit) for unit in units} == {"–"}
    assert {words.span(0, nothing, unit) for unit in units} == {"–"}
    assert words.ratios(1.05, nothing, nothing) == ("1,05", "–", "–")


@pytest.mark.parametrize("language", words.LANGUAGES)
@given(amount=st.integers(-(10**12), 10**12))
def test_a_written_number_can_be_read_back(amount, language):
    with words.use(language):
        text = words.number(amount)
    assert int(text.replace("−", "-").replace(".", "").replace(",", "")) == amount


def test_shares_are_multiplied_by_100_once():
    assert words.percent(0.505) == f"50,5{NBSP}%"
    assert words.percent(0.869, decimals=0) == f"87{NBSP}%"
    assert words.percent(1) == f"100,0{NBSP}%"
    with words.use("en"):
        assert words.percent(0.505) == "50.5%"


def test_points_are_points_already():
    assert words.value(36.44, "points").replace(NBSP, " ") == "+36,4 điểm phần trăm"
    assert words.value(-3.44, "points").replace(NBSP, " ") == "−3,4 điểm phần trăm"
    with words.use("en"):
        assert words.value(3.44, "points").replace(NBSP, " ") == "+3.4 percentage points"


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


def test_an_interval_names_its_unit_once():
    text = words.interval(0.201, 0.302, "share").replace(NBSP, " ")
    assert text == "từ 20,1 đến 30,2 %"
    assert words.interval(4.5, 5.25, "decimal") == "từ 4,50 đến 5,25"


def test_an_unknown_unit_is_refused():
    for write in (lambda: words.value(1, "miles"), lambda: words.interval(1, 2, "miles")):
        with pytest.raises(ValueError, match="'miles'; expected one of share, points, per_1000"):
            write()


def test_the_switch_restores_what_was_in_use():
    assert words.language() == "vi"
    with words.use("en"):
        assert words.language() == "en"
        with words.use("vi"):
            assert words.language() == "vi"
        assert words.language() == "en"
    assert words.language() == "vi"


def test_the_switch_restores_after_an_error():
    with pytest.raises(LookupError), words.use("en"):
        words.term("no.such")
    assert words.language() == "vi"


def test_the_switch_holds_without_with():
    previous = words.use("en")
    assert words.language() == "en"
    previous.close()
    assert words.language() == "vi"


def test_an_unknown_language_is_refused_and_changes_nothing():
    with pytest.raises(ValueError, match="'fr'; expected one of vi, en"):
        words.use("fr")
    assert words.language() == "vi"


def test_an_unknown_key_is_refused():
    with pytest.raises(LookupError, match=r"'words\.nothing'"):
        words.term("words.nothing")


def test_a_blank_that_is_not_filled_is_an_error():
    with pytest.raises(KeyError):
        words.term("words.percent")


def test_the_environment_sets_the_first_language():
    assert run("en").stdout == "en\n"
    assert run("vi").stdout == "vi\n"


def test_a_wrong_language_in_the_environment_is_named():
    wrong = run("fr")
    assert wrong.returncode != 0
    assert "HGANALYSIS_LANG is 'fr'; expected one of vi, en" in wrong.stderr


def test_columns_of_names_follow_the_language():
    assert words.column("name") == "name_vi"
    with words.use("en"):
        assert words.column("label") == "label_en"


def blanks(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


WRITTEN = {
    f"{section}.{key}": said
    for section, entries in texts._written().items()
    for key, said in entries.items()
}


@pytest.mark.parametrize("key", sorted(WRITTEN))
def test_every_text_stands_in_both_languages_with_the_same_blanks(key):
    said = WRITTEN[key]
    assert set(said) == set(words.LANGUAGES)
    assert bool(said["vi"]) == bool(said["en"])
    for text in said.values():
        assert text == unicodedata.normalize("NFC", text)
        assert all(name.isidentifier() for name in blanks(text))
    assert blanks(said["vi"]) == blanks(said["en"])


UPWARDS = {
    "vi": r"tăng|cao|nhiều hơn|lớn hơn|(?<!không )vượt",
    "en": r"up(?! to)|more(?! than once)|above|higher|highest|rises?|larger|largest",
}
DOWNWARDS = {
    "vi": r"giảm|thấp|dưới|ít hơn|nhỏ hơn|chưa đạt|không (?:vượt )?quá",
    "en": r"down|fewer|less|fades?|below|lower|lowest|falls?|smaller|smallest",
}


def directions(text, language):
    """Say which ways the words of a text point."""
    return {
        way
        for way, known in ((1, UPWARDS), (-1, DOWNWARDS))
        if re.search(rf"\b(?:{known[language]})\b", text.lower())
    }


def test_no_line_begins_with_the_sign_of_a_percentage():
    """In Vietnamese a space stands before it, where no line may be broken."""
    said = [one["vi"] for one in words.strings().values()]
    for file in (ROOT / "notebooks" / "vi").glob("*.ipynb"):
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        said += ["".join(one["source"]) for one in cells if one["cell_type"] == "markdown"]
    assert [text for text in said if re.search(r"[\d}] %", text)] == []


def test_no_text_says_up_in_one_language_and_down_in_the_other():
    held = {}
    for key, text in words.strings().items():
        vi, en = directions(text["vi"], "vi"), directions(text["en"], "en")
        if len(vi) == len(en) == 1:
            held[key] = vi == en
    assert {"change.whole_up", "change.whole_down"} <= {*held}
    assert [key for key, agree in held.items() if not agree] == []


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("unit", ["share", "decimal", "per_1000", "count", "points"])
def test_no_sign_stands_behind_the_dash_of_a_span(unit, language):
    with words.use(language):
        for low, high in ((-3.25, 4.5), (-4.5, -3.25)):
            text = words.span(low, high, unit)
            assert "\N{MINUS SIGN}" in text
            assert "\N{EN DASH}" not in text
        assert ("\N{EN DASH}" in words.span(3.25, 4.5, unit)) == (unit != "points")


def test_two_rooms_do_not_have_one_section(tmp_path, monkeypatch):
    for room in ("maps", "words"):
        (tmp_path / room).mkdir()
        file = tmp_path / room / "texts.toml"
        file.write_text('[words]\none = { vi = "một", en = "one" }\n', encoding="utf-8")
    monkeypatch.setattr(texts, "ROOMS", tmp_path)
    with pytest.raises(ValueError, match="a section 'words'"):
        texts._written.__wrapped__()


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
