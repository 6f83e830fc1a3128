"""The communes since 1 July 2025: nothing lost, nothing taken for what carries the same code."""

import by_hand
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from hganalysis import findings, frames, indicators, maps, places, rates, suppress, words
from hganalysis.rates import errors
from hganalysis.rates.variance import variances

CROSSWALK = places.crosswalk()
USERS = indicators.get("app_users", year=2022)

# Resolution 1668/NQ-UBTVQH15 of 16 June 2025, as a second source lists it, unit by unit: each is
# made of whole communes, and none of them stands in two units.
RESOLUTION = {
    "Phường Vị Thanh": "Phường I, Phường III, Phường VII",
    "Phường Đại Thành": "Phường Hiệp Lợi, Xã Tân Thành, Xã Đại Thành",
    "Xã Đông Phước": "Thị trấn Cái Tắc, Xã Đông Thạnh, Xã Đông Phước A",
    "Xã Vĩnh Thuận Đông": "Xã Vĩnh Thuận Tây, Xã Vị Thủy, Xã Vĩnh Thuận Đông",
    "Xã Tân Hòa": "Thị trấn Một Ngàn, Thị trấn Bảy Ngàn, Xã Nhơn Nghĩa A, Xã Tân Hòa",
    "Phường Long Bình": "Phường Bình Thạnh, Phường Vĩnh Tường, Xã Long Bình",
}


@pytest.mark.parametrize("name", RESOLUTION)
def test_units_are_made_of_what_the_resolution_says(name):
    names = places.communes()["name_vi"]
    made_of = CROSSWALK.index[CROSSWALK["name_2025"] == name]
    assert sorted(names[made_of]) == sorted(RESOLUTION[name].split(", "))


def test_every_commune_becomes_a_part_of_one():
    codes = pd.Series(places.communes().index, index=range(7, 82))
    found = places.translate(codes)
    assert found.name == "code_2025"
    assert found.index.tolist() == codes.index.tolist()
    assert found.tolist() == CROSSWALK.loc[codes, "code_2025"].tolist()


def test_there_and_back_is_refused_where_there_are_several_answers():
    since = places.translate(pd.Series(["31318", "31324"]))
    with pytest.raises(LookupError, match=r"31321: 31318, 31321, 31330(?s:.*)cannot be divided"):
        places.translate(since, to=2020)


def test_back_is_certain_where_a_commune_stayed_alone(monkeypatch):
    alone = CROSSWALK.loc[["31318"]]
    monkeypatch.setitem(places.translate.__globals__, "crosswalk", lambda: alone)
    back = places.translate(pd.Series(["31321"], name="code_2025"), to=2020)
    assert (back.name, back.tolist()) == ("code", ["31318"])


def test_a_commune_that_was_split_is_refused(monkeypatch):
    split = pd.concat([CROSSWALK, CROSSWALK.loc[["31324"]].rename({"31324": "31318"})])
    monkeypatch.setitem(places.translate.__globals__, "crosswalk", lambda: split)
    with pytest.raises(LookupError, match="31318: 31321, 31333"):
        places.translate(pd.Series(["31318", "31393"]))
    assert places.translate(pd.Series(["31393"])).tolist() == ["31393"]


def test_a_list_of_places_without_a_crosswalk_is_refused(monkeypatch):
    monkeypatch.setitem(places.translate.__globals__, "crosswalk", lambda: CROSSWALK.iloc[:0])
    with pytest.raises(LookupError, match=r"crosswalk_2025\.csv"):
        places.translate(pd.Series(["31318"]))


def test_unknown_codes_are_all_named():
    with pytest.raises(LookupError, match=r"2 codes .* before 1 July 2025: 00001, 930"):
        places.translate(pd.Series(["930", "31318", "00001"]))


@pytest.mark.parametrize(("name", "to"), [("code_2025", 2025), ("code", 2020), (None, 2020)])
def test_codes_are_not_translated_twice(name, to):
    with pytest.raises(ValueError, match="already"):
        places.translate(pd.Series(["31321"], name=name), to=to)


