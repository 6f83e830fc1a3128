"""Layers over a map: the same lines and points in every medium, named and credited, or refused."""

import agreement
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pptx import Presentation
from shapely.geometry import LineString, MultiPolygon, Point, box
from test_media import hold

import hganalysis as hg
from hganalysis import limits, places
from hganalysis.maps import Layer

HOSTILE = "Đường <script>alert(1)</script> $x^2$"


@pytest.fixture(scope="module")
def corners():
    return places.areas("district").to_crs("EPSG:4326").total_bounds


@pytest.fixture(scope="module")
def roads(corners):
    west, south, east, north = corners
    lines = [LineString([(west - 1, south), (east + 1, north)])]
    return gpd.GeoDataFrame(geometry=lines, crs="EPSG:4326")


@pytest.fixture(scope="module")
def posts():
    """Three points on the land, one far beyond."""
    inside = places.areas("district").representative_point().iloc[:3].to_crs("EPSG:4326")
    return gpd.GeoSeries([*inside, Point(10, 50)], crs="EPSG:4326")


def drawn(*layers, years=2023, **chosen):
    return hg.map("app_users", years, layers=list(layers), **chosen)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:9210"])
def test_lines_points_and_borders_reach_every_medium_from_any_projection(crs, roads, posts):
    land = places.areas("district")
    zone = land.iloc[[0, 1]].geometry.to_crs(crs)
    near = posts.iloc[:3].to_crs(crs)
    layers = [Layer(roads.to_crs(crs), HOSTILE, "OSM <i>"), Layer(near, "Bưu điện", "Post")]
    picture = drawn(*layers, Layer(zone, "Vùng", "Sở"))
    figure = picture.composed
    assert hold(figure) == ["page", "slide", "web"]
    [panel] = figure.maps
    lines, points, border = panel.overlays
    assert points.text == "Bưu điện (3)"
    assert points.shape.distance(land.geometry.iloc[0]) < 1
    assert lines.shape.within(land.union_all().buffer(50))
    around = zone.to_crs(land.crs).boundary.length.sum()
    assert border.shape.length == pytest.approx(around, rel=1e-3)
    for one in panel.overlays:
        assert f"{one.name}: {one.source}" in figure.source_line
        assert one.text in figure.alt
        assert one.text in picture.digest


def test_each_medium_draws_the_lines_and_points_themselves(roads, posts, tmp_path):
    picture = drawn(Layer(roads, "Roads", "OSM"), Layer(posts, HOSTILE, "Post"))
    lines, points = picture.composed.maps[0].overlays
    found = [one for one in picture.figure.axes[0].collections if one.get_gid() == "layer"]
    assert len(found) == 3  # lines lie on white
    assert len(found[-1].get_offsets()) == 3
    assert np.allclose(found[0].get_segments()[0], lines.parts[0])
    page = picture.web().html()
    assert page.count('"type":"MultiPoint"') == page.count('"type":"MultiLineString"') == 1
    assert HOSTILE not in page
    file = picture.slide(hg.slides.Deck()).save(tmp_path / "a.pptx")
    shapes = agreement.every_shape(Presentation(file).slides[0].shapes)
    paths = [one for one in shapes if one._element.xpath(".//a:path")]
    drawn_as = {one.name: one._element for one in paths}
    assert drawn_as["Roads"].xpath("count(.//a:moveTo)") == len(lines.parts)
    assert drawn_as[HOSTILE].xpath("count(.//a:close)") == len(points.parts) == 3
    # each point is a diamond as wide as high, around where it lies
    for start in drawn_as[HOSTILE].xpath(".//a:moveTo"):
        ends = [start, *start.itersiblings()]
        closed = next(at for at, one in enumerate(ends) if one.tag.endswith("close"))
        corners = [one.xpath("./a:pt")[0] for one in ends[:closed]]
        x, y = ([int(one.get(side)) for one in corners] for side in "xy")
        assert max(x) > min(x)
        assert max(x) - min(x) == pytest.approx(max(y) - min(y), abs=2)


def test_two_maps_have_one_line_of_a_layer_in_their_legend(roads):
    picture = drawn(Layer(roads, "Roads", "OSM"), years=[2022, 2023])
    hold(picture.composed)
    texts = [one.get_text() for ax in picture.figure.axes for one in ax.texts]
    assert texts.count("Roads") == 1
    assert picture.composed.source_line.count("OSM") == 1
    assert picture.web(1).html().count("Roads: OSM") >= 1
    assert drawn(Layer(roads, "Roads", "OSM")).passport != drawn().passport


def test_a_map_without_layers_is_as_it_was():
    assert drawn().web().html() == hg.map("app_users", 2023).web().html()
    assert 'createPane("layers")' not in drawn().web().html()


def test_a_layer_that_cannot_be_right_is_refused_in_words(roads, posts, corners):
    west, south, east, north = corners
    squares = gpd.GeoSeries([box(west, south, east, north)], crs="EPSG:4326")
    both = gpd.GeoSeries([*roads.geometry, *posts], crs="EPSG:4326")
    many = gpd.GeoSeries([LineString(np.full((limits.MOST_CORNERS + 1, 2), west))], crs="EPSG:4326")
    for shapes, said in (
        (roads.set_crs(None, allow_override=True), "does not say its projection"),
        (roads.iloc[:0], "has no shapes"),
        (gpd.GeoSeries([None, MultiPolygon()], crs="EPSG:4326"), "has no shapes"),
        (both, r"several kinds .*\(LineString, Point\)"),
        (many, "200,001 corners; at most 200,000"),
        (roads.set_crs("EPSG:9210", allow_override=True), "lies outside the map.*right one"),
        (posts.iloc[[3]], "lies outside the map"),
        (gpd.GeoSeries([Point(0, np.inf)], crs="EPSG:4326"), "lie nowhere on Earth"),
    ):
        with pytest.raises(ValueError, match=said):
            drawn(Layer(shapes, "Roads", "OSM"))
    for name, source in (("", "OSM"), ("Roads", " "), ("a" * 61, "OSM"), ("Roads", "a" * 201)):
        with pytest.raises(ValueError, match="letters: a legend names each layer"):
            drawn(Layer(roads, name, source))
    with pytest.raises(ValueError, match="two layers have one name"):
        drawn(Layer(roads, "A", "b"), Layer(posts, "A", "b"))
    with pytest.raises(ValueError, match="room for 4 layers, not for 5"):
        drawn(*[Layer(squares, str(at), "b") for at in range(5)])
    with pytest.raises(TypeError, match=r"a layer is a GeoDataFrame; expected hg\.maps\.Layer"):
        drawn(roads)
    with pytest.raises(TypeError, match="a layer is a list"):
        drawn(Layer([1], "A", "b"))


def test_squares_that_stand_for_places_and_axes_of_ones_own_take_no_layer(roads):
    import matplotlib.pyplot as plt

    frame = pd.DataFrame({"n": list("abc"), "lon": [1.0, 2.0, 3.0], "lat": [4.0, 5.0, 6.0]})
    layer = Layer(roads, "Roads", "OSM")
    with pytest.raises(ValueError, match="squares stand for the places"):
        hg.map(frame.assign(x=[1.5, 2.5, 3.5]), "x", origin="reported", source="us", layers=layer)
    _, ax = plt.subplots(layout="constrained")
    with pytest.raises(ValueError, match="no room for layers="):
        hg.map("app_users", 2023, ax=ax, layers=layer)
    plt.close("all")
