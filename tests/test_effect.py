"""The estimates: golden values from R, a second route, laws, refusals, and coverage."""

from __future__ import annotations

import importlib.util
import itertools
import math
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hganalysis import effect, findings, words
from hganalysis.effect.errors import classical, cr2
from hganalysis.effect.fit import dependent, least_squares, poisson
from hganalysis.effect.models import fitted, permutation_p

GOLDEN = Path(__file__).parent / "golden"
PROTOTYPE = Path(__file__).parents[2] / "shared" / "reference" / "few_clusters.py"
COLUMNS = {"count": "users", "exposure": "density", "offset": "population", "cluster": "district"}
# Communes per district, as in the province.
SIZES = (9, 6, 10, 8, 15, 10, 8, 9)


@pytest.fixture
def communes():
    table = pd.read_csv(GOLDEN / "effect_input.csv", index_col="commune")
    return table.assign(density=1000 * table["members"] / table["population"])


@pytest.fixture(scope="module")
def witness():
    table = pd.read_csv(GOLDEN / "effect.csv", index_col=["model", "quantity"])
    return table["value"]


def invented(rng, *, slope=0.1, sizes=SIZES):
    """Make a province as in METHODS: district effects, a confounder within districts, counts."""
    district = np.repeat(np.arange(len(sizes)), sizes)
    x = np.sqrt(0.1) * rng.normal(size=len(sizes))[district]
    x = x + np.sqrt(0.9) * rng.normal(size=len(district))
    z = 0.4 * x + np.sqrt(1 - 0.4**2) * rng.normal(size=len(district))
    shocks = np.sqrt(0.15) * rng.normal(size=len(sizes))[district]
    shocks = 0.35 * (shocks + np.sqrt(0.85) * rng.normal(size=len(district)))
    population = np.round(9000 * np.exp(0.35 * rng.normal(size=len(district))))
    users = rng.poisson(population * np.exp(-1.8 + slope * x + 0.15 * z + shocks))
    return pd.DataFrame(
        {"users": users, "density": x, "population": population, "z": z, "district": district}
    )


def design(table, *, fixed_effects, controls=("urban",), exposure="density"):
    names = (exposure, *controls)
    columns = [table[name].to_numpy(dtype=float) for name in names]
    codes = pd.factorize(table["district"])[0]
    if fixed_effects:
        columns += list((codes[:, None] == np.unique(codes)).astype(float).T)
    else:
        columns.append(np.ones(len(table)))
    names += tuple(f"other {j}" for j in range(len(columns) - len(names)))
    return np.column_stack(columns), names, codes


# Golden values: R's glm and lm, sandwich and clubSandwich (tests/golden/effect.R).


