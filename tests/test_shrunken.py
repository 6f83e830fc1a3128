"""Hold shares that are drawn towards others to laws, to mgcv, and to what simulation showed."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import by_hand
import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from hganalysis import (
    escaping,
    figures,
    findings,
    frames,
    indicators,
    maps,
    places,
    ranks,
    rates,
    suppress,
    words,
)
from hganalysis.figures import facts
from hganalysis.rates import errors, shrunken
from hganalysis.rates.variance import Units

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
APP = indicators.get("app_users", year=2022)
ENDS = ["shrunken_share_low", "shrunken_share", "shrunken_share_high"]


@pytest.fixture(scope="module")
def app():
    return rates.pick(frames.reports(), APP)


def units(residual, *, home=None, sampling=0.01, where=None):
    """Lay out places of one district or several, at a level of one half."""
    n = len(residual)
    home = np.full(n, "931") if home is None else np.array(home)
    return Units(
        place=np.arange(n).astype(str).astype(object),
        home=home.astype(object),
        weight=np.full(n, 1 / n),
        level=np.full(n, 0.5),
        residual=np.asarray(residual, dtype=float),
        sampling=np.broadcast_to(np.asarray(sampling, dtype=float), n).copy(),
        chance=np.full(n, 0.01),
        where=np.full((n, 2), np.nan) if where is None else np.asarray(where, dtype=float),
    )


def numbers_of(found, column="shrunken_share"):
    return found[column].to_numpy(dtype=float)


def moved(found, column="shrunken_share"):
    """How far from the level of one half, where a step of a residual is one half, too."""
    return numbers_of(found, column) / 0.5 - 1


APART = np.array([-0.5, -0.2, 0.0, 0.1, 0.6, 0.3, -0.4, 0.2])
LINE = np.column_stack([np.arange(8.0), np.zeros(8)])


def changed(reports, **numbers):
    table = reports.astype({"count": float, "out_of": float})
    for column, cells in numbers.items():
        table.loc[: len(cells) - 1, column] = cells
    return table


# Second routes


def test_levels_intervals_and_weights_are_those_of_mgcv():
    """Of R's gam with the covariance as a penalty: tests/golden/shrunken.R."""
    table = pd.read_csv(GOLDEN / "shrunken_input.csv", dtype={"home": str})
    golden = pd.read_csv(GOLDEN / "shrunken.csv")
    numbers = table["residual"], table["sampling"], table[["x", "y"]]
    residual, sampling, where = (one.to_numpy() for one in numbers)
    parts = units(residual, home=table["home"], sampling=sampling, where=where)
    found = shrunken.drawn(parts, ratio=True)
    assert moved(found) == pytest.approx(golden["moved"].to_numpy(), abs=1e-9)
    for name in ("below", "above", "weight"):
        assert numbers_of(found, name) == pytest.approx(golden[name].to_numpy(), rel=1e-6)


def test_the_golden_input_is_of_the_reports(app):
    table = pd.read_csv(GOLDEN / "shrunken_input.csv", dtype={"home": str})
    count, out_of, district, at = by_hand.arrays(app)
    residual, sampling = by_hand.log_scale(count, out_of, district)
    assert table["home"].tolist() == district.tolist()
    assert table["residual"].to_numpy() == pytest.approx(residual, abs=1e-8)
    assert table["sampling"].to_numpy() == pytest.approx(sampling, rel=1e-6)
    assert table[["x", "y"]].to_numpy() == pytest.approx(at, abs=1e-5)


def by_dense_algebra(parts, extra, part, near):
    """Predict the levels of places by the conditional distribution of normal numbers."""
    design = (parts.home[:, None] == np.unique(parts.home)).astype(float)
    level = (1 - part) * extra * near
    whole = level + np.diag(part * extra + parts.sampling)
    inverse = np.linalg.inv(whole)
    inner = np.linalg.inv(design.T @ inverse @ design)
    middle = design @ inner @ design.T @ inverse
    hat = middle + level @ inverse @ (np.eye(len(middle)) - middle)
    left = design - level @ inverse @ design
    error = level - level @ inverse @ level + left @ inner @ left.T
    return hat, np.diag(error)


