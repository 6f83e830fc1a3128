"""Check changes between years by laws, worked examples and second routes."""

from dataclasses import replace

import by_hand
import numpy as np
import pandas as pd
import pytest
import studies
from scipy import stats

from hganalysis import change, frames, indicators, places, rates, sources, study, suppress, words
from hganalysis.rates import errors

APP = [indicators.get("app_users", year=year) for year in (2022, 2023)]
FILES = [indicators.get("files_online", year=year) for year in (2022, 2023)]
PAIRS = [APP, FILES]
NGA_BAY = places.communes().query("district_code == '931'").index  # six communes


@pytest.fixture(scope="module")
def reports():
    return frames.reports()


def two_years(count, out_of, *, codes=NGA_BAY):
    """Reports of app users; `count` and `out_of` give one list for each year."""
    years = [
        pd.DataFrame(
            {
                "code": codes,
                "year": one.year,
                "indicator": "app_users",
                "count": count[at],
                "out_of": out_of[at],
                "origin": "reported",
            }
        )
        for at, one in enumerate(APP)
    ]
    return pd.concat(years, ignore_index=True)


def wide(reports, pair):
    """One row a commune: counts and denominators of both years, in plain arrays."""
    tables = []
    for one in pair:
        chosen = (reports["indicator"] == one.name) & (reports["year"] == one.year)
        tables.append(reports[chosen].set_index("code")[["count", "out_of"]].sort_index())
    district = places.communes()["district_code"][tables[0].index].to_numpy()
    return (*(table.to_numpy(float).T for table in tables), district)


def paired_by_hand(first, second, home, level=0.95):
    """
    Changes in points of each home and their ends: the pulls of parts in both years (Cochran 6.17),
    in units of their mean weight, with the variance that `by_hand` works out for them.
    """
    homes = sorted(set(home))
    sizes = [pd.Series(n).groupby(home).transform("sum").to_numpy() for _, n in (first, second)]
    weights = [n / size for (_, n), size in zip((first, second), sizes, strict=True)]
    weight = (weights[0] + weights[1]) / 2
    pulls, chance, shares = [], 0, []
    for (y, n), size in zip((first, second), sizes, strict=True):
        p = pd.Series(y).groupby(home).transform("sum").to_numpy() / size
        pulls.append((y - p * n) / size)
        chance = chance + p * (1 - p) / n
        shares.append(np.array([p[home == one][0] for one in homes]))
    residual = (pulls[1] - pulls[0]) / weight
    variance, df = by_hand.variance(residual, chance, home, weight)
    middle = shares[1] - shares[0]
    reach = stats.t.ppf((1 + level) / 2, df) * np.sqrt(variance)
    return 100 * np.array([middle, middle - reach, middle + reach]).T


COLUMNS = ["change_pp", "change_low_pp", "change_high_pp"]


# Difference


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_paired_interval_of_a_district_by_hand(reports, before, after, level):
    first, second, district = wide(reports, [before, after])
    found = change.difference(reports, before=before, after=after, level=level).set_index("code")
    assert found.index.tolist() == sorted(set(district))
    expected = paired_by_hand(first, second, district, level)
    np.testing.assert_allclose(found[COLUMNS], expected, rtol=1e-6)
    assert found["parts"].tolist() == [9, 6, 10, 8, 15, 10, 8, 9]


def test_the_interval_of_the_province_is_over_districts(reports):
    first, second, district = wide(reports, APP)
    codes = np.unique(district)
    sums = [
        np.array([[row[district == code].sum() for code in codes] for row in year])
        for year in (first, second)
    ]
    found = change.difference(reports, before=APP[0], after=APP[1], by="province").iloc[0]
    expected = paired_by_hand(*sums, np.full(8, "93"))[0]
    assert found[COLUMNS].tolist() == pytest.approx(list(expected))
    assert (found["code"], found["parts"]) == ("93", 8)


