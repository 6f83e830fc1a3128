"""Outlines of anywhere: in the projection that is said, measured right, mended, nothing hidden."""

import json
import time
import zipfile

import geopandas as gpd
import invented
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod
from refusal_texts import says
from shapely.affinity import translate
from shapely.geometry import box

import hganalysis as hg
from hganalysis import limits, places, publish, study, words
from hganalysis.places import layers

EARTH = Geod(ellps="WGS84")


@pytest.fixture(autouse=True)
def english():
    with words.use("en"):
        yield


@pytest.fixture(scope="module")
def squares():
    """A square of 800 m around the centre of every commune, in the projection of the province."""
    points = places.points()
    home = points["compared_code"].map(places.compared()["name_vi"])
    names = home.array
    table = {
        "MaXa": points.index,
        "Ten": points["name_vi"].array,
        "Huyen": names,
    }
    shapes = points.buffer(400, cap_style="square").to_numpy()
    return gpd.GeoDataFrame(table, geometry=shapes, crs=points.crs)


@pytest.fixture
def read(tmp_path):
    """Write shapes to a file, and read them as outlines."""

    def write_and_read(shapes, name="a.gpkg", **options):
        shapes.to_file(tmp_path / name, engine="pyogrio")
        return places.read_areas(tmp_path / name, **options)

    return write_and_read


def write_bare(shapes, file):
    """Write coordinates as they are, with no word on their projection."""
    without_crs = shapes.set_crs(None, allow_override=True).to_json(drop_id=True)
    content = json.loads(without_crs)
    content.pop("crs", None)
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def is_ours(outlines_read, squares):
    expected = squares.set_index("MaXa").geometry.loc[outlines_read.areas.index]
    middles = outlines_read.areas.geometry.centroid
    return bool(middles.distance(expected.centroid).max() < 1)


# --- formats, and what is none ---


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.zip", "a.geojson", "A.GeoJSON"])
def test_every_format_gives_the_same_outlines(squares, tmp_path, name):
    file = tmp_path / name
    if name == "a.zip":
        squares.to_file(tmp_path / "ranh giới.shp", engine="pyogrio", encoding="utf-8")
        with zipfile.ZipFile(file, "w") as archive:
            for part in tmp_path.glob("ranh giới.*"):
                archive.write(part, f"xã/{part.name}")
    elif file.suffix.lower() == ".geojson":
        squares.to_crs("EPSG:4326").to_file(file, engine="pyogrio", driver="GeoJSON")
    else:
        squares.to_file(file, engine="pyogrio")
    outlines_read = places.read_areas(file)
    assert outlines_read.level == "commune"
    assert outlines_read.areas.crs.to_epsg() == 5897
    assert [*outlines_read.notes] == ["match", "crs"]
    assert is_ours(outlines_read, squares)
    assert outlines_read.areas.drop(columns="geometry").equals(places.units())


def test_names_in_two_languages_match_where_there_is_one_level(tmp_path):
    with study.Study.open("hau_giang_2025").use():
        units = places.units().reset_index(drop=True)
        lon = units["lon"]
        lat = units["lat"]
        squares = shapely.box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)
        names = units[["name_vi", "name_en"]]
        shapes = gpd.GeoDataFrame(names, geometry=squares, crs="EPSG:4326")
        shapes.to_file(tmp_path / "a.gpkg", engine="pyogrio")
        assert len(places.read_areas(tmp_path / "a.gpkg").areas) == len(units)


def test_the_one_layer_with_areas_is_read_and_of_several_none(squares, tmp_path):
    file = tmp_path / "a.gpkg"
    middles = squares.set_geometry(squares.centroid).to_file
    middles(file, layer="points", engine="pyogrio")
    squares.to_file(file, layer="xa", engine="pyogrio")
    assert len(places.read_areas(file).areas) == 75
    districts = squares.dissolve("Huyen", as_index=False).to_file
    districts(file, layer="huyen", engine="pyogrio")
    with pytest.raises(ValueError, match=says("places_errors.layers", layers="xa, huyen")):
        places.read_areas(file)


VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc</SrcDataSource></OGRVRTLayer>'


