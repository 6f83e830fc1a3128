"""The estimate against R, published numbers, and second routes worked by hand."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from effect_cases import GOLDEN, SIZES, communes, design, earlier, invented, rung, smooth, witness

from hganalysis import places
from hganalysis.effect import errors, models, sensitivity, spatial
from hganalysis.effect.errors import cluster_robust, cr2, cv3
from hganalysis.effect.rungs import match_periods

close = pytest.approx


def near(value, expected):
    return value == close(expected, rel=1e-6)


# Golden values: R's glm and lm, sandwich and clubSandwich (tests/golden/effect.R, effect_layer.R).


CLAIMS = {"count": "claims", "exposure": "age", "offset": "holders"}
POISSON = [(1, "poisson pooled"), (2, "poisson within")]


@pytest.mark.parametrize(("number", "name"), POISSON)
def test_counts_agree_with_r(number, name):
    found, expected = rung(communes(), number, "urban"), witness()[name]
    agrees(found.fit, found.data, expected)
    phi = found.results.pearson_chi2 / found.results.df_resid
    assert near(phi, expected["phi"])
    others_agree(found.fit, found.data.units["cluster"], name)


@pytest.mark.parametrize("name", ["binomial", "insurance"])
@pytest.mark.parametrize("number", [1, 2])
def test_people_near_their_ceiling_and_insurance_claims_agree_with_r(number, name):
    full = f"{name} {'pooled' if number == 1 else 'within'}"
    if name == "insurance":
        claims = pd.read_csv(GOLDEN / "effect_insurance.csv")
        found, file = rung(claims, number, "group", **CLAIMS), "effect_layer"
    else:
        found, file = rung(communes(), number, "urban", count="near"), "effect"
    agrees(found.fit, found.data, witness(file)[full])


def agrees(fit, data, expected):
    """Hold coefficient, CR2 and df against R's, on the scale of the model."""
    name = data.names.exposure
    error = cr2(fit, data.units["cluster"], name)
    numbers = (fit.coefficient(name), error.standard_error, error.df)
    assert numbers == close(tuple(expected[["coefficient", "cr2", "df"]]), rel=1e-6)


def others_agree(fit, clusters, name):
    """Hold the plain cluster-robust errors and the jackknife against R's."""
    plain, layer = cluster_robust(fit, clusters, "density"), witness("effect_layer")[name]
    assert near(plain.standard_error * math.sqrt(7 / 8), witness()[name]["cr0"])
    assert near(plain.standard_error, layer["cr1"])
    assert near(cv3(fit, clusters, "density").standard_error, layer["cv3"])


@pytest.mark.parametrize("within", [False, True])
def test_least_squares_agrees_with_r(within):
    data = rung(communes(), 1, "urban").data
    fit = models.fit_log_rates(data, has_fixed_effects=within)
    name = f"ols {'within' if within else 'pooled'}"
    agrees(fit, data, witness()[name])
    others_agree(fit, data.units["cluster"], name)


@pytest.mark.parametrize("controls", [(), ("urban",)])
def test_clusters_only_agree_with_r(controls):
    found = rung(communes(), 5, *controls)
    expected = witness()["clusters only beside urban" if controls else "clusters only"]
    b, error = found.log_rate_ratio, found.error
    numbers = (b, error.standard_error, error.df, error.p_value(b), *error.interval(b))
    names = ["coefficient", "error", "df", "p", "low", "high"]
    assert numbers == close(tuple(expected[names]), rel=1e-6)
    if controls:  # the textbook error, too
        classical = witness()["clusters only classical"]
        assert near(found.results.bse["density"], classical["error"])


def test_each_refit_agrees_with_a_new_fit_in_r():
    table = design(communes(), "urban").leave_one_out().table.set_index("left_out")
    expected = witness()["poisson within"].filter(like="without")
    assert table.index.tolist() == [name.removeprefix("without ") for name in expected.index]
    np.testing.assert_allclose(table["log_rate_ratio"], expected, rtol=1e-6)


def test_free_population_agrees_with_r():
    table = design(communes(), "urban").denominators().table
    free = table[table["question"] == "free"].set_index("term")
    for name in ("members", "population"):
        numbers = free.loc[f"log {name}", ["log_rate_ratio", "standard_error", "df"]]
        expected = witness()[f"free {name}"][["coefficient", "cr2", "df"]]
        assert tuple(numbers) == close(tuple(expected), rel=1e-6)


