"""Ranks: sets by laws, by a second route in plain loops, by Bonferroni, and by simulation."""

import importlib.util
import re
import sys
from itertools import combinations, permutations
from pathlib import Path

import by_hand
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hganalysis import (
    figures,
    findings,
    frames,
    indicators,
    maps,
    places,
    ranks,
    rates,
    words,
)
from hganalysis.rates import errors
from hganalysis.rates.variance import variances
from hganalysis.render import static

ROOT = Path(__file__).parents[1]
APP, FILES = (indicators.get(name, year=2022) for name in ("app_users", "files_online"))
MIXED = indicators.get("ecommerce_guided", year=2022)


@pytest.fixture(scope="module")
def reports():
    return frames.reports()


# Log odds of districts far enough apart that something is sure of some ranks.
APART = {
    "937": 1.2, "933": 0.75, "930": 0.35, "936": 0.3, "931": 0.2, "932": 0, "935": -0.1, "934": -0.6
}  # fmt: skip


@pytest.fixture(scope="module")
def apart(reports):
    """Districts far apart, and communes that vary independently by 0.3 around them."""
    found = of(reports, FILES)
    odds = places.parents(found["code"], "district").map(APART)
    odds += 0.3 * np.random.default_rng(1).normal(size=len(found))
    return found.assign(count=(found["out_of"] / (1 + np.exp(-odds))).round())


@pytest.fixture(scope="module")
def table(apart):
    return ranks.rank_sets(apart, indicator=FILES)


def of(reports, measure):
    return rates.pick(reports, measure)


def with_counts(reports, district, counts):
    """The reports of app users, with those of one district changed."""
    found = of(reports, APP)
    inside = places.parents(found["code"], "district") == district
    return found.assign(count=found["count"].astype(float).mask(inside, counts))


# Second routes


def surely_above_in_loops(drawn, level):
    """Step down over ordered pairs, one draw and one pair at a time."""

    def brought(t, df):
        size = (8 * df + 1) / (8 * df + 3) * np.sqrt(df * np.log(1 + t * t / df))
        return size if t > 0 else -size

    def welch(one, two):
        a, b = drawn.error[one] ** 2, drawn.error[two] ** 2
        return (a + b) ** 2 / (a**2 / drawn.df[one] + b**2 / drawn.df[two])

    places_ = range(len(drawn.value))
    pending = [
        pair for pair in permutations(places_, 2) if not np.isnan(drawn.error[list(pair)]).any()
    ]
    settled = set()
    while pending:
        largest = []
        for noise, error in zip(drawn.noise, drawn.error_drawn, strict=True):
            found = [
                brought((noise[j] - noise[k]) / np.hypot(error[j], error[k]), welch(j, k))
                for j, k in pending
            ]
            largest.append(max(found))
        limit = sorted(largest)[int(np.ceil((len(largest) + 1) * level)) - 1]
        new = {
            (j, k)
            for j, k in pending
            if brought(
                (drawn.value[j] - drawn.value[k]) / np.hypot(drawn.error[j], drawn.error[k]),
                welch(j, k),
            )
            > limit
        }
        if not new:
            break
        settled |= new
        pending = [pair for pair in pending if pair not in new]
    return settled


@pytest.mark.parametrize("seed", range(6))
def test_pairs_are_those_of_plain_loops(seed):
    rng = np.random.default_rng(seed)
    n, draws = 6, 199
    error = rng.uniform(0.5, 2, n)
    if seed % 2:
        error[2] = np.nan
    df = rng.integers(2, 15, n).astype(float)
    drawn = ranks.Chance(
        rng.normal(size=n) * 15,
        error,
        df,
        rng.normal(size=(draws, n)) * error,
        np.sqrt(rng.chisquare(df, size=(draws, n)) / df) * error,
    )
    above = ranks.surely_above(drawn, level=0.95)
    found = {(int(j), int(k)) for j, k in zip(*np.nonzero(above), strict=True)}
    assert found == surely_above_in_loops(drawn, 0.95)
    assert found, "a test without a sure pair tests nothing"


