"""Outlines of anywhere on the Earth: in a projection that fits them, and with what was left out."""

import json

import geopandas as gpd
import invented
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod
from shapely.affinity import translate
from shapely.geometry import box

import hganalysis as hg
from hganalysis import places, publish, sources, words
from hganalysis.places import outlines as outlines_of_places
from hganalysis.places import zones
from hganalysis.publish.folders import BuildError

EARTH = Geod(ellps="WGS84")
# Where the grid of the invented province is moved to: its middle, and degrees a commune.
WHERE = {
    "kenya": (36.8, -1.3, 0.1, "EPSG:32737"),
    "peru": (-75.0, -12.0, 0.1, "EPSG:32718"),
    "new zealand": (174.0, -41.0, 0.1, "EPSG:32760"),
    "germany": (10.5, 51.0, 0.1, "EPSG:32632"),
    "svalbard": (16.5, 79.0, 0.1, "EPSG:32633"),
    "the antarctic": (3.0, -86.0, 0.1, "+proj=laea +lat_0=-86 +lon_0=3"),
    "as wide as brazil": (-54.0, -14.0, 4.0, "+proj=laea +lat_0=-14 +lon_0=-54"),
    "viet nam": (108.3, 14.25, 0.1, "EPSG:3405"),
}


@pytest.fixture(autouse=True)
def english():
    with words.use("en"):
        yield


def moved(lon, lat, step):
    """List the invented communes elsewhere: squares of so many degrees around a middle."""
    listed = invented.communes()
    across = (listed["lon"] - listed["lon"].mean()) / 0.1
    up = (listed["lat"] - listed["lat"].mean()) / 0.1
    return listed.assign(lon=lon + step * across, lat=lat + step * up)


def shapes(listed, step):
    half = step / 2
    corners = listed[["lon", "lat"]].to_numpy()
    squares = [box(*np.round([x - half, y - half, x + half, y + half], 6)) for x, y in corners]
    return gpd.GeoDataFrame({"ma_xa": listed["code"]}, geometry=squares, crs="EPSG:4326")


@pytest.fixture
def own(tmp_path):
    """Build the data of the invented province with outlines, and a list that knows no places."""

    def made(outlines, *, name="ranh-gioi.gpkg", placed=None):
        files = invented.write(tmp_path / "given")
        listed = invented.communes().drop(columns=["lon", "lat"]) if placed is None else placed
        listed.to_csv(files["places"], index=False)
        file = tmp_path / "given" / name
        if isinstance(outlines, str):
            file.write_text(outlines, encoding="utf-8")
        else:
            outlines.to_file(file, engine="pyogrio")
        return publish.own(
            tmp_path / "data",
            reports=files["reports"],
            areas=file,
            list_of_places=files["places"],
            catalogue=files["indicators"],
        )

    return made


@pytest.mark.parametrize("where", WHERE)
def test_outlines_of_anywhere_have_a_projection_in_which_they_are_measured_right(own, where):
    lon, lat, step, crs = WHERE[where]
    listed = moved(lon, lat, step)
    found = own(shapes(listed, step))
    said = "\n".join(found.notes)
    assert ("outside the area that the projection of the list serves" in said) == (
        where != "viet nam"
    )
    with sources.use(found.folder):
        communes, districts = places.areas("commune"), places.areas()
        assert crs.split(" ")[0] in places.province()["crs"]
        assert where == "viet nam" or crs.split(":")[-1].split(" ")[0] in said
        assert communes.crs == districts.crs == places.points().crs
        assert communes.crs.axis_info[0].unit_name == "metre"
        degrees = communes.to_crs("EPSG:4326").geometry
        true = np.array([abs(EARTH.geometry_area_perimeter(one)[0]) for one in degrees])
        assert communes.area.to_numpy() == pytest.approx(true, rel=3e-3)
        # a grid of 5 rows of 6: each pair that shares a side, in both directions
        assert len(places.neighbours(communes)) == 2 * (5 * 5 + 4 * 6)
        near = communes.iloc[[0, 1]].centroid
        flat = near.iloc[0].distance(near.iloc[1])
        ends = near.to_crs("EPSG:4326")
        metres = EARTH.inv(ends.x.iloc[0], ends.y.iloc[0], ends.x.iloc[1], ends.y.iloc[1])[2]
        assert flat == pytest.approx(metres, rel=1e-2)
        name, years = next(iter(hg.reported().items()))
        [panel, _] = hg.map(name, years[-1]).figure.panels
        assert not panel.tiled
        assert len(panel.places) == 5