def test_the_change_of_the_province_is_the_one_that_was_simulated(reports):
    files = change.difference(reports, before=FILES[0], after=FILES[1], by="province").iloc[0]
    assert files["share_before"] == pytest.approx(0.505)
    assert files["share_after"] == pytest.approx(0.869)
    assert files["change_pp"] == pytest.approx(36.4)  # points, and upwards


def test_with_equal_sizes_it_is_the_paired_t_test():
    first = np.array([100, 250, 400, 150, 300, 200])
    second = np.array([180, 240, 520, 260, 310, 330])
    table = two_years([first, second], [1000, 1000])
    expected = stats.ttest_rel(second / 10, first / 10).confidence_interval()
    found = change.difference(table, before=APP[0], after=APP[1]).iloc[0]
    assert found[["change_low_pp", "change_high_pp"]].tolist() == pytest.approx(list(expected))


def test_what_lasts_in_a_commune_cancels_out():
    # Every commune rises by 10 points from a level of its own: nothing is left to chance.
    first = np.array([100, 250, 400, 150, 300, 200])
    table = two_years([first, first + 100], [1000, 1000])
    found = change.difference(table, before=APP[0], after=APP[1]).iloc[0]
    assert found["change_pp"] == pytest.approx(10)
    # but the chance of persons in each year, which no interval is without
    p = np.array([first.sum(), first.sum() + 600]) / 6000
    reach = 100 * stats.t.ppf(0.975, 5) * np.sqrt((p * (1 - p) / 6000).sum())
    assert found[COLUMNS[1:]].tolist() == pytest.approx([10 - reach, 10 + reach])


def test_years_are_paired_by_code_and_not_by_row(reports):
    """In whatever order the rows of either year stand."""
    first, second = (rates.pick(reports, one) for one in APP)
    mixed = pd.concat([first.sample(frac=1, random_state=1), second.sample(frac=1, random_state=2)])
    for function in (change.difference, change.decompose, change.rank_shift):
        pd.testing.assert_frame_equal(
            function(mixed, before=APP[0], after=APP[1]),
            function(reports, before=APP[0], after=APP[1]),
        )


def test_a_ratio_above_1_has_a_change_with_the_variance_of_counts():
    """`share * (1 - share)` is negative there: the interval was an error, or none."""
    count = np.array([3000, 2500, 4000, 1500, 3500, 2800])
    table = two_years([count, count + 500], [1000, 1000]).assign(indicator="informed_twice")
    units = errors.changes(
        *(table[table["year"] == one.year].assign(indicator="informed") for one in APP),
        level="district",
    )
    p = np.array([count.sum(), count.sum() + 3000]) / 6000
    assert (p > 1).all()
    assert units.sampling == pytest.approx(np.full(6, p.sum() / 1000))


@pytest.mark.parametrize("by", ["district", "province"])
def test_no_change_has_an_interval_without_width(reports, by):
    same = pd.concat([rates.pick(reports, APP[0]).assign(year=one.year) for one in APP])
    found = change.difference(same, before=APP[0], after=APP[1], by=by)
    assert (found["change_pp"] == 0).all()
    assert (found["change_low_pp"] < 0).all()
    assert (found["change_high_pp"] > 0).all()


def test_pairing_is_narrower_than_two_intervals_apart(reports):
    found = change.difference(reports, before=APP[0], after=APP[1]).set_index("code")
    width = found["change_high_pp"] - found["change_low_pp"]
    apart = 0
    for one in APP:
        chosen = (reports["indicator"] == one.name) & (reports["year"] == one.year)
        table = rates.to_districts(reports[chosen]).set_index("code")
        apart = apart + (100 * (table["share_high"] - table["share_low"])) ** 2
    assert (width < np.sqrt(apart)).all()


def test_no_interval_is_a_binomial_one(reports):
    found = change.difference(reports, before=APP[0], after=APP[1]).set_index("code")
    people = places.districts()["population"]
    variance = sum(found[s] * (1 - found[s]) / people for s in ("share_before", "share_after"))
    binomial = 2 * 1.96 * 100 * np.sqrt(variance)
    assert ((found["change_high_pp"] - found["change_low_pp"]) / binomial).median() > 3