@pytest.mark.parametrize("draws", [19, 20, 40, 59])
def test_a_pair_is_sure_where_a_twentieth_reaches_it_the_observed_one_counted_in(draws):
    one = np.ones(2)
    noise = np.column_stack([np.arange(1.0, draws + 1), np.zeros(draws)])
    for far in np.arange(0.5, draws + 1):
        drawn = ranks.Chance(np.array([far, 0]), one, 1e9 * one, noise, np.ones((draws, 2)))
        reached = 1 + (noise[:, 0] > far).sum()
        assert ranks.surely_above(drawn, level=0.95)[0, 1] == (20 * reached <= draws + 1)


def test_stepping_down_settles_more_pairs_than_one_step():
    # Two groups far apart, and within each two that only the second step can tell apart.
    rng = np.random.default_rng(3)
    value = np.array([0, 3.8, 20, 40, 60, 80.0])
    error, df = np.ones(6), np.full(6, 1e6)
    noise = rng.normal(size=(4999, 6))
    drawn = ranks.Chance(value, error, df, noise, np.ones_like(noise))
    assert ranks.surely_above(drawn, level=0.95)[1, 0]
    limit = np.sort(np.ptp(noise, axis=1))[4749] / np.sqrt(2)  # Tukey's, one step
    assert limit > 3.8 / np.sqrt(2)


def pairs_by_welch(found, alpha):
    """Order pairs by Welch's t on arcs of roots, each with the level alpha, in plain numpy."""
    count, out_of, district, at = by_hand.arrays(found)
    residual, sampling = by_hand.log_scale(count, out_of, district)
    sums = pd.Series(out_of).groupby(district).transform("sum").to_numpy()
    known, own = by_hand.variance(residual, sampling, district, out_of / sums, at)
    theta, variance, df = {}, {}, {}
    for row, code in enumerate(np.unique(district)):
        share = count[district == code].sum() / out_of[district == code].sum()
        theta[code] = np.arcsin(np.sqrt(share))
        variance[code] = known[row] * share * (1 - share) / 4
        df[code] = own[row]
    sure = set()
    for one, two in permutations(theta, 2):
        both = variance[one] + variance[two]
        welch = both**2 / (variance[one] ** 2 / df[one] + variance[two] ** 2 / df[two])
        if (theta[one] - theta[two]) / np.sqrt(both) > stats.t.ppf(1 - alpha, welch):
            sure.add((one, two))
    return sure


def test_sets_lie_between_bonferroni_and_no_correction(apart, table):
    found = table

    def by_pairs(sure):
        low = pd.Series({code: 1 + sum(two == code for _, two in sure) for code in found.index})
        high = pd.Series({code: 8 - sum(one == code for one, _ in sure) for code in found.index})
        return low, high

    # Bonferroni over 56 ordered pairs asks for most; a level of 5 % for each pair for least.
    low, high = by_pairs(pairs_by_welch(apart, 0.05 / 56))
    assert (found["rank_low"] >= low).all()
    assert (found["rank_high"] <= high).all()
    low, high = by_pairs(pairs_by_welch(apart, 0.05))
    assert (found["rank_low"] <= low).all()
    assert (found["rank_high"] >= high).all()
    assert (high - low).sum() < (found["rank_high"] - found["rank_low"]).sum()