@pytest.mark.parametrize("rung", ["pooled", "within"])
def test_poisson_agrees_with_r(communes, witness, rung):
    columns = effect.columns(communes, controls=["urban"], **COLUMNS)
    estimate = effect.estimate(columns, rung={"pooled": 1, "within": 2}[rung])
    expected = witness[f"poisson {rung}"]
    assert estimate.log_rate_ratio == pytest.approx(expected["coefficient"], rel=1e-6)
    assert estimate.standard_error == pytest.approx(expected["cr2"], rel=1e-6)
    assert estimate.df == pytest.approx(expected["df"], rel=1e-6)
    assert estimate.phi == pytest.approx(expected["phi"], rel=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fixed_effects", [False, True])
def test_least_squares_agrees_with_r(communes, witness, fixed_effects, weighted):
    X, names, codes = design(communes, fixed_effects=fixed_effects)
    rate = np.log(communes["users"] / communes["population"]).to_numpy()
    weights = communes["population"].to_numpy(dtype=float) if weighted else None
    fit = least_squares(rate, X, names=names, clusters=codes, weights=weights)
    error = cr2(fit, "density")
    expected = witness[f"{'wls' if weighted else 'ols'} {'within' if fixed_effects else 'pooled'}"]
    assert fit.coefficient("density") == pytest.approx(expected["coefficient"], rel=1e-6)
    assert error.standard_error == pytest.approx(expected["cr2"], rel=1e-6)
    assert error.df == pytest.approx(expected["df"], rel=1e-6)


@pytest.mark.parametrize("model", ["poisson", "ols", "wls"])
@pytest.mark.parametrize("fixed_effects", [False, True])
def test_what_a_fit_hands_on_makes_the_plain_sandwich_of_r(communes, witness, model, fixed_effects):
    # CR0 from slopes, working weights, residuals and clusters alone, as any later error will use.
    X, names, codes = design(communes, fixed_effects=fixed_effects)
    users, population = (communes[name].to_numpy(dtype=float) for name in ("users", "population"))
    if model == "poisson":
        fit = poisson(users, X, names=names, clusters=codes, offset=np.log(population))
    else:
        weights = population if model == "wls" else None
        rate = np.log(users / population)
        fit = least_squares(rate, X, names=names, clusters=codes, weights=weights)
    W = fit.working_weights[:, None]
    bread = np.linalg.inv(fit.slopes.T @ (W * fit.slopes))
    pulls = pd.DataFrame(fit.slopes * W * fit.residuals[:, None]).groupby(codes).sum().to_numpy()
    cr0 = math.sqrt((bread @ pulls.T @ pulls @ bread)[0, 0])
    expected = witness[f"{model} {'within' if fixed_effects else 'pooled'}"]["cr0"]
    assert cr0 == pytest.approx(expected, rel=1e-6)


def test_clusters_only_agree_with_r(communes, witness):
    estimate = effect.estimate(effect.columns(communes, doubt=0, **COLUMNS), rung=5)
    expected = witness["clusters only"]
    assert estimate.log_rate_ratio == pytest.approx(expected["coefficient"], rel=1e-6)
    assert estimate.standard_error == pytest.approx(expected["error"], rel=1e-6)
    assert estimate.df == pytest.approx(expected["df"], rel=1e-6)
    assert estimate.p_value == pytest.approx(expected["p"], rel=1e-6)
    assert estimate.low == pytest.approx(expected["low"], rel=1e-6)
    assert estimate.high == pytest.approx(expected["high"], rel=1e-6)


def test_errors_of_clusters_beside_a_control_agree_with_r(communes, witness):
    fit = fitted(effect.columns(communes, controls=["urban"], **COLUMNS).by_cluster(), 5)
    for model, error in (
        ("clusters only beside urban", cr2(fit, "density")),
        ("clusters only classical", classical(fit, "density")),
    ):
        expected = witness[model]
        assert fit.coefficient("density") == pytest.approx(expected["coefficient"], rel=1e-6)
        assert error.standard_error == pytest.approx(expected["error"], rel=1e-6)
        assert error.df == pytest.approx(expected["df"], rel=1e-6)
    # Of 8 districts and a control too little is left, and that is refused as on rung 2.
    with pytest.raises(effect.Refused, match=r"has 1\.76 degrees of freedom") as refused:
        effect.estimate(effect.columns(communes, controls=["urban"], **COLUMNS), rung=5)
    assert refused.value.reason == "df below 2"


def test_each_refit_agrees_with_a_new_fit_in_r(communes, witness):
    refits = effect.leave_one_out(effect.columns(communes, controls=["urban"], **COLUMNS))
    expected = witness["poisson within"].filter(like="without")
    assert refits.index.tolist() == [name.removeprefix("without ") for name in expected.index]
    np.testing.assert_allclose(refits["log_rate_ratio"], expected, rtol=1e-6)


def test_free_population_agrees_with_r(communes, witness):
    free = effect.free_population(
        effect.columns(communes, controls=["urban"], **COLUMNS), members="members"
    )
    for row, model in zip(free.itertuples(), ["free members", "free population"], strict=True):
        assert row.elasticity == pytest.approx(witness[model]["coefficient"], rel=1e-6)
        assert row.standard_error == pytest.approx(witness[model]["cr2"], rel=1e-6)
        assert row.df == pytest.approx(witness[model]["df"], rel=1e-6)


# Second routes.


@pytest.fixture(scope="module")
def prototype():
    if not PROTOTYPE.exists():
        pytest.skip("the prototype of the method is not beside this repository")
    spec = importlib.util.spec_from_file_location("few_clusters", PROTOTYPE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("fixed_effects", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_the_prototype(prototype, seed, fixed_effects):
    table = invented(np.random.default_rng(seed))
    columns = effect.columns(table, controls=["z"], **COLUMNS)
    estimate = effect.estimate(columns, rung=2 if fixed_effects else 1)
    X, _, codes = design(table, fixed_effects=fixed_effects, controls=["z"])
    users, offset = table["users"].to_numpy(dtype=float), np.log(table["population"].to_numpy())
    beta, mu = prototype.poisson_irls(users, X, offset)
    variance, df = prototype.cr2(prototype.Lin(X * mu[:, None], 1 / mu, users - mu, codes), 0)
    assert estimate.log_rate_ratio == pytest.approx(beta[0], rel=1e-8)
    assert estimate.standard_error == pytest.approx(math.sqrt(variance), rel=1e-6)
    assert estimate.df == pytest.approx(df, rel=1e-6)


def test_interval_is_the_sandwich_worked_by_hand():
    # Slope through the origin, two rows a cluster: the hat matrix of cluster g is x x' / 20, so
    # B = I - x x' / 20 stretches along x by 1 - x'x / 20 and leaves the rest alone.
    x = np.array([1.0, 1, 1, 2, 2, 2, 1, 2])
    y = np.array([1.0, 2, 0, 3, 5, 3, 2, 2])
    codes = np.repeat(np.arange(4), 2)
    fit = least_squares(y, x[:, None], names=("x",), clusters=codes)
    slope = (x @ y) / 20
    variance, weight = 0.0, []
    for g in range(4):
        xg, eg = x[codes == g], (y - slope * x)[codes == g]
        stretch = (1 - xg @ xg / 20) ** -0.5
        variance += (stretch * (xg @ eg) / 20) ** 2
        weight.append(stretch * (xg @ xg) / 20)
    a = np.array(weight)
    own = a**2 / np.array([2.0, 5, 8, 5])  # what the adjusted influence of g, squared, sums to
    P = np.diag(own * 20**2 / 400) - np.outer(a, a) / 20
    assert cr2(fit, "x").standard_error == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert cr2(fit, "x").df == pytest.approx(np.trace(P) ** 2 / np.sum(P**2), rel=1e-12)


def test_poisson_is_the_glm_of_statsmodels(communes):
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    X, names, codes = design(communes, fixed_effects=True)
    users, offset = communes["users"].to_numpy(), np.log(communes["population"].to_numpy())
    ours = poisson(users, X, names=names, clusters=codes, offset=offset)
    theirs = GLM(users, X, family=Poisson(), offset=offset).fit(tol=1e-14)
    np.testing.assert_allclose(ours.coefficients, theirs.params, rtol=1e-9)


def slowly(y, X, j):
    """Compute the p-value over all orders, one lstsq after the other."""
    others = np.delete(X, j, axis=1)
    line = others @ np.linalg.lstsq(others, y, rcond=None)[0]
    found = []
    for order in itertools.permutations(range(len(y))):
        dealt = line + (y - line)[list(order)]
        beta = np.linalg.lstsq(X, dealt, rcond=None)[0]
        variance = np.sum((dealt - X @ beta) ** 2) * np.linalg.inv(X.T @ X)[j, j]
        found.append(abs(beta[j]) / math.sqrt(variance))
    return np.mean(np.array(found) >= found[0] - 1e-9)


@pytest.mark.parametrize("controls", [0, 1])
@pytest.mark.parametrize("seed", range(4))
def test_permutation_counts_every_order(seed, controls):
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=(5, 1 + controls)), np.ones(5)])
    y = 0.8 * X[:, 0] + rng.normal(size=5)
    names = ("x", "z", "intercept") if controls else ("x", "intercept")
    fit = least_squares(y, X, names=names, clusters=np.arange(5))
    assert permutation_p(fit, "x") == pytest.approx(slowly(y, X, 0), abs=1e-12)


def test_permutation_counts_ties():
    # Two values of x: 5! orders fall into 10 equal splits, and both extreme ones count.
    x, y = np.array([0.0, 0, 1, 1, 1]), np.array([1.0, 2, 3, 4, 5])
    X = np.column_stack([x, np.ones(5)])
    fit = least_squares(y, X, names=("x", "intercept"), clusters=np.arange(5))
    assert permutation_p(fit, "x") == pytest.approx(2 / 10)


def test_permutation_takes_no_more_than_eight_rows():
    X = np.column_stack([np.arange(9.0), np.ones(9)])
    y = np.sin(np.arange(9.0))
    fit = least_squares(y, X, names=("x", "intercept"), clusters=np.arange(9))
    with pytest.raises(ValueError, match="at most 8 rows"):
        permutation_p(fit, "x")


# Laws.


def numbers(climbed):
    table = climbed.table().drop(columns=["method", "flags"]).astype(float)
    return table.to_numpy()


def test_order_of_rows_does_not_matter(communes):
    shuffled = communes.sample(frac=1, random_state=1)
    one, two = (
        effect.ladder(effect.columns(t, controls=["urban"], **COLUMNS))
        for t in (communes, shuffled)
    )
    np.testing.assert_allclose(numbers(one), numbers(two), rtol=1e-9)


def test_names_of_clusters_do_not_matter(communes):
    names = dict(zip(range(1, 9), "hcagbfed", strict=True))
    renamed = communes.assign(district=communes["district"].map(names))
    one, two = (
        effect.ladder(effect.columns(t, controls=["urban"], **COLUMNS)) for t in (communes, renamed)
    )
    np.testing.assert_allclose(numbers(one), numbers(two), rtol=1e-9)


@pytest.mark.parametrize("factor", [1e-3, 250.0])
def test_unit_of_the_exposure_changes_only_the_unit(communes, factor):
    other = communes.assign(density=factor * communes["density"])
    one, two = (
        effect.ladder(effect.columns(t, controls=["urban"], **COLUMNS)) for t in (communes, other)
    )
    for a, b in zip(one, two, strict=True):
        assert b.log_rate_ratio == pytest.approx(a.log_rate_ratio / factor, rel=1e-9)
        assert b.rate_ratio_per_sd == pytest.approx(a.rate_ratio_per_sd, rel=1e-9)
        assert b.rate_ratio_per_sd_low == pytest.approx(a.rate_ratio_per_sd_low, rel=1e-9)
        assert b.rate_ratio_per_sd_high == pytest.approx(a.rate_ratio_per_sd_high, rel=1e-9)
        assert b.df == pytest.approx(a.df, rel=1e-9)
        assert b.p_value == pytest.approx(a.p_value, rel=1e-8)


