"""The script that simulated the province: its bytes, totals, limits, and its planted answer."""

import case_log
import numpy as np
import pandas as pd
import pytest
from shell import SCRIPT, demo

from hganalysis import frames, places, workbook

SEEDS = range(1, 41)
TOTALS_2022 = {
    "app_users": 173_000,
    "ewallet_users": 77_972,
    "online_service_users": 123_763,
    "ecommerce_guided": 1_755,
    "informed": 70_000,
}


@pytest.fixture(scope="module")
def province():
    return demo.simulate()


@pytest.fixture(scope="module")
def provinces():
    return [demo.simulate(seed=seed) for seed in SEEDS]


def totals(of_province):
    pairs = of_province.reports.groupby(["indicator", "period"])[["count", "out_of"]]
    return pairs.sum()


def density(of_province, period):
    teams = of_province.teams
    members = teams[teams["period"] == period].set_index("code")["members"]
    return 1000 * members / places.units()["population"].sort_index()


# --- what is stored ---


def test_what_is_stored_is_written_again_to_the_byte(tmp_path):
    demo.write(tmp_path, tmp_path)
    written = sorted(tmp_path.iterdir())
    tables = [file.name for file in written if file.suffix == ".csv"]
    assert tables == [file.name for file in sorted(SCRIPT.parent.glob("*.csv"))]
    assert len(written) == 5
    for file in written:
        folder = SCRIPT.parent if file.suffix == ".csv" else demo.NOTEBOOKS
        stored = folder / file.name
        assert file.read_bytes() == stored.read_bytes(), file.name


def test_the_workbooks_say_that_they_are_simulated_and_hold_the_province(province, tmp_path):
    """What many hands typed is read as it was meant, after a person decided one name."""
    report, mended = (demo.NOTEBOOKS / f"{name}.xlsx" for name in ("report", "report.mended"))
    bundle = workbook.read(report)
    assert not bundle.is_complete
    assert len(bundle.rejected) == len(demo.FAULTS) + 1
    assert not workbook.read(mended).is_complete  # nobody decided
    decided = bundle.proposals.drop_duplicates("written").assign(accepted_by="a person")
    decided.to_csv(tmp_path / "corrections.csv", index=False)
    read = workbook.read(mended, corrections=tmp_path / "corrections.csv")
    assert read.is_complete
    keys = ["code", "period", "indicator", "count", "out_of"]
    sent = province.reports[province.reports["period"] == demo.YEAR]
    got = read.reports[keys].sort_values(keys)
    expected = sent[keys].sort_values(keys)
    assert got.to_numpy().tolist() == expected.to_numpy().tolist()


# --- totals and limits ---


def test_totals_are_the_published_ones(province):
    assert demo.TOTALS == TOTALS_2022
    published = frames.published().query("period == '2022 campaign'")
    counts = published.set_index("indicator")["value"]
    assert counts[[*TOTALS_2022]].to_dict() == TOTALS_2022
    sums = totals(province)["count"]
    sums_of_2022 = sums.xs(2022, level="period").drop("files_online").to_dict()
    assert sums_of_2022 == TOTALS_2022
    assert sums[("app_users", 2023)] == 211_060
    files = totals(province).loc["files_online"]
    # 50.5 % and 86.9 %: 36.4 points apart, "up more than 36 %" read as points
    assert files.to_numpy().tolist() == [[80_800, 160_000], [156_420, 180_000]]
    teams = province.teams.groupby("period")[["teams", "members"]]
    assert teams.sum().to_numpy().tolist() == [[525, 3_928], [525, 3_928]]


def test_no_number_is_outside_of_its_limits_and_every_row_is_simulated(province):
    people = places.units()["population"]
    residents = province.reports[province.reports["indicator"] != "files_online"]
    people_of_rows = residents["code"].map(people)
    assert (residents["out_of"] == people_of_rows).all()
    reports = province.reports
    teams = province.teams
    assert reports["count"].between(0, reports["out_of"]).all()
    assert (teams["members"] >= 3 * teams["teams"]).all()
    assert (teams["teams"] >= 1).all()
    assert set(reports["origin"]) == {"simulated"}
    assert set(teams["origin"]) == {"simulated"}


