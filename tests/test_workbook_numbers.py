"""Check that numbers are read as they are written, or refused: never guessed."""

import datetime
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hganalysis.workbook import numbers
from hganalysis.workbook.numbers import read_column

NBSP, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


def one(cell):
    [number] = read_column([cell])
    return number


def values(*cells):
    return [number.value for number in read_column(cells)]


def rules(*cells):
    return [number.rule for number in read_column(cells)]


# --- one cell that leaves no choice ---


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (1234, 1234),
        (1234.0, 1234),
        (1234.5, 1234.5),
        (0.1 * 30, 3),
        ("1234", 1234),
        ("007", 7),
        ("0", 0),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234.567", 1234567),
        ("1,234,567", 1234567),
        ("1.234,00", 1234),
        ("1 234", 1234),
        (f"1{NBSP}234{NBSP}567", 1234567),
        (f"1{NARROW}234,5", 1234.5),
        ("1 234.25", 1234.25),
        ("0.123", 0.123),
        ("0,123", 0.123),
        (",5", 0.5),
        ("12,5", 12.5),
        ("1234.567", 1234.567),
        ("１２３", 123),
        ("１．２３４，５", 1234.5),
        ("-5", -5),
        ("\N{MINUS SIGN}5", -5),
        ("– 5", -5),
        ("(123)", -123),
        ("+5", 5),
        ("123*", 123),
        ("123 (*)", 123),
        ("123¹", 123),
        ("123 (ước)", 123),
        ("123 người", 123),
        ("45 TỔ", 45),
        ("12 tổ (cũ)", 12),
        ("7 lượt người", 7),
        ("'123", 123),
        ("  123\n", 123),
    ],
)
def test_what_is_certain(cell, value):
    found = one(cell)
    assert (found.value, found.rule) == (value, "")
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    "cell",
    [
        *("-", "–", "—", "...", "…", "không có", "KHÔNG CÓ", "Chưa báo cáo", "chua bao cao"),
        *("n/a", "chưa có số liệu", " \xa0", "", None),
    ],
)
def test_what_is_missing_is_no_zero(cell):
    assert (one(cell).value, one(cell).rule) == (None, "missing")


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        *((cell, "percent") for cell in ("12 %", "12%", "12,5 %", "１２％", "12 phần trăm", "5‰")),
        *((cell, "approximate") for cell in ("khoảng 500", "~500", "≈ 500", "trên 500", "gần 500")),
        *((cell, "approximate") for cell in ("> 500", "≥500", "500+", "500 trở lên", "ước 500")),
        *((cell, "approximate") for cell in ("500 (kế hoạch)", "500 (dự kiến)", "500 (khoảng)")),
        *(
            (cell, "approximate")
            for cell in ("500-600", "500 – 600", "từ 500 đến 600", "hơn 1.500")
        ),
        *((cell, "multiplied") for cell in ("5 nghìn", "1,2 triệu", "5k", "3 tr", "2 trăm")),
        *(
            (cell, "date")
            for cell in ("1-Feb", "Feb-23", "1/2", "31/12/2023", "2023-12-31", "1-thg 2")
        ),
        *((cell, "date") for cell in (datetime.date(2023, 2, 1), datetime.datetime(2023, 2, 1))),
        *((cell, "date") for cell in (datetime.time(1, 2), datetime.timedelta(hours=30))),
        *((cell, "no_number") for cell in ("không", "có", "năm trăm", "=1+2", "12a", "1.23.4")),
        *((cell, "no_number") for cell in ("1,23,4", "1.234,567,8", "12 (34)", "15/148", "1 23")),
        *((cell, "no_number") for cell in ("01.234.567", "½", "x", "٣", "1e5", "9" * 40, True)),
        *((cell, "no_number") for cell in ("?", "1..2", "--5", "5-", "12 (", "#DIV/0!")),
    ],
)
def test_what_is_refused(cell, rule):
    found = one(cell)
    assert (found.value, found.rule) == (None, rule)


