"""Errors and the bootstrap: golden values from R, second routes, laws, refusals."""

from __future__ import annotations

import importlib.util
import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hganalysis import effect
from hganalysis.effect import errors as adjust
from hganalysis.effect.bootstrap import from_events, from_scan, wild_bootstrap
from hganalysis.effect.errors import cr2, cv3, jackknife, sandwich
from hganalysis.effect.fit import binomial, least_squares, poisson
from hganalysis.effect.models import sign_flip_p

GOLDEN = Path(__file__).parent / "golden"
PROTOTYPE = Path(__file__).parents[2] / "shared" / "reference" / "few_clusters.py"
SIZES = (9, 6, 10, 8, 15, 10, 8, 9)
INF = math.inf


@pytest.fixture(scope="module")
def witness():
    table = pd.read_csv(GOLDEN / "effect_layer.csv", index_col=["model", "quantity"])
    return table["value"]


@pytest.fixture
def communes():
    table = pd.read_csv(GOLDEN / "effect_input.csv", index_col="commune")
    return table.assign(density=1000 * table["members"] / table["population"])


@pytest.fixture(scope="module")
def prototype():
    if not PROTOTYPE.exists():
        pytest.skip("the prototype of the method is not beside this repository")
    spec = importlib.util.spec_from_file_location("few_clusters", PROTOTYPE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_dummies(X, codes):
    return np.column_stack([X, (codes[:, None] == np.unique(codes)).astype(float)])


def fitted(table, model, *, fixed_effects, dummies=False):
    codes = pd.factorize(table["district"], sort=True)[0]
    X = table[["density", "urban"]].to_numpy(dtype=float)
    if not fixed_effects:
        X = np.column_stack([X, np.ones(len(X))])
    if dummies:
        X = with_dummies(X, codes)
    names = ("density", "urban", *(f"other {j}" for j in range(X.shape[1] - 2)))
    users, population = (table[name].to_numpy(dtype=float) for name in ("users", "population"))
    args = {"names": names, "clusters": codes, "absorb": fixed_effects and not dummies}
    if model == "poisson":
        return poisson(users, X, offset=np.log(population), **args)
    weights = population if model == "wls" else None
    return least_squares(np.log(users / population), X, weights=weights, **args)


def invented(seed, *, sizes=SIZES, spread=0.35, absorb=True, model="poisson", special=False):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(sizes)), sizes)
    x, z = rng.normal(size=(2, len(codes)))
    population = 9000 * np.exp(spread * rng.normal(size=len(codes)))
    shocks = 0.2 * rng.normal(size=len(sizes))[codes] + 0.3 * rng.normal(size=len(codes))
    users = 1.0 + rng.poisson(population * np.exp(-2 + 0.1 * x + 0.1 * z + shocks))
    X = np.column_stack([x, z, *([(codes == 1) * x**2] if special else [])])
    names = ("x", "z", "w")[: X.shape[1]]
    if not absorb:
        X = with_dummies(X, codes)
        names += tuple(f"cluster {g}" for g in range(len(sizes)))
    args = {"names": names, "clusters": codes, "absorb": absorb}
    if model == "poisson":
        return poisson(users, X, offset=np.log(population), **args)
    weights = population if model == "wls" else None
    return least_squares(np.log(users / population), X, weights=weights, **args)


# Golden values: R's sandwich, clubSandwich and glm (tests/golden/effect_layer.R).


@pytest.mark.parametrize("model", ["poisson", "ols", "wls"])
@pytest.mark.parametrize("fixed_effects", [False, True])
def test_plain_and_jackknife_errors_agree_with_r(communes, witness, model, fixed_effects):
    fit = fitted(communes, model, fixed_effects=fixed_effects)
    expected = witness[f"{model} {'within' if fixed_effects else 'pooled'}"]
    for kind in ("CR1", "CR1S"):
        error = sandwich(fit, "density", kind=kind)
        assert error.standard_error == pytest.approx(expected[kind.lower()], rel=1e-6)
        assert error.df == 7
    assert cv3(fit, "density").standard_error == pytest.approx(expected["cv3"], rel=1e-6)
    assert cv3(fit, "density").df == 7
    plain = sandwich(fit, "density", kind="CR0").standard_error
    assert plain == pytest.approx(expected["cr1"] * math.sqrt(7 / 8), rel=1e-6)


