"""Check rates by laws and by second routes: each error is worked again by hand in plain numpy."""

from dataclasses import replace
from pathlib import Path

import by_hand
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hganalysis import change, frames, indicators, places, ranks, rates
from hganalysis.rates import errors
from hganalysis.rates import variance as variance_module
from hganalysis.rates.variance import Units, variances

APP = indicators.get("app_users", year=2022)
GOLDEN = Path(__file__).parent / "golden"
SUMS = [rates.to_districts, rates.to_province]


@pytest.fixture(scope="module")
def reports():
    return frames.reports()


@pytest.fixture(scope="module")
def app(reports):
    return pick(reports, "app_users", 2022)


def pick(reports, name, year):
    chosen = (reports["indicator"] == name) & (reports["year"] == year)
    return reports[chosen].reset_index(drop=True)


def phi_by_hand(table):
    count, out_of, district, _ = by_hand.arrays(table)
    squares = 0.0
    for code in np.unique(district):
        y, n = count[district == code], out_of[district == code]
        p = y.sum() / n.sum()
        squares += ((y - n * p) ** 2 / (n * p * (1 - p))).sum()
    df = len(count) - len(np.unique(district))
    return squares / df, df


# A commune


@pytest.mark.parametrize(
    ("name", "year"), [("app_users", 2022), ("files_online", 2023), ("ewallet_users", 2022)]
)
def test_phi_by_hand(reports, name, year):
    table = pick(reports, name, year)
    phi, df = phi_by_hand(table)
    assert df == 75 - 8
    assert rates.uptake(table)["phi"].to_numpy() == pytest.approx(phi)


def test_phi_is_that_of_a_binomial_model_with_districts(app):
    import statsmodels.api as sm

    count, out_of, district, _ = by_hand.arrays(app)
    model = sm.GLM(
        np.column_stack([count, out_of - count]),
        pd.get_dummies(district).to_numpy(float),
        family=sm.families.Binomial(),
    ).fit()
    assert rates.uptake(app)["phi"].iloc[0] == pytest.approx(model.pearson_chi2 / model.df_resid)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_interval_of_a_commune_by_hand(app, level):
    count, out_of, district, at = by_hand.arrays(app)
    residual, sampling = by_hand.log_scale(count, out_of, district)
    p = count / out_of
    own = 1 / (out_of * p * (1 - p))
    variance, df = by_hand.variance(residual, sampling, district, None, at, chance=own)
    found = rates.uptake(app, level=level)
    assert found["share"].tolist() == p.tolist()
    for row in (0, 10, 74):
        expected = by_hand.interval(p[row], variance[row], df[row], level)
        assert found.loc[row, ["share_low", "share_high"]].tolist() == pytest.approx(expected)


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
    # nothing but chance of persons is left, and no interval is without width
    reach = stats.t.ppf(0.975, 16) * np.sqrt(1 / (even["out_of"].iloc[0] * 0.25 * 0.75))
    expected = by_hand.interval(0.25, reach**2 / stats.t.ppf(0.975, 16) ** 2, 16)
    assert found.loc[0, ["share_low", "share_high"]].tolist() == pytest.approx(expected)
    for table in (rates.to_districts(even), rates.to_province(even)):
        assert (table["share_low"] < 0.25).all()
        assert (table["share_high"] > 0.25).all()


def test_no_variance_is_less_than_chance_of_persons_at_the_share_itself(app):
    share = 0.3 + 0.002 * (np.arange(len(app)) % 3)  # alike beyond chance, and not the same
    units = errors.units(app.assign(count=(app["out_of"] * share).round()), level="commune")
    assert (variances(units)["variance"].to_numpy() > (1 - 1e-9) * units.chance).all()


def test_phi_leaves_communes_without_a_report_out(app):
    gap = app.assign(count=app["count"].where(app["code"] != "31318"))
    phi, df = phi_by_hand(gap.dropna())
    assert df == 74 - 8
    found = rates.uptake(gap)
    assert found["phi"].iloc[1] == pytest.approx(phi)
    assert found["state"].iloc[0] == "no data"
    assert found.loc[0, ["share", "share_low", "share_high"]].isna().all()


