"""What do starts drive? The estimate by second routes, the lot by hand, and what is refused."""

import dataclasses
import functools
import hashlib
import itertools
import json
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from effect_cases import GOLDEN
from refusal_texts import says
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import figure, frames, places, suppress, words
from hganalysis.cli import app
from hganalysis.starts import starting
from hganalysis.starts.estimate import NEVER, Comparison, estimate
from hganalysis.starts.lots import Lot
from hganalysis.study import Study, described


def least_squares(comparison, start, log_rates):
    """Fit what had not started with a dummy for each place and period; average what is left."""
    n_places, n_periods = log_rates.shape
    place, period = np.indices(log_rates.shape).reshape(2, -1)
    dummies = np.zeros((log_rates.size, n_places + 2 * n_periods))
    dummies[range(log_rates.size), place] = 1
    column = n_places + comparison.movement[place] * n_periods + period
    dummies[range(log_rates.size), column] = 1
    free = (period < start[place]).nonzero()[0]
    weight = comparison.importance.ravel()
    root = np.sqrt(weight[free])
    columns = dummies[free] * root[:, None]
    fit, *_ = np.linalg.lstsq(columns, log_rates.ravel()[free] * root, rcond=None)
    residuals = log_rates.ravel() - dummies @ fit
    began = period >= start[place]
    return np.average(residuals[began], weights=weight[began])


@pytest.mark.parametrize("seed", range(12))
def test_the_estimate_is_that_of_least_squares(seed):
    draw = np.random.default_rng(seed)
    n_places = draw.integers(6, 14)
    n_periods = draw.integers(3, 7)
    start = draw.choice([*range(1, n_periods), NEVER], n_places)
    start[:4] = [NEVER, NEVER, 1, 1]
    movement = draw.integers(0, 2, n_places)
    movement[:2] = 0, 1
    log_rates = draw.normal(size=(n_places, n_periods))
    importance = draw.uniform(0.2, 3, log_rates.shape)
    if seed % 2 == 0:
        importance = np.ones(log_rates.shape)
    comparison = Comparison(importance, movement)
    weights = comparison.weights(start[None])[0]
    weighted = (weights * log_rates).sum()
    by_hand = least_squares(comparison, start, log_rates)
    assert weighted == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_interval_has_what_a_search_over_all_35_draws_does_not_reject(seed):
    starts = [1, 1, 1, *[NEVER] * 4]
    every = Lot([*"abcdefg"], [""] * 7, starts, [[0.0]] * 7)
    chosen = itertools.combinations(range(7), 3)
    by_hand = [[1 if position in three else NEVER for position in range(7)] for three in chosen]
    real = np.array(by_hand[10 + seed])
    draws = every.draw_beside(real, 35)
    assert sorted(draws.tolist()) == sorted(by_hand)
    assert every.allowed == (1.0, 35)

    log_rates = np.random.default_rng(seed).normal(size=(7, 3))
    movement = np.zeros(7, dtype=int)
    comparison = Comparison(np.ones((7, 3)), movement)
    began = comparison.has_started(real)
    result = estimate(comparison, draws, log_rates, began)

    def p_value(log_ratio):
        remaining = log_rates - log_ratio * began
        distances = np.abs((comparison.weights(draws) * remaining).sum((1, 2)))
        return np.mean(distances >= distances[0] * (1 - 1e-9))

    assert result.p_value == pytest.approx(p_value(0))
    ends = ((result.low, -1e-6), (result.high, 1e-6))
    for end, outwards in ends:
        assert p_value(end + outwards) <= 0.05 < p_value(end - outwards)


# --- worlds: 75 places, five years, 25 start in 2020 and 25 in 2021 ---

YEARS = (2018, 2019, 2020, 2021, 2022)
LOT = {"all": {2020: 25, 2021: 25, None: 25}}


def list_starts(start):
    """Lay starts out as a user would."""
    codes = [*places.units().index]
    return pd.DataFrame(
        {
            "code": codes,
            "start": start,
            "stratum": "all",
        }
    )


def draw_starts(seed=1):
    draw = np.random.default_rng(seed)
    starts = [2020] * 25 + [2021] * 25 + [np.nan] * 25
    return list_starts(draw.permutation(starts))


neighbours = functools.cache(places.neighbours)


