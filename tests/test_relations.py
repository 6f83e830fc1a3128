"""Measures that add up are hidden together, and those that have nothing in common are not."""

import re
import time
from contextlib import contextmanager
from functools import partial
from itertools import pairwise

import attacker
import numpy as np
import pandas as pd
import pytest
from invented import catalogue_of
from refusal_texts import says

from hganalysis import places, study, suppress
from hganalysis.publish.own import lay_out, write
from hganalysis.suppress.relations import (
    Relation,
    find_relations,
    label_components,
    note_relations,
)

COMMUNES = places.units()["compared_code"]
QUARTERS = ["2022-Q1", "2022-Q2", "2022-Q3", "2022-Q4"]


def draw(rng, n, *, highest=60):
    """Draw counts of places of unlike size, few in many of them."""
    means = rng.uniform(2, highest) * rng.lognormal(0, 0.8, n)
    return rng.poisson(means)


def to_reports(counts, codes, *, out_of=3000):
    """Give reports of counts by measure and period."""
    tables = []
    for (name, period), numbers in counts.items():
        columns = {
            "code": codes,
            "period": period,
            "indicator": name,
            "count": numbers,
        }
        tables.append(pd.DataFrame(columns))
    together = pd.concat(tables, ignore_index=True)
    return together.assign(out_of=out_of, origin="reported")


def codes_of_districts(rng, *, districts):
    chosen = rng.choice(COMMUNES.unique(), districts, replace=False)
    return list(COMMUNES.index[COMMUNES.isin(chosen)])


SUM_OF_SEXES = {
    ("all", 2022): 1,
    ("women", 2022): -1,
    ("men", 2022): -1,
}


def add_up(women, men, *, year=2022):
    """Give counts of women, of men, and of all."""
    return {
        ("all", year): women + men,
        ("women", year): women,
        ("men", year): men,
    }


# Of each kind of study: counts by measure and period, and what adds up to 0 in each place
def of_sexes(drawn):
    women = drawn()
    men = drawn()
    return add_up(women, men), [SUM_OF_SEXES]


def of_ages(drawn):
    ages = {(f"age{number}", 2022): drawn() for number in range(4)}
    equation = {("all", 2022): 1, **dict.fromkeys(ages, -1)}
    return {("all", 2022): sum(ages.values()), **ages}, [equation]


def of_two_splits(drawn):
    women = drawn() + 5
    men = drawn() + 5
    young = np.minimum(drawn(), women + men)
    old = women + men - young
    counts = {
        "women": women,
        "men": men,
        "young": young,
        "old": old,
    }
    signs = {
        "women": 1,
        "men": 1,
        "young": -1,
        "old": -1,
    }
    equation = {(name, 2022): sign for name, sign in signs.items()}
    return {(name, 2022): numbers for name, numbers in counts.items()}, [equation]


def of_stock(drawn):
    joined = {period: drawn() for period in QUARTERS}
    totals = np.cumsum([*joined.values()], axis=0)
    users = dict(zip(QUARTERS, totals, strict=True))
    counts = {("users", period): users[period] for period in QUARTERS}
    counts |= {("joined", period): joined[period] for period in QUARTERS[1:]}
    equations = []
    for before, now in pairwise(QUARTERS):
        equations.append(
            {
                ("users", now): 1,
                ("users", before): -1,
                ("joined", now): -1,
            }
        )
    return counts, equations


def of_year(drawn):
    new = {("new", period): drawn() for period in QUARTERS}
    year = ("year", QUARTERS[-1])
    equation = {year: 1, **dict.fromkeys(new, -1)}
    return {year: sum(new.values()), **new}, [equation]


KINDS = {
    "women and men": (of_sexes, {}),
    "ages": (of_ages, {}),
    "two splits": (of_two_splits, {}),
    "stock": (of_stock, {"users": {"over_time": "stock"}}),
    "year and quarters": (of_year, {}),
}


@contextmanager
def study_of(folder, counts, keys=None):
    """Use a study with these measures."""
    names = dict.fromkeys(name for name, _ in counts)
    measures = {}
    for name in names:
        periods = [period for measure, period in counts if measure == name]
        measures[name] = {"periods": periods, **(keys or {}).get(name, {})}
    catalogue = catalogue_of(measures, periods=[])
    folder = write(folder, {study.CATALOGUE: catalogue.encode()})
    with study.Study.open(folder).use() as previous:
        yield previous


