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


def is_near(value, expected):
    return value == close(expected, rel=1e-6)


# Golden values: R's glm and lm, sandwich and clubSandwich (tests/golden/effect.R, effect_layer.R).


CLAIMS = {
    "count": "claims",
    "exposure": "age",
    "offset": "holders",
}
POISSON = [(1, "poisson pooled"), (2, "poisson within")]


@pytest.mark.parametrize(("number", "name"), POISSON)
def test_counts_agree_with_r(number, name):
    specification = rung(communes(), number, "urban")
    expected = witness()[name]
    agrees(specification.fit, specification.data, expected)
    phi = specification.results.pearson_chi2 / specification.results.df_resid
    assert is_near(phi, expected["phi"])
    others_agree(specification.fit, specification.data.units["cluster"], name)


@pytest.mark.parametrize("name", ["binomial", "insurance"])
@pytest.mark.parametrize("number", [1, 2])
def test_people_near_their_ceiling_and_insurance_claims_agree_with_r(number, name):
    full = f"{name} {'pooled' if number == 1 else 'within'}"
    if name == "insurance":
        claims = pd.read_csv(GOLDEN / "effect_insurance.csv")
        specification = rung(claims, number, "group", **CLAIMS)
        file = "effect_layer"
    else:
        specification = rung(communes(), number, "urban", count="near")
        file = "effect"
    agrees(specification.fit, specification.data, witness(file)[full])


def agrees(fit, data, expected):
    """Hold coefficient, CR2 and df against R's, on the scale of the model."""
    name = data.names.exposure
    error = cr2(fit, data.units["cluster"], name)
    numbers = (fit.coefficient(name), error.standard_error, error.df)
    in_r = tuple(expected[["coefficient", "cr2", "df"]])
    assert numbers == close(in_r, rel=1e-6)


def others_agree(fit, clusters, name):
    """Hold the plain cluster-robust errors and the jackknife against R's."""
    layer = witness("effect_layer")[name]
    plain = cluster_robust(fit, clusters, "density").standard_error
    assert is_near(plain * math.sqrt(7 / 8), witness()[name]["cr0"])
    assert is_near(plain, layer["cr1"])
    jackknife = cv3(fit, clusters, "density").standard_error
    assert is_near(jackknife, layer["cv3"])


@pytest.mark.parametrize("within", [False, True])
def test_least_squares_agrees_with_r(within):
    data = rung(communes(), 1, "urban").data
    fit = models.fit_log_rates(data, has_fixed_effects=within)
    name = f"ols {'within' if within else 'pooled'}"
    agrees(fit, data, witness()[name])
    others_agree(fit, data.units["cluster"], name)


@pytest.mark.parametrize("controls", [(), ("urban",)])
def test_clusters_only_agree_with_r(controls):
    specification = rung(communes(), 5, *controls)
    full_name = "clusters only beside urban" if controls else "clusters only"
    expected = witness()[full_name]
    b = specification.log_rate_ratio
    error = specification.error
    numbers = (b, error.standard_error, error.df, error.p_value(b))
    numbers += tuple(error.interval(b))
    names = ["coefficient", "error", "df", "p", "low", "high"]
    assert numbers == close(tuple(expected[names]), rel=1e-6)
    if controls:  # the textbook error, too
        classical = witness()["clusters only classical"]
        assert is_near(specification.results.bse["density"], classical["error"])


def test_each_refit_agrees_with_a_new_fit_in_r():
    answer = design(communes(), "urban").leave_one_out()
    table = answer.table.set_index("left_out")
    expected = witness()["poisson within"].filter(like="without")
    names = [name.removeprefix("without ") for name in expected.index]
    assert table.index.tolist() == names
    np.testing.assert_allclose(table["log_rate_ratio"], expected, rtol=1e-6)


def test_free_population_agrees_with_r():
    table = design(communes(), "urban").denominators().table
    free = table[table["question"] == "free"].set_index("term")
    for name in ("members", "population"):
        numbers = free.loc[f"log {name}", ["log_rate_ratio", "standard_error", "df"]]
        expected = witness()[f"free {name}"][["coefficient", "cr2", "df"]]
        assert tuple(numbers) == close(tuple(expected), rel=1e-6)