def test_the_list_of_2025_holds_all_people_once():
    since, before = places.communes_2025(), places.communes()
    assert len(since) == 28
    assert since.index.name == "code_2025"
    for column in ("population", "households"):
        assert since[column].sum() == before[column].sum()
    assert since["communes"].sum() == 75
    # where people live, on the average, stays where it was
    for axis in ("lon", "lat"):
        means = [np.average(table[axis], weights=table["population"]) for table in (since, before)]
        assert means[0] == pytest.approx(means[1], abs=1e-9)


def test_only_units_with_residents_that_were_estimated_are_approximate():
    since = places.communes_2025()
    assert since.index[since["approximate"]].tolist() == ["31366", "31369"]


def test_names_are_official_and_told_apart_in_english():
    since = places.communes_2025()
    assert since.loc["31321", "label_vi"] == "P.\N{NO-BREAK SPACE}Vị Thanh"
    assert since.loc["31369", "name_en"] == "Dong Phuoc Commune"
    assert since["name_en"].is_unique
    assert since["label_vi"].is_unique


def test_reports_add_up():
    reports = frames.reports()
    since = rates.uptake_2025(reports)
    keys = ["year", "indicator"]
    for column in ("count", "out_of"):
        pd.testing.assert_series_equal(
            since.groupby(keys)[column].sum(), reports.groupby(keys)[column].sum()
        )
    one = since[(since["code_2025"] == "31321") & (since["year"] == 2022)].set_index("indicator")
    parts = reports[reports["code"].isin(["31318", "31321", "31330"]) & (reports["year"] == 2022)]
    assert one.loc["app_users", "count"] == parts.query("indicator == 'app_users'")["count"].sum()
    assert "code" not in since


def test_the_interval_is_that_of_a_mean_of_the_communes_it_was_made_of():
    chosen = rates.pick(frames.reports(), USERS)
    since = rates.uptake_2025(chosen).set_index("code_2025")
    of = places.translate(chosen["code"]).to_numpy(dtype=object)
    laid = errors._table(chosen, level="commune", of=of)
    known = variances(errors._units(laid, level="commune"))
    row, parts = since.loc["31321"], chosen[of == "31321"]
    assert len(parts) == row["communes"] > 1
    p = parts["count"].sum() / parts["out_of"].sum()
    ends = by_hand.interval(p, known.loc["31321", "variance"], known.loc["31321", "df"])
    assert row[["share_low", "share_high"]].tolist() == pytest.approx(ends)
    # it is surer of a mean than of its parts, and less than if these had nothing in common
    alone = variances(errors.units(chosen, level="commune")).loc[parts["code"], "variance"]
    assert alone.mean() / len(parts) < known.loc["31321", "variance"] < alone.mean()


def test_only_what_is_out_of_residents_is_approximate():
    since = rates.uptake_2025(frames.reports())
    flagged = since[since["approximate"]]
    assert set(flagged["code_2025"]) == {"31366", "31369"}
    assert "files_online" not in set(flagged["indicator"])
    assert "app_users" in set(flagged["indicator"])


def test_a_unit_with_a_part_that_did_not_report_has_no_data():
    reports = frames.reports()
    missing = reports[reports["code"] != "31318"]
    for table in (missing, reports.assign(count=reports["count"].mask(reports["code"] == "31318"))):
        since = rates.uptake_2025(table).set_index("code_2025")
        assert set(since.loc["31321", "state"]) == {"no data"}
        assert since.loc["31321", "share"].isna().all()
        assert "no data" not in set(since.drop(index="31321")["state"])


def test_a_unit_with_a_part_of_what_is_hidden_together_is_hidden():
    reports = rates.pick(frames.reports(), USERS)
    # the smallest of the district hides 31318: 31321 itself, or another of the same unit or not
    small = reports.assign(count=reports["count"].mask(reports["code"] == "31318", 2))
    kept = suppress.small(small)
    hidden = set(kept.loc[suppress.is_hidden(kept), "code"])
    units = rates.uptake_2025(kept).set_index("code_2025")
    pool = CROSSWALK.loc[sorted(hidden), "code_2025"]
    split = set(pool) if len(set(pool)) > 1 else set()
    assert len(hidden) == 2
    assert set(units.index[units["state"] == "suppressed"]) == split
    assert units.loc[sorted(split), ["count", "out_of", "share", "share_low"]].isna().all(axis=None)


