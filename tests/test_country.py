"""Bring a whole country of 705 districts: what it takes, and how large its atlas is."""

import shutil

import country
import pytest
from cost import grows_less_than

import hganalysis as hg
from hganalysis import places, sources
from hganalysis.publish import atlas
from hganalysis.publish.own import own

pytestmark = pytest.mark.nightly


def bring(folder, files):
    """Read the files of a country, and compute what every page needs."""
    own(folder, reports=files["reports"], areas=files["areas"], list_of_places=files["places"])
    with sources.use(folder):
        name, years = next(iter(hg.reported().items()))
        hg.uptake(name, years[-1])
        hg.compare(name, *years[-2:])
        places.areas("commune")


def test_four_times_the_communes_take_about_four_times_as_long(tmp_path):
    made = {share: country.write(tmp_path / str(share), share) for share in (0.05, 0.2)}

    def run(share):
        bring(tmp_path / "own", made[share])
        shutil.rmtree(tmp_path / "own")

    grows_less_than(8, run, 0.05, 0.2)  # quadratic would be 16 times


def test_the_atlas_of_a_country_is_a_page_a_province_none_over_3_mb(tmp_path):
    bring(tmp_path / "own", country.write(tmp_path / "in", 1))
    with sources.use(tmp_path / "own"):
        atlas.write(tmp_path / "atlas.html")
    sizes = [one.stat().st_size for one in tmp_path.glob("atlas*.html")]
    assert len(sizes) == 1 + 63
    assert max(sizes) <= 3_000_000
