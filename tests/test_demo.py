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
def made():
    return demo.simulate()


@pytest.fixture(scope="module")
def provinces():
    return [demo.simulate(seed=seed) for seed in SEEDS]


def totals(province):
    return province.reports.groupby(["indicator", "period"])[["count", "out_of"]].sum()


def density(province, period):
    teams = province.teams
    members = teams[teams["period"] == period].set_index("code")["members"]
    return 1000 * members / places.units()["population"].sort_index()


# --- what is stored ---


def test_what_is_stored_is_written_again_to_the_byte(tmp_path):
    demo.write(tmp_path, tmp_path)
    written = sorted(tmp_path.iterdir())
    assert [one.name for one in written if one.suffix == ".csv"] == [
        one.name for one in sorted(SCRIPT.parent.glob("*.csv"))
    ]
    assert len(written) == 5
    for one in written:
        kept = (SCRIPT.parent if one.suffix == ".csv" else demo.NOTEBOOKS) / one.name
        assert one.read_bytes() == kept.read_bytes(), one.name


def test_the_workbooks_say_that_they_are_simulated_and_hold_the_province(made, tmp_path):
    """What many hands typed is read as it was meant, after a person decided one name."""
    report, mended = (demo.NOTEBOOKS / f"{name}.xlsx" for name in ("report", "report.mended"))
    found = workbook.read(report)
    assert not found.complete
    assert len(found.rejected) == len(demo.FAULTS) + 1
    assert not workbook.read(mended).complete  # nobody decided
    decided = found.proposals.drop_duplicates("written").assign(accepted_by="a person")
    decided.to_csv(tmp_path / "corrections.csv", index=False)
    read = workbook.read(mended, corrections=tmp_path / "corrections.csv")
    assert read.complete
    keys = ["code", "period", "indicator", "count", "out_of"]
    sent = made.reports[made.reports["period"] == demo.YEAR]
    got = read.reports[keys].sort_values(keys)
    assert got.to_numpy().tolist() == sent[keys].sort_values(keys).to_numpy().tolist()


# --- totals and limits ---


def test_totals_are_the_published_ones(made):
    assert demo.TOTALS == TOTALS_2022
    published = frames.published().query("period == '2022 campaign'")
    counts = published.set_index("indicator")["value"]
    assert counts[[*TOTALS_2022]].to_dict() == TOTALS_2022
    sums = totals(made)["count"]
    assert sums.xs(2022, level="period").drop("files_online").to_dict() == TOTALS_2022
    assert sums[("app_users", 2023)] == 211_060
    files = totals(made).loc["files_online"]
    # 50.5 % and 86.9 %: 36.4 points apart, "up more than 36 %" read as points
    assert files.to_numpy().tolist() == [[80_800, 160_000], [156_420, 180_000]]
    teams = made.teams.groupby("period")[["teams", "members"]].sum()
    assert teams.to_numpy().tolist() == [[525, 3_928], [525, 3_928]]


def test_no_number_is_outside_of_its_limits_and_every_row_is_simulated(made):
    people = places.units()["population"]
    residents = made.reports[made.reports["indicator"] != "files_online"]
    assert (residents["out_of"] == residents["code"].map(people)).all()
    assert made.reports["count"].between(0, made.reports["out_of"]).all()
    assert (made.teams["members"] >= 3 * made.teams["teams"]).all()
    assert (made.teams["teams"] >= 1).all()
    assert set(made.reports["origin"]) == set(made.teams["origin"]) == {"simulated"}


def test_other_seeds_give_other_rows_with_the_same_totals(made, provinces):
    for other in provinces[:5]:
        pd.testing.assert_frame_equal(totals(other), totals(made))
        assert (other.reports["count"] != made.reports["count"]).mean() > 0.9
        assert (other.teams["members"] != made.teams["members"]).mean() > 0.5


# --- the planted answer ---


def test_truth_holds_everything_that_was_planted(made):
    assert demo.SEED == 20_230_821  # the day of the review conference
    truth = made.truth.set_index("name")["value"].astype(float)
    planted = {f"{name}": both for name, both in demo.PLANTED.items()}
    planted |= {f"files_online_{period}": both for period, both in demo.PLANTED_FILES.items()}
    for name, both in planted.items():
        assert (truth[f"{name}_per_sd"], truth[f"{name}_urban"]) == both
    assert truth["app_users_per_sd"] == 0.25  # the primary outcome
    assert truth["density_sd"] == pytest.approx(density(made, 2022).std(), abs=1e-6)
    rest = ["seed", "district_sd", "spatial_sd", "spatial_range", "commune_sd"]
    known = [demo.SEED, demo.DISTRICT_SD, demo.SPATIAL_SD, demo.SPATIAL_RANGE_KM, demo.COMMUNE_SD]
    assert truth[rest].tolist() == known


def within_districts(province, name, period):
    """Regress the log rate (log odds of files) on density, urban and districts, in plain numpy."""
    land = places.units().sort_index()
    reports = province.reports
    rows = reports[(reports["indicator"] == name) & (reports["period"] == period)].set_index("code")
    count, out_of = rows["count"].to_numpy(), rows["out_of"].to_numpy()
    against = out_of - count if name == "files_online" else out_of
    y = np.log((count + 0.5) / (against + 0.5))
    base = density(province, 2022)
    x = ((density(province, period) - base.mean()) / base.std()).to_numpy()
    districts = pd.get_dummies(land["compared_code"]).to_numpy(dtype=float)
    X = np.column_stack([x, land["urban"].to_numpy(dtype=float), districts])
    return np.linalg.lstsq(X, y, rcond=None)[0][0]


@pytest.mark.parametrize(
    ("name", "period", "planted"),
    [
        *((name, 2022, per_sd) for name, (per_sd, _) in demo.PLANTED.items()),
        ("app_users", 2023, 0.25),
        *(("files_online", period, per_sd) for period, (per_sd, _) in demo.PLANTED_FILES.items()),
    ],
)
def test_the_planted_effect_is_found_on_average_over_seeds(provinces, name, period, planted):
    found = np.array([within_districts(one, name, period) for one in provinces])
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - planted) < 3 * error
    assert error < 0.02  # so that the line above can fail


# --- a log of cases, for the tests of counting ---


def test_a_log_adds_up_to_the_province_with_files_once_and_people_again(made, tmp_path):
    files = made.reports.query("indicator == 'files_online'").set_index(["code", "period"])
    log = pd.read_parquet(case_log.caselog(int(files["out_of"].sum()), tmp_path / "log.parquet"))
    period = log["received"].dt.year
    online = (log["channel"] == "online").groupby([log["commune"].astype("str"), period])
    found = online.agg(["sum", "size"]).sort_index()
    assert found.to_numpy().tolist() == files.sort_index()[["count", "out_of"]].to_numpy().tolist()
    assert log["file"].is_unique
    handed_in = log[log["channel"] == "online"]
    # a person lives in one commune, and comes again: pseudonyms do not collide
    assert handed_in.groupby("person")["commune"].nunique().max() == 1
    assert handed_in["person"].nunique() < len(handed_in)