def test_other_seeds_give_other_rows_with_the_same_totals(province, provinces):
    for other_province in provinces[:5]:
        pd.testing.assert_frame_equal(totals(other_province), totals(province))
        differs = other_province.reports["count"] != province.reports["count"]
        assert differs.mean() > 0.9
        differs = other_province.teams["members"] != province.teams["members"]
        assert differs.mean() > 0.5


# --- the planted answer ---


def test_truth_holds_everything_that_was_planted(province):
    assert demo.SEED == 20_230_821  # the day of the review conference
    truth = province.truth.set_index("name")["value"].astype(float)
    planted = {f"{name}": effects for name, effects in demo.PLANTED.items()}
    planted |= {f"files_online_{period}": effects for period, effects in demo.PLANTED_FILES.items()}
    for name, effects in planted.items():
        assert (truth[f"{name}_per_sd"], truth[f"{name}_urban"]) == effects
    assert truth["app_users_per_sd"] == 0.25  # the primary outcome
    sd = density(province, 2022).std()
    assert truth["density_sd"] == pytest.approx(sd, abs=1e-6)
    rest = ["seed", "district_sd", "spatial_sd", "spatial_range", "commune_sd"]
    spatial = [demo.SPATIAL_SD, demo.SPATIAL_RANGE_KM]
    expected = [demo.SEED, demo.DISTRICT_SD, *spatial, demo.COMMUNE_SD]
    assert truth[rest].tolist() == expected


def within_districts(of_province, name, period):
    """Regress the log rate (log odds of files) on density, urban and districts, in plain numpy."""
    land = places.units().sort_index()
    reports = of_province.reports
    is_measure = (reports["indicator"] == name) & (reports["period"] == period)
    rows = reports[is_measure].set_index("code")
    count = rows["count"].to_numpy()
    out_of = rows["out_of"].to_numpy()
    against = out_of - count if name == "files_online" else out_of
    y = np.log((count + 0.5) / (against + 0.5))
    base = density(of_province, 2022)
    centred = density(of_province, period) - base.mean()
    x = (centred / base.std()).to_numpy()
    districts = pd.get_dummies(land["compared_code"]).to_numpy(dtype=float)
    urban = land["urban"].to_numpy(dtype=float)
    X = np.column_stack([x, urban, districts])
    coefficients = np.linalg.lstsq(X, y, rcond=None)[0]
    return coefficients[0]


PLANTED = [
    *((name, 2022, per_sd) for name, (per_sd, _) in demo.PLANTED.items()),
    ("app_users", 2023, 0.25),
    *(("files_online", period, per_sd) for period, (per_sd, _) in demo.PLANTED_FILES.items()),
]


@pytest.mark.parametrize(
    ("name", "period", "planted"),
    PLANTED,
)
def test_the_planted_effect_is_found_on_average_over_seeds(provinces, name, period, planted):
    estimates = [within_districts(province, name, period) for province in provinces]
    estimates = np.array(estimates)
    error = estimates.std(ddof=1) / np.sqrt(len(estimates))
    assert abs(estimates.mean() - planted) < 3 * error
    assert error < 0.02  # so that the line above can fail


# --- a log of cases, for the tests of counting ---


def test_a_log_adds_up_to_the_province_with_files_once_and_people_again(province, tmp_path):
    files = province.reports.query("indicator == 'files_online'").set_index(["code", "period"])
    n_files = int(files["out_of"].sum())
    log = pd.read_parquet(case_log.caselog(n_files, tmp_path / "log.parquet"))
    period = log["received"].dt.year
    communes = log["commune"].astype("str")
    online = (log["channel"] == "online").groupby([communes, period])
    sums = online.agg(["sum", "size"]).sort_index()
    expected = files.sort_index()[["count", "out_of"]]
    assert sums.to_numpy().tolist() == expected.to_numpy().tolist()
    assert log["file"].is_unique
    handed_in = log[log["channel"] == "online"]
    # a person lives in one commune, and comes again: pseudonyms do not collide
    assert handed_in.groupby("person")["commune"].nunique().max() == 1
    assert handed_in["person"].nunique() < len(handed_in)
