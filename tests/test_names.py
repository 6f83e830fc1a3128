"""Hold the finding of codes to its laws: its own code or none, never another."""

import csv
import re
import unicodedata
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hganalysis import countries, places
from hganalysis.countries import letters

VN = countries.find_country("VN")
FONTS = {encoding["name"]: encoding for encoding in VN.encodings}
BYTES = FONTS["TCVN3"]["bytes"].split()
TCVN3 = {chr(int(pair[:2], 16)): pair[2:] for pair in BYTES}
VNI = {pair[:-1]: pair[-1] for pair in FONTS["VNI"]["letters"].split()}

GOLDEN = Path(__file__).parent / "golden"
HARD = (GOLDEN / "names.csv").read_text(encoding="utf-8")
CASES = list(csv.DictReader(HARD.splitlines()))
TONES = "\u0300\u0301\u0303\u0309\u0323"
WITH_TONES = [letter + tone for letter in "aăâeêioôơuưy" for tone in ["", *TONES]]
LETTERS = [*(unicodedata.normalize("NFC", letter) for letter in WITH_TONES), "đ"]


def find(name, within=None, level="commune", on=None):
    above = None if within is None else pd.Series([within], dtype="object")
    names = pd.Series([name], dtype="object")
    matches = places.find_codes(names, within=above, level=level, on=on)
    return matches.iloc[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['name']}|{case['within']}")
def test_hard_cases(case):
    on = date.fromisoformat(case["on"]) if case["on"] else None
    match = find(case["name"], case["within"], case["level"], on)
    assert (match["code"] or "") == case["code"], case["why"]
    assert match["reason"] == case["reason"], case["why"]


def test_the_candidates_of_what_is_refused():
    assert find("Long Mỹ", level="district")["candidates"] == ["936", "937"]
    assert find("Binh Thanh")["candidates"] == ["31402", "31473"]
    assert find("Vị Thanh")["candidates"] == ["31465", "930"]
    # a unit of 2025: the communes that it was made of
    assert find("Phường Vị Tân")["candidates"] == ["31324", "31327", "31333"]
    assert find("Phường Vĩnh Tường", "Vị Thủy")["candidates"] == ["31475"]
    # of another level, and not where it is said to be: it may be meant all the same
    assert find("Long Mỹ", "Vị Thủy")["candidates"] == ["936", "937"]
    assert find("Tổng cộng")["candidates"] == []


def test_types_of_every_level_are_written_with_or_without_a_short_form():
    assert VN.written("province") == {"tinh", "thanh pho", "tp"}
    assert VN.written("name") >= {"phuong", "p", "dac khu", "dk"}
    assert countries.ANYWHERE.written("province") == set()


def test_what_was_done_is_said():
    done = {
        "Phường I": "exact",
        "phường  i": "normalised",
        "P. I": "abbreviation",
        "P1": "abbreviation, number",
        "Long Trị A": "no type",
        "Long Tri A": "no type, no diacritics",
        "Xã Hiệp Lợi": "old name",
        "X· VÞ T©n": "legacy encoding: TCVN3",
        "31318": "code",
        "2. Xã Vị Tân": "numbered",
        "Vĩnh Tường (TX. Long Mỹ)": "with its district, no type",
    }
    matches = places.find_codes(pd.Series(list(done)))
    assert matches["how"].tolist() == list(done.values())


ODD_TEXTS = [
    "(," * 50_000,
    "xã " * 20_000,
    "{name}{0}",
    "\ud800",
    "<script>",
    "=1+1",
    "P.",
    "()",
    ",",
]


@pytest.mark.parametrize(
    "text",
    ODD_TEXTS,
)
def test_no_cell_stops_the_search(text):
    match = find(text)
    assert (match["code"], match["reason"]) == (None, "places.unknown")
    assert len(match["message"]) < 400


# --- laws ---

LEVELS = (("commune", places.units()), ("district", places.compared()))
PLACES = []
for level, table in LEVELS:
    for code, row in table.iterrows():
        PLACES.append((level, code, row.type_vi, row.short_vi, row.name_vi))
ABBREVIATED = {
    "Phường": ["P. ", "P.", "P ", "p."],
    "Thị trấn": ["TT. ", "TT.", "TT ", "T.T "],
    "Xã": ["X. ", "X.", "X ", "x "],
    "Thành phố": ["TP. ", "TP ", "T.P. ", "tp."],
    "Thị xã": ["TX. ", "TX ", "T.X. "],
    "Huyện": ["H. ", "H.", "H "],
}


def strip_marks(text, *, keep_d=False):
    letters = unicodedata.normalize("NFD", text)
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return letters if keep_d else letters.replace("đ", "d").replace("Đ", "D")


