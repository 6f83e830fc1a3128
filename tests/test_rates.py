"""Check rates by laws and by second routes: each error is worked again by hand in plain numpy."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hganalysis import intake, places, rates

SUMS = [rates.to_districts, rates.to_province]


@pytest.fixture(scope="module")
def reports():
    return intake.reports()


@pytest.fixture(scope="module")
def app(reports):
    return pick(reports, "app_users", 2022)


def pick(reports, name, year):
    chosen = (reports["indicator"] == name) & (reports["year"] == year)
    return reports[chosen].reset_index(drop=True)


def arrays(table):
    """Counts, denominators and district of each commune."""
    district = places.communes()["district_code"][table["code"]].to_numpy()
    return table["count"].to_numpy(float), table["out_of"].to_numpy(float), district


def phi_by_hand(table):
    count, out_of, district = arrays(table)
    squares = 0.0
    for code in np.unique(district):
        y, n = count[district == code], out_of[district == code]
        p = y.sum() / n.sum()
        squares += ((y - n * p) ** 2 / (n * p * (1 - p))).sum()
    df = len(count) - len(np.unique(district))
    return squares / df, df


def linearised(count, out_of):
    """Error of a ratio of sums over its parts (Cochran 6.4), in plain numpy."""
    parts = len(count)
    residual = count - count.sum() / out_of.sum() * out_of
    return np.sqrt(parts / (parts - 1) * (residual**2).sum()) / out_of.sum()


def on_log_odds(p, error, df, level=0.95):
    """An interval for p on its log odds, without scipy's logit and expit."""
    reach = stats.t.ppf((1 + level) / 2, df) * error / (p * (1 - p))
    odds = p / (1 - p) * np.exp(np.array([-reach, reach]))
    return odds / (1 + odds)


# A commune


@pytest.mark.parametrize(
    ("name", "year"), [("app_users", 2022), ("files_online", 2023), ("ecommerce_guided", 2022)]
)
def test_phi_by_hand(reports, name, year):
    table = pick(reports, name, year)
    phi, df = phi_by_hand(table)
    assert df == 75 - 8
    assert rates.uptake(table)["phi"].to_numpy() == pytest.approx(phi)


def test_phi_is_that_of_a_binomial_model_with_districts(app):
    import statsmodels.api as sm

    count, out_of, district = arrays(app)
    model = sm.GLM(
        np.column_stack([count, out_of - count]),
        pd.get_dummies(district).to_numpy(float),
        family=sm.families.Binomial(),
    ).fit()
    assert rates.uptake(app)["phi"].iloc[0] == pytest.approx(model.pearson_chi2 / model.df_resid)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_interval_of_a_commune_by_hand(app, level):
    phi, df = phi_by_hand(app)
    row = app.iloc[10]
    share, size = row["count"] / row["out_of"], row["out_of"] / phi
    t2 = stats.t.ppf((1 + level) / 2, df) ** 2
    # every p with (share - p)^2 <= t^2 p (1 - p) / size: the roots of a parabola
    low, high = np.sort(np.roots([1 + t2 / size, -2 * share - t2 / size, share**2]))
    found = rates.uptake(app, level=level).iloc[10]
    assert found["share"] == share
    assert found[["share_low", "share_high"]].tolist() == pytest.approx([low, high])


def test_each_measure_and_year_has_its_own_phi(reports):
    together = rates.uptake(reports)
    assert together.groupby(["year", "indicator"])["phi"].nunique().eq(1).all()
    alone = rates.uptake(pick(reports, "app_users", 2023))
    chosen = (together["indicator"] == "app_users") & (together["year"] == 2023)
    pd.testing.assert_frame_equal(together[chosen].reset_index(drop=True), alone)


def test_no_interval_is_a_binomial_one(reports):
    # Negative control: binomial errors are many times narrower, and would make a map of noise.
    communes = rates.uptake(reports[reports["indicator"] != "ecommerce_guided"])
    for table, times in [(communes, 5), (rates.to_districts(communes[reports.columns]), 3)]:
        p, n = table["share"], table["out_of"]
        binomial = 2 * stats.norm.ppf(0.975) * np.sqrt(p * (1 - p) / n)
        assert ((table["share_high"] - table["share_low"]) / binomial).median() > times
    assert (communes["phi"] > 30).all()


