"""Periods: what is read, what is refused with what to write, and laws of their order."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusal_texts import says

from hganalysis import periods

GRAINS = ["year", "half", "quarter", "month", "week"]
DAYS = st.dates(date(1995, 1, 1), date(2090, 12, 31))
PERIODS = st.builds(periods.find_period, DAYS, st.sampled_from(GRAINS))


@given(PERIODS, st.integers(-60, 60))
def test_steps_are_counted_as_they_were_made(period, n_steps):
    later = period.later(n_steps)
    assert later.steps_since(period) == n_steps
    assert later.later(-n_steps) == period


@given(PERIODS)
def test_a_period_ends_where_the_next_begins_and_its_key_is_read_as_itself(period):
    assert period.later(1).start == period.end + timedelta(days=1)
    assert periods.read_period(period.key) == period
    assert periods.find_period(period.start, period.grain) == period
    assert periods.find_period(period.end, period.grain) == period
    assert period.overlaps(period)
    assert not period.overlaps(period.later(1))


@given(st.lists(DAYS, min_size=2), st.sampled_from(GRAINS))
def test_keys_of_one_grain_sort_as_their_days(days, grain):
    keys = {periods.find_period(day, grain).key for day in days}
    by_day = [periods.find_period(day, grain).key for day in sorted(days)]
    assert periods.order_periods(keys) == sorted(keys) == list(dict.fromkeys(by_day))
    assert periods.earlier_than(keys, max(keys)) == sorted(keys)[:-1]


@pytest.mark.parametrize("grain", ["half", "quarter", "month"])
def test_the_periods_of_a_year_are_its_days(grain):
    for year in (2023, 2024):
        n = periods.PERIODS_PER_YEAR[grain]
        found = [periods.Period(grain, year, number) for number in range(1, n + 1)]
        days = sum((period.end - period.start).days + 1 for period in found)
        assert days == pd.Timestamp(year, 12, 31).day_of_year
        assert all(period.overlaps(periods.Period("year", year)) for period in found)


WRITTEN = {
    2025: ["2025", 2025, 2025.0, "năm 2025", "Year 2025"],
    "2025-H1": ["6 tháng đầu năm 2025", "nửa đầu năm 2025", "H1 2025", "First half of 2025"],
    "2025-H2": [
        "6 tháng cuối năm 2025",
        "6 tháng cuối năm, năm 2025",
        "2025-H2",
        "2025 H2",
        "second half 2025",
    ],
    "2025-Q3": [
        "Quý III năm 2025",
        "QUÝ III/2025",
        "quý 3/2025",
        "Q3-2025",
        "2025Q3",
        "quarter 3 of 2025",
    ],
    "2026-Q4": ["Quý IV, 2026", "q04 2026"],
    "2025-07": [
        "tháng 7/2025",
        "T7/2025",
        "Tháng bảy năm 2025",
        "07/2025",
        "7-2025",
        "July 2025",
        "Jul. 2025",
    ],
    "2025-12": ["tháng mười hai 2025", "12.2025", "2025/12"],
    "2025-W30": ["tuần 30 năm 2025", "W30/2025", "week 30 of 2025", "2025W30"],
}


@pytest.mark.parametrize(
    ("key", "text"), [(key, text) for key, texts in WRITTEN.items() for text in texts]
)
def test_a_period_is_read_as_people_write_it(key, text):
    assert periods.read_period(text).key == key


def test_a_date_stands_for_the_period_in_which_it_lies():
    day = pd.Timestamp(2027, 1, 2)
    keys = [periods.read_period(day, grain).key for grain in GRAINS]
    assert keys == [2027, "2027-H1", "2027-Q1", "2027-01", "2026-W53"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("9 tháng đầu năm 2025", "since_january"),
        ("11 tháng đầu năm 2025", "since_january"),
        ("first 9 months of 2025", "since_january"),
        ("Năm học 2025-2026", says("period_errors.school_year")),
        ("2025–2026", says("period_errors.school_year")),
        ("tháng Giêng 2025", says("period_errors.lunar_month")),
        ("tháng Chạp năm 2025", says("period_errors.lunar_month")),
        (
            "III/2025",
            says("period_errors.no_period", examples="2025, 2025-H2, 2025-Q3, 2025-07, 2025-W30"),
        ),
        ("2025-7", says("period_errors.no_period")),
        ("Q5 2025", says("period_errors.no_period")),
        ("T13/2025", says("period_errors.no_period")),
        ("", says("period_errors.no_period")),
        ("2025-W53", says("period_errors.no_week", year=2025, most=52, number=53)),
        ("2025-W00", says("period_errors.no_week", number=0)),
    ],
)
def test_what_is_no_period_is_refused_with_what_to_write(text, message):
    with pytest.raises(periods.PeriodError, match=message):
        periods.read_period(text)


def test_another_grain_is_refused_with_an_example():
    with pytest.raises(
        periods.PeriodError,
        match=says("period_errors.other_grain", text="2025-07", example="2025-Q3"),
    ):
        periods.read_period("2025-07", "quarter")
    assert periods.read_period("2026-W53").number == 53


def test_a_title_is_searched_for_periods_of_one_grain():
    assert periods.search_periods("Báo cáo quý III năm 2025", "quarter") == ({"2025-Q3"}, "Báo cáo")
    assert periods.search_periods("Báo cáo tháng 7/2025 và tháng 8/2025", "month").keys == {
        "2025-07",
        "2025-08",
    }
    assert periods.search_periods("mẫu 12025-Q33", "quarter") == (set(), "mẫu 12025-Q33")


def test_a_column_is_called_year_too_and_holds_periods_of_one_length():
    rows = pd.DataFrame({"year": ["Năm 2022", "2023"], "count": [1, 2]})
    assert periods.read_column(rows)["period"].tolist() == [2022, 2023]
    with pytest.raises(periods.PeriodError, match=says("period_errors.several_grains")):
        periods.read_column(pd.DataFrame({"period": ["2025-Q3", 2025]}))