def test_phi_loses_no_df_to_a_district_that_sent_nothing(app):
    gone = places.parents(app["code"], "district") == "931"
    phi, df = phi_by_hand(app[~gone])
    assert df == 69 - 7
    found = rates.uptake(app.assign(count=app["count"].mask(gone)))
    assert found["phi"].to_numpy() == pytest.approx(phi)


def test_a_commune_alone_has_no_interval(app):
    found = rates.uptake(app.head(1)).iloc[0]
    assert found[["phi", "share_low", "share_high"]].isna().all()
    assert found["state"] == "unreliable"


def test_places_that_are_no_communes_are_refused():
    for function in (rates.uptake, *SUMS):
        with pytest.raises(LookupError, match="1 codes are of no place that reports: 93"):
            function(frames.published_counts())


def test_a_zero_is_a_share_of_zero_and_no_gap(app):
    zero = app.assign(count=app["count"].where(app["code"] != "31318", 0))
    row = rates.uptake(zero).iloc[0]
    assert row["share"] == row["share_low"] == 0
    assert row["share_high"] > 0
    assert row["state"] == "unreliable"


@pytest.mark.parametrize("share", [0, 1])
def test_nobody_and_everybody(app, share):
    none = app.assign(count=share * app["out_of"])
    for table in (rates.uptake(none), rates.to_districts(none), rates.to_province(none)):
        assert (table["share"] == share).all()
        assert (table["share_low" if share == 0 else "share_high"] == share).all()
        inner = table["share_high"] if share == 0 else 1 - table["share_low"]
        # not below the exact one-sided limit for persons (3.7 of n), nor far above it
        assert inner.between(3.7 / table["out_of"], 15 / table["out_of"]).all()
        assert (table["state"] == ("unreliable" if share == 0 else "known")).all()


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
    count, out_of, district, at = by_hand.arrays(table)
    residual, sampling = by_hand.log_scale(count, out_of, district)
    sums = pd.Series(out_of).groupby(district).transform("sum").to_numpy()
    variance, df = by_hand.variance(residual, sampling, district, out_of / sums, at)
    found = rates.to_districts(table, level=level).set_index("code")
    for row, code in enumerate(np.unique(district)):
        p = count[district == code].sum() / out_of[district == code].sum()
        expected = by_hand.interval(p, variance[row], df[row], level)
        assert found.loc[code, "share"] == pytest.approx(p)
        assert found.loc[code, ["share_low", "share_high"]].tolist() == pytest.approx(expected)


def test_the_interval_of_the_province_is_over_districts(app):
    count, out_of, district, _ = by_hand.arrays(app)
    codes = np.unique(district)
    y = np.array([count[district == code].sum() for code in codes])
    n = np.array([out_of[district == code].sum() for code in codes])
    whole = np.full(8, "93")
    residual, sampling = by_hand.log_scale(y, n, whole)
    variance, df = by_hand.variance(residual, sampling, whole, n / n.sum())
    assert df == 7
    expected = by_hand.interval(y.sum() / n.sum(), variance[0], 7)
    found = rates.to_province(app).iloc[0]
    assert found[["share_low", "share_high"]].tolist() == pytest.approx(expected)


def test_a_ratio_has_its_interval_on_the_log_and_the_variance_of_a_count(reports):
    table = pick(reports, "ecommerce_guided", 2022).drop(columns="pool", errors="ignore")
    table = table.assign(count=np.random.default_rng(1).poisson(0.002 * table["out_of"]))
    count, out_of, district, at = by_hand.arrays(table)
    residual, sampling = by_hand.log_scale(count, out_of, district, ratio=True)
    sums = pd.Series(out_of).groupby(district).transform("sum").to_numpy()
    variance, df = by_hand.variance(residual, sampling, district, out_of / sums, at)
    # less than chance of persons is luck
    of_persons = 1 / pd.Series(count).groupby(district).sum().to_numpy()
    found = rates.to_districts(table).set_index("code")
    for row, code in enumerate(np.unique(district)):
        p = count[district == code].sum() / out_of[district == code].sum()
        expected = by_hand.interval(p, max(variance[row], of_persons[row]), df[row], ratio=True)
        assert found.loc[code, ["share_low", "share_high"]].tolist() == pytest.approx(expected)