def test_what_may_have_been_meant_is_kept_for_a_suggestion():
    assert one("khoảng 500").readings == (500,)
    assert one("500-600").readings == (500, 600)
    assert one("12,5 %").readings == (12.5,)
    assert one("1.234").readings == (1234, 1.234)


# --- a column that decides, and one that does not ---


def test_one_cell_decides_for_all():
    assert values("1.234", "1.000,5") == [1234, 1000.5]
    assert values("1.234", "4.00") == [1.234, 4]
    assert values("1,234", "5.678.901") == [1.234, 5678901]
    assert values("1.234", "2.345 (ước)", "12.345.678") == [1234, 2345, 12345678]


def test_what_does_not_decide():
    # numbers without a mark, spaces, what is missing or refused, and numbers of the workbook
    assert rules("1.234", "567", "1 234", "-", "khoảng 0,5", "12,5 %", 1008.5) == [
        *("ambiguous", "", "", "missing", "approximate", "percent", ""),
    ]


@pytest.mark.parametrize("slip", ["2,31", "0,5", "2.31", "1234,5", "0.123"])
def test_a_fraction_is_a_slip_and_no_witness(slip):
    assert rules("1,647", slip, "2.000") == ["ambiguous", "", "ambiguous"]
    assert rules("1.234.567", slip, "2.000") == ["", "", ""]  # nor does it contradict one


def test_a_person_says_what_no_cell_does():
    column = ["1.647", "2.310 người", "950", "1 234", "2,31", "-"]
    found = read_column(column, answer=",")
    assert [one.value for one in found] == [1647, 2310, 950, 1234, 2.31, None]
    assert [one.answered for one in found] == [True, True, False, False, False, False]
    assert [one.value for one in read_column(column[:3], answer=".")] == [1.647, 2.31, 950]
    # a cell that leaves no choice knows it better, and those that contradict each other stay so
    found = read_column(["1.234", "12,345,678"], answer=",")
    assert [(one.value, one.answered) for one in found] == [(1.234, False), (12345678, False)]
    torn = read_column(["1.234,5", "1,234.5", "1.234"], answer=",")
    assert [one.rule for one in torn] == ["contradiction"] * 3


# --- a spreadsheet that took a dot for a decimal one ---


def test_what_may_have_lost_its_thousands_is_asked():
    assert rules(1.647, 2.31, 2) == ["ambiguous", "ambiguous", "zeros_lost"]
    assert rules(1.647, 2.31, "2.000") == ["ambiguous"] * 3
    assert rules("1,647", "2,31", 2) == ["ambiguous", "", "zeros_lost"]
    assert rules("1.647", "2.31", "2") == ["ambiguous", "", "zeros_lost"]  # from a csv
    found = read_column([1.647, 2.31, 2])
    assert [one.readings for one in found] == [(1647, 1.647), (2310, 2.31), (2, 2000)]
    assert values(1.647, 2.31, 1200, 950) == [None, None, 1200, 950]  # 950.000 are no neighbours
    found = read_column([1.647, 2.31, 2, 950], answer=",")
    assert [(one.value, one.rule) for one in found] == [
        *((1647, ""), (2310, ""), (None, "zeros_lost"), (950, "")),
    ]
    assert [one.value for one in read_column([1.647, 2.31, 2], answer=".")] == [1.647, 2.31, 2]


def test_texts_of_which_none_ends_with_a_zero_may_have_lost_it():
    # a csv that a spreadsheet wrote: had one of them lost a zero it would show, and only 2 did
    assert rules("1.647", "2.315", "2", "950") == ["ambiguous", "ambiguous", "zeros_lost", ""]
    assert rules("1,647", "2,315", "2", "950") == ["ambiguous", "ambiguous", "zeros_lost", ""]
    found = read_column(["1.647", "2.315", "2"], answer=",")
    assert [one.value for one in found] == [1647, 2315, None]
    assert found[2].rule == "zeros_lost"
    assert [one.value for one in read_column(["1.647", "2.315", "2"], answer=".")][2] == 2