@pytest.mark.parametrize("model", [0, 1])
def test_every_model_by_dense_algebra(app, model):
    parts = errors.units(app, level="commune")
    fits = shrunken.fit(parts)
    distance = np.hypot(*(parts.where[:, None] - parts.where).T)
    inside = np.where(parts.home[:, None] == parts.home, distance, np.inf)
    np.fill_diagonal(inside, np.inf)
    near = np.exp(-distance / (3.6 * np.median(inside.min(axis=1)))) if model else np.eye(75)
    extra = (fits.noise[1, 0, 0] - fits.noise[0, 0, 0]) / 0.1
    for at, part in enumerate(shrunken.PARTS):
        hat, error = by_dense_algebra(parts, extra, part, near)
        noise, pull, own = fits.noise[at, 0], fits.pull[at, model], fits.own[at, model]
        assert parts.residual - noise * pull == pytest.approx(hat @ parts.residual)
        assert 1 - noise * own == pytest.approx(np.diag(hat))
        assert noise - noise**2 * own == pytest.approx(error)


def test_of_many_places_likeness_is_measured_within_districts(app, monkeypatch):
    joint = rates.shrink(app)
    monkeypatch.setattr(shrunken, "MOST", 74)
    apart = rates.shrink(app)
    # other neighbours, of the same covariances: not the same number, and not far from it
    assert not np.allclose(apart[ENDS], joint[ENDS], rtol=1e-6)
    np.testing.assert_allclose(apart[ENDS], joint[ENDS], rtol=0.25)


# Laws


def test_a_share_is_drawn_by_its_weight_to_what_the_others_predict(app):
    found = rates.shrink(app)
    share, by, weight = (found[name] for name in ("share", "towards", "weight"))
    assert weight.between(0.05, 0.95).all()
    between = weight * share + (1 - weight) * by
    assert numbers_of(found) == pytest.approx(between.to_numpy())
    assert (found[ENDS].diff(axis=1).iloc[:, 1:] > 0).all(axis=None)
    assert found["state"].tolist() == rates.uptake(app)["state"].tolist()
    mean = share.groupby(found["code"].map(places.communes()["district_code"])).transform("mean")
    assert ((by - mean) ** 2).mean() < ((share - mean) ** 2).mean()


def test_what_others_predict_does_not_know_the_own_share(app):
    """The variances do, a little; so the place is moved only far enough to see it."""
    parts = errors.units(app, level="commune")
    residual = parts.residual.copy()
    residual[7] += 1e-6
    one, other = (
        shrunken.drawn(x, ratio=False) for x in (parts, replace(parts, residual=residual))
    )
    step = (other - one) / 1e-6 / (parts.level[7] * (1 - parts.level[7]))
    assert step["shrunken_share"][7] == pytest.approx(one["weight"][7], abs=0.15)
    assert abs(step["towards"][7]) < 0.15


@pytest.mark.parametrize("where", [None, LINE])
def test_weight_grows_with_what_a_share_is_out_of(where):
    sampling = np.array([0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001, 1e-9])
    symmetric = np.zeros((8, 2)) if where is not None else None  # each as near as any other
    found = shrunken.drawn(units(APART, sampling=sampling, where=symmetric), ratio=True)
    assert (found["weight"].diff().dropna() > 0).all()


def test_without_chance_but_that_of_persons_endless_numbers_are_their_own_share(monkeypatch):
    monkeypatch.setattr(shrunken, "PARTS", np.array([0.0]))
    for where in (None, LINE):
        found = shrunken.drawn(units(APART, sampling=1e-9, where=where), ratio=True)
        assert moved(found) == pytest.approx(APART, abs=1e-6)
        assert numbers_of(found, "weight") == pytest.approx(1.0)
        assert (found[["below", "above"]] < 1e-3).all(axis=None)
    # with it, the weight has a limit: a place may have alone what it has in that year
    monkeypatch.undo()
    found = shrunken.drawn(units(APART, sampling=1e-9), ratio=True)
    assert found["weight"].between(0.4, 0.7).all()