@pytest.mark.parametrize("by", ["district", "commune"])
def test_draws_are_students_t_with_the_errors_of_the_shares(reports, by):
    """Errors are drawn, too: of shares with few communes, and of communes (phi was not drawn)."""
    found = of(reports, APP)
    table = {"district": rates.to_districts, "commune": rates.uptake}[by](found).set_index("code")
    drawn = ranks.draw(found, table, indicator=APP, by=by, draws=20_000)
    t = drawn.noise[:, 3] / drawn.error_drawn[:, 3]
    df = drawn.df[3]
    if by == "district":
        expected = stats.t.ppf([0.025, 0.1, 0.9, 0.975], df)
        np.testing.assert_allclose(np.quantile(t, [0.025, 0.1, 0.9, 0.975]), expected, rtol=0.06)
        known = variances(errors.units(found, level="district")).loc[table.index, "variance"]
        share = table["share"]
        np.testing.assert_allclose(drawn.error, np.sqrt(known * share * (1 - share)) / 2)
    ratio = drawn.error_drawn / drawn.error
    np.testing.assert_allclose((ratio**2).mean(axis=0), 1, rtol=0.03)
    np.testing.assert_allclose((ratio**2).var(axis=0), 2 / drawn.df, rtol=0.1)
    np.testing.assert_allclose((drawn.noise / drawn.error).std(axis=0), 1, rtol=0.03)
    # communes of one district share the luck of its scale, and districts do not
    homes = (
        places.parents(table.index.to_series(), "district").to_numpy() if by == "commune" else None
    )
    if homes is not None:
        for home in set(homes):
            assert np.ptp(ratio[:, homes == home], axis=1).max() < 1e-12
    assert np.ptp(ratio, axis=1).min() > 1e-3


def test_districts_alike_have_the_error_of_persons(reports):
    """Communes all alike do not make their district sure beyond the chance of persons."""
    found = of(reports, APP)
    same = found.assign(count=found["out_of"] // 4, out_of=4 * (found["out_of"] // 4))
    table = rates.to_districts(same).set_index("code")
    drawn = ranks.draw(same, table, indicator=APP, by="district", draws=9)
    assert drawn.error == pytest.approx(1 / np.sqrt(4 * table["out_of"].to_numpy(float)))


# Laws


@pytest.mark.parametrize("by", ["district", "commune"])
@pytest.mark.parametrize("measure", [APP, FILES, MIXED], ids=["app", "files", "mixed"])
def test_sets_hold_the_rank_and_lie_within_the_ranks(reports, measure, by):
    before = reports.copy()
    found = ranks.rank_sets(reports, indicator=measure, by=by)
    pd.testing.assert_frame_equal(reports, before)
    assert found["share"].is_monotonic_decreasing
    known = found[found["rank"].notna()]
    assert (known["rank_low"] >= 1).all()
    assert (known["rank_low"] <= known["rank"]).all()
    assert (known["rank"] <= known["rank_high"]).all()
    assert (known["rank_high"] <= len(known)).all()
    assert known["surely_first_three"].sum() <= 3 <= known["could_be_first_three"].sum()
    assert not (known["surely_first_three"] & ~known["could_be_first_three"]).any()
    assert set(found["origin"]) == {"simulated"}


def test_order_of_rows_does_not_matter_and_the_same_seed_gives_the_same_sets(apart, table):
    shuffled = apart.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        ranks.rank_sets(shuffled, indicator=FILES)[["share", "rank", "state"]],
        table[["share", "rank", "state"]],
    )
    pd.testing.assert_frame_equal(ranks.rank_sets(apart, indicator=FILES), table)


def test_a_higher_level_gives_wider_sets(apart):
    narrow = ranks.rank_sets(apart, indicator=FILES, level=0.8)
    wide = ranks.rank_sets(apart, indicator=FILES, level=0.99)
    assert (wide["rank_low"] <= narrow["rank_low"]).all()
    assert (wide["rank_high"] >= narrow["rank_high"]).all()
    assert (wide["rank_low"] < narrow["rank_low"]).any()


def test_a_district_far_ahead_is_surely_first(reports):
    found = of(reports, APP)
    rng = np.random.default_rng(0)
    ahead = with_counts(reports, "934", (found["out_of"] * rng.uniform(0.93, 0.96, 75)).round())
    row = ranks.rank_sets(ahead, indicator=APP).loc["934"]
    assert row[["rank", "rank_low", "rank_high", "surely_first_three"]].tolist() == [1, 1, 1, True]