def test_a_constant_in_the_offset_moves_only_the_intercept(communes):
    thousands = communes.assign(population=communes["population"] / 1000)
    one, two = (
        effect.ladder(effect.columns(t, controls=["urban"], **COLUMNS))
        for t in (communes, thousands)
    )
    left, right = (c.table().drop(columns=["method", "flags"]) for c in (one, two))
    np.testing.assert_allclose(left.astype(float), right.astype(float), rtol=1e-9)
    X, names, codes = design(communes, fixed_effects=False)
    users, offset = communes["users"].to_numpy(), np.log(communes["population"].to_numpy())
    a = poisson(users, X, names=names, clusters=codes, offset=offset)
    b = poisson(users, X, names=names, clusters=codes, offset=offset + 2)
    np.testing.assert_allclose(b.coefficients, a.coefficients - [0, 0, 2], atol=1e-10)


def test_the_offset_has_a_coefficient_of_one():
    # Rates that follow the exposure exactly, populations that do not: without the offset, or with
    # the population in place of its log, the planted slope is missed.
    table = invented(np.random.default_rng(5))
    exact = table.assign(users=table["population"] * np.exp(-2 + 0.1 * table["density"]))
    columns = effect.columns(exact, **COLUMNS)
    for rung in (1, 2):
        found = effect.model(columns, rung=rung).coefficient("density")
        assert found == pytest.approx(0.1, rel=1e-9)


def test_rates_alike_by_rule_carry_no_estimate():
    # as those of counts that are hidden together: what is left is the last digit of a sum
    table = invented(np.random.default_rng(5))
    alike = table.assign(users=table["population"] * (0.2 + 0.01 * table["district"]))
    climbed = effect.ladder(effect.columns(alike, **COLUMNS))
    assert {one.reason for one in climbed.refusals if one.rung in (2, 6)} == {"nothing left over"}
    with pytest.raises(effect.Refused, match="nothing is left over"):
        str(climbed.headline)


def test_one_commune_a_cluster_is_ols_of_the_log_rate():
    # HC2 by another route: with one row a cluster, CR2 divides each residual by sqrt(1 - leverage).
    table = invented(np.random.default_rng(2), sizes=(1,) * 12)
    X, names, codes = design(table, fixed_effects=False, controls=["z"])
    fit = least_squares(np.log(table["users"].to_numpy()), X, names=names, clusters=codes)
    M = np.linalg.inv(X.T @ X)
    leverage = np.einsum("ij,jk,ik->i", X, M, X)
    hc2 = M @ (X.T * (fit.residuals**2 / (1 - leverage))) @ X @ M
    assert cr2(fit, "z").standard_error == pytest.approx(math.sqrt(hc2[1, 1]), rel=1e-9)


def test_equal_clusters_of_a_mean_have_df_of_clusters_less_one():
    codes = np.repeat(np.arange(6), 4)
    y = np.random.default_rng(1).normal(size=24)
    fit = least_squares(y, np.ones((24, 1)), names=("mean",), clusters=codes)
    means = y.reshape(6, 4).mean(axis=1)
    assert cr2(fit, "mean").df == pytest.approx(5)
    assert cr2(fit, "mean").standard_error == pytest.approx(means.std(ddof=1) / math.sqrt(6))


def test_clusters_only_need_no_units(communes):
    summed = communes.groupby("district", as_index=False)[["users", "population", "members"]].sum()
    summed["density"] = 1000 * summed["members"] / summed["population"]
    one, two = (
        effect.estimate(effect.columns(communes, **COLUMNS), rung=5),
        effect.estimate(effect.columns(summed, **COLUMNS), rung=5),
    )
    assert two.log_rate_ratio == pytest.approx(one.log_rate_ratio, rel=1e-9)
    assert two.standard_error == pytest.approx(one.standard_error, rel=1e-9)
    assert two.permutation_p == one.permutation_p


def test_something_shared_by_a_district_is_no_effect_within(communes):
    means = communes.groupby("district")["density"].transform("mean")
    raised = communes.assign(users=communes["users"] * np.exp(0.5 * (means - means.mean())))
    one, two = (
        effect.estimate(effect.columns(communes, **COLUMNS)),
        effect.estimate(effect.columns(raised, **COLUMNS)),
    )
    assert two.log_rate_ratio == pytest.approx(one.log_rate_ratio, abs=0.03)
    one, two = (
        effect.estimate(effect.columns(communes, **COLUMNS), rung=1),
        effect.estimate(effect.columns(raised, **COLUMNS), rung=1),
    )
    assert two.log_rate_ratio > one.log_rate_ratio + 0.1


def test_interval_p_value_and_detectable_ratio_share_one_t(communes):
    estimate = effect.estimate(effect.columns(communes, doubt=0, **COLUMNS), level=0.9)
    t = stats.t(estimate.df)
    reach = t.ppf(0.95) * estimate.standard_error
    assert estimate.low == pytest.approx(estimate.log_rate_ratio - reach)
    assert estimate.rate_ratio_high == pytest.approx(math.exp(estimate.log_rate_ratio + reach))
    size = abs(estimate.log_rate_ratio) / estimate.standard_error
    assert estimate.p_value == pytest.approx(2 * t.sf(size))
    found = effect.minimal_detectable(estimate, power=0.8)
    # The usual formula promises too much: a little with many df, a tenth with these.
    usual = (t.ppf(0.95) + t.ppf(0.8)) * estimate.standard_error
    assert 1.03 < math.log(found.rate_ratio) / usual < 1.12
    many = effect.minimal_detectable(replace(estimate, df=500))
    usual = (1.6449 + 0.8416) * estimate.standard_error
    assert math.log(many.rate_ratio) == pytest.approx(usual, rel=0.005)
    assert found.rate_ratio_per_sd == pytest.approx(found.rate_ratio**estimate.sd)
    with pytest.raises(ValueError, match="power"):
        effect.minimal_detectable(estimate, power=80)


@pytest.mark.parametrize("df", [4, 7])
def test_the_power_that_is_promised_is_kept(df):
    # A normal estimate over the root of a chi-square: at the median of what such designs promise,
    # the true effect is found four times in five.
    rng = np.random.default_rng(8)
    errors = np.sqrt(rng.chisquare(df, 4000) / df)
    base = effect.estimate(effect.columns(invented(rng), **COLUMNS))
    promised = [
        math.log(effect.minimal_detectable(replace(base, standard_error=e, df=df)).rate_ratio)
        for e in np.quantile(errors, [0.05, 0.3, 0.5, 0.7, 0.95])
    ]
    assert promised == sorted(promised)  # so the median of all is that of the median error
    found = promised[2] + rng.normal(size=4000)
    power = np.mean(found / errors > stats.t.ppf(0.975, df))
    assert power == pytest.approx(0.8, abs=0.03)


def test_the_frame_is_left_alone(communes):
    before = communes.copy(deep=True)
    effect.ladder(effect.columns(communes, controls=["urban"], **COLUMNS))
    effect.leave_one_out(effect.columns(communes, **COLUMNS))
    effect.denominator_test(effect.columns(communes, **COLUMNS), members="members")
    pd.testing.assert_frame_equal(communes, before)