def test_two_counts_given_their_sum_agree_with_r(communes, witness):
    before = pd.read_csv(GOLDEN / "effect_before.csv", index_col="commune")
    moved = 1000 * (communes["members"] - before["members"]) / communes["population"]
    after, total = (
        (communes["users"] + other).to_numpy(dtype=float) for other in (0, before["users"])
    )
    fit = binomial(
        after / total,
        np.column_stack([moved, np.ones(75)]),
        names=("moved", "year"),
        clusters=communes["district"].to_numpy() - 1,
        offset=np.zeros(75),
        trials=total,
    )
    expected = witness["conditional"]
    # R's second route is Poisson with 75 dummies: the same coefficient and the same plain error.
    assert fit.coefficient("moved") == pytest.approx(expected["dummies"], rel=1e-6)
    plain = sandwich(fit, "moved", kind="CR0").standard_error
    assert plain == pytest.approx(expected["cr0"], rel=1e-6)
    assert cr2(fit, "moved").standard_error == pytest.approx(expected["cr2"], rel=1e-6)
    assert cr2(fit, "moved").df == pytest.approx(expected["df"], rel=1e-6)


# McCullagh, P., Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., section 6.3.2: damage
# to cargo ships, phi = 1.69, ships of type B -0.54.
def test_ships_are_those_of_mccullagh_and_nelder(witness):
    ships = pd.read_csv(GOLDEN / "effect_ships.csv")
    kinds = pd.get_dummies(ships[["type", "year", "period"]].astype(str), drop_first=True)
    X = np.column_stack([kinds.to_numpy(dtype=float), np.ones(len(ships))])
    fit = poisson(
        ships["incidents"].to_numpy(dtype=float),
        X,
        names=(*kinds.columns, "intercept"),
        clusters=np.arange(len(ships)),
        offset=np.log(ships["service"].to_numpy()),
    )
    assert round(fit.coefficient("type_B"), 2) == -0.54
    assert round(fit.pearson, 2) == 1.69
    assert fit.coefficient("type_B") == pytest.approx(witness["ships"]["B"], rel=1e-6)
    assert fit.pearson == pytest.approx(witness["ships"]["phi"], rel=1e-6)


@pytest.mark.parametrize("absorb", [False, True])
def test_insurance_claims_agree_with_r(witness, absorb):
    claims = pd.read_csv(GOLDEN / "effect_insurance.csv")
    X = claims[["age", "group"]].to_numpy(dtype=float)
    X = X if absorb else np.column_stack([X, np.ones(len(X))])
    fit = poisson(
        claims["claims"].to_numpy(dtype=float),
        X,
        names=("age", "group", "intercept")[: X.shape[1]],
        clusters=claims["district"].to_numpy() - 1,
        offset=np.log(claims["holders"].to_numpy()),
        absorb=absorb,
    )
    expected = witness["insurance within" if absorb else "insurance pooled"]
    assert fit.coefficient("age") == pytest.approx(expected["coefficient"], rel=1e-6)
    assert cr2(fit, "age").standard_error == pytest.approx(expected["cr2"], rel=1e-6)
    assert cr2(fit, "age").df == pytest.approx(expected["df"], rel=1e-6)


# Fisher, R. A. (1935). The Design of Experiments, section 21: Darwin's maize, crossed less
# self-fertilised, in eighths of an inch. 1,726 of the 32,768 sums are as far from zero.
MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


def test_signs_are_those_of_fisher():
    assert sign_flip_p(np.array(MAIZE)) * 2**15 == 1726


def test_signs_are_counted_one_by_one():
    values = np.array([1.0, 2, 3, 3, -1])
    sums = [abs(np.dot(signs, values)) for signs in itertools.product([1, -1], repeat=5)]
    assert sign_flip_p(values) == np.mean(np.array(sums) >= 8)
    with pytest.raises(ValueError, match="at most 20 values"):
        sign_flip_p(np.arange(21.0))


# Absorbed effects and large clusters.


@pytest.mark.parametrize("model", ["poisson", "ols", "wls"])
@pytest.mark.parametrize("special", [False, True])
def test_absorbed_effects_are_those_of_dummies(model, special):
    one, two = (invented(1, model=model, absorb=a, special=special) for a in (True, False))
    np.testing.assert_allclose(one.coefficients, two.coefficients[: len(one.names)], rtol=1e-9)
    np.testing.assert_allclose(one.effects, two.coefficients[len(one.names) :], rtol=1e-9)
    assert (one.df, one.pearson) == (two.df, pytest.approx(two.pearson))
    for error in (cr2, cv3, sandwich):
        a, b = error(one, "x"), error(two, "x")
        assert a.standard_error == pytest.approx(b.standard_error, rel=1e-9)
        assert a.df == pytest.approx(b.df, rel=1e-9)