def test_two_years_agree_with_r():
    found = match_periods(rung(communes(), 1, "urban").data, earlier())
    agrees(found.fit, found.data, witness("effect_layer")["difference"])
    expected = witness("effect_layer")["conditional"]
    given, clusters = (
        models.fit_changes(found.data, is_conditional=True),
        found.data.units["cluster"],
    )
    for column in ("coefficient", "dummies"):  # R's second route is Poisson with 75 dummies
        assert near(given.coefficient("density"), expected[column])
    error, plain = (one(given, clusters, "density") for one in (cr2, cluster_robust))
    assert (error.standard_error, error.df) == close(tuple(expected[["cr2", "df"]]), rel=1e-6)
    assert near(plain.standard_error * math.sqrt(7 / 8), expected["cr0"])


@pytest.mark.parametrize(("number", "name"), POISSON)
def test_moran_agrees_with_spdep(number, name):
    found = rung(communes(), number, "urban")
    pairs = [(i, i + d) for i in range(1, 76) for d in (-5, -1, 1, 5) if 1 <= i + d <= 75]
    neighbours = pd.DataFrame(pairs, columns=["code", "neighbour"])
    statistic, _ = spatial.moran(found.fit, found.data.units.index, neighbours)
    assert near(statistic, witness("effect_layer")[name]["moran"])


# McCullagh, P., Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., section 6.3.2: damage
# to cargo ships, phi = 1.69, ships of type B -0.54.
def test_ships_are_those_of_mccullagh_and_nelder():
    ships = pd.read_csv(GOLDEN / "effect_ships.csv")
    kinds = pd.get_dummies(ships[["type", "year", "period"]].astype(str), drop_first=True)
    X, offset = kinds.astype(float).assign(one=1.0), np.log(ships["service"])
    fit = models.fit_glm(ships["incidents"], X, family=sm.families.Poisson(), offset=offset).results
    phi, expected = fit.pearson_chi2 / fit.df_resid, witness("effect_layer")["ships"]
    assert (round(fit.params["type_B"], 2), round(phi, 2)) == (-0.54, 1.69)
    assert (fit.params["type_B"], phi) == close((expected["B"], expected["phi"]), rel=1e-6)
    assert near(fit.bse["type_B"] * math.sqrt(phi), expected["error"])


# Cinelli, C., Hazlett, C. (2020), table 1: directly harmed, t 4.18, df 783, RV 13.9 %, at 5 %
# 7.6 %; as strong as `female` (which explains 0.91 % and 10.9 %): 0.9 % and 12.5 %.
def test_robustness_values_are_the_published_ones():
    value, significant = sensitivity.robustness(4.18 / math.sqrt(783), 783)
    assert (round(value, 3), round(significant, 3)) == (0.139, 0.076)
    exposure, outcome = sensitivity.bound_confounder(0.00908, 0.109, times=1)
    assert (round(exposure, 3), round(outcome, 3)) == (0.009, 0.125)


# VanderWeele, T. J., Ding, P. (2017): breast feeding, RR 3.9 (1.8 to 8.7), E-values 7.2 and 3.0.
def test_e_values_are_the_published_ones():
    error = type(rung(communes()).error)((math.log(3.9) - math.log(1.8)) / 1.959964, math.inf)
    for sign in (1, -1):
        distance = sensitivity.distance_to_none(sign * math.log(3.9), error)
        found = sensitivity.e_value(math.log(3.9)), sensitivity.e_value(distance)
        assert found == close((7.26, 3.0), abs=0.005)
    assert sensitivity.e_value(sensitivity.distance_to_none(0.1, error)) == 1


# Second routes.


def test_interval_is_the_sandwich_worked_by_hand():
    # Slope through the origin, two rows a cluster: the hat matrix of cluster g is x x' / 20, so
    # B = I - x x' / 20 stretches along x by 1 - x'x / 20 and leaves the rest alone.
    x = np.array([1.0, 1, 1, 2, 2, 2, 1, 2])
    y = np.array([1.0, 2, 0, 3, 5, 3, 2, 2])
    codes = np.repeat(np.arange(4), 2)
    fit = models.fit_least_squares(y, pd.DataFrame({"x": x}))
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
    error = cr2(fit, pd.Series(codes), "x")
    assert error.standard_error == close(math.sqrt(variance), rel=1e-12)
    assert error.df == close(np.trace(P) ** 2 / np.sum(P**2), rel=1e-12)


@pytest.mark.parametrize("model", ["counts", "ceiling", "log rate"])
def test_absorbed_effects_are_those_of_dummies(model, monkeypatch):
    table, column = communes(), {"count": "near"} if model == "ceiling" else {}

    def all_of_it():
        found = rung(table, 2, "urban", **column)
        fit = found.fit
        if model == "log rate":
            fit = models.fit_log_rates(found.data, has_fixed_effects=True)
        cluster = found.data.units["cluster"]
        errors = [one(fit, cluster, "density") for one in (cr2, cv3, cluster_robust)]
        results = fit.results
        numbers = [results.params["density"], results.params["urban"]]
        numbers += [results.df_resid, results.bse["density"]]
        numbers += [
            getattr(results, "pearson_chi2", 0),
            *(e.standard_error for e in errors),
            errors[0].df,
        ]
        noise = np.random.default_rng(1).normal(size=(3, 75))
        return np.array(numbers), fit.remove_fitted(noise)

    one = all_of_it()
    monkeypatch.setattr(models, "MANY_CLUSTERS", 3)
    two = all_of_it()
    np.testing.assert_allclose(two[0], one[0], rtol=1e-8)
    np.testing.assert_allclose(two[1], one[1], atol=1e-8)