def test_where_every_rank_is_sure_the_first_three_are_the_first_three(reports):
    found = of(reports, FILES)
    odds = places.parents(found["code"], "district").astype(int) - 933.5
    odds += 0.05 * np.random.default_rng(1).normal(size=len(found))
    sure = found.assign(count=(found["out_of"] / (1 + np.exp(-odds))).round())
    table = ranks.rank_sets(sure, indicator=FILES)
    assert table["rank_low"].tolist() == table["rank_high"].tolist() == [*range(1, 9)]
    for column in ("could_be_first_three", "surely_first_three"):
        assert table[column].tolist() == [True] * 3 + [False] * 5


@pytest.mark.parametrize(("share", "rank"), [(0.0, 8), (1.0, 1)])
def test_a_district_at_the_edge_has_the_error_of_the_others(reports, share, rank):
    """All its communes are at 0: how much they vary is learnt from others, and is not nothing."""
    found = of(reports, APP)
    edge = with_counts(reports, "931", found["out_of"] * share)
    assert ranks.rank_sets(edge, indicator=APP).loc["931", "rank"] == rank
    table = rates.to_districts(edge).set_index("code")
    error = ranks.draw(edge, table, indicator=APP, by="district", draws=9).error[1]
    assert error >= np.sqrt(2 * 0.5 / found["out_of"].sum()) / 2
    every = found.assign(count=share * found["out_of"])
    assert ranks.rank_sets(every, indicator=APP)["rank_high"].tolist() == [8] * 8


def one_level(monkeypatch):
    """Every unit is its own district."""
    land = places.communes().assign(district_code=lambda table: table.index)
    monkeypatch.setattr(places.lists, "communes", lambda: land)


def test_units_of_one_level_are_ranked_and_compared_with_the_province(reports, monkeypatch):
    one_level(monkeypatch)
    found = of(reports, APP)
    by_district = ranks.rank_sets(found, indicator=APP)
    by_commune = ranks.rank_sets(found, indicator=APP, by="commune")
    pd.testing.assert_frame_equal(by_district[SETS].sort_index(), by_commune[SETS].sort_index())
    funnel = ranks.funnel(found, indicator=APP)
    assert (funnel["high"] - funnel["low"] > 0.2).all()  # as far apart as units are
    assert (funnel["outside"] != "").sum() <= 3


SETS = ["share", "rank", "rank_low", "rank_high", "surely_first_three"]


@pytest.mark.parametrize("by", ["district", "commune"])
def test_ratios_above_1_are_as_unsure_as_they_are_below(reports, by):
    """Their variance was negative, and 8 of 8 lay outside the funnel."""
    informed = indicators.get("informed", year=2022)
    found = of(reports, informed)
    above = found.assign(count=12 * found["count"])
    assert (ranks.funnel(above, indicator=informed)["share"] > 1).any()
    pd.testing.assert_series_equal(
        ranks.funnel(above, indicator=informed)["outside"],
        ranks.funnel(found, indicator=informed)["outside"],
    )
    pd.testing.assert_frame_equal(
        ranks.rank_sets(above, indicator=informed, by=by)[SETS[1:]],
        ranks.rank_sets(found, indicator=informed, by=by)[SETS[1:]],
    )


def test_a_place_without_a_share_has_no_rank_and_takes_none(reports):
    found = with_counts(reports, "931", np.nan)
    found = ranks.rank_sets(found, indicator=APP)
    assert found.index[-1] == "931"
    assert found.loc["931", ["rank", "rank_low", "rank_high"]].isna().all()
    assert not found.loc["931", ["could_be_first_three", "surely_first_three"]].any()
    assert found["rank_high"].max() == 7
    assert sorted(found["rank"].dropna()) == list(range(1, 8))
    assert "cả 7 đơn vị đều có thể thuộc ba hạng đầu" in findings.titles.first_three(found)