def test_two_years_agree_with_r():
    data = rung(communes(), 1, "urban").data
    specification = match_periods(data, earlier())
    agrees(specification.fit, specification.data, witness("effect_layer")["difference"])
    expected = witness("effect_layer")["conditional"]
    conditional = models.fit_changes(specification.data, is_conditional=True)
    clusters = specification.data.units["cluster"]
    for column in ("coefficient", "dummies"):  # R's second route is Poisson with 75 dummies
        assert is_near(conditional.coefficient("density"), expected[column])
    error = cr2(conditional, clusters, "density")
    in_r = tuple(expected[["cr2", "df"]])
    assert (error.standard_error, error.df) == close(in_r, rel=1e-6)
    plain = cluster_robust(conditional, clusters, "density").standard_error
    assert is_near(plain * math.sqrt(7 / 8), expected["cr0"])


@pytest.mark.parametrize(("number", "name"), POISSON)
def test_moran_agrees_with_spdep(number, name):
    specification = rung(communes(), number, "urban")
    pairs = []
    for unit in range(1, 76):
        for neighbour in (unit - 5, unit - 1, unit + 1, unit + 5):
            if 1 <= neighbour <= 75:
                pairs.append((unit, neighbour))
    neighbours = pd.DataFrame(pairs, columns=["code", "neighbour"])
    units = specification.data.units.index
    statistic, _ = spatial.moran(specification.fit, units, neighbours)
    assert is_near(statistic, witness("effect_layer")[name]["moran"])


# McCullagh, P., Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., section 6.3.2: damage
# to cargo ships, phi = 1.69, ships of type B -0.54.
def test_ships_are_those_of_mccullagh_and_nelder():
    ships = pd.read_csv(GOLDEN / "effect_ships.csv")
    texts = ships[["type", "year", "period"]].astype(str)
    kinds = pd.get_dummies(texts, drop_first=True)
    X = kinds.astype(float).assign(constant=1.0)
    offset = np.log(ships["service"])
    family = sm.families.Poisson()
    fit = models.fit_glm(ships["incidents"], X, family=family, offset=offset)
    results = fit.results
    phi = results.pearson_chi2 / results.df_resid
    type_b = results.params["type_B"]
    assert round(type_b, 2) == -0.54
    assert round(phi, 2) == 1.69
    expected = witness("effect_layer")["ships"]
    assert is_near(type_b, expected["B"])
    assert is_near(phi, expected["phi"])
    error = results.bse["type_B"] * math.sqrt(phi)
    assert is_near(error, expected["error"])


# Cinelli, C., Hazlett, C. (2020), table 1: directly harmed, t 4.18, df 783, RV 13.9 %, at 5 %
# 7.6 %; as strong as `female` (which explains 0.91 % and 10.9 %): 0.9 % and 12.5 %.
def test_robustness_values_are_the_published_ones():
    value, significant = sensitivity.robustness(4.18 / math.sqrt(783), 783)
    assert round(value, 3) == 0.139
    assert round(significant, 3) == 0.076
    exposure, outcome = sensitivity.bound_confounder(0.00908, 0.109, times=1)
    assert round(exposure, 3) == 0.009
    assert round(outcome, 3) == 0.125


# VanderWeele, T. J., Ding, P. (2017): breast feeding, RR 3.9 (1.8 to 8.7), E-values 7.2 and 3.0.
def test_e_values_are_the_published_ones():
    standard_error = (math.log(3.9) - math.log(1.8)) / 1.959964
    error = errors.StandardError(standard_error, math.inf)
    for sign in (1, -1):
        distance = sensitivity.distance_to_none(sign * math.log(3.9), error)
        of_estimate = sensitivity.e_value(math.log(3.9))
        e_values = of_estimate, sensitivity.e_value(distance)
        assert e_values == close((7.26, 3.0), abs=0.005)
    distance = sensitivity.distance_to_none(0.1, error)
    assert sensitivity.e_value(distance) == 1


# Second routes.