def test_a_ratio_may_be_above_one(reports):
    """Shares above 1 made the variance negative, phi fall to 1, and everything look certain."""
    table = pick(reports, "informed", 2022)
    above = table.assign(count=12 * table["count"])
    found = rates.to_districts(above)
    assert (found["share"] > 1).sum() >= 4
    # as many more counts at the same spread: the interval is the same to either side, on the log
    before = rates.to_districts(table)
    for end in ("share_low", "share_high"):
        np.testing.assert_allclose(
            found[end] / found["share"], before[end] / before["share"], rtol=0.01
        )
    # as many as what it is out of is no end of a ratio, as it is of a share
    even = rates.to_districts(table.assign(count=table["out_of"]))
    assert (even["share"] == 1).all()
    assert (even["share_low"] < 1).all()
    assert (even["share_high"] > 1).all()
    communes = rates.uptake(above)
    assert (communes["phi"] > 10).all()
    assert ((communes["share_high"] - communes["share_low"]) / communes["share"] > 0.2).all()


def of_communes(codes, count, out_of=1000, name="app_users"):
    numbers = {"count": count, "out_of": out_of}
    return pd.DataFrame(
        {"code": codes, "year": 2022, "indicator": name, **numbers, "origin": "reported"}
    )


def test_communes_alike_have_the_error_of_a_mean():
    """One district that neighbours tell nothing of: the standard error of a mean, and t."""
    shares = np.array([0.2, 0.25, 0.4, 0.1, 0.3, 0.35])
    residual = (shares - shares.mean()) / (shares.mean() * (1 - shares.mean()))
    units = Units(
        place=np.full(6, "931"),
        home=np.full(6, "931"),
        weight=np.full(6, 1 / 6),
        level=np.full(6, shares.mean()),
        residual=residual,
        sampling=np.full(6, 1e-9),
        chance=np.full(6, 1e-9),
        where=np.full((6, 2), np.nan),
    )
    found = variances(units).iloc[0]
    assert np.sqrt(found["variance"]) == pytest.approx(stats.sem(residual))
    assert found["df"] == 5
    near = variances(replace(units, where=np.column_stack([np.arange(6.0), np.zeros(6)])))
    assert near["variance"].iloc[0] > found["variance"]


def test_a_district_of_one_commune_has_the_error_of_the_others(app):
    """It tells nothing of how communes vary; those of other districts do."""
    few = app[(places.parents(app["code"], "district") != "931") | (app["code"] == "31340")]
    found = variances(errors.units(few, level="district"))
    assert found.loc["931", "df"] == 8
    alone = found.loc["931", "variance"]
    assert alone > 2 * found.drop("931")["variance"].max()
    assert np.isfinite(alone)


def one_level(monkeypatch, app):
    """Every unit its own district: the province with communes only, or districts only."""
    land = places.communes().assign(district_code=lambda table: table.index)
    monkeypatch.setattr(places.lists, "communes", lambda: land)
    return app


def test_where_every_unit_is_its_own_district_units_vary_around_the_province(app, monkeypatch):
    app = one_level(monkeypatch, app)
    found, same = rates.to_districts(app), rates.uptake(app)
    ends = ["share", "share_low", "share_high", "state"]
    pd.testing.assert_frame_equal(
        found.set_index("code")[ends], same.set_index("code")[ends].sort_index()
    )
    assert (found["share_low"] < found["share"]).all()
    assert (found["share"] < found["share_high"]).all()
    count, out_of = (app[name].to_numpy(float) for name in ("count", "out_of"))
    p = count.sum() / out_of.sum()
    squares = (count - p * out_of) ** 2 / (out_of * p * (1 - p))
    assert same["phi"].iloc[0] == pytest.approx(squares.sum() / 74)