# The ladder and its headline.


def spread(table, share):
    """Move the exposure so that the given share of its variance lies within districts."""
    means = table.groupby("district")["density"].transform("mean")
    inside, outside = table["density"] - means, means - means.mean()
    factor = math.sqrt(share / (1 - share) * np.sum(outside**2) / np.sum(inside**2))
    return table.assign(density=10 + outside + factor * inside)


@pytest.mark.parametrize(
    ("share", "headline", "flagged"),
    [(0.6, 2, False), (0.201, 2, False), (0.199, 2, True), (0.051, 2, True), (0.049, 5, False)],
)
def test_headline_is_picked_by_rule(communes, share, headline, flagged):
    climbed = effect.ladder(effect.columns(spread(communes, share), **COLUMNS))
    assert climbed.within_share == pytest.approx(share)
    assert climbed.headline.rung == headline
    assert climbed.headline.within_share == pytest.approx(share)
    assert ("little within variance" in climbed.headline.flags) == flagged
    assert [e.rung for e in climbed] == ([1, 3, 5] if headline == 5 else [1, 2, 3, 5, 6])


def test_headline_is_never_the_second_best(communes):
    # Data by district, two controls: rung 2 is out by rule, and rung 5 cannot carry them.
    summed = communes.groupby("district", as_index=False)[["users", "population", "members"]].sum()
    rng = np.random.default_rng(1)
    summed = summed.assign(density=summed["members"] / summed["population"])
    summed = summed.assign(a=rng.normal(size=8), b=rng.normal(size=8))
    climbed = effect.ladder(effect.columns(summed, controls=["a", "b"], **COLUMNS))
    with pytest.raises(effect.Refused, match=r"no headline.*rung 5") as refused:
        _ = climbed.headline
    assert refused.value.reason == "too many regressors"


def test_table_shows_every_rung_also_the_refused(communes):
    climbed = effect.ladder(effect.columns(spread(communes, 0.02), **COLUMNS))
    table = climbed.table()
    assert table["rung"].tolist() == [1, 2, 3, 5, 6]
    assert table["flags"][1] == "refused: within share below 5 %"
    assert table["flags"][4] == "refused: within share below 5 %"
    assert table["rate_ratio"].isna().tolist() == [False, True, False, False, True]
    assert table["rate_ratio"][0] == climbed.estimates[0].rate_ratio
    assert table["clusters"].tolist() == [8, pd.NA, 8, 8, pd.NA]
    assert len(climbed) == 3
    assert climbed.refusals[0].rung == 2
    assert "rung=5" in climbed.refusals[0].message


def test_estimate_says_where_it_comes_from(communes):
    origins = ["published"] * 70 + ["reported"] * 4 + ["census"]
    estimate = effect.estimate(
        effect.columns(communes.assign(origin=origins), controls=["urban"], **COLUMNS)
    )
    assert estimate.origin == "reported"
    assert estimate.units_per_cluster == SIZES
    assert (estimate.units, estimate.clusters) == (75, 8)
    assert estimate.sd == pytest.approx(communes["density"].std())
    assert estimate.formula == (
        "log E[users] ~ density + urban + fixed effect of district + offset log(population)"
    )
    one_row = ["simulated", *origins[1:]]
    assert (
        effect.estimate(effect.columns(communes.assign(origin=one_row), **COLUMNS), rung=1).origin
        == "simulated"
    )
    assert effect.estimate(effect.columns(communes, **COLUMNS), rung=1).origin is None


# Flags.


@pytest.mark.parametrize("clusters", [4, 5])
def test_few_clusters_are_flagged(clusters):
    table = invented(np.random.default_rng(7), sizes=(12,) * clusters)
    assert "low information" in effect.estimate(effect.columns(table, **COLUMNS)).flags
    assert "low information" in effect.estimate(effect.columns(table, **COLUMNS), rung=1).flags


def test_six_clusters_are_not_flagged():
    table = invented(np.random.default_rng(7), sizes=(12,) * 6)
    assert effect.estimate(effect.columns(table, **COLUMNS)).flags == ()


def moving_in(table, districts):
    """Let the exposure differ in some districts only."""
    own = table["density"].where(table["district"].isin(districts), 3.0)
    return table.assign(density=own)


def test_two_districts_that_carry_it_are_flagged(communes):
    flag = "two districts carry it"
    for districts, expected in (([3, 5], True), ([3, 5, 6], False)):
        some = communes.assign(density=communes["district"].isin(districts) * 1.0)
        assert (flag in effect.estimate(effect.columns(some, **COLUMNS), rung=1).flags) == expected
    assert flag not in effect.estimate(effect.columns(communes, **COLUMNS), rung=1).flags
    # Of districts that are one row each, two leave too few degrees of freedom: refused.
    apart = (communes["district"] == 2) * 1.0 + (communes["district"] == 7) * 1.5
    with pytest.raises(effect.Refused, match="show the clusters in a plot"):
        effect.estimate(effect.columns(communes.assign(density=apart), **COLUMNS), rung=5)


def test_a_far_district_is_no_evidence_where_it_is_more_variable():
    # One district five times as far off as the others, three times the noise, no effect: the
    # textbook error is sure of it in every second run, and this one never speaks of it.
    rng = np.random.default_rng(5)
    x = np.array([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 10.0])
    noise = np.array([*np.full(7, 0.1), 0.3])
    spoken = textbook = 0
    for _ in range(100):
        rate = np.exp(-1.5 + noise * rng.normal(size=8))
        table = pd.DataFrame(
            {"users": 1e5 * rate, "density": x, "population": 1e5, "district": range(8)}
        )
        fit = fitted(effect.columns(table, **COLUMNS), 5)
        error = classical(fit, "density")
        textbook += abs(fit.coefficient("density")) > stats.t.ppf(0.975, 6) * error.standard_error
        try:
            spoken += effect.estimate(effect.columns(table, **COLUMNS), rung=5).p_value < 0.05
        except effect.Refused as refused:
            assert refused.reason == "df below 2"  # noqa: PT017
    assert textbook > 25
    assert spoken <= 5


def test_low_df_are_flagged(communes):
    some = communes.assign(density=communes["district"].isin([3, 5]) * 1.0)
    estimate = effect.estimate(effect.columns(some, **COLUMNS), rung=1)
    assert 2 < estimate.df < 3
    assert "df below 3" in estimate.flags
    assert "df below 3" not in effect.estimate(effect.columns(communes, **COLUMNS)).flags


def test_more_counts_than_people_are_acts(communes):
    acts = communes.assign(users=communes["users"].where(communes.index != 7, 30_000))
    for estimate in effect.ladder(effect.columns(acts, **COLUMNS)):
        assert "acts, not people" in estimate.flags
    for estimate in effect.ladder(effect.columns(communes, **COLUMNS)):
        assert "acts, not people" not in estimate.flags


