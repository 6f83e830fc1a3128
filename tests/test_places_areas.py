"""Read outlines of one's own, in any format and projection, and hide nothing about them."""

import json
import re
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely.geometry import box

from hganalysis import limits, places, words
from hganalysis.countries.vietnam import grid
from hganalysis.places import layers, zones

DETAILED = Path(__file__).parents[2] / "shared" / "data" / "communes_detailed.geojson"
needs_detailed = pytest.mark.skipif(
    not DETAILED.is_file(), reason="the detailed outlines lie beside the checkout only at home"
)


@pytest.fixture(scope="module")
def squares():
    """A square of 800 m around the centre of every commune, in the projection of the province."""
    points = places.points()
    table = pd.DataFrame(
        {
            "MaXa": points.index,
            "Ten": points["name_vi"].to_numpy(),
            "Huyen": points["district_code"].map(places.districts()["name_vi"]).to_numpy(),
        }
    )
    return gpd.GeoDataFrame(
        table, geometry=points.buffer(400, cap_style="square").to_numpy(), crs=points.crs
    )


def written(shapes, file, **options):
    shapes.to_file(file, engine="pyogrio", **options)
    return file


def bare_geojson(shapes, file, *, swapped=False):
    """Write coordinates as they are, with no word on their projection."""
    if swapped:
        shapes = shapes.set_geometry(shapes.geometry.transform(lambda xy: xy[:, ::-1]))
    content = json.loads(shapes.set_crs(None, allow_override=True).to_json(drop_id=True))
    content.pop("crs", None)
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def kinds(found):
    return found.notes["kind"].tolist()


def note(found, kind):
    return "\n".join(found.notes.loc[found.notes["kind"] == kind, "message"])


def is_ours(found, squares):
    expected = squares.set_index("MaXa").geometry.loc[found.areas.index]
    return bool(found.areas.geometry.centroid.distance(expected.centroid).max() < 1)


# --- formats ---


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.zip", "a.geojson", "A.GeoJSON"])
def test_every_format_gives_the_same_outlines(squares, tmp_path, name):
    file = tmp_path / name
    if name == "a.zip":
        written(squares, tmp_path / "ranh giới.shp", encoding="utf-8")
        with zipfile.ZipFile(file, "w") as archive:
            for part in tmp_path.glob("ranh giới.*"):
                archive.write(part, f"xã/{part.name}")
    else:
        driver = {".geojson": "GeoJSON"}.get(file.suffix.lower())
        shapes = squares.to_crs("EPSG:4326") if driver else squares
        written(shapes, file, driver=driver)
    found = places.read_areas(file)
    assert found.level == "commune"
    assert found.areas.index.tolist() == places.communes().index.tolist()
    assert is_ours(found, squares)
    assert found.areas.crs.to_epsg() == 5897
    assert kinds(found) == ["match", "crs"]
    assert found.areas.drop(columns="geometry").equals(places.communes())


def test_a_layer_is_named_where_there_are_several(squares, tmp_path):
    file = tmp_path / "a.gpkg"
    written(squares, file, layer="xa")
    written(squares.dissolve("Huyen", as_index=False), file, layer="huyen")
    with pytest.raises(ValueError, match=r"2 layers with areas: xa, huyen\. Name one"):
        places.read_areas(file)
    with pytest.raises(ValueError, match=r"no layer 'tinh'\. Its layers: xa, huyen"):
        places.read_areas(file, layer="tinh")
    assert len(places.read_areas(file, layer="xa").areas) == 75
    assert len(places.read_areas(file, layer="huyen").areas) == 8


def test_a_layer_of_points_beside_the_areas_is_no_question(squares, tmp_path):
    file = tmp_path / "a.gpkg"
    written(squares.set_geometry(squares.centroid), file, layer="points")
    written(squares, file, layer="xa")
    assert len(places.read_areas(file).areas) == 75


VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc</SrcDataSource></OGRVRTLayer>'


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("a.kml", b"<kml/>", "is none of .gpkg, .shp"),
        ("a.vrt", VRT.encode(), "is none of .gpkg, .shp"),
        ("a.gpkg", VRT.encode(), "no .gpkg file, whatever its name says"),
        ("a.shp", VRT.encode(), "no .shp file, whatever its name says"),
        ("a.geojson", VRT.encode(), "no GeoJSON"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [', "cannot be read"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "no shapes"),
        ("a.zip", b"PK\x03\x04", "broken zip"),
        ("a.gpkg", b"SQLite format 3\0 and nothing", "cannot be read"),
    ],
)
def test_what_is_no_file_of_outlines_is_refused(tmp_path, name, raw, expected):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(ValueError, match=expected):
        places.read_areas(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        places.read_areas(tmp_path / "none.gpkg")


def test_size_is_bounded_before_anything_is_read(squares, tmp_path, monkeypatch):
    file = bare_geojson(squares, tmp_path / "a.geojson")
    monkeypatch.setattr(limits, "MOST_OUTLINES", 1_000)
    with pytest.raises(ValueError, match="Simplify the outlines first"):
        places.read_areas(file)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", bytes(2_000))
    with pytest.raises(ValueError, match="Simplify the outlines first"):
        places.read_areas(tmp_path / "bomb.zip")
    monkeypatch.setattr(limits, "MOST_OUTLINES", 10**9)
    monkeypatch.setattr(limits, "MOST_SHAPES", 10)
    with pytest.raises(ValueError, match="more than 10 shapes"):
        places.read_areas(file)


# --- projections ---

ALL = ["EPSG:4326", "EPSG:4756", *grid.TM3.values(), "EPSG:3405", "EPSG:32648"]


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
@pytest.mark.parametrize("crs", ALL)
def test_the_projection_is_inferred_where_one_alone_fits(squares, crs, swapped):
    shapes = squares.set_index("MaXa").geometry.to_crs(crs)
    middle = shapes.set_crs(None, allow_override=True).centroid
    x, y = (middle.y, middle.x) if swapped else (middle.x, middle.y)
    fit = zones.only(zones.fits(x, y, places.communes()[["lon", "lat"]]))
    assert fit is not None
    assert (fit.crs, fit.swapped) == (crs, swapped)
    assert fit.metres < 20


@pytest.mark.parametrize("crs", ["EPSG:5897", "EPSG:9209", "EPSG:32648"])
@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
def test_what_was_inferred_is_said(squares, tmp_path, crs, swapped):
    file = bare_geojson(squares.to_crs(crs), tmp_path / "a.geojson", swapped=swapped)
    found = places.read_areas(file)
    assert kinds(found) == ["match", "inferred"]
    assert found.notes["severity"].tolist() == ["info", "warning"]
    assert crs in note(found, "inferred")
    assert ("đổi chỗ" in note(found, "inferred")) == swapped
    assert is_ours(found, squares)


def test_a_projection_that_the_file_names_is_held_to_where_places_lie(squares, tmp_path):
    wrong = squares.set_crs("EPSG:9209", allow_override=True)
    with pytest.raises(ValueError, match=r"nằm cách vị trí đúng 55 km[\s\S]*EPSG:5897"):
        places.read_areas(written(wrong, tmp_path / "wrong.gpkg"))
    # 324 m: UTM and the zone of 3 degrees on one meridian
    near = squares.set_crs("EPSG:3405", allow_override=True)
    found = places.read_areas(written(near, tmp_path / "near.gpkg"))
    assert kinds(found) == ["match", "shifted"]
    assert re.search(r"lệch khoảng 3[0-9]{2} m", note(found, "shifted"))
    assert places.read_areas(tmp_path / "near.gpkg", crs="EPSG:5897").areas.index.size == 75


def test_geojson_that_names_nothing_is_wgs_84_as_its_standard_says(squares, tmp_path):
    # 2 km away in its own list, VN-2000 fits as well: nothing is inferred, and nothing refused
    moved = squares.assign(geometry=squares.translate(1_500, 1_500)).to_crs("EPSG:4326")
    found = places.read_areas(bare_geojson(moved, tmp_path / "a.geojson"))
    assert kinds(found) == ["match", "shifted"]
    assert "WGS 84" in note(found, "shifted")
    west = moved.set_index("MaXa").bounds["minx"].loc[found.areas.index]
    assert found.areas.to_crs("EPSG:4326").bounds["minx"].sub(west).abs().max() < 1e-6


def test_degrees_that_are_swapped_are_swapped_back_and_that_is_said(squares, tmp_path):
    degrees = squares.to_crs("EPSG:4326")
    turned = degrees.set_geometry(degrees.geometry.transform(lambda xy: xy[:, ::-1]))
    found = places.read_areas(written(turned, tmp_path / "a.gpkg"))
    assert kinds(found) == ["match", "swapped"]
    assert is_ours(found, squares)


def test_where_two_projections_fit_or_none_does_one_must_be_named(squares, tmp_path):
    two = bare_geojson(squares.head(2), tmp_path / "two.geojson")  # too few places to tell
    away = squares.assign(geometry=squares.translate(40_000, 90_000))
    far = bare_geojson(away, tmp_path / "far.geojson")
    for file in (two, far):
        with pytest.raises(ValueError, match="Hãy chỉ định, ví dụ --crs EPSG:5897"):
            places.read_areas(file)
    assert is_ours(places.read_areas(two, crs="EPSG:5897"), squares)
    degrees = bare_geojson(squares.head(2).to_crs("EPSG:4326"), tmp_path / "degrees.geojson")
    assert is_ours(places.read_areas(degrees), squares)
    with pytest.raises(ValueError, match="'EPSG:1' is no projection"):
        places.read_areas(two, crs="EPSG:1")


def test_only_one_fit_is_believed():
    far, near = (
        zones.Fit("A", swapped=False, metres=400.0),
        zones.Fit("B", swapped=False, metres=9.0),
    )
    assert zones.only([]) is None
    assert zones.only([far]) == far
    assert zones.only([near, far]) == near
    assert zones.only([far, zones.Fit("C", swapped=False, metres=500.0)]) is None
    assert zones.only([far, zones.Fit("C", swapped=False, metres=700.0)]) is None
    assert zones.only([near, zones.Fit("C", swapped=False, metres=100.0)]) is None


def test_a_zone_is_chosen_for_a_province_and_utm_for_the_country():
    assert grid.zone(106.3, 106.7) == "EPSG:9213"
    assert grid.zone(102.2, 109.4) == "EPSG:3405"
    for meridian, crs in grid.TM3.items():
        assert grid.zone(meridian, meridian) == crs


# --- which shape is which place ---


@pytest.mark.parametrize("kind", [int, float, str])
def test_codes_are_found_in_any_column_and_as_numbers(squares, tmp_path, kind):
    shapes = squares[["geometry"]].assign(id=range(75), X=squares["MaXa"].astype(kind))
    found = places.read_areas(written(shapes, tmp_path / "a.gpkg"))
    assert is_ours(found, squares)
    assert "cột X" in note(found, "match")


def test_names_are_matched_with_their_district_where_there_are_no_codes(squares, tmp_path):
    found = places.read_areas(written(squares.drop(columns="MaXa"), tmp_path / "a.gpkg"))
    assert len(found.areas) == 75
    assert is_ours(found, squares)
    assert "theo tên ở cột Ten" in note(found, "match")
    # a district that nobody knows says nothing of the one place of that name
    odd = squares.drop(columns="MaXa").assign(Huyen=["khu 7", *squares["Huyen"].iloc[1:]])
    assert len(places.read_areas(written(odd, tmp_path / "c.gpkg")).areas) == 75
    # without types one name is two places, and only the district tells
    short = squares.assign(Ten=places.communes()["short_vi"].to_numpy()).drop(columns="MaXa")
    numbers = places.communes()["name_vi"].str.match("Phường [IV]+$").to_numpy()
    short.loc[numbers, "Ten"] = squares.loc[numbers, "Ten"]
    assert len(places.read_areas(written(short, tmp_path / "b.gpkg")).areas) == 75


def test_a_name_that_is_two_places_is_left_out_and_said(squares, tmp_path):
    alone = squares[["Ten", "geometry"]].replace({"Ten": {"Xã Vĩnh Tường": "Vĩnh Tường"}})
    found = places.read_areas(written(alone, tmp_path / "a.gpkg"))
    assert kinds(found) == ["match", "crs", "extra", "missing"]
    assert note(found, "extra").endswith("  Vĩnh Tường")
    assert note(found, "missing").endswith("  Xã Vĩnh Tường")


def test_shapes_of_communes_are_joined_to_districts(squares, tmp_path):
    for columns in (["MaXa"], ["Huyen"], ["Ten", "Huyen"]):
        file = written(squares[[*columns, "geometry"]], tmp_path / f"{columns[0]}.gpkg")
        found = places.read_areas(file, level="district")
        assert found.level == "district"
        assert len(found.areas) == 8
        assert found.areas.area.sum() == pytest.approx(squares.union_all().area, rel=1e-6)


def test_several_shapes_of_a_place_are_one_outline(squares, tmp_path):
    left = squares.assign(
        geometry=squares.geometry.apply(lambda s: box(*s.bounds[:2], s.centroid.x, s.bounds[3]))
    )
    right = squares.assign(geometry=squares.geometry.difference(left.geometry))
    halves = pd.concat([left, right], ignore_index=True)
    found = places.read_areas(written(halves, tmp_path / "a.gpkg"))
    assert len(found.areas) == 75
    assert is_ours(found, squares)


def test_what_matches_nothing_is_refused_with_what_was_there(squares, tmp_path):
    other = squares[["geometry"]].assign(name=[f"Xã Số {n}" for n in range(75)])
    with pytest.raises(ValueError, match="name: Xã Số 0, Xã Số 1, Xã Số 2"):
        places.read_areas(written(other, tmp_path / "a.gpkg"))
    with pytest.raises(ValueError, match="Không cột nào"):
        places.read_areas(
            written(
                squares.dissolve("Huyen", as_index=False)[["Huyen", "geometry"]],
                tmp_path / "b.gpkg",
            ),
            level="commune",
        )
    with pytest.raises(ValueError, match="below the whole, which is their sum"):
        places.read_areas(tmp_path / "b.gpkg", level="province")


def test_outlines_of_2025_are_refused_though_all_their_codes_are_known(squares, tmp_path):
    new = places.crosswalk()
    by_new = squares.assign(code=squares["MaXa"].map(new["code_2025"])).dissolve("code")
    names = new.drop_duplicates("code_2025").set_index("code_2025")["name_2025"]
    shapes = by_new[["geometry"]].reset_index().assign(ten=lambda t: t["code"].map(names))
    with pytest.raises(ValueError, match=r"từ ngày 1/7/2025[\s\S]*Phường Vị Tân"):
        places.read_areas(written(shapes, tmp_path / "a.gpkg"))
    with pytest.raises(ValueError, match="từ ngày 1/7/2025"):
        places.read_areas(written(shapes[["code", "geometry"]], tmp_path / "b.gpkg"))
    with pytest.raises(ValueError, match="từ ngày 1/7/2025"):
        places.read_areas(written(shapes[["ten", "geometry"]], tmp_path / "c.gpkg"))


def test_codes_and_names_that_disagree_are_refused(squares, tmp_path):
    codes = squares["MaXa"].tolist()
    codes[5], codes[6] = codes[6], codes[5]
    with pytest.raises(ValueError, match=r"không khớp nhau[\s\S]*31336: Xã Vị Tân"):
        places.read_areas(written(squares.assign(MaXa=codes), tmp_path / "a.gpkg"))
    # without names only the place where they lie tells
    lost = squares.assign(MaXa=codes)[["MaXa", "geometry"]]
    found = places.read_areas(written(lost, tmp_path / "b.gpkg"))
    assert kinds(found) == ["match", "crs", "elsewhere"]
    assert "Xã Vị Tân: 6,1 km" in note(found, "elsewhere")


# --- what is wrong with shapes ---


def test_every_bad_shape_is_said_and_left_out_or_mended(squares, tmp_path):
    shapes = squares.to_crs("EPSG:4326")
    x, y = shapes.geometry.iloc[0].centroid.coords[0]
    bad = {
        0: shapely.Polygon([(x, y), (x + 0.01, y + 0.01), (x + 0.01, y), (x, y + 0.01)]),
        1: None,
        2: shapely.Polygon(),
        3: shapely.Point(105.5, 9.8),
        4: box(0, 0, 1, 1),
        5: shapely.force_3d(shapes.geometry.iloc[5], 12.0),
        6: shapely.GeometryCollection([shapes.geometry.iloc[6], shapely.Point(105.4, 9.7)]),
        7: shapely.MultiPolygon(
            [shapes.geometry.iloc[7], shapely.affinity.translate(shapes.geometry.iloc[7], 0.02, 0)]
        ),
    }
    geometries = [bad.get(at, shape) for at, shape in enumerate(shapes.geometry)]
    found = places.read_areas(
        written(shapes.set_geometry(geometries, crs="EPSG:4326"), tmp_path / "a.geojson")
    )
    names = squares["Ten"]
    assert note(found, "mended").splitlines()[1:] == [f"  {names[0]}"]
    assert note(found, "empty").splitlines()[1:] == [f"  {names[1]}", f"  {names[2]}"]
    assert note(found, "no_area").splitlines()[1:] == [f"  {names[3]}"]
    assert note(found, "absurd").splitlines()[1:] == [f"  {names[4]}"]
    assert note(found, "missing").splitlines()[1:] == [f"  {names[at]}" for at in (1, 2, 3, 4)]
    assert len(found.areas) == 71
    assert found.areas.is_valid.all()
    assert not found.areas.has_z.any()
    assert set(found.areas.geom_type) == {"Polygon", "MultiPolygon"}
    assert found.areas.loc["31338"].geometry.area > 1.9 * squares.area.iloc[7]


def test_holes_are_kept(squares, tmp_path):
    ring = squares.geometry.iloc[0].difference(squares.geometry.iloc[0].centroid.buffer(100))
    shapes = squares.set_geometry([ring, *squares.geometry.iloc[1:]], crs=squares.crs)
    found = places.read_areas(written(shapes, tmp_path / "a.gpkg"))
    assert len(found.areas.geometry.iloc[0].interiors) == 1


def test_gaps_and_overlaps_are_found_from_a_hectare_on():
    grid = [box(x, y, x + 1000, y + 1000) for y in (0, 1000, 2000) for x in (0, 1000, 2000)]
    whole = gpd.GeoSeries(grid, index=list("abcdefghi"), crs="EPSG:5897")
    assert layers.gaps(whole).empty
    assert layers.overlaps(whole).empty
    hollow = whole.drop("e")
    assert layers.gaps(hollow).area.tolist() == [1e6]
    wide = whole.copy()
    wide["a"] = box(0, 0, 1020, 1000)
    table = layers.overlaps(wide)
    assert table[["one", "other", "m2"]].to_numpy().tolist() == [["a", "b", 20_000]]
    wide["a"] = box(0, 0, 1009, 1000)
    assert layers.overlaps(wide).empty
    slit = whole.copy()
    slit["e"] = box(1009, 1000, 2000, 2000)
    assert layers.gaps(slit).empty
    slit["e"] = box(1011, 1000, 2000, 2000)
    assert layers.gaps(slit).area.round().tolist() == [11_000]


def test_gaps_and_overlaps_are_named(squares, tmp_path):
    shapes = squares.copy()
    around = shapes.geometry.iloc[0].buffer(3_000).difference(shapes.geometry.iloc[0].buffer(500))
    shapes.loc[8, "geometry"] = shapely.union(shapes.geometry.iloc[8], around)
    with words.use("en"):
        found = places.read_areas(written(shapes, tmp_path / "a.gpkg"))
    assert "Phường I and Xã Hỏa Tiến" not in note(found, "overlaps")
    with words.use("en"):
        assert re.search(
            r"^  Ward III and Hoa Tien Commune: 0.64 km²$", note(found, "overlaps"), re.M
        )
        assert "between Ward I, Hoa Tien Commune" in note(found, "gaps")


def test_several_places_in_one_shape_are_said(squares, tmp_path):
    joined = squares.copy()
    joined.loc[0, "MaXa"] = "31318, 31321"
    joined = joined.drop(index=1)[["MaXa", "geometry"]]
    found = places.read_areas(written(joined, tmp_path / "a.gpkg"))
    assert kinds(found) == ["match", "crs", "shared", "missing"]
    assert len(found.areas) == 73


# --- and then ---


@needs_detailed
def test_the_detailed_outlines_are_read():
    found = places.read_areas(DETAILED)
    assert kinds(found) == ["match", "crs", "shared", "missing"]
    assert len(found.areas) == 72
    assert "31473,31474,31475" in note(found, "shared")
    points = places.points().loc[found.areas.index]
    assert found.areas.contains(points).all()
    districts = places.read_areas(DETAILED, level="district")
    ours = places.areas("district")
    shared = districts.areas.intersection(ours.geometry).area
    assert (shared / districts.areas.union(ours.geometry).area).min() > 0.95
    assert kinds(districts) == ["match", "crs"]