def test_what_is_hidden_has_no_rank(reports):
    found = ranks.rank_sets(reports, indicator=MIXED, by="commune")
    hidden = rates.uptake(of(reports, MIXED)).set_index("code")["state"] == "suppressed"
    assert found["rank"].isna().equals(hidden.reindex(found.index))


def test_equal_shares_have_equal_ranks(reports):
    found = of(reports, APP)
    level = found.assign(count=found["out_of"] // 4, out_of=4 * (found["out_of"] // 4))
    table = ranks.rank_sets(level, indicator=APP)
    assert set(table["rank"]) == {1}
    assert table["rank_high"].tolist() == [8] * 8
    # Equals stand in the order of their codes, in whatever order their rows came.
    for by in ("district", "commune"):
        shuffled = ranks.rank_sets(level.sample(frac=1, random_state=1), indicator=APP, by=by)
        assert shuffled.index.tolist() == sorted(shuffled.index)


def test_impossible_wishes_are_refused(reports, monkeypatch):
    with pytest.raises(LookupError, match="no row"):
        ranks.rank_sets(reports[:0], indicator=APP)
    with pytest.raises(ValueError, match="between 0 and 1"):
        ranks.rank_sets(reports, indicator=APP, level=95)
    monkeypatch.setattr(ranks, "MOST_RANKED", 74)
    with pytest.raises(ValueError, match="75 places are too many"):
        ranks.rank_sets(reports, indicator=APP, by="commune")


def test_many_places_take_little_memory():
    n = 300
    rng = np.random.default_rng(0)
    error = np.full(n, 0.02)
    noise = rng.normal(size=(99, n)) * error
    drawn = ranks.Chance(
        rng.normal(size=n), error, np.full(n, 9.0), noise, np.broadcast_to(error, noise.shape)
    )
    import tracemalloc

    tracemalloc.start()
    ranks.surely_above(drawn, level=0.95)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150e6  # all draws of all pairs at once would take 36 MB times ten arrays


# The funnel


def test_limits_are_those_of_districts_alike_by_hand(apart):
    """Of one scale for all districts, at the share of the province, with t on all df."""
    y, n, *_ = by_hand.arrays(apart)
    table = ranks.funnel(apart, indicator=FILES)
    p = y.sum() / n.sum()
    assert table["province_share"].iloc[0] == pytest.approx(p)
    units = errors.units(apart, level="district", if_all=p)
    assert units.chance == pytest.approx(1 / (n * p * (1 - p)))
    pooled = variances(units)
    assert set(pooled["df_pooled"]) == {67}
    for column, level in (("high", 0.95), ("high_all", 0.95 ** (1 / 8))):
        reach = stats.t.ppf((1 + level) / 2, 67) * np.sqrt(pooled.loc["936", "pooled"])
        odds = p / (1 - p) * np.exp(reach)
        assert table.loc["936", column] == pytest.approx(odds / (1 + odds))
    # one scale: two districts with the same number of communes differ by sizes and places only
    assert pooled["pooled"].max() < 3 * pooled["pooled"].min()
    assert (table["low_all"] < table["low"]).all()
    outside = np.where(table["share"] > table["high_all"], "above", "")
    outside = np.where(table["share"] < table["low_all"], "below", outside)
    assert table["outside"].tolist() == outside.tolist()
    assert {"above", "below"} <= set(outside)


def test_limits_for_all_are_for_those_that_have_a_share(reports):
    found = ranks.funnel(with_counts(reports, "931", np.nan), indicator=APP).dropna(subset="share")
    known = places.parents(of(reports, APP)["code"], "district") != "931"
    t = [stats.t.ppf((1 + level) / 2, known.sum() - 7) for level in (0.95, 0.95 ** (1 / 7))]
    low, high, low_all, high_all = (
        np.log(found[end] / (1 - found[end])) for end in ("low", "high", "low_all", "high_all")
    )
    assert ((high_all - low_all) / (high - low)).tolist() == pytest.approx([t[1] / t[0]] * 7)


def test_a_funnel_without_data_names_nobody(reports):
    empty = of(reports, APP).assign(count=np.nan)
    assert set(ranks.funnel(empty, indicator=APP)["outside"]) == {""}


# The simulation


@pytest.fixture(scope="module")
def benchmark():
    file = ROOT / "tests" / "benchmarks" / "ranks.py"
    spec = importlib.util.spec_from_file_location("coverage_of_ranks", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_sets_hold_all_true_ranks_and_careless_ones_do_not(benchmark):
    table = benchmark.run(25, 11, benchmark.SCENARIOS[:1], quiet=True).set_index("method")
    cover = table["coverage"]
    # 25 worlds: within four binomial errors of 95 %.
    assert cover[["districts", "communes", "funnel"]].min() > 0.95 - 4 * np.sqrt(0.05 * 0.95 / 25)
    assert cover["districts, binomial errors"] < 0.2
    again = benchmark.run(2, 11, benchmark.SCENARIOS[1:2], quiet=True)
    pd.testing.assert_frame_equal(again, benchmark.run(2, 11, benchmark.SCENARIOS[1:2], quiet=True))
    assert "funnel" not in set(again["method"])  # where districts differ, some should be named


def test_the_bar_is_met_by_the_committed_run(benchmark):
    table = pd.read_csv(ROOT / "data" / "benchmarks" / "ranks.csv")
    assert set(table["scenario"]) == {one.name for one in benchmark.SCENARIOS}
    assert set(table["replications"]) == {40, 100, 200}
    held = benchmark.bar(table)
    # 97.75 % in 200 worlds where 97.5 % were asked for at most: wider than it has to be, said here;
    # no other demand may join it.
    missed = held[~held["met"]]
    assert missed["demand"].tolist() == ["district shares, independent, at most"], (
        missed.to_string()
    )
    assert missed["found"].item() < 0.98
    lower = table["coverage"].where(table["method"] != "districts", table["coverage"] - 0.1)
    assert (~benchmark.bar(table.assign(coverage=lower))["met"]).sum() > 1
    broken = table["coverage"].where(table["method"] != "districts, binomial errors", 0.95)
    assert (~benchmark.bar(table.assign(coverage=broken))["met"]).sum() > 1


# What is drawn and said


def ranking(table, *, indicator, ax):
    return static.draw(figures.ranking(table, indicator=indicator), ax)


def funnel(table, *, indicator, ax):
    return static.draw(figures.funnel(table, indicator=indicator), ax)


def chart(table, draw=ranking, measure=FILES, panels=1):
    _, axes = maps.sheet(title="", panels=panels, legend=False)
    return draw(table, indicator=measure, ax=axes[0])


def texts(ax):
    return [text.get_text() for text in ax.texts]


def bars(ax):
    return [line for line in ax.lines if line.get_gid() == "interval"]


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("panels", [1, 2])
def test_every_row_has_its_rank_its_set_and_its_share(table, language, panels):
    with words.use(language):
        ax = chart(table, panels=panels)
        drawn = [
            (round(x0 + 0.35), round(x1 - 0.35)) for x0, x1 in (b.get_xdata() for b in bars(ax))
        ]
        expected = list(zip(table["rank_low"], table["rank_high"], strict=True))
        assert drawn == expected
        for code, row in table.iterrows():
            assert f"{row['rank']}  {places.label(code)}" in texts(ax)
            assert words.value(row["share"], "share") in texts(ax)
        assert words.term("words.simulated") in texts(ax)
        box = ax.get_window_extent()
        for text in ax.texts:
            extent = text.get_window_extent()
            assert box.x0 - 1 <= extent.x0, text.get_text()
            assert extent.x1 <= box.x1 + 1, text.get_text()


def test_of_the_first_rows_every_possible_rank_is_on_the_scale(table):
    panel = figures.ranking(table.head(3), indicator=FILES)
    assert panel.scale.ends == (0.5, table["rank_high"].head(3).max() + 0.5)


def test_ranks_on_the_scale_are_all_numbers(table):
    ticks = [one.get_text() for one in chart(table).get_xticklabels()]
    assert ticks[0] == "1"
    assert all(one.isdigit() for one in ticks)


def test_a_key_has_only_the_colours_that_occur(table):
    alike = table.assign(could_be_first_three=True, surely_first_three=False)
    [mark] = [
        mark for parts in figures.ranking(alike, indicator=FILES).key for mark, _ in parts if mark
    ]
    assert mark.removeprefix("■") == figures.ranking(alike, indicator=FILES).rows[0].colour


def test_colours_say_who_is_surely_among_the_first_three(table):
    from matplotlib.colors import to_hex

    groups = table.assign(could_be_first_three=[True] * 6 + [False] * 2)
    ax = chart(groups)
    colours = [to_hex(bar.get_color()) for bar in bars(ax)]
    assert colours[0] not in colours[1:]
    assert len(set(colours[1:6])) == 1
    assert set(colours[6:]).isdisjoint(colours[:6])
    # Each is the one that the key above the chart has for it.
    squares = [to_hex(text.get_color()) for text in ax.texts if text.get_text().strip() == "■"]
    assert [colours[0], colours[1], colours[-1]] == squares


def test_a_place_without_a_rank_says_why(reports):
    missing = with_counts(reports, "931", np.nan)
    ax = chart(ranks.rank_sets(missing, indicator=APP), measure=APP)
    assert len(bars(ax)) == 7
    assert "không có số liệu" in texts(ax)


def test_of_more_rows_than_can_be_read_the_first_are_drawn_and_that_is_said(reports):
    communes = ranks.rank_sets(reports, indicator=APP, by="commune")
    assert len(bars(chart(communes.head(15), measure=APP))) == 15
    ax = chart(communes, measure=APP)
    said = " ".join(" ".join(texts(ax)).split())
    [shown] = re.findall(r"Chỉ vẽ (\d+) nơi đầu trong 75 nơi\.", said)
    assert 15 <= len(bars(ax)) == int(shown) < 25
    drawn = [places.label(code) for code in communes.index[: int(shown)]]
    labels = [one.partition("  ")[2] for one in texts(ax)]
    assert [one for one in labels if one] == drawn
    assert "Chỉ vẽ" not in " ".join(texts(chart(communes.head(15), measure=APP)))


@pytest.mark.parametrize("measure", [APP, FILES, MIXED], ids=["app", "files", "mixed"])
def test_the_funnel_emphasises_who_is_outside_and_nobody_else(reports, measure):
    found = ranks.funnel(reports, indicator=measure)
    panel = figures.funnel(found, indicator=measure)
    assert len(panel.dots) == 8
    outside = {places.label(code) for code in found.index[found["outside"] != ""]}
    assert {dot.label for dot in panel.dots if dot.bold} == outside
    assert all((dot.kind == "disc") == dot.bold for dot in panel.dots)
    assert {dot.label for dot in panel.dots} == set(map(places.label, found.index))
    said = texts(chart(found, draw=funnel, measure=measure, panels=2))
    assert outside <= set(said)
    assert words.term("words.simulated") in said


def test_those_outside_keep_their_names_apart_where_they_are_alike(reports):
    found = ranks.funnel(reports, indicator=FILES)
    alike = found.assign(outside="", share=0.5, out_of=[*range(1000, 1800, 100)])
    alike.loc[alike.index[[0, 1, 2, -1]], ["outside", "share"]] = ["above", 0.9]
    ax = chart(alike, draw=funnel, panels=2)
    ax.figure.draw_without_rendering()
    labels = {places.label(code) for code in alike.index[alike["outside"] != ""]}
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text() in labels]
    assert len(boxes) == 4
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)