def test_district_of_zeros_is_dropped_and_reported(communes):
    zeros = communes.assign(users=communes["users"].where(communes["district"] != 3, 0))
    estimate = effect.estimate(effect.columns(zeros, **COLUMNS))
    assert estimate.dropped == ("3",)
    assert "zero clusters dropped" in estimate.flags
    assert (estimate.clusters, estimate.units) == (7, 65)
    seven = effect.estimate(effect.columns(communes[communes["district"] != 3], **COLUMNS))
    assert estimate.log_rate_ratio == pytest.approx(seven.log_rate_ratio, rel=1e-9)
    assert estimate.standard_error == pytest.approx(seven.standard_error, rel=1e-9)


# Refusals.


def first_districts(table, number):
    return table[table["district"] <= number]


def with_value(table, column, value, *, rows=(7,)):
    changed = table.astype({column: object})
    changed.loc[list(rows), column] = value
    return changed


REFUSED = {
    "three clusters": (
        lambda t: effect.estimate(effect.columns(first_districts(t, 3), **COLUMNS), rung=1),
        "fewer than 4 clusters",
        "There are 3 clusters",
    ),
    "three clusters with counts": (
        lambda t: effect.estimate(
            effect.columns(t.assign(users=t["users"].where(t["district"] <= 3, 0)), **COLUMNS)
        ),
        "fewer than 4 clusters",
        "There are 3 clusters",
    ),
    "one cluster, none of it left out": (
        lambda t: effect.leave_one_out(effect.columns(first_districts(t, 1), **COLUMNS)),
        "fewer than 4 clusters",
        "There is one cluster, 1: without it nothing is left",
    ),
    "one cluster moves, within": (
        lambda t: effect.estimate(effect.columns(moving_in(t, [5]), **COLUMNS)),
        "one cluster carries it",
        "Without district 5 nothing is left",
    ),
    "one cluster moves, pooled": (
        lambda t: effect.estimate(effect.columns(moving_in(t, [5]), **COLUMNS), rung=1),
        "one cluster carries it",
        "Without district 5 nothing is left",
    ),
    "one cluster moves beside a control": (
        lambda t: effect.estimate(
            effect.columns(
                t.assign(twin=t["density"] + (t["district"] == 4) * np.arange(75) % 3),
                controls=["twin"],
                **COLUMNS,
            )
        ),
        "one cluster carries it",
        "Without district 4 nothing is left",
    ),
    "one cluster differs, clusters only": (
        lambda t: effect.estimate(
            effect.columns(t.assign(density=(t["district"] == 2) * 1.0), **COLUMNS), rung=5
        ),
        "one cluster carries it",
        "Without district 2 nothing is left",
    ),
    "df below 2": (
        lambda t: effect.estimate(effect.columns(moving_in(t, [5, 6]), **COLUMNS)),
        "df below 2",
        r"has 1\.\d\d degrees of freedom",
    ),
    "exposure between clusters only": (
        lambda t: effect.estimate(effect.columns(spread(t, 0.04), **COLUMNS)),
        "within share below 5 %",
        r"Only 4\.0% of the variance of 'density'",
    ),
    "two controls for districts": (
        lambda t: effect.estimate(
            effect.columns(t, controls=["urban", "members"], **COLUMNS), rung=5
        ),
        "too many regressors",
        "at most one control, not 2 .urban, members.",
    ),
    "six districts": (
        lambda t: effect.estimate(effect.columns(first_districts(t, 6), **COLUMNS), rung=5),
        "too few clusters",
        "6 clusters leave 4 degrees of freedom",
    ),
    "seven districts and a control": (
        lambda t: effect.estimate(
            effect.columns(first_districts(t, 7), controls=["urban"], **COLUMNS), rung=5
        ),
        "too few clusters",
        "7 clusters leave 4 degrees of freedom",
    ),
    "a district without counts": (
        lambda t: effect.estimate(
            effect.columns(t.assign(users=t["users"].where(t["district"] != 3, 0)), **COLUMNS),
            rung=5,
        ),
        "a cluster without counts",
        "No count at all in 3",
    ),
    "constant exposure": (
        lambda t: effect.ladder(effect.columns(t.assign(density=5.2), **COLUMNS)),
        "constant exposure",
        "'density' is 5.2 in every row",
    ),
    "control repeats the exposure": (
        lambda t: effect.ladder(
            effect.columns(
                t.assign(per_100=t["density"] / 10 + 3), controls=["urban", "per_100"], **COLUMNS
            )
        ),
        "collinear controls",
        r"\['per_100'\] can be computed from \['density', 'urban'\]",
    ),
    "controls repeat one another": (
        lambda t: effect.estimate(
            effect.columns(t.assign(rural=1 - t["urban"]), controls=["urban", "rural"], **COLUMNS),
            rung=1,
        ),
        "collinear controls",
        r"\['rural'\] can be computed from",
    ),
    "constant control": (
        lambda t: effect.estimate(
            effect.columns(t.assign(one=1), controls=["one"], **COLUMNS), rung=1
        ),
        "collinear controls",
        r"\['one'\]",
    ),
    "control of districts beside fixed effects": (
        lambda t: effect.estimate(
            effect.columns(t.assign(rich=t["district"] % 2), controls=["rich"], **COLUMNS)
        ),
        "collinear controls",
        r"\['rich'\] can be computed, with the fixed effects,",
    ),
    "no counts": (
        lambda t: effect.ladder(effect.columns(t.assign(users=0), **COLUMNS)),
        "no counts",
        "All counts in 'users' are zero",
    ),
    "empty": (
        lambda t: effect.ladder(effect.columns(t.iloc[:0], **COLUMNS)),
        "missing or impossible values",
        "a frame of 0 rows",
    ),
    "unknown origin": (
        lambda t: effect.ladder(effect.columns(t.assign(origin="hearsay"), **COLUMNS)),
        "unknown origin",
        "row 75: 'hearsay'",
    ),
    "a control whose units have no counts": (
        lambda t: effect.estimate(
            effect.columns(
                t.assign(users=t["users"] * (1 - t["urban"])), controls=["urban"], **COLUMNS
            ),
            rung=1,
        ),
        "no convergence",
        "Look for a 0/1 control",
    ),
    "no members": (
        lambda t: effect.free_population(
            effect.columns(with_value(t, "members", 0, rows=(3, 9)), **COLUMNS), members="members"
        ),
        "units without members",
        "row 3: members = 0\n  row 9: members = 0",
    ),
    "density over another population": (
        lambda t: effect.shaken_population(
            effect.columns(t.assign(density=t["density"].where(t.index != 4, 9.9)), **COLUMNS),
            members="members",
        ),
        "another denominator",
        "row 4: density = 9.9",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_estimated_is_refused_with_its_reason(communes, case):
    ask, reason, words = REFUSED[case]
    with pytest.raises(effect.Refused, match=words) as refused:
        ask(communes)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("users", -1, "negative"),
        ("users", None, "missing"),
        ("users", "12 .", "not a number"),
        ("density", math.inf, "infinite"),
        ("density", math.nan, "missing"),
        ("density", pd.Timestamp("2022-12-31"), "not a number"),
        ("users", math.inf, "infinite"),
        ("population", 0, "not above 0"),
        ("population", -5, "not above 0"),
        ("urban", pd.NA, "missing"),
        ("district", None, "missing"),
    ],
)
def test_every_bad_value_is_listed(communes, column, value, problem):
    bad = with_value(communes, column, value, rows=(7, 40))
    with pytest.raises(effect.Refused) as refused:
        effect.columns(bad, controls=["urban"], **COLUMNS)
    lines = [line for line in str(refused.value).splitlines() if line.startswith("  row")]
    assert len(lines) == 2
    assert lines[0].startswith(f"  row 7: {column}")
    assert lines[1].startswith(f"  row 40: {column}")
    assert all(problem in line for line in lines)