def move_tone(text):
    """Put the tone of hòa on its other vowel: hoà; and of thủy: thuỷ."""
    pairs = {
        "òa": "oà",
        "óa": "oá",
        "ỏa": "oả",
        "õa": "oã",
        "ọa": "oạ",
    }
    pairs |= {"ủy": "uỷ", "úy": "uý"}
    for old, new in pairs.items():
        text = text.replace(old, new)
    return text


def arabic(text):
    numbers = {
        "I": "1",
        "III": "3",
        "IV": "4",
        "V": "5",
        "VII": "7",
    }
    return " ".join(numbers.get(word, word) for word in text.split())


def in_tcvn3(text):
    back = {letter: byte for byte, letter in TCVN3.items()}
    letters = [back.get(letter, back.get(letter.lower(), letter)) for letter in text]
    return "".join(letters)


def in_vni(text):
    back = {letter: pair for pair, letter in VNI.items()}
    letters = []
    for letter in text:
        pair = back.get(letter.lower(), letter)
        is_capital = letter.isupper() and letter.lower() in back
        letters.append(pair.upper() if is_capital else pair)
    return "".join(letters)


def open_as(text, stored, as_):
    raw = [bytes([byte]) for byte in text.encode(stored)]
    return "".join(byte.decode(as_, "ignore") or chr(byte[0]) for byte in raw)


def in_1258(text):
    """Write a letter and its tone apart, as Windows-1258 does, and open it as Windows-1252."""
    apart = unicodedata.normalize("NFD", text)
    letters = re.sub(f"(.)([^{TONES}\\W]*?)([{TONES}])", r"\1\2\3", apart)
    parts = []
    for letter in unicodedata.normalize("NFC", letters):
        marks = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in marks if mark in TONES)
        without_tone = marks.replace(tone, "") if tone else marks
        parts.append(unicodedata.normalize("NFC", without_tone) + tone)
    return open_as("".join(parts), "cp1258", "cp1252")


ENCODED = {
    "TCVN3": in_tcvn3,
    "VNI": in_vni,
    "Windows-1258": in_1258,
    "UTF-8 as 1252": lambda text: open_as(text, "utf-8", "cp1252"),
    "UTF-8 as 1258": lambda text: open_as(text, "utf-8", "cp1258"),
    "UTF-8 as Latin-1": lambda text: text.encode("utf-8").decode("latin-1"),
}


@st.composite
def writings(draw):
    """Write an official name in a way that is met in workbooks."""
    level, code, kind, short, _ = draw(st.sampled_from(PLACES))
    typed = draw(st.sampled_from(["full", "short", "none"]))
    if draw(st.booleans()):
        short = move_tone(short)
    if draw(st.booleans()):
        short = arabic(short)
    if typed == "short":
        prefix = draw(st.sampled_from(ABBREVIATED[kind]))
    else:
        prefix = {"full": f"{kind} ", "none": ""}[typed]
    text = prefix + short
    marks = draw(st.sampled_from(["kept", "kept", "none", "none but đ"]))
    if marks != "kept":
        text = strip_marks(text, keep_d=marks != "none")
    write = draw(st.sampled_from([str, str.upper, str.lower, str.title]))
    text = write(text)
    if marks == "kept" and draw(st.integers(0, 3)) == 0:
        text = ENCODED[draw(st.sampled_from(sorted(ENCODED)))](text)
    else:
        form = draw(st.sampled_from(["NFC", "NFD"]))
        text = unicodedata.normalize(form, text)
        space = draw(st.sampled_from([" ", "  ", "\N{NO-BREAK SPACE}", "\t"]))
        mark = draw(st.sampled_from(["", " ", "- "]))
        text = mark + text.replace(" ", space)
    return level, code, text


@given(st.lists(writings(), min_size=20, max_size=60))
@settings(max_examples=40)
def test_every_way_of_writing_gives_its_own_code_or_none(written):
    for level in ("commune", "district"):
        pairs_of_level = [
            (code, text) for level_of_name, code, text in written if level_of_name == level
        ]
        if not pairs_of_level:
            continue
        names = pd.Series([text for _, text in pairs_of_level])
        matches = places.find_codes(names, level=level)
        rows = zip(pairs_of_level, matches.itertuples(), strict=True)
        for (code, text), row in rows:
            assert row.code in (None, code), text
            assert row.code or row.reason in REFUSALS, (text, row.reason)
            assert row.code or code in row.candidates, text


# The only reasons for which a name that is rightly written has no code.
REFUSALS = {"places.ambiguous", "places.ambiguous_level", "places.number_alone"}