def test_communes_have_a_change_and_no_interval(reports):
    found = change.difference(reports, before=APP[0], after=APP[1], by="commune")
    assert found["code"].tolist() == sorted(places.communes().index)
    first, second, _ = wide(reports, APP)
    expected = 100 * (second[0] / second[1] - first[0] / first[1])
    assert found["change_pp"].to_numpy() == pytest.approx(expected)
    assert found[["change_low_pp", "change_high_pp"]].isna().all(axis=None)
    assert (found["parts"] == 1).all()


@pytest.fixture(scope="module")
def by_district(reports):
    return change.difference(reports, before=APP[0], after=APP[1]).set_index("code")


@pytest.mark.parametrize("year", [2022, 2023])
@pytest.mark.parametrize("how", ["no row", "no count"])
def test_a_gap_in_either_year_leaves_no_change(reports, by_district, year, how):
    gap = (reports["code"] == "31318") & (reports["year"] == year)
    table = reports[~gap] if how == "no row" else reports.assign(count=reports["count"].mask(gap))
    found = change.difference(table, before=APP[0], after=APP[1]).set_index("code")
    assert found.loc["930", "state"] == "no data"
    assert found.loc["930", COLUMNS].isna().all()
    # how much communes vary is learnt from all that reported
    others = [one.drop("930")[COLUMNS] for one in (found, by_district)]
    np.testing.assert_allclose(*others, atol=0.3)
    np.testing.assert_array_equal(*(one["change_pp"] for one in others))
    province = change.difference(table, before=APP[0], after=APP[1], by="province").iloc[0]
    assert province["state"] == "no data"
    parts = change.decompose(table, before=APP[0], after=APP[1], by="district").set_index("code")
    assert parts["within_pp"].isna().to_dict() == {
        code: code == "930" for code in places.districts().index
    }
    whole_split = change.decompose(table, before=APP[0], after=APP[1]).iloc[0]
    assert whole_split[["change_pp", "within_pp", "between_pp"]].isna().all()


@pytest.mark.parametrize("seed", [0, 6, 7])
def test_a_commune_that_is_hidden_in_one_year_tells_nothing_of_a_change(seed):
    made = studies.reports(np.random.default_rng(seed)).query("indicator == 'app_users'")
    # Users that are hidden in a year are hidden in all; files are of each year.
    released = suppress.small(made.assign(indicator="files_online"))
    years = [rates.pick(released, one) for one in FILES]
    told = [set(one.loc[~suppress.is_hidden(one), "code"]) for one in years]
    assert told[0] != told[1]
    found = errors.changes(*years, level="district")
    known = pd.Series(found.place[~np.isnan(found.residual)]).value_counts()
    both = places.parents(pd.Series(sorted(told[0] & told[1])), "district").value_counts()
    assert known.to_dict() == both.to_dict()


@pytest.mark.parametrize("hidden", [0, 1])
def test_what_is_hidden_in_one_year_and_missing_in_the_other_is_hidden(reports, hidden):
    years = [rates.pick(reports, one) for one in FILES]
    small = years[hidden]["code"].isin(NGA_BAY[:1])
    years[hidden] = years[hidden].assign(count=years[hidden]["count"].mask(small, 2))
    years[1 - hidden] = years[1 - hidden][~years[1 - hidden]["code"].isin(NGA_BAY[:1])]
    released = suppress.small(pd.concat(years, ignore_index=True))
    found = change.difference(released, before=FILES[0], after=FILES[1], by="commune")
    assert found.set_index("code")["state"].loc[NGA_BAY[0]] == "suppressed"