def test_a_unit_that_holds_all_that_is_hidden_together_is_shown():
    reports = rates.pick(frames.reports(), USERS)
    three = {"31318": 3, "31321": 3, "31330": 1}
    low = reports.assign(count=reports["code"].map(three).fillna(reports["count"]))
    kept = suppress.small(low)
    assert set(kept.loc[suppress.is_hidden(kept), "code"]) == set(three)
    units = rates.uptake_2025(kept).set_index("code_2025")
    assert units.loc["31321", "count"] == pytest.approx(7)
    assert "suppressed" not in set(units["state"])


def test_teams_add_up():
    teams = frames.teams()
    since = rates.density_2025(teams)
    for column in ("teams", "members"):
        assert since[column].sum() == teams[column].sum()
    row = since.set_index(["code_2025", "year"]).loc[("31321", 2022)]
    assert row["members_per_1000"] == pytest.approx(1000 * row["members"] / row["population"])
    fewer = rates.density_2025(teams[teams["code"] != "31318"]).set_index("code_2025")
    assert fewer.loc["31321", ["members", "members_per_1000"]].isna().all(axis=None)


def test_the_structures_are_never_mixed_on_a_map():
    reports = rates.pick(frames.reports(), USERS)
    now, then = rates.uptake_2025(reports), rates.uptake(reports)
    assert maps.locate(now, places.points_2025())["share"].notna().all()
    for table, points in ((then, places.points_2025()), (now, places.points())):
        with pytest.raises(ValueError, match="kept apart"):
            maps.locate(table, points)
        with pytest.raises(ValueError, match="kept apart"):
            maps.locate(table.set_index(table.columns[0]), points)
    with pytest.raises(ValueError, match="neither"):
        maps.locate(now.set_index("code_2025").rename_axis(None), places.points_2025())


def test_rates_of_former_communes_refuse_codes_of_2025():
    now = rates.uptake_2025(frames.reports())
    for function in (rates.uptake, rates.to_districts, rates.uptake_2025):
        with pytest.raises((KeyError, LookupError)):
            function(now)


def test_tables_name_the_places_of_2025():
    table = rates.uptake_2025(rates.pick(frames.reports(), USERS))
    shown = findings.table(table)
    assert shown.loc["Phường Vị Thanh", "Số xã"] == "3"
    assert shown.loc["Xã Đông Phước", "Ghi chú"] == "dân số có phần ước tính"
    with words.use("en"):
        assert "Dong Phuoc Commune" in findings.table(table.set_index("code_2025")).index


def test_the_page_of_a_map_says_what_is_approximate():
    table = rates.uptake_2025(rates.pick(frames.reports(), USERS))
    figure, axes = maps.sheet(title="2025")
    located = maps.locate(table, places.points_2025())
    classes = indicators.classes("app_users")
    maps.circles(places.areas(), located, "share", classes=classes, ax=axes[0])
    page = maps.finish(figure, source="-", as_of="-").pages()[0].html()
    assert page.count("dân số có phần ước tính") == 2


def test_outlines_join_without_a_gap():
    cells = shapely.box(np.arange(75), 0, np.arange(75) + 1, 1)
    areas = gpd.GeoDataFrame(index=places.communes().index, geometry=cells, crs="EPSG:5897")
    joined = places.areas_2025(areas)
    assert joined.index.name == "code_2025"
    assert joined.area.sum() == pytest.approx(75)
    assert joined.loc["31321"].geometry.area == pytest.approx(3)
    with pytest.raises(LookupError, match="31318"):
        places.areas_2025(areas.drop(index="31318"))


def test_frames_are_left_alone():
    reports, teams = frames.reports(), frames.teams()
    before = reports.copy(), teams.copy()
    rates.uptake_2025(reports)
    rates.density_2025(teams)
    pd.testing.assert_frame_equal(reports, before[0])
    pd.testing.assert_frame_equal(teams, before[1])
