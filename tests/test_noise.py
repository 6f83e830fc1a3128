"""What chance of persons or a season makes is taken for no difference, and a true one is seen."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

import hganalysis as hg
from hganalysis import places, words

DISTRICTS = places.compared().index
COMMUNES = places.units()
HOME = DISTRICTS.get_indexer(COMMUNES["compared_code"])
RESIDENTS = COMMUNES["population"].to_numpy(dtype=int)


@pytest.fixture(autouse=True)
def _in_english():
    with words.use("en"):
        yield


# Two groups in one period: both are named, and a gap that persons make by chance is said to be one


def invent_groups(women, men, *, people=1_200, kind="share"):
    """Make rows of a group each, of every district in one period."""
    of_women = pd.DataFrame(
        {
            "code": DISTRICTS,
            "sex": "women",
            "count": women,
        }
    )
    of_men = pd.DataFrame(
        {
            "code": DISTRICTS,
            "sex": "men",
            "count": men,
        }
    )
    rows = pd.concat([of_women, of_men])
    return rows.assign(period=2023, out_of=people, kind=kind, origin="reported")


def ask_gap(rows, **options):
    return hg.gap(rows, by="sex", source="us", **options)


@pytest.mark.parametrize("between", [None, ("women", "men"), ("men", "women")])
def test_groups_that_are_alike_everywhere_are_two_names_that_are_alike(between):
    rows = invent_groups([300] * 8, [300] * 8)
    answer = ask_gap(rows, between=between)
    assert {*answer.pair} == {"women", "men"}
    assert (answer.table["gap_pp"] == 0).all()
    title = answer.rows().figure.title.lower()
    assert {"women", "men", "alike"} <= {*re.findall(r"\w+", title)}
    assert "alike in all districts" in str(answer)


def test_groups_whose_sums_alone_are_alike_differ_where_they_do():
    """In half of the districts women are 5 points ahead, in the others men are."""
    ahead = np.tile([60, -60], 4)
    answer = ask_gap(invent_groups([300] * 8, 300 + ahead))
    assert {*answer.pair} == {"women", "men"}
    assert answer.whole["gap_pp"] == 0
    gaps = answer.table["gap_pp"]
    assert sorted(gaps.round(6)) == [-5] * 4 + [5] * 4
    assert "alike in all districts" not in str(answer)
    assert "lower level in 4 of 8 districts" in str(answer)


def count_groups(random, kind, *, gap=0.0):
    """Count two groups whose levels are apart by a gap; acts of a ratio may be more than people."""
    levels = random.uniform(0.2, 0.5, 8)
    if kind == "ratio":
        lower = 1_200 * 4 * levels
        upper = 1_200 * 4 * (levels + gap)
        return random.poisson(lower), random.poisson(upper)
    return random.binomial(1_200, levels), random.binomial(1_200, levels + gap)


@pytest.mark.parametrize("kind", ["share", "ratio"])
def test_all_places_are_named_as_chance_in_19_of_20_worlds_without_a_difference(kind):
    random = np.random.default_rng(9)
    answers = []
    for _ in range(30):
        counts = count_groups(random, kind)
        answers.append(ask_gap(invent_groups(*counts, kind=kind)))
    assert {answer.measure.evidence for answer in answers} == {"one_period"}
    is_sure = [answer.table["sure"].any() for answer in answers]
    pairs = zip(answers, is_sure, strict=True)
    all_chance = [answer for answer, has_sure in pairs if not has_sure]
    assert 0.83 < len(all_chance) / 30 < 1  # .95, less three standard deviations
    clause = "gap is no larger than chance differences between individuals"
    assert clause in str(all_chance[0])


@pytest.mark.parametrize("kind", ["share", "ratio"])
def test_a_true_gap_of_ten_points_is_named_as_chance_nowhere(kind):
    random = np.random.default_rng(10)
    counts = count_groups(random, kind, gap=0.1)
    answer = ask_gap(invent_groups(*counts, kind=kind))
    assert answer.table["sure"].all()
    assert "chance differences between individuals" not in str(answer)


# Quarters with seasons: a movement is from one quarter to the same a year later


def invent_quarters(random, n_quarters, *, season=0.15):
    """Invent counts of quarters, and what lasts of districts in the season of the last one."""
    for_good = logit(0.3) + 0.3 * random.normal(size=8)[HOME]
    for_good = for_good + 0.3 * random.normal(size=len(HOME))
    of_season = season * random.normal(size=(8, 4))[HOME]
    tables = []
    for number in range(n_quarters):
        moved = 0.1 * random.normal(size=len(HOME))
        share = expit(for_good + of_season[:, number % 4] + moved)
        count = random.binomial(RESIDENTS, share)
        table = pd.DataFrame({"code": COMMUNES.index, "count": count})
        tables.append(table.assign(period=f"{2023 + number // 4}-Q{1 + number % 4}"))
    out_of = np.tile(RESIDENTS, n_quarters)
    rows = pd.concat(tables).assign(out_of=out_of, origin="reported")
    lasting = expit(for_good + of_season[:, (n_quarters - 1) % 4])
    users = np.bincount(HOME, RESIDENTS * lasting)
    of_district = users / np.bincount(HOME, RESIDENTS)
    return rows, pd.Series(of_district, DISTRICTS)


def tell_pairs_apart(n_quarters, *, n_studies=6):
    """Give the part of the pairs five points apart that is told, and how many are told wrongly."""
    random = np.random.default_rng(11)
    n_far = n_told = n_wrong = 0
    for _ in range(n_studies):
        rows, lasting = invent_quarters(random, n_quarters)
        answer = hg.uptake(rows, source="us")
        assert answer.measure.evidence == "periods"
        above = answer.above.to_numpy(dtype=bool)
        level = lasting[answer.above.index].to_numpy()
        apart = level[:, None] - level
        n_far += (apart >= 0.05).sum()
        n_told += above[apart >= 0.05].sum()
        n_wrong += above[apart < 0].sum()
    return n_told / n_far, n_wrong


@pytest.mark.parametrize("n_quarters", [5, 6, 8])
def test_seasons_of_districts_hide_no_order_where_the_same_quarter_came_twice(n_quarters):
    share_told, n_wrong = tell_pairs_apart(n_quarters)
    assert share_told > 0.5
    assert n_wrong == 0


def test_four_quarters_know_no_season_and_tell_few_pairs():
    share_told, n_wrong = tell_pairs_apart(4)
    assert share_told < 0.4
    assert n_wrong == 0


@pytest.mark.parametrize(("n_quarters", "is_wide"), [(4, True), (5, False)])
def test_seasons_of_gaps_too_are_held_to_the_same_quarter_a_year_before(n_quarters, is_wide):
    """Men's season is their own: the gap of a district moves by .3 with it."""
    random = np.random.default_rng(12)
    women, _ = invent_quarters(random, n_quarters, season=0)
    men = women.copy()
    of_season = 0.3 * random.normal(size=(8, 4))[HOME]
    by_quarter = [of_season[:, number % 4] for number in range(n_quarters)]
    moved = np.concatenate(by_quarter)
    share = expit(logit(women["count"] / women["out_of"]) + moved)
    men["count"] = random.binomial(men["out_of"], share)
    women = women.assign(sex="women")
    men = men.assign(sex="men")
    answer = ask_gap(pd.concat([women, men]))
    assert answer.measure.evidence == "periods"
    widths = answer.table["high_pp"] - answer.table["low_pp"]
    width = widths.mean()
    assert (width > 10) == is_wide