def test_wrong_questions_are_errors_too(communes):
    with pytest.raises(LookupError, match="No such column: \\['wealth'\\]"):
        effect.ladder(effect.columns(communes, controls=["wealth"], **COLUMNS))
    with pytest.raises(ValueError, match="two things at once"):
        effect.ladder(effect.columns(communes, controls=["density"], **COLUMNS))
    with pytest.raises(TypeError, match="tuple of column names"):
        effect.ladder(effect.columns(communes, controls="urban", **COLUMNS))
    with pytest.raises(ValueError, match="level"):
        effect.ladder(effect.columns(communes, **COLUMNS), level=95)


def test_a_date_is_no_number(communes):
    dated = communes.assign(day=pd.Timestamp("2022-01-01") + pd.to_timedelta(range(75), unit="D"))
    for column in (dated["day"], dated["day"].astype(object), dated["day"].dt.date):
        with pytest.raises(effect.Refused, match="is not a number"):
            effect.estimate(
                effect.columns(dated.assign(day=column), controls=["day"], **COLUMNS), rung=1
            )


def test_a_column_or_a_unit_twice_is_refused(communes):
    double = pd.concat([communes, communes[["users"]]], axis=1)
    with pytest.raises(ValueError, match=r"more than one column \['users'\]"):
        effect.ladder(effect.columns(double, **COLUMNS))
    stacked = pd.concat([communes, communes])
    coded = stacked.rename_axis("code").reset_index()
    for frame, where in ((stacked, "the index"), (coded, "column 'code'")):
        with pytest.raises(effect.Refused, match=f"75 units stand more than once in {where}"):
            effect.estimate(effect.columns(frame, **COLUMNS))


@pytest.mark.parametrize("strange", ["1 ", " 1", "1\N{NO-BREAK SPACE}", "1\t"])
def test_names_of_clusters_that_look_alike_are_refused(communes, strange):
    names = communes["district"].astype(str)
    with pytest.raises(effect.Refused, match="look the same") as refused:
        effect.estimate(
            effect.columns(
                communes.assign(district=names.where(communes.index != 3, strange)), **COLUMNS
            )
        )
    assert refused.value.reason == "names of clusters alike"
    composed = communes.assign(district="Huyện " + names)
    composed.loc[3, "district"] = unicodedata.normalize("NFD", composed.loc[3, "district"])
    with pytest.raises(effect.Refused, match="look the same"):
        effect.estimate(effect.columns(composed, **COLUMNS))


WRONG_CHOICES = {
    "weights": lambda _, f: effect.wild_bootstrap(f, "density", weights="mammen"),
    "rung": lambda t, _: effect.model(effect.columns(t, **COLUMNS), rung=9),
    "of": lambda t, _: effect.model(effect.columns(t, **COLUMNS), of="logit"),
    "kind": lambda _, f: effect.sandwich(f, "density", kind="HC9"),
    "rung ": lambda t, _: effect.leverage(effect.columns(t, **COLUMNS), rung=5),
    "rung  ": lambda t, _: effect.leave_one_out(effect.columns(t, **COLUMNS), rung=3),
    "rung   ": lambda t, _: effect.alternatives(effect.columns(t, **COLUMNS), rung=5),
    "model": lambda t, _: effect.changes(effect.columns(t, **COLUMNS), t, model="sum"),
    "level": lambda _, f: effect.wild_bootstrap(f, "density", level=95),
    "level ": lambda t, _: effect.leave_one_out(effect.columns(t, **COLUMNS), level=95),
    "draws": lambda _, f: effect.wild_bootstrap(f, "density", draws=0),
}


@pytest.mark.parametrize("choice", WRONG_CHOICES)
def test_a_choice_that_does_not_exist_is_refused(communes, choice):
    fit = effect.model(effect.columns(communes, **COLUMNS))
    with pytest.raises(ValueError, match=f"^{choice.strip()} is ") as error:
        WRONG_CHOICES[choice](communes, fit)
    assert not isinstance(error.value, effect.Refused)


@pytest.mark.parametrize("error", [effect.cr2, effect.cv3, effect.sandwich, effect.wild_bootstrap])
def test_a_coefficient_that_does_not_exist_is_named(communes, error):
    with pytest.raises(LookupError, match="no coefficient 'xx'; it has 'density', 'urban'"):
        error(effect.model(effect.columns(communes, controls=["urban"], **COLUMNS)), "xx")


def far_commune(communes):
    """Give one commune nearly all there is of the exposure."""
    return communes.assign(density=communes["density"].where(communes.index != 20, 400.0))


def test_a_refused_design_names_the_commune_and_is_answered(communes):
    table = far_commune(communes)
    with pytest.raises(effect.Refused, match=r"Row 20 of district 3 alone has 96% of the") as why:
        effect.estimate(effect.columns(table, **COLUMNS))
    assert (why.value.reason, why.value.unit) == ("df below 2", "20")
    climbed = effect.ladder(effect.columns(table, **COLUMNS))
    with pytest.raises(effect.Refused) as why:
        _ = climbed.headline
    assert why.value.unit == "20"
    said = findings.headline(climbed)
    assert "20" in said
    assert words.percent(why.value.share, decimals=0) in said
    # Who carries it, and what is left without, is answered all the same.
    table = effect.leverage(effect.columns(far_commune(communes), **COLUMNS))
    assert table.loc["3", ["unit", "unit_share"]].tolist() == [20, why.value.share]
    assert table["exposure_share"].sum() == pytest.approx(1)
    refits = effect.leave_one_out(effect.columns(far_commune(communes), **COLUMNS))
    without = effect.estimate(effect.columns(communes[communes["district"] != 3], **COLUMNS))
    assert refits.loc["3", "log_rate_ratio"] == pytest.approx(without.log_rate_ratio, rel=1e-9)
    assert refits.loc["3", "low"] == pytest.approx(without.rate_ratio_low, rel=1e-9)
    assert refits["low"].notna().sum() == 1


def test_without_the_district_that_carries_it_nothing_is_left(communes):
    refits = effect.leave_one_out(effect.columns(moving_in(communes, [5]), **COLUMNS))
    assert refits.index[refits["rate_ratio"].isna()].tolist() == ["5"]
    assert not refits.loc["5", ["sign_changes", "moves_over_one_se"]].any()
    assert (
        effect.leverage(effect.columns(moving_in(communes, [5]), **COLUMNS)).loc[
            "5", "exposure_share"
        ]
        > 0.999
    )
    few = effect.leave_one_out(effect.columns(first_districts(communes, 3), **COLUMNS))
    assert few["rate_ratio"].notna().all()
    assert few["low"].isna().all()


def test_ladder_of_three_districts_has_no_rung_and_says_why(communes):
    climbed = effect.ladder(effect.columns(first_districts(communes, 3), **COLUMNS))
    assert climbed.estimates == ()
    assert [r.reason for r in climbed.refusals] == [
        "fewer than 4 clusters",
        "fewer than 4 clusters",
        "fewer than 4 clusters",
        "too few clusters",
        "too few slopes",
    ]
    with pytest.raises(effect.Refused, match="no headline"):
        _ = climbed.headline