def world(starts, effect=1.15, seed=2, moved=0.0, spill=0.0, years=YEARS):
    """Count what chance made of each place, what all moved, and what was planted."""
    draw = np.random.default_rng(seed)
    pairs = neighbours()
    level = draw.normal(-1.5, 0.3, len(starts))
    sizes = draw.lognormal(8, 1.2, len(starts))
    out_of = 2_000 + sizes.astype(int)
    effects = np.log(np.broadcast_to(effect, len(starts)))
    rows = []
    for number, year in enumerate(years):
        began = starts.set_index("code")["start"] <= year
        has_begun = pairs["neighbour"].map(began)
        beside = has_begun.groupby(pairs["code"]).mean().reindex(began.index)
        log_rate = level + 0.04 * number + draw.normal(0, 0.06, len(starts))
        spilled = spill * effects * beside.fillna(0).astype(float)
        log_rate += np.where(began, effects, spilled)
        log_rate += np.where(starts["start"] - year == 1, moved, 0)
        table = starts[["code"]].assign(period=year)
        table["count"] = draw.binomial(out_of, np.exp(log_rate))
        rows.append(table.assign(out_of=out_of, origin="simulated"))
    return pd.concat(rows, ignore_index=True)


@pytest.fixture(autouse=True)
def _in_english():
    with words.use("en"):
        yield


def ask(rows, starts, **options):
    """Compare with a thousand draws, which tell what was planted as four thousand do."""
    with words.use("en"), mock.patch.object(starting, "N_DRAWS", 1_000):
        by_year = rows.rename(columns={"period": "year"})
        answer = hg.rollout(by_year, starts, source="invented", **options)
        return answer, answer.sentence


def test_the_estimate_is_that_of_another_package():
    counts = pd.read_csv(GOLDEN / "rollout_input.csv")
    numbers = dict(enumerate(places.units().index, start=1))
    codes = counts["code"].map(numbers)
    rows = counts.assign(code=codes, origin="simulated")
    starts = rows[["code", "start"]].drop_duplicates()
    answer, _ = ask(rows.drop(columns="start"), starts)
    expected = pd.read_csv(GOLDEN / "rollout.csv")["log_ratio"].tolist()
    later = [effect for event, effect in answer.events.items() if event >= 0]
    log_ratios = [effect.log_ratio for effect in (answer.effect, *later)]
    assert log_ratios == pytest.approx(expected, abs=1e-9)


def test_a_planted_effect_is_raised_by_a_lot_and_never_without_one():
    starts = draw_starts()
    rows = world(starts)
    lot, sentence = ask(rows, starts, lot=LOT, protocol="order 12")
    whole = lot.table.iloc[0]
    assert whole["low"] < 1.15 < whole["high"]
    assert "raised uptake to 1.1" in sentence
    assert "started by lot (order 12)" in sentence
    assert sentence.startswith("Simulated data.")
    with words.use("vi"):
        assert "đã nâng mức sử dụng lên bằng 1,1" in lot.sentence
    staged, sentence = ask(rows, starts)
    pd.testing.assert_frame_equal(staged.table, lot.table)
    assert "raised" not in sentence
    assert "no evidence" in sentence
    assert "would not have been detected" in sentence
    before = lot.table.query("event < 0")
    assert (before["low"] < 1).all()
    assert (before["high"] > 1).all()


def test_no_difference_is_not_shown_and_a_missing_report_is_named():
    starts = draw_starts()
    rows = world(starts, effect=1.0, seed=4).iloc[1:]
    answer, sentence = ask(rows, starts, lot=LOT, protocol="order 12")
    assert "No clear effect of the roll-out" in sentence
    assert "can be ruled out" in sentence
    _, left_out = sentence.split("Left out")
    assert places.label(rows["code"].iloc[-75]) in left_out
    assert len(answer.panel.codes) == 74


def lowest_first(rows):
    """Start where the report of 2019 is lowest."""
    report = rows[rows["period"] == 2019].set_index("code")
    share = report["count"] / report["out_of"]
    rank = share.rank().to_numpy()
    start = np.select([rank <= 25, rank <= 50], [2020, 2021], np.nan)
    return list_starts(start)


@pytest.mark.parametrize("reason", ["moved", "anticipated", "chosen"])
def test_an_estimate_is_withheld_where_starts_that_nobody_drew_were_chosen(reason):
    starts, moved = draw_starts(), 0.0
    if reason == "chosen":
        starts = lowest_first(world(starts, effect=1.0))
    if reason == "anticipated":
        moved = 0.15
    rows = world(starts, moved=moved)
    if reason == "moved":
        started = starts["code"][starts["start"] < 2022]
        is_odd = (rows["period"] == 2018) & rows["code"].isin(started)
        counts = rows["count"] * np.where(is_odd, 0.8, 1)
        rows["count"] = counts.round().astype(int)
    answer, sentence = ask(rows, starts)
    assert answer.withheld == reason
    assert "No estimate is given" in sentence
    assert "skip=1" in sentence or reason == "moved"
    since = answer.table.query("event.fillna(0) >= 0")
    assert since["rate_ratio"].isna().all()
    ratios = hg.table(answer).texts["Ratio"]
    assert ratios.tolist()[:2] == ["–", "–"]
    points = answer.picture().figure.panels[0].points
    assert (points["x"] < 0).all()


