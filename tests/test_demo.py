"""Check the simulated province: totals, limits, and that its planted answer can be found."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hganalysis import demo, frames, places, sources

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
    return province.reports.groupby(["indicator", "year"])[["count", "out_of"]].sum()


def density(province, year):
    teams = province.teams
    members = teams[teams["year"] == year].set_index("code")["members"]
    return 1000 * members / places.communes()["population"].sort_index()


# The committed files


def test_the_committed_files_are_rebuilt_to_the_byte(tmp_path):
    demo.write(tmp_path)
    for name in ("reports", "teams", "truth"):
        committed = sources.path(f"demo/{name}.csv").read_bytes()
        assert (tmp_path / f"{name}.csv").read_bytes() == committed, name


def test_the_seed_is_the_day_of_the_review_conference_and_is_written_down(made):
    assert demo.SEED == 20_230_821
    truth = frames.truth()
    assert truth.loc["seed", "value"] == demo.SEED
    assert "before anyone looked" in truth.loc["seed", "note"]
    pd.testing.assert_frame_equal(made.reports, demo.simulate(seed=demo.SEED).reports)


def test_the_checks_of_the_intake_let_it_through_as_it_is(made):
    for check, table, column in (
        (frames.require_reports, made.reports, "count"),
        (frames.require_teams, made.teams, "members"),
    ):
        passed = check(table)
        pd.testing.assert_frame_equal(passed, table[list(passed)])
        assert {"code", "year", column, "origin"} <= set(passed)
        wrong = table.copy()
        wrong.loc[wrong.index[7], column] = -1
        with pytest.raises(ValueError, match=str(wrong["code"].iloc[7])):
            check(wrong)


# Totals and limits


def test_totals_are_the_published_ones(made):
    assert demo.TOTALS == TOTALS_2022
    published = frames.published_counts().set_index("indicator")["count"]
    assert published.to_dict() == TOTALS_2022
    sums = totals(made)["count"]
    assert sums.xs(2022, level="year").drop("files_online").to_dict() == TOTALS_2022
    assert sums[("app_users", 2023)] == 211_060


def test_shares_of_files_online_are_exact(made):
    files = totals(made).loc["files_online"]
    assert files["count"].tolist() == [80_800, 156_420]
    assert files["out_of"].tolist() == [160_000, 180_000]
    # 50.5 % and 86.9 %: 36.4 points apart, "up more than 36 %" read as points
    assert (1000 * files["count"] == files["out_of"] * pd.Series({2022: 505, 2023: 869})).all()


def test_teams_and_members(made):
    by_year = made.teams.groupby("year")[["teams", "members"]].sum()
    assert by_year.to_numpy().tolist() == [[525, 3_928], [525, 3_928]]
    assert (made.teams["members"] >= 3 * made.teams["teams"]).all()
    assert (made.teams["teams"] >= 1).all()


def test_no_count_is_above_what_it_is_out_of(made):
    people = places.communes()["population"]
    residents = made.reports[made.reports["indicator"] != "files_online"]
    assert (residents["out_of"] == residents["code"].map(people)).all()
    assert (made.reports["count"] <= made.reports["out_of"]).all()
    assert (made.reports["count"] >= 0).all()


def test_every_row_is_simulated(made):
    assert set(made.reports["origin"]) == set(made.teams["origin"]) == {"simulated"}


def test_known_hamlets_are_where_the_teams_start(made):
    teams = made.teams.query("year == 2022").set_index("code")["teams"]
    hamlets = places.hamlets().set_index("code")["hamlets"]
    communes = hamlets[hamlets.index.isin(teams.index)]
    assert len(communes) == 16
    assert (teams[communes.index] == communes).all()
    district = places.communes()["district_code"]
    assert teams[district.index[district == "935"]].sum() == hamlets["935"] == 75
    # 930: its communes are known one by one, and win over the total of 51
    assert teams[district.index[district == "930"]].sum() == 53


def test_members_change_enough_between_the_years_to_compare_them(made):
    change = density(made, 2023) - density(made, 2022)
    assert change.std() >= 0.3 * density(made, 2022).std()


def test_other_seeds_give_other_rows_with_the_same_totals(made, provinces):
    for other in provinces[:5]:
        pd.testing.assert_frame_equal(totals(other), totals(made))
        assert (other.reports["count"] != made.reports["count"]).mean() > 0.9
        assert (other.teams["members"] != made.teams["members"]).mean() > 0.5
        assert other.reports["count"].le(other.reports["out_of"]).all()


# The planted answer


def test_truth_holds_everything_that_was_planted(made):
    truth = made.truth.set_index("name")["value"].astype(float)
    for name, (per_sd, urban) in demo.PLANTED.items():
        assert (truth[f"{name}_per_sd"], truth[f"{name}_urban"]) == (per_sd, urban)
    for year, (per_sd, urban) in demo.PLANTED_FILES.items():
        assert truth[f"files_online_{year}_per_sd"] == per_sd
        assert truth[f"files_online_{year}_urban"] == urban
    assert truth["app_users_per_sd"] == 0.25  # the primary outcome
    assert truth["density_sd"] == pytest.approx(density(made, 2022).std(), abs=1e-6)
    rest = {
        "seed": demo.SEED,
        "district_sd": demo.DISTRICT_SD,
        "spatial_sd": demo.SPATIAL_SD,
        "spatial_range": demo.SPATIAL_RANGE_KM,
        "commune_sd": demo.COMMUNE_SD,
        "app_users_2023": 211_060,
        "files_2022": 160_000,
        "files_2023": 180_000,
    }
    assert truth[list(rest)].to_dict() == rest
    assert len(truth) == 1 + 1 + 2 * 5 + 2 * 2 + 7
    assert made.truth["note"].ne("").all()


def within_districts(province, name, year, *, urban=True):
    """Regress the log rate (log odds of files) on density, urban and districts, in plain numpy."""
    land = places.communes().sort_index()
    reports = province.reports
    rows = reports[(reports["indicator"] == name) & (reports["year"] == year)].set_index("code")
    count, out_of = rows["count"].to_numpy(), rows["out_of"].to_numpy()
    against = out_of - count if name == "files_online" else out_of
    y = np.log((count + 0.5) / (against + 0.5))
    base = density(province, 2022)
    x = ((density(province, year) - base.mean()) / base.std()).to_numpy()
    districts = pd.get_dummies(land["district_code"]).to_numpy(dtype=float)
    columns = [x, land["urban"].to_numpy(dtype=float)] if urban else [x]
    X = np.column_stack([*columns, districts])
    return np.linalg.lstsq(X, y, rcond=None)[0][0]


@pytest.mark.parametrize(
    ("name", "year", "planted"),
    [
        *((name, 2022, per_sd) for name, (per_sd, _) in demo.PLANTED.items()),
        ("app_users", 2023, 0.25),
        *(("files_online", year, per_sd) for year, (per_sd, _) in demo.PLANTED_FILES.items()),
    ],
)
def test_the_planted_effect_is_found_on_average_over_seeds(provinces, name, year, planted):
    found = np.array([within_districts(one, name, year) for one in provinces])
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - planted) < 3 * error
    assert error < 0.02  # so that the line above can fail


def test_leaving_the_confounder_out_hides_part_of_the_answer(provinces):
    gap = [
        within_districts(one, "app_users", 2022)
        - within_districts(one, "app_users", 2022, urban=False)
        for one in provinces
    ]
    assert np.mean(gap) > 3 * np.std(gap, ddof=1) / np.sqrt(len(gap))


def test_urban_communes_have_fewer_members_per_resident(provinces):
    urban = places.communes().sort_index()["urban"]
    gaps = [density(one, 2022).groupby(urban).mean().diff().iloc[-1] for one in provinces]
    assert np.mean(gaps) < 0


def test_counts_vary_far_more_than_poisson(made):
    counts = made.reports.query("indicator == 'app_users'").set_index("code")
    for _, rows in counts.groupby("year"):
        share = rows["count"].sum() / rows["out_of"].sum()
        expected = share * rows["out_of"]
        assert ((rows["count"] - expected) ** 2 / expected).sum() / (len(rows) - 1) > 100


# apportion

shares = st.lists(
    st.tuples(st.integers(1, 10_000), st.integers(0, 500)), min_size=1, max_size=12
).flatmap(
    lambda pairs: st.tuples(
        st.just([weight for weight, _ in pairs]),
        st.just([limit for _, limit in pairs]),
        st.integers(0, sum(limit for _, limit in pairs)),
    )
)


@settings(max_examples=60)
@given(case=shares)
def test_apportion_adds_up_within_limits_and_in_the_order_of_weights(case):
    weights, limits, total = pd.Series(case[0]), pd.Series(case[1]), case[2]
    result = demo.apportion(weights, total, at_most=limits)
    assert result.sum() == total
    assert (result >= 0).all()
    assert (result <= limits).all()
    for i in weights.index:
        for j in weights.index:
            if weights[i] > weights[j] and limits[i] >= limits[j]:
                assert result[i] >= result[j]
            elif weights[i] == weights[j] and limits[i] == limits[j] and i < j:
                assert result[i] - result[j] in {0, 1}


@settings(max_examples=30)
@given(case=shares)
def test_apportion_without_limits_stays_within_one_of_the_exact_share(case):
    weights, total = pd.Series(case[0]), case[2]
    result = demo.apportion(weights, total, at_most=weights * 0 + total)
    assert (result - total * weights / weights.sum()).abs().max() < 1 + 1e-6


def test_apportion_gives_ties_to_the_first_in_the_index():
    weights = pd.Series([1, 1, 1], index=["c", "a", "b"])
    result = demo.apportion(weights, 5, at_most=weights + 8)
    assert result.to_dict() == {"c": 2, "a": 2, "b": 1}


def test_apportion_gives_the_rest_to_the_largest_remainder_wherever_it_stands():
    weights = pd.Series([10, 13, 17, 60])  # of 10: 1.0, 1.3, 1.7, 6.0
    assert demo.apportion(weights, 10, at_most=weights).tolist() == [1, 1, 2, 6]


def test_apportion_spreads_what_a_full_place_cannot_take():
    weights, limits = pd.Series([8, 1, 1]), pd.Series([5, 2, 9])
    assert demo.apportion(weights, 10, at_most=limits).tolist() == [5, 2, 3]
    assert demo.apportion(weights, 16, at_most=limits).tolist() == [5, 2, 9]


def test_apportion_refuses_what_cannot_fit():
    with pytest.raises(ValueError, match="a total of 17 does not fit into limits that add up to 1"):
        demo.apportion(pd.Series([8, 1, 1]), 17, at_most=pd.Series([5, 2, 9]))
    with pytest.raises(ValueError, match="2 of 3 are left over for places whose weight is 0"):
        demo.apportion(pd.Series([1, 0]), 3, at_most=pd.Series([1, 5]))


def test_apportion_of_nothing_is_nothing():
    assert demo.apportion(pd.Series([0, 0]), 0, at_most=pd.Series([3, 3])).tolist() == [0, 0]


def test_apportion_leaves_its_input_alone():
    weights, limits = pd.Series([8, 1, 1]), pd.Series([5, 2, 9])
    before = weights.copy(), limits.copy()
    demo.apportion(weights, 12, at_most=limits)
    pd.testing.assert_series_equal(weights, before[0])
    pd.testing.assert_series_equal(limits, before[1])


# --- a log of cases ---


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    files = demo.simulate().reports.query("indicator == 'files_online'")
    file = tmp_path_factory.mktemp("log") / "log.parquet"
    return pd.read_parquet(demo.caselog(int(files["out_of"].sum()), file))


def test_log_adds_up_to_the_province(log):
    files = demo.simulate().reports.query("indicator == 'files_online'")
    files = files.set_index(["code", "year"]).sort_index()
    place = [log["commune"].astype("str"), log["received"].dt.year]
    online = (log["channel"] == "online").groupby(place).agg(["sum", "size"]).sort_index()
    assert online.index.tolist() == files.index.tolist()
    assert online["sum"].tolist() == files["count"].tolist()
    assert online["size"].tolist() == files["out_of"].tolist()


def test_log_has_files_once_and_people_again(log):
    assert log["file"].is_unique
    online = log[log["channel"] == "online"]
    assert (online["platform"].notna()).all()
    assert log.loc[log["channel"] == "counter", "platform"].isna().all()
    people = online.groupby([online["commune"].astype("str"), online["received"].dt.year])["person"]
    assert ((people.nunique() / people.size() - 0.8).abs() < 0.01).all()
    years = online.assign(year=online["received"].dt.year)[["person", "year"]].drop_duplicates()
    assert (years["person"].value_counts() == 2).mean() > 0.3
    # a person lives in one commune: pseudonyms do not collide
    assert online.groupby("person")["commune"].nunique().max() == 1


def test_log_is_mixed(log):
    # any thousand rows in a row come from most of the communes, and from both years
    part = log.iloc[100_000:101_000]
    assert part["commune"].nunique() > 60
    assert set(part["received"].dt.year) == {2022, 2023}


@pytest.mark.parametrize("rows", [1, 2, 7, 1000])
def test_log_of_any_size_is_the_same_again(rows, tmp_path):
    first = demo.caselog(rows, tmp_path / "a.parquet")
    again = demo.caselog(rows, tmp_path / "b.parquet")
    assert first.read_bytes() == again.read_bytes()
    log = pd.read_parquet(first)
    assert log["file"].tolist() == list(range(rows))
    other = pd.read_parquet(demo.caselog(rows, tmp_path / "c.parquet", seed=1))
    assert rows < 1000 or not other["received"].equals(log["received"])


def test_log_comes_in_parts_without_a_seam(tmp_path, monkeypatch):
    whole = pd.read_parquet(demo.caselog(1000, tmp_path / "a.parquet"))
    monkeypatch.setattr("hganalysis.demo.log._CHUNK", 137)
    parts = pd.read_parquet(demo.caselog(1000, tmp_path / "b.parquet"))
    pd.testing.assert_frame_equal(whole, parts)


def test_log_needs_a_row(tmp_path):
    with pytest.raises(ValueError, match="rows is 0"):
        demo.caselog(0, tmp_path / "log.parquet")
    assert not list(tmp_path.iterdir())