def attack(raw, safe_reports, equations, *, insider, rising=()):
    """Attack reports with what adds up in each place: where it does."""
    system = attacker.System()
    truth, rules = attacker.hear_reports(
        system, raw, safe_reports, limit=5, insider=insider, rising=rising
    )
    counts = raw.set_index(["indicator", "period", "code"])["count"]
    for code in raw["code"].unique():
        for signs in equations:
            total = sum(sign * counts[(*cell, code)] for cell, sign in signs.items())
            if total == 0:
                cells = signs.items()
                keys = {("count", period, name, code): sign for (name, period), sign in cells}
                system.add(keys, 0, 0)
    return attacker.attack(system, truth, rules, insider=insider)


@pytest.mark.parametrize("slips", [0, 0.05])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_comes_back_of_measures_that_add_up(tmp_path, kind, slips):
    compose, keys = KINDS[kind]
    n_attacked = 0
    n_naive = 0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        codes = codes_of_districts(rng, districts=(1, 2, 3)[seed])
        counts, equations = compose(partial(draw, rng, len(codes)))
        for numbers in counts.values():
            slip = rng.random(len(codes)) < slips
            numbers[slip] += rng.integers(1, 9, slip.sum())
        raw = to_reports(counts, codes)
        with study_of(tmp_path / str(seed), counts, keys):
            safe_reports = suppress.hide_counts(raw)
            by_measure = raw.groupby("indicator")
            safe_by_measure = [suppress.hide_counts(rows) for _, rows in by_measure]
            alone = pd.concat(safe_by_measure).reindex(raw.index)
            alone["pool"] = alone["pool"].fillna("") if "pool" in alone else ""
            for insider in (False, True):
                attack_table = attack(raw, safe_reports, equations, insider=insider)
                n_attacked += len(attack_table)
                assert not attack_table["exact"].any()
            naive = attack(raw, alone, equations, insider=False)
            n_naive += naive["exact"].sum()
    assert n_attacked > 20
    # each measure by itself gives some away: the attack can succeed
    assert n_naive > 0


def few_codes(rng):
    """Choose 3 to 18 communes, of one to three districts."""
    codes = []
    n_districts = rng.integers(1, 4)
    for district in rng.choice(COMMUNES.unique(), n_districts, replace=False):
        inside = COMMUNES.index[COMMUNES.eq(district)]
        shuffled = rng.permutation(inside)
        codes += list(shuffled[: rng.integers(3, 7)])
    return codes


FEW_PLACES = [
    ("women and men", range(100, 125)),
    # in the last four a quarter alone does not show that its numbers add up
    ("stock", [*range(100, 121), 126, 139, 148, 149]),
    # here a sum that other measures hide would be their difference
    ("two splits", range(170, 180)),
]


@pytest.mark.parametrize(
    ("kind", "seeds"),
    FEW_PLACES,
)
def test_nothing_comes_back_of_few_places(tmp_path, kind, seeds):
    compose, keys = KINDS[kind]
    n_attacked = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        codes = few_codes(rng)
        highest = int(rng.choice([8, 30, 60]))
        draw_counts = partial(draw, rng, len(codes), highest=highest)
        counts, equations = compose(draw_counts)
        raw = to_reports(counts, codes)
        with study_of(tmp_path / str(seed), counts, keys):
            safe_reports = suppress.hide_counts(raw)
            for insider in (False, True):
                attack_table = attack(raw, safe_reports, equations, insider=insider)
                n_attacked += len(attack_table)
                assert not attack_table["exact"].any()
    assert n_attacked > 200


def test_unrelated_measures_hide_nothing_more(tmp_path):
    """Of 100 studies of 2 to 8 districts, at most one."""
    names = [f"m{number}" for number in range(6)]
    counts = {(name, 2022): None for name in names}
    n_more = n_small = 0
    with study_of(tmp_path, counts):
        for seed in range(100):
            rng = np.random.default_rng(seed)
            codes = codes_of_districts(rng, districts=rng.integers(2, 9))
            size = rng.lognormal(0, 0.5, len(codes))
            drawn = {}
            for cell in counts:
                drawn[cell] = rng.poisson(rng.choice([6, 60, 400]) * size)
            raw = to_reports(drawn, codes)
            n_small += (raw["count"] < 5).sum()
            n_more += bool(find_relations(raw))
    assert n_small > 500
    assert n_more <= 1


