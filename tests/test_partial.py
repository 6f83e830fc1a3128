"""What came of a report that is not complete is told, and nothing is made of what did not."""

import pandas as pd
import pytest

import hganalysis as hg
from hganalysis import frames, indicators, places, workbook
from hganalysis.frames import every_commune

USERS = indicators.get("app_users", year=2023)
KEYS = ["year", "indicator"]
HOME = places.communes()["district_code"]
CODES = HOME.index.tolist()
DISTRICT = HOME.index[HOME == "932"].tolist()
MOST = CODES[::2] + CODES[1::10]  # some in every district
MISSING = {"one": ["31318"], "a district": DISTRICT, "most": MOST}


def without(*codes, year=None):
    """Take communes out of the reports, of one year or of all."""
    table = frames.reports()
    gone = table["code"].isin(codes) & ((table["year"] == year) | (year is None))
    return table[~gone].reset_index(drop=True)


@pytest.fixture(params=MISSING)
def missing(request):
    """Give codes of communes that sent nothing."""
    return MISSING[request.param]


def test_what_did_not_come_has_a_row_without_numbers_and_nothing_else_changes(missing):
    partial = every_commune(without(*missing), each=KEYS)
    groups = partial.groupby(KEYS)
    assert groups["code"].agg(lambda codes: sorted(codes) == sorted(CODES)).all()
    empty = partial["count"].isna()
    assert set(partial.loc[empty, "code"]) == set(missing)
    assert set(partial.loc[empty, "origin"]) == {"simulated"}
    sent = without(*missing).sort_values([*KEYS, "code"], ignore_index=True)
    pd.testing.assert_frame_equal(partial[~empty].reset_index(drop=True), sent, check_dtype=False)


def test_a_complete_report_stays_as_it_is():
    reports = frames.reports()
    pd.testing.assert_frame_equal(every_commune(reports, each=KEYS), reports)


def test_a_place_has_a_level_and_a_change_where_all_of_it_reported(missing):
    touched = set(HOME[missing])
    for year in (2022, 2023):
        rows = without(*missing, year=year).query("indicator == 'app_users'")
        table = hg.uptake(rows, year, source="x").table
        assert set(table.loc[table["share"].isna(), "code"]) == touched
        if len(touched) == 8:
            with pytest.raises(places.NotGivenError, match="2022 và 2023"):
                hg.compare(rows, 2022, 2023, source="x")
            continue
        change = hg.compare(rows, 2022, 2023, source="x")
        table = change.table
        assert set(table.loc[table["change_pp"].isna(), "code"]) == touched
        assert pd.isna(change.whole["change_pp"])


def test_a_density_is_of_places_that_reported_all_teams(missing):
    teams = frames.teams()
    found = frames.density(
        every_commune(teams[~teams["code"].isin(missing)], each=["year"]), level="district"
    )
    lost = found["members_per_1000"].isna()
    assert set(found.loc[lost, "code"]) == set(HOME[missing])
    assert set(found.loc[~lost, "code"]) == set(HOME) - set(HOME[missing])


def test_the_estimate_is_of_communes_with_both_their_count_and_their_teams(missing):
    other = next(code for code in CODES if code not in missing)
    teams = frames.teams()
    some = every_commune(teams[teams["code"] != other], each=["year"])
    units = hg.units(every_commune(without(*missing), each=KEYS), some, indicator=USERS)
    assert sorted(units.index) == sorted(set(CODES) - {*missing, other})
    assert units.notna().all(axis=None)


def test_there_is_no_estimate_of_nothing():
    nobody = frames.teams().assign(teams=None, members=None)
    with pytest.raises(hg.Refused, match="2023"):
        hg.units(frames.reports(), nobody, indicator=USERS)


# --- what is added up in a report heads nothing ---


@pytest.mark.parametrize(
    ("heading", "settled"), [("Huyện Vị Thủy", True), ("Cộng huyện Vị Thủy", False)]
)
def test_a_row_that_adds_a_district_up_does_not_head_the_rows_below(heading, settled, tmp_path):
    # without its type, and without a district, Vĩnh Tường is a ward and a commune
    number = "" if settled else "3500"
    lines = [
        "Tên xã,Năm,app_users.count",
        f"{heading},2023,{number}",
        "Vĩnh Tường,2023,1800",
        "Xã Vị Trung,2023,1700",
    ]
    file = tmp_path / "x.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    found = workbook.read(file)
    read = dict(zip(found.rows["row"], found.rows["kind"], strict=True))
    assert read[3] == ("accepted" if settled else "rejected")
    assert read[4] == "accepted", found.faults["message"].tolist()
    below = (found.changes["before"] == "") & found.changes["after"].str.contains("Vị Thủy")
    assert below.sum() == (2 if settled else 0)


def test_a_total_in_the_column_of_districts_is_not_taken_for_the_rows_below(tmp_path):
    lines = [
        "Huyện,Tên xã,Năm,app_users.count",
        "Thành phố Vị Thanh,Xã Vị Tân,2023,1500",
        ",Xã Hỏa Lựu,2023,1400",
        "Cộng huyện Vị Thủy,,2023,2900",
        ",Xã Vị Trung,2023,1700",
    ]
    file = tmp_path / "x.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    found = workbook.read(file)
    assert not found.changes["after"].str.contains("Cộng").any()