@pytest.mark.parametrize("absorb", [False, True])
@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("spread", [0.3, 1.5])
def test_large_clusters_are_adjusted_as_by_eigenvectors(monkeypatch, absorb, special, spread):
    fit = invented(2, sizes=(120, 20, 60, 7, 90), absorb=absorb, special=special, spread=spread)
    monkeypatch.setattr(adjust, "DENSE_UP_TO", 1000)
    exactly = cr2(fit, "x")
    monkeypatch.setattr(adjust, "DENSE_UP_TO", 0)
    assert cr2(fit, "x").standard_error == pytest.approx(exactly.standard_error, rel=1e-9)
    assert cr2(fit, "x").df == pytest.approx(exactly.df, rel=1e-9)


def test_solves_are_the_root_of_the_eigenvectors():
    rng = np.random.default_rng(8)
    scale, influence = np.exp(rng.normal(size=40)), rng.normal(size=40)
    Q = np.linalg.qr(rng.normal(size=(60, 4)))[0][:40]
    own = rng.normal(size=(40, 1))
    own -= Q @ np.linalg.lstsq(Q, own, rcond=None)[0]
    for columns in (Q, np.column_stack([own / np.linalg.norm(own), Q])):
        one, two = (
            root(columns, scale, influence) for root in (adjust._by_eigenvectors, adjust._by_solves)
        )
        np.testing.assert_allclose(two, one, rtol=1e-9)


def test_hundreds_of_clusters_are_no_matter():
    # With many equal clusters all small-sample errors agree.
    fit = invented(3, sizes=(15,) * 300, model="ols")
    errors = [one(fit, "x").standard_error for one in (cr2, cv3, sandwich)]
    assert errors == pytest.approx([errors[0]] * 3, rel=0.01)
    assert cr2(fit, "x").df > 200


@pytest.mark.parametrize("model", ["ols", "wls"])
def test_jackknife_of_least_squares_is_fitting_again(model):
    fit = invented(4, model=model, special=True)  # without cluster 1 the control w is empty
    again = [fit.without(g).coefficient("x") for g in range(8)]
    np.testing.assert_allclose(jackknife(fit, "x"), again, rtol=1e-9)


def test_two_counts_are_fitted_again_with_the_growth_of_those_that_stay(communes):
    before = pd.read_csv(GOLDEN / "effect_before.csv", index_col="commune")["users"]
    total = (communes["users"] + before).to_numpy(dtype=float)
    codes = communes["district"].to_numpy() - 1
    parts = {
        "response": communes["users"].to_numpy() / total,
        "X": np.column_stack([communes["density"], np.ones(75)]),
        "offset": 0.2 * np.random.default_rng(6).normal(size=75),
        "trials": total,
    }
    fit = binomial(**parts, names=("x", "year"), clusters=codes)
    stay = {name: part[codes > 0] for name, part in parts.items()}
    again = binomial(**stay, names=("x", "year"), clusters=codes[codes > 0] - 1)
    np.testing.assert_allclose(fit.without(0).coefficients, again.coefficients, rtol=1e-9)


# The bootstrap.


def by_hand(fit, X, value, V):
    """Make every bootstrap data set in full, and fit it: restricted, then the t value."""
    y, w, codes = fit.response, fit.weights, fit.clusters
    root = np.sqrt(w)
    Xs, ys = X * root[:, None], y * root
    others = Xs[:, 1:]
    line = others @ np.linalg.lstsq(others, ys - value * Xs[:, 0], rcond=None)[0]
    rest = ys - value * Xs[:, 0] - line
    bread = np.linalg.inv(Xs.T @ Xs)

    def t(data):
        beta = bread @ Xs.T @ data
        scores = pd.DataFrame(Xs * (data - Xs @ beta)[:, None]).groupby(codes).sum().to_numpy()
        return (beta[0] - value) / math.sqrt((bread @ scores.T @ scores @ bread)[0, 0])

    made = [t(value * Xs[:, 0] + line + v[codes] * rest) for v in V]
    return np.mean(np.abs(made) >= abs(t(ys)) * (1 - 1e-9))


@pytest.mark.parametrize("model", ["ols", "wls"])
@pytest.mark.parametrize("seed", range(3))
def test_bootstrap_is_the_one_made_by_hand(model, seed):
    sizes = (9, 6, 10, 8, 15, 10)
    fit, full = (
        invented(seed, sizes=sizes, model=model, absorb=absorb) for absorb in (True, False)
    )
    V = np.array(list(itertools.product([1.0, -1.0], repeat=6)))
    for one in (fit, full):
        boot = wild_bootstrap(one, "x", weights="rademacher")
        assert boot.draws == 64
        assert boot.p_value == by_hand(full, full.X, 0.0, V)
    # Inside the set nothing is rejected, just outside it is.
    (low, high), *others = boot.pieces
    assert others == []
    width = high - low
    for end, inward in ((low, 1), (high, -1)):
        assert by_hand(full, full.X, end + inward * 1e-6 * width, V) > 0.05
        assert by_hand(full, full.X, end - inward * 1e-6 * width, V) <= 0.05