NO_OUTLINES = [
    ("a.vrt", VRT.encode(), says("places_errors.format")),
    ("a.gpkg", VRT.encode(), says("places_errors.other_format", suffix=".gpkg")),
    ("a.geojson", VRT.encode(), says("places_errors.other_format", suffix=".geojson")),
    ("a.geojson", b'{"type": "FeatureCollection", "features": [', "cannot be read"),
    ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "no shapes"),
    ("a.zip", b"PK\x03\x04", says("places_errors.zip")),
    ("a.gpkg", b"SQLite format 3\0 and nothing", "cannot be read"),
]


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    NO_OUTLINES,
)
def test_what_is_no_file_of_outlines_is_refused(tmp_path, name, raw, expected):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(ValueError, match=expected):
        places.read_areas(tmp_path / name)


def test_size_is_bounded_before_anything_is_read(squares, tmp_path, monkeypatch):
    file = write_bare(squares, tmp_path / "a.geojson")
    monkeypatch.setattr(limits, "MOST_OUTLINES", 1_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", bytes(2_000))
    for large_file in (file, tmp_path / "bomb.zip"):
        with pytest.raises(ValueError, match=says("places_errors.too_large")):
            places.read_areas(large_file)
    monkeypatch.setattr(limits, "MOST_OUTLINES", 10**9)
    monkeypatch.setattr(limits, "MOST_SHAPES", 10)
    with pytest.raises(ValueError, match="more than 10 shapes"):
        places.read_areas(file)


@pytest.mark.parametrize("n_parts", [1, 2])
@pytest.mark.parametrize("points", [1_000, 200_000])
def test_a_tangle_is_refused_in_seconds(points, n_parts):
    corners = np.random.default_rng(1).random((points, 2))
    tangle = shapely.Polygon(corners)
    if n_parts == 2:
        square = shapely.box(2, 2, 3, 3)
        tangle = shapely.MultiPolygon([square, tangle])
    start = time.monotonic()
    with pytest.raises(ValueError, match=says("places_errors.tangle", number=1, most=1000)):
        layers.areal(gpd.GeoSeries([tangle]))
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("points", [1_000, 20_000])
@pytest.mark.parametrize("number", [1, 3])
def test_a_shape_that_is_refused_has_its_number_in_the_file(points, number, monkeypatch):
    monkeypatch.setattr(layers, "_LONG", 10_000)
    shapes = [box(0, 0, 1, 1)] * 4
    corners = np.random.default_rng(1).random((points, 2))
    shapes[number - 1] = shapely.Polygon(corners)
    with pytest.raises(ValueError, match=says("places_errors.tangle", number=number)):
        layers.areal(gpd.GeoSeries(shapes))


@pytest.mark.parametrize("number", [1, 4])
def test_a_shape_without_a_name_is_called_by_its_number_in_the_file(number, squares, read):
    shapes = squares[["MaXa", "geometry"]].copy()
    position = number - 1
    shapes.loc[position, "MaXa"] = "x"
    shapes.loc[position, "geometry"] = None
    outlines_read = read(shapes)
    assert outlines_read.notes["lost"].splitlines()[1:] == [f"  shape {number}"]
    crossed = shapes.geometry.copy()
    x, y = squares.geometry.iloc[position].centroid.coords[0]
    corners = [(x, y), (x + 90, y + 90), (x + 90, y), (x, y + 90)]
    crossed.loc[position] = shapely.Polygon(corners)
    outlines_read = read(shapes.set_geometry(crossed))
    assert outlines_read.notes["mended"].splitlines()[1:] == [f"  shape {number}"]


# --- projections: said or asked, never guessed ---


@pytest.mark.parametrize("crs", ["EPSG:5897", "EPSG:9209", "EPSG:32648", "EPSG:4326"])
def test_the_projection_is_that_of_the_file_or_the_one_that_is_said(squares, tmp_path, read, crs):
    outlines_read = read(squares.to_crs(crs))
    assert is_ours(outlines_read, squares)
    assert outlines_read.notes["crs"].startswith("Projection, as named: ")
    nameless = write_bare(squares.to_crs(crs), tmp_path / "b.geojson")
    if crs != "EPSG:4326":  # which the standard of GeoJSON says
        with pytest.raises(ValueError, match=r"does not name a projection\. Add --crs"):
            places.read_areas(nameless)
    assert is_ours(places.read_areas(nameless, crs=crs), squares)
    with pytest.raises(ValueError, match=says("places_errors.projection", text="EPSG:1")):
        places.read_areas(nameless, crs="EPSG:1")


def test_where_most_points_lie_outside_their_outlines_the_projection_is_asked(squares, read):
    with pytest.raises(ValueError, match=r"75 of 75 places lie outside their outlines\. Name"):
        read(squares.set_crs("EPSG:9209", allow_override=True))
    mislabelled = squares.set_crs("EPSG:9209", allow_override=True)
    assert is_ours(read(mislabelled, crs="EPSG:5897"), squares)


def test_a_point_far_from_the_middle_of_its_outline_is_no_fault(squares, read):
    """A commune may reach 20 km from where its people live."""
    middles = zip(*find_middles(squares), strict=True)
    long = [box(x, y - 500, x + 20_000, y + 500) for x, y in middles]
    outlines_read = read(squares.set_geometry(long, crs=squares.crs))
    assert [*outlines_read.notes] == ["match", "crs"]


def find_middles(shapes):
    middle = shapes.centroid
    return middle.x, middle.y


# --- which shape is which place ---


@pytest.mark.parametrize("kind", [int, float, str])
def test_codes_are_found_in_any_column_and_as_numbers(squares, read, kind):
    codes = squares["MaXa"].astype(kind)
    shapes = squares[["geometry"]].assign(id=range(75), X=codes)
    outlines_read = read(shapes)
    assert is_ours(outlines_read, squares)
    assert "column X" in outlines_read.notes["match"]


def test_names_are_matched_with_their_district_where_there_are_no_codes(squares, read):
    without_codes = squares.drop(columns="MaXa")
    assert is_ours(read(without_codes), squares)
    # a district that nobody knows says nothing of the one place of that name
    districts = ["khu 7", *squares["Huyen"].iloc[1:]]
    odd = without_codes.assign(Huyen=districts)
    assert len(read(odd, "b.gpkg").areas) == 75
    without_type = {"Ten": {"Xã Vĩnh Tường": "Vĩnh Tường"}}
    alone = without_codes[["Ten", "geometry"]].replace(without_type)
    notes = read(alone, "c.gpkg").notes
    assert notes["extra"].endswith("  Vĩnh Tường")
    assert notes["missing"].endswith("  Vinh Tuong Commune")


def test_parts_are_joined_to_one_place(squares, read):
    half = []
    for shape in squares.geometry:
        west, south, _, north = shape.bounds
        half.append(box(west, south, shape.centroid.x, north))
    left_halves = squares.set_geometry(half, crs=squares.crs)
    right = squares.assign(geometry=squares.geometry.difference(left_halves.geometry))
    halves = pd.concat([left_halves, right], ignore_index=True)
    assert is_ours(read(halves, "halves.gpkg"), squares)


def test_what_matches_nothing_is_refused_with_what_was_there(squares, read):
    names = [f"Xã Số {n}" for n in range(75)]
    strangers = squares[["geometry"]].assign(name=names)
    with pytest.raises(ValueError, match="name: Xã Số 0, Xã Số 1, Xã Số 2"):
        read(strangers)


def test_outlines_of_2025_are_refused_though_all_their_codes_are_known(squares, read):
    new = places.crosswalk()
    codes = squares["MaXa"].map(new["code_2025"])
    by_new = squares.assign(code=codes).dissolve("code")
    names = new.drop_duplicates("code_2025").set_index("code_2025")["name_2025"]
    shapes = by_new[["geometry"]].reset_index()
    shapes["ten"] = shapes["code"].map(names)
    for number, columns in enumerate((["code", "ten"], ["code"], ["ten"])):
        with pytest.raises(ValueError, match="units since 1 July 2025"):
            read(shapes[[*columns, "geometry"]], f"{number}.gpkg")


def test_codes_and_names_that_disagree_are_refused(squares, read):
    codes = squares["MaXa"].tolist()
    codes[5], codes[6] = codes[6], codes[5]
    with pytest.raises(ValueError, match=r"disagree[\s\S]*31336: Xã Vị Tân"):
        read(squares.assign(MaXa=codes))
    # without names only the place where they lie tells
    without_names = squares.assign(MaXa=codes)[["MaXa", "geometry"]]
    outlines_read = read(without_names, "b.gpkg")
    assert "Vi Tan Commune: 6.1 km" in outlines_read.notes["elsewhere"]


# --- what is wrong with shapes ---


def test_every_bad_shape_is_said_and_left_out_or_mended(squares, read):
    shapes = squares.to_crs("EPSG:4326")
    first, sixth, seventh, eighth = (shapes.geometry.iloc[number] for number in (0, 5, 6, 7))
    x, y = first.centroid.coords[0]
    crossed = shapely.Polygon([(x, y), (x + 0.01, y + 0.01), (x + 0.01, y), (x, y + 0.01)])
    bad = {
        0: crossed,
        1: None,
        2: shapely.Polygon(),
        3: shapely.Point(105.5, 9.8),
    }
    bad[4] = box(1000, 0, 1001, 1)
    bad[5] = shapely.force_3d(sixth, 12.0)
    bad[6] = shapely.GeometryCollection([seventh, shapely.Point(105.4, 9.7)])
    bad[7] = shapely.MultiPolygon([eighth, translate(eighth, 0.02)])
    geometries = [bad.get(position, shape) for position, shape in enumerate(shapes.geometry)]
    outlines_read = read(shapes.set_geometry(geometries, crs="EPSG:4326"), "a.geojson")
    names_by_note = {kind: text.splitlines()[1:] for kind, text in outlines_read.notes.items()}
    names = [f"  {places.name(code)}" for code in squares["MaXa"]]
    assert names_by_note["mended"] == [names[0]]
    assert names_by_note["lost"] == names[1:5]
    assert names_by_note["missing"] == names[1:5]
    assert len(outlines_read.areas) == 71
    assert outlines_read.areas.is_valid.all()
    assert not outlines_read.areas.has_z.any()
    assert set(outlines_read.areas.geom_type) == {"Polygon", "MultiPolygon"}
    twice_as_large = outlines_read.areas.loc["31338"].geometry
    assert twice_as_large.area > 1.9 * squares.area.iloc[7]


def test_several_places_in_one_shape_are_left_out_and_holes_are_kept(squares, read):
    joined = squares.copy()
    joined.loc[0, "MaXa"] = "31318, 31321"
    hole = joined.geometry.iloc[2].centroid.buffer(100)
    joined.loc[2, "geometry"] = joined.geometry.iloc[2].difference(hole)
    outlines_read = read(joined.drop(index=1)[["MaXa", "geometry"]])
    assert [*outlines_read.notes] == ["match", "crs", "extra", "missing"]
    assert outlines_read.notes["extra"].endswith("31318, 31321")
    assert len(outlines_read.areas) == 73
    code = joined["MaXa"].iloc[2]
    assert len(outlines_read.areas.loc[code].geometry.interiors) == 1


# --- anywhere on the Earth ---

# Where the grid of the invented province is moved to: its middle, and degrees a commune.
WHERE = {
    "kenya": (36.8, -1.3, 0.1, "EPSG:32737"),
    "germany": (10.5, 51.0, 0.1, "EPSG:32632"),
    "svalbard": (16.5, 79.0, 0.1, "EPSG:32633"),
    "the antarctic": (3.0, -86.0, 0.1, "+proj=laea +lat_0=-86 +lon_0=3"),
    "as wide as brazil": (-54.0, -14.0, 4.0, "+proj=laea +lat_0=-14 +lon_0=-54"),
    "viet nam": (108.3, 14.25, 0.1, "EPSG:3405"),
}


def list_elsewhere(lon, lat, step):
    """List the invented communes elsewhere: squares of so many degrees around a middle."""
    listed = invented.communes()
    across = (listed["lon"] - listed["lon"].mean()) / 0.1
    up = (listed["lat"] - listed["lat"].mean()) / 0.1
    return listed.assign(lon=lon + step * across, lat=lat + step * up)


def shapes_of(listed, step):
    half = step / 2
    corners = listed[["lon", "lat"]].to_numpy()
    drawn = []
    for x, y in corners:
        ends = np.round([x - half, y - half, x + half, y + half], 6)
        drawn.append(box(*ends))
    codes = {"ma_xa": listed["code"]}
    return gpd.GeoDataFrame(codes, geometry=drawn, crs="EPSG:4326")


@pytest.fixture
def build_with_outlines(tmp_path):
    """Build the data of the invented province with outlines, and a list that knows no places."""

    def build(outlines, name="ranh-gioi.gpkg"):
        files = invented.write(tmp_path / "given")
        listed = invented.communes().drop(columns=["lon", "lat"]).to_csv
        listed(files["places"], index=False)
        file = tmp_path / "given" / name
        outlines.to_file(file, engine="pyogrio")
        options = {name: files[name] for name in ("reports", "places", "indicators")}
        return publish.lay_out(tmp_path / "data", areas=file, **options)

    return build


@pytest.mark.parametrize("where", WHERE)
def test_outlines_of_anywhere_have_a_projection_in_which_they_are_measured_right(
    build_with_outlines, where
):
    lon, lat, step, crs = WHERE[where]
    outlines_read = build_with_outlines(shapes_of(list_elsewhere(lon, lat, step), step))
    notes = "\n".join(outlines_read.notes)
    assert ("chosen by where the outlines lie" in notes) == (where != "viet nam")
    with study.Study.open(outlines_read.folder).use():
        communes = places.areas("commune")
        districts = places.areas()
        assert crs.split(" ")[0] in places.province()["crs"]
        assert communes.crs == districts.crs == places.points().crs
        degrees = communes.to_crs("EPSG:4326").geometry
        areas = [EARTH.geometry_area_perimeter(shape)[0] for shape in degrees]
        true = np.abs(areas)
        assert communes.area.to_numpy() == pytest.approx(true, rel=3e-3)
        # a grid of 5 rows of 6: each pair that shares a side, in both directions
        assert len(places.neighbours(communes)) == 2 * (5 * 5 + 4 * 6)
        name, periods = next(iter(hg.reported().items()))
        figure = hg.map(name, periods[-1]).figure
        [panel, _] = figure.panels
        assert not panel.is_tiled
        assert len(panel.places) == 5


def test_a_map_of_a_frame_is_right_anywhere():
    corners = [(x, y) for y in (-46, -45, -44) for x in (-74, -72, -70, -68)]
    drawn = [box(x, y, x + 2, y + 1) for x, y in corners]
    names = list("ABCDEFGHIJKL")
    shares = np.linspace(0.1, 0.9, 12)
    frame = pd.DataFrame({"place": names, "share": shares})
    frame_of_squares = gpd.GeoDataFrame(frame, geometry=drawn, crs="EPSG:4326")
    picture = hg.map(frame_of_squares, "share", origin="reported", source="x")
    drawn_by_name = picture.figure.panels[0].places.set_index("name")
    drawn_places = drawn_by_name.loc[names]
    assert drawn_places.crs.to_string().startswith("+proj=laea +lat_0=-44.5 +lon_0=-70")
    areas = [EARTH.geometry_area_perimeter(shape)[0] for shape in drawn]
    true = np.abs(areas)
    assert drawn_places.area.to_numpy() == pytest.approx(true, rel=5e-3)
    moved_shape = box(179, 0, 180, 1)
    beyond = frame_of_squares.set_geometry([*drawn[1:], moved_shape], crs="EPSG:4326")
    with pytest.raises(ValueError, match=says("words_errors.too_wide")):
        hg.map(beyond, "share", origin="reported", source="x")


def test_districts_that_fall_away_are_named_with_the_reason(build_with_outlines):
    outlines = shapes_of(list_elsewhere(36.8, -1.3, 0.1), 0.1)

    def emptied(n):
        shapes = [*outlines.geometry]
        shapes[:n] = [box(0, 0, 0, 0)] * n
        return outlines.set_geometry(shapes, crs=outlines.crs)

    # of five districts with six communes each, two are named below the map, three are too many
    assert "without area" in "\n".join(build_with_outlines(emptied(6)).notes)
    notes = build_with_outlines(outlines.iloc[12:], "part.gpkg").notes
    assert "Places without" in "\n".join(notes)
    with pytest.raises(publish.BuildError, match=r"no boundary for 3 districts(?s:.)*without area"):
        build_with_outlines(emptied(18), "more.gpkg")
    without = r"no boundary for 3 districts(?s:.)*without a boundary"
    with pytest.raises(publish.BuildError, match=without):
        build_with_outlines(outlines.iloc[18:], "most.gpkg")
    beyond = outlines.set_geometry(outlines.translate(1000, 0), crs=outlines.crs)
    with pytest.raises(publish.BuildError, match=r"no shape both(?s:.)*nowhere on Earth"):
        build_with_outlines(beyond, "nowhere.gpkg")
    lat = list_elsewhere(0.0, 0.0, 1.0)["lat"]
    around = list_elsewhere(0.0, 0.0, 50.0).assign(lat=lat)
    with pytest.raises(publish.BuildError, match=says("words_errors.too_wide")):
        build_with_outlines(shapes_of(around, 1.0), "around.gpkg")
