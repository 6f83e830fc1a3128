"""Of more than thirty places: what is said of one period, who stands apart lastingly."""

import re

import numpy as np
import pandas as pd
import pytest

import hganalysis as hg
from hganalysis.ranking import standing

PERIODS = [2019, 2020]
MAX_PAIRED = standing.MANY_PLACES


@pytest.fixture(autouse=True)
def kenya():
    """Take a study with 47 counties."""
    with hg.Study.open("kenya_2019").use(language="en"):
        yield


def county_codes(n_places=47):
    """Take so many counties."""
    return hg.places.compared().index[:n_places]


def reports(shares_by_period, *, out_of=5000, kind="share"):
    """Report each county in each period, by its share."""
    rows = []
    for period, shares in zip(PERIODS, shares_by_period, strict=False):
        codes = county_codes(len(shares))
        count = np.round(np.asarray(shares) * out_of)
        columns = {
            "code": codes,
            "period": period,
            "count": count,
        }
        rows.append(pd.DataFrame(columns))
    return pd.concat(rows).assign(out_of=out_of, origin="simulated", kind=kind)


def ask(shares_by_period, **options):
    """Ask where uptake is high."""
    return hg.uptake(reports(shares_by_period, **options), source="invented")


def alike_but(shares, *, level=0.5, n_places=47):
    """Give all places about one level, and some of them another."""
    differences = np.linspace(-0.004, 0.004, n_places)
    values = np.full(n_places, level) + differences
    for position, share in shares.items():
        values[position] = share
    return values


def numbers_of(text, *, after):
    """Read the first number that follows a text."""
    _, rest = text.split(after, 1)
    number = re.search(r": (\d+)[;.]", rest)[1]
    return int(number)


def test_one_period_tells_tenths_and_who_is_far_from_the_whole_as_counted():
    shares = alike_but({0: 0.8, 1: 0.7, 2: 0.2})
    answer = ask([shares])
    text = str(answer)
    assert "pairs" not in text
    assert "above the whole" in text
    assert numbers_of(text, after="above the whole") == 2
    assert numbers_of(text, after="points below it") == 1
    assert "only one complete count" in text
    assert "lasting" not in text.lower()
    table = answer.table.set_index("code")
    codes = county_codes()
    counts = answer.table["count"]
    out_of = answer.table["out_of"]
    whole = counts.sum() / out_of.sum()
    distance = 100 * (0.8 - whole)
    from_whole = table.loc[codes[0], "from_whole_pp"]
    assert from_whole == pytest.approx(distance, abs=1e-9)
    assert table["lasting"].isna().all()
    assert table["rank_low"].isna().all()


def test_lowest_tenth_has_a_tenth_of_the_places_lowest_first():
    lowest = {position: 0.1 + 0.01 * position for position in range(5)}
    text = str(ask([alike_but(lowest)]))
    lowest_codes = county_codes()[:5]
    names = [hg.places.label(code) for code in lowest_codes]
    assert "(5)" in text
    assert ", ".join(names) in text
    assert "14.0%" in text


def test_two_periods_name_who_lastingly_stands_apart_and_nobody_else():
    rng = np.random.default_rng(3)
    shares = alike_but({0: 0.8, 1: 0.2})
    spread = [shares + rng.normal(0, 0.02, 47) for _ in PERIODS]
    table = ask(spread).table.set_index("code")
    lasting = table["lasting"]
    codes = county_codes()
    assert lasting[codes[0]] == "above"
    assert lasting[codes[1]] == "below"
    assert (lasting.drop(codes[:2]) == "").all()


def test_places_that_swap_sides_are_not_lastingly_apart():
    rng = np.random.default_rng(4)
    shares = 0.5 + rng.normal(0, 0.1, 47)
    answer = ask([shares, 1 - shares])
    assert (answer.table["lasting"] == "").all()
    assert "not known which" in str(answer)


def test_small_places_are_not_named_by_the_chance_of_persons_alone():
    rng = np.random.default_rng(5)
    n_named = 0
    for _ in range(20):
        counts = [rng.binomial(600, 0.5, 47) / 600 for _ in PERIODS]
        lasting = ask(counts, out_of=600).table["lasting"]
        n_named += (lasting != "").any()
    assert n_named <= 4