@pytest.mark.parametrize("seed", range(3))
def test_bootstraps_agree_with_the_prototype(prototype, seed):
    V = np.sqrt([0.5, 1, 1.5])
    V = np.concatenate([-V, V])[np.random.default_rng(93).integers(0, 6, (999, 8))]
    line, full = (invented(seed, model="wls", absorb=absorb) for absorb in (True, False))
    boot = wild_bootstrap(line, "x", draws=999)
    groups = [np.flatnonzero(line.clusters == g) for g in range(8)]
    theirs = prototype.WCR(line.response, full.X, line.weights, groups, 0)
    assert boot.p_value * 1000 - 1 == pytest.approx(999 * theirs.pvalue(0.0, V), abs=1e-6)
    # The prototype leaves the observed draw out of its count, which moves an end by a draw.
    width = boot.pieces[0][1] - boot.pieces[0][0]
    assert boot.pieces[0] == pytest.approx(theirs.ci(V), abs=0.02 * width)

    counts, full = (invented(seed, absorb=absorb) for absorb in (True, False))
    boot = wild_bootstrap(counts, "x", draws=999)
    p, _ = prototype.glm_wcr_pvalue(
        counts.response, full.X, counts.offset, counts.clusters, 0, 0.0, V, groups
    )
    assert boot.p_value * 1000 - 1 == pytest.approx(999 * p, abs=1e-6)


def test_counts_have_the_bootstrap_of_their_restricted_fit():
    # Second route for counts: fit without the exposure, then the bootstrap by hand of one step.
    sizes = (9, 6, 10, 8, 15, 10)
    full = invented(5, sizes=sizes, absorb=False)
    held = poisson(
        full.response, full.X[:, 1:], names=full.names[1:], clusters=full.clusters,
        offset=full.offset,
    )  # fmt: skip
    working = held.X @ held.coefficients + (full.response - held.mean) / held.mean
    step = least_squares(
        working, full.X, names=full.names, clusters=full.clusters, weights=held.mean
    )
    V = np.array(list(itertools.product([1.0, -1.0], repeat=6)))
    boot = wild_bootstrap(invented(5, sizes=sizes), "x", weights="rademacher")
    assert boot.p_value == by_hand(step, full.X, 0.0, V)


def test_same_seed_same_answer_and_no_p_of_zero():
    fit = invented(6, model="ols")
    one, two = (wild_bootstrap(fit, "x", draws=199, seed=4) for _ in range(2))
    assert one == two
    assert wild_bootstrap(fit, "x", draws=199, seed=5).pieces != one.pieces
    exact = least_squares(
        fit.X[:, 0] + 1e-6 * fit.response, fit.X, names=fit.names, clusters=fit.clusters
    )
    assert wild_bootstrap(exact, "x", draws=199).p_value == 1 / 200


@pytest.mark.parametrize("side", [-1, 1])
def test_a_value_at_which_nothing_can_be_fitted_is_not_rejected(side, monkeypatch):
    fit = invented(8, sizes=(9,) * 6)
    [(low, high)] = wild_bootstrap(fit, "x", weights="rademacher").pieces
    assert low < high
    refit = type(fit).refit

    def refused(self, *columns, offset):
        if side * np.mean((offset - self.offset) * self.X[:, 0]) > 0:  # values of that sign
            msg = "there is no fit"
            raise effect.Refused(msg, reason="no fit")
        return refit(self, *columns, offset=offset)

    monkeypatch.setattr(type(fit), "refit", refused)
    [found] = wild_bootstrap(fit, "x", weights="rademacher").pieces
    expected = (min(low, 0), math.inf) if side > 0 else (-math.inf, max(high, 0))
    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("clusters", "reason"), [(5, "too few clusters for signs"), (17, "too many clusters for signs")]
)
def test_signs_are_refused_where_they_cannot_be_counted(clusters, reason):
    fit = invented(7, sizes=(9,) * clusters, model="ols")
    with pytest.raises(effect.Refused, match="Use Webb") as refused:
        wild_bootstrap(fit, "x", weights="rademacher")
    assert refused.value.reason == reason
    assert len(wild_bootstrap(fit, "x", draws=99).pieces) >= 1


