"""When are two periods two counts? Places may move by one factor, nearly one, or their own."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

import hganalysis as hg
from hganalysis.ranking import stability

REGIONS = 20


def draw_months(seed, *, step_sd, n_months=12, people=2e6):
    """Count regions without parts by month, as they drift by steps of their own."""
    rng = np.random.default_rng(seed)
    start = logit(0.4) + 0.3 * rng.normal(size=REGIONS)
    steps = step_sd * rng.normal(size=(REGIONS, n_months - 1))
    zeros = np.zeros(REGIONS)
    drift = np.column_stack([zeros, steps.cumsum(axis=1)])
    odds = start[:, None] + drift + 0.01 * np.arange(n_months)
    out_of = np.full(odds.shape, people)
    return (rng.binomial(out_of.astype(int), expit(odds)).astype(float), out_of)


def measure(count, out_of):
    """Measure what does not repeat, of regions without parts."""
    return stability.measure_noise(count, out_of, np.arange(len(count)))


def test_months_of_regions_that_drift_little_are_counts():
    worlds = [measure(*draw_months(seed, step_sd=0.017)) for seed in range(40)]
    refused = [noise.has_moved_in_step for noise in worlds]
    assert sum(refused) == 0


def test_months_that_hardly_move_at_all_are_no_counts():
    worlds = [measure(*draw_months(seed, step_sd=0.005)) for seed in range(40)]
    refused = [noise.has_moved_in_step for noise in worlds]
    assert sum(refused) == 40


@pytest.mark.parametrize("factor", [1.0, 1.2])
def test_one_copied_month_among_true_ones_refuses_all(factor):
    count, out_of = draw_months(1, step_sd=0.05)
    count[:, 5] = (count[:, 4] * factor).round()
    noise = measure(count, out_of)
    is_copied = [step == 4 for step in range(11)]
    assert noise.steps_copied.tolist() == is_copied
    assert noise.has_moved_in_step


def test_small_copies_are_found_in_spite_of_their_rounding():
    rng = np.random.default_rng(2)
    before = rng.integers(8, 60, REGIONS).astype(float)
    count = np.column_stack([before, (1.2 * before).round()])
    noise = measure(count, np.full(count.shape, 400.0))
    assert noise.steps_copied.tolist() == [True]
    count[0, 1] += 2
    noise = measure(count, np.full(count.shape, 400.0)).steps_copied.any()
    assert not noise


def test_an_even_step_is_left_out_of_the_noise():
    count, out_of = draw_months(3, step_sd=0.10, n_months=4)
    without = measure(count[:, 1:], out_of[:, 1:])
    rng = np.random.default_rng(4)
    log_odds = logit(count[:, 1] / out_of[:, 1])
    share = expit(log_odds + 0.003 * rng.normal(size=REGIONS))
    count[:, 0] = (share * out_of[:, 0]).round()
    with_even_step = measure(count, out_of)
    assert with_even_step.steps_in_step.tolist() == [True, False, False]
    assert not with_even_step.has_moved_in_step
    assert with_even_step.var_between == pytest.approx(without.var_between, rel=1e-9)


@pytest.fixture
def kenya():
    """Take a study whose counties may be reported alone."""
    with hg.Study.open("kenya_2019").use(language="en"):
        yield


def copy_evenly(count):
    """Make the second of some periods the first, times nearly one factor."""
    factors = 1 + 0.002 * np.sin(np.arange(REGIONS))
    count[:, 1] = (count[:, 0] * factors).round()


def report(count, out_of, periods):
    """Report eight counties in some periods."""
    codes = hg.places.compared().index[: len(count)]
    columns = zip(periods, count.T, out_of.T, strict=True)
    rows = []
    for period, counts, people in columns:
        keys = {"code": codes, "period": period}
        rows.append(pd.DataFrame({**keys, "count": counts, "out_of": people}))
    return pd.concat(rows).assign(origin="simulated")


@pytest.mark.usefixtures("kenya")
def test_an_even_step_is_asked_about_by_its_periods_and_concludes_nothing():
    count, out_of = draw_months(5, step_sd=0.10, n_months=3)
    copy_evenly(count)
    frame = report(count, out_of, [2019, 2020, 2021])
    answer = hg.uptake(frame, source="invented")
    assert answer.measure.evidence == "periods"
    assert answer.measure.doubtful == ((2019, 2020),)
    assert "2019 – 2020" in str(answer)
    doubted = str(hg.compare(frame, 2019, 2020, source="invented"))
    assert "Was each period counted?" in doubted
    assert "one count rescaled" not in doubted
    answer_of_later = hg.compare(frame, 2020, 2021, source="invented")
    assert "counted?" not in str(answer_of_later)


@pytest.mark.usefixtures("kenya")
def test_two_periods_that_moved_evenly_are_refused():
    count, out_of = draw_months(6, step_sd=0.10, n_months=2)
    copy_evenly(count)
    frame = report(count, out_of, [2019, 2020])
    assert hg.uptake(frame, source="invented").measure.evidence == "in_step"
    compared = hg.compare(frame, 2019, 2020, source="invented")
    assert "one count rescaled" in str(compared)


JUDGED = [("india_2023", "registered_users", True), ("hau_giang_2025", "app_users", False)]


@pytest.mark.parametrize(
    ("study", "measure_name", "is_refused"),
    JUDGED,
)
def test_shipped_studies_are_judged_as_is_known(study, measure_name, is_refused):
    with hg.Study.open(study).use():
        period = hg.reported()[measure_name][-1]
        evidence = hg.uptake(measure_name, period).measure.evidence
    assert (evidence == "in_step") == is_refused


@pytest.mark.parametrize("level", [0.05, 0.3, 0.6, 0.9, 0.95])
def test_true_second_counts_are_called_copies_in_at_most_one_per_cent(level):
    rng = np.random.default_rng(7)
    place = np.arange(75) % 8
    n_refused = 0
    for _ in range(100):
        draws = rng.normal(size=75)
        size = np.round(5000 * np.exp(0.5 * draws))
        odds = logit(level) + 0.3 * rng.normal(size=75)
        later_odds = odds + 0.02 * rng.normal(size=75) + 0.25
        shares = expit(np.column_stack([odds, later_odds]))
        out_of = np.column_stack([size, size])
        count = rng.binomial(out_of.astype(int), shares).astype(float)
        n_refused += stability.measure_noise(count, out_of, place).has_moved_in_step
    assert n_refused <= 1