@pytest.mark.parametrize("function", [change.difference, change.decompose])
def test_unlike_measures_are_refused_with_the_honest_substitutes(reports, function):
    with pytest.raises(ValueError, match="app_users 2022 and files_online 2023 are different") as e:
        function(reports, before=APP[0], after=FILES[1])
    assert "change.rank_shift()" in str(e.value)
    assert "change.distance()" in str(e.value)


@pytest.mark.parametrize("function", [change.difference, change.decompose])
def test_a_change_backwards_in_time_is_refused(reports, function):
    with pytest.raises(ValueError, match="before is 2023 and after is 2022"):
        function(reports, before=APP[1], after=APP[0])


def test_reports_without_the_measure_are_refused(reports):
    only = reports[reports["year"] == 2022]
    for function in (change.difference, change.rank_shift, change.decompose):
        with pytest.raises(LookupError, match="no row of app_users in 2023"):
            function(only, before=APP[0], after=APP[1])


@pytest.mark.parametrize("year", [2022, 2023])
def test_one_simulated_row_of_either_year_makes_its_district_simulated(reports, year):
    mixed = reports.assign(origin="reported")
    mixed.loc[(mixed["code"] == "31495") & (mixed["year"] == year), "origin"] = "simulated"
    found = change.difference(mixed, before=APP[0], after=APP[1]).set_index("code")["origin"]
    assert found[found == "simulated"].index.tolist() == ["936"]
    shift = change.rank_shift(mixed, before=APP[0], after=APP[1])  # of ranks no place is without it
    assert (shift["origin"] == "simulated").all()


# Ranks and distances


def ranked(first, second):
    """Reports in which the communes of each district all have the share that is given."""
    shares = [dict(zip(places.districts().index, one, strict=True)) for one in (first, second)]
    district = places.communes()["district_code"]
    tables = [
        two_years(
            [(1000 * district.map(one)).round().astype(int).to_numpy()] * 2,
            [1000, 1000],
            codes=district.index,
        )
        for one in shares
    ]
    return pd.concat([tables[0].query("year == 2022"), tables[1].query("year == 2023")])


def test_ranks_with_ties():
    first = [0.5, 0.4, 0.4, 0.3, 0.2, 0.2, 0.2, 0.1]
    second = [0.1, 0.5, 0.4, 0.4, 0.3, 0.2, 0.2, 0.6]
    table = ranked(first, second)
    found = change.rank_shift(table, before=APP[0], after=APP[1])
    assert found["code"].tolist() == list(places.districts().index)
    assert found["rank_before"].tolist() == [1, 2, 2, 4, 5, 5, 5, 8]  # 1 is the highest share
    assert found["rank_after"].tolist() == [8, 2, 3, 3, 5, 6, 6, 1]
    assert found["places_up"].tolist() == [-7, 0, -1, 1, 0, -1, -1, 7]


def test_ranks_of_unlike_measures_may_be_compared(reports):
    found = change.rank_shift(reports, before=APP[0], after=FILES[1])
    assert sorted(found["rank_before"]) == sorted(found["rank_after"]) == list(range(1, 9))
    assert found["places_up"].sum() == 0
    assert (found["places_up"] == found["rank_before"] - found["rank_after"]).all()
    by_share = found.sort_values("share_after", ascending=False)
    assert by_share["rank_after"].tolist() == list(range(1, 9))
    assert set(found["origin"]) == {"simulated"}


def test_a_district_without_data_has_no_rank(reports):
    gap = (reports["code"] == "31318") & (reports["year"] == 2023)
    found = change.rank_shift(reports[~gap], before=APP[0], after=APP[1]).set_index("code")
    assert found.loc["930", ["rank_after", "places_up"]].isna().all()
    assert sorted(found["rank_after"].dropna()) == list(range(1, 8))


def test_distance_from_the_province_by_hand(reports):
    found = change.distance(reports, indicator=APP[0]).set_index("code")
    first, _, district = wide(reports, APP)
    whole = 173_000 / 733_017
    for code in found.index:
        inside = district == code
        share = first[0][inside].sum() / first[1][inside].sum()
        assert found.loc[code, "distance_pp"] == pytest.approx(100 * (share - whole))
    people = places.districts()["population"]
    assert (found["distance_pp"] * people).sum() == pytest.approx(0, abs=1e-6)
    assert found["province_share"].to_numpy() == pytest.approx(whole)


