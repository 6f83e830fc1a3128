"""The naive intervals and the residuals, checked against statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.genmod.families import Poisson

from hganalysis import effect, findings, frames, indicators

COLUMNS = {
    "count": "count",
    "exposure": "members_per_1000",
    "offset": "population",
    "cluster": "district_code",
    "controls": ["urban"],
}


@pytest.fixture(scope="module")
def communes():
    outcome = indicators.get("app_users", year=2022)
    return effect.units(frames.reports(), frames.teams(), indicator=outcome)


@pytest.fixture(scope="module")
def usual(communes):
    """Poisson with a dummy for each district, as statsmodels fits it."""
    dummies = pd.get_dummies(communes["district_code"]).astype(float)
    X = pd.concat([communes[["members_per_1000", "urban"]], dummies], axis=1)
    return sm.GLM(communes["count"], X, family=Poisson(), offset=np.log(communes["population"]))


def _error(table, method):
    half = np.log(table["high"].loc[method]) - np.log(table["rate_ratio"].loc[method])
    return half / 1.959963984540054


def test_they_are_those_of_statsmodels(communes, usual):
    table = effect.naive(effect.columns(communes, **COLUMNS))
    plain = usual.fit(tol=1e-12)
    quasi = usual.fit(tol=1e-12, scale="X2")
    assert np.log(table["rate_ratio"].iloc[0]) == pytest.approx(plain.params.iloc[0], rel=1e-6)
    assert _error(table, "Poisson model errors") == pytest.approx(plain.bse.iloc[0], rel=1e-6)
    assert _error(table, "quasi-Poisson") == pytest.approx(quasi.bse.iloc[0], rel=1e-6)
    groups = pd.factorize(communes["district_code"])[0]
    clustered = usual.fit(
        tol=1e-12, cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    # statsmodels leaves out G / (G - 1) here; the benchmark and we have it.
    cr1 = clustered.bse.iloc[0] * np.sqrt(8 / 7)
    assert _error(table, "cluster-robust z") == pytest.approx(cr1, rel=1e-6)


def test_the_first_is_the_headline_and_the_last_is_absurdly_narrow(communes):
    table = effect.naive(effect.columns(communes, **COLUMNS))
    headline = effect.ladder(effect.columns(communes, **COLUMNS)).headline
    assert list(table.index) == [
        "headline",
        "cluster-robust z",
        "quasi-Poisson",
        "Poisson model errors",
    ]
    # Its coverage was measured by errors of clusters alone; the headline holds more.
    reach = stats.t.ppf(0.975, headline.df) * headline.standard_error
    ends = np.exp([headline.log_rate_ratio - reach, headline.log_rate_ratio + reach])
    assert table[["low", "high"]].iloc[0].tolist() == pytest.approx(ends)
    assert (headline.doubt_part > 0) & (headline.rate_ratio_low < ends[0])
    assert set(table["origin"]) == {"simulated"}
    width = np.log(table["high"]) - np.log(table["low"])
    assert width.loc["Poisson model errors"] < width.loc["headline"] / 5


def test_beside_each_stands_its_measured_coverage(communes):
    coverage = frames.coverage()
    rows = findings.beside(effect.naive(effect.columns(communes, **COLUMNS)), coverage)
    measured = coverage.loc[coverage["method"] == "Poisson model errors", "coverage"].mean()
    assert f"{100 * measured:.1f} %".replace(".", ",") == rows.iloc[-1, -1].replace("\xa0", " ")
    assert rows.index.is_unique
    assert len(rows) == 4


def test_too_few_districts_are_refused_here_too(communes):
    few = communes[communes["district_code"].isin(["930", "931", "932"])]
    with pytest.raises(effect.Refused, match="There are 3 clusters"):
        effect.naive(effect.columns(few, **COLUMNS))


def test_residuals_are_those_of_statsmodels(communes, usual):
    found = effect.residuals(effect.columns(communes, **COLUMNS))
    fit = usual.fit(tol=1e-12)
    phi = fit.pearson_chi2 / fit.df_resid
    np.testing.assert_allclose(found["residual"], fit.resid_pearson / np.sqrt(phi), atol=1e-6)
    np.testing.assert_allclose(found["expected"], fit.fittedvalues, rtol=1e-6)
    assert list(found.index) == list(communes.index)
    # the fixed effects make what is expected of a district what was counted in it
    sums = (communes["count"] - found["expected"]).groupby(communes["district_code"]).sum()
    np.testing.assert_allclose(sums, 0, atol=1e-4)
    assert set(found["origin"]) == {"simulated"}


def test_residuals_have_classes_that_part_at_zero():
    classes = indicators.classes("residual")
    assert classes.diverging
    assert classes.index(pd.Series([-0.1, 0.0])).tolist() == [2, 3]