def test_it_says_whose_average_it_is_where_the_other_one_differs():
    starts = draw_starts()
    rows = world(starts)
    _, sentence = ask(rows, starts, lot=LOT, protocol="x")
    assert "weighted by size" not in sentence
    out_of = rows["out_of"].head(len(starts))
    uneven = np.where(out_of > out_of.median(), 1.0, 1.4)
    rows = world(starts, effect=uneven)
    place, sentence = ask(rows, starts, lot=LOT, protocol="x")
    person, _ = ask(rows, starts, lot=LOT, protocol="x", per="person")
    ratio = person.table["rate_ratio"].iloc[1]
    assert f"with places weighted by size the ratio is {ratio:.2f}" in sentence
    assert ratio < place.table["rate_ratio"].iloc[0]


@pytest.mark.parametrize(("spill", "is_seen"), [(0.0, False), (0.9, True)])
def test_spilling_over_to_neighbours_is_seen_and_said(spill, is_seen):
    starts = draw_starts()
    rows = world(starts, seed=3, spill=spill)
    _, sentence = ask(rows, starts, lot=LOT, protocol="x")
    assert ("suggests spillover" in sentence) == is_seen
    assert ("It is assumed that nothing spilled over" in sentence) == (not is_seen)


def by_district(n_started):
    districts = places.units()["compared_code"]
    chosen = sorted(set(districts))[:n_started]
    began = districts.isin(chosen)
    return list_starts(np.where(began, 2020, np.nan))