# Leaving one out.


@pytest.mark.parametrize("rung", [1, 2, 5])
def test_leaving_one_out_is_fitting_without_it(communes, rung):
    full = effect.estimate(effect.columns(communes, **COLUMNS), rung=rung)
    refits = effect.leave_one_out(effect.columns(communes, **COLUMNS), rung=rung)
    assert len(refits) == 8
    some = communes[communes["district"] != 4]
    again = effect.estimate(effect.columns(some, **COLUMNS), rung=rung)
    assert again.doubt_share > 0
    row = refits.loc["4"]
    assert row["log_rate_ratio"] == pytest.approx(again.log_rate_ratio, rel=1e-9)
    assert row["rate_ratio"] == pytest.approx(again.rate_ratio, rel=1e-9)
    assert row["low"] == pytest.approx(again.rate_ratio_low, rel=1e-8)
    assert row["high"] == pytest.approx(again.rate_ratio_high, rel=1e-8)
    shift = (again.log_rate_ratio - full.log_rate_ratio) / full.standard_error
    assert row["shift_in_se"] == pytest.approx(shift, rel=1e-7)


def test_one_odd_district_is_seen_by_leaving_it_out(communes):
    # District 5 alone turns the relation round.
    fifth = communes["district"] == 5
    inside = communes["density"] - communes["density"][fifth].mean()
    odd = communes["users"] * np.exp(-0.6 * inside * fifth)
    refits = effect.leave_one_out(effect.columns(communes.assign(users=odd), **COLUMNS))
    assert refits.index[refits["sign_changes"]].tolist() == ["5"]
    assert refits.loc["5", "moves_over_one_se"]
    calm = effect.leave_one_out(effect.columns(communes, **COLUMNS))
    assert not calm["sign_changes"].any()


@pytest.mark.parametrize("pull", [-0.6, 0.6])
def test_a_district_that_moves_the_estimate_is_flagged_whichever_way(communes, pull):
    fifth = communes["district"] == 5
    inside = communes["density"] - communes["density"][fifth].mean()
    odd = communes.assign(users=communes["users"] * np.exp(pull * inside * fifth))
    refit = effect.leave_one_out(effect.columns(odd, **COLUMNS)).loc["5"]
    assert np.sign(refit["shift_in_se"]) == -np.sign(pull)
    assert refit["moves_over_one_se"]


def test_whoever_makes_the_interval_hold_1_or_leave_it_out_is_found(communes):
    found = []
    for more in (0.0, 0.04, 0.08):
        users = communes["users"] * np.exp(more * communes["density"])
        table = communes.assign(users=np.rint(users))
        full = effect.estimate(effect.columns(table, **COLUMNS))
        refits = effect.leave_one_out(effect.columns(table, **COLUMNS))
        for left_out, changes in refits["conclusion_changes"].items():
            some = table[table["district"].astype(str) != left_out]
            again = effect.estimate(effect.columns(some, **COLUMNS))
            held = [one.rate_ratio_low <= 1 <= one.rate_ratio_high for one in (full, again)]
            assert changes == (held[0] != held[1])
            found.append((bool(changes), held[0]))
    assert {(True, True), (True, False), (False, True), (False, False)} <= set(found)


def test_three_clusters_left_have_no_interval():
    table = invented(np.random.default_rng(7), sizes=(12,) * 4)
    refits = effect.leave_one_out(effect.columns(table, **COLUMNS))
    assert refits["rate_ratio"].notna().all()
    assert refits[["low", "high", "standard_error", "df"]].isna().all(axis=None)


# The denominator.


def proportional(communes):
    """Make counts that only follow population and district."""
    users = communes["population"] * (0.1 + 0.05 * communes["district"])
    return communes.assign(users=users)


def test_no_error_makes_no_effect_and_more_makes_more(communes):
    shaken = effect.shaken_population(
        effect.columns(communes, **COLUMNS),
        members="members",
        errors=(0, 0.05, 0.1, 0.15),
        draws=100,
    )
    assert shaken["spurious_per_sd"][0] == pytest.approx(0, abs=1e-12)
    assert shaken["high"][0] == pytest.approx(0, abs=1e-12)
    assert shaken["spurious_per_sd"].is_monotonic_increasing
    full = effect.estimate(effect.columns(communes, **COLUMNS))
    assert shaken["estimate_per_sd"][0.1] == pytest.approx(full.log_rate_ratio * full.sd)
    again = effect.shaken_population(
        effect.columns(communes, **COLUMNS), members="members", errors=(0.1,), draws=100
    )
    pd.testing.assert_series_equal(again.iloc[0], shaken.loc[0.1])


def test_between_the_ends_lie_ninety_five_of_a_hundred_wrong_records(communes):
    data = effect.columns(communes, **COLUMNS)
    each, before = [], 0.0
    for draws in range(1, 9):  # the first records are the same however many there are
        shaken = effect.shaken_population(data, members="members", errors=(0.1,), draws=draws)
        told = shaken["spurious_per_sd"][0.1] * draws
        each.append(told - before)
        before = told
    expected = np.quantile(each, [0.025, 0.975])
    assert shaken.loc[0.1, ["low", "high"]].tolist() == pytest.approx(expected)


def test_spurious_effect_is_the_one_worked_out_by_hand(communes):
    # To first order the error e adds -e to the log rate and -e times itself to the density d, so
    # the slope is s2 mean(d) / (variance within + s2 mean(d2)), less the df that each mean takes.
    table = proportional(communes)
    odd = table.assign(users=table["users"].mul(np.where(table.index % 2, 1.001, 0.999)))
    shaken = effect.shaken_population(  # which takes the counts that are expected
        effect.columns(odd, **COLUMNS), members="members", errors=(0.05,), draws=400
    )
    inside = table["density"] - table.groupby("district")["density"].transform("mean")
    # Poisson weights: populations in place of ones.
    w = table["users"] / table["users"].sum()
    s2, d = 0.05**2, table["density"]
    own = 1 - w / w.groupby(table["district"]).transform("sum")
    slope = s2 * np.sum(w * d * own) / (np.sum(w * inside**2) + s2 * np.sum(w * d**2 * own))
    assert shaken["spurious_per_sd"][0.05] == pytest.approx(slope * d.std(), rel=0.15)


def test_a_wrong_record_is_read_per_standard_deviation_of_its_own(communes):
    sums = communes.groupby("district")[["users", "population"]].transform("sum")
    noise = np.random.default_rng(93).standard_normal(len(communes))
    error = np.exp(np.sqrt(np.log1p(0.15**2)) * noise)
    wrong = communes.assign(
        users=communes["population"] * sums["users"] / sums["population"],
        density=communes["density"] / error,
        population=communes["population"] * error,
    )
    told = effect.estimate(effect.columns(wrong, doubt=0, **COLUMNS))
    shaken = effect.shaken_population(
        effect.columns(communes, **COLUMNS), members="members", errors=(0.15,), draws=1
    )
    assert shaken["spurious_per_sd"][0.15] == pytest.approx(told.log_rate_ratio * told.sd)


