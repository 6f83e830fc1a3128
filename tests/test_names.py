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
FONTS = {one["name"]: one for one in VN.encodings}
TCVN3 = {chr(int(one[:2], 16)): one[2:] for one in FONTS["TCVN3"]["bytes"].split()}
VNI = {one[:-1]: one[-1] for one in FONTS["VNI"]["letters"].split()}

HARD = (Path(__file__).parent / "golden" / "names.csv").read_text(encoding="utf-8")
CASES = list(csv.DictReader(HARD.splitlines()))
TONES = "\u0300\u0301\u0303\u0309\u0323"
LETTERS = [
    unicodedata.normalize("NFC", letter + tone)
    for letter in "aăâeêioôơuưy"
    for tone in ["", *TONES]
] + ["đ"]


def find(name, within=None, level="commune", on=None):
    above = None if within is None else pd.Series([within], dtype="object")
    found = places.find_codes(pd.Series([name], dtype="object"), within=above, level=level, on=on)
    return found.iloc[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['name']}|{case['within']}")
def test_hard_cases(case):
    on = date.fromisoformat(case["on"]) if case["on"] else None
    found = find(case["name"], case["within"], case["level"], on)
    assert (found["code"] or "", found["reason"]) == (case["code"], case["reason"]), case["why"]


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
    found = places.find_codes(pd.Series(list(done)))
    assert found["how"].tolist() == list(done.values())


@pytest.mark.parametrize(
    "text",
    ["(," * 50_000, "xã " * 20_000, "{name}{0}", "\ud800", "<script>", "=1+1", "P.", "()", ","],
)
def test_no_cell_stops_the_search(text):
    found = find(text)
    assert (found["code"], found["reason"]) == (None, "places.unknown")
    assert len(found["message"]) < 400


# --- laws ---

PLACES = [
    (level, code, row.type_vi, row.short_vi, row.name_vi)
    for level, table in (("commune", places.units()), ("district", places.compared()))
    for code, row in table.iterrows()
]
ABBREVIATED = {
    "Phường": ["P. ", "P.", "P ", "p."],
    "Thị trấn": ["TT. ", "TT.", "TT ", "T.T "],
    "Xã": ["X. ", "X.", "X ", "x "],
    "Thành phố": ["TP. ", "TP ", "T.P. ", "tp."],
    "Thị xã": ["TX. ", "TX ", "T.X. "],
    "Huyện": ["H. ", "H.", "H "],
}


def stripped(text, *, keep_d=False):
    letters = unicodedata.normalize("NFD", text)
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return letters if keep_d else letters.replace("đ", "d").replace("Đ", "D")


def moved_tone(text):
    """Put the tone of hòa on its other vowel: hoà; and of thủy: thuỷ."""
    pairs = {"òa": "oà", "óa": "oá", "ỏa": "oả", "õa": "oã", "ọa": "oạ", "ủy": "uỷ", "úy": "uý"}
    for old, new in pairs.items():
        text = text.replace(old, new)
    return text


def arabic(text):
    numbers = {"I": "1", "III": "3", "IV": "4", "V": "5", "VII": "7"}
    return " ".join(numbers.get(word, word) for word in text.split())


def in_tcvn3(text):
    back = {letter: byte for byte, letter in TCVN3.items()}
    return "".join(back.get(letter, back.get(letter.lower(), letter)) for letter in text)


def in_vni(text):
    back = {letter: pair for pair, letter in VNI.items()}
    written = (
        back[letter.lower()].upper() if letter.isupper() else back[letter]
        for letter in (c if c.lower() in back else None for c in text)
        if letter
    )
    return "".join(next(written) if letter.lower() in back else letter for letter in text)


def opened(text, stored, as_):
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
        parts.append(
            unicodedata.normalize("NFC", marks.replace(tone, "") if tone else marks) + tone
        )
    return opened("".join(parts), "cp1258", "cp1252")


ENCODED = {
    "TCVN3": in_tcvn3,
    "VNI": in_vni,
    "Windows-1258": in_1258,
    "UTF-8 as 1252": lambda text: opened(text, "utf-8", "cp1252"),
    "UTF-8 as 1258": lambda text: opened(text, "utf-8", "cp1258"),
    "UTF-8 as Latin-1": lambda text: text.encode("utf-8").decode("latin-1"),
}


@st.composite
def writings(draw):
    """Write an official name in a way that is met in workbooks."""
    level, code, kind, short, _ = draw(st.sampled_from(PLACES))
    typed = draw(st.sampled_from(["full", "short", "none"]))
    if draw(st.booleans()):
        short = moved_tone(short)
    if draw(st.booleans()):
        short = arabic(short)
    prefix = (
        {"full": f"{kind} ", "none": ""}.get(typed)
        if typed != "short"
        else draw(st.sampled_from(ABBREVIATED[kind]))
    )
    text = prefix + short
    marks = draw(st.sampled_from(["kept", "kept", "none", "none but đ"]))
    if marks != "kept":
        text = stripped(text, keep_d=marks != "none")
    text = draw(st.sampled_from([str, str.upper, str.lower, str.title]))(text)
    if marks == "kept" and draw(st.integers(0, 3)) == 0:
        text = ENCODED[draw(st.sampled_from(sorted(ENCODED)))](text)
    else:
        text = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), text)
        space = draw(st.sampled_from([" ", "  ", "\N{NO-BREAK SPACE}", "\t"]))
        text = draw(st.sampled_from(["", " ", "- "])) + text.replace(" ", space)
    return level, code, text