def test_twelve_measures_in_four_periods_take_a_second(tmp_path):
    """Its own time of the processor, with room for a slow one."""
    rng = np.random.default_rng(1)
    cells = [(f"m{number}", period) for number in range(12) for period in QUARTERS]
    counts = {cell: draw(rng, len(COMMUNES), highest=300) for cell in cells}
    raw = to_reports(counts, list(COMMUNES.index))
    with study_of(tmp_path, counts):
        begin = time.process_time()
        find_relations(raw)
        assert time.process_time() - begin < 4


# What is taken for a relation


def related(tmp_path, counts, **keys):
    """List the relations of some counts, in codes of one district and more."""
    n_places = len(next(iter(counts.values())))
    codes = list(COMMUNES.index[:n_places])
    with study_of(tmp_path, counts, keys):
        return find_relations(to_reports(counts, codes))


@pytest.mark.parametrize(("n_slips", "is_found"), [(10, True), (11, False)])
def test_what_holds_in_half_of_the_places_is_a_relation(tmp_path, n_slips, is_found):
    rng = np.random.default_rng(2)
    women, men = rng.integers(20, 90, (2, 20))
    total = women + men
    total[:n_slips] += 7
    counts = add_up(women, men) | {("all", 2022): total}
    assert bool(related(tmp_path, counts)) is is_found


# Of 5 places, who joined in each quarter: in the last one, 3 places have any
MANY_JOINED = np.array([[25, 10, 12, 7, 9], [31, 6, 8, 14, 5], [2, 5, 2, 0, 0]])
# in each quarter 2 places have any
FEW_JOINED = np.array([[25, 0, 12, 0, 0], [0, 6, 0, 14, 0], [0, 5, 0, 0, 9]])


def stock_of(joined):
    """Give the users of four quarters, and those who joined in the last three."""
    first = np.array([120, 340, 95, 212, 60])
    totals = np.cumsum([first, *joined], axis=0)
    users = [("users", period) for period in QUARTERS]
    new = [("joined", period) for period in QUARTERS[1:]]
    return dict(zip(users + new, [*totals, *joined], strict=True))


def list_cells(position):
    """List what adds up in a quarter: its users, those of the one before, and who joined."""
    before, now = QUARTERS[position - 1 : position + 1]
    return frozenset([("users", before), ("users", now), ("joined", now)])


@pytest.mark.parametrize("joined", [MANY_JOINED, FEW_JOINED])
def test_what_adds_up_in_other_periods_does_where_too_few_places_show_it(tmp_path, joined):
    cells = [relation.cells for relation in related(tmp_path, stock_of(joined))]
    assert {list_cells(position) for position in (1, 2, 3)} <= set(cells)


def test_a_zero_does_not_come_back_of_a_quarter_in_which_nobody_joined(tmp_path):
    counts = stock_of(MANY_JOINED * [[1], [1], [0]])
    codes = list(COMMUNES.index[:5])
    raw = to_reports(counts, codes)
    before, now = QUARTERS[2:]
    growth = {
        ("users", now): 1,
        ("users", before): -1,
        ("joined", now): -1,
    }
    with study_of(tmp_path, counts):
        safe_reports = suppress.hide_counts(raw)
        attack_table = attack(raw, safe_reports, [growth], insider=False)
    assert len(attack_table) >= 5
    assert not attack_table["exact"].any()


def test_what_adds_up_does_not_do_so_where_a_measure_means_another_thing(tmp_path):
    counts = stock_of(MANY_JOINED)
    # from the last quarter on those of another service are users, too
    counts["users", QUARTERS[3]] += np.array([40, 71, 23, 68, 9])
    cells = [relation.cells for relation in related(tmp_path, counts)]
    assert list_cells(2) in cells
    assert list_cells(3) not in cells


@pytest.mark.parametrize(("n_places", "is_found"), [(2, False), (3, True)])
def test_fewer_than_three_places_show_nothing(tmp_path, n_places, is_found):
    women, men = np.array([[311, 87, 905], [212, 640, 37]])[:, :n_places]
    counts = add_up(women, men)
    assert bool(related(tmp_path, counts)) is is_found


def test_measures_that_are_alike_everywhere_show_no_relation(tmp_path):
    alike = np.full(40, 50)
    counts = add_up(alike, alike)
    assert related(tmp_path, counts) == []


def test_a_rare_part_is_seen_though_it_is_0_nearly_everywhere(tmp_path):
    rng = np.random.default_rng(3)
    usual = rng.integers(50, 500, 40)
    rare = np.zeros(40, int)
    rare[7] = 3
    counts = {("all", 2022): usual + rare}
    counts |= {("usual", 2022): usual, ("rare", 2022): rare}
    cells = [relation.cells for relation in related(tmp_path, counts)]
    assert frozenset(counts) in cells