def test_interval_is_the_sandwich_worked_by_hand():
    # Slope through the origin, two rows a cluster: the hat matrix of cluster g is x x' / 20, so
    # B = I - x x' / 20 stretches along x by 1 - x'x / 20 and leaves the rest alone.
    x = np.array([1.0, 1, 1, 2, 2, 2, 1, 2])
    y = np.array([1.0, 2, 0, 3, 5, 3, 2, 2])
    codes = np.repeat(np.arange(4), 2)
    fit = models.fit_least_squares(y, pd.DataFrame({"x": x}))
    slope = (x @ y) / 20
    variance = 0.0
    weight = []
    for g in range(4):
        xg = x[codes == g]
        eg = (y - slope * x)[codes == g]
        stretch = (1 - xg @ xg / 20) ** -0.5
        variance += (stretch * (xg @ eg) / 20) ** 2
        weight.append(stretch * (xg @ xg) / 20)
    a = np.array(weight)
    sum_of_squares = np.array([2.0, 5, 8, 5])
    squared_influence = a**2 / sum_of_squares  # of the adjusted influence of each g
    diagonal = np.diag(squared_influence * 20**2 / 400)
    P = diagonal - np.outer(a, a) / 20
    error = cr2(fit, pd.Series(codes), "x")
    assert error.standard_error == close(math.sqrt(variance), rel=1e-12)
    df = np.trace(P) ** 2 / np.sum(P**2)
    assert error.df == close(df, rel=1e-12)


@pytest.mark.parametrize("model", ["counts", "ceiling", "log rate"])
def test_absorbed_effects_are_those_of_dummies(model, monkeypatch):
    table = communes()
    column = {"count": "near"} if model == "ceiling" else {}

    def all_of_it():
        specification = rung(table, 2, "urban", **column)
        fit = specification.fit
        if model == "log rate":
            fit = models.fit_log_rates(specification.data, has_fixed_effects=True)
        cluster = specification.data.units["cluster"]
        errors = [compute(fit, cluster, "density") for compute in (cr2, cv3, cluster_robust)]
        results = fit.results
        numbers = [results.params["density"], results.params["urban"]]
        numbers += [results.df_resid, results.bse["density"]]
        numbers.append(getattr(results, "pearson_chi2", 0))
        numbers += [error.standard_error for error in errors]
        numbers.append(errors[0].df)
        noise = np.random.default_rng(1).normal(size=(3, 75))
        return np.array(numbers), fit.remove_fitted(noise)

    absorbed_numbers, absorbed_rest = all_of_it()
    monkeypatch.setattr(models, "MANY_CLUSTERS", 3)
    numbers, rest = all_of_it()
    np.testing.assert_allclose(numbers, absorbed_numbers, rtol=1e-8)
    np.testing.assert_allclose(rest, absorbed_rest, atol=1e-8)


def slowly(y, X):
    """Compute the p-value over all orders, one lstsq after the other."""
    controls = np.delete(X, 1, axis=1)
    fitted = np.linalg.lstsq(controls, y, rcond=None)[0]
    line = controls @ fitted
    t_values = []
    for order in itertools.permutations(range(len(y))):
        dealt = line + (y - line)[list(order)]
        beta = np.linalg.lstsq(X, dealt, rcond=None)[0]
        residuals = dealt - X @ beta
        bread = np.linalg.inv(X.T @ X)
        variance = np.sum(residuals**2) * bread[1, 1]
        t_values.append(abs(beta[1]) / math.sqrt(variance))
    return np.mean(np.array(t_values) >= t_values[0] - 1e-9)


@pytest.mark.parametrize("controls", [(), ("z",)])
@pytest.mark.parametrize("seed", range(2))
def test_permutation_counts_every_order(seed, controls):
    province = invented(seed, sizes=(4,) * 6)
    specification = rung(province, 5, *controls)
    y = specification.results.model.endog
    X = specification.results.model.exog
    assert specification.permutation_p == close(slowly(y, X), abs=1e-12)
    nine_districts = invented(1, sizes=(3,) * 9)
    assert np.isnan(rung(nine_districts, 5).permutation_p)


