"""`hg.map` draws a measure, a quantity, or any frame, and refuses what would mislead."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import hganalysis as hg
from hganalysis import places, words
from hganalysis.study import Study

SAID = {"origin": "reported", "source": "a survey"}


@pytest.fixture
def frame():
    return pd.DataFrame({"place": ["TP. Vị Thanh", "H. Vị Thủy"], "share": [0.42, 0.31]})


def drawn(picture):
    return picture.figure.panels[0].places.dropna(subset="text")


def test_a_measure_is_drawn_as_its_answer_is():
    one, other = hg.map("app_users", 2023), hg.uptake("app_users", 2023).map()
    assert one.figure.digest == other.figure.digest


def test_two_years_stand_side_by_side_in_the_same_classes():
    figure = hg.map("files_online", [2022, 2023]).figure
    first, second = figure.panels
    assert (first.head, second.head) == ("2022", "2023")
    assert first.legend.borders == second.legend.borders
    assert not drawn_equal(first, second)
    assert "2023" in figure.title


def drawn_equal(first, second):
    return first.places["text"].equals(second.places["text"])


def test_a_quantity_of_the_catalogue_is_drawn_from_the_teams_of_a_year():
    figure = hg.map("members_per_1000", 2022).figure
    witness = hg.frames.density(hg.frames.teams().query("year == 2022"), level="district")
    top = witness.set_index("code")["members_per_1000"].idxmax()
    assert places.label(top) in figure.title
    assert figure.banner
    with pytest.raises(LookupError, match="2022"):
        hg.map("members_per_1000")


def test_places_are_found_by_name_and_the_others_are_grey(frame):
    picture = hg.map(frame, "share", **SAID)
    assert sorted(drawn(picture).index) == ["930", "935"]
    assert picture.figure.panels[0].legend.grey
    assert not picture.figure.banner
    assert "a survey" in picture.figure.source


def test_a_simulated_row_makes_a_simulated_picture(frame):
    frame["origin"] = ["reported", "simulated"]
    assert hg.map(frame, "share", source="us").figure.banner == words.term("words.simulated")


@pytest.mark.parametrize(
    ("change", "column", "options", "error"),
    [
        ({}, "share", {"source": "us"}, "origin"),
        ({}, "share", {"origin": "reported"}, "source"),
        ({}, "nothing", SAID, "no column 'nothing'"),
        ({"place": ["Vĩnh Tường", "Long Mỹ"]}, "share", SAID, "Long Mỹ"),
        ({"share": [1.4, 0.2]}, "share", SAID, "between 0 and 1"),
        ({"share": [np.inf, 0.2]}, "share", SAID, "finite"),
        ({"place": ["TP. Vị Thanh"] * 2}, "share", SAID, "more than once"),
        ({"count": [2, 900], "out_of": [1000, 1000]}, "count", SAID, "below 5"),
        ({}, "share", {**SAID, "colours": "no such"}, "colormap"),
    ],
)
def test_what_would_mislead_is_refused(frame, change, column, options, error):
    with pytest.raises((ValueError, LookupError), match=error):
        hg.map(frame.assign(**change), column, **options)


FRAME = pd.DataFrame({"code": ["930", "935"], "share_2022": [0.1, 0.2], "share_2023": [0.5, 0.8]})


@pytest.mark.parametrize(
    ("what", "column"),
    [
        ({}, "x"),
        (pd.Series([1]), "x"),
        (Path("reports.csv"), "x"),
        ("reports.csv", "x"),
        (pd.DataFrame(), "x"),
        (FRAME, None),
        (FRAME, "x"),
    ],
    ids=str,
)
def test_what_cannot_be_drawn_gets_one_line_that_says_what_to_write(what, column):
    with pytest.raises((TypeError, LookupError, ValueError), match=r"Write hg\.map\(frame") as said:
        hg.map(what, column, **SAID)
    assert "\n" not in str(said.value)
    with pytest.raises(TypeError, match=r"no column=. Write hg\.map\(frame"):
        hg.map(FRAME, column="share_2022", **SAID)


def test_a_wrong_origin_is_one_fault():
    for given, origin in ((FRAME, "us"), (FRAME.assign(origin="us"), None)):
        with pytest.raises(ValueError, match="one of published") as said:
            hg.map(given, "share_2022", origin=origin, source="us")
        assert str(said.value).count("'us'") == 1


def test_two_columns_of_one_unit_share_their_classes():
    figure = hg.map(FRAME, ["share_2022", "share_2023"], **SAID).figure
    first, second = figure.panels
    assert first.legend.borders == second.legend.borders
    assert (first.head, second.head) == ("share_2022", "share_2023")
    assert not drawn_equal(first, second)
    assert figure.table.shape == (8, 3)


def test_outlines_of_ones_own_keep_their_order_of_numbers_in_any_projection():
    squares = gpd.GeoDataFrame(
        {"name": list("abc"), "x": [1.5, 2.5, 3.5]},
        geometry=[shapely.box(at, 0, at + 1, 1) for at in range(3)],
        crs="EPSG:4326",
    )
    for crs in ("EPSG:4326", "EPSG:3857"):
        figure = hg.map(squares.to_crs(crs), "x", **SAID).figure
        assert figure.panels[0].places.crs.is_projected
        assert figure.table.iloc[:, 0].tolist() == list("cba")
    with pytest.raises(ValueError, match="projection"):
        hg.map(squares.set_crs(None, allow_override=True), "x", **SAID)


def test_points_alone_are_squares():
    rows = pd.DataFrame({"name": list("ab"), "x": [1.5, 2], "lon": [105, 106], "lat": [10, 10]})
    panel = hg.map(rows, "x", **SAID).figure.panels[0]
    assert panel.tiled
    assert np.allclose(panel.places.area, panel.places.area.iloc[0])
    with pytest.raises(ValueError, match="nowhere on Earth"):
        hg.map(rows.assign(lat=[10, 100]), "x", **SAID)


def test_hostile_names_reach_no_markup():
    squares = gpd.GeoDataFrame(
        {"name": ["</script><script>alert(1)</script>", "<b>b"], "x": [1.0, 2.0]},
        geometry=[shapely.box(at, 0, at + 1, 1) for at in range(2)],
        crs="EPSG:4326",
    )
    page = hg.map(squares, "x", **SAID).web().get_root().render()
    assert "<script>alert" not in page
    assert "<b>b" not in page


def test_layers_reach_legend_source_and_what_lies_beyond_is_cut():
    border = gpd.GeoSeries([shapely.LineString([(100, 9.7), (110, 9.8)])], crs="EPSG:4326")
    layer = hg.layer(border, name="Road", source="us")
    figure = hg.map("app_users", 2023, layers=layer).figure
    laid = figure.panels[0].layers[0]
    assert laid.name == "Road"
    assert "Road: us." in figure.source
    land = figure.panels[0].places.union_all()
    assert laid.shapes.union_all().difference(land.buffer(50)).is_empty
    far = gpd.GeoSeries([shapely.Point(0, 0)], crs="EPSG:4326")
    with pytest.raises(ValueError, match="outside the map"):
        hg.map("app_users", 2023, layers=hg.layer(far, name="far", source="us"))
    with pytest.raises(ValueError, match="squares"), Study.open("kenya_2019").use():
        hg.map("internet_users", 2019, layers=layer)