def slowly(y, X):
    """Compute the p-value over all orders, one lstsq after the other."""
    others = np.delete(X, 1, axis=1)
    line = others @ np.linalg.lstsq(others, y, rcond=None)[0]
    found = []
    for order in itertools.permutations(range(len(y))):
        dealt = line + (y - line)[list(order)]
        beta = np.linalg.lstsq(X, dealt, rcond=None)[0]
        variance = np.sum((dealt - X @ beta) ** 2) * np.linalg.inv(X.T @ X)[1, 1]
        found.append(abs(beta[1]) / math.sqrt(variance))
    return np.mean(np.array(found) >= found[0] - 1e-9)


@pytest.mark.parametrize("controls", [(), ("z",)])
@pytest.mark.parametrize("seed", range(2))
def test_permutation_counts_every_order(seed, controls):
    found = rung(invented(seed, sizes=(4,) * 6), 5, *controls)
    y, X = found.results.model.endog, found.results.model.exog
    assert found.permutation_p == close(slowly(y, X), abs=1e-12)
    assert np.isnan(rung(invented(1, sizes=(3,) * 9), 5).permutation_p)


def by_hand(fit, codes, value, V):
    """Make every bootstrap data set in full, and fit it: restricted, then the t value."""
    model = fit.results.model
    y, w = model.endog, model.weights
    at = model.exog_names.index("density")
    root = np.sqrt(w)
    X, ys = model.exog * root[:, None], y * root
    x, others = X[:, at], np.delete(X, at, axis=1)
    line = others @ np.linalg.lstsq(others, ys - value * x, rcond=None)[0]
    rest = ys - value * x - line
    bread = np.linalg.inv(X.T @ X)

    def t(data):
        beta = bread @ X.T @ data
        scores = pd.DataFrame(X * (data - X @ beta)[:, None]).groupby(codes).sum().to_numpy()
        return (beta[at] - value) / math.sqrt((bread @ scores.T @ scores @ bread)[at, at])

    made = [t(value * x + line + v[codes] * rest) for v in V]
    return np.mean(np.abs(made) >= abs(t(ys)) * (1 - 1e-9))


SIGNS = np.array(list(itertools.product([1.0, -1.0], repeat=6)))


@pytest.mark.parametrize("seed", range(3))
def test_bootstrap_is_the_one_made_by_hand(seed):
    found = rung(invented(seed, sizes=SIZES[:6]), 2, "z")
    fit, clusters = (
        models.fit_log_rates(found.data, has_fixed_effects=True),
        found.data.units["cluster"],
    )
    codes = pd.factorize(clusters)[0]
    p, [(low, high)], draws = errors.wild_bootstrap(fit, clusters, "density", weights="rademacher")
    assert (p, draws) == (by_hand(fit, codes, 0.0, SIGNS), 64)
    # Inside the set nothing is rejected, just outside it is.
    for end, inward in ((low, 1), (high, -1)):
        step = inward * 1e-4 * (high - low)
        assert (
            by_hand(fit, codes, end + step, SIGNS) > 0.05 >= by_hand(fit, codes, end - step, SIGNS)
        )


def test_counts_have_the_bootstrap_of_their_restricted_fit():
    # Second route for counts: fit without the exposure, then the bootstrap by hand of one step.
    found = rung(invented(5, sizes=SIZES[:6]), 2, "z")
    fit, clusters = found.fit, found.data.units["cluster"]
    held = models.refit(fit, np.ones(len(clusters), dtype=bool), fixed_term="density").results
    line = held.model.exog @ held.params.to_numpy()
    working = line + (held.model.endog - held.mu) / held.mu
    X = pd.DataFrame(fit.results.model.exog, columns=fit.results.model.exog_names)
    step = models.Fit(sm.WLS(working, X, weights=held.mu).fit())
    p, _, _ = errors.wild_bootstrap(fit, clusters, "density", weights="rademacher")
    assert p == by_hand(step, pd.factorize(clusters)[0], 0.0, SIGNS)