def test_relations_with_a_measure_in_common_are_one_component():
    pairs = [("a", "b"), ("c", "d"), ("b", "c"), ("e", "f")]
    cells = [frozenset((name, 2022) for name in pair) for pair in pairs]
    label = label_components([Relation(pair, pair) for pair in cells])
    numbers = [label[name, 2022] for name in "abcdef"]
    assert len({*numbers[:4]}) == 1
    assert len({*numbers[4:]}) == 1
    assert numbers[0] != numbers[4]


# What is declared


def declared(tmp_path, keys):
    """Hide counts of two communes that add up, and a stock that grew."""
    women = np.array([3, 80])
    men = np.array([40, 50])
    users = np.array([100, 120])
    joined = np.array([2, 40])
    counts = add_up(women, men)
    counts |= {("users", 2022): users, ("users", 2023): users + joined}
    counts["joined", 2023] = joined
    codes = list(COMMUNES.index[:2])
    with study_of(tmp_path, counts, keys):
        raw = to_reports(counts, codes)
        safe_reports = suppress.hide_counts(raw)
    is_hidden = suppress.is_hidden(safe_reports)
    hidden_rows = safe_reports[is_hidden]
    return set(zip(hidden_rows["indicator"], hidden_rows["period"], strict=True))


def test_declared_relations_hold_where_too_few_places_show_them(tmp_path):
    alone = declared(tmp_path / "none", {})
    assert alone == {("women", 2022), ("joined", 2023)}
    parts = {"women": {"parts_of": ["all"]}, "men": {"parts_of": ["all"]}}
    of_all = {("all", 2022), ("women", 2022), ("men", 2022)}
    assert declared(tmp_path / "parts", parts) == of_all | {("joined", 2023)}
    stock = {"users": {"stock_of": ["joined"]}}
    of_users = {("users", 2022), ("users", 2023), ("joined", 2023)}
    assert declared(tmp_path / "stock", stock) == of_users | {("women", 2022)}


@pytest.mark.parametrize("key", ["parts_of", "stock_of"])
def test_a_declared_measure_that_there_is_none_of_is_refused(tmp_path, key):
    measures = {"women": {key: ["al"]}}
    text = catalogue_of(measures, periods=[2022])
    folder = write(tmp_path, {study.CATALOGUE: text.encode()})
    no_whole = says("study_errors.no_whole", key=f"indicators.women.{key}", measure="al")
    with pytest.raises(ValueError, match=no_whole):
        study.Study.open(folder)


# What users are told


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_build_says_once_which_measures_add_up_and_what_would_hide_less(tmp_path, language):
    rng = np.random.default_rng(4)
    women, men, joined, *growth = rng.integers(20, 90, (5, len(COMMUNES)))
    counts = add_up(women, men)
    counts |= add_up(women + growth[0], men + growth[1], year=2023)
    counts["all", 2023][3] += 1
    users = women * men
    counts |= {("users", 2022): users, ("users", 2023): users + joined}
    counts |= {("joined", 2023): joined}
    raw = to_reports(counts, list(COMMUNES.index), out_of=100_000)
    with study_of(tmp_path, counts), study.use(language=language):
        notes = note_relations(raw)
    assert len(notes) == 2, "\n".join(notes)
    sums = next(note for note in notes if "74" in note)
    assert "all = " in sums
    words_of_sums = set(re.findall(r"\w+", sums))
    assert {"women", "men", "75", "groups", "by"} <= words_of_sums
    growth = next(note for note in notes if note != sums)
    assert {"users", "joined", "75"} <= set(re.findall(r"\w+", growth))


def test_a_build_of_a_study_gives_the_note(tmp_path):
    rng = np.random.default_rng(4)
    women, men = rng.integers(20, 90, (2, len(COMMUNES)))
    counts = add_up(women, men)
    raw = to_reports(counts, list(COMMUNES.index))
    measures = {name: {"periods": [2022]} for name, _ in counts}
    catalogue = catalogue_of(measures, periods=[])
    files = {study.CATALOGUE: catalogue.encode()}
    files[study.REPORTS] = raw.to_csv(index=False).encode()
    folder = write(tmp_path / "study", files)
    notes = lay_out(tmp_path / "own", study=folder).notes
    assert any("all = women + men" in note for note in notes), notes