@given(st.lists(writings(), min_size=20, max_size=60))
@settings(max_examples=40)
def test_every_way_of_writing_gives_its_own_code_or_none(written):
    for level in ("commune", "district"):
        some = [(code, text) for found, code, text in written if found == level]
        if not some:
            continue
        names = pd.Series([text for _, text in some])
        found = places.find_codes(names, level=level)
        for (code, text), row in zip(some, found.itertuples(), strict=True):
            assert row.code in (None, code), text
            assert row.code or row.reason in REFUSALS, (text, row.reason)
            assert row.code or code in row.candidates, text


# The only reasons for which a name that is rightly written has no code.
REFUSALS = {"places.ambiguous", "places.ambiguous_level", "places.number_alone"}


@given(st.lists(writings(), min_size=20, max_size=60))
@settings(max_examples=30)
def test_a_district_never_changes_a_code_and_settles_all_but_numbers(written):
    district = places.units()["compared_code"]
    some = [(code, text) for level, code, text in written if level == "commune"]
    if not some:
        return
    names = pd.Series([text for _, text in some])
    right = places.find_codes(names, within=pd.Series([district[code] for code, _ in some]))
    wrong = places.find_codes(
        names, within=pd.Series(["930" if district[code] != "930" else "931" for code, _ in some])
    )
    for (code, text), b, c in zip(some, right.itertuples(), wrong.itertuples(), strict=True):
        assert b.code == code or b.reason == "places.number_alone", text
        assert c.code != code, text


def test_every_official_name_gives_its_code():
    for level, table in (("commune", places.units()), ("district", places.compared())):
        for names in (table["name_vi"], table["label_vi"]):
            found = places.find_codes(names, level=level)
            assert found["code"].tolist() == table.index.tolist()
        found = places.find_codes(table["name_en"].str.upper(), level=level)
        assert found["code"].tolist() == table.index.tolist()
        assert set(found["how"]) == {"English name"}
    assert set(places.find_codes(places.units()["name_vi"])["how"]) == {"exact"}


def test_a_name_of_2025_that_is_not_on_the_list_is_never_matched():
    later = places.crosswalk()["name_2025"].drop_duplicates()
    now = set(places.units()["name_vi"])
    other = later[~later.isin(now)]
    found = places.find_codes(other.reset_index(drop=True))
    assert found["code"].isna().all()
    assert set(found["reason"]) == {"places.other_structure", "places.needs_date"}
    parts = places.crosswalk().groupby("name_2025").groups
    for name, row in zip(other, found.itertuples(), strict=True):
        if row.reason == "places.other_structure":
            assert set(row.candidates) == {*parts[name]}, name


# near a name and none: one letter more
TYPOS = st.tuples(st.sampled_from(PLACES), st.integers(0, 40), st.sampled_from("bcdghklmnpqrstvx"))


@given(st.lists(TYPOS, min_size=20, max_size=60))
@settings(max_examples=20)
def test_similar_is_never_taken_for_the_same(typos):
    official = {letters.key(letters.fold(name)) for *_, name in PLACES}
    for level in ("commune", "district"):
        names = [
            f"{kind} {short[: at % (len(short) + 1)]}{letter}{short[at % (len(short) + 1) :]}"
            for (found, _, kind, short, _), at, letter in typos
            if found == level
        ]
        names = [name for name in names if letters.key(letters.fold(name)) not in official]
        found = places.find_codes(pd.Series(names, dtype="object"), level=level)
        assert found["code"].isna().all(), dict(zip(names, found["code"], strict=True))


def test_what_is_proposed_is_similar_and_lies_within():
    found = places.propose("Vị Thủi")
    assert found.columns.tolist() == ["code", "label", "score"]
    assert found["code"].iloc[0] == "31447"
    assert found["score"].is_monotonic_decreasing
    assert found["score"].between(0.6, 1).all()
    inside = places.propose("Vĩnh Tuong", within="937")
    home = places.units()["compared_code"]
    assert set(home[inside["code"]]) == {"937"}
    assert inside["code"].iloc[0] == "31475"
    assert places.propose("Tổng số", most=2).empty
    assert places.propose(float("nan")).empty
    assert len(places.propose("Long", most=1)) <= 1
    # of two of one name the one of the type that is written comes first
    assert places.propose("Thị xã Long Mỷ", level="district")["code"].tolist() == ["937", "936"]
    # the nearest names that differ in a tone come first, and both of them
    assert set(places.propose("Bình Thanh", most=2)["code"]) == {"31402", "31473"}


# --- encodings ---


@pytest.mark.parametrize("encoding", ["TCVN3", "VNI", "Windows-1258"])
def test_every_letter_comes_back_out_of_every_encoding(encoding):
    for letter in [case for one in LETTERS for case in (one, one.upper())]:
        written = ENCODED[encoding](f"x{letter}")
        # what is plain is no question; TCVN3 and VNI give back small letters
        back = dict(VN.decodings(written)).get(encoding, written)
        assert back.lower() == f"x{letter}".lower()