@pytest.mark.parametrize("keep", [1, 2])
def test_of_one_or_two_districts_communes_vary_around_the_province(app, keep):
    district = places.parents(app["code"], "district")
    few = app[district.isin(sorted(set(district))[:keep])]
    units = errors.units(few, level="province")
    assert set(units.place) == set(units.home) == {"93"}
    assert len(units.place) == len(few)
    found = variances(units).iloc[0]
    assert found["df"] == len(few) - 1
    assert 0 < found["variance"] < 0.2


def test_three_districts_are_what_varies_in_a_province(app):
    district = places.parents(app["code"], "district")
    few = app[district.isin(sorted(set(district))[:3])]
    assert len(errors.units(few, level="province").place) == 3


@pytest.mark.parametrize(
    ("sizes", "home"),
    [((3, 3), {"930", "931"}), ((3, 2), {"93"}), ((5,), {"930"}), ((4,), {"93"})],
)
def test_from_four_df_on_communes_vary_around_their_own_district(app, sizes, home):
    district = places.parents(app["code"], "district")
    parts = zip(("930", "931"), sizes, strict=False)
    few = pd.concat([app[district == code].head(size) for code, size in parts])
    assert set(errors.units(few, level="commune").home) == home


def test_what_is_hidden_together_tells_nothing_of_how_communes_vary():
    """It has one rate in common: counted as alike, it made intervals narrow, or [x, x]."""
    district = places.communes().query("district_code == '931'").index
    other = places.communes().query("district_code == '934'").index
    table = of_communes([*district, *other], [200, 200, 200, 200, 200, 200, *range(100, 400, 20)])
    hidden = table.assign(pool=["931"] * 6 + [""] * 15)
    found = rates.to_districts(hidden).set_index("code")
    assert found.loc["931", "state"] == "unreliable"
    width = found["share_high"] - found["share_low"]
    assert width["931"] > width["934"]
    alone, both = (
        variances(replace(units, where=np.full((len(units.where), 2), np.nan))).loc["934"]
        for units in (errors.units(rows, level="district") for rows in (hidden[6:], hidden))
    )
    assert both["variance"] == pytest.approx(alone["variance"])


def test_neighbours_alike_widen_the_interval_and_others_do_not(app):
    land = places.communes().loc[app["code"]]
    district = land["district_code"].to_numpy()
    random = np.random.default_rng(0)
    smooth = land["lat"].groupby(district).transform(lambda lat: (lat - lat.mean()) / lat.std())
    rate = 0.2 * np.exp(0.3 * smooth.to_numpy())
    made = app.assign(count=(rate * app["out_of"]).round())
    shuffled = pd.Series(rate).groupby(district).transform(lambda one: random.permutation(one))
    mixed = app.assign(count=(shuffled.to_numpy() * app["out_of"]).round())
    width = [
        np.log(table["share_high"] / table["share_low"]).mean()
        for table in (rates.to_districts(made), rates.to_districts(mixed))
    ]
    assert width[0] > 1.5 * width[1]


def test_where_nobody_knows_where_communes_lie_they_count_as_independent(app, monkeypatch):
    known = rates.to_districts(app)
    nowhere = places.centres().assign(lon=np.nan, lat=np.nan)
    monkeypatch.setattr(places, "centres", lambda: nowhere)
    found = rates.to_districts(app)
    assert (
        found["share_high"] - found["share_low"] < known["share_high"] - known["share_low"]
    ).all()
    count, out_of, district, _ = by_hand.arrays(app)
    residual, sampling = by_hand.log_scale(count, out_of, district)
    sums = pd.Series(out_of).groupby(district).transform("sum").to_numpy()
    variance, df = by_hand.variance(residual, sampling, district, out_of / sums)
    expected = by_hand.interval(found["share"].iloc[0], variance[0], df[0])
    assert found.loc[0, ["share_low", "share_high"]].tolist() == pytest.approx(expected)