def test_sets_are_shown_as_they_are():
    # Four draws of nineteen: p is (number that reach + 1) / 20, and 0.05 is not above 0.05.
    def share(reached):
        return (reached + 1) / 20

    starts, ends = np.array([-3.0, 5.0]), np.array([2.0, 7.0])
    counted = from_events(starts, ends, 0, share, 0.05, noise=0.0)
    assert counted == ((-3.0, 2.0), (5.0, 7.0))
    assert from_events(starts, ends, 1, share, 0.05, noise=0.0) == ((-np.inf, np.inf),)
    # Of random draws, a gap within one Monte Carlo error is closed.
    assert from_events(starts, ends, 0, share, 0.05, noise=0.05) == ((-3.0, 7.0),)
    # It is as deep as its deepest part.
    starts, ends = np.array([0.0, 0.0, 10.0, 10.0]), np.array([1.0, 3.0, 11.0, 11.0])
    deep = from_events(starts, ends, 0, lambda reached: reached / 20, 0.05, noise=0.01)
    assert deep == ((0.0, 1.0), (10.0, 11.0))
    two = from_scan(lambda v: float(1 < abs(v) < 3), 0.0, 1.0, 0.05, 0.0)
    assert np.array(two) == pytest.approx(np.array([[-3, -1], [1, 3]]), abs=1e-4)
    assert from_scan(lambda v: float(v > -2), 0.0, 1.0, 0.05, 0.0)[0][1] == np.inf


@pytest.mark.parametrize("seed", [1, 5, 11, 26])
def test_a_set_in_pieces_holds_what_is_not_rejected_and_nothing_else(seed):
    # One district with most communes: the set falls apart, and no gap in it may be closed.
    sizes = (2, 2, 2, 30, 2, 2)
    line, full = (invented(seed, sizes=sizes, model="ols", absorb=one) for one in (True, False))
    V = np.array(list(itertools.product([1.0, -1.0], repeat=6)))
    pieces = wild_bootstrap(line, "x", weights="rademacher").pieces
    assert len(pieces) > 1
    ends = np.array(pieces).ravel()
    between = (ends[:-1] + ends[1:]) / 2
    for value, inside in zip(between, itertools.cycle([True, False]), strict=False):
        assert (by_hand(full, full.X, value, V) > 0.05) == inside
    assert by_hand(full, full.X, ends[0] - 0.01, V) <= 0.05
    assert by_hand(full, full.X, ends[-1] + 0.01, V) <= 0.05


@pytest.mark.parametrize("seed", range(20))
def test_events_give_the_values_that_enough_draws_reach(seed):
    rng = np.random.default_rng(seed)
    starts = rng.normal(0, 3, 40)
    ends = starts + rng.exponential(3, 40)
    # A quartic that all but loses its highest power has a root as far out as that.
    starts[: rng.choice([1, 12])], ends[len(ends) - rng.choice([1, 12]) :] = -1e7, 1e7
    alpha = rng.choice([0.1, 0.2, 0.3])
    pieces = from_events(starts, ends, 1, lambda reached: reached / 41, alpha, 0.0)
    for value in [-1e9, *rng.normal(0, 6, 200), 1e9]:
        reached = 1 + np.sum((starts <= value) & (value <= ends))
        if abs(value) > 1e7:  # to there is said to be for ever
            reached += np.sum(starts < -1e6) if value < 0 else np.sum(ends > 1e6)
        assert any(low <= value <= high for low, high in pieces) == (reached / 41 > alpha)


@pytest.mark.parametrize(
    "pieces",
    [
        ((-INF, 1.25),),
        ((-1.25, INF),),
        ((-INF, INF),),
        ((-INF, -3.75), (2.25, INF)),
        ((-INF, -3.75), (-1.25, 0.75), (2.25, 4.75)),
    ],
)
def test_a_scan_gives_back_the_set_with_its_open_ends_and_its_gaps(pieces):
    def p(value):
        return 0.5 if any(low < value < high for low, high in pieces) else 0.04

    # Centre and error are any, so no end is right by being at 0 or at a point of the scan.
    found = from_scan(p, 0.1, 0.9, 0.05, 0.0)
    assert np.array(found) == pytest.approx(np.array(pieces), abs=1e-4)
    # Within one Monte Carlo error of alpha a gap says nothing; what lies outside stays there.
    low, high = pieces[0][0], pieces[-1][1]
    closed = from_scan(p, 0.1, 0.9, 0.05, 0.02)
    assert np.array(closed) == pytest.approx(np.array([(low, high)]), abs=1e-4)
    assert from_scan(p, 0.1, 0.9, 0.05, 0.009) == found