def test_of_many_outside_those_furthest_from_the_province_are_named_first(reports):
    found = ranks.funnel(reports, indicator=FILES)
    low = [0.2 + 0.002 * at for at in range(len(found))]
    many = found.assign(outside="below", share=low, out_of=[*range(1000, 1700, 100), 9000])
    said = texts(chart(many, draw=funnel, panels=2))
    named = [code for code in many.index if places.label(code) in said]
    assert 0 < len(named) < len(many)
    assert many.index[0] in named
    assert words.term("charts.funnel_unnamed", number=len(many) - len(named)) in said


def test_the_funnel_has_a_thick_line_for_one_district_and_a_thin_one_for_all(reports):
    found = ranks.funnel(reports, indicator=APP)
    panel = figures.funnel(found, indicator=APP)
    expected = found.set_index("out_of")
    for dot in panel.dots:
        row = expected.loc[int(dot.x)]
        (low, high, thick), (low_all, high_all, thin) = dot.whiskers
        assert (low, high) == (row["low"], row["high"])
        assert (low_all, high_all) == (row["low_all"], row["high_all"])
        assert thick > thin
    ax = chart(found, draw=funnel, measure=APP)
    drawn = [one for one in ax.collections if one.get_gid() == "whisker"]
    assert [len(one.get_segments()) for one in drawn] == [8, 8]
    assert (found["low_all"] < found["low"]).all()