@pytest.mark.parametrize("seed", [1, 5])
def test_a_set_in_pieces_holds_what_is_not_rejected_and_nothing_else(seed):
    # One district with most communes: the set falls apart, and no gap in it may be closed.
    found = rung(invented(seed, sizes=(2, 2, 2, 30, 2, 2)), 2)
    fit, clusters = (
        models.fit_log_rates(found.data, has_fixed_effects=True),
        found.data.units["cluster"],
    )
    codes = pd.factorize(clusters)[0]
    _, pieces, _ = errors.wild_bootstrap(fit, clusters, "density", weights="rademacher")
    ends = [end for piece in pieces for end in piece if np.isfinite(end)]
    assert ends == sorted(ends)
    for low, high in pieces:
        middle = max(low, -9.0) / 2 + min(high, 9.0) / 2
        assert by_hand(fit, codes, middle, SIGNS) > 0.05
    for (_, left), (right, _) in itertools.pairwise(pieces):
        assert by_hand(fit, codes, (left + right) / 2, SIGNS) <= 0.05


def test_second_opinion_is_generalised_least_squares_with_dense_matrices():
    table, pairs = smooth(3), places.neighbours()
    data = rung(table).data
    at = spatial.positions(data.units.index, pairs)
    found, error = spatial.fit_spatial_errors(data, pairs)
    X, y = models.design_matrix(data, has_fixed_effects=True)[0], data.log_rate.to_numpy()
    n = len(y)
    apart = np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=2))
    nearest = np.median([row[row > 0].min() for row in apart])
    each = []
    for reach in spatial.RANGES:
        for own in spatial.NUGGETS:
            V = max(own, 1e-6) * np.eye(n) + (1 - max(own, 1e-6)) * np.exp(-apart / nearest / reach)
            inverse = np.linalg.inv(V)
            bread = np.linalg.inv(X.to_numpy().T @ inverse @ X.to_numpy())
            b = bread @ X.to_numpy().T @ inverse @ y
            left = y - X.to_numpy() @ b
            s2 = left @ inverse @ left / (n - X.shape[1])
            logs = (n - X.shape[1]) * np.log(s2) + np.linalg.slogdet(V)[1]
            logs -= np.linalg.slogdet(bread)[1]
            k = list(X).index("density")
            each.append([logs, b[k], s2 * bread[k, k]])
    logs, b, variance = np.array(each).T
    weight = np.exp((logs.min() - logs) / 2)
    weight /= weight.sum()
    assert found == close(weight @ b, rel=1e-6)
    assert error.standard_error**2 == close(weight @ (variance + (b - weight @ b) ** 2), rel=1e-6)
    assert error.df == n - X.shape[1]


@pytest.mark.parametrize("number", [1, 2])
def test_noise_has_the_mean_of_cliff_and_ord(number):
    # E[I] = n / S0 * trace(M W) / (n - k), where M projects off all columns.
    found, pairs = rung(smooth(2), number), places.neighbours()
    W = spatial.neighbour_weights(found.data.units.index, pairs)
    parts = found.fit
    noise = parts.remove_fitted(np.random.default_rng(1).standard_normal((4000, 75)))
    values = spatial.morans_i(noise, W)
    M = np.eye(75) - parts.Q @ parts.Q.T
    # I takes the mean off, too, which the projection of counts does not quite do.
    C = np.eye(75) - 1 / 75
    expected = 75 / W.sum() * np.trace(M @ C @ W @ C @ M) / np.trace(M @ C @ M)
    assert values.mean() == close(expected, abs=4 * values.std() / math.sqrt(4000) + 0.002)


def test_naive_errors_are_those_of_statsmodels():
    table = communes().rename_axis("code")
    found = design(table, "urban").naive().table.set_index("method")
    dummies = pd.get_dummies(table["district"]).astype(float).add_prefix("d")
    X = pd.concat([table[["density", "urban"]], dummies], axis=1)
    offset = np.log(table["population"])
    usual = sm.GLM(table["users"], X, family=sm.families.Poisson(), offset=offset)
    plain, quasi = usual.fit(tol=1e-12), usual.fit(tol=1e-12, scale="X2")
    assert near(found.loc["model", "log_rate_ratio"], plain.params["density"])
    for name, fit in (("model", plain), ("quasi", quasi)):
        assert near(found.loc[name, "standard_error"], fit.bse["density"])
    groups = {"groups": table["district"].to_numpy(), "use_correction": False}
    clustered = usual.fit(tol=1e-12, cov_type="cluster", cov_kwds=groups)
    # statsmodels leaves out G / (G - 1) here; the benchmark and we have it.
    assert near(found.loc["z", "standard_error"], clustered.bse["density"] * math.sqrt(8 / 7))
    z = found.loc["z"]
    assert near(z["log_high"] - z["log_low"], 2 * 1.959963985 * z["standard_error"])
