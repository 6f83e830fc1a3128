"""
Invent a country of the size of ours: 63 provinces, 705 districts, 10,600 communes, or a share.

Its outline is an ellipse, its communes are Thiessen cells: it is no country that there is. Nothing
in it is known of any real place; the numbers are drawn with the quantities of the simulated
province. `write` gives the files that a user would bring.
"""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shell import demo

PROVINCES, DISTRICTS, COMMUNES = 63, 705, 10_600
MIDDLE, HALF_WIDE, HALF_HIGH = (106.5, 15.0), 2.2, 4.4
"""Degrees: about 360,000 km² as a whole, 34 km² a commune."""
LEAST = 5
"""Districts of a province, and communes of a district."""
SEED = 63
SYLLABLES = [
    *("An", "Bình", "Cát", "Đông", "Gia", "Hòa", "Khánh", "Lâm", "Minh", "Nghĩa"),
    *("Phú", "Quang", "Sơn", "Tân", "Thạnh", "Thuận", "Trung", "Vĩnh", "Xuân", "Yên"),
    *("Long", "Mỹ", "Hưng", "Lợi", "Phước", "Thắng", "Đức", "Châu", "Điền", "Hải"),
]
PAIRS = [" ".join(pair) for pair in itertools.permutations(SYLLABLES, 2)]
RESIDENTS = 733_017
"""Of the province whose totals are taken for what is usual."""


def communes(share=1.0):
    """List the communes as a user would, with the cell of each in the column `cell`."""
    draw = np.random.default_rng(SEED)
    provinces = max(2, round(PROVINCES * share))
    districts = _dealt(draw, max(round(DISTRICTS * share), provinces * LEAST), provinces, 0.9)
    sizes = _dealt(draw, round(COMMUNES * share), districts.sum(), 0.3)
    cells = _cells(draw, sizes.sum(), share)
    xy = np.array([[point.x, point.y] for point in shapely.centroid(cells)])
    inside = np.repeat(np.arange(provinces), districts)
    shares = [sizes[inside == number] for number in range(provinces)]
    # Provinces are cut out of the country, then districts out of each province: all hang together.
    parts = [
        part
        for province, its in zip(_cut(xy, [sum(one) for one in shares]), shares, strict=True)
        for part in (province[district] for district in _cut(xy[province], its))
    ]
    rows = []
    for district, part in enumerate(parts):
        names = draw.choice(PAIRS, size=len(part), replace=False)
        # The first commune is the town, with more people.
        for at, (cell, name) in enumerate(zip(part, names, strict=True)):
            people = int((1.5 if at == 0 else 1) * np.exp(draw.normal(8.9, 0.4)))
            rows.append(
                {
                    "code": f"{len(rows) + 1:05d}",
                    "name": f"{'Thị trấn' if at == 0 else 'Xã'} {name}",
                    "district_code": f"{district + 1:03d}",
                    "district": f"Huyện {PAIRS[district]}",
                    "province_code": f"{inside[district] + 1:02d}",
                    "province": f"Tỉnh {PAIRS[-1 - inside[district]]}",
                    "population": people,
                    "households": people // 4,
                    "lon": xy[cell][0].round(5),
                    "lat": xy[cell][1].round(5),
                    "cell": cells[cell],
                }
            )
    return pd.DataFrame(rows)


def _dealt(draw, total, parts, sd):
    """Deal a total out in whole numbers: none below `LEAST`, some several times the others."""
    weights = np.exp(draw.normal(0, sd, parts))
    return LEAST + draw.multinomial(total - LEAST * parts, weights / weights.sum())


def _cells(draw, count, share):
    """Cut an ellipse into Thiessen cells, about even in size, rounded as files are."""
    across, up = HALF_WIDE * share**0.5, HALF_HIGH * share**0.5
    turn, far = draw.uniform(0, 2 * np.pi, count), np.sqrt(draw.uniform(0, 1, count))
    xy = np.column_stack([across * far * np.cos(turn), up * far * np.sin(turn)]) + MIDDLE
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    land = shapely.Polygon(
        np.column_stack([across * np.cos(angle), up * np.sin(angle)]) + np.array(MIDDLE)
    )
    for _ in range(10):  # each point moves to the middle of its cell: no slivers
        points = shapely.MultiPoint(xy)
        cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=land))
        cells = shapely.intersection(cells, land)
        xy = shapely.get_coordinates(shapely.centroid(cells))
    return shapely.transform(cells, lambda corners: corners.round(5))


def _cut(xy, sizes):
    """Halve places across their longer side, and the halves again, down to parts of these sizes."""

    def halve(places, sizes):
        if len(sizes) == 1:
            return [places]
        half = len(sizes) // 2
        side = np.ptp(xy[places], axis=0).argmax()
        places = places[np.argsort(xy[places, side], kind="stable")]
        first = sum(sizes[:half])
        return halve(places[:first], sizes[:half]) + halve(places[first:], sizes[half:])

    return halve(np.arange(len(xy)), list(sizes))


def outlines(listed):
    """Write the cells as GeoJSON, with the code of each."""
    cells = gpd.GeoDataFrame({"ma_xa": listed["code"]}, geometry=listed["cell"])
    return cells.to_json(drop_id=True)


def report(listed):
    """
    Report every commune, in the columns of the template: what the two campaigns measured.

    Counts that add up over the years never fall.
    """
    measures = {2022: [*demo.TOTALS, "files_online"], 2023: ["app_users", "files_online"]}
    draw = np.random.default_rng(SEED + 1)
    people, count = listed["population"].to_numpy(), len(listed)
    teams = np.maximum(2, np.rint(listed["households"] ** 0.7 / 30).astype(int))
    frames, so_far = [], {}
    for year, names in measures.items():
        members = teams * 3 + np.rint(teams * 5 * np.exp(draw.normal(0, 0.25, count))).astype(int)
        frame = listed[["code", "district"]].assign(
            commune=listed["name"], year=year, teams=teams, members=members
        )
        for name in names:
            files = name == "files_online"
            level = 0.4 if files else demo.TOTALS[name] / RESIDENTS
            before = so_far.get(name, level * np.exp(draw.normal(0, 0.3, count)))
            so_far[name] = before * np.exp(draw.uniform(0.05, 0.3, count))
            full = np.rint(0.22 * people).astype(int) if files else people
            frame[f"{name}.count"] = np.floor(np.minimum(so_far[name], 0.95) * full).astype(int)
            frame[f"{name}.out_of"] = full
        frames.append(frame)
    return pd.concat(frames, ignore_index=True).convert_dtypes()


def write(folder, share=1.0):
    """Write the three files that a user would bring, as options of `hganalysis build`."""
    listed = communes(share)
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "reports": folder / "bao-cao.csv",
        "areas": folder / "ranh-gioi.geojson",
        "places": folder / "danh-sach.csv",
    }
    report(listed).to_csv(files["reports"], index=False)
    files["areas"].write_text(outlines(listed), encoding="utf-8")
    listed.drop(columns="cell").to_csv(files["places"], index=False)
    return files
