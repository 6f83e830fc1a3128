"""
Invent a country of the size of ours: 63 provinces, 693 districts, 10,395 communes, or a share.

Its communes are squares with wavy sides: it is no country that there is. Nothing in it is known of
any real place; the numbers are drawn with the quantities of the simulated province. `write` gives
the files that a user would bring.
"""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shell import demo

PROVINCES = 63
DISTRICTS = 11
COMMUNES = 15
"""Of the whole, of each province, of each district."""
STEP = 0.05
"""Degrees: about 30 km² a commune."""
SEED = 63
SYLLABLES = [
    *("An", "Bình", "Cát", "Đông", "Gia", "Hòa", "Khánh", "Lâm", "Minh", "Nghĩa"),
    *("Phú", "Quang", "Sơn", "Tân", "Thạnh", "Thuận", "Trung", "Vĩnh", "Xuân", "Yên"),
    *("Long", "Mỹ", "Hưng", "Lợi", "Phước", "Thắng", "Đức", "Châu", "Điền", "Hải"),
]
PERMUTATIONS = itertools.permutations(SYLLABLES, 2)
NAMES_OF_TWO = [" ".join(pair) for pair in PERMUTATIONS]
RESIDENTS = 733_017
"""Of the province whose totals are taken for what is usual."""


def communes(share=1.0):
    """List the communes as a user would, with the outline of each in the column `cell`."""
    draw = np.random.default_rng(SEED)
    n_provinces = max(2, round(PROVINCES * share))
    number = np.arange(n_provinces * DISTRICTS * COMMUNES)
    place_number = number % COMMUNES
    district = number // COMMUNES
    province = district // DISTRICTS
    # a district is three by five, a province a row of districts, four provinces stand in a row
    across = (province % 4 * DISTRICTS + district % DISTRICTS) * 3 + place_number % 3
    lon = 104 + STEP * across
    lat = 9 + STEP * (province // 4 * 5 + place_number // 3)
    n_districts = number[-1] // COMMUNES + 1
    names = [draw.permutation(NAMES_OF_TWO)[:COMMUNES] for _ in range(n_districts)]
    # The first commune is the town, with more people.
    is_town = place_number == 0
    people = np.where(is_town, 1.5, 1) * np.exp(draw.normal(8.9, 0.4, len(number)))
    kinds = np.where(is_town, "Thị trấn ", "Xã ")
    named = zip(kinds, np.ravel(names), strict=True)
    table = pd.DataFrame({"code": [f"{commune + 1:05d}" for commune in number]})
    table["name"] = [kind + name for kind, name in named]
    table["district_code"] = [f"{code + 1:03d}" for code in district]
    table["district"] = [f"Huyện {NAMES_OF_TWO[code]}" for code in district]
    table["province_code"] = [f"{code + 1:02d}" for code in province]
    table["province"] = [f"Tỉnh {NAMES_OF_TWO[-1 - code]}" for code in province]
    table["population"] = people.astype(int)
    table["households"] = people.astype(int) // 4
    table["lon"] = (lon + STEP / 2).round(5)
    table["lat"] = (lat + STEP / 2).round(5)
    table["cell"] = _wavy(shapely.box(lon, lat, lon + STEP, lat + STEP))
    return table


def _wavy(squares):
    """Give each side of a square corners of its own, the same to both neighbours."""

    def bend(corners):
        wave = STEP / 20 * np.sin(900 * corners[:, ::-1])
        return (corners + wave).round(5)

    return shapely.transform(shapely.segmentize(squares, STEP / 3), bend)


def outlines(listed):
    """Write the cells as GeoJSON, with the code of each."""
    codes = {"ma_xa": listed["code"]}
    cells = gpd.GeoDataFrame(codes, geometry=listed["cell"])
    return cells.to_json(drop_id=True)


def report(listed):
    """
    Report every commune, in the columns of the template: what the two campaigns measured.

    Counts that add up over the years never fall.
    """
    draw = np.random.default_rng(SEED + 1)
    people = listed["population"].to_numpy()
    level = {name: total / RESIDENTS for name, total in demo.TOTALS.items()}
    level["files_online"] = 0.4
    frames = []
    measures = {2022: [*level], 2023: ["app_users", "files_online"]}.items()
    for period, names in measures:
        size = listed["households"] ** 0.7 // 30
        teams = np.maximum(2, size).astype(int)
        keys = listed[["code", "district"]]
        frame = keys.assign(commune=listed["name"], period=period, teams=teams)
        frame["members"] = teams * draw.integers(5, 12, len(listed))
        for name in names:
            full = people * 22 // 100 if name == "files_online" else people
            growth = draw.uniform(0.05, 0.5, len(listed))
            level[name] = level[name] * np.exp(growth)
            counts = np.minimum(level[name], 0.95) * full
            frame[f"{name}.count"] = counts.astype(int)
            frame[f"{name}.out_of"] = full
        frames.append(frame)
    return pd.concat(frames, ignore_index=True).convert_dtypes()


def pages(frame):
    """Print a report: each district has a sum, and every second one a header above it."""
    parts = []
    for _, rows in frame.groupby("district", sort=False):
        total = rows.sum(numeric_only=True).to_frame().T
        district = rows["district"].iloc[0]
        total = total.assign(district=district, commune="Cộng", period=2023)
        header = pd.DataFrame([frame.columns], columns=frame.columns)
        parts += [rows, total]
        if len(parts) % 5 == 4:
            parts.append(header)
    return pd.concat(parts, ignore_index=True)


def write(folder, share=1.0):
    """Write the three files that a user would bring, as options of `hganalysis build`."""
    listed = communes(share)
    folder.mkdir(parents=True, exist_ok=True)
    names = {
        "reports": "bao-cao.csv",
        "areas": "ranh-gioi.geojson",
        "places": "danh-sach.csv",
    }
    files = {name: folder / file for name, file in names.items()}
    report(listed).to_csv(files["reports"], index=False)
    files["areas"].write_text(outlines(listed), encoding="utf-8")
    listed.drop(columns="cell").to_csv(files["places"], index=False)
    return files