def test_texts_of_which_one_ends_with_a_zero_have_lost_none():
    assert rules("1.647", "2.310", "2") == ["ambiguous", "ambiguous", ""]
    assert values("1.647", "2.315", "2", "1.200,0") == [1647, 2315, 2, 1200]  # no decimal dot
    assert rules("1.647", "2.315", "2", "3", "7") == ["ambiguous", "ambiguous", "", "", ""]


def test_larger_neighbours_decide_what_one_fraction_alone_leaves_open():
    assert rules(987, 1.647, 845, 2) == ["", "ambiguous", "", "zeros_lost"]
    assert rules("987", "1.647", "845", "2") == ["", "ambiguous", "", "zeros_lost"]
    assert rules(987, 1.6, 845, 2) == ["", "ambiguous", "", "zeros_lost"]  # 1.600
    assert rules(1200, 1.647, 1300, 2, 3, 4) == ["", "ambiguous", "", *["zeros_lost"] * 3]
    # one that is much larger says nothing of what is usual
    assert rules(987, 1.647, 845, 2, 90_000) == ["", "ambiguous", "", "zeros_lost", ""]
    assert values(45, 1.647, 32, 12) == [45, 1.647, 32, 12]  # 12.000 are no neighbours of dozens
    assert values(987, 916.5, 845, 2) == [987, 916.5, 845, 2]  # nor 916.500 of hundreds
    assert values(987, 1.647, 845) == [987, 1.647, 845]  # nothing else may have lost any
    found = read_column([987, 1.647, 845, 2], answer=",")
    assert [(one.value, one.rule) for one in found] == [
        *((987, ""), (1647, ""), (845, ""), (None, "zeros_lost")),
    ]
    assert [one.value for one in read_column([987, 1.647, 845, 2], answer=".")] == [
        *(987, 1.647, 845, 2),
    ]


def test_one_fraction_and_one_small_number_are_asked_where_no_larger_one_decides():
    assert rules(1.647, 2) == ["ambiguous", "zeros_lost"]
    assert rules("1.647", "2") == ["ambiguous", "zeros_lost"]
    assert values(1.5, 2) == [1.5, 2]  # a half may be one


def test_a_fraction_among_small_numbers_is_its_own_slip():
    assert values(4.5, 3, 7, 12) == [4.5, 3, 7, 12]
    assert values(4.5, 6.5, 3, 7) == [4.5, 6.5, 3, 7]  # halves: no thousand ends so
    assert values(1.647, 3, 7, 12) == [1.647, 3, 7, 12]
    assert values(1.647, 2.315, *range(1, 9)) == [1.647, 2.315, *range(1, 9)]
    assert values(1.647, 2.315, "4.0", 3) == [1.647, 2.315, 4, 3]  # the dot is a decimal one
    assert values("12.345.678", "1", "1.000", "0,1") == [12345678, 1, 1000, 0.1]
    assert rules("12.345.678", 1.647, 2.31, 2)[1:] == ["ambiguous", "ambiguous", "zeros_lost"]
    assert values(0.1 * 30, 0.1 * 3, 2) == [3, 0.1 * 3, 2]


def test_a_contradiction_lists_every_cell_that_takes_part():
    found = rules("1.234,5", "1,234.5", "1.234", "567", "1 234")
    assert found == ["contradiction"] * 3 + ["", ""]


def test_empty_column():
    assert read_column([]) == []


GROUPS = st.sampled_from([".", ",", " ", NBSP])


def write(number, *, group, decimal):
    """Write a number with some marks, as Python does with its own."""
    text = f"{number:,}"
    return text.replace(",", "\0").replace(".", decimal).replace("\0", group)


@st.composite
def conventions(draw):
    group = draw(GROUPS)
    decimal = draw(st.sampled_from([mark for mark in ",." if mark != group]))
    return group, decimal