def test_where_places_vary_by_chance_of_persons_only_all_are_drawn_to_their_district():
    found = shrunken.drawn(units(APART, sampling=10.0), ratio=True)
    assert moved(found) == pytest.approx(APART.mean(), abs=1e-9)
    assert numbers_of(found, "weight") == pytest.approx(1 / 8)
    # a mean of eight, and no luck taken for it
    reach = t.ppf(0.975, 7) * np.sqrt(10 / 8)
    assert numbers_of(found, "below") == pytest.approx(reach)
    assert numbers_of(found, "above") == pytest.approx(reach)


@pytest.mark.parametrize("where", [None, LINE])
def test_equal_shares_are_kept(where):
    found = shrunken.drawn(units(np.full(8, 0.3), where=where), ratio=True)
    assert moved(found) == pytest.approx(0.3)
    assert moved(found, "towards") == pytest.approx(0.3)
    assert (found[["below", "above"]] > 0).all(axis=None)


def test_ends_have_as_much_beyond_them_on_either_side(app):
    """Each end by itself: what all models together predict, drawn at random."""
    parts, rng = errors.units(app, level="commune"), np.random.default_rng(5)
    found, fits = shrunken.drawn(parts, ratio=False, level=0.9), shrunken.fit(parts)
    likely = shrunken.weigh(fits.squares, fits.logs, fits.df)
    scale = np.maximum(fits.squares / fits.df, 1)
    model = rng.choice(likely.size, 40_000, p=likely.ravel())
    for place in (0, 30, 74):
        noise, own = fits.noise[:, 0, place, None], fits.own[..., place]
        middle = parts.residual[place] - noise * fits.pull[..., place]
        error = np.sqrt(scale * (noise - noise**2 * own))
        drawn = middle.ravel()[model] + error.ravel()[model] * rng.standard_t(fits.df, 40_000)
        mean = (likely * middle).sum()
        below, above = mean - found["below"][place], mean + found["above"][place]
        assert (drawn < below).mean() == pytest.approx(0.05, abs=0.004)
        assert (drawn > above).mean() == pytest.approx(0.05, abs=0.004)


def test_neighbours_draw_where_they_are_alike_and_only_there():
    """A place between two high ones is drawn up, by others than its district's mean."""
    smooth = np.repeat([-0.6, 0.6], 8) + np.tile([0.05, -0.05], 8)
    where = np.column_stack([np.arange(16.0), np.zeros(16)])
    near = shrunken.drawn(units(smooth, sampling=1e-4, where=where), ratio=True)
    alone = shrunken.drawn(units(smooth, sampling=1e-4), ratio=True)
    by = moved(near, "towards")
    assert by[:6].max() < -0.35
    assert by[10:].min() > 0.35
    assert np.abs(moved(alone, "towards")).max() < 0.1
    # far from all others, nothing is told by them but the mean
    lonely = where.copy()
    lonely[0] = (1e6, 0)
    far = shrunken.drawn(units(smooth, sampling=1e-4, where=lonely), ratio=True)
    assert abs(moved(far, "towards")[0]) < 0.2


def test_order_of_rows_does_not_matter(app):
    found = rates.shrink(app)
    mixed = rates.shrink(app.sample(frac=1, random_state=3)).set_index("code")
    ends = mixed.loc[found["code"], [*ENDS, "weight", "towards"]].to_numpy()
    assert ends == pytest.approx(found[[*ENDS, "weight", "towards"]].to_numpy())


def test_measures_and_years_tell_nothing_of_each_other(app):
    reports = frames.reports()
    together = rates.shrink(reports)
    assert together["code"].tolist() == reports["code"].tolist()
    one = rates.pick(together, APP)
    pd.testing.assert_frame_equal(one, rates.shrink(app).reset_index(drop=True))


def test_a_share_is_the_same_in_a_list_of_the_country_as_in_that_of_its_province(app, monkeypatch):
    districts = places.districts()
    two = districts.assign(province_code=np.where(districts.index < "934", "93", "94"))
    monkeypatch.setattr(places, "districts", lambda: two)
    country = rates.shrink(app)
    inside = app["code"].map(places.communes()["district_code"]) < "934"
    for some in (inside, ~inside):
        own = rates.shrink(app[some])
        pd.testing.assert_frame_equal(country[some].reset_index(drop=True), own)
    monkeypatch.undo()
    assert not np.allclose(rates.shrink(app)[ENDS], country[ENDS], rtol=1e-3)


