"""A map in one line: of a measure, of any frame, and what is refused before anything is drawn."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

import hganalysis as hg
from hganalysis import indicators, intake, maps, places, rates
from hganalysis.maps.draw import rounded_breaks

SAID = {"origin": "reported", "source": "our survey"}


@pytest.fixture
def frame():
    districts = places.districts()
    share = np.linspace(0.1, 0.9, len(districts))
    return pd.DataFrame({"place": districts["name_vi"], "share": share}).reset_index(drop=True)


def shown(picture):
    [panel] = picture.composed.panels
    return panel.table


def test_a_measure_in_two_years_is_drawn_as_its_album_draws_it():
    table, two = rates.to_districts(intake.reports()), [2022, 2023]
    measures = [indicators.get("app_users", year=year) for year in two]
    label = measures[-1].label
    album = maps.album(
        table, places.areas(), measures=measures, title=label, source=hg.findings.source(table)
    )
    assert hg.map("app_users", two).digest == album.pictures[0].digest
    assert len(hg.map("app_users", 2022).composed.panels) == 1
    with pytest.raises(LookupError, match="was not taken in 1999"):
        hg.map("app_users", 1999)


def test_names_and_codes_draw_one_map(frame):
    by_name = hg.map(frame, "share", **SAID)
    coded = frame.assign(code=places.districts().index).drop(columns="place")
    for same in (coded, coded.set_index("code"), coded.sample(frac=1, random_state=1)):
        assert hg.map(same, "share", **SAID).digest == by_name.digest
    expected = frame.set_index("place")["share"]
    found = shown(by_name).set_index("name_vi")["value"]
    pd.testing.assert_series_equal(found.sort_index(), expected.sort_index(), check_names=False)


def test_a_place_that_the_frame_lacks_has_no_data(frame):
    table = shown(hg.map(frame.iloc[:5].assign(state="known"), "share", **SAID))
    assert (table["state"] == "no data").sum() == 3


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32737", "EPSG:3857"])
def test_outlines_of_ones_own_lie_anywhere_in_any_projection(crs):
    squares = [box(37 + at, -1, 37.9 + at, 0) for at in range(3)]
    own = gpd.GeoDataFrame(
        {"county": ["Kitui", "Garissa", "Lamu"], "users": [1200.0, 55.5, 310]},
        geometry=squares,
        crs="EPSG:4326",
    ).to_crs(crs)
    picture = hg.map(own, "users", classes=[100, 500], **SAID)
    table = shown(picture).set_index("name")
    assert table["number"].to_dict() == {"Kitui": 2, "Garissa": 0, "Lamu": 1}
    assert table.crs.is_projected
    assert "our survey" in "".join(text.get_text() for text in picture.figure.texts)
    notes = [text.get_text() for text in picture.figure.texts]
    assert not any("khái quát" in note for note in notes)  # of these outlines nobody knows that
    with pytest.raises(ValueError, match="do not say their projection"):
        hg.map(own.set_crs(None, allow_override=True), "users", **SAID)


def test_simulated_rows_put_the_banner_on_it(frame):
    for origin, wanted in (("simulated", True), ("reported", False)):
        picture = hg.map(frame, "share", origin=origin, source="x")
        banners = [
            patch
            for ax in picture.figure.axes
            for patch in ax.patches
            if patch.get_gid() == "banner"
        ]
        assert bool(banners) == wanted


def test_what_is_not_said_is_refused(frame):
    with pytest.raises(ValueError, match="nobody knows where 'share' comes from"):
        hg.map(frame, "share", source="x")
    with pytest.raises(ValueError, match="has to say who says so"):
        hg.map(frame, "share", origin="reported")
    with pytest.raises(LookupError, match="no column 'uptake'"):
        hg.map(frame, "uptake", **SAID)
    doubtful = frame.assign(place=["Long Mỹ", *frame["place"][1:]])
    with pytest.raises(ValueError, match="row 0: Long Mỹ: ") as refused:
        hg.map(doubtful, "share", **SAID)
    assert "1 names in 'place'" in str(refused.value)
    with pytest.raises(LookupError, match="which place a row is of"):
        hg.map(frame[["share"]], "share", **SAID)
    with pytest.raises(ValueError, match="3"):  # a small count, by whatever name
        hg.map(frame.assign(users=[3, *range(100, 107)]), "users", **SAID)


def test_borders_are_round_apart_and_hold_about_as_many_places_each():
    rng = np.random.default_rng(1)
    for scale in (0.001, 1, 3e6):
        values = pd.Series(rng.gamma(2, size=200) * scale)
        breaks = rounded_breaks(values, 5)
        assert list(breaks) == sorted(set(breaks))
        held = indicators.Classes("x", breaks, "decimal").index(values).value_counts(normalize=True)
        assert held.between(0.1, 0.3).all()
        assert all(len(f"{one:.12g}".strip("0.").replace(".", "")) <= 3 for one in breaks)
    assert rounded_breaks(pd.Series([2.0, 2.0]), 5) == (2.0,)
    assert len(rounded_breaks(pd.Series([1.0, 2.0, 3.0]), 5)) == 2
    assert maps.draw is hg.map