def test_of_a_whole_country_likeness_is_measured_within_districts(app, monkeypatch):
    joint = variances(errors.units(app, level="district"))
    monkeypatch.setattr(variance_module, "MOST", 74)
    apart = variances(errors.units(app, level="district"))
    # another likelihood, of the same covariances: not the same number, and not far from it
    assert not np.allclose(apart["variance"], joint["variance"], rtol=1e-6)
    np.testing.assert_allclose(apart["variance"], joint["variance"], rtol=0.6)


def test_restricted_likelihood_is_that_of_nlme(app):
    """Of R's gls with the same correlation, held fixed: tests/golden/likelihood.R."""
    golden = pd.read_csv(GOLDEN / "likelihood.csv").iloc[0]
    units = errors.units(app, level="district")
    homes = pd.get_dummies(pd.Series(units.home)).to_numpy(float)
    fits = [
        variance_module.restricted(units.residual, homes, variance_module.alike(units.where, km))
        for km in (0.0, 12.0)
    ]
    found = [variance_module.deviance([fit], 75 - 8) for fit in fits]
    assert found[1] - found[0] == pytest.approx(
        -2 * (golden["alike"] - golden["independent"]), rel=1e-5
    )
    scale = [np.sqrt(fit[0] / (75 - 8)) for fit in fits]
    assert scale == pytest.approx([golden["sigma_independent"], golden["sigma_alike"]], rel=1e-5)


# Counts that can be none, and places that stand twice


@pytest.mark.parametrize("function", [rates.uptake, *SUMS, rates.uptake_2025])
def test_a_place_twice_is_refused_with_every_such_place(app, function):
    """A row that stood twice made up for the commune that was missing, and passed as known."""
    twice = pd.concat([app.iloc[2:], app.iloc[[5, 5, 9]]])
    message = "2 places stand more than once:\n  31333, 2022, app_users: 3 rows\n  31340, 2022"
    with pytest.raises(ValueError, match=message):
        function(twice)


def test_two_rows_of_a_place_do_not_make_up_for_one_that_is_missing(app):
    teams = frames.teams()
    with pytest.raises(ValueError, match="1 places stand more than once:\n  31321, 2022: 2 rows"):
        rates.density(pd.concat([teams.iloc[1:], teams.iloc[[1]]]), level="district")
    both = pd.concat([app, app.iloc[[3]]])
    for function in (
        rates.distinct_users,
        lambda table: change.distance(table, indicator=APP),
        lambda table: ranks.rank_sets(table, indicator=APP),
        lambda table: ranks.funnel(table, indicator=APP),
    ):
        with pytest.raises(ValueError, match="31327, 2022, app_users: 2 rows"):
            function(both)


def test_what_can_be_no_count_is_refused_with_every_case(app):
    table = app.astype({"count": float, "out_of": float})
    wrong = {0: (-3, 100), 1: (np.inf, 100), 2: (5, -10), 3: (5, np.inf), 4: (5, 0), 5: (101, 100)}
    for row, numbers in wrong.items():
        table.loc[row, ["count", "out_of"]] = numbers
    for function in (rates.uptake, *SUMS, rates.uptake_2025):
        with pytest.raises(ValueError, match="6 numbers of 75 rows can be no counts") as caught:
            function(table)
        said = str(caught.value)
        for row, text in zip(
            wrong,
            (
                "the count is negative",
                "the count is infinite",
                "what it is out of is negative",
                "what it is out of is infinite",
                "counted out of nothing",
                "more than what it is a part of",
            ),
            strict=True,
        ):
            assert f"  {app['code'][row]}, 2022, app_users: {text}\n" in said
    ratio = pick(frames.reports(), "informed", 2022)
    assert len(rates.uptake(ratio.assign(count=2 * ratio["out_of"]))) == 75