@pytest.mark.parametrize(
    ("bounds", "crs"),
    [
        ((105.3, 9.5, 105.9, 10.1), "EPSG:9209"),
        ((102.1, 8.2, 109.5, 23.4), "EPSG:3405"),
        ((-180.0, 50.0, -178.0, 52.0), "EPSG:32601"),
        ((178.0, -20.0, 180.0, -16.0), "EPSG:32760"),
        ((0.1, 0.1, 5.9, 0.2), "EPSG:32631"),
        ((0.1, -0.2, 5.9, -0.1), "EPSG:32731"),
        ((-10.0, 35.0, 30.0, 60.0), "+proj=laea +lat_0=47.5 +lon_0=10 +datum=WGS84 +units=m"),
    ],
)
def test_a_projection_is_chosen_by_where_places_lie(bounds, crs):
    assert zones.projection(bounds) == crs


@pytest.mark.parametrize("east", [True, False])
def test_a_shift_is_measured_as_far_as_it_is_on_the_earth(east):
    listed = moved(10.5, 60.0, 0.1).set_index("code")
    lon, lat = listed["lon"] + 0.01 * east, listed["lat"] + 0.01 * (not east)
    metres = zones.shift(lon, lat, listed, "EPSG:4326")
    *_, far = EARTH.inv(10.5, 60.0, 10.5 + 0.01 * east, 60.0 + 0.01 * (not east))
    assert metres == pytest.approx(far, rel=0.02)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:32737"])
@pytest.mark.parametrize("swapped", [False, True])
def test_a_projection_is_inferred_elsewhere_by_where_the_list_says_that_places_lie(crs, swapped):
    listed = moved(36.8, -1.3, 0.1).set_index("code")
    middle = gpd.GeoSeries.from_xy(listed["lon"], listed["lat"], crs="EPSG:4326").to_crs(crs)
    x, y = (pd.Series(one.to_numpy(), listed.index) for one in (middle.x, middle.y))
    if swapped:
        x, y = y, x
    fit = zones.only(zones.fits(x, y, listed[["lon", "lat"]]))
    assert fit is not None
    assert (fit.crs, fit.swapped) == (crs, swapped)


def test_a_projection_that_the_file_names_is_taken_and_one_that_it_does_not_name_is_degrees(own):
    listed = moved(36.8, -1.3, 0.1)
    outlines = shapes(listed, 0.1)
    found = own(outlines.to_crs("EPSG:32737"))
    assert "Projection, as named: WGS 84 / UTM zone 37S." in found.notes
    content = json.loads(outlines.to_json(drop_id=True))
    content.pop("crs", None)
    found = own(json.dumps(content), name="ranh-gioi.geojson")
    assert words.term("places.areas_degrees") in found.notes
    with sources.use(found.folder):
        centre = places.areas().to_crs("EPSG:4326").union_all().centroid
        assert (centre.x, centre.y) == pytest.approx((36.8, -1.3), abs=0.01)


def parted(squares):
    """Count longitudes up to 180 degrees, and cut squares there, as files do."""
    world, beyond = box(-180, -90, 180, 90), box(180, -90, 540, 90)
    halves = [(one & world, translate(one & beyond, -360)) for one in squares]
    return [shapely.union_all(one) for one in halves]


def test_outlines_on_both_sides_of_the_antimeridian_lie_side_by_side(own):
    listed = moved(180.03, -17.0, 0.1)
    pieces = shapes(listed, 0.1)
    cut = pieces.set_geometry(parted(pieces.geometry), crs="EPSG:4326")
    assert np.ptp(cut.total_bounds[[0, 2]]) > 359
    with sources.use(own(cut).folder):
        communes = places.areas("commune")
        assert communes.crs == "EPSG:32701" == places.province()["crs"]
        assert (communes.geom_type == "Polygon").all()
        west, south, east, north = communes.total_bounds
        assert east - west < 70_000
        assert north - south < 60_000
        assert len(places.neighbours(communes)) == 2 * (5 * 5 + 4 * 6)


def test_a_list_of_places_on_both_sides_of_the_antimeridian_has_one_projection(tmp_path):
    listed = moved(180.03, -17.0, 0.1)
    listed["lon"] = (listed["lon"] + 180) % 360 - 180
    for column in ("name", "district", "province"):
        listed[column] = listed[column].str.replace(
            r"^(Xã|Phường|Tỉnh|Huyện|\S+ \S+?) ", "", regex=True
        )
    file = tmp_path / "places.csv"
    listed.to_csv(file, index=False)
    read = places.read_list(file)
    assert read.country.code == ""
    assert set(read.province["crs"]) == {"EPSG:32701"}


def test_outlines_all_around_the_earth_are_refused_in_words(own):
    around = moved(0.0, 0.0, 50.0).assign(lat=moved(0.0, 0.0, 1.0)["lat"])
    with pytest.raises(BuildError, match="more than half of the Earth"):
        own(shapes(around, 1.0))