def test_a_wider_interval_where_more_is_asked_for(app):
    usual, sure = rates.shrink(app), rates.shrink(app, level=0.99)
    assert (sure["shrunken_share_low"] < usual["shrunken_share_low"]).all()
    assert (sure["shrunken_share_high"] > usual["shrunken_share_high"]).all()
    with pytest.raises(ValueError, match="between 0 and 1"):
        rates.shrink(app, level=95)


def test_input_is_left_alone(app):
    before = app.copy()
    rates.shrink(app)
    pd.testing.assert_frame_equal(app, before)


# Ends of the scale, and places that stand alone


@pytest.mark.parametrize("share", [0, 1])
def test_all_zero_and_all_one(app, share):
    table = app.assign(count=share * app["out_of"])
    with suppress.use(fewer_than=0):
        found = rates.shrink(table)
    assert numbers_of(found) == pytest.approx(share, abs=1e-9)
    assert found[ENDS].notna().all(axis=None)
    assert ((found[ENDS] >= 0) & (found[ENDS] <= 1)).all(axis=None)
    assert (found["shrunken_share_high"] - found["shrunken_share_low"] > 1e-6).all()


def test_shares_stay_between_0_and_1_and_ratios_above_1_are_ratios(app):
    extreme = changed(app, count=app["out_of"].to_numpy()[:4] * [0.999, 0.001, 0.999, 0.001])
    found = rates.shrink(extreme)
    numbers = found[[*ENDS, "towards"]]
    assert ((numbers >= 0) & (numbers <= 1)).all(axis=None)
    many = app.assign(indicator="informed", count=app["count"] * 6)
    assert indicators.kind("informed") == "ratio"
    above = rates.shrink(many)
    assert (above["shrunken_share"] > 1).any()
    assert (above["shrunken_share_low"] > 0).all()
    assert (above["shrunken_share_high"] > above["shrunken_share"]).all()
    rate = above["share"].groupby(above["code"].map(places.communes()["district_code"]))
    assert above["shrunken_share"].between(rate.transform("min"), rate.transform("max")).all()


def test_a_commune_that_did_not_report_is_told_nothing(app):
    table = changed(app, count=[np.nan, np.nan])
    found = rates.shrink(table)
    assert found["state"].tolist()[:3] == ["no data", "no data", "unreliable"]
    assert found.loc[:1, [*ENDS, "weight", "towards"]].isna().all(axis=None)
    without = rates.shrink(app.iloc[2:])
    pd.testing.assert_frame_equal(found.iloc[2:].reset_index(drop=True), without, check_dtype=False)
    nobody = rates.shrink(changed(app, count=[0.0], out_of=[0.0]))
    assert nobody["state"].iloc[0] == "no data"


def test_one_commune_alone_keeps_its_share(app):
    found = rates.shrink(app.iloc[:1])
    assert found["shrunken_share"].tolist() == pytest.approx(found["share"].tolist())
    assert found["weight"].tolist() == [1.0]
    assert found[["towards", ENDS[0], ENDS[2]]].isna().all(axis=None)
    # alone in its district, it is of a level of its own
    home = ["a", *["b"] * 7]
    one = shrunken.drawn(units(APART, home=home), ratio=True).iloc[0]
    assert one["shrunken_share"] / 0.5 - 1 == pytest.approx(APART[0])
    assert one["weight"] == pytest.approx(1.0)
    assert np.isnan(one["towards"])
    assert min(one["below"], one["above"]) > 0.2


def test_one_commune_a_district_is_drawn_to_the_whole(app):
    """Where districts tell nothing, communes vary around the level of all."""
    first = app[~app["code"].map(places.communes()["district_code"]).duplicated()]
    found = rates.shrink(first)
    assert len(found) == 8
    assert found["weight"].between(0.1, 0.9).all()
    whole = first["count"].sum() / first["out_of"].sum()
    assert np.abs(found["towards"] - whole).max() < np.abs(found["share"] - whole).max()


# What is hidden, and ranks


