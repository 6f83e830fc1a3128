"""Neighbours in the ladder: Moran's I, its flag, and the opinion whose errors die away."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hganalysis import effect, findings, frames, indicators, places, words
from hganalysis.effect.spatial import OWN, RANGES, _reml, pairs_of, positions, spatial
from hganalysis.slides import facts

ROOT = Path(__file__).parents[1]
COLUMNS = {"count": "users", "exposure": "density", "offset": "population", "cluster": "district"}


@pytest.fixture(scope="module")
def pairs():
    return places.neighbours(places.points())


def smooth(seed, *, km=30.0):
    """Let exposure and residual both change gradually over the communes."""
    rng = np.random.default_rng(seed)
    points = places.points().geometry
    at = np.column_stack([points.x, points.y]) / 1000
    apart = np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=2))
    root = np.linalg.cholesky(np.exp(-apart / km) + 1e-9 * np.eye(len(at)))
    x, rest = root @ rng.normal(size=(len(at), 2))[:, 0], root @ rng.normal(size=len(at))
    communes = places.communes().loc[points.index]
    people = communes["population"].to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "users": rng.poisson(people * np.exp(-1.8 + 0.35 * rest)),
            "density": x,
            "population": people,
            "district": communes["district_code"],
            "origin": "reported",
        }
    )


def test_ladder_asks_moran_flags_and_gives_the_other_opinion(pairs):
    table = smooth(1)
    climbed = effect.ladder(effect.columns(table, **COLUMNS), neighbours=pairs)
    found = climbed.headline
    assert found.moran == effect.moran(effect.columns(table, **COLUMNS), neighbours=pairs)
    assert found.moran.p_value < 0.01
    assert "neighbours alike" in found.flags
    assert "neighbours alike" in climbed.table().set_index("rung").loc[2, "flags"]
    other = next(one for one in found.alternatives if one.method.startswith("spatial"))
    assert climbed.second_opinions()["method"].tolist() == [other.method] * 2
    said = findings.headline(climbed)
    ends = (other.log_rate_ratio, other.low, other.high)
    texts = [words.number(math.exp(one), decimals=2) for one in ends]
    held = dict(zip(("rr", "low", "high"), texts, strict=True))
    assert words.term("findings.estimate_alike_held", p="=\N{NO-BREAK SPACE}0,001", **held) in said
    assert words.term("findings.estimate_alike_other", **held) in findings.neighbours(found)
    assert found.spatial == other
    # Without neighbours nothing is asked, and nothing said.
    plain = effect.ladder(effect.columns(table, **COLUMNS)).headline
    assert plain.moran is None
    assert findings.neighbours(plain) == words.term("findings.moran_not_asked")
    assert plain.alternatives == ()
    # Neighbours without places: Moran, and no opinion that would need them.
    near = effect.ladder(
        effect.columns(table, **COLUMNS), neighbours=pairs.drop(columns="x_km")
    ).headline
    assert near.moran == found.moran
    assert near.alternatives == ()
    assert near.spatial is None
    said = findings.teams.alike(near)
    assert said == [words.term("findings.estimate_alike", p="=\N{NO-BREAK SPACE}0,001")]


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_interval_holds_the_other_opinion_where_neighbours_are_alike(pairs, seed):
    table = smooth(seed, km=60.0)
    plain = effect.estimate(effect.columns(table, **COLUMNS))
    found = effect.ladder(effect.columns(table, **COLUMNS), neighbours=pairs).headline
    assert found.alike
    other = found.spatial
    assert found.low == min(plain.low, other.low)
    assert found.high == max(plain.high, other.high)
    assert found.p_value == pytest.approx(max(plain.p_value, other.p_value), rel=1e-9)
    assert (found.p_value < 0.05) == (not found.low <= 0 <= found.high)
    # What is not alike is as it was: the opinion stands beside it.
    rng = np.random.default_rng(seed)
    left = pairs.assign(neighbour=rng.permutation(pairs["neighbour"]))
    apart = effect.ladder(effect.columns(table, **COLUMNS), neighbours=left).headline
    assert apart.alike == (apart.moran.p_value <= 0.05)
    if not apart.alike:
        assert (apart.low, apart.high) == (plain.low, plain.high)


def test_units_dealt_out_anew_are_not_flagged(pairs):
    flagged = 0
    for seed in range(20):
        table = smooth(3)
        rng = np.random.default_rng(seed)
        own = 0.35 * rng.normal(size=len(table))
        table = table.assign(users=table["population"] * np.exp(-1.8 + own))
        flags = effect.ladder(effect.columns(table, **COLUMNS), neighbours=pairs).headline.flags
        flagged += "neighbours alike" in flags
    assert flagged <= 4


def test_likelihood_and_coefficients_are_those_of_dense_matrices():
    # A second route: generalised least squares with the whole covariance.
    rng = np.random.default_rng(2)
    root = rng.normal(size=(30, 30))
    V = root @ root.T / 30 + 0.3 * np.eye(30)
    X, y = rng.normal(size=(30, 3)), rng.normal(size=30)
    values, vectors = np.linalg.eigh(V)
    found = _reml(vectors.T @ np.column_stack([X, y]), values)
    inverse = np.linalg.inv(V)
    bread = np.linalg.inv(X.T @ inverse @ X)
    b = bread @ X.T @ inverse @ y
    squares = (y - X @ b) @ inverse @ (y - X @ b)
    likelihood = 27 * np.log(squares) + np.linalg.slogdet(V)[1] - np.linalg.slogdet(bread)[1]
    np.testing.assert_allclose(
        found, [likelihood, b[0], np.sqrt(squares / 27 * bread[0, 0])], rtol=1e-9
    )


def test_the_error_holds_how_far_the_covariances_are_apart(pairs, monkeypatch):
    data = effect.columns(smooth(3), **COLUMNS)
    each = np.random.default_rng(7).uniform(0.1, 1, size=(len(RANGES) * len(OWN), 2))
    told = iter(each)
    # all are as likely as each other
    monkeypatch.setattr(sys.modules[spatial.__module__], "_reml", lambda *_: (0.0, *next(told)))
    found = spatial(data, positions(data.rows, pairs), fixed_effects=True)
    b, error = each.T
    assert found.log_rate_ratio == pytest.approx(b.mean())
    assert found.standard_error**2 == pytest.approx((error**2).mean() + b.var())
    assert found.df == len(data.rows) - len(data.labels) - 1 - len(data.names.controls)


def test_plain_moran_is_the_sum_over_pairs(pairs):
    values = pd.Series(np.random.default_rng(4).normal(size=75), index=places.points().index)
    x = values - values.mean()
    of = {code: group["neighbour"] for code, group in pairs.groupby("code")}
    by_hand = sum(x[code] * x[near].mean() for code, near in of.items()) / np.sum(x**2)
    found = effect.morans_i(values, neighbours=pairs)
    assert found == pytest.approx(by_hand, rel=1e-12)
    # The residuals of a fit have the I that the test of the fit starts from.
    table = smooth(1)
    left = effect.residuals(effect.columns(table, **COLUMNS))["residual"]
    tested = effect.moran(effect.columns(table, **COLUMNS), neighbours=pairs).statistic
    assert effect.morans_i(left, neighbours=pairs) == pytest.approx(tested, rel=1e-6)
    with pytest.raises(ValueError, match="not all equal"):
        effect.morans_i(values * 0, neighbours=pairs)


def test_units_that_are_not_alike_are_least_squares(pairs):
    # Of independent residuals the likelihood leaves next to nothing to distance.
    table = smooth(5)
    rng = np.random.default_rng(6)
    table = table.assign(
        density=rng.normal(size=75),
        users=table["population"] * np.exp(-1.8 + 0.35 * rng.normal(size=75)),
    )
    data = effect.columns(table, **COLUMNS)
    found = spatial(data, positions(data.rows, pairs), fixed_effects=True)
    twin = effect.model(effect.columns(table, **COLUMNS), of="log rate")
    assert found.log_rate_ratio == pytest.approx(twin.coefficient("density"), abs=0.03)
    assert found.standard_error == pytest.approx(
        effect.classical(twin, "density").standard_error, rel=0.15
    )
    assert found.df == 75 - 9
    assert min(RANGES) > 0
    assert max(OWN) < 1


def test_a_unit_without_a_place_is_like_one_that_is_far_from_all():
    data = effect.columns(smooth(1), **COLUMNS)
    nowhere = np.column_stack(np.divmod(np.arange(75.0), 10))  # a grid of kilometres
    far = nowhere.copy()
    nowhere[0], far[0] = np.nan, 1e6
    assert spatial(data, nowhere, fixed_effects=True) == spatial(data, far, fixed_effects=True)


def test_the_opinion_of_neighbours_stands_beside_the_others(pairs):
    data = effect.columns(smooth(1), **COLUMNS)
    alone = effect.ladder(data, bootstrap=99).second_opinions()
    every = effect.ladder(data, bootstrap=99, neighbours=pairs).second_opinions()
    is_new = every["method"].str.startswith("spatial")
    assert every.loc[is_new, "rung"].tolist() == [1, 2]
    pd.testing.assert_frame_equal(every[~is_new].reset_index(drop=True), alone)


def test_it_holds_where_both_are_smooth(pairs):
    held = {"spatial": 0, "textbook": 0}
    for seed in range(60):
        table = smooth(seed)
        data = effect.columns(table, **COLUMNS)
        one = spatial(data, positions(data.rows, pairs), fixed_effects=True)
        held["spatial"] += abs(one.log_rate_ratio) < 2 * one.standard_error
        twin = effect.model(effect.columns(table, **COLUMNS), of="log rate")
        error = effect.classical(twin, "density").standard_error
        held["textbook"] += abs(twin.coefficient("density")) < 2 * error
    assert held["spatial"] >= 53
    assert held["textbook"] < 51


def test_neighbours_of_the_first_unit_alone_are_neighbours():
    told = pd.DataFrame({"code": ["a", "a", "?"], "neighbour": ["b", "c", "a"]})
    left, right = pairs_of(pd.Index(["a", "b", "c"]), told)
    assert (left.tolist(), right.tolist()) == ([0, 0], [1, 2])


def test_strange_neighbours_are_refused(pairs):
    table = smooth(1)
    with pytest.raises(LookupError, match="No pair of neighbours"):
        effect.ladder(effect.columns(table.set_index(np.arange(75)), **COLUMNS), neighbours=pairs)
    # Nobody next to anybody, known or not: nothing is asked, and nothing stops.
    for none in (pairs.iloc[:0], pairs.assign(neighbour="?")):
        plain = effect.ladder(effect.columns(table, **COLUMNS), neighbours=none).headline
        assert plain == effect.ladder(effect.columns(table, **COLUMNS)).headline
        with pytest.raises(LookupError, match="none of its 75 units has one"):
            effect.moran(effect.columns(table, **COLUMNS), neighbours=none)
    nowhere = pairs.assign(x_km=np.nan)
    data = effect.columns(table, **COLUMNS)
    with pytest.raises(effect.Refused, match="how far the units are apart"):
        spatial(data, positions(data.rows, nowhere), fixed_effects=True)
    assert (
        effect.ladder(effect.columns(table, **COLUMNS), neighbours=nowhere).headline.alternatives
        == ()
    )
    # One unit without a neighbour is like nobody, and the others are as they were.
    some = pairs[(pairs["code"] != pairs["code"].iloc[0])]
    assert (
        len(effect.ladder(effect.columns(table, **COLUMNS), neighbours=some).headline.alternatives)
        == 1
    )


def test_neighbours_at_hand_are_the_communes_or_none(pairs, monkeypatch):
    pd.testing.assert_frame_equal(places.neighbours(), pairs)
    monkeypatch.setattr(places.shapes, "placed", lambda: False)
    assert places.neighbours().empty
    assert list(places.neighbours()) == list(pairs)


def test_deck_and_notebooks_tell_one_headline(pairs):
    measure = indicators.get("app_users", year=2022)
    frame = effect.units(frames.reports(), frames.teams(), indicator=measure)
    columns = {**COLUMNS, "count": "count", "exposure": "members_per_1000"}
    columns |= {"cluster": "district_code", "controls": ["urban"]}
    expected = effect.ladder(effect.columns(frame, **columns), neighbours=pairs).headline
    assert expected.alike
    assert facts.gather(frames.reports(), frames.teams(), None).relation.ladder.headline == expected
    for notebook in ("03_teams_and_uptake", "04_how_far_to_trust_it"):
        text = (ROOT / "notebooks" / "vi" / f"{notebook}.ipynb").read_text(encoding="utf-8")
        assert findings.teams.alike(expected)[0] in text