@pytest.mark.parametrize("draw", [ranking, funnel])
def test_charts_ask_where_numbers_come_from(reports, table, draw):
    found = table if draw is ranking else ranks.funnel(reports, indicator=FILES)
    with pytest.raises(ValueError, match="origin"):
        chart(found.drop(columns="origin"), draw=draw)


def test_the_sentence_names_who_is_sure_and_who_is_possible(table):
    said = findings.ranking(table, indicator=FILES)
    assert said.startswith("Số liệu mô phỏng.")
    assert "hạng nhất là thị xã Long Mỹ" in said
    assert "khẳng định được thuộc ba hạng đầu: thị xã Long Mỹ" in said
    assert "chưa chắc chắn" in said
    real = table.assign(origin="reported")
    apart = real.assign(rank_low=real["rank"], rank_high=real["rank"])
    with words.use("en"):
        assert "is certainly ahead of" in findings.ranking(apart, indicator=FILES)
        # one rank that both may have is enough to be unsure
        shared = apart.assign(rank_high=[2, *apart["rank"].iloc[1:]])
        assert "is certainly ahead of" not in findings.ranking(shared, indicator=FILES)
        unsure = real.assign(surely_first_three=False)
        assert "certainly among the first three: none" in findings.ranking(unsure, indicator=FILES)
        some = real.assign(could_be_first_three=[True] * 6 + [False] * 2)
        assert "Not ruled out: 6 of 8" in findings.ranking(some, indicator=FILES)
        none = real.assign(rank=pd.array([pd.NA] * 8, dtype="Int64"))
        assert "no place can be ranked" in findings.ranking(none, indicator=FILES)
        few = real.head(3)
        assert "Only 3 places can be ranked" in findings.ranking(few, indicator=FILES)
        tied = real.assign(rank=1)
        assert "first is 8 places that are tied" in findings.ranking(tied, indicator=FILES)


def test_the_table_shows_the_set_beside_the_rank(table):
    shown = findings.table(table)
    at = list(shown).index(words.term("columns.rank"))
    assert list(shown)[at + 1] == words.term("columns.rank_interval")
    assert shown.iloc[0, at + 1] == "từ 1 đến 2"