def test_a_hidden_count_is_not_in_what_is_drawn():
    """Of whatever the hidden counts are, nothing changes but what is hidden of them anyhow."""
    reports = rates.pick(frames.reports(), APP).drop(columns="pool", errors="ignore")
    found = []
    for small in (1, 4):
        table = suppress.small(changed(reports, count=[float(small)]))
        hidden = suppress.is_hidden(table)
        assert hidden.sum() >= 2
        one = rates.shrink(table)
        assert one.loc[hidden, [*ENDS, "share", "count", "weight", "towards"]].isna().all(axis=None)
        assert one.loc[hidden, "state"].eq("suppressed").all()
        assert "pool" not in one
        found.append(one[~hidden])
    pd.testing.assert_frame_equal(*found)
    assert found[0]["shrunken_share"].notna().all()


def test_nobody_is_ranked_by_what_was_drawn(app):
    """Whatever is handed over, ranks are of counts; and no map gives a drawn share a rank."""
    shown = ["rank", "rank_low", "rank_high", "share"]
    one, other = (
        ranks.rank_sets(table, indicator=APP, by="commune")[shown]
        for table in (app, rates.shrink(app))
    )
    pd.testing.assert_frame_equal(one, other)
    located = maps.locate(rates.shrink(app), places.points())
    classes = indicators.classes("app_users")
    heads = [
        set(figures.classify.prepare(located, column, classes).facts)
        for column in ("share", "shrunken_share")
    ]
    own = {words.term("maps.fact_value")}  # nor by shares that mean little by themselves
    assert heads[0] - heads[1] == own
    drawn = {words.term("columns.shrunken_share"), words.term("maps.fact_chance")}
    assert heads[1] - heads[0] == drawn
    assert facts.SHRUNKEN == "shrunken_share"


# What is drawn and said


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_both_maps_are_in_the_same_classes_and_say_what_is_drawn(app, language):
    with words.use(language):
        table = rates.shrink(app)
        title = findings.titles.shrunken(table)
        columns = ["share", "shrunken_share"]
        picture = maps.draw(table, columns, source="x", title=title)
        raw, drawn = picture.composed.maps
        assert raw.classes == drawn.classes == indicators.classes("app_users")
        # each as its own interval says, by one rule: a share by itself is as unreliable here as on
        # a map of its own, and one that is drawn tells more, seldom enough
        low, share, high = (table[name] for name in ENDS)
        wide = (np.maximum(high - share, share - low) > rates.UNRELIABLE_ABOVE * share).sum()
        found = raw.places_with("unreliable"), drawn.places_with("unreliable")
        assert found == (75, wide)
        assert 0 < wide < 75
        towards = {"vi": "Điều chỉnh theo mức của huyện", "en": "Drawn towards the district"}[
            language
        ]
        assert picture.composed.names[0] == words.term("columns.share_counted")
        raw_page, drawn_page = picture.pages()
        assert f"<h1>{escaping.html(title)}</h1>" in raw_page.page
        assert f"<p>{picture.composed.names[0]}</p>" in raw_page.page
        assert raw_page.title != drawn_page.title
        assert picture.composed.names[1].startswith(towards)
        assert picture.composed.banner == (words.term("words.simulated"),)
        for column in columns:
            ends = table[column].min(), table[column].max()
            assert words.interval(*ends, indicators.classes("app_users")) in title
        laid = findings.table(table)
        assert words.term("columns.weight") in laid
        assert words.term("columns.shrunken_share_interval") in laid


def test_one_share_alone_is_no_interval(app):
    table = rates.shrink(app.assign(count=app["count"].where(app.index == 0)))
    said = words.value(table["share"].iloc[0], indicators.classes("app_users"))
    assert findings.titles.shrunken(table).count(said) == 2


def test_where_nothing_may_be_shown_the_title_says_so(app):
    none = rates.shrink(app.assign(count=np.nan))
    assert findings.titles.shrunken(none) == findings.titles.communes(none)


# By simulation