def test_an_error_of_denominators_as_large_as_the_distance_names_nobody():
    rng = np.random.default_rng(6)
    count = np.full(47, 5000.0)
    out_of = np.full(47, 10000.0)
    out_of[0] = 8000.0
    earlier = count * (1 + rng.normal(0, 0.01, 47))
    both = np.stack([earlier, count], axis=1)
    residents = np.stack([out_of] * 2, 1)
    noise = hg.ranking.stability.measure_noise(both, residents, np.arange(47))
    assert standing.lasting_side(noise, count, out_of, error=0.0)[0] == "above"
    assert standing.lasting_side(noise, count, out_of, error=0.11)[0] == "above"
    assert standing.lasting_side(noise, count, out_of, error=0.13)[0] == ""


@pytest.mark.parametrize("n_places", [MAX_PAIRED, MAX_PAIRED + 1])
def test_pairs_are_counted_up_to_thirty_places_and_not_above(n_places):
    rng = np.random.default_rng(8)
    shares = [0.5 + rng.normal(0, 0.1, n_places) for _ in PERIODS]
    answer = ask(shares)
    has_many = n_places > MAX_PAIRED
    assert ("lasting" in answer.table) == has_many
    assert answer.table["rank_low"].isna().all() == has_many
    assert ("pairs" in str(answer)) != has_many


def test_a_rate_is_far_from_the_whole_by_a_factor():
    rates = np.full(47, 2.0)
    rates[:3] = [2.6, 2.4, 1.5]
    answer = ask([rates], kind="ratio")
    assert numbers_of(str(answer), after="1.25 times") == 1
    assert numbers_of(str(answer), after="0.8 times") == 1
    highest = answer.table["to_whole"].max()
    assert highest == pytest.approx(1.3, rel=0.01)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_figures_and_table_of_many_places_are_composed_in_both_languages(language):
    rng = np.random.default_rng(9)
    shares = 0.5 + rng.normal(0, 0.15, 47)
    later = np.clip(shares + rng.normal(0, 0.01, 47), 0.01, 0.99)
    answer = ask([shares, later])
    with hg.words.use(language):
        title = answer.order().figure.title
        lasting = answer.table["lasting"]
        assert str((lasting == "above").sum()) in title
        assert str((lasting == "below").sum()) in title
        assert answer.order().figure.table.shape[0] == 47


def test_benchmark_of_lasting_sides_meets_its_bars():
    worlds = pd.read_csv(hg.study.DATA / "benchmarks" / "standing.csv")
    assert worlds["replications"].min() >= 400
    assert worlds["wrong"].max() <= 0.05
    names = worlds["world"]
    is_unequal = names.str.contains("unequal")
    is_quiet = names.str.contains("transient 0.14") & ~is_unequal
    assert is_quiet.sum() == 12
    assert worlds.loc[is_quiet, "named"].min() >= 0.30


@pytest.mark.parametrize("language", hg.words.LANGUAGES)
def test_where_a_place_stands_is_written_in_words_under_heads_in_words(language):
    rng = np.random.default_rng(3)
    shares = alike_but({0: 0.8, 1: 0.2})
    spread = [shares + rng.normal(0, 0.02, 47) for _ in PERIODS]
    with hg.words.use(language):
        answer = ask(spread)
        texts = hg.table(answer).texts
        sides = ("above", "below", "neither")
        words = {side: hg.words.term(f"cells.{side}") for side in sides}
        head = hg.words.term("heads.lasting")
        head_of_distance = hg.words.term("heads.from_whole_pp") + hg.words.with_unit("points")
        distance = texts[head_of_distance]
    assert not [name for name in texts if re.search("_[a-z]", name)]
    assert {*texts}.isdisjoint(answer.table)
    sides = answer.table["lasting"].replace("", "neither")
    assert texts[head].tolist() == sides.map(words).tolist()
    is_above = answer.table["from_whole_pp"] > 0
    assert distance.str.startswith("+").tolist() == is_above.tolist()
