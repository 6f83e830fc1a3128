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

PROVINCES, DISTRICTS, COMMUNES = 63, 11, 15
"""Of the whole, of each province, of each district."""
STEP = 0.05
"""Degrees: about 30 km² a commune."""
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
    """List the communes as a user would, with the outline of each in the column `cell`."""
    draw = np.random.default_rng(SEED)
    number = np.arange(max(2, round(PROVINCES * share)) * DISTRICTS * COMMUNES)
    at, district = number % COMMUNES, number // COMMUNES
    province = district // DISTRICTS
    # a district is three by five, a province a row of districts, four provinces stand in a row
    across = (province % 4 * DISTRICTS + district % DISTRICTS) * 3 + at % 3
    lon, lat = 104 + STEP * across, 9 + STEP * (province // 4 * 5 + at // 3)
    names = [draw.permutation(PAIRS)[:COMMUNES] for _ in range(number[-1] // COMMUNES + 1)]
    # The first commune is the town, with more people.
    people = np.where(at == 0, 1.5, 1) * np.exp(draw.normal(8.9, 0.4, len(number)))
    kinds = np.where(at == 0, "Thị trấn ", "Xã ")
    return pd.DataFrame(
        {
            "code": [f"{one + 1:05d}" for one in number],
            "name": [kind + name for kind, name in zip(kinds, np.ravel(names), strict=True)],
            "district_code": [f"{one + 1:03d}" for one in district],
            "district": [f"Huyện {PAIRS[one]}" for one in district],
            "province_code": [f"{one + 1:02d}" for one in province],
            "province": [f"Tỉnh {PAIRS[-1 - one]}" for one in province],
            "population": people.astype(int),
            "households": people.astype(int) // 4,
            "lon": (lon + STEP / 2).round(5),
            "lat": (lat + STEP / 2).round(5),
            "cell": _wavy(shapely.box(lon, lat, lon + STEP, lat + STEP)),
        }
    )


def _wavy(squares):
    """Give each side of a square corners of its own, the same to both neighbours."""

    def moved(corners):
        return (corners + STEP / 20 * np.sin(900 * corners[:, ::-1])).round(5)

    return shapely.transform(shapely.segmentize(squares, STEP / 3), moved)


def outlines(listed):
    """Write the cells as GeoJSON, with the code of each."""
    cells = gpd.GeoDataFrame({"ma_xa": listed["code"]}, geometry=listed["cell"])
    return cells.to_json(drop_id=True)


def report(listed):
    """
    Report every commune, in the columns of the template: what the two campaigns measured.

    Counts that add up over the years never fall.
    """
    draw, people = np.random.default_rng(SEED + 1), listed["population"].to_numpy()
    level = {name: total / RESIDENTS for name, total in demo.TOTALS.items()} | {"files_online": 0.4}
    frames = []
    for period, names in {2022: [*level], 2023: ["app_users", "files_online"]}.items():
        teams = np.maximum(2, listed["households"] ** 0.7 // 30).astype(int)
        frame = listed[["code", "district"]].assign(
            commune=listed["name"], period=period, teams=teams
        )
        frame["members"] = teams * draw.integers(5, 12, len(listed))
        for name in names:
            full = people * 22 // 100 if name == "files_online" else people
            level[name] = level[name] * np.exp(draw.uniform(0.05, 0.5, len(listed)))
            frame[f"{name}.count"] = (np.minimum(level[name], 0.95) * full).astype(int)
            frame[f"{name}.out_of"] = full
        frames.append(frame)
    return pd.concat(frames, ignore_index=True).convert_dtypes()


def pages(frame):
    """Print a report: each district has a sum, and every second one a header above it."""
    parts = []
    for _, rows in frame.groupby("district", sort=False):
        total = rows.sum(numeric_only=True).to_frame().T
        total = total.assign(district=rows["district"].iloc[0], commune="Cộng", period=2023)
        header = pd.DataFrame([frame.columns], columns=frame.columns)
        parts += [rows, total, header] if len(parts) % 5 == 2 else [rows, total]
    return pd.concat(parts, ignore_index=True)


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