def by_hand(fit, codes, value, V):
    """Make every bootstrap data set in full, and fit it: restricted, then the t value."""
    model = fit.results.model
    y = model.endog
    w = model.weights
    column = model.exog_names.index("density")
    root = np.sqrt(w)
    X = model.exog * root[:, None]
    ys = y * root
    x = X[:, column]
    controls = np.delete(X, column, axis=1)
    outcome = ys - value * x
    fitted = np.linalg.lstsq(controls, outcome, rcond=None)[0]
    line = controls @ fitted
    rest = ys - value * x - line
    bread = np.linalg.inv(X.T @ X)

    def t(data):
        beta = bread @ X.T @ data
        residuals = data - X @ beta
        scores = pd.DataFrame(X * residuals[:, None])
        sums = scores.groupby(codes).sum().to_numpy()
        variance = bread @ sums.T @ sums @ bread
        standard_error = math.sqrt(variance[column, column])
        return (beta[column] - value) / standard_error

    t_values = [t(value * x + line + v[codes] * rest) for v in V]
    least = abs(t(ys)) * (1 - 1e-9)
    return np.mean(np.abs(t_values) >= least)


ALL_SIGNS = itertools.product([1.0, -1.0], repeat=6)
SIGNS = np.array(list(ALL_SIGNS))


@pytest.mark.parametrize("seed", range(3))
def test_bootstrap_is_the_one_made_by_hand(seed):
    province = invented(seed, sizes=SIZES[:6])
    specification = rung(province, 2, "z")
    fit = models.fit_log_rates(specification.data, has_fixed_effects=True)
    clusters = specification.data.units["cluster"]
    codes = pd.factorize(clusters)[0]
    p, pieces, draws = errors.wild_bootstrap(fit, clusters, "density", weights="rademacher")
    assert p == by_hand(fit, codes, 0.0, SIGNS)
    assert draws == 64
    [(low, high)] = pieces
    # Inside the set nothing is rejected, just outside it is.
    for end, inward in ((low, 1), (high, -1)):
        step = inward * 1e-4 * (high - low)
        assert by_hand(fit, codes, end + step, SIGNS) > 0.05
        assert by_hand(fit, codes, end - step, SIGNS) <= 0.05


def test_counts_have_the_bootstrap_of_their_restricted_fit():
    # Second route for counts: fit without the exposure, then the bootstrap by hand of one step.
    province = invented(5, sizes=SIZES[:6])
    specification = rung(province, 2, "z")
    fit = specification.fit
    clusters = specification.data.units["cluster"]
    all_rows = np.ones(len(clusters), dtype=bool)
    restricted = models.refit(fit, all_rows, fixed_term="density").results
    line = restricted.model.exog @ restricted.params.to_numpy()
    working = line + (restricted.model.endog - restricted.mu) / restricted.mu
    model = fit.results.model
    X = pd.DataFrame(model.exog, columns=model.exog_names)
    weighted = sm.WLS(working, X, weights=restricted.mu)
    step = models.Fit(weighted.fit())
    p, _, _ = errors.wild_bootstrap(fit, clusters, "density", weights="rademacher")
    codes = pd.factorize(clusters)[0]
    assert p == by_hand(step, codes, 0.0, SIGNS)


@pytest.mark.parametrize("seed", [1, 5])
def test_a_set_in_pieces_holds_what_is_not_rejected_and_nothing_else(seed):
    # One district with most communes: the set falls apart, and no gap in it may be closed.
    province = invented(seed, sizes=(2, 2, 2, 30, 2, 2))
    specification = rung(province, 2)
    fit = models.fit_log_rates(specification.data, has_fixed_effects=True)
    clusters = specification.data.units["cluster"]
    codes = pd.factorize(clusters)[0]
    _, pieces, _ = errors.wild_bootstrap(fit, clusters, "density", weights="rademacher")
    ends = [end for piece in pieces for end in piece if np.isfinite(end)]
    assert ends == sorted(ends)
    for low, high in pieces:
        middle = max(low, -9.0) / 2 + min(high, 9.0) / 2
        assert by_hand(fit, codes, middle, SIGNS) > 0.05
    for (_, end_before), (start_after, _) in itertools.pairwise(pieces):
        middle = (end_before + start_after) / 2
        assert by_hand(fit, codes, middle, SIGNS) <= 0.05