# Targets


def test_the_gap_to_the_target_is_in_whole_files():
    residents = [101, 100, 100, 100, 100, 100]  # 601 files, of which 300.5 are half
    table = two_years([[50, 50, 50, 50, 50, 0]] * 2, [residents] * 2).assign(
        indicator="files_online"
    )
    row = change.target_gap(table, indicator=FILES[0]).iloc[0]
    assert (row["count"], row["out_of"], row["target"]) == (250, 601, 0.5)
    assert row["missing"] == 301 - 250
    assert row["share"] == pytest.approx(250 / 601)


@pytest.mark.parametrize(("count", "missing"), [(299, 1), (300, 0), (301, 0), (600, 0), (0, 300)])
def test_a_reached_target_lacks_nothing(count, missing):
    counts = [count // 6 + (at < count % 6) for at in range(6)]
    table = two_years([counts] * 2, [100, 100]).assign(indicator="files_online")
    assert change.target_gap(table, indicator=FILES[0])["missing"].tolist() == [missing]


def test_a_target_that_computers_cannot_write_is_reached_by_its_very_count():
    assert 0.56 * 600 > 336  # by what a float is off
    table = two_years([[56] * 6] * 2, [100, 100]).assign(indicator="files_online")
    target = replace(FILES[0], target=0.56)
    assert change.target_gap(table, indicator=target)["missing"].tolist() == [0]


def test_with_what_was_missing_the_target_is_just_reached(reports):
    found = change.target_gap(reports, indicator=FILES[0])
    assert (found["missing"] > 0).any()
    below = found[found["missing"] > 0]
    assert ((below["count"] + below["missing"]) / below["out_of"] >= 0.5).all()
    assert ((below["count"] + below["missing"] - 1) / below["out_of"] < 0.5).all()
    assert (found.loc[found["missing"] == 0, "share"] >= 0.5).all()


def test_a_measure_without_target_is_refused(reports):
    with pytest.raises(ValueError, match=r"no target was set for app_users.*: files_online") as e:
        change.target_gap(reports, indicator=APP[0])
    assert "households" in str(e.value)


def test_a_district_without_data_has_no_gap_to_the_target(reports):
    gap = (reports["code"] == "31318") & (reports["year"] == 2022)
    found = change.target_gap(reports[~gap], indicator=FILES[0]).set_index("code")
    assert found["missing"].isna().sum() == 1
    assert pd.isna(found.loc["930", "missing"])


# Decomposition


def test_kitagawa_on_plain_numbers():
    # Three communes at 20 %, then 40 %, and three at 60 % throughout. The former hold a quarter of
    # the people, then half: the district stays at 50 % though half of it gained 20 points.
    table = two_years(
        [[20, 20, 20, 180, 180, 180], [40, 40, 40, 60, 60, 60]],
        [[100, 100, 100, 300, 300, 300], [100] * 6],
    )
    row = change.decompose(table, before=APP[0], after=APP[1], by="district").iloc[0]
    assert row["code"] == "931"
    assert row["within_pp"] == pytest.approx(100 * (0.40 - 0.20) * (0.25 + 0.50) / 2)
    assert row["between_pp"] == pytest.approx(
        100 * ((0.50 - 0.25) * (0.20 + 0.40) / 2 + (0.50 - 0.75) * (0.60 + 0.60) / 2)
    )
    assert row["within_pp"] == pytest.approx(7.5)
    assert row["change_pp"] == pytest.approx(0)


@pytest.mark.parametrize(("before", "after"), PAIRS)
@pytest.mark.parametrize("by", ["district", "province"])
def test_the_parts_add_up_to_the_change(reports, before, after, by):
    parts = change.decompose(reports, before=before, after=after, by=by).set_index("code")
    whole = change.difference(reports, before=before, after=after, by=by).set_index("code")
    assert (parts["within_pp"] + parts["between_pp"]).tolist() == parts["change_pp"].tolist()
    assert parts["change_pp"].tolist() == pytest.approx(whole["change_pp"].tolist())
    assert parts.index.tolist() == whole.index.tolist()


def test_the_same_residents_in_both_years_shift_nothing(reports):
    parts = change.decompose(reports, before=APP[0], after=APP[1], by="district")
    assert parts["between_pp"].abs().max() < 1e-12


def test_the_same_shares_in_both_years_leave_the_shift_alone():
    table = two_years(
        [[20, 20, 20, 180, 180, 180], [20, 20, 20, 60, 60, 60]],
        [[100, 100, 100, 300, 300, 300], [100] * 6],
    )
    row = change.decompose(table, before=APP[0], after=APP[1], by="district").iloc[0]
    assert row["within_pp"] == pytest.approx(0)
    assert row["between_pp"] == pytest.approx(-10)  # 50 % to 40 %


# Two readings


def test_two_readings_of_the_one_published_pair():
    found = change.two_readings(frames.published()).set_index("reading")
    assert found.loc["points", "share_before_below"] == pytest.approx(0.87 - 0.36)
    assert found.loc["relative", "share_before_below"] == pytest.approx(0.87 / 1.36)
    assert found["share_before_below"].round(2).to_dict() == {"points": 0.51, "relative": 0.64}
    assert found["change_pp_above"].round(1).to_dict() == {"points": 36.0, "relative": 23.0}
    assert set(found["origin"]) == {"published"}
    # 0.87 of 2023, not the "over 80 %" of its first half
    assert set(found["share_after_nearly"]) == {0.87}


# Laws


def test_the_order_of_rows_does_not_matter(reports):
    shuffled = reports.sample(frac=1, random_state=7)
    for function in (change.difference, change.rank_shift, change.decompose):
        pd.testing.assert_frame_equal(
            function(shuffled, before=APP[0], after=APP[1]),
            function(reports, before=APP[0], after=APP[1]),
        )
    for function, one in ((change.distance, APP[0]), (change.target_gap, FILES[0])):
        pd.testing.assert_frame_equal(
            function(shuffled, indicator=one), function(reports, indicator=one)
        )


def test_input_is_left_alone():
    reports = frames.reports()
    before = reports.copy()
    for function in (change.difference, change.rank_shift, change.decompose):
        function(reports, before=APP[0], after=APP[1])
    change.distance(reports, indicator=APP[0])
    change.target_gap(reports, indicator=FILES[0])
    pd.testing.assert_frame_equal(reports, before)
    published = frames.published()
    copy = published.copy()
    change.two_readings(published)
    pd.testing.assert_frame_equal(published, copy)


def test_a_target_of_one_year_is_not_held_against_another():
    later = indicators.get("files_online", year=2023)
    with pytest.raises(ValueError, match="no target was set for files_online 2023"):
        change.target_gap(frames.reports(), indicator=later)


def test_no_change_is_beyond_what_the_levels_of_both_years_allow():
    with words.use("en"), sources.use(study.find("india_2023")):
        reports = frames.reports()
        before, after = frames.taken(reports, "headline")
        found = change.difference(reports, before=before, after=after).set_index("code")
        levels = {
            one: rates.to_districts(rates.pick(reports, one)).set_index("code")["share_high"]
            for one in (before, after)
        }
    assert (found["change_low_pp"] >= -100 * levels[before] - 1e-9).all()
    assert (found["change_high_pp"] <= 100 * levels[after] + 1e-9).all()
    # Mizoram: 0.6 payments a resident, with the spread that all states share
    assert found.loc["MZ", "change_low_pp"] == pytest.approx(-100 * levels[before]["MZ"])
    assert found.loc["RJ", "change_low_pp"] > 0