def test_free_population_is_not_fooled_by_a_shared_denominator():
    # No relation at all: members ignore the population, users follow it; it is recorded with
    # error. The ratio sees an effect, members beside population see none.
    rng = np.random.default_rng(11)
    district = np.repeat(np.arange(12), 40)
    true = 9000 * np.exp(0.35 * rng.normal(size=480))
    table = pd.DataFrame(
        {
            "district": district,
            "population": true * np.exp(0.3 * rng.normal(size=480)),
            "members": np.round(40 * np.exp(0.3 * rng.normal(size=480))),
            "users": rng.poisson(0.2 * true),
        }
    ).assign(density=lambda t: 1000 * t["members"] / t["population"])
    ratio = effect.estimate(effect.columns(table, **COLUMNS))
    free = effect.free_population(effect.columns(table, **COLUMNS), members="members")
    assert ratio.low > 0
    assert free.loc["log members", "low"] < 0 < free.loc["log members", "high"]


def test_members_are_taken_off_or_it_is_refused(communes):
    test = effect.denominator_test(effect.columns(communes, **COLUMNS), members="members")
    others = effect.estimate(
        effect.columns(communes.assign(users=communes["users"] - communes["members"]), **COLUMNS)
    )
    assert test.others.log_rate_ratio == pytest.approx(others.log_rate_ratio, rel=1e-12)
    assert test.estimate == effect.estimate(effect.columns(communes, **COLUMNS))
    assert test.refusals == ()
    offices = effect.denominator_test(
        effect.columns(communes, **COLUMNS), members="members", people=False
    )
    assert (offices.others, offices.refusals) == (None, ())
    assert offices.shaken.equals(test.shaken)
    assert test.shaken.index.tolist() == [0.05, 0.10, 0.15]
    few = communes.assign(users=np.where(communes.index.isin([3, 9]), 2, communes["users"]))
    test = effect.denominator_test(effect.columns(few, **COLUMNS), members="members")
    assert test.others is None
    assert test.refusals[0].reason == "more members than counted"
    assert "row 3: 2 counted" in test.refusals[0].message
    assert "row 9: 2 counted" in test.refusals[0].message
    # where nobody else was counted they can be taken off
    alone = communes["users"].where(communes.index != 3, communes["members"])
    data = effect.columns(communes.assign(users=alone), **COLUMNS)
    assert effect.denominator_test(data, members="members").others is not None
    assert test.free.index.tolist() == ["log members", "log population"]


def test_all_answers_about_the_denominator_have_the_level_that_was_asked_for(communes):
    data = effect.columns(communes, **COLUMNS)
    wide, narrow = (
        effect.denominator_test(data, members="members", level=level) for level in (0.95, 0.9)
    )
    for part in ("estimate", "others"):
        assert getattr(narrow, part).level == 0.9
        assert getattr(narrow, part).low > getattr(wide, part).low
        assert getattr(narrow, part).high < getattr(wide, part).high
    assert (narrow.free["low"] > wide.free["low"]).all()


# The package's own frames.


def test_units_of_the_province():
    from hganalysis import frames, indicators

    reports, teams = frames.reports(), frames.teams()
    before = reports.copy(), teams.copy()
    app = indicators.get("app_users", year=2022)
    table = effect.units(reports, teams, indicator=app)
    pd.testing.assert_frame_equal(reports, before[0])
    pd.testing.assert_frame_equal(teams, before[1])
    assert table.shape == (75, 9)
    assert table.index.name == "code"
    assert table.groupby("district_code").size().tolist() == list(SIZES)
    asked = (reports["indicator"] == "app_users") & (reports["year"] == 2022)
    assert table["count"].sum() == reports.loc[asked, "count"].sum()
    assert table["members"].sum() == teams.loc[teams["year"] == 2022, "members"].sum()
    density = 1000 * table["members"] / table["population"]
    np.testing.assert_allclose(table["members_per_1000"], density)
    assert set(table["origin"]) == {"simulated"}

    # The simulated province has a known answer: it is inside the interval.
    headline = effect.ladder(
        effect.columns(
            table,
            count="count",
            exposure="members_per_1000",
            offset="population",
            cluster="district_code",
            controls=["urban"],
        )
    ).headline
    planted = frames.truth()["value"].astype(float)["app_users_per_sd"]
    assert headline.rate_ratio_per_sd_low < math.exp(planted) < headline.rate_ratio_per_sd_high
    assert headline.origin == "simulated"

    with pytest.raises(ValueError, match="more than one row: \\['31318'\\]"):
        effect.units(pd.concat([reports, reports.iloc[:1]]), teams, indicator=app)
    with pytest.raises(effect.Refused, match="No place has both app_users"):
        effect.units(reports[~asked], teams, indicator=app)
    later = teams[teams["year"] == 2022].assign(year=2023, members=lambda t: t["members"] + 9)
    both = pd.concat([teams[teams["year"] == 2022], later])
    pd.testing.assert_frame_equal(effect.units(reports, both, indicator=app), table)
    # A commune without teams is in no estimate, which says of how many communes it is.
    fewer = effect.units(reports, teams[teams["code"] != "31318"], indicator=app)
    assert sorted(fewer.index) == sorted(set(table.index) - {"31318"})


# Coverage: a small part of the benchmark, with the interval that must fail beside it.


def test_interval_covers_and_the_model_based_one_does_not():
    rng = np.random.default_rng(2023)
    held, model_held, runs = 0, 0, 150
    for _ in range(runs):
        table = invented(rng)
        estimate = effect.estimate(effect.columns(table, controls=["z"], **COLUMNS))
        held += estimate.low < 0.1 < estimate.high
        X, names, codes = design(table, fixed_effects=True, controls=["z"])
        offset = np.log(table["population"].to_numpy())
        fit = poisson(table["users"].to_numpy(), X, names=names, clusters=codes, offset=offset)
        information = fit.slopes.T @ (fit.working_weights[:, None] * fit.slopes)
        model = 1.96 * math.sqrt(np.linalg.inv(information)[0, 0])
        model_held += abs(fit.coefficient("density") - 0.1) < model
    # 95 % is measured over thousands of runs; 150 stay within 4 standard errors of it.
    assert 0.88 <= held / runs <= 1
    assert model_held / runs < 0.4


def test_dependent_columns_are_found_in_any_unit():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 20))
    X = np.column_stack([a, 1e6 * b, a + 1e6 * b, np.zeros(20), 1e-6 * a])
    assert dependent(X) == [2, 3, 4]
    assert dependent(X[:2, :3] + np.diag([1.0, 2, 3])[:2]) == [2]


def test_a_fit_needs_more_rows_than_columns():
    X = np.column_stack([[1.0, 2, 3], [1, 0, 1], [1, 1, 1]])
    with pytest.raises(effect.Refused, match="3 units cannot carry 3 coefficients"):
        least_squares(np.ones(3), X, names=("a", "b", "c"), clusters=np.arange(3))


def test_textbook_error_is_the_textbook_one():
    x = np.array([1.0, 2, 3, 4, 5])
    y = np.array([2.0, 1, 4, 3, 6])
    X = np.column_stack([x, np.ones(5)])
    fit = least_squares(y, X, names=("x", "intercept"), clusters=np.arange(5))
    expected = stats.linregress(x, y)
    assert fit.coefficient("x") == pytest.approx(expected.slope)
    assert classical(fit, "x").standard_error == pytest.approx(expected.stderr)