# Where three rows of four places lie: their middle, and degrees of each.
FAR = {
    "fiji": (179.95, -17.0, 0.3, 0.15, "EPSG:32760"),
    "chukotka": (178.0, 66.0, 1.5, 0.75, "EPSG:32660"),
    "svalbard": (16.5, 79.0, 1.0, 0.5, "EPSG:32633"),
    "the equator": (10.0, 0.0, 0.2, 0.2, "EPSG:326"),
    "patagonia": (-70.0, -45.0, 2.0, 1.0, "+proj=laea +lat_0=-45 +lon_0=-70"),
    "an island of 3 km": (-5.7, -15.95, 0.006, 0.006, "EPSG:32730"),
}


@pytest.mark.parametrize("where", FAR)
def test_one_map_is_right_anywhere(where):
    lon, lat, wide, high, crs = FAR[where]
    squares = [
        box(
            lon + wide * (x - 2),
            lat + high * (y - 1.5),
            lon + wide * (x - 1),
            lat + high * (y - 0.5),
        )
        for y in range(3)
        for x in range(4)
    ]
    names = list("ABCDEFGHIJKL")
    frame = pd.DataFrame({"place": names, "share": np.linspace(0.1, 0.9, 12)})
    own = gpd.GeoDataFrame(frame, geometry=parted(squares), crs="EPSG:4326")
    picture = hg.map(own, "share", origin="reported", source="x")
    drawn = picture.figure.panels[0].places.loc[names]
    assert drawn.crs.to_string().startswith(crs)
    assert (drawn.geom_type == "Polygon").all()
    true = [abs(EARTH.geometry_area_perimeter(one)[0]) for one in squares]
    assert drawn.area.to_numpy() == pytest.approx(true, rel=5e-3)
    # what lies beside another on the Earth does so on the map
    assert len(places.neighbours(drawn)) == 2 * (3 * 3 + 4 * 2)

    at = shapely.get_coordinates(shapely.centroid(squares))
    at[:, 0] = (at[:, 0] + 180) % 360 - 180
    placed = frame.assign(lon=at[:, 0], lat=at[:, 1])
    tiled = hg.map(placed, "share", origin="reported", source="x").figure.panels[0].places
    middles = tiled.loc[names].centroid
    # none lies west or south of one that it lies east or north of, or far away
    x, y = (one.to_numpy().reshape(3, 4) for one in (middles.x, middles.y))
    side = np.sqrt(tiled.area.iloc[0])
    assert (np.diff(x, axis=1) > -side / 2).all()
    assert (np.diff(y, axis=0) > -side / 2).all()
    assert np.ptp(x) < 6 * side


# What is left out is said in the error that comes of it.


def spoilt(outlines, **cases):
    """Spoil the shapes of some communes: by the number of a row, another shape."""
    geometry = outlines.geometry.to_list()
    for row, shape in cases.items():
        geometry[int(row[1:])] = shape
    return outlines.set_geometry(geometry, crs=outlines.crs)


def test_districts_that_fall_away_are_named_with_the_reason(own):
    listed = moved(36.8, -1.3, 0.1)
    outlines = shapes(listed, 0.1)
    strays = spoilt(outlines, **{f"r{row}": box(0, 50, 0.1, 50.1) for row in range(6)})
    with pytest.raises(BuildError) as caught:
        own(strays)
    said = str(caught.value)
    assert "has no outline of 1 districts: Song May City" in said
    assert "Shapes far from all others" in said
    assert words.term("places.areas_crs", crs="WGS 84", metres="0").split(":")[0] in said
    empty = spoilt(outlines, **{f"r{row}": box(0, 0, 0, 0) for row in range(6)})
    with pytest.raises(BuildError, match=r"no outline of 1 districts(?s:.)*without area"):
        own(empty, name="empty.gpkg")
    with pytest.raises(BuildError, match=r"no outline of 2 districts(?s:.)*Places without an outl"):
        own(outlines.iloc[12:], name="part.gpkg")


def test_where_no_shape_is_left_it_is_said_why(own):
    outlines = shapes(moved(36.8, -1.3, 0.1), 0.1)
    nowhere = outlines.set_geometry(outlines.translate(1000, 0), crs="EPSG:4326")
    with pytest.raises(BuildError, match=r"no shape both(?s:.)*nowhere on Earth"):
        own(nowhere)
    north = 90 - outlines.total_bounds[3]
    over = outlines.set_geometry(outlines.translate(0, north + 0.25), crs="EPSG:4326")
    lost = over.bounds["maxy"] > 90  # some by less than one degree
    assert 0 < lost.sum() < len(over)
    assert outlines_of_places._strays(over.geometry).tolist() == lost.tolist()
    flat = outlines.set_geometry(outlines.representative_point())
    with pytest.raises(BuildError, match=r"no shape both(?s:.)*without area"):
        own(flat, name="points.gpkg")


def test_a_far_island_is_no_stray(own):
    listed = moved(-155.0, 40.0, 1.0)
    outlines = shapes(listed, 1.0)
    island = spoilt(outlines, r29=box(-165, 30, -164, 31))
    with sources.use(own(island).folder):
        assert places.areas("commune").to_crs("EPSG:4326").total_bounds[0] == pytest.approx(-165)
