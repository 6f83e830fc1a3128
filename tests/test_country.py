"""Check the invented country, how steps grow with it, and what was measured on all of it."""

import shutil

import country
import numpy as np
import pandas as pd
import pytest
import shapely
from cost import grows_less_than

import hganalysis as hg
from hganalysis import places, sources
from hganalysis.publish.own import own

TABLE = sources.DATA / "benchmarks" / "national.csv"


@pytest.fixture(scope="module")
def tenth():
    return country.communes(0.1)


def test_a_country_has_the_places_of_ours_and_a_tenth_of_it_a_tenth(tenth):
    whole = country.communes()
    for listed, share in ((whole, 1), (tenth, 0.1)):
        assert len(listed) == round(10_600 * share)
        assert listed["district_code"].nunique() == round(705 * share)
        assert listed["province_code"].nunique() == round(63 * share)
        assert listed["code"].is_unique
        assert not listed.duplicated(["district_code", "name"]).any()
    assert whole.groupby("province_code").size().max() > 450  # the largest of ours has over 500


def test_cells_fill_the_country_without_overlap_and_districts_hang_together(tenth):
    cells = tenth["cell"].to_numpy()
    assert shapely.is_valid(cells).all()
    land = shapely.union_all(cells)
    assert np.isclose(shapely.area(cells).sum(), land.area, rtol=1e-6)
    for level in ("district_code", "province_code"):
        joined = tenth.groupby(level)["cell"].apply(lambda its: shapely.union_all(its.to_numpy()))
        assert (shapely.get_type_id(joined.to_numpy()) == shapely.GeometryType.POLYGON).all()


def test_what_goes_with_density_was_planted(tenth):
    table = country.report(tenth, measures=country.two_years())
    first, second = (table[table["year"] == year].reset_index(drop=True) for year in (2022, 2023))
    for one in (first, second):
        assert (one["app_users.count"] <= one["app_users.out_of"]).all()
        share = np.log(one["app_users.count"] / one["app_users.out_of"])
        density = one["members"] / one["app_users.out_of"]
        within = [x - x.groupby(one["district"]).transform("mean") for x in (share, density)]
        assert within[0].corr(within[1]) > 0.3
    assert (second["app_users.count"] >= first["app_users.count"]).all()
    assert first["ewallet_users.count"].notna().all()
    assert second["ewallet_users.count"].isna().all()


def test_four_times_the_communes_take_about_four_times_as_long(tmp_path):
    made = {share: country.write(tmp_path / str(share), share) for share in (0.05, 0.2)}

    def run(share):
        """Read the files of a country, and compute what every page needs."""
        files = made[share]
        folder = tmp_path / "own"
        own(
            folder,
            reports=files["reports"],
            areas=files["areas"],
            list_of_places=files["places"],
        )
        with sources.use(folder):
            name, years = next(iter(hg.reported().items()))
            hg.uptake(name, years[-1])
            hg.compare(name, *years[-2:])
            places.areas("commune")
        shutil.rmtree(folder)

    grows_less_than(8, run, 0.05, 0.2)  # quadratic would be 16 times


# --- what was measured, and what the README says of it ---


@pytest.fixture(scope="module")
def measured():
    return pd.read_csv(TABLE)


def test_every_step_was_measured_on_a_tenth_and_on_the_whole(measured):
    sizes = measured.groupby("step")["communes"].agg(list)
    assert len(sizes) >= 14
    assert all(size == [1060, 10_600] for size in sizes)
    assert set(measured["districts"]) == {70, 705}


def test_a_national_report_is_checked_in_20_seconds_and_1_gb(measured):
    [check] = measured[
        measured["step"].str.startswith("check") & (measured["districts"] == 705)
    ].itertuples()
    assert check.processor_seconds < 20  # of one core, whatever else the machine did
    assert check.memory_mb < 1000


def test_no_file_of_the_atlas_is_larger_than_it_may_be(measured):
    [whole] = measured[(measured["step"] == "atlas") & (measured["districts"] == 705)].itertuples()
    assert whole.files == 1 + 63
    assert whole.largest_bytes <= 3_000_000


def test_no_step_takes_4_gb_and_none_grows_much_faster_than_the_country(measured):
    assert (measured["memory_mb"] < 4000).all()
    spent = measured.pivot_table(index="step", columns="districts", values="processor_seconds")
    growth = spent[705] / spent[70].clip(lower=0.5)
    assert (growth < 13).all()