OTHER_SLOTS = {"lot": {"all": {2020: 30, None: 45}}, "protocol": "x"}
REFUSED = {
    "all at once": (lambda: list_starts(2020), {}, "let a quarter start later"),
    "none started": (lambda: list_starts(np.nan), {}, "Wait for the next report"),
    "one before": (
        lambda: draw_starts().replace({2020: 2019}),
        {},
        "Two periods are needed, or a draw by lot",
    ),
    "none before": (lambda: draw_starts().replace({2020: 2018}), {}, "Add earlier reports"),
    "strange start": (lambda: draw_starts().replace({2020: 2009}), {}, "leave it empty"),
    "few draws": (lambda: by_district(1), {}, "8 places or groups .* 8 ways; at least 40"),
    "nobody left": (
        lambda: list_starts(np.where(draw_starts()["start"] == 2020, 2021, 2022)),
        {"skip": 1},
        "a smaller skip",
    ),
    "no protocol": (draw_starts, {"lot": LOT}, "study protocol"),
    "other slots": (
        draw_starts,
        OTHER_SLOTS,
        r"stated as all 2020: 30, all never: 45, .* all 2021: 25.* Correct the lot",
    ),
    "split group": (lambda: draw_starts().assign(group="a"), {}, "divide the group"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_starts_cannot_carry_is_refused_and_what_would_help_is_said(reason):
    make, options, advice = REFUSED[reason]
    starts = make()
    rows = world(starts).rename(columns={"period": "year"})
    with words.use("en"), pytest.raises(hg.Refused, match=advice) as refused:
        hg.rollout(rows, starts, source="invented", **options)
    assert refused.value.reason == reason


WITHOUT_RATIO = [
    (lambda rows: rows.assign(count=rows["count"].where(rows.index > 0, 0)), "longer periods"),
    (lambda rows: rows[rows["period"] != 2019], "consecutive periods"),
    (lambda rows: rows[(rows.index % 75 + rows["period"]) % 5 > 0], "Use fewer periods"),
]


@pytest.mark.parametrize(("change", "advice"), WITHOUT_RATIO)
def test_counts_that_give_no_ratio_are_refused(change, advice):
    starts = draw_starts()
    rows = world(starts).assign(origin="published")
    with suppress.use(fewer_than=0), pytest.raises(hg.Refused, match=advice):
        ask(change(rows), starts)


# --- a plan: its lot, its seal, its promise ---

BESIDE = ("number", "starts", "written_seal", "published", "published_on")
"""What is in the file of a plan and not sealed."""
PLANNED = (2023, 2024, 2025, 2026, 2027)
NUMBER = {"number_from": "special prize of the northern lottery", "on": "2024-06-01"}
PUBLISHED = {"published": "Official Gazette 9/2024", "published_on": "2024-05-01"}


@pytest.fixture(scope="module")
def plan():
    waves = {2025: 25, 2026: 25}
    return hg.plan("app_users", PLANNED, waves, within="compared_code", **NUMBER)


def test_the_waves_of_a_lot_are_alike_and_each_stratum_has_its_share(plan):
    draws = plan.lot.draw_many(300, seed=5)
    slots = np.sort(plan.lot.slots)
    assert (np.sort(draws, axis=1) == slots).all()
    covariates = pd.DataFrame(plan.lot.covariates)
    covariates = (covariates - covariates.mean()) / covariates.std(ddof=0)
    for starts in draws[:20]:
        for slot in {*plan.lot.slots}:
            starts_now = starts == slot
            gap = covariates[starts_now].mean() - covariates[~starts_now].mean()
            assert gap.abs().max() <= 0.25 + 1e-9
        by_stratum = pd.crosstab(plan.lot.strata, starts)
        spread = by_stratum.max(axis=1) - by_stratum.min(axis=1)
        assert spread.max() <= 2
    allowed = plan.lot.allowed
    assert allowed.at_least < plan.lot.n_ways * allowed.share


def test_anyone_can_repeat_the_draw_by_hand_and_a_change_is_noticed(plan, tmp_path):
    file = tmp_path / "plan.json"
    seal = plan.seal(file)
    [fault] = hg.verify_lot(file, seal)
    assert "does not yet have the number" in fault
    hg.draw_lot(file, " 734 120", **PUBLISHED)
    assert hg.verify_lot(file, seal) == []
    with pytest.raises(hg.Refused, match="is drawn only once"):
        hg.draw_lot(file, "734121", **PUBLISHED)
    content = json.loads(file.read_text("utf-8"))

    lot = content["lot"]
    number = 0
    plan_alone = {key: content[key] for key in content if key not in BESIDE}
    text = json.dumps(plan_alone, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == seal
    while True:
        tickets = {}
        units = zip(lot["units"], lot["strata"], strict=True)
        for unit, stratum in units:
            text = f"{seal}|734120|{number}|{unit}"
            ticket = hashlib.sha256(text.encode()).hexdigest()
            tickets[stratum, ticket] = unit
        in_order = [tickets[key] for key in sorted(tickets)]
        starts = dict(zip(in_order, lot["slots"], strict=True))
        slots = np.array([[starts[unit] for unit in lot["units"]]])
        if plan.lot.imbalance(slots)[0] <= lot["limit"]:
            break
        number += 1
    by_hand = {unit: PLANNED[slot] if slot < 5 else None for unit, slot in starts.items()}
    assert content["starts"] == by_hand

    first, *_ = (code for code, start in by_hand.items() if start == 2025)
    changes = (
        ({"starts": by_hand | {first: 2026}}, "1 of the places did not start as drawn"),
        ({"ratio": 1.01}, "does not match its seal"),
        ({"measure": "files_online"}, "does not match its seal"),
        ({"per": "person"}, "does not match its seal"),
        ({"on": "2024-05-30"}, "does not match its seal"),
        ({"number": "734121"}, "did not start as drawn"),
    )
    for change, fault in changes:
        file.write_text(json.dumps(content | change), encoding="utf-8")
        assert fault in " ".join(hg.verify_lot(file, seal))
        with pytest.raises(hg.Refused, match="as it was sealed"):
            hg.rollout(world(draw_starts()), file, source="invented")
    file.write_text(json.dumps(content), encoding="utf-8")
    assert hg.verify_lot(file, "0" * 64) == ["The seal is not the published one."]


def test_a_sealed_plan_answers_as_it_was_promised(plan, tmp_path):
    file = tmp_path / "plan.json"
    plan.seal(file)
    hg.draw_lot(file, "734120", **PUBLISHED)
    by_plan = plan.sealed.with_starts("734120").starts
    start = [by_plan[code] for code in places.units().index]
    starts = list_starts(start)
    rows = world(starts, seed=3, years=PLANNED)
    answer = hg.rollout(rows, file, source="invented")
    effect = answer.table.iloc[0]
    assert effect["low"] < 1.15 < effect["high"]
    assert "raised" in answer.sentence
    seal = f"seal {plan.sealed.seal[:8]} for app_users, published 2024-05-01: Official Gazette"
    assert f"started by lot ({seal}" in answer.sentence
    assert "then number 734120, special prize of the northern lottery, 2024-06" in answer.sentence
    rows = world(starts, years=PLANNED)
    for options in ({"per": "person"}, {"skip": 1}):
        with pytest.raises(hg.Refused, match="app_users, with equal weight for every"):
            hg.rollout(rows, file, source="invented", **options)
    # a lot that was only tried answers of invented counts alone
    tried = plan.draw("734120")
    assert "only tried" in hg.rollout(rows, tried, source="invented").sentence
    with pytest.raises(hg.Refused, match="only tried"):
        hg.rollout(rows.assign(origin="reported"), tried, source="an office")
    of_start = dataclasses.replace(answer, event=0)
    assert "Only the period of the start is counted." in of_start.sentence
    too_short = world(starts, years=PLANNED[:-1])
    with pytest.raises(hg.Refused, match="2027 are needed"):
        hg.rollout(too_short, file, source="invented")


CHOSEN_LOTS = [
    ("2023-12-31", "", "734120", "after the known counts"),
    ("2026-01-01", "", "734120", "before the first period with a start ends"),
    ("", "", "734120", "the public number that will decide the draw"),
    ("2024-06-01", "2024-06-01", "734120", "published before the day of the number"),
    ("2024-06-01", "May", "734120", "published before the day of the number"),
    ("2024-06-01", "2024-05-01", "23", "at least 5"),
    ("2024-06-01", "2024-05-01", "my number", "at least 5"),
]


@pytest.mark.parametrize(
    ("day", "published_on", "number", "advice"),
    CHOSEN_LOTS,
)
def test_a_lot_that_could_have_been_chosen_is_not_sealed_or_drawn(
    plan, tmp_path, day, published_on, number, advice
):
    file = tmp_path / "plan.json"
    with pytest.raises(hg.Refused, match=advice):  # noqa: PT012
        dataclasses.replace(plan, on=day).seal(file)
        hg.draw_lot(file, number, published="Official Gazette", published_on=published_on)


def test_what_was_reported_is_not_planned_any_more():
    with pytest.raises(hg.Refused, match="2023 can no longer be sealed"):
        hg.plan("app_users", [2022, 2023], {2023: 37}, within="compared_code")
    for measure, ratio in (("files_online", 1.15), ("app_users", 3.5)):
        with pytest.raises(hg.Refused, match="A share cannot exceed 100%"):
            hg.plan(measure, PLANNED, {2025: 25}, within="compared_code", ratio=ratio)
    wave = {2025: 25}
    near_all = hg.plan("files_online", PLANNED, wave, within="compared_code", ratio=1.05)
    assert near_all.table["rate_ratio"].max() <= near_all.panel.largest_ratio
    assert "as a fall" in near_all.sentence
    reports = near_all.simulate("734120")
    assert (reports["count"] <= reports["out_of"] - 5).all()


MISSING_BY_ARM = [(5, 2, True), (6, 0, False), (0, 3, False)]


@pytest.mark.parametrize(("n_started", "n_others", "is_given"), MISSING_BY_ARM)
def test_above_a_tenth_of_an_arm_missing_no_estimate_is_given(n_started, n_others, is_given):
    starts = draw_starts()
    has_start = starts["start"].notna()
    started = starts["code"][has_start]
    others = starts["code"][~has_start]
    missing = [*started[:n_started], *others[:n_others]]
    rows = world(starts)
    is_missing = rows["code"].isin(missing) & (rows["period"] == 2022)
    rows = rows[~is_missing]
    answer, sentence = ask(rows, starts, lot=LOT, protocol="x")
    assert (answer.withheld == "") == is_given
    assert ("No estimate is given" in sentence) == (not is_given)
    flow = answer.flow.sum()
    assert flow.tolist() == [75, 75 - len(missing)]
    assert f"not started: {25 - n_others} of 25" in sentence
    ratios = answer.table["rate_ratio"]
    assert ratios.iloc[:2].notna().all() == is_given


def test_a_move_before_the_start_is_said_of_a_lot_too():
    starts = draw_starts()
    for moved, is_said in ((0.0, False), (0.15, True)):
        rows = world(starts, moved=moved)
        _, sentence = ask(rows, starts, lot=LOT, protocol="x")
        assert ("had changed already just before they started" in sentence) == is_said


def test_strata_that_drift_apart_leave_the_estimate_where_it_is():
    """One stratum has no place that never starts: the mean of all draws is taken out."""
    strata = ["a"] * 17 + ["b"] * 12
    slots = [3] * 7 + [4] * 3 + [5] * 7 + [5] * 6 + [NEVER] * 6
    units = [*map(str, range(29))]
    uneven = Lot(units, strata, slots, [[0.0]] * 29)
    assert uneven.is_uneven
    draws = uneven.draw_many(1_000, seed=5)
    random = np.random.default_rng(3)
    is_a = np.array(strata) == "a"
    drift = np.outer(is_a, 0.05 * np.arange(8))
    log_ratios = []
    for real in range(60):
        order = np.roll(np.arange(len(draws)), -real)
        rates = random.normal(0, 0.1, (29, 8)) + drift
        for is_centred in (True, False):
            importance = np.ones((29, 8))
            comparison = Comparison(importance, uneven.movement, is_centred=is_centred)
            began = comparison.has_started(draws[real])
            result = estimate(comparison, draws[order], rates - 0.1 * began, began)
            log_ratios.append(result.log_ratio)
    by_kind = np.reshape(log_ratios, (-1, 2))
    centred, plain = by_kind.mean(axis=0)
    assert centred == pytest.approx(-0.1, abs=0.02)
    assert plain > 0


def test_a_plan_is_tried_on_invented_reports_with_the_effect_that_it_was_made_to_find():
    plan = hg.plan("app_users")
    assert plan.periods == [2023, 2024, 2025, 2026]
    assert plan.sizes == {1: 25, 2: 25}
    drawn = plan.draw("734120")
    reports = plan.simulate("734120")
    assert set(reports["origin"]) == {"simulated"}
    last = reports[reports["period"] == 2026].set_index("code")["count"]
    first = reports[reports["period"] == 2023].set_index("code")["count"]
    began = pd.Series(drawn.starts).notna()
    grown = np.log(last / first)
    difference = grown[began].mean() - grown[~began].mean()
    assert difference == pytest.approx(np.log(1.15), abs=0.06)
    answer = hg.rollout(reports, drawn, source="invented")
    effect = answer.table.iloc[0]
    assert effect["low"] < 1.15 < effect["high"]
    # starts that are not as the number drew them are refused in memory as in a file
    moved = dataclasses.replace(drawn, number="734121")
    with pytest.raises(hg.Refused, match="as it was sealed"):
        hg.rollout(reports, moved, source="invented")


def test_each_start_of_the_map_has_its_colour(plan):
    panel = plan.map("734120").figure.panels[0]
    assert panel.legend.edges == ("2025", "2026")
    legend = panel.legend
    colours = dict(zip(legend.edges, legend.colours, strict=True))
    drawn_places = panel.places.dropna(subset="text")
    expected = drawn_places["text"].map(colours)
    assert (drawn_places["colour"] == expected).all()
    all_colours = set(panel.places["colour"])
    assert all_colours - {*colours.values()} == {figure.PALE}


def test_power_grows_and_is_what_the_promised_test_finds(plan):
    power = plan.table["power"]
    assert (power.diff().dropna() >= 0).all()
    power_of_smallest = plan.power_of(plan.smallest)
    assert power_of_smallest == pytest.approx(plan.wanted_power, abs=0.01)
    # the worse of two kinds: sure of each, and not of one
    is_detected = plan.needed < np.log(1.15)
    assert plan.power_of(1.15) == min(is_detected.mean(axis=1))
    waves = {2025: 8, 2026: 8}
    fewer = hg.plan("app_users", PLANNED, waves, within="compared_code", limit=0.9)
    assert fewer.smallest > plan.smallest
    with words.use("vi"):
        assert "xác suất phát hiện" in plan.sentence


def test_the_page_to_sign_says_what_is_asked_and_what_counts_as_nothing(plan):
    needed_by_language = (
        ("vi", ["Câu hỏi", "mức sử dụng", "chưa thấy tác động", "Ký tên"]),
        ("en", ["Question", "uptake", "no effect found", "Signed"]),
    )
    for language, words_needed in needed_by_language:
        with words.use(language):
            page = plan.document()
        needed = [*words_needed, plan.sealed.seal]
        assert [word for word in needed if word not in page] == []
        assert "{" not in page


HOPELESS = [
    ({2025: 75}, {}, "Let at least a quarter start later"),
    ({2023: 20}, {}, r"after the first \(2023\)"),
    ({2025: 50, 2026: 50}, {}, "at most 75 in all"),
    ({2025: 1}, {"by": "compared_code", "limit": 9}, "Draw places, not groups"),
    ({2025: -5}, {}, "at least 1 place or group in each"),
    ({2025: 0}, {}, "at least 1 place or group in each"),
]


@pytest.mark.parametrize(
    ("starts", "options", "advice"),
    HOPELESS,
)
def test_a_plan_that_could_find_nothing_is_refused(starts, options, advice):
    with pytest.raises(hg.Refused, match=advice):
        hg.plan("app_users", PLANNED, starts, **options)


WRONG_PROMISES = [{"ratio": 0.85}, {"power": 2}, {"about": "later"}]


@pytest.mark.parametrize("option", WRONG_PROMISES)
def test_what_cannot_be_promised_is_refused(option):
    with pytest.raises(ValueError, match=says("starts_errors.plan")):
        hg.plan("app_users", PLANNED, {2025: 25}, **option)


def test_a_plan_that_is_not_enough_says_whether_any_start_would_be():
    plan = hg.plan("app_users", PLANNED, {2026: 10})
    assert plan.sentence.endswith("If 37 of them started at once in 2024, it would be enough.")
    small = dataclasses.replace(plan, wanted_ratio=1.02)
    assert "more places are needed." in small.sentence


def test_a_lot_of_few_draws_is_refused_with_the_limit_that_would_do():
    by_district = {"by": "compared_code"}
    with pytest.raises(hg.Refused, match=r"limit from 0\.25 to 0\.98"):
        hg.plan("app_users", PLANNED, {2025: 4}, **by_district)
    wider = hg.plan("app_users", PLANNED, {2025: 4}, limit=0.98, **by_district)
    assert wider.lot.allowed.at_least >= 40
    uneven_periods = (
        ((2023, 2024, 2026), "not evenly spaced"),
        (("2024-Q1", "2024-Q2", "2024-Q3"), "write a year"),
    )
    for periods, advice in uneven_periods:
        with pytest.raises(ValueError, match=advice):
            hg.plan("app_users", periods, {periods[1]: 25})
    with pytest.raises(ValueError, match=says("refusals.columns", missing="region")):
        hg.plan("app_users", PLANNED, {2025: 25}, within="region")
    one_year = world(draw_starts(), years=(2022,))
    with pytest.raises(hg.Refused, match="Add earlier reports"):
        hg.plan(one_year, PLANNED, {2025: 25}, source="invented")


# --- a real lot: an automatic form in place of a contact tracer, 29 ZIP codes, eight weeks ---

TRIAL = {
    "50 to 80": {"2022-W01": 7, "2022-W02": 3, "2022-W03": 7},
    "80 to 100": {"2022-W03": 6, None: 6},
}


@pytest.fixture
def trial():
    study = Study.open("santa_clara")
    with study.use(), words.use("en"):
        yield pd.read_csv(study.path("starts.csv"), dtype={"code": "str"})


def test_the_lot_of_others_is_answered_as_its_protocol_has_it(trial):
    answer = hg.rollout("fields_filled", trial, lot=TRIAL, protocol="protocol of the trial")
    place, person = answer.table.iloc[:2].itertuples()
    assert (place.per, person.per) == ("place", "person")
    texts = hg.table(answer).texts
    heads = texts.iloc[:2, 0].tolist()
    assert heads == ["overall, each place weighted equally", "overall, weighted by size"]
    numbers = [place.rate_ratio, place.low, place.high]
    assert numbers == pytest.approx([0.904, 0.860, 0.951], abs=0.002)
    assert place.p_value < 0.002
    assert place.rate_ratio < person.rate_ratio < 1
    assert "lowered the fields filled to 0.90 times" in answer.sentence
    assert "by lot (protocol of the trial)" in answer.sentence
    assert person.rate_ratio == pytest.approx(0.934, abs=0.002)
    assert "was drawn but lacks the number of a period (ZIP 95046)" in answer.sentence
    assert "W2 2022: 2 of 3, W3 2022: 13 of 13, not started: 6 of 6" in answer.sentence
    # the study says its starts and its lot itself
    assert hg.rollout("fields_filled").sentence == answer.sentence


def test_a_study_says_its_starts_and_a_fault_in_them_is_named():
    with pytest.raises(ValueError, match=says("starts_errors.no_starts")):
        hg.rollout("app_users")
    written = Study.open("santa_clara").written
    faults = (
        ('"2022-W01", 7', '"soon", 7', "lot.0.1 is 'soon', not a period or never"),
        ('"2022-W01", 7', '"2022-W01", 0', "lot.0.2 is 0, not a number of places"),
        ('file = "starts.csv"', "", "starts.file is missing"),
    )
    for right, wrong, fault in faults:
        with pytest.raises(ValueError, match=fault):
            described.require(written.replace(right, wrong))


def test_a_two_way_fit_of_its_people_is_what_its_authors_found(trial):
    """Fit 231 shares by place and week, weighted by people, and draw the lot again: a control."""
    rows = frames.reports().dropna(subset="count")
    rows = rows.sort_values(["code", "period"])
    weeks = sorted(rows["period"].unique())
    share = rows["count"] / rows["out_of"]
    people = rows["out_of"].to_numpy() / 11
    dummies = pd.get_dummies(rows[["code", "period"]], dtype=float).to_numpy()
    root = np.sqrt(people)[:, None]

    def coefficient(start):
        began = rows["period"].to_numpy() >= rows["code"].map(start).to_numpy()
        design = np.column_stack([began, dummies])
        fit, *_ = np.linalg.lstsq(design * root, share * root[:, 0], rcond=None)
        return fit[0]

    start = trial.set_index("code")["start"].fillna("9999")
    stratum = trial.set_index("code")["stratum"]
    share_change = coefficient(start)
    assert (len(rows), len(weeks)) == (231, 8)
    assert share_change == pytest.approx(-0.0188, abs=0.00005)
    draw = np.random.default_rng(4)
    by_stratum = start.groupby(stratum)
    permuted = []
    for _ in range(499):
        starts = by_stratum.transform(lambda slots: draw.permutation(slots))
        permuted.append(coefficient(starts))
    changes = np.abs([share_change, *permuted])
    assert np.mean(changes >= abs(share_change)) <= 0.01


def test_the_commands_seal_a_plan_with_its_page_and_draw_it_once(tmp_path):
    file = tmp_path / "plan.json"
    command = ["plan", "app_users", str(file), "--start", "2025=25", "--start", "2026=25"]
    command += [part for year in PLANNED for part in ("--period", str(year))]
    number = ["--number-from", NUMBER["number_from"], "--on", NUMBER["on"]]
    sealing = [*command, *number, "--within", "compared_code", "--lang", "en"]
    done = CliRunner().invoke(app, sealing)
    assert done.exit_code == 0, done.output
    seal = json.loads(file.read_text("utf-8"))["written_seal"]
    assert seal in done.output
    assert seal in file.with_suffix(".md").read_text("utf-8")
    assert "detected with probability" in done.output
    published = ["--published", "Official Gazette 9/2024", "--published-on", "2024-05-01"]
    draw_command = ["draw-lot", str(file), "734120", *published, "--lang", "en"]
    drawn_once = CliRunner().invoke(app, draw_command)
    assert drawn_once.exit_code == 0, drawn_once.output
    assert hg.verify_lot(file, seal) == []
    later_plan = [*number, *command[-10:]]
    refusals = (
        (["draw-lot", str(file), "734121", *published], "is drawn only once"),
        (["plan", "app_users", "x.json", *later_plan, "--start", "2025=75"], "start later"),
        (["plan", "app_users", "x.json", *later_plan, "--start", "2025=x"], "2025=20"),
    )
    for refused, advice in refusals:
        with words.use("vi"):
            done = CliRunner().invoke(app, [*refused, "--lang", "en"])
        assert advice in f"{done.output}{done.exception}"
    file.write_text('{"lot": {}}', encoding="utf-8")
    with pytest.raises(ValueError, match=says("starts_errors.no_plan", file="plan.json")):
        hg.verify_lot(file)


def test_the_table_of_worlds_is_as_was_promised():
    table = pd.read_csv(Study.open().path("benchmarks/rollout.csv"))
    promised = table[table["promised"].notna()]
    drawn = promised.set_index(["layout", "world"])
    few_draws = drawn.index.get_level_values("layout") == "8 districts drawn"
    assert drawn["size"][~few_draws].between(0.045, 0.055).all()
    assert drawn["size"][few_draws].max() <= 0.05
    assert drawn["cover"].between(0.93, 0.98).all()
    # what movements of two past periods do not show: shocks of whole districts
    short = drawn["power"] < drawn["promised"] - 0.04
    assert drawn.index[short].tolist() == [("8 districts drawn", "district shock")]
    cover = table.set_index(["world", "layout"])["cover"]
    assert cover["effects differ"].between(0.93, 0.995).all()
    growing = cover["effects grow"].min()
    assert cover["two-way, effects grow"].min() < 0.65 < 0.93 < growing
    chosen = table.set_index(["layout", "world"])
    withheld = chosen.loc["75, nobody drew", "withheld"]
    assert withheld["unrelated"] < 0.1
    assert withheld.drop("unrelated").min() > 0.95
    # the headline of report 03 is an association, and starts that are chosen are in it
    headline = chosen.loc["75, headline of report 03"]
    by_lot = chosen.loc["75, drawn by lot"]
    cover = headline["cover"]
    assert cover[["fast growers first", "high uptake first"]].max() < 0.1
    assert by_lot["cover"].min() > 0.85
    assert by_lot["bias"].abs().max() < 0.02