def test_second_opinion_is_generalised_least_squares_with_dense_matrices():
    table = smooth(3)
    pairs = places.neighbours()
    data = rung(table).data
    positions = spatial.positions(data.units.index, pairs)
    ratio, error = spatial.fit_spatial_errors(data, pairs)
    design_columns = models.design_matrix(data, has_fixed_effects=True)[0]
    X = design_columns.to_numpy()
    y = data.log_rate.to_numpy()
    n = len(y)
    differences = positions[:, None] - positions[None]
    apart = np.sqrt((differences**2).sum(axis=2))
    to_nearest = [row[row > 0].min() for row in apart]
    nearest = np.median(to_nearest)
    fits = []
    for reach in spatial.RANGES:
        for nugget in spatial.NUGGETS:
            share = max(nugget, 1e-6)
            correlation = np.exp(-apart / nearest / reach)
            V = share * np.eye(n) + (1 - share) * correlation
            inverse = np.linalg.inv(V)
            bread = np.linalg.inv(X.T @ inverse @ X)
            b = bread @ X.T @ inverse @ y
            residuals = y - X @ b
            s2 = residuals @ inverse @ residuals / (n - X.shape[1])
            _, log_det = np.linalg.slogdet(V)
            _, log_det_of_bread = np.linalg.slogdet(bread)
            logs = (n - X.shape[1]) * np.log(s2) + log_det - log_det_of_bread
            k = list(design_columns).index("density")
            fits.append([logs, b[k], s2 * bread[k, k]])
    logs, b, variance = np.array(fits).T
    weight = np.exp((logs.min() - logs) / 2)
    weight /= weight.sum()
    assert ratio == close(weight @ b, rel=1e-6)
    mean = weight @ b
    mixed_variance = weight @ (variance + (b - mean) ** 2)
    assert error.standard_error**2 == close(mixed_variance, rel=1e-6)
    assert error.df == n - X.shape[1]


@pytest.mark.parametrize("number", [1, 2])
def test_noise_has_the_mean_of_cliff_and_ord(number):
    # E[I] = n / S0 * trace(M W) / (n - k), where M projects off all columns.
    specification = rung(smooth(2), number)
    pairs = places.neighbours()
    W = spatial.neighbour_weights(specification.data.units.index, pairs)
    parts = specification.fit
    draws = np.random.default_rng(1).standard_normal((4000, 75))
    noise = parts.remove_fitted(draws)
    values = spatial.morans_i(noise, W)
    M = np.eye(75) - parts.Q @ parts.Q.T
    # I takes the mean off, too, which the projection of counts does not quite do.
    C = np.eye(75) - 1 / 75
    centred_trace = np.trace(M @ C @ W @ C @ M)
    expected = 75 / W.sum() * centred_trace / np.trace(M @ C @ M)
    error = values.std() / math.sqrt(4000)
    assert values.mean() == close(expected, abs=4 * error + 0.002)


def test_naive_errors_are_those_of_statsmodels():
    table = communes().rename_axis("code")
    naive_table = design(table, "urban").naive().table.set_index("method")
    districts = pd.get_dummies(table["district"])
    dummies = districts.astype(float).add_prefix("d")
    X = pd.concat([table[["density", "urban"]], dummies], axis=1)
    offset = np.log(table["population"])
    family = sm.families.Poisson()
    usual = sm.GLM(table["users"], X, family=family, offset=offset)
    plain = usual.fit(tol=1e-12)
    quasi = usual.fit(tol=1e-12, scale="X2")
    assert is_near(naive_table.loc["model", "log_rate_ratio"], plain.params["density"])
    for name, fit in (("model", plain), ("quasi", quasi)):
        assert is_near(naive_table.loc[name, "standard_error"], fit.bse["density"])
    groups = {"groups": table["district"].to_numpy(), "use_correction": False}
    clustered = usual.fit(tol=1e-12, cov_type="cluster", cov_kwds=groups)
    # statsmodels leaves out G / (G - 1) here; the benchmark and we have it.
    error = clustered.bse["density"] * math.sqrt(8 / 7)
    assert is_near(naive_table.loc["z", "standard_error"], error)
    z = naive_table.loc["z"]
    width = z["log_high"] - z["log_low"]
    assert is_near(width, 2 * 1.959963985 * z["standard_error"])