amounts = st.integers(0, 10**9) | st.integers(0, 10**6).map(lambda hundredth: hundredth / 100)


@given(st.lists(amounts, max_size=8), conventions())
def test_a_column_that_decides_reads_back(column, convention):
    group, decimal = convention
    decisive = [12345678.25, *column]
    cells = [write(number, group=group, decimal=decimal) for number in decisive]
    assert values(*cells) == decisive
    assert values(*reversed(cells)) == decisive[::-1]


@given(st.lists(amounts, max_size=8), st.sampled_from(",."))
@example([1, 1000, 1.5], ",")
@example([1, 100, 0.1], ",")
def test_a_column_without_marks_between_thousands_is_read_right_or_asked(column, decimal):
    cells = [write(number, group="", decimal=decimal) for number in column]
    for number, read in zip(column, read_column(cells), strict=True):
        assert (read.value == number) if not read.rule else (number in read.readings)


def test_a_fraction_below_one_was_never_a_thousand():
    assert values("1", "100", "0,1") == [1, 100, 0.1]
    assert rules("1", "1000", "1,5") == ["zeros_lost", "", ""]


@given(st.lists(st.integers(1_000, 999_999), min_size=1, max_size=8), st.sampled_from(".,"))
def test_a_column_that_does_not_decide_is_refused(column, group):
    cells = [write(number, group=group, decimal="?") for number in column]
    found = read_column([*cells, "1567"])
    assert [number.rule for number in found] == ["ambiguous"] * len(column) + [""]
    assert [number.readings for number in found[:-1]] == [
        tuple(dict.fromkeys((n, n / 1000) if group == "." else (n / 1000, n))) for n in column
    ]


cells = st.text(st.sampled_from("0123456789.,- %()*khoảngngười/~١½²\xa0"), max_size=12) | st.text(
    max_size=8
)


@given(st.lists(cells, max_size=6))
def test_nothing_is_invented(column):
    # whatever is read has exactly the digits that are written, in their order
    for cell, number in zip(column, read_column(column), strict=True):
        if number.rule == "zeros_lost":
            continue
        if number.value is None:
            assert number.rule
            continue
        written = re.sub(r"[^0-9]", "", cell.translate({0xFF10 + n: str(n) for n in range(10)}))
        digits = re.sub(
            r"[^0-9]", "", f"{number.value:.15f}" if number.value % 1 else str(number.value)
        )
        assert digits.strip("0") == written.strip("0")
        assert number.rule == ""


@given(st.lists(cells, max_size=5), st.randoms(use_true_random=False))
def test_order_does_not_matter(column, random):
    mixed = list(range(len(column)))
    random.shuffle(mixed)
    straight, shuffled = read_column(column), read_column([column[at] for at in mixed])
    assert [straight[at] for at in mixed] == shuffled


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**15), 10**15))
@example(1.125)  # 1.125 people are none: a spreadsheet may have made it of 1,125, and we ask
@example(1.25)
@example(1125)
def test_numbers_of_a_workbook_are_themselves_or_are_asked_about(number):
    read = one(number)
    if read.rule == "ambiguous":
        assert read.readings == (pytest.approx(1000 * number), number)
        assert read_column([number], ".")[0].value == number
        assert 1 < number < 1000
        assert number == round(number, 3) != round(number, 2)
    else:
        assert read.value == pytest.approx(number, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("cell", "does"),
    [
        (5, True),
        ("1.234", True),
        ("khoảng 500", True),
        ("12 %", True),
        ("15/148", True),
        (datetime.date(2023, 2, 1), True),
        ("Xã Vị Tân", False),
        ("Ấp 3 xã Vị Tân", False),
        ("ngày 15 tháng 01 năm 2024", False),
        ("-", False),
        (None, False),
    ],
)
def test_what_looks_like_a_number(cell, does):
    assert numbers.looks_like_one(cell) is does