def test_less_than_binomial_variation_is_taken_as_binomial(app):
    even = app.assign(count=(app["out_of"] // 4), out_of=4 * (app["out_of"] // 4))
    found = rates.uptake(even)
    assert (found["phi"] == 1).all()
    assert (found["share"] == 0.25).all()
    assert (found["share_high"] - found["share_low"]).min() > 0


def test_phi_leaves_communes_without_a_report_out(app):
    gap = app.assign(count=app["count"].where(app["code"] != "31318"))
    phi, df = phi_by_hand(gap.dropna())
    assert df == 74 - 8
    found = rates.uptake(gap)
    assert found["phi"].iloc[1] == pytest.approx(phi)
    assert found["state"].iloc[0] == "no data"
    assert found.loc[0, ["share", "share_low", "share_high"]].isna().all()


def test_a_commune_alone_has_no_interval(app):
    found = rates.uptake(app.head(1)).iloc[0]
    assert found[["phi", "share_low", "share_high"]].isna().all()
    assert found["state"] == "unreliable"


def test_places_that_are_no_communes_are_refused():
    for function in (rates.uptake, *SUMS):
        with pytest.raises(LookupError, match="1 codes are no communes: 93"):
            function(intake.published_counts())


def test_a_zero_is_a_share_of_zero_and_no_gap(app):
    zero = app.assign(count=app["count"].where(app["code"] != "31318", 0))
    row = rates.uptake(zero).iloc[0]
    assert row["share"] == row["share_low"] == 0
    assert row["share_high"] > 0
    assert row["state"] == "unreliable"


def test_nobody_at_all(app):
    none = app.assign(count=0)
    assert (rates.uptake(none)["share"] == 0).all()
    districts = rates.to_districts(none)
    assert (districts["share"] == 0).all()
    assert (districts["state"] == "unreliable").all()  # a spread of nothing says nothing


def test_unreliable_is_an_interval_wider_than_thirty_per_cent_of_the_share(reports):
    for table in (rates.uptake(reports), rates.to_districts(reports), rates.to_province(reports)):
        reach = np.maximum(
            table["share_high"] - table["share"], table["share"] - table["share_low"]
        )
        assert ((table["state"] == "known") == (reach <= 0.3 * table["share"])).all()
        assert set(table["state"]) <= {"known", "unreliable"}


# A district and the province


def test_counts_add_up(reports, app):
    by_name = rates.to_districts(reports).groupby(["year", "indicator"])["count"].sum()
    assert by_name[(2022, "app_users")] == app["count"].sum() == 173_000
    whole = rates.to_province(app).iloc[0]
    assert (whole["code"], whole["count"], whole["out_of"]) == ("93", 173_000, 733_017)
    assert whole["communes"] == 75
    assert rates.to_districts(app)["communes"].tolist() == [9, 6, 10, 8, 15, 10, 8, 9]


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize(("name", "year"), [("app_users", 2022), ("files_online", 2023)])
def test_the_interval_of_a_district_by_hand(reports, name, year, level):
    table = pick(reports, name, year)
    count, out_of, district = arrays(table)
    found = rates.to_districts(table, level=level).set_index("code")
    for code in np.unique(district):
        y, n = count[district == code], out_of[district == code]
        p = y.sum() / n.sum()
        expected = on_log_odds(p, linearised(y, n), len(y) - 1, level)
        assert found.loc[code, "share"] == pytest.approx(p)
        assert found.loc[code, ["share_low", "share_high"]].tolist() == pytest.approx(expected)


def test_the_interval_of_the_province_is_over_districts(app):
    count, out_of, district = arrays(app)
    codes = np.unique(district)
    y = np.array([count[district == code].sum() for code in codes])
    n = np.array([out_of[district == code].sum() for code in codes])
    expected = on_log_odds(y.sum() / n.sum(), linearised(y, n), 8 - 1)
    found = rates.to_province(app).iloc[0]
    assert found[["share_low", "share_high"]].tolist() == pytest.approx(expected)


def test_a_ratio_has_its_interval_on_the_log(reports):
    table = pick(reports, "ecommerce_guided", 2022)
    count, out_of, district = arrays(table)
    y, n = count[district == "934"], out_of[district == "934"]
    p = y.sum() / n.sum()
    step = stats.t.ppf(0.975, 14) * linearised(y, n) / p
    found = rates.to_districts(table).set_index("code").loc["934"]
    assert found["share_low"] == pytest.approx(p * np.exp(-step))
    assert found["share_high"] == pytest.approx(p * np.exp(step))


def test_a_ratio_may_be_above_one(reports):
    table = pick(reports, "informed", 2022)
    found = rates.to_districts(table.assign(count=8 * table["out_of"] + table["count"]))
    assert (found["share"] > 8).all()
    assert found["share_low"].between(8, found["share"]).all()
    assert (found["share_high"] > found["share"]).all()


def test_pulls_of_a_place_add_up_to_nothing(app):
    for level, parts in (("district", 75), ("province", 8)):
        pulls = rates.spread(app, level=level)
        assert len(pulls) == parts
        assert pulls.groupby("place")["pull"].sum().abs().max() < 1e-12


def test_one_part_has_no_error():
    pulls = pd.Series([0.0, 0.3, -0.3], index=["one", "two", "two"])
    errors = rates.standard_errors(pulls.groupby(level=0))
    assert np.isnan(errors["one"])
    assert errors["two"] == pytest.approx(np.sqrt(2 * (0.3**2 + 0.3**2)))


def test_equal_communes_have_the_error_of_a_mean():
    shares = np.array([0.2, 0.25, 0.4, 0.1, 0.3, 0.35])
    codes = places.communes().query("district_code == '931'").index
    table = pd.DataFrame(
        {
            "code": codes,
            "year": 2022,
            "indicator": "app_users",
            "count": (1000 * shares).astype(int),
            "out_of": 1000,
            "origin": "reported",
        }
    )
    pulls = rates.spread(table, level="district").groupby("place")["pull"]
    assert rates.standard_errors(pulls).item() == pytest.approx(stats.sem(shares))
    found = rates.to_districts(table).iloc[0]
    assert found["share"] == pytest.approx(shares.mean())


# What did not report


@pytest.mark.parametrize("how", ["no row", "no count", "no denominator"])
@pytest.mark.parametrize("code", ["31318", "31495"])
def test_a_district_with_a_gap_has_no_data(app, how, code):
    gap = app["code"] == code
    table = {
        "no row": app[~gap],
        "no count": app.assign(count=app["count"].mask(gap)),
        "no denominator": app.assign(out_of=app["out_of"].mask(gap)),
    }[how]
    whole = rates.to_districts(app).set_index("code")
    found = rates.to_districts(table).set_index("code")
    district = places.communes().loc[code, "district_code"]
    row = found.loc[district]
    assert row["state"] == "no data"
    assert row[["share", "share_low", "share_high"]].isna().all()
    others = ["share", "share_low", "share_high", "state"]
    pd.testing.assert_frame_equal(found.drop(district)[others], whole.drop(district)[others])
    province = rates.to_province(table).iloc[0]
    assert province["state"] == "no data"
    assert np.isnan(province["share"])


# Laws


def test_the_order_of_rows_does_not_matter(reports):
    shuffled = reports.sample(frac=1, random_state=7)
    for function in SUMS:
        pd.testing.assert_frame_equal(function(shuffled), function(reports))
    keys = ["code", "year", "indicator"]
    pd.testing.assert_frame_equal(
        rates.uptake(shuffled).set_index(keys).sort_index(),
        rates.uptake(reports).set_index(keys).sort_index(),
    )


def test_rows_stay_in_their_order(app):
    backwards = app.iloc[::-1]
    assert rates.uptake(backwards)["code"].tolist() == app["code"].tolist()[::-1]


def test_counting_everything_three_times_teaches_nothing(app):
    # Dispersion is measured, not assumed: more people in the same communes is no more knowledge.
    thrice = app.assign(count=3 * app["count"], out_of=3 * app["out_of"])
    ends = ["share", "share_low", "share_high"]
    for function in (rates.uptake, *SUMS):
        pd.testing.assert_frame_equal(function(thrice)[ends], function(app)[ends])
    assert rates.uptake(thrice)["phi"].iloc[0] == pytest.approx(
        3 * rates.uptake(app)["phi"].iloc[0]
    )


@pytest.mark.parametrize("function", [rates.uptake, *SUMS])
def test_intervals_hold_the_share_and_widen_with_the_level(reports, function):
    narrow, wide = function(reports, level=0.8), function(reports, level=0.99)
    assert (wide["share_low"] < narrow["share_low"]).all()
    assert (narrow["share_low"] < narrow["share"]).all()
    assert (narrow["share"] < narrow["share_high"]).all()
    assert (narrow["share_high"] < wide["share_high"]).all()
    assert wide["share_low"].min() >= 0
    assert wide["share_high"].max() <= 1


def test_the_origin_of_a_sum_is_that_of_its_least_firm_part(app):
    mixed = app.assign(origin=["simulated", *["reported"] * 74])
    found = rates.to_districts(mixed).set_index("code")["origin"]
    assert found[found == "simulated"].index.tolist() == ["930"]
    assert rates.to_province(mixed)["origin"].tolist() == ["simulated"]


def test_input_is_left_alone():
    # read afresh: a frame that an earlier test has changed would change no more
    reports, teams, published = intake.reports(), intake.teams(), intake.published_counts()
    for function, table in [
        (rates.uptake, reports),
        (rates.to_districts, reports),
        (rates.to_province, reports),
        (rates.distinct_users, reports),
        (rates.distinct_users, published),
        (rates.density, teams),
        (lambda table: rates.density(table, level="district"), teams),
        (lambda table: rates.spread(table, level="province"), reports),
    ]:
        before = table.copy()
        function(table)
        pd.testing.assert_frame_equal(table, before)


def test_the_interval_of_a_district_covers_and_a_binomial_one_does_not():
    # 300 provinces with one true share and communes that vary by a third around it.
    truth, sd, years = 0.24, 0.3, 300
    random = np.random.default_rng(1)
    people = places.communes()["population"]
    share = truth * np.exp(random.normal(-(sd**2) / 2, sd, (years, len(people))))
    count = random.binomial(people.to_numpy(), np.minimum(share, 1))
    found = rates.to_districts(
        pd.DataFrame(
            {
                "code": np.tile(people.index, years),
                "year": np.repeat(np.arange(years), len(people)),
                "indicator": "app_users",
                "count": count.ravel(),
                "out_of": np.tile(people, years),
                "origin": "simulated",
            }
        )
    )
    assert len(found) == 8 * years
    covers = (found["share_low"] <= truth) & (truth <= found["share_high"])
    assert 0.93 <= covers.mean() <= 0.97
    error = np.sqrt(found["share"] * (1 - found["share"]) / found["out_of"])
    binomial = (found["share"] - truth).abs() <= 1.96 * error
    assert binomial.mean() < 0.2


# Density


def test_density_of_a_commune_by_hand():
    found = rates.density(intake.teams())
    row = found[(found["code"] == "31318") & (found["year"] == 2022)].iloc[0]
    # 4 teams, 27 members; 5,628 residents in 1,640 households
    assert row[["teams", "members", "population", "households"]].tolist() == [4, 27, 5_628, 1_640]
    assert row["members_per_1000"] == pytest.approx(27 / 5.628)
    assert row["teams_per_1000_households"] == pytest.approx(4 / 1.640)
    assert row["members_per_team"] == 27 / 4
    assert len(found) == 150


def test_density_of_a_place_is_that_of_its_sums():
    teams = intake.teams().query("year == 2022")
    district = places.communes()["district_code"]
    inside = teams[teams["code"].map(district) == "934"]
    found = rates.density(teams, level="district").set_index("code").loc["934"]
    assert found["members_per_1000"] == pytest.approx(1000 * inside["members"].sum() / 188_017)
    assert found["teams_per_1000_households"] == pytest.approx(
        1000 * inside["teams"].sum() / 51_039
    )
    whole = rates.density(teams, level="province").iloc[0]
    assert whole["members_per_1000"] == pytest.approx(1000 * 3_928 / 733_017)
    assert (whole["code"], whole["origin"]) == ("93", "simulated")


@pytest.mark.parametrize("how", ["no row", "no number"])
def test_density_of_a_place_with_a_gap_is_unknown(how):
    teams = intake.teams()
    gap = (teams["code"] == "31318") & (teams["year"] == 2022)
    table = teams[~gap] if how == "no row" else teams.assign(members=teams["members"].mask(gap))
    found = rates.density(table, level="district").set_index(["code", "year"])
    assert np.isnan(found.loc[("930", 2022), "members_per_1000"])
    assert found["members_per_1000"].isna().sum() == 1
    whole = rates.density(table, level="province").set_index("year")["members_per_1000"]
    assert whole.isna().to_dict() == {2022: True, 2023: False}


# Distinct users


def test_distinct_users_of_the_published_totals():
    row = rates.distinct_users(intake.published_counts()).iloc[0]
    assert (row["users_low"], row["users_high"], row["out_of"]) == (173_000, 376_490, 733_017)
    assert row["platforms"] == 4  # those merely informed are no users
    assert row["origin"] == "published"


def test_sums_of_communes_are_tighter_than_totals(reports):
    one_year = reports[reports["year"] == 2022]
    communes = rates.distinct_users(one_year)
    totals = rates.distinct_users(intake.published_counts()).iloc[0]
    assert len(communes) == 75
    assert totals["users_low"] < communes["users_low"].sum()
    assert communes["users_high"].sum() <= totals["users_high"]
    assert (communes["users_low"] <= communes["users_high"]).all()
    assert (communes["users_high"] <= communes["out_of"]).all()


def users(counts, residents=100):
    names = ["app_users", "ewallet_users", "online_service_users"]
    table = pd.DataFrame({"indicator": names, "count": counts})
    table = table.assign(code="31318", year=2022, out_of=residents, origin="reported")
    return rates.distinct_users(table).iloc[0][["users_low", "users_high"]].tolist()


def test_bounds_for_distinct_users_by_hand():
    assert users([30, 20, 10]) == [30, 60]
    assert users([60, 50, 10]) == [60, 100]  # no more than the residents
    assert users([0, 0, 0]) == [0, 0]
    # one did not report: it may have reached everybody
    assert users([30, np.nan, 10]) == [30, 100]


def test_a_hidden_count_lifts_no_lower_bound_and_ends_no_upper_one():
    """What stands in a hidden row is the rate of its pool, and may be above the largest count."""
    table = pd.DataFrame(
        {
            "code": "31318",
            "year": 2022,
            "indicator": ["app_users", "ewallet_users", "online_service_users"],
            "count": [40.5, 20.0, 10.0],
            "out_of": 100,
            "origin": "reported",
            "pool": ["930", "", ""],
        }
    )
    bounds = rates.distinct_users(table).iloc[0]
    assert (bounds["users_low"], bounds["users_high"]) == (20, 100)
    alone = rates.distinct_users(table.head(1)).iloc[0]
    assert (alone["users_low"], alone["users_high"]) == (0, 100)


def test_files_and_informed_people_are_no_users(reports):
    found = rates.distinct_users(reports)
    assert found[found["year"] == 2022]["platforms"].eq(4).all()
    assert found[found["year"] == 2023]["platforms"].eq(1).all()
    others = reports[reports["indicator"].isin(["files_online", "informed"])]
    assert rates.distinct_users(others).empty


@pytest.mark.parametrize("level", [0, 1, 95])
@pytest.mark.parametrize("of", [rates.uptake, rates.to_districts, rates.to_province])
def test_a_level_that_is_no_coverage_is_refused(of, level):
    with pytest.raises(ValueError, match=r"between 0 and 1 \(say 0.95\), not"):
        of(intake.reports(), level=level)


@pytest.mark.parametrize("of", [rates.uptake, rates.to_districts, rates.to_province])
def test_no_reports_at_all_are_refused(of):
    with pytest.raises(LookupError, match="there are no reports"):
        of(intake.reports().iloc[:0])