def test_the_bar_is_met_by_the_committed_run_but_for_what_is_said(benchmark):
    table = pd.read_csv(ROOT / "data" / "benchmarks" / "shrunken.csv")
    invented = table[table["mse_ratio"].notna()]
    assert set(invented["scenario"]) == {one.name for one in benchmark.WORLDS}
    assert set(invented["replications"]) == {500}
    held = benchmark.bar(table)
    # Where nothing is shared within districts, 97.4 % where 97 % were asked for at most: wider than
    # it has to be, said here; no other demand may join it.
    missed = held[~held["met"]]
    assert missed["demand"].tolist() == ["drawn shares, highest coverage"], missed.to_string()
    assert missed["found"].item() < 0.975
    near = invented[invented["towards"] == benchmark.WAYS[0]].set_index("scenario")["coverage"]
    assert near.index[near > 0.97].tolist() == ["no spatial correlation"]
    assert len(benchmark.bar(table.assign(mse_ratio=table["mse_ratio"] + 0.1)).query("~met")) == 2
    assert len(benchmark.bar(table.assign(coverage=table["coverage"] - 0.05)).query("~met")) == 2
    predicted = table[table["mse_ratio"].isna()].set_index("scenario")["coverage"]
    assert (predicted.drop("left out: online_buyers") - 0.95).abs().max() < 0.01


@pytest.fixture(scope="module")
def benchmark():
    file = ROOT / "tests" / "benchmarks" / "shrunken.py"
    spec = importlib.util.spec_from_file_location("benchmark_of_shrunken", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]
    del sys.modules["coverage_of_shrunken"]


def named(benchmark, *names):
    return [world for world in benchmark.WORLDS if world.name in names]


def test_drawn_shares_are_nearer_and_their_intervals_hold(benchmark):
    worlds = named(benchmark, "icc 0.15, share 0.5", "40 % shared within 10 km", "low counts")
    table = benchmark.run(20, 7, worlds, quiet=True)
    assert len(table) == 6
    assert (table["mse_ratio"] < 0.6).all()
    # 20 provinces, whose communes share what they share
    assert table["coverage"].between(0.89, 0.99).all()
    one = benchmark.run(2, 7, worlds[:1], quiet=True)
    pd.testing.assert_frame_equal(one, benchmark.run(2, 7, worlds[:1], quiet=True))


def test_a_place_left_out_is_predicted_as_without_it(benchmark):
    """The short cut of the benchmark, against leaving each place out."""
    parts = units(APART, home=["a", "a", "a", "a", "b", "b", "b", "b"], where=LINE)
    found = benchmark.predicted(parts)
    fits = shrunken.fit(parts)
    extra = (fits.noise[1, 0, 0] - fits.noise[0, 0, 0]) / 0.1
    near = [np.eye(8), np.exp(-np.hypot(*(LINE[:, None] - LINE).T) / 3.6)]
    for at in range(8):
        kept = np.arange(8) != at
        logs, by, variance = [], [], []
        for prior, covariance in zip((0.55, 0.45), near, strict=True):
            for part in shrunken.PARTS:
                whole = (1 - part) * extra * covariance + np.diag(part * extra + parts.sampling)
                design = (parts.home[:, None] == np.unique(parts.home)).astype(float)
                inverse = np.linalg.inv(whole[np.ix_(kept, kept)])
                inner = design[kept].T @ inverse @ design[kept]
                middle = np.linalg.solve(inner, design[kept].T @ inverse @ APART[kept])
                off = APART[kept] - design[kept] @ middle
                squares, across = off @ inverse @ off, whole[at, kept] @ inverse
                left = design[at] - across @ design[kept]
                error = whole[at, at] - across @ whole[kept, at]
                error += left @ np.linalg.solve(inner, left)
                determinants = np.linalg.slogdet(inner)[1] - np.linalg.slogdet(inverse)[1]
                logs.append(np.log(prior) - (determinants + 5 * np.log(squares)) / 2)
                by.append(design[at] @ middle + across @ off)
                variance.append(max(squares / 5, 1) * error)
        likely = np.exp(np.array(logs) - max(logs))
        likely /= likely.sum()
        mean = likely @ by
        assert found["share"][at] == pytest.approx(0.5 + 0.25 * mean)
        for name, sign in (("below", -1), ("above", 1)):
            end = mean + sign * found[name][at]
            beyond = likely @ t.sf(sign * (end - np.array(by)) / np.sqrt(variance), 5)
            assert beyond == pytest.approx(0.025)