def test_nobody_out_of_nobody_is_no_share(app):
    nobody = app["code"] == "31318"
    table = app.assign(count=app["count"].mask(nobody, 0), out_of=app["out_of"].mask(nobody, 0))
    row = rates.uptake(table).iloc[0]
    assert row["state"] == "no data"
    assert row[["share", "share_low", "share_high"]].isna().all()
    assert (rates.to_districts(table)["state"] != "no data").all()


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
    others, ends = ["share", "state"], ["share_low", "share_high"]
    pd.testing.assert_frame_equal(found.drop(district)[others], whole.drop(district)[others])
    # how much communes vary is learnt from all that reported
    np.testing.assert_allclose(found.drop(district)[ends], whole.drop(district)[ends], rtol=0.1)
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
    # What is left is the chance of persons, a hundredth part of the variance here.
    for function in (rates.uptake, *SUMS):
        for end in ("share", "share_low", "share_high"):
            np.testing.assert_allclose(function(thrice)[end], function(app)[end], rtol=0.01)
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
    reports, teams, published = frames.reports(), frames.teams(), frames.published_counts()
    for function, table in [
        (rates.uptake, reports),
        (rates.to_districts, reports),
        (rates.to_province, reports),
        (rates.distinct_users, reports),
        (rates.distinct_users, published),
        (rates.density, teams),
        (lambda table: rates.density(table, level="district"), teams),
        (rates.uptake_2025, reports),
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
    assert 0.96 <= covers.mean() <= 0.985  # room for neighbours, where there is no need
    error = np.sqrt(found["share"] * (1 - found["share"]) / found["out_of"])
    binomial = (found["share"] - truth).abs() <= 1.96 * error
    assert binomial.mean() < 0.2


# Density


def test_density_of_a_commune_by_hand():
    found = rates.density(frames.teams())
    row = found[(found["code"] == "31318") & (found["year"] == 2022)].iloc[0]
    # 4 teams, 27 members; 5,628 residents in 1,640 households
    assert row[["teams", "members", "population", "households"]].tolist() == [4, 27, 5_628, 1_640]
    assert row["members_per_1000"] == pytest.approx(27 / 5.628)
    assert row["teams_per_1000_households"] == pytest.approx(4 / 1.640)
    assert row["members_per_team"] == 27 / 4
    assert len(found) == 150


def test_density_of_a_place_is_that_of_its_sums():
    teams = frames.teams().query("year == 2022")
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
    teams = frames.teams()
    gap = (teams["code"] == "31318") & (teams["year"] == 2022)
    table = teams[~gap] if how == "no row" else teams.assign(members=teams["members"].mask(gap))
    found = rates.density(table, level="district").set_index(["code", "year"])
    assert np.isnan(found.loc[("930", 2022), "members_per_1000"])
    assert found["members_per_1000"].isna().sum() == 1
    whole = rates.density(table, level="province").set_index("year")["members_per_1000"]
    assert whole.isna().to_dict() == {2022: True, 2023: False}


# Distinct users


def test_distinct_users_of_the_published_totals():
    row = rates.distinct_users(frames.published_counts()).iloc[0]
    assert (row["users_low"], row["users_high"], row["out_of"]) == (173_000, 376_490, 733_017)
    assert row["platforms"] == 4  # those merely informed are no users
    assert row["origin"] == "published"


def test_sums_of_communes_are_tighter_than_totals(reports):
    one_year = reports[reports["year"] == 2022]
    communes = rates.distinct_users(one_year)
    totals = rates.distinct_users(frames.published_counts()).iloc[0]
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
        of(frames.reports(), level=level)


@pytest.mark.parametrize("of", [rates.uptake, rates.to_districts, rates.to_province])
def test_no_reports_at_all_are_refused(of):
    with pytest.raises(LookupError, match="there are no reports"):
        of(frames.reports().iloc[:0])