@given(st.lists(writings(), min_size=20, max_size=60))
@settings(max_examples=30)
def test_a_district_never_changes_a_code_and_settles_all_but_numbers(written):
    district = places.units()["compared_code"]
    communes = [(code, text) for level, code, text in written if level == "commune"]
    if not communes:
        return
    names = pd.Series([text for _, text in communes])
    homes = [district[code] for code, _ in communes]
    other_homes = ["930" if home != "930" else "931" for home in homes]
    right = places.find_codes(names, within=pd.Series(homes))
    wrong = places.find_codes(names, within=pd.Series(other_homes))
    rows = zip(communes, right.itertuples(), wrong.itertuples(), strict=True)
    for (code, text), b, c in rows:
        assert b.code == code or b.reason == "places.number_alone", text
        assert c.code != code, text


def test_every_official_name_gives_its_code():
    for level, table in LEVELS:
        for names in (table["name_vi"], table["label_vi"]):
            matches = places.find_codes(names, level=level)
            assert matches["code"].tolist() == table.index.tolist()
        names_in_capitals = table["name_en"].str.upper()
        matches = places.find_codes(names_in_capitals, level=level)
        assert matches["code"].tolist() == table.index.tolist()
        assert set(matches["how"]) == {"English name"}
    matches_of_units = places.find_codes(places.units()["name_vi"])["how"]
    assert set(matches_of_units) == {"exact"}


def test_a_name_of_2025_that_is_not_on_the_list_is_never_matched():
    later = places.crosswalk()["name_2025"].drop_duplicates()
    now = set(places.units()["name_vi"])
    strangers = later[~later.isin(now)]
    matches = places.find_codes(strangers.reset_index(drop=True))
    assert matches["code"].isna().all()
    assert set(matches["reason"]) == {"places.other_structure", "places.needs_date"}
    parts = places.crosswalk().groupby("name_2025").groups
    for name, row in zip(strangers, matches.itertuples(), strict=True):
        if row.reason == "places.other_structure":
            assert set(row.candidates) == {*parts[name]}, name


# near a name and none: one letter more
PLACES_OF_TYPOS = st.sampled_from(PLACES)
TYPOS = st.tuples(PLACES_OF_TYPOS, st.integers(0, 40), st.sampled_from("bcdghklmnpqrstvx"))


@given(st.lists(TYPOS, min_size=20, max_size=60))
@settings(max_examples=20)
def test_similar_is_never_taken_for_the_same(typos):
    official = {letters.key(letters.fold(name)) for *_, name in PLACES}
    for level in ("commune", "district"):
        names = []
        for (level_of_name, _, kind, short, _), number, letter in typos:
            position = number % (len(short) + 1)
            if level_of_name == level:
                names.append(f"{kind} {short[:position]}{letter}{short[position:]}")
        names = [name for name in names if letters.key(letters.fold(name)) not in official]
        matches = places.find_codes(pd.Series(names, dtype="object"), level=level)
        codes = matches["code"]
        assert codes.isna().all(), dict(zip(names, codes, strict=True))


def test_what_is_proposed_is_similar_and_lies_within():
    proposals = places.propose("Vị Thủi")
    assert proposals.columns.tolist() == ["code", "label", "score"]
    assert proposals["code"].iloc[0] == "31447"
    assert proposals["score"].is_monotonic_decreasing
    assert proposals["score"].between(0.6, 1).all()
    inside = places.propose("Vĩnh Tuong", within="937")
    home = places.units()["compared_code"]
    assert set(home[inside["code"]]) == {"937"}
    assert inside["code"].iloc[0] == "31475"
    assert places.propose("Tổng số", most=2).empty
    assert places.propose(float("nan")).empty
    assert len(places.propose("Long", most=1)) <= 1
    # of two of one name the one of the type that is written comes first
    of_district = places.propose("Thị xã Long Mỷ", level="district")
    assert of_district["code"].tolist() == ["937", "936"]
    # the nearest names that differ in a tone come first, and both of them
    nearest = places.propose("Bình Thanh", most=2)
    assert set(nearest["code"]) == {"31402", "31473"}


# --- encodings ---


@pytest.mark.parametrize("encoding", ["TCVN3", "VNI", "Windows-1258"])
def test_every_letter_comes_back_out_of_every_encoding(encoding):
    for letter in [case for lower in LETTERS for case in (lower, lower.upper())]:
        written = ENCODED[encoding](f"x{letter}")
        # what is plain is no question; TCVN3 and VNI give back small letters
        back = dict(VN.decodings(written)).get(encoding, written)
        assert back.lower() == f"x{letter}".lower()
